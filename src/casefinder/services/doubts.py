"""How the finding could be wrong: other designs, negative controls, and what something unrecorded would have to be."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.config.service import ServiceProtocol
from casefinder.evaluation.intervals import Estimate
from casefinder.matching import (
    Unrecorded,
    calibrate,
    e_value,
    rate_effect,
    rosenbaum_bounds,
    sensitivity_gamma,
    simulate_unrecorded,
    systematic_error,
)
from casefinder.services.compiled import SAID
from casefinder.services.counted import amounts, counts, days_inside, people_behind, people_in_arms
from casefinder.services.designed import FIRST
from casefinder.services.effects import Arms, closed, rates
from casefinder.services.followed import DAYS_A_YEAR, Followed
from casefinder.services.measures import MEASURES, Measured
from casefinder.tables import SEXES

GAMMAS: Final = (1.0, 1.1, 1.25, 1.5, 2.0)
FACTORS: Final = tuple(Unrecorded(0.4, share, ratio) for share in (0.3, 0.2) for ratio in (1.5, 2.0, 3.0))
"""Factors that 40 in 100 of the treated have, and fewer controls: frailty that nobody coded, living alone."""
DRAWS: Final = 20
UNTIL_INVITED: Final = "those not drawn followed until they were invited from a later list"
LEAST_EVENTS: Final = 5
"""An outcome with fewer events in an arm says nothing as a negative control."""


@dataclass(frozen=True)
class Doubts:
    """Sensitivity of the primary finding.

    Attributes:
        others: ratio of the primary outcome by design and way of counting.
        controls: ratio of each negative control.
        unrecorded: ratio adjusted for simulated factors.
        bounds: of p at each gamma.
        subgroups: exploratory.
        figures: E-values, gamma, the systematic error and the calibrated ratio.
    """

    others: pd.DataFrame
    controls: pd.DataFrame
    unrecorded: pd.DataFrame
    bounds: pd.DataFrame
    subgroups: pd.DataFrame
    figures: dict[str, float]


Follow = Callable[[str], Followed]


def doubts(protocol: ServiceProtocol, designs: list[str], follow: Follow, complete_to: Mapping[str, str]) -> Doubts:
    """Return everything that could be wrong with the primary finding.

    Args:
        protocol: as signed off.
        designs: names of the signed designs other than the declared one.
        follow: gives the matched people of a design by its name.
        complete_to: how far each feed reaches.
    """
    of, first = MEASURES[protocol.primary], follow(FIRST)
    ratio = rates(first, of).ratio
    controls = _frame(list(_negative(protocol, first, of, complete_to)))
    if protocol.is_randomised:
        return _doubts_of_a_draw(protocol, first, of, controls, ratio)
    figures = {**_e_values(ratio), **_gamma(first, of, ratio), **_calibrated(ratio, controls)}
    others = list(_others(protocol, first, of)) + [
        _counted(name, rates(follow(name), of).ratio, follow(name), of) for name in designs
    ]
    return Doubts(
        _frame(others), controls, _frame(list(_unrecorded(protocol, first, of))), _bounds(first, of, ratio),
        _frame(list(_subgroups(protocol, first, of))), figures,
    )  # fmt: skip


def _doubts_of_a_draw(
    protocol: ServiceProtocol, first: Followed, of: Measured, controls: pd.DataFrame, ratio: Estimate
) -> Doubts:
    """Return what could be wrong where chance settled the arms: nothing that is unrecorded decided who was invited."""
    none = {"e_value": np.nan, "e_value_limit": np.nan, "gamma": np.nan}
    until = replace(first, as_drawn=False)
    others = [*_others(protocol, first, of), _counted(UNTIL_INVITED, rates(until, of).ratio, until, of)]
    return Doubts(
        _frame(others), controls, _frame([]), _bounds_table([]), _frame(list(_subgroups(protocol, first, of))),
        {**none, **_calibrated(ratio, controls)},
    )  # fmt: skip


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["what", "ratio", "low", "high", "error", "treated", "behind"])


def _counted(name: str, ratio: Estimate, followed: Followed, of: Measured) -> dict[str, Any]:
    return _told(name, ratio, followed, people_behind(followed, amounts(followed, of)))


def _told(name: str, ratio: Estimate, followed: Followed, behind: int) -> dict[str, Any]:
    treated = int(followed.rows["treated"].sum())
    return {
        "what": name, "ratio": ratio.value, "low": ratio.low, "high": ratio.high, "error": ratio.standard_error,
        "treated": treated, "behind": behind,
    }  # fmt: skip


def _others(protocol: ServiceProtocol, first: Followed, of: Measured) -> Iterator[dict[str, Any]]:
    """Yield the primary ratio counted in other ways on the declared pairs."""
    yield _counted("as declared", rates(first, of).ratio, first, of)
    yield _counted("adjusted", rates(first, of, True).ratio, first, of)
    days = protocol.alternatives.leave_out_days
    late = first.only(_whole_sets(first, first.stop() > days))
    if _both(late):
        yield _counted(f"without the first {days} days", rates(late, of, first=days).ratio, late, of)
    if not first.as_drawn:
        yield _counted("a set followed until its first control starts", rates(first, of, pairwise=True).ratio, first, of)
    area = first.rows["in_area"].to_numpy(dtype=bool) | first.rows["treated"].to_numpy(dtype=bool)
    for name, keep in (
        ("controls from the same area only", area),
        ("controls from another area only", ~area | _treated(first)),
    ):
        part = first.only(_whole_sets(first, keep))
        if _both(part) and keep.sum() < len(keep):
            yield _counted(name, rates(_reweighted(part), of).ratio, part, of)


def _treated(followed: Followed) -> np.ndarray:
    return followed.rows["treated"].to_numpy(dtype=bool)


def _whole_sets(followed: Followed, keep: np.ndarray) -> np.ndarray:
    """Return the rows to keep whose set still has a treated person and a control."""
    rows = pd.DataFrame({"set": followed.rows["matched_set"], "treated": _treated(followed), "keep": keep})
    own = rows[rows["keep"]].groupby("set")["treated"].nunique()
    return keep & rows["set"].isin(own.index[own == 2]).to_numpy()


def _both(followed: Followed) -> bool:
    return len(followed.rows) > 0 and followed.rows["matched_set"].nunique() > 1


def _reweighted(followed: Followed) -> Followed:
    """Return rows whose controls weigh one in sum again, after some of a set were taken away."""
    rows = followed.rows.copy()
    size = rows.groupby("matched_set")["treated"].transform("size").to_numpy() - 1
    rows["weight"] = np.where(rows["treated"], 1.0, 1 / np.maximum(size, 1))
    return replace(followed, rows=rows)


def _negative(
    protocol: ServiceProtocol, first: Followed, of: Measured, complete_to: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Yield the ratio of each outcome that the service cannot have changed, and of the year before the run-up."""
    for name in protocol.negative_controls:
        own = MEASURES[name]
        kept = first.only(closed(first, own, complete_to))
        if _both(kept) and _events(kept, amounts(kept, own)) >= LEAST_EVENTS:
            yield _told(own.words, rates(kept, own).ratio, kept, _events(kept, amounts(kept, own)))
    last = float(protocol.run_up.days[-1])
    zero = np.full(len(first.rows), -last)
    earlier = days_inside(first, of, -last - 365, zero) if of.kind == "days" else counts(first, of, -last - 365, zero)
    if _events(first, earlier) >= LEAST_EVENTS:
        arms = Arms.of(first.rows)
        years = np.full(len(earlier), 365 / DAYS_A_YEAR)
        found = rate_effect(earlier, years, arms.treated, arms.matched_set, arms.weight, None, arms.person).ratio
        yield _told(f"{of.words} in the year before the run-up", found, first, _events(first, earlier))


