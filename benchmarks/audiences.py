"""Twenty audiences over every kind of condition, each with the query that somebody would write by hand on native tables.

Moments are those of NOW (2026-03-18 04:00 UTC, noon in Shanghai). A hand-written query answers member ids from the tables
of `made.NATIVE`; `fact` is `event` with the winner's number where a member was merged.
"""

from typing import Any

_AT = "TIMESTAMP '2026-03-18 04:00:00'"


def _ago(days: int) -> str:
    return f"({_AT} - INTERVAL '{days}' DAY)"


def _order(**body: Any) -> dict[str, Any]:
    return {"order": body}


REFERENCE_TREE: dict[str, Any] = {
    "all": [
        {"tag": {"any": ["vip"]}},
        {"order": {"within": "90d", "count": {">=": 3}}},
        {"not": {"did": {"fact": "message_sent", "within": "7d"}}},
    ]
}
"""Has the tag, bought at least three times in 90 days, and was not messaged in 7 days."""

SAVED_TREE: dict[str, Any] = {"order": {"within": "365d", "sum": {">=": 50_000}}}
"""Saved under the name `spenders`, for the audience that names another."""

_RFM = f"""
    WITH v AS (SELECT member_id, max(occurred_at) r, count(*) f, sum(amount) m FROM fact
               WHERE name = 'order_paid' AND occurred_at >= {_ago(365)} AND occurred_at < {_AT} GROUP BY 1),
    c AS (SELECT quantile_disc(r, 0.6) r3, quantile_disc(f, 0.6) f3, quantile_disc(m, 0.8) m4 FROM v)
    SELECT member_id FROM v, c WHERE r > r3 AND f > f3 AND m > m4"""

