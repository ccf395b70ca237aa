"""The drafts that our lane made in the Gmail account; never one that a person wrote.

Ours bear a header with the message's mark. Gmail itself drops it when somebody opens a draft and changes it, so such a
draft is theirs from then on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from integrations.google.gmail_client import GmailClient
from integrations.google.gmail_mailer import MARK
from integrations.google.transport import Refusal
from network.ports import Leftover

MOST = 1000  # drafts looked at in one night: an account in which people keep more costs no more quota than that


class GmailDrafts:
    """The `Leftovers` port over the account of the Gmail lane."""

    def __init__(self, client: GmailClient) -> None:
        self._client = client

    def find(self) -> Sequence[Leftover]:
        """Every draft of ours that lies in the account; asks once for each draft of anybody."""
        return [found for draft, message in self._drafts() if (found := self._ours(draft, message)) is not None]

    def clear(self, leftover: Leftover) -> None:
        """Deletes the draft for good; one that is gone or was sent meanwhile is left as it is."""
        try:
            self._client.delete_draft(leftover.values["draft"])
        except Refusal as err:
            if err.status not in {400, 404}:
                raise

    def _drafts(self) -> Iterator[tuple[str, str]]:
        page, seen = "", 0
        while seen < MOST:
            found = self._client.drafts(page)
            for each in found.get("drafts", []):
                seen += 1
                yield str(each["id"]), str(each["message"]["id"])
            page = str(found.get("nextPageToken", ""))
            if not page:
                return

    def _ours(self, draft: str, message: str) -> Leftover | None:
        try:
            found = self._client.headers(message, (MARK,))
        except Refusal:  # sent or changed in this moment
            return None
        headers = found.get("payload", {}).get("headers", [])
        stem = next((str(each["value"]).strip() for each in headers if str(each["name"]).lower() == MARK.lower()), "")
        if not stem or "DRAFT" not in found.get("labelIds", ()):
            return None
        made_at = datetime.fromtimestamp(int(found["internalDate"]) / 1000, UTC)
        return Leftover(stem, {"draft": draft}, made_at)
