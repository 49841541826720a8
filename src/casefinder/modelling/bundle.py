"""A model as a folder of plain files: no pickle, no mlflow, no shap needed to score with it.

``bundle.json`` holds what it is, its feature contract, its figures and a SHA-256 of every other file; ``trees.txt`` is
LightGBM's own text and ``logistic.json`` the penalised logistic regression; ``calibrator.json`` maps the served scores to
risks; ``card.md`` says it all in words, and ``card.html``, which bundles of earlier days lack, with charts.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from casefinder.errors import ModelError, Problem
from casefinder.modelling.calibrate import Calibrator
from casefinder.modelling.contract import FeatureContract
from casefinder.modelling.logistic import Logistic
from casefinder.modelling.stored_rows import FeatureRows
from casefinder.modelling.trees import Trees

FORMAT = 1
MAIN = "bundle.json"
VERSION_FOLDER = "bundle"
"""Name of the folder of a bundle within that of its version in a workspace."""
_COPY_AGAIN = "Copy the bundle again from where it was approved, or fit the model again."


@dataclass(frozen=True)
class Bundle:
    """A model ready to score with.

    ``about`` holds name, version, outcome, horizon, cohort settings, site, whether it is a demonstration, dates, figures.
    """

    about: Mapping[str, Any]
    contract: FeatureContract
    model: Trees | Logistic
    calibrator: Calibrator

    @property
    def name(self) -> str:
        """Name of the model."""
        return str(self.about["name"])

    @property
    def label(self) -> str:
        """Name and version, as people quote them."""
        return f"{self.name}@{self.about['version']}"

    def raw_scores(self, features: FeatureRows) -> np.ndarray:
        """Return raw scores of rows whose columns stand in the contract's order."""
        self._check_width(features)
        return self.model.raw_scores(features)

    def risks(self, raw_scores: np.ndarray, clusters: Iterable[object] | None = None) -> np.ndarray:
        """Return the calibrated risk of each raw score, with the term of each person's GP cluster where there are terms."""
        return self.calibrator.risks(raw_scores, clusters)

    def contributions(self, features: np.ndarray) -> np.ndarray:
        """Return what each feature adds to each raw score, the base value last."""
        self._check_width(features)
        return self.model.contributions(features)

    def _check_width(self, features: FeatureRows) -> None:
        if features.shape[1] != len(self.contract.names):
            what = f"{features.shape[1]} columns were given; the model was fitted on {len(self.contract.names)}"
            raise ModelError(f"The model {self.label} does not fit these features:", [Problem("features", what)])


def write_bundle(
    folder: Path,
    about: Mapping[str, Any],
    contract: FeatureContract,
    trees: Trees,
    logistic: Logistic,
    calibrator: Calibrator,
    card: str,
    page: str = "",
) -> None:
    """Write a bundle into an empty folder, its main file last.

    Args:
        folder: an empty folder.
        about: what the bundle says of itself.
        contract: of its features.
        trees: the boosted trees.
        logistic: the regression.
        calibrator: of the one that is served.
        card: in Markdown.
        page: the card as a page; nothing for none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "trees.txt": trees.text,
        "logistic.json": logistic.text(),
        "calibrator.json": calibrator.text(),
        "card.md": card,
        **({"card.html": page} if page else {}),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    content = {
        "format": FORMAT,
        "about": about,
        "contract": contract.content(),
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(files.items())},
    }
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, default=str)
    (folder / MAIN).write_text(text + "\n", encoding="utf-8", newline="\n")


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle, checking every file against its hash.

    Raises:
        ModelError: there is none, it was written by a newer version, or a file was changed or is missing.
    """
    main = folder / MAIN
    if not main.is_file():
        raise ModelError(
            f"There is no model bundle at {folder}.", remedy="Fit one with: casefinder train MODEL --workspace DIR"
        )
    content = _content(main)
    if content.get("format") != FORMAT:
        own = f"is a bundle of format {content.get('format')}"
        raise ModelError(f"{_called(folder)} {own}; this version reads format {FORMAT}.")
    problems = [problem for name, digest in content["files"].items() if (problem := _changed(folder, name, digest))]
    if problems:
        raise ModelError(f"The model bundle {_called(folder)} is not as it was written:", problems, _COPY_AGAIN)
    served = content["about"]["served"]
    model = Trees((folder / "trees.txt").read_text(encoding="utf-8")) if served == "trees" else _logistic(folder)
    calibrator = Calibrator.read((folder / "calibrator.json").read_text(encoding="utf-8"))
    return Bundle(content["about"], FeatureContract.read(content["contract"]), model, calibrator)


def _content(main: Path) -> dict[str, Any]:
    try:
        content = json.loads(main.read_text(encoding="utf-8"))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        problem = Problem(MAIN, "is not the JSON that was written")
        raise ModelError(f"The model bundle {_called(main.parent)} is not as it was written:", [problem], _COPY_AGAIN)
    return content


def _called(folder: Path) -> str:
    """Return what people call a bundle: model and version in a workspace, else the name of its folder."""
    version = folder.parent
    if folder.name == VERSION_FOLDER and version.name.isdigit():
        return f"{version.parent.name} version {int(version.name)}"
    return folder.name


def _logistic(folder: Path) -> Logistic:
    return Logistic.read((folder / "logistic.json").read_text(encoding="utf-8"))


def _changed(folder: Path, name: str, digest: str) -> Problem | None:
    path = folder / name
    if not path.is_file():
        return Problem(name, "is missing")
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        return Problem(name, "has been changed since the bundle was written")
    return None
