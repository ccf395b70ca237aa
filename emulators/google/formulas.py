"""The few formulas a sheet of ours holds, computed: a small language of references, texts, numbers and a few functions.

Arrays spread over every operator, as inside ARRAYFORMULA. A function that is not known gives `#NAME?`, as Sheets does
for one it does not know. Nothing here knows which formulas the house writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from emulators.google.cells import ERRORS, Value, from_serial, serial
from emulators.google.ranges import Unparsable, column_number, letters, parse_box

_TITLE = r"(?:'(?:[^']|'')+'|[A-Za-z_]\w*)!"
_REFERENCE = rf"(?:{_TITLE})?\$?[A-Za-z]{{1,3}}\$?\d*(?::\$?[A-Za-z]{{1,3}}\$?\d*)?"
_TOKEN = re.compile(
    rf"\s*(?:(?P<text>\"(?:[^\"]|\"\")*\")|(?P<name>[A-Za-z_][\w.]*)(?=\()|(?P<number>\d+(?:\.\d+)?)"
    rf"|(?P<reference>{_REFERENCE})(?![\w(])|(?P<mark><>|<=|>=|[-+*/&=<>(),;{{}}]))"
)


class Failed(Exception):  # noqa: N818 - the formula fails, nothing broke
    """A formula that comes to an error value."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Array:
    """Values in rows."""

    rows: Sequence[Sequence[Value]]


