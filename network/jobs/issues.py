"""How every edition of every issue stands: planned from the sheet, checked, judged. Nothing is written here.

What is asked, handed over and counted is `issue_delivery`. After the hand-over an edition is no longer touched,
whatever the sheet says.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from network.approvals import Approval
from network.cadence import local_day, say_day
from network.campaigns import STOP_LINK, check_campaign, check_limits, limits_of, merge_values
from network.consent import ConsentFacts
from network.editions import drafts_of
from network.errors import PermanentError
from network.issue_check import check_content, check_draft, check_sender, in_order
from network.jobs.asking import ASK_AHEAD, Question, Standing, fingerprint_in, has_passed, read_round, standing
from network.jobs.audience import contacts
from network.jobs.guard import gone_sentence, may_have_gone
from network.jobs.link_check import seen_links
from network.jobs.newsletter_sources import read_sources
from network.keys import fitted
from network.letters import member_fields, signer
from network.mailcheck import MailKind
from network.members import Language, Person
from network.messages import Content
from network.newsletter import HANDED_OVER, Draft, Edition, Issue, IssueRecord, IssueState, Remark, readers
from network.newsletter_blocks import blocks_of
from network.newsletter_rows import read_issues
from network.ports import Office
from network.preferences import Preferences
from network.rendering import Letterhead
from network.tabs import NEWSLETTER, Reading, understand

WORDS = "newsletter/words.toml"
SAMPLE_REF = "SAMPLE00"
_LATELY = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class EditionPlan:
    """One edition in one language as it stands at one moment."""

    draft: Draft
    day: date | None  # when it goes; later than Send on when it was asked about again
    fingerprint: str
    addressees: tuple[Person, ...]
    remarks: tuple[Remark, ...]
    record: IssueRecord  # as it should stand now
    known: IssueRecord | None  # as the ledger has it
    approval: Approval | None
    again: bool = False  # an answer stands that came to nothing: the same words must be asked about again

    @property
    def errors(self) -> tuple[Remark, ...]:
        return tuple(remark for remark in self.remarks if remark.is_error)


@dataclass(frozen=True, slots=True)
class IssuesPlan:
    """Everything about the newsletter at one moment."""

    editions: tuple[EditionPlan, ...] = ()
    remarks: tuple[Remark, ...] = ()  # about the tab and about rows that belong to no issue


def plan_issues(office: Office, reading: Reading, at: datetime, letterhead: Letterhead) -> IssuesPlan:
    """Says how every edition stands at `at`; the same office, sheet and moment give the same plan. Writes nothing."""
    tab = understand(reading, NEWSLETTER)
    issues, strays = read_issues(() if tab.lacks_required else tab.rows)
    # An issue of which no row could be read has no edition that could show its sentences.
    unread = (_named(each, issue) for issue in issues if not issue.items for each in issue.remarks)
    remarks = (*(Remark(problem) for problem in tab.problems), *strays, *unread)
    words = newsletter_words(office)
    desk = _Desk(office, reading, at, letterhead, words)
    editions: list[EditionPlan] = []
    for issue in issues:
        editions += desk.plan(issue)
    return IssuesPlan(tuple(editions), remarks)


def newsletter_words(office: Office) -> Mapping[str, Any]:
    """What the newsletter says by itself, in both languages."""
    return tomllib.loads(office.words.read(WORDS))


def write_edition(  # noqa: PLR0917 - the draft, and whom it is written for
    letterhead: Letterhead,
    draft: Draft,
    words: Mapping[str, Any],
    fields: Mapping[str, str],
    reply_ref: str = "",
    note: str = "",
    *,
    has_foot: bool = True,
    merge_unsubscribe: str | None = None,
) -> Content:
    """The mail of one reader, or of all with a provider's tags. PermanentError when a link of it has no address."""
    said = words[draft.language]
    why = said["why_directors"] if draft.edition is Edition.DIRECTORS else said["why_members"]
    return letterhead.newsletter(
        draft.subject,
        draft.preheader,
        draft.sections,
        title=draft.title,
        intro=f"{note}\n\n---\n\n{draft.intro}".strip() if note else draft.intro,
        why=why if has_foot else "",
        stop=said["stop"] if has_foot else "",
        language=draft.language,
        merge_unsubscribe=merge_unsubscribe,
        reply_ref=reply_ref,
        member_fields=fields,
    )


