"""What is known of a member at the moment of the split, as SQL: nothing in it has happened after, so nothing tells the end.

Every trait is a SELECT of (trait, field, value, members, gone) over the table `people` (member_id, gone and what was summed up
of their orders); a statement puts them together. Behaviour is that of the LOOK_BACK before the split.
"""

from datetime import datetime, timedelta

from siyu.audience.language.lifecycle import ORDER
from siyu.insight.rules.association import CELL_MEMBERS_MIN
from siyu.insight.rules.period import EARLIEST, Interval
from siyu.insight.sql.facts import facts, literal, names
from siyu.kit.text import LocalizedText

LOOK_BACK = timedelta(days=90)
VALUES_MOST = 50
"""An attribute of more different values is a number or a name, not a trait."""

DID: dict[str, tuple[tuple[str, ...], LocalizedText]] = {
    "messaged": (("message_delivered", "campaign_sent"), LocalizedText("收到过触达", "Was reached")),
    "replied": (("message_received",), LocalizedText("发来过消息", "Wrote to us")),
    "redeemed": (("coupon_redeemed",), LocalizedText("核销过优惠券", "Redeemed a coupon")),
    "refunded": (("order_refunded",), LocalizedText("退过款", "Had a refund")),
    "befriended": (("friend_added",), LocalizedText("添加过企业微信", "Added us on WeCom")),
    "unfriended": (("friend_removed",), LocalizedText("解除过企业微信好友", "Ended the WeCom contact")),
    "opted_out": (("consent_withdrawn",), LocalizedText("退订过", "Opted out")),
    "entered": (("journey_entered",), LocalizedText("进入过旅程", "Entered a journey")),
    "reached_goal": (("journey_goal_reached",), LocalizedText("达成过旅程目标", "Reached a journey's goal")),
}
"""Behaviours and what befell them: did, or did not."""
ORDERS: tuple[tuple[str, str, LocalizedText], ...] = (
    ("1", "orders = 1", LocalizedText("1 单", "1 order")),
    ("2", "orders = 2", LocalizedText("2 单", "2 orders")),
    ("3", "orders BETWEEN 3 AND 4", LocalizedText("3 至 4 单", "3 to 4 orders")),
    ("5", "orders >= 5", LocalizedText("5 单及以上", "5 orders or more")),
)
FAVOURITES: dict[str, LocalizedText] = {
    "store": LocalizedText("常去门店", "Favourite store"),
    "source": LocalizedText("常用下单来源", "Usual source of orders"),
}
"""Properties of orders of which everybody has a usual one: the most frequent, and of equals the first by name."""

Branch = str


def counted(trait: str, field: str, value: str, source: str, where: str = "") -> Branch:
    """Members and leavers by `value`, each of them at most once in `source`."""
    kept = f" WHERE {where}" if where else ""
    return (
        "SELECT trait, field, value, count(*) AS members, sum(gone) AS gone FROM ("
        f"SELECT '{trait}' AS trait, {field} AS field, {value} AS value, gone FROM {source}{kept}"
        ") AS s GROUP BY trait, field, value"
    )


def did(split: datetime, scope: bool) -> tuple[str, list[Branch]]:
    """The table `did` with a flag a behaviour, and its branches."""
    kinds = {kind for listed, _ in DID.values() for kind in listed}
    source = facts(kinds, "f.name", Interval(split - LOOK_BACK, split), scope, members_only=True)
    flags = ", ".join(
        f"max(CASE WHEN name IN ({names(listed)}) THEN 1 ELSE 0 END) AS {key}" for key, (listed, _) in DID.items()
    )
    table = f"did AS (SELECT member_id, {flags} FROM ({source}) AS s GROUP BY member_id)"
    joined = "people AS p JOIN did AS d ON d.member_id = p.member_id"
    branches = [
        f"SELECT 'did' AS trait, '' AS field, '{key}' AS value, count(*) AS members, sum(p.gone) AS gone "
        f"FROM {joined} WHERE d.{key} = 1"
        for key in DID
    ]
    return table, branches


def bought(split: datetime) -> list[Branch]:
    """Their stage at the split, the orders before it, and how long ago the last one was."""
    arms = " ".join(f"WHEN {test} THEN '{key}'" for key, test, _ in ORDERS)
    ages = " ".join(f"WHEN last_then >= {literal(split - timedelta(days=d))} THEN '{d}'" for d in (15, 30))
    return [
        counted("stage", "''", "stage", "people"),
        counted("orders", "''", f"CASE {arms} END", "people", "orders > 0"),
        counted("age", "''", f"CASE {ages} ELSE '60' END", "people"),
        counted("joined_by", "''", "source", "people", "source IS NOT NULL"),
    ]


