"""What became of a link that somebody typed: whether a reader who follows it finds anything.

How addresses are written is looked at by `issue_check`; who asks the servers, and when, is `jobs.link_check`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from network.cells import quoted
from network.newsletter import Item, Remark

_MARKDOWN_ADDRESS = re.compile(r"\]\(\s*<?(https://[^()\s<>]*(?:\([^()\s<>]*\)[^()\s<>]*)*)>?[^()\n]*\)")
_BARE_ADDRESS = re.compile(r"<(https://[^<>\s]+)>")


class LinkFate(StrEnum):
    """What a look at a link brought; the value is what the coordinator reads, blank where nothing is wrong."""

    # a page came
    FINE = ""
    # 404 or 410, with HEAD and with GET
    GONE = "the page is not there: its server says so. Please open the link and correct it."
    # the name of the server is unknown
    NO_HOST = "nobody knows the name of its server. Please open the link and correct it."
    # the certificate is wrong or old
    UNSAFE = "browsers will warn of it: its server's certificate is not right. Please open the link and look."
    # an address inside somebody's own network; it was not asked
    PRIVATE = "it leads into a private network, where readers do not come. Please type an address for everybody."
    # a login, or a server that does not like to be asked by a program
    CLOSED = "it did not let us look. Please open it once and see that readers need no account."
    # no answer, or a fault of the server
    NO_ANSWER = "it did not answer when we looked. Please open it once."


SURELY_BROKEN = frozenset({LinkFate.GONE})


def links_of(item: Item) -> tuple[str, ...]:
    """Every https address that a row of *Newsletter* leads to, pictures included, each once."""
    typed = [address for address in (item.link, item.image) if address.startswith("https://")]
    return tuple(dict.fromkeys((*typed, *links_in(item.text))))


def links_in(text: str) -> tuple[str, ...]:
    """Every https address in a text that people typed, each once."""
    found = (match[1] for pattern in (_MARKDOWN_ADDRESS, _BARE_ADDRESS) for match in pattern.finditer(text))
    return tuple(dict.fromkeys(found))


def check_links(addresses: Iterable[str], fates: Mapping[str, LinkFate]) -> Iterator[Remark]:
    """What is known of these links: an error where a reader would surely find nothing, else worth knowing."""
    for address in addresses:
        fate = fates.get(address, LinkFate.FINE)
        if fate is not LinkFate.FINE:
            yield Remark(f"the link {quoted(address, 80)}: {fate}", is_error=fate in SURELY_BROKEN)
