"""What a bundle says of itself, in full: that of a shipped model, with measures and origin of made-up people."""

import copy
import json
from functools import cache
from pathlib import Path

from tests.unit.modelling.test_measured import SETTINGS, made_up
from tests.unit.modelling.test_recalibration import RECORD

from casefinder.engines import Version
from casefinder.modelling.bundle import read_bundle
from casefinder.modelling.by_group import calibration_tables
from casefinder.modelling.disclosed import disclosed
from casefinder.modelling.disclosed_groups import disclosed_calibration
from casefinder.modelling.disclosed_measures import disclosed_measures
from casefinder.modelling.lineage import lineage
from casefinder.modelling.measured import measured
from casefinder.modelling.sample_size import sample_size

SHIPPED = Path(__file__).parents[3] / "models" / "emergency_admission"
CLUSTERS = {"Z1": "Ash <b> | *Elm*", "Z2": "Ash <b> | *Elm*", "Z3": "Oak", "Z4": "Oak", "Z5": "Yew", "Z6": "Yew"}
MANIFEST = {
    "extract_date": "2026-03-31", "history_from": "2020-04-01", "people": {"n": 23904}, "left_out": {"type 1 opt-out": 623},
    "hospital_stays": {"max_gap_days": 2, "spells": 39233},
    "sources": {
        "hes_apc": {
            "extract": "hes_apc", "as_at": "2026-03-31", "files": [{"name": "secret_name.csv", "rows": 50593}],
            "read": 50593, "accepted": 50539, "quarantined": 54, "duplicates": 3, "corrected": 51, "linked_share": 0.9871,
        },
        "practices": {"extract": "practices", "files": [{"name": "p.csv", "rows": 8}], "read": 8, "accepted": 8},
    },
}  # fmt: skip
RECALIBRATION = disclosed({"recalibration": RECORD})["recalibration"]


@cache
def _made():
    people = made_up(2503, seed=6).assign(gp_cluster=lambda rows: rows["practice_code"].map(CLUSTERS))
    return measured(people, SETTINGS), calibration_tables(people)


def exact_measures():
    """The exact record of measures, and the exact tables by group, behind ``full_about``."""
    return _made()


def contract():
    """The contract of the shipped model."""
    return read_bundle(SHIPPED).contract


def full_about(folder):
    """Everything that a bundle may say of itself.

    Args:
        folder: an empty one, in which a manifest is written to be hashed.
    """
    bundle = read_bundle(SHIPPED)
    about = {name: value for name, value in bundle.about.items() if name != "figures_of_other"}
    measures, tables = _made()
    (folder / "000001").mkdir()
    (folder / "000001" / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    record = Version(folder / "000001", MANIFEST)
    names = bundle.contract.names
    about |= {
        "figures_of_other": bundle.about["figures_of_other"],
        "evaluation": disclosed_measures(measures),
        "calibration": disclosed_calibration(tables),
        "lineage": lineage(record, bundle.contract),
        "importance": {"people": 2505, "means": dict.fromkeys(names, 0.01) | {"age": 0.2, "sex": None}},
        **disclosed({"sample_size": sample_size(0.1, len(names), 90000, 18424, SETTINGS)}),
        "served_people": {"rows": 394935, "served": 1205, "expected_share": 0.01, "is_learnt": False},
        "tuning": {"trials": 30, "log_loss_given": 0.28, "log_loss_best": 0.27},
    }  # fmt: skip
    return copy.deepcopy(about)
