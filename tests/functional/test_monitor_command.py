"""casefinder monitor from the shell: exit codes, the page, figures against plain sums, and nothing of a person anywhere."""

import datetime as dt
import hashlib
import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from casefinder.commands.deployment import open_deployment
from casefinder.commands.frames import scored_rows
from casefinder.dates import parse_date
from casefinder.engines import Workspace
from casefinder.errors import CalibrationAlarm, FeedAlarm
from casefinder.modelling.splits import draws
from casefinder.monitoring.maturing import SEED
from tests.conftest import made_once
from tests.functional.conftest import AS_OF, ROOT, casefinder
from tests.functional.lists import copied, visible_text

MODEL = "emergency_admission"
SILENT = "Z80029"
"""The practice whose GP feed stops, one of the faults planted in the made-up economy."""


def monitored(folder, *words):
    return casefinder("monitor", "--workspace", folder / "workspace", *(words or ("--as-of", AS_OF)))


def newest(folder):
    return Workspace(folder / "workspace").newest("monitoring")


def page(folder):
    return (newest(folder) / "monitoring.html").read_text(encoding="utf-8")


def early(folder):
    """Fit the model again as somebody did a year and a month ago, so that a year of its outcomes has matured."""
    own = folder / "site" / "models"
    own.mkdir()
    text = (ROOT / "configs" / "models" / f"{MODEL}.yaml").read_text(encoding="utf-8")
    assert "split:" in text
    changed = re.sub(r"^split:.*$", "split:\n  test_months_before: 12", text, count=1, flags=re.M)
    (own / f"{MODEL}.yaml").write_text(changed, encoding="utf-8")
    ran = casefinder("train", MODEL, "--serve", "--workspace", folder / "workspace")
    assert ran.code == 0, ran.words


