"""The compiled pass over a block of histories: every measure of a program, at every index date, in one reading.

A person's rows are contiguous and in date order. Each row's concept leads to its signature, the list of operations that
look at it. An operation updates a few state slots of the person; when the person's rows are done, slots become columns.
The kernel interprets operations and knows no feature by name. It runs on one thread and releases the GIL.
"""

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import numba
import numpy as np

from casefinder import dates


def _cache_folder() -> Path:
    """Return where compiled code is kept, named after the source it came from.

    numba looks only at the file of a function when it judges a compiled copy; this kernel takes in the rules of
    ``dates`` too, and must never run yesterday's rule.
    """
    source = Path(__file__).read_bytes() + Path(dates.__file__).read_bytes()
    name = f"kernel-{hashlib.sha256(source).hexdigest()[:16]}"
    beside = Path(__file__).parent / "__pycache__"
    return (beside if os.access(Path(__file__).parent, os.W_OK) else Path.home() / ".cache" / "casefinder") / name


if not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = str(_cache_folder())

(COUNT, COUNT_DAYS, DISTINCT, SUM_VALUE, SUM_COST, DATE_LATEST, DATE_FIRST, DATE_END) = range(8)
(LATEST, HIGHEST, CHANGE, WEIGHED, DAYS_WITHIN, LONGEST, INSIDE, RETURNS, CATEGORY, DAYS_UNTIL) = range(8, 18)
"""Operations."""

OUTSIDE_TOO = (RETURNS, INSIDE, DATE_END, DAYS_WITHIN)
"""Operations that also look at stays begun before their window."""

(COPY, SINCE, DIFFERENCE, AGE) = range(4)
"""Ways to turn slots into a column."""

POINT, STAY, FACT = 1, 2, 3
"""Kinds of row."""

NEVER = dates.NEVER
UNSET = np.nan

_is_visible = numba.njit(dates.is_visible, cache=False, inline="always")
_is_inside = numba.njit(dates.is_inside, cache=False, inline="always")
_seen_end = numba.njit(dates.seen_end, cache=False, inline="always")
_overlap_days = numba.njit(dates.overlap_days, cache=False, inline="always")


class Rows(NamedTuple):
    """The rows of a block, one array a column; days are day numbers, costs whole pence."""

    offsets: np.ndarray
    concept: np.ndarray
    start: np.ndarray
    end: np.ndarray
    known: np.ndarray
    end_known: np.ndarray
    superseded: np.ndarray
    value: np.ndarray
    cost: np.ndarray


class Operations(NamedTuple):
    """A compiled program: signatures of concepts, then operations, then columns.

    ``reach`` is the first day, counted from the index date, on which a fact of a signature can matter.
    """

    as_known: bool
    signature: np.ndarray
    reach: np.ndarray
    is_stay: np.ndarray
    first: np.ndarray
    code: np.ndarray
    slot: np.ndarray
    window_start: np.ndarray
    window_end: np.ndarray
    parameter: np.ndarray
    key_row: np.ndarray
    keys: np.ndarray
    key_weights: np.ndarray
    stamp_base: np.ndarray
    stamps: int
    initial: np.ndarray
    column_way: np.ndarray
    column_slot: np.ndarray


@numba.njit(nogil=True, cache=True, inline="always")
def _counting(code, state, slot, day, value, new_key, weight):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Operations that add up."""
    if code == COUNT:
        state[slot] += 1.0
    elif code == COUNT_DAYS:
        if state[slot + 1] != day:
            state[slot] += 1.0
            state[slot + 1] = day
    elif code == DISTINCT:
        if new_key:
            state[slot] += 1.0
    elif code == WEIGHED:
        if new_key:
            state[slot] += weight
    elif code == SUM_VALUE and not np.isnan(value):
        state[slot] += value


@numba.njit(nogil=True, cache=True, inline="always")
def _remembering(code, state, slot, day, value, category):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Operations that keep a date or a value; rows come in date order, so the last one stands."""
    if code == DATE_LATEST:
        state[slot] = day
    elif code == DATE_FIRST:
        if np.isnan(state[slot]):
            state[slot] = day
    elif code == CATEGORY:
        state[slot] = category
    elif not np.isnan(value):
        if code == LATEST:
            state[slot] = value
        elif code == HIGHEST:
            if not state[slot] >= value:
                state[slot] = value
        elif code == CHANGE:
            if np.isnan(state[slot]):
                state[slot] = value
                state[slot + 1] = day
            state[slot + 2] = value
            state[slot + 3] = day


@numba.njit(nogil=True, cache=True, inline="always")
def _staying(code, state, slot, start, end, index_day, first_day, last_day):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Operations on stays that look at more than their start. ``end`` is NEVER while the stay reads as open."""
    if code == INSIDE:
        if end > index_day:
            state[slot] = 1.0
    elif code == DATE_END:
        if end <= index_day and not state[slot] >= end:
            state[slot] = end
    elif code == DAYS_WITHIN:
        covered = state[slot + 1]
        begin = start if np.isnan(covered) or covered < start else int(covered)
        state[slot] += _overlap_days(begin, end, index_day, first_day, last_day)
        if not covered >= end:
            state[slot + 1] = end


@numba.njit(nogil=True, cache=True, inline="always")
def _returning(state, slot, start, end, inside, within, index_day):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Count a stay that follows soon on the known end of an earlier one."""
    last_end = state[slot + 1]
    if inside and not np.isnan(last_end) and 0 <= start - last_end <= within:
        state[slot] += 1.0
    if end <= index_day and not last_end >= end:
        state[slot + 1] = end


