"""What an approver answers by mail to a sample: carried out when everything fits, else one sentence says what does not.

A From line is easily forged. So the code and the thread of the sample must both be right, the address must be a listed
approver's, and our own mail server must not have found the sender forged. What a mail that fits decides is bound to the
words that the sample showed; the first answer counts, except that a yes may be called back.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from network.approval_replies import read_answer, seems_forged
from network.approvals import Approval, ApprovalRequest, Decision
from network.correspondents import Writer
from network.messages import Stream
from network.ports import Incoming, Office
from network.preferences import Preferences
from network.replies import Reply
from network.tasks import NewTask, TaskKind

_SAMPLE = "approve"  # how the item of a sample's message begins

FORGED = (
    "A mail decided about a sample in an approver's name, but our mail server found that it does not come from where "
    "it says. Nothing was approved or stopped. Please ask the approver."
)
NOT_LISTED = (
    "Somebody who is not among the Approvers in Settings answered a sample with its code. Nothing was approved or "
    "stopped. An approver may answer in To do, or reply to the sample."
)
NO_THREAD = (
    "An approver's code came in a new mail and not as a reply to the sample: anybody can write such a mail. "
    "Nothing was approved or stopped. Please reply to the sample itself, or answer in To do."
)
OTHER_SAMPLE = (
    "An approver replied to one sample with the code of another. Nothing was approved or stopped. Please reply to each "
    "sample with its own code, or answer in To do."
)
WRONG_CODE = (
    "An approver's mail names a code that no sample has. Nothing was approved or stopped. Please type the code as the "
    "sample shows it, or answer in To do."
)
NO_CODE = (
    "An approver answered a sample without its code. Nothing was approved or stopped. Please reply APPROVE, NOT YET or "
    "STOP with the code, or answer in To do."
)
IN_WORDS = (
    "An approver answered a sample in words that only a person can carry out. Nothing was approved or stopped. Please "
    "open it in the network mailbox."
)
CHANGED = (
    "An approver answered about a text or list that has changed since. Nothing was approved or stopped. Please look at "
    "the newer sample."
)
_WHY = "Only listed approvers decide, for just the words that they saw."
_DONE = {Decision.APPROVED: "approved", Decision.NOT_YET: "answered with not yet", Decision.STOPPED: "stopped"}


@dataclass(frozen=True, slots=True)
class ApproverMail:
    """A mail that may be an approver's answer, and who looks at it in doubt."""

    mail: Incoming
    reply: Reply
    writer: Writer
    leader: str

    @property
    def sample(self) -> str:
        """The item of the sample that it answers; blank when it answers none."""
        letter = self.writer.letter.message if self.writer.letter is not None else None
        is_sample = letter is not None and letter.stream is Stream.OFFICE and letter.item.startswith(_SAMPLE)
        return letter.item if letter is not None and is_sample else ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of it."""

    kind: str  # in the words of the page
    is_decided: bool = False
    tasks: tuple[NewTask, ...] = ()


def take_decision(office: Office, asked: ApproverMail, at: datetime, *, dry_run: bool = False) -> Decided | None:
    """Carries out what an approver's mail decides, or says in *To do* why not; None when the mail is something else."""
    answer = read_answer(asked.mail)
    request = office.approvals.by_code(answer.code) if answer.code else None
    is_listed = asked.mail.sender in {address.strip().lower() for address in office.preferences().approvers}
    is_about_a_sample = asked.sample or request or (is_listed and answer.code)
    if asked.reply.is_automatic or not is_about_a_sample:
        return None
    if not is_listed and (request is None or answer.decision is Decision.STOPPED):
        return None  # somebody's own no, or words that decide nothing: read like any other mail
    problem = _problem(asked, request, answer.decision, is_listed=is_listed, has_code=bool(answer.code))
    if problem or request is None or answer.decision is None:
        return _doubtful(asked, problem or WRONG_CODE)
    return _decide(office, asked, request, answer.decision, at, dry_run=dry_run)


def _problem(
    asked: ApproverMail,
    request: ApprovalRequest | None,
    decision: Decision | None,
    *,
    is_listed: bool,
    has_code: bool,
) -> str:
    """Why this mail decides nothing; blank when it may."""
    if is_listed and seems_forged(asked.mail):
        return FORGED
    if not is_listed:
        return NOT_LISTED
    if decision is None:
        return IN_WORDS
    if not has_code:
        return NO_CODE
    if request is None:
        return WRONG_CODE
    if not asked.sample:
        return NO_THREAD
    _, _, shown = asked.sample.partition(f"{_SAMPLE}-")
    return OTHER_SAMPLE if shown and not request.fingerprint.startswith(shown) else ""


def _decide(
    office: Office,
    asked: ApproverMail,
    request: ApprovalRequest,
    decision: Decision,
    at: datetime,
    *,
    dry_run: bool,
) -> Decided:
    standing = office.approvals.find(request.item)
    given = standing.decision if standing is not None and standing.fingerprint == request.fingerprint else None
    is_newest = given is not None or request in office.approvals.pending()
    if not is_newest:
        return _doubtful(asked, CHANGED)
    kind = "approved" if decision is Decision.APPROVED else "decided"
    if given is decision or dry_run:
        return Decided(kind)
    by = _name_of(asked.mail.sender, office.preferences())
    approval = Approval(request.item, request.fingerprint, decision, by, at, request.addressees)
    if office.approvals.decide(approval):
        return Decided(kind, is_decided=True)
    return _doubtful(asked, _already(standing))


def _already(standing: Approval | None) -> str:
    is_approved = standing is not None and standing.decision is Decision.APPROVED
    before = f"{_DONE[standing.decision]}, by {standing.by}" if standing is not None else "answered"
    otherwise = "To call it back, reply STOP with its code, or" if is_approved else "To have it otherwise,"
    return (
        f"A second answer about the same sample came by mail. It was {before}, and the first answer counts. "
        f"{otherwise} change the words in the sheet, and you are asked again."
    )


def _doubtful(asked: ApproverMail, what: str) -> Decided:
    digest = hashlib.sha256(asked.mail.id.encode("utf-8", "replace")).hexdigest()[:16]
    task = NewTask(f"reply/{digest}", TaskKind.ANSWER_REPLY, what, _WHY, asked.leader)
    return Decided("unsure", tasks=(task,))


def _name_of(address: str, preferences: Preferences) -> str:
    """The approver's name as listed, never the address."""
    listed = {each.strip().lower(): name for name, each in preferences.leader_addresses.items()}
    return listed.get(address, "an approver, by mail")
