"""A shop made of arithmetic: every row is a hash of its number, so that the same scale and seed give the same rows anywhere.

Members join over two years and act after they have joined; a few are very active, most are not; on campaign days there is
many times as much as on others. One in a hundred was merged into the one before, one in a thousand erased (no profile, and
facts that are nobody's). The rows go into the lake by the product's bulk path, and into native tables for the hand-written
queries, made there by the same arithmetic and not copied from the lake.

Only sums, products and hashes are used, no logarithm or power: their last bit may differ from machine to machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from math import ceil, gcd

from benchmarks.workbench import NOW
from siyu.facts.lake.bulk import Slice

EDITION = 1
"""To be raised whenever the arithmetic changes: a world of another edition has other rows."""
DAYS = 730
FACTS_A_MEMBER = 10
FILE_ROWS = 5_000_000
PROFILE_ROWS = 10_000_000
"""Rows of one slice: a file of 130 to 200 MB, which compaction leaves alone. Tags and attributes are one file each."""
DAY_US = 86_400_000_000
SPAN_US = DAYS * DAY_US
BEGAN_US = int((NOW - timedelta(days=DAYS)).timestamp()) * 1_000_000
NOW_US = BEGAN_US + SPAN_US
HEAD = 50
"""One member in so many was there on the first day; the others joined at an even pace, the last two weeks ago."""
EVEN = 0.1
"""How far the most active member is from the others: one has at most 1 / (3 x EVEN x EVEN) times the average."""
ERASED = "{m} % 1000 = 13"
MERGED = "{m} % 100 = 7"


@dataclass(frozen=True)
class Prop:
    """A property of a kind: SQL of its value over i (the fact's number), `amount` and h (a hash). Listed ones have a column."""

    name: str
    sql: str
    type: str = "VARCHAR"
    lasting: bool = True
    listed: bool = True


@dataclass(frozen=True)
class Kind:
    """A kind of fact, its share of what members do, and its properties; `priced`: it has an amount."""

    name: str
    share: float
    props: tuple[Prop, ...]
    priced: bool = False


def _message(source: str) -> tuple[Prop, ...]:
    number = Prop("message_id", "i", "BIGINT", lasting=False, listed=False)
    return (Prop("channel", "'wecom'"), Prop("source", source), number)


_ORDER = Prop("order", "'A' || i", lasting=False)
_BENCH = Prop("source", "'bench'")
_CAMPAIGN = Prop("campaign", "'c' || (h % 8)")
_JOURNEY = (Prop("journey", "'j' || (h % 6)"), Prop("version", "1", "DOUBLE"))
_TAG = (Prop("tag", "'vip'", lasting=False), Prop("source", "'bench'", lasting=False))

KINDS = (
    Kind(
        "order_paid",
        0.28,
        (_ORDER, Prop("lines", "1 + h % 5", "DOUBLE"), Prop("store", "'s' || (h // 8 % 40)"), _BENCH),
        priced=True,
    ),
    Kind("message_sent", 0.22, _message("'journey:' || (h % 6)")),
    Kind("message_delivered", 0.20, _message("'journey:' || (h % 6)")),
    Kind("campaign_sent", 0.06, (_CAMPAIGN, Prop("kind", "'A'"))),
    Kind("message_received", 0.06, (Prop("channel", "'wecom'"),)),
    Kind("journey_entered", 0.04, (*_JOURNEY, Prop("entry", "1", "DOUBLE", lasting=False))),
    Kind("coupon_redeemed", 0.04, (_CAMPAIGN, Prop("coupon", "'q' || (h // 8 % 50)", lasting=False))),
    Kind("journey_goal_reached", 0.03, _JOURNEY),
    Kind("order_refunded", 0.02, (_ORDER, _BENCH), priced=True),
    Kind(
        "friend_added",
        0.02,
        (Prop("staff", "'zhou'", lasting=False), Prop("state", "'store' || (h % 20)", lasting=False)),
    ),
    Kind("tagged", 0.02, _TAG),
    Kind("audience_entered", 0.01, (Prop("audience", "'spenders'"), Prop("cause", "'facts'"))),
)
"""What members do; member_created comes once a member and member_merged once a merge on top."""
JOINED = Kind("member_created", 0, (Prop("source", "'bench'", lasting=False),))

TAGS = (("vip", 11, 0.2), ("母婴", 12, 0.15), ("零食", 13, 0.3), ("大促", 15, 0.1))
"""Tags with the salt and the share of members; the last one ends, within a month before or after NOW."""
ENDING = "大促"
FIELDS = (("birthday", "date"), ("city", "text"), ("points", "number"))


@dataclass(frozen=True)
class Size:
    """Members, facts of all kinds, and which of the many worlds of that size."""

    members: int
    facts: int
    seed: int = 1

    @property
    def caption(self) -> str:
        return f"{self.members:,} members, {self.facts:,} facts"

    @property
    def load(self) -> str:
        """What the lake remembers it by."""
        return f"bench world {EDITION}: members {self.members}, facts {self.facts}, seed {self.seed}"

    @property
    def merged(self) -> int:
        return (self.members + 93) // 100

    @property
    def acts(self) -> tuple[int, ...]:
        """How many facts of each of KINDS; the rounding goes to the last."""
        left = self.facts - self.members - self.merged
        counts = [int(left * kind.share) for kind in KINDS]
        return (*counts[:-1], left - sum(counts[:-1]))

    @property
    def head(self) -> int:
        """Members of the first day."""
        return max(1, self.members // HEAD)

    @property
    def stride(self) -> int:
        """Prime to the number of members: spreads the most active over all of them."""
        stride = int(self.members * 0.6180339887) | 1
        while gcd(stride, self.members) > 1:
            stride += 2
        return stride


def size(members: int, facts: int | None = None, seed: int = 1) -> Size:
    return Size(members, members * FACTS_A_MEMBER if facts is None else facts, seed)


# --- chance


def mixed(row: str, salt: int, seed: int) -> str:
    """64 bits of the row. One number is hashed: the hash of two is but the exclusive or of theirs, and salts would agree."""
    return f"hash(({row} + {seed << 34}) * 64 + {salt})"


def chance(row: str, salt: int, seed: int) -> str:
    """A number in [0, 1) that depends on the row alone."""
    return f"({mixed(row, salt, seed)} / 18446744073709551616.0)"


# --- what members do


def weights() -> list[int]:
    """How much happens on each day, 100 on an ordinary one: a members' day each month, a great sale each half year."""
    return [
        1200 if day % 182 == 60 else 500 if day % 182 == 61 else 400 if day % 30 == 17 else 100 for day in range(DAYS)
    ]


def days(count: int) -> list[tuple[int, int]]:
    """(first row, rows) of each day of a kind that happens `count` times."""
    shares, upto = weights(), [0]
    for share in shares:
        upto.append(upto[-1] + share)
    edges = [ceil(count * edge / upto[-1]) for edge in upto]
    return [(low, high - low) for low, high in pairwise(edges)]


def acts(of: Size, which: int, low: int, high: int) -> str:
    """Columns of `lake.facts` of the facts number [low, high) of KINDS[which], in time's order without a sort."""
    kind, count, base = KINDS[which], of.acts[which], sum(of.acts[:which]) + of.members + of.merged
    spans = ", ".join(
        f"({day}, {first}, {rows}, {max(low, first)}, {min(high, first + rows)})"
        for day, (first, rows) in enumerate(days(count))
        if max(low, first) < min(high, first + rows)
    )
    moment = f"day * {DAY_US} + ((j - first) * {DAY_US} + ({mixed('i', 3, of.seed)} % {DAY_US})::BIGINT) // rows"
    eased = f"({EVEN} + {1 - EVEN} * {chance('i', 1, of.seed)})"
    rank = f"floor(({eased} * {eased} * {eased} - {EVEN**3:.6f}) / {1 - EVEN**3:.6f} * {of.members})::BIGINT"
    there = f"least({of.members}, {of.head} + greatest(0, floor(us * ({of.members}::DOUBLE / {SPAN_US}))::BIGINT - 1))"
    fen = f"{chance('i', 5, of.seed)}"
    return _rows(
        kind,
        f"""
        SELECT i, make_timestamp({BEGAN_US} + us) AS occurred_at, {_owner("m")} AS member_id,
               {f"500 + floor({fen} * {fen} * 30000)::BIGINT" if kind.priced else "NULL::BIGINT"} AS amount,
               ({mixed("i", 6, of.seed)} % 4194304)::BIGINT AS h
        FROM (SELECT i, us, 1 + CASE WHEN id < there THEN id ELSE id % there END AS m
              FROM (SELECT i, us, {there} AS there, ({rank} * {of.stride}) % {of.members} AS id
                    FROM (SELECT i, {moment} AS us
                          FROM (SELECT day, first, rows, j, j + {base} AS i
                                FROM (SELECT day, first, rows, unnest(range(a::BIGINT, b::BIGINT)) AS j
                                      FROM (VALUES {spans}) AS t(day, first, rows, a, b))))))""",
        of.facts,
    )


def _owner(member: str) -> str:
    return f"CASE WHEN NOT ({ERASED.format(m=member)}) THEN {member} END"


def _rows(kind: Kind, source: str, facts: int) -> str:
    """Columns of `lake.facts` out of (i, occurred_at, member_id, amount, h). What does not last goes with the member."""
    values = [
        f"{prop.sql if prop.lasting else f'CASE WHEN member_id IS NOT NULL THEN {prop.sql} END'} AS p_{prop.name}"
        for prop in kind.props
    ]
    parts = [] if not kind.priced else ["""concat('"amount":', amount)"""]
    for prop in kind.props:
        whole, mark = prop.type in ("BIGINT", "DOUBLE"), '"' if prop.type == "VARCHAR" else ""
        value = f"p_{prop.name}::BIGINT" if whole else f"p_{prop.name}"
        parts.append(f"""'"{prop.name}":{mark}' || {value} || '{mark}'""")
    listed = ", ".join(f"p_{prop.name}" for prop in kind.props if prop.listed)
    # concat_ws leaves out what is null, so that a property and its column are there together or not at all
    return f"""
        SELECT '{kind.name}' AS name, member_id, occurred_at, occurred_at AS recorded_at, amount, 'bench' AS actor,
               '{{' || concat_ws(',', {", ".join(parts)}) || '}}' AS props, i - {facts} AS seq, md5('e' || i)::UUID AS id, {listed}
        FROM (SELECT *, {", ".join(values)} FROM ({source}))"""


def joined(of: Size) -> str:
    """SQL of when member m became one, in microseconds after the first moment."""
    return f"floor(greatest(0, m - 1 - {of.head}) * ({SPAN_US}::DOUBLE / {of.members}))::BIGINT"


def joinings(of: Size, low: int, high: int) -> str:
    """The facts of becoming a member of [low, high)."""
    return _rows(
        JOINED,
        f"""SELECT m - 1 AS i, make_timestamp({BEGAN_US} + {joined(of)}) AS occurred_at, {_owner("m")} AS member_id,
                   NULL::BIGINT AS amount, 0 AS h FROM (SELECT range AS m FROM range({low}, {high}))""",
        of.facts,
    )


def mergings(of: Size) -> str:
    """The facts of being merged, with the winner, in time's order."""
    at = f"{joined(of)} + ({mixed('m', 7, of.seed)} % ({SPAN_US} - {joined(of)})::UBIGINT)::BIGINT"
    return f"""
        SELECT 'member_merged' AS name, m - 1 AS member_id, moment AS occurred_at, moment AS recorded_at, 'bench' AS actor,
               format('{{{{"merge_id":{{}},"other_id":{{}},"reason":"unionid"}}}}', m, m) AS props,
               m // 100 + {of.members - of.facts} AS seq, md5('g' || m)::UUID AS id, 'unionid' AS p_reason
        FROM (SELECT m, make_timestamp({BEGAN_US} + {at}) AS moment FROM (SELECT range AS m FROM range(1, {of.members + 1}))
              WHERE {MERGED.format(m="m")}) ORDER BY moment, m"""


# --- who they are


def people(of: Size, low: int, high: int) -> str:
    """Everything about the members [low, high) that are not erased, in their order."""
    seed = of.seed
    drawn = chance("m", 17, seed)
    return f"""
        SELECT m AS member_id, make_timestamp({BEGAN_US} + {joined(of)}) AS created_at,
               CASE WHEN {MERGED.format(m="m")} THEN m - 1 END AS merged_into,
               CASE WHEN m % 50 = 0 THEN 'Europe/London' END AS zone,
               CASE WHEN m % 3 = 0 THEN 'import:shop' ELSE 'wecom' END AS source,
               'city' || ({mixed("m", 21, seed)} % 30) AS city, ({mixed("m", 22, seed)} % 5000)::INTEGER AS points,
               DATE '1960-01-01' + ({mixed("m", 23, seed)} % 16000)::INTEGER AS birthday,
               {chance("m", 16, seed)} < 0.7 AS friend,
               CASE WHEN {drawn} < 0.6 THEN 'given' WHEN {drawn} < 0.7 THEN 'withdrawn' END AS wecom,
               CASE WHEN {chance("m", 19, seed)} < 0.2 THEN 'given' END AS sms,
               {chance("m", 18, seed)} < 0.01 AS suppressed
        FROM (SELECT range AS m FROM range({low}, {high})) WHERE NOT ({ERASED.format(m="m")})"""


def profiles(of: Size, low: int, high: int) -> str:
    return f"""
        SELECT member_id, created_at, merged_into, zone, source,
               '{{"city":"' || city || '","points":' || points || ',"birthday":"' || birthday || '"}}' AS attributes,
               CASE WHEN friend THEN ',external_id,external_userid,' ELSE ',external_id,' END AS identities,
               concat(',', 'sms:' || sms || ',', 'wecom:' || wecom || ',') AS consents,
               CASE WHEN suppressed THEN ',*,' ELSE ',' END AS suppressed,
               CASE WHEN friend THEN ',wecom,' ELSE ',' END AS addresses
        FROM ({people(of, low, high)})"""


def tags(of: Size, tag: str, salt: int, share: float, low: int, high: int) -> str:
    """Who of [low, high) has a tag; nobody who was merged away."""
    ends = f"make_timestamp({NOW_US} + floor(({chance('m', 14, of.seed)} - 0.5) * 5184000)::BIGINT * 1000000)"
    return f"""
        SELECT '{tag}' AS tag, m AS member_id, {ends if tag == ENDING else "NULL::TIMESTAMP"} AS until
        FROM (SELECT range AS m FROM range({low}, {high}))
        WHERE {chance("m", salt, of.seed)} < {share} AND NOT ({ERASED.format(m="m")}) AND NOT ({MERGED.format(m="m")})"""


def attributes(of: Size, field: str, low: int, high: int) -> str:
    """The values of one field of [low, high); nobody who was merged away."""
    number = "points::DOUBLE" if field == "points" else "NULL::DOUBLE"
    return f"""
        SELECT '{field}' AS field, member_id, {field}::VARCHAR AS text, {number} AS number
        FROM ({people(of, low, high)}) WHERE merged_into IS NULL"""


def merges(of: Size) -> str:
    """Whose the facts of a number are: the winner's, or nobody's."""
    return f"""
        SELECT m AS member_id, CASE WHEN {MERGED.format(m="m")} THEN m - 1 END AS winner
        FROM (SELECT range AS m FROM range(1, {of.members + 1}))
        WHERE {MERGED.format(m="m")} OR {ERASED.format(m="m")}"""


# --- into the lake


def _parts(count: int, rows: int) -> Iterator[tuple[int, int]]:
    """[low, high) of parts of about `rows` each, all of them alike, so that no small rest is left over."""
    parts = max(1, round(count / rows))
    edges = [count * part // parts for part in range(parts + 1)]
    yield from pairwise(edges)


def _one_after_another(selects: list[str]) -> str:
    return " UNION ALL ".join(f"SELECT * FROM ({select})" for select in selects)


def slices(workspace_id: int, of: Size) -> list[Slice]:
    """The whole world as slices of the lake's tables, each in its table's order."""
    made: list[Slice] = []

    def add(name: str, table: str, select: str) -> None:
        made.append(Slice(name, table, f"SELECT {workspace_id} AS workspace_id, * FROM ({select})"))

    whole = (1, of.members + 1)
    add("attributes", "attributes", _one_after_another([attributes(of, field, *whole) for field, _ in FIELDS]))
    for which, kind in enumerate(KINDS):
        for low, high in _parts(of.acts[which], FILE_ROWS):
            add(f"{kind.name} {low}", "facts", acts(of, which, low, high))
    for low, high in _parts(of.members, FILE_ROWS):
        add(f"{JOINED.name} {low}", "facts", joinings(of, low + 1, high + 1))
    add("member_merged", "facts", mergings(of))
    for low, high in _parts(of.members, PROFILE_ROWS):
        add(f"profiles {low}", "profiles", profiles(of, low + 1, high + 1))
    add("tags", "tags", _one_after_another([tags(of, tag, salt, share, *whole) for tag, salt, share in sorted(TAGS)]))
    add("merges", "merges", merges(of))
    return made
