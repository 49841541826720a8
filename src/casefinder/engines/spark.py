"""Spark behind Ibis: the same expressions on a local master, a cluster, or the session that is already there.

Needs the extra ``spark`` and Java 17 or newer. Where Spark is running already (a notebook or a job of a platform) it is used
and left running; otherwise one is started on loopback, without Spark's own web page, and stopped at the end.
"""

import os
import re
import shutil
import sys
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import ibis
import ibis.expr.operations as ops
import pyarrow as pa

from casefinder.config import SparkSettings
from casefinder.engines.dialect import SparkSpelling, spark_block
from casefinder.engines.files import (
    DBFS,
    MOUNT,
    in_store,
    move,
    parquet_file,
    parquet_files,
    parquet_writer,
    place,
    read_schema,
    remove,
)
from casefinder.engines.interface import PieceWork, Result
from casefinder.engines.stores import fault
from casefinder.engines.tasks import TASK_COLUMNS, OnDuckDB, Tasks, result_of
from casefinder.errors import MissingPartError, WorkspaceError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

INSTALL = "Install it with: python -m pip install 'casefinder[spark]'"
JAVA = "a Java runtime, 17 or newer: `java` on PATH, or JAVA_HOME set to the folder that holds its bin"
_CODECS = {"lz4": "lz4_raw"}
_PLACE = "casefinder_place"
_JVM = "spark.driver.extraJavaOptions"
_OUT_OF_ROOM = ("OutOfMemoryError", "No space left on device", "GC overhead limit")


