"""Find scenarios and experiments: by name in the `scenarios` package, or in a file of the user's own."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
import zlib
from collections.abc import Collection, Sequence
from pathlib import Path
from types import ModuleType

from bench.core.contract import Scenario
from bench.core.errors import UsageError
from bench.core.experiments import Experiment, Saying

CATALOGUE = "scenarios"
LABORATORY = "scenarios.experiments"
# A module of the package without SCENARIO is shared material of its neighbours: the schema, the dataset.


def discover(files: Sequence[Path] = (), names: Collection[str] = ()) -> list[Scenario]:
    """Return the scenarios of the given files, or those of the catalogue where no file is given.

    With names only these are read from the catalogue, whose files are named like their scenarios: a measuring process
    starts that much sooner.

    Raises:
        UsageError: A file cannot be read as a scenario, or two scenarios share a name.
    """
    modules = [_load_scenario(path) for path in files] if files else _catalogue(CATALOGUE, names)
    if not files:
        _refuse_other_names(modules)
    found = [_scenario_of(module) for module in modules]
    scenarios = [scenario for scenario in found if scenario is not None]
    names = [scenario.name for scenario in scenarios]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        message = f"two files define the scenario {repeated[0]!r}; rename one of them"
        raise UsageError(message)
    return scenarios


def discover_experiments(files: Sequence[Path] = ()) -> list[Experiment]:
    """Return the experiments of the given files, or those of the catalogue where no file is given.

    Raises:
        UsageError: A file cannot be read or holds no experiments, or two experiments share a name.
    """
    modules = [_load_file(path) for path in files] if files else _catalogue(LABORATORY)
    experiments: list[Experiment] = []
    for module in modules:
        found = getattr(module, "EXPERIMENTS", ())
        if not _are_experiments(found) or (files and not found):
            message = f"{module.__file__} defines no EXPERIMENTS = [Experiment(...), ...]"
            raise UsageError(message)
        experiments += found
    names = [experiment.name for experiment in experiments]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        message = f"two experiments are called {repeated[0]!r}; rename one of them"
        raise UsageError(message)
    return experiments


def discover_sayings() -> list[Saying]:
    """Return the catalogue of claims, in its own order."""
    sayings: Sequence[Saying] = importlib.import_module(f"{LABORATORY}.sayings").SAYINGS
    return list(sayings)


def _catalogue(package_name: str, names: Collection[str] = ()) -> list[ModuleType]:
    package = importlib.import_module(package_name)
    found = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)
    return [importlib.import_module(f"{package_name}.{name}") for name in found if not names or name in names]


def _refuse_other_names(modules: Sequence[ModuleType]) -> None:
    """Refuse a scenario of the catalogue that is not called like its file: a measuring process would not find it.

    Raises:
        UsageError: One is called otherwise.
    """
    for module in modules:
        scenario, name = _scenario_of(module), module.__name__.rpartition(".")[2]
        if scenario is not None and scenario.name != name:
            message = f"{module.__file__} defines the scenario {scenario.name!r}; call the file {scenario.name}.py"
            raise UsageError(message)


def _load_scenario(path: Path) -> ModuleType:
    module = _load_file(path)
    if not isinstance(getattr(module, "SCENARIO", None), Scenario):
        message = f"{path} defines no SCENARIO = Scenario(...)"
        raise UsageError(message)
    return module


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        message = f"there is no scenario file {path}"
        raise UsageError(message)
    # Two files may have one name in two folders; each keeps a module, and so a docstring, of its own.
    name = f"ormbench_scenario_{path.stem}_{zlib.crc32(bytes(path.resolve())):08x}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        message = f"{path} is not a Python file; a scenario file ends in .py"
        raise UsageError(message)
    module = importlib.util.module_from_spec(spec)
    # Registered before execution: dataclasses and mapped classes look their module up by name.
    sys.modules[name] = module
    _let_import_neighbours(path)
    try:
        spec.loader.exec_module(module)
    except UsageError:
        raise
    except SyntaxError as error:
        message = f"{error.filename or path}, line {error.lineno}: {error.msg}"
        raise UsageError(message) from error
    except (Exception, SystemExit) as error:
        message = f"{path} cannot be imported: {type(error).__name__}: {error}"
        raise UsageError(message) from error
    return module


def _let_import_neighbours(path: Path) -> None:
    """Make the user's own modules importable: those beside the file, and those below the working folder.

    The console script has neither on its path. Both come last, so that they hide nothing that is installed.
    """
    # An editable install is found behind every folder: what is ours must be known before.
    importlib.import_module(CATALOGUE)
    for folder in (str(path.resolve().parent), str(Path.cwd())):
        if folder not in sys.path:
            sys.path.append(folder)


def _are_experiments(found: object) -> bool:
    return isinstance(found, list | tuple) and all(isinstance(each, Experiment) for each in found)


def _scenario_of(module: ModuleType) -> Scenario | None:
    scenario = getattr(module, "SCENARIO", None)
    return scenario if isinstance(scenario, Scenario) else None
