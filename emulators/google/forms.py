"""Forms v1, as far as reading answers needs it: a form with its items, its responses with a filter and pages.

The order of a list is promised nowhere, so here it is the order of the ids; a page token holds only with its filter.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from emulators.exchange import Answer, Request, json_answer
from emulators.google.answers import Refused, no_permission, not_found, refusal
from emulators.google.discovery import Invalid, Method, load_service

PREFIX = "/v1/forms"
MOST = 5000  # responses on one page
_FILTER = re.compile(r"timestamp\s*(>=|>)\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)")


@dataclass(slots=True)
class Form:
    """One form: its description as Google gives it, and its responses by id."""

    id: str
    body: dict[str, Any]
    responses: dict[str, dict[str, Any]] = field(default_factory=dict)
    is_shared: bool = True


@dataclass(slots=True)
class Forms:
    """All forms, whether the API is on, and how many responses a page holds at most."""

    forms: dict[str, Form] = field(default_factory=dict)
    is_enabled: bool = True
    page: int = MOST

    def answer(self, method: Method, parameters: Mapping[str, str], request: Request) -> Answer:
        """Does what a well-formed request asks, or refuses it as Forms would."""
        if not self.is_enabled:
            return refusal(403, "Google Forms API has not been used in project 1 before or it is disabled.")
        form = self.forms.get(parameters.get("formId", ""))
        if method.id not in _METHODS:
            return refusal(501, f"This stand-in does not offer {method.id}.")
        if form is None:
            return not_found()
        if not form.is_shared:
            return no_permission()
        try:
            return json_answer(_METHODS[method.id](self, form, parameters, request))
        except Refused as err:
            return err.answer


def make_form(forms: Forms, body: Mapping[str, Any]) -> dict[str, Any]:
    """Makes a form from `{"id"?, "title", "items", "settings"?, "shared"?}`; tells its id and its questions' ids."""
    form_id = body.get("id") or uuid.uuid4().hex
    described = {
        "formId": form_id,
        "info": {"title": body.get("title", "Form"), "documentTitle": body.get("title", "Form")},
        "revisionId": "00000001",
        "responderUri": f"https://docs.google.com/forms/d/e/{form_id}/viewform",
        "items": [_with_ids(item) for item in body.get("items", ())],
    }
    if "settings" in body:
        described["settings"] = body["settings"]
    _check(described)
    forms.forms[form_id] = Form(form_id, described, is_shared=body.get("shared", True))
    return {"id": form_id, "questions": dict(_titled(described))}


def respond(form: Form, body: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody answers, or edits the answer `id`: `{"answers": {title: value or values}, "at", "email"?, "id"?}`.

    A title that nobody knows is taken for a question's id; `files` names uploaded files instead of words.
    """
    at = datetime.fromisoformat(body["at"]).astimezone(UTC)
    written = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06}Z"
    response_id = body.get("id") or base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    ids = dict(_titled(form.body))
    known = form.responses.get(response_id, {"createTime": written})
    answers = {}
    for title, given in body.get("answers", {}).items():
        question = ids.get(title, title)
        values = given if isinstance(given, list) else [given]
        answers[question] = {
            "questionId": question,
            "textAnswers": {"answers": [{"value": value} for value in values]},
        }
    for title, name in body.get("files", {}).items():
        upload = {"answers": [{"fileId": uuid.uuid4().hex, "fileName": name, "mimeType": "application/pdf"}]}
        answers[ids[title]] = {"questionId": ids[title], "fileUploadAnswers": upload}
    response = {
        "responseId": response_id,
        "createTime": known["createTime"],
        "lastSubmittedTime": written,
        "answers": answers,
    }
    if "email" in body:
        response["respondentEmail"] = body["email"]
    form.responses[response_id] = response
    return {"id": response_id}


def edit_form(form: Form, edits: list[Mapping[str, Any]]) -> None:
    """What the form's owner does: `{"do": "delete" | "rename" | "add", "title", "to"?, "item"?}`."""
    for edit in edits:
        items: list[dict[str, Any]] = form.body["items"]
        if edit["do"] == "add":
            items.append(_with_ids(edit["item"]))
            continue
        (place,) = [number for number, item in enumerate(items) if item.get("title") == edit["title"]]
        if edit["do"] == "delete":
            del items[place]
        elif edit["do"] == "rename":
            items[place]["title"] = edit["to"]
        else:
            raise ValueError(edit["do"])
    form.body["revisionId"] = f"{int(form.body['revisionId']) + 1:08}"
    _check(form.body)


def _get(forms: Forms, form: Form, parameters: Mapping[str, str], request: Request) -> Any:
    return form.body


def _list(forms: Forms, form: Form, parameters: Mapping[str, str], request: Request) -> Any:
    wanted = request.first("filter")
    since = _since(wanted)
    found = [form.responses[each] for each in sorted(form.responses) if _meets(form.responses[each], since)]
    start = _start(request.first("pageToken"), wanted)
    size = min(int(request.first("pageSize") or 0) or MOST, MOST, forms.page)
    answer: dict[str, Any] = {}
    if found[start : start + size]:
        answer["responses"] = found[start : start + size]
    if start + size < len(found):
        answer["nextPageToken"] = base64.urlsafe_b64encode(json.dumps([wanted, start + size]).encode()).decode()
    return answer


def _since(wanted: str) -> tuple[str, datetime] | None:
    match = _FILTER.fullmatch(wanted.strip())
    if wanted and match is None:
        raise Refused(refusal(400, "Request contains an invalid argument."))
    return (match[1], datetime.fromisoformat(match[2])) if match else None


def _meets(response: Mapping[str, Any], since: tuple[str, datetime] | None) -> bool:
    if since is None:
        return True
    at = datetime.fromisoformat(response["lastSubmittedTime"])
    return at >= since[1] if since[0] == ">=" else at > since[1]


def _start(token: str, wanted: str) -> int:
    if not token:
        return 0
    try:
        for_filter, start = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        for_filter, start = None, 0
    if for_filter != wanted:
        raise Refused(refusal(400, "Request contains an invalid argument."))
    return int(start)


def _with_ids(item: Mapping[str, Any]) -> dict[str, Any]:
    made = {"itemId": uuid.uuid4().hex[:8], **item}
    if "questionItem" in made:
        question = {"questionId": uuid.uuid4().hex[:8], **made["questionItem"]["question"]}
        made["questionItem"] = {**made["questionItem"], "question": question}
    if "questionGroupItem" in made:
        group = made["questionGroupItem"]
        rows = [{"questionId": uuid.uuid4().hex[:8], **row} for row in group["questions"]]
        made["questionGroupItem"] = {**group, "questions": rows}
    return made


def _titled(form: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each question's name and id; a row of a grid as "Grid [Row]"."""
    for item in form["items"]:
        title = item.get("title", "")
        if "questionItem" in item:
            yield title, item["questionItem"]["question"]["questionId"]
        for row in item.get("questionGroupItem", {}).get("questions", ()):
            yield f"{title} [{row['rowQuestion']['title']}]", row["questionId"]


def _check(form: Mapping[str, Any]) -> None:
    """Holds what a test describes to Google's own description of a form."""
    service = load_service("forms.v1")
    (create,) = [method for method in service.methods if method.id == "forms.forms.create"]
    try:
        service.check(create, {}, form)
    except Invalid as err:
        raise ValueError(err.message) from err


_METHODS: dict[str, Callable[[Forms, Form, Mapping[str, str], Request], Any]] = {
    "forms.forms.get": _get,
    "forms.forms.responses.list": _list,
}
