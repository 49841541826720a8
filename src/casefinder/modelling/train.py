"""Fit a model: cohort, features, outcome, split, trees and logistic regression, calibration, figures."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from casefinder.codelists import CodeLists
from casefinder.cohorts import Cohort
from casefinder.config.model import ModelSettings
from casefinder.definitions import Feature, Outcome
from casefinder.disclosure import DEFAULT, shown
from casefinder.errors import ModelError, Problem
from casefinder.features import FeatureTable, chosen
from casefinder.histories import Histories
from casefinder.modelling.calibrate import MIN_EVENTS as MIN_CALIBRATION_EVENTS
from casefinder.modelling.calibrate import Calibrator, fit_calibrator
from casefinder.modelling.contract import FeatureContract, contract_of
from casefinder.modelling.figures import figures
from casefinder.modelling.logistic import Logistic, fit_logistic_model
from casefinder.modelling.matrix import Ingredients, Matrix, assemble
from casefinder.modelling.reach import reach
from casefinder.modelling.refits import Parts, Refits, refitted
from casefinder.modelling.sample_size import disclosed_sample_size, sample_size
from casefinder.modelling.sampling import at_most
from casefinder.modelling.service_starts import ServedPeople, ServicesAndLists
from casefinder.modelling.splits import CALIBRATE, FIT, PARTS, STOP, TEST, Plan, plan
from casefinder.modelling.stored_rows import FeatureRows, Rows, Storage, StoredRows
from casefinder.modelling.trees import Trees, fit_trees
from casefinder.modelling.tuning import Search
from casefinder.modelling.tuning import search as search_settings
from casefinder.outcomes import OutcomeTable, latest_index_date, outcome

MIN_EVENTS = 50
"""Fewer events than this among the fit rows cannot support a model of hundreds of features at all."""

CHARACTERISTICS = (
    "age", "sex", "ethnicity", "imd_decile", "learning_disability_years", "severe_mental_illness_years",
    "years_with_practice", "emergency_admissions_365d", "emergency_admissions_730d", "charlson",
    "hospital_frailty_risk_score", "deficits",
)  # fmt: skip
"""Features kept beside the scores, where a record has them: groups for equity, and simple rules to compare with."""


class TooFewEvents(ModelError):
    """A record that holds too few people with the outcome to fit, stop, calibrate and test a model on."""


@dataclass(frozen=True)
class Fitted:
    """A fitted model with everything that its bundle and its card need."""

    settings: ModelSettings
    contract: FeatureContract
    trees: Trees
    logistic: Logistic
    calibrator: Calibrator
    plan: Plan
    about: Mapping[str, Any]
    test: Mapping[str, np.ndarray]
    characteristics: Mapping[str, np.ndarray]
    test_features: FeatureRows
    """Rows of the people tested, columns in the contract's order; they can be read as long as the fit's storage stands."""
    refits: Refits | None = None
    """What refits on bootstrap samples give the people tested; None where none were asked for."""


def ingredients(
    histories: Histories, settings: ModelSettings, codelists: CodeLists, lists: ServicesAndLists | None = None
) -> Ingredients:
    """Compile the cohort, features and outcome of a model for one record, and who was served where ``lists`` tells.

    Raises:
        ModelError: the model is to be fitted on those held out, and nothing is known of lists.
    """
    concepts, manifest = histories.concepts, histories.version.manifest
    follows = manifest["observation"]["hospital_data"] == "national"
    target = outcome(settings.outcome)
    return Ingredients(
        histories=histories,
        cohort=Cohort(settings.cohort, concepts, codelists),
        features=FeatureTable(_features(settings), concepts, codelists, manifest["supplied"]),
        outcome=OutcomeTable(target, settings.horizon_days, concepts, codelists, follows_leavers=follows),
        served=ServedPeople.of(settings, lists, concepts, codelists),
    )


def _features(settings: ModelSettings) -> tuple[Feature, ...]:
    return chosen(settings.families, settings.without_families, settings.without)


def dates_of(histories: Histories, settings: ModelSettings) -> Plan:
    """Return the index dates of a model on one record.

    Raises:
        ModelError: the outcome cannot be observed, or training windows would not have closed.
    """
    manifest = histories.version.manifest
    target = outcome(settings.outcome)
    latest = latest_index_date(target, settings.horizon_days, manifest["complete_to"])
    return plan(settings.split, latest, settings.horizon_days, lag_days(manifest, target))


def lag_days(manifest: Mapping[str, Any], target: Outcome) -> int:
    """Return how late the slowest feed of an outcome reports, from the manifest of a record."""
    extract = dt.date.fromisoformat(manifest["extract_date"])
    reached = min(dt.date.fromisoformat(manifest["complete_to"][kind]) for kind in target.source_kinds)
    return max(0, (extract - reached).days)


@dataclass(frozen=True)
class Prepared:
    """The model's own columns of a matrix, and how to take the rows of one part."""

    matrix: Matrix
    features: tuple[Feature, ...]
    values: StoredRows

    @classmethod
    def of(cls, matrix: Matrix, features: tuple[Feature, ...]) -> "Prepared":
        """Return a matrix without the columns that others were only worked out from."""
        used = [place for place, feature in enumerate(features) if feature.model]
        return cls(matrix, tuple(features[place] for place in used), matrix.features[:, used])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(feature.name for feature in self.features)

    @property
    def categories(self) -> dict[str, tuple[str, ...]]:
        """Categories of the columns that have them."""
        return {feature.name: feature.categories for feature in self.features if feature.categories}

    def characteristics(self, part: int) -> dict[str, np.ndarray]:
        """Return those of ``CHARACTERISTICS`` that there are, of the rows of a part: numbers, or the names of categories."""
        names = [name for name in CHARACTERISTICS if name in self.names]
        values = self.values[self.matrix.of(part)][:, [self.names.index(name) for name in names]][:]
        return {name: self._in_words(name, column) for name, column in zip(names, values.T, strict=True)}

    def _in_words(self, name: str, values: np.ndarray) -> np.ndarray:
        categories = self.categories.get(name)
        if not categories:
            return values.copy()
        return np.array(["unknown" if np.isnan(one) else categories[int(one)] for one in values], dtype=object)

    def rows(self, part: int) -> Rows:
        """Return the rows of one part."""
        return self.at(self.matrix.of(part))

    def at(self, places: np.ndarray) -> Rows:
        """Return the rows at some places of the matrix."""
        return self.values[places], self.matrix.outcome[places], self.matrix.weight[places]


