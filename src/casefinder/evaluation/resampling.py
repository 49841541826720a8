"""The bootstrap: percentile intervals over people, or over clusters of their rows.

Rows that stand for one person, or people of one practice, are drawn together when ``cluster`` names them: persons where a
person has several rows, practices where the claim is about practices that are not in the data. The rows are put into a
fixed order before any draw, so the interval does not depend on the order in which they came.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from casefinder.evaluation.inputs import FloatArray, IntArray, checked_level, labels
from casefinder.evaluation.intervals import UNKNOWN, Interval

REPLICATES = 1000
BATCH_CELLS = 2_000_000

Statistic = Callable[..., float]


def fixed_order(*arrays: npt.NDArray[np.generic]) -> IntArray:
    """Return the order that sorts rows by the arrays, first array first: equal rows are the only ties."""
    return np.asarray(np.lexsort(arrays[::-1]), dtype=np.int64)


def drawn_counts(people: int, replicates: int, seed: int, cluster: IntArray | None = None) -> Iterator[FloatArray]:
    """Yield how often each row was drawn, in batches of (replicates, rows).

    Args:
        people: rows.
        replicates: bootstrap samples, 1 or more.
        seed: of NumPy's default generator.
        cluster: numbers from 0; whole clusters are drawn, as many as there are.
    """
    if replicates < 1:
        raise ValueError(f"replicates must be 1 or more; got {replicates}")
    generator = np.random.default_rng(seed)
    units = people if cluster is None else int(cluster.max()) + 1
    batch = max(1, min(replicates, BATCH_CELLS // people))
    for start in range(0, replicates, batch):
        size = min(batch, replicates - start)
        drawn = np.stack([np.bincount(generator.integers(units, size=units), minlength=units) for _ in range(size)])
        yield (drawn if cluster is None else drawn[:, cluster]).astype(np.float64)


def percentile_interval(values: npt.ArrayLike, level: float = 0.95) -> Interval:
    """Return the percentile interval of replicates (type-7 quantiles).

    Replicates where the measure was not defined are left out; NaN where more than one in ten was not. An infinite
    replicate, such as a ratio to nothing, counts as the largest; a limit that falls between one and a number is NaN.
    """
    replicates = np.asarray(values, dtype=np.float64)
    defined = replicates[~np.isnan(replicates)]
    if len(defined) < 0.9 * len(replicates):
        return UNKNOWN
    tail = (1 - checked_level(level)) / 2
    with np.errstate(invalid="ignore"):
        low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(low), float(high))


def bootstrap_interval(
    statistic: Statistic,
    *arrays: npt.ArrayLike,
    cluster: npt.ArrayLike | Sequence[object] | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Return the percentile bootstrap interval of any measure of row-wise arrays.

    Args:
        statistic: called with the resampled arrays, in the order given; returns a number, NaN where it is not defined.
        arrays: one value a row, all of one length.
        cluster: person or practice of each row; None draws rows one by one.
        replicates: bootstrap samples.
        seed: same seed, same interval.
        level: coverage.

    >>> low, high = bootstrap_interval(np.mean, [0, 1, 1, 0, 1, 1], replicates=200, seed=1)
    >>> 0 <= low <= 4 / 6 <= high <= 1
    True
    """
    given = [np.asarray(array) for array in arrays]
    people = len(given[0])
    members = None if cluster is None else labels(cluster, people, "cluster")[0]
    order = fixed_order(*given) if members is None else fixed_order(members, *given)
    ordered = [array[order] for array in given]
    found = []
    for counts in drawn_counts(people, replicates, seed, None if members is None else members[order]):
        for count in counts:
            rows = np.repeat(np.arange(people), count.astype(np.int64))
            found.append(float(statistic(*[array[rows] for array in ordered])))
    return percentile_interval(found, level)
