"""What a server is to a run: whether it takes its time from the same cores."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import make_url

from bench.servers.server import Origin, Server


def server(url: str, origin: Origin = Origin.GIVEN) -> Server:
    """Return a server at a URL."""
    parsed = make_url(url)
    return Server(label="it", kind=parsed.get_backend_name(), url=parsed, version="1", origin=origin)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://me@127.0.0.1/db", True),
        ("postgresql://me@localhost/db", True),
        ("mysql://me@[::1]/db", True),
        ("postgresql:///db", True),
        ("postgresql:///db?host=/run/postgresql", True),
        # Addresses for documentation (RFC 5737), and a name that is never there (RFC 6761).
        ("postgresql://me@192.0.2.1/db", False),
        ("postgresql:///db?host=192.0.2.1", False),
        ("postgresql://me@nowhere.invalid/db", False),
        ("sqlite:////srv/app.db", False),
    ],
)
def test_a_server_is_here_by_its_address(url: str, *, expected: bool) -> None:
    """A socket and an address of this machine are here; a library is no server."""
    assert server(url).is_here is expected


def test_a_server_at_an_address_of_this_machine_is_here() -> None:
    """It need not be the loopback; what is private or kept is here in any case."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Sends nothing: it only asks which address would be taken.
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no network")
        own = probe.getsockname()[0]
    assert server(f"postgresql://me@{own}/db").is_here
    assert server("postgresql://me@192.0.2.1/db", Origin.KEPT).is_here
