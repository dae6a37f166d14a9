"""What a monitor and a visitor are told: life, readiness, pools, threads, metrics, and the page at /."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bench.servers.delaying import DelayProxy
from tests.target_app.serving import MODES, Called, at_work, called, until
from tests.target_app.shops import Shop

POOL, OVERFLOW = 2, 1


@pytest.fixture
def watched(fresh: Callable[[str], Shop]) -> Iterator[Called]:
    """Return an app that nobody has asked anything yet."""
    with called(fresh("sqlite").settings(pool_size=POOL, max_overflow=OVERFLOW)) as app:
        yield app


def test_there_are_as_many_threads_as_connections(watched: Called) -> None:
    """So that a sync request that has a thread has a connection as well."""
    unused = {"size": POOL, "checked_in": 0, "checked_out": 0, "overflow": 0, "waiting": 0}
    assert watched("GET", "/health/database").json() == {
        "pools": {"sync": unused, "async": unused},
        "threads": {"total": POOL + OVERFLOW, "borrowed": 0, "waiting": 0},
        "most_connections": 2 * (POOL + OVERFLOW),
    }


def test_the_number_of_threads_can_be_set(fresh: Callable[[str], Shop]) -> None:
    """More threads than connections let requests wait with a thread in hand: worth a measurement."""
    with called(fresh("sqlite").settings(pool_size=POOL, thread_tokens=7)) as app:
        assert app("GET", "/health/database").json()["threads"]["total"] == 7


def test_a_process_says_that_it_lives_and_that_it_is_ready(watched: Called) -> None:
    """Two questions for two purposes; the second one reaches the database in both modes."""
    assert watched("GET", "/health/live").json() == {"status": "alive"}
    assert [at_work(watched.app, mode) for mode in MODES] == [(0, 0), (0, 0)]
    assert watched("GET", "/health/ready").json() == {"status": "ready"}
    pools = watched("GET", "/health/database").json()["pools"]
    assert [(pools[mode]["checked_in"], pools[mode]["checked_out"]) for mode in MODES] == [(1, 0), (1, 0)]


def test_who_cannot_reach_the_database_lives_and_is_not_ready(fresh: Callable[[str], Shop]) -> None:
    """503 as a problem, with the time after which to ask again."""
    settings = fresh("sqlite").settings(url="postgresql://someone:s3cret@127.0.0.1:1/shop")
    with called(settings) as app:
        assert app("GET", "/health/live").status_code == 200
        answer = app("GET", "/health/ready")
        assert (answer.status_code, answer.json()["title"]) == (503, "unavailable")
        assert answer.headers["Retry-After"]
        assert "s3cret" not in answer.text


def test_a_dead_network_is_not_waited_for(fresh: Callable[[str], Shop]) -> None:
    """Nothing comes back any more, not even a refusal: 503 again and again, and ready as soon as all flows again."""
    shop = fresh("postgresql")
    address = shop.place.server.address
    assert address is not None
    with DelayProxy(*address, [0]) as proxy:
        url = shop.place.server.url.set(port=proxy.port(0)).render_as_string(hide_password=False)
        with called(shop.settings(url=url, pool_timeout_s=60)) as app:
            assert app("GET", "/health/ready").status_code == 200
            proxy.pause()
            for _ in range(2):
                answer = app("GET", "/health/ready")
                assert (answer.status_code, answer.json()["title"]) == (503, "unavailable")
            proxy.resume()
            until(lambda: app("GET", "/health/ready").status_code == 200)
            until(lambda: not app.app.state.asking.late)
            until(lambda: [at_work(app.app, mode) for mode in MODES] == [(0, 0), (0, 0)])


def test_the_metrics_show_requests_by_route(watched: Called) -> None:
    """A route is one series whatever the id, and what fits no route is one series too."""
    for path in ("/sync/users/1", "/sync/users/2", "/async/users/1", "/async/users/0", "/nowhere/1", "/nowhere/2"):
        watched("GET", path)
    text = watched("GET", "/metrics").text
    counts = [line for line in text.splitlines() if line.startswith("http_request_duration_seconds_count")]
    found = {line.rpartition(" ")[0].partition("{")[2]: line.rpartition(" ")[2] for line in counts}
    assert found == {
        'method="GET",mode="sync",route="/sync/users/{user_id}",status="200"}': "2.0",
        'method="GET",mode="async",route="/async/users/{user_id}",status="200"}': "1.0",
        'method="GET",mode="async",route="/async/users/{user_id}",status="422"}': "1.0",
        'method="GET",mode="none",route="unmatched",status="404"}': "2.0",
    }


def test_the_metrics_show_the_pools(watched: Called) -> None:
    """The gauges are read when they are asked for."""
    before = watched("GET", "/metrics").text
    watched("GET", "/async/users/1")
    after = watched("GET", "/metrics").text
    assert f'database_pool_size{{mode="sync"}} {POOL:.1f}' in before
    assert 'database_pool_checked_in{mode="async"} 0.0' in before
    assert 'database_pool_checked_in{mode="async"} 1.0' in after
    assert 'database_pool_waiting{mode="async"} 0.0' in after


def test_two_apps_of_one_process_count_for_themselves(watched: Called, fresh: Callable[[str], Shop]) -> None:
    """There is no registry that they share."""
    watched("GET", "/sync/users/1")
    with called(fresh("sqlite").settings()) as other:
        assert "/sync/users/{user_id}" not in other("GET", "/metrics").text
    assert "/sync/users/{user_id}" in watched("GET", "/metrics").text


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_first_page_shows_every_pair_and_no_secret(fresh: Callable[[str], Shop], kind: str) -> None:
    """People who come with a browser see both modes side by side, and the settings without the password."""
    shop = fresh(kind)
    with called(shop.settings()) as app:
        page = app("GET", "/")
        paths = app.app.openapi()["paths"]
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    shown = [path.removeprefix("/sync") for path in paths if path.startswith("/sync/")]
    assert len(shown) > 10
    assert [path for path in shown if path not in page.text] == []
    for link in ("health/database", "health/loop", "metrics", "docs", "sync/users", "async/users"):
        assert f'href="{link}"' in page.text
    for path in ("sync/orders", "async/users/one-by-one", "sync/users/{user_id}"):
        assert f'href="{path}"' not in page.text
    password = shop.place.server.url.password
    assert password is None or str(password) not in page.text


def test_the_first_page_asks_nobody_else(watched: Called) -> None:
    """No font, script or picture comes from another place."""
    page = watched("GET", "/").text
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page
