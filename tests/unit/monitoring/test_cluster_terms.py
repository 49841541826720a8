"""What is monitored is the risk that is served, with the term of each person's GP cluster."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from casefinder.histories.practices import Practices
from casefinder.modelling.bundle import Bundle
from casefinder.modelling.calibrate import Calibrator
from casefinder.modelling.served_people import Dated
from casefinder.monitoring.maturing import NO_CLUSTER, _part

LOOKS = (dt.date(2025, 1, 1),)


def test_matured_risks_carry_the_term_of_the_cluster():
    raw = np.array([-2.0, -2.0, -2.0])
    model = SimpleNamespace(raw_scores=lambda _features: raw)
    bundle = Bundle(
        {"name": "m", "version": 1},
        SimpleNamespace(names=("age",)),
        model,
        Calibrator("logistic", 0.0, 1.0, clusters={"Ash": 0.5}),
    )
    seen = SimpleNamespace(observed=np.zeros(3), time_and_cause=lambda _days: (np.full(3, 365.0), np.zeros(3)))
    none = np.full(3, np.nan)
    watched = SimpleNamespace(
        bundle=bundle,
        horizon=365,
        practices=Practices({1: "Y1", 2: "Y2"}, {"Y1": "Ash", "Y2": "Elm"}),
        rows=lambda _block, _dates: (np.zeros((3, 1)), np.ones((3, 1), dtype=bool), np.array([1, 2, -1])),
        outcome=SimpleNamespace(rows=lambda *_given: seen),
        services=SimpleNamespace(rows=lambda *_given: none),
        lists=SimpleNamespace(listed=Dated()),
    )
    found = _part(watched, SimpleNamespace(people=pa.array(["a", "b", "c"])), LOOKS, LOOKS)
    assert found["cluster"].tolist() == ["Ash", "Elm", NO_CLUSTER]
    log_odds = np.log(found["risk"] / (1 - found["risk"]))
    assert log_odds.tolist() == pytest.approx([-1.5, -2.0, -2.0])
