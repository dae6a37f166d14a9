"""The options that several commands share, and the folders that they mean where nothing is said."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RESULTS = Path("results")
REPORTS = Path("reports")
PUBLISHED = RESULTS / "published"
USUAL_PROFILE = "quick"
USUAL_SEED = 1

Select = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SELECT]...", help="Scenario names or globs on case ids: loading, 'loading/*[joined]@*'."),
]
Backends = Annotated[
    list[str] | None,
    typer.Option("--backend", metavar="B", help="sqlite, postgresql, mariadb; repeatable. All that are there."),
]
Drivers = Annotated[
    list[str] | None,
    typer.Option("--driver", metavar="D", help="Driver name, e.g. asyncpg; repeatable. All installed."),
]
Urls = Annotated[
    list[str] | None,
    typer.Option("--url", metavar="URL", help="A server of your own, e.g. postgresql+asyncpg://...; repeatable."),
]
Files = Annotated[
    list[Path] | None,
    typer.Option("--scenario", metavar="FILE", help="A scenario file of your own; repeatable. It is run as code."),
]
Experiments = Annotated[
    bool,
    typer.Option(
        "--experiments", help="Perform experiments instead; SELECT picks names, themes or claim ids. Kept in --out."
    ),
]
Delays = Annotated[
    list[float] | None,
    typer.Option("--delay", metavar="MS", help="Network delay added to each direction; repeatable. None by default."),
]
Backend = Annotated[
    str | None,
    typer.Option(metavar="B", help="postgresql, sqlite or mariadb. PostgreSQL where it is there, else SQLite."),
]
Url = Annotated[str | None, typer.Option(metavar="URL", help="A server of your own, e.g. postgresql+asyncpg://...")]
DriverOfMode = Annotated[
    list[str] | None,
    typer.Option("--driver", metavar="D", help="Driver name, one for each mode; repeatable. The baseline, its twin."),
]
ProfileName = Annotated[
    str | None, typer.Option("--profile", metavar="P", help=f"smoke, quick or full; {USUAL_PROFILE} if none.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of data, keys and orders.")]
RunSeed = Annotated[
    int | None, typer.Option("--seed", min=0, help=f"Seed of data, keys and orders; {USUAL_SEED} if none.")
]
"""None where nothing was said: what `--resume` goes on with has a seed already."""
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where runs are kept.")]
Reports = Annotated[Path, typer.Option("--reports", metavar="DIR", help="Where reports are written.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]
