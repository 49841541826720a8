"""Raw scores to calibrated risks. The recalibrated model is the one served; rank is by raw score.

Logistic by default: logit(risk) = intercept + slope x raw score. Isotonic only with more than 1,000 events (methods,
1.7). Both are plain JSON. Fitted on people the model never saw.

A calibrator may carry a term for each GP cluster, the shrunken log odds by which its people have the outcome more or less
often than their raw scores say. A term mixes unmeasured need, coding, access and care: it may serve a prediction about a
person, and has no place where money is shared by need or practices are compared (methods, 1.6), which would adjust away what
they measure.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from casefinder.errors import ModelError, Problem
from casefinder.evaluation.logistic import fit_logistic

MIN_EVENTS = 20
ISOTONIC_EVENTS = 1000


@dataclass(frozen=True)
class Calibrator:
    """A monotone map from raw score to risk: a line on the log-odds, or steps joined by straight lines.

    Intercept and slope are those of the raw score, or, for steps, of the log odds of what the steps say: 0 and 1 as they
    were fitted. ``clusters`` holds log odds to be added for the people of each GP cluster; another cluster gets nothing.
    """

    kind: Literal["logistic", "isotonic"]
    intercept: float = 0.0
    slope: float = 1.0
    knots: tuple[tuple[float, float], ...] = ()
    clusters: Mapping[str, float] = field(default_factory=dict)

    def risks(self, raw_scores: np.ndarray, clusters: Iterable[object] | None = None) -> np.ndarray:
        """Return the calibrated risk of each raw score, strictly between 0 and 1.

        Args:
            raw_scores: one a person.
            clusters: the GP cluster of each person, None where nobody knows; without it no term is added.
        """
        if self.kind == "logistic":
            log_odds = self.intercept + self.slope * raw_scores
        else:
            scores, steps = zip(*self.knots, strict=True)
            risks = np.clip(np.interp(raw_scores, scores, steps), 1e-6, 1 - 1e-6)
            if (self.intercept, self.slope) == (0.0, 1.0) and not self.clusters:
                return risks
            log_odds = self.intercept + self.slope * np.log(risks / (1 - risks))
        if self.clusters and clusters is not None:
            log_odds = log_odds + self.terms(clusters)
        return np.asarray(1 / (1 + np.exp(-log_odds)))

    def terms(self, clusters: Iterable[object]) -> np.ndarray:
        """Return the log odds that are added for each person's cluster, 0 where there is no term."""
        return np.array([self.clusters.get(one, 0.0) if isinstance(one, str) else 0.0 for one in clusters], dtype=np.float64)

    def moved(self, intercept: float, slope: float) -> "Calibrator":
        """Return the calibrator whose log odds are ``intercept + slope`` times those of this one, terms included."""
        terms = {name: slope * term for name, term in self.clusters.items()}
        return replace(self, intercept=intercept + slope * self.intercept, slope=slope * self.slope, clusters=terms)

    def text(self) -> str:
        """Return the calibrator as JSON."""
        content: dict[str, object] = {"kind": self.kind, "intercept": self.intercept, "slope": self.slope}
        content["knots"] = self.knots
        if self.clusters:
            content["clusters"] = dict(self.clusters)
        return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, text: str) -> "Calibrator":
        """Return the calibrator written by ``text``."""
        content = json.loads(text)
        content["knots"] = tuple((float(score), float(risk)) for score, risk in content["knots"])
        return cls(**content)


def fit_calibrator(
    raw_scores: np.ndarray, outcome: np.ndarray, weight: np.ndarray, kind: Literal["logistic", "isotonic"]
) -> Calibrator:
    """Fit a calibrator.

    Raises:
        ModelError: too few events, or isotonic asked for with no more than 1,000 of them.
    """
    events = int(outcome.sum())
    if events < MIN_EVENTS:
        problem = Problem("calibration", f"fewer than {MIN_EVENTS} events among the people kept for it")
        raise ModelError("The model cannot be calibrated:", [problem], "Use more people, or a larger calibrate_share.")
    if kind == "isotonic":
        return _isotonic(raw_scores, outcome, weight, events)
    columns = np.stack([np.ones(len(raw_scores)), raw_scores], axis=1)
    fit = fit_logistic(columns, outcome, weight, np.zeros(len(outcome)))
    if fit is None:
        raise ModelError("The model cannot be calibrated: its scores separate events from non-events completely.")
    return Calibrator("logistic", float(fit.coefficients[0]), float(fit.coefficients[1]))


def _isotonic(raw_scores: np.ndarray, outcome: np.ndarray, weight: np.ndarray, events: int) -> Calibrator:
    if events <= ISOTONIC_EVENTS:
        problem = Problem("calibration", f"isotonic needs more than {ISOTONIC_EVENTS:,} events; there are {events:,}")
        raise ModelError("The model cannot be calibrated so:", [problem], "Set 'calibration: logistic' in the model file.")
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(out_of_bounds="clip").fit(raw_scores, outcome, sample_weight=weight)
    knots = tuple(zip(map(float, fitted.X_thresholds_), map(float, fitted.y_thresholds_), strict=True))
    return Calibrator("isotonic", knots=knots)
