"""Baselines from the Program Information Report agree with a plain sum over the public file."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from pathlib import Path

import pytest

from network.goals import Snapshot
from network.pir import CHILDREN, COLUMNS, pir_snapshots

INSURED = "children with health insurance"


def rows(*numbers: tuple[str, object, object]) -> list[dict[str, object]]:
    return [
        {"grant_number": grant, "year": "2022", CHILDREN: children, COLUMNS[INSURED]: count}
        for grant, children, count in numbers
    ]


FIVE = [(f"10CH01000{n}", "100", "90") for n in range(5)]


def test_programs_are_summed_and_none_is_told_apart() -> None:
    grants = {grant for grant, _, _ in FIVE}
    assert pir_snapshots(rows(*FIVE), grants) == (Snapshot(INSURED, date(2022, 6, 30), 90, 500),)
    assert pir_snapshots(rows(*FIVE[:4]), grants) == ()
    assert pir_snapshots(rows(*FIVE), {"10CH019999"}) == ()


def test_a_blank_number_is_not_none_at_all() -> None:
    odd = [("10CH010009", "100", ""), ("10CH010009", "", "50"), ("10CH010009", "0", "0"), ("10CH010009", "10", "20")]
    grants = {grant for grant, _, _ in [*FIVE, *odd]}
    assert pir_snapshots(rows(*FIVE, *odd), grants)[0].base == 500


def test_washington_agrees_with_a_plain_sum(shared: Path) -> None:
    with gzip.open(shared / "data" / "pir_clean_2019_2022.csv.gz", "rt", encoding="utf-8", newline="") as file:
        everything = [row for row in csv.DictReader(file) if row["year"] == "2022" and row["service_state"] == "WA"]
    found = {each.metric: each for each in pir_snapshots(everything, {row["grant_number"] for row in everything})}
    assert set(found) == set(COLUMNS)
    for metric, column in COLUMNS.items():
        both = [row for row in everything if row[column] not in ("", "NA") and row[CHILDREN] not in ("", "NA", "0")]
        pairs = [(float(row[column]), float(row[CHILDREN])) for row in both]
        kept = [(count, children) for count, children in pairs if count <= children]
        share = 100 * sum(count for count, _ in kept) / sum(children for _, children in kept)
        assert found[metric].value == pytest.approx(share, abs=0.05)
        assert 50 < found[metric].value <= 100