def _events(followed: Followed, events: np.ndarray) -> int:
    """Return the people with an event in the arm that has fewer."""
    return min(people_in_arms(followed, events > 0))


def _e_values(ratio: Estimate) -> dict[str, float]:
    if not ratio.value > 0 or not np.isfinite(ratio.value):
        return {"e_value": np.nan, "e_value_limit": np.nan}
    found = e_value(ratio)
    return {"e_value": found.estimate, "e_value_limit": found.limit}


def _differences(followed: Followed, of: Measured) -> np.ndarray:
    """Return, a set, the treated person's rate less the mean of the controls'."""
    rate = amounts(followed, of) / followed.years()
    rows = followed.rows.assign(rate=np.where(_treated(followed), rate, -rate * followed.rows["weight"]))
    return rows.groupby("matched_set")["rate"].sum().to_numpy(dtype=float)


def _side(ratio: Estimate) -> Any:
    return "less" if ratio.value < 1 else "greater"


def _gamma(followed: Followed, of: Measured, ratio: Estimate) -> dict[str, float]:
    apart = _differences(followed, of)
    return {"gamma": sensitivity_gamma(apart, _side(ratio)) if apart.any() else np.nan}


def _bounds(followed: Followed, of: Measured, ratio: Estimate) -> pd.DataFrame:
    apart = _differences(followed, of)
    found = rosenbaum_bounds(apart, GAMMAS, _side(ratio)) if apart.any() else []
    return _bounds_table([{"gamma": one.gamma, "low": one.low, "high": one.high} for one in found])


