"""Rows of *Settings* and *Quiet dates* in, `Preferences` out; what cannot be read keeps its default, with a sentence.

*Sending* is the exception: unreadable, missing or said twice in two ways, it is off. A setting that is not listed in
`SETTINGS` is kept in `Preferences.extra` under its lower-case name, so that a template may use it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from network.addresses import read_email
from network.cells import fold, join_or, quoted, read_date, read_list, read_time, read_yes_no
from network.own_headers import own_header_of, why_unused
from network.preferences import Caps, Preferences, QuietDate, Sending, SendWindow
from network.states import read_states
from network.tabs import PEOPLES_TABS, Cell, Row, TabRows, text_of


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of *Settings*: its name as people read it, and what it does."""

    name: str
    what: str


_NOT_COUNTED = "The newsletter, answers somebody asked for and changes of a notice do not count."

SETTINGS = (
    Setting(
        "Sending", "off: nothing leaves. only to me: each mail goes to Reply-to as a test. on: mails go to people."
    ),
    Setting("Start sending on", "Nothing is sent before this day. That day has the First-day cap."),
    Setting("Network name", "As people read it in mails."),
    Setting("Sender name", "Who writes. A person's name is opened more often than an office's."),
    Setting("Sender address", "The address mails come from."),
    Setting("Reply-to", "Where answers go. Somebody must read them."),
    Setting("Postal address", "Stands under every newsletter; the law asks for it."),
    Setting("Time zone", "The network's time zone, such as America/Los_Angeles."),
    Setting("States", "The states of the network, two letters each, with semicolons between."),
    Setting("Service areas", "The service areas of your members. Others are asked about."),
    Setting("Leaders", "Who answers people and gets the Monday mail: Name <address>, with semicolons between."),
    Setting("Approvers", "The addresses that may say yes to what goes out."),
    Setting("Technical contact", "Whom to ask when something does not work."),
    Setting("Logo", "The https address of a picture. Blank: the network's name is written instead."),
    Setting("Colours", "Two colours such as #1F4E5F; #B4531A: for headings and for buttons."),
    Setting("Send window", "When mails may go, in the zone of the person who gets them: 09:00-16:30 Mon-Fri."),
    Setting("Mails a person a day", f"No person gets more. {_NOT_COUNTED}"),
    Setting("Mails a person a week", f"No person gets more. {_NOT_COUNTED}"),
    Setting("First-day cap", "How many mails may go on the very first day."),
    Setting("Daily cap", "How many mails may go on any later day."),
    Setting("Next meeting", "The next meeting, named in the welcome letter and in the newsletter."),
    Setting("Meeting link", "Where it is."),
    Setting(
        "Newsletter contacts", "How many contacts the plan of your newsletter's provider takes. Blank: no limit known."
    ),
    Setting("Newsletter sends a month", "How many mails that plan sends in a month. Blank: no limit known."),
    Setting("Job: …", "on or off: recruitment, newsletter, surveys, goals, digest."),
    Setting("Block: …", "on or off: a part of the newsletter that is filled in by itself."),
    Setting("Column: …", "What a column of yours is called here: Column: Correo electrónico, with the value Email."),
)
_SENDING = {
    "off": Sending.OFF,
    "onlytome": Sending.ONLY_TO_ME,
    "tome": Sending.ONLY_TO_ME,
    "on": Sending.ON,
}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ZONES = {
    "eastern": "America/New_York",
    "central": "America/Chicago",
    "mountain": "America/Denver",
    "arizona": "America/Phoenix",
    "pacific": "America/Los_Angeles",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
    "puertorico": "America/Puerto_Rico",
    "atlantic": "America/Puerto_Rico",
}
_MOST_MAILS = 10_000
# Listed, and read by the jobs that use them: `campaigns.limits_of`, the letterhead.
_KEPT_AS_TYPED = frozenset({"meetinglink", "newslettercontacts", "newslettersendsamonth"})


