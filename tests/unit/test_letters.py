"""Words put together: ours, the coordinator's over them, the leader's own, and who signs."""

from __future__ import annotations

from datetime import date

import pytest

from integrations.local.words import PackagedWords
from network.errors import ConfigurationError
from network.letters import (
    Override,
    fields_to_check,
    forward_address,
    load_letters,
    member_fields,
    overrides_from_text,
    overrides_to_text,
    read_overrides,
    signer,
    without_past_meeting,
)
from network.tabs import Row
from network.tracks import load_tracks
from tests.builders import a_person, some_preferences
from tests.fakes_outside import FakeWords

WORDS = PackagedWords()
TRACKS = load_tracks(WORDS.read)


def a_row(letter: str, subject: str = "", text: str = "Hello.") -> Row:
    return Row(7, {"Letter": letter, "Subject": subject, "Text": text})


def the_letter(preferences: object = None, *overrides: Override) -> str:
    letters = load_letters(WORDS, TRACKS, overrides, preferences or some_preferences())  # type: ignore[arg-type]
    return letters["head_start", "letter-1"].editions["en"].markdown


def test_lines_about_what_we_do_not_have_are_left_out_with_their_gap() -> None:
    words = the_letter()
    assert "[Next meeting]" not in words
    assert "[Leader's words]" not in words
    assert "\n\n\n" not in words


def test_the_leaders_words_and_the_next_meeting_find_their_place() -> None:
    preferences = some_preferences(
        next_meeting="Thursday 15 October, noon", extra={"leader's own words": "I was alone in this job, too."}
    )
    words = the_letter(preferences)
    assert "\n\nI was alone in this job, too.\n\n" in words
    assert "We meet next: [Next meeting]" in words


def test_the_coordinators_text_takes_the_place_of_both_bodies() -> None:
    mine = Override("head_start", "letter-1", "en", "", "Come, [First name].")
    words = load_letters(WORDS, TRACKS, (mine,), some_preferences())["head_start", "letter-1"].editions["en"]
    assert (words.markdown, words.text) == ("Come, [First name].", "")
    assert words.subject == "Would colleagues with the same job be of use to you?"
    subject = Override("head_start", "letter-1", "en", "Hello from Olympia", "")
    words = load_letters(WORDS, TRACKS, (subject,), some_preferences())["head_start", "letter-1"].editions["en"]
    assert words.subject == "Hello from Olympia"
    assert "Professional development" in words.markdown


@pytest.mark.parametrize(
    ("typed", "track", "letter", "language"),
    [
        ("Head Start, Letter 1", "head_start", "letter-1", "en"),
        ("head start letter 1", "head_start", "letter-1", "en"),
        ("Migrant and Seasonal, Letter 2, Spanish", "migrant_seasonal", "letter-2", "es"),
        ("Tribal (AI/AN), Letter 1", "aian", "letter-1", "en"),
        ("Welcome, Newsletter question", "welcome", "newsletter", "en"),
        ("Directors, each term, Letter", "directors_term", "letter-1", "en"),
    ],
)
def test_a_letter_is_named_as_people_name_it(typed: str, track: str, letter: str, language: str) -> None:
    [found], issues = read_overrides([a_row(typed)], TRACKS)
    assert (found.track, found.letter, found.language) == (track, letter, language)
    assert issues == []


def test_a_blank_row_and_a_row_without_words_change_nothing() -> None:
    assert read_overrides([a_row("Head Start, Letter 1", "", ""), a_row("", "", "Notice")], TRACKS) == ((), [])


def test_what_is_remembered_reads_back_the_same() -> None:
    overrides, _ = read_overrides(
        [a_row("Welcome, Welcome letter, Spanish", "¡Hola!", "Bienvenida, [Nombre].")], TRACKS
    )
    assert overrides_from_text(overrides_to_text(overrides)) == overrides
    assert overrides_from_text(None) == ()


def test_a_person_signs_and_never_an_office() -> None:
    leaders = ("Noor Haddenfield", "Lucía Campoverde")
    for sender in ("Noor Haddenfield, Washington HMN", "Noor Haddenfield", "Washington Health Manager Network", ""):
        assert signer(some_preferences(sender_name=sender, leaders=leaders)) == "Noor Haddenfield"
    assert signer(some_preferences(sender_name="Robin Oakhollow, for the network")) == "Robin Oakhollow"


def test_forwarded_texts_may_have_an_address_of_their_own() -> None:
    plain = some_preferences()
    assert forward_address(plain, "ABCD2345") == "hmn@example.org"
    own = some_preferences(extra={"address for forwarded invitations": "hmn+[code]@example.org"})
    assert forward_address(own, "ABCD2345") == "hmn+abcd2345@example.org"
    assert forward_address(own, "") == "hmn@example.org"
    fields = member_fields(a_person(), None, own, reply_ref="ABCD2345")
    assert fields["Sign-up link"] == "mailto:hmn+abcd2345@example.org?subject=Network%20ABCD2345"


def test_spanish_letters_name_the_day_in_spanish() -> None:
    meets = some_preferences(next_meeting="Thursday 15 October, 12:00 pm")
    assert member_fields(a_person(), None, meets, language="es")["Next meeting"] == "jueves 15 de octubre, 12:00 pm"
    assert member_fields(a_person(), None, meets)["Next meeting"] == "Thursday 15 October, 12:00 pm"


def test_the_one_who_signs_calls_as_i() -> None:
    signs = some_preferences(sender_name="Noor Haddenfield")
    assert member_fields(a_person(), None, signs, leader="Noor Haddenfield")["Who calls"] == "I"
    assert member_fields(a_person(), None, signs, leader="Lucía Campoverde")["Who calls"] == "Lucía Campoverde"


def test_what_we_do_not_know_is_not_made_up_where_somebody_checks_it() -> None:
    person = a_person(name="Ana", email=None, role="", organization="", service_area="")
    shown = fields_to_check(member_fields(person, None, some_preferences()), "en")
    assert shown["Full name"] == "Ana"
    assert {shown[name] for name in ("Email", "Organization", "Role", "Service area")} == {"not known"}


def test_a_meeting_that_is_over_is_announced_to_nobody() -> None:
    meets = some_preferences(next_meeting="Thursday 15 October, 12:00 pm")
    words = load_letters(WORDS, TRACKS, (), meets)["head_start", "letter-1"].editions["en"]
    assert without_past_meeting(words, meets, date(2026, 10, 15)) == words
    late = without_past_meeting(words, meets, date(2026, 10, 16))
    assert "[Next meeting]" not in late.markdown + late.text
    assert "\n\n\n" not in late.markdown + late.text
    assert late.markdown.count("\n") == words.markdown.count("\n") - 2


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Hello.", "welcome/letter-1.md, line 1: a letter begins with"),
        ("Subject: Hi\n\nHello [First name],\n\nthis is [Frist name].", "line 5: We do not know .Frist name."),
    ],
)
def test_a_letter_that_cannot_go_is_refused_with_its_file_and_line(text: str, place: str) -> None:
    texts = {path: WORDS.read(path) for folder in ("welcome",) for path in WORDS.list(folder)}
    texts["welcome/letter-1.md"] = text
    with pytest.raises(ConfigurationError, match=place):
        load_letters(FakeWords(texts), {"welcome": TRACKS["welcome"]}, (), some_preferences())
