"""The few mails that answer a command: STOP was kept, the newsletter is on its way, we write again in January.

Their words stand in `templates/answers/`. They are asked for, so they pass a no, but never a dead address.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from network.cadence import local_day
from network.days import is_over, long_day
from network.letters import member_fields, read_letter, stop_sentence, without_meeting
from network.members import Language, Person
from network.messages import Message, MessageRecord, Stream, reply_ref_of
from network.moments import Moment, OurAnswer
from network.ports import Words
from network.preferences import Preferences
from network.rendering import Letterhead, LetterSource

_KEEPS_FOR = timedelta(days=3)  # an answer that is later than that surprises more than it helps
_WHY = {Language.ENGLISH: "This answers your mail to us.", Language.SPANISH: "Este correo responde al suyo."}
_OF_A_NO = frozenset({"stop", "stop-newsletter"})


class Confirmations:
    """Writes confirmations; layouts are compiled when the first one is needed."""

    def __init__(self, words: Words, preferences: Preferences) -> None:
        self._words = words
        self._preferences = preferences
        self._letterhead: Letterhead | None = None

    def write(self, answer: OurAnswer, person: Person, moment: Moment, letter: MessageRecord | None) -> Message:
        """One confirmation to the address that wrote, in the person's language; its key makes it one for ever."""
        language = Language.SPANISH if answer.words == "spanish" else person.member.language
        address = moment.sender or person.member.email or ""
        ref = reply_ref_of(f"{Stream.ANSWER}/{answer.words}/{answer.step}/{person.id}")
        markdown, text = self._texts(answer, language, moment)
        content = self._paper().letter(
            markdown.subject,
            markdown.body,
            text.body,
            member_fields(person, None, self._preferences, language=language, reply_ref=ref),
            _WHY[language],
            "" if answer.words in _OF_A_NO else stop_sentence(language),
            language,
            reply_ref="" if answer.words in _OF_A_NO else ref,
        )
        return Message(
            stream=Stream.ANSWER,
            item=answer.words,
            step=answer.step,
            person_id=person.id,
            address=address,
            to_name=person.member.full_name,
            content=content,
            due_at=moment.at,
            not_after=moment.at + _KEEPS_FOR,
            language=language,
            reply_ref=ref,
            in_reply_to=letter.message.key if letter else "",
        )

    def _paper(self) -> Letterhead:
        self._letterhead = self._letterhead or Letterhead.load(self._words, self._preferences)
        return self._letterhead

    def _texts(self, answer: OurAnswer, language: str, moment: Moment) -> tuple[LetterSource, LetterSource]:
        """The Markdown and the plain text; the day of a LATER stands in them as [Day]."""
        stem = f"answers/{answer.words}" + (".es" if language == Language.SPANISH else "")
        said = long_day(answer.day, language) if answer.day else ""
        meeting = self._preferences.next_meeting
        has_meeting = bool(meeting) and not is_over(meeting, local_day(moment.at, self._preferences))

        def read(path: str) -> LetterSource:
            source = read_letter(self._words, path)
            body = source.body if has_meeting else without_meeting(source.body)
            return replace(source, body=body.replace("[Day]", said))

        return read(f"{stem}.md"), read(f"{stem}.txt")
