"""Who is the same person: one change is the same person, two changes a new one, and doubt is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from network.identity import SAME, TWO, Identified, plan_people
from network.member_rows import SheetRow
from network.members import IssueKind, Member, Person, Status
from tests.builders import NOON, a_member, a_person, some_ids

LATER = NOON + timedelta(days=1)


def rows_of(*members: Member) -> list[SheetRow]:
    return [SheetRow(number, member.key, member) for number, member in enumerate(members, start=2)]


def plan(
    known: Sequence[Person], *members: Member, first: bool = False, answers: dict[str, str] | None = None
) -> Identified:
    return plan_people(
        known, rows_of(*members), LATER, first_sync=first, new_id=some_ids("new-"), answers=answers or {}
    )


def after(known: Sequence[Person], who: Identified) -> list[Person]:
    people = {person.id: person for person in known}
    people |= {person.id: person for person in (*who.plan.add, *who.plan.update)}
    people |= {gone: replace(people[gone], in_sheet=False) for gone in who.plan.gone}
    return list(people.values())


ANA = a_person("p-ana", name="Ana Torres", email="ana@example.org")
BEA = a_person("p-bea", name="Bea Lund", email="bea@example.org", organization="Makah Tribe")


def test_the_same_rows_change_nothing() -> None:
    assert plan([ANA, BEA], BEA.member, ANA.member).plan.is_empty


def test_a_row_that_is_gone_is_let_go_and_comes_back_as_the_same_person() -> None:
    gone = after([ANA], plan([ANA], BEA.member))
    back = plan(gone, ANA.member)
    assert [(person.id, person.in_sheet) for person in back.plan.update] == [("p-ana", True)]


def test_a_new_address_is_the_same_person_and_the_old_one_is_remembered() -> None:
    (person,) = plan([ANA], a_member("Ana Torres", "ana.torres@example.org")).plan.update
    assert person.id == "p-ana"
    assert person.addresses == ("ana@example.org", "ana.torres@example.org")


def test_a_new_last_name_at_the_same_address_is_the_same_person_without_a_question() -> None:
    who = plan([ANA], a_member("Ana Torres-Lund", "ana@example.org"))
    assert [person.id for person in who.plan.update] == ["p-ana"]
    assert who.tasks == ()


def test_name_and_address_changed_together_are_a_new_person_with_a_fresh_history() -> None:
    who = plan([ANA], a_member("Carla Stone", "carla@example.org"))
    assert who.plan.gone == ("p-ana",)
    assert [person.addresses for person in who.plan.add] == [("carla@example.org",)]


def test_a_successor_on_a_shared_address_is_asked_about_and_never_assumed() -> None:
    successor = a_member("Carla Stone", "ana@example.org", status=Status.INVITE)
    who = plan([ANA], successor)
    assert [person.id for person in who.plan.update] == ["p-ana"]
    (task,) = who.tasks
    assert (task.what, task.subject) == ("Is Carla Stone the same person as Ana Torres?", "p-ana")
    known = after([ANA], who)
    split = plan(known, successor, answers={task.key: TWO})
    assert split.plan.gone == ("p-ana",)
    assert [(person.id, person.already_known) for person in split.plan.add] == [("new-1", False)]
    assert plan(after(known, split), successor, answers={task.key: TWO}).plan.is_empty
    assert plan(known, successor, answers={task.key: SAME}).plan.is_empty


def test_somebody_who_moved_to_another_program_keeps_their_history_and_is_asked_about() -> None:
    moved = a_member("Ana Torres", "ana@makah.example.org", organization="Makah Tribe")
    who = plan([ANA], moved)
    assert [person.id for person in who.plan.update] == ["p-ana"]
    assert [task.what for task in who.tasks] == ["Is Ana Torres of Makah Tribe the Ana Torres of Lummi Nation?"]
    split = plan(after([ANA], who), moved, answers={who.tasks[0].key: TWO})
    assert len(split.plan.add) == 1


def test_two_people_with_one_address_each_get_their_own_sentence() -> None:
    who = plan([], a_member("Petra Vogel", "health@example.org"), a_member("Andrei Lup", "health@example.org"))
    assert len(who.plan.add) == 2
    assert [(issue.row, issue.kind) for issue in who.issues] == [(2, IssueKind.WAITING), (3, IssueKind.WAITING)]
    assert "Andrei Lup (row 3)" in who.issues[0].sentence
    assert "Petra Vogel (row 2)" in who.issues[1].sentence


def test_one_person_with_two_addresses_is_written_to_at_one_of_them_until_somebody_answers() -> None:
    one, other = a_member("Kay Bright", "kay@example.org"), a_member("Kay Bright", "kbright@example.org")
    who = plan([], one, other)
    assert [person.member.status for person in who.plan.add] == [Status.MEMBER, Status.BLANK]
    known = after([], who)
    assert plan(known, one, other).plan.is_empty
    assert plan(known, other, one).plan.is_empty, "sorting the sheet never swaps who is held"
    (task,) = who.tasks
    two = plan(known, one, other, answers={task.key: TWO})
    assert [person.member.status for person in two.plan.update] == [Status.MEMBER]
    same = plan(known, one, other, answers={task.key: SAME})
    assert same.plan.gone == ("new-2",)
    assert [person.addresses for person in same.plan.update] == [("kay@example.org", "kbright@example.org")]
    assert plan(after(known, same), one, other, answers={task.key: SAME}).plan.is_empty


def test_two_rows_of_one_person_count_once_and_a_stop_in_either_wins() -> None:
    lower = replace(ANA.member, status=Status.DO_NOT_CONTACT, phone="+15645550141")
    who = plan([ANA], ANA.member, lower)
    assert [person.member.status for person in who.plan.update] == [Status.DO_NOT_CONTACT]
    assert [issue.row for issue in who.issues] == [3, 2]
    assert who.people_by_row == {2: "p-ana", 3: "p-ana"}


def test_nearly_the_same_name_at_one_program_is_a_question_that_holds_nobody() -> None:
    who = plan([ANA], ANA.member, a_member("Anna Torres", "atorres@example.org"))
    assert [person.member.status for person in who.plan.add] == [Status.MEMBER]
    assert who.issues[0].sentence == "Looks like the row of Anna Torres (row 3): same person? Answer in To do."


def test_namesakes_at_two_programs_are_two_people() -> None:
    who = plan([], a_member("Ana Torres", "a@example.org"), a_member("Ana Torres", "b@b.org", organization="Makah"))
    assert (len(who.plan.add), who.issues, who.tasks) == (2, (), ())


def test_at_the_first_sync_members_are_already_known_and_invites_are_not() -> None:
    who = plan([], ANA.member, a_member("Ivy Wren", "ivy@example.org", status=Status.INVITE), first=True)
    assert [(person.already_known, person.became_member_at) for person in who.plan.add] == [
        (True, None),
        (False, None),
    ]


def test_becoming_a_member_is_counted_once() -> None:
    ivy = a_person("p-ivy", name="Ivy Wren", email="ivy@example.org", status=Status.INVITE, already_known=False)
    joined = after([ivy], plan([ivy], replace(ivy.member, status=Status.MEMBER)))
    assert joined[0].became_member_at == LATER
    left = after(joined, plan(joined, replace(ivy.member, status=Status.LEFT)))
    again = plan(left, replace(ivy.member, status=Status.MEMBER))
    assert again.plan.update[0].became_member_at == LATER
    assert plan([], ANA.member).plan.add[0].became_member_at == LATER


def test_an_address_mistyped_for_a_day_changes_nobody() -> None:
    broken = after([ANA], plan([ANA], replace(ANA.member, email=None)))
    mended = after(broken, plan(broken, ANA.member))
    assert mended == [ANA]


NAMES = st.sampled_from(["Ana Torres", "Anna Torres", "Bea Lund", "Carla Stone", ""])
EMAILS = st.sampled_from(["ana@example.org", "bea@example.org", "health@example.org", None])
PLACES = st.sampled_from(["Lummi Nation", "Makah Tribe", ""])
MEMBERS = st.builds(
    lambda name, email, organization, status: a_member(name, email, organization=organization, status=status),
    NAMES,
    EMAILS,
    PLACES,
    st.sampled_from(list(Status)),
)
SHEETS = st.lists(MEMBERS, max_size=6)


@given(st.lists(SHEETS, min_size=1, max_size=4))
def test_planning_again_after_applying_gives_nothing_to_do(sheets: list[list[Member]]) -> None:
    known: list[Person] = []
    ids = some_ids()
    for number, members in enumerate(sheets):
        for repeat in range(2):
            who = plan_people(known, rows_of(*members), LATER, first_sync=number == 0, new_id=ids)
            assert not repeat or who.plan.is_empty, who.plan
            known = after(known, who)


@given(st.lists(SHEETS, min_size=2, max_size=4))
def test_no_edit_loses_an_address_a_person_was_known_by(sheets: list[list[Member]]) -> None:
    known: list[Person] = []
    ids = some_ids()
    for members in sheets:
        before = {person.id: set(person.addresses) for person in known}
        known = after(known, plan_people(known, rows_of(*members), LATER, first_sync=False, new_id=ids))
        assert all(before[person.id] <= set(person.addresses) for person in known if person.id in before)
        assert set(before) <= {person.id for person in known}


@given(SHEETS, SHEETS, st.randoms(use_true_random=False))
def test_sorting_the_sheet_changes_nobody(first: list[Member], second: list[Member], order: object) -> None:
    ids = some_ids()
    known = after([], plan_people([], rows_of(*first), LATER, first_sync=True, new_id=ids))
    known = after(known, plan_people(known, rows_of(*second), LATER, first_sync=False, new_id=ids))
    shuffled = list(second)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    changed = plan(known, *shuffled).plan
    assert not changed.add
    assert not changed.gone
