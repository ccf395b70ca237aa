"""One question to the approvers, on the dashboard: a form that waits, and the answer as a row of the ledger.

Nothing is sent from here. The scheduled flows read the row, 15 minutes later. An answer given in *To do*, by mail or in
the terminal counts as much; the first one stands.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.states import Completed
from pydantic import Field

from flows.questions import FLOW_NAME
from flows.run_names import named
from integrations.wiring import open_office
from network.approvals import Approval, ApprovalRequest, Decision
from network.ports import Office

BY = "an approver, on the dashboard"
_TRIES = 5  # nobody guesses a code in five tries
_WAITS = 30 * 24 * 3600  # seconds
# What is asked about, without the name of a program: a tribe is never named on the dashboard.
_KINDS = {
    "newsletter": "A newsletter issue",
    "notices": "A notice",
    "surveys": "A survey",
    "welcome": "A welcome letter",
}
_DECISIONS = {"approve": Decision.APPROVED, "not yet": Decision.NOT_YET, "stop": Decision.STOPPED}


class Answer(RunInput):
    """The form. No name is asked for: whoever has the code was sent the sample."""

    decision: Literal["not yet", "approve", "stop"] = Field("not yet", title="Your answer")
    code: str = Field(
        "", title="The code of this question", description="Four signs, from To do or the test mail.", max_length=12
    )


@flow(
    name=FLOW_NAME,
    description="Waits for an approver's answer to one question and keeps it. It sends nothing by itself.",
    flow_run_name=named("A question"),
    persist_result=False,
    log_prints=False,
)
def ask(fingerprint: str, as_of: datetime | None = None, dry_run: bool = False) -> State[str]:
    """Puts the question with this fingerprint; begins again from here each time somebody has filled in the form."""
    for attempt in range(1, _TRIES + 1):
        with open_office(as_of=as_of) as office:
            question = _open_question(office, fingerprint)
        if question is None:
            return _ended("This question is closed: it was answered elsewhere, or its text or list changed.")
        answer = suspend_flow_run(
            wait_for_input=Answer.with_initial_data(description=_asked(question, attempt), decision="not yet", code=""),
            timeout=_WAITS,
            key=f"answer-{attempt}",
        )
        if answer.code.strip().upper() == question.code:
            return _ended(_keep(question, _DECISIONS[answer.decision], as_of, dry_run=dry_run))
    return _ended("Five codes were wrong, so this form is closed. Nothing was approved. Please answer in To do.")


def _open_question(office: Office, fingerprint: str) -> ApprovalRequest | None:
    return next((each for each in office.approvals.pending() if each.fingerprint == fingerprint), None)


def _asked(question: ApprovalRequest, attempt: int) -> str:
    kind = _KINDS.get(question.item.partition("/")[0], "A letter")
    again = "**That code belongs to no open question or to another one. Please look again.**\n\n" if attempt > 1 else ""
    return (
        f"{again}{kind} waits for an answer. It would go to {question.addressees:,} now.\n\nThe text stands in *To do* "
        "and in the test mail, with a code of four signs. Please read it there, then choose and type its code here. "
        "What you approve starts 15 minutes later; until then *stop* in To do cancels it."
    )


def _keep(question: ApprovalRequest, decision: Decision, as_of: datetime | None, *, dry_run: bool) -> str:
    if dry_run:
        return "A rehearsal: the answer was not kept."
    with open_office(as_of=as_of) as office:
        answer = Approval(question.item, question.fingerprint, decision, BY, office.clock(), question.addressees)
        if not office.approvals.decide(answer):
            return "Somebody has answered this question before; the first answer stands."
    if decision is Decision.APPROVED:
        return "Approved. It starts in 15 minutes; stop in To do cancels it."
    return f"Kept: {decision}."


def _ended(sentence: str) -> State[str]:
    return Completed(message=sentence, data=sentence)
