"""One deployment: where its extracts lie, how they differ from the layouts, who may be linked, how lists are made."""

import codecs
import datetime as dt
import os
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from casefinder.config._yaml import Settings, build, read_yaml
from casefinder.config.known import Known
from casefinder.config.places import Place, beside, given_place
from casefinder.config.published import Areas, Disclosure
from casefinder.config.spark import SparkSettings
from casefinder.errors import ConfigError, Problem


class Bridge(Settings):
    """A file that leads from a source's own person identifier to the site's: two columns."""

    file: str
    """CSV file of the bridge, in the folder of raw files."""
    own: str
    """Its column with the source's own identifier."""
    person: str
    """Its column with the site's identifier."""


class SourceSettings(Settings):
    """One source of the site: its files and how they differ from the layout."""

    extract: str = ""
    """Layout of the files; empty where the source is called as its layout is."""
    files: tuple[str, ...] = Field(min_length=1)
    """Names of the files in the folder of raw files; `*` stands for anything. One name may stand without brackets."""
    known: Known | None = None
    """Where the known date of a row comes from; needed wherever a source holds people."""
    columns: dict[str, str] = Field(default_factory=dict)
    """The site's own name for a column of the layout, as `layout's name: own name`."""
    encoding: str = "utf-8"
    """Encoding of CSV files, such as utf-8 or cp1252."""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    """Character between the columns of CSV files."""
    bridge: Bridge | None = None
    """File that leads from this source's own person identifier to the site's."""
    max_quarantined_percent: float = Field(default=5.0, ge=0, le=100)
    """With `--strict`, the largest share of rows, in percent, that may have one kind of problem."""
    as_at: dt.date | None = None
    """The day on which this source was taken; empty for the site's extract date."""
    stale_after_days: int = Field(default=60, ge=1)
    """Days between a feed's latest event and a list, after which the list calls the feed out of date."""
    complete_after_days: int | None = Field(default=None, ge=0, le=730)
    """Days after an event by which nearly every row of its kind has arrived, which limits how far outcomes can be
    observed. Empty: the lag, or 90 where there is none.
    """

    def completeness_days(self) -> int:
        """Return after how many days nearly every row of an event has arrived: as set, else the lag, else 90."""
        if self.complete_after_days is not None:
            return self.complete_after_days
        lag = self.known.lag_days if self.known else 0
        return 90 if lag is None else lag

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, name: str) -> str:
        try:
            return codecs.lookup(name).name
        except LookupError:
            raise ValueError(f"no encoding called '{name}'; use utf-8, cp1252 or utf-16") from None

    @field_validator("files", mode="before")
    @classmethod
    def _one_file_may_be_plain(cls, files: object) -> object:
        return [files] if isinstance(files, str) else files


