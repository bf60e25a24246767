"""A shop made of arithmetic: every row is a hash of its number, so that the same scale gives the same rows on any machine.

Members join over two years and act after they have joined; a few are very active, most are not; one in a hundred was
merged into the one before. The rows go into the lake as the relay would write them, and into native tables for the
hand-written queries, made there by the same arithmetic and not copied from the lake.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import duckdb

from benchmarks.ground import NOW, stage
from siyu.facts.lake import SCHEMA, Lake
from siyu.facts.upkeep import merge_files

DAYS = 730
FACTS_A_MEMBER = 10
SLICE_ROWS = 2_000_000
"""Facts written in one transaction."""
SPAN_US = DAYS * 86_400_000_000
BEGAN = f"TIMESTAMP '{(NOW - timedelta(days=DAYS)).replace(tzinfo=None).isoformat(sep=' ')}'"
HEAD = 0.02
"""This share of the members was there on the first day; the others joined at an even pace, the last two weeks ago."""
EVEN = 0.1
"""How far the most active member is from the others: one has at most 1 / (3 x EVEN x EVEN) times the average."""

KINDS = (
    ("order_paid", 0.30),
    ("message_sent", 0.22),
    ("message_delivered", 0.20),
    ("campaign_sent", 0.06),
    ("message_received", 0.06),
    ("journey_entered", 0.04),
    ("coupon_redeemed", 0.03),
    ("journey_goal_reached", 0.03),
    ("order_refunded", 0.02),
    ("friend_added", 0.02),
    ("tagged", 0.02),
)
"""Kinds of facts with their shares; member_created comes once a member on top."""


@dataclass(frozen=True)
class Size:
    """Members, and facts of all kinds."""

    members: int
    facts: int

    @property
    def words(self) -> str:
        return f"{self.members:,} members, {self.facts:,} facts"


def size(members: int) -> Size:
    return Size(members, members * FACTS_A_MEMBER)


def _chance(salt: int, row: str = "i") -> str:
    """A number in [0, 1) that depends on the row alone."""
    return f"({_mixed(row, salt)} / 18446744073709551616.0)"


def _mixed(row: str, salt: int) -> str:
    """64 bits of the row. One number is hashed: the hash of two is but the exclusive or of theirs, and salts would agree."""
    return f"hash({row} * 64 + {salt})"


def _skewed() -> str:
    """A number in [0, 1) that is small much more often than large."""
    return f"(pow({EVEN} + {1 - EVEN} * {_chance(1)}, 3) - {EVEN**3:.6f}) / {1 - EVEN**3:.6f}"


def _name() -> str:
    arms, upto = [], 0.0
    for kind, share in KINDS:
        upto += share
        arms.append(f"WHEN u < {upto:.2f} THEN '{kind}'")
    return f"CASE {' '.join(arms)} ELSE 'tagged' END"


PROPS = """
    CASE name
        WHEN 'order_paid' THEN format('{{"order":"A{}","amount":{},"lines":{},"store":"s{}","source":"bench"}}',
            i, amount, 1 + i % 5, hash(i * 64 + 6) % 40)
        WHEN 'order_refunded' THEN format('{{"order":"A{}","amount":{},"source":"bench"}}', i, amount)
        WHEN 'campaign_sent' THEN format('{{"campaign":"c{}","kind":"A"}}', i % 12)
        WHEN 'coupon_redeemed' THEN format('{{"coupon":"q{}","campaign":"c{}"}}', i % 50, i % 12)
        WHEN 'journey_entered' THEN format('{{"journey":"j{}","version":1,"entry":1}}', i % 6)
        WHEN 'journey_goal_reached' THEN format('{{"journey":"j{}","version":1}}', i % 6)
        WHEN 'friend_added' THEN format('{{"staff":"zhou","state":"store{}"}}', i % 20)
        WHEN 'tagged' THEN '{"tag":"vip","source":"bench"}'
        WHEN 'message_received' THEN '{"channel":"wecom"}'
        ELSE format('{{"message_id":{},"channel":"wecom","source":"journey:{}"}}', i, i % 6)
    END
"""


def events(workspace_id: int, of: Size, low: int, high: int) -> str:
    """The facts number [low, high) of what members do, in time's order."""
    number = of.facts - of.members
    return f"""
        SELECT {workspace_id}, name, member_id, happened, happened, amount, 'bench', ({PROPS})::JSON, i + {of.members}, md5('e' || i)::UUID
        FROM (SELECT *, {_name()} AS name, CASE WHEN u < 0.30 OR (u >= 0.94 AND u < 0.96)
                THEN 500 + CAST(floor(pow({_chance(5)}, 2) * 30000) AS BIGINT) END AS amount,
                1 + CAST(floor(({_skewed()}) * least(1.0, t + {HEAD}) * {of.members}) AS BIGINT) AS member_id,
                {BEGAN} + to_microseconds(CAST(t * {SPAN_US} AS BIGINT)) AS happened
              FROM (SELECT range AS i, {_chance(2, "range")} AS u, (range + {_chance(3, "range")}) / {number} AS t
                    FROM range({low}, {high})))
        ORDER BY name, happened"""


