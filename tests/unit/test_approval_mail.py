"""Approvals by mail: what fits is carried out, and each thing that does not fit is told in a sentence of its own."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from network.approvals import ApprovalRequest, Decision
from network.jobs import approval_mail
from network.jobs.inbox import InboxReport, read_inbox
from network.members import Status
from network.messages import Message, Stream
from network.mime import message_id
from network.ports import Incoming
from tests.builders import NOON, Desk, a_message, a_person, an_incoming

NOOR = "noor@example.org"
LETTERS, ISSUE = "1f0a9c3d5e77", "77aa0b1c2d3e"


def a_desk() -> Desk:
    """Two samples wait for an approver: letters under 7K2M, an issue under 3QQ4."""
    desk = Desk()
    desk.approvals.ask(ApprovalRequest("recruitment/x", f"{LETTERS}99", "7K2M", NOON, "Letter 1", 12))
    desk.approvals.ask(ApprovalRequest("newsletter/y", f"{ISSUE}99", "3QQ4", NOON, "October", 40))
    desk.outbox.queue([sample(LETTERS), sample(ISSUE)], NOON)
    return desk


def sample(fingerprint: str) -> Message:
    return a_message("office", NOOR, stream=Stream.OFFICE, item=f"approve-{fingerprint}", step="noor")


def answers(
    desk: Desk,
    text: str,
    sender: str = NOOR,
    *,
    to: str = LETTERS,
    headers: Mapping[str, str] | None = None,
    subject: str = "Re: May this go out?",
) -> InboxReport:
    references = (message_id(sample(to).key, "example.org"),) if to else ()
    number = len(desk.inbox.mails)
    mail: Incoming = an_incoming(
        text, sender, id=f"<{number}@x>", references=references, headers=headers or {}, subject=subject
    )
    desk.inbox.mails.append(mail)
    return read_inbox(desk.office, NOON)


def decisions(desk: Desk) -> list[tuple[str, Decision]]:
    return [(each.item, each.decision) for each in desk.approvals.answers]


def sentences(desk: Desk) -> list[str]:
    return [task.what for task in desk.tasks.all()]


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("APPROVE 7K2M", Decision.APPROVED),
        ("NOT YET 7K2M", Decision.NOT_YET),
        ("STOP 7K2M", Decision.STOPPED),
    ],
)
def test_an_approver_decides_in_the_thread_of_the_sample(text: str, decision: Decision) -> None:
    desk = a_desk()
    report = answers(desk, text)
    assert decisions(desk) == [("recruitment/x", decision)]
    assert desk.approvals.answers[0].by == "Noor Haddenfield"
    assert report.approvals == 1
    assert sentences(desk) == []


def test_a_stop_to_a_sample_is_no_no_of_the_approver() -> None:
    desk = a_desk()
    answers(desk, "STOP 7K2M")
    assert desk.consents.facts == []


@pytest.mark.parametrize(
    ("text", "fields", "sentence"),
    [
        ("APPROVE 9999", {}, approval_mail.WRONG_CODE),
        ("APPROVE", {}, approval_mail.NO_CODE),
        ("Not yet", {}, approval_mail.NO_CODE),
        ("Looks good, but the date is wrong", {}, approval_mail.IN_WORDS),
        ("APPROVE 7K2M, but change the date", {}, approval_mail.IN_WORDS),
        ("APPROVE 7K2M", {"sender": "ana@example.org"}, approval_mail.NOT_LISTED),
        ("NOT YET 7K2M", {"sender": "ana@example.org"}, approval_mail.NOT_LISTED),
        ("APPROVE 7K2M", {"to": ""}, approval_mail.NO_THREAD),
        ("NOT YET 7K2M", {"to": ""}, approval_mail.NO_THREAD),
        ("APPROVE 3QQ4", {}, approval_mail.OTHER_SAMPLE),
        (
            "APPROVE 7K2M",
            {"headers": {"authentication-results": "mx.example.net; dmarc=fail header.from=example.org"}},
            approval_mail.FORGED,
        ),
    ],
)
def test_what_does_not_fit_decides_nothing_and_says_what_is_wrong(
    text: str, fields: dict[str, object], sentence: str
) -> None:
    desk = a_desk()
    answers(desk, text, **fields)  # type: ignore[arg-type]
    assert decisions(desk) == []
    assert sentences(desk) == [sentence]


def test_a_member_who_approves_of_something_has_simply_answered() -> None:
    desk = a_desk()
    ana = a_person("p-ana", email="ana@example.org", status=Status.INVITE)
    desk.people.people["p-ana"] = ana
    answers(desk, "I approve this", "ana@example.org", to="")
    assert decisions(desk) == []
    assert "Ana Torres answered" in sentences(desk)[0]


def test_a_code_that_no_sample_has_is_told_in_a_new_mail_too() -> None:
    desk = a_desk()
    answers(desk, "NOT YET 9999", to="")
    assert sentences(desk) == [approval_mail.WRONG_CODE]


def test_each_fault_has_its_own_sentence_and_none_repeats_the_mail() -> None:
    named = {name: value for name, value in vars(approval_mail).items() if name.isupper() and name[0] != "_"}
    told = [value for value in named.values() if isinstance(value, str)]
    assert len(told) == len(set(told)) == 8
    assert all("Nothing was approved or stopped." in each for each in told)


def test_the_same_answer_twice_is_one_and_another_one_is_told_that_the_first_counts() -> None:
    desk = a_desk()
    answers(desk, "STOP 7K2M")
    answers(desk, "STOP 7K2M")
    assert sentences(desk) == []
    answers(desk, "APPROVE 7K2M")
    assert decisions(desk) == [("recruitment/x", Decision.STOPPED)]
    assert "the first answer counts" in sentences(desk)[0]
    assert "stopped, by Noor Haddenfield" in sentences(desk)[0]


def test_a_not_yet_after_a_yes_is_told_how_to_call_it_back() -> None:
    desk = a_desk()
    answers(desk, "APPROVE 7K2M")
    answers(desk, "NOT YET 7K2M")
    assert decisions(desk) == [("recruitment/x", Decision.APPROVED)]
    assert "approved, by Noor Haddenfield" in sentences(desk)[0]
    assert "reply STOP with its code" in sentences(desk)[0]


def test_a_yes_may_be_called_back_by_mail() -> None:
    desk = a_desk()
    answers(desk, "APPROVE 7K2M")
    answers(desk, "STOP 7K2M")
    assert decisions(desk)[-1] == ("recruitment/x", Decision.STOPPED)


def test_words_that_changed_since_are_not_decided_by_an_old_sample() -> None:
    desk = a_desk()
    newer = ApprovalRequest("recruitment/x", "newer", "4QQ4", NOON, "Letter 1", 12)

    class Newest(type(desk.approvals)):  # type: ignore[misc]
        def pending(self) -> list[ApprovalRequest]:
            return [newer]

    desk.approvals = Newest(requests=desk.approvals.requests)
    answers(desk, "APPROVE 7K2M")
    assert decisions(desk) == []
    assert sentences(desk) == [approval_mail.CHANGED]


def test_an_absence_answers_no_sample() -> None:
    desk = a_desk()
    answers(desk, "APPROVE 7K2M", headers={"auto-submitted": "auto-replied"})
    assert decisions(desk) == []
    assert sentences(desk) == []


def test_a_rehearsal_decides_nothing() -> None:
    desk = a_desk()
    desk.inbox.mails.append(
        an_incoming("APPROVE 7K2M", NOOR, references=(message_id(sample(LETTERS).key, "example.org"),))
    )
    report = read_inbox(desk.office, NOON, dry_run=True)
    assert report.kinds["approved"] == 1
    assert decisions(desk) == []