TWENTY: tuple[tuple[str, dict[str, Any], str], ...] = (
    (
        "tag, orders and messages (the reference)",
        REFERENCE_TREE,
        f"""SELECT member_id FROM tag SEMI JOIN (SELECT member_id FROM fact WHERE name = 'order_paid'
                AND occurred_at >= {_ago(90)} AND occurred_at < {_AT} GROUP BY 1 HAVING count(*) >= 3) USING (member_id)
            ANTI JOIN (SELECT member_id FROM fact WHERE name = 'message_sent' AND occurred_at >= {_ago(7)}
                AND occurred_at < {_AT}) USING (member_id) WHERE tag = 'vip' AND (until IS NULL OR until > {_AT})""",
    ),
    (
        "profile: a number",
        {
            "all": [
                {"profile": {"field": "points", ">=": 4_000}},
                {"profile": {"field": "city", "in": ["city1", "city2"]}},
            ]
        },
        "SELECT member_id FROM member WHERE points >= 4000 AND city IN ('city1', 'city2')",
    ),
    (
        "profile: joined within 30 days",
        {"profile": {"field": "created_at", "after": "-30d"}},
        f"SELECT member_id FROM member WHERE created_at >= {_ago(30)}",
    ),
    (
        "profile: birthday within a week",
        {"profile": {"field": "birthday", "anniversary_within": "7d"}},
        "SELECT member_id FROM member WHERE month(birthday) = 3 AND day(birthday) BETWEEN 18 AND 24",
    ),
    (
        "tags: two and not a third that may be over",
        {"all": [{"tag": {"all": ["vip", "零食"]}}, {"tag": {"none": ["大促"]}}]},
        f"""SELECT member_id FROM tag SEMI JOIN (SELECT member_id FROM tag WHERE tag = '零食') USING (member_id)
            ANTI JOIN (SELECT member_id FROM tag WHERE tag = '大促' AND until > {_AT}) USING (member_id) WHERE tag = 'vip'""",
    ),
    (
        "did: came by one code",
        {"did": {"fact": "friend_added", "where": [{"prop": "state", "in": ["store3", "store4"]}], "within": "180d"}},
        f"""SELECT DISTINCT member_id FROM fact WHERE name = 'friend_added' AND state IN ('store3', 'store4')
            AND occurred_at >= {_ago(180)} AND occurred_at < {_AT}""",
    ),
    (
        "order: spent 500 yuan in a year",
        _order(within="365d", sum={">=": 50_000}),
        f"""SELECT member_id FROM fact WHERE name = 'order_paid' AND occurred_at >= {_ago(365)} AND occurred_at < {_AT}
            GROUP BY 1 HAVING sum(amount) >= 50000""",
    ),
    (
        "order: none for 60 days",
        _order(last={"before": "-60d"}),
        f"""SELECT member_id FROM fact WHERE name = 'order_paid' AND occurred_at < {_AT}
            GROUP BY 1 HAVING max(occurred_at) < {_ago(60)}""",
    ),
    (
        "order: three stores in half a year",
        _order(within="180d", distinct={"prop": "store", ">=": 3}),
        f"""SELECT member_id FROM fact WHERE name = 'order_paid' AND occurred_at >= {_ago(180)} AND occurred_at < {_AT}
            GROUP BY 1 HAVING count(DISTINCT store) >= 3""",
    ),
    (
        "order: large ones last month",
        _order(within="last_month", where=[{"prop": "amount", ">=": 10_000}], count={">=": 1}),
        """SELECT DISTINCT member_id FROM fact WHERE name = 'order_paid' AND amount >= 10000
           AND occurred_at >= TIMESTAMP '2026-01-31 16:00:00' AND occurred_at < TIMESTAMP '2026-02-28 16:00:00'""",
    ),
    (
        "sequence: an order within 7 days of a campaign",
        {"sequence": {"steps": [{"fact": "campaign_sent"}, {"fact": "order_paid"}], "within": "7d", "ordered": True}},
        f"""SELECT DISTINCT c.member_id FROM (SELECT * FROM fact WHERE name = 'campaign_sent' AND occurred_at < {_AT}) c
            ASOF JOIN (SELECT * FROM fact WHERE name = 'order_paid' AND occurred_at < {_AT}) o
              ON o.member_id = c.member_id AND o.occurred_at > c.occurred_at
            WHERE o.occurred_at < c.occurred_at + INTERVAL '7' DAY""",
    ),
    (
        "sequence: a refund and a letter of theirs, any order",
        {
            "sequence": {
                "steps": [{"fact": "order_refunded"}, {"fact": "message_received"}],
                "within": "14d",
                "ordered": False,
            }
        },
        f"""SELECT DISTINCT r.member_id FROM fact r JOIN fact m ON m.member_id = r.member_id
              AND abs(epoch_us(m.occurred_at) - epoch_us(r.occurred_at)) < 14 * 86400000000
            WHERE r.name = 'order_refunded' AND m.name = 'message_received' AND r.occurred_at < {_AT}
              AND m.occurred_at < {_AT}""",
    ),
    ("rfm: recent, frequent, large", {"rfm": {"r": [4, 5], "f": [4, 5], "m": [5]}}, _RFM),
    (
        "stage: silent",
        {"stage": ["silent"]},
        f"""SELECT member_id FROM fact WHERE name = 'order_paid' AND occurred_at < {_AT} GROUP BY 1
            HAVING max(occurred_at) < {_ago(60)} AND max(occurred_at) >= {_ago(180)}""",
    ),
    (
        "audience: spenders who can be reached",
        {"all": [{"audience": "spenders"}, {"reachable": {"channel": "wecom"}}]},
        f"""SELECT member_id FROM member WHERE wecom = 'given' AND NOT suppressed AND friend AND member_id IN (SELECT member_id FROM fact
            WHERE name = 'order_paid' AND occurred_at >= {_ago(365)} AND occurred_at < {_AT}
            GROUP BY 1 HAVING sum(amount) >= 50000)""",
    ),
    (
        "consent: never asked, though a friend",
        {
            "all": [
                {"consent": {"channel": "wecom", "state": "unknown"}},
                {"profile": {"field": "identities", "contains": "external_userid"}},
            ]
        },
        "SELECT member_id FROM member WHERE wecom IS NULL AND friend",
    ),
    (
        "journey: reached the goal of one",
        {"journey": {"name": "j2", "did": "goal", "within": "365d"}},
        f"""SELECT DISTINCT member_id FROM fact WHERE name = 'journey_goal_reached' AND journey = 'j2'
            AND occurred_at >= {_ago(365)} AND occurred_at < {_AT}""",
    ),
    (
        "campaign: redeemed, twice",
        {"campaign": {"name": "c3", "did": "redeemed", "count": {">=": 2}}},
        f"""SELECT member_id FROM fact WHERE name = 'coupon_redeemed' AND campaign = 'c3' AND occurred_at < {_AT}
            GROUP BY 1 HAVING count(*) >= 2""",
    ),
    (
        "sample: a tenth of those with a tag",
        {"all": [{"tag": {"any": ["母婴"]}}, {"sample": {"percent": 10, "salt": "spring"}}]},
        """SELECT member_id FROM tag WHERE tag = '母婴' AND ('0x' || left(md5('spring:' || member_id), 8))::BIGINT < 429496730""",
    ),
    (
        "top: the thousand who spent most",
        {"top": {"n": 1_000, "by": {"fact": "order_paid", "sum": "amount", "within": "365d"}}},
        f"""SELECT member_id FROM fact WHERE name = 'order_paid' AND occurred_at >= {_ago(365)} AND occurred_at < {_AT}
            GROUP BY 1 ORDER BY sum(amount) DESC, member_id LIMIT 1000""",
    ),
)
"""(what it is, the tree, the hand-written query)."""
