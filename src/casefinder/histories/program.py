"""Measures compiled to the integer tables that the kernel interprets."""

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

    def __len__(self) -> int:
        return len(self.table)

    def chosen(self, of: m.Select, codelists: CodeLists) -> np.ndarray:
        """Return the numbers of the concepts that a selection covers, in order."""
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
    return pd.notna(first_group(part, codelist))


def first_group(part: pd.DataFrame, codelist: CodeList) -> np.ndarray:
    """Return for each concept the group of the code list that covers it, or None. The longest matching code wins."""
    system, code = part["code_system"].astype(object), part["code"].astype(object)
    group = np.full(len(part), None, dtype=object)
    lines = [(one.prefix, len(one.code) if one.prefix else 0, one) for one in codelist.codes]
    for prefix, length in sorted({(prefix, length) for prefix, length, _ in lines}, key=lambda pair: (not pair[0], pair[1])):
        known = {(one.system, one.code): one.group for is_prefix, n, one in lines if (is_prefix, n) == (prefix, length)}
        cut = code.str.slice(0, length) if prefix else code
        hits = [known.get(pair) for pair in zip(system, cut, strict=True)]
        group = np.where([hit is not None for hit in hits], np.array(hits, dtype=object), group)
    return group


@dataclass
class _Keys:
    """Keys of the operations that tell codes apart: a row of the key table, and how many keys it has."""

    rows: list[np.ndarray]
    counts: list[int]
    weights: list[np.ndarray]


def _keys_of(
    measure: m.Measure, numbers: np.ndarray, concepts: Concepts, codelists: CodeLists
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return, for a measure that tells codes apart, a key for each chosen concept and the weight of each key."""
    part = concepts.table.iloc[numbers]
    match measure:
        case m.Distinct(length=length):
            texts = part["code"].str.slice(0, length) if length else part["code"]
            keys, names = pd.factorize(texts)
            return keys, np.ones(len(names))
        case m.Weighed(of=of):
            codelist = codelists[of.codes]
            weights = {code.group: code.weight for code in codelist.codes}
            keys, names = pd.factorize(pd.Series(first_group(part, codelist), dtype=object))
            return keys, np.array([weights[name] for name in names], dtype=float)
        case m.Category(categories=categories, of=of) if categories:
            return _category_numbers(part, categories, codelists[of.codes] if of.codes else None), np.ones(0)
        case m.Category():
            return numbers, np.ones(0)
        case _:
            return None


def _category_numbers(part: pd.DataFrame, categories: Mapping[str, Sequence[str]], codelist: CodeList | None) -> np.ndarray:
    """Return the number of the category that each concept's code stands for, -1 for none.

    With a code list the categories are its groups.
    """
    if codelist is not None:
        place = {name: number for number, name in enumerate(categories)}
        return np.array([place.get(name, -1) for name in first_group(part, codelist)], dtype=np.int64)
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
    chosen = [concepts.chosen(measure.of, codelists) for measure in measures.values()]
    table = [_line(measure) for measure in measures.values()]
    keys = _key_table(list(measures.values()), chosen, concepts, codelists)
    signature, first, order = _signatures(chosen, len(concepts))
    slots = [_SLOTS[line["code"]] for line in table]
    slot = np.concatenate([[0], np.cumsum([len(one) for one in slots])[:-1]]) if slots else np.empty(0)
    return Program(
        names=tuple(measures),
        operations=k.Operations(
            as_known=ways != {False},
            signature=signature,
            is_stay=(concepts.table["row_kind"] == k.STAY).to_numpy(dtype=bool),
            first=first,
            code=_column(table, "code")[order],
            slot=slot.astype(_INT)[order],
            window_start=_column(table, "start")[order],
            window_end=_column(table, "end")[order],
            parameter=_column(table, "parameter")[order],
            key_row=keys["row"][order],
            keys=keys["keys"],
            key_weights=keys["weights"],
            stamp_base=keys["base"][order],
            stamps=len(keys["weights"]),
            initial=np.array([value for one in slots for value in one], dtype=float),
            column_way=_column(table, "way"),
            column_slot=slot.astype(_INT),
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


def _key_table(
    measures: list[m.Measure], chosen: list[np.ndarray], concepts: Concepts, codelists: CodeLists
) -> dict[str, Any]:
    """Return the key of every concept under every operation that tells codes apart, and where its stamps lie."""
    rows: list[np.ndarray] = []
    row = np.full(len(measures), -1, dtype=_INT)
    base = np.zeros(len(measures), dtype=_INT)
    weights: list[np.ndarray] = []
    for place, (measure, numbers) in enumerate(zip(measures, chosen, strict=True)):
        found = _keys_of(measure, numbers, concepts, codelists)
        if found is None:
            continue
        keys = np.full(len(concepts), -1, dtype=_INT)
        keys[numbers] = found[0]
        row[place], base[place] = len(rows), sum(len(one) for one in weights)
        rows.append(keys)
        weights.append(found[1])
    return {
        "row": row,
        "base": base,
        "keys": np.stack(rows) if rows else np.zeros((1, max(1, len(concepts))), dtype=_INT),
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
