"""Journeys: an onboarding-like SOP over many members, against one hand-written SQL statement a step on the same rows.

The way: wait a day, split in two; half are tagged, and a branch asks who has the tag; the other half wait until the next
morning; all end at an exit. No message is sent: this measures the moves. What is done by hand moves the rows and puts the
tags on, and leaves out what the product does besides (facts in the log, counts on the canvas, the lake kept fresh).
"""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import text

from benchmarks.figures import Figure, WorkloadResult
from benchmarks.workbench import NOW, Workbench, WrongAnswer, stage
from siyu.audience.refresh import jobs as audience
from siyu.contacts.tags import actions as contacts
from siyu.journeys import jobs
from siyu.journeys.actions import authoring
from siyu.journeys.enrolments.actions import enrolment
from siyu.journeys.steps import queries as references
from siyu.kit.ids import stable_hash

NAME = "journey"
SIZES = {"small": 10_000, "full": 1_000_000}
RATIO_LEAST = 0.5
STEPS_LEAST = 25_000
"""Member-steps a second that are wanted on a quiet machine of two cores."""
TAG = "新客"
DAY = 86_400
HOURS_A_TICK = 6
TICKS_MAX = 40

GRAPH: dict[str, Any] = {
    "trigger": {"kind": "manual"},
    "start": "rest",
    "nodes": {
        "rest": {"kind": "wait", "seconds": DAY, "next": {"done": "arms"}},
        "arms": {
            "kind": "split",
            "arms": [{"key": "a", "label": "A", "share": 50}, {"key": "b", "label": "B", "share": 50}],
            "next": {"a": "mark", "b": "morning"},
        },
        "mark": {"kind": "tag", "add": [TAG], "next": {"done": "asked"}},
        "asked": {
            "kind": "branch",
            "branches": [{"key": "marked", "label": TAG, "tree": {"tag": {"any": [TAG]}}}],
            "next": {"marked": "well", "else": "unwell"},
        },
        "morning": {"kind": "wait", "until": "10:00", "days": 1, "next": {"done": "calm"}},
        "well": {"kind": "exit", "reason": "marked"},
        "unwell": {"kind": "exit", "reason": "not marked"},
        "calm": {"kind": "exit", "reason": "calm"},
    },
    "reentry": {"kind": "never"},
}

MEMBERS = """
    INSERT INTO member (workspace_id, source, created_at, updated_at)
    SELECT :workspace_id, 'bench', :now, :now FROM generate_series(1, :members)
"""

BY_HAND: tuple[tuple[str, str], ...] = (
    (
        "enter",
        """INSERT INTO hand_enrolment (workspace_id, journey_id, version, member_id, entry, state, node, entered_at, arrived_at, due_at)
           SELECT workspace_id, %(journey)s, 1, id, 1, 'active', 'rest', %(now)s, %(now)s, %(now)s FROM member ORDER BY id""",
    ),
    (
        "begin to wait",
        "UPDATE hand_enrolment SET due_at = arrived_at + interval '1 day' WHERE node = 'rest' AND due_at <= %(now)s",
    ),
    (
        "wait over",
        """UPDATE hand_enrolment SET node = 'arms', arrived_at = %(day)s, due_at = %(day)s
           WHERE state = 'active' AND node = 'rest' AND due_at <= %(day)s""",
    ),
    (
        "split",
        """UPDATE hand_enrolment e SET node = CASE a.arm WHEN 'a' THEN 'mark' ELSE 'morning' END,
             due_at = CASE a.arm WHEN 'a' THEN %(day)s ELSE %(morning)s END
           FROM hand_arm a WHERE a.member_id = e.member_id AND e.state = 'active' AND e.node = 'arms'""",
    ),
    (
        "tag",
        """WITH moved AS (UPDATE hand_enrolment SET node = 'asked', due_at = %(day)s
             WHERE state = 'active' AND node = 'mark' RETURNING member_id)
           INSERT INTO hand_tag (member_id, tag_id, source, tagged_at) SELECT member_id, 1, 'bench', %(day)s FROM moved""",
    ),
    (
        "branch",
        """UPDATE hand_enrolment e SET node = CASE WHEN EXISTS (SELECT FROM hand_tag t WHERE t.member_id = e.member_id)
             THEN 'well' ELSE 'unwell' END WHERE state = 'active' AND node = 'asked'""",
    ),
    (
        "exit",
        """UPDATE hand_enrolment SET state = 'finished', ended_at = %(day)s,
             ended_why = CASE node WHEN 'well' THEN 'marked' ELSE 'not marked' END
           WHERE state = 'active' AND node IN ('well', 'unwell')""",
    ),
    (
        "second wait over",
        """UPDATE hand_enrolment SET node = 'calm', arrived_at = %(morning)s
           WHERE state = 'active' AND node = 'morning' AND due_at <= %(morning)s""",
    ),
    (
        "second exit",
        """UPDATE hand_enrolment SET state = 'finished', ended_at = %(morning)s, ended_why = 'calm'
           WHERE state = 'active' AND node = 'calm'""",
    ),
)
"""One statement a step, each a transaction; the tables have the indexes that ours have."""

ENDS = "SELECT member_id, state, node, ended_why FROM {table} ORDER BY member_id"


def arm(journey_id: int, member_id: int) -> str:
    """The arm a member falls into: a hash of the step and the member, worked out apart from the product's own step."""
    return "a" if stable_hash(f"{journey_id}:arms", str(member_id)) % 100 < 50 else "b"