class SparkEngine:
    """Runs Ibis expressions on Spark; what it keeps for a while lies under ``scratch``, which every worker must see.

    ``local`` is a folder of this machine for what only this process needs.
    """

    def __init__(self, memory: str, threads: int, scratch: str, settings: SparkSettings, local: str = "") -> None:
        self.scratch = place(scratch).resolve()
        here = Path(local or scratch).resolve()
        for folder in (self.scratch, here):
            folder.mkdir(parents=True, exist_ok=True)
        self._memory = memory
        self._session, self._own = _session(memory, threads, here, settings)
        self._ibis = ibis.pyspark.connect(self._session)
        self._ibis.compiler = SparkSpelling()
        self._views: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop Spark where it was started here, else let go only of what was named here."""
        if self._own:
            self._session.stop()
            return
        for name in self._views:
            self._session.catalog.dropTempView(name)

    def read(self, paths: Path | Sequence[Path]) -> ibis.Table:
        """Return a table over Parquet files with the same columns.

        Raises:
            WorkspaceError: there are no files.
        """
        chosen = list(paths) if isinstance(paths, Sequence) else [paths]
        files = [file for path in chosen for file in parquet_files(path)]
        if not any(file.is_file() for file in files):
            raise WorkspaceError(f"There are no tables in {', '.join(path.name for path in chosen)}.")
        from pyspark.sql.pandas.types import from_arrow_schema

        # Folders named COLUMN=VALUE are files' places here, never columns of theirs.
        reader = self._session.read.option("recursiveFileLookup", "true").option("pathGlobFilter", "*.parquet")
        # Told the columns, Spark need not run a job to find them.
        columns = from_arrow_schema(read_schema(files[0]))
        return self._named(reader.schema(columns).parquet(*(_read_from(path) for path in chosen)))

    def register(self, rows: pa.Table | pa.RecordBatchReader) -> ibis.Table:
        """Return a table over Arrow rows, which go through a file and not into a plan; a reader can be read once."""
        path = self.scratch / "registered" / f"{uuid.uuid4().hex}.parquet"
        with parquet_writer(path, rows.schema) as writer:
            for batch in rows.to_batches() if isinstance(rows, pa.Table) else rows:
                writer.write_batch(batch)
        return self.read(path)

    def stage(self, table: ibis.Table) -> ibis.Table:
        """Name a step, so that the engine works each of its values out once however often later steps mention it."""
        return self._named(self._frame(table))

    def keep(self, table: ibis.Table, name: str) -> ibis.Table:
        """Work a step out once, keep it for a while, and return it as a table; for steps that several others read."""
        path = self.scratch.parent / "kept" / f"{name}-{uuid.uuid4().hex[:8]}.parquet"
        self.write(table, path, compression="lz4")
        return self.read(path)

    def block_of(self, person: ibis.Value, blocks: int) -> ibis.Value:
        """Return the block of each person: the first 28 bits of the SHA-256 of the id, modulo the number of blocks."""
        return spark_block(person, blocks)

    def write(self, table: ibis.Table, path: Path, compression: str = "zstd") -> None:
        """Write a table as Parquet: a sorted one to one file in its order, by one task; any other as a folder of files.

        Raises:
            WorkspaceError: Spark ran out of memory or disk.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        frame = self._frame(table)
        if not _is_sorted(table):
            self._write(frame, path, compression)
            return
        folder = self.scratch / "writing" / uuid.uuid4().hex
        self._write(_in_one(frame), folder, compression)
        (part,) = folder.glob("part-*.parquet")
        move(part, path)
        remove(folder)

    def write_parts(self, table: ibis.Table, folder: Path) -> None:
        """Write a table with a column ``block`` as a folder of files for each block; the files do not hold that column."""
        folder.mkdir(parents=True, exist_ok=True)
        # Together first: otherwise every task writes a small file for every block.
        self._write(self._frame(table).repartition("block"), folder, "snappy", ["block"])

    def part(self, folder: Path, block: int) -> ibis.Table | None:
        """Return one block of what ``write_parts`` wrote, or None where it has no rows."""
        files = folder / f"block={block}"
        return self.read(files) if files.is_dir() else None

    def fetch(self, table: ibis.Table) -> pa.Table:
        """Return a small result as Arrow."""
        with _explained(self.scratch):
            return self._frame(table).toArrow()

    def batches(self, table: ibis.Table, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield a large result in batches, through a file, so that the driver holds one batch at a time."""
        path = self.scratch / "batches" / f"{uuid.uuid4().hex}.parquet"
        self.write(table, path, compression="lz4")
        for file in parquet_files(path):
            yield from parquet_file(file).iter_batches(rows)

    @property
    def elsewhere(self) -> bool:
        """Whether tasks run in other processes: they do."""
        return True

    def each(self, task: Callable[[int], Result], numbers: Sequence[int]) -> Iterator[Result]:
        """Yield in order what a task gives for each number; the task travels to the workers, each number a partition."""
        places = self._session.range(0, len(numbers), 1, max(1, len(numbers)))
        with _explained(self.scratch):
            found = places.mapInArrow(Tasks(task, tuple(numbers)), TASK_COLUMNS).toArrow().sort_by("place")
        for written in found["result"]:
            yield result_of(written.as_py())

    def in_pieces(self, work: PieceWork, pieces: Sequence[int]) -> Iterator[Any]:
        """Yield in order what some work gives for each piece, each in a worker with a DuckDB of its own."""
        return self.each(OnDuckDB(work, self._memory), pieces)

    def _frame(self, table: ibis.Table) -> "DataFrame":
        return self._session.sql(self._ibis.compile(table))

    def _named(self, frame: "DataFrame") -> ibis.Table:
        name = f"t_{uuid.uuid4().hex}"
        frame.createOrReplaceTempView(name)
        self._views.append(name)
        return self._ibis.table(name)

    def _write(self, frame: "DataFrame", folder: Path, compression: str, parts: Sequence[str] = ()) -> None:
        writer = frame.write.mode("overwrite").option("compression", _CODECS.get(compression, compression))
        with _explained(self.scratch):
            writer.partitionBy(*parts).parquet(_url(folder))


def _url(path: Path) -> str:
    """Return a path as Spark must be told it: a URL as it is; of a local one, Hadoop takes a percent sign for itself."""
    if in_store(path):
        return str(path)
    whole = str(path.resolve())
    return DBFS + whole.removeprefix(MOUNT) if whole.startswith(MOUNT) else f"file://{whole}"


def _read_from(path: Path) -> str:
    """Return a path to read from, in which no character stands for others."""
    return re.sub(r"([\\{}\[\]*?])", r"\\\1", _url(path))


def _is_sorted(table: ibis.Table) -> bool:
    """Say whether the order of a table's rows means something: columns chosen from a sorted table keep its order."""
    step = table.op()
    while isinstance(step, ops.Project | ops.DropColumns):
        step = step.parent
    return isinstance(step, ops.Sort)


def _in_one(frame: "DataFrame") -> "DataFrame":
    """Return sorted rows in one partition, in their order, which Spark does not promise to keep by itself."""
    from pyspark.sql import functions as F

    placed = frame.withColumn(_PLACE, F.monotonically_increasing_id())
    return placed.repartition(1).sortWithinPartitions(_PLACE).drop(_PLACE)


def _session(memory: str, threads: int, scratch: Path, settings: SparkSettings) -> tuple["SparkSession", bool]:
    """Return the session to work in, and whether it was started here.

    Raises:
        MissingPartError: the extra, or a Java runtime, is missing.
    """
    SparkSession = _pyspark()
    there = SparkSession.getActiveSession()
    if there is not None:
        # A session of its own on what is there: the other one's settings and names stay as they are.
        beside = there.newSession()
        for name, value in _EQUAL.items():
            beside.conf.set(name, value)
        return beside, False
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    if not submitted and (lacking := _java_lacking()):
        raise MissingPartError(f"'engine: spark' needs a Java runtime, and {lacking}.", remedy=f"Install {JAVA}.")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # What spark-submit was told about where to run stands, unless the site file says otherwise.
    master = settings.master or ("" if submitted else f"local[{threads}]")
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    own = _defaults(master, memory, threads, scratch)
    conf = {**own, **_EQUAL, **settings.settings}
    if _JVM in own:
        conf[_JVM] = f"{own[_JVM]} {settings.settings.get(_JVM, '')}".strip()
    builder = SparkSession.builder.appName("casefinder").config(map=conf | ({"spark.master": master} if master else {}))
    from pyspark.errors import PySparkRuntimeError

    try:
        found = builder.getOrCreate()
    except PySparkRuntimeError:
        remedy = f"Look at what `java -version` says; needed is {JAVA}."
        raise MissingPartError("Spark's Java process did not start.", remedy=remedy) from None
    found.sparkContext.setLogLevel("ERROR")
    return found, True


def _pyspark() -> Any:
    try:
        # PySpark 4 warns of pandas 3 wherever it imports it; casefinder hands it Arrow, never a pandas frame.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        import_module("ibis.backends.pyspark")
        from pyspark.sql import SparkSession
    except ImportError:
        remedy = f"{INSTALL} and, since {lacking}, {JAVA}." if (lacking := _java_lacking()) else INSTALL
        raise MissingPartError("'engine: spark' needs PySpark, which is not installed.", remedy=remedy) from None
    return SparkSession


def _java_lacking() -> str:
    """Return where no Java runtime was found, nothing where one was; Spark looks on PATH only where JAVA_HOME is not set."""
    home = os.environ.get("JAVA_HOME")
    if home:
        return "" if shutil.which("java", path=str(Path(home) / "bin")) else f"JAVA_HOME ({home}) holds none"
    return "" if shutil.which("java") else "none was found on PATH"


_EQUAL = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.caseSensitive": "true",
}
"""Without these the results could differ from DuckDB's."""

