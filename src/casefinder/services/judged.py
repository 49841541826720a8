"""Is a design fit to proceed? Balance, who is left out, overlap and power, judged without an outcome."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.config.service import ServiceProtocol
from casefinder.matching import Balance, Comparison, Members, balance, minimum_detectable, power, unmatched_compared
from casefinder.matching.balance import VARIANCE_RATIOS
from casefinder.services.columns import Columns, run_up_names
from casefinder.services.designed import Design
from casefinder.services.shares import in_hundred, may_tell

DAYS_A_YEAR: Final = 365.25
UNMATCHED_TOLD: Final = 0.1
"""Above this share without a control, the effect is one in the matchable treated."""
SCORES: Final = ("propensity_score", "prognostic_score")


@dataclass(frozen=True)
class Powered:
    """What the design could show: expected admissions a person-year without the service, and the smallest ratios shown.

    Attributes:
        rate: per person-year, without the service; from the prognostic score, or from the year before where there is none.
        dispersion: a of the variance m + a m^2, from the year before.
        below: rate ratio below 1 that would be shown with a power of 0.8; 0 for none.
        above: the same above 1.
        of_a_fifth: power to show a ratio of 0.8.
    """

    rate: float
    dispersion: float
    below: float
    above: float
    of_a_fifth: float


@dataclass(frozen=True)
class Judged:
    """Everything that is judged about a design.

    Attributes:
        balance: of every column, its square and its product with age.
        main: names of the columns that the verdict rests on: no squares, no products.
        unmatched: treated without a control against those with one, by column.
        estimand: whom the effect is of, in words.
        why_not: why the design is not fit to proceed; empty where it is.
        remarks: what to look at, though the verdict does not rest on it.
    """

    balance: tuple[Balance, ...]
    main: tuple[str, ...]
    unmatched: dict[str, Comparison]
    powered: Powered
    estimand: str
    why_not: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def is_fit(self) -> bool:
        """Whether the design is fit to proceed."""
        return not self.why_not

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        return "Fit to proceed." if self.is_fit else f"Not fit to proceed: {'; '.join(self.why_not)}."


def judge(design: Design) -> Judged:
    """Judge a design against the targets of its protocol."""
    protocol, columns, pairs = design.protocol, design.columns, design.pairs
    among, treated = pairs.members(), design.rows.treated.astype(float)
    strict = [name for name in (*SCORES[1:], *run_up_names(columns.names)) if name in columns.names]
    age = "age" if "age" in columns.names else None
    found = balance(
        columns.values, columns.names, treated, among.row, among.treated.astype(float), among.weight, age, strict
    )
    unmatched = unmatched_compared(columns.values, columns.names, treated, pairs.unmatched)
    powered = _power(design)
    words, told = dict(zip(columns.names, columns.words, strict=True)), _told(columns, among)
    apart, remarks = _imbalance(protocol, found, words, strict, told), _remarks(found, words, powered, told)
    if protocol.is_randomised:
        # Chance leaves small arms apart; that is in the interval, and adjusted for, and no fault of the draw.
        apart, remarks = [], (*remarks, *(f"by chance, {one}" for one in apart))
    why_not = (*apart, *_too_few(protocol, design))
    return Judged(tuple(found), columns.names, unmatched, powered, _estimand(design), why_not, remarks)


def _estimand(design: Design) -> str:
    if design.protocol.is_randomised:
        return "the effect of being invited, by intention to treat"
    if design.pairs.share_unmatched <= UNMATCHED_TOLD:
        return "the effect in those treated"
    return "the effect in the matchable treated: more than a tenth of the treated have nobody comparable"


def _told(columns: Columns, among: Members) -> set[str]:
    """Return the names of the columns whose figures may be told in words."""
    return {name for name in columns.names if may_tell(columns[name][among.row], among.treated, among.weight)}


def _imbalance(
    protocol: ServiceProtocol, found: list[Balance], main: dict[str, str], strict: list[str], told: set[str]
) -> list[str]:
    """Return which columns are further apart than the targets of the protocol; those that may not be told without a name."""
    off, silent = [], False
    for one in found:
        limit = protocol.go.largest_smd_strict if one.name in strict else protocol.go.largest_smd
        if one.name in main and abs(one.after.smd) >= limit:
            silent |= one.name not in told
            off += [f"{main[one.name]} ({one.after.smd:+.2f}, target {limit:g})"] if one.name in told else []
    verb = "is" if len(off) == 1 else "are"
    words = [f"{len(off)} of {len(main)} columns {verb} further apart than the target: {', '.join(off)}"] if off else []
    if silent:
        words.append("of the columns whose figures are withheld, one or more is further apart than the target")
    return words


def _too_few(protocol: ServiceProtocol, design: Design) -> list[str]:
    matched, without = len(np.unique(design.pairs.treated)), len(design.pairs.unmatched)
    if 1 - design.pairs.share_unmatched >= protocol.go.least_matched:
        return []
    share = in_hundred(matched, matched + without)
    return [f"only about {share} in 100 of the treated have a control; {100 * protocol.go.least_matched:.0f} are asked for"]


def overlap_words(manifest: Mapping[str, Any]) -> str:
    """Return how many of the treated lie where candidates do, from rounded counts."""
    eligible = int(dict(manifest["flow"])["eligible at their time zero"])
    inside = in_hundred(round(manifest["overlap"]["share"] * eligible), eligible)
    return f"{inside} in 100 of the treated lie inside the range of candidates' propensity"


def power_words(power: Mapping[str, float]) -> str:
    """Return what a design could show, from the ``below`` and ``above`` of ``Powered``.

    >>> power_words({"below": 0.0, "above": 2.291})
    'no reduction, however large, would be shown with a probability of 0.8; a rise only where it is a ratio of 2.29 or more'
    >>> power_words({"below": 0.713, "above": 1.352})
    'shown with a probability of 0.8 would be a ratio of 0.71 or less, or of 1.35 or more'
    """
    below, above = f"{power['below']:.2f}", f"{power['above']:.2f} or more"
    if below == "0.00":
        return (
            "no reduction, however large, would be shown with a probability of 0.8; "
            f"a rise only where it is a ratio of {above}"
        )
    return f"shown with a probability of 0.8 would be a ratio of {below} or less, or of {above}"


def _remarks(found: list[Balance], main: dict[str, str], powered: Powered, told: set[str]) -> tuple[str, ...]:
    low, high = VARIANCE_RATIOS
    spread = [main[one.name] for one in found if one.name in told & set(main) and not np.isnan(one.after.variance_ratio)
              and not low <= one.after.variance_ratio <= high]  # fmt: skip
    terms = [one.name for one in found if one.name not in main and not abs(one.after.smd) < one.largest_smd]
    words = []
    if spread:
        words.append(f"variance ratio outside {low:g} to {high:g}: {', '.join(spread)}")
    if terms:
        words.append(f"squares and products with age that differ by 0.1 or more: {len(terms)}")
    if powered.of_a_fifth < 0.8:
        words.append(
            f"small: a reduction by a fifth would be shown with a probability of {powered.of_a_fifth:.2f}; "
            f"{power_words(asdict(powered))}"
        )
    return tuple(words)


def _power(design: Design) -> Powered:
    """Return what could be shown, from what is known before time zero."""
    pairs, rows = design.pairs, design.rows
    treated = np.unique(pairs.treated)
    ratio = len(pairs.control) / len(treated)
    years = design.protocol.horizon_days / DAYS_A_YEAR
    ends = np.array(design.protocol.run_up.days)
    inside = ends <= max(365, int(ends[0]))
    before = rows.run_up[:, inside].sum(axis=1).astype(float)
    span = float(ends[inside].max()) / DAYS_A_YEAR
    counts = before[treated] / span
    spread = float(np.var(counts, ddof=1)) if len(counts) > 1 else 0.0
    mean = max(float(counts.mean()), 1e-3)
    dispersion = max(0.0, (spread - mean) / mean**2)
    if design.scores.prognostic is None:
        rate = mean
    else:
        risk = 1 / (1 + np.exp(-design.scores.prognostic[treated]))
        rate = max(float(np.mean(-np.log1p(-np.minimum(risk, 0.999)))) / years, 1e-3)
    low, high = minimum_detectable(len(treated), ratio, rate, years, dispersion)
    return Powered(rate, dispersion, low, high, power(0.8, len(treated), ratio, rate, years, dispersion))


def balance_table(judged: Judged, words: dict[str, str]) -> pd.DataFrame:
    """Return the balance as a table: one row a column, square or product."""
    rows = [
        {
            "name": one.name, "words": words.get(one.name, one.name), "is_main": one.name in judged.main,
            "target": one.largest_smd, "treated": one.before.treated, "candidates": one.before.control,
            "smd_before": one.before.smd, "variance_ratio_before": one.before.variance_ratio, "ks_before": one.before.ks,
            "treated_matched": one.after.treated, "controls": one.after.control, "smd_after": one.after.smd,
            "variance_ratio_after": one.after.variance_ratio, "ks_after": one.after.ks,
        }
        for one in judged.balance
    ]  # fmt: skip
    return pd.DataFrame(rows)


def unmatched_table(judged: Judged, words: dict[str, str]) -> pd.DataFrame:
    """Return the treated without a control against those with one, as a table."""
    rows = [
        {"name": name, "words": words.get(name, name), "unmatched": one.treated, "matched": one.control, "smd": one.smd}
        for name, one in judged.unmatched.items()
    ]
    return pd.DataFrame(rows, columns=["name", "words", "unmatched", "matched", "smd"])
