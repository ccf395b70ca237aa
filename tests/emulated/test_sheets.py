"""The stand-in answers as recorded Google traffic does: shapes, trimming, clamping, refusals."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.emulated.stand_in import StandIn


def values(google: StandIn, text: str, **query: Any) -> Any:
    return google.call("GET", f"/v4/spreadsheets/{google.sheet}/values/{quote(text)}", **query).json()


def update(google: StandIn, *requests: Any) -> Any:
    return google.call("POST", f"/v4/spreadsheets/{google.sheet}:batchUpdate", {"requests": list(requests)})


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["message"]


class TestReading:
    """Values come trimmed, clamped and rendered."""

    def test_an_empty_range_has_no_values_key(self, google: StandIn) -> None:
        google.make()
        assert values(google, "A1:D2") == {"range": "Sheet1!A1:D2", "majorDimension": "ROWS"}

    def test_trailing_empty_cells_and_rows_are_gone_and_inner_ones_stay(self, google: StandIn) -> None:
        google.make({"Sheet1": [["A1", "B1", None, "D1"], [None, "b2"], [], ["A4"]]})
        assert values(google, "Sheet1")["values"] == [["A1", "B1", "", "D1"], ["", "b2"], [], ["A4"]]

    @pytest.mark.parametrize(
        ("asked", "echoed"),
        [
            ("Sheet1", "Sheet1!A1:Z1000"),
            ("Sheet1!A1:1", "Sheet1!A1:Z1"),
            ("Sheet1!A1:C", "Sheet1!A1:C1000"),
            ("'Sheet1'!B2", "Sheet1!B2"),
            ("'🌵 test'!A1:A10", "'🌵 test'!A1:A10"),
        ],
    )
    def test_a_range_is_echoed_clamped_and_with_the_quotes_it_needs(
        self, google: StandIn, asked: str, echoed: str
    ) -> None:
        google.make({"Sheet1": [], "🌵 test": []})
        assert values(google, asked)["range"] == echoed

    def test_every_render_option_shows_types_as_recorded(self, google: StandIn) -> None:
        google.make({"Sheet1": [["=4/2", "2020-01-01", "string", 53], ["=3/2", 0.12, "1999-01-02"]]})
        assert values(google, "Sheet1")["values"] == [
            ["2", "2020-01-01", "string", "53"],
            ["1.5", "0.12", "1999-01-02"],
        ]
        plain = values(google, "Sheet1", valueRenderOption="UNFORMATTED_VALUE")["values"]
        assert plain == [[2, 43831, "string", 53], [1.5, 0.12, 36162]]
        formulas = values(google, "Sheet1", valueRenderOption="FORMULA")["values"]
        assert formulas == [["=4/2", 43831, "string", 53], ["=3/2", 0.12, 36162]]

    def test_a_tab_that_is_not_there_cannot_be_parsed(self, google: StandIn) -> None:
        google.make()
        answer = google.call("GET", f"/v4/spreadsheets/{google.sheet}/values:batchGet", ranges=["'Gone'"])
        assert error(answer) == (400, "Unable to parse range: 'Gone'")

    def test_a_range_beyond_the_grid_is_refused(self, google: StandIn) -> None:
        google.make()
        answer = google.call("GET", f"/v4/spreadsheets/{google.sheet}/values/Sheet1!AA1:AB2")
        assert answer.status_code == 400
        assert "exceeds grid limits" in answer.json()["error"]["message"]

    def test_the_metadata_follows_the_field_mask(self, google: StandIn) -> None:
        google.make({"One": []})
        answer = google.call(
            "GET", f"/v4/spreadsheets/{google.sheet}", fields="properties.timeZone,sheets(properties(sheetId,title))"
        )
        assert answer.json() == {
            "properties": {"timeZone": "Etc/GMT"},
            "sheets": [{"properties": {"sheetId": 0, "title": "One"}}],
        }


class TestWriting:
    """What is written is exactly what was asked."""

    def test_raw_keeps_text_and_user_entered_understands_it(self, google: StandIn) -> None:
        google.make()
        block = {"range": "Sheet1!A1:C1", "values": [["=1+1", "007", "+1555"]]}
        for option, shown in (("RAW", ["=1+1", "007", "+1555"]), ("USER_ENTERED", [2, 7, 1555])):
            body = {"valueInputOption": option, "data": [block]}
            answer = google.call("POST", f"/v4/spreadsheets/{google.sheet}/values:batchUpdate", body).json()
            assert answer["totalUpdatedCells"] == 3
            assert values(google, "Sheet1", valueRenderOption="UNFORMATTED_VALUE")["values"] == [shown]

    def test_an_update_says_what_it_wrote(self, google: StandIn) -> None:
        google.make()
        path = f"/v4/spreadsheets/{google.sheet}/values/Sheet1!A1"
        answer = google.call("PUT", path, {"values": [["a", ""], ["b"]]}, valueInputOption="RAW").json()
        assert {name: answer[name] for name in ("updatedRange", "updatedRows", "updatedCells")} == {
            "updatedRange": "Sheet1!A1:B2",
            "updatedRows": 2,
            "updatedCells": 3,
        }

    def test_a_batch_is_done_whole_or_not_at_all(self, google: StandIn) -> None:
        google.make({"Sheet1": [["stays"]]})
        cell = {"rows": [{"values": [{"userEnteredValue": {"stringValue": "new"}}]}], "fields": "userEnteredValue"}
        answer = update(
            google,
            {"updateCells": {**cell, "start": {"sheetId": 0, "rowIndex": 0, "columnIndex": 0}}},
            {"updateCells": {**cell, "start": {"sheetId": 99, "rowIndex": 0, "columnIndex": 0}}},
        )
        assert error(answer) == (400, "Invalid requests[1].updateCells: No grid with id: 99")
        assert google.tabs()["Sheet1"] == [["stays"]]

    def test_there_is_one_reply_a_request(self, google: StandIn) -> None:
        google.make()
        answer = update(
            google,
            {"addSheet": {"properties": {"title": "New", "sheetId": 7}}},
            {"updateSheetProperties": {"properties": {"sheetId": 7, "hidden": True}, "fields": "hidden"}},
        ).json()
        assert answer["spreadsheetId"] == google.sheet
        assert answer["replies"][0]["addSheet"]["properties"]["index"] == 1
        assert answer["replies"][1] == {}

    def test_an_inserted_row_moves_cells_and_formulas_stay_content(self, google: StandIn) -> None:
        google.make({"Sheet1": [["=1+1"], ["below"]]})
        span = {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 3}
        assert update(google, {"insertDimension": {"range": span}}).json()["replies"] == [{}]
        assert google.tabs()["Sheet1"] == [[2], [], [], ["below"]]

    def test_cells_outside_the_mask_and_the_rows_stay(self, google: StandIn) -> None:
        google.make({"Sheet1": [["a", "b"], ["c", "d"]]})
        box = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 1}
        rows = [{"values": [{"userEnteredValue": {"numberValue": 1}, "note": "not written"}]}]
        update(google, {"updateCells": {"range": box, "rows": rows, "fields": "userEnteredValue"}})
        assert google.tabs()["Sheet1"] == [[1, "b"], [None, "d"]]
        first = google.whole()["sheets"][0]["data"][0]["rowData"][0]["values"][0]
        assert "note" not in first


class TestRefusals:
    """Google's own words for what it does not take."""

    def test_a_field_that_google_does_not_know_is_refused(self, google: StandIn) -> None:
        google.make()
        answer = update(google, {"insertDimension": {"range": {"sheetId": 0, "dimension": "ROWS"}, "beside": True}})
        assert answer.status_code == 400
        assert "Unknown name \"beside\" at 'requests[0].insert_dimension'" in answer.json()["error"]["message"]

    def test_a_parameter_that_google_does_not_know_is_refused(self, google: StandIn) -> None:
        google.make()
        answer = google.call("GET", f"/v4/spreadsheets/{google.sheet}", including="all")
        assert answer.status_code == 400

    def test_a_wrong_type_is_refused(self, google: StandIn) -> None:
        google.make()
        assert update(google, {"addSheet": {"properties": {"title": 7}}}).status_code == 400
        assert update(google, {"addSheet": {"properties": {"sheetId": 2**31}}}).status_code == 400

    def test_all_tabs_cannot_be_hidden(self, google: StandIn) -> None:
        google.make()
        answer = update(google, {"updateSheetProperties": {"properties": {"hidden": True}, "fields": "hidden"}})
        assert error(answer)[1].endswith("You can't hide all the sheets in a document.")

    def test_a_file_that_is_not_there_or_not_shared(self, google: StandIn) -> None:
        google.make(shared=False)
        assert error(google.call("GET", "/v4/spreadsheets/nowhere")) == (404, "Requested entity was not found.")
        assert error(google.call("GET", f"/v4/spreadsheets/{google.sheet}"))[0] == 403

    def test_sheets_errors_have_no_list_and_drive_errors_have_one(self, google: StandIn) -> None:
        assert "errors" not in google.call("GET", "/v4/spreadsheets/nowhere").json()["error"]
        assert google.call("GET", "/drive/v3/files/nowhere").json()["error"]["errors"][0]["reason"] == "notFound"

    def test_a_path_that_matches_nothing_is_counted(self, google: StandIn) -> None:
        google.call("GET", "/v4/elsewhere")
        assert google.control("requests")["unmatched"] == 1

    def test_without_a_token_nothing_is_answered(self, google: StandIn) -> None:
        google.make()
        assert google.session.get(f"{google.base_url}/v4/spreadsheets/{google.sheet}").status_code == 401


