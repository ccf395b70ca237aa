"""The crash matrix: workers are killed or put to sleep at any boundary, lanes fail, and every mail is accounted for.

`python -m tests.end_to_end.crash_matrix --runs 600 [--seed N] [--jobs 2]`, or `make crash-test`. Each run plans a few
mails, harms one or two real worker processes at boundaries drawn by the seed, lets others run until nothing is left to
do, and judges by two things alone: what an independent witness wrote down as it arrived (the mail server, Gmail's
stand-in, or for the local lane a process that watches the folder) and the ledger. The last line has the counts. The
exit code is 1 when a mail came twice, was lost, is unclear although it could have been looked up, or when a balance is
wrong.
"""

from __future__ import annotations

# ruff: noqa: T201 - it is a command, and its last line is what it is for
import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from tests.emulated.mailing import ROOT
from tests.end_to_end.crash_bench import PEOPLE, Bench, fast_folder, running_bench
from tests.end_to_end.crash_faults import LANES, MAY_REFUSE, Case, some_cases
from tests.end_to_end.crash_verdict import Counts
from tests.end_to_end.crash_worker import SENDER, Fuse, Guess
from tests.end_to_end.crash_workers import count_boundaries, start, wait_for

RUNS = 600  # enough to meet every boundary of every lane once, with every fault on both databases


def run_case(bench: Bench, case: Case, counts: Counts) -> None:
    """Harms, repairs, judges."""
    job = bench.begin(case)
    bench.break_lane(case)
    faulty = replace(job, disk_fault="" if case.fault == "none" else case.fault, disk_fault_times=case.times)
    first = faulty if case.lane == "local" else job
    harm = signal.SIGKILL if case.harm == "kill" else signal.SIGSTOP
    started = [start(replace(first, fuse=Fuse(at, harm))) for at in case.boundaries]
    ended = [wait_for(process) for process in started]
    counts.harmed += any(end in {"killed", "stopped"} for end in ended)
    counts.met.update(f"{case.lane}|{at}" for at in case.boundaries if at)
    minutes = 10
    for process, end in zip(started, ended, strict=True):
        if end == "stopped":
            # Past the expiry of its claims somebody else does its work; then it wakes up and goes on.
            bench.clock.set(timedelta(minutes=minutes))
            wait_for(start(job))
            os.kill(process, signal.SIGCONT)
            wait_for(process)
            minutes += 10
    for _ in range(6):
        minutes += 45
        bench.clock.set(timedelta(minutes=minutes))
        wait_for(start(job))
        if case.fault not in MAY_REFUSE:
            bench.mend_lane(case)
        if bench.is_idle(job):
            break
    counts.judge(case, bench.seen(case, job), people=PEOPLE, sender=SENDER)


def run_part(
    runs: int,
    seed: int,
    databases: dict[str, str],
    *,
    only: str = "",
    guess: Guess = Guess.NEVER,
    share: tuple[int, int] = (0, 1),
) -> Counts:
    """Runs one part of the matrix in this process."""
    counts = Counts()
    with running_bench(databases, guess) as bench:
        for lane in [each for each in LANES if any(only in f"{each}|{fault}" for fault in LANES[each])]:
            healthy = Case("sqlite", lane, "none", "kill", 1, (0,), 0)
            counts.reach[lane] = count_boundaries(bench.begin(healthy))
        for case in some_cases(runs, random.Random(seed), sorted(databases), counts.reach, only=only, share=share):
            run_case(bench, case, counts)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help='a part of "lane|fault", like "smtp|421"')
    parser.add_argument(
        "--guess", type=Guess, default=Guess.NEVER, help=f"a lane that guesses ({', '.join(Guess)}): duplicates show"
    )
    parser.add_argument("--sqlite", action="store_true", help="leave PostgreSQL out: that starts sooner")
    parser.add_argument("--part", default="", help="for our own use: the database's URL of one part")
    parser.add_argument("--share", type=int, default=0, help="for our own use: which part it is")
    options = parser.parse_args()
    if options.part:
        databases = {"sqlite": "", **({"postgresql": options.part} if options.part != "none" else {})}
        share = (options.share, options.jobs)
        found = run_part(options.runs, options.seed, databases, only=options.only, guess=options.guess, share=share)
        print(json.dumps(found.__dict__))
        return
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    chosen = ["--only", options.only, "--guess", options.guess]
    tempfile.tempdir = fast_folder()  # PostgreSQL too
    urls = ["none" if options.sqlite else _postgres() for _ in range(options.jobs)]
    counts = _run_parts(options.runs, seed, urls, chosen)
    for line in (*counts.table(), "", *(f"WRONG: {each}" for each in counts.wrong)):
        print(line)
    print(counts.boundaries_line)
    print(counts.last_line)
    sys.exit(not counts.is_clean)


def _run_parts(runs: int, seed: int, urls: Sequence[str], chosen: Sequence[str]) -> Counts:
    """Runs the parts side by side, each in a process with servers and databases of its own."""
    jobs = len(urls)
    on = "SQLite and PostgreSQL" if urls[0] != "none" else "SQLite alone (no PostgreSQL, or none could be started)"
    print(f"{runs} runs on {on}, seed {seed}", flush=True)
    parts = []
    for number, url in enumerate(urls):
        share = runs // jobs + (number < runs % jobs)
        which = ["--runs", str(share), "--seed", str(seed + number), "--share", str(number), "--jobs", str(jobs)]
        parts.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.end_to_end.crash_matrix", *which, "--part", url, *chosen],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
    counts = Counts()
    for part in parts:
        said, _ = part.communicate()
        if part.returncode:
            sys.exit("a part of the matrix ended with an error; see above")
        found = json.loads(said.splitlines()[-1])
        counts.add(Counts(**found | {"rows": Counter(found["rows"]), "met": Counter(found["met"])}))
    return counts


def _postgres() -> str:
    import pytest

    from tests.contract.ledgers import fresh_postgres_database

    try:
        return fresh_postgres_database()
    except pytest.skip.Exception:
        return "none"


if __name__ == "__main__":
    main()
