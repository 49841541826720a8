"""The validation ladder: a later date, places left out of the fit, and how much is gained by more people.

Rows are never split at random. A group left out (a GP cluster, a practice) gives nothing to the fit, to its stopping or to
its calibration, and is tested at the test date with everyone it then has; nobody tested stands in the fit under another
group. Source: Debray et al. 2023 BMJ 380:e071018; Royston et al. 2004 Stat Med 23:907.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from casefinder.codelists import CodeLists
from casefinder.config.model import ModelSettings
from casefinder.disclosure import DEFAULT, shown
from casefinder.errors import ModelError, Problem
from casefinder.histories import Histories
from casefinder.histories.practices import Practices
from casefinder.modelling.calibrate import MIN_EVENTS as MIN_CALIBRATION_EVENTS
from casefinder.modelling.calibrate import Calibrator, fit_calibrator
from casefinder.modelling.figures import figures
from casefinder.modelling.logistic import Logistic, fit_logistic_model
from casefinder.modelling.matrix import assemble
from casefinder.modelling.sampling import at_most
from casefinder.modelling.service_starts import ServicesAndLists
from casefinder.modelling.splits import CALIBRATE, FIT, PARTS, STOP, TEST, Plan, draws
from casefinder.modelling.stored_rows import Storage
from casefinder.modelling.train import MIN_EVENTS, Prepared, TooFewEvents, dates_of, ingredients
from casefinder.modelling.trees import Trees, fit_trees

SHARES: Final = (0.125, 0.25, 0.5, 1.0)
"""Shares of the people fitted on at which the learning curve is read; the smaller lie within the larger."""
CLUSTER, PRACTICE = "cluster", "practice"
FEWEST_GROUPS: Final = 2
_LEAST: Final = ((FIT, MIN_EVENTS), (STOP, 1), (CALIBRATE, MIN_CALIBRATION_EVENTS))

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Ladder:
    """Rows of people at index dates for every rung: what a fit uses, and everyone at the test date.

    ``used`` says for each part which rows it uses; ``at_test`` which stand at the test date; ``person`` numbers people;
    ``groups`` holds the cluster and the practice of each row at its own date.
    """

    settings: ModelSettings
    plan: Plan
    prepared: Prepared
    used: np.ndarray
    at_test: np.ndarray
    person: np.ndarray
    groups: dict[str, np.ndarray]


def ladder(
    histories: Histories,
    settings: ModelSettings,
    codelists: CodeLists,
    practices: Practices,
    storage: Storage,
    tell: Tell,
    lists: ServicesAndLists | None = None,
) -> Ladder:
    """Return the rows of a model's validation: its own, and at the test date everybody's.

    They can be read as long as ``storage`` stands.

    Raises:
        ModelError: the outcome was not observed for long enough.
    """
    ready, plan = ingredients(histories, settings, codelists, lists), dates_of(histories, settings)
    everyone = Plan({part: tuple(sorted({*dates, plan.test_date})) for part, dates in plan.dates.items()}, plan.settings)
    matrix = assemble(ready, everyone, storage, lambda done, whole: tell("features", done, whole))
    listed = everyone.index_dates
    in_part = np.array([[date in plan.dates[part] for date in listed] for part in range(len(PARTS))])
    used = np.stack([(matrix.part == part) & in_part[part, matrix.date] for part in range(len(PARTS))])
    codes = practices.codes(matrix.practice)
    return Ladder(
        settings,
        plan,
        Prepared.of(matrix, ready.features.features),
        used,
        matrix.date == listed.index(plan.test_date),
        pd.factorize(matrix.people)[0],
        {PRACTICE: codes, CLUSTER: practices.clusters(codes)},
    )


def groups_of(rows: Ladder, by: str) -> list[str]:
    """Return the groups at the test date, in order.

    Raises:
        ModelError: there are fewer than two to leave out.
    """
    found = sorted({str(one) for one in rows.groups[by][rows.at_test] if one is not None})
    if len(found) < FEWEST_GROUPS:
        problem = Problem(by, f"leaving one out needs {FEWEST_GROUPS} or more")
        raise ModelError("There is nothing to leave out:", [problem], "Name clusters in the table of practices.")
    return found


def leave_one_out(rows: Ladder, by: str, tell: Tell) -> pd.DataFrame:
    """Return everyone at the test date with the risk that a model fitted without their own group gives them.

    Args:
        rows: as ``ladder`` returns them.
        by: ``cluster`` or ``practice``.
        tell: called with the group, groups done and all groups.

    Returns:
        ``group``, ``outcome``, ``weight``, ``risk``; one row a person of a practice whose group is known.

    Raises:
        TooFewEvents: what is left is too little to fit a model on.
    """
    names, found = groups_of(rows, by), []
    group = rows.groups[by]
    for done, name in enumerate(names):
        tell(f"without {by} {name}", done, len(names))
        tested = rows.at_test & (group == name)
        here = tested | (group == name) | np.isin(rows.person, rows.person[tested])
        outcome, weight, risk = tested_without(rows, here, np.flatnonzero(tested))
        found.append(pd.DataFrame({"group": name, "outcome": outcome, "weight": weight, "risk": risk}))
    return pd.concat(found, ignore_index=True)


def tested_without(rows: Ladder, left_out: np.ndarray, tested: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return outcome, weight and risk of the tested rows under a model fitted, stopped and calibrated without some rows."""
    model, calibrator = _fitted(rows, ~left_out)
    features, outcome, weight = rows.prepared.at(tested)
    return outcome, weight, calibrator.risks(model.raw_scores(features))


