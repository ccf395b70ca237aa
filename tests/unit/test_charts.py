"""A chart is a small picture inside the page, the same for the same values."""

from __future__ import annotations

import base64
import subprocess
import sys
from datetime import date, timedelta

import pytest

from integrations.local.charts import LocalCharts
from network.goals import Snapshot

START = date(2026, 1, 1)
POINTS = [Snapshot("active members", START + timedelta(days=30 * n), 48.0 + n) for n in range(10)]
PLAN = [(START, 48.0), (date(2026, 12, 31), 70.0)]


def bytes_of(address: str) -> bytes:
    kind, _, body = address.partition(",")
    assert kind == "data:image/png;base64"
    return base64.b64decode(body, validate=True)


def test_a_chart_is_a_small_png_inside_an_address() -> None:
    picture = bytes_of(LocalCharts().line("More voices", POINTS, PLAN))
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 15_000


def test_the_same_values_give_the_same_bytes() -> None:
    assert LocalCharts().line("More voices", POINTS, PLAN) == LocalCharts().line("More voices", POINTS, PLAN)


@pytest.mark.parametrize(
    ("points", "plan"),
    [([], []), (POINTS[:1], []), ([], PLAN), (POINTS, []), ([Snapshot("m", START, 0.0)], [(START, 0.0), (START, 0.0)])],
)
def test_a_chart_of_little_is_still_a_chart(points: list[Snapshot], plan: list[tuple[date, float]]) -> None:
    assert bytes_of(LocalCharts().line("A goal that costs $5 and $6 [x](y)", points, plan))


def test_a_very_long_name_leaves_room_for_the_picture() -> None:
    assert (
        LocalCharts().line("Every corner of the state " * 30, POINTS, PLAN).startswith("data:image/png")
    )  # no warning


def test_nothing_is_loaded_before_the_first_picture() -> None:
    code = "import sys, integrations.local.charts; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
