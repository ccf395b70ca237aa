"""When each flow runs: the one table behind prefect.yaml and `hmn up`.

`python -m flows.schedule > prefect.yaml` writes the file anew; a test holds the two together. Hours are those of the
network's time zone. Minutes are staggered so that no two flows begin at once: each starts a Python of its own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from network.jobs.members import SETTINGS_TYPED
from network.jobs.rounds import ROUNDS
from network.ports import Office
from network.preferences import Preferences
from network.settings_rows import preferences_from_cursor, settings_to_cursor
from network.tabs import QUIET_DATES, SETTINGS, understand

POOL = "hmn"
TAG = "hmn"
# A round that is still going is not joined by another: the new run ends at once and the next one does its work.
ONE_AT_A_TIME: Mapping[str, Any] = {"limit": 1, "collision_strategy": "CANCEL_NEW"}
_HEADER = """\
# Made from the table in flows/schedule.py: change it there, then `python -m flows.schedule > prefect.yaml`
# (`--time-zone America/Los_Angeles` for another zone). `hmn up` needs no such file; this one is for a Prefect server
# with a work pool of its own:
#   prefect work-pool create hmn --type process
#   prefect --no-prompt deploy --all            (from the folder that holds the office)
#   prefect worker start --pool hmn --limit 3
"""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One flow as Prefect knows it. A blank `cron`: started by a person or by another flow, never by the clock."""

    name: str
    entrypoint: str  # a module path; the file form would load the module twice
    description: str
    cron: str = ""
    # How late a run may still begin. Later ones end at once: their successor is near, or their hour has passed.
    grace: timedelta = timedelta(days=1)
    # Whether what was missed while the computer was off is done once when it comes back.
    catches_up: bool = False
    is_single: bool = True  # not beside itself


def _round(name: str, function: str, cron: str, grace: timedelta, *, catches_up: bool = False) -> Deployment:
    return Deployment(name, f"flows.{name}.{function}", ROUNDS[name].purpose, cron, grace, catches_up)


# Members and outbox run every day of the week and from early to late: the send window of *Settings*, which people
# change, and the addressee's own zone decide inside the flow.
DEPLOYMENTS: dict[str, Deployment] = {
    each.name: each
    for each in (
        _round("members", "sync_members", "1-59/5 7-20 * * *", timedelta(minutes=10)),
        _round("inbox", "read_inbox", "3-59/15 * * * *", timedelta(minutes=15)),
        _round("recruitment", "recruit", "5 9 * * 1-5", timedelta(hours=7), catches_up=True),
        _round("outbox", "send_outbox", "4-59/10 7-20 * * *", timedelta(minutes=10)),
        _round("newsletter", "send_newsletter", "10 8 * * *", timedelta(hours=8), catches_up=True),
        _round("surveys", "read_surveys", "27 * * * *", timedelta(hours=1)),
        _round("goals", "update_goals", "20 6 * * *", timedelta(hours=17), catches_up=True),
        _round("digest", "send_digest", "40 7 * * 1", timedelta(days=2), catches_up=True),
        _round("housekeeping", "keep_house", "30 2 * * *", timedelta(hours=20), catches_up=True),
        Deployment(
            "approvals",
            "flows.approvals.ask",
            "Waits for an approver's answer to one question. Started by the other flows, once for each question.",
            grace=timedelta(days=60),
            is_single=False,
        ),
        Deployment(
            "programs",
            "flows.programs.import_programs",
            "Adds the grant recipients of a federal file to the Programs tab. Started by hand, with the file's path.",
        ),
    )
}


def prefect_yaml(time_zone: str = Preferences().time_zone) -> str:
    """The text of prefect.yaml for this table."""
    import yaml

    plan = {
        "name": "health-manager-network",
        # The office is found from the folder in which `prefect deploy` was typed, unless HMN_HOME is absolute.
        "pull": [{"prefect.deployments.steps.set_working_directory": {"directory": "{{ $PWD }}"}}],
        "deployments": [_as_yaml(each, time_zone) for each in DEPLOYMENTS.values()],
    }
    return _HEADER + yaml.safe_dump(plan, sort_keys=False, width=120, allow_unicode=True)


def zone_of(office: Office) -> str:
    """The zone of *Settings*: as remembered, or on the first day as it stands in the sheet."""
    remembered = office.cursors.get(SETTINGS_TYPED)
    if remembered is None:
        reading = office.workbook.read(None)
        if reading is not None:
            remembered = settings_to_cursor(understand(reading, SETTINGS), understand(reading, QUIET_DATES))
    return preferences_from_cursor(remembered).time_zone


def _as_yaml(each: Deployment, time_zone: str) -> dict[str, Any]:
    schedule = {"cron": each.cron, "timezone": time_zone, "slug": each.name}
    return {
        "name": each.name,
        "entrypoint": each.entrypoint,
        "description": each.description,
        "tags": [TAG],
        "schedules": [schedule] if each.cron else [],
        **({"concurrency_limit": dict(ONE_AT_A_TIME)} if each.is_single else {}),
        "work_pool": {"name": POOL, "work_queue_name": "default"},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write prefect.yaml.")
    parser.add_argument("--time-zone", default=Preferences().time_zone)
    sys.stdout.write(prefect_yaml(parser.parse_args().time_zone))
