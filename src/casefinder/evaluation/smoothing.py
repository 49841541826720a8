"""Smoothed observed risk as a function of predicted risk: loess as R fits it, or restricted cubic splines.

``Loess`` repeats R's ``loess(y ~ x, span = 0.75, degree = 2, family = "gaussian")`` with R's default
``surface = "interpolate"``: local quadratic fits with tricube weights at the vertices of a k-d tree, joined by cubic
blending with the fitted slopes. Sources: Cleveland and Grosse 1991 Stat Comput 1:47; R's documentation of ``loess.control``
(cell 0.2). It agrees with R to rounding.

``Spline`` is logistic regression on restricted cubic splines of the logit, with knots at Harrell's quantiles (Regression
Modeling Strategies, 2nd edition, section 2.4.6). Above 20,000 people it takes the place of loess (Austin and Steyerberg 2019
Stat Med 38:4051). ``StepMeans`` is for risks with too few distinct values for either.
"""

from functools import cached_property
from typing import Final, Literal, Protocol

import numpy as np

from casefinder.evaluation.inputs import FloatArray, IntArray, log_odds, probability
from casefinder.evaluation.intervals import normal_deviate
from casefinder.evaluation.logistic import LogisticFit, fit_logistic, refit_logistic

SPAN: Final = 0.75
CELL: Final = 0.2
MOST_FOR_LOESS: Final = 20_000
FEWEST_VALUES: Final = 4

HARRELL_QUANTILES: Final = {3: (0.1, 0.5, 0.9), 4: (0.05, 0.35, 0.65, 0.95), 5: (0.05, 0.275, 0.5, 0.725, 0.95)}

SmootherName = Literal["loess", "spline", "means"]


