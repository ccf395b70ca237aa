"""What an incoming mail is: a bounce, an automatic answer, a command, a no, or something that a person must read.

Headers come first (delivery notices, automatic answers), the thread is the caller's, words last. Only what a person
wrote above any quoted text counts, and only a sentence that says nothing else is a command: everything in doubt is
UNSURE and goes to a person. What follows from a reply is decided in `jobs.inbox`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from network import reply_words
from network.messages import Stream
from network.ports import Incoming
from network.reply_dates import business_days_after, named_day, return_day
from network.reply_text import fresh_text, own_lines, sentences, without_signature
from network.reply_words import fold

DAYS_AWAY_UNKNOWN = 5  # business days, when an out-of-office names no clear date
DAYS_LATER_UNKNOWN = 65  # business days, a quarter of a year, when LATER names no date


class ReplyKind(StrEnum):
    """What a mail is, as far as it can be known without guessing."""

    HUMAN = "human"  # somebody wrote; a person reads and answers
    YES = "yes"
    STILL_RIGHT = "still right"  # OK
    STOP = "stop"  # `stream` when their words name one
    START = "start"
    LATER = "later"  # `until`
    NEWSLETTER = "newsletter"  # wants it, or wants only it
    SPANISH = "spanish"
    APPROVE = "approve"  # `code`; whether the sender may is the caller's question
    HOSTILE = "hostile"  # a no in hard words
    COMPLAINT = "complaint"  # the mail provider passes on "this is spam"
    UNSURE = "unsure"  # a no may hide in it
    AWAY = "away"  # out of office `until`
    GONE = "gone"  # does not do this work any more
    AUTOMATIC = "automatic"  # a machine's answer that changes nothing
    BOUNCE_HARD = "bounce hard"  # `address` does not exist
    BOUNCE_SOFT = "bounce soft"  # a passing fault


@dataclass(frozen=True, slots=True)
class Referral:
    """Somebody whom a reply names with an address: a person decides whether they are invited."""

    name: str  # as written; blank when none stands beside the address
    address: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One judged mail. `why` says in a few words what it was judged by; it never holds the writer's words."""

    kind: ReplyKind
    why: str
    stream: Stream | None = None
    until: date | None = None
    code: str = ""
    ref: str = ""  # of `STOP REF`: says who, from whatever address
    address: str = ""  # the bounced address
    status: str = ""  # "5.1.1"
    is_automatic: bool = False
    says_more: bool = False  # a command, and further words that a person should read
    referrals: tuple[Referral, ...] = ()  # who else should be invited
    has_story: bool = False  # a success is told in it, which may be worth printing


# Mail programs and servers write marks in front ("[EXTERNAL]"), and some leave the blank of the link encoded.
_STOP_REF = re.compile(
    r"[\W_]*(?:(?:re|aw|rv|fwd?|enc|res|ext|external)\b[\W_]*)*stop(?:%20|[\W_])+(?P<ref>[A-Z2-7]{8})[\W_]*",
    re.IGNORECASE,
)
_MARKS = re.compile(r"\[[^\[\]]{0,40}\]")
_BARE_QUESTION = re.compile(r"[\W_]*[^\W_]+\s*\?")  # "STOP?" asks what it does
_REPLY_PREFIX = re.compile(r"^\s*(?:re|aw|rv|fw|fwd|enc|res|r)\s*:", re.IGNORECASE)
_MACHINE_SENDER = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|no-?reply|do-?not-?reply|bounces?[+@-])")
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
# RFC 3463: no such mailbox, domain or route (also how some hosts word an unknown recipient), mailbox disabled, moved.
_HARD_STATUS = re.compile(r"5\.(?:1\.(?:1|2|3|6|10)|2\.1|4\.1|4\.4)$")
_HARD_WORDS = re.compile(r"user unknown|no such user|does not exist|unknown recipient|address not found|no encontrada")


