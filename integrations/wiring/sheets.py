"""The workbook that people type in, and every place that answers to surveys come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from integrations.settings import Settings
from integrations.wiring.places import Clock
from network.errors import ConfigurationError
from network.survey_sources import SeveralSources

if TYPE_CHECKING:
    from integrations.ledger.engine import Ledger
    from network.furniture import TabPlan, TabsMade
    from network.ports import SurveySource, Workbook
    from network.tabs import NewRow, Reading, SystemTab


def workbook_of(settings: Settings, ledger: Ledger, clock: Clock) -> Workbook:
    """The workbook that HMN_WORKBOOK names; a Google Sheet is opened when it is first used."""
    path = settings.workbook_path
    if path is None:
        return _WhenUsed(lambda: _google_workbook(settings, ledger, clock))
    from integrations.ledger.cursors import LedgerCursors
    from integrations.local.workbook import LocalWorkbook

    return LocalWorkbook(path, clock, LedgerCursors(ledger))


def _google_workbook(settings: Settings, ledger: Ledger, clock: Clock) -> Workbook:
    from integrations.google.connect import Access, open_sheet, sheet_id_of
    from integrations.ledger.cursors import LedgerCursors
    from integrations.ledger.pending_rows import LedgerAddedRows
    from integrations.ledger.rates import LedgerRates

    sheet_id = sheet_id_of(settings.workbook)
    return open_sheet(
        sheet_id,
        Access(settings.google_credentials, settings.google_base_url),
        notes=LedgerCursors(ledger),
        added=LedgerAddedRows(ledger, sheet_id),
        rates=LedgerRates(ledger),
        clock=clock,
    )


class _WhenUsed:
    """A workbook that is opened when it is first used: a command that only looks into the ledger signs in nowhere."""

    def __init__(self, opened: Callable[[], Workbook]) -> None:
        self._opened = opened
        self._workbook: Workbook | None = None

    def read(self, since: str | None = None) -> Reading | None:
        return self._now().read(since)

    def publish(self, tabs: Sequence[SystemTab]) -> Sequence[str]:
        return self._now().publish(tabs)

    def add_rows(self, rows: Sequence[NewRow]) -> Sequence[str]:
        return self._now().add_rows(rows)

    def make_tabs(self, plans: Sequence[TabPlan]) -> TabsMade:
        return self._now().make_tabs(plans)

    def _now(self) -> Workbook:
        if self._workbook is None:
            self._workbook = self._opened()
        return self._workbook


def surveys_of(settings: Settings, ledger: Ledger, time_zone: str, clock: Clock) -> SurveySource:
    """Every place that answers come from; Google is signed in to when a form or spreadsheet is first read."""
    from integrations.local.surveys import LocalSurveys

    files = settings.response_files
    if settings.workbook_path in files:
        raise ConfigurationError("HMN_RESPONSES names the members' workbook. Keep answers in a file of their own.")
    local = LocalSurveys(settings.office / "surveys", time_zone, files)
    has_google = bool(settings.forms or settings.response_sheets)
    return SeveralSources({"files": local}, (lambda: _google_surveys(settings, ledger, clock)) if has_google else None)


def _google_surveys(settings: Settings, ledger: Ledger, clock: Clock) -> Mapping[str, SurveySource]:
    from integrations.google.connect import Access
    from integrations.google.feedback import open_feedback
    from integrations.ledger.cursors import LedgerCursors
    from integrations.ledger.rates import LedgerRates

    return open_feedback(
        settings.forms,
        settings.response_sheets,
        Access(settings.google_credentials, settings.google_base_url),
        workbook="" if settings.workbook_path else settings.workbook,
        notes=LedgerCursors(ledger),
        rates=LedgerRates(ledger),
        clock=clock,
    )
