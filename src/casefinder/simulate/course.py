"""The monthly course of lives: admissions, deaths, care homes, care at home and the service, one month after another.

Everybody is followed from two years before the first record, wherever they lived, so that someone who comes to the district
brings a past along. Nobody dies before coming. What the files show is cut to the time that a person was there.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from casefinder.simulate import hazards
from casefinder.simulate.arrays import Days, Flags, Floats, Rows, weighed
from casefinder.simulate.conditions import ONSETS
from casefinder.simulate.hazards import AT_HOME, DEPRIVED, FAR, RESIDENT, Load
from casefinder.simulate.places import District
from casefinder.simulate.population import YEAR, People
from casefinder.simulate.settings import NEVER, RUN_IN_MONTHS, Calendar, EconomySettings

_PRESENTS: Final = np.array([one.presents for one in ONSETS])
_LONGEST_STAY: Final = 150
_SERVICE_DAYS: Final = 270
_REABLED: Final = 0.22
SERVICE_CLUSTERS: Final = (0, 1)
"""The clusters in which the case-management service runs."""


@dataclass
class State:
    """What is true of each person at the start of a month; every array has one value a person."""

    since: Rows
    out_on: Days
    dead: Flags
    home_day: Days
    care_day: Days
    enrolled: Days
    enrolled_to: Days
    load: Load

    @classmethod
    def empty(cls, people: int, load: Load) -> "State":
        """Return the state of people to whom nothing has happened yet."""
        never = np.full(people, NEVER, np.int32)
        return cls(
            since=np.full(people, FAR, np.int16),
            out_on=np.full(people, -NEVER, np.int32),
            dead=np.zeros(people, bool),
            home_day=never.copy(),
            care_day=never.copy(),
            enrolled=never.copy(),
            enrolled_to=never.copy(),
            load=load,
        )


@dataclass
class Happened:
    """What happened, in the order of months; lists of arrays until joined."""

    admissions: list[tuple[Rows, Days, Days, Rows]] = field(default_factory=list)
    care_at_home: list[tuple[Rows, Days, Days]] = field(default_factory=list)
    reablement: list[tuple[Rows, Days, Days]] = field(default_factory=list)
    enrolments: list[tuple[Rows, Days, Days]] = field(default_factory=list)
    since: list[Rows] = field(default_factory=list)


class Lives:
    """The people of a chunk as they live through the months."""

    def __init__(
        self, people: People, district: District, months: Calendar, settings: EconomySettings, chance: np.random.Generator
    ) -> None:
        self.people, self.district, self.months, self.settings, self.chance = people, district, months, settings, chance
        self.male = people.sex_male
        self.inborn = people.fixed.frailty.astype(np.float32)
        self.death = np.full(len(people), NEVER, np.int32)
        self.happened = Happened()
        self.rates: Floats | None = None
        self._begins = _by_month(people.onset, months)
        self.state = State.empty(len(people), self._first_load())

    def _first_load(self) -> Load:
        """Return the log rates that people carry into the first month of the run-in."""
        had = (self.people.onset < self.months.start(-RUN_IN_MONTHS)).astype(np.float32)
        deprived = self.people.fixed.deprived.astype(np.float32)
        parts = {
            name: weighed(hazards.condition_effects(name), had) + DEPRIVED[name] * deprived for name in Load.__annotations__
        }
        area, practice = self.people.place(self.months.first)
        parts["emergency"] = parts["emergency"] + self.district.emergency_effect(area, practice)
        parts["emergency"] = parts["emergency"] + self.people.need + self.people.unrecorded
        parts["care_home"] = parts["care_home"] + self.people.unrecorded_home
        return Load(**{name: part.astype(np.float32) for name, part in parts.items()})

    def age(self, month: int) -> Floats:
        """Return exact ages in the middle of a month; negative before birth."""
        return ((self.months.start(month) + 15 - self.people.birth) / YEAR).astype(np.float32)

    def month(self, month: int) -> None:
        """Live through one month."""
        start, end = self.months.start(month), self.months.start(month + 1)
        self._move(month)
        age, state = self.age(month), self.state
        frailty = hazards.frailty_level(age, self.inborn)
        living = ~state.dead & (self.people.birth < end)
        if month >= 0:
            self.happened.since.append(np.minimum(state.since, FAR).astype(np.int8))
        self._enrol(month, start, end, age, frailty, living)
        where, days, causes = self._admissions(month, start, end, age, frailty, living)
        dying, death = self._deaths(month, start, end, age, frailty, living)
        where, days, causes, nights = self._stays(where, days, causes, dying, death, start, age, frailty)
        self._admit(where, days, causes, nights, death, start, end, age, frailty)
        state.dead |= dying
        self._enter_homes(start, end, age, frailty, living & ~dying)
        self._care(start, end, age, frailty, living & ~dying)
        admitted = np.zeros(len(living), bool)
        admitted[where] = True
        state.since = np.where(admitted, 0, np.minimum(state.since + 1, FAR)).astype(np.int16)
        self._begin(month)

    def _move(self, month: int) -> None:
        """Change the effect of the place for those who moved within the last month."""
        if month < 1:
            return
        day, place = self.people.move_day, self.district.emergency_effect
        moved = np.flatnonzero((day > self.months.start(month - 1)) & (day <= self.months.start(month)))
        before, after = ((self.people.area[moved, turn], self.people.practice[moved, turn]) for turn in (0, 1))
        self.state.load.emergency[moved] += (place(*after) - place(*before)).astype(np.float32)

    def _begin(self, month: int) -> None:
        """Count the conditions that began in a month from the next month on."""
        which, people, _ = self._begins.get(month, (_NONE, _NONE, _NONE))
        for name in Load.__annotations__:
            np.add.at(getattr(self.state.load, name), people, hazards.condition_effects(name)[which])

    def log_emergency(self, month: int, age: Floats, frailty: Floats) -> Floats:
        """Return log rates of emergency admission in a month, without a recent admission and the service."""
        start = self.months.start(month)
        log = hazards.log_emergency(self.state.load.emergency, age, frailty)
        log = log + RESIDENT["emergency"] * (self.state.home_day < start)
        log = log + AT_HOME["emergency"] * (self.state.care_day < start)
        return log + np.float32(hazards.season(int(self.months.month_of[month + RUN_IN_MONTHS])))

    def served(self, start: int, end: int) -> Floats:
        """Return the share of a span of days that each person is on the caseload of the service."""
        overlap = np.minimum(self.state.enrolled_to, end) - np.maximum(self.state.enrolled, start)
        return (np.clip(overlap, 0, None) / (end - start)).astype(np.float32)

    def outside(self, start: int, end: int) -> Floats:
        """Return the share of a month in which each person is born and not in hospital yet."""
        first = np.maximum(np.maximum(self.state.out_on, self.people.birth), start)
        return (np.clip(end - first, 0, None) / (end - start)).astype(np.float32)

    def _admissions(
        self, month: int, start: int, end: int, age: Floats, frailty: Floats, living: Flags
    ) -> tuple[Rows, Days, Rows]:
        """Return who is admitted as an emergency, on which day, and the condition that began so (-1 for any other cause)."""
        log = self.log_emergency(month, age, frailty) + hazards.recent("emergency")[self.state.since]
        service = 1 - (1 - self.settings.service_rate_ratio) * self.served(start, end)
        expected = np.exp(log) * self.outside(start, end) * service * living
        drawn = self.chance.random(len(living), np.float32)
        usual = np.flatnonzero(drawn < -np.expm1(-expected))
        free = np.maximum(np.maximum(self.state.out_on[usual], self.people.birth[usual]), start)
        days = (free + self.chance.random(len(usual)) * (end - free)).astype(np.int32)
        which, people, onset = self._begins.get(month, (_NONE, _NONE, _NONE))
        shows = living[people] & (self.chance.random(len(people)) < _PRESENTS[which]) & (onset >= self.state.out_on[people])
        people, first = np.unique(people[shows], return_index=True)
        keep = ~np.isin(usual, people)
        where = np.concatenate([people, usual[keep]])
        causes = np.concatenate([which[shows][first], np.full(keep.sum(), -1)]).astype(np.int16)
        return where, np.concatenate([onset[shows][first], days[keep]]).astype(np.int32), causes

    def _deaths(self, month: int, start: int, end: int, age: Floats, frailty: Floats, living: Flags) -> tuple[Flags, Days]:
        """Return who dies in a month, and the day of each death; nobody dies before the records begin or before coming."""
        state = self.state
        log = hazards.log_death(state.load.death, age, self.male, frailty) + hazards.recent("death")[state.since]
        log = log + RESIDENT["death"] * (state.home_day < start) + AT_HOME["death"] * (state.care_day < start)
        dying = (self.chance.random(len(living), np.float32) < -np.expm1(-np.exp(log))) & living
        days = (start + self.chance.random(len(living)) * (end - start)).astype(np.int32)
        dying &= (month >= 0) & (days >= self.people.entry)
        days = np.where(dying, days, NEVER).astype(np.int32)
        self.death = np.minimum(self.death, days)
        return dying, days

    def _stays(
        self, where: Rows, days: Days, causes: Rows, dying: Flags, death: Days, start: int,
        age: Floats, frailty: Floats,
    ) -> tuple[Rows, Days, Rows, Days]:  # fmt: skip
        """Return the admissions of a month with their nights: those who die later are admitted before, some only to die."""
        free = np.maximum(np.maximum(self.state.out_on[where], start), self.people.birth[where])
        late = days > death[where]
        days = np.where(late, free + self.chance.random(len(where)) * (death[where] - free + 1), days).astype(np.int32)
        kept = days <= death[where]
        where, days, causes = where[kept], days[kept], causes[kept]
        nights = stay_nights(age[where], frailty[where], self.chance)
        last = np.flatnonzero(dying & (self.state.out_on <= death) & (self.people.birth < death))
        last = last[(self.chance.random(len(last)) < hazards.IN_HOSPITAL_DEATHS) & ~np.isin(last, where)]
        short = np.minimum(self.chance.exponential(6.0, len(last)), 25)
        arrived = np.maximum(np.maximum(death[last] - short, self.state.out_on[last]), start).astype(np.int32)
        where = np.concatenate([where, last])
        causes = np.concatenate([causes, np.full(len(last), -1)]).astype(np.int16)
        return (
            where,
            np.concatenate([days, arrived]),
            causes,
            np.concatenate([nights, death[last] - arrived]).astype(np.int32),
        )

    def _admit(
        self, where: Rows, days: Days, causes: Rows, nights: Days, death: Days, start: int, end: int,
        age: Floats, frailty: Floats,
    ) -> None:  # fmt: skip
        """Write down the stays of a month, a second one for some who leave hospital within it, and reablement after them."""
        out = np.minimum(days + nights, death[where]).astype(np.int32)
        self.state.out_on[where] = out
        self.happened.admissions.append((where, days, out, causes))
        log = hazards.log_emergency(self.state.load.emergency[where], age[where], frailty[where])
        rate = np.exp(log + hazards.recent("emergency")[0]) * np.clip(end - out - 1, 0, None) / (end - start)
        again = (self.chance.random(len(where)) < -np.expm1(-rate)) & (death[where] == NEVER)
        second, free = where[again], out[again] + 1
        back = (free + self.chance.random(len(second)) * (end - free)).astype(np.int32)
        left = back + stay_nights(age[second], frailty[second], self.chance)
        self.state.out_on[second] = left
        self.happened.admissions.append((second, back, left, np.full(len(second), -1, np.int16)))
        helped = (
            (age[where] >= 65) & (nights >= 2) & (death[where] == NEVER) & ~again & (self.state.home_day[where] == NEVER)
        )
        helped &= self.chance.random(len(where)) < _REABLED * np.clip(frailty[where] - 0.6, 0, 1)
        until = out[helped] + self.chance.integers(14, 43, helped.sum()).astype(np.int32)
        self.happened.reablement.append((where[helped], out[helped], until))

    def _enter_homes(self, start: int, end: int, age: Floats, frailty: Floats, living: Flags) -> None:
        """Move people into care homes, straight from hospital where they are in one or have left it this month."""
        state = self.state
        log = hazards.log_care_home(state.load.care_home, age, frailty) + hazards.recent("care_home")[state.since]
        area, _ = self.people.place(start)
        log = log + self.district.areas.care_home_effect[area] + AT_HOME["care_home"] * (state.care_day < start)
        enters = (self.chance.random(len(living), np.float32) < -np.expm1(-np.exp(log))) & living & (state.home_day == NEVER)
        who = np.flatnonzero(enters)
        day = self.chance.integers(start, end, len(who)).astype(np.int32)
        leaving = (state.out_on[who] > start) & (state.out_on[who] < end) & (self.chance.random(len(who)) < 0.8)
        day = np.where(leaving, state.out_on[who], day).astype(np.int32)
        state.home_day[who] = day
        state.out_on[who] = np.minimum(state.out_on[who], day)

    def _care(self, start: int, end: int, age: Floats, frailty: Floats, living: Flags) -> None:
        """Start and end packages of care at home."""
        state, spans = self.state, self.happened.care_at_home
        log = hazards.log_home_care(state.load.home_care, age, frailty) + hazards.recent("home_care")[state.since]
        starts = (self.chance.random(len(living), np.float32) < -np.expm1(-np.exp(log))) & living
        starts &= (state.care_day == NEVER) & (state.home_day == NEVER)
        drawn = self.chance.random(len(living), np.float32)
        stops = (state.care_day < start) & (~living | (state.home_day < end) | (drawn < hazards.HOME_CARE_ENDS))
        who = np.flatnonzero(stops)
        ended = np.minimum(np.minimum(self.death[who], state.home_day[who]), end - 1).astype(np.int32)
        spans.append((who, state.care_day[who], ended))
        state.care_day[who] = NEVER
        who = np.flatnonzero(starts)
        day = self.chance.integers(start, end, len(who)).astype(np.int32)
        state.care_day[who] = np.clip(np.maximum(day, state.out_on[who]), start, end - 1)

    def _enrol(self, month: int, start: int, end: int, age: Floats, frailty: Floats, living: Flags) -> None:
        """Enrol people in the case-management service where it runs, and let go of those whose time is over."""
        state = self.state
        over = state.enrolled_to <= start
        state.enrolled[over] = state.enrolled_to[over] = NEVER
        chance = self.enrolment_chance(month, age, frailty)
        free = (state.enrolled == NEVER) & (state.home_day == NEVER) & living
        free &= (self.people.entry < start) & (self.people.exit > end)
        who = np.flatnonzero((self.chance.random(len(living), np.float32) < chance) & free)
        if not len(who):
            return
        begun = self.chance.integers(start, end, len(who)).astype(np.int32)
        length = np.clip(self.chance.normal(_SERVICE_DAYS, 60, len(who)), 60, 450).astype(np.int32)
        state.enrolled[who], state.enrolled_to[who] = begun, begun + length
        self.happened.enrolments.append((who, begun, begun + length))

    def enrolment_chance(self, month: int, age: Floats, frailty: Floats, waited: int = 0) -> Floats:
        """Return the chance of being enrolled in a month; ``waited``: months already passed since the state was true."""
        start = self.months.start(month)
        if start < np.datetime64(self.settings.service_start, "D").astype(int):
            return np.zeros(len(age), np.float32)
        _, practice = self.people.place(start)
        runs = np.isin(self.district.practices.cluster[practice], SERVICE_CLUSTERS)
        spread = self.settings.unrecorded_sd or 1.0
        hidden = self.settings.enrolment_on_unrecorded * self.people.unrecorded / spread
        since = np.minimum(self.state.since + waited, FAR)
        return hazards.enrolment_chance(age, frailty, since, hidden) * runs

    def finish(self) -> None:
        """Write down the packages of care that are still open."""
        who = np.flatnonzero(self.state.care_day < NEVER)
        self.happened.care_at_home.append((who, self.state.care_day[who], np.full(len(who), NEVER, np.int32)))


_NONE: Final = np.empty(0, np.int64)


def _by_month(onset: Rows, months: Calendar) -> dict[int, tuple[Rows, Rows, Rows]]:
    """Return conditions, people and days of the onsets of each month from the run-in on."""
    which, people = np.nonzero((onset >= months.starts[0]) & (onset < months.starts[-1]))
    days = onset[which, people]
    month = np.searchsorted(months.starts, days, side="right") - 1 - RUN_IN_MONTHS
    order = np.argsort(month, kind="stable")
    cuts = np.flatnonzero(np.diff(month[order])) + 1
    groups = np.split(order, cuts) if len(order) else []
    return {int(month[rows[0]]): (which[rows], people[rows], days[rows]) for rows in groups}


def stay_nights(age: Floats, frailty: Floats, chance: np.random.Generator) -> Days:
    """Return nights in hospital after an emergency admission: a third none, the rest skewed, longer with age and frailty.

    Levels: NHS England, Hospital Admitted Patient Care Activity 2023/24 (mean of emergency stays by age).
    """
    none = np.interp(age, (0, 20, 50, 70, 90), (0.48, 0.48, 0.42, 0.30, 0.18))
    middle = np.interp(age, (0, 20, 50, 70, 90), (0.40, 0.65, 1.15, 1.62, 1.92)) + 0.10 * (frailty - 1.0) * (age > 65)
    nights = 1 + np.floor(np.exp(middle + 1.05 * chance.standard_normal(len(age))))
    return np.where(chance.random(len(age)) < none, 0, np.minimum(nights, _LONGEST_STAY)).astype(np.int32)
