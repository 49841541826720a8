"""The forty measures by pandas, from the rows of a block: one subset for each selection of facts, grouped by person."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.questions import Asked, Question, by_selection
from casefinder.dates import NEVER
from casefinder.definitions import measures as m


def measured(path: Path, people: int, asked: Asked) -> np.ndarray:
    """Return the forty measures of everyone of a block: (people, 40).

    Args:
        path: the rows of the block.
        people: how many people the block holds.
        asked: the questions.
    """
    rows = pd.read_parquet(path)
    rows = rows[asked.used[rows["concept"].to_numpy()]]
    t0 = asked.day
    known = rows[(rows["start"] < t0) & (rows["known"] < t0) & (rows["superseded"] >= t0)]
    open_ended = asked.is_stay[known["concept"].to_numpy()] & (known["end_known"] >= t0)
    known = known.assign(end=known["end"].mask(open_ended, NEVER))
    happened = rows[(rows["superseded"] == NEVER) & (rows["start"] >= t0)]
    out = np.tile(asked.empty, (people, 1))
    place = {name: number for number, name in enumerate(asked.names)}
    for table, questions, as_known in ((known, asked.back, True), (happened, asked.ahead, False)):
        for together in by_selection(questions):
            part = table[asked.flags(together[0])[table["concept"].to_numpy()]]
            for question in together:
                found = _answer(question, part, asked, as_known)
                out[found.index.to_numpy(), place[question.name]] = found.to_numpy(dtype=float)
    return out


def _answer(question: Question, part: pd.DataFrame, asked: Asked, as_known: bool) -> pd.Series:
    """Return one measure of the people who have any of its facts, indexed by person."""
    measure, t0 = question.measure, asked.day
    match measure:
        case m.Inside():
            return (part["end"] > t0).groupby(part["person"]).max()
        case m.DaysSince(which="end"):
            return t0 - part[part["end"] <= t0].groupby("person")["end"].max()
        case m.DaysWithin():
            return _days_within(part, t0 + measure.over.start, t0 + measure.over.end)
        case m.Returns():
            return _returns(part, measure, t0)
    inside = part[part["start"].between(t0 + measure.over.start, t0 + measure.over.end - 1)]
    match measure:
        case m.Count(min_nights=nights) if nights:
            last = inside["end"].clip(upper=t0) if as_known else inside["end"]
            return inside[last - inside["start"] >= nights].groupby("person").size()
        case m.Count():
            return inside.groupby("person").size()
        case m.CountDays():
            return inside.groupby("person")["start"].nunique()
        case m.Distinct():
            return _keyed(inside, question).groupby(inside["person"]).nunique()
        case m.Total(what="cost"):
            settled = inside[~asked.is_stay[inside["concept"].to_numpy()] | (inside["end"] != NEVER)] if as_known else inside
            return settled.groupby("person")["cost"].sum()
        case m.Total():
            return inside.groupby("person")["value"].sum()
        case m.DaysSince(which=which):
            starts = inside.groupby("person")["start"]
            return t0 - (starts.max() if which == "latest" else starts.min())
        case m.Latest():
            return inside.groupby("person")["value"].last().dropna()
        case m.AgeYears():
            return (asked.month - inside.groupby("person")["value"].last()) / 12
        case m.Highest():
            return inside.groupby("person")["value"].max().dropna()
        case m.Change():
            return _change(inside)
        case m.Weighed():
            assert question.groups is not None
            groups = inside[["person", "concept"]].drop_duplicates().merge(question.groups, on="concept")
            return groups.drop_duplicates(["person", "group"]).groupby("person")["weight"].sum()
        case m.Longest():
            return (inside["end"].clip(upper=t0) - inside["start"]).groupby(inside["person"]).max()
        case m.Category(inside=now):
            held = inside[inside["end"] > t0] if now else inside
            return _keyed(held, question).groupby(held["person"]).last()
        case m.DaysUntil(min_nights=nights):
            lasted = inside[inside["end"] - inside["start"] >= nights] if nights else inside
            return lasted.groupby("person")["start"].min() - t0
    raise AssertionError(measure)


def _keyed(part: pd.DataFrame, question: Question) -> pd.Series:
    """Return the key of each row's concept."""
    assert question.keys is not None
    return pd.Series(question.keys[part["concept"].to_numpy()], index=part.index)


def _change(inside: pd.DataFrame) -> pd.Series:
    """Return the latest value less the earliest, of people with values on two days."""
    people = inside[inside["value"].notna()].groupby("person")
    first, last = people[["start", "value"]].first(), people[["start", "value"]].last()
    return (last["value"] - first["value"])[last["start"] > first["start"]]


def _days_within(part: pd.DataFrame, first_day: int, last_day: int) -> pd.Series:
    """Return days inside stays, each counted only from where the stays before it had reached."""
    reached = part.groupby("person")["end"].cummax().groupby(part["person"]).shift()
    begin = part["start"].where(~(reached > part["start"]), reached).clip(lower=first_day)
    return (part["end"].clip(upper=last_day) - begin).clip(lower=0).groupby(part["person"]).sum()


def _returns(part: pd.DataFrame, measure: m.Returns, t0: int) -> pd.Series:
    """Return how many stays began soon after the latest known end of those before them."""
    ended = part["end"].where(part["end"] <= t0)
    before = ended.groupby(part["person"]).cummax().groupby(part["person"])
    gap = part["start"] - before.ffill().groupby(part["person"]).shift()
    began = part["start"].between(t0 + measure.over.start, t0 + measure.over.end - 1)
    return (began & gap.between(0, measure.within)).groupby(part["person"]).sum()
