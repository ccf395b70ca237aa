"""A Google Form at the stand-in: made, answered and edited as people do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.emulated.stand_in import StandIn


@dataclass
class GoogleForm:
    """One form; `questions` are its questions' ids by title."""

    google: StandIn
    id: str
    questions: Mapping[str, str]

    def answer(self, when: datetime, answers: Mapping[str, Sequence[str]], **more: Any) -> str:
        """Somebody answers, or edits what was answered (`id`)."""
        given = {title: list(values) for title, values in answers.items()}
        answered = self.google.control(f"forms/{self.id}/responses", {"answers": given, "at": when.isoformat(), **more})
        return str(answered["id"])

    def edit(self, *edits: Mapping[str, Any]) -> None:
        self.google.control(f"forms/{self.id}/edits", {"edits": list(edits)})


def text(title: str) -> dict[str, Any]:
    return {"title": title, "questionItem": {"question": {"textQuestion": {}}}}


def choice(title: str, *options: str, kind: str = "RADIO", other: bool = False) -> dict[str, Any]:
    """A question with options; `kind` is RADIO, CHECKBOX or DROP_DOWN."""
    listed: list[dict[str, Any]] = [{"value": option} for option in options]
    listed += [{"isOther": True}] if other else []
    return {"title": title, "questionItem": {"question": {"choiceQuestion": {"type": kind, "options": listed}}}}


def grid(title: str, rows: Sequence[str], *columns: str, kind: str = "RADIO") -> dict[str, Any]:
    return {
        "title": title,
        "questionGroupItem": {
            "questions": [{"rowQuestion": {"title": row}} for row in rows],
            "grid": {"columns": {"type": kind, "options": [{"value": column} for column in columns]}},
        },
    }


def a_form_at(google: StandIn, items: Sequence[Mapping[str, Any]] = (), **about: Any) -> GoogleForm:
    """Makes a form; without items an ordinary small one."""
    usual = (
        {"title": "About you", "pageBreakItem": {}},
        choice("Which day?", "Monday", "Friday", kind="CHECKBOX", other=True),
        text("Why?"),
        grid("Grid", ["First row"], "yes", "no"),
        text("Reference (please leave as it is)"),
    )
    made = google.control(
        "forms", {"id": "a-form-of-the-office-1", "title": "Spring", "items": items or usual, **about}
    )
    return GoogleForm(google, made["id"], made["questions"])
