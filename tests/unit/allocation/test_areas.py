"""Areas that a site supplies: what is read, what is refused and in which words, and the map that is drawn of them."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.allocation.made_up import CODES
from tests.unit.allocation.test_report import SETTING, SMALL, _published, _with_small

from casefinder.allocation.allocated import Choice
from casefinder.allocation.areas import check_areas, read_areas
from casefinder.errors import ConfigError

SQUARE = [[0.0, 51.0], [0.1, 51.0], [0.1, 51.1], [0.0, 51.1], [0.0, 51.0]]


def feature(code, corners=SQUARE, kind="Polygon", **properties):
    coordinates = [corners] if kind == "Polygon" else [[corners]]
    return {
        "type": "Feature",
        "properties": {"code": code} | properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def moved(across, up):
    return [[one + across, other + up] for one, other in SQUARE]


def written(path, *features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")
    return path


@pytest.fixture
def file(tmp_path):
    features = [feature(code, moved(0.1 * (place % 4), 0.1 * (place // 4))) for place, code in enumerate(CODES)]
    return written(tmp_path / "areas.geojson", *features)


def test_polygons_and_multipolygons_are_read_by_their_code(tmp_path):
    found = read_areas(written(tmp_path / "a.geojson", feature("A1"), feature(7, kind="MultiPolygon")), "place", "code")
    assert set(found.outlines) == {"A1", "7"}
    assert found.outlines["A1"] == found.outlines["7"]
    assert len(found.outlines["A1"][0]) == 5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not JSON", "is not JSON"),
        ("[]", "is no GeoJSON FeatureCollection with areas in it"),
        ('{"type": "FeatureCollection", "features": []}', "with areas in it"),
    ],
)
def test_a_file_that_is_no_geojson_is_refused(tmp_path, text, says):
    path = tmp_path / "a.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        read_areas(path, "place", "code")
    with pytest.raises(ConfigError, match="There is no file of areas"):
        read_areas(tmp_path / "none.geojson", "place", "code")


def test_every_area_that_cannot_be_used_is_named_at_once(tmp_path):
    path = written(
        tmp_path / "a.geojson", feature("A1"), feature("A1"), feature(None), feature("A2", kind="Point"),
        feature("A3", [[530000, 180000]] * 4), feature("A4", SQUARE[:3]), feature("A5", SQUARE[:4]),
        feature("A6", [["x", 1], *SQUARE[1:]]), {"type": "Feature", "properties": None, "geometry": None},
    )  # fmt: skip
    with pytest.raises(ConfigError) as refused:
        read_areas(path, "place", "code")
    for words in (
        "A1: has more than one area", "area 3: has no property 'code'", "area 4: is neither a Polygon",
        "area 5: has a corner that is not in degrees; save it as", "area 6: has an outline of fewer than three corners",
        "area 7: has an outline that does not end where it begins", "area 8: has a corner that is no pair of numbers",
        "area 9: is neither a Polygon",
    ):  # fmt: skip
        assert words in str(refused.value)


def test_a_missing_area_and_an_unknown_code_are_both_named(file):
    found = read_areas(file, "practice", "code")
    check_areas(found, CODES, CODES)
    check_areas(found, CODES[:3], CODES)
    with pytest.raises(ConfigError, match=r"(?s)X1: has people and no area in areas.geojson.*P14: has an area and is no pr"):
        check_areas(found, [*CODES[:14], "X1"], [*CODES[:14], "X1"])


def test_the_map_is_drawn_from_its_table_and_every_area_can_be_reached(fitted, file):
    codes = dict(zip(CODES, CODES, strict=True))
    setting = replace(SETTING, areas=read_areas(file, "practice", "code"), codes=codes)
    made = _published(_with_small(fitted, 4), Choice("99.5%", "supply", 1e6), setting)
    part = next(part for part in made.parts if part.table.name == "map")
    shades = {name: shade for shade, name in re.findall(r'shade-(\w+)" data-name="(\w+)"', str(part.chart.svg))}
    share = dict(zip(part.table.column("Practice"), part.table.column("Share of need, %"), strict=True))
    assert set(shades) == set(CODES) == set(share)
    assert shades[CODES[SMALL]] == "none"
    assert f"{CODES[SMALL]}: withheld" in part.chart.svg
    known = [code for code in CODES if code != CODES[SMALL]]
    order = sorted(known, key=share.get)
    assert shades[order[0]] == "1"
    assert shades[order[-1]] == "5"
    assert [shades[code] for code in order] == sorted(shades[code] for code in order)
    assert all(f"{code}: Share of need, % {share[code]:.2f}" in part.chart.svg for code in known)


def test_corners_stand_where_the_middle_latitude_puts_them(fitted, file):
    setting = replace(SETTING, areas=read_areas(file, "practice", "code"), codes=dict(zip(CODES, CODES, strict=True)))
    made = _published(fitted, Choice("99.5%", "supply", 1e6), setting)
    svg = str(next(part for part in made.parts if part.table.name == "map").chart.svg)
    path = re.search(r'data-name="P00" d="M([^Z]+) Z"', svg)[1]
    x, y = np.array([[float(one) for one in pair.split(",")] for pair in path.split(" L")]).T
    assert np.ptp(x) / np.ptp(y) == pytest.approx(np.cos(np.radians(51.2)), rel=0.005)
    other = re.search(r'data-name="P01" d="M([\d.]+),', svg)[1]
    assert float(other) == pytest.approx(x.max(), abs=0.11)


def test_no_areas_no_map(fitted):
    made = _published(fitted, Choice("99.5%", "supply", 1e6))
    assert "map" not in {part.table.name for part in made.parts}
