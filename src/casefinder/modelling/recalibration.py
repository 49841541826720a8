"""A version recalibrated: the same trees and logistic regression, and a new map from raw score to risk.

How much is changed is settled by the closed test on later rows (``evaluation.closed_test``). The fullest model of that test
is logistic regression, without a penalty, on the log odds of the risk served, the raw score and the characteristics that the
record has; it stands for a refit, which has hundreds of features and no likelihood to compare.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from casefinder.config.model import ModelSettings
from casefinder.errors import ModelError, Problem
from casefinder.evaluation.closed_test import ClosedTest, Update, closed_test
from casefinder.histories.practices import Practices
from casefinder.modelling.bundle import Bundle
from casefinder.modelling.calibrate import Calibrator, fit_calibrator
from casefinder.modelling.figures import figures, rounded
from casefinder.modelling.later_rows import LaterRows
from casefinder.modelling.logistic import Logistic
from casefinder.modelling.predictors import predictors
from casefinder.modelling.reach import Reach, reach
from casefinder.modelling.splits import CALIBRATE, TEST
from casefinder.modelling.stored_rows import FeatureRows
from casefinder.modelling.train import Fitted
from casefinder.modelling.trees import Trees

CARRIED: Final = (
    "name", "meaning", "outcome", "horizon_days", "risk_words", "served", "cohort", "site", "demonstration", "temporal",
    "settings", "rounds", "penalty", "sample_size", "tuning", "sampling", "logistic_rows",
)  # fmt: skip
"""What a version says of itself that stays true when it is recalibrated."""


@dataclass(frozen=True)
class Shown:
    """Rows as a version shows them: outcome, censoring weight, person, cluster, raw score and risk of each."""

    outcome: np.ndarray
    weight: np.ndarray
    people: np.ndarray
    clusters: np.ndarray
    features: FeatureRows
    raw: np.ndarray
    risk: np.ndarray

    @classmethod
    def of(cls, later: LaterRows, part: int, bundle: Bundle, practices: Practices) -> "Shown":
        """Return the rows of one part, with the risks that the version serves."""
        matrix, place = later.prepared.matrix, later.prepared.matrix.of(part)
        features, outcome, weight = later.prepared.rows(part)
        clusters = practices.clusters(practices.codes(matrix.practice[place]))
        raw = bundle.raw_scores(features)
        return cls(outcome, weight, matrix.people[place], clusters, features, raw, bundle.risks(raw, clusters))

    @property
    def share_of_person(self) -> np.ndarray:
        """One over the rows of each row's person, so that a person counts once."""
        _, own, rows = np.unique(self.people, return_inverse=True, return_counts=True)
        return np.asarray(1 / rows[own])


def judged_updates(later: LaterRows, shown: Shown) -> tuple[ClosedTest, tuple[str, ...]]:
    """Return the closed test of a version on later rows, and the names of the predictors that it was given.

    Where everyone weighs the same and stands there once, its tests are plain likelihood ratio tests.

    Raises:
        ModelError: nothing can be tested, as where scores part the two outcomes completely.
    """
    named = later.prepared.characteristics(CALIBRATE)
    names, columns = predictors(named, shown.outcome)
    columns = np.column_stack([shown.raw, columns])
    weight = None if (shown.weight == 1).all() else shown.weight
    person = None if (shown.share_of_person == 1).all() else shown.people
    try:
        return closed_test(shown.outcome, shown.risk, columns, weight, cluster=person), ("raw_score", *names)
    except ValueError as error:
        raise ModelError("The version cannot be tested on later data:", [Problem("closed test", str(error))]) from None


def updated(calibrator: Calibrator, test: ClosedTest, update: Update) -> Calibrator:
    """Return a calibrator with an update made to the log odds that it serves.

    Raises:
        ModelError: the slope on later data is not above 0: higher risks would become lower ones.
    """
    if update == "intercept":
        return calibrator.moved(test.intercept, 1.0)
    if update == "intercept and slope":
        intercept, slope = test.intercept_and_slope
        if slope <= 0:
            problem = Problem("slope", f"{slope:.2f}: on later data, people given higher risks did not do worse")
            remedy = "Fit a new one: casefinder train MODEL --workspace DIR"
            raise ModelError("No calibration mends this version:", [problem], remedy)
        return calibrator.moved(intercept, slope)
    return calibrator


def reach_of(later: LaterRows, rows: Shown, settings: ModelSettings) -> Reach | None:
    """Return how far services reach into the rows to recalibrate on; None where nothing is known of services."""
    matrix = later.prepared.matrix
    if matrix.served is None:
        return None
    return reach(rows.risk, ~np.isnan(matrix.served[matrix.of(CALIBRATE)]), settings.list_share)


