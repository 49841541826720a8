"""The rules of tests/spec/test_people.py on Spark."""

from tests.spec.test_people import *  # noqa: F403
