"""What the command line says before any site is opened."""

from pathlib import Path

import pytest

from casefinder.cli import worklist


@pytest.mark.parametrize("places", [0, -3])
def test_places_are_one_or_more_and_that_is_said_plainly(places, capsys):
    with pytest.raises(SystemExit) as left:
        worklist("2026-04-01", Path("nowhere"), practice="Z80001", places=places)
    assert left.value.code == 10
    told = capsys.readouterr().err
    assert f"--invite-at-random: {places} given; it is how many people are invited, 1 or more" in told