@numba.njit(nogil=True, cache=True, inline="always")
def _longest(state, slot, start, end, index_day):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Keep the longest stay, counted to the index date while open."""
    days = min(end, index_day) - start
    if not state[slot] >= days:
        state[slot] = days


@numba.njit(nogil=True, cache=True, inline="always")
def _lasted(start, end, nights, index_day, as_known):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Say whether a stay is known to have lasted so many nights."""
    if nights == 0:
        return True
    if as_known:
        return min(end, index_day) - start >= nights
    return end - start >= nights


# Inlined: called, it would be handed every array of the block and the program again for each row, which took half the pass.
@numba.njit(nogil=True, cache=True, inline="always")
def _apply(ops, rows, i, d, index_day, state, stamps, stamp):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Apply every operation of a row's signature to the person's state at one index date."""
    concept = rows.concept[i]
    start = rows.start[i]
    end = rows.end[i]
    stay = ops.is_stay[concept]
    if ops.as_known and stay:
        end = _seen_end(end, rows.end_known[i], index_day)
    signature = ops.signature[concept]
    for j in range(ops.first[signature], ops.first[signature + 1]):
        code = ops.code[j]
        slot = ops.slot[j]
        inside = _is_inside(start, index_day, ops.window_start[j], ops.window_end[j])
        if code == RETURNS:
            _returning(state, slot, start, end, inside, ops.parameter[j], index_day)
        elif code == INSIDE or code == DATE_END or code == DAYS_WITHIN:  # noqa: SIM109 (numba compiles this faster)
            _staying(code, state, slot, start, end, index_day, ops.window_start[j], ops.window_end[j])
        elif inside:
            if code == LONGEST:
                _longest(state, slot, start, end, index_day)
            elif code == DAYS_UNTIL:
                if np.isnan(state[slot]) and _lasted(start, end, ops.parameter[j], index_day, False):
                    state[slot] = start - index_day
            elif code == SUM_COST:
                if not stay or not ops.as_known or end != NEVER:
                    state[slot] += rows.cost[i]
            elif code == COUNT and ops.parameter[j] > 0:
                if _lasted(start, end, ops.parameter[j], index_day, ops.as_known):
                    state[slot] += 1.0
            elif code == CATEGORY:
                if ops.parameter[j] == 0 or end > index_day:
                    state[slot] = ops.keys[ops.key_row[j], concept]
            elif ops.key_row[j] >= 0:
                key = ops.keys[ops.key_row[j], concept]
                place = ops.stamp_base[j] + key
                new = stamps[d, place] != stamp
                stamps[d, place] = stamp
                _counting(code, state, slot, start, 0.0, new, ops.key_weights[place])
            else:
                _counting(code, state, slot, start, rows.value[i], False, 0.0)
                _remembering(code, state, slot, start, rows.value[i], 0)


@numba.njit(nogil=True, cache=True)
def _write(ops, state, index_day, index_month, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Turn a person's slots into one row of columns."""
    for c in range(len(ops.column_way)):
        way = ops.column_way[c]
        slot = ops.column_slot[c]
        if way == COPY:
            out[c] = state[slot]
        elif way == SINCE:
            out[c] = index_day - state[slot]
        elif way == AGE:
            out[c] = (index_month - state[slot]) / 12.0
        elif state[slot + 3] > state[slot + 1]:
            out[c] = state[slot + 2] - state[slot]
        else:
            out[c] = np.nan


@numba.njit(nogil=True, cache=True)
def sweep(ops, rows, keep, index_days, index_months, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Fill ``out`` with one row for each kept person and index date, person by person.

    ``keep`` is (people, dates); ``out`` has as many rows as ``keep`` has True, float64, a column each measure. Rows stand in
    the order of their dates, so a lookback ends with the first row that no index date can see. A horizon passes over points
    from before the first index date, and never over stays, which may reach into it.
    """
    dates_count = len(index_days)
    first_day, last_day = index_days.min(), index_days.max()
    state = np.empty((dates_count, len(ops.initial)))
    stamps = np.zeros((dates_count, ops.stamps), dtype=np.int32)
    row = 0
    for person in range(len(rows.offsets) - 1):
        wanted = False
        for d in range(dates_count):
            if keep[person, d]:
                wanted = True
                state[d, :] = ops.initial
        if not wanted:
            continue
        for i in range(rows.offsets[person], rows.offsets[person + 1]):
            if ops.as_known:
                if rows.start[i] >= last_day:
                    break
            elif rows.start[i] < first_day and not ops.is_stay[rows.concept[i]]:
                continue
            signature = ops.signature[rows.concept[i]]
            if ops.first[signature] == ops.first[signature + 1]:
                continue
            for d in range(dates_count):
                if not keep[person, d] or rows.start[i] - index_days[d] < ops.reach[signature]:
                    continue
                if ops.as_known:
                    if not _is_visible(rows.start[i], rows.known[i], rows.superseded[i], index_days[d]):
                        continue
                elif rows.superseded[i] != NEVER:
                    continue
                _apply(ops, rows, i, d, index_days[d], state[d], stamps, person + 1)
        for d in range(dates_count):
            if keep[person, d]:
                _write(ops, state[d], index_days[d], index_months[d], out[row])
                row += 1


@numba.njit(nogil=True, cache=True)
def mark_visible(rows, is_stay, index_day, window_start, window_end, seen, ends):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Mark rows visible on the index date that lie in a lookback, or run into it, and give their ends as known then."""
    for i in range(len(rows.start)):
        visible = _is_visible(rows.start[i], rows.known[i], rows.superseded[i], index_day)
        ends[i] = _seen_end(rows.end[i], rows.end_known[i], index_day)
        inside = _is_inside(rows.start[i], index_day, window_start, window_end)
        if is_stay[rows.concept[i]]:
            inside = inside or _overlap_days(rows.start[i], ends[i], index_day, window_start, window_end) > 0
        seen[i] = visible and inside
