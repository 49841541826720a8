"""The protocol of an evaluation: a target trial in settings, written before anybody looks at an outcome."""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from casefinder.config._yaml import Settings, build, read_yaml
from casefinder.config.model import CohortSettings
from casefinder.errors import ConfigError, Problem, one_of
from casefinder.shipped import shipped


class TrialWords(Settings):
    """The trial that would answer the question, in words; the report prints it beside what was done."""

    eligibility: str = Field(min_length=10)
    """Who could have been given the service."""
    strategies: str = Field(min_length=10)
    """What is compared: the service, and what people get without it."""
    start: str = Field(min_length=10)
    """Time zero: when follow-up begins, in both arms."""
    outcome: str = Field(min_length=10)
    """What is counted, and for how long."""
    contrast: str = Field(min_length=10)
    """What the effect is of: an effect in those treated, by intention to treat."""


class ServedSettings(Settings):
    """Who got the service, and when."""

    source: Literal["caseload", "file", "lists", "invited"] = "caseload"
    """`caseload`: stays on a caseload in the record. `file`: a CSV file of person_id, start_date, end_date. `lists`:
    everyone on an issued list, from the date of the list, whatever the meeting decided. `invited`: those whom a draw invited
    (`worklist --invite-at-random`), against those on the same list who were not drawn: a randomised comparison, by intention
    to treat, without matching.
    """
    caseloads: tuple[str, ...] = ()
    """With `caseload`: names, or beginnings of names, of the caseloads."""
    file: str = ""
    """With `file`: the file, from the folder of this protocol."""
    scopes: tuple[str, ...] = ()
    """With `lists` and `invited`: whose lists count, such as `practice:A81001` or `cluster:North`; none means all."""
    starts_from: dt.date | None = None
    """First day on which a start counts. Whoever started before it is left out altogether."""
    starts_to: dt.date | None = None
    """Last day on which a start counts. Empty: the last day whose outcome window has closed in the record."""

    @model_validator(mode="after")
    def _source_is_named(self) -> "ServedSettings":
        if self.source == "caseload" and not self.caseloads:
            raise ValueError("give 'caseloads', the names of the caseloads of the service")
        if self.source == "file" and not self.file:
            raise ValueError("give 'file', a CSV file of person_id, start_date and end_date")
        if self.starts_from and self.starts_to and self.starts_from > self.starts_to:
            raise ValueError("starts_from lies after starts_to")
        return self


class ComparatorSettings(Settings):
    """Where controls come from."""

    area: Literal["same", "other", "both"] = "both"
    """`same`: practices where the service runs (the same system, perhaps spill-over). `other`: all other practices (no
    spill-over, perhaps another system). `both`.
    """
    practices: tuple[str, ...] = ()
    """Practices where the service runs. With `clusters` empty too: those where anybody started."""
    clusters: tuple[str, ...] = ()
    """Clusters where the service runs."""
    justification: str = Field(min_length=10)
    """Why controls from there answer the question."""


class RunUpSettings(Settings):
    """Emergency admissions before time zero, in windows of their own, because a start often follows an admission."""

    days: tuple[int, ...] = (30, 90, 365, 730)
    """Ends of the windows, in days before time zero: 0 to 30, 31 to 90, and so on."""
    seen: Literal["happened", "known"] = "happened"
    """`happened`: whatever had happened by then, even where the feed told it later, since those who refer know of it.
    `known`: only what the feed had told by then.
    """

    @model_validator(mode="after")
    def _days_rise(self) -> "RunUpSettings":
        if not self.days or list(self.days) != sorted(set(self.days)) or self.days[0] < 1 or self.days[-1] > 1826:
            raise ValueError("days must rise, from 1 to 1826")
        return self


class MatchingSettings(Settings):
    """How controls are found; the words are those of `casefinder.matching.MatchSettings`."""

    ratio: int = Field(default=3, ge=1, le=20)
    """Controls for each treated person at most."""
    caliper: float = Field(default=0.2, gt=0, le=5)
    """Widest difference on each logit, as a share of its standard deviation."""
    spread: Literal["everyone", "pooled_within_groups"] = "everyone"
    """Which standard deviation: of the score over everyone, or pooled within treated and candidates."""
    method: Literal["greedy", "optimal"] = "greedy"
    """Greedy by descending score, or the optimal assignment."""
    replacement: bool = False
    """Whether a control may serve several treated people."""
    propensity_only: bool = False
    """Leave the prognostic score and closeness out."""

    @model_validator(mode="after")
    def _replacement_is_greedy(self) -> "MatchingSettings":
        if self.replacement and self.method == "optimal":
            raise ValueError("with replacement everyone has their nearest controls already; use method: greedy")
        return self


