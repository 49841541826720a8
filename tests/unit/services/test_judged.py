"""The verdict on a design: its words tell nothing that its tables withhold, and its percentages come from rounded counts."""

from types import SimpleNamespace

import numpy as np
import pytest

from casefinder.config.service import load_protocol
from casefinder.matching.balance import Balance, Comparison
from casefinder.services.columns import Columns
from casefinder.services.judged import _imbalance, _told, _too_few, overlap_words, power_words

PROTOCOL = load_protocol("community_case_management")
WORDS = {"age": "age in years", "has_home_care": "home care"}


def apart(name: str) -> Balance:
    own = Comparison(**{**dict.fromkeys(Comparison.__dataclass_fields__, 1.0), "smd": 0.134})
    return Balance(name, own, own, 0.1)


@pytest.mark.parametrize(("having", "told"), [(5, {"age"}), (20, {"age", "has_home_care"}), (0, {"age", "has_home_care"})])
def test_a_verdict_names_no_column_whose_share_is_withheld(having, told):
    row = np.arange(100)
    home_care = np.where(row < 50, row < having, row < 80)
    columns = Columns(tuple(WORDS), tuple(WORDS.values()), np.column_stack([70 + row, home_care]).astype(np.float32))
    among = SimpleNamespace(row=row, treated=row < 50, weight=np.ones(100))
    assert _told(columns, among) == told
    said = _imbalance(PROTOCOL, [apart(name) for name in WORDS], WORDS, [], told)
    assert "age in years (+0.13, target 0.1)" in said[0]
    assert ("home care (+0.13" in said[0]) == ("has_home_care" in told)
    assert len(said) == (1 if "has_home_care" in told else 2)
    assert not any("home care" in one for one in said[1:])


def test_a_withheld_column_alone_makes_a_design_unfit_too():
    (said,) = _imbalance(PROTOCOL, [apart("has_home_care")], WORDS, [], {"age"})
    assert said == "of the columns whose figures are withheld, one or more is further apart than the target"


def test_percentages_of_a_design_come_from_rounded_counts():
    """48 of 79 are 61 in 100, and 50 of 80 are 62.5; 76 of 79 are 96, and 75 of 80 are 94."""
    pairs = SimpleNamespace(treated=np.repeat(np.arange(48), 3), unmatched=np.arange(31), share_unmatched=31 / 79)
    (said,) = _too_few(PROTOCOL, SimpleNamespace(pairs=pairs))
    assert said == "only about 62 in 100 of the treated have a control; 70 are asked for"
    manifest = {"flow": [["eligible at their time zero", 79]], "overlap": {"share": 76 / 79}}
    assert overlap_words(manifest).startswith("94 in 100 of the treated lie inside")


def test_where_no_reduction_could_be_shown_none_is_put_in_figures():
    assert "no reduction, however large" in power_words({"below": 0.0, "above": 2.29})
    assert "0.00" not in power_words({"below": 0.003, "above": 2.29})
