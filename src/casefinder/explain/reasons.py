"""Reasons: the contributions of a score grouped by theme, said only through what is on record.

Contributions and base value add up to the raw score, checked for every person to 1e-6. A reason speaks only through features
that are present, not sensitive and push the same way as their theme; what is absent, or may not be spoken, counts in the
sum and is never a reason. That a condition is on record or care was used is never said to lower a risk: among features that
go together the model may well share it out so, and a reader would take it for a cause.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from casefinder.codelists import CodeLists
from casefinder.definitions import Absent, Change, DaysSince, Derived, Feature, Theme
from casefinder.errors import ModelError, Problem
from casefinder.explain.words import said
from casefinder.histories import Block, Concepts, compile_measures, measure
from casefinder.modelling.bundle import Bundle

TOLERANCE = 1e-6
RAISING, LOWERING, PHRASES, REVIEWED = 4, 2, 2, 3
"""How many reasons raise the risk and lower it, how many phrases each may have, how much may be worth reviewing."""
BACKGROUND = (Theme.AGE, Theme.AREA, Theme.USUAL)
"""Ideas that are true of nearly everyone on a list and tell a team least about whom it is looking at."""
MAY_LOWER = (Theme.AGE, Theme.AREA)
"""What may be said to lower a risk: who the person is and where. A measure that lowers one may still be a poor one."""


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

    ``by_theme`` with ``base`` adds up to the raw score; ``review`` may be worth reviewing; ``unknown`` is what nobody knows.
    """

    raising: tuple[Reason, ...]
    lowering: tuple[Reason, ...]
    review: tuple[str, ...]
    unknown: tuple[str, ...]
    by_theme: dict[Theme, float]
    base: float


class Explainer:
    """Explains scores of one model on one record.

    Of a feature that is ``not_supplied`` nothing is said: that a feed is missing says nothing about a person.
    """

    def __init__(
        self,
        bundle: Bundle,
        features: Sequence[Feature],
        concepts: Concepts,
        codelists: CodeLists,
        not_supplied: Collection[str] = (),
        currency: str = "£",
    ) -> None:
        named = {feature.name: feature for feature in features}
        self.bundle = bundle
        self._not_supplied, self._currency = frozenset(not_supplied), currency
        self.features = [named[name] for name in bundle.contract.names]
        dated = {one.name: DaysSince(one.select, one.measure.over) for one in self.features  # type: ignore[union-attr]
                 if one.select is not None and "{date}" in one.words and not isinstance(one.measure, DaysSince)}  # fmt: skip
        self._program = compile_measures(dated, concepts, codelists)
        self._themes = list(dict.fromkeys(feature.theme for feature in self.features))
        self._theme = np.array([self._themes.index(feature.theme) for feature in self.features])

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
        column = {name: place for place, name in enumerate(self._program.names)}
        place = np.array([column.get(one.name, -1) for one in self.features])
        since = np.where(place >= 0, days[:, place], np.nan) if days.shape[1] else np.full(values.shape, np.nan)
        speaks = (contributions[:, :-1] != 0) & spoken(self.features, values)
        asks = np.array([bool(one.unknown_words) and one.name not in self._not_supplied for one in self.features])
        missing = asks & unknown(self.features, values)
        return [
            self._one(contributions[row], values[row], since[row], np.flatnonzero(speaks[row]), missing[row], index_date)
            for row in range(len(values))
        ]

    def _one(
        self, contribution: np.ndarray, value: np.ndarray, since: np.ndarray, speaks: np.ndarray, missing: np.ndarray,
        index_date: dt.date,
    ) -> Explained:  # fmt: skip
        """Explain one person, from the places of the features that may be spoken and which are not known."""
        sums = np.bincount(self._theme, contribution[:-1], len(self._themes)).tolist()
        totals = dict(zip(self._themes, sums, strict=True))
        said_of: dict[Theme, list[_Said]] = {theme: [] for theme in self._themes}
        for place in speaks.tolist():
            feature, one = self.features[place], float(value[place])
            latest = _latest(feature, one, float(since[place]), index_date)
            words = said(feature, one, latest, index_date, self._currency)
            said_of[feature.theme].append(_Said(feature, float(contribution[place]), words, latest, one))
        every = (one for told in said_of.values() for one in told)
        review = sorted((one for one in every if one.is_worth_reviewing()), key=lambda one: (-one.share, one.words))
        return Explained(
            raising=background_last(_reasons(totals, said_of, 1)[:RAISING]),
            lowering=_reasons(totals, said_of, -1)[:LOWERING],
            review=tuple(one.words for one in review[:REVIEWED]),
            unknown=tuple(self.features[place].unknown_words for place in np.flatnonzero(missing).tolist()),
            by_theme=totals,
            base=float(contribution[-1]),
        )


