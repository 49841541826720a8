"""A measure of every practice against what is expected: the exact figures, which stay in the workspace.

Chance is measured on people. Admissions of one person come together, so practices spread more than a Poisson count would:
counts and expectations are divided by the variance over mean that people show (``Expected.spread``, never less than 1)
before limits are drawn. Where events come singly nothing changes. Amounts such as days and pounds are treated alike.

What is expected adds up to what was observed, so a practice's own people are part of what it is held against: chance moves
it less, by its share of all that is expected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from casefinder.comparison import (
    Funnel,
    Path,
    cusum,
    dobson_scale,
    funnel,
    limit_for,
    outside_by_luck,
    poisson_scores,
    standardised_rate,
)
from casefinder.comparison.funnel import ENOUGH, LEVELS, Recipe
from casefinder.practices.counting import Counted
from casefinder.practices.expected import expected_of
from casefinder.practices.measures import PracticeMeasure
from casefinder.practices.shares import Share, share_of
from casefinder.practices.standard import ESP_2013
from casefinder.practices.year import MONTHS, Year

CHANGE: Final = 1.5
"""Charts look for half as much again as expected, and for two thirds of it."""
QUIET_YEARS: Final = 20
"""Years in which all charts of a measure together signal falsely once."""
_LEAST_SHARE: Final = 1e-6
"""So that a practice that is alone is held against itself without dividing by nothing."""
NOT_COMPARED: Final = "not compared: fewer than 1 expected"
WITHIN: Final = "within the limits"


@dataclass(frozen=True)
class Chart:
    """Both sides of a practice's chart over the months; None where nothing is expected."""

    more: Path | None
    fewer: Path | None


@dataclass(frozen=True)
class Compared:
    """A measure of every practice in a year, exact.

    Attributes:
        measure: what was counted.
        year: the year.
        recipe: how variation beyond chance was allowed for.
        level: limits on which the summary rests.
        practices: one row a practice: ``code``, ``practice``, ``people`` (average over the year), ``had``, ``observed``,
            ``expected``, ``standardised``, ``dobson`` (what a limit of the count is multiplied by), ``position``,
            ``reading``.
        funnel: of the practices, in the same order.
        spread: variance over mean of what people have, at least 1.
        monthly: (practices, months) observed.
        monthly_expected: the same expected.
        charts: of the practices.
        had_so_far: (practices, months) people who had any by the end of each month.
        had_in_month: (months,) people who had any in each month, over all practices.
        share: as a share of what it could have happened to, where it is one.
        without_people: practices of the record that had nobody in the year.
        elsewhere: what was left out: people registered with no practice on the first of the month.
    """

    measure: PracticeMeasure
    year: Year
    recipe: Recipe
    level: float
    practices: pd.DataFrame
    funnel: Funnel
    spread: float
    monthly: np.ndarray
    monthly_expected: np.ndarray
    charts: tuple[Chart, ...]
    had_so_far: np.ndarray
    had_in_month: np.ndarray
    share: Share | None
    without_people: int
    elsewhere: float


def compare(
    counted: Counted, measure: PracticeMeasure, year: Year, names: Mapping[str, str], recipe: Recipe, level: float
) -> Compared:
    """Compare practices on one measure.

    Args:
        counted: of the year.
        measure: one of those counted.
        year: the year.
        names: name of each practice code.
        recipe: how variation between practices beyond chance is allowed for.
        level: limits on which the summary rests.
    """
    place = counted.measures.index(measure.name)
    unit = 0.01 if measure.is_money else 1.0
    days = _days(counted)
    there = days.sum(axis=(1, 2)) > 0
    due = expected_of(counted, place)
    spread = max(1.0, due.spread * unit)
    observed = counted.monthly[:, :, place].sum(axis=1)[there] * unit
    expected = due.yearly[there] * unit
    own = own_spread(expected, expected.sum(), spread)
    found = funnel(observed / own, expected / own, recipe)
    year_days = sum(year.month_days())
    frame = _frame(counted, there, days, year_days, names, place, observed, expected, unit)
    frame["position"] = [_position(found, number) for number in range(len(frame))]
    frame["reading"] = [_reading(found, number, level) for number in range(len(frame))]
    monthly, monthly_due = counted.monthly[there, :, place] * unit, due.monthly[there] * unit
    charts = _charts(monthly / spread, monthly_due / spread)
    return Compared(
        measure, year, recipe, level, frame, found, spread, monthly, monthly_due, charts, counted.had[there, :, place],
        counted.in_month[:, place], _share(counted, measure.name, there), len(names) - int(there.sum()),
        float(counted.elsewhere[place]) * unit,
    )  # fmt: skip


