"""One matching in one process: many treated people against a large pool at monthly landmarks, covariates given.

``python -m benchmarks.matching_job TREATED POOL LANDMARKS SHUFFLED`` prints how long it took and a hash of who was paired
with whom. With SHUFFLED 1 the rows come in another order, and the hash should be the same.
"""

import hashlib
import json
import sys
import time
from typing import Any

import numpy as np

from casefinder import matching as m

SEED = 20_260_501
AGE_BANDS = 8


def given_rows(treated: int, pool: int, landmarks: int, shuffled: bool) -> dict[str, Any]:
    """Return rows of risk sets: people of a pool at each landmark until they start, with covariates as known then."""
    draw = np.random.default_rng(SEED)
    people = treated + pool
    age = np.clip(draw.normal(72, 12, people), 40, 105)
    admissions = draw.poisson(np.exp(draw.normal(-1.6, 0.8, people)))
    frailty = draw.gamma(1.5, 3.0, people)
    lp = -7 + 0.02 * (age - 72) + 0.5 * admissions + 0.08 * frailty
    start = np.full(people, landmarks, dtype=np.int64)
    # Who starts is drawn by their chance, so treated people are like others with the same score.
    chosen = np.argsort(-(lp + draw.gumbel(size=people)))[:treated]
    start[chosen] = draw.integers(0, landmarks, treated)
    female = draw.integers(0, 2, people)
    parts: dict[str, list[np.ndarray]] = {}
    for landmark in range(landmarks):
        here = np.flatnonzero(start >= landmark).astype(np.int32)
        moved = lp[here] + draw.normal(0, 0.2, len(here))
        prognosis = -2 + 0.6 * (lp[here] + 7) + draw.normal(0, 0.3, len(here))
        near = [prognosis, admissions[here], age[here], frailty[here]]
        columns = {
            "person": here,
            "landmark": np.full(len(here), landmark, dtype=np.int16),
            "treated": start[here] == landmark,
            "propensity": moved,
            "prognostic": prognosis,
            "closeness": np.column_stack([one.astype(np.float32) for one in near]),
            "female": female[here].astype(np.int8),
            "age_band": ((age[here] - 40) // (66 / AGE_BANDS)).astype(np.int8),
        }
        for name, column in columns.items():
            parts.setdefault(name, []).append(column)
    order = np.random.default_rng(1).permutation(sum(map(len, parts["person"]))) if shuffled else slice(None)
    return {name: np.concatenate(parts.pop(name))[order] for name in list(parts)}


def main(treated: int, pool: int, landmarks: int, shuffled: bool) -> dict[str, Any]:
    """Match and check, and return what that took."""
    given = given_rows(treated, pool, landmarks, shuffled)
    labels = given["person"]
    exact = [given.pop("female"), given.pop("age_band")]
    begun = time.perf_counter()
    rows = m.risk_sets(**given, exact=exact)
    indexed = time.perf_counter()
    pairs = m.match(rows)
    matched = time.perf_counter()
    who = np.column_stack([labels[pairs.treated], labels[pairs.control]]).astype(np.int64)
    return {
        "rows": len(labels),
        "strata": int(rows.stratum.max()) + 1,
        "pairs": len(pairs.control),
        "unmatched": len(pairs.unmatched),
        "mean_candidates_a_stratum": round(len(labels) / (int(rows.stratum.max()) + 1)),
        "seconds_rows": round(indexed - begun, 1),
        "seconds_match": round(matched - indexed, 1),
        "hash": hashlib.sha256(who.tobytes()).hexdigest()[:16],
    }


if __name__ == "__main__":
    first, second, third = map(int, sys.argv[1:4])
    print(json.dumps(main(first, second, third, sys.argv[4] == "1")))
