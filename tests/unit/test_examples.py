"""The example offices hold what the tests and demos that stand on them count on."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from email_validator import EmailNotValidError, validate_email

from examples.build import CellValue, path_of_tab, read_table

EXAMPLES = Path(__file__).parents[2] / "examples"
WASHINGTON = EXAMPLES / "washington"
SHARED = Path(__file__).parents[3] / "shared" / "data"
ADDRESS_DOMAIN = re.compile(r"@([^\s@<>\",;]+)")


def rows_of(path: Path) -> list[dict[str, CellValue]]:
    table = read_table(path)
    return [dict(zip(table.headers, row, strict=True)) for row in table.rows]


def text(value: object) -> str:
    return "" if value is None else str(value)


def moment(stamp: str) -> datetime:
    """A moment as a spreadsheet holds it: without a time zone."""
    return datetime.fromisoformat(stamp)


@pytest.fixture(scope="module")
def programs() -> list[dict[str, CellValue]]:
    return rows_of(WASHINGTON / "programs.csv")


@pytest.fixture(scope="module")
def members() -> list[dict[str, CellValue]]:
    return rows_of(WASHINGTON / "members.csv")


@pytest.fixture(scope="module")
def expected() -> list[dict[str, CellValue]]:
    return rows_of(WASHINGTON / "expected.csv")


# Programs


def test_washington_has_58_grants_of_48_recipients(programs: list[dict[str, CellValue]]) -> None:
    assert len({row["Grant number"] for row in programs}) == len(programs) == 58
    assert len({row["Recipient"] for row in programs}) == 48


def test_recipients_of_the_three_program_types_add_to_50(programs: list[dict[str, CellValue]]) -> None:
    grants = Counter(row["Program type"] for row in programs)
    recipients = Counter(kind for _, kind in {(row["Recipient"], row["Program type"]) for row in programs})
    assert grants == {"Tribal (AI/AN)": 19, "Migrant and Seasonal": 2, "Head Start": 37}
    assert recipients == {"Tribal (AI/AN)": 18, "Migrant and Seasonal": 2, "Head Start": 30}


def test_program_facts_are_those_of_the_federal_table(programs: list[dict[str, CellValue]]) -> None:
    if not SHARED.is_dir():
        pytest.skip("the federal table grants_2022.csv is not beside this repository")
    names = {"AIAN": "Tribal (AI/AN)", "MSHS": "Migrant and Seasonal", "HS_EHS": "Head Start"}
    with (SHARED / "grants_2022.csv").open(encoding="utf-8", newline="") as lines:
        federal = {
            (row["grant_number"], row["grantee_name"], names[row["recipient_class"]])
            for row in csv.DictReader(lines)
            if "WA" in re.split(r"[;,\s]+", row["service_states"])
        }
    ours = {(row["Grant number"], row["Recipient"], row["Program type"]) for row in programs}
    assert ours == federal
    assert {row["States served"] for row in programs} == {"WA"}


def test_one_migrant_program_has_open_months_and_the_other_has_none(programs: list[dict[str, CellValue]]) -> None:
    months = [row["Open months"] for row in programs if row["Program type"] == "Migrant and Seasonal"]
    assert sorted(months, key=text) == [None, "May to November"]


def test_some_programs_have_no_contact_and_some_ask_us_to_wait(programs: list[dict[str, CellValue]]) -> None:
    without = [row for row in programs if not (row["Front-desk email"] or row["Phone"] or row["Director email"])]
    waiting = [row["Do not write until"] for row in programs if row["Do not write until"]]
    assert len(without) >= 3
    assert len(waiting) >= 2
    assert all(isinstance(day, date) for day in waiting)


def test_one_grant_has_a_lead_and_delegates_and_the_other_has_delegates_alone() -> None:
    rows = rows_of(EXAMPLES / "delegates" / "federal-programs.csv")
    names = {(row["grant_number"], row["program_number"]): row["program_name"] for row in rows}
    leads = {row["grant_number"] for row in rows if row["program_number"] in ("000", "200")}
    assert names["90CM009830", "005"] == "El Concilio California"
    assert leads == {"90CM009830"}
    assert Counter(row["grant_number"] for row in rows) == {"90CM009830": 6, "90CM009834": 4}
    recipients = {row["Grant number"]: row["Recipient"] for row in rows_of(EXAMPLES / "delegates" / "programs.csv")}
    assert recipients == {row["grant_number"]: row["grantee_name"] for row in rows}


def test_delegates_are_those_of_the_federal_file() -> None:
    if not SHARED.is_dir():
        pytest.skip("the federal table pir_programs_2022.csv is not beside this repository")
    ours = read_table(EXAMPLES / "delegates" / "federal-programs.csv")
    with (SHARED / "pir_programs_2022.csv").open(encoding="utf-8", newline="") as lines:
        federal = [
            tuple(row[header] for header in ours.headers)
            for row in csv.DictReader(lines)
            if row["grant_number"] in ("90CM009830", "90CM009834")
        ]
    assert sorted(ours.rows, key=str) == sorted(federal)


# Members


def test_every_members_row_has_its_expectation_in_the_same_order(
    members: list[dict[str, CellValue]], expected: list[dict[str, CellValue]]
) -> None:
    key = ("First name", "Last name", "Email")
    assert [[row[name] for name in key] for row in members] == [[row[name] for name in key] for row in expected]
    assert {row["Kind"] for row in expected} == {"fix", "waiting", "question", "note", "fine"}


def test_about_80_rows_are_plain_and_at_least_25_are_wrong(expected: list[dict[str, CellValue]]) -> None:
    plain = [row for row in expected if row["Reason"] in ("none", "blank_status")]
    wrong = [row for row in expected if row["Kind"] in ("fix", "question", "note")]
    assert 75 <= len(plain) <= 85
    assert len(wrong) >= 25
    assert all(row["What is wrong"] for row in wrong)


def test_the_page_about_the_example_explains_every_reason(expected: list[dict[str, CellValue]]) -> None:
    page = (WASHINGTON / "README.md").read_text(encoding="utf-8")
    assert [row["Reason"] for row in expected if f"`{row['Reason']}`" not in page] == []


def test_blank_status_waits_and_nothing_else_does(
    members: list[dict[str, CellValue]], expected: list[dict[str, CellValue]]
) -> None:
    waiting = [row for row, said in zip(members, expected, strict=True) if said["Kind"] == "waiting"]
    fine = [row for row, said in zip(members, expected, strict=True) if said["Kind"] == "fine"]
    assert waiting
    assert all(row["Status"] is None for row in waiting)
    assert all(row["Status"] for row in fine)


def test_fine_rows_have_an_address_that_mail_can_reach(
    members: list[dict[str, CellValue]], expected: list[dict[str, CellValue]]
) -> None:
    for row, said in zip(members, expected, strict=True):
        if said["Kind"] == "fine" and said["Reason"] != "phone_only":
            address = text(row["Email"]).strip("\u200b\u00a0 ")
            assert validate_email(address, check_deliverability=False).normalized


def test_rows_with_a_wrong_address_are_refused_by_a_strict_reader(
    members: list[dict[str, CellValue]], expected: list[dict[str, CellValue]]
) -> None:
    wrong = [
        text(row["Email"])
        for row, said in zip(members, expected, strict=True)
        if text(said["Reason"]).startswith("email_") and said["Kind"] == "fix" and row["Email"]
    ]
    assert len(wrong) >= 9
    for address in wrong:
        with pytest.raises(EmailNotValidError):
            validate_email(address, check_deliverability=False)


def test_invitations_reach_tribal_and_migrant_programs(
    members: list[dict[str, CellValue]], programs: list[dict[str, CellValue]]
) -> None:
    kinds = {row["Grant number"]: row["Program type"] for row in programs}
    invited = Counter(kinds.get(row["Grant number"]) for row in members if row["Status"] == "Invite")
    migrant = {row["Organization"] for row in members if kinds.get(row["Grant number"]) == "Migrant and Seasonal"}
    assert invited["Tribal (AI/AN)"] >= 6
    assert len(migrant) == 2


def test_no_row_at_a_tribal_program_is_wrong(
    members: list[dict[str, CellValue]],
    expected: list[dict[str, CellValue]],
    programs: list[dict[str, CellValue]],
) -> None:
    tribal = {row["Recipient"] for row in programs if row["Program type"] == "Tribal (AI/AN)"}
    reasons = {said["Reason"] for row, said in zip(members, expected, strict=True) if row["Organization"] in tribal}
    assert reasons == {"none"}


def test_all_roles_statuses_areas_and_languages_occur(members: list[dict[str, CellValue]]) -> None:
    seen = {
        name: {row[name] for row in members} for name in ("Role", "Status", "Service area", "Language", "Newsletter")
    }
    assert seen["Status"] >= {"Member", "Invite", "On hold", "Left", "Do not contact", None}
    assert seen["Service area"] >= {"Health", "Nutrition", "Mental health", "Oral health", "Disabilities"}
    assert seen["Language"] >= {"English", "Spanish"}
    assert seen["Newsletter"] >= {"yes", "no", None}
    assert seen["Role"] >= {
        "Health manager",
        "Nutrition manager",
        "Mental health manager",
        "Oral health manager",
        "Disabilities manager",
        "Director",
        "Champion",
        "Partner",
    }


# Every file


FILES = sorted(path for path in EXAMPLES.rglob("*") if path.suffix in (".csv", ".eml", ".toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_every_address_stands_at_a_reserved_domain(path: Path) -> None:
    for domain in ADDRESS_DOMAIN.findall(path.read_text(encoding="utf-8")):
        name = domain.replace("\\u00a0", "").rstrip(".").lower()
        # A remark in a cell ("@everyone:") is no address.
        assert name == "example.org" or name.endswith(".example.org") or "." not in name, domain


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_every_link_leads_to_a_reserved_domain(path: Path) -> None:
    hosts = re.findall(r"https?://([^/\s\")]+)", path.read_text(encoding="utf-8"))
    assert set(hosts) <= {"example.org"}


def test_every_phone_is_a_fictional_one(
    members: list[dict[str, CellValue]], programs: list[dict[str, CellValue]]
) -> None:
    phones = [re.sub(r"\D", "", text(row["Phone"])) for row in members + programs]
    ordinary = [phone for phone in phones if re.fullmatch(r"1?[2-9]\d{2}55501\d{2}", phone)]
    others = [phone for phone in phones if phone and phone not in ordinary]
    assert len(ordinary) > 100
    # 007 is no phone, and 555 is no area code.
    assert sorted(others) == ["007", "15550100142"]


# The other tabs and files


def test_the_example_begins_on_a_tuesday_inside_the_send_window() -> None:
    office = tomllib.loads((WASHINGTON / "office.toml").read_text(encoding="utf-8"))
    local = office["as_of"].astimezone(ZoneInfo("America/Los_Angeles"))
    assert office["as_of"].tzinfo == UTC
    assert f"{local:%A %Y-%m-%d %H:%M}" == "Tuesday 2026-10-06 10:00"


def test_two_issues_are_planned_and_the_first_is_bilingual() -> None:
    rows = rows_of(WASHINGTON / "newsletter.csv")
    languages: dict[CellValue, set[CellValue]] = {}
    for row in rows:
        languages.setdefault(row["Issue"], set()).add(row["Language"])
    assert languages == {"October 2026": {"English", "Spanish"}, "November 2026": {"English"}}
    assert {row["Send on"] for row in rows} == {date(2026, 10, 6), date(2026, 11, 10)}
    assert all(row["Image description"] for row in rows if row["Image"])
    assert all(row["May publish"] == "yes" for row in rows if row["Contributed by"])


def test_a_notice_names_its_thursday_and_one_letter_keeps_our_words() -> None:
    letter, notice = rows_of(WASHINGTON / "messages.csv")
    assert [letter[name] for name in ("Letter", "Subject", "Text")] == ["Head Start, Letter 1", None, None]
    assert notice["To"] == "members"
    assert notice["Meeting on"] == moment("2026-10-15 12:00")
    assert f"{notice['Meeting on']:%A}" in text(notice["Text"])


def test_40_people_answered_the_survey_before_the_example_begins() -> None:
    responses = read_table(WASHINGTON / "survey-responses.csv")
    questions = rows_of(WASHINGTON / "survey-questions.csv")
    assert len(responses.rows) == 40
    assert responses.headers == ("Timestamp", *(text(row["Text"]) for row in questions))
    assert {row["Kind"] for row in questions} == {"scale", "choice", "many", "text", "topic"}
    assert [row["Use"] for row in questions].count("consent to quote") == 1
    stamps = [text(row[0]).removesuffix(" PDT") for row in responses.rows]
    moments = [datetime.strptime(stamp, "%Y/%m/%d %I:%M:%S %p") for stamp in stamps]  # noqa: DTZ007 (all in one zone)
    assert moments == sorted(moments)
    assert moments[-1] < moment("2026-10-06 10:00")


def test_every_answer_with_choices_is_one_of_them() -> None:
    responses = rows_of(WASHINGTON / "survey-responses.csv")
    for question in rows_of(WASHINGTON / "survey-questions.csv"):
        if question["Kind"] != "text":
            labels = text(question["Labels"]).split("; ")
            choices = {str(place + 1) for place in range(len(labels))} if question["Kind"] == "scale" else set(labels)
            given = {part for row in responses for part in text(row[text(question["Text"])]).split(";")}
            assert given <= choices


def test_some_groups_of_the_survey_are_too_small_to_show() -> None:
    kinds = Counter(
        row["In which kind of program do you work?"] for row in rows_of(WASHINGTON / "survey-responses.csv")
    )
    assert min(kinds.values()) < 5 <= max(kinds.values())


def test_six_goals_have_ten_months_of_history() -> None:
    goals = rows_of(WASHINGTON / "goals.csv")
    history = Counter(row["Metric"] for row in rows_of(WASHINGTON / "goals-history.csv"))
    assert len(goals) == 6
    assert history == {row["Metric"]: 10 for row in goals}
    assert {row["Metric"] for row in goals} >= {"active members", "AI/AN coverage", "MSHS coverage", "response rate"}


def test_a_question_that_feeds_a_goal_names_one() -> None:
    goals = {row["Goal"] for row in rows_of(WASHINGTON / "goals.csv")}
    fed = {row["Goal"] for row in rows_of(WASHINGTON / "survey-questions.csv")} - {None}
    assert fed
    assert fed <= goals


def test_settings_say_who_we_are_and_explain_themselves() -> None:
    settings = {row["Setting"]: row for row in rows_of(WASHINGTON / "settings.csv")}
    assert settings["Sending"]["Value"] == "on"
    assert settings["Time zone"]["Value"] == "America/Los_Angeles"
    assert settings["First-day cap"]["Value"] == 20
    assert len(text(settings["Leaders"]["Value"]).split(";")) == 2
    assert all(row["Note"] for row in settings.values())


def test_a_request_in_to_do_names_somebody_in_members(members: list[dict[str, CellValue]]) -> None:
    (request,) = rows_of(WASHINGTON / "to-do.csv")
    word, address = text(request["What"]).split()
    assert (word, request["Ref"]) == ("why", None)
    assert address in {row["Email"] for row in members}


def test_replies_come_from_people_who_are_invited_and_parse_without_defects(
    members: list[dict[str, CellValue]],
) -> None:
    invited = {row["Email"] for row in members if row["Status"] == "Invite"}
    replies = rows_of(WASHINGTON / "replies" / "expected.csv")
    assert {row["File"] for row in replies} == {path.name for path in (WASHINGTON / "replies").glob("*.eml")}
    assert {row["About"] for row in replies} <= invited
    kinds = {row["Kind"] for row in replies}
    assert kinds >= {"yes", "stop", "later", "out of office", "bounce", "human reply", "language", "auto-reply"}
    for row in replies:
        content = (WASHINGTON / "replies" / text(row["File"])).read_bytes()
        mail = message_from_bytes(content, policy=policy.SMTP)
        assert isinstance(mail, EmailMessage)
        assert content.count(b"\n") == content.count(b"\r\n")
        assert not any(part.defects for part in mail.walk())
        assert not any(value.defects for value in mail.values())
        sender = mail["From"].addresses[0].addr_spec
        assert sender == row["About"] or (row["Kind"] == "bounce" and text(row["About"]).encode() in content)


def test_the_header_example_holds_renamed_missing_and_doubled_headers() -> None:
    folder = EXAMPLES / "broken_headers"
    expected = rows_of(folder / "expected.csv")
    assert {row["Kind"] for row in expected} == {"understood", "unknown", "duplicated", "missing"}
    for tab in {text(row["Tab"]) for row in expected}:
        headers = {header for header in read_table(path_of_tab(folder, tab)).headers if header}
        listed = {row["Header"] for row in expected if row["Tab"] == tab and row["Header"]}
        assert headers == listed
