"""The story of one person: why they got what they got, and why they did not get the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from network.cadence import local_day, say_day
from network.consent import FactKind, may_write
from network.jobs.recruitment import preview
from network.members import Person
from network.messages import State, Stream
from network.ports import Office
from network.sentences import next_touches
from network.sequences import EnrollmentState, PlannedTouch, Sequence
from network.tracks import load_tracks

_FACT_WORDS = {
    FactKind.NO: "asked us to stop",
    FactKind.YES: "said yes",
    FactKind.BOUNCE_HARD: "the address does not exist",
    FactKind.BOUNCE_SOFT: "the mailbox did not take a mail",
    FactKind.ADDRESS_WORKS: "the address works",
    FactKind.HOLD_ORGANIZATION: "a reply holds the whole program",
    FactKind.LIFT_ORGANIZATION: "the program's hold was lifted",
    FactKind.AWAY: "away",
    FactKind.LATER: "asked to be written to later",
}
_STATE_WORDS = {
    State.QUEUED: "waits to go",
    State.CLAIMED: "on its way",
    State.DISPATCHING: "on its way",
    State.SENT: "sent",
    State.TO_CHECK: "not sure it arrived",
    State.FAILED: "refused",
    State.SKIPPED: "not sent on purpose",
    State.MISSED: "too late, not sent",
}
_STANDS = {
    EnrollmentState.ACTIVE: "under way",
    EnrollmentState.WAITING: "under way",
    EnrollmentState.ENDED: "ended",
}


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One thing that happened."""

    at: datetime
    what: str
    words: str


@dataclass(frozen=True, slots=True)
class Story:
    """One person's story, oldest first, and how things stand today."""

    person_id: str
    name: str
    today: str
    lines: tuple[StoryLine, ...]


def story_of(office: Office, address: str, at: datetime) -> tuple[Story, ...]:
    """Tells the story of everybody who is or was known by `address`; two people may share one."""
    wanted = address.strip().casefold()
    found = [
        person
        for person in office.people.all()
        if wanted in {person.member.email or "", person.member.key.email.strip().casefold(), *person.addresses}
    ]
    if not found:
        return ()
    next_ones = next_touches(preview(office, at))
    tracks = load_tracks(office.words.read)
    return tuple(
        Story(
            person.id,
            person.member.full_name,
            _today(office, person, next_ones.get(person.id), at),
            _lines(office, person, tracks, at),
        )
        for person in found
    )


def _today(office: Office, person: Person, touch: PlannedTouch | None, at: datetime) -> str:
    """How things stand: what keeps us from writing, else what comes next or waits, in the words of *HMN today*."""
    facts = office.consents.of(person)
    verdict = may_write(person, person.member.email or "by phone", facts, Stream.RECRUITMENT, at)
    if not verdict.allowed:
        until = f" until {say_day(local_day(verdict.until, office.preferences()))}" if verdict.until else ""
        return f"we do not write: {verdict.reason}{until}"
    if touch is None:
        return "nothing is planned"
    if touch.held or touch.at is None:
        return f"{touch.what}: {touch.held}"
    return f"next is {touch.what}, on {say_day(local_day(touch.at, office.preferences()))}"


def _title(tracks: Mapping[str, Sequence], item: str, step: str) -> str:
    """A mail in the words of the screen: "Letter 1 (Head Start)"; as it is kept where it belongs to no track."""
    track = tracks.get(item.split("-", maxsplit=1)[0])
    title = next((each.title for each in track.steps if each.id == step.removesuffix("-again")), "") if track else ""
    return f"{title} ({track.title})" if track and title else f"{item}, {step}"


def _lines(office: Office, person: Person, tracks: Mapping[str, Sequence], now: datetime) -> tuple[StoryLine, ...]:
    known = "was Member at the first reading" if person.already_known else f"status {person.member.status or 'blank'}"
    lines = [StoryLine(person.first_seen, "seen", f"first read in the sheet; {known}")]
    lines += [
        StoryLine(event.at, event.kind, event.words)
        for event in office.events.of(person.id)
        if event.kind != "seen" or event.at != person.first_seen  # the line above says it already
    ]
    lines += [
        StoryLine(fact.at, "consent", f"{_FACT_WORDS[fact.kind]} ({fact.source})")
        for fact in office.consents.of(person).facts
    ]
    lines += [
        StoryLine(
            record.changed_at,
            "message",
            f"{_title(tracks, record.message.item, record.message.step)}: {_STATE_WORDS[record.state]}"
            + (f" ({record.reason})" if record.reason else ""),
        )
        for record in office.ledgerbook.records()
        if record.message.person_id == person.id
    ]
    for enrollment in office.enrollments.all():
        if enrollment.person_id == person.id:
            at = min(enrollment.last_step_at or person.first_seen, now)  # a letter may be planned for later today
            reason = f": {enrollment.reason}" if enrollment.reason else ""
            title = tracks[enrollment.track].title if enrollment.track in tracks else enrollment.track
            lines.append(StoryLine(at, "stands", f"{title}: {_STANDS[enrollment.state]}{reason}"))
    # What happened at one moment stands in the order in which it was kept, and how things stand comes last.
    return tuple(sorted(lines, key=lambda line: (line.at, line.what == "stands")))