_QUIET = """rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
logger.gateway.name = org.apache.spark.api.python.PythonGatewayServer
logger.gateway.level = error
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = Spark: %m%n
"""
"""What a local Spark writes on the screen: errors only. Its lines below that tell of plans and files."""


def _defaults(master: str, memory: str, threads: int, scratch: Path) -> dict[str, str]:
    """Return what a session gets unless the site file says otherwise."""
    conf = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": _url(scratch / "warehouse"),
    }
    if not master.startswith("local"):
        return conf
    logging = scratch / "log4j2.properties"
    logging.write_text(_QUIET, encoding="utf-8")
    size, unit = float(memory[:-2]), memory[-2:]
    megabytes = max(1024, round(size * (1024 if unit == "GB" else 1)))
    return conf | {
        "spark.driver.memory": f"{megabytes}m",
        _JVM: f"-Dlog4j2.configurationFile={_url(logging)}",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(scratch),
        "spark.sql.shuffle.partitions": str(2 * threads),
    }


class _explained:
    """Turn Spark's resource errors, and those of a store, into words; other errors are defects and pass through."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: Any) -> None:
        if value is not None and any(words in str(value) for words in _OUT_OF_ROOM):
            raise WorkspaceError(
                "Spark ran out of memory or of disk for what does not fit in memory.",
                remedy="Raise 'memory', or the memory in 'spark: settings:', in the site file, or free disk space.",
            ) from None
        told = fault(str(value), str(self.scratch).partition("/scratch/")[0]) if in_store(self.scratch) and value else None
        if told:
            raise told from None
