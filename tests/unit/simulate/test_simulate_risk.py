"""The true risk of a person is what happens to that person, over and over, from the same day on."""

import copy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.unit.simulate.reading import truth

from casefinder.simulate import course
from casefinder.simulate.conditions import INDEX, ONSETS, shape
from casefinder.simulate.course import Happened, Lives
from casefinder.simulate.nhs_numbers import valid_numbers
from casefinder.simulate.places import district as places
from casefinder.simulate.population import YEAR, people_of_chunk
from casefinder.simulate.risk import lives_rates, true_risks
from casefinder.simulate.settings import NEVER, RUN_IN_MONTHS, EconomySettings, calendar

MONTH, TURNS = 51, 60


@pytest.fixture(scope="module")
def lives():
    """Six thousand people, lived until the summer of 2024; the service has a strong effect, so that it shows."""
    settings = EconomySettings(service_rate_ratio=0.5)
    months, (numbers, where, who, chance) = calendar(settings), np.random.SeedSequence(77).spawn(4)
    area = places(settings, 160_000, months.last, where)
    people = people_of_chunk(6000, valid_numbers(numbers)[:9500], area, months, settings.unrecorded_sd, who)
    lived = Lives(people, area, months, settings, np.random.Generator(np.random.PCG64(chance)))
    for month in range(-RUN_IN_MONTHS, MONTH):
        lived.month(month)
    return lived


def onsets_from(lives, chance):
    """Draw again, month by month, every condition that has not begun by the day."""
    months, people = lives.months, lives.people
    onset = np.where(people.onset < months.start(MONTH), people.onset, NEVER).astype(np.int32)
    for month in range(MONTH, MONTH + 12):
        start, end = months.start(month), months.start(month + 1)
        age, has = (start + 15 - people.birth) / YEAR, onset < start
        for place, one in enumerate(ONSETS):
            rate = lives_rates(lives)[place] * np.exp(shape(one.name)[1] * (age - one.first_age)) / 12
            for name, more in one.after.items():
                rate = rate * np.where(has[INDEX[name]], np.exp(more), 1)
            begins = ~has[place] & (age > one.first_age) & (chance.random(len(people)) < 1 - np.exp(-rate))
            onset[place, begins] = chance.integers(start, end, begins.sum())
    return onset


@pytest.fixture(scope="module")
def frequencies(lives):
    """How often each person was admitted, died and entered a care home in a year lived sixty times."""
    counts = {name: np.zeros(len(lives.people)) for name in ("emergency", "death", "care_home")}
    for turn in range(TURNS):
        again = copy.copy(lives)
        again.chance = np.random.default_rng(1000 + turn)
        again.people = replace(lives.people, onset=onsets_from(lives, again.chance))
        again._begins = course._by_month(again.people.onset, lives.months)
        again.state, again.death, again.happened = copy.deepcopy(lives.state), lives.death.copy(), Happened()
        for month in range(MONTH, MONTH + 12):
            again.month(month)
        start, end = lives.months.start(MONTH), lives.months.start(MONTH + 12)
        counts["emergency"][np.unique(np.concatenate([one[0] for one in again.happened.admissions]))] += 1
        counts["death"] += again.death < end
        counts["care_home"] += (again.state.home_day >= start) & (again.state.home_day < end)
    return {name: count / TURNS for name, count in counts.items()}


@pytest.mark.slow
@pytest.mark.parametrize("outcome", ["emergency", "death", "care_home"])
def test_the_recursion_agrees_with_living_the_year_many_times(lives, frequencies, outcome):
    start = lives.months.start(MONTH)
    those = ~lives.state.dead & (lives.people.birth < start) & (lives.people.entry <= start)
    if outcome == "care_home":
        those &= (lives.age(MONTH) >= 65) & (lives.state.home_day == NEVER)
    risk, often = getattr(true_risks(lives, MONTH), outcome)[those], frequencies[outcome][those]
    assert risk.mean() == pytest.approx(often.mean(), abs=0.01)
    assert risk.mean() == pytest.approx(often.mean(), rel=0.05)
    tenth = np.argsort(np.argsort(risk)) * 10 // len(risk)
    size = np.bincount(tenth)
    middle, found = np.bincount(tenth, risk) / size, np.bincount(tenth, often) / size
    chance = np.sqrt(middle * (1 - middle) / size / TURNS)
    assert np.all(np.abs(middle - found) < 0.004 + 4 * chance)


def test_those_in_the_service_run_less_risk_by_what_the_setting_says(lives):
    served = (lives.state.enrolled < lives.months.start(MONTH)) & ~lives.state.dead
    with_service = true_risks(lives, MONTH).emergency
    without = copy.copy(lives)
    without.settings = replace(lives.settings, service_rate_ratio=1.0)
    ratio = with_service[served] / true_risks(without, MONTH).emergency[served]
    assert served.sum() > 5
    assert np.all((ratio > 0.45) & (ratio <= 1))
    assert np.median(ratio) < 0.95
    assert with_service.mean() < true_risks(without, MONTH).emergency.mean()


def test_nothing_that_comes_after_the_day_changes_the_risk(lives):
    later = copy.copy(lives)
    start = lives.months.start(MONTH)
    later.people = replace(lives.people, onset=np.where(lives.people.onset >= start, NEVER, lives.people.onset))
    for before, after in zip(vars(true_risks(lives, MONTH)).values(), vars(true_risks(later, MONTH)).values(), strict=True):
        assert np.array_equal(before, after)


def c_statistic(outcome, risk):
    """Return the chance that someone with the outcome has a higher risk than someone without."""
    ranks = pd.Series(risk).rank().to_numpy()
    events = outcome.sum()
    return (ranks[outcome].sum() - events * (events + 1) / 2) / events / (~outcome).sum()


@pytest.mark.slow
def test_an_oracle_tells_people_apart_about_as_well_as_one_should(district):
    # Good models on routine data reach 0.77 to 0.80 for adults; someone who knows everything does a little better.
    day = pd.Timestamp("2024-04-01")
    risks = truth(district.folder, "risks")
    risks = risks[(risks.index_date == day) & risks.alive_and_here].merge(district.people, on="nhs_number")
    year = day + pd.Timedelta(days=365)
    stayed = risks[~(risks.exit_date < year) & ((day - risks.birth_date).dt.days >= 18 * 365.25)]
    admitted = district.events[
        (district.events.kind == "emergency_admission") & district.events.date.between(day, year, "left")
    ]
    outcome = stayed.nhs_number.isin(set(admitted.nhs_number)).to_numpy()
    assert 0.77 < c_statistic(outcome, stayed.emergency_admission_12m) < 0.84
    assert outcome.sum() == pytest.approx(stayed.emergency_admission_12m.sum(), rel=0.08)


def test_risks_stand_at_every_quarter_day_and_are_chances(economy):
    risks = truth(economy, "risks")
    assert list(risks.index_date.drop_duplicates().dt.strftime("%Y-%m")) == [
        f"{year}-{month:02d}"
        for year in range(2022, 2027)
        for month in (1, 4, 7, 10)
        if "2022-04" <= f"{year}-{month:02d}" <= "2026-04"
    ]
    chances = risks[["emergency_admission_12m", "care_home_entry_12m", "care_home_recorded_12m", "death_12m"]]
    assert chances.min().min() >= 0
    assert chances.max().max() <= 1
    assert chances.emergency_admission_12m.notna().equals(risks.alive_and_here)
    assert not risks.duplicated(["nhs_number", "index_date"]).any()
    home = risks.dropna()
    assert (home.care_home_recorded_12m <= home.care_home_entry_12m).all()
