"""Practices against expectation on drawn people: what is expected adds up, planted effects are found, nothing else is."""

import datetime as dt
import itertools
from dataclasses import replace

import numpy as np
import pytest
from tests.published import walk

from casefinder.comparison.funnel import ENOUGH
from casefinder.definitions import Count as Counting
from casefinder.definitions import Need
from casefinder.disclosure import (
    DEFAULT,
    NHS,
    WITHHELD,
    Count,
    Expected,
    Judgement,
    Label,
    Policy,
    Ratio,
    RatioLimit,
    Shortfall,
    disclosed,
    enforce,
)
from casefinder.errors import ConfigError, ModelError
from casefinder.practices import comparing, shares
from casefinder.practices.case_mix import AGES, CaseMix, band_words, case_mix_features
from casefinder.practices.comparing import NOT_COMPARED, compare, luck, own_spread
from casefinder.practices.counting import Counted, Trials
from casefinder.practices.expected import expected_of
from casefinder.practices.measures import PracticeMeasure, measure_named, measures
from casefinder.practices.shares import _risks, share_of
from casefinder.practices.standard import ESP_2013
from casefinder.practices.year import MONTHS, check_complete, year_of
from casefinder.reports.practices import case_mix_table, practice_report, summary_words
from casefinder.reports.practices.tables import NOT_JUDGED, judged, month_table, over_time_table, practice_table
from casefinder.reports.practices.words import method_words
from casefinder.reports.published import publish

YEAR = year_of("2024")
EVENTS = PracticeMeasure("events", "Events", "Things that happened.", lambda over: Counting(None, over), ("hospital",))
DAYS = PracticeMeasure("days", "Days", "Days.", lambda over: Counting(None, over), ("hospital",), is_amount=True)
PRACTICES = tuple(f"P{number:02d}" for number in range(20))
NAMES = {code: f"Practice {code}" for code in (*PRACTICES, "P99")}
ABOUT = {"site": "Somewhere", "demonstration": True, "extract_date": "2025-06-30"}


def people(effects, seed=1, each=1500, rate=0.25, at_once=None):
    """A year of drawn people: older and ill people have more, and practices have effects."""
    draw = np.random.default_rng(seed)
    practice = np.repeat(np.arange(len(effects)), each)
    many = len(practice)
    band, ill = draw.integers(0, len(AGES), many), draw.random(many) < 0.2
    risk = rate * np.exp(0.1 * (band - 10) + 0.7 * ill) * np.asarray(effects)[practice]
    days = np.tile(np.array(YEAR.month_days(), dtype=np.uint8), (many, 1))
    left = draw.random(many) < 0.1
    days[left, 7:] = 0
    where = np.where(days > 0, practice[:, None], -1).astype(np.int16)
    months = draw.poisson(risk[:, None] * days / 365.25).astype(float)
    if at_once is not None:
        months *= draw.integers(1, at_once, months.shape)
    ages = (np.arange(1, len(AGES))[None, :] == band[:, None]).astype(np.uint8)
    columns = np.hstack([ages, ill[:, None].astype(np.uint8)])
    monthly, by_age = np.zeros((len(effects), MONTHS, 1)), np.zeros((len(effects), len(AGES), 1))
    had = np.zeros((len(effects), MONTHS, 1), dtype=np.int64)
    np.add.at(monthly[:, :, 0], practice, months)
    np.add.at(by_age[:, :, 0], (practice, band), months.sum(axis=1))
    np.add.at(had[:, :, 0], practice, months.cumsum(axis=1) > 0)
    in_month = (months > 0).sum(axis=0)[:, None]
    mix = CaseMix(band.astype(np.int8), columns, np.ones(many, dtype=np.int8), ill.astype(np.int8))
    terms = tuple(map(str, range(columns.shape[1])))
    total = months.sum(axis=1, keepdims=True).astype(np.float32)
    return Counted(
        PRACTICES[: len(effects)], ("events",), where, days, total, had, in_month, monthly, by_age, mix, terms, np.zeros(1)
    )  # fmt: skip


def compared(counted, measure=EVENTS, recipe="log", level=0.95):
    named = Counted(**(vars(counted) | {"measures": (measure.name,)}))
    return compare(named, measure, YEAR, NAMES, recipe, level)


