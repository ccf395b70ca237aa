"""The words of each letter: our files, the coordinator's own over them, the leader's words, the foot.

Which letter is due is `invitations`; laying words out is `rendering`. Words are put together here before anybody's name
comes in, so that an approval is bound to exactly what is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from urllib.parse import quote

from network.days import day_words, is_over
from network.errors import ConfigurationError
from network.members import IssueKind, Language, Person, RowIssue
from network.messages import Stream
from network.placeholders import link_placeholders, say_unknown, unknown_placeholders
from network.ports import Words
from network.preferences import Preferences
from network.programs import TYPE_WORDS, Program
from network.recipient_names import name_in_prose
from network.rendering import LetterSource, parse_letter
from network.sequences import Sequence as Track
from network.sequences import StepKind
from network.states import state_name
from network.tabs import Row
from network.tracks import FOLDERS, Letter, LetterWords, program_type_of_person

LEADERS_WORDS = "[Leader's words]"
LEADERS_WORDS_SETTING = "leader's own words"
FORWARD_SETTING = "address for forwarded invitations"  # "hmn+[code]@example.org"; blank: the reply address
NEXT_MEETING = "[Next meeting]"
_CHECKED = ("Full name", "Email", "Organization", "Role", "Service area")
_NOT_KNOWN = {"en": "not known", "es": "no lo sabemos"}
_I = {"en": "I", "es": "yo"}
_NO_ADDRESS = "[{0}] has no address in this letter. Please take it out, or type the address itself."
_LANGUAGES = {"english": "en", "en": "en", "spanish": "es", "español": "es", "espanol": "es", "es": "es"}


@dataclass(frozen=True, slots=True)
class Override:
    """The coordinator's wording of one letter in one language; a blank part leaves ours."""

    track: str
    letter: str
    language: str
    subject: str
    text: str


def load_letters(
    words: Words, tracks: Mapping[str, Track], overrides: Sequence[Override], preferences: Preferences
) -> dict[tuple[str, str], Letter]:
    """Reads every letter of every track, in every language we have, by (track, letter)."""
    theirs = {(each.track, each.letter, each.language): each for each in overrides}
    letters = {}
    for track in tracks.values():
        folder = FOLDERS[track.track]
        files = set(words.list(folder))
        for step in track.steps:
            if step.kind is not StepKind.EMAIL:
                continue
            editions = {}
            problems: list[str] = []
            for language in Language:
                stem = f"{folder}/{step.letter}" + ("" if language is Language.ENGLISH else f".{language}")
                own = theirs.get((track.track, step.letter, language.value))
                if f"{stem}.md" in files:
                    ours = _read(words, stem)
                    editions[language.value], said = _theirs_over_ours(ours, own, preferences)
                    problems += said
            title = f"{track.title}, {step.title}"
            problem = f"{title}: {' '.join(problems)}" if problems else ""
            letters[track.track, step.letter] = Letter(track.track, step.letter, title, editions, problem)
    return letters


def read_overrides(rows: Iterable[Row], tracks: Mapping[str, Track]) -> tuple[tuple[Override, ...], list[RowIssue]]:
    """Reads the rows of *Messages* that name a letter ("Head Start, Letter 1, Spanish"); the last row of one counts."""
    known = {
        _fold(f"{track.title}, {step.title}"): (track.track, step.letter)
        for track in tracks.values()
        for step in track.steps
        if step.kind is StepKind.EMAIL
    }
    found: dict[tuple[str, str, str], Override] = {}
    issues: list[RowIssue] = []
    for row in rows:
        name, subject, text = (_text(row, column) for column in ("Letter", "Subject", "Text"))
        if not name or not (subject or text):
            continue
        start, _, last = name.rpartition(",")
        language = _LANGUAGES.get(last.strip().casefold(), "")
        which = known.get(_fold(start if language else name))
        if which is None:
            titles = "; ".join(f"{t.title}, {s.title}" for t in tracks.values() for s in t.steps if s.letter)
            sentence = f"Fix: We do not know the letter {name}. Please type one of these: {titles}."
            issues.append(RowIssue("Messages", name, IssueKind.FIX, sentence, "Letter", row.number))
            continue
        unknown = _unknown(subject, text)
        issues += [
            RowIssue("Messages", name, IssueKind.FIX, f"Fix: {sentence}", "Text", row.number) for sentence in unknown
        ]
        found[(*which, language or "en")] = Override(*which, language or "en", subject, text)
    return tuple(found.values()), issues


