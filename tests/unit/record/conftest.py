"""A tiny engine, a tiny site, and a way to take a few raw lines in."""

import gzip

import pytest

from casefinder.codelists import load_codelists
from casefinder.config._yaml import build
from casefinder.config.site import Site
from casefinder.engines import engine_for
from casefinder.record import intake
from casefinder.record.identity import pseudonymiser
from casefinder.record.quarantine import quarantined
from casefinder.record.reading import SourceFiles
from casefinder.sources import extracts, find_files

KEY = "0123456789abcdef" * 4


@pytest.fixture
def engine(tmp_path):
    with engine_for("500MB", 1, str(tmp_path / "spill")) as found:
        yield found


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("TEST_KEY", KEY)

    def make(**changes):
        content = {
            "name": "test",
            "extract_date": "2026-03-31",
            "person_key": {"kind": "nhs_number"},
            "pseudonym_key": {"env": "TEST_KEY"},
            "sources": {"deaths": {"files": "deaths*", "known": {"lag_days": 5}}},
        }
        return build(Site, content | changes, "site.yaml")

    return make


@pytest.fixture
def taken(engine, site, tmp_path):
    """Write a raw file, take it in, and return the accepted rows, the quarantine and the counts."""

    def take(source, text, name=None, settings=None, encoding="utf-8", **site_changes):
        path = tmp_path / (name or f"{source}.csv")
        content = text.encode(encoding) if isinstance(text, str) else text
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" and isinstance(text, str) else content)
        chosen = {"files": path.name, "known": {"lag_days": 5}} | (settings or {})
        made = site(sources={source: chosen}, **site_changes)
        found = made.sources[source]
        files = SourceFiles.of(source, extracts()[source], found, find_files(tmp_path, found.files, source))
        people = pseudonymiser(made, found, tmp_path)
        lists = load_codelists()
        typed, counts, read = intake.take_in(engine, made, files, people, lists, tmp_path / "typed", lambda *_: None)
        parts = quarantined(engine, files, typed, read, counts, made.key())
        rejected = [row for part in parts for row in part.to_pylist()]
        accepted = engine.fetch(intake.plain_rows(engine, typed, files.extract)).to_pylist()
        return accepted, rejected, counts

    return take
