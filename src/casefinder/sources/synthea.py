"""A Synthea CSV export: synthetic people of a US state, many linked tables, SNOMED CT, LOINC and RxNorm.

"Inpatient" includes planned stays, so a stay counts as an emergency only when the encounter says so. Times are cut to
days. Practice stands for city, cluster for county. Facts are known on the day they happen.
"""

import ibis
from ibis import _

from casefinder.definitions import Extract, RawColumn, ends_before
from casefinder.engines import add_days, month_start
from casefinder.sources._facts import Linking, points, shaped, stays

_PATIENT = RawColumn("PATIENT", "person", "UUID of the person")
_VISITS = {"ambulatory": "gp_contact", "wellness": "gp_contact", "outpatient": "outpatient"}


def patients(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn people into people, their city and their deaths."""
    sex = rows.GENDER.substitute({"M": "male", "F": "female"}, else_="unknown")
    race = rows.RACE.substitute({"white": "white", "black": "black", "asian": "asian", "other": "other"}, else_="other")
    records = shaped(
        "person_records", rows, person_id=rows.person_id, birth_month=month_start(rows.BIRTHDATE), sex=sex,
        ethnicity=race, known_date=rows.BIRTHDATE, standing=2,
    )  # fmt: skip
    registered = shaped(
        "registrations", rows, person_id=rows.person_id, practice_code=rows.CITY, start_date=rows.BIRTHDATE,
        start_known_date=rows.BIRTHDATE,
    )  # fmt: skip
    cities = rows.group_by("CITY").agg(county=_.COUNTY.min())
    practices = shaped(
        "practices", cities, practice_code=cities.CITY, practice_name=cities.CITY,
        gp_cluster=cities.county.fill_null("unknown"),
    )  # fmt: skip
    deaths = points(rows, link, kind="death", date=rows.DEATHDATE)
    return {"person_records": records, "registrations": registered, "practices": practices, "points": deaths}


def encounters(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn encounters into hospital episodes, emergency attendances and visits."""
    rows = rows.mutate(kind=rows.ENCOUNTERCLASS, day=rows.START)
    stayed = rows.filter(rows.kind == "inpatient")
    urgent = stayed.DESCRIPTION.lower().contains("emergency")
    episodes = shaped(
        "episodes", stayed, person_id=stayed.person_id, episode=stayed.Id, provider="synthea",
        admission_date=stayed.START, episode_start=stayed.START, episode_end=stayed.STOP, discharge_date=stayed.STOP,
        episode_order=1, method=ibis.ifelse(urgent, "emergency", "other"), main_diagnosis=stayed.REASONCODE,
        code_system="snomed", known_date=link.known_date(stayed, stayed.STOP), cost=stayed.BASE_ENCOUNTER_COST.fill_null(0),
        source=link.source, superseded_date=stayed.superseded_date,
    )  # fmt: skip
    attended = rows.filter(rows.kind.isin(("emergency", "urgentcare")))
    department = attended.kind.substitute({"emergency": "01"}, else_="03")
    facts = [points(attended, link, kind="ae_attendance", date=attended.day, code_system="nhs", code=department)]
    for encounter, kind in _VISITS.items():
        part = rows.filter(rows.kind == encounter)
        facts.append(points(part, link, kind=kind, date=part.day, code_system="local", code=encounter))
    return {"episodes": episodes, "points": ibis.union(*facts)}


def conditions(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn conditions into coded entries."""
    return {"points": points(rows, link, kind="gp_record", date=rows.START, code_system="snomed", code=rows.CODE)}


def medications(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn medication orders into prescriptions, coded in RxNorm."""
    return {
        "points": points(rows, link, kind="prescription", date=rows.START, code_system="rxnorm", code=rows.CODE,
                         value=rows.DISPENSES, cost=rows.TOTALCOST.fill_null(0))
    }  # fmt: skip


def observations(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn numeric observations into coded entries with values."""
    value = ibis.cases((rows.TYPE == "numeric", rows.VALUE)).try_cast("float64")
    return {"points": points(rows, link, kind="gp_record", date=rows.DATE, code_system="loinc", code=rows.CODE, value=value)}


def procedures(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn procedures into facts."""
    return {"points": points(rows, link, kind="procedure", date=rows.DATE, code_system="snomed", code=rows.CODE)}


def careplans(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn care plans into time on a caseload named by the plan's code."""
    service = "careplan_" + rows.CODE
    return {
        "stays": stays(rows, link, start=rows.START, end=add_days(rows.STOP, 1), kind="caseload", provider=service,
                       stay_id=rows.Id)
    }  # fmt: skip


_CODE = RawColumn("CODE", "code", "code", required=True)
_START = RawColumn("START", "date", "first day", required=True)
_STOP = RawColumn("STOP", "date", "last day")
_DATE = RawColumn("DATE", "date", "day", required=True)
_STOPS = (ends_before("STOP", "START"),)

EXTRACTS = (
    Extract(
        "synthea_patients",
        "people",
        (
            RawColumn("Id", "person", "UUID of the person"),
            RawColumn("BIRTHDATE", "date", "date of birth", required=True),
            RawColumn("DEATHDATE", "date", "date of death"),
            RawColumn("RACE", "code", "race"),
            RawColumn("GENDER", "code", "M or F"),
            RawColumn("CITY", "text", "city", required=True),
            RawColumn("COUNTY", "text", "county"),
        ),
        patients,
        supplies=("birth", "sex", "ethnicity", "registration", "death"),
        person="Id",
    ),
    Extract(
        "synthea_encounters",
        "encounters",
        (
            RawColumn("Id", "text", "encounter", required=True),
            _START,
            _STOP,
            _PATIENT,
            RawColumn("ENCOUNTERCLASS", "code", "kind of encounter", required=True, fold=True),
            RawColumn("DESCRIPTION", "text", "what it was"),
            RawColumn("BASE_ENCOUNTER_COST", "pounds", "cost, dollars", low=0),
            RawColumn("REASONCODE", "code", "why"),
        ),
        encounters,
        supplies=("hospital", "ae_attendance", "gp_contact", "outpatient"),
        person="PATIENT",
        key=("Id",),
        rules=_STOPS,
    ),
    Extract("synthea_conditions", "conditions", (_START, _STOP, _PATIENT, _CODE), conditions,
            supplies=("gp_record",), person="PATIENT"),
    Extract(
        "synthea_medications",
        "medication orders",
        (
            _START, _STOP, _PATIENT, _CODE,
            RawColumn("DISPENSES", "integer", "times dispensed", low=0),
            RawColumn("TOTALCOST", "pounds", "cost, dollars", low=0),
        ),
        medications,
        supplies=("prescription",),
        person="PATIENT",
    ),
    Extract(
        "synthea_observations",
        "observations",
        (
            _DATE, _PATIENT, _CODE,
            RawColumn("VALUE", "text", "value"),
            RawColumn("TYPE", "code", "numeric or text", fold=True),
        ),
        observations,
        supplies=("gp_record",),
        person="PATIENT",
    ),
    Extract("synthea_procedures", "procedures", (_DATE, _PATIENT, _CODE), procedures,
            supplies=("procedure",), person="PATIENT"),
    Extract(
        "synthea_careplans",
        "care plans",
        (RawColumn("Id", "text", "care plan", required=True), _START, _STOP, _PATIENT, _CODE),
        careplans,
        supplies=("caseload",),
        person="PATIENT",
        rules=_STOPS,
    ),
)  # fmt: skip
