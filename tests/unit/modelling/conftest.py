import pytest
from tests.unit.modelling.small_model import fitted, made_up


@pytest.fixture(scope="session")
def models():
    """Trees, logistic regression, and how many rounds the trees took."""
    return fitted()


@pytest.fixture(scope="session")
def rows():
    """Rows that no model was fitted on."""
    return made_up(400, 3)[0]
