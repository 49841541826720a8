"""Who stands on a list: exactly k people where k are eligible, and how a cluster's places are shared between practices."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casefinder.config.site import ClusterShare

METHODS = ("risk", "list_size", "floor")
SAID = {
    "risk": "by risk alone",
    "list_size": "in proportion to the practices' lists",
    "floor": "by risk, with a floor for each practice",
}


@dataclass(frozen=True)
class Choice:
    """What one way of sharing places would find."""

    method: str
    words: str
    people: int
    expected: float
    practices: int


def of_practice(candidates: pd.DataFrame, code: str, k: int) -> pd.DataFrame:
    """Return the first k available people of a practice; ``candidates`` stand in order of rank."""
    here = candidates[(candidates["practice_code"] == code) & candidates["because"].isna()]
    return here.head(k)


def of_cluster(
    candidates: pd.DataFrame, cluster: str, k: int, share: ClusterShare, registered: Mapping[str, int]
) -> pd.DataFrame:
    """Return k available people of a cluster, its places shared as declared, in order of rank."""
    here = candidates[(candidates["gp_cluster"] == cluster) & candidates["because"].isna()]
    if share.method == "risk":
        return here.head(k)
    available = here["practice_code"].value_counts()
    if share.method == "list_size":
        places = quotas({code: registered.get(code, 0) for code in sorted(available.index)}, k)
    else:
        places = {code: share.floor for code in sorted(available.index)}
        if sum(places.values()) > k:
            places = quotas(dict.fromkeys(places, 1), k)
    within = here.groupby("practice_code").cumcount()
    first = here[within < here["practice_code"].map(places)]
    others = here.drop(first.index).head(max(0, k - len(first)))
    return pd.concat([first, others]).sort_index().head(k)


def quotas(sizes: Mapping[str, int], k: int) -> dict[str, int]:
    """Share k places in proportion to sizes, by largest remainders; equal remainders in the order of the codes.

    >>> quotas({"A": 5000, "B": 3000, "C": 2000}, 7)
    {'A': 4, 'B': 2, 'C': 1}
    """
    total = sum(sizes.values())
    if not total:
        return dict.fromkeys(sizes, 0)
    exact = {code: k * size / total for code, size in sizes.items()}
    places = {code: int(value) for code, value in exact.items()}
    left = k - sum(places.values())
    for code in sorted(sizes, key=lambda one: (places[one] - exact[one], one))[:left]:
        places[code] += 1
    return places


def choices(
    candidates: pd.DataFrame, cluster: str, k: int, share: ClusterShare, registered: Mapping[str, int], risk: str
) -> list[Choice]:
    """Return what each way of sharing a cluster's places would find: the sum of the risks of those chosen."""
    found = []
    for method in METHODS:
        chosen = of_cluster(candidates, cluster, k, share.model_copy(update={"method": method}), registered)
        expected = float(np.sum(chosen[risk]))
        found.append(Choice(method, SAID[method], len(chosen), round(expected, 1), chosen["practice_code"].nunique()))
    return found
