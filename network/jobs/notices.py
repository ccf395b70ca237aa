"""How every notice stands: planned from *Messages*, checked, judged; a change or a cancel is for the same people.

What is asked and handed over is `notice_delivery`. What was handed over is remembered with its words, so that an edited
row is a change and not a second notice. A notice without a meeting is never changed after it went out.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from network.approvals import Approval, fingerprint_of
from network.cadence import local_day, say_day
from network.consent import ConsentFacts, Reason, may_write
from network.errors import PermanentError
from network.issue_check import check_content, check_sender, check_words, in_order
from network.jobs.asking import (
    ASK_AHEAD,
    Question,
    Standing,
    fingerprint_in,
    has_passed,
    read_round,
    standing,
)
from network.jobs.guard import gone_sentence, may_have_gone
from network.jobs.hand_over_report import how_it_went
from network.jobs.issues import SAMPLE_REF, sample_fields
from network.jobs.link_check import seen_links
from network.letters import stop_sentence
from network.links import check_links, links_in
from network.mailcheck import MailKind
from network.members import ContactBy, Language, Person
from network.messages import FIRST_NOTICE, Content, MessageRecord, State, Stream
from network.newsletter import IssueState, Remark
from network.notices import MeetingTime, Notice, chosen, is_notice, read_notices, say_meeting
from network.ports import Office
from network.rendering import Letterhead
from network.tabs import MESSAGES, Reading, Row, understand

FIRST, CANCEL = FIRST_NOTICE, "cancel"
REPLACED = "a newer mail takes its place"
_WORDS = "notices/words.toml"
_REACHED = frozenset({State.SENT, State.TO_CHECK, State.CLAIMED, State.DISPATCHING})


@dataclass(frozen=True, slots=True)
class Version:
    """One handing over of a notice: the first, a change, a cancel."""

    step: str
    digest: str  # of its words
    meeting: MeetingTime | None


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a notice between runs."""

    asked: str = ""  # the fingerprint last asked about
    stamp: str = ""  # when this version was first asked about
    versions: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticePlan:
    """One notice as it stands at one moment."""

    notice: Notice
    step: str
    day: date
    fingerprint: str
    state: IssueState
    reason: str
    memory: Memory
    approval: Approval | None = None
    addressees: tuple[Person, ...] = ()
    by_phone: tuple[Person, ...] = ()
    remarks: tuple[Remark, ...] = ()
    again: bool = False

    @property
    def item(self) -> str:
        """What an approval is about."""
        return f"notice/{self.notice.key}/{self.step}"

    @property
    def file_name(self) -> str:
        """How its preview is called."""
        return f"notice-{self.notice.key}-{self.step}.html"

    @property
    def title(self) -> str:
        """What leaders read."""
        kind = {FIRST: "Notice", CANCEL: "Cancel"}.get(self.step, "Change of a notice")
        return f"{kind} “{self.notice.subject}” to {self.notice.audience.words}"


@dataclass(frozen=True, slots=True)
class NoticesPlan:
    """Every notice at one moment, and sentences about rows that are none."""

    notices: tuple[NoticePlan, ...] = ()
    remarks: tuple[Remark, ...] = ()


def plan_notices(office: Office, reading: Reading, at: datetime, letterhead: Letterhead) -> NoticesPlan:
    """Says how every notice stands at `at`. Writes nothing."""
    tab = understand(reading, MESSAGES)
    missing = _missing_columns(tab.rows)
    problems = tuple(Remark(problem) for problem in (*tab.problems, *missing))
    notices, remarks = read_notices(() if missing else tab.rows, ZoneInfo(office.preferences().time_zone))
    desk = _Desk(office, at, letterhead)
    return NoticesPlan(tuple(desk.plan(notice) for notice in notices), (*problems, *remarks))


