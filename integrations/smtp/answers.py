"""What a mail server's answer means for the mail and for the lane; its words, which repeat addresses, stop here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from network.errors import ConfigurationError, NetworkError, PermanentError, TransientError

_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESS = re.compile(r"[^\s<>:;,]+@[^\s<>:;,]+")
_MUST_SIGN_IN = frozenset({530, 534, 535, 538})
_CLOSING = 421
_WAITS_FOR_TEXT = 354
_TOO_BIG = 552
# RFC 3463 3.2 and RFC 7505: no such mailbox, no such host, no such syntax, moved and unknown, takes no mail at all.
_NOBODY_THERE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
_LIMIT_OF_THE_DAY = "5.4.5"  # as Gmail answers when its daily limit is used up


class Phase(StrEnum):
    """Where in the conversation an answer came."""

    GREETING = "greeting"
    SENDER = "MAIL"
    RECIPIENT = "RCPT"
    READY = "DATA"
    TEXT = "text"  # after the final dot


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply of the server: its code (RFC 5321 4.2) and its words."""

    code: int
    words: str

    @property
    def is_good(self) -> bool:
        return 200 <= self.code < 300

    @property
    def waits_for_text(self) -> bool:
        return self.code == _WAITS_FOR_TEXT

    @property
    def is_understood(self) -> bool:
        """A yes or a no (RFC 5321 4.2.1); after the final dot anything else says nothing about the mail."""
        return self.is_good or 400 <= self.code < 600

    @property
    def is_closing(self) -> bool:
        return self.code == _CLOSING

    @property
    def status(self) -> str:
        """Code and enhanced code (RFC 3463): all that is safe to show."""
        found = _ENHANCED.match(self.words)
        return f"{self.code} {found[1]}" if found else str(self.code)

    @property
    def without_addresses(self) -> str:
        """The words for a receipt; a queue number stays, an address does not."""
        return f"{self.code} {_ADDRESS.sub('…', self.words)}"[:200]


def refusal(phase: Phase, answer: Answer) -> NetworkError:
    """The error that an answer other than yes stands for: about this one mail, about the lane, or about a setting."""
    status = answer.status
    if answer.code in _MUST_SIGN_IN:
        return ConfigurationError(
            f"The mail server wants another name or password ({status}). Please correct HMN_SMTP_URL, then answer go."
        )
    if answer.is_closing or phase is Phase.GREETING or answer.status.endswith(_LIMIT_OF_THE_DAY):
        return TransientError(f"The mail server takes no mail just now ({status}). Nothing was sent.")
    if phase is Phase.SENDER and answer.code >= 500 and answer.code != _TOO_BIG:
        return ConfigurationError(
            f"The mail server takes no mail from the sender's address in Settings ({status}). Please correct it there, "
            "or sign in as that sender in HMN_SMTP_URL; then answer go."
        )
    is_for_good = answer.code >= 500 and not (phase is Phase.RECIPIENT and answer.code == _TOO_BIG)
    if is_for_good:
        is_dead = status.partition(" ")[2] in _NOBODY_THERE
        return PermanentError(f"The mail server refused this mail ({status}).", is_address_dead=is_dead)
    return TransientError(f"The mail server asks to try this mail again later ({status}).", is_lane_fine=True)
