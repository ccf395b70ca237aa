"""Notices from rows to mails in the queue: asked once, each to one person, changed and canceled for the same people."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest

from network.approvals import Decision
from network.consent import ConsentFact, FactKind
from network.members import ContactBy, Language, RoleKind
from network.messages import Message, State, Stream
from network.tasks import TaskKind
from tests.builders import NOON, Desk, a_person
from tests.newsletter_desk import (
    NOTICES,
    QUARTER,
    a_desk,
    a_notice,
    a_reader,
    decide,
    queued,
    run,
    sent_desk,
    settle,
)


def entry_of(mail: Message) -> tuple[str, Any]:
    (attachment,) = mail.attachments
    calendar = icalendar.Calendar.from_ical(attachment.body)
    return str(calendar["method"]), calendar.walk("VEVENT")[0]


def test_a_notice_goes_to_each_person_alone_with_an_entry_for_the_calendar() -> None:
    desk = sent_desk(notices=(a_notice(),), people=2)
    mails = queued(desk, Stream.NOTICE)
    assert [mail.person_id for mail in mails] == ["p-0", "p-1"]
    assert "Dear Ana, we meet." in mails[0].content.text
    method, event = entry_of(mails[0])
    assert (method, event["sequence"]) == ("REQUEST", 0)
    assert event["attendee"] == "mailto:p-0@example.org"


def test_an_edited_meeting_is_a_change_for_the_same_people_and_needs_a_new_yes() -> None:
    desk = sent_desk(notices=(a_notice(),), people=2)
    desk.people.people["p-later"] = a_reader("p-later")
    desk.workbook.edit("Messages", 1, NOTICES.index("Meeting on"), "2026-10-15 14:00")
    at = NOON + timedelta(days=1)
    run(desk, at)
    assert len(queued(desk, Stream.NOTICE)) == 2
    decide(desk, at=at)
    run(desk, at + QUARTER)
    changes = [mail for mail in queued(desk, Stream.NOTICE) if mail.step == "change-1"]
    assert [mail.person_id for mail in changes] == ["p-0", "p-1"]
    assert changes[0].content.subject == "Changed: Thursday"
    (_, before), (_, after) = entry_of(queued(desk, Stream.NOTICE)[0]), entry_of(changes[0])
    assert (after["uid"], after["sequence"]) == (before["uid"], 1)


def test_a_change_takes_the_place_of_a_notice_that_still_waits() -> None:
    desk = a_desk(notices=(a_notice(),), people=2)
    run(desk)
    decide(desk)
    run(desk, NOON + QUARTER)
    desk.workbook.edit("Messages", 1, NOTICES.index("Meeting on"), "2026-10-15 14:00")
    run(desk, NOON + 2 * QUARTER)
    decide(desk, at=NOON + 2 * QUARTER)
    run(desk, NOON + 4 * QUARTER)
    waiting = [row.message.step for row in desk.outbox.rows.values() if row.state is State.QUEUED]
    assert sorted(step for step in waiting if step in ("notice", "change-1")) == ["change-1", "change-1"]


def test_a_canceled_meeting_reaches_those_who_were_told_of_it() -> None:
    desk = sent_desk(notices=(a_notice(),), people=2)
    desk.workbook.edit("Messages", 1, NOTICES.index("Meeting on"), "canceled")
    at = NOON + timedelta(days=1)
    run(desk, at)
    decide(desk, at=at)
    run(desk, at + QUARTER)
    (first, second) = [mail for mail in queued(desk, Stream.NOTICE) if mail.step == "cancel"]
    method, event = entry_of(first)
    assert (method, event["sequence"]) == ("CANCEL", 1)
    assert "We do not meet on Thursday, 15 October, 12:00 pm PDT" in second.content.text
    settle(desk, at=at + QUARTER)
    run(desk, at + 2 * QUARTER)
    assert len(queued(desk, Stream.NOTICE)) == 4


def the_reason(desk: Desk, at: datetime) -> tuple[str, str]:
    (line,) = run(desk, at).lines
    return str(line.state), line.reason


def test_a_notice_that_waits_or_came_too_late_is_not_called_gone() -> None:
    desk = a_desk(notices=(a_notice(),), people=3)
    run(desk)
    decide(desk)
    at = NOON + QUARTER
    run(desk, at)
    assert the_reason(desk, at) == ("scheduled", "on its way")
    keys = [key for key, row in desk.outbox.rows.items() if row.message.stream is Stream.NOTICE]
    for key, state in zip(keys, (State.SENT, State.MISSED, State.QUEUED), strict=True):
        desk.outbox.rows[key] = replace(desk.outbox.rows[key], state=state, reason="" if state is State.SENT else "why")
    assert the_reason(desk, at) == ("scheduled", "on its way; 1 mail waits (why), 1 came too late and did not go")
    desk.outbox.rows[keys[2]] = replace(desk.outbox.rows[keys[2]], state=State.SENT)
    assert the_reason(desk, at) == ("sent", "went out; 1 came too late and did not go")


def test_an_edit_that_no_mail_follows_is_answered() -> None:
    desk = sent_desk(notices=(a_notice(),))
    at = NOON + timedelta(days=1)
    desk.workbook.edit("Messages", 1, NOTICES.index("Meeting on"), "")
    assert "To call its meeting off, type canceled under Meeting on" in the_reason(desk, at)[1]
    desk.workbook.edit("Messages", 1, NOTICES.index("Meeting on"), "canceled")
    run(desk, at)
    decide(desk, at=at)
    run(desk, at + QUARTER)
    desk.workbook.edit("Messages", 1, NOTICES.index("Meeting on"), "2026-10-15 12:00")
    assert "write a new row with another Subject" in the_reason(desk, at + QUARTER)[1]
    plain = sent_desk(notices=(a_notice(meeting_on=""),))
    plain.workbook.edit("Messages", 1, NOTICES.index("Text"), "Other words.")
    assert "What was edited since reaches nobody" in the_reason(plain, at)[1]


def test_a_notice_canceled_before_it_went_out_never_goes() -> None:
    desk = a_desk(notices=(a_notice(meeting_on="canceled"),))
    assert [line.reason for line in run(desk).lines] == ["canceled before it went out"]
    assert not desk.approvals.requests


def test_who_prefers_the_phone_is_phoned() -> None:
    desk = a_desk(notices=(a_notice(),), people=1)
    by_phone: dict[str, Any] = {"contact_by": ContactBy.PHONE, "phone": "+15645550141", "name": "Greta Solmarch"}
    desk.people.people["p-phone"] = a_person("p-phone", email="greta@example.org", **by_phone)
    run(desk)
    decide(desk)
    run(desk, NOON + QUARTER)
    assert [mail.person_id for mail in queued(desk, Stream.NOTICE)] == ["p-0"]
    (task,) = (task for task in desk.tasks.all() if task.kind is TaskKind.PERSONAL_NOTE)
    assert "Greta Solmarch (+15645550141)" in task.what


def test_a_notice_reaches_nobody_who_said_no() -> None:
    desk = a_desk(notices=(a_notice(),), people=2)
    desk.consents.add([ConsentFact(NOON, FactKind.NO, "reply", person_id="p-0")])
    run(desk)
    assert desk.approvals.pending()[0].addressees == 1


def test_a_notice_waits_a_quarter_of_an_hour_and_a_stop_in_it_holds() -> None:
    desk = a_desk(notices=(a_notice(),), people=2)
    run(desk)
    decide(desk)
    run(desk, NOON + timedelta(minutes=14))
    assert queued(desk, Stream.NOTICE) == []
    (answer,) = [each for each in desk.approvals.answers if each.item.startswith("notice/")]
    desk.office.approvals.decide(replace(answer, decision=Decision.STOPPED, at=NOON + timedelta(minutes=14)))
    for minutes in (16, 60, 1500):
        run(desk, NOON + timedelta(minutes=minutes))
    assert queued(desk, Stream.NOTICE) == []


SPANISH_NOTICES = (*NOTICES, "Subject in Spanish", "Text in Spanish")
IN_SPANISH = ("Jueves", "Hola [First name], nos vemos [aquí](https://example.org/reunion).")


def a_desk_in_two_languages() -> Desk:
    desk = a_desk(people=2)
    desk.people.people["p-1"] = a_reader("p-1", language=Language.SPANISH, name="Lucía Núñez")
    desk.workbook.put("Messages", SPANISH_NOTICES, (*a_notice(), *IN_SPANISH))
    return desk


def test_who_reads_spanish_gets_the_spanish_subject_text_and_calendar_entry() -> None:
    desk = a_desk_in_two_languages()
    run(desk)
    (request,) = desk.approvals.pending()
    assert "Dear Maria, we meet." in request.sample
    assert "Hola Maria, nos vemos aquí" in request.sample, "the approver sees both"
    decide(desk)
    run(desk, NOON + QUARTER)
    english, spanish = queued(desk, Stream.NOTICE)
    assert (english.content.subject, spanish.content.subject) == ("Thursday", "Jueves")
    assert "Hola Lucía, nos vemos" in spanish.content.text
    assert "Recibe este correo porque está con Washington" in spanish.content.text
    assert "STOP o BAJA" in spanish.content.text
    assert '<html lang="es"' in spanish.content.html
    (_, ours), (_, theirs) = entry_of(english), entry_of(spanish)
    assert (ours["summary"], theirs["summary"]) == ("Thursday", "Jueves")
    assert "nos vemos" in theirs["description"]
    assert ours["uid"] == theirs["uid"]


def test_a_cancel_and_a_change_speak_spanish_too() -> None:
    desk = a_desk_in_two_languages()
    run(desk)
    decide(desk)
    run(desk, NOON + QUARTER)
    settle(desk)
    for number, (cell, subject, says) in enumerate(
        [
            ("2026-10-15 14:00", "Cambio: Jueves", "Ahora nos reunimos el jueves 15 de octubre, 2:00 p. m. PDT"),
            ("canceled", "Cancelado: Jueves", "No nos reunimos el jueves 15 de octubre, 2:00 p. m. PDT"),
        ],
        start=1,
    ):
        desk.workbook.edit("Messages", 1, NOTICES.index("Meeting on"), cell)
        at = NOON + timedelta(days=number)
        run(desk, at)
        decide(desk, at=at)
        run(desk, at + QUARTER)
        (_, spanish) = queued(desk, Stream.NOTICE)[-2:]
        settle(desk, at=at + QUARTER)
        assert spanish.content.subject == subject
        assert says in spanish.content.text
        assert entry_of(spanish)[1]["sequence"] == number


def test_other_spanish_words_need_another_yes() -> None:
    desk = a_desk_in_two_languages()
    run(desk)
    decide(desk)
    desk.workbook.edit("Messages", 1, SPANISH_NOTICES.index("Text in Spanish"), "Otro texto.")
    run(desk, NOON + QUARTER)
    assert queued(desk, Stream.NOTICE) == []
    assert len(desk.approvals.pending()) == 1


@pytest.mark.parametrize(
    ("spanish", "says"),
    [
        (("Jueves", ""), "everybody gets the English one"),
        (("Jueves", "Hola [Shoe size]"), "Shoe size"),
        (("Jueves", "Vea [aquí](http://example.org)."), "must begin with https://"),
        (("*|FNAME|*", "Hola"), "belongs to another program"),
    ],
)
def test_what_is_wrong_in_the_spanish_words_is_said(spanish: tuple[str, str], says: str) -> None:
    desk = a_desk(people=1)
    desk.workbook.put("Messages", SPANISH_NOTICES, (*a_notice(), *spanish))
    assert any(says in remark.sentence for remark in run(desk).remarks)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"send_on": "2026-09-01", "meeting_on": ""}, "has passed; type a new day"),
        ({"send_on": "2026-09-01", "meeting_on": "2026-09-02"}, "has passed; type a new day"),
        ({"to": "partners"}, "nobody it names may be written to"),
        ({"meeting_on": "2026-10-06 09:30"}, "its meeting has begun or is over"),
    ],
)
def test_a_notice_that_cannot_go_says_why_and_asks_nobody(cells: dict[str, str], says: str) -> None:
    desk = a_desk(notices=(a_notice(**cells),))
    (line,) = run(desk).lines
    assert says in line.reason
    assert desk.approvals.pending() == []


def test_a_joint_meeting_reaches_members_and_directors_each_once() -> None:
    desk = a_desk(notices=(a_notice(to="members; directors"),), people=1)
    desk.people.people["p-dir"] = a_reader("p-dir", role_kind=RoleKind.DIRECTOR)
    desk.people.people["p-both"] = a_reader("p-both", email="p-0@example.org", role_kind=RoleKind.DIRECTOR)
    desk.people.people["p-partner"] = a_reader("p-partner", role_kind=RoleKind.PARTNER)
    run(desk)
    decide(desk)
    run(desk, NOON + QUARTER)
    addresses = sorted(mail.address for mail in queued(desk, Stream.NOTICE))
    assert addresses == ["p-0@example.org", "p-dir@example.org"]
