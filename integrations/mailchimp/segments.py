"""Labels and lists of readers: in Mailchimp a tag and a static segment are the same thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from integrations.mailchimp.client import MailchimpClient

BATCH = 500
PAGE = 1000


class Segments:
    """The static segments of one audience, by exact name."""

    def __init__(self, client: MailchimpClient, list_id: str) -> None:
        self._client = client
        self._list = list_id
        self._lists = client.api.lists
        self._ids: dict[str, int] = {}

    def ensure(self, name: str) -> int:
        """The segment's id; made empty when there is none, so that it never means everybody."""
        if name not in self._ids:
            self._ids = self._read()
        if name not in self._ids:
            made = self._client.ask(self._lists.create_segment, self._list, {"name": name, "static_segment": []})
            self._ids[name] = int(made["id"])
        return self._ids[name]

    def tag(self, wanted: Mapping[str, Iterable[str]]) -> None:
        """Gives each address its labels."""
        by_tag: dict[str, list[str]] = defaultdict(list)
        for address, tags in wanted.items():
            for tag in tags:
                by_tag[tag].append(address)
        for tag, addresses in sorted(by_tag.items()):
            self._move(self.ensure(tag), addresses, [])

    def fill(self, segment: int, addresses: Sequence[str]) -> None:
        """Makes the segment hold exactly these, as far as they are in the audience."""
        wanted, there = set(addresses), self._members(segment)
        self._move(segment, sorted(wanted - there), sorted(there - wanted))

    def _members(self, segment: int) -> set[str]:
        found: set[str] = set()
        offset = 0
        while True:
            answer = self._client.ask(
                self._lists.get_segment_members_list,
                self._list,
                str(segment),
                count=PAGE,
                offset=offset,
                fields=["members.email_address", "total_items"],
                include_unsubscribed=True,
            )
            found |= {str(each["email_address"]).lower() for each in answer["members"]}
            offset += PAGE
            if offset >= answer["total_items"]:
                return found

    def _move(self, segment: int, add: Sequence[str], remove: Sequence[str]) -> None:
        for adding, removing in _batches(add, remove):
            body = {"members_to_add": list(adding), "members_to_remove": list(removing)}
            self._client.ask(self._lists.batch_segment_members, body, self._list, str(segment), is_repeatable=True)

    def _read(self) -> dict[str, int]:
        found: dict[str, int] = {}
        offset = 0
        while True:
            answer = self._client.ask(
                self._lists.list_segments,
                self._list,
                type="static",
                count=PAGE,
                offset=offset,
                fields=["segments.id", "segments.name", "total_items"],
            )
            found |= {str(each["name"]): int(each["id"]) for each in answer["segments"]}
            offset += PAGE
            if offset >= answer["total_items"]:
                return found


def _batches(add: Sequence[str], remove: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    for start in range(0, max(len(add), len(remove)), BATCH):
        yield add[start : start + BATCH], remove[start : start + BATCH]
