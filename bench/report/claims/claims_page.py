"""What people say and what became of it, as a page of Markdown: docs/claims.md."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from bench.core.visible import visible
from bench.report import labels
from bench.report.claims.brief_evidence import brief
from bench.report.claims.deciding import RULE
from bench.report.claims.decisions import DriverDecision
from bench.report.claims.outcomes import Decision
from bench.report.claims.sayings import NO_CATALOGUE, Catalogue, Heard, Part, hear
from bench.report.claims.versions import versions
from bench.report.findings.analysis import Analysis
from bench.report.markup import escaped
from bench.report.trust import assess

PAGES = "../reports/published"
"""Where the pages of published runs lie, as seen from `docs`."""
NOT_TESTED = "not tested"
MEANINGS = {
    Decision.UPHELD: "it is so wherever it was tested",
    Decision.REFUTED: "it is so nowhere",
    Decision.DEPENDS: "it is so with some drivers, parameters or repetitions, and not with others",
    Decision.UNDECIDED: "intervals too wide or too near the limit, no valid outcome, or not seen in a few repetitions",
}
_VERSION = re.compile(r" [\d.]+$")
_CODE = re.compile(r"(`[^`|]+`)")
_WITHIN_WORD = re.compile(r"(?<=[A-Za-z0-9])\\_(?=[A-Za-z0-9])")
_HEAD = """\
# Claims, put to the test

What guides, READMEs and issue threads say about sync and async SQLAlchemy, and what came out on one machine. Made by
`ormbench claims RUN... --markdown` from {runs}; `make docs` writes it anew and a test keeps it current.

Under every saying stand our readings of it, written down before measuring in words that a result can refute; some test
the opposite, or what follows from it, so read the sentence beside a verdict. Ratios are times over times with 95 %
intervals, and beside a number that is claimed they are told as that is. {rule}
Client and server share one machine, without a network between them unless a delay is named. "All" are all
drivers of a database that were there, "everywhere" those of all databases. What is too long to stand beside a driver is
behind "Tested". {versions}

