"""The second side of a run: what is asked for, where it comes from, what both sides have in common, and its turns."""

from __future__ import annotations

import subprocess
from dataclasses import asdict, replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from bench.core.cases import Case
from bench.core.connections import Connection, Routes
from bench.core.drivers import drivers_of
from bench.core.errors import OrmbenchError, UsageError
from bench.core.profiles import PROFILES
from bench.core.traffic import Traffic
from bench.measure.proofs import Counts, Failure, Proof
from bench.micro.against import revisions
from bench.micro.against.agreement import NOT_THERE, ONLY_THERE, Agreement, agree, refuse_nothing
from bench.micro.against.asked import Nothing, Requirements, Revision, understand
from bench.micro.against.environments import python_with, refusal
from bench.micro.against.second import Second
from bench.micro.against.turns import in_turn, second_begins
from bench.micro.against.witness import Told
from bench.micro.plan import Backend, make_plan
from bench.micro.side import HERE, Side
from bench.micro.unit import Unit
from bench.servers.scratch import VARIABLE
from tests.micro.shelf import SCENARIO

SQLITE = {"sqlite": Backend("sqlite", drivers_of("sqlite"))}
PLAN = make_plan([SCENARIO], SQLITE, replace(PROFILES["quick"], size="small"))
WAY = Connection("pysqlite", "sqlite+pysqlite:///shelf.sqlite")
OTHER_WAY = Connection("aiosqlite", "sqlite+aiosqlite:///shelf.sqlite")


def git(folder: Path, *words: str) -> str:
    """Call git in a folder as somebody."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    command = ["git", "-C", str(folder), *identity, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with one commit of two files, called `first`."""
    folder = (tmp_path / "project").resolve()
    (folder / "inner").mkdir(parents=True)
    git(folder, "init", "--quiet")
    (folder / "inner" / "mine.py").write_text("LENGTH = 1\n")
    (folder / "constraints.txt").write_text("# pins\nSQLAlchemy==2.1.8\ngreenlet==3.5.6\n-e .\nnumpy>=2\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "First")
    git(folder, "tag", "first")
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which the cache of this test is."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (["sqlalchemy==2.0.*"], ("sqlalchemy==2.0.*",)),
        (["SQLAlchemy >=2.0, <2.1"], ("SQLAlchemy<2.1,>=2.0",)),
        (["sqlalchemy[asyncio]==2.0.50 greenlet<3.5"], ("sqlalchemy[asyncio]==2.0.50", "greenlet<3.5")),
        (["sqlalchemy==2.0.50", "greenlet<3.5"], ("sqlalchemy==2.0.50", "greenlet<3.5")),
        (["sqlalchemy @ git+https://host/it.git@main"], ("sqlalchemy @ git+https://host/it.git@main",)),
    ],
)
def test_a_requirement_names_an_installed_package_and_a_version(words: list[str], texts: tuple[str, ...]) -> None:
    """One or several, in one word or repeated, as pip takes them."""
    assert understand(words, []) == Requirements(texts)


def test_everything_else_is_a_revision(repository: Path) -> None:
    """A tag, a branch, an abbreviated commit; the name of a package without a version may be a branch."""
    commit = git(repository, "rev-parse", "HEAD")
    git(repository, "branch", "sqlalchemy")
    for word in ("first", "sqlalchemy", commit[:8], "HEAD"):
        assert understand([word], [repository]) == Revision(word, repository, commit)
    assert understand(["."], [repository]) == Nothing()


def test_the_first_repository_that_knows_a_revision_is_meant(repository: Path, tmp_path: Path) -> None:
    """A user's own project comes before that of ormbench."""
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "--quiet")
    found = understand(["first"], [empty, repository])
    assert isinstance(found, Revision)
    assert found.repository == repository


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["sqlalchemi==2.0"], "no package 'sqlalchemi' is installed here; did you mean 'sqlalchemy'"),
        (["zzz-qqq==2.0"], "both sides need it; install it first"),
        (["first", "sqlalchemy==2.0"], "takes one revision, or requirements alone"),
        (["first", "second"], "takes one revision"),
        (["--help"], "nor a revision of"),
        (["sqlalchemy"], "neither a requirement with a version"),
        (["sqlalchemy @ https://token@host/it.whl"], "holds credentials"),
        (["sqlalchemy @ https://me:secret@host/it.whl"], "holds credentials"),
    ],
)
def test_what_is_neither_is_refused(repository: Path, words: list[str], says: str) -> None:
    """The message says what it could have been, and never repeats a password."""
    with pytest.raises(UsageError, match=says) as raised:
        understand(words, [repository])
    assert "secret" not in str(raised.value)


