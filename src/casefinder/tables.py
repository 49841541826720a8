"""The contract between steps: the tables, their columns, what may stand in them, and the check.

A table is written whole or not at all, and is checked against its record here before its manifest is written.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import pyarrow as pa

ColumnType = Literal["text", "date", "integer", "small", "number", "pence", "yes_no"]

_ARROW: Final[dict[str, pa.DataType]] = {
    "text": pa.string(),
    "date": pa.date32(),
    "integer": pa.int64(),
    "small": pa.int32(),
    "number": pa.float64(),
    "pence": pa.int64(),
    "yes_no": pa.bool_(),
}

POINT_KINDS: Final = {
    "death": "the person died",
    "diagnosis": "a diagnosis coded in hospital; position 1 is the main one",
    "procedure": "a procedure coded in hospital",
    "admission_reason": "a diagnosis of the first episode of an emergency stay, dated at the admission",
    "ae_attendance": "an unplanned first attendance at an emergency department; the code is the department type",
    "ae_acuity": "acuity at first assessment, 1 (immediate) to 5 (low)",
    "ae_arrival": "how the person came to the department",
    "ae_out_of_hours": "an attendance that began between 18:30 and 08:00 or at a weekend",
    "ae_left": "an attendance that ended before treatment",
    "call_111": "a call to NHS 111; the code is its outcome",
    "ambulance": "a face-to-face ambulance response; the code says if the person was taken to hospital",
    "outpatient": "an attended outpatient appointment; the code is the treatment function, position 1 a first one",
    "outpatient_missed": "an outpatient appointment that the person did not attend",
    "outpatient_cancelled": "an outpatient appointment cancelled by either side",
    "gp_record": "a coded entry in the GP record, with its value where it has one",
    "gp_contact": "a consultation in general practice; the code is its kind",
    "prescription": "an item issued; the code is its BNF code, the value its quantity",
    "community_contact": "an attended community contact; the code is the team",
    "mental_health_contact": "an attended mental health contact; the code is the team",
    "mental_health_referral": "a referral to mental health services; the code is its main reason",
    "social_care_request": "a request for adult social care support; the code is its outcome",
    "social_care_assessment": "an assessment or reassessment by adult social care",
    "social_care_review": "a review by adult social care",
    "care_home_entry": "the first long-term care-home service on record, as NHS England counts it; or supporting evidence",
    "care_home_evidence": "a sign in another source that the person lives in a care home",
    "register": "membership of a disease register or yearly flag",
    "annual_cost": "spending over a year, known at its end",
    "external_score": "a score from another tool, supplied by the site",
}
"""Kinds of dated fact."""

STAY_KINDS: Final = {
    "hospital": "a continuous inpatient stay; the method is how it began",
    "mental_health_stay": "a stay on a mental health ward",
    "care_home": "a long-term care-home service; the method is residential or nursing",
    "home_care": "a long-term package at home; the value is hours a week",
    "reablement": "short-term support to maximise independence",
    "other_support": "another short-term or low-level social care service",
    "carer_support": "support to a carer",
    "caseload": "time on the caseload of a service; the provider names the service",
    "registration": "registered with a practice",
    "observed": "registered with a practice while the site's feeds were there to be read",
    "residence": "living at an address; the value is its deprivation decile",
}
"""Kinds of interval."""

FACT_KINDS: Final = {
    "birth": "month of birth",
    "sex": "sex",
    "ethnicity": "ethnic group",
}
"""Undated facts about the person."""

METHODS: Final = (
    "emergency",
    "emergency_transfer",
    "elective",
    "day_case",
    "regular",
    "maternity",
    "transfer",
    "other",
    "residential",
    "nursing",
    "managed",
    "direct_payment",
    "",
)
"""How a stay began or is given."""

SEXES: Final = ("female", "male", "other", "unknown")
ETHNICITIES: Final = ("white", "mixed", "asian", "black", "other", "unknown")


@dataclass(frozen=True)
class Column:
    """One column: its name, type, meaning and limits."""

    name: str
    type: ColumnType
    meaning: str
    null: bool = False
    allowed: Collection[str] = ()


@dataclass(frozen=True)
class Table:
    """One table of the contract: what a row stands for, and its columns in order."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = field(default=())

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the table."""
        return pa.schema([pa.field(one.name, _ARROW[one.type], nullable=one.null) for one in self.columns])

    def empty(self) -> pa.Table:
        """Return the table with no rows."""
        return self.schema.empty_table()


_PERSON = Column("person_id", "text", "keyed pseudonym of the person: 12 characters")
_INDEX = Column("index_date", "date", "day 0: the day on which the person is scored")
_SOURCE = Column("source", "text", "the extract that the fact came from")

PEOPLE: Final = Table(
    "people",
    "a person",
    (
        _PERSON,
        Column("birth_month", "date", "first day of the month of birth"),
        Column("sex", "text", "sex as recorded", allowed=SEXES),
        Column("ethnicity", "text", "ethnic group, in six", allowed=ETHNICITIES),
        Column("ethnicity_known_date", "date", "day on which an event told it; empty where a register did", null=True),
        Column("death_date", "date", "day of death", null=True),
        Column("death_known_date", "date", "day on which the death was known", null=True),
        Column("block", "small", "the block of histories that holds this person"),
    ),
    key=("person_id",),
)

ADDRESSES: Final = Table(
    "addresses",
    "a person and an address",
    (
        _PERSON,
        Column("lsoa", "text", "lower layer super output area"),
        Column("imd_decile", "small", "deprivation decile of the area: 1 is the most deprived tenth", null=True),
        Column("start_date", "date", "first day at the address"),
        Column("end_date", "date", "first day no longer there; empty while it lasts", null=True),
        Column("known_date", "date", "day on which the address was known"),
    ),
)

REGISTRATIONS: Final = Table(
    "registrations",
    "a person and a practice",
    (
        _PERSON,
        Column("practice_code", "text", "ODS code of the practice"),
        Column("start_date", "date", "first day registered"),
        Column("end_date", "date", "first day no longer registered; empty while it lasts", null=True),
        Column("start_known_date", "date", "day on which the start was known"),
        Column("end_known_date", "date", "day on which the end was known", null=True),
        Column("superseded_date", "date", "day on which a correction replaced this row", null=True),
    ),
)

PRACTICES: Final = Table(
    "practices",
    "a practice",
    (
        Column("practice_code", "text", "ODS code of the practice"),
        Column("practice_name", "text", "name of the practice"),
        Column("gp_cluster", "text", "the group of practices that meets together: a primary care network or cluster"),
        Column("place", "text", "place, borough or district", null=True),
        Column("start_date", "date", "first day open", null=True),
        Column("end_date", "date", "first day closed", null=True),
    ),
    key=("practice_code",),
)

POINTS: Final = Table(
    "points",
    "a dated fact",
    (
        _PERSON,
        Column("event_date", "date", "day on which it happened"),
        Column("known_date", "date", "first day on which it could have been known"),
        Column("superseded_date", "date", "day on which a correction replaced this row", null=True),
        _SOURCE,
        Column("kind", "text", "what sort of fact", allowed=tuple(POINT_KINDS)),
        Column("code_system", "text", "the system of the code"),
        Column("code", "text", "the code, without dot or padding"),
        Column("position", "small", "1 for a main diagnosis or a first appointment, 2 for others, 0 where it means nothing"),
        Column("value", "number", "a measurement, a quantity, hours", null=True),
        Column("cost", "pence", "cost in whole pence"),
        Column("stay_id", "text", "the stay that the fact belongs to", null=True),
    ),
)

STAYS: Final = Table(
    "stays",
    "an interval",
    (
        _PERSON,
        Column("stay_id", "text", "identifies the stay within the person"),
        Column("start_date", "date", "first day"),
        Column("end_date", "date", "first day after; empty while it lasts", null=True),
        Column("start_known_date", "date", "first day on which the start could have been known"),
        Column("end_known_date", "date", "first day on which the end could have been known", null=True),
        Column("superseded_date", "date", "day on which a correction replaced this row", null=True),
        _SOURCE,
        Column("kind", "text", "what sort of stay", allowed=tuple(STAY_KINDS)),
        Column("method", "text", "how it began, or how it is given", allowed=METHODS),
        Column("provider", "text", "who gave it: an ODS code, a practice, a service", null=True),
        Column("value", "number", "hours a week, or a decile", null=True),
        Column("cost", "pence", "cost in whole pence of the whole stay, seen only once its end is known"),
    ),
)

QUARANTINE: Final = Table(
    "quarantine",
    "a rejected raw row",
    (
        _SOURCE,
        Column("file", "text", "name of the file"),
        Column("line", "integer", "line in the file, counting the heading as 1"),
        Column("column", "text", "the column at fault"),
        Column("problem", "text", "what is wrong with it"),
        Column("row_hash", "text", "keyed hash of the row, to find it again in the file"),
    ),
)

COHORT: Final = Table(
    "cohort",
    "a person and an index date",
    (
        _PERSON,
        _INDEX,
        Column("practice_code", "text", "the practice on the index date, as known then", null=True),
        Column("gp_cluster", "text", "its cluster", null=True),
        Column("included", "yes_no", "passed every rule"),
        Column("excluded_because", "text", "the first rule that the person did not pass", null=True),
    ),
    key=("person_id", "index_date"),
)

RISKS: Final = Table(
    "risks",
    "a person, an index date and a model version",
    (
        _PERSON,
        _INDEX,
        Column("practice_code", "text", "the practice on the index date", null=True),
        Column("gp_cluster", "text", "its cluster", null=True),
        Column("risk", "number", "calibrated probability of the outcome within the horizon"),
        Column("raw_score", "number", "the model's own score, by which people are ranked"),
    ),
    key=("person_id", "index_date"),
)

PERSON_RECORDS: Final = Table(
    "person_records",
    "what one source says about a person",
    (
        _PERSON,
        Column("birth_month", "date", "first day of the month of birth", null=True),
        Column("sex", "text", "sex as recorded", null=True, allowed=SEXES),
        Column("ethnicity", "text", "ethnic group, in six", null=True, allowed=ETHNICITIES),
        Column("known_date", "date", "day on which the source said so"),
        Column("standing", "small", "which source to believe first: 1 for GP records, larger for others"),
        Column("withheld", "text", "why the person must not be processed: dummy, sensitive, confidential", null=True),
    ),
)

EPISODES: Final = Table(
    "episodes",
    "a hospital episode or claim",
    (
        _PERSON,
        Column("episode", "text", "identifies the episode within the source"),
        Column("provider", "text", "the hospital"),
        Column("admission_date", "date", "day of admission of the spell"),
        Column("episode_start", "date", "first day of the episode"),
        Column("episode_end", "date", "last day of the episode; empty while unfinished", null=True),
        Column("discharge_date", "date", "day of discharge, on the last episode of a spell", null=True),
        Column("is_open", "yes_no", "the source says that the person was still there when the episode ended"),
        Column("episode_order", "small", "place in the spell, from 1; 99 where not known"),
        Column("method", "text", "how the spell began", allowed=METHODS),
        Column("came_from", "text", "kind of place that the person came from", null=True),
        Column("went_to", "text", "kind of place that the person went to", null=True),
        Column("main_diagnosis", "text", "main diagnosis, cleaned", null=True),
        Column("code_system", "text", "system of the diagnosis"),
        Column("known_date", "date", "first day on which the episode could have been known"),
        Column("superseded_date", "date", "day on which a correction replaced this row", null=True),
        Column("cost", "pence", "cost where the source gives one; the price list is used where it is 0"),
        _SOURCE,
    ),
)

AREAS: Final = Table(
    "areas",
    "a small area",
    (
        Column("lsoa", "text", "lower layer super output area"),
        Column("imd_decile", "small", "deprivation decile: 1 is the most deprived tenth", null=True),
        Column("imd_edition", "text", "edition of the index", null=True),
        Column("hospital_minutes", "number", "travel time to the nearest emergency department, minutes", null=True),
        Column("care_home_beds", "number", "care-home beds per 1,000 people aged 75 and over", null=True),
        Column("gp_appointments", "number", "GP appointments per 1,000 people a month", null=True),
    ),
    key=("lsoa",),
)

PRICES: Final = Table(
    "prices",
    "a price",
    (
        Column("activity", "text", "what is paid for"),
        Column("unit", "text", "per what"),
        Column("price", "pence", "pence per unit"),
        Column("edition", "text", "name and year of the price list"),
    ),
    key=("activity",),
)

BUDGETS: Final = Table(
    "budgets",
    "a practice and a year",
    (
        Column("practice_code", "text", "ODS code of the practice"),
        Column("financial_year", "text", "such as 2025/26"),
        Column("budget", "pence", "current budget in whole pence"),
    ),
)

OBJECTIONS: Final = Table(
    "objections",
    "a person and an entry on a list of objections or permissions",
    (
        _PERSON,
        Column("list", "text", "type1_dissent, type1_withdrawn, or national_cleaned (people who may be processed)"),
        Column("date", "date", "day of the entry"),
    ),
)

TABLES: Final = (
    PEOPLE,
    ADDRESSES,
    REGISTRATIONS,
    PRACTICES,
    AREAS,
    PRICES,
    BUDGETS,
    POINTS,
    STAYS,
    QUARANTINE,
    COHORT,
    RISKS,
)
"""Every table of the contract that is written between steps."""

PARTS: Final = {table.name: table for table in (PERSON_RECORDS, EPISODES, OBJECTIONS, *TABLES)}
"""Every table that a source may feed, by name."""
