"""The people a model was tested on, one row each: what every later look at how good it is works from.

They stay in the workspace as a step of their own, ``tested``, and are purged with the other rows of people. What leaves
the workspace are disclosed figures only.
"""

from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.engines import Version, Workspace
from casefinder.errors import WorkspaceError
from casefinder.histories.practices import Practices
from casefinder.modelling.bundle import Bundle
from casefinder.modelling.splits import TEST
from casefinder.modelling.train import Fitted

STEP: Final = "tested"
FILE: Final = "people.parquet"
CHAMPION: Final = "champion"
FORMER: Final = "former"
"""What the columns of another version's scores begin with: of the one in use, and of the one that was recalibrated."""


def tested_people(fitted: Fitted, practices: Practices, champion: Bundle | None) -> pd.DataFrame:
    """Return one row a person tested.

    Args:
        fitted: a fitted model.
        practices: practices of the record it was fitted on.
        champion: the version in use, whose scores of the same people are kept beside where the two can be compared.

    Returns:
        ``person_id``, ``index_date``, ``practice_code``, ``gp_cluster``, ``outcome`` (0 or 1), ``weight`` (of censoring),
        ``raw_score`` and ``risk`` of the served model, ``other_raw_score`` and ``other_risk`` of the model beside it, and
        the characteristics that the record has: numbers, with categories by name; and, where the champion could score the
        same people and never learnt from them, ``champion_version``, ``champion_raw_score`` and ``champion_risk``.
    """
    served = fitted.settings.served
    other = "logistic" if served == "trees" else "trees"
    codes = practices.codes(fitted.test["practice"])
    clusters = practices.clusters(codes)
    return pd.DataFrame(
        {
            "person_id": fitted.test["people"],
            "index_date": str(fitted.plan.dates[TEST][0]),
            "practice_code": codes,
            "gp_cluster": clusters,
            "outcome": fitted.test["outcome"],
            "weight": fitted.test["weight"],
            "raw_score": fitted.test[f"raw_{served}"],
            "risk": fitted.test[f"risk_{served}"],
            "other_raw_score": fitted.test[f"raw_{other}"],
            "other_risk": fitted.test[f"risk_{other}"],
            **fitted.characteristics,
            **(scored_by(champion, fitted, clusters) if champion and comparable(champion, fitted) else {}),
        }
    )


def comparable(champion: Bundle, fitted: Fitted) -> bool:
    """Say whether a champion may be judged on the people on whom another model is tested.

    It must predict the same of the same kind of people, use features that were worked out for the other model too, and
    share people out alike, so that it was never fitted on anybody tested; and its own test date must not be later, so that
    it learnt from no outcome of the time tested.
    """
    offered = dict(zip(fitted.contract.names, fitted.contract.definitions, strict=True))
    wanted = zip(champion.contract.names, champion.contract.definitions, strict=True)
    known = all(offered.get(name) == definition for name, definition in wanted)
    categories = all(fitted.contract.categories.get(name) == values for name, values in champion.contract.categories.items())
    same = all(champion.about[name] == fitted.about[name] for name in ("outcome", "horizon_days", "cohort"))
    splits = [one["settings"]["split"] for one in (champion.about, fitted.about)]
    shared = all(splits[0][name] == splits[1][name] for name in ("seed", "fit_share", "stop_share", "calibrate_share"))
    earlier = champion.about["index_dates"]["test"][0] <= fitted.about["index_dates"]["test"][0]
    return known and categories and same and shared and earlier


def scored_by(champion: Bundle, fitted: Fitted, clusters: np.ndarray, words: str = CHAMPION) -> dict[str, Any]:
    """Return version, raw score and risk that another version gives the people tested, in columns that ``words`` begins."""
    place = {name: number for number, name in enumerate(fitted.contract.names)}
    raw = champion.raw_scores(fitted.test_features[:, [place[name] for name in champion.contract.names]])
    risk = champion.risks(raw, clusters)
    return {f"{words}_version": int(champion.about["version"]), f"{words}_raw_score": raw, f"{words}_risk": risk}


def write_tested(workspace: Workspace, people: pd.DataFrame, model: str, version: int, extract_date: str) -> Version:
    """Write the people a version was tested on, as a result of its own."""
    with workspace.draft(STEP) as draft:
        people.to_parquet(draft / FILE, index=False, compression="zstd")
        return draft.finish({"step": STEP, "model": model, "version": version, "extract_date": extract_date})


def read_tested(workspace: Workspace, model: str, version: int) -> pd.DataFrame:
    """Return the people that a version of a model was tested on.

    Raises:
        WorkspaceError: the workspace holds them no longer, or never did.
    """
    for one in reversed(workspace.versions(STEP)):
        if (one.manifest["model"], one.manifest["version"]) == (model, version):
            return pd.read_parquet(one / FILE)
    raise WorkspaceError(
        f"The workspace does not hold the people on whom {model} version {version} was tested; they may have been purged.",
        remedy=f"Fit it again: {workspace.command(f'train {model}')}",
    )
