"""A comparison of practices as tables whose every column declares its kind of figure."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from casefinder.comparison import limits_around_one, u_chart, usual_interval, xmr_chart
from casefinder.disclosure import (
    Column,
    Count,
    ExactTable,
    Expected,
    FromShown,
    Judgement,
    Label,
    ModelOutput,
    Money,
    Policy,
    Rate,
    Ratio,
    RatioLimit,
    Shortfall,
)
from casefinder.practices.comparing import NOT_COMPARED, WITHIN, Compared, own_spread
from casefinder.practices.shares import Share
from casefinder.practices.year import MONTHS
from casefinder.reports.funnel_chart import Limits

PRACTICE, EXPECTED, RATIO, POSITION = "Practice", "Expected", "Observed / expected", "Against expectation"
SIGNAL: Final = "Chart"
PER: Final = 1000
NO_SIGNAL: Final = "no signal"
NOT_JUDGED: Final = "not judged: some months are withheld"
_RUN_WORDS: Final = "A run is seven months or more on one side of it."


def practice_table(found: Compared, policy: Policy) -> ExactTable:
    """Return one row a practice: its figures, where it stands in the funnel, and how far that can be relied on."""
    measure = found.measure
    rows = _with_limits(found.practices, found, policy).assign(practice=_named(found.practices))
    rows["expected"] = rows["expected"].where(found.funnel.compared)  # nothing is compared with so little
    money = measure.is_money
    had = "had" if measure.is_amount else ""
    observed = Money("observed", "had") if money else Count("observed", had)
    expected = Money("expected", "people") if money else Expected("observed", "expected")
    ratio, low, high = _money_ratio() if money else _ratio(found, had)
    columns = [
        Column(PRACTICE, Label("practice")),
        Column("People, on average", Count("people")),
        Column(measure.title, observed),
        Column(EXPECTED, expected),
        Column(RATIO, ratio),
        Column("Low", low),
        Column("High", high),
        Column(POSITION, Judgement("position", _behind(found), (NOT_COMPARED,))),
        Column("Reliability", FromShown((EXPECTED,), _Reliability(found), 2)),
        Column("What to do", Judgement("reading", _behind(found))),
    ]
    if not measure.is_amount:
        columns.insert(3, Column(f"For each {PER:,} people", Rate("observed", "people", PER)))
    columns += [
        Column(
            "Standardised, £ a person" if money else f"Standardised, for each {PER:,}",
            ModelOutput("standardised", "had", 0 if money else 1),
        ),
        Column("Its low", ModelOutput("standardised_low", "had", 0 if money else 1)),
        Column("Its high", ModelOutput("standardised_high", "had", 0 if money else 1)),
    ]
    return ExactTable(
        "practices", f"{measure.title} of each practice, {found.year.words}", rows, tuple(columns), _note(found)
    )


def _behind(found: Compared) -> tuple[str, ...]:
    """Return the counts that a judgement of a practice rests on."""
    return ("had",) if found.measure.is_amount else ("observed",)


def judged(found: Compared, policy: Policy) -> np.ndarray:
    """Return the practices of whom the report says where they stand: compared, and none of their counts is withheld."""
    behind = found.practices[_behind(found)[0]]
    return np.asarray(found.funnel.compared & np.array([policy.count(int(one)) is not None for one in behind]))


def _named(rows: pd.DataFrame) -> pd.Series:
    return rows["practice"] + " (" + rows["code"] + ")"


def _note(found: Compared) -> str:
    return (
        f"Limits are of {100 * found.level:g} %. A ratio compares a practice with all people here, not with another: use "
        "the rate standardised for age for that. "
        "Expected counts are shown so that, beside the ratio, they give no exact count away."
    )


class _Reliability:
    """tau² / (tau² + s²), for the expected figure as it is shown."""

    def __init__(self, found: Compared) -> None:
        self.found, self.scale = found, 0.25 if found.recipe == "sqrt" else 1.0

    def __call__(self, expected: float) -> float:
        own = self.scale * float(own_spread(np.array(expected), whole_of(self.found), self.found.spread)) / expected
        return self.found.funnel.tau2 / (self.found.funnel.tau2 + own)


def whole_of(found: Compared) -> float:
    """Return what is expected of all practices together."""
    return float(found.practices["expected"].sum())


def _ratio(found: Compared, had: str) -> tuple[Ratio, RatioLimit, RatioLimit]:
    def limits(count: int) -> tuple[float, float]:
        low, high = usual_interval(count / found.spread, found.level)
        return low * found.spread, high * found.spread

    low, high = (RatioLimit("observed", "expected", limits, upper, had) for upper in (False, True))
    return Ratio("observed", "expected", had), low, high


def _money_ratio() -> tuple[ModelOutput, ModelOutput, ModelOutput]:
    return ModelOutput("ratio", "had", 2), ModelOutput("ratio_low", "had", 2), ModelOutput("ratio_high", "had", 2)


def _with_limits(rows: pd.DataFrame, found: Compared, policy: Policy) -> pd.DataFrame:
    """Return standardised rates with limits taken of the rounded count, and ratios of sums of money.

    The limits are carried to the scale of the rate as those of a ratio are: where all events fall into one band, the rate
    over Dobson's own scale is the exact count.
    """
    shown = np.array([policy.count(int(seen)) or 0 for seen in rows["observed"]])
    ends = np.array([usual_interval(count / found.spread, found.level) for count in shown]) * found.spread
    scale = rows["dobson"] * np.where(shown > 0, rows["observed"] / np.maximum(shown, 1), 1.0)
    away = (ends - shown[:, None]) * scale.to_numpy()[:, None]
    rates = rows["standardised"].to_numpy()[:, None] + away
    due, per = rows["expected"].where(rows["expected"] > 0), 1 if found.measure.is_money else PER
    return rows.assign(
        standardised=per * rows["standardised"],
        standardised_low=per * np.maximum(0.0, rates[:, 0]),
        standardised_high=per * rates[:, 1],
        ratio=rows["observed"] / due,
        ratio_low=ends[:, 0] / due,
        ratio_high=ends[:, 1] / due,
    )


def month_words(found: Compared) -> list[str]:
    """Return the months of the year in words."""
    return [f"{month:%b %Y}" for month in found.year.months]


def over_time_table(found: Compared, policy: Policy) -> ExactTable:
    """Return one row a practice: expected less observed so far, month by month, and what its charts say."""
    rows = pd.DataFrame({"practice": _named(found.practices), "had": found.practices["had"]})
    rows["observed"], rows["expected"] = found.practices["observed"], found.practices["expected"]
    so_far, due = found.monthly.cumsum(axis=1), found.monthly_expected.cumsum(axis=1)
    rows["signal"] = _signals(found, _told_months(found, policy))
    columns = [Column(PRACTICE, Label("practice")), Column(SIGNAL, Judgement("signal", _behind(found)))]
    for month, words in enumerate(month_words(found)):
        rows[f"seen {month}"], rows[f"had {month}"] = so_far[:, month], found.had_so_far[:, month]
        rows[f"part {month}"] = np.divide(due[:, month], due[:, -1], out=np.zeros(len(due)), where=due[:, -1] > 0)
        if found.measure.is_money:
            rows[f"less {month}"] = due[:, month] - so_far[:, month]
        columns.append(Column(words, _less(found, month)))
    note = f"Expected less observed, added up over the months: above 0, {found.measure.fewer} than expected so far."
    return ExactTable("over-time", f"{found.measure.title} over {found.year.words}", rows, tuple(columns), note)


def _less(found: Compared, month: int) -> Money | Shortfall:
    if found.measure.is_money:
        return Money(f"less {month}", f"had {month}")
    had = ("had", f"had {month}") if found.measure.is_amount else ()
    return Shortfall(f"seen {month}", f"part {month}", "observed", "expected", had)


def _told_months(found: Compared, policy: Policy) -> np.ndarray:
    """Return (practices, months) True where the count so far is shown: a signal before would bound one that is withheld."""
    so_far = found.had_so_far if found.measure.is_amount else found.monthly.cumsum(axis=1)
    return np.array([[policy.count(int(one)) is not None for one in row] for row in so_far]).reshape(so_far.shape)


def _signals(found: Compared, told: np.ndarray) -> list[str]:
    """Return in words in which months the charts of each practice signalled."""
    sides = [(one.more.signals if one.more else (), one.fewer.signals if one.fewer else ()) for one in found.charts]
    return [signals(more, fewer, own, found) for (more, fewer), own in zip(sides, told, strict=True)]


def signals(more: Sequence[int], fewer: Sequence[int], told: np.ndarray, found: Compared) -> str:
    """Return in words in which months charts signalled, of those of which it may be told."""
    words, said = month_words(found), []
    for name, months in (("more than expected", more), (f"{found.measure.fewer} than expected", fewer)):
        shown = [words[month] for month in months if told[month]]
        said += [f"{name}: {', '.join(shown)}"] if shown else []
    return "; ".join(said) or NO_SIGNAL


def share_table(found: Compared, share: Share, policy: Policy) -> ExactTable:
    """Return one row a practice: the measure as a share of its trials, and what its charts of single outcomes say."""
    of, told = found.measure.trial_words, _told_months(found, policy)
    rows = pd.DataFrame({"practice": _named(found.practices), "trials": share.trials, "outcomes": share.outcomes})
    rows["expected"] = 100 * np.divide(share.expected, share.trials, out=np.full(len(rows), np.nan), where=share.trials > 0)
    rows["signal"] = [signals(*one, found) for one in zip(share.more, share.fewer, told, strict=True)]
    columns = (
        Column(PRACTICE, Label("practice")),
        Column(of.capitalize(), Count("trials")),
        Column(found.measure.title, Count("outcomes")),
        Column("In 100", Rate("outcomes", "trials", 100)),
        Column("Expected in 100", ModelOutput("expected", "trials", 1)),
        Column(SIGNAL, Judgement("signal", ("outcomes", "trials"))),
    )
    title = f"{found.measure.title} of all {of}, {found.year.words}"
    return ExactTable("share", title, rows, columns)


def month_table(found: Compared, people: int, policy: Policy) -> ExactTable:
    """Return one row a month over all practices, with the limits of a control chart, from figures as they are shown."""
    totals = found.monthly.sum(axis=0)
    rows = pd.DataFrame({"month": month_words(found), "events": totals, "people": people, "had": found.had_in_month})
    return _money_months(found, rows, policy) if found.measure.is_money else _counted_months(found, rows, people, policy)


def _money_months(found: Compared, rows: pd.DataFrame, policy: Policy) -> ExactTable:
    """Return the months of a sum of money: an XmR chart, since pounds are no count."""
    shown = np.array([policy.money(pounds, int(had)) or 0 for pounds, had in zip(rows["events"], rows["had"], strict=True)])
    chart = xmr_chart(shown)
    rows["mean"], rows["low"], rows["high"] = chart.mean, np.maximum(0.0, chart.low), chart.high
    rows["signal"] = _month_signals(chart.signals)
    columns = (
        Column("Month", Label("month")), Column(found.measure.title, Money("events", "had")),
        Column("Mean", Money("mean", "people")), Column("Low", Money("low", "people")),
        Column("High", Money("high", "people")), Column(SIGNAL, Label("signal")),
    )  # fmt: skip
    note = f"Limits 2.66 mean moving ranges from the mean (XmR chart). {_RUN_WORDS}"
    return ExactTable("months", f"{found.measure.title} by month, all practices", rows, columns, note)


def _counted_months(found: Compared, rows: pd.DataFrame, people: int, policy: Policy) -> ExactTable:
    """Return the months of a count: a u-chart of the rate, where every month can be shown."""
    had = "had" if found.measure.is_amount else ""
    counts = [policy.count(int(total)) for name in ("events", had) if name for total in rows[name]]
    if None in counts:
        rows[["low", "high", "mean"]], rows["signal"] = np.nan, NOT_JUDGED
    else:
        shown = np.array(counts[: len(rows)], dtype=float)
        chart = u_chart(shown / found.spread, np.full(len(shown), max(1, policy.count(people) or 1)))
        rows["low"], rows["high"], rows["mean"] = (PER * found.spread * one for one in (chart.low, chart.high, chart.mean))
        rows["signal"] = _month_signals(chart.signals)
    columns = (
        Column("Month", Label("month")),
        Column(found.measure.title, Count("events", had)),
        Column(f"For each {PER:,} people", Rate("events", "people", PER)),
        Column("Mean", ModelOutput("mean", "people", 1)),
        Column("Low", ModelOutput("low", "people", 1)),
        Column("High", ModelOutput("high", "people", 1)),
        Column(SIGNAL, Label("signal")),
    )
    note = f"Limits three standard deviations from the mean (u-chart). {_RUN_WORDS}"
    return ExactTable("months", f"{found.measure.title} by month, all practices", rows, columns, note)


def _month_signals(signalled: Sequence[int]) -> list[str]:
    return ["outside, or in a run" if month in signalled else WITHIN for month in range(MONTHS)]


def curve_limits(found: Compared, level: float, chance: bool = False) -> Limits:
    """Return what gives the limits of a curve of the funnel for expected counts; by chance alone where asked."""
    recipe, tau2 = (found.recipe, 0.0 if chance else found.funnel.tau2)

    def limits(expected: Sequence[float]) -> tuple[list[float], list[float]]:
        due = np.asarray(expected, dtype=float)
        low, high = limits_around_one(due / own_spread(due, whole_of(found), found.spread), level, recipe, tau2)
        return low.tolist(), high.tolist()

    return limits
