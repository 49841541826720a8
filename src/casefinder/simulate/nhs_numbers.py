"""NHS numbers for people who do not exist: valid check digits, all from the 999 range, drawn without replacement."""

from typing import Final

import numpy as np

from casefinder.errors import ConfigError, Problem
from casefinder.simulate.arrays import Rows

_WEIGHTS: Final = np.arange(10, 1, -1)
_STARTS_WITH: Final = 999


def valid_numbers(seed: np.random.SeedSequence) -> Rows:
    """Return every valid NHS number of the 999 range, about 909,000, in an order fixed by the seed.

    The tenth digit is 11 less the weighted sum of the first nine modulo 11; numbers for which it would be 10 do not exist
    (NHS Data Model and Dictionary, NHS NUMBER).
    """
    nine = _STARTS_WITH * 10**6 + np.arange(10**6, dtype=np.int64)
    digits = nine[:, None] // 10 ** np.arange(8, -1, -1) % 10
    check = (11 - digits @ _WEIGHTS % 11) % 11
    numbers: Rows = (nine * 10 + check)[check < 10]
    usual = numbers[numbers != 9999999999]
    np.random.Generator(np.random.PCG64(seed)).shuffle(usual)
    return usual


def allotted(numbers: Rows, places: list[int]) -> list[Rows]:
    """Return a share of the numbers for each chunk of people, no number twice; what is left stays at the end.

    Raises:
        ConfigError: there are not enough numbers in the range.
    """
    if sum(places) > len(numbers):
        most = int(len(numbers) / sum(places) * 100)
        problem = Problem("people", f"the 999 range has too few valid numbers; about {most} % of that many people would fit")
        raise ConfigError("So many people cannot be made up:", [problem])
    ends = np.cumsum(places)
    return [numbers[end - place : end] for end, place in zip(ends, places, strict=True)]


def with_wrong_check_digit(numbers: Rows) -> Rows:
    """Return the numbers with their last digit made wrong."""
    return numbers - numbers % 10 + (numbers % 10 + 1) % 10