def _missing_columns(rows: Sequence[Row]) -> list[str]:
    """Which columns a notice needs and the tab has not; a tab that only words letters needs none of them."""
    if not any(is_notice(row) for row in rows):
        return []
    missing = [name for name in ("To", "Send on", "Subject", "Text") if name not in rows[0].cells]
    return [
        f"The tab Messages has no column {name}. Please type {name} as the header of that column." for name in missing
    ]


class _Desk:
    """What planning looks at, read once."""

    def __init__(self, office: Office, at: datetime, letterhead: Letterhead) -> None:
        self.office, self.at, self.letterhead = office, at, letterhead
        self.preferences = office.preferences()
        self.today = local_day(at, self.preferences)
        self.people = {person.id: person for person in office.people.all()}
        self.programs = {program.id: program for program in office.programs.all()}
        self.facts: Mapping[str, ConsentFacts] = office.consents.all()
        self.records = [each for each in office.ledgerbook.records() if each.message.stream is Stream.NOTICE]
        self.sender_remarks = check_sender(self.preferences)
        self.links = seen_links(office)

    def plan(self, notice: Notice) -> NoticePlan:
        memory = _recall(self.office, notice)
        step = _next_step(notice, memory, self.today)
        base = NoticePlan(notice, step or FIRST, notice.send_on, "", IssueState.SENT, "", memory)
        if not step:
            return self._handed_over(base, memory.versions[-1])
        mailed, by_phone = self._addressees(notice, step)
        item = base.item
        again = read_round(self.office, item, notice.send_on)
        day = again.day or (notice.send_on if step == FIRST else max(notice.send_on, self.today))
        plan = replace(
            base,
            day=day,
            fingerprint=fingerprint_in(again, item, notice.audience.words, notice.words),
            approval=self.office.approvals.find(item),
            addressees=mailed,
            by_phone=by_phone,
        )
        plan = replace(plan, remarks=self._check(plan))
        judged = self._judge(plan)
        return replace(plan, state=judged.state, reason=judged.reason, again=judged.again)

    def _handed_over(self, plan: NoticePlan, last: Version) -> NoticePlan:
        of_last = (plan.notice.key, last.step)
        gone = how_it_went([each for each in self.records if (each.message.item, each.message.step) == of_last])
        edited = _edited_since(plan.notice, last, self.today)
        reason = ". ".join(each for each in (gone.reason, edited) if each)
        return replace(plan, step=last.step, state=gone.state, reason=reason)

    def _judge(self, plan: NoticePlan) -> Standing:
        notice = plan.notice
        if plan.step == FIRST and notice.is_canceled:
            return Standing(IssueState.HELD, "canceled before it went out")
        if plan.step == FIRST and may_have_gone(self.office, notice.send_on):
            return Standing(IssueState.HELD, gone_sentence(notice.send_on))
        if plan.day - self.today > ASK_AHEAD:
            return Standing(IssueState.COLLECTING, "")
        errors = [remark for remark in plan.remarks if remark.is_error]
        if errors:
            return Standing(IssueState.HELD if self.today >= plan.day else IssueState.IN_CHECK, errors[0].sentence)
        if not plan.addressees:
            return Standing(IssueState.HELD, "nobody it names may be written to")
        if plan.step == FIRST and has_passed(
            notice.send_on, self.today, self.preferences, was_asked=bool(plan.memory.asked)
        ):
            day = f"{say_day(notice.send_on)} {notice.send_on.year}"
            return Standing(IssueState.HELD, f"its day, {day}, has passed; type a new day")
        if notice.meeting is not None and _has_begun(notice.meeting, self.today, self.at):
            return Standing(IssueState.HELD, "its meeting has begun or is over, so nobody is told of it any more")
        return standing(plan.approval, question_of(plan, plan.day, plan.fingerprint), self.today, self.preferences)

    def _check(self, plan: NoticePlan) -> tuple[Remark, ...]:
        notice = plan.notice
        said = _say_language(notice)
        for language in notice.languages:
            subject, text = notice.words_in(language)
            said += (*check_words(subject), *check_words(text), *check_links(links_in(text), self.links))
        place = f"Messages, row {notice.row} (“{notice.subject}”)"
        remarks = [replace(each, sentence=f"{place}: {each.sentence}", row=notice.row) for each in said]
        remarks += self.sender_remarks
        if any(remark.is_error for remark in remarks):
            return in_order(remarks)
        for language in notice.languages:
            fields = sample_fields(self.preferences)
            try:
                content = write_notice(self.office, self.letterhead, plan, fields, SAMPLE_REF, language=language)
            except PermanentError as err:
                return in_order([*remarks, Remark(f"{place}: {err}", row=notice.row)])
            found = check_content(content, language, self.preferences, MailKind.LETTER)
            remarks += (replace(each, sentence=f"{place}: {each.sentence}") for each in found)
        return in_order(remarks)

    def _addressees(self, notice: Notice, step: str) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
        if step == FIRST:
            people: Sequence[Person] = chosen(notice.audience, self.people.values(), self.programs)
        else:
            reached = {
                record.message.person_id
                for record in self.records
                if _is_reached(record, notice, is_cancel=step == CANCEL)
            }
            people = [person for person in self.people.values() if person.id in reached]
        mailed: dict[str, Person] = {}
        by_phone = []
        for person in sorted(people, key=lambda each: each.id):
            facts = self.facts.get(person.id, ConsentFacts())
            address = person.member.email or ""
            wants_phone = person.member.contact_by is ContactBy.PHONE or not address
            verdict = may_write(person, "by phone" if wants_phone else address, facts, Stream.NOTICE, self.at)
            if wants_phone and verdict.allowed and person.member.phone:
                by_phone.append(person)
            elif not wants_phone and (verdict.allowed or verdict.reason is Reason.AWAY):
                mailed.setdefault(address, person)
        return tuple(mailed.values()), tuple(by_phone)


