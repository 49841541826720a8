"""Three lines on a version beside another: better, worse or not clearly different, whichever way a measure counts."""

import numpy as np
import pandas as pd
import pytest

from casefinder.commands.verdict import verdict
from casefinder.engines import Workspace
from casefinder.modelling.tested import write_tested

THRESHOLD = 0.2


def people(noise: float, shift: float = 0.0, size: int = 1500) -> pd.DataFrame:
    """People tested, whose true risk a version sees with noise and too high or too low by a shift."""
    draw = np.random.default_rng(1)
    truth = draw.normal(-1.5, 1.2, size)
    outcome = (draw.random(size) < 1 / (1 + np.exp(-truth))).astype(float)
    raw = truth + np.random.default_rng(2).normal(0, noise, size) + shift
    risk = 1 / (1 + np.exp(-raw))
    names = [f"p{number:05d}" for number in range(size)]
    return pd.DataFrame(
        {"person_id": names, "index_date": "2025-01-01", "outcome": outcome, "weight": 1.0, "raw_score": raw, "risk": risk}
    )


def lines(folder, first: pd.DataFrame, second: pd.DataFrame) -> list[str]:
    workspace = Workspace(folder)
    for number, table in enumerate((first, second), 1):
        write_tested(workspace, table, "small", number, "2026-01-01")
    return verdict(workspace, "small", 1, 2, THRESHOLD)


def test_a_better_version_is_called_better(tmp_path):
    order, calibration, use = lines(tmp_path, people(noise=2.0, shift=1.0), people(noise=0.1))
    assert order.startswith("order: version 2 is better than version 1: c-statistic")
    assert calibration.startswith("calibration: version 2 is better than version 1: mean calibration error")
    assert use.startswith("use: version 2 is better than version 1: net benefit at 0.2")


def test_a_worse_version_is_called_worse(tmp_path):
    order, calibration, use = lines(tmp_path, people(noise=0.1), people(noise=2.0, shift=1.0))
    assert [one.split(": ")[1] for one in (order, calibration, use)] == ["version 2 is worse than version 1"] * 3


def test_the_same_version_again_is_not_clearly_different(tmp_path):
    told = lines(tmp_path, people(noise=0.5), people(noise=0.5))
    assert [one.split(": ")[1] for one in told] == ["versions 2 and 1 are not clearly different"] * 3


def test_two_that_share_nobody_are_not_compared(tmp_path):
    other = people(noise=0.5).assign(person_id=lambda table: "q" + table["person_id"])
    (only,) = lines(tmp_path, people(noise=0.5), other)
    assert only == "not compared with version 1: no people on whom both were tested, or too few of them"


@pytest.mark.parametrize("shift", [0.0, 0.7])
def test_observed_over_expected_is_told_of_both(tmp_path, shift):
    first, second = people(noise=0.1, shift=shift), people(noise=0.1)
    ratio = [table["outcome"].sum() / table["risk"].sum() for table in (second, first)]
    calibration = lines(tmp_path, first, second)[1]
    assert f"observed / expected {ratio[0]:.2f} (" in calibration
    assert f"beside {ratio[1]:.2f} (" in calibration
