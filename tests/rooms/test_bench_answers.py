"""The benchmarks still run, and their check of answers is one: tried on a tiny world."""

from pathlib import Path

import duckdb
import pytest

from benchmarks import audience, world
from benchmarks.audiences import TWENTY
from benchmarks.ground import Ground, Wrong
from siyu.facts.lake import Lake
from tests.world import Shop

TINY = world.size(2_000)


@pytest.fixture
def ground(shop: Shop, lake: Lake, database_url: str, tmp_path: Path) -> Ground:
    return Ground(shop.db, lake, shop.caller, database_url, tmp_path, "1GB", 2)


async def test_the_audiences_are_those_of_hand_written_queries(ground: Ground) -> None:
    found = await audience.run(ground, TINY)
    assert found.document["wrong_members"] == 0
    assert all(one["members"] > 0 for one in found.document["audiences"])
    assert found.document["single"]["ratio"] > 0


def test_a_member_too_many_or_too_few_is_seen() -> None:
    right = [[1, 2, 3] for _ in TWENTY]
    audience.compare(right, right)
    for wrong in ([1, 2], [1, 2, 3, 4], [1, 2, 4], [1, 2, 3, 3]):
        with pytest.raises(Wrong):
            audience.compare([*right[:-1], wrong], right)


def test_the_same_scale_gives_the_same_rows() -> None:
    with duckdb.connect() as one:
        digests = {
            one.execute(f"SELECT bit_xor(hash(t)), count(*) FROM ({world.events(1, TINY, 0, 18_000)}) t").fetchall()[0]
            for _ in range(2)
        }
    assert len(digests) == 1 and digests.pop()[1] == 18_000
