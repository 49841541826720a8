"""Pseudonyms, bridges, and the map back."""

import pytest

from casefinder.engines import Workspace, place
from casefinder.errors import ConfigError, RawDataError
from casefinder.record.identity import pseudonym, pseudonymiser, read_identities, write_identities
from casefinder.record.safeguards import refuse_unsafe_map

KEY = b"k" * 40


def test_a_pseudonym_depends_on_the_key_and_on_nothing_else():
    assert pseudonym("9990000018", KEY) == pseudonym("9990000018", KEY)
    assert pseudonym("9990000018", KEY) != pseudonym("9990000018", b"j" * 40)
    assert pseudonym("9990000018", KEY) != pseudonym("9990000026", KEY)
    assert set(pseudonym("9990000018", KEY)) <= set("0123456789abcdefghjkmnpqrstvwxyz")


def test_pseudonyms_do_not_collide_in_a_million_tries():
    assert len({pseudonym(str(number), KEY) for number in range(1_000_000)}) == 1_000_000


def test_a_short_or_missing_key_is_refused_with_a_command_that_makes_one(site, monkeypatch):
    monkeypatch.setenv("TEST_KEY", "short")
    with pytest.raises(ConfigError) as caught:
        site().key()
    assert "TEST_KEY" in str(caught.value)
    assert "secrets.token_hex(32)" in str(caught.value)


def test_a_bridge_leads_to_the_site_identifier_and_unknown_ids_are_not_linked(site, tmp_path):
    (tmp_path / "bridge.csv").write_text("own,nhs\nM1,9990000018\nM2,999 000 0026\n")
    made = site()
    settings = made.sources["deaths"].model_copy(update={"bridge": _bridge("bridge.csv")})
    people = pseudonymiser(made, settings, tmp_path)
    assert people.one("M1") == (pseudonym("9990000018", made.key()), None)
    assert people.one("M2") == (pseudonym("9990000026", made.key()), None)
    assert people.one("M3") == (None, None)


def test_a_missing_bridge_or_column_is_named(site, tmp_path):
    made = site()
    settings = made.sources["deaths"].model_copy(update={"bridge": _bridge("bridge.csv")})
    with pytest.raises(RawDataError, match=r"bridge\.csv: no such file"):
        pseudonymiser(made, settings, tmp_path)
    (tmp_path / "bridge.csv").write_text("own,number\nM1,9990000018\n")
    with pytest.raises(ConfigError, match="nhs: no such column"):
        pseudonymiser(made, settings, tmp_path)


def _bridge(file):
    from casefinder.config.site import Bridge

    return Bridge(file=file, own="own", person="nhs")


def test_the_map_back_is_written_outside_the_workspace_only(tmp_path):
    workspace = tmp_path / "ws"
    workspace.mkdir()
    with pytest.raises(ConfigError, match="would lie inside the workspace"):
        refuse_unsafe_map(workspace / "map.csv", Workspace(workspace))
    with pytest.raises(ConfigError, match="is a folder, not a file"):
        refuse_unsafe_map(tmp_path, Workspace(workspace))
    with pytest.raises(ConfigError, match="there is no folder"):
        refuse_unsafe_map(tmp_path / "nowhere" / "map.csv", Workspace(workspace))
    refuse_unsafe_map(tmp_path / "map.csv", Workspace(workspace, place("s3://nhs/store")))
    with pytest.raises(ConfigError, match="inside the workspace"):
        refuse_unsafe_map(tmp_path / "other" / "map.csv", Workspace(workspace, tmp_path / "other"))
    write_identities(tmp_path / "map.csv", {"p": "9990000018"})
    assert read_identities(tmp_path / "map.csv") == {"p": "9990000018"}


def test_a_map_without_its_columns_is_refused(tmp_path):
    (tmp_path / "map.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match="it should have person_id and identifier"):
        read_identities(tmp_path / "map.csv")
