"""What a compiled question must say so that DuckDB always comes to its end."""

import re
from datetime import UTC, datetime

from siyu.audience.language.check import check_tree
from siyu.audience.sql.query import members_query
from tests.rules.audience_worlds import schema_in

NOW = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
TREES = (
    {"all": [{"tag": {"any": ["vip"]}}, {"order": {"count": {">=": 3}, "within": "90d"}}]},
    {"sequence": {"steps": [{"fact": "campaign_sent"}, {"fact": "order_paid"}], "within": "7d"}},
    {"any": [{"rfm": {"r": [5]}}, {"stage": ["silent"]}]},
)


def test_every_table_but_the_members_is_made_once_and_says_so() -> None:
    query = members_query([check_tree(tree, schema_in("UTC")) for tree in TREES], 1, NOW, "UTC")
    materialized = dict(re.findall(r"(\w+) AS ((?:NOT )?MATERIALIZED)? ?\((?=SELECT)", query.sql))
    assert materialized.pop("members") == "NOT MATERIALIZED"
    assert len(materialized) > len(TREES) and set(materialized.values()) == {"MATERIALIZED"}, materialized