def test_a_revision_is_written_beside_the_repository(repository: Path, cache: Path) -> None:
    """Its files are as they were, the repository is as it is, and the folder is made once."""
    (repository / "inner" / "mine.py").write_text("LENGTH = 2\n")
    (repository / "staged.py").write_text("")
    git(repository, "add", "staged.py")
    before = git(repository, "status", "--porcelain"), sorted(path.name for path in (repository / ".git").iterdir())
    commit = revisions.commit_of(repository, "first")
    assert commit is not None
    tree = revisions.tree_of(repository, commit)
    assert tree.is_relative_to(cache)
    assert (tree / "inner" / "mine.py").read_text() == "LENGTH = 1\n"
    assert not (tree / "staged.py").exists()
    (tree / "mark").touch()
    assert (revisions.tree_of(repository, commit) / "mark").exists()
    after = git(repository, "status", "--porcelain"), sorted(path.name for path in (repository / ".git").iterdir())
    assert after == before


def test_exact_versions_that_changed_are_those_of_the_revision(repository: Path, tmp_path: Path) -> None:
    """Names are compared as pip does; ranges and options are no pins."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "constraints.txt").write_text("sqlalchemy==2.1.9\nGreenlet==3.5.6\n")
    assert revisions.other_pins(here, repository) == ["sqlalchemy==2.1.8"]
    assert revisions.other_pins(repository, repository) == []


def test_a_side_has_its_own_place_for_what_is_in_the_repository(repository: Path, tmp_path: Path) -> None:
    """Files inside are found in the revision's tree, others where they are."""
    tree = tmp_path / "tree"
    side = Side(root=repository, tree=tree)
    outside = tmp_path / "outside.py"
    assert side.files([repository / "inner" / "mine.py", outside]) == [str(tree / "inner" / "mine.py"), str(outside)]
    assert side.variables["PYTHONPATH"].startswith(str(tree))
    assert HERE.files([outside]) == [str(outside)]
    assert HERE.variables == {}


def wheel(folder: Path, name: str, version: str, text: str) -> None:
    """Write a wheel of one module."""
    place = f"{name}-{version}.dist-info"
    with ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as file:
        file.writestr(f"{name}/__init__.py", text)
        file.writestr(f"{place}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        file.writestr(
            f"{place}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{place}/RECORD", "")


