"""Links of an issue are looked at before it goes: once a day, never by planning, and only a missing page stops it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.local.words import PackagedWords
from network.jobs.link_check import look_at_links, seen_links
from network.jobs.newsletter import NewsletterReport, prepare_issues
from network.links import LinkFate, check_links, links_in
from network.ports import Office
from network.rendering import Letterhead
from network.tabs import Cell, Reading
from tests.builders import NOON, Desk, a_person, some_preferences

HEADER = ("Issue", "Send on", "For", "Section", "Title", "Text", "Link", "Image", "Image description")
GOOD, GONE = "https://example.org/good", "https://example.org/gone"
ELSEWHERE = "https://example.net/x"


@dataclass
class FakeLinks:
    """Answers what it is told to, and remembers who was asked about."""

    fates: dict[str, LinkFate] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    is_offline: bool = False

    def look(self, addresses: Sequence[str]) -> Mapping[str, LinkFate]:
        self.asked += addresses
        return {} if self.is_offline else {address: self.fates.get(address, LinkFate.FINE) for address in addresses}


@lru_cache(maxsize=1)
def letterhead() -> Letterhead:
    return Letterhead.load(PackagedWords(), some_preferences())


def an_item(text: str = "Ask.", link: str = "", send_on: str = "2026-10-08") -> tuple[Cell, ...]:
    return ("October 2026", send_on, "members", "Health", "Lead tests", text, link, "", "")


def a_desk(*rows: tuple[Cell, ...], notice: str = "") -> Desk:
    desk = Desk(words=PackagedWords())  # type: ignore[arg-type]  # the same port
    desk.people.people["p-ana"] = a_person(newsletter=True, state="WA")
    desk.workbook.put("Newsletter", HEADER, *rows)
    if notice:
        desk.workbook.put("Messages", ("To", "Send on", "Subject", "Text"), ("members", "2026-10-08", "Hi", notice))
    return desk


def office_of(desk: Desk, links: FakeLinks) -> Office:
    return replace(desk.office, links=links)


def reading_of(desk: Desk) -> Reading:
    reading = desk.workbook.read()
    assert reading is not None
    return reading


def prepare(desk: Desk, links: FakeLinks, at: datetime = NOON, *, dry_run: bool = False) -> NewsletterReport:
    return prepare_issues(office_of(desk, links), reading_of(desk), at, dry_run=dry_run, letterhead=letterhead())


def test_a_page_that_is_gone_keeps_the_issue_from_going_and_names_the_row() -> None:
    desk, links = a_desk(an_item(link=GONE)), FakeLinks({GONE: LinkFate.GONE})
    report = prepare(desk, links)
    (remark,) = [each for each in report.remarks if GONE in each.sentence]
    assert remark.is_error
    assert remark.sentence.startswith("October 2026: Row 2 (“Lead tests”): the link")
    assert desk.approvals.pending() == []


@pytest.mark.parametrize("fate", [each for each in LinkFate if each not in (LinkFate.FINE, LinkFate.GONE)])
def test_what_is_only_doubtful_is_said_and_stops_nothing(fate: LinkFate) -> None:
    desk = a_desk(an_item(f"See [the page]({GONE}) and [another]({GOOD}).", ELSEWHERE))
    report = prepare(desk, FakeLinks({GONE: fate}))
    (remark,) = [each for each in report.remarks if GONE in each.sentence]
    assert not remark.is_error
    assert str(fate) in remark.sentence
    assert len(desk.approvals.pending()) == 1


def test_a_link_of_a_notice_is_looked_at_too() -> None:
    desk, links = a_desk(notice=f"We meet [here]({GONE})."), FakeLinks({GONE: LinkFate.GONE})
    report = prepare(desk, links)
    assert any(GONE in each.sentence and each.is_error for each in report.remarks)


def test_a_good_link_is_asked_about_once_a_day_and_a_fault_again_within_the_hour() -> None:
    desk, links = a_desk(an_item(f"See [it]({GONE}).", GOOD)), FakeLinks({GONE: LinkFate.GONE})
    prepare(desk, links)
    prepare(desk, links, NOON + timedelta(minutes=10))
    assert sorted(links.asked) == [GONE, GOOD]
    links.fates.clear()
    links.asked.clear()
    report = prepare(desk, links, NOON + timedelta(hours=1))
    assert links.asked == [GONE]
    assert not [each for each in report.remarks if GONE in each.sentence]
    links.asked.clear()
    prepare(desk, links, NOON + timedelta(days=1))
    assert GOOD in links.asked


def test_planning_a_rehearsal_and_an_office_that_did_not_switch_it_on_ask_nobody() -> None:
    desk, links = a_desk(an_item(link=GOOD)), FakeLinks()
    prepare(desk, links, dry_run=True)
    assert links.asked == []
    assert look_at_links(desk.office, reading_of(desk), NOON) == 0
    desk.preferences = replace(desk.preferences, jobs=frozenset())
    prepare(desk, links)
    assert links.asked == []


def test_an_issue_that_is_far_or_gone_is_not_looked_at_and_nothing_is_remembered_of_it() -> None:
    desk, links = a_desk(an_item(link=GOOD)), FakeLinks()
    prepare(desk, links)
    assert seen_links(desk.office) == {GOOD: LinkFate.FINE}
    for day in ("2026-09-08", "2026-12-08"):
        desk.workbook.put("Newsletter", HEADER, an_item(link=GOOD, send_on=day))
        links.asked.clear()
        prepare(desk, links, NOON + timedelta(days=1))
        assert links.asked == []
    assert seen_links(desk.office) == {}


def test_without_the_internet_nothing_is_said_of_any_link_and_it_is_asked_again() -> None:
    desk, links = a_desk(an_item(link=GOOD)), FakeLinks(is_offline=True)
    assert not [each for each in prepare(desk, links).remarks if "link" in each.sentence]
    links.is_offline, links.fates[GOOD] = False, LinkFate.GONE
    report = prepare(desk, links, NOON + timedelta(minutes=5))
    assert [each for each in report.remarks if GOOD in each.sentence]


def test_links_are_found_as_people_write_them() -> None:
    text = (
        "[a](https://a.example.org/x_(y)) ![b](https://b.example.org/p.png) <https://c.example.org> "
        '[d](<https://d.example.org/q?x=1>) [e](https://e.example.org "title") [f](mailto:x@example.org) '
        "[g](http://g.example.org) [h]([Meeting link])"
    )
    assert links_in(text) == (
        "https://a.example.org/x_(y)",
        "https://b.example.org/p.png",
        "https://d.example.org/q?x=1",
        "https://e.example.org",
        "https://c.example.org",
    )


@given(st.text(alphabet="[]()<>https:/ .ab\n", max_size=80))
def test_whatever_is_typed_every_link_found_is_an_address_and_costs_one_remark(text: str) -> None:
    found = links_in(text)
    assert all(address.startswith("https://") and " " not in address for address in found)
    assert len(list(check_links(found, dict.fromkeys(found, LinkFate.GONE)))) == len(found)
