"""Which letters need an approver's yes before they first go to an audience, and what is asked.

An approval covers a letter for one type of program; an invitation to a Tribal program covers that program alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from network.approvals import fingerprint_of, holds_because
from network.members import Person
from network.messages import Stream
from network.programs import Program, ProgramType
from network.sequences import Sequence as Track
from network.sequences import Step
from network.situation import ApprovalNeed, Situation
from network.tracks import Letter, audience_words, program_type_of_person


class Questions:
    """The questions that one planning finds, by item, each with the number of people it is about now."""

    def __init__(self, situation: Situation) -> None:
        self.needs: dict[str, ApprovalNeed] = {}
        self._situation = situation
        self._prints: dict[tuple[str, str, str], str] = {}

    def item_of(self, step: Step, person: Person, track: Track) -> tuple[str, str]:
        """What the approval of this letter to this person is about, and the fingerprint of words and audience."""
        kind = program_type_of_person(person, self._program_of(person))
        audience = f"{track.stream}/{track.track}/{step.letter}/{kind}"
        if _is_asked_by_itself(kind, track):
            audience += f"/{person.recipient_id}"
        known = (track.track, step.letter, audience)
        if known not in self._prints:
            self._prints[known] = fingerprint_of(_all_words(self._letter(step, track)), audience)
        return audience, self._prints[known]

    def hold(self, step: Step, person: Person, track: Track, *, addressees: int = 1) -> str:
        """Why the letter may not go, noting the question to be asked; blank when an approver has let it go."""
        item, fingerprint = self.item_of(step, person, track)
        reason = holds_because(self._situation.approval_of(item), fingerprint)
        letter = self._letter(step, track)
        if reason and not letter.problem:
            program = self._program_of(person)
            kind = program_type_of_person(person, program)
            title = f"{letter.title}, to {audience_words(track, kind)}"
            alone = program if _is_asked_by_itself(kind, track) else None
            need = self.needs.get(item) or ApprovalNeed(item, fingerprint, title, 0, track, letter, kind, alone)
            self.needs[item] = replace(need, addressees=need.addressees + addressees)
        return reason

    def _letter(self, step: Step, track: Track) -> Letter:
        return self._situation.letters[track.track, step.letter]

    def _program_of(self, person: Person) -> Program | None:
        return self._situation.programs.get(person.recipient_id or "")


def _is_asked_by_itself(kind: ProgramType, track: Track) -> bool:
    return kind is ProgramType.AIAN and track.stream == Stream.RECRUITMENT


def _all_words(letter: Letter) -> Iterator[str]:
    for language, words in sorted(letter.editions.items()):
        yield from (language, words.subject, words.preheader, words.markdown, words.text)
