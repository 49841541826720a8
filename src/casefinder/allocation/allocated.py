"""Need, shares, targets and distances of practices or of groups of practices, from what was fitted and what was chosen.

Nothing is fitted here but the draws of the bootstrap, so a cap, a model, a grouping or a pot can be tried at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from casefinder.allocation.caps import DEFAULT_CAP
from casefinder.allocation.chance import CENTILES, DRAWS, practice_draws
from casefinder.allocation.fitted import Fitted
from casefinder.allocation.models import CHALLENGERS, DEFAULT_MODEL, LINEAR, MODELS
from casefinder.allocation.moments import Moments, solve
from casefinder.allocation.shares import (
    Pace,
    Reconciled,
    deprivation_weight,
    distance_from_target,
    need_shares,
    pace_of_change,
    reconcile,
    targets,
    to_pot,
    with_unmet_need,
)
from casefinder.errors import ConfigError, Problem
from casefinder.evaluation.inputs import FloatArray

DEFAULT_POT: Final = 100_000_000.0
"""Pounds."""
DEFAULT_RATIO: Final = 10.0
"""What a person in the most deprived tenth counts for unmet need, over one in the least."""
APART: Final = 2.0
"""How many times more or less than today's budgets the money of next year may be."""
CODED_MORE: Final = 0.1
"""How much more illness a practice codes where the sensitivity to coding is told."""
NO_CLEAR: Final = "no clear distance: an interval includes 0"
ABOVE: Final = "clearly above target"
BELOW: Final = "clearly below target"


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Attributes:
        cap: as in ``Fitted.about['caps']``.
        model: one of ``MODELS``.
        pot: pounds to share.
        unmet_need: part of the pot (0 to 1) that goes by deprivation and not by predicted cost.
        unmet_need_ratio: what a person in the most deprived tenth counts there, over one in the least.
        floor: least growth of a budget; None for no pace of change.
        ceiling: most growth; None for none.
    """

    cap: str
    model: str
    pot: float
    unmet_need: float = 0.0
    unmet_need_ratio: float = DEFAULT_RATIO
    floor: float | None = None
    ceiling: float | None = None

    @property
    def slug(self) -> str:
        """What was chosen other than by default, for the name of a file; empty for nothing.

        >>> Choice("99.5%", "supply", 100_000_000.0).slug, Choice("none", "area", 31_000_000.0, floor=-0.02).slug
        ('', 'area-cap-none-pot-31000000-floor-minus-0-02')
        """
        told = {
            self.model: self.model != DEFAULT_MODEL,
            f"cap-{self.cap.removesuffix('%')}": self.cap != DEFAULT_CAP,
            f"pot-{self.pot:.0f}": self.pot != DEFAULT_POT,
            f"unmet-{self.unmet_need:g}": self.unmet_need != 0,
            f"ratio-{self.unmet_need_ratio:g}": self.unmet_need_ratio != DEFAULT_RATIO,
            f"floor-{self.floor or 0:g}": self.floor is not None,
            f"ceiling-{self.ceiling or 0:g}": self.ceiling is not None,
        }
        words = "-".join(words for words, is_chosen in told.items() if is_chosen)
        return words.replace("--", "-minus-").replace(".", "-")


@dataclass(frozen=True)
class Local:
    """What is known of the practices that have people, in their order.

    ``places`` are their places in ``Fitted.lists``; ``group`` names each one's group (itself where nothing is grouped);
    ``current`` holds today's budgets in pounds, ``published`` people by sex and age band, where they are known.
    """

    places: np.ndarray
    group: Sequence[str]
    current: FloatArray | None = None
    published: FloatArray | None = None


@dataclass(frozen=True)
class Allocated:
    """What each practice or group would get.

    ``table`` has one row each: ``group``, ``practices``, ``people`` (scored), ``not_scored``, ``beyond`` (scored beyond the
    published list), ``need`` and ``need_not_scored`` (pounds a year), ``need_share``, ``share``, ``target``, ``target_low``,
    ``target_high`` (practices drawn again), ``chance_low``, ``chance_high`` (chance alone), ``coded_part`` (of need, from
    coded illness), ``coding`` (relative change of the target if it coded a tenth more illness), and with budgets
    ``current``, ``current_in_pot``, ``distance`` with ``distance_low``, ``distance_high``, ``distance_chance_low``,
    ``distance_chance_high``, ``verdict``; with a pace ``next_budget``, ``growth``, ``step``. ``coefficients`` holds (2,
    columns) ends of the coefficients of a linear model on practices drawn again.
    """

    table: pd.DataFrame
    negative: int
    current_total: float | None
    pace: Pace | None
    coefficients: FloatArray | None = None


@dataclass(frozen=True)
class _Grouped:
    """Sums of groups: ``member`` is (groups, practices), 1 where a practice belongs."""

    names: list[str]
    member: FloatArray


def allocate(fitted: Fitted, choice: Choice, local: Local, draws: int = DRAWS) -> Allocated:
    """Return need, shares, targets and distances.

    Raises:
        ConfigError: nothing was fitted at that cap or with that model, or the pace of change does not fit the pot.
    """
    cap = fitted.cap(choice.cap)
    fitted.check(cap, choice.model)
    groups = _grouped(local.group)
    need, reconciled = _need(fitted, cap, choice.model, local)
    people = fitted.lists.people[local.places]
    adjustment = _adjustment(fitted, choice, local, reconciled)
    table = pd.DataFrame(
        {
            "group": groups.names,
            "practices": groups.member.sum(axis=1),
            "people": groups.member @ people,
            "not_scored": groups.member @ reconciled.people,
            "beyond": groups.member @ reconciled.beyond,
            "need": groups.member @ (need + reconciled.need),
            "need_not_scored": groups.member @ reconciled.need,
        }
    )
    grouped_adjustment = groups.member @ adjustment

    def shares_of(amounts: FloatArray) -> FloatArray:
        return with_unmet_need(amounts, grouped_adjustment, choice.unmet_need)

    table["need_share"] = need_shares(table["need"])
    table["share"] = shares_of(table["need"].to_numpy())
    table["target"] = targets(table["share"], choice.pot)
    drawn = _refitted(fitted, cap, choice.model, draws)
    ends = np.full((2, len(table)), np.nan) if drawn is None else _shares_drawn(fitted, drawn, local, groups, shares_of)
    table["target_low"], table["target_high"] = ends * choice.pot
    for end, values in zip(
        ("chance_low", "chance_high"), _chance(fitted, cap, choice.model, local, groups, need), strict=True
    ):
        table[end] = table["target"] * (1 + values / table["need"])
    table["coded_part"] = groups.member @ _coded(fitted, cap, choice.model, local) / table["need"]
    table["coding"] = CODED_MORE * table["coded_part"] * (1 - table["need_share"]) * (1 - choice.unmet_need)
    between = None if drawn is None else np.percentile(drawn, CENTILES, axis=0)
    negative = int(fitted.lists.negative[cap, LINEAR.index(choice.model)]) if choice.model in LINEAR else 0
    if local.current is None:
        return Allocated(table, negative, None, None, between)
    return replace(_with_budgets(table, groups.member @ local.current, choice, negative), coefficients=between)


def _grouped(group: Sequence[str]) -> _Grouped:
    number, names = pd.factorize(np.asarray(group, dtype=object), sort=True)
    member = np.zeros((len(names), len(number)))
    member[number, np.arange(len(number))] = 1.0
    return _Grouped([str(one) for one in names], member)


def _need(fitted: Fitted, cap: int, model: str, local: Local) -> tuple[FloatArray, Reconciled]:
    """Return the need of those scored by practice, and who enters at the need of their age and sex."""
    lists, places = fitted.lists, local.places
    cells = lists.cells.sum(axis=0)
    if model in LINEAR:
        b = fitted.coefficients[cap, LINEAR.index(model)]
        need, by_cell = lists.columns[places] @ b, lists.cell_columns @ b
    else:
        row = CHALLENGERS.index(model)
        scale = _to_level(fitted, cap) / lists.challenger[row].sum()
        need, by_cell = lists.challenger[row, places] * scale, lists.challenger_cells[row] * scale
    return need, _reconciled(
        lists.cells[places], np.divide(by_cell, cells, out=np.zeros(len(cells)), where=cells > 0), local
    )


def _to_level(fitted: Fitted, cap: int) -> float:
    """Return the need of all lists by the model of need and supply: what challengers are brought to."""
    return float((fitted.lists.columns @ fitted.coefficients[cap, LINEAR.index("supply")]).sum())


def _reconciled(cells: FloatArray, cell_need: FloatArray, local: Local) -> Reconciled:
    if local.published is None:
        nobody = np.zeros(len(cells))
        return Reconciled(nobody, nobody, nobody)
    return reconcile(local.published, cells, cell_need)


def _adjustment(fitted: Fitted, choice: Choice, local: Local, reconciled: Reconciled) -> FloatArray:
    """Return people weighted by deprivation; those not scored are taken to live where their practice's others do."""
    decile = np.arange(fitted.lists.deciles.shape[1])
    weighted = fitted.lists.deciles[local.places] @ deprivation_weight(decile, choice.unmet_need_ratio)
    people = fitted.lists.people[local.places]
    return np.asarray(weighted * (1 + reconciled.people / people))


