"""The kernel of tests/property/test_kernel_agrees_with_a_plain_loop.py in tasks of Spark."""

from tests.property.test_kernel_agrees_with_a_plain_loop import (  # noqa: F401
    test_tasks_of_an_engine_give_the_same_measures_bit_for_bit,
)
