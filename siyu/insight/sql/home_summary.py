"""What the home page asks the lake: the last days, who returned, the weeks, and who was kept from one to the next."""

from datetime import datetime, timedelta

from siyu.insight.rules.feeds import HABIT_DAYS
from siyu.insight.rules.health import WEEKS_BEFORE
from siyu.insight.rules.home_summary import DAILY, SPARK_DAYS, WEEKLY
from siyu.insight.rules.metrics import ACTIVE_KINDS
from siyu.insight.rules.period import Interval
from siyu.insight.sql.facts import WINNERS, Statement, bucket, facts, literal, measure
from siyu.kit.time import local_date, midnight

RETURN_DAYS = 30
"""Active before, for a returning member: within this many days."""


def statements(workspace_id: int, zone: str, now: datetime) -> dict[str, Statement]:
    """Days, returning members by day, weeks, and who was kept from week to week."""
    today = local_date(now, zone)
    span = Interval(midnight(today - timedelta(days=SPARK_DAYS), zone), midnight(today, zone))
    weeks = [
        Interval(midnight(today - timedelta(days=7 * (n + 1)), zone), midnight(today - timedelta(days=7 * n), zone))
        for n in range(WEEKS_BEFORE + 1)
    ]
    arms = " ".join(
        f"WHEN occurred_at >= {literal(week.begins)} AND occurred_at < {literal(week.ends)} THEN {n}"
        for n, week in enumerate(weeks)
    )
    part = f"CASE {arms} END"
    every = Interval(weeks[-1].begins, weeks[0].ends)
    return {
        "days": measure(bucket("occurred_at", "day", zone, span), DAILY, span, workspace_id, False),
        "returning": _returning(workspace_id, zone, span),
        "weeks": measure(part, WEEKLY, every, workspace_id, False),
        "kept": _kept(workspace_id, part, every),
        "feeds": _feeds(workspace_id, zone, now),
    }


def _feeds(workspace_id: int, zone: str, now: datetime) -> Statement:
    """By source of data and day: orders by where they come from, and what members do by its kind."""
    reach = Interval(midnight(local_date(now, zone) - timedelta(days=HABIT_DAYS), zone), now)
    source = facts(ACTIVE_KINDS, "f.name, f.p_source, f.occurred_at", reach, False)
    sql = f"""
        WITH {WINNERS}
        SELECT name, CASE WHEN name = 'order_paid' THEN p_source END AS source,
            {bucket("occurred_at", "day", zone, reach)} AS part, max(occurred_at) AS last_at
        FROM ({source}) AS s GROUP BY 1, 2, 3"""
    return Statement(sql, {"workspace_id": workspace_id})


def _returning(workspace_id: int, zone: str, span: Interval) -> Statement:
    """Members active on a day whose last active day before it was at most RETURN_DAYS earlier."""
    reach = Interval(span.begins - timedelta(days=RETURN_DAYS + 1), span.ends)
    source = facts(ACTIVE_KINDS, "f.occurred_at", reach, False, members_only=True)
    sql = f"""
        WITH {WINNERS},
        active AS (SELECT DISTINCT member_id, {bucket("occurred_at", "day", zone, reach)} AS part FROM ({source}) AS s),
        gaps AS (
            SELECT part, lag(part) OVER (PARTITION BY member_id ORDER BY part) AS last_part FROM active)
        SELECT part, count(*) AS returning_members FROM gaps
        WHERE part >= CAST($first AS DATE) AND last_part >= part - INTERVAL '{RETURN_DAYS}' DAY GROUP BY part"""
    return Statement(sql, {"workspace_id": workspace_id, "first": local_date(span.begins, zone)})


def _kept(workspace_id: int, part: str, span: Interval) -> Statement:
    """By week: the active who had been active in the week before (the next number) as well."""
    source = facts(ACTIVE_KINDS, "f.occurred_at", span, False, members_only=True)
    sql = f"""
        WITH {WINNERS},
        active AS (SELECT DISTINCT member_id, {part} AS part FROM ({source}) AS s)
        SELECT a.part, count(*) AS kept
        FROM active AS a JOIN active AS b ON b.member_id = a.member_id AND b.part = a.part + 1 GROUP BY a.part"""
    return Statement(sql, {"workspace_id": workspace_id})
