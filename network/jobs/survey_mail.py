"""Invitations to a survey, at most two reminders to members who have not answered, and what came of what somebody said.

Nothing is queued before an approver has seen the words. Who has answered is known by a personal reference in the form's
link. Where the survey is anonymous the reference is only marked as spent and never stands beside the answers; where the
link has no `[Reference]` nobody knows who answered, so nobody is reminded.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from network.approvals import Approval, ApprovalRequest, Decision, fingerprint_of, may_start
from network.cadence import local_day, next_send_time, not_after, place_of
from network.consent import ConsentFacts, Reason, may_write
from network.days import long_day
from network.ideas import Idea
from network.jobs.asking import code_for, task_about
from network.jobs.guard import may_have_gone
from network.letters import member_fields, read_letter, signer, stop_sentence
from network.members import ContactBy, Language, Person
from network.messages import TAKEN_OVER, Content, Message, MessageRecord, State, Stream
from network.ports import Office
from network.preferences import Preferences
from network.programs import Program
from network.rendering import Letterhead
from network.surveys import REFERENCE, QuestionKind, Response, Survey
from network.tasks import NewTask
from network.themes import ThemeFinder

STEPS = ("invitation", "reminder-1", "reminder-2")
BETWEEN = timedelta(days=7)  # from one mail to the next
WHY = {
    Language.ENGLISH: "You get this mail because you are a member of [Network].",
    Language.SPANISH: "Recibe este correo porque forma parte de [Network].",
}
_CAME_OF = "came-of-"  # begins the step of a mail that tells what came of an answer
REWORDED = "its words have changed since"  # why a queued mail was taken back
_GONE_OUT = frozenset({State.SENT, State.TO_CHECK})


@dataclass(frozen=True, slots=True)
class InvitationPlan:
    """What would be queued, asked and withdrawn for one survey; nothing is written by planning it."""

    messages: tuple[Message, ...] = ()
    requests: tuple[ApprovalRequest, ...] = ()
    withdraw: tuple[MessageRecord, ...] = ()  # queued mails that are not wanted any more
    why_withdrawn: str = "has answered, or the survey has closed"
    reword: tuple[MessageRecord, ...] = ()  # queued mails whose words or link have changed: written anew once approved
    waiting: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def reference_of(survey: Survey, person_id: str) -> str:
    """What stands in the person's own link: tells who answered to us and nothing to anybody else."""
    return _short(f"survey/{survey.key}/{person_id}")


def invited(survey: Survey, records: Sequence[MessageRecord]) -> int:
    """How many were asked by us."""
    return len({each.message.person_id for each in _mails_of(survey, records) if each.state in _GONE_OUT})


def plan_invitations(
    office: Office, survey: Survey, answered: Collection[str], records: Sequence[MessageRecord], at: datetime
) -> InvitationPlan:
    """Plans the next mail of a survey for everybody who is due; `answered` are ids of people."""
    preferences = office.preferences()
    own = _mails_of(survey, records)
    queued = [each for each in own if each.state is State.QUEUED]
    withdraw = tuple(each for each in queued if each.message.person_id in answered)
    if not survey.is_open(local_day(at, preferences)):
        return InvitationPlan(withdraw=tuple(queued))
    if may_have_gone(office, survey.opens_on):
        return InvitationPlan(withdraw=tuple(queued), remarks=(_may_have_gone(survey),))
    remarks = () if REFERENCE in survey.link else (_no_reference(survey),)
    mail = _Mail(office, survey, at)
    reword = tuple(each for each in queued if each not in withdraw and each.message.fingerprint != mail.fingerprint)
    people = [person for person in office.people.all() if person.is_active_member]
    item, fingerprint = f"survey/{survey.key}", mail.fingerprint
    approval = office.approvals.find(item)
    if not may_start(approval, fingerprint, at, len(people)):
        plan = InvitationPlan(withdraw=withdraw, remarks=remarks, reword=reword)
        return _not_yet(office, mail, approval, ApprovalRequestOf(item, fingerprint, len(people)), plan)
    due, waiting = _due(office, survey, [each for each in people if each.id not in answered], own, at)
    messages = tuple(mail.to(person, step, item, fingerprint) for person, step in due)
    return InvitationPlan(messages, withdraw=withdraw, waiting=waiting, remarks=remarks, reword=reword)


def held(plan: InvitationPlan) -> InvitationPlan:
    """The same plan while some answers cannot be read: nobody is asked, for they may have answered."""
    waiting = Counter(plan.waiting)
    if plan.messages:
        waiting["some answers cannot be read just now"] += len(plan.messages)
    return replace(plan, messages=(), waiting=waiting)


