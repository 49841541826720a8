"""Forty measures that between them use every primitive of the kernel; what the libraries are compared on."""

from collections.abc import Mapping

from casefinder.codelists import load_codelists
from casefinder.dates import EVER, horizon, lookback
from casefinder.definitions import measures as m
from casefinder.tables import SEXES

_HOSPITAL = m.select("hospital")
_EMERGENCY = m.select("hospital", methods=("emergency",))
_PLANNED = m.select("hospital", methods=("elective", "day_case"))
_ITEMS = m.select("prescription")
_CODED = ("gp_record", "diagnosis")
_QUARTER, _YEAR, _TWO_YEARS, _FIVE_YEARS = (lookback(days) for days in (90, 365, 730, 1825))


def _measured(group: str) -> m.Select:
    return m.select("gp_record", codes=f"measures:{group}")


def lookbacks() -> Mapping[str, m.Measure]:
    """Return thirty-six measures of what was known on the index date."""
    functions = {group: () for group in load_codelists()["treatment_functions"].groups}
    seen = m.select("outpatient", codes="treatment_functions")
    return {
        "age": m.AgeYears(),
        "sex": m.Category(m.select("sex"), {name: (name,) for name in SEXES}),
        "practice": m.Category(m.select("registration"), inside=True),
        "imd_decile": m.Latest(m.select("residence"), EVER),
        "latest_specialty": m.Category(seen, functions, _TWO_YEARS),
        "emergency_admissions_90d": m.Count(_EMERGENCY, _QUARTER),
        "emergency_admissions_365d": m.Count(_EMERGENCY, _YEAR),
        "emergency_nights_730d": m.Count(_EMERGENCY, _TWO_YEARS, min_nights=1),
        "planned_admissions_365d": m.Count(_PLANNED, _YEAR),
        "bed_days_365d": m.DaysWithin(_HOSPITAL, _YEAR),
        "longest_stay_1825d": m.Longest(_HOSPITAL, _FIVE_YEARS),
        "returns_730d": m.Returns(_EMERGENCY, _TWO_YEARS, within=30),
        "days_since_admission": m.DaysSince(_EMERGENCY),
        "days_since_discharge": m.DaysSince(_HOSPITAL, which="end"),
        "hospital_cost_365d": m.Total(_HOSPITAL, _YEAR, "cost"),
        "main_diagnoses_1825d": m.Count(m.select("diagnosis", positions=(1,)), _FIVE_YEARS),
        "frailty_score": m.Weighed(m.select("diagnosis", codes="hfrs"), _TWO_YEARS),
        "items_365d": m.Count(_ITEMS, _YEAR),
        "prescription_days_90d": m.CountDays(_ITEMS, _QUARTER),
        "substances_365d": m.Distinct(_ITEMS, _YEAR, length=9),
        "prescribing_cost_365d": m.Total(_ITEMS, _YEAR, "cost"),
        "antibiotics_365d": m.Count(m.select("prescription", prefixes=("0501",)), _YEAR),
        "gp_contact_days_365d": m.CountDays(m.select("gp_contact"), _YEAR),
        "conditions": m.Weighed(m.select(*_CODED, codes="conditions"), EVER),
        "copd_codes": m.Count(m.select(*_CODED, codes="conditions:copd"), EVER),
        "days_since_first_copd_code": m.DaysSince(m.select(*_CODED, codes="conditions:copd"), which="first"),
        "systolic_bp_latest": m.Latest(_measured("systolic_bp"), _TWO_YEARS),
        "hba1c_highest": m.Highest(_measured("hba1c"), _TWO_YEARS),
        "egfr_change": m.Change(_measured("egfr"), _TWO_YEARS),
        "ae_attendances_365d": m.Count(m.select("ae_attendance"), _YEAR),
        "outpatient_specialties_730d": m.Distinct(m.select("outpatient"), _TWO_YEARS),
        "outpatient_missed_365d": m.Count(m.select("outpatient_missed"), _YEAR),
        "home_care_days_365d": m.DaysWithin(m.select("home_care"), _YEAR),
        "home_care_hours_730d": m.Total(m.select("home_care"), _TWO_YEARS),
        "in_care_home": m.Inside(m.select("care_home")),
        "on_caseload": m.Inside(m.select("caseload")),
    }


def horizons() -> Mapping[str, m.Measure]:
    """Return four measures of what happened from the index date on."""
    year = horizon(365)
    return {
        "days_until_emergency": m.DaysUntil(_EMERGENCY, year),
        "days_until_emergency_night": m.DaysUntil(_EMERGENCY, year, min_nights=1),
        "admissions_next_180d": m.Count(_HOSPITAL, horizon(180)),
        "cost_next_365d": m.Total(m.select("hospital", "prescription", "outpatient"), year, "cost"),
    }
