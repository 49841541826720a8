"""Community and mental health services: contacts, referrals and ward stays, submitted month by month."""

from typing import Final

import numpy as np

from casefinder.simulate import codes
from casefinder.simulate.arrays import Days, Rows
from casefinder.simulate.chunk import Chunk, weekday
from casefinder.simulate.rows import Extract, Text, dates, numbers, words
from casefinder.simulate.rows_admitted import submission_day
from casefinder.simulate.settings import NEVER

_TEAMS: Final[tuple[tuple[str, float, float, float, dict[str, float]], ...]] = (
    ("district_nursing", 0.110, 0.95, 1.00, {"housebound": 4.0, "palliative": 4.0, "diabetes": 1.4}),
    ("therapy", 0.190, 0.35, 0.90, {"stroke_tia": 1.8, "osteoarthritis": 1.6, "parkinsons": 2.0}),
    ("rehabilitation", 0.010, 0.60, 1.80, {"stroke_tia": 3.0}),
    ("intermediate_care", 0.010, 0.80, 2.00, {}),
    ("rapid_response", 0.005, 0.80, 1.20, {"copd": 1.6}),
    ("podiatry", 0.050, 0.40, 0.10, {"diabetes": 4.0, "peripheral_arterial_disease": 2.0}),
    ("cardiac", 0.003, 0.20, 0.60, {"heart_failure": 20.0, "coronary_heart_disease": 3.0}),
    ("respiratory", 0.004, 0.20, 0.60, {"copd": 20.0}),
    ("diabetes", 0.003, 0.00, 0.10, {"diabetes": 20.0}),
    ("continence", 0.005, 0.50, 0.20, {"urinary_incontinence": 8.0}),
    ("dietetics", 0.012, 0.30, 0.50, {"cancer": 2.0, "dementia": 1.5}),
    ("speech", 0.008, 0.25, 0.60, {"stroke_tia": 4.0, "parkinsons": 4.0, "dementia": 1.5}),
    ("wound", 0.020, 0.90, 0.60, {"diabetes": 1.8, "peripheral_arterial_disease": 3.0}),
    ("palliative", 0.001, 0.20, 0.50, {"palliative": 400.0, "cancer": 4.0}),
)
"""Team, contacts a person-year for an adult without frailty, what each step of frailty and a recent emergency admission
add to the log rate, and how many times more with a condition (NHS Benchmarking and CSDS monthly statistics, rounded)."""

_CHILDREN: Final = ("health visiting", "school nursing")
_MINUTES: Final = (15, 20, 30, 30, 40, 45, 60)
_SERVICE_CONTACTS_DAYS: Final = 18

_MENTAL: Final[tuple[tuple[str, dict[str, float]], ...]] = (
    ("community", {"severe_mental_illness": 6.0, "depression": 0.20, "anxiety": 0.10}),
    ("crisis", {"severe_mental_illness": 0.9, "depression": 0.03, "substance_misuse": 0.15}),
    ("memory", {"dementia": 0.55}),
    ("older_people", {"dementia": 0.8, "severe_mental_illness": 0.4}),
    ("therapies", {"depression": 0.45, "anxiety": 0.40}),
    ("liaison", {"alcohol_problems": 0.25, "depression": 0.03, "severe_mental_illness": 0.15}),
    ("early_intervention", {"severe_mental_illness": 0.3}),
)
"""Team, contacts a year of people with each condition (MHSDS monthly statistics, rounded)."""

_REASONS_FOR_REFERRAL: Final = ("01", "04", "05", "06", "12", "15", "19")
"""Primary reasons for referral, two digits: from psychosis and depression to organic brain disorder; their order means
nothing."""


def community(chunk: Chunk) -> Extract:
    """Return community contacts, with those of the case-management service, each known from the submission that held it."""
    chance, grid = chunk.chance("community"), chunk.grid
    found: list[tuple[str, Rows, Days]] = []
    adult = grid.age >= 18
    for team, rate, frailty, recent, times in _TEAMS:
        log = np.log(rate) + frailty * grid.frailty + recent * grid.recent + 0.2 * grid.need
        for condition, more in times.items():
            log = log + np.float32(np.log(more)) * grid.has(condition)
        person, day = grid.events(np.where(adult, np.exp(log), 0).astype(np.float32), chance)
        found.append((team, person, day))
    person, day = grid.events(
        grid.by_age((0, 4.5), (1, 2.2), (3, 0.9), (5, 0.5), (16, 0.15), (18, 0.02), (40, 0.02)), chance
    )
    young = chunk.age(person, day) < 5
    found += [(name, person[own], day[own]) for name, own in zip(_CHILDREN, (young, ~young), strict=True)]
    found.append(("case_management", *_service_contacts(chunk, chance)))
    return _contacts(chunk, found, chance)


