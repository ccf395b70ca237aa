"""What is remembered comes back as it went in, and the ledger's constraints hold, on every database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from integrations.ledger.approvals import LedgerApprovals
from integrations.ledger.clean import clean
from integrations.ledger.consents import LedgerConsents
from integrations.ledger.cursors import LedgerCursors
from integrations.ledger.engine import HEAD, Ledger, open_ledger
from integrations.ledger.enrollments import LedgerEnrollments
from integrations.ledger.outbox import LedgerOutbox
from integrations.ledger.people import LedgerPeople, LedgerPrograms
from integrations.ledger.records import LedgerRecords
from integrations.ledger.responses import LedgerResponses
from integrations.ledger.snapshots import LedgerSnapshots
from integrations.ledger.tables import metadata
from integrations.ledger.tasks import LedgerTasks
from network.approvals import Approval, ApprovalRequest, Decision
from network.consent import ConsentFact, FactKind, Reason, may_write, said_no
from network.errors import ConfigurationError, TransientError
from network.goals import Goal, Snapshot, Unit
from network.messages import Stream
from network.sequences import Enrollment
from network.stores import PeoplePlan
from network.surveys import Response, Survey
from network.tasks import NewTask, TaskKind, TaskState
from tests.builders import NOON, a_message, a_person, a_program
from tests.contract.ledgers import DATABASES, a_ledger

LATER = NOON + timedelta(hours=1)


@pytest.fixture(params=DATABASES)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger(request.param, tmp_path) as opened:
        yield opened


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(ledger: Ledger) -> None:
    with ledger.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == HEAD


def test_a_ledger_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    opened = open_ledger(url)
    with opened.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    opened.close()
    with pytest.raises(ConfigurationError, match="newer version"):
        open_ledger(url)


def test_a_file_that_is_no_ledger_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("this is not a database, and long enough to be looked at as one" * 20)
    with pytest.raises(ConfigurationError, match="backups/"):
        open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")


def test_a_ledger_that_another_program_holds_is_busy_and_not_an_error_of_ours(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    opened = open_ledger(url)
    opened.close()
    impatient = Ledger(create_engine(url, connect_args={"timeout": 0.1, "isolation_level": None}))
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(TransientError) as caught:
            LedgerCursors(impatient).set("x", "1", NOON)
    impatient.close()
    assert not caught.value.request_left


class TestPeople:
    """People come back whole; a no outlives everything."""

    def test_a_person_comes_back_as_they_went_in(self, ledger: Ledger) -> None:
        person = a_person(joined_on=date(2025, 3, 1), topics=("Asthma", "Lead"), recipient_id="wa-lummi")
        LedgerPeople(ledger).apply(PeoplePlan(add=(person,)), NOON)
        assert LedgerPeople(ledger).all() == [person]
        assert LedgerPeople(ledger).get(person.id) == person

    def test_old_addresses_are_kept_when_the_row_changes(self, ledger: Ledger) -> None:
        people = LedgerPeople(ledger)
        people.apply(PeoplePlan(add=(a_person(email="old@example.org"),)), NOON)
        people.apply(PeoplePlan(update=(a_person(email="new@example.org"),)), LATER)
        assert people.all()[0].addresses == ("old@example.org", "new@example.org")

    def test_a_no_by_address_covers_whoever_comes_with_it(self, ledger: Ledger) -> None:
        people, consents = LedgerPeople(ledger), LedgerConsents(ledger)
        consents.add([ConsentFact(NOON, FactKind.NO, "reply", address="ana@example.org")])
        people.apply(PeoplePlan(add=(a_person("p-new", email="ana@example.org"),)), LATER)
        person = people.all()[0]
        verdict = may_write(person, "ana@example.org", consents.all()[person.id], Stream.NOTICE, LATER)
        assert verdict.reason is Reason.SAID_NO

    def test_a_forgotten_persons_no_stays_and_nothing_else_does(self, ledger: Ledger, tmp_path: Path) -> None:
        people, consents = LedgerPeople(ledger), LedgerConsents(ledger)
        people.apply(PeoplePlan(add=(a_person("p1", email="ana@example.org"),)), NOON)
        consents.add([ConsentFact(NOON, FactKind.NO, "reply", person_id="p1", address="ana@example.org")])
        LedgerOutbox(ledger).queue([a_message("p1")], NOON)
        tasks = LedgerTasks(ledger)
        call = NewTask("call/aian/call/p1", TaskKind.CALL, "Call Ana Torres.", "", subject="p1")
        check = NewTask(
            "check/1", TaskKind.CHECK_DELIVERY, "Not sure it arrived: to Ana.", "", subject=a_message("p1").key
        )
        other = NewTask("find/p11", TaskKind.FIND_MANAGER, "Find the manager of Example.", "", subject="p11")
        tasks.open([call, check, other], NOON)
        people.forget("p1", LATER)
        assert people.all() == []
        assert [task.key for task in tasks.all()] == ["find/p11"]
        assert LedgerRecords(ledger).records() == []
        people.apply(PeoplePlan(add=(a_person("p2", email="ana@example.org"),)), LATER)
        back = people.all()[0]
        assert may_write(back, "ana@example.org", consents.of(back), Stream.NOTICE, LATER).reason is Reason.SAID_NO

    def test_facts_of_one_person_and_of_everybody_agree(self, ledger: Ledger) -> None:
        people, consents = LedgerPeople(ledger), LedgerConsents(ledger)
        people.apply(
            PeoplePlan(
                add=(
                    a_person("p1", email="ana@example.org", recipient_id="r1"),
                    a_person("p2", email="ben@example.org", recipient_id="r1"),
                    a_person("p3", email="eva@example.org"),
                )
            ),
            NOON,
        )
        consents.add(
            [
                ConsentFact(NOON, FactKind.HOLD_ORGANIZATION, "reply", organization_id="r1"),
                ConsentFact(NOON, FactKind.BOUNCE_HARD, "provider", address="eva@example.org"),
                ConsentFact(LATER, FactKind.NO, "reply", person_id="p2", stream=Stream.NEWSLETTER),
            ]
        )
        everybody = consents.all()
        assert {person.id: consents.of(person) for person in people.all()} == everybody

    def test_the_same_fact_told_twice_is_kept_once(self, ledger: Ledger) -> None:
        fact = ConsentFact(NOON, FactKind.NO, "reply", person_id="p1", evidence="<m1@example.org>")
        assert LedgerConsents(ledger).add([fact, replace(fact, at=LATER)]) == 1


class TestPrograms:
    """The sheet wins; what we were told stands in for blank cells."""

    def test_what_we_were_told_holds_until_the_cell_is_filled(self, ledger: Ledger) -> None:
        programs = LedgerPrograms(ledger)
        programs.replace([a_program()], NOON)
        programs.note("wa-lummi", at=NOON, facts={"open_months": "4,5,6", "ask_first": "the council office"})
        assert programs.all()[0].open_months == (4, 5, 6)
        programs.replace([a_program(open_months=(7,))], LATER)
        assert programs.all()[0].open_months == (7,)
        assert programs.all()[0].ask_first == "the council office"


class TestApprovals:
    """The first answer stands."""

    def question(self, fingerprint: str = "f1", code: str = "7K2M") -> ApprovalRequest:
        return ApprovalRequest("newsletter/2026-10/members/en", fingerprint, code, NOON, "October issue", 40, "Hello")

    def answer(self, decision: Decision, fingerprint: str = "f1") -> Approval:
        return Approval("newsletter/2026-10/members/en", fingerprint, decision, "Noor", LATER, 40)

    def test_the_first_answer_wins_and_may_be_called_back(self, ledger: Ledger) -> None:
        approvals = LedgerApprovals(ledger)
        approvals.ask(self.question())
        assert approvals.decide(self.answer(Decision.APPROVED))
        assert not approvals.decide(self.answer(Decision.NOT_YET))
        assert approvals.decide(self.answer(Decision.STOPPED))
        assert not approvals.decide(self.answer(Decision.APPROVED))

    def test_a_question_with_newer_words_replaces_the_older_one(self, ledger: Ledger) -> None:
        approvals = LedgerApprovals(ledger)
        approvals.ask(self.question())
        approvals.ask(replace(self.question("f2", "9XYZ"), asked_at=LATER))
        assert [each.fingerprint for each in approvals.pending()] == ["f2"]
        assert approvals.by_code(" 9xyz ") is not None

    def test_an_answered_question_is_no_longer_open_even_where_an_older_one_was_not_answered(
        self, ledger: Ledger
    ) -> None:
        approvals = LedgerApprovals(ledger)
        approvals.ask(self.question())
        approvals.ask(replace(self.question("f2", "9XYZ"), asked_at=LATER))
        approvals.decide(self.answer(Decision.APPROVED, "f2"))
        assert approvals.pending() == []


def test_a_task_is_opened_once_whoever_asks(ledger: Ledger) -> None:
    tasks = LedgerTasks(ledger)
    new = NewTask("find/wa-lummi", TaskKind.FIND_MANAGER, "Find the health manager", "Nobody is known there")
    (first,) = tasks.open([new], NOON)
    (again,) = tasks.open([replace(new, what="other words")], LATER)
    assert (again.ref, again.what) == (first.ref, "Find the health manager")
    tasks.save([replace(first, state=TaskState.ANSWERED, answer="done", answered_at=LATER)], LATER)
    assert tasks.all()[0].answer == "done"


def test_enrollments_snapshots_responses_and_cursors_keep_one_row_each(ledger: Ledger) -> None:
    enrollment = Enrollment("p1", "aian", "1", date(2026, 10, 6))
    LedgerEnrollments(ledger).save([enrollment, replace(enrollment, step=1)], NOON)
    assert [each.step for each in LedgerEnrollments(ledger).all()] == [1]
    snapshots = LedgerSnapshots(ledger)
    assert snapshots.put([Snapshot("active members", date(2026, 10, 6), 40.0)]) == 1
    assert snapshots.put([Snapshot("active members", date(2026, 10, 6), 40.0)]) == 0
    responses = LedgerResponses(ledger)
    response = Response("s", "r1", NOON, {"q1": ("4",)})
    assert responses.upsert([response]) == 1
    assert responses.upsert([response]) == 0
    assert responses.upsert([replace(response, submitted_at=LATER, answers={"q1": ("5",)})]) == 1
    assert [each.answers for each in responses.all("s")] == [{"q1": ("5",)}]
    cursors = LedgerCursors(ledger)
    cursors.set("x", "1", NOON)
    cursors.set("x", "2", LATER)
    assert (cursors.get("x"), cursors.get("y")) == ("2", None)


def test_whatever_people_name_things_by_the_ledger_keeps_each_under_a_name_of_its_own(ledger: Ledger) -> None:
    one, other = (f"{'Encuesta sobre salud y nutrición ' * 30}{number}" for number in (1, 2))
    cursors, tasks, responses = LedgerCursors(ledger), LedgerTasks(ledger), LedgerResponses(ledger)
    for name in (one, other):
        cursors.set(f"survey.{name}.shown", name, NOON)
        cursors.set(f"survey.{Survey(name, ()).key}.shown", name, NOON)
        responses.upsert([Response(name, f"{name}/{number}", NOON, {"q1": ("4",)}) for number in (1, 2)])
        goal = Goal(name, "survey share", Unit.PERCENT, 40, date(2027, 6, 30), is_of_goal=True)
        assert LedgerSnapshots(ledger).put([Snapshot(goal.metric_key, date(2026, 10, 6), 40.0)]) == 1
        tasks.open([NewTask(f"idea/{name}", TaskKind.SURVEY, name, "", name, f"{name}|{name}")], NOON)
        mail = a_message(stream=Stream.SURVEY, item=Survey(name, ()).key, step=f"came-of-{name}")
        assert LedgerOutbox(ledger).queue([mail], NOON) == 1
    assert [cursors.get(f"survey.{name}.shown") for name in (one, other)] == [one, other]
    assert [cursors.get(f"survey.{Survey(name, ()).key}.shown") for name in (one, other)] == [one, other]
    assert [len(list(responses.all(name))) for name in (one, other)] == [2, 2]
    assert responses.upsert([Response(one, f"{one}/1", NOON, {"q1": ("4",)})]) == 0
    assert [task.subject for task in tasks.all()] == [f"{name}|{name}" for name in (one, other)]
    (again,) = tasks.open([NewTask(f"idea/{one}", TaskKind.SURVEY, one, "")], LATER)
    assert again.ref == tasks.all()[0].ref


def test_a_stop_after_a_start_stands_whatever_the_clock_said_then(ledger: Ledger) -> None:
    ana = a_person("p-ana")
    LedgerPeople(ledger).apply(PeoplePlan(add=(ana,)), NOON)
    consents, ahead = LedgerConsents(ledger), NOON + timedelta(days=700)
    for kind, at in ((FactKind.NO, NOON), (FactKind.YES, ahead), (FactKind.NO, NOON + timedelta(hours=1))):
        consents.add([ConsentFact(at, kind, "reply", ana.id, "ana@example.org", evidence=f"mail/{at}{kind}")])
    facts = consents.of(ana).facts
    assert said_no(ana.id, ana.addresses, facts, Stream.RECRUITMENT)
    assert [fact.kind for fact in facts] == [FactKind.NO, FactKind.YES, FactKind.NO]
    consents.add([ConsentFact(NOON + timedelta(hours=2), FactKind.YES, "leader", ana.id, evidence="task T-1")])
    assert not said_no(ana.id, ana.addresses, consents.of(ana).facts, Stream.RECRUITMENT)


def test_a_reference_that_is_no_longer_given_goes(ledger: Ledger) -> None:
    responses = LedgerResponses(ledger)
    by_name = Response("s", "r1", NOON, {"q1": ("4",)}, "p1")
    responses.upsert([by_name])
    assert responses.upsert([replace(by_name, submitted_at=NOON.replace(hour=0), reference="")]) == 1
    assert [each.reference for each in responses.all("s")] == [""]
    assert responses.upsert([replace(by_name, submitted_at=NOON - timedelta(days=3), reference="")]) == 0


def test_what_a_forgotten_person_answered_is_nobodys(ledger: Ledger) -> None:
    people, responses = LedgerPeople(ledger), LedgerResponses(ledger)
    people.apply(PeoplePlan(add=(a_person("p1"), a_person("p2", email="bea@example.org"))), NOON)
    responses.upsert([Response("s", name, NOON, {"q1": ("4",)}, name) for name in ("p1", "p2")])
    people.forget("p1", LATER)
    assert sorted(each.reference for each in responses.all("s")) == ["", "p2"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=40).filter(lambda text: "\x00" not in text and text.isprintable()))
def test_any_name_survives_the_ledger(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    with a_ledger("sqlite", tmp_path_factory.mktemp("ledger")) as ledger:
        LedgerPeople(ledger).apply(PeoplePlan(add=(a_person(notes=name, organization=name),)), NOON)
        assert LedgerPeople(ledger).all()[0].member.organization == name


def test_a_clean_ledger_keeps_people_and_every_no_and_forgets_what_was_sent(ledger: Ledger) -> None:
    people, consents = LedgerPeople(ledger), LedgerConsents(ledger)
    people.apply(PeoplePlan(add=(a_person("p1", email="ana@example.org"),)), NOON)
    consents.add([ConsentFact(NOON, FactKind.NO, "reply", person_id="p1", address="ana@example.org")])
    LedgerOutbox(ledger).queue([a_message("p1")], NOON)
    LedgerCursors(ledger).set("outbox.last_run", NOON.isoformat(), NOON)
    LedgerCursors(ledger).set("settings", "{}", NOON)
    assert clean(ledger) == 1
    assert LedgerRecords(ledger).records() == []
    assert LedgerCursors(ledger).get("outbox.last_run") is None
    assert LedgerCursors(ledger).get("settings") == "{}"
    (ana,) = people.all()
    assert may_write(ana, "ana@example.org", consents.of(ana), Stream.RECRUITMENT, LATER).reason is Reason.SAID_NO
