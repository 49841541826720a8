"""The compiled kernel against a loop that is too slow to ship and too simple to be wrong."""

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casefinder.codelists import Code, CodeList, CodeLists
from casefinder.dates import EVER, NEVER, horizon, lookback, to_day
from casefinder.definitions import measures as m
from casefinder.histories import Block, Concepts, compile_measures, measure
from casefinder.histories.kernel import FACT, POINT, STAY, Rows

DAY0 = to_day(dt.date(2024, 4, 1))
INDEX_DATES = [dt.date(2024, 4, 1), dt.date(2024, 7, 1)]

CONCEPTS = pd.DataFrame(
    [
        (POINT, "gp_record", "snomed", "1001", 0, ""),
        (POINT, "gp_record", "snomed", "1002", 0, ""),
        (POINT, "gp_record", "snomed", "2001", 0, ""),
        (POINT, "prescription", "bnf", "0201010F0AAAAAA", 0, ""),
        (POINT, "prescription", "bnf", "0201010F0BBBBBB", 0, ""),
        (POINT, "prescription", "bnf", "0402010ABAAAAAA", 0, ""),
        (POINT, "diagnosis", "icd10", "I500", 1, ""),
        (POINT, "diagnosis", "icd10", "J440", 2, ""),
        (STAY, "hospital", "", "", 0, "emergency"),
        (STAY, "hospital", "", "", 0, "elective"),
        (STAY, "care_home", "", "", 0, "nursing"),
        (FACT, "sex", "nhs", "1", 0, ""),
        (FACT, "sex", "nhs", "2", 0, ""),
    ],
    columns=["row_kind", "kind", "code_system", "code", "position", "method"],
)
CODELISTS = CodeLists(
    [
        CodeList(
            "lungs",
            "",
            "",
            "",
            (
                Code("icd10", "J4", prefix=True, group="copd", weight=2.5),
                Code("snomed", "1001", group="copd", weight=2.5),
                Code("snomed", "1002", group="asthma", weight=0.5),
                Code("snomed", "1001", group="any", weight=0.25),
                Code("snomed", "1002", group="any", weight=0.25),
            ),
        )
    ]
)
EMERGENCY = m.select("hospital", methods=("emergency",))
HOSPITAL = m.select("hospital")
YEAR, QUARTER = lookback(365), lookback(90)
LOOKBACKS = {
    "count": m.Count(m.select("prescription"), YEAR),
    "count_prefix": m.Count(m.select("prescription", prefixes=("0201",)), QUARTER),
    "count_main": m.Count(m.select("diagnosis", positions=(1,)), YEAR),
    "count_days": m.CountDays(m.select("gp_record", "diagnosis"), YEAR),
    "distinct": m.Distinct(m.select("prescription"), YEAR, length=9),
    "sum": m.Total(m.select("gp_record"), YEAR),
    "cost": m.Total(m.select("hospital", "prescription"), YEAR, "cost"),
    "latest_day": m.DaysSince(m.select("gp_record")),
    "first_day": m.DaysSince(m.select("gp_record"), which="first"),
    "since_end": m.DaysSince(HOSPITAL, which="end"),
    "latest": m.Latest(m.select("gp_record"), YEAR),
    "highest": m.Highest(m.select("gp_record"), YEAR),
    "change": m.Change(m.select("gp_record"), YEAR),
    "weighed": m.Weighed(m.select("gp_record", "diagnosis", codes="lungs"), EVER),
    "copd": m.Count(m.select("gp_record", "diagnosis", codes="lungs:copd"), EVER),
    "admissions": m.Count(EMERGENCY, YEAR),
    "nights": m.Count(EMERGENCY, YEAR, min_nights=1),
    "bed_days": m.DaysWithin(HOSPITAL, YEAR),
    "longest": m.Longest(HOSPITAL, YEAR),
    "inside": m.Inside(m.select("care_home", "hospital")),
    "returns": m.Returns(EMERGENCY, YEAR, within=30),
    "sex": m.Category(m.select("sex"), {"female": ("2",), "male": ("1",)}),
}
HORIZONS = {
    "until": m.DaysUntil(EMERGENCY, horizon(365)),
    "until_night": m.DaysUntil(EMERGENCY, horizon(365), min_nights=1),
    "count": m.Count(HOSPITAL, horizon(180)),
    "cost": m.Total(m.select("hospital", "prescription"), horizon(365), "cost"),
    "late": m.DaysUntil(m.select("gp_record"), horizon(30, after=30)),
    "within": m.DaysWithin(m.select("care_home"), horizon(365)),
    "inside": m.Inside(m.select("care_home"), horizon(365)),
    "returns": m.Returns(HOSPITAL, horizon(180)),
}


