"""Hospital Episode Statistics: admitted patient care, A&E (to 2019/20) and outpatients.

Column names and values: HES technical output specification v1.15. Both generations of source and destination codes are
accepted (54, 65 and 85 became 55 and 56 in 2022/23). An identifier column of another name is mapped in the site file.
"""

import ibis
from ibis import _

from casefinder.definitions import Extract, RawColumn, ends_before
from casefinder.sources._facts import Linking, points, shaped, union, unpivot

_DIAGNOSES = [f"DIAG_4_{number:02d}" for number in range(1, 21)]
_PROCEDURES = [f"OPERTN_4_{number:02d}" for number in range(1, 25)]
_AGE = r"^(\d{1,2}|1[01]\d|120|700[1-7])(\.\d+)?$"
"""Whole years to 120, or 7001 to 7007 for parts of the first year."""

_PERSON = RawColumn("NEWNHSNO", "person", "NHS number, or the pseudonym that stands for it")
_SEX = RawColumn("SEX", "code", "sex", values="sex", present=False)
_ETHNOS = RawColumn("ETHNOS", "code", "ethnic category", values="ethnic_category", present=False)
_GPPRAC = RawColumn("GPPRAC", "code", "practice of registration", missing=("&", "V81997", "V81998", "V81999"), present=False)
_PROVIDER = RawColumn("PROCODE3", "code", "provider, three characters", required=True)
_MYDOB = RawColumn("MYDOB", "month", "month and year of birth, MMYYYY", present=False)

APC_COLUMNS = (
    _PERSON,
    RawColumn("EPIKEY", "text", "identifies the episode", required=True),
    _PROVIDER,
    RawColumn("ADMIDATE", "date", "day of admission", required=True),
    RawColumn("ADMIMETH", "code", "method of admission", required=True, values="admission_method"),
    RawColumn("ADMISORC", "code", "where the person came from", values="admission_source"),
    RawColumn("CLASSPAT", "code", "patient class", required=True, values="patient_class"),
    RawColumn("EPIORDER", "integer", "place of the episode in the spell", low=1, high=99),
    RawColumn("EPISTART", "date", "first day of the episode", required=True),
    RawColumn("EPIEND", "date", "last day of the episode"),
    RawColumn("EPISTAT", "code", "1 unfinished, 3 finished", required=True, values="episode_status"),
    RawColumn("DISDATE", "date", "day of discharge, on the last episode"),
    RawColumn("DISDEST", "code", "where the person went", values="discharge_destination"),
    RawColumn("DISMETH", "code", "method of discharge", values="discharge_method"),
    RawColumn("STARTAGE", "text", "age at the start of the episode", strict=True, pattern=_AGE, present=False),
    *(
        RawColumn(name, "icd10", "main diagnosis" if place == 0 else "another diagnosis", present=place == 0)
        for place, name in enumerate(_DIAGNOSES)
    ),
    *(
        RawColumn(name, "opcs4", "main procedure" if place == 0 else "another procedure", present=False)
        for place, name in enumerate(_PROCEDURES)
    ),
    RawColumn("MAINSPEF", "code", "main specialty of the consultant", missing=("&", "199", "499"), present=False),
    RawColumn("TRETSPEF", "code", "treatment function", missing=("&",), present=False),
    _SEX,
    _ETHNOS,
    _MYDOB,
    _GPPRAC,
    RawColumn("LSOA11", "code", "area of residence", pattern=r"^[EWSNLMZ]\d{8}$|^9", present=False),
)

_METHODS = {"birth": "other", "unknown": "other", "other": "other"}


def _method(rows: ibis.Table, link: Linking) -> ibis.Value:
    """Return how the spell began: day cases and regular attenders first, then by method of admission."""
    group = link.grouped(rows.ADMIMETH, "admission_method", "other")
    group = group.substitute(_METHODS)
    patient = link.grouped(rows.CLASSPAT, "patient_class", "ordinary")
    planned = group == "elective"
    return ibis.cases((planned & (patient == "day_case"), "day_case"), (patient == "regular", "regular"), else_=group)


