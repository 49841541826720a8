"""A map of areas shaded by a figure of a disclosed table: where outlines, names and the key stand, for a template to draw.

Degrees become places on paper by the equirectangular projection, true at the middle latitude: right for areas of the size of
a district or a country, not for a continent.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from markupsafe import Markup

from casefinder.allocation.areas import Ring
from casefinder.disclosure import WITHHELD, Cell
from casefinder.reports.published import Chart
from casefinder.reports.styles import environment

_WIDE, _HIGH, _EDGE, _KEY = 860, 620, 14, 190
_LOWEST: Final = 240
"""The key needs so much."""
SHADES: Final = 5
"""Steps from the least to the greatest figure, equally wide."""


def map_chart(
    outlines: Mapping[str, Sequence[Ring]], shown: Mapping[str, tuple[str, Cell]], title: str, unit: str, decimals: int
) -> Chart:
    """Return the map.

    Args:
        outlines: of each area, by its code.
        shown: name and figure of each area that has one, by its code; the figure as the table shows it.
        title: of the map.
        unit: what the figure is.
        decimals: of the figure.
    """
    figures = [float(cell) for _, cell in shown.values() if isinstance(cell, int | float)]
    ends = _steps(figures)
    place = _Projection([corner for rings in outlines.values() for ring in rings for corner in ring])
    areas = [
        _area(code, rings, shown, ends, place, (unit, decimals))
        for code, rings in sorted(outlines.items(), key=lambda one: shown.get(one[0], (one[0],))[0])
    ]
    about = (
        f"{title}: the darker, the more, in {len(ends) - 1} equal steps from the figures of the table. Hatched areas are "
        "withheld or have no share. A share of need grows with the number of people: need a head stands in the table."
    )
    svg = environment().get_template("map.svg.j2").render(
        width=_WIDE, height=max(place.high, _LOWEST), title=title, unit=unit, areas=areas, key=_key(ends, decimals, areas),
        key_x=_WIDE - _KEY + 20,
    )  # fmt: skip
    return Chart(title, about, Markup(svg))


def _steps(figures: Sequence[float]) -> list[float]:
    """Return the ends of the steps; one step where all are the same.

    >>> _steps([1.0, 6.0])
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    """
    if not figures:
        return [0.0]
    least, most = min(figures), max(figures)
    if least == most:
        return [least, most]
    return [least + (most - least) * step / SHADES for step in range(SHADES + 1)]


class _Projection:
    """Places on paper of corners in degrees."""

    def __init__(self, corners: Sequence[tuple[float, float]]) -> None:
        across, up = zip(*corners, strict=True)
        self.true = math.cos(math.radians((min(up) + max(up)) / 2))
        self.left, self.top = min(across) * self.true, max(up)
        wide = max((max(across) - min(across)) * self.true, 1e-9)
        high = max(max(up) - min(up), 1e-9)
        self.scale = min((_WIDE - _KEY - 2 * _EDGE) / wide, (_HIGH - 2 * _EDGE) / high)
        self.high = round(high * self.scale + 2 * _EDGE)

    def __call__(self, corner: tuple[float, float]) -> str:
        across, up = corner
        x = _EDGE + (across * self.true - self.left) * self.scale
        return f"{x:.1f},{_EDGE + (self.top - up) * self.scale:.1f}"


def _area(
    code: str, rings: Sequence[Ring], shown: Mapping[str, tuple[str, Cell]], ends: Sequence[float], place: _Projection,
    told: tuple[str, int],
) -> dict[str, Any]:  # fmt: skip
    name, figure = shown.get(code, (code, None))
    unit, decimals = told
    if isinstance(figure, int | float):
        words, shade = f"{unit} {figure:,.{decimals}f}", str(_shade(float(figure), ends))
    else:
        words, shade = ("withheld" if figure == WITHHELD else "no share"), "none"
    return {"name": name, "words": words, "shade": shade, "path": " ".join(_outline(ring, place) for ring in rings)}


def _shade(figure: float, ends: Sequence[float]) -> int:
    return max(1, sum(figure > end for end in ends[:-1]))


def _outline(ring: Ring, place: _Projection) -> str:
    """Return an outline as a path; corners that fall on the same place are drawn once."""
    corners = [place(corner) for corner in ring[:-1]]
    kept = [one for number, one in enumerate(corners) if not number or one != corners[number - 1]]
    return f"M{' L'.join(kept)} Z"


def _key(ends: Sequence[float], decimals: int, areas: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    lines = [
        {"shade": str(number), "words": f"{low:,.{decimals}f} to {high:,.{decimals}f}"}
        for number, (low, high) in enumerate(pairwise(ends), start=1)
    ]
    hatched = [{"shade": "none", "words": "withheld or no share"}] if any(one["shade"] == "none" for one in areas) else []
    return [{**one, "y": 60 + 26 * number} for number, one in enumerate([*reversed(lines), *hatched])]
