"""Worker processes of the crash tests: started by a fork, waited for, and woken up again."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable

from tests.end_to_end.crash_worker import Job, work

HANGS_AFTER = 45.0  # seconds: a worker that takes so long would wait for ever


def start(job: Job, tell: Callable[[int], object] = str) -> int:
    """A worker process; it starts at once because everything is imported already. It tells what it crossed."""
    sys.stdout.flush()
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        tell(work(job))
        code = 0
    except Exception:  # noqa: BLE001 - the parent sees the code, a person the words
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def wait_for(process: int) -> str:
    """How it ended: "done", "killed" by its fuse, or "stopped" for now."""
    until = time.monotonic() + HANGS_AFTER
    while time.monotonic() < until:
        found, status = os.waitpid(process, os.WUNTRACED | os.WNOHANG)
        if not found:
            time.sleep(0.002)
            continue
        if os.WIFSTOPPED(status):
            return "stopped"
        if os.WIFSIGNALED(status):
            return "killed"
        if os.waitstatus_to_exitcode(status):
            raise RuntimeError("a worker ended with an error; see above")
        return "done"
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    raise RuntimeError("a worker hung")


def count_boundaries(job: Job) -> int:
    """How many boundaries a whole run crosses when nothing harms it."""
    reading, writing = os.pipe()
    process = start(job, lambda crossed: os.write(writing, str(crossed).encode()))
    assert wait_for(process) == "done"
    crossed = int(os.read(reading, 20))
    os.close(reading)
    os.close(writing)
    return crossed
