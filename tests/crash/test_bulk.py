"""kill -9 anywhere in a bulk load: it goes on with the next slice, and no row and no file is there twice."""

import asyncio
import textwrap
from pathlib import Path

import pytest

from siyu.facts.lake import bulk
from siyu.facts.lake.bulk import Slice
from tests.crash import child
from tests.world import Shop

ROWS, SLICES = 4_000, 6


def slices() -> list[Slice]:
    """Orders of one member each second, a slice after the other."""
    return [
        Slice(
            f"orders {low}",
            "facts",
            f"""SELECT 1 AS workspace_id, 'order_paid' AS name, 1 AS member_id, make_timestamp(range * 1000000) AS occurred_at,
                       range AS amount, range AS seq, md5('b' || range)::UUID AS id
                FROM range({low}, {low + ROWS})""",
        )
        for low in range(0, ROWS * SLICES, ROWS)
    ]


CHILD = textwrap.dedent("""
    import asyncio, itertools, os, signal, sys
    from siyu.facts.lake import bulk
    from siyu.facts.lake.connection import Lake
    from siyu.kit.db import Database
    from tests.crash.test_bulk import slices

    url, path, where, nth = sys.argv[1:5]
    numbers = itertools.count(1)

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    class Killed:
        '''A lake cursor that dies before or after the nth statement that begins with `where`.'''
        def __init__(self, cursor): self.cursor = cursor
        def execute(self, sql, *args):
            side, first = where.split()
            # two slices are written at once: each statement has a number of its own
            it = sql.split()[0] == first and next(numbers) == int(nth)
            if it and side == 'before': die()
            answer = self.cursor.execute(sql, *args)
            if it and side == 'after': die()
            return answer
        def __getattr__(self, name): return getattr(self.cursor, name)

    async def main():
        db, lake = Database(url), Lake(url, path, '1GB', 2)
        lake.open()
        plain = bulk._write
        bulk._write = lambda cursor, *rest: plain(Killed(cursor), *rest)
        await bulk.load(db, lake, 'a load', slices())

    asyncio.run(main())
""")


async def killed(url: str, lake: Path, where: str, nth: int) -> None:
    await asyncio.to_thread(child.killed, CHILD, url, lake, where, nth)


@pytest.mark.parametrize("where", ["before COPY", "after COPY", "after CALL", "before COMMIT", "after COMMIT"])
async def test_killed_in_a_load_it_goes_on(shop: Shop, database_url: str, tmp_path: Path, where: str) -> None:
    folder = tmp_path / "lake"
    await killed(database_url, folder, where, 3)
    known = sum((await bulk.loaded(shop.lake)).get("a load", {}).values())
    assert 0 < known < ROWS * SLICES, "it must have been killed in the middle"
    counts: list[int] = []
    written = await bulk.load(shop.db, shop.lake, "a load", slices(), counts.append)
    assert written == ROWS * SLICES - known, "what was there is not written again"
    assert sum(counts) == ROWS * SLICES and counts[0] == known
    rows = await shop.lake.rows(
        "SELECT count(*), count(DISTINCT id), sum(amount)::BIGINT, count(p_store) FROM lake.facts"
    )
    whole = ROWS * SLICES
    assert rows == [(whole, whole, whole * (whole - 1) // 2, 0)]
    listed = await shop.lake.rows("SELECT data_file FROM ducklake_list_files('lake', 'facts')")
    assert {Path(row[0]) for row in listed} == set((folder / "main" / "facts").glob("*.parquet")), (
        "nothing is left behind"
    )
    assert await bulk.load(shop.db, shop.lake, "a load", slices()) == 0


async def test_two_loads_of_one_name_at_once_write_each_slice_once(shop: Shop) -> None:
    written = await asyncio.gather(*(bulk.load(shop.db, shop.lake, "twice", slices()) for _ in range(2)))
    assert sorted(written) == [0, ROWS * SLICES]
    assert await shop.lake.rows("SELECT count(*) FROM lake.facts") == [(ROWS * SLICES,)]


async def test_a_slice_that_fails_stops_the_load_and_keeps_what_is_done(shop: Shop) -> None:
    broken = Slice("broken", "facts", "SELECT 1 AS workspace_id, error('no') AS name")
    with pytest.raises(Exception, match="no"):
        await bulk.load(shop.db, shop.lake, "mixed", [slices()[0], broken])
    assert await shop.lake.rows("SELECT count(*) FROM lake.facts") == [(ROWS,)]
    assert list((await bulk.loaded(shop.lake))["mixed"].values()) == [ROWS]
