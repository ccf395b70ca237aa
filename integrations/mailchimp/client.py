"""The official client with its one choke point replaced, so that nothing fails silently and nothing is sent twice.

The client of that version returns some errors as if they were answers (an empty 502, `{}` with 429, a truncated 200),
opens a connection for each call, follows redirects and writes booleans as Python does. Its `api_client.request` is the
single place through which every call goes; ours keeps one session with few connections and raises `MailchimpError` for
everything that is no good answer. Reads and writes that may be repeated are repeated here with growing, jittered
pauses; a request that makes or sends something is tried once, and only what surely had no effect is tried again.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests
from mailchimp_marketing import Client
from mailchimp_marketing.api_client import ApiClientError
from requests.adapters import HTTPAdapter

from integrations.mailchimp.errors import MailchimpError, translated
from network.errors import ConfigurationError

CONNECTIONS = 5  # of the ten that Mailchimp allows to all programs of one user together
_TRIES = 4
_REPEATABLE = frozenset({"GET", "PUT", "PATCH", "DELETE"})
Api = Callable[..., Any]


class MailchimpClient:
    """Calls of the official client, each with its answer as a dictionary; `api` has its groups of methods."""

    def __init__(
        self,
        api_key: str,
        base_url: str | None = None,
        *,
        timeout: tuple[float, float] = (10.0, 120.0),
        pause: float = 1.0,
    ) -> None:
        """`base_url` ends in `/3.0` and points to a stand-in; `pause` is the first wait before a repetition."""
        self.api = Client({"api_key": api_key})
        inner = self.api.api_client
        inner.host = _host_of(api_key, base_url)
        inner.server = ""  # else the word "server" anywhere in an address of a member becomes the data centre
        self._line = _Line(api_key, timeout, uses_environment=base_url is None)
        inner.request = self._line
        self._pause = pause

    def close(self) -> None:
        """Gives the connections back."""
        self._line.close()

    def call(self, method: Api, *args: Any, is_repeatable: bool = False, **options: Any) -> dict[str, Any]:
        """One call. Raises MailchimpError; `is_repeatable` says that this POST may safely have its effect twice."""
        tries = 0
        while True:
            tries += 1
            try:
                return self._once(method, *args, **options)
            except MailchimpError as err:
                may_repeat = is_repeatable or self._line.was_repeatable() or not err.was_lost
                if not err.is_passing or not may_repeat or tries >= _TRIES:
                    raise
                time.sleep(self._pause * 2 ** (tries - 1) * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries

    def ask(self, method: Api, *args: Any, is_repeatable: bool = False, **options: Any) -> dict[str, Any]:
        """The same with errors of the network, where no answer needs to be told apart."""
        try:
            return self.call(method, *args, is_repeatable=is_repeatable, **options)
        except MailchimpError as err:
            raise translated(err) from None  # the original holds the answer's words, which may name people

    def _once(self, method: Api, *args: Any, **options: Any) -> dict[str, Any]:
        try:
            answer = method(*args, **options)
        except ApiClientError as err:
            # The client wraps whatever its choke point raises; nothing else can stand there.
            if isinstance(err.text, MailchimpError):
                raise err.text from None
            raise MailchimpError(err.status_code, "Unexpected answer", was_lost=True) from None
        return answer if isinstance(answer, dict) else {}


class _Line:
    """One session for all calls, few at a time; every answer is good or raised."""

    def __init__(self, api_key: str, timeout: tuple[float, float], *, uses_environment: bool) -> None:
        self._auth = ("user", api_key)
        self._timeout = timeout
        self._session = requests.Session()
        self._session.trust_env = uses_environment
        self._session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS))
        self._session.mount("https://", HTTPAdapter(pool_maxsize=CONNECTIONS))
        self._free = threading.Semaphore(CONNECTIONS)
        self._last = threading.local()

    def close(self) -> None:
        self._session.close()

    def was_repeatable(self) -> bool:
        """Whether this thread's latest request may be repeated by its method."""
        return getattr(self._last, "method", "") in _REPEATABLE

    def __call__(
        self,
        method: str,
        url: str,
        query_params: Any = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> requests.Response:
        self._last.method = method
        with self._free:
            try:
                answer = self._session.request(
                    method,
                    url,
                    params=[(name, _plain(value)) for name, value in query_params or ()],
                    data=None if method in ("GET", "DELETE") else json.dumps(body),
                    headers=dict(headers or {}),
                    auth=self._auth,
                    timeout=self._timeout,
                    allow_redirects=False,
                )
            except requests.RequestException as err:
                raise _lost(err) from None
        return _checked(answer)


def _lost(err: requests.RequestException) -> MailchimpError:
    """A connection that never stood carried nothing; after that nobody knows."""
    refused = isinstance(err, requests.ConnectTimeout) or "NewConnectionError" in repr(err)
    return MailchimpError(None, f"No answer: {type(err).__name__}", was_lost=not refused)


def _checked(answer: requests.Response) -> requests.Response:
    is_good = 200 <= answer.status_code < 300
    if is_good and not answer.content:
        return answer
    try:
        body = answer.json()
    except ValueError:
        body = None
    if is_good and isinstance(body, dict):
        return answer
    if is_good:
        raise MailchimpError(answer.status_code, "Unreadable answer", was_lost=True)
    problem = body if isinstance(body, dict) else {}
    listed = problem.get("errors") or []
    raise MailchimpError(
        answer.status_code,
        str(problem.get("title") or answer.reason or "No reason given"),
        str(problem.get("detail") or ""),
        [f"{each.get('field', '')}: {each.get('message', '')}" for each in listed if isinstance(each, dict)],
        was_lost=answer.status_code >= 500,
    )


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _host_of(api_key: str, base_url: str | None) -> str:
    if base_url:
        if not base_url.rstrip("/").endswith("/3.0"):
            raise ConfigurationError("HMN_MAILCHIMP_BASE_URL must end in /3.0.")
        return base_url.rstrip("/")
    _, dash, centre = api_key.rpartition("-")
    if not dash or not centre.isalnum():
        raise ConfigurationError(
            "HMN_MAILCHIMP_API_KEY has no data centre at its end, such as -us6. Copy the whole key from Mailchimp."
        )
    return f"https://{centre}.api.mailchimp.com/3.0"
