"""`python -m emulators --port N`: starts the stand-in on this computer alone and prints the settings to use."""

from __future__ import annotations

import argparse
import contextlib
import json
import tempfile
from pathlib import Path

from emulators.google.oauth import credentials
from emulators.mailchimp.service import AUDIENCE
from emulators.server import StandIn


def main() -> None:
    """Serves until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m emulators", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--record", type=Path, help="a file that gets a line for each mail, before its sender hears")
    wanted = parser.parse_args()
    server = StandIn(wanted.port, wanted.record)
    with tempfile.TemporaryDirectory(prefix="hmn-emulators-") as folder:
        key = Path(folder) / "service-account.json"
        key.write_text(json.dumps(credentials("service_account", server.base_url)), encoding="utf-8")
        key.chmod(0o600)
        print(f"HMN_GOOGLE_BASE_URL={server.base_url}")
        print(f"HMN_GOOGLE_CREDENTIALS={key}")
        mail_key = Path(folder) / "authorized-user.json"
        mail_key.write_text(json.dumps(credentials("authorized_user", server.base_url)), encoding="utf-8")
        mail_key.chmod(0o600)
        print(f"HMN_GMAIL_CREDENTIALS={mail_key}")
        print("HMN_MAILCHIMP_API_KEY=stand-in-us6")
        print(f"HMN_MAILCHIMP_AUDIENCE={AUDIENCE}")
        print(f"HMN_MAILCHIMP_BASE_URL={server.base_url}/3.0", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
