"""A headless Chromium that tests look into, over the pipe of its DevTools protocol."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from select import select
from types import TracebackType
from typing import Any, Self

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
PIPES = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
"""Chromium reads commands from file 3 and writes to file 4."""
PATIENCE_S = 60
KEYS = {"Tab": ("", 9), "Enter": ("\r", 13), " ": (" ", 32)}
"""Text and code of the keys that tests press."""


class Browser:
    """One browser for all tests of a module; each page gets a profile of its own."""

    def __init__(self, profile: Path) -> None:
        """Start it."""
        commands, self._out = os.pipe()
        self._in, answers = os.pipe()
        launch = [sys.executable, "-ISc", PIPES, str(commands), str(answers), str(BROWSER)]
        self._process = subprocess.Popen(
            [*launch, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self._last, self._rest = 0, b""
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        """Stop it: a browser ends when its pipe does."""
        os.close(self._out)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - the protocol's
        """Give a command, and return its answer; events that come before it are kept."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._last:
            self.events.append(answer)
        assert "error" not in answer, answer["error"]
        return dict(answer["result"])

    def wait(self, method: str, session: str) -> None:
        """Wait for an event that has not been seen yet."""
        while not any(each["method"] == method and each["sessionId"] == session for each in self.events):
            self.events.append(self._read())

    def _read(self) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE_S
        while b"\0" not in self._rest:
            assert select([self._in], [], [], max(0.0, until - time.monotonic()))[0], "the browser does not answer"
            got = os.read(self._in, 1 << 20)
            assert got, "the browser has ended"
            self._rest += got
        message, self._rest = self._rest.split(b"\0", 1)
        return dict(json.loads(message))


class Tab:
    """A page in a profile of its own, with all that it said and asked for."""

    def __init__(self, browser: Browser, *, width: int = 1200, before: str = "", scripts: bool = True) -> None:
        """Open an empty page.

        Args:
            browser: Whose page it is.
            width: In CSS pixels.
            before: A script that runs ahead of those of the page.
            scripts: Whether pages may run scripts.
        """
        self._browser = browser
        context = browser.call("Target.createBrowserContext")["browserContextId"]
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        self.call("Page.addScriptToEvaluateOnNewDocument", source=before)
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - the protocol's
        """Give a command for this page."""
        return self._browser.call(method, self._session, **parameters)

    def open(self, address: str) -> Tab:
        """Load a page and return when it has loaded; what was seen before is forgotten."""
        self._browser.events.clear()
        self.call("Page.navigate", url=address)
        self._browser.wait("Page.loadEventFired", self._session)
        return self

    def read(self, expression: str) -> Any:  # noqa: ANN401 - whatever it is
        """Return the value of a JavaScript expression."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, times: int = 1) -> None:
        """Press a key."""
        text, code = KEYS[key]
        known = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": code}
        for _ in range(times):
            self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **known)
            self.call("Input.dispatchKeyEvent", type="keyUp", **known)

    def seen(self, *methods: str) -> list[dict[str, Any]]:
        """Return what events of these names told since the page was opened."""
        self.read("0")
        events = [each for each in self._browser.events if each.get("sessionId") == self._session]
        return [each["params"] for each in events if each["method"] in methods]

    def complaints(self) -> list[dict[str, Any]]:
        """Return every message of the console: errors, refusals of the policy, and whatever was written."""
        return self.seen("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")

    def requests(self) -> list[str]:
        """Return every address that was asked for, without data that stand in the page."""
        found = [each["request"]["url"] for each in self.seen("Network.requestWillBeSent")]
        return [each for each in found if not each.startswith("data:")]
