"""What a lane made ready and nobody will send any more: found in the account and taken away.

Mails are dropped, skipped or come too late after they were made ready, and an answer that got lost leaves a second
copy. Only what bears our own mark of a message in this ledger is touched, and only when that message can never use it:
what a person wrote, what another office left, and what is still to go stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from network.errors import NetworkError
from network.jobs import guard
from network.messages import FINAL_STATES, MessageRecord
from network.ports import Leftover, Office

RESTS_FOR = timedelta(hours=1)  # after a message ended: a worker that slept may still be about to look
FORGOTTEN_AFTER = timedelta(days=1)  # no worker keeps what it made to itself for longer than its claim


def clear_leftovers(office: Office, at: datetime) -> int:
    """Takes away what is needless; returns how much. A lane that cannot be asked now is asked tomorrow.

    A computer that may not act on the sheet touches nothing: another one's ledger may know better.
    """
    if office.leftovers is None or not office.is_live or guard.held(office):
        return 0
    cleared = 0
    try:
        found = office.leftovers.find()
        # Read after the account was: whatever it shows is older than what the ledger knows of it.
        known = {record.message.file_stem: record for record in office.ledgerbook.records()} if found else {}
        for each in found:
            if is_needless(each, known, at):
                office.leftovers.clear(each)
                cleared += 1
    except NetworkError:
        return cleared
    return cleared


def is_needless(leftover: Leftover, known: Mapping[str, MessageRecord], at: datetime) -> bool:
    """Tells whether no message of this ledger can ever use it."""
    record = known.get(leftover.stem)
    if record is None:
        return False
    if record.state in FINAL_STATES:
        return at - record.changed_at > RESTS_FOR
    is_the_one_kept = leftover.values.items() <= record.handle.items()
    return not is_the_one_kept and at - leftover.made_at > FORGOTTEN_AFTER
