"""Emergency Care Data Set: attendances since 2017, in the column style of national warehouses.

Department types 01 and 03 are told apart and same day emergency care (05) is never an attendance. Acuity codes are not in
numeric order, so the code list gives their rank.
"""

import ibis
from ibis import _

from casefinder.definitions import Extract, RawColumn
from casefinder.sources._facts import Linking, points, union

_EVENING, _MORNING = "18:30", "08:00"


def facts(rows: ibis.Table, link: Linking) -> dict[str, ibis.Table]:
    """Turn unplanned first attendances into attendance, acuity, arrival, out-of-hours and left-before-treatment facts."""
    first = rows.filter((rows.EC_AttendanceCategory == "1") & (rows.EC_Department_Type != "05"))
    first = first.mutate(known_date=link.known_date(first, first.Arrival_Date), day=first.Arrival_Date)
    acuity = first.mutate(code=link.grouped(first.EC_Acuity_SNOMED_CT, "ae_acuity")).filter(_.code.notnull())
    arrival = first.mutate(code=link.grouped(first.EC_Arrival_Mode_SNOMED_CT, "ae_arrival_mode"))
    arrival = arrival.filter(_.code.notnull())
    left = first.filter(link.grouped(first.EC_Discharge_Status_SNOMED_CT, "ae_discharge_status", "") == "left")
    died = first.filter(link.grouped(first.EC_Discharge_Status_SNOMED_CT, "ae_discharge_status", "") == "died")
    closed = (first.Arrival_Time < _MORNING) | (first.Arrival_Time >= _EVENING) | (first.day.day_of_week.index() >= 5)
    late = first.filter(closed.fill_null(False))
    prices = {code: f"ae_attendance_{code}" for code in ("01", "02", "03", "04", "99")}
    attendances = points(
        first, link, kind="ae_attendance", date=first.day, code_system="nhs", code=first.EC_Department_Type,
        cost=link.priced(first.EC_Department_Type, prices), stay_id=first.Attendance_Identifier,
    )  # fmt: skip
    return {
        "points": union(
            attendances,
            points(acuity, link, kind="ae_acuity", date=acuity.day, code_system="nhs", code=acuity.code),
            points(arrival, link, kind="ae_arrival", date=arrival.day, code_system="nhs", code=arrival.code),
            points(late, link, kind="ae_out_of_hours", date=late.day, code_system="nhs", code="late"),
            points(left, link, kind="ae_left", date=left.day, code_system="nhs", code="left"),
            points(died, link, kind="death", date=died.day),
        )
    }  # fmt: skip


EXTRACTS = (
    Extract(
        "ecds",
        "emergency care attendances",
        (
            RawColumn("NHS_Number", "person", "NHS number, or the pseudonym that stands for it"),
            RawColumn("Attendance_Identifier", "text", "identifies the attendance", required=True),
            RawColumn("Provider_Code", "code", "provider", required=True),
            RawColumn("Arrival_Date", "date", "day of arrival", required=True),
            RawColumn("Arrival_Time", "text", "time of arrival, HH:MM", pattern=r"^\d{2}:\d{2}"),
            RawColumn("EC_Department_Type", "code", "department type", required=True, values="ae_department_type"),
            RawColumn("EC_AttendanceCategory", "code", "category", required=True, values="ae_attendance_category"),
            RawColumn("EC_Arrival_Mode_SNOMED_CT", "code", "how the person came", values="ae_arrival_mode"),
            RawColumn("EC_Acuity_SNOMED_CT", "code", "acuity at first assessment", values="ae_acuity"),
            RawColumn("EC_Chief_Complaint_SNOMED_CT", "code", "chief complaint", present=False),
            RawColumn("EC_Discharge_Status_SNOMED_CT", "code", "how it ended", values="ae_discharge_status"),
            RawColumn("GP_Practice_Code", "code", "practice of registration", present=False),
        ),
        facts,
        supplies=("ae_attendance", "ae_acuity", "ae_arrival", "ae_out_of_hours", "ae_left"),
        person="NHS_Number",
        key=("Attendance_Identifier",),
        practice="GP_Practice_Code",
    ),
)
