"""Two versions of a model on the same people at the same index date, on whom neither was fitted."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casefinder.engines import Workspace
from casefinder.errors import WorkspaceError
from casefinder.evaluation.calibration import calibration_error
from casefinder.evaluation.equity import EVENT_FLOOR
from casefinder.evaluation.intervals import Estimate
from casefinder.evaluation.lists import list_length, net_benefit
from casefinder.evaluation.overall import ipa
from casefinder.evaluation.paired import paired_ranking
from casefinder.evaluation.resampling import bootstrap_interval
from casefinder.modelling.tested import CHAMPION, FORMER, read_tested

REPLICATES = 500
_ROW = ["person_id", "index_date"]


@dataclass(frozen=True)
class Benefit:
    """Net benefit of a candidate and of the champion on the same people."""

    candidate: float
    champion: float


@dataclass(frozen=True)
class Pair:
    """One measure of two versions on the same people, and the second less the first with its interval.

    ``people`` are the numbers of people found and not found by each version's list, for a measure of lists.
    """

    measure: str
    first: float
    second: float
    difference: Estimate
    people: tuple[int, ...] = ()


def same_people(workspace: Workspace, model: str, first: int, second: int) -> pd.DataFrame | None:
    """Return the people on whom both versions were tested; None where they are too few to compare by.

    Returns:
        One row a person: ``outcome``, ``weight``, ``risk_first``, ``risk_second``, ``score_first``, ``score_second``. Where
        the first was in use when the second was fitted, or the second is a recalibration of it, everyone on whom the second
        was tested; else those tested twice.
    """
    try:
        other = read_tested(workspace, model, second)
        for before in (CHAMPION, FORMER):
            if f"{before}_version" in other.columns and (other[f"{before}_version"] == first).all():
                return _enough(_both(other, f"{before}_"))
        one = read_tested(workspace, model, first)
    except WorkspaceError:
        return None
    columns = [*_ROW, "outcome", "risk", "raw_score"]
    joined = other.merge(one[columns].rename(columns=lambda name: name if name in _ROW else f"first_{name}"), on=_ROW)
    return _enough(_both(joined, "first_")) if np.array_equal(joined["outcome"], joined["first_outcome"]) else None


def _both(people: pd.DataFrame, before: str) -> pd.DataFrame:
    """Return the columns of a comparison: the second version's own, and those of the first, which carry a word before."""
    names = {"risk": "risk_second", "raw_score": "score_second"}
    names |= {f"{before}risk": "risk_first", f"{before}raw_score": "score_first"}
    return people.rename(columns=names)[["outcome", "weight", *names.values()]]


def _enough(both: pd.DataFrame) -> pd.DataFrame | None:
    events = int((both["outcome"] * (both["weight"] > 0)).sum())
    return both if min(events, len(both) - events) >= EVENT_FLOOR else None


def benefit_at(both: pd.DataFrame, threshold: float) -> Benefit:
    """Return net benefit at a threshold of the second version (the candidate) beside that of the first (the champion)."""
    first, second = (
        net_benefit(both["outcome"], both[f"risk_{which}"], threshold, both["weight"]) for which in ("first", "second")
    )
    return Benefit(candidate=second, champion=first)


Measure = Callable[[np.ndarray, np.ndarray, np.ndarray], float]


def pairs(both: pd.DataFrame, threshold: float, list_share: float, replicates: int = REPLICATES) -> list[Pair]:
    """Return each measure of both versions with the interval of the difference, by bootstrap over people.

    Args:
        both: as ``same_people`` gives it.
        threshold: risk at which net benefit is taken.
        list_share: share of people on a list, which is ranked by raw score.
        replicates: bootstrap samples.
    """
    k = list_length(len(both), share=list_share)
    accuracy = _pair("index of prediction accuracy", ipa, both, replicates)
    others = [calibration_pair(both, replicates), net_benefit_pair(both, threshold, replicates)]
    return [*_ranked(both, k, list_share, replicates), accuracy, *others]


def order_pair(both: pd.DataFrame, replicates: int = REPLICATES) -> Pair:
    """Return the c-statistic of both versions, as ``pairs`` does."""
    return _ranked(both, 1, 1.0, replicates)[0]


def calibration_pair(both: pd.DataFrame, replicates: int = REPLICATES) -> Pair:
    """Return the mean calibration error of both versions, as ``pairs`` does."""

    def error(outcome: np.ndarray, risk: np.ndarray, weight: np.ndarray) -> float:
        return calibration_error(outcome, risk, weight, "spline").ici

    return _pair("mean calibration error (ICI, by splines)", error, both, replicates)


def net_benefit_pair(both: pd.DataFrame, threshold: float, replicates: int = REPLICATES) -> Pair:
    """Return net benefit at a threshold of both versions, as ``pairs`` does."""

    def benefit(outcome: np.ndarray, risk: np.ndarray, weight: np.ndarray) -> float:
        return net_benefit(outcome, risk, threshold, weight)

    return _pair(f"net benefit at {threshold:g}", benefit, both, replicates)


def _ranked(both: pd.DataFrame, k: int, list_share: float, replicates: int) -> list[Pair]:
    """Return the measures of rank, which go by raw score."""
    scores = {which: both[f"score_{which}"] for which in ("first", "second")}
    table = paired_ranking(both["outcome"], scores, k, "first", both["weight"], replicates)
    words = {"c_statistic": "c-statistic (AUROC)", "average_precision": "average precision"}
    words |= {"ppv": f"PPV of the top {100 * list_share:g} in 100"}
    rows = {(row["score"], row["measure"]): row for row in table.to_dict("records")}
    method = f"bootstrap, {replicates} replicates"
    found = []
    for measure, told in words.items():
        one, other = rows["first", measure], rows["second", measure]
        difference = Estimate(other["difference"], other["difference_low"], other["difference_high"], method=method)
        listed = [round(k * row["value"]) for row in (one, other)] if measure == "ppv" else []
        people = (*listed, *(k - count for count in listed))
        found.append(Pair(told, one["value"], other["value"], difference, people))
    return found


def _pair(name: str, measure: Measure, both: pd.DataFrame, replicates: int) -> Pair:
    columns = [both[one].to_numpy() for one in ("outcome", "weight", "risk_first", "risk_second")]

    def difference(outcome: np.ndarray, weight: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
        return measure(outcome, second, weight) - measure(outcome, first, weight)

    low, high = bootstrap_interval(difference, *columns, replicates=replicates)
    first, second = (measure(columns[0], values, columns[1]) for values in columns[2:])
    return Pair(name, first, second, Estimate(second - first, low, high, method=f"bootstrap, {replicates} replicates"))
