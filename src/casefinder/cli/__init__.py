"""The command line: words and exit codes. What a command does is in ``commands``; nothing heavy is loaded to show help."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from casefinder import __version__
from casefinder.cli.allocating import allocate
from casefinder.cli.calibrating import calibration
from casefinder.cli.comparing import compare_models
from casefinder.cli.models import models_app
from casefinder.cli.monitoring import monitor
from casefinder.cli.options import AsOf, SitePath, WorkspacePath, opened
from casefinder.cli.practices import practices
from casefinder.cli.pseudonymising import pseudonymise
from casefinder.cli.recalibrating import recalibrate
from casefinder.cli.services import service_app
from casefinder.cli.terminal import Terminal, explained
from casefinder.cli.validating import validate
from casefinder.errors import ConfigError, Problem

app = typer.Typer(
    name="casefinder",
    help="Case finding on linked NHS records: raw extracts in, one explained list for each practice out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
decisions_app = typer.Typer(help="What meetings decided.", no_args_is_help=True)
app.add_typer(decisions_app, name="decisions")
app.add_typer(models_app, name="models")
app.add_typer(service_app, name="service")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"casefinder {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Case finding on linked NHS records."""


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="An empty or new folder for the site.")]) -> None:
    """Write a commented starter site: site.yaml, governance.yaml, and folders for raw files and models."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.starting import run_init

        run_init(folder, terminal)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", help="Folder for the raw files and the truth.")],
    people: Annotated[int, typer.Option("--people", min=1000, help="How many people.")] = 20_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same bytes.")] = 1,
) -> None:
    """Make an invented rural district: six years of raw extracts in NHS layouts, with the truth kept apart."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.starting import run_simulate

        run_simulate(out, people, seed, terminal)


@app.command()
def demo(
    workspace: WorkspacePath = Path("demo"),
    people: Annotated[int, typer.Option("--people", min=2000, help="How many invented people.")] = 20_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same bytes.")] = 1,
) -> None:
    """Run the whole main job on invented people: simulate, link, train both models, score, and write every list."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.demonstration import run_demo

        run_demo(workspace, people, seed, terminal)


@app.command()
def link(
    workspace: WorkspacePath,
    site: SitePath = None,
    data: Annotated[
        str | None, typer.Option("--data", help="Folder or URL of the raw files, instead of the site's own.")
    ] = None,
    extract_date: Annotated[
        str | None, typer.Option("--extract-date", help="The day of these extracts, instead of the site file's.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first kind of problem above the allowed share.")
    ] = False,
    identities: Annotated[
        Path | None, typer.Option("--identities", help="Write the map back to identifiers here, outside the workspace.")
    ] = None,
) -> None:
    """Read raw extracts, link them, and write people's histories."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.linking import run_link
        from casefinder.dates import parse_date

        day = parse_date(extract_date, "--extract-date") if extract_date else None
        run_link(opened(site, workspace, "link", terminal, day), terminal, data, strict, identities)


@app.command()
def train(
    model: Annotated[str, typer.Argument(help="Name of a model under configs/models, or the path of a model file.")],
    workspace: WorkspacePath,
    site: SitePath = None,
    serve: Annotated[
        bool | None,
        typer.Option("--serve/--no-serve", help="Score the weekly list with it. Default: only if none is served yet."),
    ] = None,
    tune: Annotated[
        int, typer.Option("--tune", min=0, help="Search for better settings of the trees: how many to try. Resumable.")
    ] = 0,
    tune_minutes: Annotated[
        float | None, typer.Option("--tune-minutes", min=0.1, help="Begin no further try after so many minutes.")
    ] = None,
    refits: Annotated[
        int,
        typer.Option(
            "--refits", min=0, max=1000, help="Refit on so many other samples of people: is it stable? Such as 20."
        ),
    ] = 0,
) -> None:
    """Fit a model, test it on people and a date it never saw, and register it."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.training import Asked, run_train

        asked = Asked(serve_it=serve, tune=tune, tune_minutes=tune_minutes, refits=refits)
        run_train(opened(site, workspace, "train", terminal), model, terminal, asked)


@app.command()
def weekly(as_of: AsOf, workspace: WorkspacePath, site: SitePath = None) -> None:
    """Score everyone on a date and prepare every list."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.listing import run_weekly
        from casefinder.dates import parse_date

        run_weekly(opened(site, workspace, "score", terminal), parse_date(as_of, "--as-of"), terminal)


@app.command()
def worklist(
    as_of: AsOf,
    workspace: WorkspacePath,
    practice: Annotated[str | None, typer.Option("--practice", help="Code of the practice.")] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="Name of the cluster, for a meeting of its practices.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the files. Default: in the workspace.")] = None,
    identities: Annotated[
        Path | None, typer.Option("--identities", help="The practice-held map, to name people. Who did so is logged.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every practice and cluster.")] = False,
    places: Annotated[
        int | None,
        typer.Option(
            "--invite-at-random",
            metavar="N",
            help="Draw by chance which N of those listed are invited; it is logged.",
        ),
    ] = None,
    site: SitePath = None,
) -> None:
    """Make the list of a practice or a cluster: CSV, Excel and a page to print."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.listing import run_all_lists, run_worklist

        if sum([bool(practice), bool(cluster), every]) != 1:
            raise ConfigError("Whose list?", [Problem("", "give one of --practice CODE, --cluster NAME or --all")])
        if every and identities:
            problem = Problem("--identities", "names the people of one list and does not go with --all")
            raise ConfigError("Whose names?", [problem], "Give --practice CODE or --cluster NAME instead of --all.")
        if places is not None and places < 1:
            problem = Problem("--invite-at-random", f"{places} given; it is how many people are invited, 1 or more")
            raise ConfigError("How many places?", [problem], "Leave it out where nobody is drawn by chance.")
        if every and places:
            problem = Problem("--invite-at-random", "is for the places of one meeting and does not go with --all")
            raise ConfigError("Whose places?", [problem], "Give --practice CODE or --cluster NAME instead of --all.")
        deployment = opened(site, workspace, "show", terminal)
        if every:
            run_all_lists(deployment, as_of, out, terminal)
        else:
            run_worklist(deployment, as_of, practice, cluster, out, identities, terminal, places)


@decisions_app.command("read")
def decisions_read(
    file: Annotated[Path, typer.Argument(help="The filled list: .xlsx or .csv.")],
    workspace: WorkspacePath,
    site: SitePath = None,
) -> None:
    """Take a filled list back in; its decisions carry into the next lists."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.deciding import run_decisions_read

        run_decisions_read(opened(site, workspace, "show", terminal), file, terminal)


app.command()(calibration)
app.command("compare-models")(compare_models)
app.command()(validate)
app.command()(recalibrate)
app.command()(monitor)
app.command()(practices)
app.command()(allocate)
app.command()(pseudonymise)


@app.command()
def purge(
    workspace: WorkspacePath,
    site: SitePath = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete; without it, only say what would be deleted.")] = False,
) -> None:
    """Delete what the declared retention no longer allows to be kept."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.retaining import run_purge

        run_purge(opened(site, workspace, "link", terminal), yes, terminal)


@app.command()
def reference(
    out: Annotated[Path, typer.Option("--out", help="Folder for the pages.")],
) -> None:
    """Write the reference pages from the definitions: tables, sources, features, outcomes, settings, commands, errors."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.reference import run_reference

        run_reference(out, typer.main.get_command(app), terminal)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
