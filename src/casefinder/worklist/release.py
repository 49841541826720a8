"""A list made for a meeting: deaths, moves and objections checked again, exactly k people, what changed since last time."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from casefinder.config import ListSettings, Site
from casefinder.engines import Version
from casefinder.engines.files import read_frame
from casefinder.errors import Problem, ReleaseError, one_of
from casefinder.explain.words import out_of_hundred
from casefinder.tables import SEXES
from casefinder.worklist import freshness
from casefinder.worklist.choose import SAID, choices, of_cluster, of_practice
from casefinder.worklist.history import HoldOutOfList, IssuedRow, ListHistory
from casefinder.worklist.invitations import invite, marked
from casefinder.worklist.meeting import Left, Listed, MeetingList, OtherRisk, Removed, YearFact, band_of
from casefinder.worklist.rules import DIED, HELD_OUT, MOVED, NOT_SCORED, OPTED_OUT
from casefinder.worklist.rules_in_words import rules_in_words

PRACTICE, CLUSTER = "practice", "cluster"


@dataclass(frozen=True)
class Scope:
    """Whose list it is: a practice by its code, or a cluster by its name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    @property
    def slug(self) -> str:
        """The scope as part of a file name; a name that cannot stand in one is told apart by a hash of it."""
        plain = "".join(letter if letter.isalnum() else "-" for letter in self.name)
        mark = "" if plain == self.name else f"-{hashlib.sha256(self.name.encode()).hexdigest()[:6]}"
        return f"{self.kind}-{plain}{mark}"


@dataclass(frozen=True)
class Released:
    """What a release works from: the weekly result, the newest record, the practices."""

    site: Site
    lists: Version
    record: Version
    candidates: pd.DataFrame
    reasons: pd.DataFrame
    years: pd.DataFrame
    practices: pd.DataFrame

    @classmethod
    def of(cls, site: Site, lists: Version, record: Version) -> "Released":
        """Read a weekly result, with people no longer available marked by what the newest record knows."""
        candidates = read_frame(lists / "candidates.parquet")
        return cls(
            site,
            lists,
            record,
            candidates.assign(because=_available(candidates, record)),
            read_frame(lists / "reasons.parquet"),
            read_frame(lists / "years.parquet"),
            read_frame(record / "practices.parquet"),
        )

    @property
    def as_of(self) -> dt.date:
        """The date of the lists."""
        return dt.date.fromisoformat(self.lists.manifest["as_of"])

    @property
    def settings(self) -> ListSettings:
        """The list settings of the weekly run; what holds a list back is read from the site as it now is."""
        return ListSettings.model_validate(self.lists.manifest["lists"])

    @property
    def ranked_by(self) -> str:
        """The column of the risk that ranks."""
        return f"risk_{next(iter(self.models))}"

    @property
    def models(self) -> Mapping[str, Mapping[str, Any]]:
        """The models, the ranking one first."""
        found = self.lists.manifest["models"]
        first = self.settings.ranked_by
        return {first: found[first], **{name: one for name, one in found.items() if name != first}}


def _available(candidates: pd.DataFrame, record: Version) -> pd.Series:
    """Return why each candidate is left out, with deaths, moves and objections known by now first."""
    here = candidates["person_id"]
    people = _rows_of(here, record / "people.parquet", "death_date").set_index("person_id")
    because = candidates["because"].astype(object).copy()
    because[here.map(_practices_now(record, here)).ne(candidates["practice_code"])] = MOVED
    because[~here.isin(people.index)] = OPTED_OUT
    because[here.map(people["death_date"]).notna()] = DIED
    return because


def _practices_now(record: Version, people: Iterable[str]) -> pd.Series:
    """Return the practice of each person's latest registration, as the record now knows it, where it has not ended."""
    found = _rows_of(people, record / "registrations.parquet", "practice_code", "start_date", "end_date", "superseded_date")
    found = found[found["superseded_date"].isna()]
    latest = found.sort_values(["start_date", "practice_code"]).drop_duplicates("person_id", keep="last")
    return latest[latest["end_date"].isna()].set_index("person_id")["practice_code"]