@dataclass(frozen=True)
class Fact:
    concept: int
    start: int
    end: int
    known: int
    end_known: int
    superseded: int
    value: float
    cost: int

    @property
    def row(self):
        return CONCEPTS.iloc[self.concept]


EDGES = [edge + slip for edge in (-365, -90, 0, 30, 60, 91, 180, 365) for slip in (-1, 0, 1)]
"""Days at which a window opens or closes, or an index date falls, and the days on either side."""


def near(day):
    """A day soon after ``day``, or one at an index date, where a rule that is off by one shows."""
    return st.one_of(st.integers(day, day + 120), st.sampled_from([DAY0 + e for e in (-1, 0, 1, 90, 91, 92)]))


@st.composite
def facts(draw):
    concept = draw(st.sampled_from([*range(len(CONCEPTS)), 8, 8, 8, 9, 9, 10]))
    start = DAY0 + draw(st.one_of(st.integers(-800, 500), st.sampled_from(EDGES)))
    stay = CONCEPTS.row_kind[concept] == STAY
    length = draw(st.one_of(st.integers(0, 40), st.none())) if stay else None
    end = start + length if length is not None else NEVER
    known = max(start, draw(near(start)))
    end_known = max(known, end, draw(near(end))) if end != NEVER else NEVER
    superseded = max(known + 1, draw(near(known))) if draw(st.integers(0, 3)) == 0 else NEVER
    value = draw(st.one_of(st.just(math.nan), st.integers(-5, 50).map(float)))
    return Fact(concept, start, end, known, end_known, superseded, value, draw(st.integers(0, 10_000)))


def block_of(people):
    ordered = [sorted(facts, key=lambda f: (f.start, f.concept, f.end, f.known, str(f))) for facts in people]
    flat = [fact for facts in ordered for fact in facts]
    column = lambda name, kind: np.array([getattr(fact, name) for fact in flat], dtype=kind)  # noqa: E731
    offsets = np.concatenate([[0], np.cumsum([len(facts) for facts in ordered])]).astype(np.int64)
    days = ("concept", "start", "end", "known", "end_known", "superseded")
    rows = Rows(offsets, *(column(name, np.int32) for name in days), column("value", float), column("cost", np.int32))
    return Block(0, pa.array([f"p{i}" for i in range(len(people))]), rows), ordered


def matches(of, row):
    if row.kind not in of.kinds or (of.methods and row.method not in of.methods):
        return False
    if of.positions and row.position not in of.positions:
        return False
    if of.prefixes and not row.code.startswith(of.prefixes):
        return False
    return not of.codes or CODELISTS[of.codes].covers(row.code_system, row.code)


