"""Every mail in a real browser, at 700 and 375 pixels, light and dark: nothing is cut off, axe finds nothing.

Needs Chromium. The accessibility engine axe-core is asked too where HMN_TEST_AXE names its `axe.min.js`. Pictures are
kept where HMN_TEST_PICTURES names a folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hmn.exhibits import Exhibit, exhibits
from hmn.gallery import offline
from integrations.local.words import PackagedWords
from tests.end_to_end.chromium import CHROMIUM, Browser, a_browser

AXE = os.environ.get("HMN_TEST_AXE", "")
PICTURES = os.environ.get("HMN_TEST_PICTURES", "")
SHOWN = list(exhibits(PackagedWords()))
# A mail stands inside a page of the reader's own program, which has the landmarks.
OUT_OF_OUR_HANDS = {"landmark-one-main", "region"}

pytestmark = [pytest.mark.long, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed here")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as opened:
        yield opened


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