class AlternativeSettings(Settings):
    """Other designs that are matched, and frozen, beside the first one."""

    calipers: tuple[float, ...] = (0.1, 0.4)
    """Other calipers."""
    ratios: tuple[int, ...] = (1,)
    """Other numbers of controls."""
    replacement: bool = True
    """Also with replacement."""
    propensity_only: bool = True
    """Also on the propensity score alone."""
    leave_out_days: int = Field(default=30, ge=1, le=365)
    """Also without the first days of follow-up."""

    @model_validator(mode="after")
    def _settings_can_be_used(self) -> "AlternativeSettings":
        if any(not 0 < one <= 5 for one in self.calipers) or any(not 1 <= one <= 20 for one in self.ratios):
            raise ValueError("calipers lie above 0 and at most at 5, ratios from 1 to 20")
        return self


class GoSettings(Settings):
    """What a design must show before it is fit to proceed."""

    least_people: int = Field(default=50, ge=10)
    """Fewest treated people with a control; with fewer nothing is written."""
    least_inside: float = Field(default=0.5, gt=0, le=1)
    """Least share of the treated whose propensity lies inside the range of candidates; below it nothing is written."""
    least_matched: float = Field(default=0.7, gt=0, le=1)
    """Least share of the eligible treated with a control."""
    largest_smd: float = Field(default=0.1, gt=0, le=0.25)
    """Largest standardised mean difference of a covariate."""
    largest_smd_strict: float = Field(default=0.05, gt=0, le=0.25)
    """The same for the prognostic score and each window of the run-up."""


class ServiceProtocol(Settings):
    """One evaluation of one service."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{2,40}$")
    """Name of the service, which is also the name of its file."""
    title: str = Field(min_length=5, max_length=120)
    """What the report is called."""
    question: str = Field(min_length=10)
    """The question, in one sentence."""
    trial: TrialWords
    """The target trial in words."""
    served: ServedSettings
    """Who got the service."""
    eligibility: CohortSettings = CohortSettings()
    """Who could be in either arm, at time zero and by what was known then."""
    comparator: ComparatorSettings
    """Where controls come from."""
    landmarks: Literal["day", "week", "month"] = "day"
    """Time zero of a treated person: the day of the start, or the first Monday or first of a month on or after it. A
    coarser step makes fewer rows, and leaves out what happens between start and landmark.
    """
    horizon_days: int = Field(default=365, ge=30, le=1826)
    """Days of follow-up from time zero."""
    primary: str = "emergency_admissions"
    """The one primary outcome; every other one is exploratory."""
    outcomes: tuple[str, ...] = (
        "ae_attendances", "emergency_bed_days", "planned_admissions", "outpatient_attendances", "care_home_entry",
        "cost", "days_alive_out_of_hospital",
    )  # fmt: skip
    """Other outcomes; mortality always stands first."""
    negative_controls: tuple[str, ...] = ("cataract_operations", "eye_appointments", "skin_appointments")
    """Outcomes that the service cannot change; the primary outcome in the year before the run-up is always one too."""
    estimand: Literal["att"] = "att"
    """The effect in those treated."""
    exact: tuple[Literal["sex", "age_band", "recent_admission", "imd_fifth", "in_care_home", "practice", "cluster"], ...] = (
        "sex",
        "age_band",
    )
    """What both members of a pair have in common. `recent_admission`: whether there was any emergency admission in the first
    window of the run-up.
    """
    age_bands: tuple[int, ...] = (40, 50, 60, 65, 70, 75, 80, 85, 90)
    """Ages at which a new band begins."""
    run_up: RunUpSettings = RunUpSettings()
    """Windows of emergency admissions before time zero."""
    covariates: tuple[str, ...] = Field(min_length=1)
    """Features by name, as known at time zero: what is balanced, and what both scores are fitted on."""
    closeness: tuple[str, ...] = ("prognostic_score", "run_up", "age", "hospital_frailty_risk_score")
    """What pairs are near to each other on, inside the calipers: `prognostic_score`, `propensity_score`, `run_up` (each of
    its windows), or covariates.
    """
    prognostic: Literal["earlier", "none"] = "earlier"
    """The prognostic score: fitted in people at an earlier date whose outcome window closed before the first start, or none.
    """
    matching: MatchingSettings = MatchingSettings()
    """How controls are found."""
    alternatives: AlternativeSettings = AlternativeSettings()
    """Other designs, frozen beside it."""
    subgroups: tuple[Literal["age_65", "sex", "imd_fifth"], ...] = ("age_65", "sex")
    """Subgroups, exploratory: `age_65` splits at 65."""
    go: GoSettings = GoSettings()
    """What a design must show."""
    cut_bandwidth: float | None = Field(default=None, gt=0, le=5)
    """With `lists`: look also at people whose raw score lies nearer than this to the cut of a practice's list, above and
    below, by discontinuity. Empty: not asked for. `lists.reserve_percent` of the site says how far below it the archive
    reaches.
    """
    organisation_level: bool = False
    """True where practices took the service up and people were not chosen by recent events: difference-in-differences is
    then shown as well, with its trend before the start.
    """
    seed: int = 1
    """Settles ties, by a hash of seed and person."""
    folder: Path = Field(default=Path("."), exclude=True)
    """Folder of the file; set when it is read."""

    @model_validator(mode="after")
    def _lists_make_sense(self) -> "ServiceProtocol":
        if list(self.age_bands) != sorted(set(self.age_bands)):
            raise ValueError("age_bands must rise")
        if self.primary in self.outcomes or set(self.negative_controls) & {self.primary, *self.outcomes}:
            raise ValueError("an outcome is primary, or one of outcomes, or a negative control, and only once")
        return self

    @property
    def is_randomised(self) -> bool:
        """Whether chance settled who was invited."""
        return self.served.source == "invited"

    @property
    def hash(self) -> str:
        """The SHA-256 of every setting, whatever the comments and the order of lines of the file."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def protocol_names(own: Path | None = None) -> dict[str, Path]:
    """Return every protocol at hand: shipped ones, and a site's own in ``own``."""
    folders = [shipped("configs") / "services", *([own] if own and own.is_dir() else [])]
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.yaml"))}


