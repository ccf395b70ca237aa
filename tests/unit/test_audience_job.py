"""The newsletter's readers at a provider: who agreed is there, a no is kept on both sides, nothing is said twice."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from network.audience import NotTaken, Subscriber
from network.consent import ConsentFact, FactKind, may_write
from network.errors import TransientError
from network.jobs import audience as job
from network.jobs.answers import carry_out
from network.jobs.audience import AudienceReport, sync_audience
from network.members import Person, Status
from network.messages import Stream
from network.preferences import Sending
from network.tasks import TaskKind
from network.to_do import Answer
from tests.builders import NOON, Desk, a_person, some_preferences
from tests.fakes_outside import FakeAudience

ANA = "ana@example.org"


def a_reader(person_id: str = "ana", **fields: Any) -> Person:
    values: dict[str, Any] = {"email": f"{person_id}@example.org", "newsletter": True, "state": "WA"}
    return a_person(person_id, **values | fields)


def a_desk(*people: Person) -> Desk:
    desk = Desk(audience=FakeAudience())
    for person in people or (a_reader(),):
        desk.people.people[person.id] = person
    return desk


def there(desk: Desk) -> FakeAudience:
    assert desk.audience is not None
    return desk.audience


def run(desk: Desk, at: datetime = NOON, **options: bool) -> AudienceReport:
    desk.now = at
    desk.cursors.set("read.sheet", at.isoformat(), at)
    return sync_audience(desk.office, at, **options)


def statuses(desk: Desk) -> dict[str, str]:
    return {address: each.status for address, each in there(desk).subscribers.items()}


def later(minutes: int = 20) -> datetime:
    return NOON + timedelta(minutes=minutes)


def kinds(desk: Desk, person_id: str = "ana") -> list[FactKind]:
    person = desk.people.people[person_id]
    return [fact.kind for fact in desk.consents.of(person).facts]


def test_only_who_asked_for_the_newsletter_and_may_be_written_to_is_added() -> None:
    desk = a_desk(
        a_reader("ana"),
        a_reader("blank", newsletter=None),
        a_reader("no", newsletter=False),
        a_reader("left", status=Status.LEFT),
        a_reader("hold", status=Status.ON_HOLD),
        a_reader("mark", status=Status.DO_NOT_CONTACT),
        a_reader("undecided", status=Status.BLANK),
    )
    desk.consents.add([ConsentFact(NOON, FactKind.NO, "reply", person_id="blank", stream=Stream.NEWSLETTER)])
    run(desk)
    assert statuses(desk) == {ANA: "subscribed"}


def test_a_recorded_yes_counts_as_much_as_the_cell() -> None:
    desk = a_desk(a_reader("ana", newsletter=None))
    desk.consents.add([ConsentFact(NOON, FactKind.YES, "reply", person_id="ana", stream=Stream.NEWSLETTER)])
    run(desk)
    assert statuses(desk) == {ANA: "subscribed"}


def test_a_reader_comes_with_fields_language_and_labels() -> None:
    desk = a_desk(a_reader("ana", language="es"))
    run(desk)
    found = there(desk).subscribers[ANA]
    assert found.fields["First name"] == "Ana"
    assert found.fields["State"] == "Washington"
    assert found.language == "es"
    assert {"HMN manager", "HMN es", "HMN WA"} <= found.tags


def test_a_second_run_writes_nothing_and_reads_once() -> None:
    desk = a_desk()
    run(desk)
    reads, writes = there(desk).reads, there(desk).writes
    run(desk, later())
    assert (there(desk).reads - reads, there(desk).writes - writes) == (1, 0)


def test_within_a_quarter_of_an_hour_nobody_is_asked() -> None:
    desk = a_desk()
    assert job.is_due(desk.office, NOON)
    run(desk)
    assert not job.is_due(desk.office, later(14))
    assert job.is_due(desk.office, later(15))


def test_a_changed_name_is_written_without_a_status() -> None:
    desk = a_desk()
    run(desk)
    there(desk).act(ANA, "unsubscribed")
    desk.people.people["ana"] = a_reader("ana", name="Anita Gomez")
    run(desk, later())
    assert statuses(desk) == {ANA: "unsubscribed"}


def test_a_leaver_is_archived_and_comes_back_when_nothing_happened_there() -> None:
    desk = a_desk()
    run(desk)
    desk.people.people["ana"] = a_reader(status=Status.LEFT)
    run(desk, later())
    assert statuses(desk) == {ANA: "archived"}
    desk.people.people["ana"] = a_reader()
    run(desk, later(40))
    assert statuses(desk) == {ANA: "subscribed"}


def test_who_was_archived_by_somebody_there_is_asked_about_and_not_brought_back() -> None:
    desk = a_desk()
    run(desk)
    there(desk).act(ANA, "archived")
    run(desk, NOON + timedelta(days=1, minutes=1))
    desk.people.people["ana"] = a_reader(name="Anita Gomez")
    report = run(desk, NOON + timedelta(days=1, hours=1))
    assert statuses(desk) == {ANA: "archived"}
    assert report.left_out == {NotTaken.ARCHIVED: 1}


def test_a_restored_ledger_brings_nobody_back_who_left_since() -> None:
    desk = a_desk()
    run(desk)
    desk.people.people["ana"] = a_reader(status=Status.LEFT)
    run(desk, later())
    backup = dict(desk.cursors.values)
    there(desk).act(ANA, "subscribed", is_own=True)
    there(desk).act(ANA, "unsubscribed", is_own=True)
    there(desk).act(ANA, "archived")
    desk.cursors.values.clear()
    desk.cursors.values.update(backup)
    desk.people.people["ana"] = a_reader()
    run(desk, later(60))
    assert statuses(desk) == {ANA: "archived"}


@pytest.mark.parametrize("status", ["unsubscribed", "cleaned"])
def test_what_the_provider_says_of_consent_is_kept_once_and_never_undone(status: str) -> None:
    desk = a_desk()
    run(desk)
    there(desk).act(ANA, status)
    assert run(desk, later()).noes == (status == "unsubscribed")
    expected = [FactKind.NO if status == "unsubscribed" else FactKind.BOUNCE_HARD]
    assert kinds(desk) == expected
    run(desk, later(40))
    run(desk, NOON + timedelta(days=2))
    assert kinds(desk) == expected
    assert statuses(desk) == {ANA: status}


def test_a_no_there_stops_every_automatic_stream_and_asks_a_member_about_notices() -> None:
    desk = a_desk()
    run(desk)
    there(desk).act(ANA, "unsubscribed")
    run(desk, later())
    run(desk, later(40))
    person = desk.people.people["ana"]
    for stream in (Stream.NEWSLETTER, Stream.NOTICE, Stream.SURVEY):
        assert not may_write(person, ANA, desk.consents.of(person), stream, later(40)).allowed
    (task,) = desk.tasks.all()
    assert task.kind is TaskKind.ASK_NEWSLETTER
    assert "meetings" in task.what


def test_who_left_the_newsletter_and_still_wants_notices_gets_those_alone() -> None:
    desk = a_desk()
    run(desk)
    there(desk).act(ANA, "unsubscribed")
    run(desk, later())
    (task,) = desk.tasks.all()
    assert carry_out(desk.office, Answer(task, "done"), later(30)) == ""
    person = desk.people.people["ana"]
    facts = desk.consents.of(person)
    assert may_write(person, ANA, facts, Stream.NOTICE, later(31)).allowed
    assert not may_write(person, ANA, facts, Stream.NEWSLETTER, later(31)).allowed
    assert not may_write(person, ANA, facts, Stream.SURVEY, later(31)).allowed


def test_thousands_of_strangers_there_cost_less_than_two_kilobytes_each() -> None:
    desk = a_desk()
    strangers = (f"p{number}@example.org" for number in range(5_000))
    there(desk).subscribers |= {each: Subscriber(each, "subscribed", {}, changed_at=NOON) for each in strangers}
    run(desk)
    tracemalloc.start()
    run(desk, later())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000 * 2_000
    assert statuses(desk)[ANA] == "subscribed"


def test_an_edit_of_somebody_who_left_is_no_new_no() -> None:
    desk = a_desk()
    run(desk)
    there(desk).act(ANA, "unsubscribed")
    run(desk, later())
    desk.consents.add([ConsentFact(later(25), FactKind.YES, "reply", person_id="ana", address=ANA)])
    there(desk).act(ANA, "unsubscribed")
    run(desk, later(40))
    assert kinds(desk) == [FactKind.NO, FactKind.YES]
    assert statuses(desk) == {ANA: "unsubscribed"}


def test_a_no_said_elsewhere_is_told_there_and_does_not_come_back_as_theirs() -> None:
    desk = a_desk()
    run(desk)
    desk.consents.add([ConsentFact(later(1), FactKind.NO, "reply", person_id="ana", address=ANA, evidence="mail/1")])
    assert run(desk, later()).refused == 1
    assert statuses(desk) == {ANA: "unsubscribed"}
    run(desk, later(40))
    assert kinds(desk) == [FactKind.NO]
    assert not desk.tasks.all()


def test_a_no_of_one_covers_the_other_of_a_shared_address_and_their_next_address() -> None:
    desk = a_desk(a_reader("ana"), a_reader("bea", email=ANA))
    run(desk)
    assert statuses(desk) == {ANA: "subscribed"}
    desk.consents.add([ConsentFact(later(1), FactKind.NO, "reply", person_id="bea", evidence="mail/1")])
    desk.people.people["bea"] = a_reader("bea", email="bea2@example.org", addresses=(ANA,))
    run(desk, later())
    assert statuses(desk) == {ANA: "unsubscribed"}


def test_one_of_two_with_one_address_leaving_archives_nobody() -> None:
    desk = a_desk(a_reader("ana"), a_reader("bea", email=ANA))
    run(desk)
    desk.people.people["ana"] = a_reader(status=Status.LEFT)
    run(desk, later())
    assert statuses(desk) == {ANA: "subscribed"}


def test_who_signs_up_again_there_has_the_newsletter_and_nothing_else() -> None:
    desk = a_desk()
    there(desk).now = NOON
    run(desk)
    there(desk).act(ANA, "unsubscribed")
    run(desk, later())
    there(desk).act(ANA, "subscribed", is_own=True)
    run(desk, later(40))
    person = desk.people.people["ana"]
    facts = desk.consents.of(person)
    assert may_write(person, ANA, facts, Stream.NEWSLETTER, later(40)).allowed
    assert not may_write(person, ANA, facts, Stream.NOTICE, later(40)).allowed
    assert statuses(desk) == {ANA: "subscribed"}


def test_an_administrator_who_subscribes_somebody_again_does_not_undo_their_no() -> None:
    desk = a_desk()
    run(desk)
    there(desk).act(ANA, "unsubscribed")
    run(desk, later())
    there(desk).act(ANA, "subscribed")
    run(desk, later(40))
    assert statuses(desk) == {ANA: "unsubscribed"}


def test_a_refusal_for_good_is_a_no_and_is_not_tried_again() -> None:
    desk = a_desk()
    there(desk).refusals[ANA] = NotTaken.THEIR_NO
    assert run(desk).noes == 1
    writes = there(desk).writes
    run(desk, NOON + timedelta(days=30))
    assert there(desk).writes == writes
    assert kinds(desk) == [FactKind.NO]


def test_an_address_that_looks_fake_is_said_beside_the_row_and_not_tried_again() -> None:
    desk = a_desk()
    there(desk).refusals[ANA] = NotTaken.NOT_REAL
    run(desk)
    writes = there(desk).writes
    run(desk, NOON + timedelta(days=30))
    assert there(desk).writes == writes
    (note,) = job.row_notes(desk.office, {"ana": 7}, NOON)
    assert (note.row, note.sentence) == (7, str(NotTaken.NOT_REAL))
    assert not kinds(desk)


def test_a_passing_refusal_is_tried_again_after_a_week() -> None:
    desk = a_desk()
    there(desk).refusals[ANA] = NotTaken.LATER
    run(desk)
    del there(desk).refusals[ANA]
    run(desk, NOON + timedelta(days=1))
    assert not statuses(desk)
    run(desk, NOON + timedelta(days=8))
    assert statuses(desk) == {ANA: "subscribed"}


def test_readers_beyond_the_plan_wait_with_a_sentence() -> None:
    desk = a_desk(a_reader("ana"), a_reader("bea"))
    desk.preferences = some_preferences(extra={"newsletter contacts": "1"})
    report = run(desk)
    assert statuses(desk) == {ANA: "subscribed"}
    assert report.left_out == {NotTaken.FULL: 1}


def test_strangers_there_are_left_alone() -> None:
    desk = a_desk()
    there(desk).act("stranger@example.org", "subscribed")
    run(desk)
    run(desk, later())
    assert statuses(desk) == {"stranger@example.org": "subscribed", ANA: "subscribed"}


@pytest.mark.parametrize("off", ["sheet", "not live", "only to me", "off", "stopped"])
def test_while_anything_is_off_a_no_is_kept_and_nothing_is_written_there(off: str) -> None:
    desk = a_desk(a_reader("ana"), a_reader("bea"))
    there(desk).act(ANA, "unsubscribed")
    if off == "stopped":
        desk.cursors.set("stopped", "yes", NOON)
    desk.is_live = off != "not live"
    sending = {"only to me": Sending.ONLY_TO_ME, "off": Sending.OFF}.get(off, Sending.ON)
    desk.preferences = some_preferences(sending=sending)
    if off == "sheet":
        sync_audience(desk.office, NOON)
    else:
        run(desk)
    assert kinds(desk) == [FactKind.NO]
    assert statuses(desk) == {ANA: "unsubscribed"}


def test_a_rehearsal_writes_nothing_anywhere() -> None:
    desk = a_desk()
    there(desk).act("bea@example.org", "unsubscribed")
    sync_audience(desk.office, NOON, dry_run=True)
    assert not desk.cursors.values
    assert not there(desk).writes


def test_a_run_that_dies_before_it_remembers_does_the_same_again() -> None:
    desk = a_desk()
    run(desk)
    desk.people.people["ana"] = a_reader(status=Status.LEFT)
    apply = there(desk).apply

    def dies(*lists: Any) -> Any:
        apply(*lists)
        raise TransientError("The line broke.", request_left=True)

    there(desk).apply = dies  # type: ignore[method-assign,assignment]  # the process dies after the effect
    with pytest.raises(TransientError):
        run(desk, later())
    there(desk).apply = apply  # type: ignore[method-assign]
    run(desk, later(40))
    assert statuses(desk) == {ANA: "archived"}


def test_what_is_planned_is_nothing_after_it_was_done() -> None:
    desk = a_desk(*(a_reader(f"p{number}") for number in range(20)))
    run(desk)
    report = run(desk, later())
    assert replace(report, subscribed=0) == AudienceReport()


def test_a_subscriber_has_another_digest_as_soon_as_something_differs() -> None:
    one = Subscriber(ANA, "subscribed", {"First name": "Ana"}, frozenset({"a"}), "en")
    assert one.digest == replace(one, status="archived").digest
    assert len({one.digest, replace(one, language="es").digest, replace(one, tags=frozenset()).digest}) == 3
