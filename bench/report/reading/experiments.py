"""Experiments as experiments.json holds them: what was said, expected and found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from bench.core.errors import UsageError
from bench.core.experiments import Saying, Upheld
from bench.core.store import RunFolder


@dataclass(frozen=True)
class Found:
    """An outcome, and how often it was found."""

    words: str
    times: int
    outcome: Any = None


@dataclass(frozen=True)
class Result:
    """What came out on one driver; exactly one of `outcomes`, `error` and `left_out` says something."""

    backend: str
    driver: str
    version: str | None = None
    outcomes: tuple[Found, ...] = ()
    expected: str | None = None
    as_expected: bool | None = None
    is_explained: bool = True
    """Whether the explanation of the experiment is about this driver; in older records it is about all of them."""
    predicted: tuple[str | None, ...] = ()
    """By claim; None where the claim is not about this driver."""
    upheld: tuple[Upheld, ...] = ()
    error: str | None = None
    left_out: str | None = None

    @property
    def repetitions(self) -> int:
        """Return how often it was performed."""
        return sum(each.times for each in self.outcomes)

    @property
    def words(self) -> str:
        """Return the outcomes, with their numbers where there are several."""
        runs = self.repetitions
        return "; ".join(
            each.words + (f" ({each.times} of {runs} times)" if runs > 1 else "") for each in self.outcomes
        )


@dataclass(frozen=True)
class SaidUsed:
    """A claim that an experiment puts to the test."""

    id: str
    text: str
    advice: str = ""


@dataclass(frozen=True)
class ExperimentUsed:
    """An experiment as it stood when it was performed."""

    name: str
    theme: str
    question: str
    how: str
    explained: str = ""
    claims: tuple[SaidUsed, ...] = ()
    results: tuple[Result, ...] = ()
    remark: str = ""
    """Why drivers differ; older records have none."""

    def explanation(self, result: Result) -> str:
        """Return why an outcome is other than expected; empty where it is not, or where nobody knows."""
        return self.explained if result.as_expected is False and result.is_explained else ""


@dataclass(frozen=True)
class Experiments:
    """The content of experiments.json."""

    format: Literal[1]
    finished: bool = True
    failures: tuple[str, ...] = ()
    """Why it was not finished."""
    sayings: tuple[Saying, ...] = ()
    experiments: tuple[ExperimentUsed, ...] = ()

    def saying(self, claim_id: str) -> Saying | None:
        """Return what is said and by whom; None where the catalogue does not have it."""
        return next((saying for saying in self.sayings if saying.id == claim_id), None)


def read(run_dir: Path) -> Experiments | None:
    """Read the experiments of a run; None where it performed none.

    Raises:
        UsageError: The file is damaged, or of another format.
    """
    path = RunFolder(run_dir).experiments
    if not path.is_file():
        return None
    try:
        return TypeAdapter(Experiments).validate_python(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        first = error.errors(include_input=False, include_url=False)[0] if isinstance(error, ValidationError) else None
        detail = f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first else " ".join(str(error).split())
        message = f"{path} is damaged ({detail}); repeat the run"
        raise UsageError(message) from None