def parse_settings(
    settings_rows: Sequence[Row], quiet_rows: Sequence[Row] = (), problems: Sequence[str] = ()
) -> Preferences:
    """Reads both tabs; `problems` are sentences about the tabs themselves, kept in front of those about cells."""
    desk = _Settings(problems=list(problems))
    for row in settings_rows:
        desk.take(text_of(row.cells.get("Setting")), row.cells.get("Value"))
    quiet = tuple(day for row in quiet_rows if (day := desk.quiet_date(row)) is not None)
    return replace(desk.preferences(), quiet=quiet, problems=tuple(desk.problems))


def settings_to_cursor(settings: TabRows, quiet: TabRows) -> str:
    """Keeps both tabs as they were typed, for `preferences_from_cursor`; a tab without its headers counts as empty."""
    problems = [*settings.problems, *quiet.problems]
    if settings.is_missing:
        problems.append("There is no tab Settings, so nothing is sent. Please add it again.")
    kept = {
        "settings": [] if settings.lacks_required else [_kept(row, ("Setting", "Value")) for row in settings.rows],
        "quiet": [_kept(row, ("From", "To", "For", "Why")) for row in quiet.rows],
        "problems": problems,
    }
    return json.dumps(kept, ensure_ascii=False)


def preferences_from_cursor(text: str | None) -> Preferences:
    """What *Settings* said when it was last read; the defaults, with sending off, before the first reading."""
    if not text:
        return Preferences()
    kept = json.loads(text)
    settings = [Row(number, dict(zip(("Setting", "Value"), cells, strict=True))) for number, *cells in kept["settings"]]
    columns = ("From", "To", "For", "Why")
    quiet = [Row(number, dict(zip(columns, cells, strict=True))) for number, *cells in kept["quiet"]]
    return parse_settings(settings, quiet, kept["problems"])


def _kept(row: Row, columns: Sequence[str]) -> list[Cell]:
    return [row.number, *(row.cells.get(column) for column in columns)]


