"""What must stop an evaluation: nothing comparable, no signature, something changed since, a window still open."""

import dataclasses
import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests.unit.services.made_up import programme

from casefinder.config.service import load_protocol
from casefinder.dates import NEVER, to_date
from casefinder.engines import Version, Workspace
from casefinder.engines.files import write_frame
from casefinder.errors import ServiceError
from casefinder.histories.practices import Practices
from casefinder.services.columns import Columns
from casefinder.services.designed import _area, _comparable, _refuse_hopeless
from casefinder.services.evaluated import _refuse_early, _refuse_gone
from casefinder.services.gather import Rows
from casefinder.services.kept import DESIGNS, EFFECTS, SignedOff, sign, signed_off
from casefinder.services.scoring import scores

PROTOCOL = load_protocol("community_case_management")
DAY = dt.date(2026, 4, 1)


def rows(people, treated):
    """Return rows with nothing in them but people and who is treated."""
    empty = np.zeros((people, 1), dtype=np.float32)
    return Rows(
        np.array([f"p{one}" for one in range(people)], dtype=object), np.full(people, 1000), np.arange(people) < treated,
        np.full(people, NEVER), np.zeros(people, dtype=np.int64), np.zeros(people, dtype=np.int64), empty, empty, empty,
    )  # fmt: skip


def test_too_few_people_and_a_single_practice_are_told_together():
    codes = np.array(["A"] * 20 + ["B"] * 80, dtype=object)
    with pytest.raises(ServiceError) as raised:
        _refuse_hopeless(PROTOCOL, rows(100, 20), codes)
    assert "30 are asked for; 20 are eligible" in str(raised.value)
    assert "all of them are in one practice" in str(raised.value)
    with pytest.raises(ServiceError, match="nobody could be a control"):
        _refuse_hopeless(PROTOCOL, rows(100, 100), np.array(["A", "B"] * 50, dtype=object))


@pytest.mark.parametrize(("area", "controls"), [("same", {2, 3}), ("other", {4, 5}), ("both", {2, 3, 4, 5})])
def test_controls_are_eligible_people_of_the_area_that_the_protocol_asks_for(area, controls):
    wanted = PROTOCOL.model_copy(update={"comparator": PROTOCOL.comparator.model_copy(update={"area": area})})
    given = rows(8, 2)
    rule = np.array([0, 1, 0, 0, 0, 0, 3, -1])
    own = np.array([False, False, True, True, False, False, True, False])
    assert set(np.flatnonzero(_comparable(wanted, dataclasses.replace(given, rule=rule), own))) == {0} | controls


def test_the_service_s_area_is_what_the_protocol_names_or_else_where_somebody_started():
    practices = Practices({}, {"A": "North", "B": "North", "C": "South"})
    codes, treated = np.array(["A", "B", "C"], dtype=object), np.array([False, False, True])
    for named, expected in (
        ({}, [False, False, True]),
        ({"practices": ("B",)}, [False, True, False]),
        ({"clusters": ("North",)}, [True, True, False]),
    ):
        own = PROTOCOL.model_copy(update={"comparator": PROTOCOL.comparator.model_copy(update=named)})
        assert _area(own, practices, codes, treated).tolist() == expected


def test_people_told_apart_without_error_are_no_comparison():
    given = rows(400, 60)
    risk = np.where(given.treated, 5.0, 0.0) + np.random.default_rng(1).normal(size=400)
    columns = Columns(("risk",), ("risk",), risk.astype(np.float32)[:, None])
    with pytest.raises(ServiceError, match="There is no overlap"):
        scores(PROTOCOL, given, columns, None, None)


def test_few_treated_inside_the_range_of_candidates_are_no_comparison():
    given = rows(400, 60)
    risk = np.where(given.treated, 2.0, 0.0) + np.random.default_rng(2).normal(size=400)
    columns = Columns(("risk",), ("risk",), risk.astype(np.float32)[:, None])
    wanted = PROTOCOL.model_copy(update={"go": PROTOCOL.go.model_copy(update={"least_inside": 1.0})})
    with pytest.raises(ServiceError, match="inside the range of candidates"):
        scores(wanted, given, columns, None, None)
    assert scores(PROTOCOL, given, columns, None, None).overlap.c_statistic > 0.8


