"""The benchmarks still run, and their check of answers is one: tried on a tiny world."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from benchmarks import audience, clickhouse, growth, peers, runner, world, world_setup
from benchmarks.audiences import TWENTY
from benchmarks.workbench import RunRefused, Workbench, WrongAnswer
from siyu.facts.lake.bulk import Slice
from siyu.facts.lake.connection import Lake
from siyu.facts.lake.layout import FACT_COLUMNS, SORTED, attribute_rows, fact_rows
from tests.world import Shop

TINY = world.size(2_000)


@pytest.fixture
def bench(shop: Shop, lake: Lake, database_url: str, tmp_path: Path) -> Workbench:
    return Workbench(shop.db, lake, shop.caller, database_url, tmp_path, "1GB", 2)


# --- the world


def digests(slices: list[Slice], threads: int) -> list[tuple[Any, ...]]:
    """What is in each slice, whatever the order."""
    with duckdb.connect(config={"threads": str(threads)}) as connection:
        return [
            connection.execute(f"SELECT count(*), bit_xor(hash(t)) FROM ({part.select}) t").fetchall()[0]
            for part in slices
        ]


def test_the_same_scale_and_seed_give_the_same_rows_and_another_seed_others() -> None:
    first, again = digests(world.slices(1, TINY), 1), digests(world.slices(1, TINY), 4)
    assert first == again
    facts = [n for n, part in enumerate(world.slices(1, TINY)) if part.table == "facts"]
    assert sum(first[n][0] for n in facts) == TINY.facts
    other = digests(world.slices(1, world.size(2_000, seed=2)), 2)
    acts = [n for n in facts if "merged" not in world.slices(1, TINY)[n].name]
    assert all(
        first[n] != other[n] for n in acts if first[n][0] > 100 and "created" not in world.slices(1, TINY)[n].name
    )


def test_slices_are_sorted_and_cut_anywhere_they_are_the_same_world(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {part.name: part for part in world.slices(1, TINY)}
    monkeypatch.setattr(world, "FILE_ROWS", 700)
    monkeypatch.setattr(world, "PROFILE_ROWS", 300)
    cut = world.slices(1, TINY)
    assert len(cut) > 2 * len(whole)
    with duckdb.connect() as connection:
        for part in cut:
            keys = connection.execute(f"SELECT {SORTED[part.table]} FROM ({part.select})").fetchall()
            assert keys == sorted(keys), part.name
        for table in SORTED:
            seen = {
                connection.execute(
                    f"SELECT count(*), sum(hash(t)::HUGEINT) FROM ({' UNION ALL BY NAME '.join(p.select for p in parts if p.table == table)}) t"
                ).fetchall()[0]
                for parts in (list(whole.values()), cut)
            }
            assert len(seen) == 1, table


async def test_the_world_is_as_it_says(bench: Workbench) -> None:
    assert await world_setup.ready(bench, TINY) > TINY.facts
    rows = bench.lake.rows
    assert (await rows("SELECT count(*), count(DISTINCT id), count(DISTINCT seq) FROM lake.facts"))[0] == (
        TINY.facts,
    ) * 3
    assert (await rows("SELECT count(DISTINCT name) FROM lake.facts"))[0][0] >= 10
    # nothing of the future, nobody acts before they have joined, nobody's facts are those of the erased
    assert not await rows("SELECT 1 FROM lake.facts WHERE occurred_at >= TIMESTAMP '2026-03-18 04:00:00' LIMIT 1")
    early = (
        "SELECT 1 FROM lake.facts f JOIN lake.profiles p USING (member_id) WHERE f.occurred_at < p.created_at LIMIT 1"
    )
    assert not await rows(early)
    assert not await rows("SELECT 1 FROM lake.facts WHERE member_id IS NOT NULL AND member_id % 1000 = 13 LIMIT 1")
    assert (await rows("SELECT count(*) FROM lake.profiles"))[0][0] == TINY.members - 2
    assert (await rows("SELECT count(*) FROM lake.facts WHERE member_id IS NULL"))[0][0] > 2
    assert (await rows("SELECT count(*) FROM lake.merges WHERE winner IS NOT NULL"))[0][0] == TINY.merged == 20
    loose = "SELECT 1 FROM lake.tags SEMI JOIN lake.merges USING (member_id) LIMIT 1"
    assert not await rows(loose) and await rows("SELECT 1 FROM lake.tags WHERE until < TIMESTAMP '2026-03-18' LIMIT 1")
    # campaign days and busy members
    by_day = "SELECT count(*) AS n FROM lake.facts WHERE name = 'message_sent' GROUP BY (occurred_at - INTERVAL 4 HOUR)::DATE"
    busiest, usual = (await rows(f"SELECT max(n), median(n) FROM ({by_day})"))[0]
    assert busiest >= 5 * usual
    by_member = "SELECT count(*) AS n FROM lake.facts WHERE name <> 'member_created' GROUP BY member_id"
    busiest, usual = (await rows(f"SELECT max(n), median(n) FROM ({by_member})"))[0]
    assert busiest >= 10 * usual


async def test_columns_say_what_the_documents_say(bench: Workbench) -> None:
    await world_setup.ready(bench, TINY)
    held = f"SELECT {', '.join(FACT_COLUMNS)} FROM lake.facts"
    source = "(SELECT * REPLACE (CAST(props AS VARCHAR) AS props) FROM lake.facts)"
    read = f"SELECT {', '.join(FACT_COLUMNS)} FROM ({fact_rows(source)})"
    assert await bench.lake.rows(f"SELECT count(*) FROM (({held}) EXCEPT ALL ({read}))") == [(0,)]
    people = "(SELECT * FROM lake.profiles WHERE merged_into IS NULL)"
    assert await bench.lake.rows(
        f"SELECT count(*) FROM ((FROM lake.attributes) EXCEPT ALL ({attribute_rows(people)}))"
    ) == [(0,)]


async def test_a_home_keeps_its_world_and_refuses_another(bench: Workbench) -> None:
    await world_setup.ready(bench, TINY)
    assert await world_setup.ready(bench, TINY) == 0
    for other in (world.size(2_000, seed=2), world.size(3_000)):
        with pytest.raises(RunRefused, match="another world"):
            await world_setup.ready(bench, other)
    async with world_setup.native(bench, TINY) as native:
        before = native.execute("SELECT count(*) FROM event").fetchall()
    async with world_setup.native(bench, TINY) as native:
        assert native.execute("SELECT count(*) FROM event").fetchall() == before


async def test_facts_of_somebody_else_are_not_benched(bench: Workbench) -> None:
    await bench.lake.rows("INSERT INTO lake.facts (workspace_id, name) VALUES (1, 'tagged')")
    with pytest.raises(RunRefused, match="no bench has made"):
        await world_setup.ready(bench, TINY)


# --- audiences


async def test_the_audiences_are_those_of_hand_written_queries_and_peers(bench: Workbench) -> None:
    result = await audience.run(bench, TINY)
    document = result.document
    assert set(document) >= {"members", "facts", "wrong_members", "single", "twenty", "chdb", "peers", "peak_rss_mb"}
    assert document["wrong_members"] == 0 and document["members"] == 2_000 and document["facts"] == 20_000
    assert set(document["single"]) == {"ours_s", "limit_s", "ratio"} and set(document["twenty"]) == {
        "ours_s",
        "ratio_to_one",
        "by_hand_s",
    }
    assert all(entry["members"] > 0 for entry in document["audiences"])
    assert "skipped" in document["chdb"] or document["chdb"]["wrong_members"] == 0
    for name in peers.PEERS:
        assert document["peers"][name]["finished"] and document["peers"][name]["seconds"] > 0
    assert json.dumps(document)


def members(*ids: int) -> Any:
    return np.array(ids, dtype=np.int64)


def test_a_member_too_many_or_too_few_is_seen() -> None:
    right = [members(1, 2, 3) for _ in TWENTY]
    audience.compare(right, right)
    for wrong in (members(1, 2), members(1, 2, 3, 4), members(1, 2, 4), members(1, 2, 3, 3), members()):
        with pytest.raises(WrongAnswer):
            audience.compare([*right[:-1], wrong], right)
    with pytest.raises(WrongAnswer, match="nobody"):
        audience.compare([members() for _ in TWENTY], [members() for _ in TWENTY])


def test_a_peer_that_finds_others_is_seen() -> None:
    ours = members(1, 2, 3, 50)
    peers._compared("notifuse", peers.Ran(1, [1, 2, 3], 40, False), ours)
    peers._compared("mautic", peers.Ran(1, [1, 3], 60, False), ours)
    for name, answer in (("notifuse", [1, 2]), ("notifuse", [1, 2, 3, 4]), ("mautic", [1, 4])):
        with pytest.raises(WrongAnswer):
            peers._compared(name, peers.Ran(1, answer, 40, False), ours)


async def test_without_clickhouse_the_line_says_so(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    await world_setup.ready(bench, TINY)
    monkeypatch.setattr("benchmarks.clickhouse.sys.executable", "/bin/false")
    reference = clickhouse.reference(bench, TINY, members(1), 1.0)
    assert "skipped" in reference and "left out" in clickhouse.figures(1.0, reference)[0].note


# --- options and growth


def refused(options: runner.Options, name: str = "audience") -> None:
    with pytest.raises(RunRefused):
        runner.sized(runner.WORKLOADS[name], options)


def test_sizes_are_those_of_the_scale_or_of_ones_own() -> None:
    sized: Callable[..., Any] = runner.sized
    workload = runner.WORKLOADS["audience"]
    assert sized(workload, runner.Options()) == world.size(200_000)
    assert sized(workload, runner.Options("full", seed=4)) == world.size(20_000_000, seed=4)
    assert sized(workload, runner.Options(members=5_000, facts=20_000)) == world.size(5_000, 20_000)
    assert sized(runner.WORKLOADS["import"], runner.Options(members=700)) == 700
    refused(runner.Options(members=10))
    refused(runner.Options(members=5_000, facts=5_000))
    refused(runner.Options(facts=50_000))
    refused(runner.Options(home=Path("x")), "import")


def test_growth_is_the_exponent_between_the_sizes(tmp_path: Path) -> None:
    files = []
    for facts, took in ((1_000, 0.5), (10_000, 5.0), (100_000, 500.0)):
        files.append(tmp_path / f"{facts}.json")
        document = {"name": "audience", "facts": facts, "single": {"ours_s": took, "limit_s": 1}}
        document |= {"peers": {"members": 500, "ours_s": 0.1}}
        files[-1].write_text(
            json.dumps(document if facts < 100_000 else [document, {"name": "audience", "wrong": "x"}])
        )
    ((name, what, points, power),) = growth.exponents(list(growth.documents(files)))
    assert (name, what, points) == ("audience", "single", [(1_000, 0.5), (10_000, 5.0), (100_000, 500.0)])
    assert power == pytest.approx(1.5)
    assert growth.run(files) and not growth.run(files[:1])