def _rows_of(people: Iterable[str], path: Path, *columns: str) -> pd.DataFrame:
    """Return some columns of a few people's rows, in the order of the file; nobody else's come into memory."""
    wanted = list(people) or [""]  # an empty list has no type to compare with; nobody's id is empty
    return read_frame(path, columns=["person_id", *columns], filters=[("person_id", "in", wanted)])


def scopes_of(given: Released) -> list[Scope]:
    """Return every practice and cluster that has anyone to list."""
    codes = sorted(given.candidates["practice_code"].dropna().unique())
    clusters = sorted(given.candidates["gp_cluster"].dropna().unique())
    return [*(Scope(PRACTICE, str(code)) for code in codes), *(Scope(CLUSTER, str(name)) for name in clusters)]


def release(
    given: Released, scope: Scope, history: ListHistory, stale_after: Mapping[str, int], places: int | None = None
) -> MeetingList:
    """Make the list of a practice or a cluster.

    Args:
        given: what it is made from.
        scope: whose list it is.
        history: of issued lists; this one is added.
        stale_after: days after which each feed is out of date.
        places: for how many of the list a meeting has places, to be drawn by chance; None for everyone.

    Raises:
        ReleaseError: there is no such practice or cluster, a feed that a list must not do without is too old, the site
            withholds lists whose hospital feed is out of date, or places cannot be drawn.
    """
    _check_scope(given, scope)
    settings, now = given.settings, given.site.lists
    freshness.check_safety(given.record.manifest, given.as_of, now)
    here = _here(given, scope)
    codes = sorted(here["practice_code"].dropna().unique())
    feeds = read_frame(given.record / "feeds.parquet")
    found = freshness.lines(feeds, given.record.manifest["supplied"], codes, given.as_of, now, stale_after)
    stamp = freshness.hospital_stamp(found, now, scope.name)
    chosen = _chosen(given, scope)
    previous = history.last_before(str(scope), given.as_of)
    list_id = _list_id(given, scope, chosen)
    people = tuple(_listed(given, chosen, {row.person_id: row for row in previous}))
    kept_off = _held_out(given, scope, here, chosen)
    k = settings.practice_k if scope.kind == PRACTICE else settings.cluster_k
    title = given.practices.set_index("practice_code")["practice_name"].get(scope.name, scope.name)
    made = MeetingList(
        list_id=list_id,
        scope=str(scope),
        title=f"{title} ({scope.name})" if scope.kind == PRACTICE else f"Cluster meeting: {scope.name}",
        site=given.site.name,
        as_of=given.as_of,
        do_not_use_after=given.as_of + dt.timedelta(days=settings.valid_days),
        k=k,
        models=given.models,
        ranked_by=settings.ranked_by,
        people=people,
        removed=tuple(_removed(given, here, chosen)),
        held_out=None if kept_off is None else len(kept_off),
        left=tuple(_left(given, scope, chosen, previous)),
        previous=previous[0].as_of if previous else None,
        feeds=found,
        stamp=stamp,
        rules=rules_in_words(settings),
        demonstration=given.site.demonstration,
        attrition=given.lists.manifest["attrition"][settings.ranked_by],
    )
    if scope.kind == CLUSTER:
        options = choices(
            given.candidates, scope.name, k, settings.cluster_share, given.lists.manifest["registered"], given.ranked_by
        )
        made = replace(made, share_words=SAID[settings.cluster_share.method], choices=options)
    return _issue(given, made, history, kept_off, places)


def _issue(
    given: Released, made: MeetingList, history: ListHistory, kept_off: tuple[str, ...] | None, places: int | None
) -> MeetingList:
    """Note who stands on a list, who of them is invited, and whom a hold-out kept off it; return it with its marks."""
    standing = invite(made, history, given.settings.seed, places)
    label, hold_out = given.models[made.ranked_by]["label"], given.settings.hold_out
    history.issue(
        [IssuedRow(made.list_id, one.rank, one.person_id, made.as_of, made.scope, label, one.risk) for one in made.people]
    )
    if hold_out and kept_off is not None:
        history.hold_out(HoldOutOfList(made.list_id, made.as_of, hold_out.share, len(made.people), kept_off))
    return marked(made, standing, history)


