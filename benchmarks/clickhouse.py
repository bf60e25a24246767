"""The reference audience on embedded ClickHouse (chdb, extra `bench`): MergeTree tables filled from the lake's own files.

It runs in a process of its own, so that neither engine has the other's memory, and a crash of one is a line of the table and
not the end of the run.
"""

import importlib
import importlib.metadata
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure
from benchmarks.workbench import REPEATS, Workbench, WrongAnswer, err, stage
from benchmarks.world import Size

SECONDS_MOST = 3_600
AT = "toDateTime64('2026-03-18 04:00:00', 6, 'UTC')"
TABLES = {
    "fact": (
        "name LowCardinality(String), member_id Int64, occurred_at DateTime64(6, 'UTC'), amount Nullable(Int64)",
        "name, occurred_at",
        "SELECT name, member_id, occurred_at, amount FROM file('{files}', Parquet) WHERE member_id IS NOT NULL",
        "facts",
    ),
    "tag": (
        "tag LowCardinality(String), member_id Int64, until Nullable(DateTime64(6, 'UTC'))",
        "tag, member_id",
        "SELECT tag, member_id, until FROM file('{files}', Parquet)",
        "tags",
    ),
    "merged": (
        "member_id Int64, winner Int64",
        "member_id",
        "SELECT member_id, winner FROM file('{files}', Parquet) WHERE winner IS NOT NULL",
        "merges",
    ),
}
"""{table: (columns, order, where its rows are, table of the lake)}."""
_WINNER = (
    "if(m.winner = 0, f.member_id, m.winner) AS one FROM fact f ANY LEFT JOIN merged m ON m.member_id = f.member_id"
)
REFERENCE = f"""
    SELECT member_id FROM tag WHERE tag = 'vip' AND (until IS NULL OR until > {AT})
    AND member_id IN (SELECT {_WINNER} WHERE name = 'order_paid' AND occurred_at >= {AT} - INTERVAL 90 DAY
        AND occurred_at < {AT} GROUP BY one HAVING count() >= 3)
    AND member_id NOT IN (SELECT {_WINNER} WHERE name = 'message_sent' AND occurred_at >= {AT} - INTERVAL 7 DAY
        AND occurred_at < {AT})"""


def reference(bench: Workbench, of: Size, ours: NDArray[np.int64], ours_s: float) -> dict[str, Any]:
    """Its seconds and its ratio to ours; `skipped` with the reason where it cannot run. Raises Wrong on other members."""
    timings = answers(bench, of, [REFERENCE])
    if "skipped" in timings:
        return timings
    theirs = np.sort(np.load(timings["answers"][0]))
    wrong = len(np.setxor1d(ours, theirs))
    if wrong:
        raise WrongAnswer(f"ClickHouse: {wrong:,} other members (ours {len(ours):,}, theirs {len(theirs):,})")
    seconds = timings["seconds"][0]
    return {
        "version": timings["version"],
        "theirs_s": seconds,
        "ratio": ours_s / seconds,
        "loaded_s": timings["loaded_s"],
        "wrong_members": 0,
    }


def answers(bench: Workbench, of: Size, queries: Sequence[str]) -> dict[str, Any]:
    """Median seconds of each query and the file with its first column (int64), from a process of its own.

    The tables stay in the workbench's folder and are filled once a world. `skipped` with the reason where chdb cannot run.
    """
    request = {
        "folder": str(bench.folder / "clickhouse"),
        "world": of.load,
        "memory": bench.memory,
        "threads": bench.threads,
        "files": {table: _files(bench, source) for table, (_, _, _, source) in TABLES.items()},
        "queries": list(queries),
    }
    command = [sys.executable, "-m", "benchmarks.clickhouse"]
    with stage("embedded ClickHouse (chdb)"):
        try:
            child = subprocess.run(
                command,
                input=json.dumps(request),
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS_MOST,
                cwd=Path(__file__).parents[1],
            )
        except subprocess.TimeoutExpired:
            return _skipped(f"not done after {SECONDS_MOST} s")
    if child.returncode != 0:
        lines = child.stderr.strip().splitlines() or [f"it ended with {child.returncode}"]
        return _skipped(lines[-1][:300])
    answer: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return answer


def _skipped(why: str) -> dict[str, Any]:
    err.print(f"[yellow]ClickHouse left out[/yellow]  {why}")
    return {"skipped": why}


def _files(bench: Workbench, table: str) -> list[str]:
    """The files of a table of the lake, none of which has deleted rows in a world just made."""
    cursor = bench.lake.cursor()
    try:
        rows = cursor.execute(f"SELECT data_file, delete_file FROM ducklake_list_files('lake', '{table}')").fetchall()
    finally:
        cursor.close()
    if any(deleted for _, deleted in rows):
        raise WrongAnswer(f"files of {table} have deleted rows, which ClickHouse would read")
    return [file for file, _ in rows]


def figures(ours_s: float, timings: dict[str, Any]) -> list[Figure]:
    """Its line of the table."""
    if "skipped" in timings:
        return [Figure("ClickHouse (chdb)", "s", ours_s, note=f"left out: {timings['skipped'][:60]}")]
    return [
        Figure("ClickHouse (chdb)", "s", ours_s, timings["theirs_s"], timings["ratio"], note="no bar; theirs as limit")
    ]


# --- the process of its own


def _fill(session: Any, request: dict[str, Any]) -> float:
    """Make the tables unless they are those of this world; returns seconds."""
    done = Path(request["folder"]) / "world"
    if done.exists() and done.read_text() == request["world"]:
        return 0.0
    begun = time.perf_counter()
    session.query("CREATE DATABASE IF NOT EXISTS bench")
    for table, (columns, order, select, _) in TABLES.items():
        session.query(f"DROP TABLE IF EXISTS bench.{table}")
        session.query(f"CREATE TABLE bench.{table} ({columns}) ENGINE = MergeTree ORDER BY ({order})")
        for file in request["files"][table]:
            session.query(f"INSERT INTO bench.{table} {select.format(files=file)}")
        session.query(f"OPTIMIZE TABLE bench.{table}")
    done.write_text(request["world"])
    return time.perf_counter() - begun


def _main() -> None:
    request = json.loads(sys.stdin.read())
    folder = Path(request["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    session: Any = importlib.import_module("chdb.session").Session(str(folder / "data"))
    number = float(request["memory"].rstrip("GMBi"))
    memory = int(number * (1e9 if "G" in request["memory"] else 1e6))
    for name, value in (("max_threads", request["threads"]), ("max_memory_usage", memory)):
        session.query(f"SET {name} = {value}")
    loaded = _fill(session, request)
    session.query("USE bench")
    answers, seconds = [], []
    for n, query in enumerate(request["queries"]):
        took = []
        for _ in range(1 + REPEATS):
            begun = time.perf_counter()
            members = np.frombuffer(session.query(query, "RowBinary").bytes(), dtype=np.int64)
            took.append(time.perf_counter() - begun)
        file = folder / f"answer{n}.npy"
        np.save(file, members)
        answers.append(str(file))
        seconds.append(median(took[1:]))
    print(
        json.dumps(
            {"version": importlib.metadata.version("chdb"), "answers": answers, "seconds": seconds, "loaded_s": loaded}
        )
    )


if __name__ == "__main__":
    _main()
