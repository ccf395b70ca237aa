"""`hmn restore FILE`: put a copy of the ledger back in its place."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from integrations.wiring import clock_from, restore_ledger


def restore(file: Path, *, as_of: datetime | None, as_json: bool) -> None:
    """Puts the copy back, keeps the present ledger aside, and says what to do next."""
    aside = restore_ledger(file, clock_from(as_of)())
    if as_json:
        print(json.dumps({"restored": str(file), "kept aside": aside}))
        return
    print(f"{file.name} is the ledger now." + (f" The one before is kept as {aside}." if aside else ""))
    print(
        "Nothing goes out yet: nobody knows what went out since that copy was made. Type hmn takeover: it reads sheet, "
        "mailbox and newsletter, keeps every no and repeats no letter."
    )
