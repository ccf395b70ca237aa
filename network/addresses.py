"""How people are reached: an email address and a phone number as typed, read strictly, with what to type instead.

Nothing is repaired in silence beyond what nobody can see (capitals, blanks around, zero-width characters): an address
is where a letter goes, and a guess would reach a stranger. Whether an address works is told by bounces, not asked here.
"""

from __future__ import annotations

import re

import phonenumbers
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from network.cells import Read, quoted
from network.tabs import Cell, text_of

_LIKE = "Type an address such as name@program.org."
_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:@]+\.[^\s<>\"'(),;:@]+")
_SHORT = 64  # the shortest limit there is: that of the part before the @
_PLAIN = re.compile(r"[A-Za-z0-9_]+(?:[.+-][A-Za-z0-9_]+)*@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,}")
_SPECIAL = tuple(mark + name for name in SPECIAL_USE_DOMAIN_NAMES for mark in ("@", "."))
_PHONE_LIKE = "Type it with its area code, such as (360) 555-0142, or empty the cell."


def read_email(cell: Cell) -> Read[str]:
    """Reads one email address in its one form: lower case, the domain as punycode."""
    typed = text_of(cell)
    if not typed:
        return Read()
    if address := normalised(typed):
        return Read(address)
    return Read(sentence=_what_to_type(typed))


def normalised(typed: str) -> str | None:
    """The one form of an address, or None when it is no address. Reserved domains such as example.org are addresses."""
    return typed.lower() if _is_plain(typed) else _checked(typed)


def _is_plain(typed: str) -> bool:
    """Whether every rule is met at a glance: most addresses are that plain, and ten thousand are read in one go."""
    if len(typed) > _SHORT or not _PLAIN.fullmatch(typed) or "--" in typed:
        return False
    return not typed.lower().endswith(_SPECIAL)


def _checked(typed: str) -> str | None:
    try:
        # A lookup would ask the network; test_environment lets the reserved domains of examples and tests through.
        checked = validate_email(
            typed, check_deliverability=False, test_environment=True, allow_smtputf8=False, allow_quoted_local=False
        )
    except EmailNotValidError:
        return None
    return checked.ascii_email.lower() if checked.ascii_email else None


def read_phone(cell: Cell) -> Read[str]:
    """Reads a phone number of the United States, or any with +; E.164 where it is certainly one, else as typed."""
    typed = text_of(cell)
    if not typed:
        return Read()
    try:
        number = phonenumbers.parse(typed, "US")
    except phonenumbers.NumberParseException:
        return Read(sentence=f"Phone holds {quoted(typed)}, which is no phone number. {_PHONE_LIKE}")
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return Read(sentence=f"The phone number {quoted(typed)} has no area code. {_PHONE_LIKE}")
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        return Read(sentence=f"Phone holds {quoted(typed)}, which is no phone number. {_PHONE_LIKE}")
    if not phonenumbers.is_valid_number(number) or number.extension:
        return Read(typed)
    return Read(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _what_to_type(typed: str) -> str:
    """One sentence for an address that is none, with the very letters to type where they are plain to see."""
    shown = quoted(typed)
    if typed.startswith("="):
        return f"Email holds a formula. {_LIKE}"
    found = [address for match in _ADDRESS.findall(typed) if (address := normalised(match.strip(".")))]
    if len(set(found)) > 1:
        return (
            f"Email holds {len(set(found))} addresses. Keep only one there, such as {found[0]}; put the other in Notes."
        )
    if typed.casefold().startswith("mailto:") and found:
        return f"Email begins with “mailto:”. Type only: {found[0]}"
    if found and typed.rstrip(".,;:!").casefold() == found[0]:
        mark = {".": "a full stop", ",": "a comma", ";": "a semicolon"}.get(typed[-1], "a mark")
        return f"There is {mark} after the address. Type: {found[0]}"
    if found and re.search(r"[<>\"'()]", typed):
        return f"Email holds more than the address. Type only: {found[0]}"
    if "@" not in typed:
        is_name = not re.search(r"[.\d]", typed)
        return f"Email holds {shown}, which {'looks like a name' if is_name else 'has no @'}. {_LIKE}"
    return _repair_of(typed) or f"Email holds {shown}, which is no address that mail can reach. {_LIKE}"


def _repair_of(typed: str) -> str:
    if re.search(r"\s", typed) and (joined := normalised(re.sub(r"\s", "", typed))):
        return f"There is a space in the address {quoted(typed)}. If that is the only mistake, type: {joined}"
    if "@@" in typed and (single := normalised(re.sub("@+", "@", typed))):
        return f"There is one @ too many in {quoted(typed)}. Type: {single}"
    if not typed.isascii() and not typed.partition("@")[0].isascii():
        return f"The address {quoted(typed)} has an accent before the @, which many mailboxes refuse. Type it without."
    if typed.count("@") > 1:
        return f"There are two @ in {quoted(typed)}. {_LIKE}"
    return ""
