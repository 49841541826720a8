"""The figures that training shows name the share of people they were worked out on."""

import pytest

from casefinder.commands.training import figures_in_order


@pytest.mark.parametrize(("share", "words"), [(0.01, "1 in 100"), (0.02, "2 in 100"), (0.005, "0.5 in 100")])
def test_the_top_is_the_share_that_the_model_declares(share, words):
    said = figures_in_order(share)
    assert said["ppv_at_k"] == f"PPV of the top {words}"
    assert said["sensitivity_at_k"] == f"sensitivity of the top {words}"
