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
    """Youngest age, in completed years."""
    max_age: int = Field(default=120, ge=0, le=120)
    """Oldest age, in completed years."""
    min_registered_days: int = Field(default=365, ge=0, le=3650)
    """Days registered with a practice that a person must have just before the index date."""
    not_in_care_home: bool = False
    """Leave out people who live in a care home."""

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
    """The test date; empty for the latest one whose outcome could be observed."""
    test_months_before: int = Field(default=0, ge=0)
    """Months between that latest date and the test date."""
    fit_months_before: tuple[int, ...] = (27, 21, 17)
    """Index dates fitted on, in months before the test date."""
    stop_months_before: tuple[int, ...] = (16,)
    """Index dates on which boosting decides when to stop."""
    calibrate_months_before: tuple[int, ...] = (15,)
    """Index dates on which the calibration is fitted."""
    fit_share: float = Field(default=0.55, gt=0, lt=1)
    """Share of people fitted on."""
    stop_share: float = Field(default=0.1, gt=0, lt=1)
    """Share of people on whom boosting decides when to stop."""
    calibrate_share: float = Field(default=0.15, gt=0, lt=1)
    """Share of people on whom the calibration is fitted; the rest are tested on."""
    without_outcome_share: float = Field(default=1.0, gt=0, le=1)
    """Share of the rows without the outcome that are fitted and stopped on, for sites with more rows than they need. Whose
    are kept is settled by a hash of seed and person, and they weigh for those left out; rows calibrated and tested on are
    all kept.
    """
    temporal: bool = True
    """Refuse to fit unless every training outcome was known at the test date. False is said on the card."""
    seed: int = 1
    """Settles who is in which part, by a hash of seed and person."""

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
    """Size of each step."""
    num_leaves: int = Field(default=31, ge=2, le=255)
    """Most leaves of a tree."""
    max_depth: int = Field(default=6, ge=1, le=12)
    """Most levels of a tree."""
    min_data_in_leaf: int = Field(default=100, ge=1)
    """Fewest rows in a leaf."""
    feature_fraction: float = Field(default=0.5, gt=0, le=1)
    """Share of the features that each tree may use."""
    bagging_fraction: float = Field(default=0.8, gt=0, le=1)
    """Share of the rows that each tree sees."""
    lambda_l2: float = Field(default=5.0, ge=0)
    """Penalty on the values of leaves."""
    max_rounds: int = Field(default=600, ge=10, le=5000)
    """Most trees."""
    stop_after: int = Field(default=50, ge=5)
    """Stop when so many trees in a row bring no gain."""
    num_threads: int = Field(default=1, ge=1)
    """Threads of fitting; another number may give other bytes."""


class LogisticSettings(Settings):
    """Penalised logistic regression: inverse strengths of the penalty to choose from."""

    strengths: tuple[float, ...] = (0.0003, 0.001, 0.003, 0.01, 0.03)
    """Inverse strengths of the penalty to choose from, on the rows kept for stopping."""
    most_rows: int = Field(default=500_000, ge=1000)
    """Most rows that it is fitted on, since they stand in memory: of more, rows without the outcome are left out by a hash
    of seed and person, and the others weigh for them.
    """


class GateSettings(Settings):
    """What a version must show before it may be promoted, on the people it was tested on. Bands include their ends."""

    least_events: int = Field(default=100, ge=8)
    """Fewest people with the outcome on whom a version can be judged at all."""
    observed_expected: tuple[float, float] = (0.8, 1.25)
    """Band of observed over expected, everyone together."""
    slope: tuple[float, float] = (0.8, 1.2)
    """Band of the calibration slope."""
    cluster_band: tuple[float, float] = (0.8, 1.25)
    """A cluster is off where the whole interval of its observed over expected lies outside this band."""
    clusters_off: float = Field(default=0.1, ge=0, le=1)
    """Greatest share of clusters that may be off."""
    threshold: float = Field(default=0.2, gt=0, lt=1)
    """Risk at which net benefit is compared with the champion's."""
    net_benefit_margin: float = Field(default=0.001, ge=0, le=0.1)
    """How far net benefit may fall below the champion's on the same people: true finds a person tested."""
    group_ratio: float = Field(default=1.25, gt=1)
    """No group by age, sex, ethnicity, deprivation, learning disability, severe mental illness or years with the practice
    may have an interval of observed over expected that lies wholly above this: the model would miss need in that group.
    """
    card_complete: bool = True
    """The card must have every section."""

    @model_validator(mode="after")
    def _bands_in_order(self) -> "GateSettings":
        for name in ("observed_expected", "slope", "cluster_band"):
            low, high = getattr(self, name)
            if not 0 < low < 1 < high:
                raise ValueError(f"{name} must be two numbers, the first from 0 to 1 and the second above 1")
        return self