@pytest.fixture(scope="module")
def planted():
    effects = np.ones(20)
    effects[[3, 11]] = 1.6, 0.55
    return people(effects)


def test_what_is_expected_adds_up_to_what_was_observed(planted):
    due = expected_of(planted, 0)
    assert due.yearly.sum() == pytest.approx(planted.monthly.sum())
    assert due.monthly.sum(axis=0) == pytest.approx(planted.monthly[:, :, 0].sum(axis=0))
    assert due.by_age.sum(axis=1) == pytest.approx(due.yearly)
    assert due.spread == pytest.approx(1.0, abs=0.1)


def test_expectation_follows_the_people_and_never_the_practice(planted):
    """Giving everyone's events to other practices leaves what is expected as it was."""
    again = Counted(**(vars(planted) | {"monthly": planted.monthly[::-1].copy()}))
    assert expected_of(again, 0).yearly == pytest.approx(expected_of(planted, 0).yearly)


def test_planted_effects_are_found_and_said(planted):
    found = compared(planted)
    rows = found.practices.set_index("code")
    assert rows.loc["P03", "position"] == "above the 99.8 % limits"
    assert rows.loc["P11", "position"] == "below the 99.8 % limits"
    assert rows.loc["P03", "observed"] / rows.loc["P03", "expected"] == pytest.approx(1.6, rel=0.12)
    words = summary_words(found)
    outside = found.funnel.outside(0.95)
    assert words[0].startswith(f"{outside} of 20 practices differ")
    assert words[0].endswith("by luck alone about 1 would.")
    assert "Practice P03" in words[1]
    assert "Practice P11" in words[1]


def test_charts_of_planted_practices_signal_within_the_year_and_the_others_do_not(planted):
    found = compared(planted)
    told = disclosed(over_time_table(found, DEFAULT)).column("Chart")
    assert told[3].startswith("more than expected: ")
    assert told[11].startswith("fewer than expected: ")
    assert [one for place, one in enumerate(told) if place not in (3, 11)] == ["no signal"] * 18


def shared(odds, seed=3, each=2000, start=0):
    """A year in which everybody has some trials; at the first practice their odds change in a month."""
    counted = people(np.ones(6), seed=seed, each=each, rate=0.5)
    draw = np.random.default_rng(seed)
    person, month = np.nonzero((draw.random((6 * each, MONTHS)) < 0.05) & (counted.practice >= 0))
    practice, count = counted.practice[person, month], draw.integers(1, 4, len(person))
    risk = np.where(counted.case_mix.conditions[person] > 0, 0.2, 0.08)
    changed = np.where((practice == 0) & (month >= start), odds, 1.0) * risk / (1 - risk)
    outcomes = draw.binomial(count, changed / (1 + changed))
    trials = Trials(person, practice, month, count, outcomes)
    return replace(counted, trials={"events": trials})


def test_risks_of_trials_follow_the_person_and_add_up_to_the_outcomes():
    counted = shared(1.0)
    found = share_of(counted, "events", 1.5, 20)
    assert found.expected.sum() == pytest.approx(found.outcomes.sum(), rel=0.001)
    assert found.trials.sum() == counted.trials["events"].count.sum()
    risk = _risks(counted, counted.trials["events"])
    ill = counted.case_mix.conditions[counted.trials["events"].person] > 0
    assert (risk[ill].mean(), risk[~ill].mean()) == pytest.approx((0.2, 0.08), rel=0.1)
    assert found.more == found.fewer == ((),) * 6
    assert share_of(people(np.ones(3), each=50), "events", 1.5, 20) is None


@pytest.mark.parametrize(("odds", "side"), [(2.2, "more"), (0.3, "fewer")])
def test_a_chart_of_single_outcomes_signals_after_a_change_and_nowhere_else(odds, side):
    found = share_of(shared(odds, start=4), "events", 1.5, 20)
    signals = getattr(found, side)
    assert signals[0]
    assert min(signals[0]) >= 4
    assert signals[1:] == ((),) * 5


