"""How the lake is: files, bytes, deleted rows, snapshots, what is not there yet, and who is not gone yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import Gauge
from sqlalchemy import text

from siyu.facts.lake.connection import CATALOGUE_SCHEMA, Lake
from siyu.kit.db import Database

FILES = Gauge("siyu_lake_files", "Files of a lake table's present", ["table"])
BYTES = Gauge("siyu_lake_bytes", "Bytes of a lake table's present files", ["table"])
DELETED = Gauge("siyu_lake_deleted_share", "Share of the rows in a lake table's files that are deleted", ["table"])
SNAPSHOTS = Gauge("siyu_lake_snapshots", "Snapshots the lake keeps")
WAITING_FILES = Gauge("siyu_lake_waiting_files", "Files nobody needs that wait to be deleted")
LAG = Gauge("siyu_lake_lag_seconds", "Age of the oldest fact that has not reached the lake")
ERASURES = Gauge("siyu_erasures_pending", "Erased members whom some file of the lake may still hold")
ERASURE_AGE = Gauge("siyu_erasure_oldest_seconds", "Age of the oldest of those erasures")


@dataclass(frozen=True)
class TableHealth:
    """The files of one table's present; `deleted` of their `rows` are hidden."""

    name: str
    files: int
    bytes: int
    rows: int
    deleted: int

    @property
    def deleted_share(self) -> float:
        return self.deleted / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class LakeHealth:
    """The lake at one moment. `lag` and `oldest_erasure` are zero when nothing waits."""

    tables: tuple[TableHealth, ...]
    snapshots: int
    waiting_files: int
    lag: timedelta
    erasures: int
    oldest_erasure: timedelta


_TABLES = text(f"""
    SELECT t.table_name, count(d.data_file_id), coalesce(sum(d.file_size_bytes), 0), coalesce(sum(d.record_count), 0),
           coalesce(sum(x.delete_count), 0)
    FROM {CATALOGUE_SCHEMA}.ducklake_table t
    LEFT JOIN {CATALOGUE_SCHEMA}.ducklake_data_file d ON d.table_id = t.table_id AND d.end_snapshot IS NULL
    LEFT JOIN {CATALOGUE_SCHEMA}.ducklake_delete_file x ON x.data_file_id = d.data_file_id AND x.end_snapshot IS NULL
    WHERE t.end_snapshot IS NULL GROUP BY 1 ORDER BY 1
""")
_REST = text(f"""
    SELECT (SELECT count(*) FROM {CATALOGUE_SCHEMA}.ducklake_snapshot),
           (SELECT count(*) FROM {CATALOGUE_SCHEMA}.ducklake_files_scheduled_for_deletion),
           (SELECT min(recorded_at) FROM fact WHERE (txid, seq) > (CAST(CAST(:txid AS text) AS xid8), :seq)),
           (SELECT count(*) FROM erasure WHERE state <> 'gone'),
           (SELECT min(erased_at) FROM erasure WHERE state <> 'gone')
""")


async def lake_health(db: Database, lake: Lake, now: datetime) -> LakeHealth:
    """Read the lake's health from its catalogue, and tell it to /metrics."""
    (cursor,) = await lake.rows("SELECT txid, seq FROM lake.relay_cursor")
    async with db.transaction() as tx:
        tables = tuple(
            TableHealth(row[0], *(int(count) for count in row[1:])) for row in (await tx.execute(_TABLES)).all()
        )
        rest = (await tx.execute(_REST, {"txid": str(cursor[0]), "seq": cursor[1]})).one()
    health = LakeHealth(
        tables,
        rest[0],
        rest[1],
        max(timedelta(0), now - rest[2]) if rest[2] else timedelta(0),
        rest[3],
        max(timedelta(0), now - rest[4]) if rest[4] else timedelta(0),
    )
    _export(health)
    return health


def _export(health: LakeHealth) -> None:
    for table in health.tables:
        FILES.labels(table.name).set(table.files)
        BYTES.labels(table.name).set(table.bytes)
        DELETED.labels(table.name).set(table.deleted_share)
    SNAPSHOTS.set(health.snapshots)
    WAITING_FILES.set(health.waiting_files)
    LAG.set(health.lag.total_seconds())
    ERASURES.set(health.erasures)
    ERASURE_AGE.set(health.oldest_erasure.total_seconds())