def plan_answers(
    office: Office,
    survey: Survey,
    found: Sequence[Idea],
    responses: Iterable[Response],
    finder: ThemeFinder,
    *,
    records: Sequence[MessageRecord],
    at: datetime,
) -> InvitationPlan:
    """Tells those who raised a theme and said who they are what came of it: when the item has ended, once an end.

    The words are a leader's own answer in *To do*, so nobody approves them a second time; every gate still holds. A
    mail that still waits when the answer moves on is taken back.
    """
    ended = [each for each in found if each.survey == survey.key and each.is_ended and each.words]
    own = [each for each in _of(survey, records) if each.message.step.startswith(_CAME_OF)]
    steps = {_step_of(each) for each in ended}
    stale = tuple(each for each in own if each.state is State.QUEUED and each.message.step not in steps)
    plan = InvitationPlan(withdraw=stale, why_withdrawn="the answer in To do has moved on")
    named = [each for each in responses if each.reference] if ended else []
    if not named or may_have_gone(office, survey.opens_on):
        return plan
    heard = {
        (each.message.person_id, _without_mark(each.message.step))
        for each in own
        if each.state not in (State.QUEUED, State.SKIPPED)
    }
    mail = _Mail(office, survey, at)
    people = {person.id: person for person in office.people.all()}
    facts = office.consents.all()
    # What somebody wrote, not what they ticked: the mail says "you wrote about".
    written = [question.id for question in survey.questions if question.kind is QuestionKind.TEXT]
    messages: list[Message] = []
    for response in named:
        person = people.get(response.reference)
        themes = finder.find(" . ".join(word for name in written for word in response.answers.get(name, ())))
        if person is None or not _may_tell(person, facts.get(person.id, ConsentFacts()), at):
            continue
        raised = {theme.casefold() for theme in themes}
        messages += [
            mail.answer(person, idea)
            for idea in ended
            if idea.theme.casefold() in raised and (person.id, _without_mark(_step_of(idea))) not in heard
        ]
    return replace(plan, messages=tuple(messages))


def _may_tell(person: Person, facts: ConsentFacts, at: datetime) -> bool:
    if person.member.contact_by is ContactBy.PHONE:
        return False
    return may_write(person, person.member.email or "", facts, Stream.SURVEY, at).allowed


@dataclass(frozen=True, slots=True)
class ApprovalRequestOf:
    """What is asked about: the item, its words, how many people."""

    item: str
    fingerprint: str
    addressees: int


def approval_task(request: ApprovalRequest) -> NewTask:
    """The row of *To do* that asks for the approval; the words stand in it."""
    return task_about(
        request,
        f"{request.title} to {request.addressees} members: may it go out? Type approve, not yet or stop.",
        "It starts 15 minutes later; at most two reminders follow, only to those who have not answered.\n\n"
        f"{request.sample}",
    )


def _not_yet(
    office: Office,
    mail: _Mail,
    approval: Approval | None,
    about: ApprovalRequestOf,
    plan: InvitationPlan,
) -> InvitationPlan:
    """Asks, unless this very question was answered already."""
    is_answered = approval is not None and approval.fingerprint == about.fingerprint
    reason = (
        "approved: starts in a few minutes"
        if is_answered and approval and approval.decision is Decision.APPROVED
        else "not approved yet"
    )
    request = ApprovalRequest(
        item=about.item,
        fingerprint=about.fingerprint,
        code=code_for(office.approvals, about.item, about.fingerprint),
        asked_at=mail.at,
        title=f"The survey “{mail.survey.name}”",
        addressees=about.addressees,
        sample=mail.sample(),
    )
    return replace(plan, requests=() if is_answered else (request,), waiting={reason: about.addressees})


def _due(
    office: Office, survey: Survey, people: Sequence[Person], own: Sequence[MessageRecord], at: datetime
) -> tuple[list[tuple[Person, str]], Counter[str]]:
    """Who gets which mail now; and why the others do not, in the words of the screen."""
    facts = office.consents.all()
    by_person: dict[str, list[MessageRecord]] = {}
    for record in own:
        by_person.setdefault(record.message.person_id, []).append(record)
    due: list[tuple[Person, str]] = []
    waiting: Counter[str] = Counter()
    for person in people:
        step = _next_step(by_person.get(person.id, ()), REFERENCE in survey.link, at)
        if step is None:
            continue
        if person.member.contact_by is ContactBy.PHONE:
            waiting[Reason.PREFERS_PHONE] += 1
            continue
        known = facts.get(person.id, ConsentFacts())
        verdict = may_write(person, person.member.email or "", known, Stream.SURVEY, at)
        if verdict.allowed:
            due.append((person, step))
        elif verdict.reason is not None:
            waiting[verdict.reason] += 1
    return due, waiting


def _next_step(records: Sequence[MessageRecord], may_remind: bool, at: datetime) -> str | None:
    """The next mail of one person: the invitation, then two reminders a week apart; None while one is on its way.

    One that was taken back because its words changed comes once more, under a name of its own: "invitation.2".
    """
    for step in STEPS if may_remind else STEPS[:1]:
        tried = [record for record in records if _plain(record.message.step) == step]
        record = next((each for each in tried if each.reason != REWORDED), None)
        if record is None:
            return f"{step}.{len(tried) + 1}" if tried else step
        if record.state not in _GONE_OUT or at < record.changed_at + BETWEEN:
            return None
    return None


