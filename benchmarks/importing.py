"""Import: order lines of a Parquet file through the product's import, against COPY of the same rows into the same Postgres.

The product reads and checks every cell, finds or makes the customer behind each line, adds lines up to orders, leaves out
what it knows already, and records the facts; COPY only writes the rows, from a CSV made beforehand.
"""

import asyncio
import time
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from benchmarks.figures import Figure, Found
from benchmarks.ground import NOW, Ground, Wrong, stage
from siyu.imports import actions, jobs

NAME = "import"
SIZES = {"small": 50_000, "full": 5_000_000}
"""Order lines."""
RATIO_LEAST = 0.25
LINES_AN_ORDER = 3
LINES_A_CUSTOMER = 15
BLOCK_BYTES = 1 << 20

MAPPING: dict[str, Any] = {
    "kind": "orders",
    "source": "bench",
    "zone": "UTC",
    "columns": {
        "number": "number",
        "member": {"column": "customer", "identity": "external_id"},
        "paid_at": "paid_at",
        "store": "store",
        "product": "product",
        "title": "title",
        "quantity": "quantity",
        "amount": "amount",
    },
    "rules": {"duplicates": "keep", "unknown_members": "create"},
}

LINES = f"""
    SELECT 'A' || (i // {LINES_AN_ORDER}) AS number,
           'C' || (hash(i // {LINES_AN_ORDER}) % greatest(1, $lines // {LINES_A_CUSTOMER})) AS customer,
           TIMESTAMP '2024-03-18 04:00:00' + to_seconds(CAST(hash((i // {LINES_AN_ORDER}) * 64 + 1) % 63072000 AS BIGINT)) AS paid_at,
           's' || (hash((i // {LINES_AN_ORDER}) * 64 + 2) % 40) AS store, 'p' || (hash(i * 64 + 3) % 5000) AS product,
           '商品' || (hash(i * 64 + 3) % 5000) AS title, CAST(1 + hash(i * 64 + 4) % 5 AS INTEGER) AS quantity,
           CAST((100 + hash(i * 64 + 5) % 20000) / 100 AS DECIMAL(12, 2)) AS amount
    FROM (SELECT range AS i FROM range(CAST($lines AS BIGINT)))
"""
COPIED = """
    CREATE TABLE hand_line (number text, customer text, paid_at timestamptz, store text, product text, title text,
                            quantity numeric(14, 3), amount numeric(12, 2))
"""

THEIRS = """
    SELECT number, customer, epoch_us(any_value(paid_at)), any_value(store), count(*),
           CAST(sum(CAST(amount * 100 AS BIGINT)) AS BIGINT), CAST(sum(quantity) AS BIGINT)
    FROM read_parquet($file) GROUP BY number, customer ORDER BY number
"""
OURS = """
    SELECT p.number, m.customer, CAST(extract(epoch FROM p.paid_at) * 1000000 AS bigint), p.store, p.lines, p.amount,
           CAST(l.quantity AS bigint)
    FROM purchase p
    JOIN (SELECT order_id, sum(quantity) AS quantity, count(*) AS lines, sum(amount) AS amount FROM purchase_line GROUP BY 1) l
      ON l.order_id = p.id AND l.lines = p.lines AND l.amount = p.amount
    JOIN (SELECT member_id, min(masked) AS customer FROM identity WHERE kind = 'external_id' GROUP BY 1) m
      ON m.member_id = p.member_id
    ORDER BY p.number COLLATE "C"
"""


def files(folder: Path, lines: int) -> tuple[Path, Path]:
    """The same rows as Parquet and as CSV."""
    parquet, csv = folder / "lines.parquet", folder / "lines.csv"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE lines AS {LINES}", {"lines": lines})
        connection.execute(f"COPY lines TO '{parquet}' (FORMAT parquet)")
        connection.execute(f"COPY lines TO '{csv}' (FORMAT csv, HEADER false)")
    return parquet, csv


async def ours(ground: Ground, file: Path, lines: int) -> float:
    """Seconds of the product's import, from the file to the last commit; raises Wrong when it does not take every line."""
    begun = time.perf_counter()
    with stage("our import", lines) as done:
        async with ground.db.transaction() as tx:
            started = await actions.start_file(
                tx,
                ground.caller,
                kind="orders",
                path=file,
                mapping=MAPPING,
                now=NOW,
                uploads_at=ground.folder / "uploads",
            )
        so_far = [0]

        def progress(now: int, _total: int) -> None:
            done(now - so_far[0])
            so_far[0] = now

        run = await jobs.run_import(ground.db, started.id, NOW, on_progress=progress)
    seconds = time.perf_counter() - begun
    if run.state != "done" or run.rows_done != lines or run.rows_refused:
        raise Wrong(f"import: {run.state}, {run.rows_done:,} of {lines:,} rows, {run.rows_refused:,} refused")
    return seconds


def copied(url: str, csv: Path) -> float:
    """Seconds of COPY of the same rows."""
    with psycopg.connect(url) as connection:
        connection.execute(COPIED)
        connection.commit()
        begun = time.perf_counter()
        with csv.open("rb") as source, connection.cursor().copy("COPY hand_line FROM STDIN (FORMAT csv)") as copy:
            while block := source.read(BLOCK_BYTES):
                copy.write(block)
        connection.commit()
        return time.perf_counter() - begun


def compare(url: str, file: Path) -> int:
    """Orders that were compared; raises Wrong unless each has its customer, moment, store, lines, money and quantity."""
    with duckdb.connect() as connection:
        theirs = connection.execute(THEIRS, {"file": str(file)}).fetchall()
    with psycopg.connect(url) as connection:
        found = connection.execute(OURS).fetchall()
    wrong = len(set(theirs) ^ set(found))
    if wrong or len(found) != len(theirs):
        raise Wrong(f"import: {wrong:,} orders differ, for example {next(iter(set(theirs) ^ set(found)), None)}")
    return len(found)


async def run(ground: Ground, lines: int) -> Found:
    """Both ways in; raises Wrong."""
    with stage(f"making {lines:,} order lines"):
        parquet, csv = await asyncio.to_thread(files, ground.folder, lines)
    seconds = await ours(ground, parquet, lines)
    with stage("COPY, and comparing"):
        limit = await asyncio.to_thread(copied, ground.url, csv)
        orders = await asyncio.to_thread(compare, ground.url, parquet)
    pace, best = lines / seconds, lines / limit
    return Found(
        NAME,
        f"{lines:,} order lines of {orders:,} orders, customers made on the way",
        f"{orders:,} orders equal to the file: customer, moment, store, lines, money, quantity",
        [
            Figure("order lines", "/s", pace, best, pace / best, least=RATIO_LEAST),
            Figure("from the file to the last commit", "s", seconds, limit),
        ],
        {
            "wrong_orders": 0,
            "lines": lines,
            "ours_s": seconds,
            "limit_s": limit,
            "ours_per_s": pace,
            "limit_per_s": best,
            "ratio": pace / best,
        },
    )