def load_protocol(name: str, own: Path | None = None) -> ServiceProtocol:
    """Read a protocol by its name (a file under ``services/`` beside the site file, or shipped) or by the path of its file.

    Raises:
        ConfigError: there is no such protocol, or its settings cannot be used; every problem is told.
    """
    path = _path(name, own)
    protocol = build(ServiceProtocol, read_yaml(path, "protocol"), str(path))
    if protocol.name != path.stem:
        raise ConfigError(f"{path} calls its service '{protocol.name}'; name and file must agree.")
    return protocol.model_copy(update={"folder": path.resolve().parent})


def readable_protocol(name: str, own: Path | None = None) -> tuple[ServiceProtocol | None, tuple[Problem, ...]]:
    """Return what can be read of a protocol, and the problems of the settings that cannot be.

    Settings with a problem stand in it as in the starter, so that what is wrong with the others can be told too. None where
    settings contradict each other, and nothing more can be said.

    Raises:
        ConfigError: there is no such protocol, or its file is no YAML.
    """
    path = _path(name, own)
    content = read_yaml(path, "protocol")
    problems: tuple[Problem, ...] = ()
    try:
        protocol = build(ServiceProtocol, content, str(path))
    except ConfigError as error:
        problems = tuple(error.problems)
        starter = read_yaml(shipped("configs") / "services" / "starter" / "service.yaml", "protocol")
        required = {key: starter[key] for key, field in ServiceProtocol.model_fields.items() if field.is_required()}
        sound = {key: value for key, value in content.items() if key not in heads(problems)}
        try:
            protocol = build(ServiceProtocol, {**required, "name": path.stem, **sound}, str(path))
        except ConfigError:
            return None, problems
    if "name" not in heads(problems) and protocol.name != path.stem:
        problems += (Problem("name", f"'{protocol.name}' is not the name of the file, {path.stem}"),)
    return protocol.model_copy(update={"folder": path.resolve().parent}), problems


def heads(problems: Sequence[Problem]) -> set[str]:
    """Return the settings of the first rank that problems are in.

    >>> sorted(heads([Problem("run_up.days", ""), Problem("served.caseloads[0]", ""), Problem("exact", "")]))
    ['exact', 'run_up', 'served']
    """
    return {problem.where.partition(".")[0].partition("[")[0] for problem in problems}


def _path(name: str, own: Path | None) -> Path:
    known = protocol_names(own)
    path = Path(name) if name.endswith((".yaml", ".yml")) else known.get(name)
    if path is None:
        remedy = f"Write one with: casefinder service new {name} --workspace DIR"
        raise ConfigError(f"There is no protocol called '{name}'; {one_of(name, known)}", remedy=remedy)
    return path
