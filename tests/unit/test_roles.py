"""A role as people write it says which streams fit."""

from __future__ import annotations

import pytest

from network.members import RoleKind
from network.roles import read_role


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("Health manager", RoleKind.MANAGER),
        ("Director of Health Services", RoleKind.MANAGER),
        ("Health & Nutrition Coordinator, RN", RoleKind.MANAGER),
        ("Disabilities manager", RoleKind.MANAGER),
        ("Gerente de salud", RoleKind.MANAGER),
        ("Director", RoleKind.DIRECTOR),
        ("Head Start Director", RoleKind.DIRECTOR),
        ("executive director", RoleKind.DIRECTOR),
        ("Champion", RoleKind.CHAMPION),
        ("T/TA specialist", RoleKind.CHAMPION),
        ("Head Start Collaboration Office", RoleKind.CHAMPION),
        ("Collaboration Director", RoleKind.CHAMPION),
        ("Partner", RoleKind.PARTNER),
        ("Oral health partner", RoleKind.PARTNER),
        ("Pediatric dentist", RoleKind.PARTNER),
    ],
)
def test_a_role_is_understood(typed: str, kind: RoleKind) -> None:
    read = read_role(typed)
    assert (read.value, read.sentence) == (kind, "")


def test_a_slip_of_the_pen_is_suggested_and_never_assumed() -> None:
    read = read_role("Parter")
    assert read.value is None
    assert "Is it Partner?" in read.sentence


def test_a_blank_role_is_no_mistake() -> None:
    assert read_role(None).sentence == ""
