"""Folders and files of a store (``s3://``, ``s3a://``, ``abfss://``), reached through fsspec.

A store has objects and no folders: a folder is there while something lies under it, nothing is renamed in one step, and an
object is there whole or not at all. Credentials are found by the store's own library, in the environment or the platform.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import IO, Any

from casefinder.errors import MissingPartError, Problem, StoreError

_LIBRARIES = {"s3": "s3fs", "s3a": "s3fs", "abfss": "adlfs"}
_FOREIGN = frozenset({"botocore", "aiobotocore", "azure", "aiohttp", "s3fs", "adlfs"})
_CAUSES = (
    (
        ("Credential", "AuthenticationError", "NoAuthWithAWS", "connection_string", "TokenRetrieval", "SSOToken"),
        "found no credentials that it accepts",
        "Sign in, or set them in the environment (for S3: AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; "
        "for Azure: AZURE_STORAGE_ACCOUNT_KEY, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET).",
    ),
    (
        ("PermissionError", "AccessDenied", "Forbidden", "AuthorizationFailure", "AuthorizationPermission"),
        "refused access",
        "Ask for the right to list, read, write and delete there, or name another place in the site file.",
    ),
    (
        ("FileNotFoundError", "NoSuchBucket", "ContainerNotFound", "UnknownStore"),
        "has no such bucket or container",
        "Check 'data' and 'store' in the site file; buckets and containers have to be there before.",
    ),
    (
        ("ClassNotFoundException", "UnsupportedFileSystem", "No FileSystem for scheme"),
        "is not known to Spark",
        "Give Spark the connector of the store (for S3A: spark.jars.packages: org.apache.hadoop:hadoop-aws:VERSION).",
    ),
    (
        ("TimeoutError", "ReadTimeout", "ConnectTimeout", "SocketTimeout", "EndpointConnection", "ConnectionError",
         "ConnectionRefused", "ConnectionClosed", "ConnectException", "ConnectorError", "ServiceRequest", "UnknownHost",
         "gaierror", "SSLError"),
        "did not answer",
        "Check the network, the proxy and the address (for S3: AWS_ENDPOINT_URL), and run the command again.",
    ),
)  # fmt: skip


def fault(text: str, place: str = "the store") -> StoreError | None:
    """Return what is wrong with a store by the names of errors in a text, whose own words are never repeated."""
    for names, what, remedy in _CAUSES:
        if any(name in text for name in names):
            return StoreError("A store cannot be used:", [Problem(place, what)], remedy)
    return None


@contextmanager
def reached(place: object, writing: bool = False) -> Iterator[None]:
    """Turn what a store's library raises into words; that nothing lies there is an error only where something is written.

    Raises:
        StoreError: the store cannot be reached, or refuses.
    """
    try:
        yield
    except (FileNotFoundError, FileExistsError) as error:
        if writing and isinstance(error, FileNotFoundError):
            raise fault("FileNotFoundError", str(place)) or error from None
        raise
    except Exception as error:
        if not isinstance(error, OSError) and type(error).__module__.partition(".")[0] not in _FOREIGN:
            raise
        kinds = " ".join(kind.__name__ for kind in type(error).__mro__)
        other = StoreError("A store cannot be used:", [Problem(str(place), f"failed ({type(error).__name__})")])
        raise fault(f"{type(error).__name__} {kinds}", str(place)) or other from None


@dataclass(frozen=True, order=True)
class StorePath:
    """A file or a folder of a store, with that part of pathlib's interface that casefinder uses.

    It is no ``os.PathLike``: whatever would take it for a local path fails at once.
    """

    url: str

    def __str__(self) -> str:
        return self.url

    def __truediv__(self, name: str) -> "StorePath":
        return StorePath(f"{self.url}/{name}")

    @property
    def name(self) -> str:
        """The last part of the URL."""
        return self.url.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """The end of the name from its last point on."""
        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> "StorePath":
        """The folder; that of a bucket is the bucket."""
        head = self.url.rpartition("/")[0]
        return self if head.endswith("/") else StorePath(head)

    def with_name(self, name: str) -> "StorePath":
        """Return what lies beside it under another name."""
        return self.parent / name

    def is_absolute(self) -> bool:
        """Say that it hangs on no other folder."""
        return True

    def resolve(self) -> "StorePath":
        """Return the same: a URL is whole."""
        return self

    def located(self) -> tuple[Any, str]:
        """Return the file system of fsspec and the name that it knows this by; what it remembers of listings is dropped.

        Raises:
            MissingPartError: the library of the store is not installed.
            StoreError: the library finds no credentials.
        """
        from fsspec import get_filesystem_class
        from fsspec.core import url_to_fs

        # Azure's library writes all it tried on the screen.
        logging.getLogger("azure").setLevel(logging.CRITICAL)
        scheme = self.url.partition(":")[0]
        try:
            get_filesystem_class(scheme)
        except (ImportError, ValueError):
            library = _LIBRARIES.get(scheme, "a library of fsspec")
            raise MissingPartError(
                f"{scheme}:// needs {library}, which is not installed.",
                remedy=f"Install it with: python -m pip install {library}",
            ) from None
        try:
            with reached(self):
                system, key = url_to_fs(self.url)
        except ValueError as error:
            # adlfs says so where it finds neither a key nor a connection string.
            raise fault(str(error), str(self)) or error from None
        system.invalidate_cache()
        return system, key

    def _kind(self) -> str | None:
        system, key = self.located()
        with reached(self):
            try:
                return str(system.info(key)["type"])
            except FileNotFoundError:
                return None

    def exists(self) -> bool:
        """Say whether anything lies here."""
        return self._kind() is not None

    def is_file(self) -> bool:
        """Say whether it is an object."""
        return self._kind() == "file"

    def is_dir(self) -> bool:
        """Say whether anything lies under it."""
        return self._kind() == "directory"

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """Do nothing: a folder is there with the first thing in it."""

    def iterdir(self) -> Iterator["StorePath"]:
        """Yield what lies in a folder: nothing where it is not there."""
        system, key = self.located()
        with reached(self):
            try:
                names = [name.rstrip("/") for name in system.ls(key, detail=False)]
            except (FileNotFoundError, NotADirectoryError):
                return
        for name in names:
            # An object that only marks a folder bears the folder's own name.
            if name.strip("/") != key.strip("/"):
                yield self / name.rpartition("/")[2]

    def glob(self, pattern: str) -> Iterator["StorePath"]:
        """Yield what fits a pattern of names, ``*`` and ``?`` in any part, ``**`` for any folders."""
        first, _, rest = pattern.partition("/")
        if first == "**":
            yield from self.glob(rest or "*")
            first, rest = "*", pattern
        for one in self.iterdir():
            if fnmatchcase(one.name, first):
                if not rest:
                    yield one
                elif one.is_dir():
                    yield from one.glob(rest)

    def rglob(self, pattern: str) -> Iterator["StorePath"]:
        """Yield the objects under a folder whose names fit a pattern, by one listing."""
        system, key = self.located()
        with reached(self):
            try:
                names = system.find(key)
            except FileNotFoundError:
                return
        for name in names:
            below = name.strip("/").removeprefix(f"{key.strip('/')}/")
            if fnmatchcase(below.rpartition("/")[2], pattern):
                yield self / below

    def open(self, mode: str = "r", encoding: str | None = None, newline: str | None = None) -> IO[Any]:
        """Open an object."""
        system, key = self.located()
        told = {name: value for name, value in (("encoding", encoding), ("newline", newline)) if value is not None}
        with reached(self, writing="r" not in mode):
            return system.open(key, mode, **told)

    def read_bytes(self) -> bytes:
        """Return an object."""
        system, key = self.located()
        with reached(self):
            return bytes(system.cat_file(key))

    def read_text(self, encoding: str = "utf-8") -> str:
        """Return an object's text."""
        return self.read_bytes().decode(encoding)

    def write_bytes(self, content: bytes) -> int:
        """Write an object in one request; it is there whole or not at all."""
        system, key = self.located()
        with reached(self, writing=True):
            system.pipe_file(key, content)
        return len(content)

    def write_text(self, text: str, encoding: str = "utf-8") -> int:
        """Write text in one request."""
        return self.write_bytes(text.encode(encoding))

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove an object."""
        system, key = self.located()
        with reached(self):
            try:
                system.rm_file(key)
            except FileNotFoundError:
                if not missing_ok:
                    raise