def change_made(former: Calibrator, now: Calibrator) -> dict[str, float]:
    """Return a and b by which the log odds of one calibrator, terms aside, are ``a + b`` times those of another."""
    b = now.slope / former.slope
    return {"a": round(now.intercept - b * former.intercept, 6) + 0.0, "b": round(b, 6)}


def recalibrated(
    bundle: Bundle,
    models: tuple[Trees, Logistic],
    exact: Mapping[str, Any],
    settings: ModelSettings,
    later: LaterRows,
    practices: Practices,
    calibrator: Calibrator,
    extract_date: str,
    record: Mapping[str, Any],
) -> Fitted:
    """Return a version with a new calibrator, tested on the people of the test part at the newest record's test date.

    Args:
        bundle: the version.
        models: its trees and its logistic regression.
        exact: what it says of itself with exact figures.
        settings: its own.
        later: the rows.
        practices: of the newest record.
        calibrator: the new one.
        extract_date: of the newest record.
        record: what the new version says of its recalibration.
    """
    trees, logistic = models
    served, other = ("trees", "logistic") if settings.served == "trees" else ("logistic", "trees")
    beside: Trees | Logistic = logistic if other == "logistic" else trees
    rows, shown = Shown.of(later, CALIBRATE, bundle, practices), Shown.of(later, TEST, bundle, practices)
    second = fit_calibrator(beside.raw_scores(rows.features), rows.outcome, rows.weight, "logistic")
    raw = beside.raw_scores(shown.features)
    matrix, place = later.prepared.matrix, later.prepared.matrix.of(TEST)
    test = {
        "outcome": shown.outcome,
        "weight": shown.weight,
        "practice": matrix.practice[place],
        "people": shown.people,
        f"raw_{served}": shown.raw,
        f"risk_{served}": calibrator.risks(shown.raw, shown.clusters),
        f"raw_{other}": raw,
        f"risk_{other}": second.risks(raw),
    }

    def measured(risk: np.ndarray) -> dict[str, Any]:
        return figures(shown.outcome, risk, shown.weight, settings.list_share)

    about = {name: exact[name] for name in CARRIED if name in exact} | _of_rows(exact, later)
    about |= {"figures": measured(test[f"risk_{served}"]), "figures_of_other": measured(test[f"risk_{other}"])}
    about |= {"extract_date": extract_date, "recalibration": {**record, "before": measured(shown.risk)}}
    reached = reach_of(later, rows, settings)
    about |= {"served_people": asdict(reached)} if reached else {}
    known = later.prepared.characteristics(TEST)
    return Fitted(settings, bundle.contract, trees, logistic, calibrator, later.plan, about, test, known, shown.features)


def _of_rows(exact: Mapping[str, Any], later: LaterRows) -> dict[str, Any]:
    """Return what the new version says of its rows: those fitted and stopped on are the former version's."""
    notes: dict[str, Any] = {name: note for name, note in later.prepared.matrix.notes.items() if name != "sampling"}
    for name in ("rows", "events"):
        notes[name] = {**exact[name], **{part: notes[name][part] for part in ("calibrate", "test")}}
    dates = {
        name: [str(date) for date in later.plan.dates[part]] for name, part in (("calibrate", CALIBRATE), ("test", TEST))
    }
    return {
        **notes,
        "index_dates": {**exact["index_dates"], **dates},
        "cohort_rules": list(later.rules),
        "not_supplied": list(later.not_supplied),
    }


def record_of_test(test: ClosedTest, names: tuple[str, ...], update: Update, later: LaterRows) -> dict[str, Any]:
    """Return what a recalibration says of its test, in plain values; counts are exact."""
    intercept, slope = test.intercept_and_slope
    return {
        "method": update,
        "chosen": test.chosen,
        "level": test.level,
        "index_dates": [str(date) for date in later.plan.dates[CALIBRATE]],
        "overlap_days": later.overlap_days,
        "people": test.people,
        "events": test.events,
        "predictors": list(names),
        "fullest_has": test.predictors,
        "intercept": rounded({"a": test.intercept}),
        "intercept_and_slope": rounded({"a": intercept, "b": slope}),
        "tests": [
            {
                "update": one.update,
                **rounded({"likelihood_ratio": one.likelihood_ratio, "correction": one.correction}),
                **rounded({"statistic": one.statistic}),
                "degrees": one.degrees,
                "p": float(f"{one.p:.3g}"),
                "rejected": one.rejected,
            }
            for one in test.tests
        ],
    }
