"""The models of the ladder, fitted on everyone or without some practices or people.

Linear ones come from sums (``moments``); challengers are fitted on rows, at most so many of them, by each person's draw.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.allocation.design import LADDER, Design
from casefinder.allocation.moments import Moments, forward_selection, solve
from casefinder.evaluation.inputs import FloatArray
from casefinder.modelling.cost_models import CostModel, fit_tweedie, fit_tweedie_trees, fit_two_part

LINEAR: Final = (*LADDER, "parsimonious")
CHALLENGERS: Final = ("tweedie", "two_part", "trees")
MODELS: Final = (*LINEAR, *CHALLENGERS)
DEFAULT_MODEL: Final = "supply"
"""Need and supply estimated together, supply held at its mean in prediction."""
MOST_ROWS: Final = 100_000
"""Most people whom a challenger is fitted on: they stand in memory with all their columns."""


def linear(moments: Moments, design: Design, amount: int) -> FloatArray:
    """Return (models, columns) coefficients of the linear models, fitted on every group of the sums."""
    whole = moments.over(np.ones(len(moments.weight)))
    xx, xy = whole.xx[0], whole.xy[0, amount]
    found = [solve(xx, xy, design.places(step)) for step in LADDER]
    always = design.places("age_sex")
    others = np.setdiff1d(design.places("supply"), always)
    chosen = forward_selection(whole, always.tolist(), others.tolist(), amount)
    return np.stack([*found, solve(xx, xy, [*always, *chosen])])


def at_mean_supply(columns: FloatArray, design: Design) -> FloatArray:
    """Return columns with everyone's supply at the mean of those fitted on."""
    held = columns.copy()
    held[:, design.supply_places] = 0.0
    return held


@dataclass(frozen=True)
class Rescaled:
    """A model whose predictions are multiplied so that, over the people fitted on, they add up to what was spent."""

    model: CostModel
    factor: float

    def predict(self, columns: FloatArray) -> FloatArray:
        """Return the amounts."""
        return np.asarray(self.factor * self.model.predict(columns))


def rescaled(model: CostModel, columns: FloatArray, amount: FloatArray, weight: FloatArray) -> Rescaled:
    """Bring a model to the total of some people: sum of w times prediction equals sum of w times amount."""
    return Rescaled(model, float(weight @ amount) / float(weight @ model.predict(columns)))


def challengers(
    design: Design,
    people: Mapping[str, np.ndarray],
    amount: FloatArray,
    weight: FloatArray,
    allowed: np.ndarray,
    seed: int,
    most: int = MOST_ROWS,
) -> dict[str, Rescaled]:
    """Return the challengers, fitted on those of some people whose draws come first, and brought to their total."""
    places = np.flatnonzero(allowed)
    if len(places) > most:
        again = people["draw"][places] * 9973 % 1.0
        places = np.sort(places[np.argsort(again, kind="stable")[:most]])
    columns = np.concatenate([rows for _part, rows in design.batches({name: one[places] for name, one in people.items()})])
    y, w = amount[places], weight[places]
    fitted: dict[str, CostModel] = {
        "tweedie": fit_tweedie(columns, y, w),
        "two_part": fit_two_part(columns, y, w),
        "trees": fit_tweedie_trees(columns, y, w, tuple(f"c{place}" for place in range(columns.shape[1])), seed),
    }
    return {name: rescaled(model, columns, y, w) for name, model in fitted.items()}