def overrides_to_text(overrides: Sequence[Override]) -> str:
    """What is remembered of *Messages* between runs."""
    return json.dumps([asdict(each) for each in overrides], ensure_ascii=False)


def overrides_from_text(text: str | None) -> tuple[Override, ...]:
    """Reads it again; nothing where nothing is remembered."""
    return tuple(Override(**each) for each in json.loads(text)) if text else ()


def member_fields(
    person: Person,
    program: Program | None,
    preferences: Preferences,
    *,
    language: str = "en",
    leader: str = "",
    reply_ref: str = "",
) -> dict[str, str]:
    """The values for [placeholders] in a letter to one person."""
    member = person.member
    reply_to = forward_address(preferences, reply_ref)
    caller = leader or next(iter(preferences.leaders), "")
    return {
        "First name": member.first_name,
        "Last name": member.last_name,
        "Full name": member.full_name,
        "Email": member.email or "",
        "Program": name_in_prose(program.name if program else member.organization),
        "Organization": member.organization,
        "Role": member.role,
        "Service area": member.service_area,
        "State": state_name(member.state) if member.state else "",
        "Program type": TYPE_WORDS[program_type_of_person(person, program)],
        "Leader": caller,
        "Who calls": _I[language] if caller == signer(preferences) else caller,
        "My name": signer(preferences),
        "Next meeting": day_words(preferences.next_meeting, language),
        "Referred by": member.referred_by,
        "Address source": member.address_source,
        "Topics": ", ".join(member.topics),
        "Reply address": reply_to,
        "Sign-up link": f"mailto:{reply_to}?subject={quote(f'Network {reply_ref}'.strip())}" if reply_to else "",
    }


def fields_to_check(fields: Mapping[str, str], language: str = "en") -> dict[str, str]:
    """The values of a letter that asks whether they are right: what we do not know is said and not made up."""
    return {**fields, **{name: fields.get(name) or _NOT_KNOWN[language] for name in _CHECKED}}


def without_past_meeting(words: LetterWords, preferences: Preferences, day: date) -> LetterWords:
    """The words as they are right on that day: no line names a next meeting that is over or not known.

    An approval is for the words with the line: what is left out here says nothing new.
    """
    meeting = preferences.next_meeting.strip()
    if meeting and not is_over(meeting, day):
        return words
    return replace(words, markdown=without_meeting(words.markdown), text=without_meeting(words.text))


def without_meeting(body: str) -> str:
    """The body without the lines that name the next meeting, and without their gap."""
    return _without_lines(body, NEXT_MEETING)


def signer(preferences: Preferences) -> str:
    """Who signs: the leader whose name the sender carries, else the sender when that is a person, else a leader."""
    sender = preferences.sender_name.strip()
    named = next((leader for leader in preferences.leaders if leader and leader in sender), "")
    if named:
        return named
    if sender and _fold(sender) != _fold(preferences.network_name):
        return sender.split(",")[0].strip()
    return next(iter(preferences.leaders), sender)


def forward_address(preferences: Preferences, reply_ref: str) -> str:
    """Where answers to a forwarded text arrive: an address of its own where the mail host has such, else reply-to."""
    pattern = preferences.extra.get(FORWARD_SETTING, "").strip()
    reply_to = preferences.reply_to or preferences.sender_address
    return pattern.replace("[code]", reply_ref.lower()) if "@" in pattern and reply_ref else reply_to