def _bounds_table(rows: list[dict[str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["gamma", "low", "high"])


def _calibrated(ratio: Estimate, controls: pd.DataFrame) -> dict[str, float]:
    """Return the systematic error that the negative controls show, and the ratio calibrated by it."""
    empty = {name: np.nan for name in ("error_mean", "error_deviation", "calibrated", "calibrated_low", "calibrated_high")}
    if controls.empty or not ratio.standard_error > 0:
        return {**empty, "negative_controls": 0.0}
    columns = [controls[name].to_numpy(dtype=float).tolist() for name in ("ratio", "low", "high", "error")]
    given = [Estimate(*one) for one in zip(*columns, strict=True)]
    usable = [one for one in given if one.value > 0 and np.isfinite(one.value) and one.standard_error > 0]
    if len(usable) < 2:
        return {**empty, "negative_controls": float(len(usable))}
    error = systematic_error(usable)
    found = calibrate(ratio, error).ratio
    return {
        "error_mean": error.mean, "error_deviation": error.deviation, "calibrated": found.value, "calibrated_low": found.low,
        "calibrated_high": found.high, "negative_controls": float(error.controls),
    }  # fmt: skip


def _unrecorded(protocol: ServiceProtocol, first: Followed, of: Measured) -> Iterator[dict[str, Any]]:
    """Yield the ratio adjusted for factors that nobody recorded, drawn as strong as stated."""
    arms, count, years = Arms.of(first.rows), amounts(first, of), first.years()
    for factor in FACTORS if _events(first, count) >= LEAST_EVENTS else ():
        arms_words = f"in {100 * factor.in_treated:.0f} of 100 treated and {100 * factor.in_control:.0f} of 100 controls"
        what = f"{arms_words}, {factor.rate_ratio:g} times the rate"
        try:
            found = simulate_unrecorded(
                count, years, arms.treated, arms.matched_set, factor, arms.weight, draws=DRAWS, seed=protocol.seed
            )
        except ValueError:
            found = Estimate(float("nan"))
        yield _counted(what, found, first, of)


def _subgroups(protocol: ServiceProtocol, first: Followed, of: Measured) -> Iterator[dict[str, Any]]:
    """Yield the ratio in subgroups of the treated, each with its own controls."""
    treated = first.rows[_treated(first)].set_index("matched_set")
    for name in protocol.subgroups:
        for words, sets in _split(name, treated):
            part = first.only(first.rows["matched_set"].isin(sets).to_numpy())
            behind = _events(part, amounts(part, of)) if len(part.rows) else 0
            if _both(part) and behind >= LEAST_EVENTS:
                yield _told(words, rates(part, of).ratio, part, behind)


def _split(name: str, treated: pd.DataFrame) -> Iterator[tuple[str, pd.Index]]:
    column = {"age_65": "age", "sex": "sex", "imd_fifth": "imd_decile"}[name]
    assert column in SAID
    values = treated[f"said_{column}"].to_numpy(dtype=float)
    if name == "age_65":
        yield "under 65", treated.index[values < 65]
        yield "65 and over", treated.index[values >= 65]
    elif name == "sex":
        for place, words in enumerate(SEXES[:2]):
            yield words, treated.index[values == place]
    else:
        yield "most deprived two fifths of areas", treated.index[values <= 4]
        yield "other areas", treated.index[values > 4]
