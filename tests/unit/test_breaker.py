"""A sheet that changed too much at once is held; marks that stop mail are applied even then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from network.breaker import check_reading, only_marks
from network.members import Person, Status
from network.stores import PeoplePlan
from tests.builders import a_person


def members(number: int) -> list[Person]:
    return [a_person(f"p-{n}", name=f"Ana Number{n}", email=f"ana{n}@example.org") for n in range(number)]


def moved(person: Person) -> Person:
    return replace(person, member=replace(person.member, email=f"new-{person.member.email}"))


def marked(person: Person, status: Status) -> Person:
    return replace(person, member=replace(person.member, status=status))


@pytest.mark.parametrize(
    ("number", "changed", "trips"), [(10, 4, False), (10, 5, True), (100, 19, False), (100, 20, True)]
)
def test_it_trips_at_five_members_or_a_fifth_of_them(number: int, changed: int, trips: bool) -> None:
    known = members(number)
    for plan in (
        PeoplePlan(gone=tuple(person.id for person in known[:changed])),
        PeoplePlan(update=tuple(moved(person) for person in known[:changed])),
        PeoplePlan(update=tuple(marked(person, Status.LEFT) for person in known[:changed])),
    ):
        assert (check_reading(known, plan) is not None) is trips


def test_a_vanished_and_a_moved_member_count_together_and_each_once() -> None:
    known = members(10)
    plan = PeoplePlan(update=tuple(moved(marked(person, Status.LEFT)) for person in known[:3]), gone=("p-8", "p-9"))
    trip = check_reading(known, plan)
    assert trip is not None
    assert trip.changed == 5
    assert trip.sentence.startswith("We stopped: 5 of 10 members vanished")


def test_other_columns_and_new_people_never_trip_it() -> None:
    known = members(10)
    changed = tuple(replace(each, member=replace(each.member, phone="+15645550141")) for each in known)
    assert check_reading(known, PeoplePlan(add=tuple(members(50)), update=changed)) is None


def test_prospects_never_trip_it() -> None:
    known = [marked(person, Status.INVITE) for person in members(50)]
    assert check_reading(known, PeoplePlan(gone=tuple(person.id for person in known))) is None


def test_a_header_that_is_gone_trips_it_as_soon_as_there_are_members() -> None:
    assert check_reading(members(1), PeoplePlan(), "the tab Members has no column Status.") is not None
    assert check_reading([], PeoplePlan(), "the tab Members has no column Status.") is None


def test_only_new_marks_that_stop_mail_are_applied_and_nothing_else_of_the_row() -> None:
    known = members(10)
    stopped = moved(marked(known[0], Status.DO_NOT_CONTACT))
    plan = PeoplePlan(
        add=(a_person("p-new", name="New One"),), update=(stopped, moved(known[1]), marked(known[2], Status.INVITE)),
        gone=("p-3",),
    )  # fmt: skip
    assert only_marks(known, plan) == PeoplePlan(update=(marked(known[0], Status.DO_NOT_CONTACT),))
