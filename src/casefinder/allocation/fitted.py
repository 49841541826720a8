"""A fitted allocation: everything that shares, targets, intervals and what-ifs are worked out from, kept and read again.

It holds sums by practice and figures, no row of a person.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.allocation.chance import DRAWS, by_practice, chance_alone
from casefinder.allocation.design import STEP_WORDS, Design
from casefinder.allocation.heldout import Fitting, Tell, held_out, on_everyone
from casefinder.allocation.judged import measures, ratios
from casefinder.allocation.lists import Lists, lists
from casefinder.allocation.models import LINEAR, MODELS
from casefinder.allocation.moments import Moments
from casefinder.errors import ConfigError, Problem, one_of
from casefinder.evaluation.inputs import FloatArray

_ABOUT: Final = "about.json"
_FRAMES: Final = ("measures", "ratios", "activities")
_MOMENTS: Final = ("xx", "xy", "yy", "y", "weight", "people")
_LISTS: Final = ("columns", "cells", "cell_columns", "deciles", "challenger", "challenger_cells", "negative")


@dataclass(frozen=True)
class Fitted:
    """What was fitted.

    Attributes:
        about: plain values: dates, seed, caps (in order, by their words), names of columns, supply, remarks, counts.
        moments: a practice a group, in the order of the practices of ``lists``.
        coefficients: (caps, linear models, columns).
        lists: sums over the people on the lists.
        chance: (2, caps, models, practices) relative ends of what chance alone does; NaN where not worked out.
        measures: of held-out people and practices.
        ratios: predictive ratios of held-out people.
        activities: what was done in the year, and what it cost.
    """

    about: Mapping[str, Any]
    moments: Moments
    coefficients: FloatArray
    lists: Lists
    chance: FloatArray
    measures: pd.DataFrame
    ratios: pd.DataFrame
    activities: pd.DataFrame

    def cap(self, words: str) -> int:
        """Return the place of a cap.

        Raises:
            ConfigError: nothing was fitted at it.
        """
        known = [str(one["words"]) for one in self.about["caps"]]
        if words not in known:
            raise ConfigError(f"Nothing was fitted at the cap '{words}'; {one_of(words, known)}")
        return known.index(words)

    def check(self, cap: int, model: str) -> None:
        """Raise unless a model was fitted at a cap.

        Raises:
            ConfigError: there is no such model, or it is a challenger and was fitted at another cap.
        """
        if model not in MODELS:
            raise ConfigError(f"There is no model called '{model}'; {one_of(model, MODELS)}")
        if model not in LINEAR and cap:
            problem = Problem("--cap", f"{STEP_WORDS[model]} was fitted at the cap {self.about['caps'][0]['words']} only")
            raise ConfigError("A challenger is fitted at one cap:", [problem], "Give that cap, or add --refit.")


def fit_everything(
    given: Fitting,
    on_lists: Mapping[str, np.ndarray],
    list_practice: np.ndarray,
    codes: tuple[str, ...],
    about: Mapping[str, Any],
    activities: pd.DataFrame,
    tell: Tell,
) -> Fitted:
    """Fit and judge every model, and add up the lists of the day.

    Args:
        given: people and sums of the year fitted on.
        on_lists: people on the lists of the day.
        list_practice: the number of each one's practice.
        codes: of the practices, by their numbers.
        about: what the result says of itself; ``caps`` is there.
        activities: what was done in the year.
        tell: called with what is being done, parts done and all parts.
    """
    caps = [str(one["words"]) for one in about["caps"]]
    found = held_out(given, tell)
    tell("on everyone", 0, 1)
    coefficients, others = on_everyone(given)
    summed = lists(given.design, on_lists, list_practice, codes, coefficients, others)
    tell("what chance alone does", 0, 1)
    chance = _chance(given, found.by_practices, len(codes))
    ill = np.setdiff1d(given.design.places("diagnoses"), given.design.places("age_sex"))
    told = {
        **about, "columns": list(given.design.names), "coded": _coded(given.design, coefficients),
        "illness_columns": ill.tolist(),
    }  # fmt: skip
    return Fitted(
        told, by_practice(given.moments), coefficients, summed, chance, measures(given, found, caps),
        ratios(given, found, caps), activities,
    )  # fmt: skip


def _chance(given: Fitting, predicted: np.ndarray, practices: int) -> FloatArray:
    caps, models, people = predicted.shape
    weight = given.weight.astype(np.float32)
    flat = predicted.reshape(caps * models, people)
    actual = np.repeat(given.amounts.astype(np.float32), models, axis=0)
    known = np.flatnonzero(~np.isnan(flat).all(axis=1))
    found = np.full((2, caps * models, practices), np.nan)
    found[:, known] = chance_alone(
        weight * (actual[known] - flat[known]), weight * flat[known], given.practice, practices, DRAWS, given.seed
    )
    return found.reshape(2, caps, models, practices)


def _coded(design: Design, coefficients: FloatArray) -> dict[str, list[str]]:
    """Return the columns that the parsimonious model took beside age and sex, at the first cap."""
    own = np.flatnonzero(coefficients[0, LINEAR.index("parsimonious")])
    always = set(design.places("age_sex").tolist())
    return {"parsimonious": [design.names[place] for place in own if place not in always]}


def write_fitted(fitted: Fitted, folder: Path) -> None:
    """Write what was fitted into a folder; the same content gives the same bytes."""
    arrays = {
        **{f"moments-{name}": getattr(fitted.moments, name) for name in _MOMENTS},
        **{f"lists-{name}": getattr(fitted.lists, name) for name in _LISTS},
        "coefficients": fitted.coefficients,
        "chance": fitted.chance,
    }
    for name, values in arrays.items():
        written = io.BytesIO()
        np.save(written, values, allow_pickle=False)
        (folder / f"{name}.npy").write_bytes(written.getvalue())
    for name in _FRAMES:
        getattr(fitted, name).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    about = {**fitted.about, "practices": list(fitted.lists.codes)}
    text = json.dumps(about, indent=1, sort_keys=True, default=str)
    (folder / _ABOUT).write_text(text + "\n", encoding="utf-8")


def read_fitted(folder: Path) -> Fitted:
    """Read what ``write_fitted`` wrote."""
    about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))

    def array(name: str) -> FloatArray:
        return np.asarray(np.load(folder / f"{name}.npy", allow_pickle=False))

    frames = {name: pd.read_csv(folder / f"{name}.csv", dtype={"group": str, "cap": str}) for name in _FRAMES}
    return Fitted(
        about,
        Moments(*(array(f"moments-{name}") for name in _MOMENTS)),
        array("coefficients"),
        Lists(tuple(about["practices"]), *(array(f"lists-{name}") for name in _LISTS)),
        array("chance"),
        **frames,
    )