def _fitted(rows: Ladder, allowed: np.ndarray) -> tuple[Trees | Logistic, Calibrator]:
    """Return the served kind of model, fitted on the rows that are allowed, and its calibrator."""
    prepared, settings = rows.prepared, rows.settings
    places = {part: np.flatnonzero(rows.used[part] & allowed) for part, _ in _LEAST}
    _check(rows, places)
    fit, stop, calibrate = (prepared.at(places[part]) for part, _ in _LEAST)
    model: Trees | Logistic
    if settings.served == "trees":
        model, _ = fit_trees(fit, stop, prepared.names, tuple(prepared.categories), settings.trees, settings.seed)
    else:
        people = prepared.matrix.people[places[FIT]]
        fit = at_most(fit, people, settings.logistic.most_rows, settings.seed)
        model = fit_logistic_model(fit, stop, prepared.names, prepared.categories, settings.logistic.strengths)
    return model, fit_calibrator(model.raw_scores(calibrate[0]), calibrate[1], calibrate[2], settings.calibration)


def _check(rows: Ladder, places: dict[int, np.ndarray]) -> None:
    outcome = rows.prepared.matrix.outcome
    problems = [
        Problem(PARTS[part], f"fewer than {least} events among {shown(DEFAULT.count(len(places[part])))} rows")
        for part, least in _LEAST
        if outcome[places[part]].sum() < least
    ]
    if problems:
        raise TooFewEvents("There are too few events to fit a model:", problems, "Link more people or more years.")


def learning_curve(rows: Ladder, tell: Tell) -> pd.DataFrame:
    """Return the figures on the tested people of models fitted on more and more people; the last is the temporal headline.

    Whole people are taken, by a hash of seed and person, so that the smaller share lies within the larger. Stopping and
    calibration keep all their people.

    Returns:
        one row a share: ``share``, ``fit_people``, ``fit_events`` (rows with the outcome), then ``figures`` of the model; no
        figures where a share holds too few events to fit on.
    """
    prepared, found = rows.prepared, []
    tested = np.flatnonzero(rows.used[TEST])
    people, first = np.unique(rows.person, return_index=True)
    drawn = draws(prepared.matrix.people[first].tolist(), rows.settings.split.seed + 1)[np.searchsorted(people, rows.person)]
    for done, share in enumerate(SHARES):
        tell(f"fitted on {100 * share:g} % of people", done, len(SHARES))
        left_out = rows.used[FIT] & (drawn >= share)
        fit = rows.used[FIT] & ~left_out
        about = {
            "share": share,
            "fit_people": len(np.unique(rows.person[fit])),
            "fit_events": int(prepared.matrix.outcome[fit].sum()),
        }
        try:
            outcome, weight, risk = tested_without(rows, left_out, tested)
        except TooFewEvents:
            found.append(about | {"c_statistic": math.nan})
            continue
        found.append(about | figures(outcome, risk, weight, rows.settings.list_share))
    return pd.DataFrame(found)
