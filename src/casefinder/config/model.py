"""One model: its outcome, who is in its cohort, its features, its dates, how it is fitted and judged."""

import datetime as dt
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from casefinder.config._yaml import Settings, build, read_yaml
from casefinder.errors import ConfigError, one_of
from casefinder.shipped import shipped


class CohortSettings(Settings):
    """Who is scored at an index date."""

    min_age: int = Field(default=18, ge=0, le=120)
    max_age: int = Field(default=120, ge=0, le=120)
    min_registered_days: int = Field(default=365, ge=0, le=3650)
    not_in_care_home: bool = False

    @model_validator(mode="after")
    def _ages_in_order(self) -> "CohortSettings":
        if self.min_age > self.max_age:
            raise ValueError(f"min_age {self.min_age} is above max_age {self.max_age}")
        return self


class SplitSettings(Settings):
    """Index dates, in months before the test date, and shares of people.

    The test date is ``index_date``, or the last one whose outcome could be observed less ``test_months_before``.
    A person belongs to one part only: fitted on, used to stop early, calibrated on, or tested on.
    """

    index_date: dt.date | None = None
    test_months_before: int = Field(default=0, ge=0)
    fit_months_before: tuple[int, ...] = (27, 21, 17)
    stop_months_before: tuple[int, ...] = (16,)
    calibrate_months_before: tuple[int, ...] = (15,)
    fit_share: float = Field(default=0.55, gt=0, lt=1)
    stop_share: float = Field(default=0.1, gt=0, lt=1)
    calibrate_share: float = Field(default=0.15, gt=0, lt=1)
    temporal: bool = True
    seed: int = 1

    @property
    def test_share(self) -> float:
        """Share of people on whom the model is tested."""
        return 1 - self.fit_share - self.stop_share - self.calibrate_share

    @model_validator(mode="after")
    def _shares_leave_a_test(self) -> "SplitSettings":
        if self.test_share < 0.05:
            raise ValueError("fit_share, stop_share and calibrate_share must leave at least 0.05 for the test")
        return self


class BoostingSettings(Settings):
    """LightGBM settings that a model may choose; the rest is fixed so that the same input gives the same bytes."""

    learning_rate: float = Field(default=0.05, gt=0, le=1)
    num_leaves: int = Field(default=31, ge=2, le=255)
    max_depth: int = Field(default=6, ge=1, le=12)
    min_data_in_leaf: int = Field(default=100, ge=1)
    feature_fraction: float = Field(default=0.5, gt=0, le=1)
    bagging_fraction: float = Field(default=0.8, gt=0, le=1)
    lambda_l2: float = Field(default=5.0, ge=0)
    max_rounds: int = Field(default=600, ge=10, le=5000)
    stop_after: int = Field(default=50, ge=5)
    num_threads: int = Field(default=1, ge=1)


class LogisticSettings(Settings):
    """Penalised logistic regression: inverse strengths of the penalty to choose from."""

    strengths: tuple[float, ...] = (0.0003, 0.001, 0.003, 0.01, 0.03)


class ModelSettings(Settings):
    """One model."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{2,40}$")
    meaning: str
    outcome: str
    horizon_days: int = Field(default=365, ge=1, le=1826)
    cohort: CohortSettings = CohortSettings()
    families: tuple[str, ...] = ()
    without_families: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    split: SplitSettings = SplitSettings()
    served: Literal["trees", "logistic"] = "trees"
    trees: BoostingSettings = BoostingSettings()
    logistic: LogisticSettings = LogisticSettings()
    calibration: Literal["logistic", "isotonic"] = "logistic"
    list_share: float = Field(default=0.01, gt=0, lt=0.5)
    risk_words: str
    seed: int = 1


def model_names(own: Path | None = None) -> dict[str, Path]:
    """Return every model at hand: shipped ones, and a site's own in ``own``."""
    folders = [shipped("configs") / "models", *([own] if own and own.is_dir() else [])]
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.yaml"))}


def load_model(name: str, own: Path | None = None) -> ModelSettings:
    """Read a model by its name (a file under ``configs/models/``) or by the path of its file.

    Raises:
        ConfigError: there is no such model, or its settings cannot be used.
    """
    known = model_names(own)
    path = Path(name) if name.endswith((".yaml", ".yml")) else known.get(name)
    if path is None:
        raise ConfigError(f"There is no model called '{name}'; {one_of(name, known)}")
    settings = build(ModelSettings, read_yaml(path, "model file"), str(path))
    if settings.name != path.stem:
        raise ConfigError(f"{path} calls its model '{settings.name}'; name and file must agree.")
    return settings
