"""How long one more mail takes: filled in and written by us, beside the standard library writing the same words.

Run ``python -m bench.bench_mail``. Ratios say more than microseconds: they hold on other machines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from statistics import median
from time import perf_counter
from typing import TypeVar

from hmn.exhibits import SAMPLE_PREFERENCES
from integrations.local.words import PackagedWords
from network.messages import Content, Message, Stream
from network.mime import build, message_id
from network.rendering import Letterhead, NewsletterSection, parse_letter

PEOPLE = 1_000
STANDARD = 60  # mails written by the standard library: each takes milliseconds
ROUNDS = 3
WANTED = 10.0  # how many times faster than the standard library, both rendered
T = TypeVar("T")
NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
STORY = NewsletterSection(
    "Varnish in a day",
    "Yakima gave varnish to **212 children**. [The checklist](https://wahmn.example.org/list) says what to bring.\n\n"
    "- Ask parents three weeks before\n- Two tables, one reader",
    link="https://wahmn.example.org/varnish",
    link_words="Read how Yakima did it",
    credit="Ana Okafor",
)


def main() -> int:
    """Prints microseconds and ratios; returns 1 when a letter is not written as much faster as wanted."""
    letterhead = Letterhead.load(PackagedWords(), SAMPLE_PREFERENCES)
    letters = [_letter(letterhead, number) for number in range(PEOPLE)]
    rendering = _each(lambda number: _letter(letterhead, number), range(PEOPLE))
    ratio = _measure("letter", letters, rendering)
    issue = letterhead.newsletter("News", "Varnish", [STORY] * 8, why="You asked for it.", stop="Reply STOP.")
    _measure("newsletter", [issue] * PEOPLE, 0.0)
    return int(ratio < WANTED)


def _measure(name: str, contents: Sequence[Content], rendering: float) -> float:
    messages = [_message(number, content) for number, content in enumerate(contents)]
    ours = rendering + _each(_ours, messages)
    theirs = rendering + _each(_theirs, messages[:STANDARD])
    size = len(_ours(messages[0])) / 1000
    print(
        f"{name} ({size:.1f} KB): filled in {rendering * 1e6:.0f} us, with its bytes {ours * 1e6:.0f} us "
        f"({1 / ours:,.0f} a second), standard library {theirs * 1e6:.0f} us: {theirs / ours:.0f} times"
    )
    return theirs / ours


def _each(work: Callable[[T], object], items: Sequence[T]) -> float:
    """Seconds for one item: the median of a few rounds."""
    rounds = []
    for _ in range(ROUNDS):
        began = perf_counter()
        for item in items:
            work(item)
        rounds.append((perf_counter() - began) / len(items))
    return median(rounds)


def _letter(letterhead: Letterhead, number: int) -> Content:
    fields = {"First name": f"Ana {number}", "Program": f"Program {number}"}
    return letterhead.letter(
        SOURCE.subject,
        SOURCE.body,
        "",
        fields,
        "We have your address from [Address source].",
        "Reply STOP and we stop.",
        "en",
        SOURCE.preheader,
        reply_ref=f"R{number}",
    )


def _message(number: int, content: Content) -> Message:
    return Message(
        stream=Stream.RECRUITMENT,
        item="head_start",
        step="letter-1",
        person_id=f"p{number}",
        address=f"ana{number}@example.org",
        to_name=f"Ana Okafor {number}",
        content=content,
        due_at=NOON,
        not_after=NOON,
        reply_ref=f"R{number}",
    )


def _ours(message: Message) -> bytes:
    return build(
        message,
        sender_name="Rosa Delgado",
        sender_address="rosa@wahmn.example.org",
        reply_to="network@wahmn.example.org",
        domain="wahmn.example.org",
        date=NOON,
    )


def _theirs(message: Message) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address("Rosa Delgado", addr_spec="rosa@wahmn.example.org")
    mail["To"] = Address(message.to_name, addr_spec=message.address)
    mail["Subject"] = message.content.subject
    mail["Date"] = NOON
    mail["Message-ID"] = message_id(message.key, "wahmn.example.org")
    mail["Reply-To"] = "network@wahmn.example.org"
    mail["List-Unsubscribe"] = f"<mailto:network@wahmn.example.org?subject=STOP%20{message.reply_ref}>"
    mail.set_content(message.content.text, cte="quoted-printable")
    mail.add_alternative(message.content.html, subtype="html", cte="quoted-printable")
    return mail.as_bytes()


SOURCE = parse_letter(PackagedWords().read("recruitment/head_start/letter-1.md"))

if __name__ == "__main__":
    raise SystemExit(main())
