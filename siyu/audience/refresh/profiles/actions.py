"""The lake's profiles: made anew from Postgres, in sets, whenever a member has changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from siyu.contacts.merges import queries as contact_merges
from siyu.facts.lake.connection import Lake
from siyu.facts.lake.layout import SORTED, TABLES, attribute_rows, delimited
from siyu.facts.lake.transactions import Cursor, transaction, with_retry
from siyu.facts.log.queries import FactRecord
from siyu.kit.db import Tx
from siyu.kit.locks import Lock, lock_until_commit

MEMBERS_AT_ONCE_MAX = 50_000
"""Members whose profiles are made anew in one lake transaction."""

_STATE = """
    WITH chosen AS (
        SELECT m.*, m.erased_at IS NOT NULL OR w.erased_at IS NOT NULL AS gone
        FROM member m LEFT JOIN member w ON w.id = m.merged_into{chosen})
    SELECT c.gone, e.member_id IS NOT NULL AS named, c.workspace_id, c.id AS member_id, c.created_at, c.merged_into, c.zone, c.source,
           c.attributes::text AS attributes, t.tags::text AS tags, i.kinds AS identities, n.said AS consents,
           s.channels AS suppressed, f.channels AS addresses
    FROM chosen c
    LEFT JOIN erasure e ON e.member_id = c.id AND e.state = 'marked'
    LEFT JOIN (SELECT mt.member_id, json_agg(json_build_object('tag', tag.key, 'until',
                      (mt.expires_at AT TIME ZONE 'UTC')) ORDER BY tag.key) AS tags
               FROM member_tag mt JOIN tag ON tag.id = mt.tag_id{of} GROUP BY 1) t ON t.member_id = c.id
    LEFT JOIN (SELECT member_id, array_agg(DISTINCT kind ORDER BY kind) AS kinds FROM identity mt{of} GROUP BY 1) i
           ON i.member_id = c.id
    LEFT JOIN (SELECT member_id, array_agg(channel || ':' || state ORDER BY channel) AS said FROM consent mt{of} GROUP BY 1) n
           ON n.member_id = c.id
    LEFT JOIN (SELECT member_id, array_agg(channel ORDER BY channel) AS channels FROM suppression mt{of} GROUP BY 1) s
           ON s.member_id = c.id
    LEFT JOIN (SELECT coalesce(m.merged_into, m.id) AS member_id, array_agg(DISTINCT a.channel ORDER BY a.channel) AS channels
               FROM friend_link mt JOIN member m ON m.id = mt.member_id JOIN channel_account a ON a.id = mt.account_id
               WHERE mt.ended_at IS NULL{and_of} GROUP BY 1) f ON f.member_id = c.id
"""
_READ = f"""
    SELECT gone, named, workspace_id, member_id, created_at::TIMESTAMP AS created_at, merged_into, zone, source,
           attributes::JSON AS attributes, from_json(tags, '[{{{{"tag":"VARCHAR","until":"TIMESTAMP"}}}}]') AS tags,
           {", ".join(f"{delimited(name)} AS {name}" for name in ("identities", "consents", "suppressed", "addresses"))}
    FROM postgres_query('pg', '{{state}}')
"""
PARTS: dict[str, str] = {
    "profiles": f"SELECT {', '.join(TABLES['profiles'])} FROM fresh WHERE NOT gone",
    "tags": """SELECT workspace_id, t.tag AS tag, member_id, t.until AS until FROM (
        SELECT workspace_id, member_id, unnest(tags) AS t FROM fresh WHERE merged_into IS NULL AND NOT gone)""",
    "attributes": attribute_rows("(FROM fresh WHERE merged_into IS NULL AND NOT gone)"),
    "merges": """SELECT workspace_id, member_id, CASE WHEN NOT gone THEN merged_into END AS winner FROM fresh
        WHERE merged_into IS NOT NULL AND NOT gone OR named""",
}
"""What each table of the lake gets of the members in `fresh`. While facts of the lake still bear the number of an erased
member (`named`), `merges` says that they are nobody's; then nothing is left of it."""


