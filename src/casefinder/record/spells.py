"""Hospital episodes to spells to continuous inpatient stays.

A spell is the episodes of one person, provider and admission date. Spells of a person join into one continuous stay when
they overlap, or when the next begins within the site's gap and either side says transfer: it began by one, the person came
from a hospital, or the one before ended in one. An outcome or a feature counts a stay once. Method 2B continues a stay
where there is one to continue; where there is none it is an emergency of its own.

Corrections: a person with a superseded episode has stays built twice, as first submitted and as last corrected; a stay that
differs is superseded on the day of the last correction and the corrected one is known from then on.
"""

from dataclasses import dataclass

import ibis
from ibis import _

from casefinder.config import Site
from casefinder.engines import Engine, add_days
from casefinder.sources import shaped

_FAR = "9999-01-01"

_PRICED = {
    "emergency": ("emergency_admission", "emergency_bed_day"),
    "elective": ("elective_admission", "elective_bed_day"),
    "day_case": ("day_case", "elective_bed_day"),
    "regular": ("regular_attendance", "elective_bed_day"),
    "maternity": ("maternity_admission", "maternity_bed_day"),
    "transfer": ("other_admission", "other_bed_day"),
    "other": ("other_admission", "other_bed_day"),
}
"""Price of an admission and of a night, by method."""


@dataclass(frozen=True)
class Stays:
    """Continuous stays, which stay each episode belongs to, and what was repaired to build them."""

    stays: ibis.Table
    episodes: ibis.Table
    repairs: dict[str, int]


def spells_of(episodes: ibis.Table) -> ibis.Table:
    """Return one row a spell: its dates, how it began and where it led, and when each end of it was known.

    A spell ends on its latest discharge date. Without one it is open if its last episode says so; otherwise it ends with its
    last episode, which is counted as a repair.
    """
    order = ibis.window(
        group_by=["version", "person_id", "provider", "admission_date"],
        order_by=["episode_order", "episode_start", "episode_end", "episode"],
    )
    ranked = episodes.mutate(place=ibis.row_number().over(order))
    grouped = ranked.group_by("version", "person_id", "provider", "admission_date").agg(
        first_episode=_.episode.argmin(_.place),
        method=_.method.argmin(_.place),
        came_from=_.came_from.max(where=_.place == 0),
        last_place=_.place.max(),
        discharge=_.discharge_date.max(),
        last_end=_.episode_end.max(),
        open_end=_.is_open.cast("int8").argmax(_.place),
        went_to=_.went_to.argmax(ibis.ifelse(_.went_to == "unknown", -1, _.place)),
        known=_.known_date.min(),
        end_known=ibis.ifelse(_.discharge_date.notnull(), _.known_date, ibis.null("date")).max(),
        last_known=_.known_date.max(),
        cost=_.cost.sum(),
        source=_.source.min(),
    )
    repaired = grouped.discharge.isnull() & (grouped.open_end == 0)
    end = ibis.cases((grouped.discharge.notnull(), grouped.discharge), (repaired, grouped.last_end))
    end = ibis.greatest(end, grouped.admission_date)
    return grouped.mutate(
        start=grouped.admission_date,
        end=ibis.ifelse(grouped.discharge.isnull() & ~repaired, ibis.null("date"), end),
        end_known=grouped.end_known.coalesce(grouped.last_known),
        no_discharge=repaired,
    )


def closed_by_next(spells: ibis.Table) -> ibis.Table:
    """End an open spell where the person is admitted again later: two hospitals do not hold one person for ever."""
    order = ibis.window(group_by=["version", "person_id"], order_by=["start", "end", "provider"])
    following = spells.start.lead().over(order)
    known = spells.known.lead().over(order)
    marked = spells.mutate(following=following, following_known=known)
    close = marked.end.isnull() & marked.following.notnull()
    return marked.mutate(
        end=ibis.ifelse(close, marked.following, marked.end),
        end_known=ibis.ifelse(close, marked.following_known, marked.end_known),
        closed_by_next=close,
    ).drop("following", "following_known")