def raised(folder, by):
    """Raise the log odds of every risk that the served version gives."""
    models = folder / "workspace" / "models" / MODEL
    bundle = models / f"{int((models / 'serving.txt').read_text()):06d}" / "bundle"
    path = bundle / "calibrator.json"
    calibrator = json.loads(path.read_text(encoding="utf-8"))
    calibrator["intercept"] += by
    text = json.dumps(calibrator)
    path.write_text(text, encoding="utf-8")
    main = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    main["files"]["calibrator.json"] = hashlib.sha256(text.encode()).hexdigest()
    (bundle / "bundle.json").write_text(json.dumps(main), encoding="utf-8")


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory, district):
    """The district looked at once; the folder, and what was printed."""

    def make(folder):
        copied(district, folder)
        ran = monitored(folder)
        (folder / "ran.json").write_text(json.dumps([ran.code, ran.words]), encoding="utf-8")

    folder = made_once(tmp_path_factory, "looked_at", make)
    return folder, *json.loads((folder / "ran.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def a_year_on(tmp_path_factory, district):
    """The district with a version tested a year earlier, whose outcomes have matured month by month."""

    def make(folder):
        copied(district, folder)
        early(folder)
        ran = monitored(folder)
        (folder / "ran.json").write_text(json.dumps([ran.code, ran.words]), encoding="utf-8")

    folder = made_once(tmp_path_factory, "a_year_on", make)
    return folder, *json.loads((folder / "ran.json").read_text(encoding="utf-8"))


def test_a_silent_practice_is_named_and_leaves_the_exit_code_of_a_feed(looked_at):
    _folder, code, words = looked_at
    assert code == FeedAlarm.exit_code
    assert SILENT in words
    assert "A feed is at fault" in words
    assert "Traceback" not in words


def test_the_page_fetches_nothing_and_says_what_the_screen_says(looked_at):
    folder, _code, words = looked_at
    text = page(folder)
    assert "<script" not in text
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", text)
    assert "default-src 'none'" in text
    seen = visible_text(text)
    for line in (f"practice has stopped: {SILENT}", "What somebody must look at, in this order", "no alarm"):
        assert line in seen
    assert f"{MODEL}@1" in seen
    assert f"{MODEL}@1" in words


def test_nobody_stands_in_what_was_written(looked_at):
    folder, _code, words = looked_at
    workspace = Workspace(folder / "workspace")
    people = set(pd.read_parquet(workspace.newest("record") / "people.parquet")["person_id"])
    version = newest(folder)
    for path in sorted(version.folder.glob("*.parquet")):
        table = pd.read_parquet(path)
        assert "person_id" not in table.columns, path.name
        for name in table.select_dtypes(exclude="number").columns:
            assert people.isdisjoint(table[name].astype(str)), (path.name, name)
    mlflow = (folder / "workspace" / "mlflow" / "mlflow.db").read_bytes()
    some = sorted(people)[:500]
    assert not any(one in page(folder) or one in words or one.encode() in mlflow for one in some)


def test_counts_are_rounded_on_the_page_and_exact_in_the_workspace(a_year_on):
    folder, _code, _words = a_year_on
    clusters = pd.read_parquet(newest(folder) / "by_cluster.parquet")
    months = pd.read_parquet(newest(folder) / "by_month.parquet")
    rows = re.findall(
        r"<tr[^>]*><th scope=\"row\">([^<]+)</th><td>([^<]+)</td><td>([^<]+)</td><td>([^<]+)</td>",
        re.sub(r'id="served-.*?</table>', "", page(folder), flags=re.S),
    )
    assert len(rows) >= len(clusters) + len(months)
    for _name, people, events, ratio in [one for one in rows if not one[0].startswith(("practice", "cluster"))]:
        for count in (people, events):
            assert count == "*" or int(count.replace(",", "")) % 5 == 0
        assert (events == "*") == (ratio == "*")
    assert any(count % 5 for count in clusters["people"])


def test_same_inputs_same_bytes(looked_at):
    folder, code, _words = looked_at
    first = newest(folder)
    again = monitored(folder)
    assert again.code == code
    second = newest(folder)
    assert second.number == first.number + 1
    names = sorted(path.name for path in first.folder.iterdir())
    assert names == sorted(path.name for path in second.folder.iterdir())
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_what_was_expected_is_the_sum_of_the_risks_of_a_twelfth_of_the_people(looked_at):
    folder, _code, _words = looked_at
    version = newest(folder)
    (date,) = version.manifest["models"][MODEL]["looks"]
    deployment = open_deployment(None, folder / "workspace", "score")
    everyone = scored_rows(deployment, MODEL, parse_date(date, "date"))
    keys = [f"monitoring/{person}" for person in everyone["person_id"]]
    month = dt.date.fromisoformat(date).month % 12
    own = everyone[np.floor(draws(keys, SEED) * 12) == month]
    assert 0.06 < len(own) / len(everyone) < 0.11
    sums = pd.read_parquet(version / "sums.parquet")
    sums = sums[sums["model"] == f"{MODEL}@1"]
    assert sums["expected"].sum() == pytest.approx(own["risk"].sum())
    months = pd.read_parquet(version / "by_month.parquet")
    months = months[months["model"] == f"{MODEL}@1"]
    assert months["people"].tolist() == [len(own)]
    stays = pd.read_parquet(Workspace(folder / "workspace").newest("record") / "stays")
    start = pd.to_datetime(stays["start_date"])
    inside = (start >= date) & (start < pd.Timestamp(date) + pd.Timedelta(days=365))
    admitted = set(stays.loc[(stays["kind"] == "hospital") & (stays["method"] == "emergency") & inside, "person_id"])
    counted = own["person_id"].isin(admitted).sum()
    # Somebody who left before the admission was lost, and is not counted.
    assert counted - 5 <= months["events"].iloc[0] <= counted


def test_a_year_of_outcomes_matures_month_by_month_and_nobody_counts_twice(a_year_on):
    folder, code, words = a_year_on
    assert code in (0, FeedAlarm.exit_code), words
    version = newest(folder)
    looks = version.manifest["models"][MODEL]["looks"]
    assert len(looks) == 13
    label = version.manifest["models"][MODEL]["label"]
    months = pd.read_parquet(version / "by_month.parquet")
    months = months[months["model"] == label]
    clusters = pd.read_parquet(version / "by_cluster.parquet").query("model == @label").set_index("cluster")
    assert months["people"].iloc[1:].sum() == clusters.loc["all clusters", "people"]
    scored = Workspace(folder / "workspace").newest("lists").manifest["scored"][MODEL]
    assert 0.9 < clusters.loc["all clusters", "people"] / scored < 1.1
    assert clusters.drop("all clusters")["people"].sum() == clusters.loc["all clusters", "people"]


def test_people_who_had_a_service_are_those_of_the_record(a_year_on):
    """Of the first month's people, those whose time on the caseload began inside their year, or whom a meeting accepted."""
    folder, _code, words = a_year_on
    version = newest(folder)
    tables = (pd.read_parquet(version / f"by_month{end}.parquet") for end in ("_without", ""))
    label = version.manifest["models"][MODEL]["label"]
    without, everyone = (table[table["model"] == label] for table in tables)
    record = Workspace(folder / "workspace").newest("record")
    columns = ["person_id", "kind", "start_date"]
    stays = pd.read_parquet(record / "stays", columns=columns, filters=[("kind", "==", "caseload")])
    deployment = open_deployment(None, folder / "workspace", "score")
    assert without["served"].sum() > 0
    for place in (1, 12):
        row, whole = without.iloc[place], everyone.iloc[place]
        first = row["look"]
        scored = scored_rows(deployment, MODEL, first)
        own = scored[np.floor(12 * draws([f"monitoring/{one}" for one in scored["person_id"]], SEED)) == first.month % 12]
        began = pd.to_datetime(stays["start_date"])
        inside = (began >= pd.Timestamp(first)) & (began < pd.Timestamp(first) + pd.Timedelta(days=365))
        assert row["served"] == own["person_id"].isin(stays.loc[inside, "person_id"]).sum()
        assert row["people"] == whole["people"] - row["served"]
        assert row["listed"] == 0, "no list was issued before the windows closed"
    assert "everyone, and without those who had a service" in words
    assert "With and without people who had a service" in visible_text(page(folder))


def test_risks_that_are_far_too_high_raise_the_calibration_alarm(a_year_on, tmp_path):
    folder = copied(a_year_on[0], tmp_path / "raised")
    raised(folder, 0.9)
    ran = monitored(folder)
    assert ran.code == CalibrationAlarm.exit_code, ran.words
    assert "all clusters: risks of an emergency admission are too high" in ran.words
    assert ran.words.index(SILENT) < ran.words.rindex("all clusters: risks"), "feeds are named before alarms"
    alarms = newest(folder).manifest["alarms"]
    assert {one["way"] for one in alarms} == {"over-predicts"}
    assert "ALARM: over-predicts" in visible_text(page(folder))


def test_each_look_is_a_step_in_the_run_of_its_version(looked_at):
    import mlflow

    folder, _code, _words = looked_at
    client = mlflow.MlflowClient(f"sqlite:///{folder / 'workspace' / 'mlflow' / 'mlflow.db'}")
    experiments = [one.experiment_id for one in client.search_experiments()]
    (run,) = client.search_runs(experiments, f"tags.monitoring = '{MODEL}@1'")
    history = client.get_metric_history(run.info.run_id, "observed_expected")
    assert {one.step for one in history} == {(parse_date(AS_OF, "") - dt.date(1970, 1, 1)).days}
    months = pd.read_parquet(newest(folder) / "by_cluster.parquet")
    whole = months[(months["model"] == f"{MODEL}@1") & (months["cluster"] == "all clusters")]
    assert run.data.metrics["observed_expected"] == pytest.approx(whole["ratio"].iloc[0], abs=0.0051)
    assert run.data.metrics["feeds_at_fault"] >= 1


def test_a_date_before_the_version_was_tested_is_refused(looked_at):
    ran = monitored(looked_at[0], "--as-of", "2024-01-01")
    assert ran.code == 10
    assert f"the test date of {MODEL}@1" in ran.words


def test_lists_are_compared_with_the_ones_before(looked_at, tmp_path):
    folder = copied(looked_at[0], tmp_path / "lists")
    for command in (("weekly",), ("worklist", "--all")):
        ran = casefinder(*command, "--as-of", "2026-04-08", "--workspace", folder / "workspace")
        assert ran.code == 0, ran.words
    assert monitored(folder, "--as-of", "2026-04-09").code == FeedAlarm.exit_code
    assert re.search(
        r"<th scope=\"row\">practice Z80001</th><td>8 Apr 2026</td><td>15</td><td>1 Apr 2026</td>", page(folder)
    )


def test_a_workspace_with_nothing_linked_says_so(own_linked_district):
    shutil.rmtree(own_linked_district / "workspace" / "histories")
    ran = monitored(own_linked_district)
    assert ran.code == 13
    assert "Link the extracts first" in ran.words
