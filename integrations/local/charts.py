"""Charts drawn by matplotlib, as a `data:` address that stands inside a Markdown page.

The picture brings its own light card, so that it reads the same on a light and on a dark page; what it shows is said in
words beside it by the caller. matplotlib is loaded with the first picture: that takes a second, and most commands draw
none.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Literal

from network.goals import Snapshot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CARD, _INK, _QUIET, _LINE, _PLAN = "#fbfbf8", "#1f2933", "#5b6770", "#1f5a8a", "#a8480c"  # all 4.5:1 on the card
_LONGEST_TITLE = 80  # characters; more have no room beside each other
_SIZE = (6.4, 2.6)  # inches; at 110 dots an inch 704 by 286, which fits a phone held sideways


class LocalCharts:
    """`network.ports.Charts` without a screen, a window or a file."""

    def line(self, title: str, points: Sequence[Snapshot], plan: Sequence[tuple[date, float]] = ()) -> str:
        """Draws values over time as a solid line and the plan as a dashed one, each named where it ends."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        title = title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"
        figure = Figure(figsize=_SIZE, dpi=110, facecolor=_CARD)
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        _draw(axes, points, plan)
        axes.set_title(_plain(title), loc="left", color=_INK, fontsize=11, fontweight="bold")
        figure.tight_layout()
        picture = BytesIO()
        # Without a date or a version inside, the same values give the same bytes: an unchanged page stays unchanged.
        figure.savefig(picture, format="png", metadata={"Software": None})
        return "data:image/png;base64," + base64.b64encode(_small(picture)).decode()


def _small(picture: BytesIO) -> bytes:
    """The same picture in 48 colours: a quarter of the size, because a page carries every picture inside itself."""
    from PIL import Image

    reduced = BytesIO()
    with Image.open(picture) as full:
        full.convert("RGB").quantize(48).save(reduced, format="png", optimize=True)
    return reduced.getvalue()


def _draw(axes: Axes, points: Sequence[Snapshot], plan: Sequence[tuple[date, float]]) -> None:
    axes.set_facecolor(_CARD)
    if plan:
        axes.plot([_number(day) for day, _ in plan], [value for _, value in plan], "--", color=_PLAN, linewidth=1.6)
        day, value = plan[-1]
        _name(axes, f"goal {value:g}", (_number(day), value), "right", _PLAN)
    if points:
        days, values = [_number(each.day) for each in points], [each.value for each in points]
        axes.plot(days, values, "-o", color=_LINE, linewidth=2, markersize=3.5)
    everything = [each.value for each in points] + [value for _, value in plan]
    highest = max(everything, default=1)
    if points:
        # On the side away from the dashed line, but never on top of the days below the axis.
        is_below = _planned(plan, days[-1]) >= values[-1] > 0.15 * highest
        _name(axes, f"{values[-1]:g}", (days[-1], values[-1]), "center", _LINE, up=-14 if is_below else 7)
    axes.set_ylim(min([0, *everything]), (highest or 1) * 1.18)
    _label_days(axes, [each.day for each in points] + [day for day, _ in plan])
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(_QUIET)
    axes.tick_params(colors=_QUIET, labelsize=9)
    axes.grid(axis="y", color="#dfe3e6", linewidth=0.8)
    axes.set_axisbelow(True)


def _planned(plan: Sequence[tuple[date, float]], day: float) -> float:
    """The height of the dashed line on a day."""
    if not plan:
        return float("-inf")
    (first, start), (last, end) = ((_number(when), value) for when, value in (plan[0], plan[-1]))
    return start + (end - start) * min(1.0, max(0.0, (day - first) / ((last - first) or 1)))


def _label_days(axes: Axes, days: Sequence[date]) -> None:
    """Four or fewer days, named as people say them: at most one a month."""
    if not days:
        return
    first, last = min(days), max(days)
    span = (last - first).days
    shown = [first + timedelta(days=round(span * part / 3)) for part in range(4)] if span else [first]
    words = list(dict.fromkeys((f"{day:%b} {day.year}", day) for day in shown))
    axes.set_xticks([_number(day) for _, day in words], [word for word, _ in words])
    axes.set_xlim(_number(first) - max(2, span * 0.03), _number(last) + max(2, span * 0.05))


def _number(day: date) -> float:
    return float(day.toordinal())


def _name(
    axes: Axes, words: str, at: tuple[float, float], side: Literal["right", "center"], colour: str, *, up: int = 7
) -> None:
    """Names a line where it ends, so that nobody has to look up a colour."""
    axes.annotate(words, at, xytext=(0, up), textcoords="offset points", ha=side, color=colour, fontsize=10)


def _plain(title: str) -> str:
    """A dollar sign would begin a formula in matplotlib's text."""
    return title.replace("$", r"\$")