def _next_step(notice: Notice, memory: Memory, today: date) -> str:
    """What is to be handed over next; blank when nothing is."""
    if not memory.versions:
        return FIRST
    last = memory.versions[-1]
    if last.digest == digest_of(notice) or last.step == CANCEL:
        return ""
    if notice.is_canceled:
        return CANCEL if last.meeting is not None and last.meeting.day >= today else ""
    is_meeting_ahead = notice.meeting is not None and notice.meeting.day >= today
    return f"change-{len(memory.versions)}" if is_meeting_ahead else ""


def _has_begun(meeting: MeetingTime, today: date, at: datetime) -> bool:
    return meeting.day < today or (meeting.starts is not None and meeting.starts <= at)


def _edited_since(notice: Notice, last: Version, today: date) -> str:
    """What an edit means that no mail follows; blank where nothing was edited."""
    if last.digest == digest_of(notice):
        return ""
    if last.step == CANCEL:
        return "To meet after all, write a new row with another Subject"
    if last.meeting is not None and last.meeting.day >= today and notice.meeting is None:
        return "To call its meeting off, type canceled under Meeting on"
    return "What was edited since reaches nobody"


def _is_reached(record: MessageRecord, notice: Notice, *, is_cancel: bool) -> bool:
    if record.message.item != notice.key:
        return False
    waits = record.state is State.QUEUED or (record.state is State.SKIPPED and record.reason == REPLACED)
    return record.state in _REACHED or (waits and not is_cancel)


def question_of(plan: NoticePlan, day: date, fingerprint: str) -> Question:
    """What an approver is asked about this notice."""
    return Question(plan.item, fingerprint, plan.title, len(plan.addressees), day)


def write_notice(  # noqa: PLR0917 - the notice, and whom it is written for
    office: Office,
    letterhead: Letterhead,
    plan: NoticePlan,
    fields: Mapping[str, str],
    ref: str,
    note: str = "",
    *,
    language: str = Language.ENGLISH,
) -> Content:
    """The mail of one reader. PermanentError when a link has no address."""
    words = tomllib.loads(office.words.read(_WORDS))[language]
    subject, body, when = _said(office, plan, words, language)
    return letterhead.letter(
        subject,
        f"{note}\n\n---\n\n{body}" if note else body,
        "",
        {**fields, **({"Meeting": when} if when else {})},
        words["why"],
        stop_sentence(language),
        language,
        reply_ref=ref,
    )


