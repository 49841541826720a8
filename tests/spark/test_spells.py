"""The rules of tests/spec/test_spells.py on Spark."""

from tests.spec.test_spells import *  # noqa: F403
