"""Whole records on both engines: data that nobody here wrote, and an economy of 20,000 people.

They take some twenty minutes on two cores, so they are asked for by name: python bootstrap.py test-spark -m whole_sets
"""

import json
import shutil

import pytest

from casefinder.simulate import simulate
from tests.functional.conftest import AS_OF, ROOT, SITE, casefinder, site_folder
from tests.functional.test_sources_third_party import third_party
from tests.spark.equal import differences, files, newest

pytestmark = [pytest.mark.whole_sets, pytest.mark.timeout(3600)]
SPARK = {"master": "local[2]", "settings": {"spark.sql.shuffle.partitions": "4"}}


def on(site, engine):
    """Say in a site file which engine it runs on."""
    with site.open("a", encoding="utf-8") as stream:
        stream.write(f"\nengine: {engine}\nspark: {json.dumps(SPARK)}\n")
    return site


def ran(*words):
    done = casefinder(*words)
    assert done.code == 0, done.words


@pytest.mark.third_party
@pytest.mark.parametrize("name", ["synthea", "artificial_hes", "desynpuf"])
def test_a_third_party_set_is_linked_alike(name, tmp_path):
    raw = third_party(name)
    for engine in ("duckdb", "spark"):
        shutil.copytree(ROOT / "configs" / "sites" / name, tmp_path / engine)
        site = on(tmp_path / engine / SITE, engine)
        ran("link", "--site", site, "--workspace", tmp_path / engine / "workspace", "--data", raw)
    assert differences(tmp_path / "duckdb" / "workspace", tmp_path / "spark" / "workspace") == {}


def test_twenty_thousand_people_are_linked_and_scored_alike(tmp_path):
    simulate(tmp_path / "economy", 20_000, 20)
    both = []
    for engine in ("duckdb", "spark"):
        site = on(site_folder(tmp_path / "economy", tmp_path / engine), engine)
        both.append(tmp_path / engine / "workspace")
        ran("link", "--site", site, "--workspace", both[-1])
        ran("weekly", "--as-of", AS_OF, "--site", site, "--workspace", both[-1])
    assert differences(*both) == {}
    one, other = (newest(workspace, "lists") for workspace in both)
    assert files(one) == files(other)
    assert len(files(one)) > 4
    assert [name for name in files(one) if (one / name).read_bytes() != (other / name).read_bytes()] == []
