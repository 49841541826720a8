"""Reference tables of the district: practices, areas, invented prices and budgets."""

from typing import Final

import numpy as np

from casefinder.simulate.places import CLUSTERS, EDITION, PLACE, District
from casefinder.simulate.rows import Extract, constant, decimals, numbers, words

PRICES_EDITION: Final = "Invented demonstration prices 2025/26 (not NHS prices)"
BUDGET_BASIS: Final = "Invented budget 2025/26 for hospital prescribing and community care (not NHS money)"

_PRICES: Final = (
    ("emergency_admission", "admission", 640.00),
    ("emergency_bed_day", "night", 395.00),
    ("elective_admission", "admission", 2350.00),
    ("elective_bed_day", "night", 410.00),
    ("day_case", "admission", 980.00),
    ("regular_attendance", "attendance", 310.00),
    ("maternity_admission", "admission", 2100.00),
    ("maternity_bed_day", "night", 520.00),
    ("other_admission", "admission", 720.00),
    ("other_bed_day", "night", 390.00),
    ("ae_attendance_01", "attendance", 248.00),
    ("ae_attendance_02", "attendance", 165.00),
    ("ae_attendance_03", "attendance", 92.00),
    ("ae_attendance_04", "attendance", 71.00),
    ("ae_attendance_99", "attendance", 140.00),
    ("outpatient_first", "attendance", 212.00),
    ("outpatient_follow_up", "attendance", 118.00),
    ("gp_contact", "contact", 41.00),
    ("practice_nurse_contact", "contact", 14.50),
    ("prescription_item", "item", 9.20),
    ("call_111", "call", 13.00),
    ("ambulance_conveyed", "response", 420.00),
    ("ambulance_not_conveyed", "response", 302.00),
    ("community_contact", "contact", 58.00),
    ("mental_health_contact", "contact", 131.00),
    ("mental_health_bed_day", "night", 505.00),
)
"""Invented: of a plausible size, and no price that the NHS pays."""

_BUDGET_A_HEAD: Final = 1_480.0
_BUDGET_SPREAD: Final = 0.06


def reference(district: District, people: int, last: int, seed: np.random.SeedSequence) -> list[Extract]:
    """Return the reference tables of an economy of so many people."""
    chance = np.random.Generator(np.random.PCG64(seed))
    return [_practices(district, last), _areas(district, last), _prices(last), _budgets(district, people, last, chance)]


def _practices(district: District, last: int) -> Extract:
    practices = district.practices
    every = np.arange(len(practices.code))
    columns = {
        "PRACTICE_CODE": words(every, practices.code),
        "PRACTICE_NAME": words(every, practices.name),
        "GP_CLUSTER": words(practices.cluster, CLUSTERS),
        "PLACE": constant(PLACE, len(every)),
        "OPEN_DATE": constant("1998-04-01", len(every)),
        "CLOSE_DATE": words(np.full(len(every), -1), ("",)),
    }
    return Extract("practices", columns, np.full(len(every), last))


def _areas(district: District, last: int) -> Extract:
    areas = district.areas
    every = np.arange(len(areas.code))
    columns = {
        "LSOA_CODE": words(every, areas.code),
        "IMD_DECILE": numbers(areas.decile),
        "IMD_EDITION": constant(EDITION, len(every)),
        "HOSPITAL_MINUTES": decimals(areas.minutes, 0),
        "CARE_HOME_BEDS_PER_1000_75PLUS": decimals(areas.beds, 0),
        "GP_APPOINTMENTS_PER_1000": decimals(areas.appointments, 0),
    }
    return Extract("areas", columns, np.full(len(every), last))


def _prices(last: int) -> Extract:
    names, units, pounds = zip(*_PRICES, strict=True)
    every = np.arange(len(names))
    columns = {
        "ACTIVITY": words(every, names),
        "UNIT": words(every, units),
        "PRICE_POUNDS": decimals(np.array(pounds), 2, 400_000),
        "EDITION": constant(PRICES_EDITION, len(every)),
    }
    return Extract("activity_costs", columns, np.full(len(every), last))


def _budgets(district: District, people: int, last: int, chance: np.random.Generator) -> Extract:
    """Return budgets that follow list sizes and history, not need: what a fair share would be is for others to work out."""
    areas, near = district.areas, district.practices.nearest
    share = areas.weight / areas.weight.sum()
    size = np.zeros(len(district.practices.code))
    for place, part in enumerate((0.62, 0.26, 0.12)):
        np.add.at(size, near[:, place], share * part * people)
    history = 1 + _BUDGET_SPREAD * chance.standard_normal(len(size))
    every = np.arange(len(size))
    pounds = np.round(size * _BUDGET_A_HEAD * history)
    columns = {
        "PRACTICE_CODE": words(every, district.practices.code),
        "FINANCIAL_YEAR": constant("2025/26", len(every)),
        "BUDGET_POUNDS": words(every, tuple(f"{amount:.2f}" for amount in pounds)),
        "BASIS": constant(BUDGET_BASIS, len(every)),
    }
    return Extract("budgets", columns, np.full(len(every), last))
