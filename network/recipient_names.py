"""How the name of a recipient is compared: two spellings are the same name when their keys are equal.

The key forgets case, accents, punctuation and legal endings and nothing more. Numbers written as words stay different
("Three Rivers", "3 Rivers"): such pairs are suggested to a person, see `duplicates`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from network.keys import fitted

_LEGAL = frozenset({"inc", "incorporated", "corp", "corporation", "llc", "ltd", "the", "of", "and"})
_PLACES = "county|city|town|village|borough|parish|municipality|township"
# Words that many organizations of this field share: a name of these alone says little about who it is.
_SHARED = frozenset(
    """
    academy action adult advancement advocates agencies agency aid alliance america american area assistance association
    authority board boys care catholic center centers central charities charter child childcare childhood children
    childrens citizens clubs coalition collaborative college commission committee communities community concepts
    connection connections consortium cooperative corporation council day delta department development developmental
    early ehs easter easterseals east economic education educational enrichment enterprise enterprises excellence
    families family first for foundation girls goodwill grantee group growth head health help home hope horizons hs
    human improvement in independent initiative initiatives institute intermediate kids learning life lutheran metro
    metropolitan mid midwest mission montessori mountain national neighborhood network new nonprofit nursery north
    northeast northern northwest office opportunities opportunity organization our outreach parent parents partners
    partnership partnerships people preschool program programs progress project public referral regional region
    renewal research resource resources river rural saint salvation army seals seasonal self service services serving
    settlement social society solutions south southeast southern southwest special st start state sufficiency support
    system systems to training tri trust unified union unit united university upper urban valley volunteers way
    welfare west western women womens workers works yeshiva ymca young youth ywca
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
_PLACE_WORDS = frozenset(
    {
        *("borough", "city", "county", "district", "districts", "isd", "municipality", "parish"),
        *("school", "schools", "town", "township", "village"),
    }
)
_NUMBERS = dict(
    zip(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), range(1, 11), strict=True)
)


@lru_cache(maxsize=50_000)
def name_key(name: str) -> str:
    """Returns what two spellings of one name share: "Leaguer's Inc, The" and "The Leaguers" both give "leaguers".

    "County of X" and "X, County of" both give "x county". The text is blank when the name holds no letter or digit.
    """
    text = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    text = re.sub(rf"^(.*\S)\s*,\s*({_PLACES}) of$", r"\1 \2", text)
    text = re.sub(rf"^(?:the )?({_PLACES}) of (.+)$", r"\2 \1", text)
    text = re.sub(r"\b(?:[a-z]\.){2,}", lambda found: found[0].replace(".", ""), text)
    text = re.sub("['’‘`\u00b4\u02bb]", "", text)
    words = re.findall(r"[a-z0-9]+", _without_accents(text))
    return " ".join([word for word in words if word not in _LEGAL] or words)


def name_in_prose(name: str) -> str:
    """The name as it reads inside a sentence: federal files invert some, "Snohomish, County of" and "…, The"."""
    turned = re.fullmatch(rf"(.+?)\s*,\s*((?:{_PLACES}) of|the)", name.strip(), re.IGNORECASE)
    if turned is None:
        return name
    return f"{turned[2]} {turned[1]}" if turned[2].casefold() != "the" else f"the {turned[1]}"


def tidy_name(name: object) -> str:
    """Returns a name for the screen: single blanks, no stray ones; letters, accents and capitals stay as they are."""
    return " ".join(unicodedata.normalize("NFC", str(name if name is not None else "")).replace("\u200b", "").split())


def name_of_slug(slug: str) -> str:
    """Returns a readable name from a slug such as "1234_lummi_nation_wa"; other names only lose stray blanks.

    The service-locations dataset writes recipients so: lower case, underscores, sometimes digits before and the state
    behind. A slug holds no capitals, so ours are a guess until a file or a person says better.
    """
    if "_" not in slug or " " in slug.strip() or slug != slug.lower():
        return tidy_name(slug)
    words = [word for word in re.sub(r"^\d+_", "", re.sub(r"_xx$|_[a-z]{2}$", "", slug.strip())).split("_") if word]
    small = {"of", "and", "the", "for", "in", "de", "la"}
    return " ".join(word if at and word in small else word.capitalize() for at, word in enumerate(words))


def is_known_by_name_alone(key: str) -> bool:
    """Tells whether a name key is distinctive enough to mean one organization in every state.

    "Telamon" is; "Child Start" and "Community Action" are not, and neither is any county, city or school district.
    """
    words = key.split()
    if _PLACE_WORDS.intersection(words):
        return False
    return any(len(word) > 2 and word not in _SHARED and not word.isdigit() for word in words)


def loose_key(key: str) -> str:
    """The key with small numbers written as figures, for suggestions only."""
    return " ".join(str(_NUMBERS.get(word, word)) for word in key.split())


def slug_of(key: str) -> str:
    """The key as part of an id: lower case letters, digits and dashes, at most 90 of them."""
    return fitted("-".join(key.split()).strip("-"), 90) or "unnamed"


def _without_accents(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
