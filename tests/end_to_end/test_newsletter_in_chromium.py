"""The example issues, a notice and the archive in a real browser, at 700 and 375 pixels, light and dark.

Written by the jobs from the Washington workbook, every automatic block switched on: once as the page that a campaign
provider gets, once as the single mail of the local lane. Nothing runs over the side, everything can be read on its
ground, headings stand in order, and what is to be tapped is large enough. Pictures are kept where HMN_TEST_PICTURES
names a folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from examples.build import read_table
from hmn.gallery import offline
from integrations.local.words import PackagedWords
from integrations.mailchimp.fields import MERGE
from network.goals import Snapshot
from network.jobs.issue_delivery import put_in_archive, write_archive
from network.jobs.issues import newsletter_words, plan_issues, sample_fields, write_campaign, write_edition
from network.jobs.notices import plan_notices, write_notice
from network.messages import Content
from network.newsletter_blocks import BLOCKS
from network.rendering import Letterhead
from network.tasks import NewTask, TaskKind
from tests.builders import NOON, Desk, a_person, a_program, some_preferences
from tests.end_to_end.chromium import CHROMIUM, Browser, a_browser

WASHINGTON = Path(__file__).parents[2] / "examples" / "washington"
PICTURES = os.environ.get("HMN_TEST_PICTURES", "")
LONG_LINK = "https://example.org/" + "a-very-long-name-of-a-page-" * 6
pytestmark = [pytest.mark.long, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed here")]

# What cannot be read on its ground (WCAG: 4.5 to 1, large text 3 to 1), and every heading's level, in order.
LOOK = r"""
(() => {
  const numbers = (colour) => {
    const found = colour.match(/[\d.]+/g).map(Number);
    return found.length > 3 ? found : [...found, 1];
  };
  const curve = (part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const weights = [0.2126, 0.7152, 0.0722];
  const light = (colour) => weights.reduce((sum, weight, place) => sum + weight * curve(colour[place] / 255), 0);
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = numbers(getComputedStyle(node).backgroundColor);
      if (colour[3] > 0.99) return colour;
    }
    return isDark ? [18, 18, 18] : [255, 255, 255];
  };
  const faint = [], small = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const words = walker.currentNode.data.trim(), node = walker.currentNode.parentElement;
    if (!words || !node.getClientRects().length || ["STYLE", "SCRIPT"].includes(node.tagName)) continue;
    const style = getComputedStyle(node), size = parseFloat(style.fontSize);
    const pair = [light(numbers(style.color)), light(ground(node))].sort((one, other) => other - one);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    const isLarge = size >= 24 || (size >= 18.6 && style.fontWeight >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) faint.push([ratio, words]);
    if (size < 14) small.push([size, words]);
  }
  const buttons = [...document.querySelectorAll(".button a")].map((link) => link.getBoundingClientRect());
  return {
    needed: document.documentElement.scrollWidth,
    levels: [...document.querySelectorAll("h1, h2, h3, h4")].map((heading) => Number(heading.tagName[1])),
    faint,
    small,
    thin: buttons.filter((box) => box.height < 40).length,
    wide: buttons.filter((box) => box.right > document.documentElement.clientWidth).length,
    bare: [...document.querySelectorAll("img")].filter((img) => !img.alt).length,
  };
})()
"""


def the_desk() -> Desk:
    """The Washington workbook's issues and notice, a small network around it, and something for each block to say."""
    desk = Desk(words=PackagedWords())  # type: ignore[arg-type]  # the same port
    desk.preferences = some_preferences(
        blocks=frozenset(BLOCKS),
        next_meeting="Thursday 15 October, noon Pacific time, online",
        colours={"accent": "#1F4E5F", "button": "#B4531A"},
        logo="https://example.org/logo.png",
        extra={"meeting link": "https://example.org/meeting"},
    )
    for title in ("newsletter", "messages", "survey-questions", "goals"):
        table = read_table(WASHINGTON / f"{title}.csv")
        desk.workbook.put(
            title.replace("-", " ").capitalize(),
            table.headers,
            *[[str(cell or "") for cell in row] for row in table.rows],
        )
    desk.workbook.tabs["Newsletter"].append(
        [
            "November 2026",
            "2026-11-10",
            "all",
            "English",
            "Tips",
            f"A long word {'Donaudampf' * 9}",
            LONG_LINK,
            LONG_LINK,
        ]
    )
    desk.programs.replace([a_program(f"wa-{n}", f"Tribe {n}", number=f"90CI0{n:05}") for n in range(9)], NOON)
    for number, fields in enumerate(({}, {"language": "es"}, {"role_kind": "director"})):
        person: dict[str, Any] = {"email": f"p{number}@example.org", "newsletter": True, "state": "WA", **fields}
        desk.people.people[f"p-{number}"] = a_person(f"p-{number}", name="Ana Torres", recipient_id="wa-1", **person)
    joined: dict[str, Any] = {"already_known": False, "became_member_at": NOON - timedelta(days=3)}
    desk.people.people["p-new"] = a_person("p-new", name="Bea Ruiz", email="bea@example.org", **joined)
    new = [
        (NewTask("name/p-new", TaskKind.STORY_CONSENT, "", "", subject="p-new"), "approve"),
        (
            NewTask("story/x", TaskKind.STORY, "", "", subject="p-0"),
            "with name: We check hearing at once now.",
        ),
        (NewTask("idea/f/dental", TaskKind.SURVEY, "", "", subject="f|Dentists for two-year-olds"), "on the agenda"),
        (NewTask("idea/f/short", TaskKind.SURVEY, "", "", subject="f|Shorter meetings"), "done: one hour, no slides"),
    ]
    for task, (_, answer) in zip(desk.tasks.open([each for each, _ in new], NOON), new, strict=True):
        desk.tasks.save([replace(task, answer=answer, answered_at=NOON - timedelta(days=1))], NOON)
    desk.snapshots.put([Snapshot(metric, NOON.date(), 62.0) for metric in ("active members", "coverage AIAN")])
    return desk


