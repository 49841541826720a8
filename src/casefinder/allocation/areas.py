"""Areas that a site supplies to draw maps of need on: a GeoJSON file (RFC 7946), checked before anything is drawn."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from casefinder.errors import ConfigError, Problem

_NAMED: Final = 5
_CORNERS: Final = 4
"""Positions of the smallest ring: a triangle, whose first stands again at the end."""

Ring = tuple[tuple[float, float], ...]
"""Longitude and latitude of the corners of one outline, in degrees."""


@dataclass(frozen=True)
class Areas:
    """Outlines by the code of what each area belongs to; ``of`` says what that is: practice, cluster or place."""

    file: Path
    of: str
    outlines: Mapping[str, tuple[Ring, ...]]


def read_areas(path: Path, of: str, code: str) -> Areas:
    """Read areas from a GeoJSON file.

    Args:
        path: of the file: a FeatureCollection of Polygons and MultiPolygons, in degrees.
        of: what an area belongs to: practice, cluster or place.
        code: the property that names it.

    Raises:
        ConfigError: listing every area that cannot be used.
    """
    features = _features(path)
    outlines: dict[str, tuple[Ring, ...]] = {}
    problems = []
    for number, feature in enumerate(features, start=1):
        where = f"area {number}"
        name = _name(feature, code)
        try:
            rings = tuple(_rings(feature))
        except _NotAnArea as problem:
            problems.append(Problem(where, str(problem)))
            continue
        if name is None:
            problems.append(Problem(where, f"has no property '{code}' with a code"))
        elif name in outlines:
            problems.append(Problem(name, "has more than one area; join them into one MultiPolygon"))
        else:
            outlines[name] = rings
    _raise(path, problems)
    return Areas(path, of, outlines)


class _NotAnArea(ValueError):
    """What is wrong with a feature."""


def _features(path: Path) -> Sequence[Any]:
    remedy = "Write it as GeoJSON in degrees (WGS 84), or take 'areas' out of the site file."
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError:
        raise ConfigError(f"There is no file of areas at {path}.", remedy=remedy) from None
    except ValueError:
        raise ConfigError(f"{path} is not JSON, and so no GeoJSON.", remedy=remedy) from None
    features = found.get("features") if isinstance(found, dict) and found.get("type") == "FeatureCollection" else None
    if not isinstance(features, list) or not features:
        raise ConfigError(f"{path} is no GeoJSON FeatureCollection with areas in it.", remedy=remedy)
    return features


def _name(feature: Any, code: str) -> str | None:
    own = feature.get("properties") if isinstance(feature, dict) else None
    value = own.get(code) if isinstance(own, dict) else None
    return str(value).strip() or None if isinstance(value, str | int) else None


def _rings(feature: Any) -> Iterator[Ring]:
    """Yield the outlines of a feature, holes among them."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    kind, places = (geometry.get("type"), geometry.get("coordinates")) if isinstance(geometry, dict) else (None, None)
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(places, list) or not places:
        raise _NotAnArea("is neither a Polygon nor a MultiPolygon with coordinates")
    for polygon in places if kind == "MultiPolygon" else [places]:
        if not isinstance(polygon, list) or not polygon:
            raise _NotAnArea("holds a polygon without coordinates")
        yield from map(_ring, polygon)


def _ring(corners: Any) -> Ring:
    if not isinstance(corners, list) or len(corners) < _CORNERS:
        raise _NotAnArea("has an outline of fewer than three corners")
    found = tuple(_corner(one) for one in corners)
    if found[0] != found[-1]:
        raise _NotAnArea("has an outline that does not end where it begins")
    return found


def _corner(corner: Any) -> tuple[float, float]:
    good = isinstance(corner, list) and len(corner) >= 2 and all(
        isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) for one in corner[:2]
    )  # fmt: skip
    if not good:
        raise _NotAnArea("has a corner that is no pair of numbers")
    across, up = float(corner[0]), float(corner[1])
    if abs(across) > 180 or abs(up) > 90:
        raise _NotAnArea("has a corner that is not in degrees; save it as WGS 84, not as eastings and northings")
    return across, up


def check_areas(areas: Areas, wanted: Sequence[str], known: Sequence[str]) -> None:
    """Raise where the areas and what has a share do not fit each other.

    Args:
        areas: as read.
        wanted: codes of all that have people, and so a share.
        known: every code of the record, those without people too.

    Raises:
        ConfigError: something with a share has no area, or an area belongs to nothing that is known.
    """
    lacking, strange = set(wanted) - set(areas.outlines), set(areas.outlines) - set(known)
    problems = [Problem(_listed(lacking), f"has people and no area in {areas.file.name}")] if lacking else []
    problems += [Problem(_listed(strange), f"has an area and is no {areas.of} of this record")] if strange else []
    _raise(areas.file, problems)


def _listed(codes: set[str]) -> str:
    some = sorted(codes)
    return ", ".join(some[:_NAMED]) + (f" and {len(some) - _NAMED} more" if len(some) > _NAMED else "")


def _raise(path: Path, problems: Sequence[Problem]) -> None:
    if problems:
        remedy = "Give every area one code of the record, and everything that has people one area."
        raise ConfigError(f"{path} cannot be drawn as a map:", problems, remedy)
