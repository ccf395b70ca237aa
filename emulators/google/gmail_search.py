"""The few words of Gmail's search box that a program needs; any other is refused, never ignored."""

from __future__ import annotations

from emulators.google.answers import Refused
from emulators.google.gmail_answers import gmail_refusal
from emulators.google.gmail_mailbox import Mail

_PLACES = {"inbox": "INBOX", "sent": "SENT", "draft": "DRAFT", "drafts": "DRAFT", "chats": "CHAT", "spam": "SPAM"}


def matches(mail: Mail, query: str) -> bool:
    """Tells whether a message is among what the search finds; several words must all be true."""
    return all(_is_true(mail, word) for word in query.split())


def _is_true(mail: Mail, word: str) -> bool:
    if word.startswith("-"):
        return not _is_true(mail, word[1:])
    operator, _, value = word.partition(":")
    if operator == "in" and value == "anywhere":
        return True
    if operator == "in" and value in _PLACES:
        return _PLACES[value] in mail.labels
    if operator in {"after", "before"} and value.isdigit():
        return (mail.at >= int(value) * 1000) if operator == "after" else (mail.at < int(value) * 1000)
    if operator == "from":
        return value.lower() in str(mail.parsed["From"] or "").lower()
    if operator == "rfc822msgid":
        return str(mail.parsed["Message-ID"] or "").strip("<> ") == value.strip("<>")
    raise Refused(gmail_refusal(501, f"This stand-in does not search for {word}.", "notImplemented"))