def test_the_section_of_shares_says_what_each_practice_had_in_a_hundred(tmp_path):
    events = replace(EVENTS, trials=EVENTS.of, trial_words="things that could have")
    counted = shared(2.2)
    found = compared(counted, events)
    report = practice_report(found, case_mix_table(counted, NAMES, YEAR.words), ABOUT)
    part = next(part for part in report.parts if part.table.name == "share")
    assert part.table.column("Chart")[0].startswith("more than expected: ")
    for row, tried, had in zip(part.table.records(), found.share.trials, found.share.outcomes, strict=True):
        assert row["In 100"] == round(100 * DEFAULT.count(int(had)) / DEFAULT.count(int(tried)), 1)
    assert [part.table.name for part in report.parts] == ["practices", "over-time", "share", "months", "people"]


def test_amounts_that_come_at_once_widen_the_limits():
    counted = people(np.ones(20), seed=4, at_once=40)
    found = compared(counted, DAYS, recipe="none")
    assert found.spread > 15
    assert found.funnel.outside(0.998) == 0
    plain = np.abs(np.log(found.practices["observed"] / found.practices["expected"]) * np.sqrt(found.practices["expected"]))
    assert (plain > 3.09).sum() >= 5


def test_a_practice_without_people_is_counted_and_one_without_events_is_shown():
    effects = np.ones(12)
    effects[5] = 0.0
    found = compared(people(effects, each=300))
    assert found.without_people == len(NAMES) - 12
    assert found.practices["position"][5].startswith("below the ")
    told = " ".join(summary_words(found))
    assert "1 practice is shown with none at all" in told
    assert f"{len(NAMES) - 12} practices are left out: nobody was registered there" in told


def test_a_tiny_practice_is_not_compared():
    found = compared(people(np.ones(6), each=[300, 300, 4, 300, 300, 300], rate=0.1))
    assert found.practices["position"][2] == NOT_COMPARED
    row = list(disclosed(practice_table(found, Policy())).records())[2]
    assert row["Against expectation"] == NOT_COMPARED
    assert [row[name] for name in ("Expected", "Observed / expected", "Low", "High", "Reliability")] == [None] * 5


def test_little_is_said_of_a_practice_where_reliability_is_low(planted):
    found = compared(planted)
    for reading, reliability, side in zip(
        found.practices["reading"], found.funnel.reliability, found.funnel.position[0.95], strict=True
    ):
        expected = "look into it" if reliability >= ENOUGH else "look into it, and say nothing yet"
        assert reading.startswith(expected) if side else reading == ""


def test_tables_hold_rounded_figures_only(planted):
    small = people(np.ones(8), each=60, rate=0.12, seed=2)
    for counted in (planted, small):
        found = compared(counted)
        table = disclosed(practice_table(found, Policy()))
        for row, exact in zip(table.records(), found.practices.to_dict("records"), strict=True):
            withheld = 0 < exact["observed"] <= 7
            assert (row["Events"] == WITHHELD) == withheld
            assert (row["Observed / expected"] == WITHHELD) == withheld
            assert (row["Low"] == WITHHELD) == withheld
            for heading in ("People, on average", "Events", "Expected"):
                assert row[heading] == WITHHELD or row[heading] % 5 == 0


ROUNDED = (Count, Expected, Shortfall)


@pytest.mark.parametrize(
    ("each", "rate", "measure"), [(1500, 0.25, EVENTS), (60, 0.12, EVENTS), (12, 0.3, EVENTS), (60, 0.1, DAYS)]
)
def test_every_cell_of_every_table_of_a_report_fits_the_kind_of_its_column(each, rate, measure):
    counted = people(np.ones(9), each=each, rate=rate, seed=each, at_once=30 if measure is DAYS else None)
    report = practice_report(compared(counted, measure), case_mix_table(counted, NAMES, YEAR.words), ABOUT)
    checked = 0
    for part in report.parts:
        for kind, cells in zip(part.table.kinds, zip(*part.table.rows, strict=True), strict=True):
            for cell in (cell for cell in cells if cell is not None and cell != WITHHELD):
                checked += 1
                assert isinstance(cell, str) == isinstance(kind, Label | Judgement)
                assert not isinstance(kind, ROUNDED) or cell % 5 == 0
                assert not isinstance(kind, Ratio | RatioLimit) or cell == round(cell, 2)
    assert checked > 100


