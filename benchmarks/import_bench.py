"""Import: members of a CSV and order lines of a Parquet file through the product's import, against COPY of the same rows.

The product reads and checks every cell, finds or makes the member behind each row, encrypts and indexes the identities, adds
lines up to orders, leaves out what it knows already, and records the facts. The limit is COPY of the source's rows, as text
made beforehand, into two bare tables of the source's columns in the same Postgres. A second line says what COPY needs for the
rows that the import has written, into tables with the same indexes.
"""

import asyncio
import time
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from benchmarks.figures import Figure, WorkloadResult
from benchmarks.workbench import NOW, Workbench, WrongAnswer, forget_peak, peak_mb, stage
from siyu.imports.models import Import
from siyu.imports.runs import actions, jobs

NAME = "import"
SIZES = {"small": 200_000, "full": 20_000_000}
"""Members in the file; order lines are LINES_A_MEMBER times as many."""
RATIO_LEAST = 0.25
LINES_AN_ORDER = 3
LINES_A_MEMBER = 5
STRANGERS = 50
"""One in so many customers of the orders is not in the file of members and is made on the way."""
WALK_INS = 20
"""One in so many orders names no customer."""
BLOCK_BYTES = 1 << 20
MEMORY = "4GB"

PEOPLE: dict[str, Any] = {
    "kind": "members",
    "source": "bench",
    "zone": "UTC",
    "columns": {
        "external_id": "customer",
        "phone": "phone",
        "name": "name",
        "attribute.city": "city",
        "joined_at": "joined",
    },
    "attributes": {"city": {"label": "City", "type": "text"}},
}
ORDERS: dict[str, Any] = {
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

MADE_MEMBERS = """
    SELECT 'C' || i AS customer, CAST(13000000000 + i AS VARCHAR) AS phone,
           '客户' || (hash(i) % 100000) AS name, '城市' || (hash(i * 7 + 1) % 300) AS city,
           TIMESTAMP '2022-01-01 00:00:00' + to_seconds(CAST(hash(i * 7 + 2) % 63072000 AS BIGINT)) AS joined
    FROM (SELECT range AS i FROM range(CAST($members AS BIGINT)))
"""
MADE_LINES = f"""
    SELECT 'A' || o AS number,
           CASE WHEN hash(o * 64) % {WALK_INS} > 0
                THEN 'C' || (hash(o) % ($members + $members // {STRANGERS})) END AS customer,
           TIMESTAMP '2024-03-18 04:00:00' + to_seconds(CAST(hash(o * 64 + 1) % 63072000 AS BIGINT)) AS paid_at,
           's' || (hash(o * 64 + 2) % 40) AS store, 'p' || (hash(i * 64 + 3) % 5000) AS product,
           '商品' || (hash(i * 64 + 3) % 5000) AS title, CAST(1 + hash(i * 64 + 4) % 5 AS INTEGER) AS quantity,
           CAST((100 + hash(i * 64 + 5) % 20000) / 100 AS DECIMAL(12, 2)) AS amount
    FROM (SELECT range AS i, range // {LINES_AN_ORDER} AS o FROM range(CAST($lines AS BIGINT)))
"""
BARE = """
    CREATE TABLE bare_member (customer text, phone text, name text, city text, joined timestamptz);
    CREATE TABLE bare_line (number text, customer text, paid_at timestamptz, store text, product text, title text,
                            quantity numeric(14, 3), amount numeric(12, 2))
"""
FILLED = ("member", "identity", "purchase", "purchase_line", "fact")
"""The tables that the two imports fill."""

THEIR_MEMBERS = """
    SELECT customer, name, city, epoch_us(joined) AS at, left(phone, 3) || '****' || right(phone, 4) AS phone FROM members
    UNION ALL SELECT DISTINCT customer, NULL, NULL, $now, NULL FROM lines
    WHERE customer IS NOT NULL AND customer NOT IN (SELECT customer FROM members)
"""
OUR_MEMBERS = """
    SELECT c.masked, m.name, m.attributes->>'city', CAST(extract(epoch FROM m.created_at) * 1000000 AS bigint), p.masked
    FROM member m JOIN identity c ON c.member_id = m.id AND c.kind = 'external_id'
    LEFT JOIN identity p ON p.member_id = m.id AND p.kind = 'phone'
"""
THEIR_ORDERS = """
    SELECT number, any_value(customer) AS customer, epoch_us(any_value(paid_at)) AS at, any_value(store) AS store,
           count(*) AS lines, CAST(sum(CAST(amount * 100 AS BIGINT)) AS BIGINT) AS amount,
           CAST(sum(quantity) AS BIGINT) AS quantity
    FROM lines GROUP BY number
"""
OUR_ORDERS = """
    SELECT p.number, c.masked, CAST(extract(epoch FROM p.paid_at) * 1000000 AS bigint), p.store, l.lines, l.amount, l.quantity
    FROM purchase p
    JOIN (SELECT order_id, CAST(sum(quantity) AS bigint) AS quantity, count(*) AS lines, sum(amount) AS amount
          FROM purchase_line GROUP BY 1) l ON l.order_id = p.id AND l.lines = p.lines AND l.amount = p.amount
    LEFT JOIN identity c ON c.member_id = p.member_id AND c.kind = 'external_id'
"""
TOLD = "SELECT count(*) FILTER (WHERE name = 'member_created'), count(*) FILTER (WHERE name = 'order_paid') FROM fact"


class Files:
    """The source: a CSV of members and a Parquet of lines for the product, and both as bare CSV for COPY."""

    def __init__(self, folder: Path, members: int, lines: int) -> None:
        self.members, self.lines = folder / "members.csv", folder / "lines.parquet"
        self.bare_members, self.bare_lines = folder / "bare-members.csv", folder / "bare-lines.csv"
        with duckdb.connect() as connection:
            for made, sql, file, kind, bare in (
                ("members", MADE_MEMBERS, self.members, "csv, HEADER true", self.bare_members),
                ("lines", MADE_LINES, self.lines, "parquet", self.bare_lines),
            ):
                known = {"members": members, "lines": lines}
                used = {name: value for name, value in known.items() if f"${name}" in sql}
                connection.execute(f"COPY ({sql}) TO '{file}' (FORMAT {kind})", used)
                read = "read_csv" if made == "members" else "read_parquet"
                connection.execute(f"COPY (FROM {read}('{file}')) TO '{bare}' (FORMAT csv, HEADER false)")


async def ours(bench: Workbench, what: str, file: Path, mapping: dict[str, Any], rows: int) -> float:
    """Seconds of one import of the product, from the file to the last commit; raises Wrong when it does not take every row."""
    begun = time.perf_counter()
    with stage(f"our import of {what}", rows) as done:
        async with bench.db.transaction() as tx:
            started = await actions.start_file(
                tx,
                bench.caller,
                kind=mapping["kind"],
                path=file,
                mapping=mapping,
                now=NOW,
                uploads_at=bench.folder / "uploads",
            )
        so_far = [0]

        def progress(now: int, _total: int) -> None:
            done(now - so_far[0])
            so_far[0] = now

        run: Import = await jobs.run_import(bench.db, started.id, NOW, on_progress=progress)
    seconds = time.perf_counter() - begun
    if run.state != "done" or run.rows_done != rows or run.rows_refused:
        raise WrongAnswer(f"import: {run.state}, {run.rows_done:,} of {rows:,} rows, {run.rows_refused:,} refused")
    return seconds


def _copy_in(connection: "psycopg.Connection[Any]", table: str, file: Path) -> float:
    begun = time.perf_counter()
    with file.open("rb") as source, connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
        while block := source.read(BLOCK_BYTES):
            copy.write(block)
    connection.commit()
    return time.perf_counter() - begun


def _copy_out(connection: "psycopg.Connection[Any]", select: str, file: Path) -> None:
    with file.open("wb") as target, connection.cursor().copy(f"COPY ({select}) TO STDOUT (FORMAT csv)") as copy:
        for block in copy:
            target.write(block)


def bare(url: str, files: Files) -> tuple[float, float]:
    """Seconds of COPY of the source's rows into bare tables: members, lines."""
    with psycopg.connect(url) as connection:
        connection.execute(BARE)
        connection.commit()
        return _copy_in(connection, "bare_member", files.bare_members), _copy_in(
            connection, "bare_line", files.bare_lines
        )


def indexed(url: str, folder: Path) -> float:
    """Seconds of COPY of what the imports have written into empty tables with the same columns, defaults and indexes."""
    seconds = 0.0
    with psycopg.connect(url) as connection:
        for table in FILLED:
            file = folder / f"{table}.csv"
            _copy_out(connection, f"SELECT * FROM {table}", file)
            connection.execute(f"CREATE TABLE hand_{table} (LIKE {table} INCLUDING ALL)")
            connection.commit()
            seconds += _copy_in(connection, f"hand_{table}", file)
            connection.execute(f"DROP TABLE hand_{table}")
            connection.commit()
            file.unlink()
    return seconds


def compare(url: str, folder: Path, files: Files) -> tuple[int, int]:
    """(members, orders) that were compared with the files, field by field; raises Wrong when one differs."""
    sizes: list[int] = []
    with (
        psycopg.connect(url) as connection,
        duckdb.connect(str(folder / "compare.duckdb"), config={"memory_limit": MEMORY}) as by_hand,
    ):
        by_hand.execute(f"CREATE VIEW members AS FROM read_csv('{files.members}', types = {{'phone': 'VARCHAR'}})")
        by_hand.execute(f"CREATE VIEW lines AS FROM read_parquet('{files.lines}')")
        for what, ours_sql, theirs_sql in (
            ("members", OUR_MEMBERS, THEIR_MEMBERS),
            ("orders", OUR_ORDERS, THEIR_ORDERS),
        ):
            file = folder / "ours.csv"
            _copy_out(connection, ours_sql, file)
            now = {"now": round(NOW.timestamp() * 1_000_000)} if "$now" in theirs_sql else {}
            by_hand.execute(f"CREATE OR REPLACE TABLE theirs AS {theirs_sql}", now)
            types = {row[0]: row[1] for row in by_hand.execute("DESCRIBE theirs").fetchall()}
            by_hand.execute(
                f"CREATE OR REPLACE TABLE ours AS FROM read_csv('{file}', header = false, auto_detect = false, columns = {types})"
            )
            other = "SELECT count(*), first(d) FROM (FROM {} EXCEPT ALL FROM {}) AS d"
            for left, right in (("ours", "theirs"), ("theirs", "ours")):
                wrong, example = by_hand.execute(other.format(left, right)).fetchall()[0]
                if wrong:
                    raise WrongAnswer(f"import: {wrong:,} {what} only in {left}, for example {example}")
            sizes.append(int(by_hand.execute("SELECT count(*) FROM ours").fetchall()[0][0]))
        counts = connection.execute(TOLD).fetchall()[0]
    if list(counts) != sizes:
        raise WrongAnswer(f"import: {sizes} members and orders, but {list(counts)} facts of them")
    return sizes[0], sizes[1]


async def run(bench: Workbench, members: int) -> WorkloadResult:
    """Both files both ways; raises Wrong."""
    lines = members * LINES_A_MEMBER
    with stage(f"making {members:,} members, {lines:,} order lines"):
        files = await asyncio.to_thread(Files, bench.folder, members, lines)
    forget_peak()
    of_members = await ours(bench, "members", files.members, PEOPLE, members)
    of_lines = await ours(bench, "orders", files.lines, ORDERS, lines)
    peak = peak_mb()
    with stage("comparing with the files"):
        known, orders = await asyncio.to_thread(compare, bench.url, bench.folder, files)
    with stage("COPY into bare tables"):
        bare_members, bare_lines = await asyncio.to_thread(bare, bench.url, files)
    with stage("COPY into tables with our indexes"):
        filled = await asyncio.to_thread(indexed, bench.url, bench.folder)
    seconds, limit, rows = of_members + of_lines, bare_members + bare_lines, members + lines
    return WorkloadResult(
        NAME,
        f"{members:,} members (CSV), {lines:,} lines of {orders:,} orders (Parquet)",
        f"{known:,} members and {orders:,} orders equal to the files, field by field, each told once",
        [
            Figure("rows of both files", "/s", rows / seconds, rows / limit, limit / seconds, least=RATIO_LEAST),
            Figure("  members", "/s", members / of_members, members / bare_members, bare_members / of_members),
            Figure("  order lines", "/s", lines / of_lines, lines / bare_lines, bare_lines / of_lines),
            Figure(
                "COPY of what we wrote, same indexes",
                "/s",
                rows / seconds,
                rows / filled,
                filled / seconds,
                note="limit: member, identity, purchase, purchase_line, fact",
            ),
            Figure("peak memory of the import", "MB", peak),
        ],
        {
            "members": members,
            "lines": lines,
            "wrong_answers": 0,
            "ours_s": seconds,
            "limit_s": limit,
            "ratio": limit / seconds,
            "rows_per_s": rows / seconds,
            "members_s": {"ours": of_members, "limit": bare_members},
            "lines_s": {"ours": of_lines, "limit": bare_lines},
            "indexed_limit_s": filled,
            "ratio_to_indexed": filled / seconds,
            "peak_rss_mb": peak,
        },
    )
