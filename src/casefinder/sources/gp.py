"""General practice: people, addresses, registrations, coded entries, appointments and prescriptions.

Names follow the shared stores that integrated care boards hold. The date on which an entry was recorded is its known
date, so a back-dated entry does not leak; only the year and month of birth are there.
"""

import ibis

from casefinder.definitions import Extract, RawColumn, ends_before
from casefinder.engines import add_days, add_months
from casefinder.sources._facts import Linking, points, shaped, stays, union

_PERSON = RawColumn("NHS_NUMBER", "person", "NHS number, or the pseudonym that stands for it")
_PRACTICE = RawColumn("PRACTICE_CODE", "code", "practice whose record this is")
_RECORDED = RawColumn("DATE_RECORDED", "date", "day on which the entry was made", present=False)
FLOOR = "1900-01-01"
"""Registrations carry this date where the start is not known."""


def people(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn the patient table into people, deaths (month only: the end of the month) and reasons to leave people out."""
    text = rows.BIRTH_YEAR.cast("string") + "-" + rows.BIRTH_MONTH.cast("string").lpad(2, "0") + "-01"
    flags = {"IS_DUMMY_PATIENT": "dummy", "IS_SPINE_SENSITIVE": "sensitive", "IS_CONFIDENTIAL": "confidential"}
    flagged = [(link.grouped(rows[name], "yes_no", "no") == "yes", words) for name, words in flags.items()]
    known = rows.DATE_RECORDED.coalesce(ibis.date(str(link.extract_date)))
    records = shaped(
        "person_records",
        rows,
        person_id=rows.person_id,
        birth_month=text.try_cast("date"),
        sex=link.grouped(rows.GENDER, "sex", "unknown"),
        ethnicity=link.grouped(rows.ETHNIC_CATEGORY, "ethnic_category", "unknown"),
        known_date=known,
        standing=1,
        withheld=ibis.cases(*flagged, else_=ibis.null("string")),
    )
    dead = rows.filter(rows.DEATH_YEAR.notnull())
    month = dead.DEATH_YEAR.cast("string") + "-" + dead.DEATH_MONTH.fill_null(12).cast("string").lpad(2, "0") + "-01"
    last = add_days(add_months(month.try_cast("date"), 1), -1)
    noted = dead.DEATH_RECORDED.coalesce(last)
    day = ibis.least(last, noted)
    deaths = points(dead, link, kind="death", date=day, known_date=ibis.greatest(noted, day))
    return {"person_records": records, "points": deaths}


def addresses(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn address rows into addresses; the deprivation decile is joined from the area table when linking."""
    return {
        "addresses": shaped(
            "addresses",
            rows,
            person_id=rows.person_id,
            lsoa=rows.LSOA_CODE,
            start_date=rows.START_DATE,
            end_date=rows.END_DATE,
            known_date=link.known_date(rows, rows.START_DATE),
        )
    }


def registrations(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn episodes of registration into registrations; a floor date becomes the start of the record."""
    start = rows.START_DATE.coalesce(ibis.date("1910-01-01"))
    ended = rows.END_DATE_RECORDED.coalesce(rows.END_DATE)
    return {
        "registrations": shaped(
            "registrations",
            rows,
            person_id=rows.person_id,
            practice_code=rows.PRACTICE_CODE,
            start_date=start,
            end_date=rows.END_DATE,
            start_known_date=link.known_date(rows, start),
            end_known_date=ibis.greatest(ended, rows.END_DATE),
            superseded_date=rows.superseded_date,
        )
    }


def observations(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn coded entries into facts; care-home codes are evidence, dissent codes are objections."""
    date = rows.CLINICAL_EFFECTIVE_DATE
    lists = link.codelists
    home = rows.filter(rows.MAPPED_CONCEPT_CODE.isin(lists["care_home_resident"].values()))
    said = rows.filter(rows.MAPPED_CONCEPT_CODE.isin(lists["type1_opt_out"].values()))
    group = link.grouped(said.MAPPED_CONCEPT_CODE, "type1_opt_out", "")
    objections = shaped("objections", said, person_id=said.person_id, list=group, date=said.CLINICAL_EFFECTIVE_DATE)
    entries = points(rows, link, kind="gp_record", date=date, code_system="snomed", code=rows.MAPPED_CONCEPT_CODE,
                     value=rows.RESULT_VALUE)  # fmt: skip
    homes = points(home, link, kind="care_home_evidence", date=home.CLINICAL_EFFECTIVE_DATE, code_system="nhs",
                   code="gp_code")  # fmt: skip
    return {"points": union(entries, homes), "objections": objections}


def appointments(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn attended appointments into contacts, coded by who was seen; a booking was known when it took place."""
    seen = rows.filter(rows.APPOINTMENT_STATUS.isin(("attended", "arrived", "finished")))
    seen = seen.mutate(who=seen.HCP_TYPE.fill_null("other practice staff"))
    cost = ibis.ifelse(seen.who == "gp", link.price("gp_contact"), link.price("practice_nurse_contact"))
    return {"points": points(seen, link, kind="gp_contact", date=seen.START_DATE, code_system="local",
                             code=seen.who.re_replace(" ", "_"), cost=cost)}  # fmt: skip


def prescriptions(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn issued items into facts with their BNF code, quantity and cost."""
    cost = rows.ESTIMATED_COST.fill_null(link.price("prescription_item"))
    return {"points": points(rows, link, kind="prescription", date=rows.CLINICAL_EFFECTIVE_DATE, code_system="bnf",
                             code=rows.BNF_REFERENCE, value=rows.QUANTITY_VALUE, cost=cost)}  # fmt: skip


def caseloads(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn enrolments into time on a caseload."""
    end = add_days(rows.END_DATE, 1)
    return {"stays": stays(rows, link, start=rows.START_DATE, end=end, kind="caseload", provider=rows.SERVICE,
                           stay_id=rows.SERVICE)}  # fmt: skip


EXTRACTS = (
    Extract(
        "gp_patients",
        "people registered now or before",
        (
            _PERSON,
            RawColumn("BIRTH_YEAR", "integer", "year of birth", required=True, low=1905, high=2100),
            RawColumn("BIRTH_MONTH", "integer", "month of birth", required=True, low=1, high=12),
            RawColumn("GENDER", "code", "sex", values="sex"),
            RawColumn("ETHNIC_CATEGORY", "code", "ethnic category", values="ethnic_category"),
            RawColumn("DEATH_YEAR", "integer", "year of death", low=1905, high=2100),
            RawColumn("DEATH_MONTH", "integer", "month of death", low=1, high=12),
            RawColumn("DEATH_RECORDED", "date", "day on which the death was recorded", present=False),
            RawColumn("IS_DUMMY_PATIENT", "code", "a test record", values="yes_no", present=False),
            RawColumn("IS_SPINE_SENSITIVE", "code", "a protected record", values="yes_no", present=False),
            RawColumn("IS_CONFIDENTIAL", "code", "a confidential record", values="yes_no", present=False),
            _RECORDED,
        ),
        people,
        supplies=("birth", "sex", "ethnicity", "death"),
        person="NHS_NUMBER",
    ),
    Extract(
        "gp_addresses",
        "areas in which people live",
        (
            _PERSON,
            RawColumn("LSOA_CODE", "code", "lower layer super output area", required=True, pattern=r"^[EW]\d{8}$"),
            RawColumn("START_DATE", "date", "first day at the address", required=True),
            RawColumn("END_DATE", "date", "first day no longer there"),
            _RECORDED,
        ),
        addresses,
        supplies=("residence",),
        person="NHS_NUMBER",
        rules=(ends_before("END_DATE", "START_DATE"),),
    ),
    Extract(
        "gp_registrations",
        "episodes of registration",
        (
            _PERSON,
            RawColumn("PRACTICE_CODE", "code", "practice", required=True, pattern=r"^[A-Z]\d{5}$"),
            RawColumn("START_DATE", "date", "first day registered; 1900-01-01 where not known"),
            RawColumn("END_DATE", "date", "first day no longer registered"),
            RawColumn("END_DATE_RECORDED", "date", "day on which the end was recorded", present=False),
            _RECORDED,
        ),
        registrations,
        supplies=("registration",),
        person="NHS_NUMBER",
        practice="PRACTICE_CODE",
        rules=(ends_before("END_DATE", "START_DATE"),),
    ),
    Extract(
        "gp_observations",
        "coded entries and test results",
        (
            _PERSON,
            _PRACTICE,
            RawColumn("CLINICAL_EFFECTIVE_DATE", "date", "day to which the entry applies", required=True),
            RawColumn("MAPPED_CONCEPT_CODE", "code", "SNOMED CT concept", required=True, pattern=r"^\d{6,18}$"),
            RawColumn("RESULT_VALUE", "number", "result", present=False),
            RawColumn("RESULT_UNIT_CODE", "text", "unit of the result", present=False),
            _RECORDED,
        ),
        observations,
        supplies=("gp_record", "care_home_evidence"),
        person="NHS_NUMBER",
        practice="PRACTICE_CODE",
    ),
    Extract(
        "gp_appointments",
        "appointments in general practice",
        (
            _PERSON,
            _PRACTICE,
            RawColumn("START_DATE", "date", "day of the appointment", required=True, future=True),
            RawColumn("APPOINTMENT_STATUS", "code", "attended, dna, cancelled, booked", required=True, fold=True),
            RawColumn("HCP_TYPE", "code", "gp, nurse, pharmacist, other practice staff", fold=True, present=False),
            _RECORDED,
        ),
        appointments,
        supplies=("gp_contact",),
        person="NHS_NUMBER",
        practice="PRACTICE_CODE",
    ),
    Extract(
        "gp_medications",
        "items issued",
        (
            _PERSON,
            _PRACTICE,
            RawColumn("CLINICAL_EFFECTIVE_DATE", "date", "day of issue", required=True),
            RawColumn("BNF_REFERENCE", "bnf", "BNF code", required=True),
            RawColumn("QUANTITY_VALUE", "number", "quantity", low=0, present=False),
            RawColumn("DURATION_DAYS", "integer", "days supplied", low=0, high=400, present=False),
            RawColumn("ESTIMATED_COST", "pounds", "cost of the item, pounds", low=0, high=20_000, present=False),
            _RECORDED,
        ),
        prescriptions,
        supplies=("prescription",),
        person="NHS_NUMBER",
        practice="PRACTICE_CODE",
    ),
    Extract(
        "caseloads",
        "time on the caseload of a service",
        (
            RawColumn("NHS_NUMBER", "person", "NHS number, or the pseudonym that stands for it"),
            RawColumn("SERVICE", "text", "name of the service", required=True, pattern=r"^[a-z][a-z0-9_]{2,40}$"),
            RawColumn("START_DATE", "date", "first day", required=True),
            RawColumn("END_DATE", "date", "last day; empty while it lasts", future=True),
            _RECORDED,
        ),
        caseloads,
        supplies=("caseload",),
        person="NHS_NUMBER",
        rules=(ends_before("END_DATE", "START_DATE"),),
    ),
)
