"""The scores that a model is set beside, and what each of them reaches on the same people, index date and outcome.

People are ranked by every score; calibration is asked only of a score that is a risk of this very outcome and horizon.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.evaluation import (
    calibration_error,
    calibration_slope,
    decision_curve,
    ipa,
    list_yield,
    observed_expected,
    paired_ranking,
    prevalence,
)
from casefinder.modelling.questions import Question

MODEL: Final = "model"
KINDS: Final = {"trees": "boosted trees", "logistic": "penalised logistic regression"}
RULE: Final = "two_or_more_admissions"
REPLICATES: Final = 1000


@dataclass(frozen=True)
class Comparator:
    """A score: its name and words, the column that ranks, and the column that is a risk, if there is one.

    ``always`` is True for a risk that is fitted anew for each question, False for one of the model's own question.
    """

    name: str
    words: str
    ranks: str
    risk: str = ""
    always: bool = False


def comparators(people: pd.DataFrame, served: str, external: Sequence[str] = ()) -> list[Comparator]:
    """Return the scores that tested people have, the served model first; one that tells nobody apart is left out.

    Args:
        people: rows as ``modelling.tested`` keeps them.
        served: kind of the served model.
        external: columns that the site supplied; one called ``risk_...`` is a risk of the model's own outcome.
    """
    other = "logistic" if served == "trees" else "trees"
    found = [
        Comparator(MODEL, f"the model, {KINDS[served]}", "raw_score", "risk"),
        Comparator("other_model", KINDS[other], "other_raw_score", "other_risk"),
        Comparator("age_and_sex", "age and sex", "age_and_sex", "age_and_sex", always=True),
        Comparator(RULE, "2+ emergency admissions last year", RULE),
        Comparator("charlson", "Charlson score", "charlson"),
        Comparator("hospital_frailty_risk_score", "Hospital Frailty Risk Score", "hospital_frailty_risk_score"),
        Comparator("deficits", "count of frailty deficits", "deficits"),
    ]
    known = [one for one in found if one.ranks in people and people[one.ranks].nunique(dropna=False) > 1]
    known = [one for one in known if people[one.ranks].notna().all()]
    supplied = [Comparator(name, f"{name} (supplied)", name, name if name.startswith("risk_") else "") for name in external]
    return known + supplied


def with_rule(people: pd.DataFrame) -> pd.DataFrame:
    """Return people with the rule of two or more emergency admissions in the last year, where the record can tell."""
    if "emergency_admissions_365d" not in people or people["emergency_admissions_365d"].isna().any():
        return people
    return people.assign(**{RULE: (people["emergency_admissions_365d"] >= 2).astype(np.float64)})


def compare(
    question: Question, is_own: bool, people: pd.DataFrame, scores: Sequence[Comparator], share: float, seed: int = 0
) -> pd.DataFrame:
    """Return the figures of every score on one question: exact ones, which stay in the workspace.

    Args:
        question: what was looked for.
        is_own: True where it is the outcome and horizon that the model was fitted for.
        people: ``outcome``, ``weight`` and every score's columns, nothing missing.
        scores: the served model first.
        share: share of people whom a list holds.
        seed: of the bootstrap.

    Returns:
        one row a score: ``question``, ``outcome``, ``horizon_days``, ``score``, ``words``, ``people``, ``events``, ``k``,
        then figures by name; NaN where a figure is not defined or has no meaning.
    """
    outcome, weight = people["outcome"].to_numpy(), _weight(people)
    k = max(1, round(share * len(people)))
    ranked = paired_ranking(
        outcome, {one.name: people[one.ranks].to_numpy() for one in scores}, k, MODEL, weight, REPLICATES, seed
    )
    seen = outcome if weight is None else outcome * (weight > 0)
    about = {
        "question": question.words,
        "outcome": question.name,
        "horizon_days": question.days,
        "people": len(people),
        "events": int(seen.sum()),
        "prevalence": prevalence(outcome, weight),
        "k": k,
    }
    benefit = _net_benefit(people, scores, k, weight) if is_own else {}
    rows = [
        about
        | {"score": one.name, "words": one.words}
        | _flat(ranked[ranked["score"] == one.name])
        | _calibrated(one, is_own, people, outcome, weight)
        | {"net_benefit": benefit.get(one.name, math.nan)}
        for one in scores
    ]
    return pd.DataFrame(rows)


def _weight(people: pd.DataFrame) -> np.ndarray | None:
    weight = people["weight"].to_numpy()
    return None if (weight == 1).all() else weight


_NAMES: Final = {
    "c_statistic": "c_statistic", "average_precision": "average_precision",
    "ppv": "ppv_at_k", "sensitivity": "sensitivity_at_k",
}  # fmt: skip


def _flat(ranked: pd.DataFrame) -> dict[str, float]:
    """Return the measures of rank of one score by name, with limits, and its difference in c-statistic from the model."""
    found: dict[str, float] = {}
    for row in ranked.to_dict("records"):
        name = _NAMES[row["measure"]]
        found |= {name: row["value"], f"{name}_low": row["low"], f"{name}_high": row["high"]}
        if name == "c_statistic" and row["score"] != MODEL:
            found |= {key: row[key] for key in ("difference", "difference_low", "difference_high")}
    return found


def _calibrated(
    one: Comparator, is_own: bool, people: pd.DataFrame, outcome: np.ndarray, weight: np.ndarray | None
) -> dict[str, float]:
    """Return the calibration of a score that is a risk of this question."""
    if not one.risk or not (is_own or one.always):
        return {}
    risk = people[one.risk].to_numpy()
    ratio, slope = observed_expected(outcome, risk, weight), calibration_slope(outcome, risk, weight).slope
    return {
        "observed_expected": ratio.ratio,
        "observed_expected_low": ratio.low,
        "observed_expected_high": ratio.high,
        "calibration_slope": slope.value,
        "calibration_slope_low": slope.low,
        "calibration_slope_high": slope.high,
        "ici": calibration_error(outcome, risk, weight).ici,
        "ipa": ipa(outcome, risk, weight),
    }


def _net_benefit(people: pd.DataFrame, scores: Sequence[Comparator], k: int, weight: np.ndarray | None) -> Mapping[str, Any]:
    """Return the net benefit of each score's list, as long as the model's, at the lowest risk on the model's list."""
    outcome, risk = people["outcome"].to_numpy(), people["risk"].to_numpy()
    threshold = list_yield(outcome, risk, k, weight).cut_off
    if threshold >= 1:
        return {}
    others = {one.name: people[one.ranks].to_numpy() for one in scores[1:]}
    row = decision_curve(outcome, risk, [threshold], weight, scores=others).iloc[0]
    return {MODEL: row["model"], **{name: row[name] for name in others}}
