"""Tracks: reading `sequence.toml` into a Sequence, and which track fits whom.

The words of a track's letters are `letters`; what happens inside a track is `sequences`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from network.errors import ConfigurationError
from network.members import Person, RoleKind, Status
from network.messages import Stream
from network.programs import TYPE_WORDS, Program, ProgramType
from network.sequences import Condition, Sequence, Step, StepKind

# Where each track's files stand under templates/, in the order in which a row finds its track: the first that fits.
FOLDERS: dict[str, str] = {
    "directors": "recruitment/directors",
    "champions": "recruitment/champions",
    "aian": "recruitment/aian",
    "migrant_seasonal": "recruitment/migrant_seasonal",
    "head_start": "recruitment/head_start",
    "welcome": "welcome",
    "still_right": "still_right",
    "directors_term": "recruitment/directors_term",
}


class Starts(StrEnum):
    """What makes somebody enter a track."""

    INVITE = "invite"  # a person has set the row to Invite
    MEMBER = "member"  # a yes, or a row that becomes Member after the first sync
    CALENDAR = "calendar"  # the months named, for active members, already known or not


@dataclass(frozen=True, slots=True)
class LetterWords:
    """One edition of a letter: Markdown and plain text, with [placeholders]."""

    subject: str
    preheader: str
    markdown: str
    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """The words of one letter in every language we have; `problem` is a sentence when it must not go as it stands."""

    track: str
    step: str
    title: str  # "Head Start, Letter 1"
    editions: Mapping[str, LetterWords]
    problem: str = ""

    def edition(self, language: str) -> tuple[str, LetterWords]:
        """The edition in this language, else the English one, with the language it is in."""
        return (language, self.editions[language]) if language in self.editions else ("en", self.editions["en"])


_RULES: dict[str, type] = {
    "starts": str,
    "roles": list,
    "program_types": list,
    "human_first": bool,
    "open_months": bool,
    "ends_on_reply": bool,
    "months": list,
    "priority": int,
}
_STEP_KEYS = frozenset(
    {"id", "kind", "after", "letter", "title", "why", "conditions", "tries", "ask"},
)
_NEW_FOR = timedelta(days=90)  # who joined this lately was asked for every detail just now


def load_tracks(read: Callable[[str], str], extra: Mapping[str, str] | None = None) -> dict[str, Sequence]:
    """Reads every track through `read(path)`, changed by what *Settings* says about it (see `adjusted`).

    Raises ConfigurationError that names the file, before anything is planned.
    """
    tracks = {}
    for track, folder in FOLDERS.items():
        path = f"{folder}/sequence.toml"
        sequence = read_sequence(read(path), path)
        if sequence.track != track:
            raise ConfigurationError(f"{path} says track = {sequence.track!r}; type track = {track!r}.")
        tracks[track] = adjusted(sequence, extra or {})
    return tracks


def read_sequence(text: str, path: str) -> Sequence:
    """Reads the text of one sequence.toml; ConfigurationError says what to type instead."""
    try:
        table = tomllib.loads(text)
        steps = tuple(_step(each, path) for each in table.pop("step"))
        track, title, stream = (str(table.pop(name)) for name in ("track", "title", "stream"))
        Stream(stream)
    except tomllib.TOMLDecodeError as err:
        raise ConfigurationError(f"{path} cannot be read: {err}.") from err
    except KeyError as err:
        raise ConfigurationError(f"{path} lacks {err}.") from err
    except ValueError as err:
        raise ConfigurationError(f"{path}: {err}.") from err
    for name, value in table.items():
        if name not in _RULES or not isinstance(value, _RULES[name]):
            raise ConfigurationError(f"{path}: {name} is no rule that we know, or not of its kind.")
    if len({step.id for step in steps}) != len(steps):
        raise ConfigurationError(f"{path}: two steps have the same id.")
    sequence = Sequence(track, title, stream, steps, table)
    _check_rules(sequence, path)
    return sequence


def adjusted(sequence: Sequence, extra: Mapping[str, str]) -> Sequence:
    """The track as the coordinator wants it in *Settings*; a value that cannot be read changes nothing.

    `Track: Head Start` off, `Head Start, Letter 2: days` 10, `Still right: months` 3, 10.
    """
    title = sequence.title.casefold()
    rules = dict(sequence.rules)
    if extra.get(f"track: {title}", "").strip().casefold() in ("off", "no"):
        rules["is_off"] = True
    months = [int(part) for part in extra.get(f"{title}: months", "").replace(";", ",").split(",") if _is_month(part)]
    if months:
        rules["months"] = months
    steps = tuple(
        replace(step, after=int(days))
        if (days := extra.get(f"{title}, {step.title.casefold()}: days", "").strip()).isdecimal()
        else step
        for step in sequence.steps
    )
    return replace(sequence, steps=steps, rules=rules)


def program_type_of_person(person: Person, program: Program | None) -> ProgramType:
    """The type a person's letters are for: Tribal if the recipient has any such grant, else that of their own grant.

    Where the row names no grant, Migrant and Seasonal goes before Head Start; unknown recipients count as Head Start.
    """
    if program is None:
        return ProgramType.HS_EHS
    kinds = program.types
    if len(kinds) == 1:
        return next(iter(kinds))
    if ProgramType.AIAN in kinds:
        return ProgramType.AIAN
    own = next((g.program_type for g in program.grants if g.number == person.member.grant_number), None)
    if own is not None:
        return own
    return ProgramType.MSHS if ProgramType.MSHS in kinds else ProgramType.HS_EHS


def invitation_for(person: Person, program: Program | None, tracks: Mapping[str, Sequence]) -> Sequence | None:
    """The track that a row with *Invite* starts: by role first, then by program type; None for any other status."""
    if person.member.status is not Status.INVITE or not person.in_sheet:
        return None
    kind = program_type_of_person(person, program)
    fitting = (
        tracks[track]
        for track in FOLDERS
        if track in tracks and _starts(tracks[track]) is Starts.INVITE and _fits(tracks[track], person, program, kind)
    )
    return next(fitting, None)


def welcomes(sequence: Sequence, person: Person, *, said_yes: bool) -> bool:
    """Tells whether somebody is welcomed: on a yes, or when the row became *Member* after the first sync."""
    joined = person.is_active_member and person.became_member_at is not None and not person.already_known
    may = person.member.status in (Status.MEMBER, Status.INVITE) and person.in_sheet
    return _starts(sequence) is Starts.MEMBER and may and (joined or said_yes) and _fits_role(sequence, person, None)


def calendar_cycle(sequence: Sequence, person: Person, today: date, now: datetime) -> str | None:
    """The cycle a calendar track starts for an active member this month ("2026-09"); None when it does not."""
    if _starts(sequence) is not Starts.CALENDAR or not person.is_active_member:
        return None
    months = sequence.rules.get("months", [])
    joined = person.became_member_at
    is_new = joined is not None and now - joined < _NEW_FOR
    if not isinstance(months, list) or today.month not in months or is_new or not _fits_role(sequence, person, None):
        return None
    return f"{today:%Y-%m}"


def is_on(sequence: Sequence) -> bool:
    """Tells whether the coordinator lets this track run."""
    return not sequence.is_set("is_off")


def audience_words(sequence: Sequence, kind: ProgramType) -> str:
    """Who gets a letter of this track, for a leader: "Tribal (AI/AN) programs", "directors of Head Start programs"."""
    programs = f"{TYPE_WORDS[kind]} programs"
    return {
        "directors": f"directors of {programs}",
        "directors_term": f"directors of {programs}",
        "champions": "champions",
        "welcome": f"new members of {programs}",
        "still_right": f"members of {programs}",
    }.get(sequence.track, programs)


def _starts(sequence: Sequence) -> Starts:
    return Starts(str(sequence.rules["starts"]))


def _fits(sequence: Sequence, person: Person, program: Program | None, kind: ProgramType) -> bool:
    types = sequence.rules.get("program_types")
    return _fits_role(sequence, person, program) and (not isinstance(types, list) or kind.value in types)


def _fits_role(sequence: Sequence, person: Person, program: Program | None) -> bool:
    roles = sequence.rules.get("roles")
    if not isinstance(roles, list):
        return True
    role = person.member.role_kind
    # A partner within a program is written to like its staff, one outside like a champion.
    return role.value in roles or (role is RoleKind.PARTNER and program is None and "outside partner" in roles)


def _step(table: Mapping[str, Any], path: str) -> Step:
    unknown = set(table) - _STEP_KEYS
    if unknown:
        raise ConfigurationError(f"{path}: a step has no {', '.join(sorted(unknown))}.")
    conditions = tuple(Condition(each) for each in table.get("conditions", ()))
    values = {**table, "kind": StepKind(table["kind"]), "after": int(table["after"]), "conditions": conditions}
    step = Step(**values)
    if (step.kind is StepKind.EMAIL) != bool(step.letter):
        raise ConfigurationError(f"{path}: step {step.id} is an email exactly when it names its letter.")
    if step.after < 0 or step.tries < 1:
        raise ConfigurationError(f"{path}: step {step.id} needs after of 0 or more and tries of 1 or more.")
    return step


def _check_rules(sequence: Sequence, path: str) -> None:
    known_roles = {*RoleKind, "outside partner"}
    try:
        _starts(sequence)
        for kind in sequence.rules.get("program_types", ()):  # type: ignore[attr-defined]
            ProgramType(kind)
    except (KeyError, ValueError) as err:
        raise ConfigurationError(f"{path}: {err}.") from err
    if not set(sequence.rules.get("roles", ())) <= known_roles:  # type: ignore[call-overload]
        raise ConfigurationError(f"{path}: roles may be {', '.join(sorted(known_roles))}.")


def _is_month(text: str) -> bool:
    return text.strip().isdecimal() and 1 <= int(text) <= 12
