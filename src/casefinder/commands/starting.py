"""``casefinder init`` and ``casefinder simulate``: something to start from."""

import shlex
import shutil
from pathlib import Path

from casefinder.commands.reporter import Reporter
from casefinder.errors import ConfigError, Problem
from casefinder.shipped import shipped


def run_init(folder: Path, reporter: Reporter) -> None:
    """Copy the starter site into a folder.

    Raises:
        ConfigError: the folder holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError("A starter site needs an empty folder:", [Problem(str(folder), "is not empty")])
    starter = shipped("configs") / "sites" / "starter"
    shutil.copytree(starter, folder, dirs_exist_ok=True)
    for name in ("raw", "models"):
        (folder / name).mkdir(exist_ok=True)
    reporter.say(f"wrote {', '.join(sorted(path.name for path in folder.iterdir()))} in {folder}")
    reporter.say(
        f"next: fill in site.yaml and governance.yaml, put extracts in {folder / 'raw'}, set the key (pseudonym_key), then: "
        f"casefinder link --site {shlex.quote(str(folder / 'site.yaml'))} --workspace ws"
    )


def run_simulate(out: Path, people: int, seed: int, reporter: Reporter) -> None:
    """Simulate a district."""
    from casefinder.simulate import simulate

    simulate(
        out, people, seed, progress=lambda stage, share: reporter.stage(f"simulating: {stage}", round(100 * share), 100)
    )
    reporter.say(f"{people:,} invented people: raw files in {out / 'raw'}, the truth in {out / 'truth'}")