class PersonKey(Settings):
    """What identifies a person in the extracts."""

    kind: Literal["nhs_number", "pseudonym"]
    """`nhs_number` (its check digit is checked) or `pseudonym` (its pattern is)."""
    pattern: str = ""
    """Regular expression that every pseudonym matches."""
    sentinels: tuple[str, ...] = ()
    """Identifiers that stand for nobody."""
    max_events: int = Field(default=20_000, ge=100)
    """An identifier with more rows than this is not one person, and is left out."""

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
    """Environment variable that holds the key, of at least 32 characters."""
    file: str = ""
    """File that holds the key, from the folder of the site file."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "Secret":
        if bool(self.env) == bool(self.file):
            raise ValueError("give either 'env: NAME' or 'file: PATH'")
        return self


class OptOuts(Settings):
    """Which objections are honoured, and how old the national list may be."""

    apply_type1: bool = True
    """Leave out people whose latest type 1 entry at the practice is an objection."""
    apply_national: bool = True
    """Leave out people whom the national cleaned list, where it is supplied, does not clear."""
    national_list_max_age_days: int = Field(default=10, ge=1, le=90)
    """Linking stops when the national list was older than this at the extract, in days."""


class HospitalStays(Settings):
    """How spells join into continuous inpatient stays (the variant is printed on the model card)."""

    max_gap_days: int = Field(default=2, ge=0, le=30)
    """Most days between two spells of which one says transfer, for them to count as one stay."""


class CareHomes(Settings):
    """What counts as entering a care home."""

    supporting_evidence: bool = True
    """A sign in a GP or hospital record counts as an entry where the council has no service on record."""


class Rules(Settings):
    """Which people a list leaves out."""

    care_home_residents: bool = True
    """Leave out people who live in a care home."""
    on_caseload: bool = True
    """Leave out people on the caseload of a service."""
    caseloads: tuple[str, ...] = ()
    """Names, or beginnings of names, of the services whose caseload counts; none means any service."""
    end_of_life_register: bool = True
    """Leave out people on the end-of-life register."""
    discussed_within_weeks: int = Field(default=6, ge=0, le=104)
    """Leave out people about whom a meeting decided anything but `defer until` within so many weeks."""
    declined_within_weeks: int = Field(default=52, ge=0, le=520)
    """Leave out people who declined within so many weeks."""


class ClusterShare(Settings):
    """How the places of a cluster meeting are shared between its practices."""

    method: Literal["risk", "list_size", "floor"] = "risk"
    """`risk`: by risk alone. `list_size`: in proportion to registered people. `floor`: by risk, with a least number for
    each practice.
    """
    floor: int = Field(default=2, ge=1)
    """Least number of places for each practice, with the method `floor`."""


class HoldOut(Settings):
    """People held out of lists by agreement, so that a later model can be fitted on what happens without them.

    An ethical decision with a price (docs/how-to/served-people.md): it is off unless a site sets it, and a real site needs
    an approval of its own, `hold_out` in governance.yaml.
    """

    share: float = Field(ge=0.01, le=0.5)
    """Share of all people who are scored and put on no list by score."""
    starts: dt.date
    """First date of a list on which people are held out."""
    approval: str = ""
    """Reference of the approval, the same as in governance.yaml; a demonstration needs none."""
    seed: int = 1
    """Settles who is held out, by a hash of seed and person. Never change it while the hold-out stands."""


class ListSettings(Settings):
    """How lists are made."""

    practice_k: int = Field(default=15, ge=1, le=500)
    """How many people a practice can discuss."""
    cluster_k: int = Field(default=30, ge=1, le=1000)
    """How many people a cluster meeting can discuss."""
    ranked_by: str = "emergency_admission"
    """Model whose raw score ranks the list."""
    beside: tuple[str, ...] = ("care_home_entry",)
    """Models whose risk stands beside it."""
    cluster_share: ClusterShare = ClusterShare()
    """How the places of a cluster meeting are shared between its practices."""
    rules: Rules = Rules()
    """Which people a list leaves out."""
    valid_days: int = Field(default=14, ge=1, le=92)
    """Days from the date of a list to its "do not use after"."""
    reserve_percent: int = Field(default=50, ge=0, le=500)
    """People explained beyond k, in percent of k (at least five), to take the places of those who die, move or object
    before release.
    """
    safety_feeds_max_age_days: int = Field(default=14, ge=1, le=400)
    """No list is released when deaths, registrations or objections were taken more days than this before it."""
    silent_hospital_feed: Literal["stamp", "withhold"] = "stamp"
    """`stamp` or `withhold` a list whose hospital feed is silent or out of date."""
    silent_practice_days: int = Field(default=30, ge=1, le=400)
    """Days without a row, while others have rows, after which a practice's feed may be silent; ten rows must be missing at
    its usual rate.
    """
    seed: int = 1
    """Breaks ties of rank, by a hash of seed and person."""
    hold_out: HoldOut | None = None
    """People held out of lists by agreement; empty for nobody."""


class ServiceSettings(Settings):
    """What counts as a service, in monitoring and in warnings about retraining.

    A person is served in a window if a service began inside it.
    """

    decisions: tuple[Literal["discuss", "accept", "already known", "not suitable", "declined", "defer until"], ...] = (
        "discuss",
        "accept",
    )
    """Decisions of a meeting that count, from the day on which they were taken."""
    referred_only: bool = False
    """Count decisions only where the sheet says to whom the person was referred."""
    caseloads: tuple[str, ...] = ()
    """Names, or beginnings of names, of caseloads whose start counts, such as virtual_ward; none means none."""
    stays: tuple[Literal["reablement", "home_care", "other_support", "carer_support"], ...] = ()
    """Kinds of social care whose start counts."""


class Observation(Settings):
    """How people who leave observation are handled."""

    hospital_data: Literal["national", "local"] = "local"
    """`national`: hospital data follow people who move away, so nobody is lost. `local`: people who leave are weighted
    for.
    """


class Site(Settings):
    """One deployment."""

    name: str = Field(min_length=1, max_length=80)
    """Name of the site, which its workspace remembers."""
    demonstration: bool = False
    """True for invented records only: NHS numbers of the 999 range, and no governance asked."""
    extract_date: dt.date
    """The day on which the extracts were taken."""
    history_from: dt.date | None = None
    """First day that the feeds cover; years observed are counted from it. Empty: no limit."""
    person_key: PersonKey
    """What identifies a person in the extracts."""
    pseudonym_key: Secret
    """Where the key of the pseudonyms is kept."""
    data: Place = "."
    """Folder of the raw files, from the folder of the site file, or a URL (`s3://`, `s3a://`, `abfss://`, `dbfs:/`);
    `--data` or CASEFINDER_DATA go before it.
    """
    store: Place = ""
    """Folder or URL for what is large: record, histories and lists. Empty: the workspace."""
    engine: Literal["duckdb", "spark"] = "duckdb"
    """What runs the relational work of linking. `spark` needs the extra `spark` and Java 17 or newer."""
    spark: SparkSettings = SparkSettings()
    """Where Spark runs."""
    memory: str = Field(default="3GB", pattern=r"^[0-9]+(\.[0-9]+)?(MB|GB)$")
    """Memory that the engine may use, such as 3GB; what does not fit spills to disk. For Spark: of a local master's driver,
    at least 1GB.
    """
    threads: int = Field(default=2, ge=1, le=256)
    """Threads that the engine may use."""
    block_people: int = Field(default=50_000, ge=100, le=500_000)
    """About how many people stand in one block of histories."""
    sources: dict[str, SourceSettings] = Field(min_length=1)
    """The sources of the site, by name."""
    opt_outs: OptOuts = OptOuts()
    """Which objections are honoured."""
    hospital_stays: HospitalStays = HospitalStays()
    """How spells join into continuous stays."""
    care_homes: CareHomes = CareHomes()
    """What counts as entering a care home."""
    observation: Observation = Observation()
    """How people who leave observation are handled."""
    codelists: str = ""
    """Folder of the site's own code lists, from the folder of the site file; a list of the same name replaces a shipped
    one.
    """
    disclosure: Disclosure = Disclosure()
    """How counts may leave the workspace."""
    areas: Areas | None = None
    """Areas to draw maps of need on; empty for no maps."""
    lists: ListSettings = ListSettings()
    """How lists are made."""
    services: ServiceSettings = ServiceSettings()
    """What counts as a service."""
    currency: str = Field(default="£", max_length=4)
    """The sign written before an amount of money on a list."""
    mlflow_uri: str = ""
    """Tracking server of MLflow; empty for SQLite in the workspace."""
    decisions_url: str = ""
    """Database of lists and decisions, as an SQLAlchemy URL; empty for SQLite in the workspace."""
    models: dict[str, str] = Field(default_factory=dict)
    """Bundle to score a model with, from the folder of the site file, or `demonstration`; a model not named is scored with
    the version that the workspace serves.
    """
    folder: Path = Field(default=Path("."), exclude=True)
    """Folder of the site file; set when it is read."""

    def data_folder(self, argument: str | Path | None = None) -> str:
        """Return where the raw files lie: the argument, else CASEFINDER_DATA, else ``data`` beside the site file.

        Raises:
            ConfigError: a URL that is no place.
        """
        chosen = str(argument or "") or os.environ.get("CASEFINDER_DATA", "")
        return given_place(chosen) if chosen else beside(self.folder, self.data)

    def store_folder(self) -> str:
        """Return where record, histories and lists lie; empty for the workspace."""
        return beside(self.folder, self.store) if self.store else ""

    def own_codelists(self) -> Path | None:
        """Return the site's own folder of code lists, if it has one."""
        return self.folder / self.codelists if self.codelists else None

    def areas_file(self) -> Path | None:
        """Return the file of areas, if the site has one."""
        return self.folder / self.areas.file if self.areas else None

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


def load_site(path: Path, extract_date: dt.date | None = None) -> Site:
    """Read a site file.

    Args:
        path: the site file.
        extract_date: the day of these extracts, instead of the one in the file.

    Raises:
        ConfigError: listing every setting that cannot be used.
    """
    site = build(Site, read_yaml(path, "site file"), str(path))
    day = extract_date or site.extract_date
    sources = {
        name: one.model_copy(update={"known": one.known.on(day)}) if one.known else one for name, one in site.sources.items()
    }
    return site.model_copy(update={"folder": path.resolve().parent, "extract_date": day, "sources": sources})
