"""What an approver's mail decides: APPROVE 7K2M, NOT YET 7K2M or STOP 7K2M, and nothing that is less plain than that.

Whether the writer may decide, and whether the code is one of ours, is `jobs.approval_mail`'s question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from network.approvals import CODE_SIGNS, Decision
from network.ports import Incoming
from network.reply_text import fresh_text, own_lines, sentences, without_signature
from network.reply_words import GREETING, THANKS, fold

_CODE = rf"(?: (?:code |codigo )?(?P<code>[{CODE_SIGNS.lower()}]{{4}}))?"
_BEFORE = r"(?:(?:please|yes|ok|okay|i|por favor|si) )*"
_AFTER = r"(?: (?:please|thanks|thank you|por favor|gracias))*"
_WORDS = {
    Decision.APPROVED: r"(?:approve|approved|apruebo|aprobado|aprobada|aprobar)",
    Decision.NOT_YET: r"(?:not yet|todavia no|aun no)",
    Decision.STOPPED: r"(?:stop|alto|pare)",
}
_PATTERNS = {decision: re.compile(f"{_BEFORE}{words}{_CODE}{_AFTER}") for decision, words in _WORDS.items()}
# Reasons behind a stop do not make it less of one: "STOP 7K2M please, there is an error in it".
_STOP_BECAUSE = re.compile(
    f"{_BEFORE}{_WORDS[Decision.STOPPED]} (?:code |codigo )?(?P<code>[{CODE_SIGNS.lower()}]{{4}}) .*"
)
# A wish beside the decision: then it is none that a program may carry out.
_TURNS = re.compile(
    r"\b(?:but|however|unless|except|only if|instead|until|wait|hold|first|change\w*|correct\w*|fix\w*|approv\w*|"
    r"not|dont|stop|pero|salvo|excepto|solo si|hasta|espere\w*|cambi\w*|corrij\w*|corrig\w*|primero|no)\b"
)
_APPROVES = re.compile(r"\b(?:approv|aprueb|aprob)\w*")
_WISHES = re.compile(
    r"\b(?:typos?|wrong|mistakes?|errors?|incorrect|missing|think|should|would|could|maybe|if|when|after|before|later|"
    r"tomorrow|errata|faltan?|despues|cuando|manana|quizas)\b"
)
_PRAISE = re.compile(
    r"(?:it |this |that |they |all )*(?:looks?|is|are|sounds?|reads?) (?:all |very |really )*"
    r"(?:good|great|fine|right|perfect|wonderful|ok|okay|well)(?: to (?:me|us|go))?(?: now)?"
    r"|(?:very |really )?(?:good|great|nice|wonderful|excellent) (?:work|job|letter)(?: \w+){0,2}"
    r"|(?:(?:todo|se ve|esta|muy) )+(?:bien|perfecto)(?: asi)?"
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
    if len(found) != 1:
        return Answer()
    (answer,) = found
    if answer.decision is Decision.STOPPED:
        # "STOP 7K2M, do not send it before the date is right" must not be lost over the words behind it.
        return Answer() if any(_APPROVES.search(part) for part in rest) else answer
    is_turned = any(_TURNS.search(part) for part in rest)
    return Answer() if is_turned or (answer.decision is Decision.APPROVED and _says_more(own)) else answer


def seems_forged(mail: Incoming) -> bool:
    """Tells whether our own mail server found that the sender's domain did not send it (RFC 8601).

    Most that can be known: a server that checks nothing says nothing, and then only thread and code speak for a mail.
    """
    checked = mail.headers.get("authentication-results", "")
    is_spf_alone = _SPF_FAILED.search(checked) and not _DKIM_PASSED.search(checked)
    return bool(_DMARC_FAILED.search(checked) or is_spf_alone)


def _says_more(own: str) -> bool:
    """Whether a yes has a question, a wish or a whole sentence beside it that is neither praise nor politeness.

    "APPROVE 7K2M?" asks, and "There is a typo in it." may mean not like this. A signature has no sentences.
    """
    pieces = [piece.strip() for line in own.split("\n") for piece in re.split(r"(?<=[.!?])\s+", line)]
    beside = [piece for piece in pieces if not _is_kind(fold(piece))]
    return "?" in own or any(
        _WISHES.search(fold(piece)) or (piece.endswith((".", "!")) and len(piece.split()) > 2) for piece in beside
    )


def _is_kind(sentence: str) -> bool:
    """The yes itself, or words that cannot take it back."""
    return _answer_in(sentence) is not None or any(each.fullmatch(sentence) for each in (_PRAISE, GREETING, THANKS))


def _answer_in(sentence: str) -> Answer | None:
    """What a folded sentence says and nothing else."""
    for decision, pattern in _PATTERNS.items():
        if (match := pattern.fullmatch(sentence)) is not None:
            return Answer(decision, (match["code"] or "").upper())
    match = _STOP_BECAUSE.fullmatch(sentence)
    is_stop = match is not None and not _APPROVES.search(sentence)
    return Answer(Decision.STOPPED, match["code"].upper()) if match is not None and is_stop else None