@pytest.fixture
def workspace(tmp_path):
    """A workspace with a design that is fit to proceed."""
    made = Workspace(tmp_path)
    designed(made)
    return made


def designed(workspace, is_fit=True):
    with workspace.draft(DESIGNS) as draft:
        for name in ("members", "balance", "unmatched"):
            write_frame(pd.DataFrame({"design": ["as declared"], "person_id": ["ann"]}), draft / f"{name}.parquet")
        draft.finish(
            {"service": PROTOCOL.name, "protocol_hash": PROTOCOL.hash, "is_fit": is_fit, "why_not": ["age is apart"]}
        )


def test_nothing_is_followed_up_before_somebody_signed(workspace):
    with pytest.raises(ServiceError, match="has not been signed off"):
        signed_off(workspace, PROTOCOL)
    with pytest.raises(ServiceError, match="signed off by somebody"):
        sign(workspace, PROTOCOL, " ", DAY)
    assert sign(workspace, PROTOCOL, "An evaluator", DAY).manifest["signed_by"] == "An evaluator"
    assert signed_off(workspace, PROTOCOL).members()["person_id"].tolist() == ["ann"]


def test_a_design_that_is_not_fit_needs_a_reason_which_is_kept(workspace):
    designed(workspace, is_fit=False)
    with pytest.raises(ServiceError, match="age is apart") as raised:
        sign(workspace, PROTOCOL, "An evaluator", DAY)
    typed = f"casefinder service sign-off {PROTOCOL.name} --by WHO --despite REASON --workspace {workspace.folder}"
    assert typed in raised.value.remedy
    assert sign(workspace, PROTOCOL, "An evaluator", DAY, "no time").manifest["despite"] == "no time"


def test_an_edited_protocol_or_changed_pairs_are_refused(workspace):
    edited = PROTOCOL.model_copy(update={"horizon_days": 180})
    with pytest.raises(ServiceError, match="changed after its design"):
        sign(workspace, edited, "An evaluator", DAY)
    found = sign(workspace, PROTOCOL, "An evaluator", DAY)
    with pytest.raises(ServiceError, match="changed after its sign-off"):
        signed_off(workspace, edited)
    write_frame(pd.DataFrame({"design": ["as declared"], "person_id": ["bob"]}), found.version / "members.parquet")
    with pytest.raises(ServiceError, match="pairs were changed"):
        signed_off(workspace, PROTOCOL)


def test_a_signature_after_effects_were_seen_says_so(workspace):
    assert not sign(workspace, PROTOCOL, "An evaluator", DAY).manifest["after_effects_were_seen"]
    with workspace.draft(EFFECTS) as draft:
        draft.finish({"service": PROTOCOL.name})
    assert sign(workspace, PROTOCOL, "An evaluator", DAY).manifest["after_effects_were_seen"]


def test_a_window_that_is_still_open_is_refused():
    signed = SimpleNamespace(manifest={"landmarks": [900, 1000]})
    complete = {"hospital": str(to_date(1000 + 364)), "death": str(to_date(1000 + 364))}
    _refuse_early(PROTOCOL, signed, complete)
    with pytest.raises(ServiceError, match="outcome window is not complete yet"):
        _refuse_early(PROTOCOL, signed, {**complete, "death": str(to_date(1000 + 363))})
    with pytest.raises(ServiceError, match="no source supplies it"):
        _refuse_early(PROTOCOL, signed, {"death": complete["death"]})


def test_people_who_left_the_record_after_the_signature_stop_the_follow_up(tmp_path):
    signed = SignedOff(Version(tmp_path / "service_signed" / "000001", {"service": PROTOCOL.name}))
    people = programme(30, 1.0, 3)
    with pytest.raises(ServiceError, match="no longer in the record") as raised:
        _refuse_gone(people.__class__(**{**vars(people), "facts": people.facts[people.facts["row"] != 4]}), signed)
    assert f"casefinder service design {PROTOCOL.name} --workspace {tmp_path}" in raised.value.remedy
