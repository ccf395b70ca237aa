"""A Mailchimp audience behind the port `Audience`: adds in batches, changes without a status, archives, never deletes.

Members are addressed by the hash that Mailchimp makes of the address. A batch says 200 and lists its refusals inside;
each is told apart by its words, because Mailchimp has one code for all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from integrations.mailchimp.client import CONNECTIONS, MailchimpClient
from integrations.mailchimp.errors import MailchimpError, translated
from integrations.mailchimp.fields import ensure_fields, from_merge, to_merge
from integrations.mailchimp.segments import Segments
from network.audience import ARCHIVED, PENDING, SUBSCRIBED, UNSUBSCRIBED, AudienceAnswer, NotTaken, Subscriber

BATCH = 500
PAGE = 1000
OVERLAP = timedelta(minutes=10)  # changes that became visible late are read again
OUR_TAG = "HMN "  # labels that begin so are ours; all others are left alone
_READINGS = 3  # of a list that moves while it is read
_MEMBER = (
    "id",
    "email_address",
    "status",
    "merge_fields",
    "tags",
    "language",
    "last_changed",
    "timestamp_opt",
)
_FIELDS = [f"members.{name}" for name in _MEMBER] + ["total_items"]
T = TypeVar("T")
U = TypeVar("U")


class MailchimpAudience:
    """One audience of one account."""

    def __init__(self, client: MailchimpClient, list_id: str) -> None:
        self._client = client
        self._list = list_id
        self._lists = client.api.lists
        self._segments = Segments(client, list_id)
        self._tags: dict[str, str] = {}

    def changes(self, since: str | None) -> tuple[Sequence[Subscriber], str]:
        found = self._read(**({"since_last_changed": _with_overlap(since)} if since else {}))
        if since is None:
            found |= self._read(status=ARCHIVED)
        moments = [each.changed_at for each in found.values() if each.changed_at]
        newest = max(moments).isoformat() if moments else since or ""
        return list(found.values()), max(newest, since or "")

    def apply(self, add: Sequence[Subscriber], change: Sequence[Subscriber], remove: Sequence[str]) -> AudienceAnswer:
        if (add or change) and not self._tags:
            self._tags = ensure_fields(self._client, self._list)
        back = [each for each in add if each.status == ARCHIVED]
        new = {_hash(each.address): each for each in add if each.status != ARCHIVED}
        not_taken: dict[str, NotTaken] = {}
        seen: dict[str, Subscriber] = {}
        gone: set[str] = set()
        archived: set[str] = set()
        for batch in _batches(list(new.values())):
            self._add(batch, seen, not_taken)
        added = [each for each in new.values() if each.address in seen and each.address not in not_taken]
        self._segments.tag({each.address: _ours(each.tags) for each in added})
        for subscriber, answer in self._each(partial(_tried, self._change), change):
            _sort_out(subscriber.address, answer, seen, not_taken, gone)
        for subscriber, answer in self._each(partial(_tried, self._bring_back), back):
            _sort_out(subscriber.address, answer, seen, not_taken, gone)
        for address, (was_there, left) in self._each(self._archive, remove):
            if left is None:
                gone.add(address)
                continue
            seen[address] = left
            archived |= {address} if was_there else set()
        return AudienceAnswer(not_taken, tuple(seen.values()), frozenset(archived), frozenset(gone))

    def refuse(self, addresses: Sequence[str]) -> None:
        for _ in self._each(self._unsubscribe, addresses):
            pass

    # --- one member --------------------------------------------------------------------------------------------------

    def _change(self, wanted: Subscriber) -> Subscriber:
        """Fields and labels, no status: somebody who left a second ago stays gone."""
        body = {"merge_fields": to_merge(wanted.fields, self._tags), "language": wanted.language}
        return self._write(self._lists.update_list_member, wanted, body)

    def _bring_back(self, wanted: Subscriber) -> Subscriber | NotTaken:
        """Out of the archive, if nothing happened there since we put them into it."""
        there = self._client.call(self._lists.get_list_member, self._list, _hash(wanted.address), fields=list(_MEMBER))
        now = _subscriber(there)
        if now.status != ARCHIVED:
            return now
        if wanted.changed_at is None or now.changed_at is None or now.changed_at > wanted.changed_at:
            return NotTaken.ARCHIVED
        body = {
            "email_address": wanted.address,
            "status_if_new": SUBSCRIBED,
            "status": SUBSCRIBED,
            "merge_fields": to_merge(wanted.fields, self._tags),
            "language": wanted.language,
        }
        return self._write(self._lists.set_list_member, wanted, body)

    def _write(self, method: Callable[..., Any], wanted: Subscriber, body: Mapping[str, Any]) -> Subscriber:
        answer = self._client.call(method, self._list, _hash(wanted.address), body, skip_merge_validation=True)
        written = _subscriber(answer)
        theirs, ours = _ours(written.tags), _ours(wanted.tags)
        changes = [{"name": tag, "status": "active"} for tag in sorted(ours - theirs)]
        changes += [{"name": tag, "status": "inactive"} for tag in sorted(theirs - ours)]
        if changes:
            self._client.call(
                self._lists.update_list_member_tags,
                self._list,
                _hash(wanted.address),
                {"tags": changes, "is_syncing": True},
                is_repeatable=True,
            )
        return written

    def _archive(self, address: str) -> tuple[bool, Subscriber | None]:
        """Whether it was there until now, and how it stands; None when it is gone for good."""
        before = self._look(address)
        if before is None or before.status not in (SUBSCRIBED, PENDING):
            return False, before
        self._client.ask(self._lists.delete_list_member, self._list, _hash(address))
        return True, self._look(address)

    def _unsubscribe(self, address: str) -> None:
        before = self._look(address)
        if before is not None and before.status in (SUBSCRIBED, PENDING):
            body = {"status": UNSUBSCRIBED}
            self._client.ask(
                self._lists.update_list_member, self._list, _hash(address), body, skip_merge_validation=True
            )

    def _look(self, address: str) -> Subscriber | None:
        try:
            answer = self._client.call(self._lists.get_list_member, self._list, _hash(address), fields=list(_MEMBER))
        except MailchimpError as err:
            if err.status == 404:
                return None
            raise translated(err) from None
        return _subscriber(answer)

    # --- many --------------------------------------------------------------------------------------------------------

    def _add(self, batch: Sequence[Subscriber], seen: dict[str, Subscriber], not_taken: dict[str, NotTaken]) -> None:
        """One batch; where Mailchimp refuses the whole of it, its halves, until the one that it means stands alone."""
        body = {
            "members": [
                {
                    "email_address": each.address,
                    "email_type": "html",
                    "status": SUBSCRIBED,
                    "merge_fields": to_merge(each.fields, self._tags),
                    "language": each.language,
                }
                for each in batch
            ],
            "sync_tags": False,
            "update_existing": False,
        }
        try:
            answer = self._client.call(
                self._lists.batch_list_members,
                self._list,
                body,
                skip_merge_validation=True,
                skip_duplicate_check=True,
                is_repeatable=True,  # whoever is there already is left alone
            )
        except MailchimpError as err:
            if err.status != 400:
                raise translated(err) from None
            if len(batch) == 1:
                not_taken[batch[0].address] = _why(err.said)
                return
            middle = len(batch) // 2
            self._add(batch[:middle], seen, not_taken)
            self._add(batch[middle:], seen, not_taken)
            return
        seen |= {each.address: each for each in map(_subscriber, answer["new_members"])}
        for refused in answer["errors"]:
            address = str(refused.get("email_address", "")).strip("'\" ").lower()
            if refused.get("error_code") == "ERROR_CONTACT_EXISTS":
                there = self._look(address)
                if there is not None:
                    seen[address] = there
                    continue
            not_taken[address] = _why(str(refused.get("error", "")).casefold())
        for each in batch:
            if each.address not in seen and each.address not in not_taken:
                not_taken[each.address] = NotTaken.OTHER

    def _read(self, **wanted: Any) -> dict[str, Subscriber]:
        """Every member, each once: pages move when the list does, so a moved list is read again."""
        found: dict[str, Subscriber] = {}
        for _ in range(_READINGS):
            offset, totals = 0, set()
            while True:
                answer = self._client.ask(
                    self._lists.get_list_members_info,
                    self._list,
                    count=PAGE,
                    offset=offset,
                    sort_field="timestamp_signup",
                    sort_dir="ASC",
                    fields=_FIELDS,
                    **wanted,
                )
                found |= {each.address: each for each in map(_subscriber, answer["members"])}
                totals.add(answer["total_items"])
                offset += PAGE
                if offset >= answer["total_items"]:
                    break
            if len(totals) == 1:
                break
        return found

    def _each(self, do: Callable[[T], U], items: Iterable[T]) -> Iterator[tuple[T, U]]:
        known = list(items)
        if not known:
            return
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            yield from zip(known, pool.map(do, known), strict=True)


def _tried(do: Callable[[Subscriber], Subscriber | NotTaken], wanted: Subscriber) -> Subscriber | NotTaken | None:
    """One member's refusal stops nobody else; None: there is no such member any more."""
    try:
        return do(wanted)
    except MailchimpError as err:
        if err.status == 404:
            return None
        if err.status == 400:
            return _why(err.said)
        raise translated(err) from None