class TestDrive:
    """A file's version."""

    def test_the_version_counts_every_change(self, google: StandIn) -> None:
        google.make()
        path = f"/drive/v3/files/{google.sheet}"
        first = google.call("GET", path, fields="version").json()
        google.edit({"do": "type", "tab": "Sheet1", "at": "A1", "values": [["x"]]})
        second = google.call("GET", path, fields="version").json()
        assert int(second["version"]) == int(first["version"]) + 1

    def test_the_version_lags_when_asked_to(self, google: StandIn) -> None:
        google.make()
        google.control(f"spreadsheets/{google.sheet}/lag", {"reads": 1})
        google.edit({"do": "type", "tab": "Sheet1", "at": "A1", "values": [["x"]]})
        path = f"/drive/v3/files/{google.sheet}"
        told = [google.call("GET", path, fields="version").json()["version"] for _ in range(2)]
        assert told == ["1", "2"]


class TestFaults:
    """Before the effect, after it, or too late."""

    @pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500), ("503", 503), ("502", 502)])
    def test_a_fault_before_the_effect_changes_nothing(self, google: StandIn, kind: str, status: int) -> None:
        google.make()
        google.fault(kind, method="POST", path="batchUpdate")
        assert update(google, {"addSheet": {"properties": {"title": "New"}}}).status_code == status
        assert list(google.tabs()) == ["Sheet1"]

    def test_a_fault_after_the_effect_loses_the_answer_alone(self, google: StandIn) -> None:
        google.make()
        google.fault("503", "after", path="batchUpdate")
        assert update(google, {"addSheet": {"properties": {"title": "New"}}}).status_code == 503
        assert list(google.tabs()) == ["Sheet1", "New"]

    def test_a_dropped_connection_gives_no_answer(self, google: StandIn) -> None:
        import requests

        google.make()
        google.fault("drop", path="batchUpdate")
        with pytest.raises(requests.ConnectionError):
            update(google, {"addSheet": {"properties": {"title": "New"}}})

    def test_a_late_write_happens_some_requests_later(self, google: StandIn) -> None:
        import requests

        google.make()
        google.fault("late", path="batchUpdate", after_requests=1)
        with pytest.raises(requests.ConnectionError):
            update(google, {"addSheet": {"properties": {"title": "New"}}})
        google.call("GET", f"/v4/spreadsheets/{google.sheet}")
        assert list(google.tabs()) == ["Sheet1"]
        google.call("GET", f"/v4/spreadsheets/{google.sheet}")
        assert list(google.tabs()) == ["Sheet1", "New"]

    def test_a_person_edits_between_two_requests(self, google: StandIn) -> None:
        google.make({"Sheet1": [["h"], ["b"], ["a"]]})
        google.edit_when("values", {"do": "sort", "tab": "Sheet1", "by": 0})
        assert values(google, "Sheet1")["values"] == [["h"], ["b"], ["a"]]
        assert values(google, "Sheet1")["values"] == [["h"], ["a"], ["b"]]


