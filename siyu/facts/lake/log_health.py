"""Whether everybody hears: each reader's cursor against the log, and the log against the lake."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import Gauge
from sqlalchemy import text

from siyu.facts.lake.connection import Lake
from siyu.facts.lake.relay import relay_position
from siyu.facts.log.queries import READABLE_BEFORE, Position
from siyu.kit.db import Database, Tx
from siyu.kit.text import LocalizedText

STILL_AFTER = timedelta(minutes=5)
"""A reader whose oldest unread fact is older stands still."""
COMPARED = timedelta(hours=1)
"""The facts of so long are counted in the log and in the lake; `siyu doctor` compares all."""
UNREAD_MAX = 100_000
"""More are not counted."""
RELAY = "relay"

UNREAD = Gauge("siyu_reader_unread_facts", "Facts that a reader has not read yet, 100,000 at most", ["reader"])
MISSING = Gauge("siyu_lake_missing_facts", "Facts of the last hour that the lake should have and has not")


@dataclass(frozen=True)
class ReaderHealth:
    """One cursor: how many facts wait for it, since when, and whether it counts as having read what is not written yet."""

    name: str
    unread: int
    waiting: timedelta
    deaf: bool

    @property
    def trouble(self) -> LocalizedText | None:
        """What is wrong, or None."""
        if self.deaf:
            return LocalizedText(
                f"{self.name} 的游标超前于日志，收不到新事实：请重启 siyu",
                f"{self.name} stands ahead of the log and hears nothing new: restart siyu",
            )
        if self.waiting >= STILL_AFTER:
            minutes = int(self.waiting / timedelta(minutes=1))
            return LocalizedText(
                f"{self.name} 停滞：{self.unread:,} 条事实未读，最早的已等待 {minutes} 分钟",
                f"{self.name} stands still: {self.unread:,} facts unread, the oldest for {minutes} minutes",
            )
        return None


@dataclass(frozen=True)
class LogHealth:
    """All readers, and the facts of the last hour: in the log up to where the relay has read, and in the lake."""

    readers: tuple[ReaderHealth, ...]
    logged: int
    in_lake: int

    @property
    def missing(self) -> int:
        return max(0, self.logged - self.in_lake)

    @property
    def troubles(self) -> list[LocalizedText]:
        """What is wrong, in words."""
        troubles = [reader.trouble for reader in self.readers if reader.trouble is not None]
        if self.missing:
            troubles.append(
                LocalizedText(
                    f"湖里缺少最近一小时的 {self.missing:,} 条事实：请运行 siyu lake repair",
                    f"the lake lacks {self.missing:,} facts of the last hour: run siyu lake repair",
                )
            )
        return troubles


_READERS = text(f"""
    SELECT c.reader,
           (SELECT count(*) FROM (SELECT 1 FROM fact f WHERE (f.txid, f.seq) > (c.txid, c.seq) AND f.txid < {READABLE_BEFORE}
                                  LIMIT {UNREAD_MAX}) AS unread),
           (SELECT f.recorded_at FROM fact f WHERE (f.txid, f.seq) > (c.txid, c.seq) AND f.txid < {READABLE_BEFORE}
            ORDER BY f.txid, f.seq LIMIT 1),
           c.txid >= CAST(CAST(CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)
                          + coalesce((SELECT txid_offset FROM database_origin), 0) AS text) AS xid8)
    FROM (SELECT reader, txid, seq FROM fact_cursor
          UNION ALL SELECT '{RELAY}', CAST(CAST(:txid AS text) AS xid8), CAST(:seq AS bigint)) AS c
    ORDER BY c.reader
""")
_LOGGED = text("""
    SELECT count(*), min(seq), max(seq) FROM fact
    WHERE recorded_at >= :since AND (txid, seq) <= (CAST(CAST(:txid AS text) AS xid8), :seq)
""")


async def log_health(db: Database, lake: Lake, now: datetime) -> LogHealth:
    """Compare every cursor with the log and the last hour of the log with the lake, and tell it to /metrics."""
    relayed = await relay_position(lake)
    since = now - COMPARED
    async with db.transaction() as tx:
        readers = await _readers(tx, relayed, now)
        logged, first, last = (
            await tx.execute(_LOGGED, {"since": since, "txid": str(relayed.txid), "seq": relayed.seq})
        ).one()
    in_lake = 0
    if logged:
        rows = await lake.rows(
            "SELECT count(*) FROM lake.facts WHERE seq BETWEEN ? AND ? AND recorded_at >= ?", [first, last, since]
        )
        in_lake = rows[0][0]
    health = LogHealth(tuple(readers), logged, in_lake)
    for reader in health.readers:
        UNREAD.labels(reader.name).set(reader.unread)
    MISSING.set(health.missing)
    return health


async def _readers(tx: Tx, relayed: Position, now: datetime) -> Sequence[ReaderHealth]:
    rows = await tx.execute(_READERS, {"txid": str(relayed.txid), "seq": relayed.seq})
    return [
        ReaderHealth(name, unread, max(timedelta(), now - oldest) if oldest else timedelta(), deaf)
        for name, unread, oldest, deaf in rows
    ]
