"""States and territories: how people write them, and in which of the ten regions a state's own programs are.

Regions as in the federal Program Information Report 2022; FM and MH as in the public TTADP constants.
"""

from __future__ import annotations

import re

# Two letters: the name, and the region that awards grants to programs at home there.
_STATES: dict[str, tuple[str, int]] = {
    "AK": ("Alaska", 10),
    "AL": ("Alabama", 4),
    "AR": ("Arkansas", 6),
    "AS": ("American Samoa", 9),
    "AZ": ("Arizona", 9),
    "CA": ("California", 9),
    "CO": ("Colorado", 8),
    "CT": ("Connecticut", 1),
    "DC": ("District of Columbia", 3),
    "DE": ("Delaware", 3),
    "FL": ("Florida", 4),
    "FM": ("Federated States of Micronesia", 9),
    "GA": ("Georgia", 4),
    "GU": ("Guam", 9),
    "HI": ("Hawaii", 9),
    "IA": ("Iowa", 7),
    "ID": ("Idaho", 10),
    "IL": ("Illinois", 5),
    "IN": ("Indiana", 5),
    "KS": ("Kansas", 7),
    "KY": ("Kentucky", 4),
    "LA": ("Louisiana", 6),
    "MA": ("Massachusetts", 1),
    "MD": ("Maryland", 3),
    "ME": ("Maine", 1),
    "MH": ("Marshall Islands", 9),
    "MI": ("Michigan", 5),
    "MN": ("Minnesota", 5),
    "MO": ("Missouri", 7),
    "MP": ("Northern Mariana Islands", 9),
    "MS": ("Mississippi", 4),
    "MT": ("Montana", 8),
    "NC": ("North Carolina", 4),
    "ND": ("North Dakota", 8),
    "NE": ("Nebraska", 7),
    "NH": ("New Hampshire", 1),
    "NJ": ("New Jersey", 2),
    "NM": ("New Mexico", 6),
    "NV": ("Nevada", 9),
    "NY": ("New York", 2),
    "OH": ("Ohio", 5),
    "OK": ("Oklahoma", 6),
    "OR": ("Oregon", 10),
    "PA": ("Pennsylvania", 3),
    "PR": ("Puerto Rico", 2),
    "PW": ("Palau", 9),
    "RI": ("Rhode Island", 1),
    "SC": ("South Carolina", 4),
    "SD": ("South Dakota", 8),
    "TN": ("Tennessee", 4),
    "TX": ("Texas", 6),
    "UT": ("Utah", 8),
    "VA": ("Virginia", 3),
    "VI": ("Virgin Islands", 2),
    "VT": ("Vermont", 1),
    "WA": ("Washington", 10),
    "WI": ("Wisconsin", 5),
    "WV": ("West Virginia", 3),
    "WY": ("Wyoming", 8),
}
_BY_NAME = {name.casefold(): code for code, (name, _) in _STATES.items()} | {
    "washington state": "WA",
    "washington dc": "DC",
    "washington, dc": "DC",
    "d.c.": "DC",
    "u.s. virgin islands": "VI",
    "us virgin islands": "VI",
}


def read_state(text: object) -> str | None:
    """Reads one state as its two letters ("wa", "Washington", "WA."); None when it is none we know."""
    typed = re.sub(r"\s+", " ", str(text or "")).strip()
    letters = typed.rstrip(".").upper()
    return letters if letters in _STATES else _BY_NAME.get(typed.casefold())


def read_states(text: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Reads a list of states ("WA, OR", "WA; OR", "WA OR", "Washington"); returns them sorted, and what was not read.

    Commas, semicolons, slashes, "and" and blanks between two-letter codes separate.
    """
    found: set[str] = set()
    unread: list[str] = []
    for part in re.split(r"[,;/\n]|\band\b|&", str(text or "")):
        words = part.split()
        state = read_state(part)
        if state:
            found.add(state)
        elif words and all(read_state(word) for word in words):
            found.update(state for word in words if (state := read_state(word)))
        elif words:
            unread.append(" ".join(words))
    return tuple(sorted(found)), tuple(unread)


def state_name(code: str) -> str:
    """The name of a state from its two letters; the letters themselves when we do not know them."""
    return _STATES[code][0] if code in _STATES else code


def home_region(code: str) -> int | None:
    """The region, 1 to 10, whose office awards the grants of programs at home in this state."""
    return _STATES[code][1] if code in _STATES else None
