"""`casefinder practices` before it reads anything: what a site on Spark is told."""

from types import SimpleNamespace

import pytest

from casefinder.commands.deployment import HERE_NOT_ON_SPARK
from casefinder.commands.practices import Asked, run_practices
from casefinder.errors import WorkspaceError


class Nothing:
    """A workspace without a record."""

    def newest(self, *_words):
        raise WorkspaceError("nothing is linked yet")


@pytest.mark.parametrize(("engine", "warned"), [("spark", [HERE_NOT_ON_SPARK]), ("duckdb", [])])
def test_a_site_on_spark_is_told_that_practices_are_counted_on_this_machine(engine, warned):
    told = []
    deployment = SimpleNamespace(site=SimpleNamespace(engine=engine), workspace=Nothing())
    with pytest.raises(WorkspaceError, match="nothing is linked"):
        run_practices(deployment, Asked("costs", "2024"), SimpleNamespace(warn=told.append))
    assert told == warned
