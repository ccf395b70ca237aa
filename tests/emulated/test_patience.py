"""How our client meets faults: reads are repeated, a write is sent once, every answer becomes one plain error."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from gspread.urls import SPREADSHEET_BATCH_UPDATE_URL, SPREADSHEET_URL

from integrations.google.connect import Access, furnish_sheet, sheet_id_of
from integrations.google.credentials import load_credentials
from integrations.google.transport import ATTEMPTS, PatientClient, Refusal, Unclear
from integrations.ledger.engine import Ledger
from integrations.ledger.rates import LedgerRates
from network.errors import ConfigurationError, TransientError
from network.furniture import first_tabs
from network.tabs import SystemTab
from tests.emulated.google_sheet import GoogleSheet


def look(sheet: GoogleSheet) -> None:
    sheet.client().request("get", SPREADSHEET_URL % sheet.google.sheet)


def add_tab(sheet: GoogleSheet, title: str = "New") -> None:
    body = {"requests": [{"addSheet": {"properties": {"title": title}}}]}
    sheet.client().request("post", SPREADSHEET_BATCH_UPDATE_URL % sheet.google.sheet, json=body)


class TestReads:
    """A read may be repeated as often as patience lasts."""

    @pytest.mark.parametrize("kind", ["429", "500", "503", "502", "drop"])
    def test_a_read_is_repeated_until_it_is_answered(self, sheet: GoogleSheet, kind: str) -> None:
        sheet.google.fault(kind, path="/v4/", times=3)
        look(sheet)
        assert len(sheet.google.asked()) == 4
        assert sheet.pauses == [2.0, 4.0, 8.0]

    def test_patience_ends(self, sheet: GoogleSheet) -> None:
        sheet.google.fault("503", path="/v4/", times=99)
        with pytest.raises(TransientError, match="does not answer just now") as caught:
            look(sheet)
        assert len(sheet.google.asked()) == ATTEMPTS
        assert not caught.value.request_left

    def test_no_attempt_comes_before_the_service_allows_it(self, sheet: GoogleSheet) -> None:
        sheet.google.fault("429", path="/v4/", headers={"Retry-After": "40"})
        look(sheet)
        assert sheet.pauses == [40.0]

    def test_a_pause_longer_than_a_run_ends_the_run(self, sheet: GoogleSheet) -> None:
        sheet.google.fault("429", path="/v4/", headers={"Retry-After": "3600"})
        with pytest.raises(TransientError, match="come back later"):
            look(sheet)
        assert len(sheet.google.asked()) == 1

    def test_no_permission_is_no_rate_limit(self, sheet: GoogleSheet) -> None:
        sheet.google.fault("403", path="/v4/")
        with pytest.raises(Refusal):
            look(sheet)
        assert len(sheet.google.asked()) == 1


class TestWrites:
    """A write is repeated only when it certainly was not done."""

    def test_a_write_that_was_refused_for_the_rate_is_sent_again(self, sheet: GoogleSheet) -> None:
        sheet.google.fault("429", path="/v4/", times=2)
        add_tab(sheet)
        assert "New" in sheet.google.tabs()
        assert len(sheet.google.asked()) == 3

    @pytest.mark.parametrize("when", ["before", "after"])
    @pytest.mark.parametrize("kind", ["500", "503", "502", "drop"])
    def test_a_write_without_a_clear_answer_is_never_sent_again(self, sheet: GoogleSheet, kind: str, when: str) -> None:
        sheet.google.fault(kind, when, method="POST", path="batchUpdate")
        with pytest.raises(Unclear) as caught:
            add_tab(sheet)
        assert caught.value.request_left
        assert len(sheet.google.asked()) == 1
        assert sheet.pauses == []

    def test_a_write_that_found_no_server_was_not_done(self, sheet: GoogleSheet) -> None:
        credentials = load_credentials(sheet.key, sheet.google.base_url)
        credentials.refresh(Request())  # type: ignore[no-untyped-call]
        client = PatientClient(
            credentials, LedgerRates(sheet.ledger), base_url="http://127.0.0.1:9", sleep=sheet.pauses.append
        )
        with pytest.raises(TransientError) as caught:
            client.request("post", SPREADSHEET_BATCH_UPDATE_URL % "x", json={})
        assert not caught.value.request_left
        assert len(sheet.pauses) == ATTEMPTS - 1

    def test_an_access_token_that_ended_is_renewed_and_the_write_done_once(self, sheet: GoogleSheet) -> None:
        client = sheet.client()
        client.request("get", SPREADSHEET_URL % sheet.google.sheet)
        sheet.google.control("google", {"revoke": True})
        body = {"requests": [{"addSheet": {"properties": {"title": "New"}}}]}
        client.request("post", SPREADSHEET_BATCH_UPDATE_URL % sheet.google.sheet, json=body)
        assert [each["status"] for each in sheet.google.asked()] == [200, 401, 200]


class TestTurns:
    """No minute has more requests than the limit."""

    def test_a_minute_never_has_more_than_sixty(self, ledger: Ledger) -> None:
        rates, now = LedgerRates(ledger), datetime(2026, 10, 6, tzinfo=UTC)
        taken: list[datetime] = []
        while len(taken) < 150:
            wait = rates.take("google.read", now)
            if wait:
                now += timedelta(seconds=wait)
            else:
                taken.append(now)
        for begin in taken:
            assert sum(begin <= each < begin + timedelta(minutes=1) for each in taken) <= 60

    def test_limits_are_shared_by_processes_and_apart_by_name(self, ledger: Ledger) -> None:
        now = datetime(2026, 10, 6, tzinfo=UTC)
        while not LedgerRates(ledger).take("google.read", now):
            pass
        assert LedgerRates(ledger).take("google.read", now) > 0
        assert LedgerRates(ledger).take("google.write", now) == 0

    def test_a_clock_that_was_set_back_stops_nobody_for_long(self, ledger: Ledger) -> None:
        now = datetime(2026, 10, 6, tzinfo=UTC)
        while not LedgerRates(ledger).take("x", now):
            pass
        earlier = now - timedelta(days=3)
        wait = LedgerRates(ledger).take("x", earlier)
        assert LedgerRates(ledger).take("x", earlier + timedelta(seconds=wait)) == 0


class TestCredentials:
    """Files as people know them; each fault is one sentence."""

    @pytest.mark.parametrize("kind", ["service_account", "authorized_user"])
    def test_both_kinds_of_file_sign_in(self, sheet: GoogleSheet, kind: str) -> None:
        sheet.key.write_text(json.dumps(sheet.google.control(f"credentials/{kind}")), encoding="utf-8")
        look(sheet)

    def test_a_revoked_sign_in_is_one_sentence_with_the_fix(self, sheet: GoogleSheet) -> None:
        sheet.google.fault("invalid_grant", path="/token", times=9)
        with pytest.raises(ConfigurationError, match="Sign in again"):
            look(sheet)

    def test_a_token_endpoint_in_trouble_is_no_revoked_sign_in(self, sheet: GoogleSheet) -> None:
        sheet.google.fault("502", path="/token")
        look(sheet)
        assert sheet.pauses == [2.0]

    @pytest.mark.parametrize(
        ("contents", "sentence"),
        [
            ('{"installed": {}}', "client file"),
            ("{}", "no Google credentials file"),
            ("not json", "cannot be read as JSON"),
            ('{"type": "service_account"}', "damaged"),
        ],
    )
    def test_a_file_of_the_wrong_kind_is_one_sentence(self, tmp_path: Path, contents: str, sentence: str) -> None:
        key = tmp_path / "key.json"
        key.write_text(contents, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=sentence):
            load_credentials(key)

    def test_a_missing_file_is_one_sentence(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ConfigurationError, match="not there"):
            load_credentials(tmp_path / "nowhere.json")

    def test_the_sheet_is_named_by_its_id_or_its_address(self) -> None:
        sheet_id = "1aBcDeFgHiJkLmNoPqRsTuVwXyZ_0123456789-abcd"
        for typed in (sheet_id, f"https://docs.google.com/spreadsheets/d/{sheet_id}/edit#gid=0"):
            assert sheet_id_of(typed) == sheet_id
        with pytest.raises(ConfigurationError, match="whole address"):
            sheet_id_of("our sheet")

    @pytest.mark.parametrize(
        ("kind", "sentence"),
        [
            ("403", "not shared with us. Open it, press Share and share it with the person who signed in, as Editor"),
            ("disabled", "enable the Google Sheets API and the Google Drive API, and wait five minutes"),
            ("scopes", "Sign in again, allow Google Sheets and Google Drive"),
            ("office_file", "choose File, Save as Google Sheets, and use the address of the new sheet"),
            ("protected", "Somebody has protected a part of the sheet that we write to"),
            ("401", "Sign in again and put the new file where HMN_GOOGLE_CREDENTIALS says"),
        ],
    )
    def test_what_google_refuses_is_one_sentence_with_the_fix(
        self, sheet: GoogleSheet, kind: str, sentence: str
    ) -> None:
        sheet.google.fault(kind, path="/v4/", times=9)
        with pytest.raises(ConfigurationError, match=sentence):
            sheet.open().read()
        sheet.google.control("calm", {})
        reading = sheet.open()
        reading.read()
        sheet.google.fault(kind, path="batchUpdate", times=9)
        with pytest.raises(ConfigurationError, match=sentence):
            reading.publish([SystemTab("HMN today", ("What",), [("x",)])])

    def test_the_address_to_share_with_is_named(self, sheet: GoogleSheet) -> None:
        info = sheet.google.control("credentials/service_account")
        sheet.key.write_text(json.dumps(info), encoding="utf-8")
        sheet.google.make({}, shared=False)
        access = Access(sheet.key, sheet.google.base_url)
        with pytest.raises(ConfigurationError, match=f"share it with {re.escape(info['client_email'])} as Editor"):
            furnish_sheet(sheet.google.sheet.ljust(20, "x"), access, first_tabs(), dry_run=True)

    def test_gspreads_own_folder_is_looked_into_and_no_browser_is_opened(
        self, sheet: GoogleSheet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("webbrowser.open", lambda *_: pytest.fail("a browser was opened"))
        kept = tmp_path / "authorized_user.json"
        monkeypatch.setattr("gspread.auth.DEFAULT_AUTHORIZED_USER_FILENAME", kept)
        monkeypatch.setattr("gspread.auth.DEFAULT_SERVICE_ACCOUNT_FILENAME", tmp_path / "none.json")
        with pytest.raises(ConfigurationError, match="No Google credentials"):
            load_credentials(None)
        kept.write_text(json.dumps(sheet.google.control("credentials/authorized_user")), encoding="utf-8")
        load_credentials(None, sheet.google.base_url).refresh(Request())  # type: ignore[no-untyped-call]

    def test_a_wrong_clock_is_one_sentence(self, sheet: GoogleSheet, monkeypatch: pytest.MonkeyPatch) -> None:
        said = {"error": "invalid_grant", "error_description": "Invalid JWT: check your iat and exp values in the JWT."}
        client = sheet.client()

        def refuse(*args: object, **options: object) -> None:
            raise RefreshError("invalid_grant: Invalid JWT: check your iat and exp values", said)  # type: ignore[no-untyped-call]

        monkeypatch.setattr(client.session, "request", refuse)
        with pytest.raises(ConfigurationError, match="clock is wrong"):
            client.request("get", SPREADSHEET_URL % sheet.google.sheet)
