"""The simulated programmes plant what they say, and look at nothing that lies ahead."""

import dataclasses

import numpy as np
import pytest
from benchmarks import programmes as p

from casefinder.services import finding


@pytest.fixture(scope="module")
def given():
    return p.study(p.base_record(3000, seed=1))


def test_what_is_recorded_at_a_month_does_not_change_with_later_months(given):
    later = given.base.admissions.copy()
    later[:, p.BEFORE :] += 5
    changed = dataclasses.replace(given.base, admissions=later)
    assert p.recorded(changed, p.BEFORE).tolist() == p.recorded(given.base, p.BEFORE).tolist()
    assert p.study(changed).prognosis[0].tolist() == given.prognosis[0].tolist()


def test_recent_admissions_are_counted_in_three_windows(given):
    one = p.recorded(given.base, p.BEFORE)
    months = given.base.admissions
    assert one[:, 0].tolist() == months[:, 23].tolist()
    assert one[:, 1].tolist() == (months[:, 21] + months[:, 22]).tolist()
    assert one[:, 2].tolist() == months[:, 12:21].sum(axis=1).tolist()


@pytest.mark.parametrize("ratio", p.RATIOS)
def test_the_planted_ratio_is_that_of_the_expected_counts(ratio):
    count, treated = np.full(200_000, 2), np.tile([True, False], 100_000)
    seen = p.planted(count, treated, ratio, np.random.default_rng(1))
    assert seen[~treated].tolist() == count[~treated].tolist()
    assert seen[treated].mean() / 2 == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize("hidden", [0.0, 1.0])
def test_people_enrol_once_while_alive_and_hang_on_frailty_only_where_asked(given, hidden):
    start = p.enrol(given, hidden, np.random.default_rng(2))
    served = start < p.LANDMARKS
    assert np.bincount(start)[: p.LANDMARKS].tolist() == [p.ENROLLED // p.LANDMARKS] * p.LANDMARKS
    assert all((p.months_followed(given.base, landmark)[start == landmark] >= 1).all() for landmark in range(p.LANDMARKS))
    columns = np.column_stack([np.ones(3000), given.columns[0], given.prognosis[0]])
    left = np.log(given.base.frailty) - columns @ np.linalg.lstsq(columns, np.log(given.base.frailty), rcond=None)[0]
    apart = left[served].mean() - left[~served].mean()
    assert apart > 0.3 if hidden else abs(apart) < 0.15


def test_a_programme_reports_every_ratio_and_follows_controls_to_their_own_start(given):
    pytest.importorskip("statsmodels")
    found = p.programme(given, 0.0, 1)
    assert [one["ratio"] for one in found] == list(p.RATIOS)
    assert set(found[0]["estimates"]) == {"matched", p.PRIMARY}
    assert set(found[1]["estimates"]) == {"matched", p.PRIMARY, "before and after", "unmatched contrast",
                                          "unmatched difference-in-differences"}  # fmt: skip
    told = p.summary(found * 3)
    assert told["before and after"]["1.0"]["called_a_success"] == 1
    assert all(sum(told[p.SAID][str(ratio)].values()) == pytest.approx(1) for ratio in p.RATIOS)
    start = p.enrol(given, 0.0, np.random.default_rng([p.SEED, 0, 1]))
    of = p.matched_rows(given, start, np.random.default_rng(3))
    count, years = p.followed(given, start, of, given.base.admissions)
    later = ~of["treated"] & (start[of["person"]] < p.LANDMARKS)
    assert later.any()
    assert (12 * years[later] <= start[of["person"][later]] - of["landmark"][later] + 1e-9).all()
    for row in np.flatnonzero(later)[:5]:
        first = p.BEFORE + of["landmark"][row]
        assert count[row] == given.base.admissions[of["person"][row], first : first + round(12 * years[row])].sum()


def test_a_success_is_what_the_rule_of_the_report_calls_one(given, monkeypatch):
    pytest.importorskip("statsmodels")
    asked = []

    def rule(declared, adjusted, controls, is_fit):
        asked.append((declared, adjusted, set(controls), is_fit))
        return finding.Finding("fewer" if len(asked) == 2 else "open")

    monkeypatch.setattr(p, "finding", rule)
    found = p.programme(given, 0.0, p.SHOWN_FAILING)
    assert [one["said"] for one in found] == ["open", "fewer", "open"]
    assert all(controls == set(p.CONTROLS) and is_fit for _, _, controls, is_fit in asked)
    assert asked[1][0].value == found[1]["estimates"]["matched"][0]
    assert asked[1][1].value == found[1]["estimates"][p.PRIMARY][0]
    assert p.summary(found)[p.SAID]["1.0"] == {"fewer": 1.0, "open": 0.0, "more": 0.0}


def test_the_year_before_the_run_up_is_counted_and_nothing_of_the_run_up(given):
    of = {"person": np.array([3, 4]), "landmark": np.array([0, 2])}
    months = given.base.admissions
    assert p.earlier(given, of).tolist() == [months[3, 0:12].sum(), months[4, 2:14].sum()]


def test_the_interval_of_a_share_equals_binom_test_of_r():
    assert p.share_interval(95, 100) == pytest.approx((0.8648553, 0.9890597), abs=1e-6)