def favourites(split: datetime, scope: bool) -> tuple[list[str], list[Branch]]:
    """Where somebody usually buys."""
    tables, branches = [], []
    for prop in FAVOURITES:
        column = f"p_{prop}"
        source = facts((ORDER,), f"f.{column}", Interval(split - LOOK_BACK, split), scope, members_only=True)
        tables.append(
            f"often_{prop} AS (SELECT member_id, {column} AS value, count(*) AS times FROM ({source}) AS s "
            f"WHERE {column} IS NOT NULL GROUP BY member_id, {column})"
        )
        tables.append(
            f"usual_{prop} AS (SELECT member_id, value, row_number() OVER "
            f"(PARTITION BY member_id ORDER BY times DESC, value) AS place FROM often_{prop})"
        )
        joined = f"people AS p JOIN usual_{prop} AS u ON u.member_id = p.member_id AND u.place = 1"
        branches.append(counted("usual", f"'{prop}'", "u.value", joined))
    return tables, branches


def tags(split: datetime, scope: bool) -> tuple[str, list[Branch]]:
    """Tags held at the split, by the facts of tagging: what was tagged since is not looked at."""
    source = facts(
        ("tagged", "untagged"), "f.name, f.p_tag, f.occurred_at, f.seq", Interval(EARLIEST, split), scope, True
    )
    table = (
        "tagged AS (SELECT member_id, p_tag AS tag, name, row_number() OVER "
        f"(PARTITION BY member_id, p_tag ORDER BY occurred_at DESC, seq DESC) AS place FROM ({source}) AS s)"
    )
    joined = "people AS p JOIN tagged AS t ON t.member_id = p.member_id AND t.place = 1 AND t.name = 'tagged'"
    return table, [counted("tag", "''", "t.tag", joined)]


def attributes(split: datetime, as_of: datetime, scope: bool) -> tuple[list[str], list[Branch]]:
    """Attributes as they are now, of members whose value has not been written since the split; the log of changes names
    the field but not what stood there before. `known` counts those members by field: they are whom a value is held against.
    """
    source = facts(("member_updated",), "f.props", Interval(split, as_of), scope, members_only=True)
    # the name of a field stands in the JSON text between quotes, after `attributes.`
    written = "contains(CAST(c.props AS VARCHAR), '\"attributes.' || a.field || '\"')"
    tables = [
        f"changes AS (SELECT member_id, props FROM ({source}) AS s)",
        f"""rewritten AS (
            SELECT DISTINCT a.member_id, a.field FROM lake.attributes AS a JOIN changes AS c ON c.member_id = a.member_id
            WHERE a.workspace_id = $workspace_id AND {written})""",
        """kept AS (
            SELECT DISTINCT p.member_id, p.gone, a.field, a.text AS value
            FROM people AS p JOIN lake.attributes AS a ON a.member_id = p.member_id
            LEFT JOIN rewritten AS r ON r.member_id = a.member_id AND r.field = a.field
            WHERE a.workspace_id = $workspace_id AND r.member_id IS NULL)""",
        "held AS (SELECT DISTINCT member_id, gone, field FROM kept)",
        f"""varied AS (
            SELECT field FROM (SELECT DISTINCT field, value FROM kept) AS v
            GROUP BY field HAVING count(*) <= {VALUES_MOST})""",
        "traits AS (SELECT k.* FROM kept AS k JOIN varied AS v ON v.field = k.field)",
    ]
    return tables, [
        counted("attribute", "field", "value", "traits"),
        counted("known", "field", "''", "held"),
    ]


def together(branches: list[Branch]) -> str:
    """All of them, with everybody as the trait `all`; values of too few members stay where they are."""
    everybody = "SELECT 'all' AS trait, '' AS field, '' AS value, count(*) AS members, coalesce(sum(gone), 0) AS gone FROM people"
    return (
        f"SELECT * FROM ({' UNION ALL '.join([everybody, *branches])}) AS t "
        f"WHERE members >= {CELL_MEMBERS_MIN} OR trait = 'all' ORDER BY trait, field, value"
    )
