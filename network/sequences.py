"""Sequences, steps and enrollments: what is due, what holds it, what ends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class StepKind(StrEnum):
    """What a step asks for."""

    EMAIL = "email"
    CALL = "call"  # a To do; the sequence waits for the outcome
    NOTE = "note"  # a personal note by a named leader
    WAIT = "wait"  # wait for a person's answer


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a sequence; `after` is counted in business days from the step before."""

    id: str  # "letter-1"
    kind: StepKind
    after: int
    letter: str = ""  # file stem of its words
    title: str = ""  # "Letter 1", for the screen
    why: str = ""
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence:
    """One track: who it is for, its steps, its rules; read from `templates/recruitment/<track>/sequence.toml`."""

    track: str
    title: str
    stream: str
    steps: tuple[Step, ...]
    rules: Mapping[str, object] = field(default_factory=dict)


class EnrollmentState(StrEnum):
    """Where somebody stands in a track."""

    ACTIVE = "active"
    WAITING = "waiting"  # for a person's outcome
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One person in one track; unique for (person, track, cycle)."""

    person_id: str
    track: str
    cycle: str  # "1", or "2026-fall" for tracks that come back
    started_on: date
    step: int = 0  # index of the next step
    last_step_at: datetime | None = None
    state: EnrollmentState = EnrollmentState.ACTIVE
    reason: str = ""  # why it waits or ended, in the words of the screen
    outcome: str = ""  # "may write", as recorded by a person


@dataclass(frozen=True, slots=True)
class PlannedTouch:
    """One line of the preview: who, what, when, why; or what holds it."""

    person_id: str
    who: str  # shown in the coordinator's own workbook only
    what: str  # "Letter 1 (Head Start)"
    at: datetime | None  # when it would leave; None while it is held with no known end
    why: str
    held: str = ""  # in the words of the screen; blank when nothing holds it
