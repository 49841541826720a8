"""The people a model was tested on, one row each: what every later look at how good it is works from.

They stay in the workspace as a step of their own, ``tested``, and are purged with the other rows of people. What leaves
the workspace are disclosed figures only.
"""

from typing import Final

import pandas as pd

from casefinder.engines import Version, Workspace
from casefinder.errors import WorkspaceError
from casefinder.histories.practices import Practices
from casefinder.modelling.splits import TEST
from casefinder.modelling.train import Fitted

STEP: Final = "tested"
FILE: Final = "people.parquet"


def tested_people(fitted: Fitted, practices: Practices) -> pd.DataFrame:
    """Return one row a person tested.

    Returns:
        ``person_id``, ``index_date``, ``practice_code``, ``gp_cluster``, ``outcome`` (0 or 1), ``weight`` (of censoring),
        ``raw_score`` and ``risk`` of the served model, ``other_raw_score`` and ``other_risk`` of the model beside it, and
        the characteristics that the record has: numbers, with categories by name.
    """
    served = fitted.settings.served
    other = "logistic" if served == "trees" else "trees"
    codes = practices.codes(fitted.test["practice"])
    return pd.DataFrame(
        {
            "person_id": fitted.test["people"],
            "index_date": str(fitted.plan.dates[TEST][0]),
            "practice_code": codes,
            "gp_cluster": practices.clusters(codes),
            "outcome": fitted.test["outcome"],
            "weight": fitted.test["weight"],
            "raw_score": fitted.test[f"raw_{served}"],
            "risk": fitted.test[f"risk_{served}"],
            "other_raw_score": fitted.test[f"raw_{other}"],
            "other_risk": fitted.test[f"risk_{other}"],
            **fitted.characteristics,
        }
    )


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
        remedy=f"Fit it again: casefinder train {model}",
    )
