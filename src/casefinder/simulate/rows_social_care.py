"""Adult social care Client Level Data: requests, assessments, services and reviews, sent quarter by quarter.

An open service is sent again each quarter until the one in which it ends, under the same key. Care homes are here only where
the council pays: the share of people who pay for themselves grows as deprivation falls.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.dates import add_months, to_date, to_day
from casefinder.simulate import codes
from casefinder.simulate.arrays import Days, Flags, Floats, Rows
from casefinder.simulate.chunk import Chunk, Spans
from casefinder.simulate.places import COUNCIL
from casefinder.simulate.records import nursing
from casefinder.simulate.rows import Extract, Text, constant, dates, decimals, words
from casefinder.simulate.settings import NEVER

USABLE_AFTER_DAYS: Final = 45
_ASSESSMENT_SHARE: Final = 0.45
_SUPPORT_REASONS: Final = (
    "Physical Support: Personal care support",
    "Physical Support: Access & mobility only",
    "Support with Memory & Cognition",
    "Mental Health Support",
    "Learning Disability Support",
)
_WEEKLY: Final = {"nursing": 980, "residential": 820, "reablement": 240, "other_support": 60, "carer_support": 35}
_HOURLY: Final = 23
"""Invented prices, pounds a week and an hour."""

_OUTCOMES: Final = (("assessment", 0.42), ("none", 0.28), ("reablement", 0.14), ("service", 0.06), ("hospital", 0.03),
                    ("other", 0.07))  # fmt: skip


@dataclass(frozen=True)
class Events:
    """Events of one kind: people, first and last days (``NEVER`` while open), and how each is described.

    ``service`` is a group of service types, or what one of them means.
    """

    spans: Spans
    event: str
    client: str = "Service User"
    service: str = ""
    component: tuple[str, ...] = ("",)
    delivery: tuple[str, ...] = ("",)
    outcome: Rows | None = None
    cost: float = 0.0
    hours: Floats | None = None


def self_funded_share(settings_shares: tuple[float, float], decile: Rows) -> Floats:
    """Return the share who pay for their own care home in each tenth of deprivation, in even steps between the extremes."""
    most, least = settings_shares
    return most + (least - most) * (decile - 1) / 9


def pays_themselves(chunk: Chunk) -> Flags:
    """Say whether each person, entering a care home, pays for it."""
    home = np.minimum(chunk.course.home_day, chunk.months.last)
    area, _ = chunk.people.place(home.astype(np.int32))
    settings = chunk.settings
    shares = (settings.self_funded_most_deprived, settings.self_funded_least_deprived)
    return chunk.people.pays < self_funded_share(shares, chunk.district.areas.decile[area])


def recorded_home_day(chunk: Chunk) -> Days:
    """Return the day of the care-home entry that council data will show; ``NEVER`` for those who pay themselves."""
    return np.where(pays_themselves(chunk), NEVER, chunk.course.home_day).astype(np.int32)


def social_care(chunk: Chunk) -> Extract:
    """Return the rows of every quarterly submission that was usable by the last day."""
    chance = chunk.chance("social care")
    services = [*_care_homes(chunk, chance), *_at_home(chunk, chance), *_short(chunk, chance), *_carers(chunk, chance)]
    starts = [one.spans for one in services[:4]]
    parts = [*services, *_contacts(chunk, starts, chance)]
    return _rows(chunk, [part for part in parts if len(part.spans)], chance)


def _inside(chunk: Chunk, spans: Spans) -> Spans:
    """Return spans that touch the time in which the person was here, ended when the person died or left."""
    gone = np.where(chunk.gone[spans.person] < NEVER, chunk.gone[spans.person] - 1, NEVER)
    end = np.minimum(spans.end, gone)
    start = np.maximum(
        spans.start, np.where(chunk.people.entry[spans.person] > chunk.months.first, chunk.people.entry[spans.person], 0)
    )
    kept = (start <= end) & (end >= chunk.months.first) & (start <= chunk.months.last)
    return Spans(spans.person[kept], start[kept].astype(np.int32), end[kept].astype(np.int32))


def _care_homes(chunk: Chunk, chance: np.random.Generator) -> list[Events]:
    """Return care homes that this council pays for; those who came as residents are still paid for by another."""
    home, entry = recorded_home_day(chunk), chunk.people.entry
    came_as_resident = (home < entry) & (entry > chunk.months.first)
    person = np.flatnonzero((home < NEVER) & ~came_as_resident)
    spans = _inside(chunk, Spans(person, home[person], np.full(len(person), NEVER, np.int32)))
    with_nurses = nursing(chunk)[spans.person] == 1
    kinds = (("nursing", with_nurses), ("residential", ~with_nurses))
    component = {"nursing": ("nursing home",), "residential": ("residential home",)}
    return [
        Events(spans.take(rows), "Service", service=kind, component=component[kind],
               delivery=("CASSR Commissioned Support", "CASSR Managed Personal Budget"), cost=_WEEKLY[kind])
        for kind, rows in kinds
    ]  # fmt: skip


def _at_home(chunk: Chunk, chance: np.random.Generator) -> list[Events]:
    """Return packages of care at home in hours a week; one in six people pays for it outside the council's sight."""
    spans = chunk.course.care_at_home
    spans = _inside(chunk, spans.take(chance.random(len(spans)) > 0.15))
    frailty = chunk.frailty(spans.person, np.maximum(spans.start, chunk.months.first))
    hours = np.clip(3.5 + 3.2 * frailty + chance.exponential(4.0, len(spans)), 2, 60)
    return [
        Events(spans, "Service", service="home_care", component=("home support", "direct payment", "day support"),
               delivery=("CASSR Managed Personal Budget", "Direct Payment", "CASSR Commissioned Support"), cost=_HOURLY,
               hours=np.round(hours * 2) / 2)
    ]  # fmt: skip


