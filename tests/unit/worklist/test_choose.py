"""Who stands on a list: exactly k, ties by hash, and how a cluster's places are shared."""

import itertools

import numpy as np
import pandas as pd
import pytest

from casefinder.config import ListSettings
from casefinder.config.site import ClusterShare
from casefinder.engines.files import write_frame
from casefinder.modelling.splits import draws
from casefinder.worklist.candidates import Candidates, file_of, gather, of_each_practice, reserve
from casefinder.worklist.choose import METHODS, choices, of_cluster, of_practice, quotas

SETTINGS = ListSettings(practice_k=3, cluster_k=6)
BY_RISK, BY_SIZE, WITH_FLOOR = (ClusterShare(method=method, floor=2) for method in METHODS)


def people(scores, practices=("A",), cluster="Vale"):
    """Candidates best first: their raw scores, and the practices in turn."""
    codes = list(itertools.islice(itertools.cycle(practices), len(scores)))
    made = pd.DataFrame(
        {
            "person_id": [f"p{place:03d}" for place in range(len(scores))],
            "practice_code": codes,
            "gp_cluster": cluster,
            "raw": scores,
            "risk_small": [1 / (1 + np.exp(-score)) for score in scores],
        }
    )
    made["because"] = pd.Series([None] * len(made), dtype=object)
    return made


def ids(chosen):
    return chosen["person_id"].tolist()


# --- a practice ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("there", "k", "expected"), [(10, 3, 3), (3, 3, 3), (2, 3, 2), (0, 3, 0)])
def test_a_list_holds_exactly_k_where_k_are_eligible(there, k, expected):
    chosen = of_practice(people([5.0 - place for place in range(there)]), "A", k)
    assert ids(chosen) == [f"p{place:03d}" for place in range(expected)]


def test_people_left_out_by_a_rule_are_passed_over():
    table = people([5, 4, 3, 2, 1])
    table.loc[[0, 2], "because"] = ["died", "lives in a care home"]
    assert ids(of_practice(table, "A", 3)) == ["p001", "p003", "p004"]


def test_a_practice_sees_its_own_people_only():
    assert ids(of_practice(people([5, 4, 3, 2, 1], ("A", "B")), "B", 3)) == ["p001", "p003"]


# --- candidates and ties ---------------------------------------------------------------------------


def candidates(blocks, settings=SETTINGS):
    keeper = Candidates(settings)
    for table in blocks:
        keeper.take(table)
    return keeper


def tied(count=40, seed=3):
    """People of one practice with only three different scores, in a shuffled order."""
    return people([float(place % 3) for place in range(count)]).sample(frac=1, random_state=seed).reset_index(drop=True)


def test_ties_break_by_a_hash_of_seed_and_person():
    table = candidates([tied()]).table()
    assert table["raw"].is_monotonic_decreasing
    top = table[table["raw"] == 2]
    expected = sorted(ids(top), key=lambda one: draws([one], SETTINGS.seed)[0])
    assert ids(top) == expected
    other = candidates([tied()], SETTINGS.model_copy(update={"seed": 2})).table()
    assert ids(other) != ids(table)
    assert set(ids(other)) == set(ids(table))


@pytest.mark.parametrize("blocks", [1, 16, 17, 300])
def test_candidates_of_many_blocks_are_those_of_one(blocks, tmp_path):
    everyone = tied(count=600)
    parts = [everyone.iloc[part] for part in np.array_split(np.arange(len(everyone)), blocks)]
    for number, part in enumerate(parts):
        write_frame(candidates([part]).best(), file_of(tmp_path / "candidates", 0, number))
    read = []

    def each(task, numbers):
        read.extend(numbers)
        return map(task, numbers)

    found = gather(tmp_path / "candidates", range(blocks), SETTINGS, each)
    assert ids(found) == ids(candidates([everyone]).table())
    assert bool(read) == (blocks > 16), "a few files need no task"
    assert not (tmp_path / "candidates").exists()


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_rows_and_the_cut_into_blocks_change_nothing(seed):
    expected = ids(candidates([tied()]).table())
    shuffled = tied(seed=seed + 10)
    parts = np.array_split(np.arange(len(shuffled)), seed + 1)
    assert ids(candidates([shuffled.iloc[part] for part in parts]).table()) == expected


def test_only_people_within_reach_are_kept_with_all_who_tie_for_the_last_place():
    most = reserve(6, SETTINGS)
    table = people([float(-place) for place in range(most - 1)] + [-50.0, -50.0, -50.0, -60.0])
    kept = candidates([table]).table()
    assert len(kept) == most + 2
    assert kept["raw"].min() == -50