STRICT = Policy(threshold=10, base=10, pounds=10_000)


@pytest.mark.parametrize("policy", [NHS, STRICT])
@pytest.mark.parametrize(
    ("each", "rate", "measure"), [(1500, 0.25, EVENTS), ([4, 20, 30, 40, 60, 200] * 2, 0.2, EVENTS), (60, 0.1, DAYS)]
)
def test_every_file_of_a_report_passes_the_walk_over_what_is_published(each, rate, measure, policy, tmp_path, own_rule):
    counted = people(np.ones(12), each=each, rate=rate, seed=5, at_once=30 if measure is DAYS else None)
    own_rule(policy)
    publish(practice_report(compared(counted, measure), case_mix_table(counted, NAMES, YEAR.words), ABOUT), tmp_path)
    (tables,) = walk(tmp_path, policy=policy).values()
    cells = [cell for table in tables for row in table.rows for cell in row]
    assert ("*" in cells) == (each != 1500)


@pytest.fixture
def own_rule():
    yield enforce
    enforce(NHS)


@pytest.mark.parametrize("measure", [EVENTS, DAYS])
def test_nothing_rests_on_one_to_seven_people(measure):
    """Where few people had any, every figure of what they had is withheld: in tables, and as a point of the funnel."""
    counted = people(np.ones(12), each=[20, 30, 40, 60] * 3, rate=0.2, seed=5, at_once=30 if measure is DAYS else None)
    found = compared(counted, measure)
    behind = found.practices["had" if measure is DAYS else "observed"]
    few = (behind > 0) & (behind <= 7)
    assert 2 <= few.sum() < 12
    report = practice_report(found, case_mix_table(counted, NAMES, YEAR.words), ABOUT)
    table = report.parts[0].table
    own = [place for place, kind in enumerate(table.kinds) if {"observed", "standardised"} & {*kind.needs}]
    own = [place for place in own if not isinstance(table.kinds[place], Expected)]
    assert len(own) >= 5
    for row, over_time, withheld in zip(table.rows, report.parts[1].table.rows, few, strict=True):
        assert set(over_time[2:]) <= {WITHHELD, None} or not withheld
        assert {row[place] for place in own} == {WITHHELD} or not withheld
        assert (f'data-name="{row[0]}"' in report.parts[0].chart.svg) == (
            row[table.headings.index("Observed / expected")] != WITHHELD
        )


def test_the_report_holds_a_table_beside_every_chart_and_no_exact_figure(planted):
    found = compared(planted)
    mix = case_mix_table(planted, NAMES, YEAR.words)
    report = practice_report(found, mix, ABOUT)
    assert [part.table.name for part in report.parts] == ["practices", "over-time", "months", "people"]
    assert [part.chart is not None for part in report.parts] == [True, True, True, False]
    assert report.parts[0].chart.svg.count("data-name") == 20
    assert set(report.found_by_name()) == {f"Practice {code} ({code})" for code in PRACTICES}


def test_months_of_money_stand_in_a_chart_of_moving_ranges():
    pounds = replace(DAYS, name="pounds", title="Pounds", is_money=True)
    counted = people(np.ones(8), seed=4, each=400, at_once=80_000)
    found = compared(counted, pounds)
    table = disclosed(month_table(found, int(found.practices["people"].sum()), DEFAULT))
    shown = np.array(table.column("Pounds"))
    assert (shown % 1000 == 0).all()
    assert shown == pytest.approx(found.monthly.sum(axis=0), abs=500)
    high = shown.mean() + 2.66 * np.abs(np.diff(shown)).mean()
    assert table.column("High")[0] == pytest.approx(high, abs=500)


def test_no_signal_is_told_of_a_month_whose_count_so_far_is_withheld():
    """A chart that looks for fewer signals at a count that months before and after bound to one or two."""
    counted = people(np.array([0.12, *np.ones(7)]), each=300, rate=0.25, seed=8)
    found = compared(counted, recipe="none")
    assert found.charts[0].fewer.signals
    so_far = found.monthly.cumsum(axis=1)[0]
    early = [month for month in found.charts[0].fewer.signals if DEFAULT.count(int(so_far[month])) is None]
    assert early
    row = next(disclosed(over_time_table(found, DEFAULT)).records())
    assert not any(f"{month:%b %Y}" in row["Chart"] for place, month in enumerate(YEAR.months) if place in early)
    assert row["Chart"] == WITHHELD or so_far[-1] > 7