def _check_scope(given: Released, scope: Scope) -> None:
    known = [one.name for one in scopes_of(given) if one.kind == scope.kind]
    if scope.name not in known:
        problem = Problem(f"--{scope.kind}", f"nobody to list for '{scope.name}'; {one_of(scope.name, known)}")
        raise ReleaseError(f"There is no list of this {scope.kind}:", [problem])


def _here(given: Released, scope: Scope) -> pd.DataFrame:
    column = "practice_code" if scope.kind == PRACTICE else "gp_cluster"
    return given.candidates[given.candidates[column] == scope.name]


def _chosen(given: Released, scope: Scope) -> pd.DataFrame:
    """Return exactly k people, or all where fewer are eligible.

    Raises:
        ReleaseError: so many people have become unavailable that someone unexplained would have to be listed.
    """
    chosen = _first(given, scope, given.candidates)
    explained = set(given.reasons["person_id"])
    lacking = int((~chosen["person_id"].isin(explained)).sum())
    if lacking:
        problem = Problem(scope.name, f"{lacking} of its people have no reasons, because so many others became unavailable")
        raise ReleaseError(
            "The list needs a new weekly run:", [problem], f"Type: casefinder weekly --as-of {given.as_of} --workspace DIR"
        )
    return chosen.reset_index(drop=True)


def _first(given: Released, scope: Scope, candidates: pd.DataFrame) -> pd.DataFrame:
    settings, registered = given.settings, given.lists.manifest["registered"]
    if scope.kind == PRACTICE:
        return of_practice(candidates, scope.name, settings.practice_k)
    return of_cluster(candidates, scope.name, settings.cluster_k, settings.cluster_share, registered)


def _held_out(given: Released, scope: Scope, here: pd.DataFrame, chosen: pd.DataFrame) -> tuple[str, ...] | None:
    """Return whom the hold-out kept off a list: each would stand on it, were only they not held out. None without one.

    So they stand for those listed: whether somebody is listed or kept off rests on the draw alone.
    """
    hold_out = given.settings.hold_out
    if hold_out is None or given.as_of < hold_out.starts:
        return None
    full = len(chosen) >= (given.settings.practice_k if scope.kind == PRACTICE else given.settings.cluster_k)
    lowest = chosen["raw"].min() if full else float("-inf")
    near = here[here["because"].eq(HELD_OUT) & (here["raw"] >= lowest)]
    found = []
    for place, person in near["person_id"].items():
        alone = here["because"].where(here.index != place, None)
        if person in set(_first(given, scope, here.assign(because=alone))["person_id"]):
            found.append(str(person))
    return tuple(found)


def _list_id(given: Released, scope: Scope, chosen: pd.DataFrame) -> str:
    """Return an id settled by what is on the list: the same list has the same id."""
    labels = [str(one["label"]) for one in given.models.values()]
    parts = [*labels, *(f"{row.person_id}{row.raw:.9f}" for row in chosen.itertuples())]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]
    return f"{given.as_of}_{scope.slug}_{digest}"


def _listed(given: Released, chosen: pd.DataFrame, previous: Mapping[str, IssuedRow]) -> list[Listed]:
    names = given.practices.set_index("practice_code")["practice_name"]
    told, years = (_by_person(table, chosen) for table in (given.reasons, given.years))
    found = []
    for place, row in enumerate(chosen.to_dict("records"), start=1):
        person, risk = str(row["person_id"]), float(row[given.ranked_by])
        reasons = told[person]
        found.append(
            Listed(
                rank=place,
                person_id=person,
                practice_code=str(row["practice_code"]),
                practice_name=str(names.get(row["practice_code"], row["practice_code"])),
                age=int(row["age"]),
                sex=SEXES[int(row["sex"])] if int(row["sex"]) >= 0 else "unknown",
                risk=risk,
                risk_words=out_of_hundred(risk),
                band=band_of(risk),
                change=_change(place, previous.get(person)),
                others=tuple(_others(given, row)),
                raising=_texts(reasons, "raising"),
                themes=tuple(reasons.loc[reasons["kind"] == "raising", "theme"]),
                lowering=_texts(reasons, "lowering"),
                review=_texts(reasons, "review"),
                unknown=_texts(reasons, "unknown"),
                shares=_shares(reasons),
                year=tuple(_year(years.get(person))),
            )
        )
    return found


