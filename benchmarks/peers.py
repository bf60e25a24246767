"""What peers do with the reference audience: the SQL shapes of Notifuse and Mautic, written anew, on the embedded Postgres.

Both compute an audience per contact: Notifuse walks all contacts in batches and asks, for those of a batch, a correlated
count over the contact's timeline; Mautic asks one query with a subquery a filter for the next 300 contacts that are not in
the list yet, adds them one by one, and asks again. Run at a size they can finish, beside ours at that size; what they would
take at the full size is their time a member times the members, and called so. In their favour: merged members are already
the winner, erased ones are not there, tables have just been analysed, and nothing else is going on.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import psycopg
from numpy.typing import NDArray

from benchmarks import world, world_setup
from benchmarks.audiences import REFERENCE_TREE
from benchmarks.figures import Figure
from benchmarks.workbench import NOW, Workbench, WrongAnswer, stage, usual, workbench
from benchmarks.world import Size
from siyu.audience import queries
from siyu.audience.sql.query import member_ids_query

MEMBERS_MOST = 500_000
SHARE = 10
"""Peers get one in so many of the members, and MEMBERS_MOST at the most."""
SECONDS_MOST = 120.0
"""A peer that is not done by then is stopped; what it has decided so far is compared, and its pace is what counts."""
BLOCK_ROWS = 100_000

NOTIFUSE_BATCH = 100
NOTIFUSE = """
    CREATE TABLE contacts (email text PRIMARY KEY);
    CREATE TABLE lists (id text PRIMARY KEY, deleted_at timestamptz);
    CREATE TABLE contact_lists (email text, list_id text, status text, deleted_at timestamptz, PRIMARY KEY (email, list_id));
    CREATE TABLE contact_timeline (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text, kind text, created_at timestamptz);
    CREATE TABLE contact_segments (email text, segment_id text, version int, matched_at timestamptz, PRIMARY KEY (email, segment_id));
"""
NOTIFUSE_INDEX = "CREATE INDEX ON contact_timeline (email, created_at DESC)"
NOTIFUSE_ASK = """
    SELECT email FROM contacts WHERE (
        EXISTS (SELECT 1 FROM contact_lists cl JOIN lists l ON cl.list_id = l.id
                WHERE cl.email = contacts.email AND cl.list_id = 'vip' AND l.deleted_at IS NULL)
        AND (SELECT COUNT(*) FROM contact_timeline ct WHERE ct.email = contacts.email AND ct.kind = 'order_paid'
             AND ct.created_at >= %(now)s - interval '90 days' AND ct.created_at < %(now)s) >= 3
        AND (SELECT COUNT(*) FROM contact_timeline ct WHERE ct.email = contacts.email AND ct.kind = 'message_sent'
             AND ct.created_at >= %(now)s - interval '7 days' AND ct.created_at < %(now)s) <= 0)
    AND email = ANY(%(batch)s)
"""
NOTIFUSE_KEEP = """
    INSERT INTO contact_segments SELECT e, 's', 1, %(now)s FROM unnest(CAST(%(found)s AS text[])) AS e
    ON CONFLICT (email, segment_id) DO UPDATE SET version = excluded.version, matched_at = excluded.matched_at
"""

MAUTIC_BATCH = 300
MAUTIC = """
    CREATE TABLE leads (id bigint PRIMARY KEY);
    CREATE TABLE lead_tags_xref (lead_id bigint, tag_id int, PRIMARY KEY (lead_id, tag_id));
    CREATE TABLE lead_event_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lead_id bigint, action text, date_added timestamptz);
    CREATE TABLE lead_lists_leads (leadlist_id int, lead_id bigint, date_added timestamptz, manually_added boolean,
                                   manually_removed boolean, PRIMARY KEY (leadlist_id, lead_id));
