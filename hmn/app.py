"""The command line: what can be typed, and its help. What each command does stands in the module of its name."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Optional

import typer

from network.errors import ConfigurationError

app = typer.Typer(
    name="hmn",
    help="The automated health manager network: member list, invitations, newsletter, surveys and goals on a schedule.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as err:
        raise typer.BadParameter("please write it like 2026-10-06T10:00-07:00") from err
    if moment.tzinfo is None:
        raise typer.BadParameter("please add the time zone, like 2026-10-06T10:00-07:00")
    return moment


AsOf = Annotated[
    Optional[datetime],  # noqa: UP045 - typer reads the annotation when it runs
    typer.Option("--as-of", parser=_moment, metavar="MOMENT", help="Pretend it is this moment (with its time zone)."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for another program.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen; write nothing anywhere.")]


@app.command()
def demo(
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin with a new demo office.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the dashboard running and print its address.")] = False,
    connected: Annotated[
        bool,
        typer.Option("--connected", help="Work through Google and Mailchimp, whose part this computer plays."),
    ] = False,
    office: Annotated[Path, typer.Option(help="Where the demo office stands.")] = Path("demo-office"),
    as_of: AsOf = None,
) -> None:
    """See the whole office work on the example of Washington State; needs no account and sends nothing anywhere."""
    from hmn.demo import play, play_connected

    done = play_connected(office, as_of=as_of) if connected else play(office, fresh=fresh, keep=keep, as_of=as_of)
    raise typer.Exit(done)


@app.command()
def init(
    jobs: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads the annotation when it runs
        typer.Option("--job", help="Also make the tabs of this job; all for every one. May be given more than once."),
    ] = None,
    headers: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads the annotation when it runs
        typer.Option(help="A file that says what their columns are, one a line: Correo electrónico,Email"),
    ] = None,
    dry_run: DryRun = False,
    as_of: AsOf = None,  # noqa: ARG001 - every command takes it; a new workbook knows no day
    as_json: Json = False,
) -> None:
    """Make the coordinator's workbook, or adopt the one that stands; nothing typed is ever written over."""
    from hmn.init import init as furnish

    furnish(dry_run=dry_run, jobs=tuple(jobs or ()), headers=headers, as_json=as_json)