def train(
    histories: Histories,
    settings: ModelSettings,
    codelists: CodeLists,
    storage: Storage,
    tell: Callable[[str, int, int], None] = lambda _stage, _done, _all: None,
    search: Search | None = None,
    refits: int = 0,
    before_fit: Callable[[Mapping[str, Any]], None] = lambda _sizes: None,
    lists: ServicesAndLists | None = None,
) -> Fitted:
    """Fit a model on a record; with ``search``, after looking for better settings of its trees.

    Args:
        histories: people's histories.
        settings: of the model.
        codelists: of the site.
        storage: where rows are kept while the model is fitted and looked at.
        tell: called with the stage, what is done of it and all of it.
        search: for settings of the trees.
        refits: refits on bootstrap samples of people, by which stability is judged.
        before_fit: called with ``sample_size`` as it may be told, before anything is fitted.
        lists: what is known of lists and services.

    Raises:
        ModelError: the outcome was not observed for long enough.
        TooFewEvents: there are too few people with the outcome.
    """
    ready = ingredients(histories, settings, codelists, lists)
    dates = dates_of(histories, settings)
    matrix = assemble(ready, dates, storage, lambda done, whole: tell("features", done, whole))
    _check_events(matrix)
    prepared = Prepared.of(matrix, ready.features.features)
    sizes = _sizes(prepared, settings)
    before_fit(disclosed_sample_size(sizes))
    settings, tuned = _searched(prepared, settings, search, tell)
    trees, rounds, logistic = _both_kinds(prepared, settings, tell)
    tell("calibration and test", 0, 1)
    models: dict[str, Trees | Logistic] = {"trees": trees, "logistic": logistic}
    calibrators = {kind: _calibrated(model, prepared.rows(CALIBRATE), settings) for kind, model in models.items()}
    test = _tested(matrix, prepared.rows(TEST), models, calibrators)
    about = _about(settings, histories, dates, matrix, ready) | {"rounds": rounds, "penalty": logistic.strength}
    contract = contract_of(prepared.features, codelists, histories.version.manifest["supplied"])
    about |= _figures(test, settings) | tuned | {"sample_size": sizes}
    about |= _reached(prepared, models[settings.served], calibrators[settings.served], settings)
    about |= _left_out_of_logistic(prepared, settings)
    known, rows = prepared.characteristics(TEST), prepared.rows(TEST)[0]
    again = _refits(prepared, settings, refits, tell) if refits else None
    served = calibrators[settings.served]
    return Fitted(settings, contract, trees, logistic, served, dates, about, test, known, rows, again)


