"""The rules of tests/spec/test_care_homes.py on Spark."""

from tests.spec.test_care_homes import *  # noqa: F403