def plain(measured, history, t0, as_known):
    """The measure of one person, worked out fact by fact."""
    seen = []
    for fact in history:
        if not matches(measured.of, fact.row):
            continue
        if as_known:
            if not (fact.start < t0 and fact.known < t0 and fact.superseded >= t0):
                continue
            end = fact.end if fact.end_known < t0 else NEVER
        else:
            if fact.superseded != NEVER:
                continue
            end = fact.end
        seen.append((fact, end))
    lo, hi = t0 + measured.over.start, t0 + measured.over.end
    inside = [(fact, end) for fact, end in seen if lo <= fact.start < hi]
    stay = [fact.row.row_kind == STAY for fact, _ in inside]

    def lasted(fact, end, nights):
        return (min(end, t0) if as_known else end) - fact.start >= nights

    match measured:
        case m.Count(min_nights=n):
            return sum(n == 0 or lasted(fact, end, n) for fact, end in inside)
        case m.CountDays():
            return len({fact.start for fact, _ in inside})
        case m.Distinct(length=n):
            return len({fact.row.code[:n] for fact, _ in inside})
        case m.Total(what="value"):
            return sum(fact.value for fact, _ in inside if not math.isnan(fact.value))
        case m.Total(what="cost"):
            pairs = zip(inside, stay, strict=True)
            return sum(f.cost for (f, end), is_stay in pairs if not (is_stay and as_known and end == NEVER))
        case m.DaysSince(which="end"):
            ends = [end for _, end in seen if end <= t0]
            return t0 - max(ends) if ends else math.nan
        case m.DaysSince(which=which):
            days = [fact.start for fact, _ in inside]
            return t0 - (max(days) if which == "latest" else min(days)) if days else math.nan
        case m.Latest():
            known = [fact.value for fact, _ in inside if not math.isnan(fact.value)]
            return known[-1] if known else math.nan
        case m.Highest():
            return max((fact.value for fact, _ in inside if not math.isnan(fact.value)), default=math.nan)
        case m.Change():
            known = [fact for fact, _ in inside if not math.isnan(fact.value)]
            if not known or known[-1].start == known[0].start:
                return math.nan
            return known[-1].value - known[0].value
        case m.Weighed(of=of):
            lines = CODELISTS[of.codes].codes
            hit = {
                c.group: c.weight for f, _ in inside for c in lines if c.system == f.row.code_system and c.covers(f.row.code)
            }
            return sum(hit.values())
        case m.DaysWithin():
            return len({day for f, end in seen for day in range(max(f.start, lo), min(end, hi))})
        case m.Longest():
            return max((min(end, t0) - fact.start for fact, end in inside), default=math.nan)
        case m.Inside():
            return float(any(end > t0 for _, end in seen))
        case m.Returns(within=n):
            count = 0
            for place, (fact, _) in enumerate(seen):
                ends = [end for _, end in seen[:place] if end <= t0]
                count += lo <= fact.start < hi and bool(ends) and 0 <= fact.start - max(ends) <= n
            return count
        case m.Category(categories=categories):
            codes = [fact.row.code for fact, _ in inside]
            names = [place for code in codes[-1:] for place, group in enumerate(categories.values()) if code in group]
            return names[0] if names else math.nan
        case m.DaysUntil(min_nights=n):
            return next((f.start - t0 for f, end in inside if n == 0 or end - f.start >= n), math.nan)
    raise AssertionError(measured)


@pytest.fixture(scope="module")
def programs():
    concepts = Concepts(CONCEPTS)
    return compile_measures(LOOKBACKS, concepts, CODELISTS), compile_measures(HORIZONS, concepts, CODELISTS)


@settings(max_examples=800, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(st.lists(facts(), max_size=14), min_size=1, max_size=4), data=st.data())
def test_every_measure_of_the_kernel_agrees_with_a_plain_loop(programs, people, data):
    block, ordered = block_of(people)
    flags = data.draw(st.lists(st.booleans(), min_size=2 * len(people), max_size=2 * len(people)))
    keep = np.array(flags).reshape(len(people), 2)
    for program, measures, as_known in ((programs[0], LOOKBACKS, True), (programs[1], HORIZONS, False)):
        found = measure(block, program, INDEX_DATES, keep)
        row = 0
        for person, history in enumerate(ordered):
            for place, date in enumerate(INDEX_DATES):
                if not keep[person, place]:
                    continue
                for column, (name, measured) in enumerate(measures.items()):
                    expected = plain(measured, history, to_day(date), as_known)
                    got = found[row, column]
                    assert got == pytest.approx(expected, nan_ok=True), (name, date)
                row += 1
        assert row == len(found)


@dataclass(frozen=True)
class Measured:
    """Measures one of several drawn blocks, where a task of an engine runs."""

    blocks: tuple[Block, ...]

    def __call__(self, number):
        everyone = np.ones((len(self.blocks[number]), 2), dtype=bool)
        concepts = Concepts(CONCEPTS)
        programs = (compile_measures(measures, concepts, CODELISTS) for measures in (LOOKBACKS, HORIZONS))
        return [measure(self.blocks[number], program, INDEX_DATES, everyone).tobytes() for program in programs]


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(st.lists(st.lists(facts(), max_size=14), min_size=1, max_size=4), min_size=4, max_size=8))
def test_tasks_of_an_engine_give_the_same_measures_bit_for_bit(engine, drawn):
    here = Measured(tuple(block_of(people)[0] for people in drawn))
    numbers = range(len(drawn))
    assert list(engine.each(here, numbers)) == [here(number) for number in numbers]
