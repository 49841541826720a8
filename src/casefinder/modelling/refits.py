"""Refits on bootstrap samples of people: would another sample have given the same people the same risks?

People fitted on are drawn with replacement, each with all the rows at all the index dates; the served kind of model is
fitted and calibrated anew, with the same rows to stop and to calibrate on. Source: Riley and Collins 2023 Biom J 65:2200302.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from casefinder.config.model import ModelSettings
from casefinder.modelling.calibrate import fit_calibrator
from casefinder.modelling.logistic import Logistic, fit_logistic_model
from casefinder.modelling.sampling import at_most
from casefinder.modelling.stored_rows import FeatureRows, Rows
from casefinder.modelling.trees import Trees, fit_trees


@dataclass(frozen=True)
class Refits:
    """What refits give the people tested: (refits, people) raw scores and calibrated risks."""

    raw_scores: np.ndarray
    risks: np.ndarray


@dataclass(frozen=True)
class Parts:
    """What a refit needs.

    Attributes:
        fit: features, outcome and weight of the rows fitted on.
        people: whose row each of them is.
        stop: rows on which fitting is stopped.
        calibrate: rows on which the calibration is fitted.
        tested: features of the people tested.
        names: of the columns.
        categories: of the columns that have them.
    """

    fit: Rows
    people: np.ndarray
    stop: Rows
    calibrate: Rows
    tested: FeatureRows
    names: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]


def refitted(parts: Parts, settings: ModelSettings, refits: int, tell: Callable[[int], None]) -> Refits:
    """Return what refits give the people tested.

    Args:
        parts: rows of the model.
        settings: of the model; its seed settles who is drawn.
        refits: how many, one or more.
        tell: called with the refits done, before each.
    """
    names, person = np.unique(parts.people, return_inverse=True)
    generator = np.random.default_rng(settings.seed)
    raw, risks = [], []
    for done in range(refits):
        tell(done)
        drawn = np.bincount(generator.integers(len(names), size=len(names)), minlength=len(names))
        places = np.repeat(np.arange(len(person)), drawn[person])
        model = _fitted(parts, places, settings)
        features, outcome, weight = parts.calibrate
        calibrator = fit_calibrator(model.raw_scores(features), outcome, weight, settings.calibration)
        raw.append(model.raw_scores(parts.tested))
        risks.append(calibrator.risks(raw[-1]))
    return Refits(np.stack(raw), np.stack(risks))


def _fitted(parts: Parts, places: np.ndarray, settings: ModelSettings) -> Trees | Logistic:
    """Return the served kind of model, fitted to some of the rows, a row as often as it is named."""
    fit = (parts.fit[0][places], parts.fit[1][places], parts.fit[2][places])
    if settings.served == "trees":
        return fit_trees(fit, parts.stop, parts.names, tuple(parts.categories), settings.trees, settings.seed)[0]
    fit = at_most(fit, parts.people[places], settings.logistic.most_rows, settings.seed)
    return fit_logistic_model(fit, parts.stop, parts.names, parts.categories, settings.logistic.strengths)
