"""A run holds its proxy: bad delays are refused, a dead proxy is named, and the proxy never outlives the run."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from bench.core.errors import OrmbenchError, UsageError
from bench.core.traffic import Traffic
from bench.servers.delaying import DelayProxy

RUN = """
import sys, time
from bench.core.traffic import Traffic
from bench.servers.delaying import DelayProxy
proxy = DelayProxy("127.0.0.1", int(sys.argv[1]), [0, 50])
proxy.pause()
print(proxy.port(0), flush=True)
time.sleep(600)
"""
"""A run that holds a proxy and waits to be killed."""

LIMIT_S = 60.0


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """Return a listening socket for a proxy to connect to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LIMIT_S)
        yield listener


def port_of(listener: socket.socket) -> int:
    """Return the port of a listening socket."""
    port: int = listener.getsockname()[1]
    return port


@pytest.mark.parametrize("delay_ms", [-1, -0.001, 10_000.1, float("inf"), float("-inf"), float("nan")])
def test_a_delay_out_of_range_is_refused(delay_ms: float) -> None:
    """Ask for a delay that cannot be: the message shows it and says what can."""
    with pytest.raises(UsageError, match=r"^delay '.+' ms makes no sense; give 0 to 10000$") as caught:
        DelayProxy("127.0.0.1", 1, [0, delay_ms])
    assert f"'{delay_ms:g}'" in str(caught.value)


@pytest.mark.parametrize("delays_ms", [[5, 5], [0, 1, 0.0]])
def test_a_delay_that_is_given_twice_is_refused(delays_ms: list[float]) -> None:
    """Ask for the same delay twice: it would have two ports and two counts."""
    with pytest.raises(UsageError, match="is given twice"):
        DelayProxy("127.0.0.1", 1, delays_ms)


def test_each_delay_has_a_port_of_its_own(server: socket.socket) -> None:
    """Ask for the least and the greatest delay: two ports, neither of which is the server's."""
    with DelayProxy("127.0.0.1", port_of(server), [0, 10_000]) as proxy:
        assert len({proxy.port(0), proxy.port(10_000), port_of(server)}) == 3


def test_traffic_since_is_a_difference() -> None:
    """Subtract an earlier count: each field by itself."""
    assert Traffic(5, 40, 300, 2000) - Traffic(1, 10, 100, 1000) == Traffic(4, 30, 200, 1000)


def test_a_proxy_that_does_not_start_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let its program end at once: the error names the proxy."""
    ending = tmp_path / "python"
    ending.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    ending.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(ending))
    with pytest.raises(OrmbenchError, match=r"^the delay proxy for 127\.0\.0\.1:1 did not start: "):
        DelayProxy("127.0.0.1", 1, [0])


REQUESTS: dict[str, Callable[[DelayProxy], object]] = {
    "count": lambda proxy: proxy.traffic(0),
    "pause": DelayProxy.pause,
    "resume": DelayProxy.resume,
    "cut": DelayProxy.cut,
    "refuse": DelayProxy.refuse,
    "accept": DelayProxy.accept,
}


@pytest.mark.parametrize("request_name", REQUESTS)
def test_a_request_to_a_dead_proxy_names_it(server: socket.socket, request_name: str) -> None:
    """Kill the proxy, ask it twice, close: each request fails with its name, and closing does not."""
    proxy = DelayProxy("127.0.0.1", port_of(server), [0])
    proxy._process.kill()
    proxy._process.wait()
    for _ in range(2):
        with pytest.raises(OrmbenchError, match=rf"^the delay proxy for 127\.0\.0\.1:\d+ did not {request_name}: "):
            REQUESTS[request_name](proxy)
    proxy.close()


def test_a_closed_proxy_is_gone_and_may_be_closed_again(server: socket.socket) -> None:
    """Close: the process has ended in good order, its port refuses, and a request fails."""
    proxy = DelayProxy("127.0.0.1", port_of(server), [0])
    port = proxy.port(0)
    proxy.close()
    proxy.close()
    assert proxy._process.returncode == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)
    with pytest.raises(OrmbenchError, match="did not count"):
        proxy.traffic(0)


def test_an_accept_that_fails_is_reported_and_the_proxy_lives(server: socket.socket) -> None:
    """Take the port of a proxy that refuses: `accept` says so; once the port is free it works."""
    with DelayProxy("127.0.0.1", port_of(server), [0]) as proxy:
        proxy.refuse()
        with (
            socket.create_server(("127.0.0.1", proxy.port(0))),
            pytest.raises(OrmbenchError, match=r"did not accept: .*in use"),
        ):
            proxy.accept()
        proxy.accept()
        socket.create_connection(("127.0.0.1", proxy.port(0)), timeout=LIMIT_S).close()


def test_ctrl_c_at_the_terminal_does_not_reach_the_proxy(server: socket.socket) -> None:
    """Look at the proxy's session: it is one of its own, to which a terminal sends no signals."""
    with DelayProxy("127.0.0.1", port_of(server), [0]) as proxy:
        assert os.getsid(proxy._process.pid) == proxy._process.pid


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_run_leaves_no_proxy(server: socket.socket, number: signal.Signals) -> None:
    """Kill a run without a chance to clean up, while bytes are held: connections close and the process ends."""
    run = subprocess.Popen([sys.executable, "-c", RUN, str(port_of(server))], stdout=subprocess.PIPE, text=True)
    with run:
        assert run.stdout is not None
        port = int(run.stdout.readline())
        [proxy] = psutil.Process(run.pid).children()
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S) as client:
            upstream, _ = server.accept()
            with upstream:
                upstream.sendall(b"held")
                run.send_signal(number)
                with suppress(ConnectionResetError):  # with bytes that nobody read the kernel resets, else it ends
                    assert client.recv(1) == b""
    deadline = time.monotonic() + LIMIT_S
    while proxy.is_running() and proxy.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the proxy outlived its run"
        time.sleep(0.02)
