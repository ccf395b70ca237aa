"""The `SurveySource` port over Google Forms: one request a form while nobody answers.

What is guaranteed:
- **No answer is missed or counted twice.** Responses are asked for from a day before the last one known, page by page;
  each keeps Google's id when it is edited, and its last submission counts.
- **Answers keep their questions.** The form itself is read again when a response is newer than the form we know. Titles
  once seen are remembered: answers to a question that was deleted stand under its last title, or, where we never saw
  it, under a name that says so.
Addresses that a form collects become the response's `reference` and nothing else; files that people upload and the
points of a quiz are left out. We only read: the scopes allow nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from integrations.google.form_items import outline_of, questions_of, title_of
from integrations.google.memory import Notes
from integrations.google.transport import PatientClient, Refusal
from network.errors import ConfigurationError, NetworkError, PermanentError, TransientError
from network.survey_exports import WHO, as_who
from network.survey_outline import Outline
from network.surveys import Response

SCOPES = (
    "https://www.googleapis.com/auth/forms.body.readonly",
    "https://www.googleapis.com/auth/forms.responses.readonly",
)
_URL = "https://forms.googleapis.com/v1/forms/"
_PAGE = 5000  # the most that Google gives at once; it may give fewer
_FOR_EDITORS = re.compile(r"/forms/(?:u/\d+/)?d/(?!e/)([A-Za-z0-9_-]+)")
_ID = re.compile(r"[A-Za-z0-9_-]{20,}")
_HOW_TO_COPY = "Open the form for editing and copy its whole address from the browser; it ends in /edit."


def form_id_of(form: str) -> str:
    """The id in HMN_FORMS: the id itself, or the address of the form while it is edited."""
    found = _FOR_EDITORS.search(form)
    if found:
        return found[1]
    plain = form.strip()
    if _ID.fullmatch(plain) and not plain.startswith("1FAIpQL"):
        return plain
    if "/forms/" in form or "forms.gle" in form or plain.startswith("1FAIpQL"):
        raise ConfigurationError(f"HMN_FORMS holds the address that people answer at. {_HOW_TO_COPY}")
    raise ConfigurationError(f"HMN_FORMS holds something that is no form. {_HOW_TO_COPY}")


class GoogleForms:
    """The forms that the settings name; `account` tells whom they must be shared with."""

    def __init__(
        self,
        forms: Sequence[str],
        client: Callable[[], PatientClient],
        notes: Notes,
        *,
        clock: Callable[[], datetime],
        account: Callable[[], str] = str,
    ) -> None:
        self._forms = tuple(dict.fromkeys(map(form_id_of, forms)))
        self._client, self._notes, self._clock, self._account = client, notes, clock, account

    def places(self) -> Sequence[str]:
        """The forms' ids."""
        return self._forms

    def fetch(self, place: str, since: datetime | None) -> Iterator[Response]:
        """Gives responses last submitted at or after `since`, page by page."""
        form = _Known.from_text(self._notes.get(_note(place)))
        is_read = False
        for page in self._pages(place, since):
            newest = max((_submitted(each) for each in page), default="")
            if newest > form.newest and not is_read:
                form, is_read = form.with_form(self._get(place, "")), True
            form = form.seen(newest)
            for each in page:
                if (response := _response(form, each)) is not None:
                    yield response
        if is_read:
            self._notes.set(_note(place), form.to_text(), self._clock())

    def outline(self, place: str) -> Outline:
        """What the form asks now."""
        return outline_of(self._get(place, ""))

    def _pages(self, place: str, since: datetime | None) -> Iterator[Sequence[Mapping[str, Any]]]:
        wanted: dict[str, str] = {"pageSize": str(_PAGE)}
        if since is not None:
            wanted["filter"] = f"timestamp >= {since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        while True:
            answer = self._get(place, "/responses", wanted)
            yield answer.get("responses", [])
            if not answer.get("nextPageToken"):
                return
            wanted = {**wanted, "pageToken": answer["nextPageToken"]}

    def _get(self, place: str, what: str, wanted: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        try:
            answer = self._client().request("get", f"{_URL}{place}{what}", params=wanted)
        except Refusal as err:
            if err.status == 400 and wanted and "pageToken" in wanted:
                raise TransientError("Google Forms lost its place in a long list. The next run tries again.") from None
            known = _Known.from_text(self._notes.get(_note(place)))
            raise _explained(err, known.title or place, self._account()) from None
        found = answer.json()
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class _Known:
    """A form as it is remembered: what its questions were last called, and the newest response it was read for."""

    title: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)  # question id -> title, those of deleted questions too
    newest: str = ""  # as Google writes moments

    @classmethod
    def from_text(cls, text: str | None) -> _Known:
        return cls(*json.loads(text)) if text else cls()

    def to_text(self) -> str:
        return json.dumps([self.title, dict(self.titles), self.newest], ensure_ascii=False)

    def with_form(self, form: Mapping[str, Any]) -> _Known:
        titles = {question.id: question.title for question in questions_of(form)}
        return _Known(title_of(form), {**titles, **{k: v for k, v in self.titles.items() if k not in titles}})

    def seen(self, newest: str) -> _Known:
        return _Known(self.title, self.titles, max(self.newest, newest))


