"""What features add to scores, and where a version comes from: as it may leave the workspace."""

import json

import numpy as np
import pytest

from casefinder.engines import Version
from casefinder.modelling.contract import FeatureContract
from casefinder.modelling.importance import MOST_ROWS, importance
from casefinder.modelling.lineage import SHORT, contract_hash, lineage

NAMES = ("common", "rare", "constant")


class Doubled:
    """A model whose contributions are twice its features, with a base value."""

    def contributions(self, features):
        return np.column_stack([2.0 * np.nan_to_num(features), np.full(len(features), 9.0)])


def columns(people, having):
    found = np.zeros((people, 3), dtype=np.float32)
    found[::2, 0], found[:having, 1] = -1.5, 4.0
    return found


def test_the_mean_is_over_people_of_sizes_and_not_of_signs():
    found = importance(Doubled(), NAMES, columns(400, 40))
    assert found == {"people": 400, "means": {"common": 1.5, "rare": 0.8, "constant": 0.0}}


@pytest.mark.parametrize(("having", "told"), [(1, None), (7, None), (8, 0.16), (0, 0.0)])
def test_a_feature_in_which_few_people_differ_is_withheld(having, told):
    assert importance(Doubled(), NAMES, columns(400, having))["means"]["rare"] == told


def test_people_of_whom_nothing_is_known_count_as_one_value():
    features = columns(400, 0)
    features[:, 1] = np.nan
    features[:5, 1] = 3.0
    assert importance(Doubled(), NAMES, features)["means"]["rare"] is None


def test_of_many_people_some_at_even_distances_are_looked_at():
    features = columns(4 * MOST_ROWS, 0)
    features[:, 1] = np.arange(len(features))
    found = importance(Doubled(), NAMES, features)
    assert found["people"] == MOST_ROWS
    assert found["means"]["rare"] == pytest.approx(len(features), rel=0.001)
    assert importance(Doubled(), NAMES, features) == found
    assert importance(Doubled(), NAMES, features[:0]) == {"people": 0, "means": dict.fromkeys(NAMES, 0.0)}


def record(folder, **sources):
    manifest = {
        "people": {"n": 23904}, "left_out": {"type 1 opt-out": 623, "dummy record": 3}, "extract_date": "2026-03-31",
        "sources": sources, "hospital_stays": {"max_gap_days": 2, "spells": 39233},
    }  # fmt: skip
    (folder / "000004").mkdir()
    (folder / "000004" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Version(folder / "000004", manifest)


CONTRACT = FeatureContract(("age",), ("abc",), {}, ("birth",), {"falls": "0123"})


def test_lineage_tells_rounded_counts_hashes_and_no_file(tmp_path):
    files = [{"name": "ward 7.csv", "rows": 5, "sha256": "ab"}] * 2
    hes = {"extract": "hes_apc", "files": files, "read": 1003, "accepted": 1002, "quarantined": 1, "linked_share": 0.9}
    found = lineage(record(tmp_path, hes=hes, practices={"files": files, "read": 8, "accepted": 8}), CONTRACT)
    told = {source["name"]: source for source in found["sources"]}
    assert (told["hes"]["files"], told["hes"]["read"], told["hes"]["quarantined"], told["hes"]["linked"]) == (
        2,
        1005,
        None,
        0.9,
    )
    assert "linked" not in told["practices"]
    assert found["left_out"] == {"dummy record": None, "type 1 opt-out": 625}
    assert found["repairs"] == {"spells": 39235}
    assert (found["record"], found["people"], found["codelists"]) == (4, 23905, {"falls": "0123"})
    assert all(len(found[name]) == SHORT for name in ("code_sha256", "record_sha256", "contract_sha256"))
    assert "ward 7" not in json.dumps(found)
    assert str(tmp_path) not in json.dumps(found)


def test_a_share_that_tells_of_few_rows_is_withheld(tmp_path):
    found = lineage(record(tmp_path, hes={"files": [], "read": 1000, "accepted": 1000, "linked_share": 0.997}), CONTRACT)
    assert found["sources"][0]["linked"] is None


def test_a_contract_with_another_code_list_has_another_hash():
    other = FeatureContract(("age",), ("abc",), {}, ("birth",), {"falls": "9999"})
    bare = FeatureContract(("age",), ("abc",), {}, ("birth",))
    assert len({contract_hash(one) for one in (CONTRACT, other, bare)}) == 3
    assert FeatureContract.read(json.loads(json.dumps(CONTRACT.content()))) == CONTRACT
    assert "codelists" not in bare.content()