def judge(mail: Incoming, is_our_ref: Callable[[str], bool] = lambda _: False) -> Reply:
    """Says what one mail is. Never raises for anything a stranger may write.

    `is_our_ref` knows the references of our letters: a word such as "bullying" looks like one and is none.
    """
    match = _STOP_REF.fullmatch(_MARKS.sub(" ", mail.subject[:300]))
    if match is not None and (is_our_ref(match["ref"].upper()) or re.search(r"[2-7]", match["ref"])):
        # Mail programs send this by themselves when somebody presses their own "unsubscribe": so before any header.
        return Reply(ReplyKind.STOP, "STOP with a reference", ref=match["ref"].upper())
    if (bounce := _bounce(mail)) is not None:
        return bounce
    fresh = fresh_text(mail.text)
    if is_automatic(mail):
        return _automatic(mail, fresh)
    own = without_signature(fresh)
    return replace(_written(mail, fresh), referrals=_referrals(mail, own), has_story=_tells_story(mail, own))


def is_automatic(mail: Incoming) -> bool:
    """Tells whether a machine wrote it: RFC 3834's header, its older kin, a null return path, a machine's address."""
    headers = mail.headers
    if headers.get("auto-submitted", "no").split(";")[0].strip().lower() != "no":
        return True
    if headers.get("precedence", "").strip().lower() in {"bulk", "junk", "list", "auto_reply", "auto-reply"}:
        return True
    if any(name in headers for name in ("x-autoreply", "x-autorespond", "x-auto-reply-from", "list-id")):
        return True
    if headers.get("return-path", "-").strip() in {"<>", ""} or _MACHINE_SENDER.match(mail.sender):
        return True
    content = headers.get("content-type", "").lower()
    if "disposition-notification" in content or ("text/calendar" in content and "method=reply" in content):
        return True
    says_so = reply_words.AWAY_SUBJECT.match(fold(mail.subject)) is not None
    asks_for_none = {word.strip().lower() for word in headers.get("x-auto-response-suppress", "").split(",")}
    return says_so or bool(asks_for_none & {"all", "oof", "autoreply"})


# --- headers ---------------------------------------------------------------------------------------------------------


def _bounce(mail: Incoming) -> Reply | None:
    content = mail.headers.get("content-type", "").lower()
    if "feedback-report" in content:
        return Reply(ReplyKind.COMPLAINT, "a complaint report", address=mail.bounced_address, is_automatic=True)
    address = mail.bounced_address or mail.headers.get("x-failed-recipients", "").split(",")[0].strip().lower()
    is_report = bool(mail.bounce_action or mail.bounce_status) or "delivery-status" in content
    from_daemon = bool(re.match(r"(?:mailer-daemon|postmaster|mail-daemon)", mail.sender))
    if not (is_report or (from_daemon and address) or (from_daemon and _STATUS.search(mail.text[:4000]))):
        return None
    found = _STATUS.search(mail.text[:4000])
    status = mail.bounce_status or (found[0] if found else "")
    known = Reply(ReplyKind.BOUNCE_SOFT, "a delivery notice: a passing fault", address=address, status=status)
    known = replace(known, is_automatic=True)
    if mail.bounce_action in {"delayed", "delivered", "relayed", "expanded"} or status.startswith("2"):
        return replace(known, kind=ReplyKind.AUTOMATIC, why="a delivery notice: nothing failed for good")
    is_unknown = status in {"", "5.0.0"} and _HARD_WORDS.search(mail.text[:4000].lower()) is not None
    if _HARD_STATUS.match(status) or is_unknown:
        return replace(known, kind=ReplyKind.BOUNCE_HARD, why="a delivery notice: no such address")
    return known


