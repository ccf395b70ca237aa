"""Every letter we ship: known placeholders, a short subject, two bodies that say the same, one way to stop."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from integrations.local.words import PackagedWords
from network.letters import LEADERS_WORDS, NEXT_MEETING, load_letters, member_fields, stop_sentence, why_sentence
from network.mailcheck import MailKind, check_mail
from network.members import Language
from network.messages import Stream
from network.placeholders import fill, unknown_placeholders
from network.readability import reading_grade
from network.rendering import Letterhead, parse_letter
from network.sequences import StepKind
from network.tracks import FOLDERS, load_tracks
from tests.builders import a_person, a_program, some_preferences

TEMPLATES = Path(__file__).parents[2] / "templates"
WORDS = PackagedWords()
TRACKS = load_tracks(WORDS.read)
FILES = sorted(path for folder in FOLDERS.values() for path in (TEMPLATES / folder).glob("*.md"))
BENEFITS = {
    "en": (
        "professional development",
        "knowledge sharing",
        "peer support",
        "improved services",
        "staff retention and leadership development",
    ),
    "es": (
        "desarrollo profesional",
        "compartir lo que sabemos",
        "apoyo entre colegas",
        "mejores servicios",
        "permanencia del personal y liderazgo",
    ),
}
# What no letter of ours says: flattery, jargon, pressure.
NEVER = re.compile(
    r"esteemed|valued|exciting|leverage|synerg|stakeholder|utilize|world-class|act now|last chance|overdue|declined|"
    r"\bas per\b|touch base|reach out|dear sir",
    re.IGNORECASE,
)
PREFERENCES = some_preferences(next_meeting="Thursday 15 October, noon, by video")


def named(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


def language_of(path: Path) -> str:
    return "es" if path.name.endswith(".es.md") else "en"


def plain(markdown: str) -> str:
    """The words of a Markdown body, without marks, links and line ends."""
    return re.sub(r"\W+", " ", re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", markdown)).strip()


@pytest.fixture(scope="module")
def letterhead() -> Letterhead:
    return Letterhead.load(WORDS, PREFERENCES)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_letter_has_a_short_subject_and_known_placeholders(path: Path) -> None:
    letter = parse_letter(path.read_text(encoding="utf-8"))
    person = a_person(name="Bartholomew-Maximilian Featherstonehaugh")
    subject = fill(letter.subject, member_fields(person, a_program(), PREFERENCES), language_of(path))
    assert 0 < len(subject) < 60
    assert letter.preheader
    for text in (letter.subject, letter.preheader, letter.body):
        assert unknown_placeholders(text.replace(LEADERS_WORDS, "")) == []


@pytest.mark.parametrize("path", FILES, ids=named)
def test_both_bodies_say_the_same(path: Path) -> None:
    ours = parse_letter(path.read_text(encoding="utf-8"))
    text = parse_letter(path.with_suffix(".txt").read_text(encoding="utf-8"))
    assert text.subject == ours.subject
    if "champions" not in named(path):  # its link is spelled out in plain text
        assert plain(text.body) == plain(ours.body)
    assert "**" not in text.body
    assert "](" not in text.body


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_letter_is_short_plain_and_signed(path: Path) -> None:
    body = parse_letter(path.read_text(encoding="utf-8")).body
    assert not NEVER.search(body)
    assert body.rstrip().endswith("[My name]")
    assert len(body.split()) < 270
    assert (reading_grade(body, language_of(path)) or 0) <= 8


def test_every_letter_of_a_track_is_there_and_no_file_is_left_over() -> None:
    named_letters = {
        f"{FOLDERS[track.track]}/{step.letter}"
        for track in TRACKS.values()
        for step in track.steps
        if step.kind is StepKind.EMAIL
    }
    assert {named(path).removesuffix(".md").removesuffix(".es") for path in FILES} == named_letters


@pytest.mark.parametrize("track", ["head_start", "directors", "migrant_seasonal", "aian"])
def test_the_first_letter_of_an_invitation_names_the_five_benefits_as_a_list(track: str) -> None:
    for path in FILES:
        if path.parent.name == track and path.name.startswith("letter-1."):
            items = [line for line in path.read_text(encoding="utf-8").lower().split("\n") if line.startswith("- **")]
            for benefit, item in zip(BENEFITS[language_of(path)], items, strict=True):
                assert item.startswith(f"- **{benefit}")


def test_what_champions_pass_on_names_the_five_benefits_too() -> None:
    words = (TEMPLATES / "recruitment/champions/letter-1.md").read_text(encoding="utf-8").lower()
    for benefit in ("professional development", "knowledge sharing", "peer support", "improved services"):
        assert benefit in words


def test_first_letters_leave_room_for_the_leaders_own_words() -> None:
    for track in ("head_start", "directors", "champions", "migrant_seasonal", "aian"):
        assert LEADERS_WORDS in (TEMPLATES / FOLDERS[track] / "letter-1.md").read_text(encoding="utf-8")


def test_migrant_and_seasonal_letters_offer_spanish_in_one_line_and_have_it_in_full() -> None:
    folder = TEMPLATES / "recruitment/migrant_seasonal"
    for name in ("letter-1", "letter-2"):
        assert "\n¿Prefiere español? Responda ESPAÑOL.\n" in (folder / f"{name}.md").read_text(encoding="utf-8")
        spanish = (folder / f"{name}.es.md").read_text(encoding="utf-8")
        assert len(spanish.split()) > 0.8 * len((folder / f"{name}.md").read_text(encoding="utf-8").split())
        assert "ESPAÑOL" not in spanish


def test_members_can_be_welcomed_and_asked_in_spanish() -> None:
    for name in ("welcome/letter-1", "welcome/newsletter", "still_right/letter-1", "recruitment/head_start/letter-1"):
        assert (TEMPLATES / f"{name}.es.md").is_file()


def test_letters_to_tribal_programs_ask_whom_to_ask_first_and_when_not_to_write() -> None:
    words = (TEMPLATES / "recruitment/aian/letter-1.md").read_text(encoding="utf-8")
    assert "Whom should we ask first?" in words
    assert "days when we should not write?" in words
    assert "your leaders" in words
    assert "Whom should we ask first?" in TRACKS["aian"].steps[0].ask


@pytest.mark.parametrize("first_name", ["Ana", ""])
@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_letter_as_sent_says_why_how_to_stop_and_leaves_no_bracket(
    path: Path, first_name: str, letterhead: Letterhead
) -> None:
    track = next(each for each in TRACKS.values() if (TEMPLATES / FOLDERS[each.track]) == path.parent)
    letters = load_letters(WORDS, {track.track: track}, (), PREFERENCES)
    words = letters[track.track, path.name.split(".")[0]].editions[language_of(path)]
    person = a_person(name=f"{first_name} Torres", address_source="the program's web page")
    language = language_of(path)
    why = why_sentence(Stream(track.stream), person, language)
    content = letterhead.letter(
        words.subject,
        words.markdown,
        words.text,
        member_fields(person, a_program(), PREFERENCES, leader="Lucía Campoverde", reply_ref="ABCD2345"),
        why,
        stop_sentence(language),
        language,
        words.preheader,
        reply_ref="ABCD2345",
    )
    for body in (content.text, content.html):
        assert "STOP" in body
        assert "STOP%20ABCD2345" in body
        assert "[" not in re.sub(r"<!--.*?-->|<style.*?</style>|<!doctype[^>]*>", "", body, flags=re.DOTALL)
        assert "Noor Haddenfield" in body
        if track.stream == "recruitment":
            assert "web page" in body
    errors = [each for each in check_mail(content, MailKind.LETTER, language=language) if each.severity == "error"]
    assert errors == []
    assert "Dear ," not in content.text
    assert "Hello ," not in content.text
    assert "Hola, :" not in content.text
    assert ("Thursday 15 October" in content.text) == (NEXT_MEETING in path.read_text(encoding="utf-8"))


def test_the_foot_speaks_the_language_of_the_letter() -> None:
    person = a_person()
    for stream in (Stream.RECRUITMENT, Stream.WELCOME, Stream.STILL_RIGHT, Stream.ANSWER):
        english, spanish = (why_sentence(stream, person, language) for language in Language)
        assert english != spanish
        assert unknown_placeholders(english + spanish) == []
    assert "STOP" in stop_sentence("en")
    assert "STOP" in stop_sentence("es")
