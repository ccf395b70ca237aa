"""`hmn approve`: what waits for approval, and the answer."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from integrations.wiring import open_office
from network.approvals import Approval, Decision
from network.errors import ConfigurationError


def list_questions(*, as_of: datetime | None, as_json: bool) -> None:
    """Lists the open questions with their codes; the rendered sample stands in *To do* and here with the code."""
    with open_office(as_of=as_of) as office:
        questions = office.approvals.pending()
    if as_json:
        shown = [{"code": q.code, "title": q.title, "addressees": q.addressees, "sample": q.sample} for q in questions]
        print(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    table = Table("Code", "What", "To how many", title="Waiting for approval", title_justify="left")
    for question in questions:
        table.add_row(question.code, question.title, str(question.addressees))
    Console().print(table if questions else "Nothing waits for approval.")


def decide(code: str, *, by: str, not_yet: bool, stop: bool, as_of: datetime | None, as_json: bool) -> None:
    """Keeps the answer to one question; the first answer stands, except that an approval may be called back."""
    decision = Decision.STOPPED if stop else Decision.NOT_YET if not_yet else Decision.APPROVED
    with open_office(as_of=as_of) as office:
        question = office.approvals.by_code(code)
        if question is None:
            raise ConfigurationError(f"There is no question with the code {code}. hmn approve lists them.")
        preferences = office.preferences()
        names = preferences.leaders
        if by not in names:
            raise ConfigurationError(f"Please say who approves: --by with one of {', '.join(names) or 'the leaders'}.")
        now = office.clock()
        kept = office.approvals.decide(
            Approval(question.item, question.fingerprint, decision, by, now, question.addressees)
        )
        zone = ZoneInfo(preferences.time_zone)
    if not kept:
        raise ConfigurationError("Somebody else has answered this question before; the first answer stands.")
    starts = Approval(question.item, question.fingerprint, decision, by, now, question.addressees).starts_at
    if as_json:
        print(json.dumps({"code": question.code, "decision": decision, "starts_at": starts.isoformat()}))
    elif decision is Decision.APPROVED:
        print(f"Approved: {question.title}. Starts {starts.astimezone(zone):%H:%M}. hmn approve {code} --stop cancels.")
    else:
        print(f"Kept: {decision} for {question.title}.")