def _joined(of: Size) -> str:
    share = f"greatest(0, m::DOUBLE / {of.members} - {HEAD})"
    return f"{BEGAN} + to_microseconds(CAST({share} * {SPAN_US} AS BIGINT))"


def joinings(workspace_id: int, of: Size) -> str:
    """The fact of becoming a member, once each."""
    return f"""
        SELECT {workspace_id}, 'member_created', m, {_joined(of)}, {_joined(of)}, NULL, 'bench',
               '{{"source":"bench"}}'::JSON, m, md5('m' || m)::UUID
        FROM (SELECT range AS m FROM range(1, {of.members + 1})) ORDER BY m"""


def profiles(workspace_id: int, of: Size) -> str:
    """A profile a member."""

    def held(tag: str, salt: int, share: float, until: str = "NULL::TIMESTAMP") -> str:
        return f"CASE WHEN {_chance(salt, 'm')} < {share} THEN {{'tag': '{tag}', 'until': {until}}} END"

    now = f"TIMESTAMP '{NOW.replace(tzinfo=None).isoformat(sep=' ')}'"
    ends = f"{now} + to_seconds(CAST(({_chance(14, 'm')} - 0.5) * 5184000 AS BIGINT))"
    tags = ", ".join((held("vip", 11, 0.2), held("母婴", 12, 0.15), held("零食", 13, 0.3), held("大促", 15, 0.1, ends)))
    return f"""
        SELECT {workspace_id}, m, {_joined(of)}, CASE WHEN m % 100 = 7 THEN m - 1 END,
               CASE WHEN m % 50 = 0 THEN 'Europe/London' END, CASE WHEN m % 3 = 0 THEN 'import:shop' ELSE 'wecom' END,
               format('{{{{"city":"city{{}}","points":{{}},"birthday":"{{}}"}}}}', {_mixed("m", 21)} % 30, {_mixed("m", 22)} % 5000,
                      DATE '1960-01-01' + CAST({_mixed("m", 23)} % 16000 AS INTEGER))::JSON,
               list_filter([{tags}], lambda x: x IS NOT NULL),
               CASE WHEN {_chance(16, "m")} < 0.7 THEN ['external_id', 'external_userid'] ELSE ['external_id'] END,
               CASE WHEN {_chance(17, "m")} < 0.6 THEN ['wecom:given'] WHEN {_chance(17, "m")} < 0.7 THEN ['wecom:withdrawn']
                    ELSE []::VARCHAR[] END,
               CASE WHEN {_chance(18, "m")} < 0.01 THEN ['*'] ELSE []::VARCHAR[] END
        FROM (SELECT range AS m FROM range(1, {of.members + 1})) ORDER BY m"""


def _write(
    cursor: duckdb.DuckDBPyConnection, schema: str, workspace_id: int, of: Size, done: Callable[[int], None]
) -> None:
    cursor.execute(f"INSERT INTO {schema}.profiles {profiles(workspace_id, of)}")
    cursor.execute(f"INSERT INTO {schema}.facts {joinings(workspace_id, of)}")
    done(of.members)
    number = of.facts - of.members
    for low in range(0, number, SLICE_ROWS):
        high = min(number, low + SLICE_ROWS)
        cursor.execute(f"INSERT INTO {schema}.facts {events(workspace_id, of, low, high)}")
        done(high - low)


async def into_lake(lake: Lake, workspace_id: int, of: Size) -> None:
    """Make the world in the lake, slice by slice, and compact it as the worker does."""
    with stage(f"making {of.facts:,} facts in the lake", of.facts) as done:
        await lake.run(lambda cursor: _write(cursor, "lake", workspace_id, of, done))
    with stage("compacting the lake"):
        await lake.run(merge_files)


def into_native(native: duckdb.DuckDBPyConnection, workspace_id: int, of: Size) -> None:
    """Make the world in native tables `facts` and `profiles` of `native`, in the same order, with statistics."""
    with stage(f"making {of.facts:,} facts in native tables", of.facts) as done:
        for statement in SCHEMA.split(";")[:2]:
            native.execute(statement.replace("lake.", "main."))
        _write(native, "main", workspace_id, of, done)
        native.execute("CHECKPOINT")