def _automatic(mail: Incoming, fresh: str) -> Reply:
    words, day = fold(f"{mail.subject}. {fresh[:2000]}"), mail.received_at.date()
    first = next(iter(sentences(fresh)), "")
    if any(reply_words.STOP.fullmatch(each) for each in (fold(mail.subject), first)):
        return Reply(ReplyKind.UNSURE, "a no in what looks like an automatic answer", is_automatic=True)
    if reply_words.GONE.search(words):
        return Reply(ReplyKind.GONE, "an automatic answer: no longer there", is_automatic=True)
    if reply_words.AWAY.search(words) or reply_words.AWAY_SUBJECT.match(fold(mail.subject)):
        until = return_day(f"{mail.subject}.\n{fresh}", day)
        why = "an automatic answer: away" if until else "an automatic answer: away, no clear date"
        return Reply(ReplyKind.AWAY, why, until=until or business_days_after(day, DAYS_AWAY_UNKNOWN), is_automatic=True)
    if reply_words.HOSTILE.search(words):
        return Reply(ReplyKind.UNSURE, "a no in what looks like an automatic answer", is_automatic=True)
    return Reply(ReplyKind.AUTOMATIC, "an automatic answer", is_automatic=True)


# --- words -----------------------------------------------------------------------------------------------------------


def _written(mail: Incoming, fresh: str) -> Reply:
    own = without_signature(fresh)
    own_subject = "" if _REPLY_PREFIX.match(mail.subject) else fold(mail.subject)
    words = f"{own_subject} {fold(own)}".strip()
    if reply_words.HOSTILE.search(words):
        return Reply(ReplyKind.HOSTILE, "hard words")
    commands = list(_commands(own, own_subject, mail.received_at.date()))
    if commands and _BARE_QUESTION.match(own):
        return Reply(ReplyKind.UNSURE, "a command with a question mark")
    if commands:
        return _one_of(commands, own, mail.received_at.date())
    if reply_words.GONE.search(words):
        return Reply(ReplyKind.GONE, "words: no longer there")
    harmless = reply_words.HARMLESS.sub(" ", words)
    first = next((each for each in sentences(own) if not _is_courtesy(each)), "")
    if reply_words.SAYS_PERHAPS.search(harmless) or reply_words.BARE_NO.fullmatch(first):
        return Reply(ReplyKind.UNSURE, "a no may hide in it")
    if len(words) < 700 and reply_words.AWAY.search(words):
        until = return_day(own, mail.received_at.date())
        if until is not None:
            return Reply(ReplyKind.AWAY, "words: away", until=until, says_more=True)
    return Reply(ReplyKind.HUMAN, "words" if words else "no words at all")


def _one_of(commands: Sequence[Reply], own: str, day: date) -> Reply:
    """The command, if the mail says one thing and nothing turns it round; else it is for a person."""
    command = next((each for each in commands if each.stream or each.until), commands[0])
    parts = [each for each in sentences(own) if not _is_courtesy(each)]
    said = [found for each in parts if (found := _command(each, date.min)) is not None]
    if len({(each.kind, each.code) for each in (*commands, *said)}) > 1:
        return Reply(ReplyKind.UNSURE, "two commands in one mail")
    rest = [each for each in parts if _command(each, date.min) is None]
    # "Later, we have a review until then" is still a later; "Yes, but not until then" is no yes.
    turns = any(reply_words.TURNS.search(each) for each in rest) and command.kind is not ReplyKind.LATER
    if turns or any(reply_words.SAYS_PERHAPS.search(each) for each in rest):
        return Reply(ReplyKind.UNSURE, f"{command.kind}, and words that may mean something else")
    # A name and a title below a command are no message.
    is_more = sum(len(each.split()) for each in rest) > 12
    until = command.until
    if command.kind is ReplyKind.LATER and until == business_days_after(day, DAYS_LATER_UNKNOWN):
        # "Later. Please write again after 16 November": the day may stand in the next sentence.
        until = named_day(" ".join(parts), day) or until
    return replace(command, until=until, says_more=is_more)


def _commands(own: str, own_subject: str, day: date) -> Iterator[Reply]:
    """The commands in a subject of their own, in the first sentence, or on a line of their own near the top."""
    if own_subject and (found := _command(own_subject, day)) is not None:
        yield found
    first = next((each for each in sentences(own) if not _is_courtesy(each)), "")
    if (found := _command(first, day)) is not None:
        yield found
    for line in list(own_lines(own))[:4]:
        if (found := _command(line, day)) is not None:
            yield found


