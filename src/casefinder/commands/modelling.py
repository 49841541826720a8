"""``casefinder models``: the versions of this site's models."""

from casefinder.commands.deployment import Deployment
from casefinder.commands.reporter import Reporter
from casefinder.config.model import model_names
from casefinder.modelling.bundle import read_bundle
from casefinder.modelling.serving import serving


def run_models_list(deployment: Deployment, reporter: Reporter) -> None:
    """Show every version of every model."""
    workspace, rows = deployment.workspace, []
    names = {*model_names(deployment.site.folder / "models"), *(path.name for path in (workspace / "models").glob("*"))}
    for name in sorted(names):
        served = serving(workspace, name)
        for version in workspace.versions(f"models/{name}"):
            about = read_bundle(version / "bundle").about
            figure = about["figures"].get("c_statistic")
            used = "yes" if served and served.number == version.number else ""
            rows.append(
                [name, str(version.number), about["index_dates"]["test"][0], f"{figure:.3f}" if figure else "*", used]
            )
    if rows:
        reporter.table("Models", ["model", "version", "test date", "c-statistic", "scores the list"], rows)
    else:
        reporter.say(
            "no model has been fitted yet; fit one with: casefinder train emergency_admission --site FILE --workspace DIR"
        )
