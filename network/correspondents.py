"""Who wrote a mail: by the reference of `STOP REF`, by the letter it answers, by the sender's address, in this order.

The letter says who was written to; the address says who writes. Where the two differ the mail counts for the person
written to, and `is_known_address` is False: the caller then does less by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from network.members import Person
from network.messages import MessageRecord
from network.mime import message_id
from network.ports import Incoming
from network.replies import Reply


@dataclass(frozen=True, slots=True)
class Writer:
    """Whose mail it is, as far as we know."""

    person: Person | None = None
    letter: MessageRecord | None = None  # the message of ours that it answers
    is_known_address: bool = False  # it comes from an address this person was ever known by
    is_shared_address: bool = False  # several people were known by it, and no letter says which of them writes
    seems_forged: bool = False  # our own mail server found that it does not come from where it says


class Correspondents:
    """Everybody we know and everything we wrote, indexed once a run."""

    def __init__(self, people: Iterable[Person], records: Iterable[MessageRecord]) -> None:
        self._people: dict[str, Person] = {}
        self._by_address: Mapping[str, list[Person]] = defaultdict(list)
        for person in people:
            self._people[person.id] = person
            for address in dict.fromkeys((person.member.email, *person.addresses)):
                if address:
                    self._by_address[address].append(person)
        self._by_id: dict[str, MessageRecord] = {}
        self._by_ref: dict[str, MessageRecord] = {}
        for record in records:
            self._by_id |= dict.fromkeys(_ids(record), record)
            if record.message.reply_ref:
                self._by_ref[record.message.reply_ref.upper()] = record

    def writer(self, mail: Incoming, reply: Reply) -> Writer:
        """Finds the person and the letter; both blank for somebody we do not know."""
        address = reply.address or mail.sender
        known = self._by_address.get(address, [])
        letter = self._by_ref.get(reply.ref) if reply.ref else None
        letter = letter or next((found for each in mail.references if (found := self._by_id.get(_local(each)))), None)
        written_to = self._people.get(letter.message.person_id) if letter is not None else None
        if reply.ref and written_to is not None:
            return Writer(written_to, letter, is_known_address=written_to in known)
        if written_to is not None and (written_to in known or not known):
            return Writer(written_to, letter, is_known_address=written_to in known)
        if len(known) == 1:
            return Writer(known[0], letter, is_known_address=True)
        return Writer(None, letter, is_shared_address=len(known) > 1)

    def knows_ref(self, ref: str) -> bool:
        """Tells whether a letter of ours bears this reference."""
        return ref in self._by_ref

    def people_at(self, address: str) -> tuple[Person, ...]:
        """Everybody ever known by an address."""
        return tuple(self._by_address.get(address, ()))


def _ids(record: MessageRecord) -> Iterable[str]:
    """The Message-IDs of a letter without their domains: our own, and the one a provider put in its place."""
    yield _local(message_id(record.message.key, "our.own"))
    receipt = record.receipt
    for value in (*record.handle.values(), *((receipt.provider_id, *receipt.raw.values()) if receipt else ())):
        if "@" in value:
            yield _local(value)


def _local(reference: str) -> str:
    return reference.strip("<> ").partition("@")[0]
