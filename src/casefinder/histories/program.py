"""Measures compiled to the integer tables that the kernel interprets."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.codelists import CodeList, CodeLists
from casefinder.definitions import measures as m
from casefinder.histories import kernel as k

_INT: Final = np.int32

_SLOTS: Final[dict[int, tuple[float, ...]]] = {
    k.COUNT: (0.0,),
    k.COUNT_DAYS: (0.0, np.nan),
    k.DISTINCT: (0.0,),
    k.SUM_VALUE: (0.0,),
    k.SUM_COST: (0.0,),
    k.DATE_LATEST: (np.nan,),
    k.DATE_FIRST: (np.nan,),
    k.DATE_END: (np.nan,),
    k.LATEST: (np.nan,),
    k.HIGHEST: (np.nan,),
    k.CHANGE: (np.nan, np.nan, np.nan, np.nan),
    k.WEIGHED: (0.0,),
    k.DAYS_WITHIN: (0.0, np.nan),
    k.LONGEST: (np.nan,),
    k.INSIDE: (0.0,),
    k.RETURNS: (0.0, np.nan),
    k.CATEGORY: (np.nan,),
    k.DAYS_UNTIL: (np.nan,),
}
"""State slots of each operation, with the values they start from."""


@dataclass(frozen=True)
class Program:
    """Measures ready to run on blocks that share one list of concepts."""

    names: tuple[str, ...]
    operations: k.Operations


def operation(measure: m.Measure) -> tuple[int, int]:
    """Return the operation of a measure and how its slots become a column."""
    match measure:
        case m.DaysSince(which=which):
            return {"latest": k.DATE_LATEST, "first": k.DATE_FIRST, "end": k.DATE_END}[which], k.SINCE
        case m.Total(what=what):
            return (k.SUM_COST if what == "cost" else k.SUM_VALUE), k.COPY
        case m.Change():
            return k.CHANGE, k.DIFFERENCE
        case m.AgeYears():
            return k.LATEST, k.AGE
        case _:
            return _PLAIN[type(measure)], k.COPY


_PLAIN: Final[dict[type, int]] = {
    m.Count: k.COUNT,
    m.CountDays: k.COUNT_DAYS,
    m.Distinct: k.DISTINCT,
    m.Latest: k.LATEST,
    m.Highest: k.HIGHEST,
    m.Weighed: k.WEIGHED,
    m.DaysWithin: k.DAYS_WITHIN,
    m.Longest: k.LONGEST,
    m.Inside: k.INSIDE,
    m.Returns: k.RETURNS,
    m.Category: k.CATEGORY,
    m.DaysUntil: k.DAYS_UNTIL,
}


class Concepts:
    """The distinct kinds of row of a record: what a concept number stands for.

    ``table`` has one row a concept, in the order of their numbers: ``row_kind``, ``kind``, ``code_system``, ``code``,
    ``position``, ``method``.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        self._of_kind = {kind: numbers for kind, numbers in table.groupby("kind", sort=False).indices.items()}
        self._chosen: dict[tuple[m.Select, int], tuple[CodeLists, np.ndarray]] = {}

    def __len__(self) -> int:
        return len(self.table)

    def chosen(self, of: m.Select, codelists: CodeLists) -> np.ndarray:
        """Return the numbers of the concepts that a selection covers, in order; many measures share one, so it is kept."""
        key = (of, id(codelists))
        if key not in self._chosen:
            self._chosen[key] = (codelists, self._covered_by(of, codelists))
        return self._chosen[key][1]

    def _covered_by(self, of: m.Select, codelists: CodeLists) -> np.ndarray:
        found = [self._of_kind[kind] for kind in of.kinds if kind in self._of_kind]
        numbers = np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
        part = self.table.iloc[numbers]
        keep = np.ones(len(part), dtype=bool)
        if of.codes:
            keep &= covered(part, codelists[of.codes])
        if of.prefixes:
            keep &= part["code"].str.startswith(of.prefixes).to_numpy(dtype=bool)
        if of.methods:
            keep &= part["method"].isin(of.methods).to_numpy()
        if of.positions:
            keep &= part["position"].isin(of.positions).to_numpy()
        return numbers[keep]


