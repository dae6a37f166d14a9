"""What the user asked for: everything that a run needs to know and that `--resume` needs to find again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bench.core.errors import UsageError
from bench.core.profiles import PROFILES, Profile


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call of `ormbench run` or `ormbench check`."""

    patterns: tuple[str, ...] = ()
    profile: Profile = PROFILES["quick"]
    backends: tuple[str, ...] = ()
    """Kinds of private server; empty for all that this machine has."""
    drivers: tuple[str, ...] = ()
    urls: tuple[str, ...] = field(default=(), repr=False)
    files: tuple[Path, ...] = ()
    delays_ms: tuple[float, ...] = ()
    """Network delays for each direction; empty for the direct way alone."""
    against: tuple[str, ...] = ()
    """Requirements or a revision that a second side is to have; empty for none."""
    passes: int | None = None
    seed: int = 1
    experiments: bool = True
    """Whether a run that has experiments by its profile is to have them."""
    load: bool = True
    """Whether a run that has load or the layer HTTP, by its profile and what it measured, is to have them."""

    @property
    def pass_count(self) -> int:
        """Return the number of passes: the profile's, unless the user chose."""
        return self.passes if self.passes is not None else self.profile.passes

    def as_data(self) -> dict[str, Any]:
        """Return plain data for run.json; passwords are masked."""
        return {
            "patterns": list(self.patterns),
            "profile": asdict(self.profile),
            "backends": list(self.backends),
            "drivers": list(self.drivers),
            "urls": [make_url(url).render_as_string(hide_password=True) for url in self.urls],
            "files": [str(path.resolve()) for path in self.files],
            "delays_ms": list(self.delays_ms),
            "against": list(self.against),
            "passes": self.pass_count,
            "seed": self.seed,
            "experiments": self.experiments,
            "load": self.load,
        }

    @classmethod
    def from_data(cls, data: dict[str, Any], urls: tuple[str, ...]) -> Request:
        """Return the request of an earlier run.

        Args:
            data: What `as_data` returned.
            urls: The `--url` given now; needed again where a password was masked.

        Raises:
            UsageError: A password is missing, or the URLs are not those of the run.
        """
        masked = tuple(data["urls"])
        if not urls and any(make_url(url).password for url in masked):
            message = f"passwords are not stored; give the URL again: --url {masked[0]}"
            raise UsageError(message)
        if urls and tuple(_masked(url) for url in urls) != masked:
            message = f"this run measured other servers; give --url {' --url '.join(masked) or '(none)'}"
            raise UsageError(message)
        return cls(
            patterns=tuple(data["patterns"]),
            profile=Profile(**data["profile"]),
            backends=tuple(data["backends"]),
            drivers=tuple(data["drivers"]),
            urls=urls or masked,
            files=tuple(Path(path) for path in data["files"]),
            delays_ms=tuple(data["delays_ms"]),
            # A run of an earlier version has none.
            against=tuple(data.get("against", ())),
            passes=data["passes"],
            seed=data["seed"],
            # Nor does it say what it left out.
            experiments=data.get("experiments", True),
            load=data.get("load", True),
        )

    @property
    def command(self) -> str:
        """Return the command line that asks for the same again; passwords are masked."""
        return shlex.join(["ormbench", "run", *self.patterns, *self._options()])

    def _options(self) -> Iterator[str]:
        yield from ("--profile", self.profile.name)
        yield from self.words_of_places()
        if self.profile.size != PROFILES.get(self.profile.name, self.profile).size:
            yield from ("--size", self.profile.size)
        for delay_ms in self.delays_ms:
            yield from ("--delay", f"{delay_ms:g}")
        for each in self.against:
            yield from ("--against", each)
        if self.passes is not None:
            yield from ("--passes", str(self.passes))
        yield from () if self.experiments else ("--no-experiments",)
        yield from () if self.load else ("--no-load",)
        yield from ("--seed", str(self.seed))

    def words_of_places(self) -> Iterator[str]:
        """Yield the options that say where something is measured or performed, and from which files it is."""
        for option, values in (("--backend", self.backends), ("--driver", self.drivers), ("--scenario", self.files)):
            for value in values:
                yield from (option, str(value))
        for url in self.as_data()["urls"]:
            yield from ("--url", url)


def _masked(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return url
