"""What a person's role makes of them: a manager, a director, a champion or a partner (R9)."""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process

from network.cells import Read, quoted
from network.members import RoleKind
from network.tabs import Cell, text_of

# Asked in this order: a "health partner" is a partner, a "director of health services" manages health.
_CHAMPION = re.compile(
    r"\bchampions?\b|\bt/?ta\b|technical assistance|collaboration (office|director)|state association|"
    r"\btraining (specialist|team)|regional office|network leader|campeon"
)
_PARTNER = re.compile(
    r"partner|dentist|pediatrician|physician|\bdoctor\b|hygienist|public health|health department|vendor|\bparent\b|"
    r"\bfamily member\b|socio|aliad"
)
_AREA = re.compile(
    r"health|nutrition|mental|oral|dental|disabilit|nurs|wellness|safety|immuniz|salud|nutrici|\bfood\b|dieti"
)
_DIRECTOR = re.compile(r"director|superintendent|\bceo\b|executive|\bprincipal\b|\bchief\b")
_MANAGER = re.compile(r"manager|coordinator|specialist|supervisor|consultant|\blead\b|\baide\b|gerente|coordinador")

OFFERED = (
    "Health manager",
    "Nutrition manager",
    "Mental health manager",
    "Oral health manager",
    "Disabilities manager",
)
_WORDS = (*OFFERED, "Director", "Champion", "Partner")
_CHOICES = "Health manager (or Nutrition, Mental health, Oral health, Disabilities), Director, Champion or Partner"
_ALIKE = 70


def read_role(cell: Cell) -> Read[RoleKind]:
    """Reads a role as people write it; a blank one has no value, one we do not know a sentence with what to choose."""
    typed = text_of(cell)
    folded = typed.casefold()
    if not folded:
        return Read()
    for pattern, kind in ((_CHAMPION, RoleKind.CHAMPION), (_PARTNER, RoleKind.PARTNER)):
        if pattern.search(folded):
            return Read(kind)
    if _DIRECTOR.search(folded) and not _AREA.search(folded):
        return Read(RoleKind.DIRECTOR)
    if _AREA.search(folded) or _MANAGER.search(folded):
        return Read(RoleKind.MANAGER)
    alike = process.extractOne(folded, [word.casefold() for word in _WORDS], scorer=fuzz.ratio, score_cutoff=_ALIKE)
    guess = f" Is it {_WORDS[alike[2]]}?" if alike else ""
    return Read(
        sentence=f"Role holds {quoted(typed)}, which we do not know.{guess} Choose {_CHOICES}. Until then this person"
        " counts as a manager."
    )