def _coded(fitted: Fitted, cap: int, model: str, local: Local) -> FloatArray:
    """Return the need in pounds that rests on coded illness, by practice; NaN for challengers, whose parts do not add up."""
    if model not in LINEAR:
        return np.full(len(local.places), np.nan)
    ill = fitted.about["illness_columns"]
    return np.asarray(fitted.lists.columns[local.places][:, ill] @ fitted.coefficients[cap, LINEAR.index(model), ill])


def _refitted(fitted: Fitted, cap: int, model: str, draws: int) -> FloatArray | None:
    """Return (draws, columns) coefficients on practices drawn again; None for challengers, which are not refitted.

    Practices without anybody in the year are not drawn.
    """
    if model not in LINEAR:
        return None
    own = np.flatnonzero(fitted.coefficients[cap, LINEAR.index(model)])
    seen = np.flatnonzero(fitted.moments.people > 0)
    moments = Moments(*(part[seen] for part in vars(fitted.moments).values()))

    def fit(sums: Moments) -> FloatArray:
        return solve(sums.xx[0], sums.xy[0, cap], own)

    return practice_draws(moments, fit, draws, int(fitted.about["seed"]))


def _shares_drawn(
    fitted: Fitted, drawn: FloatArray, local: Local, groups: _Grouped, shares_of: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """Return the ends of each group's share over the draws."""
    lists = fitted.lists
    columns = lists.columns[local.places]
    if local.published is not None:
        cells = lists.cells.sum(axis=0)[:, None]
        mean = np.divide(lists.cell_columns, cells, out=np.zeros_like(lists.cell_columns), where=cells > 0)
        columns = columns + np.maximum(local.published - lists.cells[local.places], 0.0) @ mean
    summed = groups.member @ columns
    return np.percentile([shares_of(np.maximum(summed @ b, 0.0)) for b in drawn], CENTILES, axis=0)


def _chance(fitted: Fitted, cap: int, model: str, local: Local, groups: _Grouped, need: FloatArray) -> FloatArray:
    """Return the ends, in pounds around the need, of what chance alone does; practices vary on their own.

    A practice that had nobody in the year fitted on takes the pooled spread for its size.
    """
    relative = fitted.chance[:, cap, MODELS.index(model)][:, local.places]
    people = fitted.lists.people
    known = ~np.isnan(fitted.chance[0, cap, MODELS.index(model)])
    pooled = (
        np.nanmean(np.abs(fitted.chance[:, cap, MODELS.index(model)]) * np.sqrt(people), axis=1) if known.any() else None
    )
    if pooled is not None:
        instead = np.stack([-pooled[0], pooled[1]])[:, None] / np.sqrt(people[local.places])
        relative = np.where(np.isnan(relative), instead, relative)
    ends = np.sqrt(groups.member @ ((relative * need) ** 2).T).T
    return np.stack([-ends[0], ends[1]])


def _check_money(now: float, pot: float) -> None:
    """Raise where the pot cannot be the money of next year: a pace is a growth of budgets as they are.

    Raises:
        ConfigError: it is less than half or more than twice today's budgets.
    """
    if not now / APART <= pot <= now * APART:
        problem = Problem("--pot", f"is £{pot:,.0f}, and today's budgets add up to £{now:,.0f}")
        raise ConfigError("A pace of change needs the money of next year:", [problem], "Give it with --pot, in pounds.")


def _with_budgets(table: pd.DataFrame, current: FloatArray, choice: Choice, negative: int) -> Allocated:
    """Add budgets, distances with both intervals, and the next step towards the targets."""
    table["current"] = current
    table["current_in_pot"] = to_pot(current, choice.pot)
    table["distance"] = distance_from_target(table["current_in_pot"], table["target"])
    for name, low, high in (("distance", "target_low", "target_high"), ("distance_chance", "chance_low", "chance_high")):
        table[f"{name}_low"] = table["current_in_pot"] / table[high] - 1
        table[f"{name}_high"] = table["current_in_pot"] / table[low] - 1
    lows = np.fmin(table["distance_low"], table["distance_chance_low"])
    highs = np.fmax(table["distance_high"], table["distance_chance_high"])
    table["verdict"] = np.select([lows > 0, highs < 0], [ABOVE, BELOW], NO_CLEAR)
    if choice.floor is None:
        return Allocated(table, negative, float(current.sum()), None)
    _check_money(float(current.sum()), choice.pot)
    pace = pace_of_change(current, table["target"], choice.pot, choice.floor, choice.ceiling)
    table["next_budget"], table["growth"] = pace.next_budget, pace.next_budget / np.where(current > 0, current, np.nan) - 1
    steps = ["held at the floor", "held at the ceiling"]
    table["step"] = np.select([pace.held, pace.limited], steps, "from the floor part of the way to its target")
    return Allocated(table, negative, float(current.sum()), pace)
