"""Refuse what a call of `ormbench load` asks for and no machine can give, before anything is started."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from bench.core.drivers import FAMILIES
from bench.core.errors import UsageError
from bench.core.load_plan import Model
from bench.load.judging.conditions import parse_conditions
from bench.load.judging.thresholds import parse_threshold
from bench.load.request import LoadRequest
from bench.load.target.options import TargetOptions
from bench.load.target.prepared import backend_of, driver_pair
from bench.servers.delaying import check_delays
from bench.servers.given import parse


def refuse_impossible(request: LoadRequest) -> None:
    """Refuse options that exclude each other, and values that are malformed.

    Raises:
        UsageError: There is one; the message says which, and what to do.
    """
    for threshold in request.thresholds:
        parse_threshold(threshold)
    if request.slo is not None:
        parse_conditions(request.slo)
    first = next(_excluding(request), None)
    if first is not None:
        raise UsageError(first)
    if request.app_url is not None:
        _refuse_address(request.app_url)
    else:
        _refuse_servers(request)
    if request.locustfile is not None and not request.locustfile.is_file():
        message = f"there is no locustfile {request.locustfile}"
        raise UsageError(message)


def _excluding(request: LoadRequest) -> Iterator[str]:
    """Yield what cannot be asked for together."""
    own = request.app_url is not None
    if request.app_url is not None and request.locustfile is None:
        yield _how_to_give(request.app_url)
    if own and (request.backend or request.database or request.factors or request.delay_ms):
        yield "--url names an application that runs already; leave out --backend, --database, --sweep and --delay"
    if own and request.target != TargetOptions():
        yield "--url names an application that runs already; leave out --driver, --pool-size and the like"
    if request.own_pairs and request.locustfile is None:
        yield "--pair names user classes of a file of yours; give it by --locustfile FILE"
    if request.model is Model.OPEN and not request.rates_per_s:
        yield "--model open needs --rate, such as --rate 100,200; without --model the rates are found out"
    if request.model is Model.CLOSED and request.rates_per_s:
        yield "--rate is of open load; leave out --model closed, or --rate"
    if request.model is Model.OPEN and request.users:
        yield "--users is of closed load; leave out --model open, or --users"
    if request.model is Model.CLOSED and request.slo:
        yield "--slo looks for the highest rate of open load; leave out --model closed"
    if request.factors and request.slo:
        yield "--slo finds the highest rate for one setting of the application; leave out --sweep or --slo"


def _how_to_give(url: str) -> str:
    """Return what is missing beside a URL; one of a database is none of an application."""
    if url.partition("://")[0].partition("+")[0] in FAMILIES:
        return "--url is the http address of an application of your own; a database is given by --database"
    return "--url names an application of your own; say by --locustfile FILE what it is asked for"


def _refuse_address(url: str) -> None:
    """Refuse what is no base URL; with a password in it, it would be shown in every report, and is not shown here."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        # Nothing in front of an @ is repeated, wherever it stands in what is no URL.
        shown = f"***@{url.rpartition('@')[2]}" if "@" in url else url
        message = f"--url {shown!r} must look like http://127.0.0.1:8000"
    elif "@" in url:
        message = "--url holds a name or a password, which the report would show; let the locustfile send them"
    elif parts.path.strip("/") or parts.query or parts.fragment:
        message = "--url has something behind the host; give scheme, host and port, and paths in the locustfile"
    else:
        return
    raise UsageError(message)


def _refuse_servers(request: LoadRequest) -> None:
    named = () if request.database is None else parse(request.database)[1]
    kind = backend_of(request.backend, request.database)
    delays = sorted({setting.delay_ms for setting in request.settings})
    check_delays(delays)
    if kind == "sqlite" and delays != [0]:
        message = "SQLite has no network that could be delayed; leave out the delay, or give --backend postgresql"
        raise UsageError(message)
    for setting in request.settings:
        driver_pair(kind, setting.options.drivers or named)
