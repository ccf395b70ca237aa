"""Gmail's API with our own patience: reads are repeated, a hand-over is never, and units of quota are spent first.

Every method is one request to Gmail and ends in one of five ways: an answer; `Refusal` (it said no to this one thing);
ConfigurationError (a person must sign in again or allow more); TransientError that left nothing behind; TransientError
with `request_left`, after which the caller looks. No sentence quotes what Gmail said: it may name people.
"""

from __future__ import annotations

import http.client
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any, Protocol

import httplib2
from google.auth.credentials import Credentials
from google.auth.exceptions import RefreshError, TransportError
from google_auth_httplib2 import AuthorizedHttp, Request
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from integrations.google.credentials import renew
from integrations.google.gmail_http import NotConnectedError, OnceHttp
from integrations.google.transport import Refusal
from network.errors import ConfigurationError, NetworkError, TransientError

SETTING = "HMN_GMAIL_CREDENTIALS"
# What each request costs (Gmail's page of usage limits). A minute allows 15,000 units to projects of before May 2026
# and 6,000 to younger ones; HMN_GMAIL_UNITS says which.
UNITS = {
    "profile": 1,
    "history": 2,
    "message": 5,
    "messages": 5,
    "thread": 10,
    "drafts": 5,
    "create": 10,
    "update": 15,
    "delete": 10,
    "send": 100,
}
TIMEOUT = 60.0  # seconds
ATTEMPTS = 4
LONGEST_WAIT = 60.0  # seconds: for units, or when Gmail names a time
_SIGNED_OUT = ("invalid_grant", "invalid_client", "unauthorized_client", "deleted_client", "disabled_client")
_RATE_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"})
_LOST = (OSError, http.client.HTTPException, httplib2.HttpLib2Error)


_WRITES = frozenset({"create", "update", "send"})


@dataclass(frozen=True, slots=True)
class _Again:
    """Nothing was done, and trying again may help; not before `retry_after`."""

    retry_after: str = ""


class Units(Protocol):
    """A limit shared by every process of the office."""

    def take(self, name: str, at: datetime, count: int = 1) -> float:
        """Takes `count` units and returns 0, or takes none and returns how many seconds to wait."""