@dataclass(frozen=True)
class _Said:
    """A feature that may be spoken of one person: its share of the score, its words, and the date of its latest fact."""

    feature: Feature
    share: float
    words: str
    latest: dt.date | None
    value: float

    def is_worth_reviewing(self) -> bool:
        """Say whether a team might look at it again: not at what a category says was never so, nor at a small change."""
        feature = self.feature
        if not feature.review or self.share <= 0 or isinstance(feature.measure, Change):
            return False
        return not feature.categories or feature.categories[int(self.value)] != "never"

    def repeats(self, other: "_Said") -> bool:
        """Say whether this says again, over another window, what the other has said."""
        mine, theirs = self.feature, other.feature
        return mine.select is not None and mine.select == theirs.select and type(mine.measure) is type(theirs.measure)


def _reasons(totals: dict[Theme, float], said_of: dict[Theme, list[_Said]], sign: int) -> tuple[Reason, ...]:
    """Return the themes that push one way, the strongest first, as far as they may be spoken."""
    ordered = sorted(totals.items(), key=lambda pair: (-sign * pair[1], pair[0].value))
    found = [_reason(theme, total, said_of[theme], sign) for theme, total in ordered]
    return tuple(reason for reason in found if reason is not None)


def background_last(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Return reasons in their order, but those that no team can look into after those that it can."""
    return tuple(sorted(reasons, key=lambda reason: reason.theme in BACKGROUND))


def _reason(theme: Theme, total: float, said_of: list[_Said], sign: int) -> Reason | None:
    """Return a theme's reason, or None where it pushes the other way or what may be spoken carries less than half of it."""
    pushing = [one for one in said_of if sign * one.share > 0 and (sign > 0 or one.feature.theme in MAY_LOWER)]
    pushing.sort(key=lambda one: (-sign * one.share, one.feature.name))
    if sign * total <= 0 or sign * sum(one.share for one in pushing) < sign * total / 2:
        return None
    phrases = pushing[:1]
    for one in pushing[1:]:
        strong = sign * one.share >= sign * pushing[0].share / 3
        if len(phrases) < PHRASES and strong and not any(one.repeats(other) for other in phrases):
            phrases.append(one)
    dates = [one.latest for one in phrases if one.latest]
    return Reason(theme, "; ".join(one.words for one in phrases), total, max(dates) if dates else None)


def spoken(features: Sequence[Feature], values: np.ndarray) -> np.ndarray:
    """Say of each value (people, features) whether it is on record and may be spoken: nothing absent is ever a reason."""
    may = np.array([bool(one.words) and not one.sensitive for one in features])
    zero_too = np.array([bool(one.categories) or one.absent is Absent.UNKNOWN for one in features])
    found = may & ~np.isnan(values) & (zero_too | (values != 0))
    return np.asarray(found & ~_is_one_of(features, values, ("unknown", "other")))


def unknown(features: Sequence[Feature], values: np.ndarray) -> np.ndarray:
    """Say of each value (people, features) whether nobody knows it."""
    return np.asarray(np.isnan(values) | _is_one_of(features, values, ("unknown",)))


def _is_one_of(features: Sequence[Feature], values: np.ndarray, names: Collection[str]) -> np.ndarray:
    """Say of each value whether it is one of these categories."""
    found = np.zeros(values.shape, dtype=bool)
    for place, feature in enumerate(features):
        numbers = [number for number, name in enumerate(feature.categories) if name in names]
        if numbers:
            found[:, place] = np.isin(values[:, place], numbers)
    return found


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
