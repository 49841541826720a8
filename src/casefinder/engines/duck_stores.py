"""A store as DuckDB reads and writes it: through fsspec, so that no extension of DuckDB has to be downloaded."""

from threading import Lock, get_ident
from typing import Any

from fsspec import AbstractFileSystem

from casefinder.engines.stores import StorePath, reached
from casefinder.errors import StoreError

_OWN = "fsspec-"


def duck_name(path: StorePath) -> str:
    """Return the name by which DuckDB knows a path: under ``s3://`` itself it, and Ibis, would load extensions for it."""
    return f"{_OWN}{path}"


class SharedFile:
    """An object that several threads of DuckDB read, which seek and read in two steps: each is at a place of its own."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._one_at_a_time = Lock()
        self._places: dict[int, int] = {}

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; return it."""
        with self._one_at_a_time:
            self._places[get_ident()] = self._file.seek(offset, whence) if whence == 2 else offset + whence * self.tell()
            return self.tell()

    def tell(self) -> int:
        """Return where this thread reads next."""
        return self._places.get(get_ident(), 0)

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes from where this thread is, fewer at the end."""
        with self._one_at_a_time:
            self._file.seek(self.tell())
            found = bytes(self._file.read(size))
            self._places[get_ident()] = self.tell() + len(found)
            return found

    def close(self) -> None:
        """Let go of the object."""
        self._file.close()


class DuckStore(AbstractFileSystem):  # type: ignore[misc]
    """The file system of one scheme, handed to ``register_filesystem``; remembers the error that DuckDB would bury."""

    cachable = False

    def __init__(self, path: StorePath) -> None:
        super().__init__()
        self.protocol = duck_name(path).partition("://")[0]
        self.system = path.located()[0]
        self.error: StoreError | None = None

    def _do(self, what: str, path: str, *more: Any, **how: Any) -> Any:
        path = path.removeprefix(_OWN)
        try:
            with reached(path, writing=how.get("mode", "").startswith("w")):
                return getattr(self.system, what)(path, *more, **how)
        except StoreError as error:
            self.error = error
            raise

    def open(self, path: str, mode: str = "rb", **how: Any) -> Any:
        """Open an object."""
        opened = self._do("open", path, mode=mode, **how)
        return SharedFile(opened) if mode == "rb" else opened

    def glob(self, path: str, **how: Any) -> Any:
        """Return a name where an object bears it: DuckDB asks so for every file that it is told to read."""
        self.system.invalidate_cache()
        if "*" in path:
            return self._do("glob", path, **how)
        try:
            return [self._do("info", path)["name"]]
        except FileNotFoundError:
            return []

    def info(self, path: str, **how: Any) -> Any:
        """Return what is known of an object."""
        return self._do("info", path, **how)

    def ls(self, path: str, detail: bool = True, **how: Any) -> Any:
        """Return what lies in a folder."""
        return self._do("ls", path, detail=detail, **how)

    def mkdir(self, path: str, create_parents: bool = True, **how: Any) -> None:
        """Do nothing: a folder is there with the first thing in it, and no bucket is ever made."""

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Do nothing, as ``mkdir``."""

    def isdir(self, path: str) -> bool:
        """Say whether something can be written under a path: always."""
        return True

    def modified(self, path: str) -> Any:
        """Return when an object was written."""
        return self._do("modified", path)

    def rm(self, path: str, recursive: bool = False, maxdepth: int | None = None) -> None:
        """Remove an object."""
        self._do("rm", path, recursive=recursive)
