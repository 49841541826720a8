"""The forty measures by polars, from the rows of a block: lazy, one grouping for each selection, all run together."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.questions import Asked, Question, by_selection
from casefinder.dates import NEVER
from casefinder.definitions import measures as m

_PERSON, _START, _END, _VALUE, _CONCEPT = (pl.col(name) for name in ("person", "start", "end", "value", "concept"))


def measured(path: Path, people: int, asked: Asked) -> np.ndarray:
    """Return the forty measures of everyone of a block: (people, 40).

    Args:
        path: the rows of the block.
        people: how many people the block holds.
        asked: the questions.
    """
    t0 = asked.day
    used = np.flatnonzero(asked.used)
    rows = pl.scan_parquet(path).filter(_CONCEPT.is_in(_numbers(used)))
    open_ended = _CONCEPT.is_in(_numbers(np.flatnonzero(asked.is_stay))) & (pl.col("end_known") >= t0)
    known = rows.filter((t0 > _START) & (pl.col("known") < t0) & (pl.col("superseded") >= t0))
    known = known.with_columns(end=pl.when(open_ended).then(NEVER).otherwise(_END)).collect().lazy()
    happened = rows.filter((pl.col("superseded") == NEVER) & (t0 <= _START)).collect().lazy()
    wanted = [
        frame
        for table, questions, as_known in ((known, asked.back, True), (happened, asked.ahead, False))
        for together in by_selection(questions)
        for frame in _answers(table, together, asked, as_known)
    ]
    out = np.tile(asked.empty, (people, 1))
    place = {name: number for number, name in enumerate(asked.names)}
    for frame in pl.collect_all(wanted):
        person = frame["person"].to_numpy()
        for column in frame.drop("person"):
            there = column.is_not_null().to_numpy()
            out[person[there], place[column.name]] = column.drop_nulls().to_numpy()
    return out


def _numbers(numbers: np.ndarray) -> pl.Series:
    return pl.Series(numbers.astype(np.int32)).implode()


def _answers(table: pl.LazyFrame, together: Sequence[Question], asked: Asked, as_known: bool) -> list[pl.LazyFrame]:
    """Return the measures of one selection of facts: plain ones by one grouping, weighed ones by a join."""
    part = table.filter(_CONCEPT.is_in(_numbers(together[0].numbers)))
    weighed = [one for one in together if isinstance(one.measure, m.Weighed)]
    plain = [one for one in together if not isinstance(one.measure, m.Weighed)]
    found = [_weighed(part, one, asked) for one in weighed]
    if plain:
        expressions = [_expression(one, asked, as_known).alias(one.name) for one in plain]
        found.append(part.group_by("person", maintain_order=False).agg(expressions))
    return found


def _weighed(part: pl.LazyFrame, question: Question, asked: Asked) -> pl.LazyFrame:
    assert question.groups is not None
    groups = pl.from_pandas(question.groups).lazy()
    codes = part.filter(_inside(question, asked)).select("person", "concept").unique()
    once = codes.join(groups, on="concept").unique(["person", "group"])
    return once.group_by("person").agg(pl.col("weight").sum().alias(question.name))


def _inside(question: Question, asked: Asked) -> pl.Expr:
    over = question.measure.over
    return _START.is_between(asked.day + over.start, asked.day + over.end, closed="left")


def _expression(question: Question, asked: Asked, as_known: bool) -> pl.Expr:
    """Return one measure as an expression over a person's facts in order."""
    measure, t0, inside = question.measure, asked.day, _inside(question, asked)
    match measure:
        case m.Count(min_nights=nights) if nights:
            last = pl.min_horizontal(_END, pl.lit(t0)) if as_known else _END
            return (inside & (last - _START >= nights)).sum()
        case m.Count():
            return inside.sum()
        case m.CountDays():
            return _START.filter(inside).n_unique()
        case m.Distinct():
            return _keyed(question).filter(inside).n_unique()
        case m.Total(what="cost"):
            stays = _numbers(np.flatnonzero(asked.is_stay))
            settled = inside & (~_CONCEPT.is_in(stays) | (_END != NEVER)) if as_known else inside
            return pl.col("cost").filter(settled).sum()
        case m.Total():
            return _VALUE.filter(inside & _VALUE.is_not_nan()).sum()
        case m.DaysSince(which="end"):
            return t0 - _END.filter(t0 >= _END).max()
        case m.DaysSince(which=which):
            return t0 - (_START.filter(inside).max() if which == "latest" else _START.filter(inside).min())
        case m.Latest():
            return _VALUE.filter(inside & _VALUE.is_not_nan()).last()
        case m.AgeYears():
            return (asked.month - _VALUE.filter(inside & _VALUE.is_not_nan()).last()) / 12
        case m.Highest():
            return _VALUE.filter(inside & _VALUE.is_not_nan()).max()
        case m.Change():
            there = inside & _VALUE.is_not_nan()
            values, days = _VALUE.filter(there), _START.filter(there)
            return pl.when(days.last() > days.first()).then(values.last() - values.first())
        case m.DaysWithin(over=over):
            begin = pl.max_horizontal(_START, _END.cum_max().shift(1), pl.lit(t0 + over.start))
            return (pl.min_horizontal(_END, pl.lit(t0 + over.end)) - begin).clip(lower_bound=0).sum()
        case m.Longest():
            return (pl.min_horizontal(_END, pl.lit(t0)) - _START).filter(inside).max()
        case m.Inside():
            return (t0 < _END).any().cast(pl.Float64)
        case m.Returns(within=within):
            before = pl.when(t0 >= _END).then(_END).cum_max().forward_fill().shift(1)
            return (inside & (_START - before).is_between(0, within)).sum()
        case m.Category(inside=now):
            return _keyed(question).filter(inside & (t0 < _END) if now else inside).last()
        case m.DaysUntil(min_nights=nights):
            return _START.filter(inside & (nights <= _END - _START) if nights else inside).min() - t0
    raise AssertionError(measure)


def _keyed(question: Question) -> pl.Expr:
    """Return the key of each row's concept."""
    assert question.keys is not None
    return _CONCEPT.replace_strict(question.numbers, question.keys[question.numbers], return_dtype=pl.Int32)
