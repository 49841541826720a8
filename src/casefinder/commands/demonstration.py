"""``casefinder demo``: the whole main job on invented people."""

import datetime as dt
import shutil
from pathlib import Path

from casefinder.commands.deployment import Deployment, open_deployment, refuse_real_site
from casefinder.commands.linking import run_link
from casefinder.commands.listing import run_all_lists, run_weekly
from casefinder.commands.reporter import Reporter
from casefinder.commands.starting import run_simulate
from casefinder.commands.training import Asked, run_train
from casefinder.modelling.train import TooFewEvents
from casefinder.shipped import shipped

KEY = "a demonstration protects nobody, so its key is no secret"
"""Always the same, so that the same people have the same pseudonyms."""

MODELS = ("emergency_admission", "care_home_entry")


def open_demonstration(workspace: Path, people: int, seed: int, reporter: Reporter) -> Deployment:
    """Simulate a district inside a workspace and open it as a site."""
    economy = workspace / "simulated"
    run_simulate(economy, people, seed, reporter)
    site_file = economy / "site.yaml"
    shutil.copyfile(shipped("configs") / "sites" / "demonstration.yaml", site_file)
    (economy / "demonstration.key").write_text(f"{KEY}\n", encoding="utf-8")
    deployment = open_deployment(site_file, workspace, "link")
    refuse_real_site(deployment.site)
    return deployment


def identities_beside(workspace: Path) -> Path:
    """Return where the map back to the invented numbers goes: beside the workspace, which names nobody."""
    whole = workspace.resolve()
    return whole.with_name(f"{whole.name}-identities.csv")


def run_demo(workspace: Path, people: int, seed: int, reporter: Reporter) -> None:
    """Simulate a district, link it, fit both models, score it a day after the extract, and write every list."""
    deployment = open_demonstration(workspace, people, seed, reporter)
    run_link(deployment, reporter, identities=identities_beside(workspace))
    for model in MODELS:
        _fit(deployment, model, reporter)
    as_of = deployment.site.extract_date + dt.timedelta(days=1)
    run_weekly(deployment, as_of, reporter)
    written = run_all_lists(deployment, str(as_of), None, reporter)
    page = next(path for path in written if path.suffix == ".html")
    reporter.say(f"open one in a browser: {page}")


def _fit(deployment: Deployment, model: str, reporter: Reporter) -> None:
    """Fit a model and serve it; where the people are too few for it, say that the one shipped with casefinder is used."""
    try:
        run_train(deployment, model, reporter, Asked(serve_it=True))
    except TooFewEvents as few:
        reporter.warn(
            f"{model} is not fitted on these people: {'; '.join(map(str, few.problems))}. "
            f"The lists use the demonstration model that travels with casefinder. "
            f"To fit it, take more: casefinder demo --people 160000."
        )
