"""Header lines that cannot be abused: whatever a name or a subject holds, it stays inside its own line.

Written here instead of with `email.message`, whose header folding is a hundred times slower and, in Python releases
that offices still run, lets an encoded word smuggle in a header (CVE-2024-6923) or loses the quotes of a long name
(gh-80222). The standard library's parser is the judge in the tests.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

import idna

from network.errors import PermanentError

CRLF = "\r\n"
_LINE = 78  # RFC 5322 2.1.1: what a line should not exceed
_WORD = 75  # RFC 2047 2: what an encoded word must not exceed
_ENVELOPE = len("=?utf-8?q??=")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_PRINTABLE = re.compile(r"[ -~]*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_PLAIN_IN_Q = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
# Marks that turn the reading direction of what follows: in a name they make one address look like another.
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """The text on one line with single spaces; control characters, line separators and direction marks are gone."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(" " if _breaks_a_line(letter) else letter for letter in _whole(text)).split())


def without_controls(text: str) -> str:
    """The text with its line ends as `\\n` and without any other control character; tabs stay."""
    unified = _whole(text).replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(letter for letter in unified if letter in "\n\t" or not _breaks_a_line(letter))


def text_line(name: str, value: str) -> str:
    """A header of words (Subject): folded at spaces, as encoded words where it is not plain ASCII."""
    return _line(name, _words(one_line(value)))


@lru_cache(maxsize=1024)  # the sender's line is the same in every mail
def mailbox_line(name: str, display: str, address: str) -> str:
    """A header of one mailbox (From, To, Reply-To); a name that needs quotes gets them, whatever its length."""
    parts = _phrase(one_line(display))
    return _line(name, [*parts, f"<{wire_address(address)}>"] if parts else [wire_address(address)])


def token_line(name: str, *tokens: str) -> str:
    """A header of tokens that we wrote (Message-ID, List-Unsubscribe): folded between them, never inside one."""
    for token in tokens:
        if not _PRINTABLE.fullmatch(token):
            raise PermanentError(f"The header {name} would hold a character that no header may hold.")
    return _line(name, list(tokens))


@lru_cache(maxsize=1024)
def wire_address(address: str) -> str:
    """The address as servers take it, an international domain as punycode; PermanentError when no server would."""
    local, at, domain = address.strip().rpartition("@")
    is_dotted_well = not local.startswith(".") and not local.endswith(".") and ".." not in local
    wire_domain = _wire_domain(domain)
    if not at or not is_dotted_well or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(wire_domain):
        raise PermanentError("This email address cannot be written to. Please type one like name@example.org.")
    return f"{local}@{wire_domain}"


def _wire_domain(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""


def _whole(text: str) -> str:
    """Half a character (a lone surrogate) cannot be written as UTF-8; it is shown as an unknown one."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if not _is_whole(text) else text


def _is_whole(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _breaks_a_line(letter: str) -> bool:
    if " " <= letter <= "~":
        return False
    return unicodedata.category(letter) in {"Cc", "Zl", "Zp"} or letter in _DIRECTION


def _line(name: str, parts: list[str]) -> str:
    """Joins parts with single spaces, folding before the part that would pass 78; the name is never left alone."""
    if not _NAME.fullmatch(name):
        raise PermanentError("A header has a name that no header may have.")
    whole = f"{name}: {' '.join(parts)}"
    if len(whole) <= _LINE:
        return whole + CRLF
    lines = [f"{name}: {parts[0]}"]
    for part in parts[1:]:
        if len(lines[-1]) + 1 + len(part) > _LINE:
            lines.append(f" {part}")
        else:
            lines[-1] += f" {part}"
    return CRLF.join(lines) + CRLF


def _words(value: str) -> list[str]:
    pieces = value.split(" ") if value else []
    is_plain = value.isascii() and "=?" not in value and all(len(piece) <= _WORD - 20 for piece in pieces)
    return pieces if is_plain else list(_encoded_words(value))


def _phrase(display: str) -> list[str]:
    if not display:
        return []
    pieces = display.split(" ")
    if not display.isascii() or "=?" in display or any(len(piece) > _WORD - 20 for piece in pieces):
        return list(_encoded_words(display))
    if _ATOMS.fullmatch(display):
        return pieces
    escaped = display.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.split(" ")


def _encoded_words(value: str) -> Iterator[str]:
    """Splits between characters, never inside one; a reader joins adjacent encoded words without a space."""
    if sum(letter.isascii() for letter in value) * 3 >= len(value) * 2:
        yield from (f"=?utf-8?q?{text}?=" for text in _chunks(map(_q, value), _WORD - _ENVELOPE - 10))
        return
    room = (_WORD - _ENVELOPE - 10) // 4 * 3
    for text in _chunks(value, room, measure=lambda letter: len(letter.encode())):
        yield f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="


def _chunks(pieces: Iterable[str], room: int, measure: Callable[[str], int] = len) -> Iterator[str]:
    chunk, size = "", 0
    for piece in pieces:
        if size + measure(piece) > room and chunk:
            yield chunk
            chunk, size = "", 0
        chunk += piece
        size += measure(piece)
    if chunk:
        yield chunk


def _q(letter: str) -> str:
    if letter == " ":
        return "_"
    return "".join(chr(byte) if byte in _PLAIN_IN_Q else f"={byte:02X}" for byte in letter.encode())
