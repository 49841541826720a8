"""What ``casefinder allocate`` refuses before it reads anything, and which years it takes."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest

from casefinder.commands.allocating import AllocationAsked, _areas, _check, _covers, _dates, _known_by
from casefinder.config.published import Areas
from casefinder.errors import ConfigError

AS_OF = dt.date(2026, 4, 1)
MANIFEST = {"extract_date": "2026-03-31", "complete_to": {"hospital": "2026-01-30"}, "history_from": "2020-04-01",
            "supplied": ["hospital", "diagnosis"]}  # fmt: skip


def _histories(**more):
    return SimpleNamespace(version=SimpleNamespace(manifest=MANIFEST | more))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"cap": "lots"}, "--cap"),
        ({"model": "suply"}, "did you mean 'supply'"),
        ({"pot": -1.0}, "--pot"),
        ({"pot": float("nan")}, "--pot"),
        ({"unmet_need": 1.5}, "--unmet-need"),
        ({"unmet_need_ratio": 0.5}, "--unmet-need-ratio"),
        ({"ceiling": 0.1}, "needs a --floor"),
        ({"grouping": Path("none.csv")}, "--grouping: there is no file at none.csv"),
        ({"current": Path("none.csv")}, "--current: there is no file"),
        ({"list_sizes": Path("none.csv")}, "--list-sizes: there is no file"),
    ],
)
def test_options_that_cannot_be_used_are_refused(asked, says):
    with pytest.raises(ConfigError, match=says):
        _check(AllocationAsked(AS_OF, **asked))


def test_what_can_be_used_passes():
    _check(AllocationAsked(AS_OF, cap="25,000", model="trees", unmet_need=0.1, floor=-0.02, ceiling=0.05))


def test_areas_are_read_before_anything_is_fitted_and_only_for_what_they_are_of(tmp_path):
    path = tmp_path / "areas.geojson"
    site = SimpleNamespace(areas=Areas(file=path.name, of="cluster"), areas_file=lambda: path)
    deployment = SimpleNamespace(site=site)
    assert _areas(deployment, AllocationAsked(AS_OF)) is None
    assert _areas(deployment, AllocationAsked(AS_OF, by="cluster", grouping=path)) is None
    with pytest.raises(ConfigError, match="There is no file of areas"):
        _areas(deployment, AllocationAsked(AS_OF, by="cluster"))


def test_lists_of_a_day_long_after_the_extracts_are_not_known():
    with pytest.raises(ConfigError, match="more than 31 days after the extracts"):
        _dates(_histories(), AllocationAsked(dt.date(2026, 5, 2)))
    assert _dates(_histories(), AllocationAsked(dt.date(2026, 5, 1))) == dt.date(2025, 1, 1)


def test_a_year_before_the_feeds_began_is_no_year():
    with pytest.raises(ConfigError, match="hold nothing before 2020-04-01"):
        _dates(_histories(), AllocationAsked(dt.date(2020, 3, 1)))


def test_a_challenger_needs_its_own_cap_and_the_ladder_any_that_was_fitted():
    caps = ["99%", "99.5%", "none"]
    assert _covers(caps, "none", "supply")
    assert not _covers(caps, "98%", "supply")
    assert _covers(caps, "99%", "trees")
    assert not _covers(caps, "none", "trees")


def test_illness_that_admissions_alone_tell_is_told():
    assert "hospital diagnoses alone" in _known_by(_histories())[0]
    assert _known_by(_histories(supplied=["hospital", "gp_record"])) == []
