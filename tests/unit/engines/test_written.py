"""Every promise of the contract, broken one at a time in a table that was written."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from casefinder.engines import check_written
from casefinder.errors import ContractError
from casefinder.tables import PEOPLE, POINTS

BORN = dt.date(1950, 1, 1)


def people(**replaced):
    """Two people as the contract wants them, with whole columns replaced."""
    columns = {
        "person_id": ["aaaaaaaaaaaa", "bbbbbbbbbbbb"],
        "birth_month": [BORN, BORN],
        "sex": ["female", "male"],
        "ethnicity": ["white", "unknown"],
        "ethnicity_known_date": [None, None],
        "death_date": [None, None],
        "death_known_date": [None, None],
        "block": [0, 0],
    }
    return pa.table({**columns, **replaced}, schema=PEOPLE.schema)


def written(tmp_path, table):
    path = tmp_path / "people.parquet"
    pq.write_table(table, path)
    return [(PEOPLE, path)]


def refused(written_tables):
    with pytest.raises(ContractError) as raised:
        check_written(written_tables)
    return [str(problem) for problem in raised.value.problems]


def test_a_table_of_the_contract_passes(tmp_path):
    check_written(written(tmp_path, people()))


def test_a_missing_and_an_unknown_column_are_both_named(tmp_path):
    table = people().rename_columns(["person_id", "born", *people().column_names[2:]])
    assert refused(written(tmp_path, table)) == [
        "people.birth_month: is missing",
        "people.born: is not in the contract",
    ]


def test_a_column_of_another_type_is_named_with_both_types(tmp_path):
    table = people().set_column(7, "block", pa.array([0, 0], pa.int64()))
    assert refused(written(tmp_path, table)) == ["people.block: is int64, and should be int32"]


def test_an_empty_cell_is_counted_where_none_may_be(tmp_path):
    table = people().set_column(1, pa.field("birth_month", pa.date32()), pa.array([BORN, None]))
    assert refused(written(tmp_path, table)) == ["people.birth_month: is empty in 1 rows, and may not be"]


def test_a_value_that_is_not_allowed_is_counted_and_not_told(tmp_path):
    found = refused(written(tmp_path, people(sex=["female", "secret"])))
    assert found == ["people.sex: holds 1 values that are not allowed"]


def test_a_repeated_key_is_counted_and_not_told(tmp_path):
    found = refused(written(tmp_path, people(person_id=["aaaaaaaaaaaa", "aaaaaaaaaaaa"])))
    assert found == ["people.person_id: 1 rows repeat the key of another"]


def test_every_file_of_a_folder_is_looked_at(tmp_path):
    good = POINTS.empty()
    bad = pa.Table.from_pylist(
        [{column.name: _some(column.type) for column in POINTS} | {"kind": "no such kind"}], schema=POINTS.schema
    )
    folder = tmp_path / "points"
    folder.mkdir()
    for number, table in enumerate((good, bad)):
        pq.write_table(table, folder / f"{number:05d}.parquet")
    assert refused([(POINTS, folder)]) == ["points.kind: holds 1 values that are not allowed"]


def _some(kind):
    return {"text": "x", "date": BORN}.get(kind, 0)