def _short(chunk: Chunk, chance: np.random.Generator) -> list[Events]:
    spans = _inside(chunk, chunk.course.reablement)
    grid = chunk.grid
    rate = np.where(grid.age >= 60, 0.004 * np.exp(0.7 * grid.frailty), 0.0005).astype(np.float32)
    person, day = grid.events(rate, chance)
    low = _inside(chunk, Spans(person, day, (day + chance.integers(60, 900, len(day))).astype(np.int32)))
    return [
        Events(spans, "Service", service="reablement", component=("reablement",),
               delivery=("CASSR Commissioned Support",), cost=_WEEKLY["reablement"]),
        Events(low, "Service", service="ongoing low level support", component=("equipment", "telecare"),
               delivery=("CASSR Commissioned Support",), cost=_WEEKLY["other_support"]),
    ]  # fmt: skip


def _carers(chunk: Chunk, chance: np.random.Generator) -> list[Events]:
    """Return support to carers: for some of those who care, a year or two."""
    grid = chunk.grid
    person, day = grid.events((grid.has("carer") * np.float32(0.03)).astype(np.float32), chance)
    spans = _inside(chunk, Spans(person, day, (day + chance.integers(90, 700, len(day))).astype(np.int32)))
    return [Events(spans, "Service", client="Carer", service="carer_support", component=("carer support",),
                   delivery=("Direct Payment",), cost=_WEEKLY["carer_support"])]  # fmt: skip


def _contacts(chunk: Chunk, starts: list[Spans], chance: np.random.Generator) -> list[Events]:
    """Return requests before services and on their own, assessments after some of them, and yearly reviews."""
    grid = chunk.grid
    lift = 0.75 * grid.frailty + 0.9 * grid.recent + 0.25 * grid.need + 0.8 * grid.has("dementia")
    rate = np.where(grid.age >= 18, 0.0045 * np.exp(lift) + 0.004, 0).astype(np.float32)
    alone, day = grid.events(rate, chance)
    served = np.concatenate([spans.person for spans in starts])
    begun = np.concatenate([spans.start for spans in starts])
    before = (begun - chance.integers(7, 75, len(begun))).astype(np.int32)
    asked = chunk.present(served, before)
    person, when = np.concatenate([alone, served[asked]]), np.concatenate([day, before[asked]])
    outcome = chance.choice(len(_OUTCOMES), len(person), p=[share for _, share in _OUTCOMES])
    own = np.arange(len(person)) >= len(alone)
    outcome[own] = 0
    assessed = (outcome == 0) & (own | (chance.random(len(person)) < _ASSESSMENT_SHARE))
    later = (when[assessed] + chance.integers(2, 40, assessed.sum())).astype(np.int32)
    reviewed, review = _reviews(chunk, starts, chance)
    requests = Spans(person, when, when)
    return [
        Events(requests, "Request", outcome=outcome),
        Events(_here(chunk, Spans(person[assessed], later, later)), "Assessment"),
        Events(_here(chunk, Spans(reviewed, review, review)), "Review"),
    ]


def _here(chunk: Chunk, spans: Spans) -> Spans:
    return spans.take(chunk.present(spans.person, spans.start))


def _reviews(chunk: Chunk, starts: list[Spans], chance: np.random.Generator) -> tuple[Rows, Days]:
    person = np.concatenate([spans.person for spans in starts])
    start = np.concatenate([spans.start for spans in starts])
    end = np.minimum(np.concatenate([spans.end for spans in starts]), chunk.months.last)
    who, when = [], []
    for year in range(1, chunk.settings.years + 1):
        day = start + 365 * year + chance.integers(-60, 120, len(start))
        kept = (day < end) & (day >= chunk.months.first) & (chance.random(len(day)) < 0.55)
        who.append(person[kept])
        when.append(day[kept])
    return np.concatenate(who), np.concatenate(when).astype(np.int32)


