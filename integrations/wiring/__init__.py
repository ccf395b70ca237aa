"""Settings in, an `Office` out: the only place that names concrete adapters, each imported when it is used."""

from integrations.wiring.mail import write_mail
from integrations.wiring.office import clock_from, open_office
from integrations.wiring.tools import clean_ledger, furnish_workbook, packaged_words, read_program_file, restore_ledger

__all__ = [
    "clean_ledger",
    "clock_from",
    "furnish_workbook",
    "open_office",
    "packaged_words",
    "read_program_file",
    "restore_ledger",
    "write_mail",
]
