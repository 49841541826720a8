"""Long-term conditions and circumstances: when in life each begins, and what it does to the risk of the outcomes.

The rate of onset of each grows or falls exponentially with age. Two published shares of people who have it, at two ages,
set its level and slope; sex, the frailty that a person is born with, deprivation, smoking, body weight and conditions that
came before multiply it. A whole life of onsets is drawn at once, in closed form.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np

from casefinder.simulate.arrays import Flags, Floats, Rows

SMOKERS: Final = 0.38
"""Share of adults who ever smoked regularly (ONS, Adult smoking habits in the UK, 2022: 14 % now, 25 % before)."""

NO_AGE: Final = 1e9
"""The age of onset of what never comes."""


@dataclass(frozen=True)
class Onset:
    """One condition or circumstance.

    ``shares``: two ages with the share of people who have it by then. ``male`` to ``weight``: what each adds to the log
    rate of onset: being a man; one standard deviation of inborn frailty; each decile more deprived than the middle;
    having smoked; one standard deviation of body weight; ``after``: conditions that came before. ``emergency``, ``death``,
    ``care_home``: what having it adds to the log rate of each. ``presents``: share of onsets that show themselves in an
    emergency admission. ``burden``: how much it adds to contacts with services. ``trait``: a circumstance, no disease.
    """

    name: str
    first_age: float
    shares: tuple[tuple[float, float], tuple[float, float]]
    male: float = 0.0
    frailty: float = 0.0
    deprived: float = 0.0
    smoked: float = 0.0
    weight: float = 0.0
    after: dict[str, float] = field(default_factory=dict)
    emergency: float = 0.0
    death: float = 0.0
    care_home: float = 0.0
    presents: float = 0.0
    burden: float = 1.0
    trait: bool = False


def _at(first: float, share: float, second: float, other: float) -> tuple[tuple[float, float], tuple[float, float]]:
    return ((first, share), (second, other))


ONSETS: Final = (
    Onset("learning_disability", 0, _at(1, 0.0058, 60, 0.0062), male=0.3, deprived=0.05, emergency=0.5, death=0.9,
          care_home=0.9),
    Onset("epilepsy", 0, _at(30, 0.0065, 75, 0.012), deprived=0.05, after={"learning_disability": 3}, emergency=0.7,
          death=0.35, presents=0.25),
    Onset("asthma", 2, _at(20, 0.085, 75, 0.13), male=-0.2, deprived=0.03, weight=0.15, emergency=0.25, burden=0.8),
    Onset("depression", 14, _at(40, 0.14, 80, 0.25), male=-0.55, frailty=0.15, deprived=0.06, emergency=0.25, death=0.12,
          care_home=0.25),
    Onset("anxiety", 12, _at(40, 0.09, 80, 0.13), male=-0.6, frailty=0.1, deprived=0.05, after={"depression": 1},
          emergency=0.2, burden=0.6),
    Onset("severe_mental_illness", 16, _at(40, 0.0095, 75, 0.015), male=0.1, deprived=0.13, emergency=0.5, death=0.65,
          care_home=0.7),
    Onset("alcohol_problems", 16, _at(40, 0.016, 75, 0.03), male=0.8, frailty=0.1, deprived=0.12, emergency=0.7,
          death=0.6, presents=0.1),
    Onset("substance_misuse", 15, _at(30, 0.012, 70, 0.018), male=0.7, deprived=0.16, after={"severe_mental_illness": 1},
          emergency=0.5, death=0.6, burden=0.6),
    Onset("obesity", 12, _at(30, 0.12, 60, 0.27), deprived=0.05, weight=1.2, burden=0.2),
    Onset("hypertension", 20, _at(50, 0.14, 80, 0.52), male=0.1, frailty=0.1, deprived=0.03, weight=0.35, emergency=0.05,
          burden=0.7),
    Onset("diabetes", 10, _at(50, 0.055, 80, 0.16), male=0.35, frailty=0.1, deprived=0.07, weight=0.65,
          after={"hypertension": 0.5}, emergency=0.3, death=0.3, care_home=0.15, presents=0.03),
    Onset("chronic_kidney_disease", 35, _at(60, 0.03, 85, 0.24), male=-0.1, frailty=0.2, deprived=0.03,
          after={"diabetes": 0.7, "hypertension": 0.6}, emergency=0.3, death=0.3, burden=0.6),
    Onset("coronary_heart_disease", 35, _at(55, 0.025, 80, 0.15), male=0.75, frailty=0.1, deprived=0.05, smoked=0.35,
          weight=0.15, after={"diabetes": 0.6, "hypertension": 0.5}, emergency=0.3, death=0.25, presents=0.4),
    Onset("atrial_fibrillation", 40, _at(65, 0.03, 85, 0.14), male=0.4, frailty=0.15, smoked=0.1, weight=0.25,
          after={"hypertension": 0.5, "coronary_heart_disease": 0.5}, emergency=0.3, death=0.25, care_home=0.1,
          presents=0.2),
    Onset("heart_failure", 45, _at(65, 0.009, 85, 0.085), male=0.3, frailty=0.3, deprived=0.06, smoked=0.2, weight=0.25,
          after={"coronary_heart_disease": 1, "atrial_fibrillation": 0.9, "diabetes": 0.4}, emergency=0.6, death=0.7,
          care_home=0.2, presents=0.45),
    Onset("stroke_tia", 35, _at(60, 0.013, 85, 0.095), male=0.25, frailty=0.15, deprived=0.05, smoked=0.3,
          after={"atrial_fibrillation": 0.7, "hypertension": 0.5, "diabetes": 0.4}, emergency=0.3, death=0.35,
          care_home=0.55, presents=0.8),
    Onset("peripheral_arterial_disease", 45, _at(65, 0.011, 85, 0.035), male=0.5, frailty=0.1, deprived=0.07, smoked=1,
          after={"diabetes": 0.7}, emergency=0.3, death=0.35, presents=0.1),
    Onset("copd", 35, _at(55, 0.016, 80, 0.075), male=0.1, frailty=0.3, deprived=0.1, smoked=1.5, after={"asthma": 1},
          emergency=0.6, death=0.5, care_home=0.1, presents=0.15),
    Onset("cancer", 20, _at(50, 0.022, 80, 0.15), male=0.05, frailty=0.05, smoked=0.25, emergency=0.45, death=0.75,
          presents=0.18),
    Onset("thyroid", 20, _at(50, 0.04, 80, 0.09), male=-1.4, burden=0.4),
    Onset("rheumatoid_arthritis", 20, _at(50, 0.007, 80, 0.018), male=-0.8, smoked=0.3, emergency=0.25, death=0.2),
    Onset("inflammatory_bowel", 12, _at(40, 0.0065, 75, 0.011), emergency=0.4),
    Onset("gout", 30, _at(55, 0.025, 80, 0.06), male=1.2, weight=0.4, emergency=0.1, burden=0.4),
    Onset("osteoarthritis", 40, _at(60, 0.1, 85, 0.38), male=-0.4, frailty=0.2, deprived=0.02, weight=0.4, emergency=0.05,
          burden=0.5),
    Onset("osteoporosis", 50, _at(65, 0.03, 85, 0.15), male=-1.5, frailty=0.3, smoked=0.2, weight=-0.4, emergency=0.1,
          death=0.05, burden=0.4),
    Onset("multiple_sclerosis", 20, _at(40, 0.0022, 65, 0.0033), male=-1, emergency=0.55, death=0.5, care_home=0.9),
    Onset("parkinsons", 50, _at(70, 0.007, 85, 0.025), male=0.4, frailty=0.2, emergency=0.5, death=0.55, care_home=0.8),
    Onset("chronic_liver_disease", 25, _at(50, 0.005, 75, 0.013), male=0.4, frailty=0.1, deprived=0.1, weight=0.35,
          after={"alcohol_problems": 2.6}, emergency=0.75, death=0.95, presents=0.2),
    Onset("anaemia", 15, _at(50, 0.035, 85, 0.16), male=-0.5, frailty=0.3, deprived=0.03,
          after={"chronic_kidney_disease": 0.6, "cancer": 0.6}, emergency=0.25, death=0.2, burden=0.4),
    Onset("dementia", 60, _at(72, 0.022, 87, 0.165), male=-0.1, frailty=0.45, deprived=0.03,
          after={"stroke_tia": 0.6, "parkinsons": 1}, emergency=0.35, death=0.6, care_home=1.35, presents=0.08),
    Onset("palliative", 40, _at(65, 0.005, 85, 0.025), male=0.1, frailty=0.3,
          after={"cancer": 3.2, "heart_failure": 1.4, "dementia": 1.8, "copd": 0.8, "chronic_liver_disease": 1.2},
          emergency=1, death=2.2, care_home=0.4),
    Onset("lives_alone", 30, _at(50, 0.15, 82, 0.4), male=-0.5, deprived=0.04, emergency=0.1, care_home=0.5, burden=0,
          trait=True),
    Onset("carer", 25, _at(55, 0.045, 78, 0.085), male=-0.3, deprived=0.02, burden=0, trait=True),
    Onset("urinary_incontinence", 45, _at(65, 0.03, 85, 0.13), male=-0.7, frailty=0.4, emergency=0.05, care_home=0.25,
          burden=0.2, trait=True),
    Onset("hearing_loss", 45, _at(65, 0.05, 85, 0.24), male=0.1, frailty=0.2, care_home=0.1, burden=0.2, trait=True),
    Onset("housebound", 65, _at(75, 0.02, 88, 0.17), male=-0.2, frailty=0.8,
          after={"heart_failure": 0.6, "dementia": 0.8, "stroke_tia": 0.6, "parkinsons": 0.8}, emergency=0.15, death=0.45,
          care_home=0.45, burden=0.5, trait=True),
)  # fmt: skip
"""Every condition and circumstance. Shares: NHS England, Quality and Outcomes Framework 2022/23, and its spread over age in
Barnett 2012 Lancet 380:37 and Head 2021 Lancet Healthy Longev 2:e489, rounded. Sizes of effects on admission: near
Hippisley-Cox and Coupland 2013 BMJ Open 3:e003482 (QAdmissions); on care-home entry: Luppa 2010 Age Ageing 39:31. All were
set once, before any model was fitted."""

NAMES: Final = tuple(one.name for one in ONSETS)
INDEX: Final = {name: place for place, name in enumerate(NAMES)}


@dataclass(frozen=True)
class Fixed:
    """What a person is born with, or has for life, that changes rates of onset; one value a person."""

    male: Flags
    frailty: Floats
    deprived: Floats
    smoked: Flags
    weight: Floats

    def __len__(self) -> int:
        return len(self.male)

    def take(self, people: Rows) -> "Fixed":
        """Return the same for chosen people."""
        return Fixed(
            self.male[people], self.frailty[people], self.deprived[people], self.smoked[people], self.weight[people]
        )


@cache
def shape(name: str) -> tuple[float, float]:
    """Return the yearly rate of onset at the first age, for people at the middle of everything, and its slope with age."""
    one = ONSETS[INDEX[name]]
    (first, share), (second, other) = one.shares
    sums = [-np.log1p(-share), -np.log1p(-other)]
    low, high = -8.0, 0.4
    for _ in range(80):
        slope = (low + high) / 2
        ratio = _grown(slope, second - one.first_age) / _grown(slope, first - one.first_age)
        low, high = (slope, high) if ratio < sums[1] / sums[0] else (low, slope)
    return sums[0] / float(_grown(slope, first - one.first_age)) / _mean_multiplier(one), slope


def _mean_multiplier(one: Onset) -> float:
    """Return the mean over people of what sex, frailty, deprivation, smoking and weight do to the rate of onset."""
    spread = one.frailty**2 + one.weight**2 + one.deprived**2 * 99 / 12
    both = (1 + np.exp(one.male)) / 2 * (1 + SMOKERS * np.expm1(one.smoked))
    return float(both * np.exp(spread / 2))


def _grown(slope: float, years: float | Floats) -> Floats:
    """Return the sum over ``years`` of a rate that starts at 1 and grows by ``slope``."""
    return np.expm1(slope * np.asarray(years)) / slope


def _years(slope: float, grown: Floats) -> Floats:
    """Return the years after which the sum of such a rate reaches ``grown``; ``NO_AGE`` where it never does."""
    inside = 1 + slope * grown
    return np.where(inside > 0, np.log(np.where(inside > 0, inside, 1.0)) / slope, NO_AGE)


def rate(name: str, fixed: Fixed) -> Floats:
    """Return each person's yearly rate of onset at the first age, before any earlier condition is counted."""
    one, (level, _) = ONSETS[INDEX[name]], shape(name)
    log = one.male * fixed.male + one.frailty * fixed.frailty + one.deprived * fixed.deprived
    return level * np.exp(log + one.smoked * fixed.smoked + one.weight * fixed.weight)