def _quarter_ends(chunk: Chunk) -> Rows:
    """Return the last days of the quarters whose submissions were usable by the last day of records."""
    first = to_date(chunk.months.first)
    ends = [to_day(add_months(first, 3 * turn)) - 1 for turn in range(1, chunk.months.months // 3 + 1)]
    return np.array([end for end in ends if end + USABLE_AFTER_DAYS <= chunk.months.last])


def _rows(chunk: Chunk, parts: list[Events], chance: np.random.Generator) -> Extract:
    made = [_submitted(chunk, part, chance) for part in parts]
    whole = made[0]
    for part in made[1:]:
        whole = whole.joined(part)
    return whole


def _submitted(chunk: Chunk, part: Events, chance: np.random.Generator) -> Extract:
    """Return the rows of one kind of event: one in each quarter from the one it began in to the one it ended in."""
    ends, spans = _quarter_ends(chunk), part.spans
    first = np.searchsorted(ends, spans.start)
    last = np.minimum(np.searchsorted(ends, spans.end), len(ends) - 1)
    count = np.maximum(last - first + 1, 0) if part.event == "Service" else (first < len(ends)).astype(np.int64)
    row = np.repeat(np.arange(len(spans)), count)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    sent = ends[first[row] + turn]
    person, start, end = spans.person[row], spans.start[row], spans.end[row]
    kind = spans.person % len(part.component)
    weekly = np.full(len(row), part.cost) if part.cost else np.full(len(row), np.nan)
    columns = {
        "Pseudo NHS Number": chunk.identifier(person),
        "LA Code": constant(COUNCIL, len(row)),
        "Reporting Period End Date": dates(sent),
        "Client Type": constant(part.client, len(row)),
        "Event Type": constant(part.event, len(row)),
        "Event Start Date": dates(start),
        "Event End Date": dates(np.where(end <= sent, end, NEVER)),
        "Event Outcome": _outcome(part, row, end <= sent),
        "Service Type": _service_type(part.service, len(row)),
        "Service Component": _some(part.component, kind[row], len(row)),
        "Delivery Mechanism": _some(part.delivery, (spans.person // 3 % len(part.delivery))[row], len(row)),
        "Primary Support Reason": words(_reason(chunk, person, start), _SUPPORT_REASONS),
        "Accommodation Status": words(_accommodation(chunk, person, start), ("Owner occupier", "Registered care home")),
        "Unit Cost": decimals(weekly, 2, 200_000),
        "Cost Frequency (Unit Type)": constant("Per Hour" if part.hours is not None else "Per Week", len(row))
        if part.cost
        else _none(len(row)),
        "Planned units per week": decimals(part.hours[row], 1, 1_000) if part.hours is not None else _none(len(row)),
    }
    known = (sent + USABLE_AFTER_DAYS).astype(np.int32)
    return Extract("social_care", columns, known, person="Pseudo NHS Number", about=person)


def _service_type(service: str, count: int) -> Text:
    if not service:
        return _none(count)
    group = f"cld_service_type:{service}"
    code = codes.nhs(group, 1)[0] if codes.has(group) else codes.meaning("cld_service_type", service)
    return constant(_proper(code), count)


def _none(count: int) -> Text:
    return words(np.full(count, -1, np.int8), ("",))


def _some(values: tuple[str, ...], which: Rows, count: int) -> Text:
    return _none(count) if values == ("",) else words(which.astype(np.int32), values)


def _proper(value: str) -> str:
    """Return a value as councils write it: each word with a capital."""
    return " ".join(word if word in ("to", "the") else word.capitalize() for word in value.split(" "))


def _outcome(part: Events, row: Rows, over: Flags) -> Text:
    if part.event == "Request" and part.outcome is not None:
        names = [_proper(codes.nhs(f"cld_request_outcome:{name}", 1)[0]) for name, _ in _OUTCOMES]
        return words(part.outcome[row].astype(np.int32), names)
    if part.event == "Service":
        return words(
            np.where(over, part.spans.person[row] % 2, -1).astype(np.int32),
            ("Service ended as planned", "Service Ended As Planned"),
        )
    return _none(len(row))


def _reason(chunk: Chunk, person: Rows, day: Days) -> Rows:
    had = {name: chunk.had(name, person, day) for name in ("dementia", "severe_mental_illness", "learning_disability")}
    physical = person % 2
    return np.where(
        had["learning_disability"], 4, np.where(had["severe_mental_illness"], 3, np.where(had["dementia"], 2, physical))
    )


def _accommodation(chunk: Chunk, person: Rows, day: Days) -> Rows:
    return (chunk.course.home_day[person] <= day).astype(np.int64)
