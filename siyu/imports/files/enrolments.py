"""Whom an import may let into journeys, told and asked about before it starts."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from siyu.imports.files.duckdb_session import literal, session
from siyu.imports.files.expressions import alias
from siyu.imports.files.prepared import prepared_sql
from siyu.imports.files.upload import Upload
from siyu.imports.kind import AnyKind
from siyu.imports.mapping.document import Mapping
from siyu.imports.refusals import WrongFile
from siyu.journeys.queries.open_triggers import AUDIENCE_ENTERED, Listening, listening
from siyu.kit.db import Tx
from siyu.kit.numbers import number
from siyu.kit.text import LocalizedText


@dataclass(frozen=True)
class MayEnrol:
    """A journey that rows of a file may let members into: at most one a row; `rows` None: by what the file makes of audiences,
    which nobody can tell beforehand."""

    journey_id: int
    name: str
    rows: int | None
    text: LocalizedText


async def may_enrol(
    tx: Tx, workspace_id: int, upload: Upload, kind: AnyKind, mapping: Mapping, now: datetime
) -> list[MayEnrol]:
    """The live journeys that the file may let members into; raises WrongFile."""
    journeys = await listening(tx, workspace_id, (*kind.records, AUDIENCE_ENTERED))
    direct = [journey for journey in journeys if journey.fact != AUDIENCE_ENTERED]
    counts = await asyncio.to_thread(_rows, upload, kind, mapping, direct, now) if direct else []
    counted = [_in_words(journey, count) for journey, count in zip(direct, counts, strict=True) if count]
    return counted + [_in_words(journey, None) for journey in journeys if journey.fact == AUDIENCE_ENTERED]


def enrolling(journeys: list[MayEnrol]) -> int:
    """How many may enter at most, as far as it can be told."""
    return sum(journey.rows or 0 for journey in journeys)


def _in_words(journey: Listening, rows: int | None) -> MayEnrol:
    if rows is None:
        text = LocalizedText(
            f"因这次导入进入人群的客户，会进入旅程“{journey.name}”",
            f"Members who enter its audience by this import enter the journey “{journey.name}”",
        )
    else:
        hours = round(journey.late_by.total_seconds() / 3_600)
        text = LocalizedText(
            f"有 {number(rows)} 行发生在最近 {hours} 小时内，最多让 {number(rows)} 位客户进入旅程“{journey.name}”",
            f"{number(rows)} rows happened within the last {hours} hours and let up to {number(rows)} members into the journey “{journey.name}”",
        )
    return MayEnrol(journey.journey_id, journey.name, rows, text)


def _rows(upload: Upload, kind: AnyKind, mapping: Mapping, journeys: list[Listening], now: datetime) -> list[int]:
    """How many rows that can be taken happened recently enough for each of `journeys`. Blocks."""

    def recent(journey: Listening) -> str:
        if kind.happens_at is None or kind.happens_at not in mapping.columns:
            return "count(*)"
        since = literal((now - journey.late_by).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"))
        return f"count(*) FILTER (CAST({alias(kind.happens_at)} AS TIMESTAMP) >= CAST({since} AS TIMESTAMP))"

    figures = ", ".join(recent(journey) for journey in journeys)
    try:
        with session(upload.folder) as connection:
            counted = connection.execute(
                f"SELECT {figures} FROM ({prepared_sql(upload, kind, mapping)}) AS rows WHERE fit"
            ).fetchall()
    except duckdb.Error as error:
        raise WrongFile("The file cannot be read as a table", "文件无法按表格读取") from error
    return [int(count) for count in counted[0]]