class EvaluationSettings(Settings):
    """How a version is measured on the people it is tested on, and what was expected of it before it was fitted."""

    replicates: int = Field(default=1000, ge=100, le=10000)
    """Bootstrap samples behind each interval."""
    list_shares: tuple[float, ...] = (0.005, 0.01, 0.02, 0.05)
    """Shares of people at which the yield of a list is reported, beside `list_share`."""
    equity_share: float = Field(default=0.05, gt=0, lt=0.5)
    """Share of people on the list by which groups are compared: long enough that figures of single groups can bear it."""
    practice_list: int = Field(default=15, ge=1, le=1000)
    """People on the list of one practice, for the yield of each practice's own list."""
    thresholds: tuple[float, ...] = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
    """Risks at which net benefit is reported."""
    anticipated_c_statistic: float = Field(default=0.75, gt=0.5, lt=0.95)
    """The c-statistic that was expected before the fit, from which the number of people needed is worked out."""
    anticipated_from: str = "no published model was taken; 0.75 is the default of casefinder"
    """Where the expected c-statistic comes from."""

    @model_validator(mode="after")
    def _shares_and_thresholds_lie_between_0_and_1(self) -> "EvaluationSettings":
        for name in ("list_shares", "thresholds"):
            if not all(0 < one < 1 for one in getattr(self, name)):
                raise ValueError(f"{name} must lie above 0 and below 1")
        return self


class ModelSettings(Settings):
    """One model."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{2,40}$")
    """Name of the model, which is also the name of its file."""
    meaning: str
    """What the model says of a person, in words."""
    outcome: str
    """Outcome that it predicts."""
    horizon_days: int = Field(default=365, ge=1, le=1826)
    """Days from the index date in which the outcome counts."""
    cohort: CohortSettings = CohortSettings()
    """Who is scored."""
    families: tuple[str, ...] = ()
    """Families of features; none means all."""
    without_families: tuple[str, ...] = ()
    """Families left out."""
    without: tuple[str, ...] = ()
    """Features left out."""
    split: SplitSettings = SplitSettings()
    """Index dates and shares of people."""
    served: Literal["trees", "logistic"] = "trees"
    """Kind of model that scores; the other is fitted beside it."""
    trees: BoostingSettings = BoostingSettings()
    """Settings of the boosted trees."""
    logistic: LogisticSettings = LogisticSettings()
    """Settings of the penalised logistic regression."""
    calibration: Literal["logistic", "isotonic"] = "logistic"
    """How raw scores become risks; `isotonic` needs more than 1,000 events."""
    list_share: float = Field(default=0.01, gt=0, lt=0.5)
    """Share of people on which the yield of a list is reported."""
    served_people: Literal["keep", "hold_out"] = "keep"
    """People whom a list reached inside their window: `keep` their rows, so that the model learns what services did, or fit
    on people held out in their stead (`hold_out`; the site must have had `lists.hold_out` since before the windows).
    """
    risk_words: str
    """How the risk is said after a number of people, such as "people like this ..."."""
    seed: int = 1
    """Seed of fitting."""
    evaluation: EvaluationSettings = EvaluationSettings()
    """How it is measured on the people it is tested on."""
    gates: GateSettings = GateSettings()
    """What a version must show before it may be promoted."""


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
