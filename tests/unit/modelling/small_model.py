"""A small model of real features on made-up rows, quick enough to fit in any test run."""

import numpy as np

from casefinder.codelists import load_codelists
from casefinder.config.model import BoostingSettings
from casefinder.features import chosen
from casefinder.modelling.bundle import Bundle, write_bundle
from casefinder.modelling.calibrate import Calibrator
from casefinder.modelling.contract import contract_of
from casefinder.modelling.logistic import fit_logistic_model
from casefinder.modelling.trees import fit_trees

LISTS = load_codelists()
NAMES = (
    "age", "sex", "imd_decile", "emergency_admissions_365d", "days_since_emergency_admission", "ae_attendances_365d",
    "heart_failure_years", "alcohol_problems_entries_365d", "substances_90d", "systolic_bp_latest", "systolic_bp_change",
    "smoking", "ethnicity", "cost_medicines_365d",
)  # fmt: skip
EVERY = {feature.name: feature for feature in chosen()}
FEATURES = tuple(EVERY[name] for name in NAMES)
CATEGORIES = {feature.name: feature.categories for feature in FEATURES if feature.categories}
SETTINGS = BoostingSettings(max_rounds=60, stop_after=10, min_data_in_leaf=20, num_leaves=7)
KINDS = ("birth", "sex", "ethnicity", "residence", "hospital", "ae_attendance", "gp_record", "diagnosis", "prescription")
ABOUT = {
    "name": "small", "version": 3, "served": "trees", "demonstration": False, "site": "somewhere",
    "cohort": {"min_age": 18}, "figures": {}, "outcome": {"name": "emergency_admission", "caveat": "", "short": "x"},
}  # fmt: skip


def made_up(people, seed):
    """Features (float32, with holes), outcome and weight of some people."""
    draw = np.random.default_rng(seed)
    age = draw.uniform(18, 95, people)
    admissions = draw.poisson(0.02 * age / 20, people).astype(float)
    columns = {
        "age": age,
        "sex": draw.integers(0, 2, people),
        "imd_decile": np.where(draw.random(people) < 0.1, np.nan, draw.integers(1, 11, people)),
        "emergency_admissions_365d": admissions,
        "days_since_emergency_admission": np.where(admissions > 0, draw.integers(1, 366, people), np.nan),
        "ae_attendances_365d": admissions + draw.poisson(0.3, people),
        "heart_failure_years": np.where(draw.random(people) < age / 900, draw.uniform(0, 9, people), np.nan),
        "alcohol_problems_entries_365d": draw.poisson(0.05, people),
        "substances_90d": draw.poisson(age / 20, people),
        "systolic_bp_latest": np.where(draw.random(people) < 0.4, np.nan, draw.normal(140, 15, people).round()),
        "systolic_bp_change": np.where(draw.random(people) < 0.7, np.nan, draw.normal(0, 10, people).round()),
        "smoking": np.where(draw.random(people) < 0.3, np.nan, draw.integers(0, 3, people)),
        "ethnicity": draw.integers(0, 6, people),
        "cost_medicines_365d": draw.gamma(1.0, 300.0, people),
    }
    odds = (
        -4 + age / 40 + 0.9 * admissions + 0.6 * ~np.isnan(columns["heart_failure_years"]) + 0.4 * (columns["smoking"] == 0)
    )
    outcome = (draw.random(people) < 1 / (1 + np.exp(-odds))).astype(float)
    features = np.stack([columns[name] for name in NAMES], axis=1).astype(np.float32)
    return features, outcome, np.ones(people)


def fitted():
    """Trees and logistic regression of the same rows."""
    fit, stop = made_up(2500, 1), made_up(800, 2)
    trees, rounds = fit_trees(fit, stop, NAMES, tuple(CATEGORIES), SETTINGS, seed=1)
    return trees, fit_logistic_model(fit, stop, NAMES, CATEGORIES, (0.01, 0.1)), rounds


def contract():
    return contract_of(FEATURES, LISTS, KINDS)


def bundle(model, calibrator=None, **about):
    """A bundle in memory."""
    return Bundle({**ABOUT, **about}, contract(), model, calibrator or Calibrator("logistic", -0.1, 0.9))


def written(folder, trees, logistic, **about):
    """A bundle on disk."""
    given = {**ABOUT, **about}
    write_bundle(folder, given, contract(), trees, logistic, Calibrator("logistic", -0.1, 0.9), "# small\n")
    return folder
