"""Matched people whose service does nothing, or something known, taken on because of a recent admission."""

import numpy as np
import pandas as pd

from casefinder.services.followed import Followed

HORIZON = 365
UNWELL = 90
"""Days before time zero on which people are unwell."""
EARLIER = 1005
COLUMNS = ["row", "kind", "method", "code", "start", "end", "cost"]


def programme(sets: int, ratio: float, seed: int, like: bool = True) -> Followed:
    """Return sets of one treated person and two controls.

    Args:
        sets: treated people.
        ratio: true rate ratio from time zero on.
        seed: of the draws.
        like: whether controls were unwell just before time zero too; else they are people as they come.
    """
    chance = np.random.default_rng(seed)
    treated = np.tile([True, False, False], sets)
    rows = pd.DataFrame(
        {
            "matched_set": np.repeat(np.arange(sets), 3), "person_id": [f"p{one}" for one in range(3 * sets)],
            "treated": treated, "weight": np.where(treated, 1.0, 0.5), "landmark": 1000, "in_area": True,
            "design": "as declared", "own_start": 2**31 - 1, "practice": "A",
            "said_age": chance.uniform(50, 90, 3 * sets), "said_sex": chance.integers(0, 2, 3 * sets),
            "propensity_score": 0.0, "prognostic_score": chance.normal(size=3 * sets),
        }
    )  # fmt: skip
    rate = 1.0 / 365
    before = np.where(treated | like, 8 * rate, rate)
    facts = []
    for row in range(3 * sets):
        after = rate * (ratio if treated[row] else 1.0)
        days = np.concatenate([np.full(EARLIER, rate), np.full(UNWELL, before[row]), np.full(HORIZON, after)])
        hit = np.flatnonzero(chance.random(len(days)) < days) - EARLIER - UNWELL
        facts += [(row, "hospital", "emergency", "", int(day), float(day + 2), 100_000) for day in hit]
        eyes = np.flatnonzero(chance.random(HORIZON) < 1.0 / 365)
        facts += [(row, "outpatient", "", "130", int(day), float(day), 10_000) for day in eyes]
    table = pd.DataFrame(facts, columns=COLUMNS).sort_values(["row", "start", "kind"], kind="stable").reset_index(drop=True)
    never = np.full(3 * sets, np.inf)
    return Followed(rows, table, never.copy(), never.copy(), never.copy(), HORIZON)