def onset_ages(fixed: Fixed, chance: np.random.Generator) -> Floats:
    """Return the age at which each condition begins, one row a condition of ``ONSETS``; ``NO_AGE`` where it never does."""
    ages = np.empty((len(ONSETS), len(fixed)), np.float32)
    for place, one in enumerate(ONSETS):
        left = chance.standard_exponential(len(fixed))
        earlier = [(ages[INDEX[name]], more) for name, more in one.after.items()]
        ages[place] = _onset(one, rate(one.name, fixed), left, earlier)
    return ages


def _onset(one: Onset, level: Floats, left: Floats, earlier: list[tuple[Floats, float]]) -> Floats:
    """Return ages of onset: ``left`` is used up at a rate that each earlier condition multiplies from its own onset on."""
    slope = shape(one.name)[1]
    begun = [np.maximum(age.astype(float) - one.first_age, 0.0) for age, _ in earlier]
    order = np.argsort(np.stack(begun), axis=0) if begun else np.empty((0, len(level)), int)
    more = np.array([more for _, more in earlier])
    found, since, people = np.full(len(level), NO_AGE), np.zeros(len(level)), np.arange(len(level))
    level = level.copy()
    for step in range(len(earlier) + 1):
        until = np.stack(begun)[order[step], people] if step < len(earlier) else np.full(len(level), NO_AGE)
        here = _grown(slope, np.minimum(since, 150.0))
        onset = _years(slope, here + left / level)
        now = (found == NO_AGE) & (onset < until)
        found[now] = onset[now]
        left = left - level * (_grown(slope, np.minimum(until, 150.0)) - here)
        since = until
        if step < len(earlier):
            level = level * np.exp(more[order[step]])
    return np.where(found < 150.0, found + one.first_age, NO_AGE)


def effects(outcome: str) -> Floats:
    """Return what each condition adds to the log rate of 'emergency', 'death' or 'care_home', or its 'burden'."""
    return np.array([getattr(one, outcome) for one in ONSETS], float)
