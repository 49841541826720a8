import numpy as np
import pytest

from casefinder import evaluation as ev


def test_overlap_is_shared_over_either():
    first, second = np.arange(10.0), np.array([0, 1, 2, 3, 4, 9, 8, 7, 6, 5.0])
    assert ev.topk_overlap(first, first, 3) == 1.0
    assert ev.topk_overlap(first, second, 3) == pytest.approx(1 / 5)
    assert ev.topk_overlap(first, second, 3) == ev.topk_overlap(second, first, 3)
    assert ev.topk_overlap(first, -first, 5) == 0.0
    assert ev.topk_overlap(first, second, 10) == 1.0


def test_ties_overlap_as_far_as_both_lists_hold_them():
    """One place for two people on the first list, one of them certain on the second."""
    assert ev.topk_overlap([0.5, 0.5], [0.9, 0.1], 1) == pytest.approx(0.5 / 1.5)


def test_instability_by_hand():
    found = ev.instability([0.1, 0.2, 0.3], [[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]], k=1)
    assert found.by_person.tolist() == pytest.approx([0.1, 0, 0.1])
    assert found.mean == pytest.approx(0.2 / 3)
    assert (found.overlap_mean, found.overlap_least, found.refits) == (0.5, 0.0, 2)
    assert found.centile_95 == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("refits", "told"), [([0.1, 0.2], "two dimensions"), ([[0.1]], "one column a person"), ([[0.1, np.nan]], "1 missing")]
)
def test_refits_of_another_shape_are_refused(refits, told):
    with pytest.raises(ValueError, match=told):
        ev.mean_absolute_prediction_error([0.1, 0.2], refits)


def test_churn_between_two_weeks():
    assert ev.churn("abc", "abc") == ev.Churn(3, 0, 0, 1.0, 0.0)
    assert ev.churn([], "ab").share_new == 1.0
    assert ev.churn("ab", []) == ev.Churn(0, 0, 2, 0.0, 0.0)
    assert ev.churn([], []) == ev.Churn(0, 0, 0, 1.0, 0.0)
    with pytest.raises(ValueError, match="the later list names 1 people more than once"):
        ev.churn("ab", "aab")
