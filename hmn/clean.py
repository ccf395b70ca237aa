"""`hmn clean-ledger`: begin anew with another lane, and keep every no."""

from __future__ import annotations

import json
from datetime import datetime

from integrations.wiring import clean_ledger, open_office
from network.errors import ConfigurationError


def begin_anew(*, is_sure: bool, as_of: datetime | None, as_json: bool) -> None:
    """Backs the ledger up, then forgets what was planned and sent; people, programs and every no stay."""
    if not is_sure:
        raise ConfigurationError(
            "This forgets what was planned and sent; people, programs and every no stay, and a backup is made first. "
            "If that is what you want, type: hmn clean-ledger --yes"
        )
    with open_office(as_of=as_of) as office:
        backup = office.backups.make(office.clock())
    kept = clean_ledger()
    if as_json:
        print(json.dumps({"backup": backup, "consent facts kept": kept}))
    else:
        print(f"The ledger begins anew. {kept} facts of consent were kept. " + (f"Backup: {backup}." if backup else ""))
