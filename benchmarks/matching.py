"""Matching of 5,000 treated people against a pool of 1,000,000 at monthly landmarks: time, memory, and any order of rows."""

from typing import Any, Final

from benchmarks.given import Given
from benchmarks.measure import child
from benchmarks.report import Figure, write

TREATED: Final = 5_000
POOL: Final = 1_000_000
LANDMARKS: Final = 12
MAX_SECONDS: Final = 180
MAX_GB: Final = 4


def run(given: Given) -> None:
    """Match once, and once more with the rows in another order, and write ``matching.json``."""
    found = [once(shuffled) for shuffled in (False, True)]
    write(given.results, "matching", "matched cohorts against a large pool", figures(found), notes(found[0]), found)


def once(shuffled: bool, treated: int = TREATED, pool: int = POOL, landmarks: int = LANDMARKS) -> dict[str, Any]:
    """Match in a process of its own, and return what it took."""
    spent = child(["benchmarks.matching_job", str(treated), str(pool), str(landmarks), str(int(shuffled))])
    seconds = spent.said["seconds_rows"] + spent.said["seconds_match"]
    return {**spent.said, "seconds": round(seconds, 1), "peak_gb": round(spent.peak_gb, 2), "wall": round(spent.wall, 1)}


def figures(found: list[dict[str, Any]]) -> list[Figure]:
    """Return the figures beside their bounds."""
    what = f"{TREATED:,} treated, {POOL:,} others, {LANDMARKS} landmarks"
    slowest = max(one["seconds"] for one in found)
    return [
        Figure(f"{what}: seconds, the rows given", slowest, "s", MAX_SECONDS),
        Figure(f"{what}: peak memory, the rows included", max(one["peak_gb"] for one in found), "GB", MAX_GB),
        Figure("pairs that differ when rows come in another order", float(found[0]["hash"] != found[1]["hash"]), "", 0),
        Figure("rows", found[0]["rows"], ""),
        Figure("pairs, at most 3 for each", found[0]["pairs"], ""),
        Figure("treated without a control", found[0]["unmatched"], ""),
    ]


def notes(found: dict[str, Any]) -> list[str]:
    """Return what was measured on what."""
    return [
        "Invented people. Each has a row at every landmark until they start; scores, prognosis and the columns to be close "
        "on are given. Exact: landmark, sex, age band. Calipers of 0.2 standard deviations on both logits, Mahalanobis "
        "distance inside, greedy, three to one, without replacement over all landmarks, every promise of the pairs checked.",
        f"The slower of two runs, the second on the same rows in another order. {found['strata']} strata, about "
        f"{found['mean_candidates_a_stratum']:,} rows in each. One thread.",
    ]
