"""Several scores on the same people: how each ranks them, and how far it is from one of them, with intervals.

The bootstrap draws people once for all scores, so the interval of a difference is of the same people ranked in two ways.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from casefinder.evaluation.draws import Rows, list_measures, places_of_draws, ranking
from casefinder.evaluation.inputs import FloatArray, ranked_people
from casefinder.evaluation.lists import places
from casefinder.evaluation.resampling import REPLICATES, drawn_counts, fixed_order, percentile_interval

MEASURES: Final = ("c_statistic", "average_precision", "ppv", "sensitivity")


def paired_ranking(
    outcome: npt.ArrayLike,
    scores: Mapping[str, npt.ArrayLike],
    k: int,
    reference: str,
    weight: npt.ArrayLike | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how each score ranks the same people, and its difference from the reference score.

    Args:
        outcome: 0 or 1.
        scores: name to a score a person where more means likelier; it need not be a probability.
        k: length of the list; in each resample the list is drawn up anew, ties at the last place in proportion.
        reference: name of the score that the others are set against.
        weight: censoring weights.
        replicates: bootstrap samples of people.
        seed: same seed, same intervals, whatever the order of the rows.
        level: coverage.

    Returns:
        One row a score and measure: ``score``, ``measure`` (c_statistic, average_precision, ppv, sensitivity), ``value``,
        ``low``, ``high``, ``difference`` (score less reference), ``difference_low``, ``difference_high``. NaN where a
        measure is not defined, as where no one has the outcome.

    Raises:
        ValueError: unequal lengths, missing values, an outcome other than 0 or 1, k out of range, or no such reference.
    """
    if reference not in scores:
        raise ValueError(f"reference '{reference}' is none of the scores")
    people = {name: ranked_people(outcome, score, weight) for name, score in scores.items()}
    first = people[reference]
    order = fixed_order(first.outcome, first.weight, *(one.risk for one in people.values()))
    rows = {
        name: Rows.of(one.outcome[order], one.risk[order], one.weight[order], places(one.risk, k)[order], ())
        for name, one in people.items()
    }
    values = {name: _measured(one, np.ones((1, len(order))), None) for name, one in rows.items()}
    drawn: dict[str, list[dict[str, FloatArray]]] = {name: [] for name in rows}
    for counts in drawn_counts(len(order), replicates, seed):
        for name, one in rows.items():
            drawn[name].append(_measured(one, counts, k))
    return pd.DataFrame([_row(name, measure, values, drawn, reference, level) for name in rows for measure in MEASURES])


def _measured(rows: Rows, counts: FloatArray, k: int | None) -> dict[str, FloatArray]:
    """Return each measure in each resample."""
    place = places_of_draws(rows, counts, k)
    totals = (counts.sum(axis=1), place.sum(axis=1), (counts * rows.weight) @ rows.outcome)
    with np.errstate(divide="ignore", invalid="ignore"):
        ranked = ranking(rows, counts * rows.weight)
    listed = list_measures(rows.outcome, rows.weight, counts, place, totals)
    return {name: {**ranked, **listed}[name] for name in MEASURES}


def _row(
    name: str,
    measure: str,
    values: Mapping[str, Mapping[str, FloatArray]],
    drawn: Mapping[str, list[dict[str, FloatArray]]],
    reference: str,
    level: float,
) -> dict[str, object]:
    own, other = (np.concatenate([one[measure] for one in drawn[score]]) for score in (name, reference))
    value = float(values[name][measure][0])
    low, high = percentile_interval(own, level)
    difference_low, difference_high = percentile_interval(own - other, level)
    return {
        "score": name,
        "measure": measure,
        "value": value,
        "low": low,
        "high": high,
        "difference": value - float(values[reference][measure][0]),
        "difference_low": difference_low,
        "difference_high": difference_high,
    }
