"""A store for tests: the objects of ``s3://`` and ``s3a://`` buckets in folders of this machine, behind fsspec as s3fs is.

It keeps what an object store is: nothing is renamed, no folder is there without an object in it, an object appears whole
when its writing ends, and one that must not be there yet can be asked for. Other processes find it by an entry point.
"""

import datetime as dt
import io
import os
import shutil
from pathlib import Path
from typing import ClassVar

from fsspec import AbstractFileSystem
from fsspec.registry import _registry

WHERE = "TEST_BUCKETS"
"""Environment variable that names the folder of the buckets."""
REFUSED = "TEST_BUCKETS_REFUSED"
"""Set it to have everything refused, as it is where credentials give no right."""
SECRET = "verysecretkey"


class Bucket(AbstractFileSystem):
    protocol: ClassVar = ("s3", "s3a")
    cachable = False

    def _place(self, path):
        if os.environ.get(REFUSED):
            raise PermissionError(f"refused to {SECRET}")
        return Path(os.environ[WHERE]) / self._strip_protocol(path)

    def _bucket(self, path):
        bucket = Path(os.environ[WHERE]) / self._strip_protocol(path).split("/")[0]
        if not bucket.is_dir():
            raise FileNotFoundError(f"no bucket {bucket.name}")

    def info(self, path, **kwargs):
        place, name = self._place(path), self._strip_protocol(path)
        if place.is_file():
            return {"name": name, "size": place.stat().st_size, "type": "file"}
        if place.is_dir() and any(one.is_file() for one in place.rglob("*")):
            return {"name": name, "size": 0, "type": "directory"}
        raise FileNotFoundError(name)

    def ls(self, path, detail=True, **kwargs):
        self._bucket(path)
        found = self.info(path)
        if found["type"] == "directory":
            names = [f"{found['name']}/{one.name}" for one in sorted(self._place(path).iterdir())]
            infos = [self.info(name) for name in names if self.exists(name)]
        else:
            infos = [found]
        return infos if detail else [one["name"] for one in infos]

    def modified(self, path):
        return dt.datetime.fromtimestamp(self._place(path).stat().st_mtime, dt.UTC)

    def _open(self, path, mode="rb", **kwargs):
        self._bucket(path)
        place = self._place(path)
        if mode == "rb":
            return place.open("rb")
        if mode == "xb" and place.exists():
            raise FileExistsError(path)
        return _Put(place)

    def cp_file(self, path1, path2, **kwargs):
        self._place(path2).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._place(path1), self._place(path2))

    def rm_file(self, path):
        self._place(path).unlink()

    def rm(self, path, recursive=False, maxdepth=None):
        self.info(path)
        for name in self.find(path) if recursive else [path]:
            self.rm_file(name)


class _Put(io.BytesIO):
    """What is written of an object, put into place when it is closed."""

    def __init__(self, place):
        super().__init__()
        self.place = place

    def close(self):
        if not self.closed:
            self.place.parent.mkdir(parents=True, exist_ok=True)
            self.place.write_bytes(self.getvalue())
        super().close()


def known_here(monkeypatch, folder):
    """Make the store known to this process for one test, with its buckets in a folder."""
    for name in Bucket.protocol:
        monkeypatch.setitem(_registry, name, Bucket)
    monkeypatch.setenv(WHERE, str(folder))


def known_elsewhere(folder):
    """Return the environment in which every process knows the store, with its buckets in a folder."""
    about = folder / "bucket-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: bucket\nVersion: 1\n", encoding="utf-8")
    points = "".join(f"{name} = tests.bucket:Bucket\n" for name in Bucket.protocol)
    (about / "entry_points.txt").write_text(f"[fsspec.specs]\n{points}", encoding="utf-8")
    path = [str(folder), str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {WHERE: str(folder), "PYTHONPATH": os.pathsep.join(path)}
