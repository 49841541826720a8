"""Rules as small tables: every row is there for a reason."""

import datetime as dt

import pyarrow as pa
import pytest

from casefinder.engines import engine_for
from casefinder.tables import PARTS


def read_table(text):
    """The rows of a table drawn with bars; an empty cell is nothing."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip() and not set(line.strip()) <= set("-+ ")]
    heading, *rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [{name: cell or None for name, cell in zip(heading, row, strict=True)} for row in rows]


def typed(part, rows, **defaults):
    """Rows as a table of the contract: days of 2024 may be written as MM-DD."""
    table = PARTS[part]
    columns = {}
    for column in table:
        values = [row.get(column.name, defaults.get(column.name)) for row in rows]
        columns[column.name] = pa.array([_cell(column, value) for value in values], table.schema.field(column.name).type)
    return pa.table(columns)


def _cell(column, value):
    if value is None:
        return None if column.null else {"text": "", "yes_no": False}.get(column.type, 0)
    if column.type == "date":
        return day(value)
    if column.type in ("integer", "small", "pence"):
        return int(value)
    if column.type == "number":
        return float(value)
    if column.type == "yes_no":
        return value in ("yes", True)
    return value


def day(text):
    """A date: YYYY-MM-DD, or MM-DD of 2024."""
    if isinstance(text, dt.date):
        return text
    return dt.date.fromisoformat(text if len(text) == 10 else f"2024-{text}")


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with engine_for("500MB", 1, str(tmp_path_factory.mktemp("spill"))) as found:
        yield found
