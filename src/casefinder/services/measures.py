"""What can be an outcome of an evaluation: which facts it counts, how it is said, and which feeds it needs."""

from dataclasses import dataclass
from typing import Final, Literal

from casefinder.definitions import Select
from casefinder.definitions.measures import select

_COSTED: Final = ("hospital", "ae_attendance", "call_111", "ambulance", "outpatient", "prescription", "gp_contact",
                  "community_contact", "mental_health_contact", "mental_health_stay")  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """One outcome.

    Attributes:
        words: in the plural, as a report says it.
        kind: ``count`` of facts that begin, ``days`` inside stays, ``time`` to the first fact, ``pounds``, or
            ``days_alive`` out of hospital.
        of: the facts.
        feeds: kinds of fact whose feeds must reach the end of follow-up.
        fewer_is_better: whether a ratio below 1 is what a service hopes for; None where neither is.
    """

    name: str
    words: str
    kind: Literal["count", "days", "time", "pounds", "days_alive"]
    of: Select
    feeds: tuple[str, ...]
    fewer_is_better: bool | None = True


_ALL: Final = (
    Measured("emergency_admissions", "emergency admissions", "count", select("hospital", methods=("emergency",)),
             ("hospital",)),
    Measured("ae_attendances", "A&E attendances", "count", select("ae_attendance"), ("ae_attendance",)),
    Measured("emergency_bed_days", "days in hospital after emergency admission", "days",
             select("hospital", methods=("emergency",)), ("hospital",)),
    Measured("bed_days", "days in hospital", "days", select("hospital"), ("hospital",)),
    Measured("planned_admissions", "planned admissions and day cases", "count",
             select("hospital", methods=("elective", "day_case")), ("hospital",), None),
    Measured("outpatient_attendances", "outpatient attendances", "count", select("outpatient"), ("outpatient",), None),
    Measured("gp_contacts", "contacts with general practice", "count", select("gp_contact"), ("gp_contact",), None),
    Measured("care_home_entry", "entries into a care home", "time", select("care_home_entry"), ("care_home_entry", "death")),
    Measured("death", "deaths", "time", select("death"), ("death",)),
    Measured("cost", "cost of care", "pounds", select(*_COSTED), ("hospital",), None),
    Measured("days_alive_out_of_hospital", "days alive and out of hospital", "days_alive", select("hospital"),
             ("hospital", "death"), False),
    Measured("cataract_operations", "cataract operations", "count",
             select("procedure", prefixes=("C71", "C72", "C74", "C75")), ("procedure",), None),
    Measured("eye_appointments", "outpatient attendances for eyes", "count", select("outpatient", prefixes=("130",)),
             ("outpatient",), None),
    Measured("skin_appointments", "outpatient attendances for skin", "count", select("outpatient", prefixes=("330",)),
             ("outpatient",), None),
    Measured("dental_appointments", "outpatient attendances for teeth and mouth", "count",
             select("outpatient", prefixes=("140", "143", "144")), ("outpatient",), None),
)  # fmt: skip

MEASURES: Final = {one.name: one for one in _ALL}
"""Every outcome by name."""
MORTALITY: Final = MEASURES["death"]
RUN_UP: Final = MEASURES["emergency_admissions"]
"""What is counted in the windows before time zero."""
