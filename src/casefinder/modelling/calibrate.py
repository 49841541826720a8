"""Raw scores to calibrated risks. The recalibrated model is the one served; rank is by raw score.

Logistic by default: logit(risk) = intercept + slope x raw score. Isotonic only with more than 1,000 events (methods,
1.7). Both are plain JSON. Fitted on people the model never saw.
"""

import json
from dataclasses import dataclass
from typing import Literal

import numpy as np

from casefinder.errors import ModelError, Problem
from casefinder.evaluation.logistic import fit_logistic

MIN_EVENTS = 20
ISOTONIC_EVENTS = 1000


@dataclass(frozen=True)
class Calibrator:
    """A monotone map from raw score to risk: a line on the log-odds, or steps joined by straight lines."""

    kind: Literal["logistic", "isotonic"]
    intercept: float = 0.0
    slope: float = 1.0
    knots: tuple[tuple[float, float], ...] = ()

    def risks(self, raw_scores: np.ndarray) -> np.ndarray:
        """Return the calibrated risk of each raw score, strictly between 0 and 1."""
        if self.kind == "isotonic":
            scores, risks = zip(*self.knots, strict=True)
            return np.clip(np.interp(raw_scores, scores, risks), 1e-6, 1 - 1e-6)
        return np.asarray(1 / (1 + np.exp(-(self.intercept + self.slope * raw_scores))))

    def text(self) -> str:
        """Return the calibrator as JSON."""
        content = {"kind": self.kind, "intercept": self.intercept, "slope": self.slope, "knots": self.knots}
        return json.dumps(content, indent=1, sort_keys=True) + "\n"

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