def write_campaign(
    office: Office,
    merge: Mapping[str, str],
    letterhead: Letterhead,
    draft: Draft,
    readers: Sequence[Person],
) -> Content:
    """The one mail of a campaign: where a reader's name would stand, the provider's tag for it."""
    preferences = office.preferences()
    programs = {program.id: program for program in office.programs.all()}
    fields = [
        member_fields(each, programs.get(each.recipient_id or ""), preferences, language=draft.language)
        for each in readers
    ]
    values = merge_values(merge, fields) | office_fields(preferences)
    words = newsletter_words(office)
    return write_edition(letterhead, draft, words, values, merge_unsubscribe=merge[STOP_LINK])


def edition_title(draft: Draft) -> str:
    """The exact name of one edition in one language, as people read it: how it is found again."""
    language = "Spanish" if draft.language is Language.SPANISH else "English"
    return f"{fitted(draft.issue.name, 150)}, {draft.edition}, {language}"


def question_of(plan: EditionPlan, day: date, fingerprint: str) -> Question:
    """What an approver is asked about this edition."""
    return Question(plan.draft.item, fingerprint, plan.record.title, len(plan.addressees), day)


def office_fields(preferences: Preferences) -> dict[str, str]:
    """The values for [placeholders] that are the same for every reader of an issue or notice."""
    return {"Meeting link": preferences.extra.get("meeting link", ""), "My name": signer(preferences)}


def sample_fields(preferences: Preferences) -> dict[str, str]:
    """The values of a made-up reader."""
    return {
        "First name": "Maria",
        "Last name": "Example",
        "Program": "Example Head Start",
        **office_fields(preferences),
    }


def _has_gone(known: IssueRecord | None) -> bool:
    return known is not None and known.state in HANDED_OVER


def _named(remark: Remark, issue: Issue) -> Remark:
    return replace(remark, sentence=f"{issue.name}: {remark.sentence}")


