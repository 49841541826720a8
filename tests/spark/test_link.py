"""``link`` with ``engine: spark`` on twelve people with awkward rows: the record and the histories are those of DuckDB."""

import json

import pyarrow.parquet as pq
import pytest
from pyspark import cloudpickle

from casefinder.codelists import load_codelists
from casefinder.config import load_site
from casefinder.engines import Workspace
from casefinder.engines.tasks import OnDuckDB, Tasks
from casefinder.record.finding import find_sources
from casefinder.record.identity import pseudonym
from casefinder.record.reading import ReadFiles
from tests.functional.conftest import KEY
from tests.functional.small_site import PEOPLE, SmallSite, death, entry, episode, patient
from tests.functional.test_link_command import kill_once, results, start_link
from tests.spark.conftest import QUICK
from tests.spark.equal import differences, files, newest

HOSPITAL = (
    *(episode(PEOPLE[1], "e1", "2019-02-01", "2019-02-05"), episode(PEOPLE[1], "e1", "2019-02-01", "2019-02-05")),
    episode(
        PEOPLE[1], "e2", "2019-02-05", "2019-02-09", ADMIMETH="81", PROCODE3="R1B", DIAG_4_01="S72.0X", DIAG_4_02="Z590"
    ),
    episode(PEOPLE[2], "e3", "2020-01-01", "2020-01-03", DISDEST="79", DISMETH="4"),
    episode(PEOPLE[3], "e4", "2020-13-01", "2020-01-03"),
    episode(PEOPLE[4], "e5", "01/03/2020", "", EPIEND="", EPISTAT="1", DISDEST="98", DISMETH="8"),
    episode(PEOPLE[4], "e6", "2020-06-01", "2020-06-20", ADMISORC="54"),
    episode("1234567890", "e7", "2020-01-01", "2020-01-03"),
)
"""A repeated row, a transfer between hospitals, a death, a bad date, an open stay closed by the next, a bad number."""


def awkward(folder):
    """Return a site of twelve people whose rows are awkward in as many ways as a few rows can be."""
    small = SmallSite(folder)
    small.add("hes_apc", list(HOSPITAL))
    small.rows["gp_patients"] += [
        patient(PEOPLE[0], BIRTH_YEAR=1951, ETHNIC_CATEGORY="Z"),
        patient(PEOPLE[5], DEATH_YEAR=2020, DEATH_MONTH=2, IS_DUMMY_PATIENT="0"),
        patient(PEOPLE[6], IS_SPINE_SENSITIVE="1"),
    ]
    small.rows["gp_observations"] += [
        entry(PEOPLE[7], "44054006", "1900-01-01"),
        entry(PEOPLE[7], "not a code"),
        entry(PEOPLE[8], "44054006", "2030-01-01"),
        entry(PEOPLE[8], "1003461000000100", RESULT_VALUE="1e3"),
    ]
    small.rows["deaths"].append(death(PEOPLE[0], "2020-12-20", "2021-01-09"))
    return small


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two workspaces of one awkward site: linked on DuckDB, and on Spark."""
    found = []
    for engine in ("duckdb", "spark"):
        small = awkward(tmp_path_factory.mktemp(engine))
        small.settings |= {"engine": engine, "spark": {"master": "local[2]", "settings": QUICK}}
        ran = small.link()
        assert ran.code == 0, ran.words
        found.append((small.workspace, ran))
    return found


def test_the_record_and_the_histories_are_those_of_duckdb(pair):
    (duckdb, _), (spark, _) = pair
    assert len(files(newest(duckdb, "histories"))) == 3
    assert differences(duckdb, spark) == {}
    sources = json.loads((newest(spark, "record") / "manifest.json").read_text(encoding="utf-8"))["sources"]
    assert sources["hes_apc"]["quarantined"] == 2
    assert sources["hes_apc"]["duplicates"] == 1


def test_the_screen_says_the_same_and_spark_adds_nothing_of_its_own(pair):
    said = [[line for line in ran.out.splitlines() if str(workspace) not in line] for workspace, ran in pair]
    assert said[0] == said[1]
    lines = [line for line in pair[1][1].err.splitlines() if "incubator modules" not in line]
    assert lines == pair[0][1].err.splitlines()


def test_nothing_is_left_behind(pair):
    assert not [path for path in (pair[1][0] / "scratch").rglob("*") if path.is_file()]
    assert not list(pair[1][0].parent.glob("metastore_db")) + list(pair[1][0].parent.glob("spark-warehouse"))


def test_a_command_that_is_killed_leaves_the_last_record_readable(pair):
    small = pair[1][0]
    before = results(small)
    (site,) = small.parent.glob("site.yaml")
    kill_once(start_link(small, site), lambda: (small / "record" / "000002" / "points").exists())
    assert {name: results(small)[name] for name in before} == before
    assert Workspace(small).newest("histories").number == 1


def test_a_file_that_cannot_be_read_is_told_as_on_duckdb(tmp_path):
    told = []
    for engine in ("duckdb", "spark"):
        small = SmallSite(tmp_path / engine)
        small.raw["gp_registrations"] = "NHS_NUMBER,PRACTICE_CODE,START_DATE,END_DATE\n\xe9,,,\n".encode("cp1252")
        small.first("gp_registrations")
        small.settings |= {"engine": engine, "spark": {"master": "local[2]", "settings": QUICK}}
        ran = small.link()
        told.append((ran.code, [line for line in ran.err.splitlines() if "incubator modules" not in line]))
    assert told[0][0] == 11
    assert told[0] == told[1]


def test_neither_the_key_nor_the_bridge_travels_to_the_workers(tmp_path, monkeypatch):
    monkeypatch.setenv("CASEFINDER_KEY", KEY)
    small = SmallSite(tmp_path)
    small.add("hes_apc", [episode("local-1", "e1", "2019-02-01", "2019-02-05")],
              bridge={"file": "bridge.csv", "own": "own", "person": "person"})  # fmt: skip
    small.write()
    (tmp_path / "raw" / "bridge.csv").write_text(f"own,person\nlocal-1,{PEOPLE[0]}\n", encoding="utf-8")
    site = load_site(small.site)
    source = next(one for one in find_sources(site, tmp_path / "raw") if one.name == "hes_apc")
    task = OnDuckDB(ReadFiles(site, tmp_path / "raw", load_codelists(), ((source, tmp_path / "00000.parquet"),)), "500MB")
    sent = cloudpickle.dumps(Tasks(task, (0,)))
    assert KEY.encode() not in sent
    assert PEOPLE[0].encode() not in sent
    assert task(0).rows == 1
    assert pq.read_table(tmp_path / "00000.parquet")["person_id"].to_pylist() == [pseudonym(PEOPLE[0], KEY.encode())]
