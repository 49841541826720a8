"""Penalised logistic regression on the same features: the yardstick, and a model that can be served in its own right.

Counts, days and amounts enter as sign(x) log(1 + |x|), standardised; age also as a restricted cubic spline with four knots;
an unknown value as its mean with a flag of its own; categories as one column each. The strength of the ridge penalty is
chosen on the stop rows. The fitted model is plain JSON.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from casefinder.evaluation.smoothing import spline_columns
from casefinder.modelling.stored_rows import FeatureRows, Rows, batches


@dataclass(frozen=True)
class Term:
    """One column made from one feature: ``kind`` is log, spline, unknown or category; ``detail`` its place or category."""

    feature: str
    kind: str
    detail: int
    centre: float
    spread: float
    coefficient: float


@dataclass(frozen=True)
class Logistic:
    """A fitted model: terms, intercept, and the knots of the spline."""

    names: tuple[str, ...]
    terms: tuple[Term, ...]
    intercept: float
    knots: tuple[float, ...]
    strength: float

    def raw_scores(self, features: FeatureRows) -> np.ndarray:
        """Return log-odds. Columns must stand in the contract's order."""
        return np.concatenate([self.contributions(rows).sum(axis=1) for rows in batches(features)])

    def contributions(self, features: np.ndarray) -> np.ndarray:
        """Return what each feature adds to the log-odds, and the intercept in the last column."""
        place = {name: number for number, name in enumerate(self.names)}
        found = np.zeros((len(features), len(self.names) + 1))
        for term in self.terms:
            column = place[term.feature]
            value = raw_term(features[:, column].astype(np.float64), term.kind, term.detail, np.array(self.knots))
            found[:, column] += term.coefficient * np.nan_to_num((value - term.centre) / term.spread, nan=0.0)
        found[:, -1] = self.intercept
        return found

    def text(self) -> str:
        """Return the model as JSON."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"

    @classmethod
    def read(cls, text: str) -> "Logistic":
        """Return the model written by ``text``."""
        content = json.loads(text)
        terms = tuple(Term(**one) for one in content.pop("terms"))
        content["names"], content["knots"] = tuple(content["names"]), tuple(content["knots"])
        return cls(terms=terms, **content)


def raw_term(values: np.ndarray, kind: str, detail: int, knots: np.ndarray) -> np.ndarray:
    """Return the column of a term before it is standardised; NaN where the feature is unknown (but for its flag)."""
    match kind:
        case "log":
            return np.sign(values) * np.log1p(np.abs(values))
        case "spline":
            return spline_columns(values, knots)[:, detail]
        case "unknown":
            return np.isnan(values).astype(np.float64)
        case _:
            return np.where(np.isnan(values), np.nan, values == detail).astype(np.float64)


def fit_logistic_model(
    fit: Rows,
    stop: Rows,
    names: tuple[str, ...],
    categories: Mapping[str, Sequence[str]],
    strengths: Sequence[float],
) -> Logistic:
    """Fit ridge logistic regression to (features, outcome, weight), choosing the penalty on the stop rows.

    The rows fitted on are read into memory; those to stop on are gone through a few at a time.

    Arithmetic is held to one thread: shared among several, sums of 32-bit numbers come out differently from machine to
    machine, and the same rows would not give the same coefficients.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from threadpoolctl import threadpool_limits

    features = fit[0][:]
    ages = features[:, names.index("age")] if "age" in names else np.arange(100.0)
    knots = np.quantile(ages[~np.isnan(ages)], [0.05, 0.35, 0.65, 0.95])
    bare, columns = _columns(features, names, categories, knots)
    del features
    best: tuple[float, Logistic] | None = None
    for strength in strengths:
        model = LogisticRegression(C=strength, max_iter=300, tol=1e-5)
        with threadpool_limits(1):
            model.fit(columns, fit[1], sample_weight=fit[2])
        terms = tuple(
            Term(one.feature, one.kind, one.detail, one.centre, one.spread, float(weight))
            for one, weight in zip(bare, model.coef_[0], strict=True)
        )
        found = Logistic(names, terms, float(model.intercept_[0]), tuple(map(float, knots)), strength)
        score = found.raw_scores(stop[0])
        loss = log_loss(stop[1], 1 / (1 + np.exp(-score)), sample_weight=stop[2], labels=[0, 1])
        if best is None or loss < best[0]:
            best = (loss, found)
    assert best is not None
    return best[1]


def _columns(
    features: np.ndarray, names: tuple[str, ...], categories: Mapping[str, Sequence[str]], knots: np.ndarray
) -> tuple[list[Term], np.ndarray]:
    """Return the standardised columns of the fit rows and the terms that make them, without coefficients."""
    terms: list[Term] = []
    columns: list[np.ndarray] = []
    for place, name in enumerate(names):
        values = features[:, place].astype(np.float64)
        for kind, detail in _kinds(name, values, categories):
            raw = raw_term(values, kind, detail, knots)
            known = raw[~np.isnan(raw)]
            centre, spread = (float(known.mean()), float(known.std())) if len(known) else (0.0, 0.0)
            if spread < 1e-9:
                continue
            terms.append(Term(name, kind, detail, centre, spread, 0.0))
            columns.append(np.nan_to_num((raw - centre) / spread, nan=0.0).astype(np.float32))
    return terms, np.stack(columns, axis=1)


def _kinds(name: str, values: np.ndarray, categories: Mapping[str, Sequence[str]]) -> list[tuple[str, int]]:
    """Return the terms that a feature is made into."""
    if name in categories:
        found = [("category", place) for place in range(len(categories[name]))]
    elif name == "age":
        found = [("spline", place) for place in (1, 2, 3)]
    else:
        found = [("log", 0)]
    return [*found, ("unknown", 0)] if np.isnan(values).any() else found