def test_a_practice_that_is_withheld_is_judged_nowhere():
    """Neither where it stands nor what to do is told, and it is in no number on top."""
    counted = people(np.array([0.1, *np.ones(9)]), each=200, rate=0.25, seed=2)
    found = compared(counted, recipe="none")
    assert 0 < found.practices["observed"][0] <= 7
    assert found.funnel.position[0.95][0] == -1
    row = next(disclosed(practice_table(found, DEFAULT)).records())
    assert {row["Against expectation"], row["What to do"]} == {WITHHELD}
    told = summary_words(found)
    others = int((found.funnel.position[0.95][1:] != 0).sum())
    assert told[0].startswith(f"{others} of 9 practices differ")
    assert "Practice P00" not in " ".join(told)
    assert "1 practice is not judged here: 1 to 7 were observed." in " ".join(told)


def test_chance_moves_a_practice_less_by_its_share_of_all_that_is_expected():
    """Expected adds up to observed: of independent counts, O less its share of the sum has a variance less by that share."""
    expected = np.array([10.0, 30.0, 60.0])
    assert own_spread(expected, 100.0, 2.0) == pytest.approx([1.8, 1.4, 0.8])
    draw = np.random.default_rng(1).poisson(expected, (200_000, 3))
    away = draw - draw.sum(axis=1, keepdims=True) * expected / 100
    assert away.var(axis=0) / expected == pytest.approx(own_spread(expected, 100.0, 1.0), rel=0.02)
    assert own_spread(np.array([5.0]), 5.0, 1.0)[0] > 0


def test_all_charts_of_a_measure_together_are_to_signal_falsely_once_in_twenty_years(monkeypatch):
    """A false signal of one chart comes once in the looks, or trials, of twenty years times both sides of every chart."""
    asked = []
    monkeypatch.setattr(comparing, "limit_for", lambda _mean, _ratio, looks: asked.append(looks) or 5.0)
    monthly = np.ones((5, MONTHS))
    comparing._charts(monthly, np.vstack([monthly[:4], np.zeros(MONTHS)]))
    assert asked == [12 * 20 * 2 * 4] * 8
    trials = []
    monkeypatch.setattr(shares, "bernoulli_limit_for", lambda _risks, odds, people: trials.append((odds, people)) or 5.0)
    found = share_of(shared(1.0), "events", 1.5, 20)
    least = 20 * 2 * 6 * found.trials
    assert {odds for odds, _people in trials} == {1.5, 1 / 1.5}
    assert min(people for _odds, people in trials) >= least.min()
    assert max(people for _odds, people in trials) <= 1.5 * least.max()


def test_limits_of_a_standardised_rate_tell_no_count_even_where_all_events_fall_into_one_band():
    """The rate over Dobson's own scale is then the count: 8, 10 and 12 events of people in proportion look alike."""
    found = compared(people(np.ones(8), seed=1, each=100))
    looks = set()
    for count in (8, 10, 12):
        own = 0.004 * 10 / count  # what one event is worth, so that the rate is the same
        rows = found.practices.assign(observed=count, standardised=own * count, dobson=own)
        table = disclosed(practice_table(replace(found, practices=rows), DEFAULT))
        looks.add(
            tuple(row[name] for row in [next(table.records())] for name in ("Its low", "Its high", table.headings[-3]))
        )
    assert len(looks) == 1
    assert all(isinstance(one, float) for one in looks.pop())


def test_luck_is_told_at_its_true_rate_where_limits_are_approximate():
    counted = people(np.ones(20), each=40, rate=0.25, seed=6)
    found = compared(counted, level=0.998)
    known = judged(found, DEFAULT)
    rate = luck(found, 0.998)[known].sum()
    assert rate > 3 * known.sum() * 0.002
    assert summary_words(found)[0].endswith(f"by luck alone about {rate:.1f} would.")
    assert any("luck takes of" in words and "of 99.8 % limits" in words for words in method_words(found))
    large = compared(people(np.ones(20), seed=1))
    assert luck(large, 0.95).sum() == pytest.approx(1.0, abs=0.05)
    assert not any("luck takes of" in words for words in method_words(large))


