"""The engine on which drawn tables are tried; tests/spark tries the same on Spark."""

import pytest

from casefinder.engines import engine_for


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with engine_for("500MB", 1, str(tmp_path_factory.mktemp("spill"))) as found:
        yield found
