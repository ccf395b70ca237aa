"""What recruitment writes: the letters that go now, the samples that approvers see, a letter somebody asked for.

Which letters go is `invitations`; their words are `letters`; when they are queued is `recruitment`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from network.approvals import ApprovalRequest
from network.cadence import local_day
from network.jobs.asking import code_for, question_above, task_about
from network.letters import fields_to_check, member_fields, stop_sentence, why_sentence, without_past_meeting
from network.mailcheck import Severity, check_mail, kind_of
from network.members import Language, Member, Person, RoleKind, RowKey, Status
from network.messages import Content, Message, State, Stream
from network.preferences import Preferences
from network.rendering import Letterhead
from network.reports import count
from network.sequences import Sequence as Track
from network.sequences import StepKind
from network.situation import ApprovalNeed, DueLetter, Situation
from network.stores import Approvals
from network.tasks import NewTask
from network.tracks import LetterWords

_SUBJECT = re.compile(r"^Subject: (.+)$", re.MULTILINE)


def write_letter(letterhead: Letterhead, due: DueLetter, situation: Situation) -> Message:
    """The message of one due letter, rendered for its person; its reference says nothing about them."""
    stream = Stream(due.track.stream)
    person = due.person
    language, words = due.letter.edition(person.member.language)
    words = without_past_meeting(words, situation.preferences, local_day(due.due_at, situation.preferences))
    ref = _ref(due.key)
    fields = member_fields(
        person, due.program, situation.preferences, language=language, leader=due.leader, reply_ref=ref
    )
    if stream is Stream.STILL_RIGHT:
        fields = fields_to_check(fields, language)
    return Message(
        stream=stream,
        item=due.item,
        step=due.step,
        person_id=person.id,
        address=person.member.email or "",
        to_name=person.member.full_name,
        content=_written(letterhead, words, stream, person, language=language, fields=fields, ref=ref),
        due_at=due.due_at,
        not_after=due.not_after,
        language=language,
        reply_ref=ref,
        in_reply_to=_thread(due.track, due.item, due.person, situation) if stream is Stream.RECRUITMENT else "",
        approval_item=due.approval_item,
        fingerprint=due.fingerprint,
    )


def write_requested(
    letterhead: Letterhead, situation: Situation, person: Person, language: str, at: datetime
) -> Message | None:
    """The invitation a person has now, in the language they asked for; None where there is none in it."""
    own = [each for each in situation.enrollments if each.person_id == person.id]
    for enrollment in sorted(own, key=lambda each: each.started_on, reverse=True):
        track = situation.tracks.get(enrollment.track)
        if track is None or track.stream != Stream.RECRUITMENT:
            continue
        mailed = [step for step in track.steps[: max(1, enrollment.step)] if step.kind is StepKind.EMAIL]
        letter = situation.letters.get((track.track, mailed[-1].letter)) if mailed else None
        if letter is None or language not in letter.editions or not person.member.email:
            return None
        item = f"{enrollment.item}-{language}"
        ref = _ref(f"{Stream.ANSWER}/{item}/{letter.step}/{person.id}")
        program = situation.programs.get(person.recipient_id or "")
        fields = member_fields(person, program, situation.preferences, language=language, reply_ref=ref)
        preferences = situation.preferences
        words = without_past_meeting(letter.editions[language], preferences, local_day(at, preferences))
        return Message(
            stream=Stream.ANSWER,
            item=item,
            step=letter.step,
            person_id=person.id,
            address=person.member.email,
            to_name=person.member.full_name,
            content=_written(letterhead, words, Stream.ANSWER, person, language=language, fields=fields, ref=ref),
            due_at=at,
            not_after=at + timedelta(days=7),
            language=language,
            reply_ref=ref,
            in_reply_to=_thread(track, enrollment.item, person, situation),
        )
    return None


def write_request(
    letterhead: Letterhead, need: ApprovalNeed, preferences: Preferences, approvals: Approvals, at: datetime
) -> ApprovalRequest:
    """The question to the approvers, with the letter as a made-up person would read it, in every language it has."""
    samples = _samples(letterhead, need, preferences, at).values()
    return ApprovalRequest(
        item=need.item,
        fingerprint=need.fingerprint,
        code=code_for(approvals, need.item, need.fingerprint),
        asked_at=at,
        title=need.title,
        addressees=need.addressees,
        sample="\n\n----\n\n".join(f"Subject: {each.subject}\n\n{each.text.strip()}" for each in samples),
    )


def check_letter(
    letterhead: Letterhead, need: ApprovalNeed, preferences: Preferences, at: datetime
) -> tuple[list[str], list[str]]:
    """The gate of a letter: what must be mended before anybody is asked about it, and what is worth knowing."""
    kind = kind_of(Stream(need.track.stream))
    found = {
        finding: None
        for language, sample in _samples(letterhead, need, preferences, at).items()
        for finding in check_mail(sample, kind, language=language, postal_address=preferences.postal_address)
    }
    errors = [f"{need.letter.title}: {each.sentence}" for each in found if each.severity is Severity.ERROR]
    return errors, [each.sentence for each in found if each.severity is Severity.HINT]


def approval_task(request: ApprovalRequest, need: ApprovalNeed) -> NewTask:
    """The row of *To do* that asks for the approval; the sample stands in it, and which Tribal program is meant."""
    return task_about(
        request,
        f"{request.title}: may it go out? {need.audience}. Type approve, not yet or stop.",
        f"Nothing goes to new people before you have seen it. It starts 15 minutes later. By mail: reply APPROVE "
        f"{request.code} to the sample we sent to the approvers.\n\n{request.sample}",
    )


def mails_to_approvers(
    letterhead: Letterhead,
    requests: Sequence[ApprovalRequest],
    preferences: Preferences,
    at: datetime,
    hints: Mapping[str, Sequence[str]] | None = None,
    *,
    needs: Mapping[str, ApprovalNeed] | None = None,
) -> list[Message]:
    """The sample to each approver, to be answered with its code; one mail for each question, ever.

    `needs` say who gets it and `hints` are sentences worth knowing, both by the item of the request.
    """
    mails = []
    for request in requests:
        above = question_above(
            request.code,
            what=request.title,
            audience=needs[request.item].audience if needs else f"{_people(request)} now, later ones like them as well",
            when="15 minutes after your yes, on the days and at the hours in *Settings*",
            hints=(hints or {}).get(request.item, ()),
        )
        body = f"{above}\n\n## What they would read\n\nThe person is made up.\n\n{_quoted(request.sample)}"
        content = letterhead.office_mail(f"May this go out? {request.title}", body)
        mails += [
            Message(
                stream=Stream.OFFICE,
                item=f"approve-{request.fingerprint[:12]}",
                step=_ref(address),
                person_id="office",
                address=address,
                to_name="",
                content=content,
                due_at=at,
                not_after=at + timedelta(days=7),
                reply_ref=_ref(f"{request.item}/{request.fingerprint}/{address}"),
            )
            for address in preferences.approvers
        ]
    return mails


def _people(request: ApprovalRequest) -> str:
    return count(request.addressees, "person", "people")


def _quoted(sample: str) -> str:
    """The sample as a quotation: each subject stands out, and a line keeps a letter's foot apart."""
    text = _SUBJECT.sub(r"**Subject: \1**", sample).replace("\n--\n", "\n\n---\n\n")
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _thread(track: Track, item: str, person: Person, situation: Situation) -> str:
    """The key of the first letter of this track that went out; blank for the first."""
    for step in track.steps:
        for name in (step.id, f"{step.id}-again"):
            key = f"{track.stream}/{item}/{name}/{person.id}"
            delivery = situation.deliveries.get(key)
            if delivery is not None and delivery.state is State.SENT:
                return key
    return ""


