"""The account at the stand-in for Mailchimp, as tests talk to it: through HTTP alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.mailchimp.audience import MailchimpAudience
from integrations.mailchimp.campaigns import MailchimpCampaigns
from integrations.mailchimp.client import MailchimpClient
from tests.emulated.stand_in import StandIn, running_stand_in

LIST = "a1b2c3d4e5"


@dataclass
class Account:
    """One account with one list, and the real client pointed at it."""

    stand_in: StandIn

    def client(self, **options: Any) -> MailchimpClient:
        return MailchimpClient("key-us6", f"{self.stand_in.base_url}/3.0", pause=0.01, **options)

    def audience(self) -> MailchimpAudience:
        return MailchimpAudience(self.client(), LIST)

    def campaigns(self) -> MailchimpCampaigns:
        return MailchimpCampaigns(self.client(), LIST)

    def set_up(self, **switches: Any) -> None:
        self.stand_in.control("mailchimp", switches)

    def at(self, moment: datetime) -> None:
        """Sets the clock there."""
        self.set_up(now=moment.isoformat())

    def act(self, act: str, email: str = "", **more: Any) -> None:
        """Somebody does something in Mailchimp itself."""
        self.stand_in.control("mailchimp/acts", {"act": act, "email": email, **more})

    def act_when(self, path: str, act: str, email: str, *, when: str = "after", method: str = "") -> None:
        """The same just before or after the next request to `path`."""
        body = {"acts": [{"act": act, "email": email}], "path": path, "when": when, "method": method}
        self.stand_in.control("edits", body)

    def fault(self, kind: str, when: str = "before", **options: Any) -> None:
        self.stand_in.fault(kind, when, **options)

    def look(self) -> dict[str, Any]:
        found: dict[str, Any] = self.stand_in.control("mailchimp")
        return found

    def statuses(self) -> dict[str, str]:
        return {email: member["status"] for email, member in self.look()["members"].items()}

    def asked(self, *methods: str) -> list[dict[str, Any]]:
        """What was asked so far, of these methods."""
        return [each for each in self.stand_in.asked() if not methods or each["method"] in methods]


@contextmanager
def running_account() -> Iterator[Account]:
    """An account on a stand-in of its own."""
    with running_stand_in() as stand_in:
        yield Account(stand_in)
