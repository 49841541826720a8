"""What would have to be true for a finding to be wrong: published tables, other implementations and simulation."""

import numpy as np
import pytest
from scipy.stats import wilcoxon

from casefinder import matching as m
from casefinder.evaluation import Estimate
from casefinder.matching import confounding

LEAD = [38, 23, 41, 18, 37, 36, 23, 62, 31, 34, 24, 14, 21, 17, 16, 20, 15, 10, 45, 39, 22, 35, 49, 48, 44, 35, 43, 39, 34,
        13, 73, 25, 27]  # fmt: skip
LEAD_OF_CONTROLS = [16, 18, 18, 24, 19, 11, 10, 15, 16, 18, 18, 13, 19, 10, 16, 16, 24, 13, 9, 14, 21, 19, 7, 18, 19, 12, 11,
                    22, 25, 16, 13, 11, 13]  # fmt: skip
"""Lead in blood of children whose parents worked with it, and of controls (Morton et al. 1982 Am J Epidemiol 115:549)."""


@pytest.mark.parametrize(("ratio", "wanted"), [
    (Estimate(3.9, 1.8, 8.7), (7.26, 3.0)), (Estimate(0.80, 0.71, 0.91), (1.81, 1.43)),
    (Estimate(1.2, 0.9, 1.6), (1.69, 1.0)), (Estimate(0.8, 0.6, 1.1), (1.81, 1.0)), (Estimate(1.0, 0.9, 1.1), (1.0, 1.0)),
])  # fmt: skip
def test_e_values_are_those_of_the_paper(ratio, wanted):
    """The first two are the examples of VanderWeele and Ding 2017."""
    found = m.e_value(ratio, "risk_ratio")
    assert (round(found.estimate, 2), round(found.limit, 2)) == wanted


@pytest.mark.parametrize("ratio", [0.3, 0.9, 1.01, 2.5])
def test_a_factor_as_strong_as_the_e_value_explains_the_ratio_and_no_weaker_one(ratio):
    """The largest bias of a factor related by e to both is e^2 / (2 e - 1)."""
    e = m.e_value(Estimate(ratio, ratio, ratio)).estimate
    assert e**2 / (2 * e - 1) == pytest.approx(max(ratio, 1 / ratio))


def test_other_measures_are_brought_near_a_risk_ratio_where_the_outcome_is_common():
    hazard = Estimate(0.56, 0.46, 0.69)
    as_risk = (1 - 0.5 ** np.sqrt(0.56)) / (1 - 0.5 ** np.sqrt(1 / 0.56))
    assert m.e_value(hazard, "hazard_ratio", is_common=True).estimate == pytest.approx(m.e_value(Estimate(as_risk)).estimate)
    assert m.e_value(hazard, "hazard_ratio").estimate == m.e_value(hazard).estimate
    assert m.e_value(Estimate(4.0, 1, 9), "odds_ratio", is_common=True).estimate == pytest.approx(2 + np.sqrt(2))
    assert np.isnan(m.e_value(Estimate(0.56)).limit)
    for wrong in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="above zero"):
            m.e_value(Estimate(wrong))
    with pytest.raises(ValueError, match="measure must be"):
        m.e_value(hazard, "mean")


def test_bounds_reproduce_the_table_of_lead_in_children():
    """Rosenbaum 2002, Observational Studies, table 4.1."""
    found = m.rosenbaum_bounds(np.subtract(LEAD, LEAD_OF_CONTROLS), [1, 2, 3, 4, 4.25, 5])
    assert [round(one.high, 4) for one in found[1:]] == [0.0018, 0.0136, 0.0388, 0.0468, 0.0740]
    assert max(one.low for one in found) < 0.0001
    assert found[0].low == found[0].high
    assert 4.25 < m.sensitivity_gamma(np.subtract(LEAD, LEAD_OF_CONTROLS)) < 4.5


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("side", ["greater", "less"])
def test_at_gamma_1_it_is_the_signed_rank_test_with_zeros_ranked(seed, side):
    apart = np.random.default_rng(seed).integers(-3, 5, 60)
    test = wilcoxon(apart, zero_method="pratt", correction=False, alternative=side, method="approx")
    assert m.rosenbaum_bounds(apart, [1], side)[0].high == pytest.approx(test.pvalue, rel=1e-9)


