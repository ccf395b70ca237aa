"""gspread's HTTP client with our own patience: reads are repeated, a write is never sent twice after an unclear answer.

gspread's own back-off waits for ever and repeats writes, so it is not used. Here:
- a read is repeated after 429, 5xx (an HTML page too), a dropped connection or a timeout, a bounded number of times,
  with growing jittered pauses, never earlier than Retry-After says;
- a write is repeated only when it certainly was not done: 429, a rate limit, or no connection at all. Any other failure
  is `Unclear`: done or not done, and the caller finds out by looking;
- every request takes a turn from a limit in the ledger first.
Not guaranteed: that a write whose answer was lost is not done later. The caller looks twice, minutes apart.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from google.auth.credentials import Credentials
from google.auth.exceptions import RefreshError, TransportError
from gspread.http_client import HTTPClient
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as NoAnswer
from requests.exceptions import ConnectTimeout, RequestException
from urllib3.exceptions import MaxRetryError, NewConnectionError

from integrations.google.credentials import RENEW, SETTING
from integrations.google.memory import Rates
from network.errors import ConfigurationError, PermanentError, TransientError

TIMEOUT = (10.0, 60.0)  # seconds to connect, and between two pieces of the answer
ATTEMPTS = 5
LONGEST_PAUSE = 32.0  # seconds
LONGEST_RETRY_AFTER = 120.0
_HOSTS = ("https://sheets.googleapis.com", "https://www.googleapis.com", "https://forms.googleapis.com")
_SILENT = "Google does not answer just now; nothing was changed. The next run tries again."
_CLOCK = "This computer's clock is wrong, so Google does not accept our sign-in. Please set the time and the time zone."
# What the token endpoint says of a sign-in that no patience brings back; anything else it says passes.
_SIGNED_OUT = ("invalid_grant", "invalid_client", "unauthorized_client", "deleted_client", "disabled_client")
_RATE_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})


class Unclear(TransientError):  # noqa: N818 - named for what it says to the caller
    """A write whose answer was lost: it may have been done."""

    def __init__(self) -> None:
        super().__init__("Google gave no clear answer to a change; the next runs look whether it was made.")
        self.request_left = True


class Refusal(PermanentError):  # noqa: N818 - named for what it says to the caller
    """Google said no. The answer stays here for the caller and out of the sentence: it may quote what people typed."""

    def __init__(self, status: int, error: Mapping[str, Any]) -> None:
        super().__init__(f"Google refused a request ({status}).")
        self.status = status
        self.words = str(error.get("message", ""))
        errors = error.get("errors") or [{}]
        named = (each.get("reason") for each in error.get("details") or () if isinstance(each, dict))
        self.reason = str(errors[0].get("reason") or next(filter(None, named), ""))


def explained(err: Refusal, account: str) -> PermanentError | ConfigurationError:
    """The refusal as a sentence with the fix, where a person can mend it; `account` is whom to share the sheet with."""
    if err.status == 401:
        return ConfigurationError(RENEW)
    if err.status == 403 and err.reason in {"SERVICE_DISABLED", "accessNotConfigured"}:
        return ConfigurationError(
            "The Google Sheets API is not switched on for the project of these credentials. In the Google Cloud console"
            " enable the Google Sheets API and the Google Drive API, and wait five minutes."
        )
    if err.status == 403 and err.reason in {"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"}:
        return ConfigurationError(
            "The sign-in does not cover Google Sheets. Sign in again, allow Google Sheets and Google Drive, and put the"
            f" new file where {SETTING} says."
        )
    if err.status == 403 and "storage" not in err.reason.casefold():
        who = f"with {account} as Editor" if account else "with the person who signed in, as Editor"
        return ConfigurationError(f"The Google Sheet is not shared with us. Open it, press Share and share it {who}.")
    if err.status == 400 and "not supported for this document" in err.words:
        return ConfigurationError(
            "HMN_WORKBOOK names an Excel file that is stored in Google Drive. Open it there, choose File, Save as"
            " Google Sheets, and use the address of the new sheet."
        )
    if err.status == 400 and "protected cell" in err.words:
        who = f"let {account} edit it" if account else "let the person who signed in edit it"
        return ConfigurationError(
            f"Somebody has protected a part of the sheet that we write to. Under Data, Protected ranges, {who}, or"
            " choose to show only a warning."
        )
    if err.status == 404:
        return ConfigurationError(
            "There is no Google Sheet with the id in HMN_WORKBOOK; perhaps it is in the bin. Copy the sheet's whole"
            " address from the browser."
        )
    return err


class TooLate(TransientError):  # noqa: N818 - named for what it says to the caller
    """A write that did not leave, because by now somebody else may have taken it for lost."""

    def __init__(self) -> None:
        super().__init__("This computer slept in the middle of a change; nothing was sent. The next run tries again.")


class _Door(HTTPAdapter):
    """Where a request leaves: signing in and waiting lie behind it, so this is the last moment to hold it back."""

    may_leave: Callable[[], bool] = staticmethod(lambda: True)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if not self.may_leave():
            raise TooLate
        return super().send(request, *args, **options)


@dataclass(frozen=True, slots=True)
class _Again:
    """Nothing was done, and trying again may help; not before `retry_after`."""

    retry_after: str | None = None


class PatientClient(HTTPClient):
    """What gspread sends its requests through."""

    def __init__(
        self,
        credentials: Credentials,
        rates: Rates,
        *,
        base_url: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        super().__init__(credentials)
        self.set_timeout(TIMEOUT)
        self._rates, self._base_url = rates, base_url.rstrip("/") if base_url else ""
        self._now, self._sleep, self._jitter = now, sleep, jitter
        self._door = _Door()
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, self._door)

    def request(self, method: str, endpoint: str, **options: Any) -> requests.Response:  # type: ignore[override]
        """Sends one request until there is an answer, or until it must not be sent again."""
        for attempt in range(1, ATTEMPTS + 1):
            self.take_turn(method)
            outcome = self._attempt(method, endpoint, options)
            if isinstance(outcome, requests.Response):
                return outcome
            self._pause(attempt, outcome.retry_after)
        raise TransientError(_SILENT)

    def request_once(
        self, method: str, endpoint: str, *, may_leave: Callable[[], bool] = lambda: True, **options: Any
    ) -> requests.Response:
        """Sends one request now and never again; the caller has taken a turn. TransientError: certainly not done.

        `may_leave` is asked at the last moment; when it says no, nothing is sent (`TooLate`).
        """
        self._door.may_leave = may_leave
        try:
            outcome = self._attempt(method, endpoint, options)
        finally:
            self._door.may_leave = lambda: True
        if isinstance(outcome, requests.Response):
            return outcome
        raise TransientError(_SILENT)

    def take_turn(self, method: str) -> None:
        """Waits until the office may send one more request of this kind."""
        name = "google.read" if method.lower() == "get" else "google.write"
        while (seconds := self._rates.take(name, self._now())) > 0:
            self._sleep(seconds)

    def _attempt(self, method: str, endpoint: str, options: Mapping[str, Any]) -> requests.Response | _Again:
        is_read = method.lower() == "get"
        try:
            response = self.session.request(method, self._rewritten(endpoint), timeout=self.timeout, **options)
        except RefreshError as err:
            if "iat and exp" in str(err):
                raise ConfigurationError(_CLOCK) from None
            if any(word in str(err) for word in _SIGNED_OUT):
                raise ConfigurationError(RENEW) from None
            return _Again()
        except (RequestException, TransportError) as err:
            if is_read or _is_unsent(err):
                return _Again()
            raise Unclear from None
        if response.ok:
            return response
        refusal = Refusal(response.status_code, _error_of(response))
        if _is_worth_repeating(refusal, is_read=is_read):
            return _Again(response.headers.get("Retry-After"))
        raise Unclear if refusal.status >= 500 else refusal

    def _rewritten(self, endpoint: str) -> str:
        if self._base_url:
            for host in _HOSTS:
                if endpoint.startswith(host):
                    return self._base_url + endpoint.removeprefix(host)
        return endpoint

    def _pause(self, attempt: int, retry_after: str | None) -> None:
        """Waits before the next attempt; gives up when the service wants a longer pause than a run has time for."""
        if attempt == ATTEMPTS:
            return
        pause = min(LONGEST_PAUSE, 2.0**attempt) * (0.5 + self._jitter() / 2)
        wanted = _seconds_of(retry_after, self._now())
        if wanted > LONGEST_RETRY_AFTER:
            raise TransientError("Google asks us to come back later; nothing was changed. The next run tries again.")
        self._sleep(max(pause, wanted))


def _is_unsent(err: Exception) -> bool:
    """Tells whether no connection stood, so that nothing can have been done; a token we did not get counts too."""
    if isinstance(err, ConnectTimeout | TransportError):
        return True
    cause = err.args[0] if isinstance(err, NoAnswer) and err.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _is_worth_repeating(refusal: Refusal, *, is_read: bool) -> bool:
    # A full Drive answers 403 too, and no patience helps there.
    is_rate = refusal.status == 429 or (refusal.status == 403 and refusal.reason in _RATE_REASONS)
    return is_rate or (is_read and refusal.status >= 500)


def _error_of(response: requests.Response) -> Mapping[str, Any]:
    """The error in the answer's JSON; an HTML page of a front end has none."""
    try:
        error = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return error if isinstance(error, dict) else {}


def _seconds_of(retry_after: str | None, now: datetime) -> float:
    if not retry_after:
        return 0.0
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - now).total_seconds())
    except (TypeError, ValueError):
        return 0.0