def why_sentence(stream: Stream, person: Person, language: str) -> str:
    """The foot's first sentence: why this person gets the letter, and where we got the address."""
    has_source = bool(person.member.address_source.strip())
    if language == Language.SPANISH:
        return {
            Stream.WELCOME: "Recibe esta carta porque desde hace poco forma parte de [Network].",
            Stream.STILL_RIGHT: "Recibe esta carta una o dos veces al año porque está en la lista de [Network].",
            Stream.ANSWER: "Recibe esta carta porque nos la pidió.",
        }.get(
            stream,
            "Le escribimos por su trabajo con un programa Head Start. "
            + (
                "De dónde tenemos su dirección: [Address source]."
                if has_source
                else "Una persona que coordina la red anotó su dirección."
            ),
        )
    return {
        Stream.WELCOME: "You get this letter because you are new in [Network].",
        Stream.STILL_RIGHT: "You get this letter once or twice a year because you are on the list of [Network].",
        Stream.ANSWER: "You get this letter because you asked for it.",
    }.get(
        stream,
        "We write because of your work with Head Start. "
        + (
            "Where we got your address: [Address source]."
            if has_source
            else "A coordinator of the network put your address on our list."
        ),
    )


def stop_sentence(language: str) -> str:
    """The foot's second sentence: how to stop, by reply."""
    if language == Language.SPANISH:
        return "Responda STOP o BAJA y no le escribiremos más."
    return "Reply STOP, and we will not write to you again."


def read_letter(words: Words, path: str) -> LetterSource:
    """Reads one of the letters we ship; ConfigurationError names the file and the line that is wrong."""
    text = words.read(path)
    for number, line in enumerate(text.splitlines(), start=1):
        for name in unknown_placeholders(line):
            raise ConfigurationError(f"templates/{path}, line {number}: {say_unknown(name)}")
    source = parse_letter(text)
    if not source.subject or not source.body:
        raise ConfigurationError(
            f"templates/{path}, line 1: a letter begins with `Subject: …`, a blank line, and then its body."
        )
    return source


def _read(words: Words, stem: str) -> LetterWords:
    source, plain = (read_letter(words, f"{stem}.{kind}") for kind in ("md", "txt"))
    return LetterWords(source.subject, source.preheader, source.body, plain.body)


def _theirs_over_ours(
    ours: LetterWords, own: Override | None, preferences: Preferences
) -> tuple[LetterWords, list[str]]:
    problems: list[str] = []
    if own is not None:
        problems = _unknown(own.subject, own.text)
        ours = replace(ours, subject=own.subject or ours.subject)
        if own.text:
            ours = replace(ours, markdown=own.text, text="", preheader="")
    leaders_words = preferences.extra.get(LEADERS_WORDS_SETTING, "").strip()
    problems += _unknown(leaders_words)
    problems += _without_address(ours, preferences)
    return replace(
        ours,
        markdown=_put_together(ours.markdown, leaders_words, preferences),
        text=_put_together(ours.text, leaders_words, preferences),
    ), problems


def _put_together(body: str, leaders_words: str, preferences: Preferences) -> str:
    """The body with the leader's words in their place; lines about what we do not have are left out with their gap."""
    body = body.replace(LEADERS_WORDS, leaders_words) if leaders_words else _without_lines(body, LEADERS_WORDS)
    return body.strip() if preferences.next_meeting.strip() else without_meeting(body)


def _without_lines(body: str, what: str) -> str:
    kept: list[str] = []
    for line in body.split("\n"):
        if what in line or (not line.strip() and kept and not kept[-1].strip()):
            continue
        kept.append(line)
    return "\n".join(kept).strip()


def _without_address(words: LetterWords, preferences: Preferences) -> list[str]:
    """Sentences about links that a letter cannot have: no address is known for anybody."""
    has_reply = bool(preferences.reply_to or preferences.sender_address)
    has_meeting = preferences.extra.get("meeting link", "").startswith("https://")
    known = {"Sign-up link"} if has_reply else set()
    known |= {"Meeting link"} if has_meeting else set()
    used = dict.fromkeys(name for text in (words.markdown, words.text) for name in link_placeholders(text))
    return [_NO_ADDRESS.format(name) for name in used if name not in known]


def _unknown(*texts: str) -> list[str]:
    names = [name for text in texts for name in unknown_placeholders(text.replace(LEADERS_WORDS, ""))]
    return [say_unknown(name) for name in dict.fromkeys(names)]


def _text(row: Row, column: str) -> str:
    value = row.cells.get(column)
    return str(value).strip() if value is not None else ""


def _fold(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
