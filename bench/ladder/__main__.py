"""`python -m bench.ladder`: how fast the target app is beside minimal handlers that do the same work."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from bench.core.drivers import Mode
from bench.core.errors import OrmbenchError, UsageError
from bench.core.store import create_run
from bench.ladder.climbing import FILE, FORMAT, climb
from bench.ladder.generator import Generator, find_wrk, write_script
from bench.ladder.plan import Plan
from bench.ladder.rung import BASELINES, Rung
from bench.ladder.table import show

RESULTS = Path("results")
MOST_CONNECTIONS = 48
"""Eight pools of so many, six in the minimal application and two in the app, fit into the private server's 500."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

Modes = Annotated[list[Mode] | None, typer.Option("--mode", help="Repeatable. Both.")]
Chosen = Annotated[
    list[Rung] | None, typer.Option("--rung", help="Repeatable; the baseline and its A/A twin always run. All.")
]
Shown = Annotated[
    Path | None, typer.Option("--show", metavar="FILE", help=f"Measure nothing; show the {FILE} of a run.")
]


@app.command()
def ladder(  # noqa: PLR0913 - one parameter for each option of the command
    *,
    passes: Annotated[int, typer.Option(min=1, help="Fresh starts of both processes.")] = 3,
    rounds: Annotated[int, typer.Option(min=1, help="Windows of each rung in a pass.")] = 12,
    seconds: Annotated[int, typer.Option(min=1, help="Length of a window.")] = 1,
    connections: Annotated[int, typer.Option(min=1, max=MOST_CONNECTIONS, help="Of the load, and of every pool.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Of data, orders and ids.")] = 1,
    mode: Modes = None,
    rung: Chosen = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where runs are kept.")] = RESULTS,
    shown: Shown = None,
) -> None:
    """Measure the target app and minimal handlers in turn, and print what each costs beside the minimal ORM handler."""
    console = Console()
    if shown is not None:
        _show(shown, console)
        return
    plan = Plan(
        passes=passes,
        rounds=rounds,
        seconds=seconds,
        connections=connections,
        seed=seed,
        modes=tuple(each for each in Mode if not mode or each in mode),
        rungs=tuple(each for each in Rung if not rung or each in {*rung, *BASELINES}),
    )
    _measure(plan, out, console)


def _measure(plan: Plan, results: Path, console: Console) -> None:
    program = find_wrk()
    folder = create_run(results, "ladder")
    try:
        with TemporaryDirectory(prefix="ormbench-") as place:
            generator = Generator(program, write_script(Path(place)), plan.connections, plan.seconds)
            record = climb(plan, generator, folder, lambda text: console.print(Text(text), soft_wrap=True))
    except BaseException:
        # Where nothing began, nothing stays.
        folder.remove_if_empty()
        raise
    show(record, console)
    console.print(Text(f"Raw data: {folder.path / FILE}"), soft_wrap=True)


def _show(file: Path, console: Console) -> None:
    record = _read(file)
    try:
        show(record, console)
    except (KeyError, TypeError, ValueError) as error:
        message = f"{file} is damaged ({type(error).__name__}: {error}); restore it or measure again"
        raise UsageError(message) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        record: Any = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"cannot read {file}: {error.strerror}"
        raise UsageError(message) from None
    except ValueError as error:
        message = f"{file} is damaged ({error}); restore it or measure again"
        raise UsageError(message) from None
    if not isinstance(record, dict) or record.get("format") != FORMAT or "windows" not in record:
        message = f"{file} is no {FILE} of this version (format {FORMAT})"
        raise UsageError(message)
    return record


def main() -> None:
    """Run the command, and turn a bad ending into one line and its exit code."""
    try:
        app(prog_name="python -m bench.ladder")
    except OrmbenchError as error:
        sys.stderr.write(f"ladder: {' '.join(str(error).split())}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
