"""`hmn init`: makes the coordinator's workbook, or adopts the one that stands; nothing typed is ever written over.

What a column of hers is, where we cannot know, comes from a file (`--headers`) or is asked at a terminal; it is kept as
a line of *Settings*.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.prompt import Prompt

from integrations.wiring import furnish_workbook
from network.adoption import UnknownHeader
from network.cells import fold
from network.errors import ConfigurationError
from network.furniture import JOBS, Furnished, first_tabs, later_tabs

_EXAMPLE = "Type one a line, their header first: Correo electrónico,Email"


def init(*, dry_run: bool, jobs: tuple[str, ...] = (), headers: Path | None = None, as_json: bool = False) -> None:
    """Does what is missing and says so; `jobs` are those whose tabs should stand too, `("all",)` for every one."""
    plans = [*first_tabs(), *later_tabs(_wanted(jobs))]
    said = read_headers(headers) if headers else {}
    console = Console(soft_wrap=True, highlight=False)
    if not (dry_run or as_json or headers) and sys.stdin.isatty():
        said = _ask(furnish_workbook(plans, dry_run=True).unknown, console)
    done = furnish_workbook(plans, dry_run=dry_run, headers=said)
    if as_json:
        print(json.dumps(_as_json(done, dry_run=dry_run), ensure_ascii=False))
        return
    _show(done, console, dry_run=dry_run)


def read_headers(path: Path) -> dict[str, str]:
    """Reads what each header of hers is; lines without both words, and words twice in two ways, are one sentence."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"The file {path.name} cannot be read as text. {_EXAMPLE}") from None
    found: dict[str, str] = {}
    for number, cells in enumerate(csv.reader(text.splitlines()), start=1):
        words = [word.strip() for word in (cells if len(cells) > 1 else "".join(cells).split("=", 1))]
        if not any(words) or words[0].startswith("#"):
            continue
        theirs, ours = words[0], words[1] if len(words) > 1 else ""
        if not theirs or not ours or any(words[2:]):
            raise ConfigurationError(f"{path.name}, line {number}: we need two words here. {_EXAMPLE}")
        if fold(found.get(theirs, ours)) != fold(ours):
            raise ConfigurationError(f"{path.name}, line {number}: {theirs} stands there twice. Please keep one.")
        found[theirs] = ours
    return found


def _wanted(jobs: Iterable[str]) -> Sequence[str]:
    wanted = tuple(jobs)
    unknown = [job for job in wanted if job not in JOBS and job != "all"]
    if unknown:
        raise ConfigurationError(f"There is no job {', '.join(unknown)}. You can type: {', '.join(JOBS)}, or all.")
    return JOBS if "all" in wanted else wanted


def _ask(unknown: Iterable[UnknownHeader], console: Console) -> dict[str, str]:
    """Asks about each header we do not know; Enter leaves it alone."""
    said: dict[str, str] = {}
    for each in unknown:
        free = [name for name in each.free if name not in said.values()]
        if not free or each.header in said:
            continue
        console.print(f"{each.tab} has a column “{each.header}”. Ours that it may be: {', '.join(free)}.", markup=False)
        while True:
            guess = each.guess if each.guess in free else ""
            try:
                answer = _type_in(guess, console)
            except EOFError:  # Ctrl-D: the rest is left alone
                return said
            chosen = next((name for name in free if fold(name) == fold(answer)), "")
            if chosen:
                said[each.header] = chosen
            if chosen or not answer or answer.casefold() in {"none", "no", "-"}:
                break
            console.print(f"We have no column “{answer}” that is free.", markup=False)
    return said


def _type_in(guess: str, console: Console) -> str:
    words = "Which is it? (- leaves it alone)" if guess else "Which is it? (Enter leaves it alone)"
    return Prompt.ask(words, default=guess, show_default=bool(guess), console=console).strip()


def _as_json(done: Furnished, *, dry_run: bool) -> Mapping[str, object]:
    unknown = [{"tab": each.tab, "header": each.header, "guess": each.guess} for each in done.unknown]
    return {"steps": done.steps, "questions": done.questions, "unknown": unknown, "dry_run": dry_run}


def _show(done: Furnished, console: Console, *, dry_run: bool) -> None:
    for step in done.steps:
        console.print(f"{'Would do' if dry_run else 'Done'}: {step}", markup=False)
    for question in done.questions:
        console.print(f"Please look: {question}", markup=False)
    if done.unknown:
        names = ", ".join(f"{each.header} ({each.tab})" for each in done.unknown)
        console.print(f"Left alone, because we do not know them: {names}.", markup=False)
        console.print(
            "If one is a column of ours, write it into a file, one a line (their header,our column), and type: hmn init"
            " --headers FILE",
            markup=False,
        )
    if not (done.steps or done.questions or done.unknown):
        console.print("The workbook has everything it needs.")