def test_people_whom_a_rule_removes_take_no_reserve_place():
    most = reserve(6, SETTINGS)
    table = people([float(-place) for place in range(most + 5)])
    table.loc[:2, "because"] = "died"
    kept = candidates([table]).table()
    assert kept["because"].isna().sum() == most


def test_every_practice_is_counted_and_keeps_its_own():
    blocks = [people([3, 2, 1, 0], ("A", "B")), people([9, 8], ("B",))]
    assert [of_each_practice(block) for block in blocks] == [{"A": 2, "B": 2}, {"B": 2}]
    assert len(candidates(blocks).table()) == 6


@pytest.mark.parametrize(("k", "percent", "expected"), [(15, 50, 23), (4, 50, 9), (100, 0, 105), (30, 100, 60)])
def test_the_reserve_is_a_share_of_k_and_at_least_five(k, percent, expected):
    assert reserve(k, ListSettings(reserve_percent=percent)) == expected


# --- a cluster -------------------------------------------------------------------------------------

SIZES = {"A": 8000, "B": 3000, "C": 1000}


def steep():
    """Practice A holds all the high scores."""
    table = people([10 - 0.1 * place for place in range(20)])
    low = people([5 - 0.1 * place for place in range(20)], ("B", "C"))
    low["person_id"] = "q" + low["person_id"]
    return pd.concat([table, low], ignore_index=True)


@pytest.mark.parametrize(
    ("share", "expected"),
    [(BY_RISK, {"A": 6}), (BY_SIZE, {"A": 4, "B": 2}), (WITH_FLOOR, {"A": 2, "B": 2, "C": 2})],
    ids=METHODS,
)
def test_places_are_shared_as_declared_and_stand_in_order_of_risk(share, expected):
    chosen = of_cluster(steep(), "Vale", 6, share, SIZES)
    assert chosen["practice_code"].value_counts().to_dict() == expected
    assert chosen["raw"].is_monotonic_decreasing


def test_what_a_floor_leaves_over_goes_by_risk():
    chosen = of_cluster(steep(), "Vale", 10, WITH_FLOOR, SIZES)
    assert chosen["practice_code"].value_counts().to_dict() == {"A": 6, "B": 2, "C": 2}


def test_a_floor_that_does_not_fit_is_shared_evenly():
    chosen = of_cluster(steep(), "Vale", 4, WITH_FLOOR, SIZES)
    assert len(chosen) == 4
    assert chosen["practice_code"].nunique() == 3


def test_places_that_a_small_practice_cannot_fill_go_to_others():
    table = steep()
    table = table[~((table["practice_code"] == "C") & (table.groupby("practice_code").cumcount() > 0))]
    chosen = of_cluster(table.reset_index(drop=True), "Vale", 9, WITH_FLOOR, SIZES)
    assert chosen["practice_code"].value_counts().to_dict() == {"A": 6, "B": 2, "C": 1}


@pytest.mark.parametrize("k", [1, 5, 6, 17, 40, 60])
@pytest.mark.parametrize("method", METHODS)
def test_every_way_gives_exactly_k_where_k_are_eligible(method, k):
    table = steep()
    table.loc[table.index % 7 == 0, "because"] = "died"
    chosen = of_cluster(table, "Vale", k, ClusterShare(method=method, floor=2), SIZES)
    assert len(chosen) == min(k, int(table["because"].isna().sum()))
    assert chosen["because"].isna().all()
    assert chosen["person_id"].is_unique


def test_another_cluster_is_left_alone():
    assert of_cluster(steep(), "Hill", 6, BY_RISK, SIZES).empty


def test_what_each_way_would_find_is_told_and_risk_alone_finds_most():
    found = {one.method: one for one in choices(steep(), "Vale", 6, BY_RISK, SIZES, "risk_small")}
    assert {method: one.people for method, one in found.items()} == dict.fromkeys(METHODS, 6)
    assert {method: one.practices for method, one in found.items()} == {"risk": 1, "list_size": 2, "floor": 3}
    top = steep().nlargest(6, "raw")["risk_small"].sum()
    assert found["risk"].expected == round(top, 1) >= max(one.expected for one in found.values())


def test_quotas_share_every_place_by_largest_remainder():
    assert quotas({"A": 1, "B": 1, "C": 1}, 4) == {"A": 2, "B": 1, "C": 1}
    assert quotas({"A": 0, "B": 0}, 5) == {"A": 0, "B": 0}
    for k in range(30):
        assert sum(quotas(SIZES, k).values()) == k
