"""Every raw file is accepted by the layouts, but for the rows that were planted to be refused."""

from collections import Counter

import pyarrow.parquet as pq
import pytest
from tests.unit.simulate.reading import facts, names, raw, taken_in

from casefinder.engines import DuckEngine
from casefinder.record.identity import BAD_CHECK, SENTINEL
from casefinder.simulate.write import column_names, file_name
from casefinder.sources import extracts

WORDS = {
    "sentinel_dates": "stands for 'not known'",
    "bad_codes": "is not a code of its value set",
    "future_dates": "is a date after the extract",
    "invalid_identifiers": BAD_CHECK,
    "sentinel_identifiers": SENTINEL,
}
ALL = (
    "activity_costs", "ambulance", "areas", "budgets", "caseloads", "csds_contacts", "deaths", "ecds", "gp_addresses",
    "gp_appointments", "gp_medications", "gp_observations", "gp_patients", "gp_registrations", "hes_apc", "hes_op",
    "mhsds_contacts", "mhsds_referrals", "mhsds_spells", "national_cleaned_list", "nhs_111", "practices", "social_care",
)  # fmt: skip


def expected(economy, name):
    """Return the problems that the truth says a file should have, with how often."""
    found = Counter()
    for kind, fault in facts(economy, "faults").items():
        rows = fault["rows"].get(name, 0)
        if fault["refused"] and rows:
            ages = "is below 1905" if name == "gp_patients" else "is not written as it should be"
            found[ages if kind == "impossible_ages" else WORDS[kind]] += rows
    return found


def test_every_extract_is_there_and_nothing_else(economy):
    assert tuple(names(economy)) == ALL
    assert sorted(path.name for path in economy.iterdir()) == ["raw", "truth"]


@pytest.mark.parametrize("name", ALL)
def test_rows_are_refused_for_the_planted_faults_and_for_nothing_else(economy, name, tmp_path):
    with DuckEngine(memory="1GB", threads=1, scratch=str(tmp_path / "scratch")) as engine:
        rows, counts = taken_in(economy, name, engine, tmp_path)
    assert Counter(rows.problem.dropna()) == expected(economy, name)
    assert counts.read == counts.accepted + counts.quarantined == len(raw(economy, name))
    assert not counts.blanked


@pytest.mark.parametrize("name", ALL)
def test_columns_are_those_of_the_layout_in_order(economy, name):
    assert tuple(raw(economy, name).columns) == column_names(name)
    assert column_names(name)[: len(extracts()[name].names)] == extracts()[name].names


def test_the_three_formats_are_used():
    assert {file_name(name).partition(".")[2] for name in ALL} == {"csv", "csv.gz", "parquet"}


def test_parquet_holds_plain_text(economy):
    schema = pq.read_schema(economy / "raw" / file_name("gp_medications"))
    assert {str(field.type) for field in schema} == {"string"}