**How far to trust it:** {trust}
"""


def page(analyses: Sequence[Analysis], catalogue: Catalogue = NO_CATALOGUE) -> str:
    """Return the page of what some runs say together, as it stands in `docs`.

    Where several runs have the same test, the first one counts that could perform it.
    """
    heard = hear(analyses, catalogue)
    chapters = list(dict.fromkeys(each.saying.chapter for each in heard))
    by_chapter = {chapter: [each for each in heard if each.saying.chapter == chapter] for chapter in chapters}
    lines = [_head(analyses), *_overview(by_chapter)]
    told: dict[str, str] = {}
    for chapter, sayings in by_chapter.items():
        lines += [f"## {escaped(chapter or 'All claims')}", "", *_summary(sayings)]
        lines += [line for each in sayings for line in _details(each, told)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _head(analyses: Sequence[Analysis]) -> str:
    runs = ", ".join(f"`{each.run.folder.name}`" for each in analyses)
    word = "the run" if len(analyses) == 1 else "the runs"
    told = versions([each.run.manifest for each in analyses])
    trusted = " ".join(f"`{each.run.folder.name}`: {assess(each).text}" for each in analyses)
    return _HEAD.format(runs=f"{word} {runs}", rule=RULE, versions=told, trust=trusted)


def _overview(by_chapter: dict[str, list[Heard]]) -> Iterator[str]:
    """Yield how many readings came to which verdict, in all and by chapter."""
    everything = [each for sayings in by_chapter.values() for each in sayings]
    tallies = [_total(everything), *map(_total, by_chapter.values())]
    yield "| verdict | readings | which means |"
    yield "|---|---|---|"
    for decision, meaning in MEANINGS.items():
        yield f"| {decision} | {tallies[0][decision]} | {meaning} |"
    yield ""
    yield f"| chapter | sayings | {NOT_TESTED} | {' | '.join(f'readings {each}' for each in MEANINGS)} |"
    yield f"|---|---|---|{'---|' * len(MEANINGS)}"
    chapters = [("everything", everything), *by_chapter.items()]
    for (chapter, sayings), tally in zip(chapters, tallies, strict=True):
        untested = sum(not each.tested for each in sayings)
        numbers = " | ".join(str(tally[each]) for each in MEANINGS)
        yield f"| {escaped(chapter or 'all claims')} | {len(sayings)} | {untested} | {numbers} |"
    yield ""


def _total(sayings: Sequence[Heard]) -> Counter[Decision]:
    return sum((each.tally for each in sayings), Counter[Decision]())


def _verdict(heard: Heard) -> str:
    """Return the verdicts of all readings of a saying: `upheld`, or `2 upheld, 1 refuted`."""
    tally = heard.tally
    if not tally:
        return NOT_TESTED
    if tally.total() == 1:
        return str(next(iter(tally)))
    return ", ".join(f"{tally[each]} {each}" for each in MEANINGS if tally[each])


def _summary(sayings: Sequence[Heard]) -> Iterator[str]:
    """Yield a row for each saying: what became of its readings."""
    yield "| claim | what people say | our readings of it |"
    yield "|---|---|---|"
    for each in sayings:
        yield f"| [{escaped(each.saying.id)}](#{_anchor(each)}) | {_prose(each.saying.text)} | {_verdict(each)} |"
    yield ""


def _anchor(heard: Heard) -> str:
    return heard.saying.id.lower()


def _details(heard: Heard, told: dict[str, str]) -> Iterator[str]:
    """Yield what was tested, how, and what came out on which driver; `told` has where an explanation stands already."""
    source = f" Said by {_prose(heard.saying.source)}." if heard.saying.source else ""
    # The heading is the id alone, so that its anchor is known.
    yield f"### {escaped(heard.saying.id)}"
    yield ""
    yield f"“{_prose(heard.saying.text)}”{source} **{_verdict(heard).capitalize()}.**"
    yield ""
    if not heard.parts:
        yield _prose(heard.reason)
        yield ""
    for how, parts in _by_test(heard).items():
        link = f"{PAGES}/{quote(parts[0].run.folder.name)}/index.html#claim-{parts[0].number}"
        yield f"- [Tested]({link}) by {_prose(how.rstrip('.'))}."
        yield from _left_out(parts[0])
        yield from _explanation(heard, parts, told)
        for part in parts:
            yield from _part(part)
    if heard.parts:
        yield ""


def _explanation(heard: Heard, parts: Sequence[Part], told: dict[str, str]) -> Iterator[str]:
    """Yield why outcomes of a test were other than expected; of an experiment also on which drivers."""
    explained = next((part.result.explained for part in parts if part.result.explained), "")
    if not explained:
        return
    decided = (each for part in parts for each in part.result.drivers if each.is_explained)
    surprised = list({(each.backend, each.driver): each for each in decided}.values())
    where = f"with {_drivers(parts[0], surprised)}" if surprised else "in part"
    yield f"  - Unexpected {where}: {f'see {told[explained]}.' if explained in told else _prose(explained)}"
    told.setdefault(explained, f"[{escaped(heard.saying.id)}](#{_anchor(heard)})")


def _by_test(heard: Heard) -> dict[str, list[Part]]:
    """Return the parts by the test that they have in common."""
    found: dict[str, list[Part]] = {}
    for part in heard.parts:
        found.setdefault(part.result.how, []).append(part)
    return found


def _part(part: Part) -> Iterator[str]:
    result = part.result
    verdict = " ".join(filter(None, (f"**{result.decision if result.is_tested else NOT_TESTED}**", result.scope)))
    yield f"  - {verdict}: {_prose(result.claim.text)}. {_prose(result.claim.advice)}".rstrip()
    if result.why_open:
        yield f"    - {_prose(result.why_open)}"
    for decision in Decision:
        by_scope: dict[str, list[DriverDecision]] = {}
        for each in result.drivers:
            if each.outcomes and each.decision is decision:
                by_scope.setdefault(f"{decision} {result.scope_on(each)}".rstrip(), []).append(each)
        for said, alike in by_scope.items():
            yield f"    - {': '.join(filter(None, (said, _drivers(part, alike), _prose(_evidence(alike)))))}"


def _drivers(part: Part, decided: Sequence[DriverDecision]) -> str:
    """Return the drivers by backend, where it is all of them as `PostgreSQL (all)`, and `everywhere`."""
    there = {labels.backend(each): len(each.drivers) for each in part.run.manifest.backends}
    by_backend: dict[str, list[str]] = {}
    for each in decided:
        by_backend.setdefault(each.backend, []).append(each.driver)
    if len(there) > 1 and {backend: len(names) for backend, names in by_backend.items()} == there:
        return "everywhere"
    told = (
        # Versions stand on top of the page.
        _VERSION.sub("", backend) + (" (all)" if len(names) == there.get(backend) else f" {', '.join(names)}")
        for backend, names in by_backend.items()
    )
    return _prose("; ".join(told))


def _evidence(decided: Sequence[DriverDecision]) -> str:
    """Return what was found, as on the first of them that has something to tell where they differ."""
    found = {each.driver: brief(each) for each in decided}
    told = {driver: words for driver, words in found.items() if words}
    if not told:
        return ""
    driver, words = next(iter(told.items()))
    return words if len(set(found.values())) == 1 else f"as on {driver}: {words}"


def _left_out(part: Part) -> Iterator[str]:
    """Yield on which drivers the test was left out, and why."""
    by_reason: dict[str, list[DriverDecision]] = {}
    for each in part.result.drivers:
        if each.left_out:
            by_reason.setdefault(each.left_out, []).append(each)
    for reason, alike in by_reason.items():
        yield f"  - left out: {_drivers(part, alike)}: {_prose(reason)}"


def _prose(value: str) -> str:
    """Return text on one line, with what stands in backticks as code and everything else as it is written."""
    line = visible(" ".join(value.split()))
    return "".join(part if _CODE.fullmatch(part) else _escaped_words(part) for part in _CODE.split(line))


def _escaped_words(value: str) -> str:
    """Return the text escaped, with the spaces at its ends kept; within a word an underscore marks nothing."""
    told = "".join(escaped(part) if part.strip() else " " for part in re.split(r"(^\s+|\s+$)", value) if part)
    return _WITHIN_WORD.sub("_", told)