def _service_contacts(chunk: Chunk, chance: np.random.Generator) -> tuple[Rows, Days]:
    """Return contacts of people on the caseload of the service, about every eighteen days."""
    spans = chunk.course.enrolments
    count = np.maximum((spans.end - spans.start) // _SERVICE_CONTACTS_DAYS, 0)
    span = np.repeat(np.arange(len(spans)), count)
    turn = np.arange(len(span)) - np.repeat(np.cumsum(count) - count, count)
    day = (spans.start[span] + turn * _SERVICE_CONTACTS_DAYS + chance.integers(0, 9, len(span))).astype(np.int32)
    kept = chunk.present(spans.person[span], day)
    return spans.person[span][kept], day[kept]


def _contacts(chunk: Chunk, found: list[tuple[str, Rows, Days]], chance: np.random.Generator) -> Extract:
    person = np.concatenate([who for _, who, _ in found])
    day = weekday(np.concatenate([when for _, _, when in found]).astype(np.int32))
    names = [
        (codes.meaning("community_teams", team),) if team in _CHILDREN else codes.nhs(f"community_teams:{team}", 2)
        for team, _, _ in found
    ]
    vocabulary = tuple(dict.fromkeys(code for group in names for code in group))
    team = np.concatenate([
        np.array([vocabulary.index(code) for code in group])[codes.pick(len(who), len(group), chance)]
        for group, (_, who, _) in zip(names, found, strict=True)
    ])  # fmt: skip
    known = submission_day(day, 12)
    columns = {
        "PERSON ID": chunk.identifier(person),
        "CARE CONTACT IDENTIFIER": numbers(np.arange(len(person), dtype=np.int64) + (chunk.number + 1) * 10**8),
        "CARE CONTACT DATE": dates(day),
        "ATTENDANCE STATUS": _attendance(len(person), chance),
        "SERVICE OR TEAM TYPE REFERRED TO": words(team.astype(np.int32), vocabulary),
        "CLINICAL CONTACT DURATION": numbers(np.array(_MINUTES)[chance.integers(0, len(_MINUTES), len(person))]),
        "EFFECTIVE FROM": dates(known),
    }
    rows = Extract("csds_contacts", columns, known, person="PERSON ID", key="CARE CONTACT IDENTIFIER", about=person)
    return rows.take(known <= chunk.months.last)


def _attendance(count: int, chance: np.random.Generator) -> Text:
    """Return how contacts went: nine in ten took place."""
    known = (*codes.nhs("attendance_status:attended", 2), codes.nhs("attendance_status:missed", 2)[-1],
             *codes.nhs("attendance_status:cancelled", 2))  # fmt: skip
    return words(chance.choice(5, count, p=(0.87, 0.03, 0.045, 0.035, 0.02)).astype(np.int8), known)


def mental_ids(chunk: Chunk) -> tuple[str, ...]:
    """Return the person id of each person in the mental health data set: not the NHS number, and nothing like it."""
    return tuple(f"MH{(int(number) * 7_919 + 104_729) % 10**9:09d}" for number in chunk.people.number)


def mental_health(chunk: Chunk) -> list[Extract]:
    """Return mental health contacts, referrals and ward stays, and the bridge from their person ids to NHS numbers."""
    chance, grid = chunk.chance("mental health"), chunk.grid
    found = []
    for team, rates in _MENTAL:
        rate = sum((yearly * grid.has(condition) for condition, yearly in rates.items()), np.zeros(grid.shape, np.float32))
        rate = rate * np.exp(0.35 * grid.need + 0.3 * grid.recent)
        rate = rate * (0.25 + 1.5 * (chance.random(grid.shape[1]) < 0.5))
        found.append((team, *grid.events(rate.astype(np.float32), chance)))
    contacts = _mental_contacts(chunk, found, chance)
    referrals = _referrals(chunk, found, chance)
    stays = _ward_stays(chunk, chance)
    person = np.unique(np.concatenate([contacts.about, referrals.about, stays.about]))
    columns = {"Person_ID": words(person.astype(np.int32), mental_ids(chunk)), "NHS_NUMBER": chunk.identifier(person)}
    known = np.full(len(person), chunk.months.first, np.int32)
    return [contacts, referrals, stays, Extract("mhsds_bridge", columns, known, person="NHS_NUMBER", about=person)]


def _mental_contacts(chunk: Chunk, found: list[tuple[str, Rows, Days]], chance: np.random.Generator) -> Extract:
    person = np.concatenate([who for _, who, _ in found])
    day = weekday(np.concatenate([when for _, _, when in found]).astype(np.int32))
    vocabulary = tuple(codes.nhs(f"mental_health_teams:{team}", 1)[0] for team, _, _ in found)
    team = np.repeat(np.arange(len(found)), [len(who) for _, who, _ in found])
    known = submission_day(day, 20)
    columns = {
        "Person_ID": words(person.astype(np.int32), mental_ids(chunk)),
        "UniqCareContID": numbers(np.arange(len(person), dtype=np.int64) + (chunk.number + 1) * 10**8),
        "CareContDate": dates(day),
        "AttendStatus": _attendance(len(person), chance),
        "ServTeamTypeRefToMH": words(team.astype(np.int8), vocabulary),
        "EFFECTIVE_FROM": dates(known),
    }
    rows = Extract("mhsds_contacts", columns, known, person="Person_ID", key="UniqCareContID", about=person)
    return rows.take(known <= chunk.months.last)


def _referrals(chunk: Chunk, found: list[tuple[str, Rows, Days]], chance: np.random.Generator) -> Extract:
    """Return a referral before the first contact with a team, and before some later ones."""
    who, when = [], []
    for _, person, day in found:
        order = np.lexsort((day, person))
        first = np.append(True, person[order][1:] != person[order][:-1]) if len(order) else np.zeros(0, bool)
        first |= chance.random(len(order)) < 0.06
        who.append(person[order][first])
        when.append(day[order][first] - chance.integers(5, 60, first.sum()))
    person, day = np.concatenate(who), weekday(np.concatenate(when).astype(np.int32))
    kept = chunk.present(person, day)
    person, day = person[kept], day[kept]
    known = submission_day(day, 20)
    columns = {
        "Person_ID": words(person.astype(np.int32), mental_ids(chunk)),
        "UniqServReqID": numbers(np.arange(len(person), dtype=np.int64) + (chunk.number + 1) * 10**8),
        "ReferralRequestReceivedDate": dates(day),
        "PrimReasonReferralMH": words(chance.integers(0, len(_REASONS_FOR_REFERRAL), len(person)), _REASONS_FOR_REFERRAL),
        "EFFECTIVE_FROM": dates(known),
    }
    rows = Extract("mhsds_referrals", columns, known, person="Person_ID", key="UniqServReqID", about=person)
    return rows.take(known <= chunk.months.last)


def _ward_stays(chunk: Chunk, chance: np.random.Generator) -> Extract:
    """Return stays on mental health wards, apart from stays in other hospitals; sent again, with their end, once they
    end."""
    grid, stays = chunk.grid, chunk.course.admissions
    rate = 0.10 * grid.has("severe_mental_illness") + 0.004 * grid.has("depression") + 0.012 * grid.has("dementia")
    person, day = grid.events(rate.astype(np.float32), chance)
    end = (day + 3 + chance.exponential(32, len(person))).astype(np.int32)
    later = np.searchsorted(stays.person * 2**20 + stays.start, person * 2**20 + day)
    near = np.clip([later - 1, later], 0, max(len(stays) - 1, 0))
    meets = np.zeros(len(person), bool)
    for place in near:
        meets |= (stays.person[place] == person) & (stays.start[place] <= end) & (stays.end[place] >= day)
    kept = ~meets & (end < chunk.gone[person])
    person, day, end = person[kept], day[kept], end[kept]
    begun, ended = submission_day(day, 20), submission_day(end, 20)
    sent = np.concatenate([np.flatnonzero(begun < ended), np.flatnonzero(ended < NEVER)])
    over = np.arange(len(sent)) >= (begun < ended).sum()
    known = np.where(over, ended[sent], begun[sent]).astype(np.int32)
    columns = {
        "Person_ID": words(person[sent].astype(np.int32), mental_ids(chunk)),
        "UniqHospProvSpellID": numbers(sent + (chunk.number + 1) * 10**8),
        "StartDateHospProvSpell": dates(day[sent]),
        "DischDateHospProvSpell": dates(np.where(over, end[sent], NEVER)),
        "EFFECTIVE_FROM": dates(known),
    }
    rows = Extract("mhsds_spells", columns, known, person="Person_ID", key="UniqHospProvSpellID", about=person[sent])
    return rows.take(known <= chunk.months.last)