class GmailClient:
    """One account. Opened at the first request; not for several threads at once."""

    def __init__(
        self,
        sign_in: Callable[[], Credentials],
        units: Units,
        *,
        base_url: str | None = None,
        timeout: float = TIMEOUT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._sign_in, self._units, self._base_url = sign_in, units, base_url
        self._now, self.sleep, self._jitter = now, sleep, jitter
        self._credentials: Credentials | None = None
        self._http = OnceHttp(timeout)
        self._users: Any = None

    def create_draft(self, message: Mapping[str, str]) -> Mapping[str, Any]:
        """Makes a draft; when its answer is lost, one may lie there that nobody knows and nothing sends."""
        return self._ask("create", lambda users: users.drafts().create(userId="me", body={"message": dict(message)}))

    def update_draft(self, draft: str, message: Mapping[str, str]) -> Mapping[str, Any]:
        """Puts other words into a draft."""
        body = {"message": dict(message)}
        return self._ask("update", lambda users: users.drafts().update(userId="me", id=draft, body=body))

    def send_draft(self, draft: str) -> Mapping[str, Any]:
        """Hands one draft over: one request, repeated only when Gmail said that it was too many at once."""
        return self._ask("send", lambda users: users.drafts().send(userId="me", body={"id": draft}))

    def drafts(self, page: str) -> Mapping[str, Any]:
        """A page of the drafts in the account, whoever wrote them."""
        more = {"pageToken": page} if page else {}
        return self._ask("drafts", lambda users: users.drafts().list(userId="me", maxResults=500, **more))

    def delete_draft(self, draft: str) -> None:
        """Deletes a draft for good; it may be asked twice."""
        self._ask("delete", lambda users: users.drafts().delete(userId="me", id=draft))

    def thread(self, thread: str, headers: tuple[str, ...]) -> Mapping[str, Any]:
        """The messages of one thread with these of their headers."""
        return self._ask(
            "thread",
            lambda users: users.threads().get(userId="me", id=thread, format="metadata", metadataHeaders=list(headers)),
        )

    def headers(self, message: str, headers: tuple[str, ...]) -> Mapping[str, Any]:
        """One message with these of its headers."""
        return self._ask(
            "message",
            lambda users: users.messages().get(
                userId="me", id=message, format="metadata", metadataHeaders=list(headers)
            ),
        )

    def whole(self, message: str) -> Mapping[str, Any]:
        """One message with all its bytes."""
        return self._ask("message", lambda users: users.messages().get(userId="me", id=message, format="raw"))

    def found(self, query: str, page: str) -> Mapping[str, Any]:
        """A page of the messages that a search finds."""
        more = {"pageToken": page} if page else {}
        return self._ask("messages", lambda users: users.messages().list(userId="me", q=query, maxResults=500, **more))

    def added(self, since: str, page: str) -> Mapping[str, Any]:
        """A page of what was added after a point of the history."""
        more = {"pageToken": page} if page else {}
        return self._ask(
            "history",
            lambda users: users.history().list(
                userId="me", startHistoryId=since, historyTypes=["messageAdded"], maxResults=500, **more
            ),
        )

    def profile(self) -> Mapping[str, Any]:
        """Whose mailbox it is, and where its history stands."""
        return self._ask("profile", lambda users: users.getProfile(userId="me"))

    def close(self) -> None:
        """Ends the connections."""
        self._http.close()

    # --- one request ---

    def _ask(self, kind: str, request: Callable[[Any], Any]) -> Mapping[str, Any]:
        for attempt in range(1, ATTEMPTS + 1):
            self._spend(UNITS[kind])
            outcome = self._attempt(kind, request, is_last=attempt == ATTEMPTS)
            if not isinstance(outcome, _Again):
                return outcome
            self._pause(attempt, outcome.retry_after)
        raise TransientError(_silent(kind))

    def _attempt(self, kind: str, request: Callable[[Any], Any], *, is_last: bool) -> Mapping[str, Any] | _Again:
        """One request; `_Again` when nothing was done and there is patience left."""
        is_read = kind not in _WRITES
        try:
            self._open()
            answer: Mapping[str, Any] = request(self._users).execute(num_retries=0)
        except HttpError as err:
            refusal = _refusal_of(err)
            if (_is_rate(refusal) or (is_read and refusal.status >= 500)) and not is_last:
                return _Again(err.resp.get("retry-after", ""))
            raise _as_ours(refusal, is_read=is_read) from None
        except NotConnectedError:
            raise TransientError(_silent(kind)) from None
        except _LOST:
            if is_read and not is_last:
                return _Again()
            raise TransientError(_silent(kind), request_left=not is_read) from None
        except (RefreshError, TransportError) as err:
            raise _sign_in_error(err) from None
        return answer

    def _open(self) -> None:
        """Signs in before the request and not within it, so that what fails here has certainly left nothing behind."""
        if self._credentials is None:
            self._credentials = self._sign_in()
            authorized = AuthorizedHttp(self._credentials, http=self._http)
            self._users = build_from_document(_document(self._base_url), http=authorized).users()
        if not self._credentials.valid:
            try:
                self._credentials.refresh(Request(self._http))  # type: ignore[no-untyped-call]
            except (NotConnectedError, *_LOST):
                raise NotConnectedError from None

    def _spend(self, units: int) -> None:
        while (seconds := self._units.take("gmail", self._now(), units)) > 0:
            if seconds > LONGEST_WAIT:
                raise TransientError("Gmail's units of this minute are used up. Nothing was sent.")
            self.sleep(seconds)

    def _pause(self, attempt: int, retry_after: str) -> None:
        wanted = float(retry_after) if retry_after.isdigit() else 0.0
        if wanted > LONGEST_WAIT:
            raise TransientError("Gmail asks us to come back later. Nothing was sent; the next run tries again.")
        self.sleep(max(wanted, 2.0**attempt * (0.5 + self._jitter() / 2)))


@lru_cache(maxsize=4)
def _document(base_url: str | None) -> str:
    """Gmail's own description, which the library carries; with a stand-in's address in it where there is one.

    The library's option for another address leaves uploads and batches where they were, so the text itself is changed.
    """
    text = (files("googleapiclient") / "discovery_cache" / "documents" / "gmail.v1.json").read_text(encoding="utf-8")
    if base_url is None:
        return text
    document = json.loads(text)
    document["rootUrl"] = document["baseUrl"] = f"{base_url.rstrip('/')}/"
    document.pop("mtlsRootUrl", None)
    return json.dumps(document)


def _refusal_of(err: HttpError) -> Refusal:
    try:
        error = json.loads(err.content)["error"]
    except (ValueError, KeyError, TypeError):
        error = {}
    return Refusal(int(err.resp.status), error if isinstance(error, dict) else {})


def _is_rate(refusal: Refusal) -> bool:
    return refusal.status == 429 or (refusal.status == 403 and refusal.reason in _RATE_REASONS)


def _as_ours(refusal: Refusal, *, is_read: bool) -> NetworkError:
    """The error that an answer other than yes stands for."""
    if refusal.status >= 500:
        return TransientError("Gmail gave no clear answer to a request.", request_left=not is_read)
    if _is_rate(refusal):
        return TransientError(f"Gmail takes no more requests just now ({refusal.status}). Nothing was sent.")
    if refusal.status == 401:
        return ConfigurationError(renew(SETTING))
    if refusal.status == 403:
        return ConfigurationError(
            f"Gmail does not let us do this ({refusal.reason or 403}). Sign in again with {SETTING} and allow both to"
            " read mail (gmail.readonly) and to write drafts (gmail.compose); the Gmail API must be switched on."
        )
    return refusal


def _sign_in_error(err: Exception) -> NetworkError:
    if any(word in str(err) for word in _SIGNED_OUT):
        return ConfigurationError(renew(SETTING))
    return TransientError(_silent("sign-in"))


def _silent(kind: str) -> str:
    if kind == "send":
        return "Gmail gave no answer to a mail that we handed over."
    return "Gmail does not answer just now. Nothing was sent; the next run tries again."
