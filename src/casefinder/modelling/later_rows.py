"""Rows on which a version may be recalibrated: people it never fitted on, at index dates after those it was calibrated on.

They are the people of its own calibration part, by its own seed and shares, and every outcome window has closed, with the
reporting lag, before the test date of the newest record. A person may stand at several of the dates, so whatever is worked
out from these rows must count a person once.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.codelists import CodeLists
from casefinder.config.model import ModelSettings
from casefinder.dates import add_months, to_day
from casefinder.disclosure import DEFAULT, shown
from casefinder.errors import ModelError, Problem
from casefinder.evaluation.closed_test import LEAST_EVENTS
from casefinder.histories import Histories
from casefinder.modelling.bundle import Bundle
from casefinder.modelling.matrix import Ingredients, Matrix, assemble
from casefinder.modelling.service_starts import ServicesAndLists
from casefinder.modelling.splits import CALIBRATE, FIT, STOP, TEST, Plan, parts_of
from casefinder.modelling.stored_rows import Storage
from casefinder.modelling.train import Prepared, dates_of, ingredients, lag_days

LEAST: Final = LEAST_EVENTS
"""Fewest people with the outcome on whom a version is recalibrated."""

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class LaterRows:
    """The rows of the calibration part at later index dates and of the test part at the test date, in the contract's order.

    ``overlap_days`` says how many days of the first outcome window the version had been calibrated on already.
    """

    prepared: Prepared
    plan: Plan
    overlap_days: int
    rules: tuple[str, ...]
    not_supplied: tuple[str, ...]


def later_rows(
    bundle: Bundle,
    settings: ModelSettings,
    histories: Histories,
    codelists: CodeLists,
    storage: Storage,
    tell: Tell,
    lists: ServicesAndLists | None = None,
    least: int = LEAST,
) -> LaterRows:
    """Return the rows on which a version may be recalibrated, and those on which the result is tested.

    Args:
        bundle: the version.
        settings: its own, but for the months of the split and what is done about people served, which are those of now.
        histories: of the newest record.
        codelists: of the site.
        storage: where rows are kept as long as they are looked at.
        tell: called with the stage, what is done of it and all of it.
        lists: what is known of lists and services.
        least: fewest people with the outcome.

    Raises:
        ModelError: the record reaches no later than the one the version was made on, its people with the outcome are too
            few, or the version does not fit its features.
    """
    ready = ingredients(histories, settings, codelists, lists)
    manifest = histories.version.manifest
    bundle.contract.check(ready.features.features, codelists, manifest["supplied"], bundle.label)
    planned = dates_of(histories, settings)
    lag = lag_days(manifest, ready.outcome.outcome)
    used = _dates(bundle, "calibrate")
    candidates = candidate_dates(max(used), planned.test_date, settings.horizon_days, lag)
    if planned.test_date <= max(_dates(bundle, "test")) or not candidates:
        raise _not_newer(bundle, planned.test_date, settings)
    found = _with_outcome(PeopleWithOutcome(ready, settings, candidates), storage, tell)
    first = [date for date in planned.dates[CALIBRATE] if date in candidates] or candidates[-1:]
    dates = chosen_dates(found, first, used, least)
    _check_enough(found, dates, bundle, least)
    plan = Plan({FIT: (), STOP: (), CALIBRATE: dates, TEST: (planned.test_date,)}, settings.split)
    matrix = assemble(ready, plan, storage, lambda done, whole: tell("features", done, whole))
    overlap = max(0, to_day(max(used)) + settings.horizon_days - to_day(dates[0]))
    prepared = _prepared(matrix, ready, bundle)
    return LaterRows(prepared, plan, overlap, tuple(ready.cohort.rules), tuple(ready.features.not_supplied()))


def _dates(bundle: Bundle, part: str) -> tuple[dt.date, ...]:
    return tuple(dt.date.fromisoformat(date) for date in bundle.about["index_dates"][part])


def _prepared(matrix: Matrix, ready: Ingredients, bundle: Bundle) -> Prepared:
    """Return the matrix with its columns as the version expects them."""
    named = {feature.name: (place, feature) for place, feature in enumerate(ready.features.features)}
    wanted = [named[name] for name in bundle.contract.names]
    return Prepared(matrix, tuple(feature for _, feature in wanted), matrix.features[:, [place for place, _ in wanted]])


def candidate_dates(used: dt.date, test: dt.date, horizon_days: int, lag: int) -> tuple[dt.date, ...]:
    """Return the firsts of the months after ``used`` whose outcomes were known at the test date.

    >>> [str(date) for date in candidate_dates(dt.date(2023, 1, 1), dt.date(2024, 5, 1), 365, 30)]
    ['2023-02-01', '2023-03-01', '2023-04-01']
    """
    found, date = [], add_months(used, 1)
    while to_day(date) + horizon_days + lag <= to_day(test):
        found.append(date)
        date = add_months(date, 1)
    return tuple(found)


def chosen_dates(
    found: Mapping[dt.date, frozenset[str]], first: Sequence[dt.date], used: Sequence[dt.date], least: int
) -> tuple[dt.date, ...]:
    """Return the dates to recalibrate at: the first ones, and as many more as it takes to reach enough people.

    Each further date is the one farthest from every date taken already, those of the version included, since its people have
    the most that is new to tell; of two as far, the later.

    Args:
        found: the people with the outcome at each date that may be taken.
        first: dates that are taken in any case.
        used: dates at which the version was calibrated.
        least: fewest people with the outcome, each counted once.
    """
    chosen = list(first)
    while len(_people(found, chosen)) < least and len(chosen) < len(found):
        taken = [*used, *chosen]
        left = [date for date in found if date not in chosen]
        chosen.append(max(left, key=lambda date: (min(abs((date - one).days) for one in taken), date)))
    return tuple(sorted(chosen))


def _people(found: Mapping[dt.date, frozenset[str]], dates: Sequence[dt.date]) -> frozenset[str]:
    return frozenset().union(*(found[date] for date in dates))


@dataclass(frozen=True)
class PeopleWithOutcome:
    """Tells the people of the calibration part of a block who had the outcome at each date, called with its number."""

    ready: Ingredients
    settings: ModelSettings
    dates: tuple[dt.date, ...]

    def __call__(self, number: int) -> dict[dt.date, list[str]]:
        """Return them; no feature is worked out for it."""
        block = self.ready.histories.block(number)
        own = block.only(parts_of(block.people, self.settings.split) == CALIBRATE)
        keep = self.ready.cohort.rows(own, self.dates).included
        seen = self.ready.outcome.rows(own, self.dates, keep).observed == 1
        person, when = (place[seen] for place in np.nonzero(keep))
        people = np.asarray(own.people.to_numpy(zero_copy_only=False))[person]
        return {date: people[when == place].tolist() for place, date in enumerate(self.dates)}


def _with_outcome(asked: PeopleWithOutcome, storage: Storage, tell: Tell) -> dict[dt.date, frozenset[str]]:
    """Return the people of the calibration part who had the outcome at each date."""
    found: dict[dt.date, set[str]] = {date: set() for date in asked.dates}
    numbers = asked.ready.histories.numbers
    tell("counting outcomes", 0, len(numbers))
    with storage.tasks() as each:
        for done, block in enumerate(each(asked, numbers), start=1):
            for date, people in block.items():
                found[date].update(people)
            tell("counting outcomes", done, len(numbers))
    return {date: frozenset(people) for date, people in found.items()}


def _check_enough(found: Mapping[dt.date, frozenset[str]], dates: Sequence[dt.date], bundle: Bundle, least: int) -> None:
    events = len(_people(found, dates))
    if events >= least:
        return
    there = shown(DEFAULT.count(events))
    span = f"{dates[0]} to {dates[-1]}" if len(dates) > 1 else f"{dates[0]}"
    split = bundle.about["settings"]["split"]
    share = f"{100 * split['calibrate_share']:g} in 100 people were kept for it"
    raise ModelError(
        f"{bundle.label} cannot be recalibrated: there are too few people with the outcome:",
        [Problem("calibrate", f"{least} are needed, there are {there} (rounded) at index dates {span}; {share}")],
        f"Link more people or later extracts, or fit a version with a larger split.calibrate_share: "
        f"casefinder train {bundle.name} --workspace DIR",
    )


def _not_newer(bundle: Bundle, test: dt.date, settings: ModelSettings) -> ModelError:
    """Return why there is nothing later to recalibrate on, and what to do."""
    tested, used = max(_dates(bundle, "test")), max(_dates(bundle, "calibrate"))
    problem = Problem("test date", f"{test} now; the version was calibrated at {used} and tested at {tested}")
    pinned = settings.split.index_date
    if pinned:
        remedy = f"The model's file holds the test date at {pinned}: take split.index_date out, or give a later one."
    else:
        remedy = "Link later extracts first: casefinder link --site FILE --workspace DIR --extract-date DATE"
    return ModelError(f"The newest record holds no outcomes later than those {bundle.label} was made on:", [problem], remedy)
