"""Parquet files of the demo. Apart, because pyarrow takes a quarter of a second to load and only the demo needs it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def column(file: Path, name: str) -> list[Any]:
    """One column of a file."""
    return list(pq.read_table(file, columns=[name])[name].to_pylist())


def rows(file: Path) -> int:
    """How many rows a file has."""
    return int(pq.read_metadata(file).num_rows)


def write(file: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    """Write columns of equal length."""
    pq.write_table(pa.table(dict(columns)), file)


def span(file: Path, time: str, since: datetime | None, until: datetime) -> Path:
    """The rows whose column `time` (UTC) lies in [since, until) as a file of their own; `file` itself when that is all."""
    table = pq.read_table(file)
    times = table[time].cast(pa.timestamp("us"))
    within = pc.less(times, pa.scalar(until.replace(tzinfo=None), pa.timestamp("us")))
    if since is not None:
        within = pc.and_(within, pc.greater_equal(times, pa.scalar(since.replace(tzinfo=None), pa.timestamp("us"))))
    if pc.all(within).as_py():
        return file
    part = file.with_name(f"{file.stem}-until-{until:%Y-%m-%d-%H}.parquet")
    pq.write_table(table.filter(within), part)
    return part
