"""Propensity and prognostic scores of the rows of a design, and whether treated and candidates cover the same ground."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.config.service import ServiceProtocol
from casefinder.errors import Problem, ServiceError
from casefinder.evaluation.censoring import EVENT, ipcw
from casefinder.matching import NoOverlap, Overlap, Score, overlap, prognostic_score, propensity_score
from casefinder.modelling.splits import draws
from casefinder.services.columns import Columns, Recipe, varying
from casefinder.services.gather import Earlier, Rows

MOST_FITTED: Final = 200_000
"""Most candidates that the propensity score is fitted on; of more, a share is drawn by a hash and stands for the others."""
LEAST_EVENTS: Final = 50
"""Fewest people with the outcome whom a prognostic score is fitted on."""
NO_OVERLAP: Final = (
    "Lists of the top k leave few comparable people outside them; a wider caliper makes no comparable people. Widen "
    "eligibility, take controls from another area, or invite by chance where places are few (worklist --invite-at-random)."
)


@dataclass(frozen=True)
class Scores:
    """Logits of each row; ``prognostic`` is None where the protocol asks for none.

    ``columns`` are those of the propensity score: a column in which the treated do not differ tells nothing of who among
    people like them is treated, and would have no finite coefficient.
    """

    propensity: np.ndarray
    prognostic: np.ndarray | None
    overlap: Overlap
    columns: tuple[str, ...]
    fitted_on: int
    earlier: dict[str, int]


def scores(protocol: ServiceProtocol, rows: Rows, columns: Columns, recipe: Recipe, earlier: Earlier | None) -> Scores:
    """Return the scores of rows that stand in an order settled by their labels.

    Raises:
        ServiceError: treated and candidates are told apart without error, or too few treated lie inside the range of
            candidates; or too few people with the outcome to fit a prognostic score on.
    """
    risk, about = prognosis(protocol, columns, recipe, earlier)
    fitted = _fitted_on(rows, protocol.seed)
    share = float(fitted[~rows.treated].mean()) if (~rows.treated).any() else 1.0
    among_treated = varying(columns, rows.treated)
    used = tuple(name for name in varying(columns, fitted) if name in among_treated)
    weight = np.where(rows.treated, 1.0, 1.0 / share)[fitted]
    try:
        score = propensity_score(columns.of(used)[fitted].astype(np.float64), rows.treated[fitted].astype(float), weight)
    except NoOverlap as error:
        raise _refused(str(error)) from None
    except ValueError as error:
        problem = Problem("covariates", str(error))
        raise ServiceError(
            "The propensity score cannot be fitted:", [problem], "Take covariates out of the protocol."
        ) from None
    logit = _log_odds(score, columns, used)
    found = overlap(logit, rows.treated.astype(float))
    if found.share < protocol.go.least_inside:
        raise _refused(
            f"only {100 * found.share:.0f} in 100 of the treated have a propensity inside the range of candidates; "
            f"go.least_inside asks for {100 * protocol.go.least_inside:.0f}"
        )
    return Scores(logit, risk, found, used, int(fitted.sum()), about)


def _refused(why: str) -> ServiceError:
    return ServiceError("There is no overlap, so there is no comparison to make:", [Problem("propensity", why)], NO_OVERLAP)


def _fitted_on(rows: Rows, seed: int) -> np.ndarray:
    """Return the rows that the propensity score is fitted on: all treated, and candidates by chance where there are many."""
    candidates = int((~rows.treated).sum())
    if candidates <= MOST_FITTED:
        return np.ones(len(rows), dtype=bool)
    labels = [f"propensity/{person}/{day}" for person, day in zip(rows.person, rows.landmark, strict=True)]
    return np.asarray(rows.treated | (draws(labels, seed) < MOST_FITTED / candidates))


def _log_odds(score: Score, columns: Columns, used: tuple[str, ...]) -> np.ndarray:
    """Return the logits, some rows at a time: a design of a million rows is not copied whole."""
    places, step = [columns.names.index(name) for name in used], 100_000
    starts = range(0, len(columns.values), step)
    return np.concatenate([score.log_odds(columns.values[start : start + step, places]) for start in starts])


def prognosis(
    protocol: ServiceProtocol, columns: Columns, recipe: Recipe, earlier: Earlier | None
) -> tuple[np.ndarray | None, dict[str, int]]:
    """Return the logit of the primary outcome within the horizon, without the service, and what it was fitted on.

    Raises:
        ServiceError: too few people had the outcome at the earlier date.
    """
    if earlier is None:
        return None, {}
    made = recipe.columns(earlier.features, earlier.run_up)
    both = tuple(name for name in made.names if name in columns.names)
    given = Columns(both, both, made.of(both))
    observed = (earlier.cause == EVENT).astype(float)
    about = {"people": len(observed), "events": int(observed.sum())}
    if about["events"] < LEAST_EVENTS:
        problem = Problem("prognostic", f"fewer than {LEAST_EVENTS} people had the outcome at the earlier date")
        raise ServiceError(
            "The prognostic score cannot be fitted:", [problem], "Set 'prognostic: none', or a longer horizon."
        )
    used = varying(given, np.ones(len(observed), dtype=bool))
    weight = ipcw(earlier.time, earlier.cause, protocol.horizon_days).weight
    score = prognostic_score(given.of(used).astype(np.float64), observed, np.zeros(len(observed)), weight)
    return _log_odds(score, columns, used), about