Result = Value | Array


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a formula sees: its own tab, the values of others, the time."""

    home: str
    block: Callable[[str, str], Array]  # title and range without it -> values; raises Failed
    now: datetime


def compute(formula: str, around: Surroundings) -> Result:
    """What the formula comes to; an error value where it fails."""
    try:
        parser = _Parser(_tokens(formula.removeprefix("=")), around)
        value = parser.comparison()
        parser.end()
    except Failed as err:
        return err.error
    if isinstance(value, Array) and len(value.rows) == 1 and len(value.rows[0]) == 1:
        return value.rows[0][0]
    return value


def moved_rows(formula: str, home: str, target: str, at: int, number: int) -> str:
    """The formula after rows of the tab `target` were inserted or removed; a row that is gone gives way to the next."""

    def shifted(row: re.Match[str]) -> str:
        index = int(row[0]) - 1
        return str((index if index < at else max(at, index + number)) + 1)

    def moved(match: re.Match[str]) -> str:
        title, mark, box = (match["reference"] or "").rpartition("!")
        if not _names(title, mark, home, target):
            return match[0]
        return match[0].replace(match["reference"], f"{title}{mark}{re.sub(r'[0-9]+', shifted, box)}")

    return _TOKEN.sub(lambda match: match[0] if match["text"] or not match["reference"] else moved(match), formula)


def _names(title: str, mark: str, home: str, target: str) -> bool:
    named = title.strip("'").replace("''", "'") if mark else home
    return named.casefold() == target.casefold()


def moved_columns(formula: str, home: str, target: str, at: int, number: int) -> str:
    """The formula after columns of the tab `target` were inserted or removed: each reference to it moves along."""

    def moved(match: re.Match[str]) -> str:
        if match["text"] or not match["reference"]:
            return match[0]
        title, mark, box = match["reference"].rpartition("!")
        if not _names(title, mark, home, target):
            return match[0]
        pieces = re.split(r"(\$?)([A-Za-z]{1,3})(?=\$?\d*(?::|$))", box)
        for place in range(2, len(pieces), 3):
            column = column_number(pieces[place])
            if number < 0 and at <= column < at - number:
                return match[0].replace(match["reference"], "#REF!")
            pieces[place] = letters(column if column < at else column + number)
        return match[0].replace(match["reference"], f"{title}{mark}{''.join(pieces)}")

    return _TOKEN.sub(moved, formula)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, place = [], 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise Failed("#REF!" if "#REF!" in text else "#ERROR!")
        tokens.append((found.lastgroup, found[found.lastgroup]))
        place = found.end()
    return tokens


class _Parser:
    """Reads and computes in one go: comparison, then joining, then sums, then products, then single values."""

    def __init__(self, tokens: list[tuple[str, str]], around: Surroundings) -> None:
        self.tokens, self.place, self.around = tokens, 0, around

    def comparison(self) -> Result:
        return self._chain(("=", "<>", "<", ">", "<=", ">="), self._joined, _compare)

    def end(self) -> None:
        if self.place < len(self.tokens):
            raise Failed("#ERROR!")

    def _joined(self) -> Result:
        return self._chain(("&",), self._sum, lambda _, left, right: _text(left) + _text(right))

    def _sum(self) -> Result:
        return self._chain(("+", "-"), self._product, _arithmetic)

    def _product(self) -> Result:
        return self._chain(("*", "/"), self._single, _arithmetic)

    def _chain(
        self, marks: Sequence[str], below: Callable[[], Result], work: Callable[[str, Value, Value], Value]
    ) -> Result:
        value = below()
        while self._peek()[1] in marks and self._peek()[0] == "mark":
            mark = self._next()[1]
            value = _spread(lambda left, right, mark=mark: work(mark, left, right), value, below())
        return value

    def _single(self) -> Result:
        kind, text = self._next()
        if kind == "text":
            return text[1:-1].replace('""', '"')
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "name":
            return self._call(text.upper())
        if kind == "reference":
            if text.upper() in {"TRUE", "FALSE"}:
                return text.upper() == "TRUE"
            title, mark, box = text.rpartition("!")
            named = title.strip("'").replace("''", "'") if mark else self.around.home
            return self.around.block(named, box.replace("$", ""))
        if text == "(":
            value = self.comparison()
            self._expect(")")
            return value
        if text == "{":
            return self._column()
        if text == "-":
            return _spread(lambda each: -_number(each), self._single())
        raise Failed("#ERROR!")

    def _column(self) -> Result:
        """An array typed out, one value a row; a semicolon ends a row in every language of a sheet."""
        rows = [[self._literal()]]
        while self._peek()[1] == ";":
            self._next()
            rows.append([self._literal()])
        self._expect("}")
        return Array(rows)

    def _literal(self) -> Value:
        value = self._single()
        if isinstance(value, Array):
            raise Failed("#VALUE!")
        return value

    def _call(self, name: str) -> Result:
        self._expect("(")
        row_of = self._peek()[1] if name == "ROW" else ""
        values: list[Result] = []
        while self._peek()[1] != ")":
            values.append(None if self._peek()[1] == "," else self.comparison())
            if self._peek()[1] == ",":
                self._next()
                if self._peek()[1] == ")":
                    values.append(None)
        self._expect(")")
        if name == "ROW":
            return _row_numbers(row_of, values)
        if name not in _FUNCTIONS:
            raise Failed("#NAME?")
        try:
            return _FUNCTIONS[name](self.around, *values)
        except TypeError as err:
            raise Failed("#N/A") from err

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self.place += 1
        return token

    def _expect(self, mark: str) -> None:
        if self._next()[1] != mark:
            raise Failed("#ERROR!")


def _row_numbers(reference: str, values: Sequence[Result]) -> Result:
    if not reference or not isinstance(values[0], Array):
        raise Failed("#N/A")
    try:
        top = parse_box(reference.rpartition("!")[2].replace("$", "")).top
    except Unparsable as err:
        raise Failed("#REF!") from err
    return Array([[top + number + 1] for number in range(len(values[0].rows))])


def _spread(work: Callable[..., Value], *values: Result) -> Result:
    """Applies `work` cell by cell; a single value or row or column meets every cell of the others."""
    arrays = [value for value in values if isinstance(value, Array)]
    if not arrays:
        return _safely(work, *values)
    height = max(len(array.rows) for array in arrays)
    width = max(len(array.rows[0]) if array.rows else 0 for array in arrays)
    return Array(
        [
            [_safely(work, *(_at(value, row, column) for value in values)) for column in range(width)]
            for row in range(height)
        ]
    )


def _safely(work: Callable[..., Value], *values: Any) -> Value:
    wrong = next((value for value in values if isinstance(value, str) and value in ERRORS), None)
    if wrong is not None:
        return wrong
    try:
        return work(*values)
    except Failed as err:
        return err.error


def _at(value: Result, row: int, column: int) -> Value:
    if not isinstance(value, Array):
        return value
    rows = value.rows
    line = rows[0] if len(rows) == 1 else rows[row] if row < len(rows) else ["#N/A"]
    return line[0] if len(line) == 1 else line[column] if column < len(line) else "#N/A"


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _number(value: Value) -> float:
    if value is None:
        return 0
    if isinstance(value, str):
        raise Failed("#VALUE!")
    return value


def _arithmetic(mark: str, left: Value, right: Value) -> Value:
    one, two = _number(left), _number(right)
    if mark == "/" and not two:
        raise Failed("#DIV/0!")
    return {"+": one + two, "-": one - two, "*": one * two, "/": one / two if two else 0}[mark]


def _compare(mark: str, left: Value, right: Value) -> Value:
    one, two = _comparable(left, right), _comparable(right, left)
    if mark in {"=", "<>"}:
        return (one == two) is (mark == "=")
    return {"<": one < two, ">": one > two, "<=": one <= two, ">=": one >= two}[mark]


def _comparable(value: Value, other: Value) -> tuple[int, float, str]:
    """Numbers come before texts before ticks; an empty cell is what the other side needs it to be; case is nothing."""
    if value is None:
        return (1, 0, "") if isinstance(other, str) else (2, 0, "") if isinstance(other, bool) else (0, 0, "")
    if isinstance(value, bool):
        return (2, value, "")
    return (0, value, "") if isinstance(value, int | float) else (1, 0, value.casefold())


def _if(_: Surroundings, condition: Result, then: Result, otherwise: Result = False) -> Result:
    def choose(is_so: Value, yes: Value, no: Value) -> Value:
        return yes if (is_so if isinstance(is_so, bool) else _number(is_so) != 0) else no

    # An error in the branch that is not taken is no error, so errors are looked at in the condition alone.
    if not any(isinstance(value, Array) for value in (condition, then, otherwise)):
        return condition if isinstance(condition, str) else choose(condition, then, otherwise)  # type: ignore[arg-type]
    picked = _spread(lambda is_so: choose(is_so, True, False), condition)
    height = max(len(value.rows) for value in (picked, then, otherwise) if isinstance(value, Array))
    rows = []
    for row in range(height):
        is_so = _at(picked, row, 0)
        rows.append([is_so if isinstance(is_so, str) else _at(then if is_so else otherwise, row, 0)])
    return Array(rows)


def _xlookup(_: Surroundings, key: Result, where: Result, what: Result, missing: Result = "#N/A") -> Result:
    """Exact, without wildcards, without looking at case; the first match wins."""
    if not isinstance(where, Array) or not isinstance(what, Array) or len(where.rows) != len(what.rows):
        raise Failed("#VALUE!")
    found: dict[tuple[int, float, str], Value] = {}
    for place, row in enumerate(where.rows):
        if row[0] is not None:
            found.setdefault(_comparable(row[0], row[0]), what.rows[place][0])
    other = missing if not isinstance(missing, Array) else missing.rows[0][0]
    return _spread(lambda each: found.get(_comparable(each, each), other) if each is not None else other, key)


def _workday(_: Surroundings, start: Result, days: Result) -> Result:
    def later(begin: Value, number: Value) -> Value:
        day, left = from_serial(int(_number(begin))), int(_number(number))
        while left > 0:
            day += timedelta(days=1)
            left -= day.weekday() < 5
        return serial(day)

    return _spread(later, start, days)


def _shown(_: Surroundings, value: Result, pattern: Result) -> Result:
    words = {"yyyy": "%Y", "mmmm": "%B", "mmm": "%b", "mm": "%m", "dddd": "%A", "ddd": "%a", "dd": "%d", "hh": "%H"}

    def show(each: Value, how: Value) -> Value:
        moment = from_serial(_number(each))
        shown = re.sub("yyyy|mmmm|mmm|mm|dddd|ddd|dd|hh", lambda found: words[found[0]], _text(how))
        return moment.strftime(re.sub(r"(?<![%\w])d(?!\w)", str(moment.day), shown.replace("%H:%m", "%H:%M")))

    return _spread(show, value, pattern)


_FUNCTIONS: dict[str, Callable[..., Result]] = {
    "ARRAYFORMULA": lambda _, value: value,
    "IF": _if,
    "XLOOKUP": _xlookup,
    "NOW": lambda around: serial(around.now),
    "WORKDAY": _workday,
    "INT": lambda _, value: _spread(lambda each: int(_number(each) // 1), value),
    "MOD": lambda _, value, by: _spread(lambda each, part: _number(each) % _number(part), value, by),
    "TEXT": _shown,
    "TRIM": lambda _, value: _spread(lambda each: " ".join(filter(None, _text(each).split(" "))), value),
    "SUBSTITUTE": lambda _, value, old, new: _spread(
        lambda each, was, becomes: _text(each).replace(_text(was), _text(becomes)) if _text(was) else _text(each),
        value,
        old,
        new,
    ),
    "UNICHAR": lambda _, value: _spread(lambda each: chr(int(_number(each))), value),
    # A drawing: the cell shows it and holds no value.
    "SPARKLINE": lambda _, value: None if isinstance(value, Array) else "#N/A",
}
