"""Something unrecorded: what a ratio would be had it been recorded and adjusted for.

A yes-or-no factor is drawn for everyone, more often in one arm and in people with more events, as strongly as asked, and
the ratio is adjusted for it (in the manner of Ichino, Mealli and Nannicini 2008 J Appl Econom 23:305; the closed form is
that of Bross 1966 J Chron Dis 19:637). Shown over a grid, it says which factor would change the reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray, numbers, probability, same_length
from casefinder.evaluation.intervals import Estimate
from casefinder.matching.effects import Matched, matched, rate_effect, ratio_estimate


@dataclass(frozen=True)
class Unrecorded:
    """A factor that nobody recorded.

    Attributes:
        in_treated: share of the person-years of the treated that are of people who have it.
        in_control: of those of the controls.
        rate_ratio: rate of the outcome in those who have it over that of those who do not.
    """

    in_treated: float
    in_control: float
    rate_ratio: float

    def __post_init__(self) -> None:
        if not (0 < self.in_treated < 1 and 0 < self.in_control < 1 and self.rate_ratio > 0):
            raise ValueError("shares must be between 0 and 1, and the rate ratio above 0")

    @property
    def bias(self) -> float:
        """The factor by which it would bias a rate ratio: > 1 hides a reduction."""
        return _average(self.in_treated, self.rate_ratio) / _average(self.in_control, self.rate_ratio)


def _average(share: float, ratio: float) -> float:
    return 1 + share * (ratio - 1)


def simulate_unrecorded(
    count: npt.ArrayLike,
    years: npt.ArrayLike,
    treated: npt.ArrayLike,
    matched_set: npt.ArrayLike | Sequence[object],
    factor: Unrecorded,
    weight: npt.ArrayLike | None = None,
    columns: npt.ArrayLike | None = None,
    draws: int = 50,
    seed: int = 0,
) -> Estimate:
    """Return the rate ratio adjusted for a factor that is drawn anew in each of several draws, combined by Rubin's rules.

    Each person's chance of having the factor follows from their arm and their events (Poisson, by Bayes), so that in each
    arm the share and the rate ratio are those asked for. Other arguments are those of ``rate_effect``.

    Raises:
        ValueError: as ``rate_effect``, fewer than two draws, or a factor that the counts cannot hold.
    """
    if draws < 2:
        raise ValueError(f"give two draws or more; got {draws}")
    given, time = matched(count, treated, matched_set, weight, columns, None), numbers(years, "years")
    same_length(count=given.outcome, years=time)
    chance, generator = _chances(given, time, factor), np.random.default_rng(seed)
    logs, variances = np.empty(draws), np.empty(draws)
    for draw in range(draws):
        has = (generator.random(len(chance)) < chance).astype(np.float64)
        adjusted = np.column_stack([given.columns, has])
        found = rate_effect(given.outcome, time, given.treated, given.clusters[0], given.weight, adjusted).ratio
        logs[draw], variances[draw] = np.log(found.value), found.standard_error**2
    error = float(np.sqrt(variances.mean() + (1 + 1 / draws) * logs.var(ddof=1)))
    return ratio_estimate(float(np.exp(logs.mean())), error, method=f"adjusted for a simulated factor, {draws} draws")


def _chances(given: Matched, years: FloatArray, factor: Unrecorded) -> FloatArray:
    """Return each person's chance of having the factor, given arm and events."""
    chance = np.empty(len(years))
    for arm, share in ((given.treated, factor.in_treated), (~given.treated, factor.in_control)):
        chance[arm] = _in_arm(given.outcome[arm], years[arm], given.weight[arm], share, factor.rate_ratio)
    return chance


def _in_arm(count: FloatArray, years: FloatArray, weight: FloatArray, share: float, ratio: float) -> FloatArray:
    """Return chances that rise with the events by so much that share and rate ratio come out as asked."""
    from scipy.optimize import root

    rate = float(weight @ count / (weight @ years))
    time = weight * years / (weight @ years)

    def chances(found: FloatArray) -> FloatArray:
        return probability(found[0] + found[1] * (count - rate * years))

    def off(found: FloatArray) -> list[float]:
        has = chances(found)
        own, others = float(time @ has), float(time @ (1 - has))
        rates = float((weight * count) @ has) / own, float((weight * count) @ (1 - has)) / others
        return [float(np.log(own / share)), float(np.log(rates[0] / rates[1]) - np.log(ratio))]

    solved = root(off, [float(np.log(share / (1 - share))), float(np.log(ratio))], method="hybr")
    if not solved.success or np.abs(off(solved.x)).max() > 1e-6:
        raise ValueError("no factor of that share and rate ratio fits counts that differ so little; ask for a weaker one")
    return chances(solved.x)