def apc_facts(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn consultant episodes into episodes of the contract, with their diagnoses, procedures, deaths and people."""
    finished = rows.EPISTAT == "3"
    last_day = ibis.ifelse(finished, rows.EPIEND.coalesce(rows.DISDATE), ibis.null("date"))
    rows = rows.mutate(last_day=last_day, seen_on=ibis.coalesce(last_day, rows.EPISTART))
    rows = rows.mutate(known_date=link.known_date(rows, rows.seen_on))
    episodes = shaped(
        "episodes",
        rows,
        person_id=rows.person_id,
        episode=rows.EPIKEY,
        provider=rows.PROCODE3,
        admission_date=rows.ADMIDATE,
        episode_start=rows.EPISTART,
        episode_end=rows.last_day,
        discharge_date=ibis.ifelse(finished, rows.DISDATE, ibis.null("date")),
        is_open=~finished | (link.grouped(rows.DISMETH, "discharge_method", "") == "not_ended"),
        episode_order=rows.EPIORDER.fill_null(99),
        method=_method(rows, link),
        came_from=link.grouped(rows.ADMISORC, "admission_source"),
        went_to=link.grouped(rows.DISDEST, "discharge_destination"),
        main_diagnosis=rows.DIAG_4_01,
        code_system="icd10",
        known_date=rows.known_date,
        superseded_date=rows.superseded_date,
        source=link.source,
    )
    return {
        "episodes": episodes,
        "points": union(*_coded(rows, link), _deaths(rows, link), *_care_homes(rows, link)),
        "person_records": person_records(rows, link, standing=3),
        "registrations": registrations(rows, link, rows.ADMIDATE),
    }


def _coded(rows: ibis.Table, link: Linking) -> list[ibis.Table]:
    """Return diagnoses and procedures, each dated at the start of its episode."""
    diagnoses = unpivot(rows, _DIAGNOSES)
    procedures = unpivot(rows, _PROCEDURES)
    return [
        points(long, link, kind=kind, date=long.EPISTART, known_date=long.known_date, code_system=system,
               code=long.code, position=long.position, stay_id=long.EPIKEY)
        for kind, system, long in (("diagnosis", "icd10", diagnoses), ("procedure", "opcs4", procedures))
    ]  # fmt: skip


def _deaths(rows: ibis.Table, link: Linking) -> ibis.Table:
    died = rows.filter(link.grouped(rows.DISMETH, "discharge_method", "") == "died")
    return points(died, link, kind="death", date=died.DISDATE, known_date=died.known_date)


def _care_homes(rows: ibis.Table, link: Linking) -> list[ibis.Table]:
    """Return signs that the person came from, or went to, a care home."""
    came = rows.filter(link.grouped(rows.ADMISORC, "admission_source", "") == "care_home")
    went = rows.filter(link.grouped(rows.DISDEST, "discharge_destination", "") == "care_home")
    return [
        points(part, link, kind="care_home_evidence", date=part[date], known_date=part.known_date,
               code_system="nhs", code=code)
        for part, date, code in ((came, "ADMIDATE", "admitted_from"), (went, "DISDATE", "discharged_to"))
    ]  # fmt: skip


def person_records(rows: ibis.Table, link: Linking, standing: int) -> ibis.Table:
    """Return what hospital rows say about the person."""
    return shaped(
        "person_records",
        rows,
        person_id=rows.person_id,
        birth_month=rows.MYDOB if "MYDOB" in rows.columns else None,
        sex=link.grouped(rows.SEX, "sex"),
        ethnicity=link.grouped(rows.ETHNOS, "ethnic_category"),
        known_date=rows.known_date,
        standing=standing,
    ).distinct()


def registrations(rows: ibis.Table, link: Linking, date: ibis.Value) -> ibis.Table:
    """Return the practice that hospital rows name, from the day they name it; used where no GP feed says better."""
    named = rows.mutate(day=date).filter(_.GPPRAC.notnull())
    first = named.group_by("person_id", "GPPRAC").agg(day=_.day.min(), known_date=_.known_date.min())
    return shaped(
        "registrations",
        first,
        person_id=first.person_id,
        practice_code=first.GPPRAC,
        start_date=first.day,
        start_known_date=first.known_date,
    )


def ae_facts(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn A&E attendances into attendances, arrivals and departures before treatment."""
    rows = rows.mutate(known_date=link.known_date(rows, rows.ARRIVALDATE))
    first = rows.filter(link.grouped(rows.AEATTENDCAT, "ae_attendance_category_hes", "") == "first")
    department = first.AEDEPTTYPE.fill_null("99")
    arrived = first.mutate(arrival=link.grouped(first.AEARRIVALMODE, "ae_arrival_mode_hes")).filter(_.arrival.notnull())
    left = first.filter(link.grouped(first.AEATTENDDISP, "ae_disposal_hes", "") == "left")
    price = {code: f"ae_attendance_{code}" for code in ("01", "02", "03", "04", "99")}
    facts = union(
        points(first, link, kind="ae_attendance", date=first.ARRIVALDATE, code_system="nhs", code=department,
               cost=link.priced(department, price)),
        points(arrived, link, kind="ae_arrival", date=arrived.ARRIVALDATE, code_system="nhs", code=arrived.arrival),
        points(left, link, kind="ae_left", date=left.ARRIVALDATE, code_system="nhs", code="left"),
    )  # fmt: skip
    return {
        "points": facts,
        "person_records": person_records(rows, link, standing=5),
        "registrations": registrations(rows, link, rows.ARRIVALDATE),
    }


def op_facts(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn outpatient appointments into attended, missed and cancelled ones; bookings in the future fall out."""
    rows = rows.mutate(known_date=link.known_date(rows, rows.APPTDATE))
    status = link.grouped(rows.ATTENDED, "attended", "unknown")
    first = link.grouped(rows.FIRSTATT, "first_attendance", "unknown") == "first"
    rows = rows.mutate(status=status, first=first, function=rows.TRETSPEF.fill_null("&"))
    kinds = {"attended": "outpatient", "missed": "outpatient_missed", "cancelled": "outpatient_cancelled"}
    costs = ibis.ifelse(rows.first, link.price("outpatient_first"), link.price("outpatient_follow_up"))
    rows = rows.mutate(place=ibis.ifelse(rows.first, 1, 2), cost=ibis.ifelse(rows.status == "attended", costs, 0))
    facts = []
    for status, kind in kinds.items():
        part = rows.filter(rows.status == status)
        facts.append(
            points(part, link, kind=kind, date=part.APPTDATE, code_system="nhs", code=part.function,
                   position=part.place, cost=part.cost)
        )  # fmt: skip
    return {
        "points": union(*facts),
        "person_records": person_records(rows, link, standing=6),
        "registrations": registrations(rows, link, rows.APPTDATE),
    }


EXTRACTS = (
    Extract(
        "hes_apc",
        "admitted patient care: consultant episodes",
        APC_COLUMNS,
        apc_facts,
        supplies=("hospital", "diagnosis", "procedure", "admission_reason", "care_home_evidence", "death"),
        person="NEWNHSNO",
        key=("EPIKEY",),
        practice="GPPRAC",
        rules=(ends_before("EPIEND", "EPISTART"), ends_before("DISDATE", "ADMIDATE")),
    ),
    Extract(
        "hes_ae",
        "A&E attendances to 2019/20",
        (
            _PERSON,
            RawColumn("AEKEY", "text", "identifies the attendance", required=True),
            _PROVIDER,
            RawColumn("ARRIVALDATE", "date", "day of arrival", required=True),
            RawColumn("AEATTENDCAT", "code", "category", required=True, values="ae_attendance_category_hes"),
            RawColumn("AEDEPTTYPE", "code", "department type", values="ae_department_type"),
            RawColumn("AEARRIVALMODE", "code", "ambulance or other", values="ae_arrival_mode_hes"),
            RawColumn("AEATTENDDISP", "code", "how it ended", values="ae_disposal_hes"),
            _SEX,
            _ETHNOS,
            _GPPRAC,
        ),
        ae_facts,
        supplies=("ae_attendance", "ae_arrival", "ae_left"),
        person="NEWNHSNO",
        key=("AEKEY",),
        practice="GPPRAC",
    ),
    Extract(
        "hes_op",
        "outpatient appointments",
        (
            _PERSON,
            RawColumn("ATTENDKEY", "text", "identifies the appointment", required=True),
            _PROVIDER,
            RawColumn("APPTDATE", "date", "day of the appointment", required=True, future=True),
            RawColumn("ATTENDED", "code", "whether it was attended", required=True, values="attended"),
            RawColumn("FIRSTATT", "code", "first or follow-up", values="first_attendance"),
            RawColumn("TRETSPEF", "code", "treatment function", missing=("&",)),
            _SEX,
            _ETHNOS,
            _GPPRAC,
        ),
        op_facts,
        supplies=("outpatient", "outpatient_missed", "outpatient_cancelled"),
        person="NEWNHSNO",
        key=("ATTENDKEY",),
        practice="GPPRAC",
    ),
)