def covered(part: pd.DataFrame, codelist: CodeList) -> np.ndarray:
    """Say for each concept whether the code list covers its code in its system."""
    return np.array([bool(groups) for groups in groups_of(part, codelist)], dtype=bool)


def groups_of(part: pd.DataFrame, codelist: CodeList) -> list[tuple[str, ...]]:
    """Return for each concept every group of the code list that covers it, in the order of the list."""
    exact: dict[tuple[str, str], list[str]] = {}
    prefixes: dict[int, dict[tuple[str, str], list[str]]] = {}
    for line in codelist.codes:
        held = prefixes.setdefault(len(line.code), {}) if line.prefix else exact
        held.setdefault((line.system, line.code), []).append(line.group)
    order = {group: place for place, group in enumerate(codelist.groups)}
    found = []
    for system, code in zip(part["code_system"], part["code"], strict=True):
        groups = set(exact.get((system, code), ()))
        for length, held in prefixes.items():
            groups.update(held.get((system, code[:length]), ()))
        found.append(tuple(sorted(groups, key=order.__getitem__)))
    return found


@dataclass(frozen=True)
class _Keyed:
    """One operation of a measure: the concepts that it looks at and, where it tells codes apart, the key of each."""

    numbers: np.ndarray
    keys: np.ndarray | None = None
    weights: np.ndarray | None = None


def _operations(measure: m.Measure, numbers: np.ndarray, concepts: Concepts, codelists: CodeLists) -> list[_Keyed]:
    """Return the operations of a measure: one, or as many as a code has groups where each group counts once."""
    part = concepts.table.iloc[numbers]
    match measure:
        case m.Distinct(length=length):
            texts = part["code"].str.slice(0, length) if length else part["code"]
            keys, names = pd.factorize(texts)
            return [_Keyed(numbers, keys, np.ones(len(names)))]
        case m.Weighed(of=of):
            return _weighed(numbers, part, codelists[of.codes])
        case m.Category(categories=categories, of=of) if categories:
            listed = codelists[of.codes] if of.codes else None
            return [_Keyed(numbers, _category_numbers(part, categories, listed), np.ones(0))]
        case m.Category():
            return [_Keyed(numbers, numbers, np.ones(0))]
        case _:
            return [_Keyed(numbers)]


def _weighed(numbers: np.ndarray, part: pd.DataFrame, codelist: CodeList) -> list[_Keyed]:
    """Return one operation for the first group of each code, another for the second, and so on; all share their keys."""
    place = {group: number for number, group in enumerate(codelist.groups)}
    by_group = {code.group: code.weight for code in codelist.codes}
    weights = np.array([by_group[group] for group in place], dtype=float)
    groups = groups_of(part, codelist)
    layers = []
    for layer in range(max((len(one) for one in groups), default=1)):
        deep = np.array([len(one) > layer for one in groups], dtype=bool)
        keys = np.array([place[one[layer]] for one in groups if len(one) > layer], dtype=np.int64)
        layers.append(_Keyed(numbers[deep], keys, weights))
    return layers


def _category_numbers(part: pd.DataFrame, categories: Mapping[str, Sequence[str]], codelist: CodeList | None) -> np.ndarray:
    """Return the number of the category that each concept's code stands for, -1 for none.

    With a code list the categories are its groups.
    """
    if codelist is not None:
        place = {name: number for number, name in enumerate(categories)}
        return np.array([place.get(groups[0], -1) if groups else -1 for groups in groups_of(part, codelist)], dtype=np.int64)
    number = {code: place for place, codes in enumerate(categories.values()) for code in codes}
    return np.array([number.get(code, -1) for code in part["code"]], dtype=np.int64)


