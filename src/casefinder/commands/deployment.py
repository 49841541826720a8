"""What every command on a site begins with: its settings, its approvals, its workspace."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casefinder.config import Site, Use, load_governance, load_site
from casefinder.config.model import model_names
from casefinder.config.places import is_url
from casefinder.disclosure import enforce
from casefinder.engines import Workspace, place
from casefinder.errors import ConfigError, GovernanceError, Problem, WorkspaceError, one_of

REMEMBERED = "deployment.json"
GOVERNANCE = "governance.yaml"
HERE_NOT_ON_SPARK = "'engine: spark' links and scores on Spark; what this command works out, it works out on this machine"
FITTED_HERE = (
    "'engine: spark' works out the rows to fit and test on; fitting, measuring and comparing happen on this machine"
)


@dataclass(frozen=True)
class Deployment:
    """A site with its workspace, allowed for one use today."""

    site: Site
    site_path: Path
    workspace: Workspace
    warnings: tuple[str, ...]

    def approvals(self) -> dict[str, Any] | None:
        """Return what a card says of the approvals of this site; None for a demonstration, which needs none."""
        if self.site.demonstration:
            return None
        return load_governance(self.site_path.resolve().parent / GOVERNANCE).told()

    def stale_after(self) -> dict[str, int]:
        """Return after how many days each source is stale."""
        return {name: one.stale_after_days for name, one in self.site.sources.items()}


def open_deployment(
    site_path: Path | None,
    workspace: Path,
    use: Use,
    today: Callable[[], dt.date] = dt.date.today,
    extract_date: dt.date | None = None,
) -> Deployment:
    """Return a site and its workspace, once its approvals allow this use; its rule of disclosure holds from then on.

    Args:
        site_path: the site file; None for the one with which the workspace was made.
        workspace: the workspace folder.
        use: what the command is about to do.
        today: gives the day on which approvals must hold.
        extract_date: the day of the extracts, instead of the one in the site file.

    Raises:
        ConfigError: the site file cannot be used, or the key lies in the workspace.
        GovernanceError: nothing on file allows this use.
        StoreError: the site's store cannot be reached, or refuses.
        WorkspaceError: the workspace belongs to another site, or remembers none.
    """
    refuse_url(workspace)
    path = site_path or _remembered(workspace)
    site = load_site(path, extract_date)
    enforce(site.disclosure.policy)
    check_model_names(site)
    warnings = allowed(site, path, use, today())
    store = place(site.store_folder()) if site.store else None
    opened = Workspace(workspace, store)
    refuse_key_inside(site, opened)
    _remember(workspace, path, site)
    if site.engine == "spark" and use == "train":
        warnings.append(FITTED_HERE)
    opened.store.is_dir()  # where a store cannot be reached, that is told before anything is done
    return Deployment(site, path, opened, tuple(warnings))


def refuse_url(workspace: Path) -> None:
    """Raise where the workspace would lie in a store: only what is large in it can.

    Raises:
        ConfigError: it is a URL.
    """
    if is_url(str(workspace)):
        url = str(workspace).replace(":/", "://", 1)
        remedy = f"Give a folder with --workspace, and write in the site file: store: {url}"
        raise ConfigError("The workspace is a folder of this machine:", [Problem("--workspace", f"{url} is none")], remedy)


def check_model_names(site: Site) -> None:
    """Raise where the lists of a site name a model that nobody has defined.

    Raises:
        ConfigError: naming the setting and the nearest model.
    """
    known = model_names(site.folder / "models")
    asked = [("lists.ranked_by", site.lists.ranked_by), *(("lists.beside", name) for name in site.lists.beside)]
    problems = [
        Problem(where, f"there is no model called '{name}'; {one_of(name, known)}")
        for where, name in asked
        if name not in known
    ]
    if problems:
        raise ConfigError("The site file names a model that does not exist:", problems)


def allowed(site: Site, path: Path, use: Use, today: dt.date) -> list[str]:
    """Raise unless a use of a site's sources is approved today; return warnings.

    A demonstration needs no approval, and may hold nothing but NHS numbers of the 999 range, which nobody has.

    Raises:
        GovernanceError: nothing on file allows this use.
        ConfigError: a demonstration holds something else.
    """
    if site.demonstration:
        if site.person_key.kind != "nhs_number":
            problem = Problem("person_key.kind", "a demonstration holds NHS numbers of the 999 range and nothing else")
            raise ConfigError(
                f"{path.name} cannot be a demonstration:", [problem], "Set 'demonstration: false' and write governance.yaml."
            )
        return []
    from casefinder.sources import extracts

    known = extracts()
    personal = [
        name for name, one in site.sources.items() if (one.extract or name) in known and known[one.extract or name].person
    ]
    file = path.resolve().parent / GOVERNANCE
    governance = load_governance(file)
    warnings = governance.check(use, tuple(personal), today, str(file))
    if site.lists.hold_out and use in ("score", "show"):
        warnings += governance.check_hold_out(site.lists.hold_out.approval, today, str(file))
    return warnings


def refuse_key_inside(site: Site, workspace: Workspace) -> None:
    """Raise where the key that turns pseudonyms back into people would lie beside the pseudonyms.

    Raises:
        ConfigError: the key file of a real site is inside the workspace. The key of a demonstration protects nobody.
    """
    if site.demonstration or not site.pseudonym_key.file:
        return
    key = (site.folder / site.pseudonym_key.file).resolve()
    if workspace.holds(key):
        problem = Problem("pseudonym_key.file", f"{key.name} lies inside the workspace, which must name nobody")
        raise ConfigError(
            "The key has to be kept apart:", [problem], "Move it out of the workspace, and name its new place."
        )


def _remember(workspace: Path, path: Path, site: Site) -> None:
    """Note the site in the workspace, so that later commands need not be told.

    Raises:
        WorkspaceError: the workspace belongs to another site.
    """
    note = workspace / REMEMBERED
    if note.is_file():
        before = json.loads(note.read_text(encoding="utf-8"))
        if before["name"] != site.name:
            problem = Problem(str(workspace), f"was made for the site '{before['name']}', not for '{site.name}'")
            raise WorkspaceError("One workspace holds one site:", [problem], "Give another folder with --workspace.")
    workspace.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"name": site.name, "site": str(path.resolve())}, indent=1) + "\n", encoding="utf-8")


def _remembered(workspace: Path) -> Path:
    note = workspace / REMEMBERED
    if not note.is_file():
        raise WorkspaceError(
            f"{workspace} is not a workspace yet.", remedy="Make one with: casefinder link --site FILE --workspace DIR"
        )
    return Path(json.loads(note.read_text(encoding="utf-8"))["site"])


def refuse_real_site(site: Site) -> None:
    """Raise unless the site is a demonstration.

    Raises:
        GovernanceError: it is not.
    """
    if not site.demonstration:
        raise GovernanceError("This command is for demonstrations only.")
