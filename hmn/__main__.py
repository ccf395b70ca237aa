"""Where `hmn` starts: one sentence for a person instead of a traceback when the office must hear about something."""

from __future__ import annotations

import sys

from network.errors import NetworkError


def main() -> None:
    """Runs the command; a known problem ends with its sentence and exit code 1."""
    from hmn.app import app

    try:
        app()
    except NetworkError as err:
        print(str(err), file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