def test_an_environment_changes_what_is_named_and_nothing_else(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The named package is the other version; ormbench and all others are found where they are here; it is built once.

    The wheel comes from a folder: no index is asked.
    """
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    wheel(tmp_path, "markupsafe", "0.0.7", "PACE = 7\n")
    python = python_with(["markupsafe==0.0.*"])
    assert Path(python).is_relative_to(cache)
    asked = (
        "import importlib.metadata as m, markupsafe, bench, sqlalchemy, setuptools;"
        "print(markupsafe.PACE, m.version('markupsafe'), bench.__file__, sqlalchemy.__file__, m.version('setuptools'))"
    )

    def answer(program: str) -> list[str]:
        command = [program, "-c", asked.replace("markupsafe.PACE", "getattr(markupsafe, 'PACE', 0)")]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path).stdout.split()

    there, here = answer(python), answer(HERE.python)
    assert there[:2] == ["7", "0.0.7"]
    assert here[0] == "0"
    assert there[2:] == here[2:]
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    assert python_with(["markupsafe==0.0.*"]) == python


@pytest.mark.parametrize(
    ("output", "kind", "says"),
    [
        (
            (
                "Looking in indexes: https://me:secret@host/simple\nERROR: No matching distribution found for x==9\n\n"
                "[notice] A new release of pip is available"
            ),
            UsageError,
            "pip: No matching distribution found for x==9",
        ),
        (
            (
                "ERROR: Cannot install x and y because these package versions have conflicting dependencies.\n"
                "ERROR: ResolutionImpossible: for help visit https://host/help"
            ),
            UsageError,
            "ResolutionImpossible: for help visit \\(address\\); .* name those that must change too",
        ),
        (
            (
                "WARNING: Retrying after connection broken by 'NewConnectionError(secret.host)': /simple/x/\n"
                "ERROR: No matching distribution found for x==9"
            ),
            OrmbenchError,
            "the package index was not reached",
        ),
        ("ERROR: [Errno 28] No space left on device", OrmbenchError, "No space left on device"),
        ("", OrmbenchError, "pip left no output"),
    ],
)
def test_what_pip_says_is_one_line_without_an_address(output: str, kind: type[OrmbenchError], says: str) -> None:
    """What cannot be had is a wrong call, what cannot be reached is not; neither tells where packages come from."""
    error = refusal(["x==9"], output)
    assert type(error) is kind
    with pytest.raises(kind, match=says):
        raise error
    assert "\n" not in str(error)
    assert "://" not in str(error)
    assert "secret" not in str(error)


def test_each_side_begins_in_one_of_every_two_passes() -> None:
    """The order is drawn, is the same for the same seed, and no side is first more often."""
    for seed in range(20):
        first = [second_begins(seed, number, "sqlite") for number in range(1, 9)]
        assert [first[at] + first[at + 1] for at in range(0, 8, 2)] == [1, 1, 1, 1]
    orders = {tuple(second_begins(seed, number, "sqlite") for number in range(1, 9)) for seed in range(20)}
    assert len(orders) > 8


def counts(case: Case, digest: str = "same") -> Counts:
    """Return what a case did."""
    return Counts(case, 1, (("SELECT 1", 1),), 1, 1, digest, Traffic(0, 1, 10, 20))


def cases(*variants: str) -> list[Case]:
    """Return the cases of the one timed group on both drivers."""
    [group] = PLAN.timed
    return [case for case in PLAN.timed[group] if case.variant in variants and not case.twin]


def told(group: str, found: list[Case], **changes: object) -> dict[str, object]:
    """Return what a witness reports of a group in which nothing is wrong."""
    usual = {"reason": None, "cases": [case.as_data() for case in found], "failures": []}
    counted = [asdict(counts(case)) for case in found]
    return {"event": Told.PROVED, "group": group, "counts": counted, **usual, **changes}


def agreed(*events: dict[str, object], proof: Proof | None = None, selected: bool = False) -> Agreement:
    """Return what both sides have in common; the first one has proved everything."""
    everything = Proof([counts(case) for case in cases("get", "again")])
    return agree(events, PLAN, proof or everything, {SCENARIO.name}, selected=selected)


def timed(found: Agreement) -> list[str]:
    """Return the ids of what is timed on the second side."""
    [all_cases] = PLAN.timed.values()
    return [case.id for case in found.valid(all_cases)]


GROUP = next(iter(PLAN.timed))


def test_what_both_sides_have_is_timed_with_its_twins() -> None:
    """Where nothing differs the second side measures what the first one does."""
    found = agreed(
        {"event": Told.VERSIONS, "python": "3.11.7", "packages": {"sqlalchemy": "2.0.58"}},
        {"event": Told.SCENARIOS, "names": [SCENARIO.name]},
        told(GROUP, cases("get", "again")),
    )
    assert timed(found) == [case.id for case in PLAN.timed[GROUP]]
    assert (found.python, found.packages, found.left_out) == ("3.11.7", {"sqlalchemy": "2.0.58"}, [])
    assert found.proof.counts[0] == counts(cases("get")[0])


def test_what_one_side_has_is_left_out_with_the_reason() -> None:
    """A case, a scenario or a group; of what only the second side has nothing is said where SELECT picked."""
    [fresh] = [replace(case, variant="fresh") for case in cases("get") if case.driver == "pysqlite"]
    events = {"event": Told.SCENARIOS, "names": [SCENARIO.name, "older"]}, told(GROUP, [*cases("get"), fresh])
    missing = [{"what": case.id, "reason": NOT_THERE} for case in cases("again")]
    found = agreed(*events)
    only_there = [{"what": "older", "reason": ONLY_THERE}, {"what": fresh.id, "reason": ONLY_THERE}]
    assert found.left_out == [only_there[0], *missing, only_there[1]]
    assert agreed(*events, selected=True).left_out == missing
    assert {Case("shelf", "shelf=1", "again", "sqlite", "pysqlite").id} & set(timed(found)) == set()


def test_a_group_that_the_second_side_lacks_is_left_out_once() -> None:
    """The run goes on with what is left, and ends where nothing is."""
    found = agreed(told(GROUP, [], reason="no such scenario"))
    assert found.left_out == [{"what": GROUP, "reason": "no such scenario"}]
    with pytest.raises(
        OrmbenchError, match=f"nothing can be compared with it: {GROUP}: no such scenario".replace("/", ".")
    ):
        refuse_nothing(Second(HERE, "same", "it"), found, PLAN)


def test_another_answer_and_a_failed_proof_void_the_case_on_the_second_side() -> None:
    """The proofs hold for each side, and between the sides."""
    get, again = cases("get"), cases("again")
    other = [asdict(counts(case, "other")) for case in get]
    failure = asdict(Failure(again[0].id, "operation", "AttributeError: no such method"))
    event = told(GROUP, [*get, *again], counts=[*other, asdict(counts(again[1]))], failures=[failure])
    found = agreed(event)
    assert timed(found) == [again[1].id]
    assert [(each.case, each.stage) for each in found.proof.failures] == [
        (get[0].id, "same answer"),
        (get[1].id, "same answer"),
        (again[0].id, "operation"),
    ]


def test_what_is_void_on_the_first_side_is_not_compared() -> None:
    """It is no failure of the second side and nothing that is left out."""
    get, again = cases("get"), cases("again")
    proof = Proof([counts(case) for case in get], [Failure(case.id, "operation", "worn out") for case in again])
    found = agreed(told(GROUP, [*get, *again]), proof=proof)
    assert (found.left_out, found.proof.failures) == ([], [])
    assert {name.partition("[")[2][:3] for name in timed(found)} == {"get"}


def unit() -> Unit:
    """Return the unit of the first side."""
    routes = {"shelf": Routes(WAY, (WAY, OTHER_WAY), {0.5: (WAY, OTHER_WAY)})}
    groups = [("shelf", {"shelf": 1}, None, PLAN.timed[GROUP])]
    return Unit(1, "sqlite", 3, 6.0, (4, 40), 6.0, "small", ["mine.py"], groups, routes)


def test_the_units_of_a_pass_differ_in_their_side_alone() -> None:
    """Same seeds, groups, rounds and length of blocks; name and files are the second side's."""
    both = {
        each.against: each
        for each in in_turn(unit(), HERE, [Path("/mine.py")], agreed(told(GROUP, cases("get", "again"))))
    }
    assert both[False] == unit()
    assert both[True] == replace(unit(), against=True, files=["/mine.py"])
    assert both[True].name == f"{both[False].name}-against" == "pass01-sqlite-against"
    assert (both[True].order_seed, both[True].hash_seed) == (unit().order_seed, unit().hash_seed)


def test_a_second_side_with_less_has_less_time_and_fewer_drivers() -> None:
    """Its budget is in proportion to its cases; a driver that it lacks is not connected."""
    [only] = [case for case in cases("get") if case.driver == "pysqlite"]
    [second] = [each for each in in_turn(unit(), HERE, [], agreed(told(GROUP, [only]))) if each.against]
    assert [case.id for *_, found in second.groups for case in found] == [only.id, replace(only, twin=True).id]
    assert second.budget_s == pytest.approx(6.0 * 2 / 6)
    assert second.routes == {"shelf": Routes(WAY, (WAY,), {0.5: (WAY,)})}
    assert [each.against for each in in_turn(unit(), HERE, [], agreed(told(GROUP, [])))] == [False]
