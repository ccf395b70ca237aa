"""Tracks as data: every shipped track can be read, and each row finds the one that fits."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from network.errors import ConfigurationError
from network.members import RoleKind, Status
from network.programs import Grant, ProgramType
from network.sequences import Condition, StepKind
from network.tracks import (
    FOLDERS,
    adjusted,
    calendar_cycle,
    invitation_for,
    is_on,
    load_tracks,
    program_type_of_person,
    read_sequence,
    welcomes,
)
from tests.builders import NOON, a_person, a_program

TEMPLATES = Path(__file__).parents[2] / "templates"
TRACKS = load_tracks(lambda path: (TEMPLATES / path).read_text(encoding="utf-8"))
MSHS = a_program("ms", program_type=ProgramType.MSHS, number="90CM009848")
HEAD_START = a_program("hs", program_type=ProgramType.HS_EHS, number="10CH010550")
TRIBAL = a_program("lummi")
HEADER = 'track = "x"\ntitle = "X"\nstream = "recruitment"\nstarts = "invite"\n'


def invited(**fields: object) -> str:
    program = fields.pop("program", None)
    person = a_person(**({"status": Status.INVITE} | fields))  # type: ignore[arg-type]
    found = invitation_for(person, program, TRACKS)  # type: ignore[arg-type]
    return found.track if found else ""


def test_every_track_has_its_folder_and_reads_without_a_word() -> None:
    assert set(TRACKS) == set(FOLDERS)
    assert all(is_on(track) for track in TRACKS.values())


def test_roles_come_first_and_program_types_next() -> None:
    assert invited(program=HEAD_START) == "head_start"
    assert invited(program=MSHS) == "migrant_seasonal"
    assert invited(program=TRIBAL) == "aian"
    assert invited(program=None) == "head_start"
    assert invited(program=HEAD_START, role_kind=RoleKind.DIRECTOR) == "directors"
    assert invited(program=None, role_kind=RoleKind.CHAMPION) == "champions"
    assert invited(program=HEAD_START, role_kind=RoleKind.PARTNER) == "head_start"
    assert invited(program=None, role_kind=RoleKind.PARTNER) == "champions"
    assert invited(program=HEAD_START, role_kind=RoleKind.UNKNOWN) == "head_start"


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.INVITE])
def test_only_a_row_that_a_person_set_to_invite_is_invited(status: Status) -> None:
    assert invited(program=HEAD_START, status=status) == ""


def test_a_row_that_vanished_is_not_invited() -> None:
    assert invited(program=HEAD_START, in_sheet=False) == ""


def test_a_recipient_with_a_tribal_grant_is_tribal_and_else_the_own_grant_decides() -> None:
    both = a_program(grants=(*MSHS.grants, *HEAD_START.grants))
    assert program_type_of_person(a_person(), both) is ProgramType.MSHS
    assert program_type_of_person(a_person(grant_number="10CH010550"), both) is ProgramType.HS_EHS
    tribal = a_program(grants=(*HEAD_START.grants, Grant("90CI1", "x", ProgramType.AIAN, ("WA",))))
    assert program_type_of_person(a_person(grant_number="10CH010550"), tribal) is ProgramType.AIAN


def test_no_mail_step_for_tribal_programs_comes_before_a_call_or_lacks_its_condition() -> None:
    steps = TRACKS["aian"].steps
    assert steps[0].kind is StepKind.CALL
    assert all(Condition.MAY_WRITE in step.conditions for step in steps if step.kind is StepKind.EMAIL)


def test_already_known_members_get_no_welcome_and_new_ones_do() -> None:
    track = TRACKS["welcome"]
    assert not welcomes(track, a_person(), said_yes=False)
    new = a_person(already_known=False, became_member_at=NOON)
    assert welcomes(track, new, said_yes=False)
    assert welcomes(track, a_person(status=Status.INVITE, already_known=False), said_yes=True)
    assert not welcomes(track, a_person(status=Status.LEFT, already_known=False), said_yes=True)


def test_members_are_asked_in_the_months_of_the_track_already_known_or_not() -> None:
    track = TRACKS["still_right"]
    assert calendar_cycle(track, a_person(), date(2026, 9, 2), NOON) == "2026-09"
    assert calendar_cycle(track, a_person(), date(2026, 10, 2), NOON) is None
    assert calendar_cycle(track, a_person(status=Status.INVITE), date(2026, 9, 2), NOON) is None
    newcomer = a_person(already_known=False, became_member_at=NOON - timedelta(days=10))
    assert calendar_cycle(track, newcomer, date(2026, 9, 2), NOON) is None


def test_directors_get_the_term_mail_and_not_the_other() -> None:
    director = a_person(role_kind=RoleKind.DIRECTOR)
    assert calendar_cycle(TRACKS["directors_term"], director, date(2026, 9, 2), NOON) == "2026-09"
    assert calendar_cycle(TRACKS["still_right"], director, date(2026, 9, 2), NOON) is None


def test_the_coordinator_changes_days_and_months_and_switches_a_track_off() -> None:
    track = TRACKS["head_start"]
    assert not is_on(adjusted(track, {"track: head start": "off"}))
    assert adjusted(track, {"head start, letter 2: days": "12"}).steps[1].after == 12
    assert adjusted(track, {"head start, letter 2: days": "soon"}) == track
    assert adjusted(TRACKS["still_right"], {"still right: months": "4; 11"}).rules["months"] == [4, 11]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("track = ", "cannot be read"),
        (HEADER, "lacks 'step'"),
        (HEADER + '[[step]]\nid="a"\nkind="fax"\nafter=1', "fax"),
        (HEADER + '[[step]]\nid="a"\nkind="call"\nafter=1\ncolour="red"', "colour"),
        (HEADER + '[[step]]\nid="a"\nkind="email"\nafter=1', "names its letter"),
        (HEADER + 'mood = "good"\n[[step]]\nid="a"\nkind="call"\nafter=1', "mood"),
        (HEADER + 'roles = ["boss"]\n[[step]]\nid="a"\nkind="call"\nafter=1', "roles may be"),
        (HEADER + ('[[step]]\nid="a"\nkind="call"\nafter=1\n' * 2), "same id"),
    ],
)
def test_a_file_with_a_mistake_is_refused_and_named(text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=r"x/sequence\.toml") as raised:
        read_sequence(text, "x/sequence.toml")
    assert says in str(raised.value)
