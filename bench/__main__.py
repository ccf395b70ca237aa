"""Runs every measurement one after the other: `make bench`, or `python -m bench mail programs` for some of them."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path


def main() -> None:
    """Runs those named on the command line, or all; each prints its own ratios."""
    known = sorted(file.stem.removeprefix("bench_") for file in Path(__file__).parent.glob("bench_*.py"))
    wanted = sys.argv[1:] or known
    unknown = [name for name in wanted if name not in known]
    if unknown:
        sys.exit(f"There is no measurement {', '.join(unknown)}. You can type: {', '.join(known)}.")
    for name in wanted:
        print(f"== {name}")
        sys.argv = [f"bench_{name}"]
        try:
            runpy.run_module(f"bench.bench_{name}", run_name="__main__")
        except SystemExit as end:
            if end.code:
                print(f"{name} asks for a look: {end.code}")


if __name__ == "__main__":
    main()