def compile_measures(measures: Mapping[str, m.Measure], concepts: Concepts, codelists: CodeLists) -> Program:
    """Compile named measures for blocks that share ``concepts``.

    Raises:
        ValueError: lookbacks and horizons are mixed; one program looks one way.
        KeyError: a measure names a code list that is not there.
    """
    ways = {measure.over.is_lookback for measure in measures.values()}
    if len(ways) > 1:
        raise ValueError("a program looks back or forward, not both")
    table = [_line(measure) for measure in measures.values()]
    slots = [_SLOTS[line["code"]] for line in table]
    slot = np.concatenate([[0], np.cumsum([len(one) for one in slots])[:-1]]).astype(_INT) if slots else np.empty(0, _INT)
    keyed = [_operations(one, concepts.chosen(one.of, codelists), concepts, codelists) for one in measures.values()]
    owner = np.array([place for place, layers in enumerate(keyed) for _layer in layers], dtype=np.int64)
    keys = _key_table(keyed, len(concepts))
    chosen = [layer.numbers for layers in keyed for layer in layers]
    signature, first, order = _signatures(chosen, len(concepts))
    of = owner[order]
    return Program(
        names=tuple(measures),
        operations=k.Operations(
            as_known=ways != {False},
            signature=signature,
            reach=_reach(_column(table, "code")[of], _column(table, "start")[of], first),
            is_stay=(concepts.table["row_kind"] == k.STAY).to_numpy(dtype=bool),
            first=first,
            code=_column(table, "code")[of],
            slot=slot[of],
            window_start=_column(table, "start")[of],
            window_end=_column(table, "end")[of],
            parameter=_column(table, "parameter")[of],
            key_row=keys["row"][order],
            keys=keys["keys"],
            key_weights=keys["weights"],
            stamp_base=keys["base"][order],
            stamps=len(keys["weights"]),
            initial=np.array([value for one in slots for value in one], dtype=float),
            column_way=_column(table, "way"),
            column_slot=slot,
        ),
    )


def _line(measure: m.Measure) -> dict[str, int]:
    """Return the plain numbers of a measure."""
    code, way = operation(measure)
    parameter = int(getattr(measure, "min_nights", 0) or getattr(measure, "within", 0) or getattr(measure, "inside", False))
    return {"code": code, "way": way, "start": measure.over.start, "end": measure.over.end, "parameter": parameter}


def _column(table: list[dict[str, int]], name: str) -> np.ndarray:
    """Return one number of every line."""
    return np.array([line[name] for line in table], dtype=_INT)


def _reach(code: np.ndarray, start: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return for each signature the earliest day on which any of its operations looks."""
    begins = np.where(np.isin(code, k.OUTSIDE_TOO), np.iinfo(_INT).min, start).astype(np.int64)
    return np.array([begins[a:b].min(initial=0) for a, b in itertools.pairwise(first)], dtype=np.int64)


def _key_table(keyed: list[list[_Keyed]], concepts: int) -> dict[str, Any]:
    """Return the key of every concept under every operation that tells codes apart, and where its stamps lie."""
    rows: list[np.ndarray] = []
    row, base = [], []
    weights: list[np.ndarray] = [np.zeros(0)]
    for layers in keyed:
        start = sum(len(one) for one in weights)
        for layer in layers:
            row.append(len(rows) if layer.keys is not None else -1)
            base.append(start)
            if layer.keys is not None:
                keys = np.full(concepts, -1, dtype=_INT)
                keys[layer.numbers] = layer.keys
                rows.append(keys)
        if layers[0].weights is not None:
            weights.append(layers[0].weights)
    return {
        "row": np.array(row, dtype=_INT),
        "base": np.array(base, dtype=_INT),
        "keys": np.stack(rows) if rows else np.zeros((1, max(1, concepts)), dtype=_INT),
        "weights": np.concatenate([*weights, np.zeros(1)]),
    }


def _signatures(chosen: list[np.ndarray], concepts: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Group concepts that the same operations look at.

    Returns:
        the signature of each concept; where each signature's operations begin; the operations, signature by signature.
    """
    looks = np.zeros((len(chosen), max(1, concepts)), dtype=bool)
    for place, numbers in enumerate(chosen):
        looks[place, numbers] = True
    packed = np.ascontiguousarray(np.packbits(looks, axis=0).T)
    _, example, signature = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    lists = [np.flatnonzero(looks[:, concept]) for concept in example]
    first = np.concatenate([[0], np.cumsum([len(one) for one in lists])])
    order = np.concatenate(lists) if lists else np.empty(0, dtype=int)
    return signature.reshape(-1).astype(_INT), first.astype(_INT), order.astype(np.int64)