def _command(sentence: str, day: date) -> Reply | None:
    """The command that a folded sentence says and nothing else; `date.min` asks only whether it is one."""
    if len(sentence) > _LONGEST_COMMAND:
        return None
    if match := reply_words.APPROVE.fullmatch(sentence):
        return Reply(ReplyKind.APPROVE, "APPROVE", code=match["code"].upper())
    if match := reply_words.STOP_REF.fullmatch(sentence):
        return Reply(ReplyKind.STOP, "STOP with a reference", ref=match["ref"].upper())
    for pattern, kind, stream in _PATTERNS:
        if pattern.fullmatch(sentence):
            return Reply(kind, kind.upper(), stream=stream)
    if (match := reply_words.LATER.fullmatch(sentence)) is not None:
        when = match["when"].strip()
        if day == date.min:
            return Reply(ReplyKind.LATER, "LATER")
        until = named_day(when, day) if when else business_days_after(day, DAYS_LATER_UNKNOWN)
        return Reply(ReplyKind.LATER, "LATER", until=until) if until is not None else None
    return None


_PATTERNS: tuple[tuple[re.Pattern[str], ReplyKind, Stream | None], ...] = (
    (reply_words.STOP_NEWSLETTER, ReplyKind.STOP, Stream.NEWSLETTER),
    (reply_words.STOP_SURVEY, ReplyKind.STOP, Stream.SURVEY),
    (reply_words.STOP, ReplyKind.STOP, None),
    (reply_words.NEWSLETTER, ReplyKind.NEWSLETTER, None),
    (reply_words.SPANISH, ReplyKind.SPANISH, None),
    (reply_words.START, ReplyKind.START, None),
    (reply_words.STILL_RIGHT, ReplyKind.STILL_RIGHT, None),
    (reply_words.YES, ReplyKind.YES, None),
)

_LONGEST_COMMAND = 140


def _is_courtesy(sentence: str) -> bool:
    return bool(reply_words.GREETING.fullmatch(sentence) or reply_words.THANKS.fullmatch(sentence))


def _tells_story(mail: Incoming, own: str) -> bool:
    """Whether the mail begins with the word STORY and goes on, or says that it tells a success."""
    lines = [line for line in own_lines(own) if line]
    first = fold(re.split(r"[:.!–—]", own.strip(), maxsplit=1)[0])
    subject = fold(_REPLY_PREFIX.sub("", mail.subject))
    begins = any(each and reply_words.STORY.fullmatch(each) for each in (first, *lines[:2], subject))
    return (begins and len(fold(own).split()) > 5) or reply_words.TELLS_STORY.search(fold(own)) is not None


_NAMED = re.compile(
    r"(?P<name>(?:[A-ZÁÉÍÓÚÑ][\w'’-]*\.? ){0,3}[A-ZÁÉÍÓÚÑ][\w'’-]+)?[\s,:(<–-]*(?:at |en )?"
    r"(?P<address>[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,250}\.[A-Za-z]{2,24})"
)
_INVITES = re.compile(
    r"\b(?:invit\w*|write to|contact\w*|e ?mail (?:to|her|him|them)|reach\w*|include|add|ask|talk to|my colleague|our|"
    r"took over|taken over|is the|escrib\w*|agreg\w*|incluy\w*|habl\w*|colega|nuestr[oa]s?)\b"
)


def _referrals(mail: Incoming, own: str) -> tuple[Referral, ...]:
    """People named with an address where the words ask to write to somebody; never the writer."""
    if not _INVITES.search(fold(own)):
        return ()
    found = {
        match["address"].lower().rstrip("."): Referral(
            " ".join((match["name"] or "").split()), match["address"].lower()
        )
        for match in _NAMED.finditer(own[:4000])
        if match["address"].lower() != mail.sender
    }
    return tuple(found.values())[:5]