class _Mail:
    """The words of one survey's mails, read and laid out once."""

    def __init__(self, office: Office, survey: Survey, at: datetime) -> None:
        self.survey, self.at = survey, at
        self._preferences: Preferences = office.preferences()
        self._letterhead = Letterhead.load(office.words, self._preferences)
        self._texts = {
            (step, language): (
                read_letter(office.words, f"surveys/{step}{ending}.md"),
                read_letter(office.words, f"surveys/{step}{ending}.txt"),
            )
            for step in (*STEPS, "came-of-it")
            for language, ending in ((Language.ENGLISH, ""), (Language.SPANISH, ".es"))
        }
        self._programs = {program.id: program for program in office.programs.all()}

    @property
    def fingerprint(self) -> str:
        """Of the words of all three mails, the link, and the audience rule."""
        sources = [source for (step, _), pair in self._texts.items() if step in STEPS for source in pair]
        words = [part for source in sources for part in (source.subject, source.preheader, source.body)]
        own = (self.survey.link, self.survey.name, str(self.survey.last_day))
        return fingerprint_of([*words, *own], "active members who have not answered")

    def to(self, person: Person, step: str, item: str, fingerprint: str) -> Message:
        """The message of one step to one person."""
        message = self._message(person, step, _plain(step), {})
        return replace(message, approval_item=item, fingerprint=fingerprint)

    def answer(self, person: Person, idea: Idea) -> Message:
        """What came of a theme that this person raised."""
        words = f"{idea.state.capitalize()}: {idea.words.rstrip('.')}."
        fields = {"Topics": idea.theme, "Leader's words": words}
        return self._message(person, _step_of(idea), "came-of-it", fields)

    def _message(self, person: Person, step: str, letter: str, more: Mapping[str, str]) -> Message:
        program = self._programs.get(person.recipient_id or "")
        place = place_of(person.member.state, program)
        due_at = next_send_time(self.at, place, self._preferences) or self.at
        language = person.member.language
        return Message(
            stream=Stream.SURVEY,
            item=self.survey.key,
            step=step,
            person_id=person.id,
            address=person.member.email or "",
            to_name=person.member.full_name,
            content=self._content(letter, step, person, program, more),
            due_at=due_at,
            not_after=not_after(due_at, place, self._preferences),
            language=language,
            reply_ref=_short(f"{self.survey.key}/{step}/{person.id}"),
        )

    def sample(self) -> str:
        """All three mails as a made-up member would read them."""
        fields = {"First name": "Maria", "My name": signer(self._preferences)}
        mails = [self._write(step, Language.ENGLISH, fields, self.survey.link, "") for step in STEPS]
        return "\n\n----\n\n".join(f"Subject: {mail.subject}\n\n{mail.text.strip()}" for mail in mails)

    def _content(
        self, letter: str, step: str, person: Person, program: Program | None, more: Mapping[str, str]
    ) -> Content:
        fields = {**member_fields(person, program, self._preferences, language=person.member.language), **more}
        link = self.survey.link.replace(REFERENCE, reference_of(self.survey, person.id))
        ref = _short(f"{self.survey.key}/{step}/{person.id}")
        return self._write(letter, person.member.language, fields, link, ref)

    def _write(self, letter: str, language: Language, fields: Mapping[str, str], link: str, ref: str) -> Content:
        markdown, plain = self._texts[letter, language]
        return self._letterhead.letter(
            markdown.subject,
            markdown.body,
            plain.body,
            {**fields, "Survey link": link, "Closes on": long_day(self.survey.last_day or date.max, language)},
            WHY[language],
            stop_sentence(language),
            language,
            markdown.preheader,
            reply_ref=ref,
        )


def _of(survey: Survey, records: Sequence[MessageRecord]) -> list[MessageRecord]:
    return [each for each in records if each.message.stream is Stream.SURVEY and each.message.item == survey.key]


def _mails_of(survey: Survey, records: Sequence[MessageRecord]) -> list[MessageRecord]:
    """The invitation and the reminders; what came of an answer goes whether or not the survey is still open."""
    return [each for each in _of(survey, records) if _plain(each.message.step) in STEPS]


def _plain(step: str) -> str:
    return step.partition(".")[0]


def _step_of(idea: Idea) -> str:
    """Names the end of an item and the answer that said it: "came-of-dentists.done.K3Q7ZP2A"."""
    theme = "-".join("".join(c if c.isalnum() else " " for c in idea.theme.casefold()).split())
    mark = _short(f"{idea.theme}/{idea.state}/{idea.words}/{idea.moved_at}")
    return f"{_CAME_OF}{theme}.{idea.state.replace(' ', '-')}.{mark}"


def _without_mark(step: str) -> str:
    return step.rpartition(".")[0]


def _may_have_gone(survey: Survey) -> str:
    return (
        f"The mails of “{survey.name}” {TAKEN_OVER}, so none goes by itself. If they did not, type a new day under "
        "Opens on."
    )


def _no_reference(survey: Survey) -> str:
    return (
        f"The link of “{survey.name}” holds no [Reference], so we cannot know who has answered and remind nobody. "
        "Add a question for it to the form and put [Reference] into its pre-filled link."
    )


def _short(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest())[:8].decode()
