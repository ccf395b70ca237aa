"""Rows of *Newsletter* become editions: for each reader the right rows, in their language, and nobody unasked."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.local.words import PackagedWords
from network.consent import ConsentFact, ConsentFacts, FactKind
from network.editions import drafts_of, issue_title, section_key
from network.members import Language, Person, RoleKind, Status
from network.messages import Stream
from network.newsletter import Block, Draft, Edition, Issue, edition_of, readers
from network.newsletter_blocks import GoalLine, Meeting, Newcomer, Sources, blocks_of
from network.newsletter_rows import read_issues
from network.tabs import Cell, Row
from tests.builders import NOON, a_person

WORDS = tomllib.loads(PackagedWords().read("newsletter/words.toml"))


def a_row(number: int = 2, **cells: Cell) -> Row:
    """A row of October for everybody, in English."""
    values: dict[str, Cell] = {"Issue": "October 2026", "Send on": "2026-10-06", "For": "all", "Language": "English"}
    values |= {"Section": "Health", "Title": f"Title {number}", "Text": f"Text {number}."}
    return Row(number, values | {name.replace("_", " ").capitalize(): cell for name, cell in cells.items()})


def test_names_of_nothing_but_pictures_are_issues_of_their_own() -> None:
    issues, _ = read_issues([a_row(2, issue="🍂"), a_row(3, issue="🎄"), a_row(4, issue="🍂")])
    assert sorted(len(issue.items) for issue in issues) == [1, 2]
    assert all(issue.key for issue in issues)


def the_issue(*rows: Row) -> Issue:
    (issue,), _ = read_issues(rows)
    return issue


def the_draft(issue: Issue, edition: Edition = Edition.MEMBERS, language: Language = Language.ENGLISH) -> Draft:
    (draft,) = [each for each in drafts_of(issue, WORDS, {}) if (each.edition, each.language) == (edition, language)]
    return draft


def headings(draft: Draft) -> list[str]:
    return [section.heading for section in draft.sections]


def a_reader(person_id: str = "p-ana", **fields: Any) -> Person:
    return a_person(person_id, email=f"{person_id}@example.org", newsletter=True, **fields)


# --- rows -------------------------------------------------------------------------------------------------------------


def test_rows_of_one_name_are_one_issue_whatever_its_capitals() -> None:
    issues, strays = read_issues(
        [a_row(2), a_row(3, issue="october 2026 "), a_row(4, issue="November 2026", send_on="")]
    )
    assert [(issue.key, len(issue.items)) for issue in issues] == [("october-2026", 2), ("november-2026", 1)]
    assert not strays


def test_an_issue_that_a_sheet_made_a_date_of_keeps_its_name() -> None:
    assert the_issue(a_row(issue=46296)).name == "October 2026"


def test_a_row_without_an_issue_is_told_where_it_stands() -> None:
    issues, (remark,) = read_issues([a_row(9, issue="")])
    assert not issues
    assert remark.sentence == "Row 9: Type the name of its issue under Issue, such as October 2026."


def test_two_days_of_sending_are_an_error_that_names_both_rows() -> None:
    (remark,) = the_issue(a_row(2), a_row(3, send_on="2026-10-07")).remarks
    assert remark.is_error
    assert "2026-10-06 (row 2)" in remark.sentence
    assert "2026-10-07 (row 3)" in remark.sentence


def test_a_row_for_people_we_do_not_know_never_goes_to_anybody() -> None:
    issue = the_issue(a_row(2), a_row(3, **{"for": "friends"}))
    assert [item.row for item in issue.items] == [2]
    assert [remark.is_error for remark in issue.remarks] == [True]


def test_a_link_may_bring_its_own_words() -> None:
    (item,) = the_issue(a_row(link="[The calendar](https://example.org/c)")).items
    assert (item.link, item.link_words) == ("https://example.org/c", "The calendar")


# --- editions and languages -------------------------------------------------------------------------------------------


def test_each_edition_holds_its_own_rows_and_those_for_all() -> None:
    issue = the_issue(a_row(2), a_row(3, **{"for": "members"}), a_row(4, **{"for": "directors and partners"}))
    assert headings(the_draft(issue)) == ["Title 2", "Title 3"]
    assert headings(the_draft(issue, Edition.DIRECTORS)) == ["Title 2", "Title 4"]


def test_a_spanish_row_takes_the_place_of_the_english_row_of_its_section() -> None:
    issue = the_issue(
        a_row(2, section="Health"),
        a_row(3, section="Coming"),
        a_row(4, section="Próxima fecha", language="Spanish", title="Jueves"),
    )
    assert headings(the_draft(issue, language=Language.SPANISH)) == ["Title 2 (en inglés)", "Jueves"]
    assert headings(the_draft(issue)) == ["Title 2", "Title 3"]


def test_the_second_row_of_a_section_is_the_twin_of_the_second() -> None:
    issue = the_issue(
        a_row(2), a_row(3), *(a_row(n, section="Salud", language="Spanish", title=f"Título {n}") for n in (4, 5))
    )
    assert headings(the_draft(issue, language=Language.SPANISH)) == ["Título 4", "Título 5"]


def test_a_spanish_row_without_a_twin_comes_last_and_is_told_about() -> None:
    issue = the_issue(a_row(2, section="Rincón", language="Spanish", title="Recetas"), a_row(3))
    draft = the_draft(issue, language=Language.SPANISH)
    assert headings(draft) == ["Title 3 (en inglés)", "Recetas"]
    assert [remark.is_error for remark in draft.remarks] == [False]


def test_an_issue_without_spanish_rows_has_no_spanish_edition() -> None:
    assert {draft.language for draft in drafts_of(the_issue(a_row()), WORDS, {})} == {Language.ENGLISH}


def test_the_welcome_opens_the_issue_and_gives_its_subject() -> None:
    draft = the_draft(the_issue(a_row(2, section="Welcome", title="Hello all"), a_row(3), a_row(4), a_row(5)))
    assert draft.subject == "Hello all"
    assert draft.preheader == "Title 3 · Title 4"
    assert draft.intro == "## Hello all\n\nText 2."
    assert headings(draft) == ["Title 3", "Title 4", "Title 5"]


@pytest.mark.parametrize(
    ("by", "may", "stays_out"),
    [
        ("", "", False),
        ("", "no", True),
        ("Bea", "", True),
        ("Bea", "yes", False),
        ("Bea", "no", True),
        ("", "hm", True),
    ],
)
def test_a_row_stays_out_until_the_person_it_names_agreed(by: str, may: str, stays_out: bool) -> None:
    draft = the_draft(the_issue(a_row(2), a_row(3, contributed_by=by, may_publish=may)))
    assert ("Title 3" not in headings(draft)) is stays_out
    assert any("Title 3" in remark.sentence for remark in draft.remarks) is stays_out


def test_the_name_of_a_month_is_said_in_the_readers_language() -> None:
    assert issue_title("October 2026", Language.SPANISH, WORDS) == "Octubre de 2026"
    assert issue_title("Back to school", Language.SPANISH, WORDS) == "Back to school"


def test_every_section_has_a_name_of_its_own_in_both_languages() -> None:
    for key, names in WORDS["sections"].items():
        for name in (names["en"], names["es"], *names.get("also", ())):
            assert section_key(name, WORDS) == key


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["en"].keys() == WORDS["es"].keys()


@given(st.lists(st.sampled_from(["Health", "Salud", "Coming", "Mine"]), min_size=1, max_size=8), st.data())
def test_no_row_is_lost_and_none_is_shown_twice_in_any_language(sections: list[str], data: st.DataObject) -> None:
    languages = data.draw(st.lists(st.sampled_from(["English", "Spanish"]), min_size=8, max_size=8))
    rows = [a_row(n, section=name, language=languages[n]) for n, name in enumerate(sections)]
    for draft in drafts_of(the_issue(*rows), WORDS, {}):
        shown = [item.row for item in draft.items]
        assert len(shown) == len(set(shown))
        own = {n for n in range(len(rows)) if (languages[n] == "Spanish") == (draft.language is Language.SPANISH)}
        assert own <= set(shown)


# --- readers ----------------------------------------------------------------------------------------------------------


def chosen(*people: Person, facts: dict[str, ConsentFacts] | None = None) -> dict[str, list[str]]:
    issue = the_issue(a_row(2), a_row(3, section="Salud", language="Spanish", **{"for": "members"}))
    drafts = drafts_of(issue, WORDS, {})
    by_item = readers(people, facts or {}, drafts, NOON)
    return {item.split("/", 2)[2]: [person.id for person in each] for item, each in by_item.items() if each}


def test_a_blank_newsletter_cell_is_no_yes() -> None:
    assert chosen(a_person(newsletter=None), a_person("p-bea", email="bea@example.org", newsletter=False)) == {}


def test_readers_get_their_edition_and_their_language() -> None:
    people = (
        a_reader("p-1"),
        a_reader("p-2", language=Language.SPANISH),
        a_reader("p-3", role_kind=RoleKind.DIRECTOR),
        a_reader("p-4", role_kind=RoleKind.DIRECTOR, language=Language.SPANISH),
    )
    assert chosen(*people) == {
        "members/en": ["p-1"],
        "members/es": ["p-2"],
        "directors-and-partners/en": ["p-3", "p-4"],
    }


@pytest.mark.parametrize("status", [Status.LEFT, Status.ON_HOLD, Status.DO_NOT_CONTACT, Status.BLANK])
def test_a_mark_of_the_coordinator_keeps_the_newsletter_back(status: Status) -> None:
    assert chosen(a_reader(status=status)) == {}


def test_an_unsubscribe_is_kept_though_the_cell_says_yes() -> None:
    no = ConsentFact(NOON, FactKind.NO, "reply", person_id="p-ana", stream=Stream.NEWSLETTER)
    assert chosen(a_reader(), facts={"p-ana": ConsentFacts((no,))}) == {}


def test_somebody_away_is_counted_in() -> None:
    away = ConsentFact(NOON, FactKind.AWAY, "reply", person_id="p-ana", until=NOON + timedelta(days=2))
    assert chosen(a_reader(), facts={"p-ana": ConsentFacts((away,))}) == {"members/en": ["p-ana"]}


def test_two_rows_with_one_address_get_one_issue() -> None:
    twin = a_person("p-bea", email="p-ana@example.org", newsletter=True)
    assert chosen(a_reader(), twin) == {"members/en": ["p-ana"]}


def test_champions_read_what_directors_and_partners_read() -> None:
    assert edition_of(a_person(role_kind=RoleKind.CHAMPION)) is Edition.DIRECTORS
    assert edition_of(a_person(role_kind=RoleKind.UNKNOWN)) is Edition.MEMBERS


# --- automatic blocks -------------------------------------------------------------------------------------------------

EVERYTHING = Sources(
    switched_on=frozenset({"welcome to new members", "Coming dates", "progress of goals", "you said, we did"}),
    joined=3,
    named=(Newcomer("Bea *Ruiz*", "[Program] <b>"),),
    next_meeting="Thursday, noon",
    meeting_link="https://example.org/meeting",
    meetings=(Meeting(date(2026, 10, 15), "Screening"),),
    goals=(GoalLine("More voices", "62", "70", date(2026, 12, 31)),),
    loop=("You said: shorter meetings. We did: one hour.",),
)


def test_blocks_speak_when_they_are_on_and_have_something_to_say() -> None:
    made = blocks_of(EVERYTHING, Language.ENGLISH, WORDS)
    assert [block.section for block in made] == ["new_members", "coming", "goals", "loop"]
    assert blocks_of(Sources(EVERYTHING.switched_on), Language.ENGLISH, WORDS) == ()
    assert blocks_of(Sources(joined=3, next_meeting="Thursday"), Language.ENGLISH, WORDS) == ()


def test_only_who_agreed_is_named_and_a_name_is_only_text() -> None:
    block = blocks_of(EVERYTHING, Language.ENGLISH, WORDS)[0]
    assert "3 new members joined" in block.text
    assert "- Bea Ruiz, Program b" in block.text


def test_when_everybody_new_is_named_nobody_is_only_among_them() -> None:
    named = Sources(frozenset({"welcome to new members"}), joined=1, named=(Newcomer("Bea Ruiz", "Lummi Nation"),))
    (block,) = blocks_of(named, Language.ENGLISH, WORDS)
    assert "Welcome!\n\n- Bea Ruiz, Lummi Nation" in block.text


def test_a_block_says_dates_as_its_reader_does() -> None:
    goals = blocks_of(EVERYTHING, Language.SPANISH, WORDS)[2]
    assert "la meta es 70 para el 31 de diciembre de 2026" in goals.text


def test_a_block_steps_back_where_people_wrote_the_section_themselves() -> None:
    blocks = (Block("coming", "Coming", "auto"), Block("goals", "Our goals", "auto"))
    (draft,) = [
        each
        for each in drafts_of(the_issue(a_row(2, section="coming dates")), WORDS, {"members/en": blocks})
        if each.edition is Edition.MEMBERS
    ]
    assert headings(draft) == ["Title 2", "Our goals"]


def test_another_word_is_another_fingerprint_of_words() -> None:
    before, after = (the_draft(the_issue(a_row(text=text))).words for text in ("One.", "Two."))
    assert before != after
