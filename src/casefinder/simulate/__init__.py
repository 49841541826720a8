"""A made-up rural health economy, written as the NHS's raw extracts, with the truth about it kept apart.

Nothing that reads the raw files knows that they are made up, and nothing but tests, benchmarks and recovery studies reads
the truth.
"""

from casefinder.simulate.economy import Progress, simulate
from casefinder.simulate.settings import FAULTS, EconomySettings

__all__ = ["FAULTS", "EconomySettings", "Progress", "simulate"]