def _samples(letterhead: Letterhead, need: ApprovalNeed, preferences: Preferences, at: datetime) -> dict[str, Content]:
    """The letter as a made-up person would read it today, in every language it has."""
    day = local_day(at, preferences)
    return {
        language: _written(
            letterhead,
            without_past_meeting(words, preferences, day),
            Stream(need.track.stream),
            _made_up(language),
            language=language,
            fields=member_fields(_made_up(language), None, preferences, language=language, reply_ref="SAMPLE"),
        )
        for language, words in sorted(need.letter.editions.items())
    }


def _made_up(language: str) -> Person:
    if language != Language.SPANISH:
        return _MADE_UP
    return replace(_MADE_UP, member=replace(_MADE_UP.member, address_source="la página web del programa"))


def _written(
    letterhead: Letterhead,
    words: LetterWords,
    stream: Stream,
    person: Person,
    *,
    language: str,
    fields: Mapping[str, str],
    ref: str = "",
) -> Content:
    why, stop = why_sentence(stream, person, language), stop_sentence(language)
    return letterhead.letter(
        words.subject, words.markdown, words.text, fields, why, stop, language, words.preheader, reply_ref=ref
    )


def _ref(key: str) -> str:
    """Eight signs that tell who answers and nothing else."""
    return base64.b32encode(hashlib.sha256(key.encode()).digest())[:8].decode()


_MADE_UP = Person(
    id="sample",
    member=Member(
        key=RowKey("maria@example.org", "Maria", "Example", "Example Head Start"),
        first_name="Maria",
        last_name="Example",
        email="maria@example.org",
        phone=None,
        organization="Example Head Start",
        role="Health manager",
        role_kind=RoleKind.MANAGER,
        service_area="Health",
        status=Status.INVITE,
        address_source="the program's web page",
    ),
    first_seen=datetime.min,  # noqa: DTZ901 - a made-up person was never seen
    already_known=False,
)
