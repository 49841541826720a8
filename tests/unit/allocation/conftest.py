"""The ladder fitted once on made-up people."""

import pytest
from tests.unit.allocation.made_up import fitted_on, given


@pytest.fixture(scope="session")
def made():
    """What is fitted on, and the caps."""
    return given()


@pytest.fixture(scope="session")
def fitted(made):
    """Everything fitted."""
    return fitted_on(*made)
