"""The people of a chunk: when they were born, came and left, where they live, and when their conditions begin.

Someone of 80 has lived to 80: each place in the population is filled by one of several candidates for a life, in
proportion to the chance of that life having lasted so long. Without it the first years would hold people too ill to be
there.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.simulate.arrays import Days, Flags, Floats, Rows, between, weighed
from casefinder.simulate.conditions import NO_AGE, SMOKERS, Fixed, effects, onset_ages
from casefinder.simulate.hazards import DEPRIVED, frailty_level, log_death
from casefinder.simulate.places import District
from casefinder.simulate.published import FIVE_YEARS, PEOPLE_IN_THOUSANDS, RURAL_TILT
from casefinder.simulate.settings import NEVER, Calendar

YEAR: Final = 365.25
_CANDIDATES: Final = 4
_SELECTED_FROM: Final = 45
_JOIN_RATE: Final = 0.040
_LEAVE_RATES: Final = ((0, 0.036), (17, 0.03), (20, 0.11), (30, 0.065), (40, 0.034), (60, 0.022), (85, 0.022))
"""Share of people who come in a year, and who leave by age (ONS internal migration: about 5 %, most of them young)."""

_BIRTHS: Final = ((15, 0.0), (20, 0.030), (25, 0.072), (30, 0.108), (35, 0.090), (40, 0.036), (45, 0.003), (46, 0.0))
"""Births to a woman in a year by age (ONS, Births in England and Wales, 2022, raised by a tenth for a district of
families)."""

NEED: Final = 1.4
"""Spread of need beyond conditions and frailty. Most people are a little above the middle and some hardly use any
service, so need falls off exponentially below its top. At this size an oracle that knows everything would reach a
c-statistic of about 0.80 for adults, where good models on routine data reach 0.77 to 0.80 (Hippisley-Cox 2013; Wallace
2014 Ann Fam Med 12:357); it was set by that alone, before any model was fitted."""

_MOVE_RATES: Final = ((0, 0.05), (20, 0.10), (35, 0.05), (60, 0.02), (80, 0.025))
_ETHNIC: Final = (("A", 0.885), ("B", 0.006), ("C", 0.042), ("F", 0.004), ("D", 0.003), ("G", 0.004), ("H", 0.009),
                  ("J", 0.005), ("K", 0.002), ("L", 0.006), ("R", 0.004), ("M", 0.003), ("N", 0.006), ("S", 0.004),
                  ("Z", 0.010), ("X", 0.007))  # fmt: skip
"""Ethnic categories of a rural district (Census 2021, rural local authorities, rounded), with some not stated."""
ETHNIC_CODES: Final = tuple(code for code, _ in _ETHNIC)


@dataclass(frozen=True)
class People:
    """The people of a chunk, one value each. Days are since 1970-01-01; ``NEVER`` where something does not happen.

    ``area`` and ``practice`` have two columns: before and from ``move_day`` on. ``onset``: the day on which each
    condition begins, one row a condition. ``need``: the part of the log rate of admission that no condition explains but
    that shows in the use of every service. ``unrecorded``, ``unrecorded_home``: parts of the log rates of admission and
    of care-home entry that no record shows. ``pays``: the person pays for a care home where this is below the share of
    the area.
    """

    number: Rows
    birth: Days
    sex_male: Flags
    ethnic: Rows
    entry: Days
    exit: Days
    mother: Rows
    area: Rows
    practice: Rows
    move_day: Days
    fixed: Fixed
    onset: Rows
    need: Floats
    unrecorded: Floats
    unrecorded_home: Floats
    pays: Floats

    def __len__(self) -> int:
        return len(self.birth)

    def place(self, day: int | Days, people: Rows | slice = slice(None)) -> tuple[Rows, Rows]:
        """Return the area and the practice of people on a day."""
        moved = (self.move_day[people] <= day).astype(np.int64)
        rows = np.arange(len(self))[people]
        return self.area[rows, moved], self.practice[rows, moved]


def people_of_chunk(
    count: int,
    numbers: Rows,
    district: District,
    months: Calendar,
    unrecorded_sd: float,
    seed: np.random.SeedSequence,
) -> People:
    """Return about ``count`` people present at any time, with those who come, go and are born."""
    chance = np.random.Generator(np.random.PCG64(seed))
    years = (months.last + 1 - months.first) / YEAR
    joining = chance.poisson(count * _JOIN_RATE * years)
    here, come = _ages(count, np.array(RURAL_TILT), chance), _ages(joining, _joining_tilt(), chance)
    age, male = (np.concatenate(pair) for pair in zip(here, come, strict=True))
    entry = np.concatenate([np.full(count, months.first, np.int32), _days(months, joining, chance)])
    birth = (entry - age * YEAR).astype(np.int32)
    exit_day = _exit(entry, birth, months, chance)
    mother, birthday = _newborn(birth, male, entry, exit_day, months, chance)
    born = len(mother)
    room = len(numbers) - count - joining
    if born > room:
        mother, birthday, born = mother[:room], birthday[:room], room
    return _assembled(
        numbers, district, months, unrecorded_sd, chance,
        birth=np.concatenate([birth, birthday]),
        male=np.concatenate([male, chance.random(born) < 0.513]),
        entry=np.concatenate([entry, birthday]),
        exit_day=np.concatenate([exit_day, _exit(birthday, birthday, months, chance)]),
        mother=np.concatenate([np.full(count + joining, -1), mother]),
    )  # fmt: skip


def _ages(count: int, tilt: Floats, chance: np.random.Generator) -> tuple[Floats, Flags]:
    """Return exact ages and sexes drawn from the tilted national age structure."""
    weights = np.array([PEOPLE_IN_THOUSANDS["female"], PEOPLE_IN_THOUSANDS["male"]]) * tilt
    cell = chance.choice(weights.size, count, p=(weights / weights.sum()).ravel())
    band = cell % len(tilt)
    within = chance.random(count) * FIVE_YEARS
    oldest = np.minimum(chance.exponential(2.6, count), 14.0)
    return 1.0 * band * FIVE_YEARS + np.where(band == len(tilt) - 1, oldest, within), cell >= len(tilt)


def _joining_tilt() -> Floats:
    """Return which ages join more often than they are there: young adults and families, and some at retirement."""
    tilt = np.array([1.3, 1.0, 0.8, 0.8, 1.5, 1.9, 1.7, 1.3, 0.9, 0.8, 0.8, 0.9, 1.0, 0.9, 0.6, 0.5, 0.5, 0.6, 0.6])
    return tilt * np.array(RURAL_TILT)


def _days(months: Calendar, count: int, chance: np.random.Generator) -> Days:
    return chance.integers(months.first + 1, months.last + 1, count).astype(np.int32)


def _exit(entry: Days, birth: Days, months: Calendar, chance: np.random.Generator) -> Days:
    """Return the day on which each person leaves the district, at a rate that changes with age year by year."""
    day, left = entry.astype(float), chance.standard_exponential(len(entry))
    found = np.full(len(entry), NEVER, np.int32)
    while (day <= months.last).any():
        rate = between(_LEAVE_RATES, (day - birth) / YEAR) / YEAR
        leaves = (found == NEVER) & (left < rate * YEAR)
        found[leaves] = (day + left / rate)[leaves].astype(np.int32) + 1
        left, day = left - rate * YEAR, day + YEAR
    return np.where(found <= months.last, found, NEVER).astype(np.int32)


def _newborn(
    birth: Days, male: Flags, entry: Days, exit_day: Days, months: Calendar, chance: np.random.Generator
) -> tuple[Rows, Days]:
    """Return the mother and the day of each birth to women who are there on that day."""
    mothers, days = [], []
    latest = np.full(len(birth), -NEVER, np.int64)
    for start in range(0, months.months, 12):
        day = months.start(start) + chance.integers(0, 365, len(birth))
        gives = chance.random(len(birth)) < between(_BIRTHS, (day - birth) / YEAR)
        gives &= ~male & (day > latest + 300) & (day > entry + 30) & (day < exit_day)
        latest[gives] = day[gives]
        mothers.append(np.flatnonzero(gives))
        days.append(day[gives])
    return np.concatenate(mothers), np.concatenate(days).astype(np.int32)


def _assembled(
    numbers: Rows, district: District, months: Calendar, unrecorded_sd: float, chance: np.random.Generator, *,
    birth: Days, male: Flags, entry: Days, exit_day: Days, mother: Rows,
) -> People:  # fmt: skip
    count = len(birth)
    area, practice, move_day = _homes(count, birth, mother, district, months, chance)
    age = (entry - birth) / YEAR
    fixed, ages = _lives(age, male, 5.5 - district.areas.decile[area[:, 0]], chance)
    onset = np.where(ages < NO_AGE / 2, birth + np.minimum(ages, 200) * YEAR, NEVER).astype(np.int32)
    return People(
        number=numbers[:count],
        birth=birth,
        sex_male=male,
        ethnic=chance.choice(len(_ETHNIC), count, p=[share for _, share in _ETHNIC]).astype(np.int8),
        entry=entry,
        exit=exit_day,
        mother=mother,
        area=area,
        practice=practice,
        move_day=move_day,
        fixed=fixed,
        onset=onset,
        need=(np.log1p(NEED) - NEED * chance.standard_exponential(count)).astype(np.float32),
        unrecorded=(chance.standard_normal(count) * unrecorded_sd).astype(np.float32),
        unrecorded_home=(chance.standard_normal(count) * unrecorded_sd).astype(np.float32),
        pays=chance.random(count).astype(np.float32),
    )


def _homes(
    count: int, birth: Days, mother: Rows, district: District, months: Calendar, chance: np.random.Generator
) -> tuple[Rows, Rows, Days]:
    """Return each person's areas and practices before and after a move, and the day of the move; babies join their
    mother."""
    areas, near = district.areas, district.practices.nearest
    area = chance.choice(len(areas.code), (count, 2), p=areas.weight / areas.weight.sum())
    choice = chance.choice(3, (count, 2), p=(0.62, 0.26, 0.12))
    practice = near[area, choice]
    years = (months.last - months.first) / YEAR
    moves = chance.random(count) < 1 - np.exp(-between(_MOVE_RATES, (months.first - birth) / YEAR) * years)
    move_day = np.where(moves, chance.integers(months.first + 1, months.last, count), NEVER).astype(np.int32)
    stays_with = (district.practices.cluster[practice[:, 0]] == areas.cluster[area[:, 1]]) & (chance.random(count) < 0.6)
    practice[:, 1] = np.where(stays_with, practice[:, 0], practice[:, 1])
    baby = np.flatnonzero(mother >= 0)
    own = (move_day[mother[baby]] <= birth[baby]).astype(np.int64)
    area[baby] = area[mother[baby], own][:, None]
    practice[baby] = practice[mother[baby], own][:, None]
    move_day[baby] = NEVER
    return area, practice, move_day


def _lives(age: Floats, male: Flags, deprived: Floats, chance: np.random.Generator) -> tuple[Fixed, Floats]:
    """Return what people are born with and their ages of onset, given that they lived to ``age``."""
    fixed = _born(male, deprived, chance)
    ages = onset_ages(fixed, chance)
    older = np.flatnonzero(age > _SELECTED_FROM)
    repeat = np.tile(older, _CANDIDATES)
    lives = _born(male[repeat], deprived[repeat], chance)
    onsets = onset_ages(lives, chance)
    lasted = np.exp(-_lived_hazard(age[repeat], lives, onsets)).reshape(_CANDIDATES, -1)
    reached = np.cumsum(lasted, axis=0)
    chosen = (reached < chance.random(len(older)) * reached[-1]).sum(axis=0)
    picked = chosen * len(older) + np.arange(len(older))
    for name in ("frailty", "smoked", "weight"):
        getattr(fixed, name)[older] = getattr(lives, name)[picked]
    ages[:, older] = onsets[:, picked]
    return fixed, ages


def _born(male: Flags, deprived: Floats, chance: np.random.Generator) -> Fixed:
    count = len(male)
    return Fixed(
        male=male,
        frailty=chance.standard_normal(count),
        deprived=deprived.astype(float),
        smoked=chance.random(count) < SMOKERS,
        weight=chance.standard_normal(count),
    )


def _lived_hazard(age: Floats, lives: Fixed, onsets: Floats) -> Floats:
    """Return the sum of each person's rate of death from 40 to ``age``, in steps of two and a half years."""
    added, step = effects("death").astype(np.float32), 2.5
    total = np.zeros(len(age))
    for middle in np.arange(40 + step / 2, 105, step, dtype=np.float32):
        there = np.flatnonzero(age > middle - step / 2)
        if not len(there):
            break
        load = weighed(added, onsets[:, there] < middle) + DEPRIVED["death"] * lives.deprived[there]
        at = np.full(len(there), middle)
        log = log_death(load, at, lives.male[there], frailty_level(at, lives.frailty[there]))
        total[there] += 12 * np.exp(log) * np.minimum(step, age[there] - (middle - step / 2))
    return total
