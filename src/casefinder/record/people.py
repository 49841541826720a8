"""Who is in the record: one row a person, and everyone left out counted by reason."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import ibis
from ibis import _

from casefinder.config import Site
from casefinder.engines import Engine
from casefinder.errors import Problem, RawDataError

CONFLICT_MONTHS = 12
"""Two records under one identifier whose months of birth lie further apart are two people, not a correction."""


@dataclass(frozen=True)
class Population:
    """People who may be processed and their number, how many were left out for each reason (the first), everyone known."""

    people: ibis.Table
    n: int
    left_out: dict[str, int]
    known: ibis.Table


EVENT_STANDING: Final = 3
"""From this standing on a record comes with an event, so what it says was not known before it."""

_UNDATED: Final = dt.date(1, 1, 1)


def _first_known(value: ibis.Value, unknown: str) -> ibis.Value:
    """Return the value of the most trusted record that has one."""
    return value.argmin(ibis.ifelse(value.isnull() | (value == unknown), 1_000_000, _.place))


def described(records: ibis.Table) -> ibis.Table:
    """Return one row a person from what all sources say: the most trusted source first.

    Of a register of people the latest word stands, of events the earliest: a later event must not change what was known.
    """
    since = ibis.ifelse(records.standing < EVENT_STANDING, ibis.date(str(_UNDATED)), records.known_date)
    order = ibis.window(
        group_by="person_id",
        order_by=["standing", "since", _.known_date.desc(), "birth_month", "sex", "ethnicity"],
    )
    dated = records.mutate(since=since, month=_months(records.birth_month))
    ranked = dated.mutate(place=ibis.row_number().over(order))
    gp = _.standing == 1
    told = (_.ethnicity != "unknown").fill_null(False)
    found = ranked.group_by("person_id").agg(
        birth_month=_.birth_month.argmin(ibis.ifelse(_.birth_month.isnull(), 1_000_000, _.place)),
        sex=_first_known(_.sex, "unknown").fill_null("unknown"),
        ethnicity=_first_known(_.ethnicity, "unknown").fill_null("unknown"),
        ethnicity_known_date=_.since.argmin(_.place, where=told),
        withheld=_.withheld.max(),
        apart=(_.month.max(where=gp) - _.month.min(where=gp)).fill_null(0),
    )
    return found.mutate(ethnicity_known_date=found.ethnicity_known_date.nullif(ibis.date(str(_UNDATED))))


def _months(date: ibis.Value) -> ibis.Value:
    return date.year() * 12 + date.month()


def objectors(objections: ibis.Table, site: Site) -> ibis.Table:
    """Return the people whose latest type 1 entry is a dissent; on the same day a dissent outweighs its withdrawal."""
    entries = objections.filter(objections.list.isin(("type1_dissent", "type1_withdrawn")))
    order = ibis.window(group_by="person_id", order_by=[_.date.desc(), "list"])
    latest = entries.mutate(place=ibis.row_number().over(order)).filter(_.place == 0)
    dissents = latest.filter(latest.list == "type1_dissent").select("person_id").distinct()
    return dissents if site.opt_outs.apply_type1 else dissents.limit(0)


def check_national_list(site: Site, list_date: dt.date | None, supplied: bool) -> None:
    """Refuse a national cleaned list that is too old to rely on.

    Raises:
        RawDataError: the list has no date, or is older at the extract than the site allows.
    """
    if not supplied or not site.opt_outs.apply_national:
        return
    where = "sources.national_cleaned_list.known"
    if list_date is None:
        problem = Problem(where, "give the day on which the service returned the list: known: {date: YYYY-MM-DD}")
        raise RawDataError("The national opt-out list has no date:", [problem])
    age, allowed = (site.extract_date - list_date).days, site.opt_outs.national_list_max_age_days
    if age > allowed:
        problem = Problem(where, f"the list was {age} days old at the extract; at most {allowed} are allowed")
        raise RawDataError("The national opt-out list is too old:", [problem], "Have the numbers checked again.")


def population(
    engine: Engine,
    records: ibis.Table,
    objections: ibis.Table,
    over_full: ibis.Table,
    site: Site,
    national: bool,
) -> Population:
    """Return the people who may be processed, each in its block.

    Args:
        engine: runs the work.
        records: what each source says about each person.
        objections: type 1 entries and the national cleaned list.
        over_full: identifiers that hold more events than one person can.
        site: policies.
        national: whether a national cleaned list was supplied.
    """
    people = engine.stage(described(records))
    dissent = objectors(objections, site).mutate(dissents=True)
    cleaned = objections.filter(objections.list == "national_cleaned").select("person_id").distinct()
    flags = people.left_join(dissent, "person_id").drop("person_id_right")
    flags = flags.left_join(over_full.select("person_id", full=True), "person_id").drop("person_id_right")
    flags = flags.left_join(cleaned.mutate(cleared=True), "person_id").drop("person_id_right")
    apply_national = national and site.opt_outs.apply_national
    reason = ibis.cases(
        (flags.full.notnull(), "identifier holds more events than one person can"),
        (flags.apart > CONFLICT_MONTHS, "two people under one identifier"),
        (flags.withheld.notnull(), flags.withheld + " record"),
        (flags.dissents.notnull(), "type 1 opt-out"),
        (ibis.literal(apply_national) & flags.cleared.isnull(), "national opt-out"),
        (flags.birth_month.isnull(), "no month of birth"),
        else_=ibis.null("string"),
    )
    judged = engine.keep(flags.mutate(reason=reason), "people")
    counted = engine.fetch(judged.group_by("reason").agg(n=_.count()).order_by("reason")).to_pylist()
    total = sum(one["n"] for one in counted if one["reason"] is None)
    blocks = max(1, -(-total // site.block_people))
    kept = judged.filter(judged.reason.isnull()).select(
        "person_id", "birth_month", "sex", "ethnicity", "ethnicity_known_date"
    )
    left_out = {one["reason"]: one["n"] for one in counted if one["reason"] is not None}
    placed = engine.keep(kept.mutate(block=engine.block_of(kept.person_id, blocks)), "population")
    return Population(placed, total, left_out, judged.filter(judged.birth_month.notnull()).select("person_id"))
