"""Lists of people who do not exist, as a meeting would get them: a practice's list and a cluster's."""

import datetime as dt
from dataclasses import replace

import pytest

from casefinder.explain.words import out_of_hundred
from casefinder.worklist.choose import Choice
from casefinder.worklist.freshness import FeedLine
from casefinder.worklist.meeting import Left, Listed, MeetingList, OtherRisk, Removed, YearFact, band_of

AS_OF = dt.date(2026, 4, 1)
PRACTICES = {"Y00001": "Mill Surgery", "Y00002": "Orchard Medical Practice", "Y00003": "Bridge Health Centre"}
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

FIGURES = {
    "people": 31870, "events": 2891, "prevalence": 0.090712, "c_statistic": 0.781342, "c_statistic_low": 0.772401,
    "c_statistic_high": 0.790283, "average_precision": 0.334, "brier": 0.071, "ipa": 0.14, "observed_expected": 1.018,
    "observed_expected_low": 0.981, "observed_expected_high": 1.056, "calibration_in_the_large": 0.02,
    "calibration_slope": 0.972, "calibration_slope_low": 0.93, "calibration_slope_high": 1.014, "ici": 0.0041, "e50": 0.003,
    "e90": 0.009, "smoother": "loess", "k": 319, "ppv_at_k": 0.517, "sensitivity_at_k": 0.057, "lift_at_k": 5.7,
}  # fmt: skip
MODELS = {
    "emergency_admission": {
        "label": "emergency_admission@3",
        "risk_words": "people like this are admitted to hospital as an emergency within 12 months",
        "meaning": "The chance that an adult is admitted to hospital as an emergency within 12 months.",
        "test_date": "2025-02-01",
        "figures": FIGURES,
        "caveat": "",
        "short": "an emergency admission",
        "demonstration": False,
        "site": "Westmarch district",
    },
    "care_home_entry": {
        "label": "care_home_entry@2",
        "risk_words": "people like this move into a care home within 12 months, as far as the council's data and other "
        "records show",
        "meaning": "The chance that a person of 65 or over moves into a care home for the long term within 12 months.",
        "test_date": "2025-01-01",
        "figures": {"people": 8120, "events": 51},
        "caveat": "The council's data hold only care that it provides or arranges: those who pay themselves are missing.",
        "short": "a move into a care home",
        "demonstration": False,
        "site": "Westmarch district",
    },
}
FEEDS = (
    FeedLine("Hospital stays", "fresh", dt.date(2026, 2, 14), "to 14 Feb 2026"),
    FeedLine("A&E", "fresh", dt.date(2026, 3, 18), "to 18 Mar 2026"),
    FeedLine("111 calls", "not supplied", None, "not supplied: it counts neither for nor against anyone"),
    FeedLine("Ambulance", "not supplied", None, "not supplied: it counts neither for nor against anyone"),
    FeedLine("Outpatients", "fresh", dt.date(2026, 2, 20), "to 20 Feb 2026"),
    FeedLine("GP records", "fresh", dt.date(2026, 3, 30), "to 30 Mar 2026"),
    FeedLine("Prescriptions", "stale", dt.date(2025, 12, 31), "nothing after 31 Dec 2025: 91 days before this list"),
    FeedLine("Community services", "fresh", dt.date(2026, 3, 20), "to 20 Mar 2026"),
    FeedLine("Mental health", "not supplied", None, "not supplied: it counts neither for nor against anyone"),
    FeedLine("Social care", "silent", dt.date(2025, 11, 2),
             "nothing for this practice since 2 Nov 2025, though others have data to 28 Mar 2026"),
)  # fmt: skip
RAISING = (
    ("Emergency admissions", "3 emergency admissions in the last 12 months, the latest on 2 Feb; "
     "latest discharge after an emergency on 11 Feb"),
    ("Frailty, falls and daily living", "severe frailty on record since 4 Sep 2024; "
     "2 falls in the last 12 months, the latest on 19 Jan"),
    ("Medicines", "14 different medicines in the last 3 months; "
     "3 kinds of high-risk medicine in the last 3 months, the latest on 30 Mar"),
    ("Lungs", "chronic obstructive pulmonary disease on record since 8 May 2017; smoking: current"),
    ("A&E, 111 and ambulance", "5 A&E attendances in the last 12 months, the latest on 12 Mar"),
    ("Several conditions together", "9 long-term conditions on record"),
    ("Diabetes and kidneys", "diabetes on record since 2 Jun 2009; latest HbA1c 81 mmol/mol, on 14 Oct"),
    ("Memory, stroke and nervous system", "memory concern recorded on 3 Dec"),
)  # fmt: skip
LOWERING = ("no emergency admission before last year", "blood pressure 128/72 mmHg, on 5 Mar")
REVIEW = (
    "3 kinds of high-risk medicine in the last 3 months, the latest on 30 Mar",
    "2 falls in the last 12 months, the latest on 19 Jan",
    "smoking: current",
)
UNKNOWN = ("no kidney function test in the last 2 years", "ethnic group not recorded")
RISKS = (0.742, 0.688, 0.611, 0.534, 0.487, 0.442, 0.418, 0.384, 0.361, 0.333, 0.298, 0.262, 0.217, 0.171, 0.142)
CHANGES = ("same", "new", "up", "down", "up", "new", "same", "down", "up", "new", "down", "up", "same", "new", "up")


