"""Files and folders on a disk and in a store: the same calls, the same results."""

import datetime as dt
import gzip
import hashlib

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pcsv
import pytest

from casefinder.engines import Workspace
from casefinder.engines.files import (
    claim,
    file_hash,
    in_store,
    last_change,
    move,
    parquet_file,
    parquet_files,
    parquet_writer,
    place,
    publish,
    read_frame,
    read_schema,
    read_table,
    remove,
    text_stream,
    write_frame,
    write_table,
)

ROWS = pa.table({"person": ["a", "b"], "n": [1, 2]})


def test_a_place_is_a_folder_or_a_url():
    assert not in_store(place("raw"))
    assert not in_store(place("/data/raw"))
    assert in_store(place("s3://nhs/raw"))
    assert in_store(place("abfss://raw@there.dfs.core.windows.net/x"))
    assert str(place("dbfs:/raw/x")) == "/dbfs/raw/x"


def test_rows_come_back_as_they_were_written(folder):
    write_table(ROWS, folder / "deep" / "one.parquet")
    with parquet_writer(folder / "deep" / "two.parquet", ROWS.schema) as writer:
        writer.write_table(ROWS)
    assert [path.name for path in parquet_files(folder)] == ["one.parquet", "two.parquet"]
    assert read_table(folder / "deep" / "two.parquet").equals(ROWS)
    assert read_table(folder / "deep").num_rows == 4
    assert read_schema(folder / "deep" / "one.parquet").equals(ROWS.schema)
    with parquet_file(folder / "deep" / "one.parquet") as file:
        assert file.metadata.num_rows == 2
    assert read_frame(folder / "deep" / "one.parquet", ["n"], [("person", "in", ["b"])])["n"].tolist() == [2]


def test_a_frame_comes_back_with_the_types_of_a_local_one(folder, tmp_path):
    frame = pd.DataFrame({"person": ["a", None], "day": pd.to_datetime(["2026-04-01", None]), "n": [1.5, 2]})
    write_table(ROWS, folder / "first.parquet")
    write_frame(frame, folder / "frame.parquet")
    frame.to_parquet(tmp_path / "plain.parquet", index=False)
    pd.testing.assert_frame_equal(read_frame(folder / "frame.parquet"), pd.read_parquet(tmp_path / "plain.parquet"))


def test_a_compressed_csv_is_read(folder):
    publish_bytes(folder / "deaths.csv.gz", gzip.compress(b"a,b\n1,2\n"))
    with text_stream(folder / "deaths.csv.gz") as stream:
        assert pcsv.read_csv(stream).to_pydict() == {"a": [1], "b": [2]}


def publish_bytes(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_a_published_text_is_there_whole_and_alone(folder):
    folder.mkdir(parents=True)
    publish(folder / "manifest.json", "{}\n")
    assert [path.name for path in folder.iterdir()] == ["manifest.json"]
    assert (folder / "manifest.json").read_text(encoding="utf-8") == "{}\n"


def test_a_folder_is_begun_once(folder):
    folder.mkdir(parents=True)
    assert claim(folder / "000001")
    assert not claim(folder / "000001")
    assert claim(folder / "000002")


def test_a_file_is_moved(folder):
    publish_bytes(folder / "here" / "part", b"rows")
    (folder / "there").mkdir(parents=True)
    move(folder / "here" / "part", folder / "there" / "whole")
    assert not (folder / "here" / "part").exists()
    assert (folder / "there" / "whole").read_bytes() == b"rows"


def test_a_removed_folder_is_gone_and_may_be_removed_again(folder):
    publish_bytes(folder / "deep" / "one", b"rows")
    publish_bytes(folder / "deeper" / "two", b"rows")
    for _again in range(2):
        remove(folder / "deep")
        assert not (folder / "deep").exists()
    assert (folder / "deeper" / "two").is_file()


def test_a_folder_says_when_it_changed_and_a_file_what_it_holds(folder):
    publish_bytes(folder / "one", b"rows")
    assert last_change(folder) in (dt.datetime.now(dt.UTC).date(), dt.date.today())
    assert file_hash(folder / "one") == hashlib.sha256(b"rows").hexdigest()


@pytest.fixture
def workspace(tmp_path, bucket):
    return Workspace(tmp_path / "workspace", bucket / "store")


def finished(workspace, step="record"):
    with workspace.draft(step) as draft:
        write_table(ROWS, draft / "people.parquet")
        return draft.finish({"step": step})


def test_what_is_large_lies_in_the_store_and_nothing_else(workspace, bucket, tmp_path):
    for step in ("record", "histories", "lists", "tested"):
        finished(workspace, step)
    assert sorted(path.name for path in (bucket / "store").iterdir()) == ["histories", "lists", "record"]
    assert [path.name for path in (tmp_path / "workspace").iterdir()] == ["tested"]


def test_a_store_holds_versions_as_a_disk_does(workspace):
    assert [finished(workspace).number for _ in range(2)] == [1, 2]
    assert workspace.newest("record").number == 2
    assert read_table(workspace.newest("record") / "people.parquet").equals(ROWS)


def half_written(workspace):
    with workspace.draft("record") as draft:
        write_table(ROWS, draft / "people.parquet")
        raise ZeroDivisionError


def test_an_error_leaves_no_trace_in_a_store(workspace, bucket):
    finished(workspace)
    with pytest.raises(ZeroDivisionError):
        half_written(workspace)
    assert [path.name for path in (bucket / "store" / "record").iterdir()] == ["000001"]


def test_what_a_killed_run_left_in_a_store_is_never_read_and_its_number_never_used_again(workspace, bucket):
    finished(workspace)
    write_table(ROWS, bucket / "store" / "record" / "000002" / "people.parquet")
    assert workspace.newest("record").number == 1
    assert [path.name for path in workspace.unfinished("record")] == ["000002"]
    assert finished(workspace).number == 3


def test_two_versions_begun_at_once_in_a_store_have_numbers_of_their_own(workspace):
    with workspace.draft("record") as first, workspace.draft("record") as second:
        assert {first.folder.name, second.folder.name} == {"000001", "000002"}


def test_a_run_has_a_folder_of_its_own_in_a_store_and_removes_what_old_runs_left(workspace, bucket):
    scratch = bucket / "store" / "scratch"
    for left in ("20200101T000000-aaaaaaaa", f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}-bbbbbbbb", "not ours"):
        publish_bytes(scratch / left / "rows", b"rows")
    with workspace.scratch() as local, workspace.shared_scratch(local) as one, workspace.shared_scratch(local) as other:
        assert one != other
        assert in_store(one)
        assert not in_store(local)
        publish_bytes(one / "rows", b"rows")
    assert len(list(scratch.iterdir())) == 2


def test_without_a_store_tasks_share_the_folder_of_the_workspace(tmp_path):
    workspace = Workspace(tmp_path)
    with workspace.scratch() as local, workspace.shared_scratch(local) as shared:
        assert shared == local
