"""Published figures that the economy is built to resemble. Each says where it is from.

They are rounded: the economy should look like England, and is not a forecast of it.
"""

from typing import Final

import numpy as np

from casefinder.simulate.arrays import Flags, Floats

FIVE_YEARS: Final = 5

PEOPLE_IN_THOUSANDS: Final = {
    "female": (
        1743, 1917, 2025, 1947, 2008, 2232, 2417, 2396, 2283, 2057, 2305, 2360, 2133, 1795, 1634, 1519, 985, 650, 408
    ),
    "male": (1829, 2009, 2125, 2064, 2089, 2195, 2283, 2240, 2163, 1986, 2218, 2265, 2048, 1695, 1487, 1324, 778, 446, 204),
}  # fmt: skip
"""United Kingdom, mid-2023, by five years of age to 90 and over: ONS population estimates (Open Government Licence)."""

RURAL_TILT: Final = (
    0.87, 0.92, 0.97, 0.95, 0.72, 0.70, 0.74, 0.80, 0.85, 0.93, 1.05, 1.14, 1.22, 1.30, 1.38, 1.38, 1.34, 1.30, 1.24
)  # fmt: skip
"""How many more or fewer people of each age a rural district has than the country: fewer young adults, more above 50
(Defra, Statistical Digest of Rural England: about a quarter aged 65 and over against under a fifth)."""

DEATH_RATES: Final = (
    (0, 0.0042, 0.0035),
    (1, 0.00025, 0.0002),
    (5, 0.0001, 0.00008),
    (10, 0.0001, 0.00008),
    (15, 0.00025, 0.00015),
    (20, 0.0005, 0.0002),
    (25, 0.0006, 0.00027),
    (30, 0.0008, 0.0004),
    (35, 0.0011, 0.0006),
    (40, 0.0017, 0.0010),
    (45, 0.0026, 0.0016),
    (50, 0.0036, 0.0024),
    (55, 0.0054, 0.0036),
    (60, 0.0084, 0.0055),
    (65, 0.0130, 0.0084),
    (70, 0.0203, 0.0135),
    (75, 0.0330, 0.0227),
    (80, 0.0560, 0.0403),
    (85, 0.0990, 0.0765),
    (90, 0.173, 0.143),
    (95, 0.280, 0.250),
    (100, 0.410, 0.380),
)
"""Exact age, then deaths a person-year of men and of women: near the ONS national life tables, England 2021 to 2023.
On the population of England and Wales of mid-2023 they give about the 581,363 deaths registered in that year."""

EMERGENCY_IN_A_YEAR: Final = (
    (0, 0.135), (2, 0.085), (5, 0.042), (10, 0.036), (15, 0.044), (20, 0.048), (30, 0.047), (40, 0.050), (50, 0.062),
    (60, 0.083), (65, 0.098), (70, 0.122), (75, 0.160), (80, 0.210), (85, 0.280), (90, 0.345), (95, 0.400),
)  # fmt: skip
"""Age, then the share of people with at least one emergency admission in a year: shape of NHS England's Hospital Admitted
Patient Care Activity 2023/24 by age, scaled to about 9 % of people in a year."""

CARE_HOME_ENTRY_65_PLUS: Final = 0.0095
"""True entries a person-year at 65 and over: about 0.6 % are arranged by councils (NHS England, ASCOF 2B(2), 2023/24: 566
per 100,000) and about 37 % of residents pay for themselves (ONS, 2022/23)."""


def death_rate(age: Floats, male: Flags) -> Floats:
    """Return the published rate of death a person-year at exact ages, between the ages of the table on the log scale."""
    ages, men, women = (np.array(column, float) for column in zip(*DEATH_RATES, strict=True))
    return np.exp(np.where(male, np.interp(age, ages, np.log(men)), np.interp(age, ages, np.log(women))))
