"""People whose need and supply are known, fitted once for the tests of allocation."""

import numpy as np
import pandas as pd

from casefinder.allocation.allocated import Local
from casefinder.allocation.caps import applied
from casefinder.allocation.design import Design, Supply
from casefinder.allocation.fitted import fit_everything
from casefinder.allocation.heldout import fitting
from casefinder.allocation.prepare import told_caps

PEOPLE, PRACTICES, AREAS, SEED = 9_000, 15, 60, 1
ILL = ("copd_years", "diabetes_years", "cancer_years")
TRUE_SUPPLY = np.array([-120.0, 90.0, 0.0])
CODES = tuple(f"P{number:02d}" for number in range(PRACTICES))
CAPS = ("99.5%", "99%", "none")


def people():
    """Return people whose illness is commoner where there is less supply of hospitals, and what they cost."""
    chance = np.random.default_rng(SEED)
    area = chance.integers(0, AREAS, PEOPLE)
    supply = np.column_stack([chance.normal(size=AREAS) for _ in range(3)])
    age = chance.uniform(0, 100, PEOPLE).astype(np.float32)
    ill_chance = 0.06 + 0.2 * age / 100 + 0.06 * np.clip(supply[area, 0], -1, 1)
    found = {
        "age": age,
        "sex": chance.choice([0, 1, 2, 3], PEOPLE, p=[0.49, 0.49, 0.01, 0.01]).astype(np.int8),
        "imd": chance.integers(0, 11, PEOPLE).astype(np.int8),
        "care_home": chance.random(PEOPLE) < 0.02,
        "area": area.astype(np.int32),
        "draw": chance.random(PEOPLE),
        **{name: chance.random(PEOPLE) < ill_chance for name in ILL},
    }
    mean = 300 + 8 * age + 900 * found["copd_years"] + 400 * found["diabetes_years"] + 1500 * found["cancer_years"]
    mean = mean + supply[area] @ TRUE_SUPPLY
    yearly = np.where(chance.random(PEOPLE) < 0.6, chance.gamma(1.2, np.maximum(mean, 50) / 0.72), 0.0)
    weight = np.where(chance.random(PEOPLE) < 0.1, chance.uniform(0.1, 1, PEOPLE), 1.0)
    table = pd.DataFrame(supply, columns=["hospital_minutes", "care_home_beds", "gp_appointments"])
    table["lsoa"] = [f"E{number}" for number in range(AREAS)]
    return found, table, yearly, weight, (area // 4).astype(np.int64)


def given():
    """Return what is fitted on, and the caps."""
    those, areas, yearly, weight, practice = people()
    supply = Supply.of(areas, {number: f"E{number}" for number in range(AREAS)}, those["area"], weight)
    design = Design(ILL, supply)
    caps, amounts = zip(*(applied(one, yearly, weight) for one in CAPS), strict=True)
    return fitting(design, those, practice, CODES, np.stack(amounts), weight, SEED), caps


def fitted_on(what, caps):
    """Return everything fitted, with what a record would add."""
    counts = dict.fromkeys(("part_of_a_year", "died", "no_day_seen", "negative_cost", "supply_not_known"), 0)
    supply = dict.fromkeys(what.design.supply.names, 1.0)
    counts |= {"fitted_on": PEOPLE, "supply_mean": supply, "supply_spread": supply}
    about = {"caps": told_caps(caps), "counts": counts, "seed": SEED, "remarks": [], "edition": "made up"}
    activities = pd.DataFrame({"activity": ["made up", "seldom"], "units": [1003, 4], "pounds": [5.0, 900.0]})
    return fit_everything(what, dict(what.people), what.practice, CODES, about, activities, lambda *_: None)


def local(**more):
    return Local(np.arange(PRACTICES), CODES, **more)