class _Desk:
    """What planning looks at, read once."""

    def __init__(
        self, office: Office, reading: Reading, at: datetime, letterhead: Letterhead, words: Mapping[str, Any]
    ) -> None:
        self.office, self.at, self.letterhead, self.words = office, at, letterhead, words
        self.reading = reading
        self.preferences = office.preferences()
        self.today = local_day(at, self.preferences)
        self.people = office.people.all()
        self.facts: Mapping[str, ConsentFacts] = office.consents.all()
        self.programs = {program.id: program for program in office.programs.all()}
        self.known = {(each.issue, each.edition, each.language): each for each in office.issues.all()}
        self.sender_remarks = check_sender(self.preferences)
        self.links = seen_links(office)

    def plan(self, issue: Issue) -> list[EditionPlan]:
        sources = read_sources(self.office, self.reading, issue, self.at)
        blocks = {
            f"{edition}/{language}": blocks_of(sources[edition], language, self.words)
            for edition in Edition
            for language in Language
        }
        drafts = drafts_of(issue, self.words, blocks)
        chosen = readers(self.people, self.facts, drafts, self.at)
        mails = sum(len(chosen[draft.item]) for draft in drafts if not _has_gone(self._known(draft)))
        return [self._edition(draft, tuple(chosen[draft.item]), mails) for draft in drafts]

    def _known(self, draft: Draft) -> IssueRecord | None:
        return self.known.get((draft.issue.key, draft.edition, draft.language))

    def _edition(self, draft: Draft, addressees: tuple[Person, ...], mails: int) -> EditionPlan:
        known = self._known(draft)
        send_on = draft.issue.send_on
        again = read_round(self.office, draft.item, send_on)
        day = again.day or send_on
        fingerprint = fingerprint_in(again, draft.item, "", draft.words)
        approval = self.office.approvals.find(draft.item)
        is_gone = _has_gone(known)
        # Of what has gone nothing can be mended; a tab that holds years of issues is not written anew each morning.
        remarks = () if is_gone else self._check(draft, addressees, mails)
        plan = EditionPlan(
            draft=draft,
            day=day,
            fingerprint=fingerprint,
            addressees=addressees,
            remarks=remarks,
            record=known or self._new_record(draft),
            known=known,
            approval=approval,
        )
        if is_gone:
            return plan
        judged = self._judge(plan)
        record = replace(
            plan.record,
            state=judged.state,
            reason=judged.reason,
            addressees=len(addressees),
            title=edition_title(draft),
        )
        return replace(plan, record=record, again=judged.again)

    def _check(self, draft: Draft, addressees: tuple[Person, ...], mails: int) -> tuple[Remark, ...]:
        remarks = [*check_draft(draft, self.links), *self.sender_remarks, *self._went_lately(draft)]
        if any(remark.is_error for remark in remarks):
            return in_order(remarks)
        try:
            sample = write_edition(self.letterhead, draft, self.words, sample_fields(self.preferences), SAMPLE_REF)
        except PermanentError as err:
            return in_order([*remarks, Remark(str(err))])
        remarks += self._check_campaign(draft, addressees, mails)
        return in_order([*remarks, *check_content(sample, draft.language, self.preferences, MailKind.NEWSLETTER)])

    def _went_lately(self, draft: Draft) -> list[Remark]:
        """An issue that was given another name after it went is a new one to us, and the same to its readers."""
        return [
            Remark(
                f"{each.title} went out on {say_day(local_day(moment, self.preferences))}. Is this another issue?",
                False,
            )
            for each in self.known.values()
            if (each.edition, each.language) == (draft.edition, draft.language) and _has_gone(each)
            if abs(self.at - (moment := each.sent_at or each.changed_at)) < _LATELY
        ]

    def _check_campaign(self, draft: Draft, readers: tuple[Person, ...], mails: int) -> tuple[Remark, ...]:
        """What a provider adds to the gate, where there is one: looked at before anything is created there."""
        campaigns = self.office.campaigns
        if campaigns is None:
            return ()
        content = write_campaign(self.office, campaigns.merge, self.letterhead, draft, readers)
        limits = limits_of(self.preferences)
        number = contacts(self.office)
        full = check_limits(limits, mails, number, tuple(self.known.values()), self.at)
        return (*check_campaign(content, campaigns.merge, self.preferences), *full)

    def _new_record(self, draft: Draft) -> IssueRecord:
        title = edition_title(draft)
        return IssueRecord(
            draft.issue.key, draft.edition, draft.language, IssueState.COLLECTING, title, changed_at=self.at
        )

    def _judge(self, plan: EditionPlan) -> Standing:
        """The state of an edition that is not handed over yet, and why."""
        send_on = plan.draft.issue.send_on
        if plan.day is None or send_on is None:
            return Standing(IssueState.COLLECTING, "no day of sending yet")
        if not plan.addressees:
            return Standing(IssueState.COLLECTING, "nobody who asked for the newsletter reads this edition yet")
        if plan.day - self.today > ASK_AHEAD:
            return Standing(IssueState.COLLECTING, "")
        if plan.errors:
            state = IssueState.HELD if self.today >= plan.day else IssueState.IN_CHECK
            return Standing(state, plan.errors[0].sentence)
        was_asked = plan.known is not None and bool(plan.known.fingerprint)
        if may_have_gone(self.office, send_on):
            return Standing(IssueState.HELD, gone_sentence(send_on))
        if has_passed(send_on, self.today, self.preferences, was_asked=was_asked):
            sentence = f"its day, {say_day(send_on)} {send_on.year}, has passed; type a new day under Send on"
            return Standing(IssueState.HELD, sentence)
        return standing(plan.approval, question_of(plan, plan.day, plan.fingerprint), self.today, self.preferences)
