"""What tests of the made-up economy share."""

import datetime as dt

import pytest
from tests.conftest import made_once
from tests.unit.simulate.reading import raw, truth

from casefinder.simulate import simulate
from casefinder.simulate.settings import EconomySettings


class District:
    """An economy of 20,000 people, with the time that each person spent in it."""

    first, last = dt.date(2020, 4, 1), dt.date(2026, 3, 31)

    def __init__(self, folder):
        self.folder = folder
        self.people = truth(folder, "people")
        self.events = truth(folder, "events").merge(self.people[["nhs_number", "birth_date", "male"]], on="nhs_number")
        self.events["age"] = (self.events.date - self.events.birth_date).dt.days / 365.25
        self.gone = self.people[["exit_date", "death_date"]].min(axis=1)

    def raw(self, name):
        """Return a raw file without the rows of the over-full identifier, who is nobody."""
        rows = raw(self.folder, name)
        person = rows.columns[rows.columns.str.upper().str.replace("_", " ").isin(["NHS NUMBER", "NEWNHSNO", "PERSON ID"])]
        return rows[rows[person[0]].isin(set(self.people.nhs_number))] if len(person) else rows

    def here(self, day):
        """Return who was here on a day, with their ages."""
        there = self.people[(self.people.entry_date <= day) & ~(self.gone <= day)]
        return there.assign(age=(day - there.birth_date).dt.days / 365.25)

    def person_years(self, from_age=0):
        """Return the years lived here at an age and over."""
        import pandas as pd

        begun = self.people.birth_date + pd.to_timedelta(from_age * 365.25, "D")
        start = self.people.entry_date.where(self.people.entry_date > begun, begun)
        end = self.gone.fillna(pd.Timestamp(self.last)).clip(upper=pd.Timestamp(self.last))
        return (end - start).dt.days.clip(lower=0).sum() / 365.25

    def years(self):
        """Return person-years begun here: age and sex at the start, and what happened within a year, leavers left out."""
        import pandas as pd

        parts = []
        for year in range(2020, 2026):
            start, end = pd.Timestamp(f"{year}-04-01"), pd.Timestamp(f"{year + 1}-04-01")
            there = self.here(start)
            there = there[~(there.exit_date < end)]
            within = self.events[(self.events.date >= start) & (self.events.date < end)]
            admitted = within[within.kind == "emergency_admission"].nhs_number
            parts.append(there.assign(admitted=there.nhs_number.isin(set(admitted)), died=there.death_date < end))
        return pd.concat(parts)


@pytest.fixture(scope="session")
def district(tmp_path_factory):
    """An economy of 20,000 people, seed 5."""
    return District(made_once(tmp_path_factory, "truth district", lambda folder: simulate(folder, 20_000, 5)))


@pytest.fixture
def plain():
    """Settings without any planted fault."""
    return EconomySettings(faults=frozenset())
