"""What the writer of a mail added: without quoted letters and signatures, and cut into sentences.

A library finds most quoted text (mailparser_reply); the attributions that it does not know, Spanish ones above all,
stand here. Which sentence means what is `reply_words`'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailparser_reply.parser import EmailMessage

from network.reply_words import fold

# Far more than anybody writes above a quote; patterns never run over a whole archive that somebody pasted.
_LONGEST_LINE, _MOST_LINES, _LONGEST_TEXT = 600, 300, 12_000


def fresh_text(text: str) -> str:
    """What the writer added: without quoted text, forwarded letters and what stands below them."""
    short = "\n".join(
        line[:_LONGEST_LINE] for line in text.replace("\r\n", "\n").replace("\xa0", " ").split("\n")[:_MOST_LINES]
    )
    short = _cut_at_quote(short)
    parsed = EmailMessage(text=short[:_LONGEST_TEXT], languages=["en", "es"], keep_hyphen_lists=True).read()
    own = parsed.replies[0].full_body if parsed.replies else short
    return "\n".join(line for line in own.split("\n") if not line.lstrip().startswith(">")).strip()


def without_signature(fresh: str) -> str:
    """The words above a signature, a disclaimer or "Sent from my phone"; all of them where nothing stands above."""
    match = _SIGNATURE_STARTS.search(fresh)
    return fresh[: match.start()].strip() if match and fresh[: match.start()].strip() else fresh


def sentences(text: str) -> Iterator[str]:
    """Folded sentences; a line that ends early ends one too, a wrapped line does not."""
    for paragraph in _PARAGRAPH.split(text):
        joined = re.sub(r"\n(?=\s*[a-záéíóúñ(])", " ", paragraph)
        for line in joined.split("\n"):
            for sentence in _SENTENCE_END.split(line):
                if folded := fold(sentence):
                    yield folded


def own_lines(text: str) -> Iterator[str]:
    """Folded lines that stand for themselves: the line before has ended, the next does not run on in lower case."""
    lines = text.split("\n")
    for place, line in enumerate(lines):
        before = lines[place - 1].strip() if place else ""
        after = lines[place + 1].strip() if place + 1 < len(lines) else ""
        if fold(line) and (not before or before[-1] in ".!?,:;") and not after[:1].islower():
            yield fold(line)


_PARAGRAPH = re.compile(r"\n\s*\n")
_SENTENCE_END = re.compile(r"(?<=[.!?;])[\s)\"”]+|\s[–—-]+\s")

# Attributions that the library does not know; each begins a line, and what follows is somebody else's words.
_QUOTE_STARTS = re.compile(
    r"^[ \t>*]*(?:"
    r"(?:El|On|Le|Em) [^\n]{4,250}(?:\n[^\n]{0,200}){0,2}?(?:escribi[oó]|wrote|[ée]crit|escreveu)\s*:"
    r"|-{2,} ?(?:Mensaje (?:original|reenviado)|Original Message|Forwarded message|Mensaje original) ?-{2,}"
    r"|(?:Begin forwarded message|Inicio del mensaje reenviado)\s*:"
    r"|_{8,}[ \t]*\n+\s*\*?(?:From|De)\s*:"
    r"|\*?(?:From|De)\s*:\*?[^\n]{3,200}\n\s*\*?(?:Sent|Date|To|Enviado(?: el)?|Fecha|Para)\s*:"
    r"|\d{4}-\d{2}-\d{2} [^\n]{0,80}<[^>\n]{3,100}>:"
    r")",
    re.MULTILINE | re.IGNORECASE,
)
_SIGNATURE_STARTS = re.compile(
    r"^(?:-- ?$|__+$|sent from my |enviado desde mi |get outlook for |obtener outlook para |sent via |"
    r"(?:confidential\w*|aviso|notice|disclaimer|caution|this (?:e-?mail|message) (?:is|and|may)|"
    r"este (?:correo|mensaje)|the information (?:contained|in this))\b)",
    re.MULTILINE | re.IGNORECASE,
)


def _cut_at_quote(text: str) -> str:
    """Everything above the first attribution; where the answer stands below quoted lines, only the attribution goes."""
    match = _QUOTE_STARTS.search(text)
    if match is None:
        return text
    above = text[: match.start()]
    if above.strip() and not all(line.lstrip().startswith(">") for line in above.split("\n") if line.strip()):
        return above
    below = text[match.end() :]
    return below if re.search(r"^\s*>", below, re.MULTILINE) else ""
