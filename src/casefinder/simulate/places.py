"""The district: small areas, practices in clusters, hospitals, what is supplied where, and their planted effects."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from casefinder.simulate.arrays import Floats, Rows
from casefinder.simulate.settings import EconomySettings

CLUSTERS: Final = ("Aldermoor", "Birchvale", "Coldbrook", "Dunmere")
"""Made-up names of the four groups of practices."""

PLACE: Final = "Invented district"
COUNCIL: Final = "999"
EDITION: Final = "IMD 2025 (invented areas)"

HOSPITALS: Final = ("R9A", "R9B", "R9C")
"""Made-up providers: the district general hospital, a teaching hospital further off, a community hospital."""

_FIRST_NAMES: Final = (
    "Abbey", "Bridge", "Church", "Mill", "Orchard", "Market", "Riverside", "Priory", "Station", "Hillside",
    "Meadow", "Castle", "Forge", "Elm", "Oak", "Willow", "Harbour", "Priors", "Quarry", "Chapel",
)  # fmt: skip
_LAST_NAMES: Final = ("Surgery", "Medical Practice", "Health Centre", "Family Practice")
_DECILE_SHARES: Final = (0.05, 0.07, 0.09, 0.12, 0.14, 0.14, 0.13, 0.11, 0.09, 0.06)
"""Share of areas in each tenth of deprivation, 1 the most deprived: a rural district with a poorer town."""

_MINUTES_EFFECT: Final = -0.012
_APPOINTMENTS_EFFECT: Final = -0.04
_BEDS_EFFECT: Final = 0.10
"""On the log rate, for ten minutes more to a hospital, and for a standard deviation more of appointments and beds: distance
lowers use of hospitals (decay of a few per cent), supply of GPs lowers and of beds raises (sizes chosen, then planted)."""


@dataclass(frozen=True)
class Areas:
    """Small areas, one value each."""

    code: tuple[str, ...]
    cluster: Rows
    decile: Rows
    minutes: Floats
    beds: Floats
    appointments: Floats
    weight: Floats
    emergency_effect: Floats
    care_home_effect: Floats


@dataclass(frozen=True)
class Practices:
    """Practices, one value each; ``nearest`` gives for each area three practices of its cluster, the nearest first."""

    code: tuple[str, ...]
    name: tuple[str, ...]
    cluster: Rows
    effect: Floats
    coding: Floats
    nearest: Rows


@dataclass(frozen=True)
class District:
    """Everything about places that the lives of people depend on."""

    areas: Areas
    practices: Practices
    cluster_effect: Floats
    silent_practice: int
    silent_from: int

    def emergency_effect(self, area: Rows, practice: Rows) -> Floats:
        """Return what the place of each person adds to the log rate of emergency admission."""
        by_cluster = self.cluster_effect[self.practices.cluster[practice]]
        return self.areas.emergency_effect[area] + self.practices.effect[practice] + by_cluster


def district(settings: EconomySettings, people: int, last: int, seed: np.random.SeedSequence) -> District:
    """Return the places of an economy of so many people whose last day is ``last``."""
    chance = np.random.Generator(np.random.PCG64(seed))
    areas = _areas(max(24, round(people / 1600)), chance)
    practices = _practices(settings, int(np.clip(round(people / 8000), 8, 80)), areas, chance)
    cluster_effect = chance.standard_normal(len(CLUSTERS)) * settings.cluster_sd
    return District(areas, practices, cluster_effect, silent_practice=len(practices.code) // 2, silent_from=last - 150)


def _areas(count: int, chance: np.random.Generator) -> Areas:
    decile = np.sort(chance.choice(np.arange(1, 11), count, p=_DECILE_SHARES))
    chance.shuffle(decile)
    minutes = np.clip(chance.gamma(4.0, 6.5, count), 4, 75).round()
    beds = np.clip(chance.normal(95, 28, count), 20, 200).round()
    appointments = np.clip(chance.normal(470, 45, count), 300, 650).round()
    by_gp, by_beds = (appointments - 470) / 45, (beds - 95) / 28
    return Areas(
        code=tuple(f"E01{990001 + number}" for number in range(count)),
        cluster=np.arange(count) % len(CLUSTERS),
        decile=decile,
        minutes=minutes,
        beds=beds,
        appointments=appointments,
        weight=chance.uniform(0.7, 1.3, count),
        emergency_effect=_MINUTES_EFFECT * (minutes - 26) / 10 + _APPOINTMENTS_EFFECT * by_gp,
        care_home_effect=_BEDS_EFFECT * by_beds,
    )


def _practices(settings: EconomySettings, count: int, areas: Areas, chance: np.random.Generator) -> Practices:
    names = [f"{_FIRST_NAMES[n % 20]} {_LAST_NAMES[(n + n // 20) % 4]}" for n in range(count)]
    cluster = np.arange(count) % len(CLUSTERS)
    near = np.empty((len(areas.code), 3), np.int64)
    for area, home in enumerate(areas.cluster):
        own = chance.permutation(np.flatnonzero(cluster == home))
        near[area] = np.resize(own, 3)
    return Practices(
        code=tuple(f"Z{80001 + 7 * number}" for number in range(count)),
        name=tuple(name if n < 20 else f"{name} {n // 20 + 1}" for n, name in enumerate(names)),
        cluster=cluster,
        effect=chance.standard_normal(count) * settings.practice_sd,
        coding=np.clip(chance.normal(0.0, 0.25, count), -0.6, 0.6),
        nearest=near,
    )
