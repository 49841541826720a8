"""A district whose model was fitted as somebody did a year ago, and versions of it whose calibration is wrong on purpose."""

import shutil
from dataclasses import replace
from pathlib import Path

import yaml

from casefinder.modelling.bundle import read_bundle, write_bundle
from casefinder.modelling.logistic import Logistic
from casefinder.modelling.trees import Trees
from tests.functional.conftest import ROOT
from tests.functional.lists import copied, done

MODEL = "emergency_admission"
SPLIT = {"fit_share": 0.45, "stop_share": 0.05, "calibrate_share": 0.35, "seed": 2}


def model_file(folder: Path, **split: object) -> None:
    """Give the site a model file of its own: quick to fit, with many people kept to calibrate on."""
    settings = yaml.safe_load((ROOT / "configs" / "models" / f"{MODEL}.yaml").read_text(encoding="utf-8"))
    settings["split"].update(SPLIT | split)
    settings["trees"]["max_rounds"] = 40
    settings["evaluation"] = {"replicates": 100}
    path = folder / "site" / "models" / f"{MODEL}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump({**settings, "served": "logistic"}, sort_keys=False), encoding="utf-8")


def fitted_a_year_ago(linked: Path, folder: Path) -> None:
    """Fit the model as somebody did a year ago, and leave a model file that looks at the latest date."""
    copied(linked, folder)
    model_file(folder, test_months_before=12)
    done(folder, "train", MODEL)
    model_file(folder)


def bundle_of(folder: Path, version: int) -> Path:
    return folder / "workspace" / "models" / MODEL / f"{version:06d}" / "bundle"


def planted(folder: Path, version: int, **changes: object) -> None:
    """Change the calibrator of a version, as if it had been fitted so."""
    place = bundle_of(folder, version)
    bundle = read_bundle(place)
    trees = Trees((place / "trees.txt").read_text(encoding="utf-8"))
    logistic = Logistic.read((place / "logistic.json").read_text(encoding="utf-8"))
    card = (place / "card.md").read_text(encoding="utf-8")
    shutil.rmtree(place)
    write_bundle(place, bundle.about, bundle.contract, trees, logistic, replace(bundle.calibrator, **changes), card)