def _note(place: str) -> str:
    return f"google.form.{place}"


def _submitted(response: Mapping[str, Any]) -> str:
    """The moment of the last submission, in one form that can be compared."""
    moment = _moment(response)
    return moment.isoformat(timespec="microseconds") if moment else ""


def _moment(response: Mapping[str, Any]) -> datetime | None:
    written = response.get("lastSubmittedTime") or response.get("createTime")
    return datetime.fromisoformat(written).astimezone(UTC) if written else None


def _response(form: _Known, response: Mapping[str, Any]) -> Response | None:
    submitted_at = _moment(response)
    if submitted_at is None or not response.get("responseId"):
        return None
    found: Mapping[str, Any] = response.get("answers", {})
    reference = ""
    answers: dict[str, tuple[str, ...]] = {}
    known, unknown = (
        [each for each in form.titles if each in found],
        [each for each in found if each not in form.titles],
    )
    for question in (*known, *unknown):
        values = tuple(each.get("value", "") for each in found[question].get("textAnswers", {}).get("answers", ()))
        values = tuple(value for value in values if value.strip())
        title = form.titles.get(question, f"Question {question}, which is no longer in the form")
        if not values:
            continue
        if as_who(title) in WHO:
            reference = reference or " ".join(values).strip()
        else:
            answers[title] = (*answers.get(title, ()), *values)
    reference = reference or response.get("respondentEmail", "")
    return Response(form.title, response["responseId"], submitted_at, answers, reference)


def _explained(err: Refusal, form: str, account: str) -> NetworkError:
    """The refusal as a sentence with the fix."""
    words = err.words.casefold()
    if err.status == 403 and ("disabled" in words or "has not been used" in words):
        return ConfigurationError(
            "The Google Forms API is off in the project of HMN_GOOGLE_CREDENTIALS. Switch it on in the Google Cloud"
            " console under APIs & Services."
        )
    if err.status == 403 and "scope" in words:
        return ConfigurationError(
            "The sign-in in HMN_GOOGLE_CREDENTIALS does not cover Forms. Sign in again and allow reading forms and"
            " their responses."
        )
    if err.status == 403:
        who = f"add {account}" if account else "add the person who signed in"
        return ConfigurationError(
            f"The form {form} is not shared with us. Open it for editing, choose Add collaborators and {who} as editor."
        )
    if err.status in {400, 404}:
        return ConfigurationError(f"There is no form {form}, which HMN_FORMS names. {_HOW_TO_COPY}")
    return PermanentError(f"Google refused to show the form {form} ({err.status}).")