def _sort_out(
    address: str,
    answer: Subscriber | NotTaken | None,
    seen: dict[str, Subscriber],
    not_taken: dict[str, NotTaken],
    gone: set[str],
) -> None:
    if answer is None:
        gone.add(address)
    elif isinstance(answer, NotTaken):
        not_taken[address] = answer
    else:
        seen[address] = answer


def _why(said: str) -> NotTaken:
    """What a refusal means; its words are all that tells."""
    if "compliance" in said or "forgotten" in said or "permanently deleted" in said:
        return NotTaken.THEIR_NO
    if "lot of lists" in said:
        return NotTaken.LATER
    if "fake or invalid" in said or "valid email" in said:
        return NotTaken.NOT_REAL
    if "merge" in said or "please enter a" in said:
        return NotTaken.INCOMPLETE
    return NotTaken.OTHER


def _subscriber(member: Mapping[str, Any]) -> Subscriber:
    return Subscriber(
        address=str(member["email_address"]).strip().lower(),
        status=str(member["status"]),
        fields=from_merge(member.get("merge_fields") or {}),
        tags=frozenset(str(tag["name"]) for tag in member.get("tags") or ()),
        language=str(member.get("language") or ""),
        changed_at=_moment(member.get("last_changed")),
        opted_in_at=_moment(member.get("timestamp_opt")),
    )


def _ours(tags: Iterable[str]) -> frozenset[str]:
    return frozenset(tag for tag in tags if tag.startswith(OUR_TAG))


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _with_overlap(since: str) -> str:
    return (datetime.fromisoformat(since) - OVERLAP).isoformat()


def _hash(address: str) -> str:
    return hashlib.md5(address.strip().lower().encode(), usedforsecurity=False).hexdigest()


def _batches(items: Sequence[Subscriber]) -> Iterator[Sequence[Subscriber]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