def test_bounds_of_the_other_side_are_those_of_differences_turned_round():
    apart = np.subtract(LEAD, LEAD_OF_CONTROLS)
    assert m.rosenbaum_bounds(-apart, [2], "less") == m.rosenbaum_bounds(apart, [2])
    assert np.isnan(m.sensitivity_gamma(apart, "less"))
    one_sided = m.sensitivity_gamma(np.arange(1, 400))
    assert one_sided > 20


@pytest.mark.parametrize(("given", "told"), [
    (([0, 0], [1]), "no pair differs"), (([1, 2], [0.5]), "gamma must be"), (([1, np.nan], [1]), "missing"),
    (([1, 2], [1], "both"), "side must be"),
])  # fmt: skip
def test_bounds_name_mistakes(given, told):
    with pytest.raises(ValueError, match=told):
        m.rosenbaum_bounds(*given)


CONTROLS = [Estimate(value, standard_error=error) for value, error in (
    (1.10, 0.10), (0.95, 0.15), (1.25, 0.08), (1.40, 0.20), (1.05, 0.12), (0.88, 0.10), (1.30, 0.09))]  # fmt: skip


def test_systematic_error_equals_a_random_effects_model():
    """metafor 3.8-1: rma(log(ratio), sei = error, method = "ML")."""
    found = m.systematic_error(CONTROLS)
    assert (found.mean, found.deviation) == (
        pytest.approx(0.109099981123, rel=1e-6),
        pytest.approx(0.101294670815, rel=1e-6),
    )
    assert (found.controls, found.is_few) == (7, False)
    even = m.systematic_error([Estimate(1.02, standard_error=0.1), Estimate(0.99, standard_error=0.1),
                               Estimate(1.01, standard_error=0.2)])  # fmt: skip
    assert (even.mean, even.deviation, even.is_few) == (pytest.approx(0.00543994406932), 0.0, True)


def test_calibration_moves_and_widens():
    error = m.systematic_error(CONTROLS)
    found = m.calibrate(Estimate(0.85, 0.75, 0.96, 0.0625), error)
    spread = np.hypot(0.0625, error.deviation)
    assert np.log(found.ratio.value) == pytest.approx(np.log(0.85) - error.mean)
    assert found.ratio.standard_error == pytest.approx(spread)
    assert found.p_before == pytest.approx(0.00932, abs=2e-5)
    sound = m.calibrate(Estimate(0.85, 0.75, 0.96, 0.0625), m.SystematicError(0.0, 0.0, 9, False))
    assert (sound.ratio.value, sound.p) == (pytest.approx(0.85), pytest.approx(found.p_before))
    assert m.share_excluding_one(CONTROLS) == pytest.approx(2 / 7)


def test_calibrated_intervals_hold_the_truth_where_plain_ones_do_not():
    """Estimates off by an error of mean 0.2 and deviation 0.15, which the calibration learns from 30 negative controls."""
    draw = np.random.default_rng(1)
    held, plain = 0, 0
    for _ in range(300):
        logs = draw.normal(0.2, 0.15, 31) + draw.normal(0, 0.1, 31)
        estimates = [m.effects.ratio_estimate(float(np.exp(one)), 0.1) for one in logs]
        found = m.calibrate(estimates[0], m.systematic_error(estimates[1:])).ratio
        held += found.low <= 1 <= found.high
        plain += estimates[0].low <= 1 <= estimates[0].high
    assert held / 300 > 0.9
    assert plain / 300 < 0.6


def test_negative_controls_without_intervals_are_refused():
    with pytest.raises(ValueError, match="two negative controls or more"):
        m.systematic_error([Estimate(1.0), Estimate(1.0, standard_error=0.1)])
    with pytest.raises(ValueError, match="standard error"):
        m.calibrate(Estimate(1.0), m.systematic_error(CONTROLS))


def sets(seed=0, count=4000, effect=1.0):
    draw = np.random.default_rng(seed)
    treated, matched_set, years = np.tile([1, 0], count), np.repeat(np.arange(count), 2), draw.uniform(0.5, 1, 2 * count)
    return draw.poisson(0.8 * years * np.where(treated, effect, 1)), years, treated, matched_set


