"""Asking Spark: a session on a master, the lake's tables as its views, a compiled query answered."""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from typing import Any

from siyu.facts.lake.connection import Store
from siyu.facts.spark.dialect import VIEW_PREFIX, Params, to_spark
from siyu.facts.spark.requirements import NoSpark, require
from siyu.facts.spark.snapshot import LakeColumn, Names, Snapshot, Table

LOCAL = re.compile(r"local(\[.*\])?|local-cluster\[\s*\d+\s*,\s*\d+\s*,\s*(?P<memory>\d+)\s*\]")
MASTER = re.compile(rf"{LOCAL.pattern}|(spark|k8s|mesos)://.+|yarn")
NAME, POSITION = "_siyu_file", "_siyu_position"
"""Columns that say where a row stands, while deleted ones are taken out."""

SPARK_TYPES = {
    "boolean": "boolean",
    "date": "date",
    "float64": "double",
    "int32": "int",
    "int64": "bigint",
    "json": "string",
    "timestamp": "timestamp_ntz",
    "uuid": "binary",
    "varchar": "string",
}


def options(master: str, store: Store | None, more: Mapping[str, str]) -> dict[str, str]:
    """Spark's configuration for `master`; `more` is the caller's own and wins. Raises NoSpark for what is no master."""
    if not MASTER.fullmatch(master):
        raise NoSpark(
            f"{master} is not a master: local[2], local-cluster[2,1,2048], spark://host:7077, yarn or k8s://…",
            f"{master} 不是有效的 master，应为 local[2]、local-cluster[2,1,2048]、spark://host:7077、yarn 或 k8s://…",
        )
    config = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",  # refuse to overflow or to guess, as DuckDB does
        "spark.sql.variable.substitute": "false",  # or ${...} in somebody's tag would be looked up
        "spark.sql.parquet.fieldId.read.enabled": "true",
        "spark.ui.enabled": "false",
        "spark.log.level": "ERROR",
    }
    local = LOCAL.fullmatch(master)
    if local:
        config |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        if local.group("memory"):
            config["spark.executor.memory"] = f"{local.group('memory')}m"
    if store is not None:
        s3a = "spark.hadoop.fs.s3a"
        config |= {
            f"{s3a}.access.key": store.key_id,
            f"{s3a}.secret.key": store.secret_key,
            f"{s3a}.endpoint.region": store.region,
            f"{s3a}.connection.ssl.enabled": str(store.ssl).lower(),
        }
        if store.endpoint is not None:
            config |= {f"{s3a}.endpoint": store.endpoint, f"{s3a}.path.style.access": "true"}
    return config | dict(more)


