"""A survey of 100,000 answers: read from a CSV export, kept, analysed and written up; time and memory.

Run with ``make bench ARGS=surveys`` or ``python -m bench.bench_surveys`` (``--memory``: memory with all 100,000 too). A
real SQLite ledger and a real file are used. The promise: under 30 seconds, and memory that hardly grows with the number
of answers: what grows are the different texts that people wrote. Memory is measured with tracemalloc in runs of their
own, because watching every allocation makes a run several times slower.
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

from openpyxl import Workbook

from integrations.settings import Settings
from integrations.wiring import open_office
from network.jobs.survey_report import page
from network.jobs.surveys import read_surveys

ANSWERS, FEWER = 100_000, 10_000
LIMIT = 30.0  # seconds
GROWTH = 0.5  # of a kilobyte more for each further answer, at most: a text that somebody wrote
NOW = datetime(2026, 10, 6, 17, tzinfo=UTC)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
PARTS = ("Meetings", "Newsletter", "Forms, samples", "Calling a colleague", "Trainings")
WORDS = ("The drive is two hours each way.", "No time.", "Find dentists, please.", "Más reuniones en español.", "")
QUESTIONS = (
    ("Which kind of program?", "choice", "Head Start; Tribal; Migrant and Seasonal", "group"),
    ("How useful?", "scale", "1; 2; 3; 4; 5", ""),
    ("Which day?", "choice", "; ".join(DAYS), ""),
    ("Which parts?", "many", "; ".join(PARTS), ""),
    ("Which topic?", "topic", "Lead; Teeth; Asthma", ""),
    ("What makes it hard?", "text", "", ""),
    ("What next?", "text", "", "ideas"),
)


def main() -> int:
    """Prints seconds and memory with their ratios; returns 1 when a promise is broken."""
    with tempfile.TemporaryDirectory() as folder:
        seconds, processor = _run(Path(folder), ANSWERS)
    print(f"read, kept and analysed {ANSWERS:,} answers: {seconds:.1f} s, {processor:.1f} s of them at work")
    print(f"{seconds / LIMIT:.0%} of the {LIMIT:.0f} s allowed")
    numbers = (FEWER, ANSWERS) if "--memory" in sys.argv else (FEWER // 5, FEWER)
    peaks = [_peak(number) for number in numbers]
    growth = (peaks[1] - peaks[0]) / (numbers[1] - numbers[0]) * 1000
    print(f"{growth:.2f} kB more for each further answer, {GROWTH} kB allowed")
    return int(seconds > LIMIT or growth > GROWTH)


def _peak(number: int) -> float:
    """The most memory in use at any moment, in megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        tracemalloc.start()
        _run(Path(folder), number)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    print(f"peak of memory with {number:,} answers: {peak:.0f} MB")
    return peak


def _run(home: Path, number: int) -> tuple[float, float]:
    _write(home, number)
    with open_office(Settings(home=home), as_of=NOW) as office:
        reading = office.workbook.read(None)
        if reading is None:
            raise SystemExit("the workbook could not be read")
        started, worked = perf_counter(), process_time()
        report = read_surveys(office, reading, NOW)
        words = page(report).markdown
        spent = perf_counter() - started, process_time() - worked
    if report.new != number or f"{number:,} answers" not in words or "###" not in words:
        raise SystemExit(f"something is missing: {report.problems}")
    return spent


def _write(home: Path, number: int) -> None:
    chance = random.Random(7)
    book = Workbook()
    book.remove(book.worksheets[0])
    tab = book.create_sheet("Survey questions")
    tab.append(("Survey", "Question", "Kind", "Choices", "Use"))
    for question in QUESTIONS:
        tab.append(("Fall", *question))
    themes = book.create_sheet("Themes")
    themes.append(("Theme", "Words"))
    themes.append(("Travel", "drive; viaje; far"))
    themes.append(("Dentists", "dentist; dentista"))
    book.save(home / "workbook.xlsx")
    (home / "surveys").mkdir()
    begin = datetime(2026, 9, 1, tzinfo=UTC)
    with (home / "surveys" / "Fall.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("Timestamp", *(question[0] for question in QUESTIONS)))
        for place in range(number):
            at = begin + timedelta(seconds=20 * place % 2_000_000)
            chosen = chance.sample(PARTS, k=chance.randint(1, 3))
            kind = chance.choices(("Head Start", "Tribal", "Migrant and Seasonal"), (80, 15, 5))[0]
            rows.writerow(
                (
                    at.strftime("%Y/%m/%d %I:%M:%S %p UTC"),
                    kind,
                    chance.randint(1, 5),
                    chance.choice(DAYS),
                    ";".join(chosen),
                    chance.choice(("Lead", "Teeth", "Asthma")),
                    chance.choice(WORDS),
                    f"{chance.choice(WORDS)} ({place})",
                )
            )


if __name__ == "__main__":
    sys.exit(main())
