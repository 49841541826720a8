"""The drawn rows of tests/property/test_tables_agree_with_a_plain_loop.py on Spark."""

from tests.property.test_tables_agree_with_a_plain_loop import *  # noqa: F403