def _both_kinds(
    prepared: Prepared, settings: ModelSettings, tell: Callable[[str, int, int], None]
) -> tuple[Trees, int, Logistic]:
    """Return the trees and how many rounds they had, and the logistic regression, fitted on as many rows as it may have."""
    fit, stop, names, categories = prepared.rows(FIT), prepared.rows(STOP), prepared.names, prepared.categories
    tell("boosted trees", 0, 1)
    trees, rounds = fit_trees(fit, stop, names, tuple(categories), settings.trees, settings.seed)
    tell("logistic regression", 0, 1)
    people = prepared.matrix.people[prepared.matrix.of(FIT)]
    some = at_most(fit, people, settings.logistic.most_rows, settings.seed)
    return trees, rounds, fit_logistic_model(some, stop, names, categories, settings.logistic.strengths)


def _left_out_of_logistic(prepared: Prepared, settings: ModelSettings) -> dict[str, Any]:
    """Return how many rows the logistic regression was fitted on, where there were more than it may have in memory."""
    rows, most = len(prepared.matrix.of(FIT)), settings.logistic.most_rows
    return {"logistic_rows": {"fitted_on": most, "of": rows}} if rows > most else {}


def _reached(prepared: Prepared, model: Trees | Logistic, calibrator: Calibrator, settings: ModelSettings) -> dict[str, Any]:
    """Return how far services reach into the rows fitted on, where that is known."""
    if prepared.matrix.served is None:
        return {}
    fit = prepared.matrix.of(FIT)
    risks = calibrator.risks(model.raw_scores(prepared.rows(FIT)[0]))
    served, stands_for = ~np.isnan(prepared.matrix.served[fit]), prepared.matrix.stands_for[fit]
    found = reach(risks, served, settings.list_share, stands_for)
    return {"served_people": asdict(found)}


def _sizes(prepared: Prepared, settings: ModelSettings) -> dict[str, Any]:
    """Return how many people are needed to fit and to test, beside how many there are."""
    matrix = prepared.matrix
    fit = matrix.of(FIT)
    prevalence = float(np.average(matrix.outcome[fit], weights=matrix.stands_for[fit]))
    fitted_on, tested_on = (len(np.unique(matrix.people[matrix.of(part)])) for part in (FIT, TEST))
    return sample_size(prevalence, len(prepared.names), fitted_on, tested_on, settings)


def _refits(prepared: Prepared, settings: ModelSettings, refits: int, tell: Callable[[str, int, int], None]) -> Refits:
    """Return what refits on bootstrap samples of the people fitted on give the people tested."""
    parts = Parts(
        fit=prepared.rows(FIT),
        people=prepared.matrix.people[prepared.matrix.of(FIT)],
        stop=prepared.rows(STOP),
        calibrate=prepared.rows(CALIBRATE),
        tested=prepared.rows(TEST)[0],
        names=prepared.names,
        categories=prepared.categories,
    )
    return refitted(parts, settings, refits, lambda done: tell("refits on other samples of people", done, refits))


