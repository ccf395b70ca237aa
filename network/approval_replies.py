"""What an approver's mail decides: APPROVE 7K2M, NOT YET 7K2M or STOP 7K2M, and nothing that is less plain than that.

Whether the writer may decide, and whether the code is one of ours, is `jobs.approval_mail`'s question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from network.approvals import CODE_SIGNS, Decision
from network.ports import Incoming
from network.reply_text import fresh_text, own_lines, sentences, without_signature
from network.reply_words import fold

_CODE = rf"(?: (?:code |codigo )?(?P<code>[{CODE_SIGNS.lower()}]{{4}}))?"
_BEFORE = r"(?:(?:please|yes|ok|okay|i|por favor|si) )*"
_AFTER = r"(?: (?:please|thanks|thank you|por favor|gracias))*"
_WORDS = {
    Decision.APPROVED: r"(?:approve|approved|apruebo|aprobado|aprobada|aprobar)",
    Decision.NOT_YET: r"(?:not yet|todavia no|aun no)",
    Decision.STOPPED: r"(?:stop|alto|pare)",
}
_PATTERNS = {decision: re.compile(f"{_BEFORE}{words}{_CODE}{_AFTER}") for decision, words in _WORDS.items()}
# A wish beside the decision: then it is none that a program may carry out.
_TURNS = re.compile(
    r"\b(?:but|however|unless|except|only if|instead|until|wait|hold|first|change\w*|correct\w*|fix\w*|approv\w*|"
    r"not|dont|stop|pero|salvo|excepto|solo si|hasta|espere\w*|cambi\w*|corrij\w*|corrig\w*|primero|no)\b"
)
_DMARC_FAILED = re.compile(r"\bdmarc\s*=\s*fail\b", re.IGNORECASE)
_SPF_FAILED = re.compile(r"\bspf\s*=\s*(?:hard|soft)?fail\b", re.IGNORECASE)
_DKIM_PASSED = re.compile(r"\bdkim\s*=\s*pass\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a mail decides and for which code; both blank when it decides nothing that is certain."""

    decision: Decision | None = None
    code: str = ""


def read_answer(mail: Incoming) -> Answer:
    """The one decision that the mail says and nothing in it turns round, in its subject where it has no text.

    "APPROVE 7K2M, but change the date" decides nothing: a person reads it.
    """
    own = without_signature(fresh_text(mail.text))
    parts = [*sentences(own), *own_lines(own)] if own.strip() else [fold(mail.subject)]
    found = {answer for part in parts if (answer := _answer_in(part)) is not None}
    rest = [part for part in parts if _answer_in(part) is None]
    if len(found) != 1 or any(_TURNS.search(part) for part in rest):
        return Answer()
    return next(iter(found))


def seems_forged(mail: Incoming) -> bool:
    """Tells whether our own mail server found that the sender's domain did not send it (RFC 8601).

    Most that can be known: a server that checks nothing says nothing, and then only thread and code speak for a mail.
    """
    checked = mail.headers.get("authentication-results", "")
    is_spf_alone = _SPF_FAILED.search(checked) and not _DKIM_PASSED.search(checked)
    return bool(_DMARC_FAILED.search(checked) or is_spf_alone)


def _answer_in(sentence: str) -> Answer | None:
    """What a folded sentence says and nothing else."""
    for decision, pattern in _PATTERNS.items():
        if (match := pattern.fullmatch(sentence)) is not None:
            return Answer(decision, (match["code"] or "").upper())
    return None