class Spark:
    """One session. Open it with `spark_session`."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def see(self, snapshot: Snapshot) -> None:
        """Make the lake's tables at `snapshot` what the next questions are about; raises NoSpark for s3 without its jars."""
        if any(file.startswith("s3") for table in snapshot.tables for file in (*table.files, *table.marked)):
            self._require_s3a()
        for table in snapshot.tables:
            self._frame(table).createOrReplaceTempView(VIEW_PREFIX + table.name)

    def name(self, name: str, sql: str, params: Params = ()) -> None:
        """Let the rows of a compiled query be the table `name` for the next questions."""
        self.session.sql(to_spark(sql, params)).createOrReplaceTempView(name)

    def rows(self, sql: str, params: Params = ()) -> list[tuple[Any, ...]]:
        """All rows of one compiled query."""
        return [tuple(row) for row in self.session.sql(to_spark(sql, params)).collect()]

    def records(self, sql: str, params: Params = ()) -> list[dict[str, Any]]:
        """All rows of one compiled query, by column name."""
        frame = self.session.sql(to_spark(sql, params))
        return [dict(zip(frame.columns, row, strict=True)) for row in frame.collect()]

    def _frame(self, table: Table) -> Any:
        """The rows of a table that count: of whole files, of files with deleted rows, and of the catalogue."""
        frames = []
        if table.files:
            frames.append(self._read(table, table.files))
        if table.marked:
            place = (f"_metadata.file_name AS {NAME}", f"_metadata.row_index AS {POSITION}")
            marked = self._read(table, table.marked, *place)
            names = [column.name for column in table.columns]
            frames.append(marked.join(self._gone(table), [NAME, POSITION], "left_anti").select(names))
        if table.rows or not frames:
            frames.append(self._local([_plain(table.columns, row) for row in table.rows], _schema(table.columns)))
        return reduce(lambda frame, other: frame.unionByName(other), frames).selectExpr(*map(_shown, table.columns))

    def _read(self, table: Table, files: tuple[str, ...], *more: str) -> Any:
        """All rows of `files`, with `more` expressions; columns are found by number, or by name where a file has no numbers."""
        alike: dict[Names | None, list[str]] = {}
        for file in files:
            alike.setdefault(table.named.get(file), []).append(_address(file))
        frames = []
        for names, addresses in alike.items():
            there = None if names is None else dict(names)
            shown = [
                f"`{column.name}`"
                if there is None
                else f"`{there[column.id]}` AS `{column.name}`"
                if column.id in there
                else f"CAST(NULL AS {_type(column)}) AS `{column.name}`"
                for column in table.columns
            ]
            read = self.session.read.schema(_schema(table.columns, there)).parquet(*addresses)
            frames.append(read.selectExpr(*shown, *more))
        return reduce(lambda frame, other: frame.unionByName(other), frames)

    def _gone(self, table: Table) -> Any:
        """(NAME, POSITION) of deleted rows. Names of files are unique; their folders may have been moved since."""
        from pyspark.sql import types

        shape = types.StructType().add(NAME, types.StringType()).add(POSITION, types.LongType())
        gone = self._local(table.deleted, shape)
        if table.delete_files:
            written = self.session.read.schema("file_path string, pos bigint").parquet(
                *map(_address, table.delete_files)
            )
            gone = gone.union(written.selectExpr("substring_index(file_path, '/', -1)", "pos"))
        return gone

    def _local(self, rows: Sequence[tuple[Any, ...]], shape: Any) -> Any:
        """Rows of ours, by way of Arrow: Spark knows how few they are and plans accordingly."""
        import pyarrow
        from pyspark.sql.pandas.types import to_arrow_schema

        typed = to_arrow_schema(shape)
        columns = [pyarrow.array([row[n] for row in rows], type=field.type) for n, field in enumerate(typed)]
        return self.session.createDataFrame(pyarrow.Table.from_arrays(columns, schema=typed), schema=shape)

    def _require_s3a(self) -> None:
        try:
            self.session._jvm.java.lang.Class.forName("org.apache.hadoop.fs.s3a.S3AFileSystem")
        except Exception as error:
            raise NoSpark(
                "This Spark cannot read s3: give it the hadoop-aws jar of its Hadoop version, for instance with "
                "--conf spark.jars.packages=org.apache.hadoop:hadoop-aws:VERSION (docs/scale.md)",
                "这个 Spark 还不能读取 s3：请为它提供与其 Hadoop 版本一致的 hadoop-aws，例如 "
                "--conf spark.jars.packages=org.apache.hadoop:hadoop-aws:版本（见 docs/scale.md）",
            ) from error


@contextmanager
def spark_session(master: str, store: Store | None = None, more: Mapping[str, str] | None = None) -> Iterator[Spark]:
    """A session on `master`, stopped on the way out; raises NoSpark."""
    require()
    settings = options(master, store, more or {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyspark warns of pandas, which nothing here uses
        from pyspark.sql import SparkSession
    builder = SparkSession.builder.master(master).appName("siyu")
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:
        reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        raise NoSpark(
            f"Spark did not start on {master}: {reason}", f"无法在 {master} 上启动 Spark：{reason}"
        ) from error
    try:
        yield Spark(session)
    finally:
        session.stop()


def _type(column: LakeColumn) -> str:
    """Spark's name of a column's type."""
    kind = SPARK_TYPES[column.type]
    return f"array<{kind}>" if column.listed else kind


def _schema(columns: tuple[LakeColumn, ...], there: Mapping[int, str] | None = None) -> Any:
    """The columns as they are numbered in a file, or as they are named `there`."""
    from pyspark.sql import types

    schema = types.StructType()
    for column in columns:
        kind = types._parse_datatype_string(_type(column))
        if there is None:
            schema.add(types.StructField(column.name, kind, True, {"parquet.field.id": column.id}))
        elif column.id in there:
            schema.add(types.StructField(there[column.id], kind))
    return schema


def _plain(columns: tuple[LakeColumn, ...], row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row of the catalogue as the files would have it: an id is its sixteen bytes."""
    return tuple(
        value.bytes if column.type == "uuid" and value is not None else value
        for column, value in zip(columns, row, strict=True)
    )


def _shown(column: LakeColumn) -> str:
    """The column as questions see it: an id is the text that DuckDB shows."""
    if column.type != "uuid":
        return f"`{column.name}`"
    text = f"lower(hex(`{column.name}`))"
    return rf"regexp_replace({text}, '^(.{{8}})(.{{4}})(.{{4}})(.{{4}})', '$1-$2-$3-$4-') AS `{column.name}`"


def _address(file: str) -> str:
    """Where Spark finds a file: it calls s3 s3a, and a path without a scheme would be looked for in its own default store."""
    if file.startswith("s3://"):
        return "s3a://" + file.removeprefix("s3://")
    return file if "://" in file else f"file://{file}"
