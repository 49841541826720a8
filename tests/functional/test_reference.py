"""The reference is what the definitions say, whole and up to date."""

import re
from pathlib import Path

import pytest

from casefinder.cli import app
from casefinder.codelists import load_codelists
from casefinder.config import Governance, ModelSettings, Site
from casefinder.errors import CasefinderError, kinds
from casefinder.features import families
from casefinder.outcomes import outcomes
from casefinder.reports.reference_settings import records, settings_of
from casefinder.sources import extracts
from casefinder.tables import PARTS, POINT_KINDS, STAY_KINDS
from tests.functional.conftest import ROOT, casefinder

COMMITTED = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[str, str]:
    """The pages as the command writes them now, by name."""
    folder = tmp_path_factory.mktemp("reference") / "new" / "folder"
    ran = casefinder("reference", "--out", folder)
    assert ran.code == 0, ran.words
    return {path.name: path.read_bytes().decode() for path in sorted(folder.iterdir())}


def cells(page: str) -> set[str]:
    """Everything that stands first in a line of a table, without its marks."""
    return {match[1] for match in re.finditer(r"^\| `?([^|`]+?)`? \|", page, re.MULTILINE)}


def headings(page: str) -> set[str]:
    return {match[1] for match in re.finditer(r"^#+ `([^`]+)`$", page, re.MULTILINE)}


def commands_of(typer_app, path="casefinder"):
    """Every command, by the words that call it, read from how it is declared."""
    for one in typer_app.registered_commands:
        yield f"{path} {one.name or one.callback.__name__}", one.callback
    for group in typer_app.registered_groups:
        yield from commands_of(group.typer_instance, f"{path} {group.name}")


def test_the_committed_pages_are_those_that_the_definitions_make(made):
    committed = {path.name: path.read_bytes().decode() for path in sorted(COMMITTED.iterdir())}
    assert sorted(committed) == sorted(made)
    stale = [name for name, text in made.items() if committed[name] != text]
    assert stale == [], "write them again with: casefinder reference --out docs/reference"


def test_every_feature_has_its_entry_with_its_meaning_and_words(made):
    listed = [feature for family in families().values() for feature in family.features]
    assert {feature.name for feature in listed} <= cells(made["features.md"])
    lines = {line.split("`")[1]: line for line in made["features.md"].splitlines() if line.startswith("| `")}
    for feature in listed:
        assert feature.meaning in lines[feature.name]
        assert ("never spoken" in lines[feature.name]) == (feature.sensitive or not feature.words)


def test_no_feature_is_left_without_a_source(made):
    rows = [
        line.split(" | ") for line in made["features.md"].splitlines() if line.startswith("| `") and line.count(" | ") > 6
    ]
    assert len(rows) == sum(len(family.features) for family in families().values())
    assert [row[0] for row in rows if not row[-1].strip("| ")] == []


def test_every_outcome_has_its_entry(made):
    assert headings(made["outcomes.md"]) == set(outcomes())


def test_every_table_column_and_kind_has_its_entry(made):
    assert headings(made["tables.md"]) == set(PARTS)
    assert {column.name for one in PARTS.values() for column in one} <= cells(made["tables.md"])
    assert {*POINT_KINDS, *STAY_KINDS} <= cells(made["tables.md"])


def test_every_layout_and_raw_column_has_its_entry(made):
    assert headings(made["sources.md"]) == set(extracts())
    assert {column.name for one in extracts().values() for column in one.columns} <= cells(made["sources.md"])


def test_every_command_and_option_has_its_entry(made):
    declared = dict(commands_of(app))
    assert headings(made["commands.md"]) == set(declared)
    for path, callback in declared.items():
        entry = made["commands.md"].partition(f"## `{path}`\n")[2].partition("\n## ")[0]
        assert callback.__doc__.splitlines()[0] in entry
        options = [line for line in entry.splitlines() if line.startswith("| `")]
        assert len(options) == len(callback.__annotations__.keys() - {"return"})


def test_every_kind_of_error_has_its_code_its_meaning_and_its_cure(made):
    for kind in kinds():
        line = next(one for one in made["errors.md"].splitlines() if f"`{kind.__name__}`" in one)
        assert f"| {kind.exit_code} |" in line
        assert kind.meaning in line
        assert kind.cure in line
        assert kind.cure != CasefinderError.cure


def test_every_setting_has_its_entry_and_says_what_it_means(made):
    for file in (Site, Governance, ModelSettings):
        for path, record in records(file):
            settings = settings_of(record)
            assert {f"{path}{name}" for name in settings} <= cells(made["settings.md"])
            assert [name for name, one in settings.items() if not one.description] == []


def test_every_code_list_has_its_entry(made):
    assert set(load_codelists()) <= cells(made["codelists.md"])


def test_links_between_pages_lead_somewhere(made):
    for name, text in made.items():
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            assert target in made, f"{name} leads to {target}"


def test_nothing_of_this_machine_stands_in_a_page(made):
    for text in made.values():
        assert str(ROOT) not in text
        assert str(Path.home()) not in text
