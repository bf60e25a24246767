"""Worlds made: in an installation by the product's bulk path, and in native tables for the hand-written queries."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import duckdb
from sqlalchemy import text

from benchmarks import world
from benchmarks.audiences import SAVED_TREE
from benchmarks.workbench import NOW, RunRefused, Workbench, WrongAnswer, err, stage
from benchmarks.world import Size
from siyu.audience import queries as audiences
from siyu.audience.saved import actions as saved
from siyu.audience.saved import queries as saved_queries
from siyu.contacts.attributes import actions as contact_attributes
from siyu.contacts.attributes import queries as fields
from siyu.contacts.tags import actions as contact_tags
from siyu.facts.lake import bulk
from siyu.kit.db import Tx

SAVED = "spenders"
SMALL_BYTES = 8_000_000
"""Files below this are merged at the end of making a world."""
ROWS_A_MEMBER = 5
"""Rows besides facts: a profile, three attributes, and a tag for most; only the progress bar needs to know."""

NATIVE = {
    "event": """name VARCHAR, member_id BIGINT, occurred_at TIMESTAMP, amount BIGINT, store VARCHAR, campaign VARCHAR,
                journey VARCHAR, state VARCHAR""",
    "member": """member_id BIGINT, created_at TIMESTAMP, zone VARCHAR, city VARCHAR, points INTEGER, birthday DATE,
                 friend BOOLEAN, wecom VARCHAR, sms VARCHAR, suppressed BOOLEAN""",
    "tag": "tag VARCHAR, member_id BIGINT, until TIMESTAMP",
    "merged": "member_id BIGINT, winner BIGINT",
}
"""The layout a person would choose: one narrow row a fact with typed columns, sorted by kind and time; a row a member
that is not merged away; a row a tag; and the few merges, joined when asked, because a merge can be undone."""
PROPS = ("store", "campaign", "journey", "state")
FACT = """
    CREATE OR REPLACE VIEW fact AS
    SELECT e.* REPLACE (coalesce(g.winner, e.member_id) AS member_id) FROM event e LEFT JOIN merged g USING (member_id)"""


# --- in an installation


async def furnish(bench: Workbench) -> None:
    """What trees name besides facts: attributes, tags, and one saved audience. What is there stays."""
    async with bench.db.transaction() as tx:
        known = await fields.attribute_specs(tx, bench.workspace_id)
        for name, kind in world.FIELDS:
            if name not in known:
                await contact_attributes.define_attribute(tx, bench.caller, name=name, label=name, type=kind, now=NOW)
        schema = await audiences.schema(tx, bench.workspace_id, strict=True)
        lacking = [tag for tag, _, _ in world.TAGS if tag not in (schema.tags or ())]
        if lacking:
            group = await contact_tags.add_group(
                tx, bench.caller, name="bench", kind="manual", owner="", exclusive=False, days=None, now=NOW
            )
            await contact_tags.add_tags(tx, bench.caller, group.id, lacking, NOW)
        if SAVED not in await saved_queries.trees(tx, bench.workspace_id):
            await saved.save(tx, bench.caller, name=SAVED, label=SAVED, tree=SAVED_TREE, now=NOW)


async def _step_over(tx: Tx, of: Size) -> None:
    """Let members that join later have numbers that the world does not."""
    await tx.execute(
        text("SELECT setval(pg_get_serial_sequence('member', 'id'), greatest(:members, (SELECT max(id) FROM member)))"),
        {"members": of.members},
    )


async def ready(bench: Workbench, of: Size) -> int:
    """Make the world `of` in the lake, or go on making it, or find it there; returns the rows that were written now.

    Raises Refused when the installation has another world, or facts that are of none.
    """
    known = await bulk.loaded(bench.lake)
    parts = world.slices(bench.workspace_id, of)
    mine = known.pop(of.load, {})
    if known:
        raise RunRefused(f"{bench.folder} has another world: {', '.join(known)}; wanted {of.load}")
    if not mine and (await bench.lake.rows("SELECT count(*) FROM (FROM lake.facts LIMIT 1)"))[0][0]:
        raise RunRefused(f"{bench.folder} has facts that no bench has made; choose an empty folder")
    await furnish(bench)
    if len(mine) == len(parts):
        err.print(f"  found {of.caption} made before")
        return 0
    with stage(f"making {of.caption} in the lake", of.facts + ROWS_A_MEMBER * of.members, rate=True) as done:
        rows = await bulk.load(bench.db, bench.lake, of.load, parts, done)
    async with bench.db.transaction() as tx:
        await _step_over(tx, of)
    with stage("compacting the lake"):
        await bench.lake.run(_tidy)
    await _counted(bench, of)
    return rows


def _tidy(cursor: duckdb.DuckDBPyConnection) -> None:
    """Write out what still lives in the catalogue and merge the small files; the large ones are as they should be."""
    cursor.execute("CALL ducklake_flush_inlined_data('lake')")
    cursor.execute(f"CALL ducklake_merge_adjacent_files('lake', max_file_size => {SMALL_BYTES})")


async def _counted(bench: Workbench, of: Size) -> None:
    """Raises Wrong unless the lake has each number from -facts to -1 once: as many, and with the right sum."""
    state = (await bench.lake.rows("SELECT count(*), min(seq), max(seq), sum(seq) FROM lake.facts WHERE seq < 0"))[0]
    if state != (of.facts, -of.facts, -1, -of.facts * (of.facts + 1) // 2):
        raise WrongAnswer(f"wanted {of.facts:,} facts, numbered one by one; the lake has {state}")


# --- in native tables


def fill(
    native: duckdb.DuckDBPyConnection,
    of: Size,
    kinds: Collection[str] | None = None,
    done: Callable[[int], None] = lambda rows: None,
) -> None:
    """Make the native tables of a world, in order and with statistics; with `kinds` only the facts of those."""
    for table, columns in NATIVE.items():
        native.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
    native.execute(FACT)
    whole = (1, of.members + 1)
    people = f"SELECT * EXCLUDE (merged_into, source) FROM ({world.people(of, *whole)}) WHERE merged_into IS NULL"
    native.execute(f"INSERT INTO member BY NAME {people}")
    for tag, salt, share in world.TAGS:
        native.execute(f"INSERT INTO tag BY NAME {world.tags(of, tag, salt, share, *whole)}")
    native.execute(f"INSERT INTO merged SELECT * FROM ({world.merges(of)}) WHERE winner IS NOT NULL")
    done(of.members * 2)
    for select, count in _facts(of, kinds):
        described = {row[0] for row in native.execute(f"DESCRIBE {select}").fetchall()}
        columns_ = ["name", "member_id", "occurred_at", *(["amount"] if "amount" in described else [])]
        columns_ += [f"p_{name} AS {name}" for name in PROPS if f"p_{name}" in described]
        # what is nobody's is in no audience
        native.execute(
            f"INSERT INTO event BY NAME SELECT {', '.join(columns_)} FROM ({select}) WHERE member_id IS NOT NULL"
        )
        done(count)
    native.execute("CHECKPOINT")


def _facts(of: Size, kinds: Collection[str] | None) -> Iterator[tuple[str, int]]:
    """(select, rows) of the facts of `kinds`, or of all, kind after kind in time's order."""
    for which, kind in enumerate(world.KINDS):
        if kinds is None or kind.name in kinds:
            for low in range(0, of.acts[which], world.FILE_ROWS):
                high = min(of.acts[which], low + world.FILE_ROWS)
                yield world.acts(of, which, low, high), high - low
    if kinds is None:
        yield world.joinings(of, 1, of.members + 1), of.members
        yield world.mergings(of), of.merged


@asynccontextmanager
async def native(bench: Workbench, of: Size) -> AsyncIterator[duckdb.DuckDBPyConnection]:
    """A DuckDB file of native tables with the memory and the threads that the lake has; made once a home."""
    file = bench.folder / "native.duckdb"
    finished = bench.folder / "native.world"
    if file.exists() and not (finished.exists() and finished.read_text() == of.load):
        _forget(file)
    with bench.native() as connection:
        if not finished.exists():
            with stage("making the same in native tables", of.facts + 2 * of.members, rate=True) as done:
                await asyncio.to_thread(fill, connection, of, None, done)
            finished.write_text(of.load)
        yield connection


def _forget(file: Path) -> None:
    for path in (file, file.with_suffix(".duckdb.wal"), file.with_name("native.world")):
        path.unlink(missing_ok=True)
