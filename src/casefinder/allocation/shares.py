"""From predicted need to money: shares, targets, distance from target, and the steps of policy, each apart.

Everything takes one value a practice (or a cluster, or a place). Money is in any one unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from casefinder.errors import ConfigError, Problem
from casefinder.evaluation.inputs import FloatArray, numbers, same_length

_DECILES: Final = 10


def need_shares(need: npt.ArrayLike) -> FloatArray:
    """Return each one's share of all need; the shares add up to 1.

    Raises:
        ValueError: need is missing somewhere, or does not add up to more than 0.
    """
    amounts = numbers(need, "need")
    total = float(amounts.sum())
    if total <= 0:
        raise ValueError(f"need must add up to more than 0; got {total}")
    return amounts / total


def targets(share: npt.ArrayLike, pot: float) -> FloatArray:
    """Return each one's fair share of the pot.

    Raises:
        ValueError: the pot is not above 0.
    """
    if not pot > 0:
        raise ValueError(f"the pot must be above 0; got {pot}")
    return numbers(share, "share") * pot


def distance_from_target(current: npt.ArrayLike, target: npt.ArrayLike) -> FloatArray:
    """Return current / target - 1: above 0, more money than the fair share. NaN where the target is 0.

    Both must add up to the same total; ``to_pot`` brings current budgets there.

    >>> distance_from_target([110.0, 90.0], [100.0, 100.0]).round(3).tolist()
    [0.1, -0.1]
    """
    now, fair = numbers(current, "current"), numbers(target, "target")
    same_length(current=now, target=fair)
    return np.divide(now, fair, out=np.full(len(now), np.nan), where=fair != 0) - 1


def to_pot(current: npt.ArrayLike, pot: float) -> FloatArray:
    """Return current budgets in the same proportions, adding up to the pot."""
    return targets(need_shares(current), pot)


@dataclass(frozen=True)
class Pace:
    """One step from current budgets towards targets.

    ``held`` says who stands at the floor, ``limited`` who stands at the ceiling; ``part`` is the part of the way from floor
    to target that all others go.
    """

    next_budget: FloatArray
    held: np.ndarray
    limited: np.ndarray
    part: float


def pace_of_change(
    current: npt.ArrayLike, target: npt.ArrayLike, pot: float, floor: float, ceiling: float | None = None
) -> Pace:
    """Return next year's budgets: a least growth for everyone, and what is left to those below their target.

    Everyone gets ``current * (1 + floor)``. The rest of the pot is shared by those whose target is higher than that, all of
    them going the same part of the way, but none beyond ``current * (1 + ceiling)``. Nobody is taken past a target.

    Args:
        current: budgets of today, as they are.
        target: fair shares of the pot.
        pot: the money of next year.
        floor: least growth for everyone, such as -0.02 or 0.01.
        ceiling: most growth for anyone; None for none.

    Raises:
        ConfigError: the floors need more than the pot, or the ceilings leave some of it.
    """
    now, fair = numbers(current, "current"), numbers(target, "target")
    same_length(current=now, target=fair)
    low = now * (1 + floor)
    way = np.maximum(fair - low, 0.0)
    room = way if ceiling is None else np.minimum(way, np.maximum(now * (ceiling - floor), 0.0))
    left = pot - float(low.sum())
    _check_pace(left, float(room.sum()), pot, floor, ceiling)
    part = _part(way, room, max(left, 0.0))
    gained = np.minimum(part * way, room)
    return Pace(low + gained, gained == 0, (way > 0) & (gained >= room) & (room < way), part)


def _check_pace(left: float, room: float, pot: float, floor: float, ceiling: float | None) -> None:
    problems = []
    if ceiling is not None and ceiling < floor:
        problems.append(Problem("--ceiling", f"{ceiling:g} is below the floor {floor:g}"))
    elif left < -1e-9 * pot:
        problems.append(Problem("--floor", f"growth of {floor:.2%} for all needs {pot - left:,.0f}; the pot is {pot:,.0f}"))
    elif left > room + 1e-9 * pot:
        problems.append(Problem("--ceiling", f"with these limits {left - room:,.0f} of {pot:,.0f} cannot be spent"))
    if problems:
        raise ConfigError("The pace of change does not fit the pot:", problems, "Give another --floor, --ceiling or --pot.")


def _part(way: FloatArray, room: FloatArray, money: float) -> float:
    """Return the part of the way at which the money is spent: what is spent grows in lines that bend at the ceilings."""
    reached = np.divide(room, way, out=np.zeros(len(way)), where=way > 0)
    bends = np.unique(reached)
    spent = np.array([np.minimum(bend * way, room).sum() for bend in bends])
    after = int(np.searchsorted(spent, money, side="left"))
    if after == len(bends):
        return float(bends[-1])
    start, before = (bends[after - 1], spent[after - 1]) if after else (0.0, 0.0)
    moving = reached > start
    return float(start + (money - before) / way[moving].sum()) if moving.any() else float(start)


def deprivation_weight(decile: npt.ArrayLike, ratio: float) -> FloatArray:
    """Return what a person counts for the adjustment for unmet need, by tenth of deprivation (1 the most deprived).

    The least deprived tenth counts 1, the most deprived ``ratio``, those between in equal steps of proportion. A tenth of 0
    means not known, and counts as the middle.

    Raises:
        ValueError: the ratio is below 1.

    >>> deprivation_weight([1, 10, 0], 4.0).tolist()
    [4.0, 1.0, 2.0]
    """
    if ratio < 1:
        raise ValueError(f"the ratio must be 1 or more; got {ratio}")
    tenth = numbers(decile, "decile")
    known = np.where(tenth == 0, (_DECILES + 1) / 2, tenth)
    return np.asarray(ratio ** ((_DECILES - known) / (_DECILES - 1)))


def with_unmet_need(share: npt.ArrayLike, adjustment: npt.ArrayLike, part: float) -> FloatArray:
    """Return shares of which ``part`` (0 to 1) goes by ``adjustment`` (any amounts) and the rest by need.

    Raises:
        ValueError: the part is outside 0 to 1.
    """
    if not 0 <= part <= 1:
        raise ValueError(f"the part for unmet need must be from 0 to 1; got {part}")
    return (1 - part) * need_shares(share) + part * need_shares(adjustment)


@dataclass(frozen=True)
class Reconciled:
    """People of each practice who are on its published list and could not be scored, and the need with which they enter.

    ``people`` and ``need`` have one value a practice. ``beyond`` counts people scored beyond the published list:
    they keep their need.
    """

    people: FloatArray
    need: FloatArray
    beyond: FloatArray


def reconcile(published: np.ndarray, scored: np.ndarray, cell_need: np.ndarray) -> Reconciled:
    """Return who enters at the mean need of their age and sex, so that no practice loses money for opt-outs.

    Args:
        published: (practices, cells) people on the published list, by age and sex.
        scored: (practices, cells) people who were scored.
        cell_need: mean need of a person of each cell.

    Raises:
        ValueError: the tables differ in shape.
    """
    if published.shape != scored.shape or published.shape[1:] != cell_need.shape:
        raise ValueError(f"tables must agree; got {published.shape}, {scored.shape} and {cell_need.shape}")
    missing = np.maximum(published - scored, 0.0)
    return Reconciled(missing.sum(axis=1), missing @ cell_need, np.maximum(scored - published, 0.0).sum(axis=1))


def summed(values: npt.ArrayLike, group: Sequence[object]) -> tuple[list[object], FloatArray]:
    """Return the groups in order, and the sum of the values of each."""
    import pandas as pd

    number, names = pd.factorize(np.asarray(group, dtype=object), sort=True)
    return list(names), np.asarray(np.bincount(number, numbers(values, "values"), len(names)), dtype=np.float64)
