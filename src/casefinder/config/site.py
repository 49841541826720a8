"""One deployment: where its extracts lie, how they differ from the layouts, who may be linked, how lists are made."""

import datetime as dt
import os
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from casefinder.config._yaml import Settings, build, read_yaml
from casefinder.errors import ConfigError, Problem


class Known(Settings):
    """Where the known date of a source comes from: a column of the file, one date for the whole file, or a lag.

    A column may have ``plus_days`` added; rows where it is empty fall back on ``lag_days`` after the event where that is
    given too, and are quarantined otherwise.
    """

    column: str = ""
    plus_days: int = Field(default=0, ge=0, le=730)
    date: dt.date | None = None
    lag_days: int | None = Field(default=None, ge=0, le=730)

    @model_validator(mode="after")
    def _one_is_given(self) -> "Known":
        if not self.column and self.date is None and self.lag_days is None:
            raise ValueError("give 'column: NAME' (the file says when), 'date: YYYY-MM-DD', or 'lag_days: N'")
        if self.date is not None and (self.column or self.lag_days is not None):
            raise ValueError("'date' stands alone: the whole file was known on that day")
        return self


class Bridge(Settings):
    """A file that leads from a source's own person identifier to the site's: two columns."""

    file: str
    own: str
    person: str


class SourceSettings(Settings):
    """One source of the site: its files and how they differ from the layout."""

    extract: str = ""
    files: tuple[str, ...] = Field(min_length=1)
    known: Known | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    bridge: Bridge | None = None
    max_quarantined_percent: float = Field(default=5.0, ge=0, le=100)
    as_at: dt.date | None = None
    stale_after_days: int = Field(default=60, ge=1)
    complete_after_days: int | None = Field(default=None, ge=0, le=730)

    def completeness_days(self) -> int:
        """Return after how many days nearly every row of an event has arrived: as set, else the lag, else 90."""
        if self.complete_after_days is not None:
            return self.complete_after_days
        lag = self.known.lag_days if self.known else 0
        return 90 if lag is None else lag

    @field_validator("files", mode="before")
    @classmethod
    def _one_file_may_be_plain(cls, files: object) -> object:
        return [files] if isinstance(files, str) else files


class PersonKey(Settings):
    """What identifies a person in the extracts."""

    kind: Literal["nhs_number", "pseudonym"]
    pattern: str = ""
    sentinels: tuple[str, ...] = ()
    max_events: int = Field(default=20_000, ge=100)

    @field_validator("sentinels", mode="before")
    @classmethod
    def _as_text(cls, values: object) -> object:
        return [str(one) for one in values] if isinstance(values, list | tuple) else values

    @model_validator(mode="after")
    def _pattern_fits_kind(self) -> "PersonKey":
        if self.kind == "pseudonym" and not self.pattern:
            raise ValueError("a pseudonym needs 'pattern', a regular expression that every identifier matches")
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"pattern is not a regular expression: {error}") from None
        return self


class Secret(Settings):
    """Where the pseudonym key is kept; never in the workspace."""

    env: str = ""
    file: str = ""

    @model_validator(mode="after")
    def _exactly_one(self) -> "Secret":
        if bool(self.env) == bool(self.file):
            raise ValueError("give either 'env: NAME' or 'file: PATH'")
        return self


class OptOuts(Settings):
    """Which objections are honoured, and how old the national list may be."""

    apply_type1: bool = True
    apply_national: bool = True
    national_list_max_age_days: int = Field(default=10, ge=1, le=90)


class HospitalStays(Settings):
    """How spells join into continuous inpatient stays (the variant is printed on the model card)."""

    max_gap_days: int = Field(default=2, ge=0, le=30)


class CareHomes(Settings):
    """What counts as entering a care home."""

    supporting_evidence: bool = True


