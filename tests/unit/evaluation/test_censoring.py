import numpy as np
import pytest

from casefinder import evaluation as ev


def test_weights_by_hand():
    """Ten people; two are lost on day 50, when nine are left, one of whom has the event that day."""
    time = [20, 50, 50, 50, 100, 200, 365, 365, 400, 365]
    cause = [1, 1, 0, 0, 2, 1, 0, 0, 0, 0]
    found = ev.ipcw(time, cause, 365, truncate_at=None)
    after = 1 / (1 - 2 / 8)
    assert found.weight.tolist() == pytest.approx([1, 1, 0, 0, after, after, after, after, after, after])
    assert (found.lost, found.maximum) == (2, pytest.approx(after))
    assert found.weight.sum() == pytest.approx(10)


def test_an_event_on_the_horizon_day_is_too_late_and_the_person_is_followed_to_the_end():
    found = ev.ipcw([364, 365, 100], [1, 1, 0], 365, truncate_at=None)
    assert found.weight.tolist() == pytest.approx([1.5, 1.5, 0])
    assert ev.aalen_johansen([364, 365, 100], [1, 1, 0], 365) == pytest.approx(0.5)


def test_a_loss_at_the_horizon_is_no_loss():
    assert ev.ipcw([365, 365, 10], [0, 0, 1], 365).weight.tolist() == [1, 1, 1]


def test_weights_are_truncated_at_their_99th_percentile_and_the_largest_is_told():
    rng = np.random.default_rng(0)
    time, cause = rng.integers(0, 500, 2000), rng.integers(0, 3, 2000)
    whole, cut = ev.ipcw(time, cause, 499, truncate_at=None), ev.ipcw(time, cause, 499)
    assert cut.limit == pytest.approx(np.quantile(whole.weight[whole.weight > 0], 0.99))
    assert cut.maximum == whole.weight.max()
    assert cut.weight.max() <= cut.limit
    assert cut.truncated == np.sum(whole.weight > cut.limit)
    assert cut.truncated > 0
    assert ev.ipcw(time, cause, 499, truncate_at=0.9).limit < cut.limit


def test_strata_have_their_own_censoring():
    rng = np.random.default_rng(1)
    time, cause, practice = rng.integers(0, 500, 300), rng.integers(0, 3, 300), rng.integers(0, 3, 300)
    found = ev.ipcw(time, cause, 365, truncate_at=None, stratum=practice)
    for number in range(3):
        own = ev.ipcw(time[practice == number], cause[practice == number], 365, truncate_at=None)
        assert found.weight[practice == number].tolist() == own.weight.tolist()


def test_without_censoring_incidence_is_the_share():
    time, cause = [1, 2, 3, 400, 500], [1, 2, 1, 0, 1]
    assert ev.aalen_johansen(time, cause, 365) == pytest.approx(0.4)
    assert ev.aalen_johansen(time, cause, 365, of=ev.DEATH) == pytest.approx(0.2)
    assert ev.ipcw(time, cause, 365).weight.tolist() == [1] * 5


def test_everyone_lost_leaves_no_weight():
    found = ev.ipcw([5, 6], [0, 0], 365)
    assert found.weight.tolist() == [0, 0]
    assert ev.aalen_johansen([5, 6], [0, 0], 365) == 0


def test_deaths_do_not_count_as_losses():
    days, free = ev.censoring_survival([10, 20, 30], [2, 2, 0], 365)
    assert (days.tolist(), free.tolist()) == ([30], [0])


@pytest.mark.parametrize(
    ("time", "cause", "horizon", "told"),
    [
        ([-1, 2], [0, 1], 365, "1 values are negative"),
        ([1, 2], [0, 3], 365, "0 \\(censored\\)"),
        ([1, 2], [0, 1], 0, "above 0 days; got 0"),
        ([1, np.nan], [0, 1], 365, "1 missing"),
        ([1], [0, 1], 365, "time 1, cause 2"),
    ],
)
def test_bad_follow_up_is_refused(time, cause, horizon, told):
    with pytest.raises(ValueError, match=told):
        ev.ipcw(time, cause, horizon)


def test_a_quantile_out_of_range_is_refused():
    with pytest.raises(ValueError, match="truncate_at must be above 0"):
        ev.ipcw([1, 2], [1, 1], 365, truncate_at=1.5)


def test_weights_recover_a_risk_that_censoring_hid():
    rng = np.random.default_rng(3)
    event, lost = rng.exponential(900, 60_000), rng.exponential(500, 60_000)
    time, cause = np.minimum(event, lost), (event < lost).astype(int)
    weight = ev.ipcw(time, cause, 365).weight
    outcome = (cause == 1) & (time < 365)
    truth = 1 - np.exp(-365 / 900)
    assert ev.prevalence(outcome, weight) == pytest.approx(truth, abs=0.006)
    assert ev.observed_expected(outcome, np.full(60_000, truth), weight).ratio == pytest.approx(1, abs=0.02)
    assert outcome.mean() < 0.8 * truth


def test_a_small_loss_is_small_in_every_practice():
    practice = np.repeat([0, 1, 2, 3], 100)
    time, cause = np.full(400, 365), np.zeros(400)
    time[[0, 1, 2, 100, 101]] = 30
    found = ev.loss(time, cause, 365, practice)
    assert (found.share, found.largest_share, found.is_small) == (0.0125, 0.03, True)
    time[3:6] = 30
    assert not ev.loss(time, cause, 365, practice).is_small