@app.command()
def run(
    flow: Annotated[str, typer.Argument(help="members, inbox, recruitment, outbox, newsletter, surveys, goals, ...")],
    server: Annotated[
        bool, typer.Option("--server", help="Run it through Prefect, so that the dashboard shows it.")
    ] = False,
    dry_run: DryRun = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Run one flow now."""
    from hmn.run import run_flow

    run_flow(flow, as_of=as_of, dry_run=dry_run, on_server=server, as_json=as_json)


@app.command()
def preview(
    days: Annotated[int, typer.Option(help="How many days ahead.", min=1, max=366)] = 14,
    mail: Annotated[str, typer.Option("--mail", help="Show one message by its reference, with its headers.")] = "",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Say who would get what, when and why, and who is held and why; sends and writes nothing."""
    from hmn.preview import show_mail, show_preview

    if mail:
        show_mail(mail, as_of=as_of, as_json=as_json)
    else:
        show_preview(days, as_of=as_of, as_json=as_json)


@app.command()
def simulate(
    days: Annotated[int, typer.Option(help="How many days to play.", min=1, max=400)] = 90,
    script: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads the annotation when it runs
        typer.Option(help="What people do: a file like examples/washington/simulation.toml."),
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="Play the example office of Washington State.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Play the weeks to come in a copy of the office and tell the story; nothing is sent, nothing of yours changes."""
    from hmn.simulate import simulate as play

    raise typer.Exit(play(days, script=script, example=example, as_of=as_of, as_json=as_json))


@app.command()
def why(
    email: Annotated[str, typer.Argument(help="The person's address.")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Tell the story of one person: seen, changed, invited, skipped (why), replied, said no."""
    from hmn.why import tell

    tell(email, as_of=as_of, as_json=as_json)


@app.command()
def approve(  # noqa: PLR0917 - typer takes its options by name
    code: Annotated[
        str, typer.Argument(help="The code of the question; without it the open questions are listed.")
    ] = "",
    by: Annotated[str, typer.Option(help="Who approves: a name listed in Settings.")] = "",
    no: Annotated[bool, typer.Option("--not-yet", help="Say not yet instead.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Call an approval back.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """List what waits for approval, or approve one of them; it starts 15 minutes later."""
    from hmn.approve import decide, list_questions

    if code:
        decide(code, by=by, not_yet=no, stop=stop, as_of=as_of, as_json=as_json)
    else:
        list_questions(as_of=as_of, as_json=as_json)


@app.command()
def outbox(
    action: Annotated[str, typer.Argument(help="retry or drop; without it, everything that waits is listed.")] = "",
    ref: Annotated[str, typer.Argument(help="Which message.")] = "",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show what waits, what is on its way and what is not sure; retry or drop one that is not sure."""
    from hmn.outbox import list_waiting, settle

    if action:
        settle(action, ref, as_of=as_of, as_json=as_json)
    else:
        list_waiting(as_of=as_of, as_json=as_json)


@app.command()
def status(as_of: AsOf = None, as_json: Json = False) -> None:
    """Say in a few lines how the office is: last runs, balance, what waits for a person."""
    from hmn.status import show

    show(as_of=as_of, as_json=as_json)


@app.command()
def results(
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a CSV file for a spreadsheet.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Say how the goals stand and what the surveys said, as the last rounds left it."""
    from hmn.results import show

    show(as_of=as_of, as_json=as_json, as_csv=as_csv)


@app.command(name="import-programs")
def import_programs(
    file: Annotated[Path, typer.Argument(help="A CSV or JSON file of federal grant recipients.")],
    dry_run: DryRun = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Add the grant recipients of a federal file to the Programs tab; rows that stand there are left alone."""
    from hmn.programs import import_file

    import_file(file, dry_run=dry_run, as_of=as_of, as_json=as_json)


@app.command(name="init-survey")
def init_survey(
    what: Annotated[
        str, typer.Argument(help="A form or spreadsheet (id or address) or a .csv/.xlsx file; blank: every one known.")
    ] = "",
    dry_run: DryRun = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Draft the tab Survey questions from a form or from answers; only rows that are missing are added."""
    from hmn.init_survey import init_survey as draft

    draft(what, dry_run=dry_run, as_of=as_of, as_json=as_json)


@app.command(name="import-pir")
def import_pir(
    file: Annotated[Path, typer.Argument(help="A CSV file of the federal Program Information Report.")],
    dry_run: DryRun = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Take in how many children of the programs here are insured, in care and up to date: baselines for goals."""
    from hmn.pir import import_file

    import_file(file, dry_run=dry_run, as_of=as_of, as_json=as_json)


@app.command()
def backup(as_of: AsOf = None, as_json: Json = False) -> None:
    """Copy the office's memory now."""
    from hmn.run import run_flow

    run_flow("housekeeping", as_of=as_of, dry_run=False, on_server=False, as_json=as_json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A copy of the ledger, like backups/ledger-2026-05-03.db.")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Put a copy of the office's memory back while nothing runs; the present one is kept aside."""
    from hmn.restore import restore as put_back

    put_back(file, as_of=as_of, as_json=as_json)


@app.command()
def takeover(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Run the sheet from this computer, or go on after an old backup: keeps every no and repeats no letter."""
    from hmn.takeover import take_over

    take_over(is_sure=yes, as_of=as_of, as_json=as_json)


@app.command()
def forget(
    email: Annotated[str, typer.Argument(help="The person's address.")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Forget one person; only a no is kept, as a mark."""
    from hmn.forget import forget as forget_person

    forget_person(email, as_of=as_of, as_json=as_json)


@app.command()
def doctor(as_of: AsOf = None, as_json: Json = False) -> None:
    """Look at everything the office needs and say what a person must do; sends nothing."""
    from hmn.doctor import examine

    raise typer.Exit(examine(as_of=as_of, as_json=as_json))


@app.command(name="clean-ledger")
def clean_ledger(
    yes: Annotated[bool, typer.Option("--yes", help="Really do it.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Begin anew, to send through another lane: forgets what was planned and sent, keeps people and every no."""
    from hmn.clean import begin_anew

    begin_anew(is_sure=yes, as_of=as_of, as_json=as_json)


@app.command()
def up(
    port: Annotated[int, typer.Option(help="The port of the dashboard.")] = 4200,
    as_of: AsOf = None,
) -> None:
    """Run the schedule and the dashboard for your office until you press Ctrl-C."""
    if as_of is not None:
        raise ConfigurationError("hmn up follows the real clock; to try another day use hmn run FLOW --as-of.")
    from hmn.up import run_up

    run_up(port=port)


@app.command()
def gallery(
    target: Annotated[Path, typer.Argument(help="The folder for the page.")] = Path("gallery"),
    as_of: AsOf = None,  # noqa: ARG001 - every command takes it; the gallery knows no day
) -> None:
    """Draw every mail we can send on one local page, for ordinary, empty and hostile members."""
    from hmn.gallery import build_gallery
    from integrations.wiring import packaged_words

    print(f"Every mail we can send stands in {build_gallery(target, packaged_words())}. Open it in a browser.")
