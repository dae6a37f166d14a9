# Every target makes the environment it needs; `make` alone prints this help.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# The published runs that docs/claims.md is made from: of a test that several performed the first one counts.
CLAIMED := full bridging crowd
# uv installs the same pins faster where it is found; pip alone does.
UV := $(shell command -v uv 2>/dev/null)
ifdef UV
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --constraint constraints.txt
else
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
endif

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: bench
bench: $(STAMP) ## Measure sync against async on every database found, and write the report
	$(BIN)/ormbench run --profile quick

.PHONY: load
load: $(STAMP) ## Play: database, app and Locust's web UI on this machine, sync and async side by side
	$(BIN)/ormbench load --ui

.PHONY: test
test: $(STAMP) ## Check the code and run all tests
	$(MAKE) check
	@# Hundreds of processes are started: what was compiled is kept, whatever the environment says. In the order of the
	@# folders the long files come first; with the most tests first they would come last, one beside an idle worker. Three
	@# workers keep two cores busy: tests wait for servers much of their time.
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

.PHONY: test-faults
test-faults: $(STAMP) ## Kill and cut what can be, longer than `make test` does (six minutes)
	ORMBENCH_TEST_SLOW=1 $(BIN)/python -m pytest --numprocesses 3 --dist loadfile tests/faults tests/security tests/experiments tests/load/test_generator_loss.py tests/cli/test_load_own.py

.PHONY: smoke
smoke: $(STAMP) ## Prove the plumbing in seconds; its report is no evidence
	$(BIN)/ormbench run --profile smoke

.PHONY: report
report: $(STAMP) ## Render the newest run again, and the index of the published ones
	$(BIN)/ormbench report latest

.PHONY: publish
publish: $(STAMP) ## Keep the newest run with the code: make publish NAME=quick (REPLACE=1 in place of the old one)
	$(BIN)/ormbench publish latest $(NAME) $(if $(REPLACE),--replace)

.PHONY: calibrate
calibrate: $(STAMP) ## Measure the harness itself (takes about half an hour)
	$(BIN)/ormbench calibrate

.PHONY: bench-app
bench-app: $(STAMP) ## Measure the target app beside minimal handlers (about half an hour; needs wrk)
	$(BIN)/python -m bench.ladder

.PHONY: docs
docs: $(STAMP) ## Write the pages of docs/ that are made from the catalogue and from published runs
	$(BIN)/ormbench list --markdown > docs/scenarios.md
	$(BIN)/ormbench claims $(CLAIMED:%=results/published/%) --markdown > docs/claims.md
	$(BIN)/ormbench claims results/published/full --faults > docs/drivers-under-faults.md

.PHONY: check
check: $(STAMP) ## Lint, format, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: $(STAMP) ## Format the code and mend what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: install
install: $(STAMP) ## Make the environment and install ormbench in it

.PHONY: extra
extra: $(STAMP) ## Add a driver that not every machine can build: make extra NAME=mysqlclient
	@test -n '$(NAME)' || { echo 'which one? as in: make extra NAME=mysqlclient'; exit 2; }
	$(INSTALL) --editable '.[$(NAME)]'

.PHONY: clean
clean: ## Remove the environment and caches; results and reports stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"ormbench needs Python 3.11 or newer, $(PYTHON) is {v.major}.{v.minor}; run: make PYTHON=python3.12 ...")'
ifdef UV
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
else
	$(PYTHON) -m venv $(VENV)
endif
	$(INSTALL) --editable '.[dev]'
	@touch $(STAMP)