"""
MAUTIC_INDEX = "CREATE INDEX ON lead_event_log (lead_id); CREATE INDEX ON lead_event_log (action, date_added)"
MAUTIC_FROM = """
    FROM leads l WHERE
        EXISTS (SELECT NULL FROM lead_tags_xref t WHERE t.lead_id = l.id AND t.tag_id = 1)
        AND EXISTS (SELECT NULL FROM lead_event_log o WHERE o.lead_id = l.id AND o.action = 'order_paid'
                    AND o.date_added >= %(now)s - interval '90 days' AND o.date_added < %(now)s HAVING count(o.id) >= 3)
        AND NOT EXISTS (SELECT NULL FROM lead_event_log m WHERE m.lead_id = l.id AND m.action = 'message_sent'
                        AND m.date_added >= %(now)s - interval '7 days' AND m.date_added < %(now)s)
        AND l.id NOT IN (SELECT lead_id FROM lead_lists_leads WHERE leadlist_id = 1)
"""
MAUTIC_COUNT = f"SELECT count(id), max(id), min(id) FROM (SELECT DISTINCT l.id {MAUTIC_FROM}) AS sss"
MAUTIC_ASK = f"SELECT l.id {MAUTIC_FROM} AND l.id BETWEEN %(low)s AND %(high)s LIMIT {MAUTIC_BATCH}"
MAUTIC_ADD = "INSERT INTO lead_lists_leads VALUES (1, %(id)s, %(now)s, false, false)"


@dataclass(frozen=True)
class Ran:
    """Members found among the first `upto` numbers, which is all of them unless it was stopped."""

    seconds: float
    members: Sequence[int]
    upto: int
    whole: bool


# --- their data


def _copy(connection: psycopg.Connection, into: str, made_: duckdb.DuckDBPyConnection, select: str) -> None:
    with connection.cursor().copy(f"COPY {into} FROM STDIN") as copy:
        answer = made_.execute(select)
        while rows := answer.fetchmany(BLOCK_ROWS):
            copy.write("".join("\t".join(map(str, row)) + "\n" for row in rows))


def _load(connection: psycopg.Connection, of: Size) -> None:
    """The same members, tags and facts in the shape of both."""
    connection.execute(NOTIFUSE)
    connection.execute(MAUTIC)
    connection.execute("INSERT INTO lists VALUES ('vip', NULL)")
    email = "member_id || '@shop.test'"
    with duckdb.connect(config={"threads": "2"}) as made_:
        world_setup.fill(
            made_, of, ("order_paid", "message_sent", "message_delivered", "message_received", "campaign_sent")
        )
        for into, select in (
            ("contacts", f"SELECT {email} FROM member"),
            ("contact_lists (email, list_id, status)", f"SELECT {email}, 'vip', 'active' FROM tag WHERE tag = 'vip'"),
            (
                "contact_timeline (email, kind, created_at)",
                f"SELECT {email}, name, occurred_at || '+00' FROM fact ORDER BY occurred_at",
            ),
            ("leads", "SELECT member_id FROM member"),
            ("lead_tags_xref", "SELECT member_id, 1 FROM tag WHERE tag = 'vip'"),
            (
                "lead_event_log (lead_id, action, date_added)",
                "SELECT member_id, name, occurred_at || '+00' FROM fact ORDER BY occurred_at",
            ),
        ):
            _copy(connection, into, made_, select)
    connection.execute(NOTIFUSE_INDEX)
    connection.execute(MAUTIC_INDEX)
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")


# --- their ways


def _batches(connection: psycopg.Connection, of: Size) -> Iterator[list[str]]:
    """All contacts, NOTIFUSE_BATCH at a time, in the order of their numbers so that a stopped run has decided a known part."""
    rows = connection.execute("SELECT email FROM contacts ORDER BY split_part(email, '@', 1)::bigint").fetchall()
    for low in range(0, len(rows), NOTIFUSE_BATCH):
        yield [row[0] for row in rows[low : low + NOTIFUSE_BATCH]]


def notifuse(connection: psycopg.Connection, of: Size) -> Ran:
    """Rebuild one segment: every batch of contacts asked and kept in a transaction of its own."""
    members: list[int] = []
    upto = 0
    batches = _batches(connection, of)
    begun = time.perf_counter()
    for batch in batches:
        with connection.transaction():
            rows = connection.execute(NOTIFUSE_ASK, {"now": NOW, "batch": batch}).fetchall()
            if rows:
                connection.execute(NOTIFUSE_KEEP, {"now": NOW, "found": [row[0] for row in rows]})
        members += [int(row[0].partition("@")[0]) for row in rows]
        upto = int(batch[-1].partition("@")[0])
        if time.perf_counter() - begun > SECONDS_MOST:
            return Ran(time.perf_counter() - begun, members, upto, False)
    return Ran(time.perf_counter() - begun, members, of.members, True)


def mautic(connection: psycopg.Connection, of: Size) -> Ran:
    """Rebuild one list: count, then the next MAUTIC_BATCH that are not in it, added one by one, until none is left."""
    members: list[int] = []
    begun = time.perf_counter()
    _, high, low = connection.execute(MAUTIC_COUNT, {"now": NOW}).fetchall()[0]
    while low is not None:
        rows = connection.execute(MAUTIC_ASK, {"now": NOW, "low": low, "high": high}).fetchall()
        with connection.transaction():
            for (id_,) in rows:
                connection.execute(MAUTIC_ADD, {"id": id_, "now": NOW})
        members += [id_ for (id_,) in rows]
        if not rows or time.perf_counter() - begun > SECONDS_MOST:
            return Ran(time.perf_counter() - begun, members, of.members, not rows)
    return Ran(time.perf_counter() - begun, members, of.members, True)


PEERS: dict[str, Callable[[psycopg.Connection, Size], Ran]] = {"notifuse": notifuse, "mautic": mautic}


# --- beside ours


async def _ours(other: Workbench) -> tuple[float, NDArray[np.int64]]:
    async def ask() -> NDArray[np.int64]:
        async with other.db.transaction() as tx:
            tree, schema = await queries.parse(tx, other.workspace_id, REFERENCE_TREE)
        query = member_ids_query(tree, other.workspace_id, NOW, schema.zone)
        columns = await other.lake.columns(query.sql, query.params)
        return np.sort(columns["member_id"])

    return await usual(ask)


def _compared(name: str, ran: Ran, ours: NDArray[np.int64]) -> None:
    """Raises Wrong unless a peer has decided as we have on everybody whom it has decided on."""
    mine = ours[ours <= ran.upto]
    theirs = np.array(sorted(ran.members), dtype=np.int64)
    # a list that was stopped is not whole anywhere, so only those in it can be looked at
    wrong = len(np.setxor1d(mine, theirs)) if ran.whole or name == "notifuse" else len(np.setdiff1d(theirs, mine))
    if wrong or len(theirs) != len(np.unique(theirs)):
        raise WrongAnswer(f"{name}: {wrong:,} other members (ours {len(mine):,}, theirs {len(theirs):,})")


def _measured(ran: Ran, of: Size, full: Size, ours_s: float) -> dict[str, Any]:
    a_member = ran.seconds / ran.upto
    return {
        "seconds": ran.seconds,
        "finished": ran.whole,
        "members_decided": ran.upto,
        "ratio_to_ours": a_member * of.members / ours_s,
        "full_size_s_if_linear": a_member * full.members,
    }


async def measure(_: Workbench, full: Size) -> dict[str, Any]:
    """Both peers beside ours, at their size, on an installation of their own; raises Wrong."""
    members = max(1_000, min(MEMBERS_MOST, full.members // SHARE))
    of = world.size(members, members * (full.facts // full.members), full.seed)
    document: dict[str, Any] = {"members": of.members, "facts": of.facts}
    async with workbench() as other:
        await world_setup.ready(other, of)
        ours_s, ours = await _ours(other)
        document["ours_s"] = ours_s
        with stage(f"peers, {of.caption}", len(PEERS) + 1) as done, psycopg.connect(other.url) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("CREATE SCHEMA peers")
            connection.execute("SET search_path = peers")
            await asyncio.to_thread(_load, connection, of)
            done(1)
            for name, way in PEERS.items():
                ran = await asyncio.to_thread(way, connection, of)
                _compared(name, ran, ours)
                document[name] = _measured(ran, of, full, ours_s)
                done(1)
    return document


def figures(document: dict[str, Any]) -> list[Figure]:
    """Their lines of the table: their seconds as the limit, at their size; the ratio is how many times ours they take."""
    lines = []
    for name in PEERS:
        measured = document[name]
        note = f"{document['members']:,} members; full size, if linear, {measured['full_size_s_if_linear']:,.0f} s"
        lines.append(Figure(f"{name}'s way", "s", document["ours_s"], measured["seconds"], note=note))
    return lines
