"""Every mail in a real browser, at 700 and 375 pixels, light and dark: nothing is cut off, axe finds nothing.

Needs Chromium. The accessibility engine axe-core is asked too where HMN_TEST_AXE names its `axe.min.js`. Pictures are
kept where HMN_TEST_PICTURES names a folder.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from hmn.exhibits import Exhibit, exhibits
from hmn.gallery import offline
from integrations.local.words import PackagedWords

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = os.environ.get("HMN_TEST_AXE", "")
PICTURES = os.environ.get("HMN_TEST_PICTURES", "")
SHOWN = list(exhibits(PackagedWords()))
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
]
# A mail stands inside a page of the reader's own program, which has the landmarks.
OUT_OF_OUR_HANDS = {"landmark-one-main", "region"}

pytestmark = [pytest.mark.long, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed here")]


class Browser:
    """One page of a headless Chromium, driven through its debugging socket."""

    def __init__(self, socket: Connection) -> None:
        self.socket = socket
        self.count = 0

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv(timeout=30))
            if answer.get("id") == self.count:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def run(self, script: str) -> Any:
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def show(self, html: str, width: int, scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.ask("Emulation.setEmulatedMedia", features=features)
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 400)
        frame = self.ask("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self.ask("Page.setDocumentContent", frameId=frame, html=html)

    def picture(self) -> bytes:
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        return base64.b64decode(self.ask("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)["data"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        command = [CHROMIUM, *FLAGS, f"--user-data-dir={home}", "about:blank"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with connect(_page_of(Path(home) / "DevToolsActivePort"), max_size=None) as socket:
                yield Browser(socket)
        finally:
            process.terminate()
            process.wait(timeout=20)


def _page_of(port_file: Path) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if port_file.exists() and port_file.read_text().count("\n"):
            port = port_file.read_text().split()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=10) as answer:
                pages = [each for each in json.load(answer) if each["type"] == "page"]
            if pages:
                return str(pages[0]["webSocketDebuggerUrl"])
        time.sleep(0.1)
    pytest.skip("Chromium did not start within a minute")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [700, 375])
def test_no_mail_is_cut_off(browser: Browser, width: int, scheme: str) -> None:
    cut_off = {}
    for shown in SHOWN:
        browser.show(offline(shown.content.html), width, scheme)
        needed = browser.run("document.documentElement.scrollWidth")
        if needed > width:
            cut_off[_named(shown)] = needed
        if PICTURES:
            Path(PICTURES, f"{_named(shown)}-{width}-{scheme}.png").write_bytes(browser.picture())
    assert not cut_off


@pytest.mark.skipif(not AXE, reason="HMN_TEST_AXE does not name an axe.min.js")
@pytest.mark.parametrize(("width", "scheme"), [(700, "light"), (375, "dark"), (700, "dark"), (375, "light")])
def test_axe_finds_nothing(browser: Browser, width: int, scheme: str) -> None:
    engine = Path(AXE).read_text(encoding="utf-8")
    found = {}
    for shown in SHOWN:
        browser.show(offline(shown.content.html), width, scheme)
        browser.run(f"{engine}; true")
        violations = browser.run("axe.run().then(r => r.violations.map(v => [v.id, v.impact, v.nodes[0].html]))")
        serious = [each for each in violations if each[0] not in OUT_OF_OUR_HANDS]
        if serious:
            found[_named(shown)] = serious
    assert not found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_dark_scheme_is_dark_and_the_light_one_light(browser: Browser, scheme: str) -> None:
    for shown in SHOWN:
        browser.show(offline(shown.content.html), 700, scheme)
        ground = browser.run(
            "getComputedStyle(document.querySelector('.page')).backgroundColor.match(/\\d+/g).map(Number)"
        )
        assert (max(ground) < 60) == (scheme == "dark"), _named(shown)


def _named(shown: Exhibit) -> str:
    return f"{shown.name}-{shown.member}".replace("/", "_")