def written() -> dict[str, Content]:
    """Every page by name: each edition as campaign and as single mail, the notice, the archive."""
    desk = the_desk()
    office, reading = desk.office, desk.workbook.read()
    assert reading is not None
    letterhead = Letterhead.load(office.words, desk.preferences)
    pages: dict[str, Content] = {}
    records = []
    for plan in plan_issues(office, reading, NOON, letterhead).editions:
        name = plan.draft.file_name.removesuffix(".html")
        pages[f"campaign-{name}"] = write_campaign(office, MERGE, letterhead, plan.draft, plan.addressees)
        words, fields = newsletter_words(office), sample_fields(desk.preferences)
        pages[f"mail-{name}"] = write_edition(letterhead, plan.draft, words, fields, "7K2M9QXR")
        put_in_archive(office, plan, letterhead)
        records.append(replace(plan.record, sent_at=NOON, report={"delivered": 3.0}))
    write_archive(office, records)
    for notice in plan_notices(office, reading, NOON, letterhead).notices:
        for language in notice.notice.languages:
            fields = sample_fields(desk.preferences)
            pages[f"notice-{language}"] = write_notice(
                office, letterhead, notice, fields, "7K2M9QXR", language=language
            )
    return pages | {path.replace("/", "-"): Content("", "", body) for path, body in desk.shelf.files.items()}


@pytest.fixture(scope="module")
def pages() -> dict[str, Content]:
    return written()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as opened:
        yield opened


def test_every_edition_of_both_issues_is_here_with_every_block(pages: dict[str, Content]) -> None:
    names = {name for name in pages if name.startswith("campaign-")}
    assert names == {
        "campaign-october-2026-members-en",
        "campaign-october-2026-members-es",
        "campaign-october-2026-directors-and-partners-en",
        "campaign-october-2026-directors-and-partners-es",
        "campaign-november-2026-members-en",
        "campaign-november-2026-directors-and-partners-en",
    }
    text = pages["mail-october-2026-members-en"].text
    for heading in (
        "New members",
        "One success",
        "Open questions",
        "Our goals",
        "You said, we did",
        "Who is not here yet",
    ):
        assert f"\n{heading}\n" in text, heading


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [700, 375])
def test_every_page_looks_right(browser: Browser, pages: dict[str, Content], width: int, scheme: str) -> None:
    wrong: dict[str, Any] = {}
    for name, page in pages.items():
        browser.show(offline(page.html), width, scheme)
        seen = browser.run(LOOK)
        if PICTURES:
            Path(PICTURES, f"{name}-{width}-{scheme}.png").write_bytes(browser.picture())
        levels = seen.pop("levels")
        jumps = [pair for pair in zip([0, *levels], levels, strict=False) if pair[1] - pair[0] > 1]
        problems = {key: value for key, value in seen.items() if key != "needed" and value}
        if seen["needed"] > width or problems or jumps or levels.count(1) != 1:
            wrong[name] = (seen["needed"], problems, levels)
    assert not wrong


def test_the_plain_text_says_the_same_and_no_line_of_it_is_mail_code(pages: dict[str, Content]) -> None:
    for name, page in pages.items():
        if name.startswith(("campaign-", "mail-", "notice-")):
            assert not any(sign in page.text for sign in ("**", "<p", "](", "&amp;", "{{")), name
            assert "Olympia WA" in page.text, name