def joined(spells: ibis.Table, max_gap_days: int) -> ibis.Table:
    """Number the continuous stay that each spell belongs to."""
    earlier = ibis.window(group_by=["version", "person_id"], order_by=["start", "end", "provider"], preceding=(None, 1))
    order = ibis.window(group_by=["version", "person_id"], order_by=["start", "end", "provider"])
    far = spells.end.coalesce(ibis.date(_FAR))
    marked = spells.mutate(
        reached=far.max().over(earlier),
        sent_on=spells.went_to.lag().over(order),
        before=far.lag().over(order),
    )
    overlaps = marked.start < marked.reached
    soon = marked.start <= add_days(marked.reached, max_gap_days)
    transfer = (
        marked.method.isin(("transfer", "emergency_transfer"))
        | (marked.came_from == "hospital").fill_null(False)
        | (marked.sent_on == "hospital").fill_null(False)
    )
    continues = (overlaps | (soon & transfer)).fill_null(False)
    flagged = marked.mutate(continues=continues, overlaps=overlaps.fill_null(False), new=ibis.ifelse(continues, 0, 1))
    running = ibis.cumulative_window(group_by=["version", "person_id"], order_by=["start", "end", "provider"])
    return flagged.mutate(stay_number=flagged.new.sum().over(running)).drop("reached", "sent_on", "before")


def stays_of(spells: ibis.Table, prices: dict[str, int]) -> ibis.Table:
    """Return one row a continuous stay, priced by method and nights once it has ended."""
    order = ibis.window(group_by=["version", "person_id", "stay_number"], order_by=["start", "end", "provider"])
    ranked = spells.mutate(place=ibis.row_number().over(order))
    grouped = ranked.group_by("version", "person_id", "stay_number").agg(
        start=_.start.min(),
        far=_.end.coalesce(ibis.date(_FAR)).max(),
        method=_.method.argmin(_.place),
        provider=_.provider.argmin(_.place),
        first_episode=_.first_episode.argmin(_.place),
        known=_.known.argmin(_.place),
        end_known=_.end_known.max(),
        spells=_.place.count(),
        given=_.cost.sum(),
        source=_.source.min(),
    )
    method = ibis.cases((grouped.method == "emergency_transfer", "emergency"), else_=grouped.method)
    end = ibis.ifelse(grouped.far == ibis.date(_FAR), ibis.null("date"), grouped.far)
    dated = grouped.mutate(method=method, end=end)
    nights = dated.end.delta(dated.start, unit="day").fill_null(0)
    price = ibis.cases(
        *[
            (dated.method == name, prices.get(admission, 0) + nights * prices.get(night, 0))
            for name, (admission, night) in _PRICED.items()
        ],
        else_=0,
    )
    return dated.mutate(cost=ibis.ifelse(dated.given > 0, dated.given, price), end_known=_end_known(dated))


def _end_known(dated: ibis.Table) -> ibis.Value:
    return ibis.ifelse(dated.end.isnull(), ibis.null("date"), ibis.greatest(dated.end_known, dated.known, dated.end))


def build_stays(engine: Engine, episodes: ibis.Table, site: Site, prices: dict[str, int]) -> Stays:
    """Return the continuous stays of everyone with an episode, as first submitted and as last corrected."""
    versioned = engine.stage(_versions(episodes))
    spells = engine.stage(closed_by_next(engine.stage(spells_of(versioned))))
    numbered = engine.keep(joined(spells, site.hospital_stays.max_gap_days), "spells")
    stays = engine.keep(stays_of(numbered, prices), "stays")
    current = stays.filter(stays.version == "corrected")
    changed = engine.stage(_merged(stays, _corrected_on(episodes)))
    repairs = engine.fetch(
        numbered.filter(numbered.version == "corrected").aggregate(
            spells=_.count(),
            spells_joined_by_transfer=(_.continues & ~_.overlaps).sum(),
            spells_joined_by_overlap=(_.continues & _.overlaps).sum(),
            closed_by_the_next_admission=_.closed_by_next.sum(),
            ended_without_a_discharge_date=_.no_discharge.sum(),
        )
    ).to_pylist()[0]
    member = numbered.filter(numbered.version == "corrected").select(
        "person_id", "provider", "admission_date", "stay_number"
    )
    key = current.select("person_id", "stay_number", "first_episode", method="method", start="start")
    known = versioned.filter(versioned.version == "corrected").select("person_id", "provider", "admission_date", "episode")
    episode_map = known.inner_join(member, ["person_id", "provider", "admission_date"]).inner_join(
        key, ["person_id", "stay_number"]
    )
    return Stays(changed, episode_map, {name: int(count or 0) for name, count in repairs.items()})