@dataclass(slots=True)
class _Settings:
    """Collects what was read and what could not be."""

    problems: list[str] = field(default_factory=list)
    cells: dict[str, Cell] = field(default_factory=dict)  # by folded name; the upper of two rows of one name
    names: dict[str, str] = field(default_factory=dict)
    contradicted: set[str] = field(default_factory=set)

    def take(self, name: str, value: Cell) -> None:
        folded = fold(name)
        if not folded:
            return
        if folded in self.cells:
            if text_of(value) != text_of(self.cells[folded]):
                self.contradicted.add(folded)
                self.problems.append(
                    f"Settings names {quoted(name)} twice. The upper one counts; please remove the other."
                )
            return
        self.cells[folded] = value
        self.names[folded] = name

    def preferences(self) -> Preferences:
        default = Preferences()
        leaders, leader_addresses = self._leaders()
        jobs = frozenset(job for job in default.jobs if self._is_on(f"Job: {job}", default=True))
        self._check_columns()
        return Preferences(
            network_name=self._text("Network name") or default.network_name,
            sender_name=self._text("Sender name"),
            sender_address=self._address("Sender address"),
            reply_to=self._address("Reply-to"),
            postal_address=self._text("Postal address"),
            time_zone=self._zone(default.time_zone),
            states=self._states(),
            service_areas=read_list(self._cell("Service areas")) or default.service_areas,
            leaders=leaders,
            leader_addresses=leader_addresses,
            approvers=self._approvers(leader_addresses),
            technical_contact=self._text("Technical contact"),
            logo=self._logo(),
            colours=self._colours(),
            window=self._window(),
            caps=Caps(
                per_person_day=self._number("Mails a person a day", default.caps.per_person_day),
                per_person_week=self._number("Mails a person a week", default.caps.per_person_week),
                first_day=self._number("First-day cap", default.caps.first_day),
                per_day=self._number("Daily cap", default.caps.per_day),
            ),
            jobs=jobs,
            switched_on=frozenset(job for job in jobs if self._text(f"Job: {job}")),
            blocks=self._blocks(),
            next_meeting=self._meeting(),
            sending=self._sending(),
            start_sending_on=self._day("Start sending on"),
            extra=self._extra(),
        )

    def quiet_date(self, row: Row) -> QuietDate | None:
        first, last = (read_date(row.cells.get(column), column) for column in ("From", "To"))
        for read in (first, last):
            if read.sentence:
                self.problems.append(f"Quiet dates, row {row.number}: {read.sentence}")
        if first.value is None:
            if not first.sentence:
                self.problems.append(f"Quiet dates, row {row.number}: type the first day under From.")
            return None
        days = sorted((first.value, last.value or first.value))
        return QuietDate(days[0], days[1], text_of(row.cells.get("For")) or "all", text_of(row.cells.get("Why")))

    # --- one setting each --------------------------------------------------------------------------------------------

    def _cell(self, name: str) -> Cell:
        return self.cells.get(fold(name))

    def _text(self, name: str) -> str:
        return text_of(self._cell(name))

    def _complain(self, name: str, advice: str) -> None:
        self.problems.append(f"Settings, {name}: we cannot read {quoted(self._text(name))}. {advice}")

    def _read(self, name: str, read: Callable[[str], str | None], advice: str) -> str:
        value = read(self._text(name)) if self._text(name) else ""
        if value is None:
            self._complain(name, advice)
        return value or ""

    def _sending(self) -> Sending:
        """Unreadable counts as off, and so does a switch that stands there twice or a first day we cannot read."""
        typed = self._text("Sending")
        sending = _SENDING.get(fold(typed))
        if "sending" in self.contradicted or read_date(self._cell("Start sending on"), "").sentence:
            return Sending.OFF
        if sending is None:
            said = f"holds {quoted(typed)}" if typed else "is blank"
            self.problems.append(f"Settings, Sending {said}. Choose off, only to me or on. Until then it is off.")
        return sending or Sending.OFF

    def _address(self, name: str) -> str:
        read = read_email(self._cell(name))
        if read.sentence:
            self._complain(name, "Type one address such as hmn@program.org.")
        return read.value or ""

    def _zone(self, default: str) -> str:
        typed = self._text("Time zone")
        known = _ZONES.get(fold(typed).removesuffix("time"), typed.replace(" ", "_"))
        if not typed:
            return default
        try:
            ZoneInfo(known)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self._complain("Time zone", "Type it like America/Los_Angeles.")
            return default
        return known

    def _states(self) -> tuple[str, ...]:
        states, unread = read_states(self._text("States"))
        if unread:
            self.problems.append(
                f"Settings, States: we do not know {quoted('; '.join(unread))}. Type two letters each, such as WA; OR."
            )
        return states

    def _leaders(self) -> tuple[tuple[str, ...], dict[str, str]]:
        names: list[str] = []
        addresses: dict[str, str] = {}
        for entry in read_list(self._cell("Leaders")):
            found = re.fullmatch(r"(.*?)\s*<([^>]*)>", entry)
            name, address = (found[1].strip("\"' "), read_email(found[2]).value) if found else (entry, None)
            if found is None and "@" in entry:
                name, address = entry, read_email(entry).value
            names.append(name)
            if address:
                addresses[name] = address
            else:
                self.problems.append(f"Settings, Leaders: {quoted(entry)} has no address. Type it as Name <address>.")
        return tuple(names), addresses

    def _approvers(self, leaders: dict[str, str]) -> tuple[str, ...]:
        approvers: list[str] = []
        for entry in read_list(self._cell("Approvers")):
            inside = re.search(r"<([^>]*)>", entry)
            address = leaders.get(entry) or read_email(inside[1] if inside else entry).value
            if address:
                approvers.append(address)
            else:
                self.problems.append(
                    f"Settings, Approvers: {quoted(entry)} is no address. Type addresses, with ; between."
                )
        return tuple(dict.fromkeys(approvers))

    def _logo(self) -> str:
        def https(typed: str) -> str | None:
            return typed if re.fullmatch(r"https://\S+", typed) else None

        return self._read("Logo", https, "Type an address that begins with https://, or empty the cell.")

    def _colours(self) -> dict[str, str]:
        typed = read_list(self._cell("Colours")) or read_list(self._cell("Colors"))
        colours = [colour.partition(":")[2].strip() or colour for colour in typed]
        if any(not re.fullmatch(r"#[0-9a-fA-F]{6}", colour) for colour in colours):
            self.problems.append(
                f"Settings, Colours: we cannot read {quoted('; '.join(typed))}. Type two such as #1F4E5F."
            )
            return {}
        return dict(zip(("accent", "button"), colours, strict=False))

    def _window(self) -> SendWindow:
        typed = self._text("Send window")
        found = re.fullmatch(r"(\S+(?: ?[ap]m)?) ?(?:-|–|to|until) ?(\S+(?: ?[ap]m)?)(?:,? (.+))?", typed.casefold())
        if not typed:
            return SendWindow()
        opens, closes = (read_time(found[1]), read_time(found[2])) if found else (None, None)
        days = _weekdays(found[3]) if found and found[3] else SendWindow().weekdays
        if opens is None or closes is None or opens >= closes or not days:
            self._complain("Send window", "Type it like 09:00-16:30 Mon-Fri.")
            return SendWindow()
        return SendWindow(opens, closes, days)

    def _number(self, name: str, default: int) -> int:
        typed = self._text(name)
        if typed.isdecimal() and int(typed) <= _MOST_MAILS:
            return int(typed)
        if typed:
            self._complain(name, f"Type a whole number; until then it is {default}.")
        return default

    def _is_on(self, name: str, *, default: bool) -> bool:
        read = read_yes_no(self._cell(name), name)
        if read.sentence:
            self._complain(name, f"Choose {join_or(('on', 'off'))}. Until then it is off.")
            return False
        return default if read.value is None else read.value

    def _blocks(self) -> frozenset[str]:
        names = [name for name in self.names.values() if name.casefold().startswith("block:")]
        return frozenset(
            text_of(name.partition(":")[2]).casefold() for name in names if self._is_on(name, default=False)
        )

    def _check_columns(self) -> None:
        """What a column is called is used where the tabs are read; here it is only said when a line means nothing."""
        for name in self.names.values():
            if (theirs := own_header_of(name)) and (sentence := why_unused(theirs, self._text(name), PEOPLES_TABS)):
                self.problems.append(f"Settings, {name}: {sentence}")

    def _day(self, name: str) -> date | None:
        read = read_date(self._cell(name), name)
        if read.sentence:
            self.problems.append(f"Settings, {read.sentence} Until then sending is off.")
        return read.value

    def _meeting(self) -> str:
        cell = self._cell("Next meeting")
        if not isinstance(cell, int | float) or isinstance(cell, bool):
            return text_of(cell)
        day = read_date(cell, "Next meeting").value
        if day is None:
            return text_of(cell)
        words = f"{day:%A} {day.day} {day:%B}"
        minutes = round(cell % 1 * 24 * 60)
        return (
            f"{words}, {minutes // 60 % 12 or 12}:{minutes % 60:02} {'pm' if minutes >= 720 else 'am'}"
            if minutes
            else words
        )

    def _extra(self) -> dict[str, str]:
        for name in ("Newsletter contacts", "Newsletter sends a month"):
            if self._text(name) and not re.sub(r"[\s,._']", "", self._text(name)).isdecimal():
                self._complain(name, "Type a whole number such as 500; until then we know no limit.")
        listed = {fold(setting.name) for setting in SETTINGS}
        return {
            name.casefold(): text_of(self.cells[folded])
            for folded, name in self.names.items()
            if (folded not in listed and not re.match(r"(job|block|column)\s*:", name.casefold()))
            or folded in _KEPT_AS_TYPED
        }


def _weekdays(text: str) -> frozenset[int]:
    """Reads "mon-fri", "mon, wed, thu"; empty when it is none."""
    days: set[int] = set()
    for part in re.split(r"[,;]|\band\b", text):
        ends = [
            _DAYS.index(word[:3]) if word[:3] in _DAYS else -1
            for word in re.split(r"\s*(?:-|–|\bto\b)\s*", part.strip())
        ]
        if -1 in ends or len(ends) > 2:
            return frozenset()
        first, last = ends[0], ends[-1]
        days.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    return frozenset(days)