def _searched(
    prepared: Prepared, settings: ModelSettings, search: Search | None, tell: Callable[[str, int, int], None]
) -> tuple[ModelSettings, dict[str, Any]]:
    """Return the settings to fit with, and what the bundle says of the search that found them."""
    if search is None:
        return settings, {}
    found = search_settings(
        prepared.rows(FIT), prepared.rows(STOP), prepared.names, tuple(prepared.categories), settings.trees, search,
        lambda done, whole: tell("search for settings", done, whole),
    )  # fmt: skip
    return settings.model_copy(update={"trees": found.settings}), {"tuning": found.content()}


def _calibrated(model: Trees | Logistic, rows: Rows, settings: ModelSettings) -> Calibrator:
    return fit_calibrator(model.raw_scores(rows[0]), rows[1], rows[2], settings.calibration)


def _figures(test: Mapping[str, np.ndarray], settings: ModelSettings) -> dict[str, Any]:
    """Return the figures of the model that is served, and of the other one beside it."""
    other = "logistic" if settings.served == "trees" else "trees"
    found = {}
    for name, kind in (("figures", settings.served), ("figures_of_other", other)):
        found[name] = figures(test["outcome"], test[f"risk_{kind}"], test["weight"], settings.list_share)
    return found


def _check_events(matrix: Matrix) -> None:
    problems = []
    for part, least in ((FIT, MIN_EVENTS), (STOP, 1), (CALIBRATE, MIN_CALIBRATION_EVENTS), (TEST, 1)):
        rows = matrix.of(part)
        events = int(matrix.outcome[rows].sum())
        if events < least:
            what = f"fewer than {least} events, the least that is needed, among {shown(DEFAULT.count(len(rows)))} rows"
            problems.append(Problem(PARTS[part], what))
    if problems:
        raise TooFewEvents("There are too few events to fit a model:", problems, "Link more people or more years.")


def _tested(
    matrix: Matrix,
    rows: Rows,
    models: Mapping[str, Trees | Logistic],
    calibrators: Mapping[str, Calibrator],
) -> dict[str, np.ndarray]:
    """Return what the test rows show: outcome, weight, practice, and each model's calibrated risk."""
    place = matrix.of(TEST)
    found = {"outcome": rows[1], "weight": rows[2], "practice": matrix.practice[place], "people": matrix.people[place]}
    for kind, model in models.items():
        raw = model.raw_scores(rows[0])
        found[f"raw_{kind}"] = raw
        found[f"risk_{kind}"] = calibrators[kind].risks(raw)
    return found


def _about(settings: ModelSettings, histories: Histories, dates: Plan, matrix: Matrix, ready: Ingredients) -> dict[str, Any]:
    """Return what the bundle says of itself, but for how good it is."""
    manifest = histories.version.manifest
    target = ready.outcome.outcome
    return {
        "name": settings.name,
        "meaning": settings.meaning,
        "outcome": {"name": target.name, "meaning": target.meaning, "short": target.short, "caveat": target.caveat},
        "horizon_days": settings.horizon_days,
        "risk_words": settings.risk_words,
        "served": settings.served,
        "cohort": settings.cohort.model_dump(),
        "cohort_rules": list(ready.cohort.rules),
        "site": manifest["site"],
        "demonstration": bool(manifest["demonstration"]),
        "extract_date": manifest["extract_date"],
        "temporal": settings.split.temporal,
        "index_dates": {
            name: [str(date) for date in dates.dates[part]]
            for name, part in (("fit", FIT), ("stop", STOP), ("calibrate", CALIBRATE), ("test", TEST))
        },
        "not_supplied": list(ready.features.not_supplied()),
        "settings": settings.model_dump(mode="json"),
        **matrix.notes,
    }
