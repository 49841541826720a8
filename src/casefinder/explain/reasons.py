"""Reasons: the contributions of a score grouped by theme, said only through what is on record.

Contributions and base value add up to the raw score, checked for every person to 1e-6. A reason speaks only through features
that are present, not sensitive and push the same way as their theme; what is absent, or may not be spoken, counts in the sum and
is never a reason.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casefinder.codelists import CodeLists
from casefinder.definitions import Absent, DaysSince, Derived, Feature, Theme
from casefinder.errors import ModelError, Problem
from casefinder.explain.words import said
from casefinder.histories import Block, Concepts, compile_measures, measure
from casefinder.modelling.bundle import Bundle

TOLERANCE = 1e-6
RAISING, LOWERING, PHRASES = 4, 2, 2
"""How many reasons are given that raise the risk and that lower it, and how many phrases each may have."""


@dataclass(frozen=True)
class Reason:
    """One theme's share of a score, in words."""

    theme: Theme
    words: str
    contribution: float
    latest: dt.date | None


@dataclass(frozen=True)
class Explained:
    """Why one person's score is what it is.

    ``by_theme`` with ``base`` adds up to the raw score. ``review`` is what may be worth reviewing; ``unknown`` what is not known.
    """

    raising: tuple[Reason, ...]
    lowering: tuple[Reason, ...]
    review: tuple[str, ...]
    unknown: tuple[str, ...]
    by_theme: dict[Theme, float]
    base: float


class Explainer:
    """Explains scores of one model on one record."""

    def __init__(self, bundle: Bundle, features: Sequence[Feature], concepts: Concepts, codelists: CodeLists) -> None:
        named = {feature.name: feature for feature in features}
        self.bundle = bundle
        self.features = [named[name] for name in bundle.contract.names]
        dated = {one.name: DaysSince(one.select, one.measure.over) for one in self.features  # type: ignore[union-attr]
                 if one.select is not None and "{date}" in one.words and not isinstance(one.measure, DaysSince)}  # fmt: skip
        self._program = compile_measures(dated, concepts, codelists)

    def explain(self, block: Block, index_date: dt.date, values: np.ndarray) -> list[Explained]:
        """Explain everyone of a block.

        Args:
            block: only the people to explain.
            index_date: day 0.
            values: their features, in the order of the contract.

        Raises:
            ModelError: contributions do not add up to the raw score; nothing is explained then.
        """
        contributions = self.bundle.contributions(values)
        check_additivity(contributions, self.bundle.raw_scores(values), self.bundle.label)
        days = measure(block, self._program, [index_date])
        since = dict(zip(self._program.names, days.T, strict=True))
        return [self._one(row, contributions[row], values[row], since, index_date) for row in range(len(values))]

    def _one(
        self, row: int, contribution: np.ndarray, value: np.ndarray, since: dict[str, np.ndarray], index_date: dt.date
    ) -> Explained:
        totals: dict[Theme, float] = {}
        for feature, share in zip(self.features, contribution[:-1], strict=True):
            totals[feature.theme] = totals.get(feature.theme, 0.0) + float(share)
        spoken = [
            (feature, float(share), float(one))
            for feature, share, one in zip(self.features, contribution[:-1], value, strict=True)
            if is_spoken(feature, float(one))
        ]

        def latest(feature: Feature, one: float) -> dt.date | None:
            return _latest(feature, one, since[feature.name][row] if feature.name in since else np.nan, index_date)

        def reasons(sign: int, most: int) -> tuple[Reason, ...]:
            ordered = sorted(totals.items(), key=lambda pair: (-sign * pair[1], pair[0].value))
            found = [
                self._reason(theme, total, sign, [one for one in spoken if one[0].theme is theme], latest, index_date)
                for theme, total in ordered
                if sign * total > 0
            ]
            return tuple([reason for reason in found if reason][:most])

        review = [
            (share, said(feature, one, latest(feature, one), index_date))
            for feature, share, one in spoken
            if feature.review and share > 0
        ]
        return Explained(
            raising=reasons(1, RAISING),
            lowering=reasons(-1, LOWERING),
            review=tuple(words for _share, words in sorted(review, key=lambda pair: (-pair[0], pair[1]))[:3]),
            unknown=tuple(
                feature.unknown_words
                for feature, one in zip(self.features, value, strict=True)
                if feature.unknown_words and is_unknown(feature, float(one))
            ),
            by_theme=totals,
            base=float(contribution[-1]),
        )

    def _reason(
        self,
        theme: Theme,
        total: float,
        sign: int,
        spoken: list[tuple[Feature, float, float]],
        latest,
        index_date: dt.date,  # type: ignore[no-untyped-def]  # noqa: ANN001
    ) -> Reason | None:
        """Return a theme's reason, or None where what may be spoken carries less than half of it."""
        pushing = sorted([one for one in spoken if sign * one[1] > 0], key=lambda one: (-sign * one[1], one[0].name))
        if not pushing or sign * sum(share for _feature, share, _one in pushing) < sign * total / 2:
            return None
        phrases: list[str] = []
        for feature, share, one in pushing:
            if (
                len(phrases) < PHRASES
                and (not phrases or sign * share >= sign * pushing[0][1] / 3)
                and not _covered(feature, pushing, phrases)
            ):
                phrases.append(said(feature, one, latest(feature, one), index_date))
        dates = [date for feature, _share, one in pushing[:PHRASES] if (date := latest(feature, one))]
        return Reason(theme, "; ".join(phrases), total, max(dates) if dates else None)


def _covered(feature: Feature, pushing: list[tuple[Feature, float, float]], phrases: list[str]) -> bool:
    """Say whether a feature says again, over another window, what the strongest one has said."""
    if not phrases:
        return False
    first = pushing[0][0]
    return (
        feature.select is not None
        and feature is not first
        and feature.select == first.select
        and type(feature.measure) is type(first.measure)
    )


def is_spoken(feature: Feature, value: float) -> bool:
    """Say whether a value is on record and may be spoken: nothing absent is ever a reason."""
    if feature.sensitive or not feature.words or np.isnan(value):
        return False
    if feature.categories:
        return feature.categories[int(value)] not in ("unknown", "other")
    return feature.absent is Absent.UNKNOWN or value != 0


def is_unknown(feature: Feature, value: float) -> bool:
    """Say whether nobody knows the value."""
    return bool(np.isnan(value)) or (bool(feature.categories) and feature.categories[int(value)] == "unknown")


def _latest(feature: Feature, value: float, days: float, index_date: dt.date) -> dt.date | None:
    """Return the date of a feature's latest fact, or of the fact itself."""
    if isinstance(feature.measure, Derived):
        return None
    ago = value / feature.scale if isinstance(feature.measure, DaysSince) else days
    return None if np.isnan(ago) else index_date - dt.timedelta(days=round(ago))


def check_additivity(contributions: np.ndarray, raw_scores: np.ndarray, model: str) -> None:
    """Raise unless every row of contributions adds up to its raw score.

    Raises:
        ModelError: naming the model and the largest gap.
    """
    gap = float(np.max(np.abs(contributions.sum(axis=1) - raw_scores), initial=0.0))
    if gap > TOLERANCE:
        problem = Problem(model, f"contributions miss the raw score by up to {gap:.2g}; {TOLERANCE:g} is allowed")
        raise ModelError("Reasons would not be true, so none are given:", [problem], "Fit the model again.")
