"""``casefinder train``: fit a model, write its bundle and card, log the fit, say how good it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from casefinder.codelists import load_codelists
from casefinder.commands.archive import services_and_lists
from casefinder.commands.deployment import Deployment
from casefinder.commands.known import known_before
from casefinder.commands.reporter import Reporter, timed
from casefinder.commands.storing import row_storage
from casefinder.commands.versions import Kept, in_use, keep, tell_challenger, tell_kept
from casefinder.config import load_model
from casefinder.config.model import ModelSettings
from casefinder.disclosure import shown
from casefinder.engines import Version, Workspace
from casefinder.errors import ConfigError, ModelError, Problem
from casefinder.histories import Histories
from casefinder.histories.practices import practices_of, record_of
from casefinder.modelling.reach import Reach, reach_words
from casefinder.modelling.registry import Registry
from casefinder.modelling.serving import serving
from casefinder.modelling.tested import tested_people
from casefinder.modelling.train import Fitted, train
from casefinder.modelling.tuning import SEARCHED, Search

LINK_FIRST = "Link the extracts first: casefinder link --site FILE --workspace DIR"


@dataclass(frozen=True)
class Asked:
    """How to fit.

    Attributes:
        serve_it: score the weekly list with it; None does so only where nothing is served yet.
        tune: trials of a search for better settings of the trees; 0 for none.
        tune_minutes: begin no further trial after so many minutes; None for no bound.
        refits: refits on bootstrap samples of people, by which stability is judged; 0 for none.
    """

    serve_it: bool | None = None
    tune: int = 0
    tune_minutes: float | None = None
    refits: int = 0


AS_USUAL: Final = Asked()
NO_LIST_INSIDE: Final = "served_people: hold_out changes nothing here: no issued list lies inside the window of any row"


def run_train(deployment: Deployment, model: str, reporter: Reporter, asked: Asked = AS_USUAL) -> Version:
    """Fit a model and register it.

    Raises:
        ConfigError: a bound on time is given and no search.
        ModelError: the model cannot be fitted, or would replace one in use on real people.
    """
    site, workspace = deployment.site, deployment.workspace
    seconds: dict[str, float] = {}
    settings = load_model(model, site.folder / "models")
    served, serve_it = serving(workspace, settings.name), asked.serve_it
    _refuse_unasked(deployment, settings.name, served, serve_it)
    histories = Histories(workspace.newest("histories", LINK_FIRST))
    registry = Registry(site.mlflow_uri, workspace.folder)
    champion = served is None if serve_it is None else serve_it
    with row_storage(site, workspace) as storage:
        with timed(seconds, "fit"):
            search = _search(workspace, settings, asked)
            codelists = load_codelists(site.own_codelists())
            fitted = train(
                histories, settings, codelists, storage, reporter.stage, search, asked.refits,
                lambda sizes: _tell_sizes(sizes, reporter), services_and_lists(site, workspace),
            )  # fmt: skip
        record = record_of(workspace, histories)
        people = tested_people(fitted, practices_of(record, histories), in_use(served, reporter))
        reporter.stage("measures with their intervals, and MLflow")
        with timed(seconds, "registry"):
            known, approvals = known_before(site, workspace, fitted), deployment.approvals()
            kept = keep(workspace, registry, fitted, people, record, champion, known, approvals)
    workspace.log({"command": "train", "model": settings.name, "version": kept.version.number, "seconds": seconds})
    _tell(fitted, kept, champion, workspace, reporter)
    return kept.version


def _search(workspace: Workspace, settings: ModelSettings, asked: Asked) -> Search | None:
    if not asked.tune:
        if asked.tune_minutes is not None:
            raise ConfigError("How many tries?", [Problem("--tune-minutes", "bounds a search; give --tune N with it")])
        return None
    return Search(asked.tune, asked.tune_minutes, workspace / "tuning" / settings.name, settings.seed)


def _refuse_unasked(deployment: Deployment, model: str, served: Version | None, serve_it: bool | None) -> None:
    """Raise where training would replace a version in use on real people without a gate being asked.

    Raises:
        ModelError: it would.
    """
    if serve_it and served and not deployment.site.demonstration:
        typed = deployment.workspace.command
        promote = typed(f"models promote {model} VERSION --approved-by NAME")
        raise ModelError(
            f"{model} version {served.number} scores the lists of real people; it is replaced by promotion, with its gates.",
            remedy=f"{typed(f'train {model}')}, then: {promote}",
        )


def _tell_sizes(sizes: Mapping[str, Any], reporter: Reporter) -> None:
    """Tell before a fit how many people it needs; warn where there are fewer."""
    told = [
        f"{sizes[part]['people']:,} to {word} it (there are {shown(sizes[part]['available'])})"
        for part, word in (("development", "fit"), ("validation", "test"))
    ]
    words = f"a c-statistic of {sizes['anticipated_c_statistic']:g} is expected of {sizes['parameters']} features"
    line = f"people needed: {told[0]}, {told[1]}, where {words}"
    if all(sizes[part]["enough"] for part in ("development", "validation")):
        reporter.say(line)
    else:
        reporter.warn(f"{line}; with fewer, risks are less sure than they look")


def _tell(fitted: Fitted, kept: Kept, champion: bool, workspace: Workspace, reporter: Reporter) -> None:
    """Tell how good the model is, beside the other kind of model."""
    about, version = kept.about, kept.version
    heading = ["on people and a date never trained on" if about["temporal"] else "on people never trained on (not temporal)",
               fitted.settings.served, "logistic" if fitted.settings.served == "trees" else "trees"]  # fmt: skip
    rows = [
        [words, _shown(about["figures"].get(name)), _shown(about["figures_of_other"].get(name))]
        for name, words in figures_in_order(fitted.settings.list_share).items()
    ]
    reporter.table(f"{about['name']} version {version.number}, index date {about['index_dates']['test'][0]}", heading, rows)
    if "tuning" in about:
        _tell_search(about, reporter)
    learnt = reach_words(Reach(**fitted.about["served_people"]), fitted.settings.served_people == "hold_out")
    if learnt:
        reporter.warn(learnt)
    if fitted.about.get("hold_out") == {"reached_by_a_list": 0, "held_out_in_their_stead": 0}:
        reporter.warn(NO_LIST_INSIDE)
    tell_kept(kept, reporter)
    if champion:
        reporter.say("the weekly list is scored with this version from now on")
    else:
        tell_challenger(kept, workspace, reporter)


def _tell_search(about: Mapping[str, Any], reporter: Reporter) -> None:
    """Tell what a search found, as it can be written into the model's file."""
    found, trees = about["tuning"], about["settings"]["trees"]
    words = f"log loss {found['log_loss_best']:.5f}, with the file's settings {found['log_loss_given']:.5f}"
    reporter.say(f"best of {found['trials']} tries, on the rows kept for stopping: {words}")
    if found["log_loss_best"] < found["log_loss_given"]:
        chosen = ", ".join(f"{name}: {trees[name]}" for name in SEARCHED)
        reporter.say(f"to keep them, write into the model's file: trees: {{{chosen}}}")
    else:
        reporter.say("no try was better than the file's own settings, so this version is the one fitted without a search")


def figures_in_order(list_share: float) -> dict[str, str]:
    """Return the figures shown on screen, and how each is said.

    Args:
        list_share: share of people on which yield is reported.

    >>> figures_in_order(0.02)["ppv_at_k"]
    'PPV of the top 2 in 100'
    """
    top = f"of the top {100 * list_share:g} in 100"
    return {
        "people": "people",
        "events": "people with the outcome",
        "c_statistic": "c-statistic (AUROC)",
        "c_statistic_low": "  lower limit",
        "c_statistic_high": "  upper limit",
        "average_precision": "average precision",
        "ipa": "index of prediction accuracy",
        "observed_expected": "observed / expected",
        "calibration_slope": "calibration slope",
        "ici": "mean calibration error (ICI)",
        "ppv_at_k": f"PPV {top}",
        "sensitivity_at_k": f"sensitivity {top}",
    }


def _shown(value: object) -> str:
    if value is None:
        return "*"
    return f"{value:,.3f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