async def furnish(bench: Workbench, members: int) -> int:
    """Members, their profiles in the lake, the tag, and the published journey; returns its id."""
    with stage(f"making {members:,} members"):
        async with bench.db.transaction() as tx:
            params = {"workspace_id": bench.workspace_id, "now": NOW, "members": members}
            await tx.execute(text(MEMBERS), params)
            group = await contacts.add_group(
                tx, bench.caller, name="bench", kind="manual", owner="", exclusive=False, days=None, now=NOW
            )
            await contacts.add_tags(tx, bench.caller, group.id, [TAG], NOW)
        await audience.rebuild_profiles(bench.db, bench.lake)
        await audience.catch_up(bench.db, bench.lake, NOW)
    async with bench.db.transaction() as tx:
        journey = await authoring.create(tx, bench.caller, "bench", GRAPH, NOW)
        known = await references.load(tx, bench.workspace_id)
        await authoring.publish(tx, bench.caller, journey.id, known, NOW)
        await tx.execute(text("ANALYZE member"))
        return journey.id


async def enrol_all(bench: Workbench, journey_id: int) -> None:
    """Let everybody in, as an audience comes in: batch by batch, each a transaction."""
    async with bench.db.transaction() as tx:
        ids = list((await tx.scalars(text("SELECT id FROM member ORDER BY id"))).all())
    for low in range(0, len(ids), enrolment.ENROL_MEMBERS_MAX):
        async with bench.db.transaction() as tx:
            await enrolment.enrol(tx, bench.caller, journey_id, ids[low : low + enrolment.ENROL_MEMBERS_MAX], NOW)


async def ours(bench: Workbench, journey_id: int, members: int) -> tuple[float, int]:
    """Seconds until everybody is through, the clock moved by hours, and the member-steps (entering is one)."""
    begun = time.perf_counter()
    with stage("our journey", TICKS_MAX) as done:
        await enrol_all(bench, journey_id)
        for tick in range(TICKS_MAX):
            now = NOW + timedelta(hours=tick * HOURS_A_TICK)
            await jobs.tick(bench.db, bench.lake, now)
            done(1)
            async with bench.db.transaction() as tx:
                left = await tx.scalar(text("SELECT EXISTS (SELECT FROM enrolment WHERE state = 'active')"))
            if not left:
                break
    seconds = time.perf_counter() - begun
    async with bench.db.transaction() as tx:
        passed = await tx.scalar(text("SELECT sum(passed) FROM step_count"))
    return seconds, int(passed or 0) + members


def lay_out(connection: psycopg.Connection[Any], journey_id: int) -> None:
    """The tables for what is done by hand: same columns, same indexes, and the arms worked out beforehand."""
    connection.execute("CREATE TABLE hand_enrolment (LIKE enrolment INCLUDING ALL)")
    connection.execute("CREATE TABLE hand_tag (LIKE member_tag INCLUDING ALL)")
    connection.execute("CREATE TABLE hand_arm (member_id bigint PRIMARY KEY, arm text)")
    ids = [row[0] for row in connection.execute("SELECT id FROM member ORDER BY id").fetchall()]
    with connection.cursor().copy("COPY hand_arm FROM STDIN") as copy:
        for member in ids:
            copy.write_row((member, arm(journey_id, member)))
    connection.execute("ANALYZE hand_arm")


def by_hand(url: str, journey_id: int) -> float:
    """Seconds of the hand-written statements."""
    morning = datetime(2026, 3, 20, 2, 0, tzinfo=NOW.tzinfo)
    params = {"journey": journey_id, "now": NOW, "day": NOW + timedelta(days=1), "morning": morning}
    with psycopg.connect(url, autocommit=True) as connection:
        lay_out(connection, journey_id)
        begun = time.perf_counter()
        for _, statement in BY_HAND:
            connection.execute(statement, params)
        return time.perf_counter() - begun


def compare(url: str, members: int) -> None:
    """Raises Wrong unless every member ended at the same step for the same reason in both."""
    with psycopg.connect(url) as connection:
        ends = [connection.execute(ENDS.format(table=table)).fetchall() for table in ("enrolment", "hand_enrolment")]
        tags = [
            connection.execute(f"SELECT member_id FROM {table} ORDER BY 1").fetchall()
            for table in ("member_tag", "hand_tag")
        ]
    if len(ends[0]) != members or ends[0] != ends[1] or tags[0] != tags[1]:
        different = sum(a != b for a, b in zip(*ends, strict=False)) + abs(len(ends[0]) - len(ends[1]))
        raise WrongAnswer(f"journey: {different:,} of {members:,} members ended elsewhere than by hand")


async def run(bench: Workbench, members: int) -> WorkloadResult:
    """Everybody through the journey, twice; raises Wrong."""
    journey_id = await furnish(bench, members)
    seconds, steps = await ours(bench, journey_id, members)
    with stage("by hand", 1):
        limit = await asyncio.to_thread(by_hand, bench.url, journey_id)
    await asyncio.to_thread(compare, bench.url, members)
    pace, best = steps / seconds, steps / limit
    figures = [
        Figure("member-steps", "/s", pace, best, pace / best, least=RATIO_LEAST),
        Figure("member-steps a second", "/s", pace, None, pace, least=STEPS_LEAST, note="a quiet machine is meant"),
        Figure("from the first entry to the last exit", "s", seconds, limit),
    ]
    return WorkloadResult(
        NAME,
        f"{members:,} members, {steps:,} member-steps, no messages",
        "every member's last step, its reason and the tags, equal to hand-written SQL",
        figures,
        {
            "wrong_members": 0,
            "member_steps": steps,
            "ours_s": seconds,
            "limit_s": limit,
            "ours_per_s": pace,
            "limit_per_s": best,
            "ratio": pace / best,
        },
    )
