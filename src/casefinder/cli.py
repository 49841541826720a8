"""The command line: words and exit codes. What a command does is in ``commands``; nothing heavy is loaded to show help."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from casefinder import __version__
from casefinder.errors import CasefinderError, ConfigError, Problem

app = typer.Typer(
    name="casefinder",
    help="Case finding on linked NHS records: raw extracts in, one explained list for each practice out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
decisions_app = typer.Typer(help="What meetings decided.", no_args_is_help=True)
models_app = typer.Typer(help="Models of this site.", no_args_is_help=True)
app.add_typer(decisions_app, name="decisions")
app.add_typer(models_app, name="models")

SitePath = Annotated[
    Path | None, typer.Option("--site", help="The site file. Default: the one the workspace was made with.")
]
WorkspacePath = Annotated[
    Path, typer.Option("--workspace", help="Folder that holds everything casefinder writes for this site.")
]
AsOf = Annotated[str, typer.Option("--as-of", help="The date of the list, YYYY-MM-DD.")]


class Terminal:
    """Shows progress where somebody watches, and plain lines where nobody does."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(highlight=False, soft_wrap=True)
        if not self._console.is_terminal:
            self._console = Console(highlight=False, soft_wrap=True, width=140)
        self._errors = Console(stderr=True, highlight=False, soft_wrap=True)
        self._status: Any = None

    def say(self, words: str) -> None:
        """Print one line."""
        self.quiet()
        self._console.print(words, markup=False)

    def warn(self, words: str) -> None:
        """Print one line of warning on the error stream."""
        self.quiet()
        self._errors.print(f"Warning: {words}", markup=False, style="yellow")

    def table(self, title: str, heading: list[str], rows: list[list[str]]) -> None:
        """Print a small table."""
        from rich import box
        from rich.table import Table

        self.quiet()
        shown = Table(title=title, title_justify="left", box=box.SIMPLE, show_edge=False)
        for place, name in enumerate(heading):
            shown.add_column(name, justify="left" if place == 0 else "right", overflow="fold")
        for row in rows:
            shown.add_row(*row)
        self._console.print(shown)

    def stage(self, words: str, done: int = 0, whole: int = 0) -> None:
        """Show what is being done now, with a bar where its length is known. Nothing where output is not a terminal."""
        if not self._console.is_terminal:
            return
        bar = f" {'█' * (20 * done // whole)}{'░' * (20 - 20 * done // whole)} {done} of {whole}" if whole > 1 else ""
        if self._status is None:
            self._status = self._console.status(words)
            self._status.start()
        self._status.update(f"{words}{bar}")

    def quiet(self) -> None:
        """Take the progress line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None


class explained:
    """Show a mistake that the user can mend without a traceback, and leave with its exit code."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def __enter__(self) -> Terminal:
        return self._terminal

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: object) -> None:
        self._terminal.quiet()
        if isinstance(value, CasefinderError):
            typer.echo(value.render(), err=True)
            raise SystemExit(value.exit_code) from None
        if isinstance(value, KeyboardInterrupt):
            typer.echo("Stopped. What was finished before stands; what was being written is not used.", err=True)
            raise SystemExit(130) from None


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
    data: Annotated[Path | None, typer.Option("--data", help="Folder of the raw files, instead of the site's own.")] = None,
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
        run_link(_open(site, workspace, "link", terminal, day), terminal, data, strict, identities)


@app.command()
def train(
    model: Annotated[str, typer.Argument(help="Name of a model under configs/models, or the path of a model file.")],
    workspace: WorkspacePath,
    site: SitePath = None,
    serve: Annotated[
        bool | None,
        typer.Option("--serve/--no-serve", help="Score the weekly list with it. Default: only if none is served yet."),
    ] = None,
) -> None:
    """Fit a model, test it on people and a date it never saw, and register it."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.training import run_train

        run_train(_open(site, workspace, "train", terminal), model, terminal, serve)


@app.command()
def weekly(as_of: AsOf, workspace: WorkspacePath, site: SitePath = None) -> None:
    """Score everyone on a date and prepare every list."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.listing import run_weekly
        from casefinder.dates import parse_date

        run_weekly(_open(site, workspace, "score", terminal), parse_date(as_of, "--as-of"), terminal)


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
        deployment = _open(site, workspace, "show", terminal)
        if every:
            run_all_lists(deployment, as_of, out, terminal)
        else:
            run_worklist(deployment, as_of, practice, cluster, out, identities, terminal)


@decisions_app.command("read")
def decisions_read(
    file: Annotated[Path, typer.Argument(help="The filled list: .xlsx or .csv.")],
    workspace: WorkspacePath,
    site: SitePath = None,
) -> None:
    """Take a filled list back in; its decisions carry into the next lists."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.deciding import run_decisions_read

        run_decisions_read(_open(site, workspace, "show", terminal), file, terminal)


@models_app.command("list")
def models_list(workspace: WorkspacePath, site: SitePath = None) -> None:
    """Show every version of every model, and which one the weekly list is scored with."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.modelling import run_models_list

        run_models_list(_open(site, workspace, "score", terminal), terminal)


@app.command()
def purge(
    workspace: WorkspacePath,
    site: SitePath = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete; without it, only say what would be deleted.")] = False,
) -> None:
    """Delete what the declared retention no longer allows to be kept."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.retaining import run_purge

        run_purge(_open(site, workspace, "link", terminal), yes, terminal)


@app.command()
def reference(
    out: Annotated[Path, typer.Option("--out", help="Folder for the pages.")],
) -> None:
    """Write the reference pages from the definitions: tables, sources, features, outcomes, settings, commands, errors."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.reference import run_reference

        run_reference(out, typer.main.get_command(app), terminal)


def _open(site: Path | None, workspace: Path, use: Any, terminal: Terminal, extract_date: Any = None) -> Any:
    """Open the deployment of a command and show its warnings."""
    from casefinder.commands.deployment import open_deployment

    deployment = open_deployment(site, workspace, use, extract_date=extract_date)
    for words in deployment.warnings:
        terminal.warn(words)
    return deployment


def main() -> None:
    """Run the command line."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