def _versions(episodes: ibis.Table) -> ibis.Table:
    """Return every episode as last corrected; for people with a correction also every episode as first submitted."""
    latest = episodes.filter(episodes.superseded_date.isnull()).mutate(version=ibis.literal("corrected"))
    order = ibis.window(group_by=["person_id", "source", "episode"], order_by=["known_date", "superseded_date"])
    ranked = episodes.mutate(place=ibis.row_number().over(order))
    people = episodes.filter(episodes.superseded_date.notnull()).select("person_id").distinct()
    first = ranked.filter(ranked.place == 0).drop("place").semi_join(people, "person_id")
    return latest.union(first.mutate(version=ibis.literal("first")))


def _corrected_on(episodes: ibis.Table) -> ibis.Table:
    """Return the day of each corrected person's last correction."""
    return (
        episodes.filter(episodes.superseded_date.notnull()).group_by("person_id").agg(corrected_on=_.superseded_date.max())
    )


def _merged(stays: ibis.Table, corrected: ibis.Table) -> ibis.Table:
    """Put both versions of the stays together: equal ones once, changed ones with the day of the change."""
    first, latest = _.version == "first", _.version == "corrected"
    told = stays.group_by("person_id", "start", "end", "method", "provider").agg(
        first_known=_.known.min(where=first),
        latest_known=_.known.min(where=latest),
        first_end_known=_.end_known.min(where=first),
        latest_end_known=_.end_known.min(where=latest),
        cost=_.cost.max(),
        source=_.source.min(),
    )
    told = told.left_join(corrected, "person_id").drop("person_id_right")
    was, now = told.first_known.notnull(), told.latest_known.notnull()
    new = now & ~was & told.corrected_on.notnull()
    either = told.first_known.coalesce(told.latest_known)
    either_end = told.first_end_known.coalesce(told.latest_end_known)
    return _shaped(
        told.mutate(
            known=ibis.ifelse(new, ibis.greatest(told.latest_known, told.corrected_on), either),
            end_known=ibis.ifelse(new, ibis.greatest(told.latest_end_known, told.corrected_on), either_end),
            superseded_date=ibis.ifelse(was & ~now, told.corrected_on, ibis.null("date")),
        )
    )


def _shaped(rows: ibis.Table) -> ibis.Table:
    return shaped(
        "stays",
        rows,
        person_id=rows.person_id,
        stay_id=rows.source + "/" + rows.start.cast("string"),
        start_date=rows.start,
        end_date=rows.end,
        start_known_date=rows.known,
        end_known_date=ibis.ifelse(rows.end.isnull(), ibis.null("date"), rows.end_known),
        superseded_date=rows.superseded_date,
        source=rows.source,
        kind="hospital",
        method=rows.method,
        provider=rows.provider,
        cost=rows.cost,
    )


def admission_reasons(diagnoses: ibis.Table, stays: Stays) -> ibis.Table:
    """Return the diagnoses of the first episode of each emergency stay, dated at the admission and known when coded."""
    first = stays.episodes.filter(
        (stays.episodes.episode == stays.episodes.first_episode) & (stays.episodes.method == "emergency")
    )
    found = diagnoses.filter(diagnoses.kind == "diagnosis").inner_join(
        first.select("person_id", "episode", "start"),
        [diagnoses.person_id == first.person_id, diagnoses.stay_id == first.episode],
    )
    return shaped(
        "points",
        found,
        person_id=found.person_id,
        event_date=found.start,
        known_date=found.known_date,
        superseded_date=found.superseded_date,
        source=found.source,
        kind="admission_reason",
        code_system=found.code_system,
        code=found.code,
        position=found.position,
        stay_id=found.stay_id,
    )