@pytest.mark.parametrize(("factor", "bias"), [
    (m.Unrecorded(0.5, 0.2, 2.0), 1.5 / 1.2), (m.Unrecorded(0.2, 0.5, 3.0), 1.4 / 2.0), (m.Unrecorded(0.3, 0.3, 4.0), 1.0),
])  # fmt: skip
def test_adjusting_for_a_simulated_factor_takes_off_its_bias(factor, bias):
    pytest.importorskip("statsmodels")
    given = sets(1, effect=0.9)
    plain = m.rate_effect(*given).ratio
    found = m.simulate_unrecorded(*given, factor, draws=10, seed=2)
    assert factor.bias == pytest.approx(bias)
    assert np.log(found.value) == pytest.approx(np.log(plain.value / bias), abs=0.01)
    assert m.simulate_unrecorded(*given, factor, draws=10, seed=2) == found


def test_draws_are_combined_by_rubins_rules(monkeypatch):
    logs, errors = iter([0.1, 0.3, 0.2]), iter([0.05, 0.06, 0.07])

    def drawn(*_given):
        one = m.effects.ratio_estimate(float(np.exp(next(logs))), next(errors))
        return m.Effect(one, one, one, one)

    monkeypatch.setattr(confounding, "rate_effect", drawn)
    found = m.simulate_unrecorded(*sets(count=500), m.Unrecorded(0.5, 0.2, 2.0), draws=3)
    assert np.log(found.value) == pytest.approx(0.2)
    within = np.mean(np.array([0.05, 0.06, 0.07]) ** 2)
    assert found.standard_error == pytest.approx(np.sqrt(within + (1 + 1 / 3) * np.var([0.1, 0.3, 0.2], ddof=1)))


def test_a_factor_that_cannot_be_is_refused():
    for wrong in ((0.0, 0.5, 2.0), (0.5, 1.0, 2.0), (0.5, 0.5, 0.0)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            m.Unrecorded(*wrong)
    with pytest.raises(ValueError, match="ask for a weaker one"):
        m.simulate_unrecorded(
            np.ones(40), np.ones(40), np.tile([1, 0], 20), np.repeat(np.arange(20), 2), m.Unrecorded(0.5, 0.2, 2.0)
        )
    with pytest.raises(ValueError, match="two draws"):
        m.simulate_unrecorded(*sets(count=10), m.Unrecorded(0.5, 0.2, 2.0), draws=1)


@pytest.mark.parametrize(("effect", "dispersion"), [(0.8, 0.0), (1.2, 0.5)])
def test_power_agrees_with_simulated_programmes(effect, dispersion):
    draw, people, ratio = np.random.default_rng(3), 300, 3
    shown = 0
    for _ in range(2000):
        frailty = (
            draw.gamma(1 / dispersion, dispersion, people * (1 + ratio)) if dispersion else np.ones(people * (1 + ratio))
        )
        counts = draw.poisson(frailty * 0.9 * np.where(np.arange(len(frailty)) < people, effect, 1))
        own, others = counts[:people], counts[people:]
        error = np.sqrt(own.var() / own.sum() ** 2 * people + others.var() / others.sum() ** 2 * people * ratio)
        shown += abs(np.log(own.mean() / others.mean())) > 1.96 * error
    assert shown / 2000 == pytest.approx(m.power(effect, people, ratio, 0.9, 1.0, dispersion), abs=0.04)


def test_the_minimum_detectable_ratios_have_the_wanted_power():
    low, high = m.minimum_detectable(500, 3, 0.7, 0.9, 0.4)
    assert low < 1 < high
    assert m.power(low, 500, 3, 0.7, 0.9, 0.4) == pytest.approx(0.8)
    assert m.power(high, 500, 3, 0.7, 0.9, 0.4) == pytest.approx(0.8)
    assert m.minimum_detectable(500, 3, 0.7)[0] > m.minimum_detectable(100, 3, 0.7)[0]
    assert m.minimum_detectable(3, 1, 0.1)[0] == 0.0
    with pytest.raises(ValueError, match="above zero"):
        m.power(0.8, 0, 3, 1.0)
    with pytest.raises(ValueError, match="wanted power"):
        m.minimum_detectable(500, 3, 0.7, wanted=1.0)
