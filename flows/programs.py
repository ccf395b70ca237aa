"""Programs: a federal file of grant recipients into the Programs tab, when somebody asks for it."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from prefect import flow
from prefect.client.schemas.objects import State

from flows.run_names import named
from flows.stages import go_round
from integrations.settings import load_settings
from integrations.wiring import read_program_file
from network.jobs.programs import import_programs as import_rows
from network.jobs.programs import page
from network.jobs.rounds import Round, Run, Stage
from network.ports import Office

_TITLE = "Programs: import a federal file"
_PURPOSE = "Adds the grant recipients of a federal file to the Programs tab; rows that stand there are left alone."


@flow(name=_TITLE, description=_PURPOSE, flow_run_name=named("Programs"), persist_result=False, log_prints=False)
def import_programs(path: str, as_of: datetime | None = None, dry_run: bool = False) -> State[str]:
    """Imports the file at `path`, seen from the office's folder; importing it again adds nothing."""
    stages = (Stage("Add new grants to Programs", partial(_import, path)),)
    return go_round(Round("programs", _TITLE, _PURPOSE, stages), as_of, dry_run)


def _import(path: str, office: Office, run: Run) -> None:
    rows = read_program_file(load_settings().office / path)
    run.show(page(import_rows(office, rows, run.at, dry_run=run.dry_run)))