class Rules(Settings):
    """Which people a list leaves out."""

    care_home_residents: bool = True
    on_caseload: bool = True
    caseloads: tuple[str, ...] = ()
    end_of_life_register: bool = True
    discussed_within_weeks: int = Field(default=6, ge=0, le=104)
    declined_within_weeks: int = Field(default=52, ge=0, le=520)


class ClusterShare(Settings):
    """How the places of a cluster meeting are shared between its practices."""

    method: Literal["risk", "list_size", "floor"] = "risk"
    floor: int = Field(default=2, ge=1)


class ListSettings(Settings):
    """How lists are made."""

    practice_k: int = Field(default=15, ge=1, le=500)
    cluster_k: int = Field(default=30, ge=1, le=1000)
    ranked_by: str = "emergency_admission"
    beside: tuple[str, ...] = ("care_home_entry",)
    cluster_share: ClusterShare = ClusterShare()
    rules: Rules = Rules()
    valid_days: int = Field(default=14, ge=1, le=92)
    reserve_percent: int = Field(default=50, ge=0, le=500)
    safety_feeds_max_age_days: int = Field(default=14, ge=1, le=400)
    silent_hospital_feed: Literal["stamp", "withhold"] = "stamp"
    silent_practice_days: int = Field(default=30, ge=1, le=400)
    seed: int = 1


class Observation(Settings):
    """How people who leave observation are handled."""

    hospital_data: Literal["national", "local"] = "local"


class Site(Settings):
    """One deployment."""

    name: str = Field(min_length=1, max_length=80)
    demonstration: bool = False
    extract_date: dt.date
    history_from: dt.date | None = None
    person_key: PersonKey
    pseudonym_key: Secret
    data: str = "."
    engine: Literal["duckdb"] = "duckdb"
    memory: str = Field(default="3GB", pattern=r"^[0-9]+(\.[0-9]+)?(MB|GB)$")
    threads: int = Field(default=2, ge=1, le=256)
    block_people: int = Field(default=50_000, ge=100, le=500_000)
    sources: dict[str, SourceSettings] = Field(min_length=1)
    opt_outs: OptOuts = OptOuts()
    hospital_stays: HospitalStays = HospitalStays()
    care_homes: CareHomes = CareHomes()
    observation: Observation = Observation()
    prices_edition: str = ""
    codelists: str = ""
    lists: ListSettings = ListSettings()
    mlflow_uri: str = ""
    decisions_url: str = ""
    models: dict[str, str] = Field(default_factory=dict)
    folder: Path = Path(".")

    def data_folder(self, argument: Path | None = None) -> Path:
        """Return the folder of raw files: the argument, else CASEFINDER_DATA, else ``data`` beside the site file."""
        chosen = argument or (Path(os.environ["CASEFINDER_DATA"]) if os.environ.get("CASEFINDER_DATA") else None)
        return chosen if chosen else self.folder / self.data

    def own_codelists(self) -> Path | None:
        """Return the site's own folder of code lists, if it has one."""
        return self.folder / self.codelists if self.codelists else None

    def key(self) -> bytes:
        """Return the pseudonym key.

        Raises:
            ConfigError: it is missing or too short to protect anyone.
        """
        where = f"environment variable {self.pseudonym_key.env}" if self.pseudonym_key.env else self.pseudonym_key.file
        if self.pseudonym_key.env:
            text = os.environ.get(self.pseudonym_key.env, "")
        else:
            path = self.folder / self.pseudonym_key.file
            text = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
        if len(text) < 32:
            problem = Problem("pseudonym_key", f"no key of at least 32 characters in the {where}")
            remedy = (
                'Make one with: python -c "import secrets; print(secrets.token_hex(32))" and keep it outside the workspace.'
            )
            raise ConfigError("People cannot be pseudonymised:", [problem], remedy)
        return text.encode()


def load_site(path: Path) -> Site:
    """Read a site file.

    Raises:
        ConfigError: listing every setting that cannot be used.
    """
    site = build(Site, read_yaml(path, "site file"), str(path))
    return site.model_copy(update={"folder": path.resolve().parent})
