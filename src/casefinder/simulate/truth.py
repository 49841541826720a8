"""What is true of a chunk, kept apart from the raw files: risks, events, enrolments, people."""

from typing import Final

import numpy as np
import pyarrow as pa

from casefinder.simulate import hazards
from casefinder.simulate.arrays import Days
from casefinder.simulate.chunk import Chunk
from casefinder.simulate.conditions import NAMES
from casefinder.simulate.course import Lives
from casefinder.simulate.risk import NOW, Risks, true_risks
from casefinder.simulate.rows_social_care import pays_themselves, self_funded_share
from casefinder.simulate.settings import NEVER

RISKS: Final = "risks"
EVENTS: Final = "events"
SERVICE: Final = "service"
PEOPLE: Final = "people"


def _dates(days: Days) -> pa.Array:
    return pa.array(days.astype(np.int32), mask=days >= NEVER).cast(pa.date32())


def _numbers(chunk_numbers: np.ndarray) -> pa.Array:
    return pa.array(chunk_numbers).cast(pa.string())


def risks_on(lives: Lives, month: int) -> pa.Table:
    """Return the true risks of everyone alive and here on the first day of a month; entry only for those not resident.

    ``care_home_recorded_12m`` is the chance of an entry that the council's data will show: who pays is not settled before.
    """
    people, day = lives.people, lives.months.start(month)
    risks: Risks = true_risks(lives, month)
    settled = people.birth < day
    here = settled & ~lives.state.dead & (people.entry <= day) & (people.exit > day)
    who = np.flatnonzero(settled & (people.entry <= day))
    area, _ = people.place(day)
    shares = (lives.settings.self_funded_most_deprived, lives.settings.self_funded_least_deprived)
    council = 1 - self_funded_share(shares, lives.district.areas.decile[area])
    home = np.where(here & (lives.state.home_day > NOW), risks.care_home, np.nan)
    held = {
        "emergency_admission_12m": np.where(here, risks.emergency, np.nan),
        "care_home_entry_12m": home,
        "care_home_recorded_12m": home * council,
        "death_12m": np.where(here, risks.death, np.nan),
    }
    columns = {name: pa.array(values[who].astype(np.float64), from_pandas=True) for name, values in held.items()}
    return pa.table({
        "nhs_number": _numbers(people.number[who]),
        "index_date": _dates(np.full(len(who), day, np.int32)),
        "alive_and_here": pa.array(here[who]),
        **columns,
    })  # fmt: skip


def events(chunk: Chunk) -> pa.Table:
    """Return what truly happened to people while they were here: emergency admissions, care-home entries, deaths."""
    stays, home, death = chunk.course.admissions, chunk.course.home_day, chunk.course.death
    admitted = stays.take(chunk.present(stays.person, stays.start))
    entered = np.flatnonzero(home < NEVER)
    entered = entered[chunk.present(entered, home[entered])]
    died = np.flatnonzero(death < NEVER)
    died = died[(death[died] >= chunk.people.entry[died]) & (death[died] < chunk.people.exit[died])]
    person = np.concatenate([admitted.person, entered, died])
    kinds = ["emergency_admission"] * len(admitted) + ["care_home_entry"] * len(entered) + ["death"] * len(died)
    paid = np.where(pays_themselves(chunk), "self", "council")[entered].tolist()
    return pa.table({
        "nhs_number": _numbers(chunk.people.number[person]),
        "kind": pa.array(kinds, pa.string()),
        "date": _dates(np.concatenate([admitted.start, home[entered], death[died]])),
        "end_date": _dates(np.concatenate([admitted.end, np.full(len(entered) + len(died), NEVER)])),
        "funder": pa.array([None] * len(admitted) + paid + [None] * len(died), pa.string()),
    })  # fmt: skip


def service(chunk: Chunk) -> pa.Table:
    """Return enrolments in the case-management service, with what stood out about each person then."""
    spans = chunk.course.enrolments
    spans = spans.take(chunk.present(spans.person, spans.start))
    since = chunk.course.since[chunk.months.month_at(spans.start), spans.person]
    frail = chunk.frailty(spans.person, spans.start) >= 1.5
    reason = np.where(since <= 2, "admitted within three months", np.where(frail, "frailty", "judgement"))
    return pa.table({
        "nhs_number": _numbers(chunk.people.number[spans.person]),
        "start_date": _dates(spans.start),
        "end_date": _dates(np.minimum(spans.end, chunk.gone[spans.person] - 1)),
        "reason": pa.array(reason.tolist(), pa.string()),
        "unrecorded": pa.array(chunk.people.unrecorded[spans.person].astype(np.float64)),
    })  # fmt: skip


def people(chunk: Chunk) -> pa.Table:
    """Return everybody with what no record shows, and the day on which each condition began."""
    those = chunk.people
    codes, areas = chunk.district.practices.code, chunk.district.areas.code
    frailty = hazards.frailty_level(
        ((chunk.months.last - those.birth) / 365.25).astype(np.float32), those.fixed.frailty.astype(np.float32)
    )
    onsets = {f"onset_{name}": _dates(those.onset[place]) for place, name in enumerate(NAMES)}
    return pa.table({
        "nhs_number": _numbers(those.number),
        "birth_date": _dates(those.birth),
        "male": pa.array(those.sex_male),
        "entry_date": _dates(those.entry),
        "exit_date": _dates(those.exit),
        "death_date": _dates(np.where(chunk.course.death < those.exit, chunk.course.death, NEVER)),
        "first_practice": pa.array([codes[place] for place in those.practice[:, 0]]),
        "last_practice": pa.array([codes[place] for place in those.practice[:, 1]]),
        "move_date": _dates(those.move_day),
        "first_lsoa": pa.array([areas[place] for place in those.area[:, 0]]),
        "inborn_frailty": pa.array(those.fixed.frailty),
        "frailty_at_end": pa.array(frailty.astype(np.float64)),
        "need": pa.array(those.need.astype(np.float64)),
        "unrecorded": pa.array(those.unrecorded.astype(np.float64)),
        "unrecorded_home": pa.array(those.unrecorded_home.astype(np.float64)),
        "pays_for_care_home": pa.array(pays_themselves(chunk)),
        **onsets,
    })  # fmt: skip