def _by_person(table: pd.DataFrame, chosen: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the rows of each chosen person; a weekly result holds those of everyone on any list."""
    part = table[table["person_id"].isin(chosen["person_id"])]
    return {str(person): rows for person, rows in part.groupby("person_id")}


def _texts(reasons: pd.DataFrame, kind: str) -> tuple[str, ...]:
    return tuple(reasons[reasons["kind"] == kind].sort_values("place")["words"])


def _shares(reasons: pd.DataFrame) -> dict[str, float]:
    """Return what each theme adds to the raw score, and the base value under an empty name."""
    part = reasons[reasons["kind"].isin(("sum", "base"))]
    return dict(zip(part["theme"], part["contribution"], strict=True))


def _year(part: pd.DataFrame | None) -> list[YearFact]:
    if part is None:
        return []
    ordered = part.sort_values(["lane", "start", "end"])
    return [YearFact(str(row.lane), int(row.start), int(row.end)) for row in ordered.itertuples()]  # type: ignore[arg-type]


def _others(given: Released, row: Mapping[Any, Any]) -> list[OtherRisk]:
    found = []
    for name in list(given.models)[1:]:
        risk = row[f"risk_{name}"]
        known = not pd.isna(risk)
        found.append(
            OtherRisk(
                name, float(risk) if known else None, out_of_hundred(float(risk)) if known else "not in this model's group"
            )
        )
    return found


def _change(place: int, before: IssuedRow | None) -> str:
    if before is None:
        return "new"
    return "same" if before.rank == place else "up" if before.rank > place else "down"


def _removed(given: Released, here: pd.DataFrame, chosen: pd.DataFrame) -> list[Removed]:
    """Return those whom a rule left out and who would have stood above the last person chosen; never who is held out."""
    lowest = chosen["raw"].min() if len(chosen) else float("-inf")
    part = here[here["because"].notna() & here["because"].ne(HELD_OUT) & (here["raw"] >= lowest)]
    return [
        Removed(str(row["person_id"]), str(row["practice_code"]), float(row[given.ranked_by]),
                out_of_hundred(float(row[given.ranked_by])), str(row["because"]))
        for row in part.to_dict("records")
    ]  # fmt: skip


def _left(given: Released, scope: Scope, chosen: pd.DataFrame, previous: Sequence[IssuedRow]) -> list[Left]:
    """Return who was on the last list and is not on this one, and why; never who is held out."""
    on_list = set(chosen["person_id"])
    gone = [row for row in previous if row.person_id not in on_list]
    if not gone:
        return []
    because = _why_gone(given, scope, [row.person_id for row in gone])
    risks = _risks(given, [row.person_id for row in gone])
    return [
        Left(row.person_id, row.rank, because.get(row.person_id) or _outrun(risks.get(row.person_id), row.risk))
        for row in gone
        if because.get(row.person_id) != HELD_OUT
    ]


def _why_gone(given: Released, scope: Scope, people: Sequence[str]) -> dict[str, str]:
    """Return why people can no longer stand on a list: gone, moved elsewhere, or removed by a rule."""
    known = _rows_of(people, given.record / "people.parquet", "death_date")
    dead = dict(zip(known["person_id"], known["death_date"].notna(), strict=True))
    column = "practice_code" if scope.kind == PRACTICE else "gp_cluster"
    codes = set(given.practices.loc[given.practices[column] == scope.name, "practice_code"])
    now = _practices_now(given.record, people)
    barred = given.candidates[given.candidates["because"].notna()]
    found = {str(person): str(words) for person, words in zip(barred["person_id"], barred["because"], strict=True)}
    for person in people:
        if person not in dead:
            found[person] = OPTED_OUT
        elif dead[person]:
            found[person] = DIED
        elif now.get(person) not in codes:
            found[person] = MOVED
    return found


def _outrun(risk: float | None, before: float) -> str:
    if risk is None:
        return NOT_SCORED
    return "risk fell" if risk < before - 0.005 else "outranked"


def _risks(given: Released, people: Sequence[str]) -> dict[str, float]:
    """Return the risks of a few people, from the risk table of the model that ranks."""
    part = _rows_of(people, given.lists / "risks" / given.settings.ranked_by, "risk")
    return dict(zip(part["person_id"], part["risk"], strict=True))