def test_the_standard_population_is_whole_and_has_a_value_a_band():
    assert ESP_2013.sum() == 100_000
    assert len(ESP_2013) == len(AGES) == len(band_words())
    assert band_words()[:3] == ["0", "1-4", "5-9"]
    assert band_words()[-1] == "95+"


def test_the_case_mix_holds_nothing_that_a_practice_can_change():
    features = case_mix_features()
    assert {"age", "sex", "imd_decile", "diabetes_years", "dementia_years"} <= {one.name for one in features}
    assert Need.BARRED not in {one.need for one in features}


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024", (2024, 1, 1), (2025, 1, 1)),
        ("2023/24", (2023, 4, 1), (2024, 4, 1)),
        ("2023-2024", (2023, 4, 1), (2024, 4, 1)),
    ],
)
def test_a_year_is_a_calendar_or_a_financial_one(text, start, end):
    year = year_of(text)
    assert (year.start, year.end) == (dt.date(*start), dt.date(*end))
    assert sum(year.month_days()) == (year.end - year.start).days == 366
    windows = year.windows(dt.date(2026, 3, 31))
    assert [window.days for window in windows] == year.month_days()
    assert all(one.end == other.start for one, other in itertools.pairwise(windows))
    assert dt.date(2026, 3, 31) + dt.timedelta(days=windows[0].start) == year.start


@pytest.mark.parametrize("text", ["24", "2024/26", "last", "2024-04-01", ""])
def test_no_other_words_are_a_year(text):
    with pytest.raises(ConfigError, match="is no year"):
        year_of(text)


MANIFEST = {"complete_to": {"hospital": "2024-12-31", "ae_attendance": "2024-11-30"}, "history_from": "2020-04-01"}


def test_a_year_that_is_not_complete_is_refused_with_what_lacks():
    check_complete(YEAR, ("hospital",), MANIFEST)
    with pytest.raises(ModelError, match="ae_attendance: complete to 2024-11-30 only"):
        check_complete(YEAR, ("hospital", "ae_attendance"), MANIFEST)
    with pytest.raises(ModelError, match="no source of this site supplies it"):
        check_complete(YEAR, ("care_home_entry",), MANIFEST)
    with pytest.raises(ModelError, match=r"(?s)the record: begins on 2020-04-01.*Ask for a later year"):
        check_complete(year_of("2020"), ("hospital",), MANIFEST)


def test_every_measure_has_a_meaning_and_a_near_name_is_offered():
    found = measures()
    assert len(found) == 8
    assert all(one.meaning.endswith(".") and one.kinds for one in found.values())
    with pytest.raises(ConfigError, match="did you mean 'emergency_admissions'"):
        measure_named("emergency_admission")


def test_months_with_a_withheld_count_have_no_limits_no_verdict_and_no_chart():
    counted = people(np.ones(6), each=60, rate=0.1, seed=4)
    found = compared(counted)
    assert set(range(1, 8)) & set(found.monthly.sum(axis=0))
    made = practice_report(found, case_mix_table(counted, NAMES, YEAR.words), ABOUT)
    part = next(one for one in made.parts if one.table.name == "months")
    for name in ("Mean", "Low", "High"):
        assert set(part.table.column(name)) == {None}
    assert set(part.table.column("Chart")) == {NOT_JUDGED}
    assert "so no limits are worked out" in " ".join(part.words)


def test_a_practice_that_stands_out_where_all_vary_no_more_than_chance_is_told_without_contradiction(planted):
    found = compared(planted)
    alone = replace(found, funnel=replace(found.funnel, tau2=0.0))
    assert "; one that is named stands out by itself." in " ".join(summary_words(alone))
    nowhere = {level: np.zeros_like(position) for level, position in found.funnel.position.items()}
    nobody = replace(alone, funnel=replace(alone.funnel, position=nowhere))
    assert "no wider than chance spreads them. " in " ".join(summary_words(nobody))
