"""Planned stays, day cases, regular attendances, maternity, and procedures."""

from casefinder.dates import lookback
from casefinder.definitions import Absent, DaysWithin, Distinct, Family, Feature, Theme
from casefinder.definitions.measures import select
from casefinder.features._make import PERIODS, counts, since

_ELECTIVE = select("hospital", methods=("elective",))
_DAY_CASE = select("hospital", methods=("day_case",))
_REGULAR = select("hospital", methods=("regular",))
_MATERNITY = select("hospital", methods=("maternity",))
_ANY = select("hospital")
_PLANNED = Theme.PLANNED

FAMILY = Family(
    "planned_care",
    "planned stays and procedures",
    (
        *counts("planned_admissions", _ELECTIVE, (365, 730), _PLANNED, "planned admission"),
        *counts("day_cases", _DAY_CASE, (365, 730), _PLANNED, "day case"),
        *counts("regular_attendances", _REGULAR, (365,), _PLANNED, "regular day attendance"),
        *counts("maternity_admissions", _MATERNITY, (730,), _PLANNED, "maternity admission"),
        *counts("any_admissions", _ANY, (90, 365, 730), _PLANNED, "hospital stay of any kind"),
        since("days_since_any_admission", _ANY, _PLANNED, "latest hospital stay of any kind began on {date}"),
        since("days_since_any_discharge", _ANY, _PLANNED, "latest discharge from hospital on {date}", which="end"),
        since("days_since_planned_admission", _ELECTIVE, _PLANNED, "latest planned admission on {date}"),
        *(
            Feature(
                f"planned_bed_days_{days}d",
                f"days in hospital after planned admission {PERIODS[days]}",
                DaysWithin(_ELECTIVE, lookback(days)),
                Absent.ZERO,
                _PLANNED,
                f"{{n:day}} in hospital after planned admission {PERIODS[days]}",
            )
            for days in (365, 730)
        ),
        Feature("any_bed_days_730d", "days in hospital for any reason in the last 2 years",
                DaysWithin(_ANY, lookback(730)), Absent.ZERO, _PLANNED, "{n:day} in hospital in the last 2 years"),
        Feature("procedures_730d", "different procedures in the last 2 years, by three characters of OPCS-4",
                Distinct(select("procedure"), lookback(730), length=3), Absent.ZERO, _PLANNED,
                "{n:different procedure} in hospital in the last 2 years, the latest on {date}"),
        Feature("diagnoses_730d", "different diagnoses coded in hospital in the last 2 years, by three characters",
                Distinct(select("diagnosis"), lookback(730), length=3), Absent.ZERO, Theme.BURDEN,
                "{n:different diagnosis} coded in hospital in the last 2 years, the latest on {date}"),
    ),
)  # fmt: skip