def _state(ids: Sequence[int] | None) -> str:
    """DuckDB SQL of the profiles as Postgres has them now, of `ids` and those merged into them, or of everybody."""
    chosen = of = ""
    if ids is not None:
        any_of_ids = f"ANY('{{{','.join(str(int(member_id)) for member_id in ids)}}}'::bigint[])"
        chosen, of = (
            f" WHERE m.id = {any_of_ids} OR m.merged_into = {any_of_ids}",
            " WHERE mt.member_id IN (SELECT id FROM chosen)",
        )
    state = _STATE.format(chosen=chosen, of=of, and_of=of.replace(" WHERE", " AND")).replace("'", "''")
    return _READ.format(state=state)


def write_profiles(cursor: Cursor, ids: Sequence[int] | None) -> int:
    """Replace the lake's rows of `ids` (None: all rows) by what Postgres says, in one lake transaction.

    Doing it again changes nothing, so a crash before the caller's own commit only repeats it. An erased member's row is
    gone. Returns the rows written.
    """
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {_state(ids)}")
    if ids is not None:
        _find_stale(cursor, ids)
    written = 0
    with transaction(cursor):
        for table, rows in PARTS.items():
            if ids is None:
                cursor.execute(f"DELETE FROM lake.{table}")
            elif cursor.execute(f"SELECT 1 FROM {STALE[table]} LIMIT 1").fetchall():
                cursor.execute(f"DELETE FROM lake.{table} WHERE member_id IN (FROM {STALE[table]})")
            made = cursor.execute(f"INSERT INTO lake.{table} {rows} ORDER BY {SORTED[table]}").fetchall()
            written = written or int(made[0][0])
    return written


def _find_stale(cursor: Cursor, ids: Sequence[int]) -> None:
    """Who of `ids` and those merged into them has a profile in the lake: nobody else has tags or attributes there.

    Profiles are sorted by member, so new ones cost next to nothing; tags and attributes have to be gone through.
    """
    cursor.execute("CREATE OR REPLACE TEMP TABLE named AS SELECT unnest($1::BIGINT[]) AS member_id", [list(ids)])
    cursor.execute("INSERT INTO named SELECT member_id FROM fresh")
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE known AS SELECT member_id FROM lake.profiles WHERE member_id IN (FROM named)"
    )


STALE = {"profiles": "known", "tags": "known", "attributes": "known", "merges": "named"}
"""Whose rows of each table are taken out before the fresh ones come in. An erased member may be named by merges alone."""


async def mark_profiles(tx: Tx, batch: list[FactRecord], now: datetime) -> None:
    """Remember whose profiles the facts of `batch` have changed."""
    touched: set[int] = {fact.member_id for fact in batch if fact.member_id is not None}
    touched |= {other for fact in batch if isinstance(other := fact.props.get("other_id"), int)}
    await tx.execute(
        text("INSERT INTO profile_due (member_id) SELECT unnest(CAST(:ids AS bigint[])) ON CONFLICT DO NOTHING"),
        {"ids": sorted(touched)},
    )


async def refresh_profiles(tx: Tx, lake: Lake) -> int:
    """Make up to MEMBERS_AT_ONCE_MAX marked profiles anew and take their marks away; returns how many were marked.

    The marks go with `tx`: should it fail after the lake's own commit, the same rows are simply written again. Until it
    ends nobody else writes or compacts profiles.
    """
    await lock_until_commit(tx, Lock.LAKE_PROFILES)
    rows = await tx.execute(
        text("""
            DELETE FROM profile_due WHERE member_id IN (
                SELECT member_id FROM profile_due ORDER BY member_id LIMIT :most FOR UPDATE SKIP LOCKED)
            RETURNING member_id
        """),
        {"most": MEMBERS_AT_ONCE_MAX},
    )
    marked = [row[0] for row in rows]
    # a connection made under the number of a member who was merged since is the winner's
    winners = await contact_merges.canonical(tx, marked)
    ids = sorted({*marked, *winners.values()})
    if ids:
        await lake.run(lambda cursor: with_retry(lambda: write_profiles(cursor, ids)))
    return len(marked)


async def rebuild_profiles(tx: Tx, lake: Lake) -> int:
    """Make all profiles anew from Postgres; marks of changes before this moment are settled with it. Returns the rows."""
    await lock_until_commit(tx, Lock.LAKE_PROFILES)
    await tx.execute(text("DELETE FROM profile_due"))
    return await lake.run(lambda cursor: with_retry(lambda: write_profiles(cursor, None)))