def _share(counted: Counted, name: str, there: np.ndarray) -> Share | None:
    """Return the measure as a share of its trials, of the practices with people."""
    found = share_of(counted, name, CHANGE, QUIET_YEARS)
    if found is None:
        return None
    kept = np.flatnonzero(there)
    more, fewer = (tuple(side[place] for place in kept) for side in (found.more, found.fewer))
    return Share(found.trials[kept], found.outcomes[kept], found.expected[kept], more, fewer)


def own_spread(expected: np.ndarray, whole: float, spread: float) -> np.ndarray:
    """Return the variance over mean by which chance moves practices around what is expected of them.

    Args:
        expected: expected counts.
        whole: what is expected of all practices together.
        spread: variance over mean of what people have.
    """
    return spread * np.maximum(1 - expected / whole, _LEAST_SHARE)


def luck(found: Compared, level: float) -> np.ndarray:
    """Return how likely each practice lies outside the limits by luck alone; 0 where it is not compared."""
    compared = found.funnel.compared
    expected = found.practices["expected"].to_numpy()
    due = (expected / own_spread(expected, expected.sum(), found.spread))[compared]
    likely = np.zeros(len(compared))
    likely[compared] = outside_by_luck(due, level, found.recipe, found.funnel.tau2)
    return likely


def _days(counted: Counted) -> np.ndarray:
    """Return (practices, bands, months) days that people spent there."""
    found = np.zeros((len(counted.practices), len(ESP_2013), MONTHS))
    for month in range(MONTHS):
        practice = counted.practice[:, month]
        there = practice >= 0
        np.add.at(found[:, :, month], (practice[there], counted.case_mix.band[there]), counted.days[there, month])
    return found


def _frame(
    counted: Counted, there: np.ndarray, days: np.ndarray, year_days: int, names: Mapping[str, str], place: int,
    observed: np.ndarray, expected: np.ndarray, unit: float,
) -> pd.DataFrame:  # fmt: skip
    years, events = days[there].sum(axis=2) / 365.25, counted.by_age[there][:, :, place] * unit
    rates = [standardised_rate(seen, had, ESP_2013) for seen, had in zip(events, years, strict=True)]
    codes = [code for code, some in zip(counted.practices, there, strict=True) if some]
    return pd.DataFrame(
        {
            "code": codes,
            "practice": [names.get(code, code) for code in codes],
            "people": np.rint(days[there].sum(axis=(1, 2)) / year_days).astype(int),
            "had": counted.had[there, -1, place],
            "observed": observed if unit != 1.0 else observed.astype(int),
            "expected": expected,
            "standardised": [rate.rate for rate in rates],
            "dobson": [_dobson(seen, had) for seen, had in zip(events, years, strict=True)],
        }
    )


def _dobson(seen: np.ndarray, had: np.ndarray) -> float:
    there = had > 0
    each = ESP_2013[there] / ESP_2013[there].sum() / had[there]
    return dobson_scale(float((each**2 * seen[there]).sum()), float(seen.sum())) if seen.sum() else float(each.mean())


def _position(found: Funnel, number: int) -> str:
    if not found.compared[number]:
        return NOT_COMPARED
    for level in sorted(LEVELS, reverse=True):
        side = found.position[level][number]
        if side:
            return f"{'above' if side > 0 else 'below'} the {100 * level:g} % limits"
    return WITHIN


def _reading(found: Funnel, number: int, level: float) -> str:
    if not found.compared[number] or not found.position[level][number]:
        return ""
    if found.reliability[number] >= ENOUGH:
        return "look into it"
    return "look into it, and say nothing yet of the practice itself"


def _charts(monthly: np.ndarray, expected: np.ndarray) -> tuple[Chart, ...]:
    """Return the charts of practices; limits allow for how many there are, and for both sides of each."""
    due = expected.mean(axis=1)
    looks = MONTHS * QUIET_YEARS * 2 * max(1, int((due > 0).sum()))
    return tuple(_chart(seen, own, mean, looks) for seen, own, mean in zip(monthly, expected, due, strict=True))


def _chart(seen: np.ndarray, own: np.ndarray, mean: float, looks: float) -> Chart:
    if mean <= 0:
        return Chart(None, None)
    more, fewer = (cusum(poisson_scores(seen, own, ratio), limit_for(mean, ratio, looks)) for ratio in (CHANGE, 1 / CHANGE))
    return Chart(more, fewer)