class TestFormulas:
    """Formulas are computed and spill."""

    TALKING = (
        '=ARRAYFORMULA(IF(ROW(B:B)=1,"We say",IF(B:B&C:C="",,XLOOKUP(B:B&"|"&C:C,Told!A:A,Told!B:B,"Not read yet"))))'
    )

    def test_a_column_formula_spills_beside_the_rows_it_speaks_of(self, google: StandIn) -> None:
        rows: list[list[Any]] = [[self.TALKING, "First", "Last"], [None, "Ana", "Bo"], [None, "Cy"], []]
        google.make({"People": rows, "Told": [["Key", "Says"], ["Ana|Bo", "OK"]]})
        assert google.tabs()["People"] == [
            ["We say", "First", "Last"],
            ["OK", "Ana", "Bo"],
            ["Not read yet", "Cy"],
        ]
        # Truly empty results are no content: the block ends where people's rows end.
        assert len(values(google, "People")["values"]) == 3

    def test_a_typed_value_in_the_way_breaks_the_spill(self, google: StandIn) -> None:
        google.make({"People": [[self.TALKING, "First", "Last"], ["mine", "Ana"]], "Told": [["Key"]]})
        assert google.tabs()["People"][1] == ["mine", "Ana"]
        assert values(google, "People")["values"][0][0] == "#REF!"

    def test_references_move_with_inserted_columns(self, google: StandIn) -> None:
        google.make({"People": [[self.TALKING, "First", "Last"], [None, "Ana"]], "Told": [["Key"]]})
        google.edit({"do": "insert_columns", "tab": "People", "column": 1})
        assert google.tabs()["People"] == [["We say", None, "First", "Last"], ["Not read yet", None, "Ana"]]

    def test_a_drawing_of_numbers_has_no_value(self, google: StandIn) -> None:
        google.make({"People": [["=SPARKLINE({1;-2;30})", "b"], ["=SPARKLINE({1;", "=SPARKLINE(1,)"]]})
        assert values(google, "People")["values"] == [["", "b"], ["#ERROR!", "#N/A"]]

    def test_an_unknown_function_has_no_name(self, google: StandIn) -> None:
        google.make({"People": [['=IMPORTXML("x")']]})
        assert values(google, "People")["values"] == [["#NAME?"]]
