"""What a run is called on the dashboard: the job and the hour, in the network's time zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from prefect.runtime import flow_run

from flows.schedule import zone_of
from integrations.wiring import open_office


def named(short: str) -> Callable[[], str]:
    """A name for a flow's runs: "Members, Tue 6 Oct 10:00"; a rehearsal says so."""

    def name() -> str:
        given = flow_run.parameters
        rehearsal = " (rehearsal)" if given.get("dry_run") else ""
        return f"{short}, {hour_words(_moment(given.get('as_of')), network_zone())}{rehearsal}"

    return name


def hour_words(moment: datetime, zone: tzinfo) -> str:
    """Tue 6 Oct 10:00"""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def network_zone() -> tzinfo:
    """The network's zone; UTC when the office cannot be opened, which the flow itself will say."""
    try:
        with open_office() as office:
            return ZoneInfo(zone_of(office))
    except Exception:  # noqa: BLE001 - a name must not stop a run, and Prefect would keep the error's text
        return UTC


def _moment(as_of: object) -> datetime:
    if isinstance(as_of, str):
        as_of = datetime.fromisoformat(as_of)
    if isinstance(as_of, datetime) and as_of.tzinfo is not None:
        return as_of
    return flow_run.scheduled_start_time or datetime.now(UTC)