def write_sample(
    office: Office, letterhead: Letterhead, plan: NoticePlan, fields: Mapping[str, str], note: str = ""
) -> Content:
    """What an approver looks at: the mail, and below it what Spanish readers get in its place."""
    if Language.SPANISH not in plan.notice.languages:
        return write_notice(office, letterhead, plan, fields, "", note)
    words = tomllib.loads(office.words.read(_WORDS))
    subject, body, _ = _said(office, plan, words[Language.SPANISH], Language.SPANISH)
    both = f"{plan.notice.text}\n\n---\n\n**{words['en']['in_spanish']}** {subject}\n\n{body}"
    return write_notice(office, letterhead, replace(plan, notice=replace(plan.notice, text=both)), fields, "", note)


def _said(office: Office, plan: NoticePlan, words: Mapping[str, str], language: str) -> tuple[str, str, str]:
    """Subject, text and when people meet, with what a change or a cancel says above it."""
    meeting = meeting_of(plan)
    when = say_meeting(meeting, ZoneInfo(office.preferences().time_zone), language) if meeting is not None else ""
    kind = {FIRST: "", CANCEL: "canceled"}.get(plan.step, "changed")
    subject, text = plan.notice.words_in(language)
    above = ""
    if kind:
        subject = words[f"{kind}_subject"].format(subject=subject)
        above = words[f"{kind}_note"].format(when=when)
    return subject, "\n\n".join(part for part in (above, text) if part), when


def _say_language(notice: Notice) -> list[Remark]:
    if notice.subject_in_spanish and not notice.text_in_spanish:
        sentence = "it has a Subject in Spanish and no Text in Spanish, so everybody gets the English one."
        return [Remark(sentence, is_error=False)]
    return []


def language_for(notice: Notice, person: Person) -> Language:
    """In which language somebody gets it: theirs, if it is written in it."""
    return person.member.language if person.member.language in notice.languages else Language.ENGLISH


def meeting_of(plan: NoticePlan) -> MeetingTime | None:
    """The meeting a version is about; a cancel is about the one before."""
    if plan.step == CANCEL and plan.memory.versions:
        return plan.memory.versions[-1].meeting
    return plan.notice.meeting


def digest_of(notice: Notice) -> str:
    """What tells one version of a notice from the next."""
    return fingerprint_of(notice.words, notice.key)


def _cursor(notice: Notice) -> str:
    return f"notice/{notice.key}"


def _recall(office: Office, notice: Notice) -> Memory:
    text = office.cursors.get(_cursor(notice))
    if not text:
        return Memory()
    kept = json.loads(text)
    versions = tuple(Version(step, digest, _meeting_from(times)) for step, digest, times in kept["versions"])
    return Memory(kept["asked"], kept["stamp"], versions)


def remember(office: Office, notice: Notice, memory: Memory, at: datetime) -> None:
    """Keeps what is known of a notice."""
    versions = [[each.step, each.digest, _meeting_to(each.meeting)] for each in memory.versions]
    text = json.dumps({"asked": memory.asked, "stamp": memory.stamp, "versions": versions})
    office.cursors.set(_cursor(notice), text, at)


def _meeting_to(meeting: MeetingTime | None) -> list[str] | None:
    if meeting is None:
        return None
    return [meeting.day.isoformat(), *(each.isoformat() if each else "" for each in (meeting.starts, meeting.ends))]


def _meeting_from(times: list[str] | None) -> MeetingTime | None:
    if times is None:
        return None
    day, starts, ends = times
    return MeetingTime(
        date.fromisoformat(day),
        datetime.fromisoformat(starts) if starts else None,
        datetime.fromisoformat(ends) if ends else None,
    )
