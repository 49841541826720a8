"""Care-home entry as it is counted from Client Level Data, and supporting evidence."""

import pytest

from casefinder.record.care_homes import entries

from .conftest import read_table, typed

SERVICES = """
    person_id | start_date | start_known_date | end_date | superseded_date | method
    ann       | 03-01      | 06-01            |          |                 | residential
    ann       | 08-01      | 09-01            |          |                 | nursing
    bob       | 02-01      | 05-01            |          | 07-01           | nursing
    bob       | 02-15      | 07-01            |          |                 | nursing
"""
EVIDENCE = """
    person_id | event_date | known_date
    ann       | 01-05      | 01-06
    cat       | 04-01      | 04-20
    cat       | 05-01      | 05-02
"""


@pytest.fixture
def found(engine):
    def build_from(supporting):
        services = engine.register(typed("stays", read_table(SERVICES), kind="care_home", source="social_care"))
        signs = engine.register(typed("points", read_table(EVIDENCE), kind="care_home_evidence", source="gp_observations"))
        rows = engine.fetch(entries(services, signs, supporting)).to_pylist()
        return sorted(
            (row["person_id"], str(row["event_date"])[5:], str(row["known_date"])[5:], row["code"]) for row in rows
        )

    return build_from


def test_nobody_enters_twice_and_a_corrected_service_does_not_count(found):
    assert found(supporting=False) == [("ann", "03-01", "06-01", "council"), ("bob", "02-15", "07-01", "council")]


def test_evidence_counts_only_for_people_without_a_service(found):
    assert found(supporting=True)[-1] == ("cat", "04-01", "04-20", "evidence")
    assert len(found(supporting=True)) == 3
