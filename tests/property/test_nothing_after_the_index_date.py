"""No fact that was not visible on the index date changes a feature or a cohort row: all features, random histories."""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casefinder.codelists import load_codelists
from casefinder.cohorts import Cohort
from casefinder.config.model import CohortSettings
from casefinder.dates import NEVER, to_day
from casefinder.features import FeatureTable, chosen
from casefinder.histories import Block, Concepts
from casefinder.histories.kernel import FACT, POINT, STAY, Rows
from casefinder.tables import POINT_KINDS, STAY_KINDS

INDEX = dt.date(2025, 4, 1)
DAY0 = to_day(INDEX)
LISTS = load_codelists()


def _concepts():
    """One concept for every kind, and for every kind and code that a feature looks at by code list or prefix."""
    rows = {(FACT, "birth", "", "", 0, ""), (FACT, "sex", "nhs", "female", 0, ""), (FACT, "sex", "nhs", "male", 0, "")}
    rows |= {(POINT, kind, "nhs", "01", 0, "") for kind in POINT_KINDS}
    rows |= {(STAY, kind, "local", "", 0, method) for kind in STAY_KINDS for method in ("", "emergency", "elective")}
    rows |= {(STAY, "registration", "nhs", code, 0, "") for code in ("A99001", "A99002")}
    for feature in chosen():
        of = feature.select
        if of is None or not of.codes:
            continue
        code = LISTS[of.codes].codes[0]
        for kind in of.kinds:
            for position in of.positions or (0,):
                rows.add((POINT, kind, code.system, code.code, position, ""))
    names = ["row_kind", "kind", "code_system", "code", "position", "method"]
    return pd.DataFrame(sorted(rows), columns=names)


TABLE = _concepts()
CONCEPTS = Concepts(TABLE)
EVERY_KIND = (*POINT_KINDS, *STAY_KINDS, "birth", "sex", "ethnicity")
FEATURES = FeatureTable(chosen(), CONCEPTS, LISTS, EVERY_KIND)
COHORT = Cohort(CohortSettings(min_age=18, not_in_care_home=True), CONCEPTS, LISTS)
STAYS = [place for place, row in enumerate(TABLE.itertuples()) if row.row_kind == STAY]
OTHERS = [place for place, row in enumerate(TABLE.itertuples()) if row.row_kind != STAY]


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


@st.composite
def facts(draw, *, hidden=False):
    """A fact; ``hidden``: not visible on the index date, because it had not happened, was not known, or was replaced."""
    stay = draw(st.booleans())
    concept = draw(st.sampled_from(STAYS if stay else OTHERS))
    why = draw(st.sampled_from(["not happened", "not known", "replaced"])) if hidden else ""
    start = DAY0 + (draw(st.integers(0, 400)) if why == "not happened" else draw(st.integers(-1500, 60)))
    known = start + draw(st.integers(0, 90))
    if why == "not known":
        known = max(start, DAY0 + draw(st.integers(0, 200)))
    length = draw(st.one_of(st.none(), st.integers(0, 200)))
    end = NEVER if not stay or length is None else start + length
    end_known = NEVER if end == NEVER else max(known, end) + draw(st.integers(0, 60))
    superseded = NEVER
    if why == "replaced":
        known = min(known, DAY0 - 2)
        start = min(start, known)
        superseded = draw(st.integers(known + 1, DAY0 - 1))
    elif draw(st.integers(0, 5)) == 0:
        superseded = known + draw(st.integers(1, 300))
    value = draw(st.sampled_from([np.nan, 0.0, 1.0, 12.5, 23_400.0]))
    return Fact(concept, start, end, known, end_known, superseded, value, draw(st.integers(0, 500_000)))


def is_seen(fact):
    return fact.start < DAY0 and fact.known < DAY0 and fact.superseded >= DAY0


def block_of(history):
    """A block of one person, whose birth and registration are always known."""
    birth = TABLE.index[TABLE.kind == "birth"][0]
    practice = TABLE.index[(TABLE.kind == "registration") & (TABLE.code == "A99001")][0]
    month = 1950 * 12
    always = [
        Fact(birth, DAY0 - 27_000, NEVER, DAY0 - 27_000, NEVER, NEVER, float(month), 0),
        Fact(practice, DAY0 - 4000, NEVER, DAY0 - 4000, NEVER, NEVER, np.nan, 0),
    ]
    ordered = sorted([*always, *history], key=lambda fact: (fact.start, fact.concept, fact.end, fact.known, str(fact)))
    days = ("concept", "start", "end", "known", "end_known", "superseded")
    columns = [np.array([getattr(fact, name) for fact in ordered], dtype=np.int32) for name in days]
    value, cost = np.array([fact.value for fact in ordered]), np.array([fact.cost for fact in ordered], dtype=np.int32)
    return Block(0, pa.array(["p"]), Rows(np.array([0, len(ordered)], dtype=np.int64), *columns, value, cost))


def answers(history):
    block = block_of(history)
    rows = COHORT.rows(block, [INDEX])
    return FEATURES.rows(block, [INDEX]), rows.rule, rows.practice


def assert_same(before, after):
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


@settings(max_examples=200, deadline=None)
@given(history=st.lists(facts(), max_size=25), hidden=st.lists(facts(hidden=True), min_size=1, max_size=15))
def test_adding_or_removing_what_was_not_visible_changes_nothing(history, hidden):
    assert not any(is_seen(fact) for fact in hidden)
    seen = [fact for fact in history if is_seen(fact)]
    assert_same(answers(history), answers(seen))
    assert_same(answers(history), answers([*history, *hidden]))


@settings(max_examples=200, deadline=None)
@given(history=st.lists(facts(), min_size=1, max_size=25), data=st.data())
def test_editing_what_was_not_visible_changes_nothing(history, data):
    edited = [_edited(fact, data) for fact in history]
    assert_same(answers(history), answers(edited))


def _edited(fact, data):
    """The fact with everything changed that was not visible on the index date."""
    if not is_seen(fact):
        return data.draw(facts(hidden=True))
    if fact.superseded != NEVER:
        fact = replace(fact, superseded=DAY0 + data.draw(st.integers(0, 500)))
    if TABLE.row_kind[fact.concept] == STAY and fact.end_known >= DAY0:
        later = data.draw(st.one_of(st.none(), st.integers(0, 300)))
        end = NEVER if later is None else fact.start + later
        known = NEVER if end == NEVER else max(end, DAY0) + data.draw(st.integers(0, 50))
        fact = replace(fact, end=end, end_known=known, cost=data.draw(st.integers(0, 10**6)))
    return fact


def test_the_test_would_notice(monkeypatch):
    """A fact known the day before the index date changes features; the same fact known on it does not."""
    place = TABLE.index[(TABLE.kind == "hospital") & (TABLE.method == "emergency")][0]
    early = Fact(place, DAY0 - 20, DAY0 - 10, DAY0 - 1, DAY0 - 1, NEVER, np.nan, 0)
    late = replace(early, known=DAY0, end_known=DAY0)
    nothing, seen, unseen = answers([]), answers([early]), answers([late])
    assert_same(nothing, unseen)
    with pytest.raises(AssertionError):
        assert_same(nothing, seen)


def test_there_are_as_many_features_as_promised():
    model = [feature for feature in chosen() if feature.model]
    assert 250 <= len(model) <= 400