def pseudonym(number: int) -> str:
    """Return twelve characters that look like those of a site."""
    value = (number + 1) * 0x9E3779B97F4A7C15 % 2**60
    return "".join(ALPHABET[(value >> shift) & 31] for shift in range(55, -1, -5))


def nhs_number(number: int) -> str:
    """Return a valid number of the 999 range, which no one has."""
    stem = 999_000_000 + 37 * number
    while (check := 11 - sum(int(one) * (10 - place) for place, one in enumerate(str(stem))) % 11) == 10:
        stem += 1
    return f"{stem}{check % 11}"


def year_of(number: int) -> tuple[YearFact, ...]:
    """Return what happened to a person in a year, more of it for those higher up."""
    facts = [YearFact("GP practice", -360 + 23 * step, -360 + 23 * step) for step in range(15 - number % 7)]
    facts += [
        YearFact("Emergency stay", -300 + 95 * step, -296 + 95 * step + number) for step in range(max(0, 3 - number // 4))
    ]
    facts += [YearFact("A&E, 111, ambulance", -301 + 71 * step, -301 + 71 * step) for step in range(max(0, 5 - number // 3))]
    facts += [YearFact("Outpatients", -340 + 60 * step, -340 + 60 * step) for step in range(number % 4)]
    if number % 3 == 0:
        facts.append(YearFact("Planned stay", -150, -150))
    if number % 2 == 0:
        facts += [YearFact("Community, mental health", -90 + 6 * step, -90 + 6 * step) for step in range(12)]
    if number % 5 == 0:
        facts += [YearFact("Social care", -200, -200), YearFact("Social care", -190, 0)]
    return tuple(sorted(facts, key=lambda one: (one.lane, one.start)))


def listed(number: int, code: str = "Y00001") -> Listed:
    """Return a person of a list, ``number`` counted from 0."""
    risk, first = RISKS[number], number % 4
    reasons = [RAISING[(first + step) % len(RAISING)] for step in range(4 if number != 13 else 1)]
    pushes = {theme: 1.1 / (place + 1) for place, (theme, _words) in enumerate(reasons)}
    age = (88, 79, 92, 67, 84, 71, 95, 58, 82, 76, 63, 89, 74, 43, 81)[number]
    care_home = OtherRisk("care_home_entry", 0.31 / (number + 2), out_of_hundred(0.31 / (number + 2)))
    return Listed(
        rank=number + 1,
        person_id=pseudonym(number),
        practice_code=code,
        practice_name=PRACTICES[code],
        age=age,
        sex=("female", "male")[number % 2] if number != 11 else "unknown",
        risk=risk,
        risk_words=out_of_hundred(risk),
        band=band_of(risk),
        change=CHANGES[number],
        others=(care_home if age >= 65 else OtherRisk("care_home_entry", None, "not in this model's group"),),
        raising=tuple(words for _theme, words in reasons),
        themes=tuple(theme for theme, _words in reasons),
        lowering=LOWERING[: number % 3],
        review=REVIEW[: (number + 1) % 4],
        unknown=UNKNOWN[: (number + 2) % 3],
        shares={"": -2.3, **pushes, "Other": -0.2, "Cancer and end-of-life care": 0.12},
        year=year_of(number),
    )  # fmt: skip


def practice_list(**changes: object) -> MeetingList:
    """Return a practice's list of fifteen."""
    made = MeetingList(
        list_id="2026-04-01_practice-Y00001_3f9a1c07be",
        scope="practice:Y00001",
        title="Mill Surgery (Y00001)",
        site="Westmarch district",
        as_of=AS_OF,
        do_not_use_after=AS_OF + dt.timedelta(days=14),
        k=15,
        models=MODELS,
        ranked_by="emergency_admission",
        people=tuple(listed(number) for number in range(15)),
        removed=(
            Removed(pseudonym(101), "Y00001", 0.71, "about 71 in 100", "on the end-of-life register"),
            Removed(pseudonym(102), "Y00001", 0.55, "about 55 in 100", "lives in a care home"),
            Removed(pseudonym(103), "Y00001", 0.41, "about 41 in 100", "accepted on 18 Mar 2026"),
        ),
        left=(
            Left(pseudonym(201), 2, "died"),
            Left(pseudonym(103), 6, "accepted on 18 Mar 2026"),
            Left(pseudonym(202), 9, "risk fell"),
            Left(pseudonym(203), 15, "outranked"),
        ),
        previous=dt.date(2026, 3, 4),
        feeds=FEEDS,
        stamp="",
        rules=(
            "People who have died, moved away or objected are removed when the list is made.",
            "People who live in a care home are left out.",
            "People on the end-of-life register are left out.",
            "People discussed in the last 6 weeks are left out.",
        ),
        attrition=(
            {"rule": "everyone in the record", "left_out": 0, "left": 41250},
            {"rule": "died", "left_out": 912, "left": 40338},
            {"rule": "not registered with a practice", "left_out": 1480, "left": 38858},
            {"rule": "younger than 18", "left_out": 6988, "left": 31870},
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def named_list(**changes: object) -> MeetingList:
    """Return the practice's list with the people named, but for one whom the practice's map does not hold."""
    made = practice_list()
    people = tuple(replace(one, identifier=nhs_number(one.rank) if one.rank != 12 else "") for one in made.people)
    return replace(made, people=people, named=True, **changes)  # type: ignore[arg-type]


def cluster_list(**changes: object) -> MeetingList:
    """Return a cluster meeting's list over three practices, with a stamp and demonstration models."""
    codes = sorted(PRACTICES)
    models = {name: {**one, "demonstration": True} for name, one in MODELS.items()}
    late = FeedLine("Hospital stays", "silent", dt.date(2026, 1, 9),
                    "nothing for Y00002 since 9 Jan 2026, though others have data to 14 Feb 2026")  # fmt: skip
    made = practice_list(
        list_id="2026-04-01_cluster-Aldermoor_77ab20ff31",
        scope="cluster:Aldermoor",
        title="Cluster meeting: Aldermoor",
        k=20,
        people=tuple(listed(number, codes[number % 3]) for number in range(15)),
        models=models,
        feeds=(late, *FEEDS[1:]),
        stamp=f"Use with care: hospital stays are out of date ({late.words}). Recent admissions may be missing.",
        share_words="by risk, with a floor for each practice",
        choices=(
            Choice("risk", "by risk alone", 15, 6.4, 3),
            Choice("list_size", "in proportion to the practices' lists", 15, 5.9, 3),
            Choice("floor", "by risk, with a floor for each practice", 15, 6.1, 3),
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def practice():
    return practice_list()


@pytest.fixture(scope="session")
def named():
    return named_list()


@pytest.fixture(scope="session")
def cluster():
    return cluster_list()


@pytest.fixture(scope="session")
def first_list():
    people = tuple(replace(one, change="new") for one in practice_list().people)
    return practice_list(previous=None, left=(), people=people)
