"""The whole retrain of a site: every model fitted anew as a challenger, told in three lines beside the version in use."""

from collections.abc import Iterable
from dataclasses import replace

from casefinder.commands.deployment import Deployment
from casefinder.commands.promoting import gate_settings
from casefinder.commands.reporter import Reporter
from casefinder.commands.training import AS_USUAL, Asked, run_train
from casefinder.commands.verdict import verdict
from casefinder.engines import Version
from casefinder.errors import ModelError
from casefinder.modelling.bundle import read_bundle
from casefinder.modelling.serving import serving
from casefinder.modelling.train import TooFewEvents


def run_retrain(
    deployment: Deployment, reporter: Reporter, asked: Asked = AS_USUAL, models: Iterable[str] = ()
) -> dict[str, Version]:
    """Fit every model of a site on its newest record; none is served by it.

    Args:
        deployment: the site and its workspace.
        reporter: takes progress and findings.
        asked: how to fit; whether to serve is not asked.
        models: names; without any, the model that ranks the lists and those that stand beside it.

    Returns:
        the new version of each model.

    Raises:
        TooFewEvents: a model that was fitted before cannot be now; raised after the others are. One that never was, and is
            scored by a bundle from elsewhere, is only warned of.
        ModelError: no model could be fitted.
    """
    lists = deployment.site.lists
    found, failed = {}, []
    for model in dict.fromkeys(models or (lists.ranked_by, *lists.beside)):
        try:
            found[model] = _retrained(deployment, model, reporter, asked)
        except TooFewEvents as error:
            why = "; ".join(str(one) for one in error.problems)
            reporter.warn(f"{model} is not fitted: {error.headline.rstrip(':')}: {why}")
            if deployment.workspace.versions(f"models/{model}"):
                failed.append(error)
    if failed or not found:
        raise failed[0] if failed else ModelError("No model could be fitted.", remedy="Link more people or more years.")
    return found


def _retrained(deployment: Deployment, model: str, reporter: Reporter, asked: Asked) -> Version:
    """Fit one model and tell how it does beside the version in use."""
    served = serving(deployment.workspace, model)
    version = run_train(deployment, model, reporter, replace(asked, serve_it=False))
    reporter.stage(f"{model}: beside the version in use")
    lines = _lines(deployment, model, served, version)
    reporter.say(f"{model} version {version.number}, on people on whom no version was fitted:")
    for line in lines:
        reporter.say(f"  {line}")
    return version


def _lines(deployment: Deployment, model: str, served: Version | None, version: Version) -> list[str]:
    if served is None:
        return ["no version of it is in use to compare with"]
    threshold = gate_settings(deployment, read_bundle(version / "bundle")).threshold
    return verdict(deployment.workspace, model, served.number, version.number, threshold)