class Smoother(Protocol):
    """A curve of observed risk on predicted risk."""

    name: SmootherName

    def at(self, risk: FloatArray) -> FloatArray:
        """Return the smoothed observed risk; loess may pass 0 or 1."""

    def limits(self, risk: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
        """Return the pointwise interval, within 0 and 1."""

    def redrawn(self, counts: FloatArray) -> FloatArray:
        """Return the curve at every person's risk, refitted to resamples: (replicates, people), as ``counts`` is.

        ``counts`` says how often each person was drawn. Neighbourhoods, knots and places stay those of the sample.
        """


class Loess:
    """R's loess of an outcome on a risk, with prior weights as R's ``weights``."""

    name: SmootherName = "loess"

    def __init__(self, risk: FloatArray, outcome: FloatArray, weight: FloatArray, span: float = SPAN) -> None:
        self._order = np.argsort(risk, kind="stable")
        self._risk, self._outcome, self._weight = (array[self._order] for array in (risk, outcome, weight))
        self._neighbours = min(len(risk), int(len(risk) * span + 1e-5))
        self.vertices = kd_vertices(self._risk, int(len(risk) * span * CELL))
        self._operators = [self._local_fit(vertex) for vertex in self.vertices]
        fits = [(value @ self._outcome[rows], slope @ self._outcome[rows]) for rows, value, slope in self._operators]
        self.values, self.slopes = np.array(fits).T

    def at(self, risk: FloatArray) -> FloatArray:
        """Return the smoothed observed risk; a risk outside the fitted range takes the nearest end."""
        return self._joined(risk, self.values[None], self.slopes[None]).ravel()

    def redrawn(self, counts: FloatArray) -> FloatArray:
        """Return the curve at every person's risk in resamples, with the vertices and neighbourhoods of the sample."""
        drawn = counts[:, self._order]
        fits = [_refit(drawn[:, rows] @ terms, radius) for rows, radius, terms in self._moment_terms]
        curves = np.empty_like(drawn)
        curves[:, self._order] = self._joined(self._risk, *np.stack(fits, axis=-1))
        return curves

    def limits(self, risk: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
        """Return the normal interval, with the binomial variance c(p)(1 - c(p)) of each outcome that the fit uses."""
        fitted = np.clip(self.at(self._risk), 0, 1)
        spread = fitted * (1 - fitted)
        cell, basis = self._blend(risk)
        middle, reach = self.at(risk), np.empty(len(risk))
        for place, number in enumerate(cell):
            share = self._share_of_each(int(number), basis[:, place])
            reach[place] = normal_deviate(level) * np.sqrt(np.sum(share**2 * spread))
        return np.clip(middle - reach, 0, 1), np.clip(middle + reach, 0, 1)

    def _joined(self, risk: FloatArray, values: FloatArray, slopes: FloatArray) -> FloatArray:
        """Return the blend of (curves, vertices) values and slopes at each risk: (curves, risks)."""
        cell, basis = self._blend(risk)
        curves = basis[0] * values[:, cell] + basis[1] * values[:, cell + 1]
        return np.asarray(curves + basis[2] * slopes[:, cell] + basis[3] * slopes[:, cell + 1], dtype=np.float64)

    def _blend(self, risk: FloatArray) -> tuple[IntArray, FloatArray]:
        """Return the cell of each risk and the four cubic basis weights: two values, then two slopes."""
        inside = np.clip(risk, self.vertices[0], self.vertices[-1])
        cell = np.clip(np.searchsorted(self.vertices, inside, side="left") - 1, 0, len(self.vertices) - 2)
        width = self.vertices[cell + 1] - self.vertices[cell]
        along = (inside - self.vertices[cell]) / width
        back = 1 - along
        basis = [back**2 * (1 + 2 * along), along**2 * (3 - 2 * along), along * back**2 * width, -(along**2) * back * width]
        return cell.astype(np.int64), np.array(basis)

    def _local_fit(self, vertex: float) -> tuple[slice, FloatArray, FloatArray]:
        """Return the rows near a vertex, and each row's part in the fitted value and in the fitted slope there."""
        rows = self._nearest(vertex)
        distance, _, near = self._kernel(vertex, rows)
        root = np.sqrt(near)
        local = np.stack([root, root * distance, root * distance**2], axis=1)
        scale = np.sqrt((local**2).sum(axis=0))
        scale[scale == 0] = 1
        solved = np.linalg.pinv(local / scale, rcond=100 * np.finfo(float).eps) * root
        return rows, solved[0] / scale[0], solved[1] / scale[1]

    @cached_property
    def _moment_terms(self) -> list[tuple[slice, float, FloatArray]]:
        """For each vertex: its rows, its radius, and what each row adds to the moments of the local fit."""
        terms = []
        for vertex, (rows, _, _) in zip(self.vertices, self._operators, strict=True):
            distance, radius, near = self._kernel(vertex, rows)
            powers = (distance / radius)[:, None] ** np.arange(5)
            products = np.hstack([powers, powers[:, :3] * self._outcome[rows, None]])
            terms.append((rows, radius, near[:, None] * products))
        return terms

    def _kernel(self, vertex: float, rows: slice) -> tuple[FloatArray, float, FloatArray]:
        """Return the distances from a vertex, the farthest, and the tricube weights times the prior ones."""
        distance = self._risk[rows] - vertex
        radius = max(float(np.abs(distance).max()), np.finfo(float).tiny)
        near = self._weight[rows] * np.clip(1 - np.abs(distance / radius) ** 3, 0, None) ** 3
        return distance, radius, near if near.any() else self._weight[rows]

    def _nearest(self, vertex: float) -> slice:
        """Return the rows of the nearest neighbours, which stand together once sorted."""
        last_start = len(self._risk) - self._neighbours
        low, high = 0, last_start
        while low < high:
            middle = (low + high) // 2
            if vertex - self._risk[middle] > self._risk[middle + self._neighbours] - vertex:
                low = middle + 1
            else:
                high = middle
        return slice(low, low + self._neighbours)

    def _share_of_each(self, cell: int, basis: FloatArray) -> FloatArray:
        """Return each person's part in the curve at one place of a cell."""
        share = np.zeros(len(self._risk))
        for vertex, value_part, slope_part in ((cell, basis[0], basis[2]), (cell + 1, basis[1], basis[3])):
            rows, value, slope = self._operators[vertex]
            share[rows] += value_part * value + slope_part * slope
        return share


def _refit(moments: FloatArray, radius: float) -> FloatArray:
    """Return the fitted value and slope at a vertex from the moments of each resample: (2, resamples)."""
    squares = moments[:, np.add.outer(np.arange(3), np.arange(3))]
    solved = np.linalg.pinv(squares, rcond=1e-13, hermitian=True) @ moments[:, 5:, None]
    return np.stack([solved[:, 0, 0], solved[:, 1, 0] / radius])


def kd_vertices(ordered: FloatArray, most_in_cell: int) -> FloatArray:
    """Return the vertices of R's k-d tree in one dimension: the range, a little widened, and the points of each cut.

    A cell with more than ``most_in_cell`` points is cut at its middle point, or at the nearest point to it that differs from
    the next one up, so that ties stay together.
    """
    low, high = ordered[0], ordered[-1]
    margin = 0.005 * max(high - low, 1e-10 * max(abs(low), abs(high)) + 1e-30)
    found = {float(low - margin), float(high + margin)}
    cells = [(0, len(ordered) - 1, low - margin, high + margin)]
    while cells:
        first, last, left, right = cells.pop()
        if last - first + 1 <= most_in_cell:
            continue
        middle = _untied(ordered, first, last)
        cut = float(ordered[middle])
        if cut in (left, right):
            continue
        found.add(cut)
        cells += [(first, middle, left, cut), (middle + 1, last, cut, right)]
    return np.array(sorted(found))


def _untied(ordered: FloatArray, first: int, last: int) -> int:
    """Return the place to cut: the middle, or by turns one up and one down from it until two neighbours differ."""
    # R counts places from 1, which decides which of two middles is taken.
    middle = (first + last + 2) // 2 - 1
    offset = 0
    while first <= middle + offset < last:
        if ordered[middle + offset] != ordered[middle + offset + 1]:
            return middle + offset
        offset = -offset + 1 if offset <= 0 else -offset
    return middle


class Spline:
    """Logistic regression on restricted cubic splines of the logit of risk, with up to five Harrell knots."""

    name: SmootherName = "spline"

    def __init__(
        self, fit: LogisticFit, knots: FloatArray, columns: FloatArray, outcome: FloatArray, weight: FloatArray
    ) -> None:
        self._fit, self.knots = fit, knots
        self._columns, self._outcome, self._weight = columns, outcome, weight

    @classmethod
    def fitted(cls, risk: FloatArray, outcome: FloatArray, weight: FloatArray) -> "Spline | None":
        """Return the fit, or None where it has none (one outcome only, or separation)."""
        position = log_odds(risk)
        knots = harrell_knots(position)
        columns = spline_columns(position, knots)
        fit = fit_logistic(columns, outcome, weight, np.zeros(len(risk)), robust=bool(np.ptp(weight)))
        return None if fit is None else cls(fit, knots, columns, outcome, weight)

    def at(self, risk: FloatArray) -> FloatArray:
        """Return the smoothed observed risk."""
        return probability(spline_columns(log_odds(risk), self.knots) @ self._fit.coefficients)

    def limits(self, risk: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
        """Return the Wald interval made on the log odds."""
        columns = spline_columns(log_odds(risk), self.knots)
        middle = columns @ self._fit.coefficients
        reach = normal_deviate(level) * np.sqrt(np.einsum("ij,jk,ik->i", columns, self._fit.covariance, columns))
        return probability(middle - reach), probability(middle + reach)

    def redrawn(self, counts: FloatArray) -> FloatArray:
        """Return the curve at every person's risk in resamples, with the knots of the sample."""
        offset = np.zeros(len(self._columns))
        coefficients = refit_logistic(self._columns, self._outcome, counts * self._weight, offset, self._fit)
        return probability(coefficients @ self._columns.T)


def harrell_knots(position: FloatArray) -> FloatArray:
    """Return five knots at Harrell's quantiles; four, three or none where ties leave fewer distinct ones."""
    for count in (5, 4, 3):
        knots = np.unique(np.quantile(position, HARRELL_QUANTILES[count]))
        if len(knots) == count:
            return knots
    return np.empty(0)


def spline_columns(position: FloatArray, knots: FloatArray) -> FloatArray:
    """Return the intercept, the linear term and the restricted cubic terms (one fewer than knots, less one).

    The terms are Harrell's, divided by the square of the distance of the outer knots.
    """
    columns = [np.ones(len(position)), position]
    if len(knots):
        reach, width = (knots[-1] - knots[0]) ** 2, knots[-1] - knots[-2]
        cubes = [np.clip(position - knot, 0, None) ** 3 / reach for knot in knots]
        for knot, cube in zip(knots[:-2], cubes[:-2], strict=True):
            columns.append(cube - cubes[-2] * (knots[-1] - knot) / width + cubes[-1] * (knots[-2] - knot) / width)
    return np.stack(columns, axis=1)


class StepMeans:
    """The observed share at each distinct risk; between risks, that of the nearest below."""

    name: SmootherName = "means"

    def __init__(self, risk: FloatArray, outcome: FloatArray, weight: FloatArray) -> None:
        self._values, self._step = np.unique(risk, return_inverse=True)
        self._outcome, self._weight = outcome, weight
        self._total = np.bincount(self._step, weight)
        self._events = np.bincount(self._step, weight * outcome)
        self._squares = np.bincount(self._step, weight**2)

    def at(self, risk: FloatArray) -> FloatArray:
        """Return the observed share; NaN where nobody of positive weight has that risk."""
        with np.errstate(invalid="ignore"):
            return np.asarray((self._events / self._total)[self._place(risk)], dtype=np.float64)

    def limits(self, risk: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
        """Return Wilson's interval for each share, with the effective number of people."""
        with np.errstate(invalid="ignore", divide="ignore"):
            effective = (self._total**2 / self._squares)[self._place(risk)]
        return wilson_limits(self.at(risk), effective, level)

    def redrawn(self, counts: FloatArray) -> FloatArray:
        """Return the observed share at every person's risk in resamples; NaN where no one of that risk was drawn."""
        member = np.equal.outer(self._step, np.arange(len(self._values))).astype(np.float64)
        drawn = counts * self._weight
        with np.errstate(invalid="ignore"):
            shares = ((drawn * self._outcome) @ member) / (drawn @ member)
        return np.asarray(shares[:, self._step], dtype=np.float64)

    def _place(self, risk: FloatArray) -> IntArray:
        return np.clip(np.searchsorted(self._values, risk, side="right") - 1, 0, None).astype(np.int64)


def wilson_limits(share: FloatArray, people: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Return Wilson's interval for a share (Wilson 1927 J Am Stat Assoc 22:209)."""
    deviate = normal_deviate(level)
    centre = (share + deviate**2 / (2 * people)) / (1 + deviate**2 / people)
    reach = deviate * np.sqrt(share * (1 - share) / people + deviate**2 / (4 * people**2)) / (1 + deviate**2 / people)
    return np.clip(centre - reach, 0, 1), np.clip(centre + reach, 0, 1)


def smoother(outcome: FloatArray, risk: FloatArray, weight: FloatArray, name: SmootherName | None = None) -> Smoother:
    """Return the fitted curve: by default loess up to 20,000 people, a spline above, means below four distinct risks.

    A spline that has no maximum likelihood fit gives way to loess up to 20,000 people and to means above.

    Raises:
        ValueError: the name is none of loess, spline, means.
    """
    wanted = name or default_smoother(risk)
    if wanted == "spline":
        spline = Spline.fitted(risk, outcome, weight)
        if spline is not None:
            return spline
        wanted = "loess" if len(risk) <= MOST_FOR_LOESS else "means"
    if wanted == "loess":
        return Loess(risk, outcome, weight) if len(np.unique(risk)) >= FEWEST_VALUES else StepMeans(risk, outcome, weight)
    if wanted == "means":
        return StepMeans(risk, outcome, weight)
    raise ValueError(f"smoother must be loess, spline or means; got {name}")


def default_smoother(risk: FloatArray) -> SmootherName:
    """Return the name of the smoother for these risks."""
    if len(np.unique(risk)) < FEWEST_VALUES:
        return "means"
    return "loess" if len(risk) <= MOST_FOR_LOESS else "spline"
