"""Tests and measurements: the latest value and its change over two years."""

from casefinder.dates import lookback
from casefinder.definitions import Absent, CountDays, Family, Feature, Theme
from casefinder.definitions.measures import select
from casefinder.features._make import measured, since

_T = Theme.TESTS

MEASURES = {
    "systolic_bp": ("systolic blood pressure", "mmHg"),
    "diastolic_bp": ("diastolic blood pressure", "mmHg"),
    "bmi": ("body mass index", "kg/m²"),
    "weight": ("weight", "kg"),
    "hba1c": ("HbA1c", "mmol/mol"),
    "egfr": ("eGFR (kidney function)", "mL/min"),
    "creatinine": ("creatinine", "µmol/L"),
    "haemoglobin": ("haemoglobin", "g/L"),
    "albumin": ("albumin", "g/L"),
    "sodium": ("sodium", "mmol/L"),
    "potassium": ("potassium", "mmol/L"),
    "crp": ("C-reactive protein", "mg/L"),
    "cholesterol": ("cholesterol", "mmol/L"),
    "pulse": ("pulse", "a minute"),
    "oxygen_saturation": ("oxygen saturation", "%"),
}
"""Code group to its name and unit."""
_MISSED = ("systolic_bp", "weight", "egfr")
_REVIEWED = ("systolic_bp", "hba1c", "weight", "egfr", "sodium", "potassium")


def _of(group: str) -> tuple[Feature, ...]:
    name, unit = MEASURES[group]
    of = select("gp_record", codes=f"measures:{group}")
    return measured(group, of, _T, name, unit, missed=group in _MISSED, review=group in _REVIEWED)


FAMILY = Family(
    "tests_and_measures",
    "results recorded in general practice",
    (
        *(feature for group in MEASURES for feature in _of(group)),
        since("days_since_blood_pressure", select("gp_record", codes="measures:systolic_bp"), _T,
              "blood pressure last measured on {date}"),
        since("days_since_blood_test", select("gp_record", codes="measures:egfr"), _T, "kidneys last tested on {date}"),
        Feature("kidney_test_days_365d", "days with a test of kidney function in the last 12 months",
                CountDays(select("gp_record", codes="measures:egfr"), lookback(365)), Absent.ZERO, _T,
                "{n:day} with a kidney function test in the last 12 months, the latest on {date}"),
    ),
)  # fmt: skip
