"""Members by recency, frequency and money: the scores are those of the audience language, cut at quintiles."""

from collections import defaultdict
from typing import Any

from siyu.audience.language.conditions.rfm import rfm_tables, score_sql
from siyu.audience.language.lifecycle import RFM_SCORES, RFM_WITHIN
from siyu.audience.sql.query import QueryBuilder
from siyu.insight.report import (
    Chart,
    ReportColumn,
    ReportKind,
    ReportRequest,
    ReportResult,
    ResultSets,
    Row,
    Series,
    Statements,
    of_metric,
)
from siyu.insight.rules.params import AS_OF, AUDIENCE, Param
from siyu.insight.rules.period import aware
from siyu.insight.sql.facts import named
from siyu.kit.money import half_up, money
from siyu.kit.numbers import number, percent
from siyu.kit.text import LocalizedText

HIGH = 3
"""A score of this or more is high where a segment asks for high or low."""

SEGMENTS: dict[tuple[bool, bool, bool], tuple[str, LocalizedText]] = {
    (True, True, True): ("champions", LocalizedText("重要价值客户", "Champions")),
    (True, False, True): ("big_newcomers", LocalizedText("重要发展客户", "Big spenders, not often")),
    (False, True, True): ("slipping", LocalizedText("重要保持客户", "Good ones slipping away")),
    (False, False, True): ("winning_back", LocalizedText("重要挽留客户", "Big spenders to win back")),
    (True, True, False): ("regulars", LocalizedText("一般价值客户", "Regulars of small baskets")),
    (True, False, False): ("newcomers", LocalizedText("一般发展客户", "Newcomers")),
    (False, True, False): ("fading_regulars", LocalizedText("一般保持客户", "Fading regulars")),
    (False, False, False): ("nearly_gone", LocalizedText("一般挽留客户", "Nearly gone")),
}
BY = Param(
    "by",
    LocalizedText("看法", "Show by"),
    "choice",
    "cells",
    (("cells", LocalizedText("RFM 分格", "Cells")), ("segments", LocalizedText("客户分层", "Segments"))),
)


def segment(r: int, f: int, m: int) -> tuple[str, LocalizedText]:
    """The segment of a cell: its key and what operators call it."""
    return SEGMENTS[(r >= HIGH, f >= HIGH, m >= HIGH)]


def statements(request: ReportRequest) -> Statements:
    """Rows (r, f, m, members, orders, sales_fen), the cut points on each."""
    compiler = QueryBuilder(request.workspace_id, request.as_of, request.zone)
    values, points = rfm_tables(compiler)
    within = "WHERE v.member_id IN (SELECT member_id FROM scope)" if request.scope else ""
    scores = ", ".join(f"{score_sql(axis)} AS s{axis}" for axis in "rfm")
    cells = f"""{compiler.tables()},
        cells AS (
            SELECT sr, sf, sm, count(*) AS members, sum(f) AS orders, sum(m) AS sales_fen
            FROM (SELECT v.f, v.m, {scores} FROM {values} v CROSS JOIN {points} c {within}) AS scored GROUP BY sr, sf, sm)
        SELECT sr AS r, sf AS f, sm AS m, members, orders, sales_fen, c.r AS r_cuts, c.f AS f_cuts, c.m AS m_cuts
        FROM cells CROSS JOIN {points} c ORDER BY sr DESC, sf DESC, sm DESC"""
    return {"cells": named(cells, tuple(compiler.params.values), "p")}


def shape(request: ReportRequest, result_sets: ResultSets) -> ReportResult:
    """A row a cell that has members, best first; or a row a segment, largest sales first."""
    columns_read = ("r", "f", "m", "members", "orders", "sales_fen")
    cells = [{column: int(row[column]) for column in columns_read} for row in result_sets["cells"]]
    members = sum(row["members"] for row in cells)
    rows = _segments(cells) if request.values["by"] == "segments" else [_cell(row) for row in cells]
    for row in rows:
        row["share"] = row["members"] / members
        row["average_order_fen"] = half_up(row["sales_fen"], row["orders"])
    scores = [ReportColumn(axis, LocalizedText(axis.upper(), axis.upper()), "count") for axis in "rfm"]
    columns = [
        *(scores if request.values["by"] == "cells" else []),
        ReportColumn("segment", LocalizedText("分层", "Segment"), "text"),
        of_metric("buyers", "members", LocalizedText("客户数", "Members")),
        of_metric("share"),
        of_metric("orders"),
        of_metric("sales_fen"),
        of_metric("average_order_fen"),
    ]
    return ReportResult(answer(request, cells), columns, rows, _chart(cells), _notes(request, result_sets["cells"]))


def _cell(row: Row) -> Row:
    key, name = segment(row["r"], row["f"], row["m"])
    return {"r": row["r"], "f": row["f"], "m": row["m"], "segment_key": key, "segment": name} | row


def _segments(cells: list[Row]) -> list[Row]:
    sums: dict[str, Row] = {}
    for cell in cells:
        key, name = segment(cell["r"], cell["f"], cell["m"])
        row = sums.setdefault(key, {"segment_key": key, "segment": name, "members": 0, "orders": 0, "sales_fen": 0})
        for figure in ("members", "orders", "sales_fen"):
            row[figure] += cell[figure]
    return sorted(sums.values(), key=lambda row: -row["sales_fen"])


def _chart(cells: list[Row]) -> Chart | None:
    """Members by recency (rows) and frequency (columns), best at the top right."""
    if not cells:
        return None
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for cell in cells:
        counts[(cell["r"], cell["f"])] += cell["members"]
    scores = range(1, RFM_SCORES + 1)
    series = [
        Series(LocalizedText(f"R{r}", f"R{r}"), [counts[(r, f)] for f in scores], "buyers") for r in reversed(scores)
    ]
    return Chart(
        "heatmap",
        "number",
        [LocalizedText(f"F{f}", f"F{f}") for f in scores],
        LocalizedText("频次", "Frequency"),
        series,
    )


def _notes(request: ReportRequest, cuts: Any) -> list[LocalizedText]:
    """The thresholds, and whom the scores are over."""
    days = RFM_WITHIN.days
    notes = [
        LocalizedText(
            f"在近 {days} 天下过单的全部客户中按五分位打分，5 分最好；{HIGH} 分及以上为高。R 看最近一单，F 看单数，M 看金额。",
            f"Scores are quintiles over all members with an order in the last {days} days, 5 is best, {HIGH} or more is high. R: the last order; F: orders; M: amount.",
        )
    ]
    if cuts and cuts[0]["r_cuts"] is not None:
        ages = "、".join(str((request.as_of - aware(at)).days) for at in cuts[0]["r_cuts"])
        orders = "、".join(number(value) for value in cuts[0]["f_cuts"])
        sums = "、".join(money(int(value), request.currency) for value in cuts[0]["m_cuts"])
        notes.append(
            LocalizedText(
                f"分界（由低到高）：最近一单距今 {ages} 天；{orders} 单；{sums}。高于几个分界就得几加一分。",
                f"Cut points, low to high: last order {ages.replace('、', ', ')} days ago; {orders.replace('、', ', ')} orders; {sums.replace('、', ', ')}. Above k of them scores k + 1.",
            )
        )
    return notes


def answer(request: ReportRequest, cells: list[Row]) -> LocalizedText:
    """How much of the sales the best members make, and who slips away."""
    members, sales = (sum(row[figure] for row in cells) for figure in ("members", "sales_fen"))
    if not members:
        return LocalizedText(
            "近一年没有客户下单，无法分层。", "Nobody ordered within a year; there is nothing to sort."
        )
    by_segment: dict[str, Row] = {row["segment_key"]: row for row in _segments(cells)}
    best, slipping = by_segment.get("champions"), by_segment.get("slipping")
    of_best = best["members"] if best else 0
    share = best["sales_fen"] / sales if best and sales > 0 else 0.0
    leaving = number(slipping["members"] if slipping else 0)
    return LocalizedText(
        f"{number(members)} 位客户中，{number(of_best)} 位重要价值客户贡献了 {percent(share)} 的销售额；另有 {leaving} 位重要保持客户正在流失，应尽快联系。",
        f"Of {number(members)} members, {number(of_best)} champions make {percent(share)} of the sales; {leaving} good ones are slipping away and should be talked to soon.",
    )


REPORT = ReportKind(
    "rfm",
    LocalizedText("谁最有价值，谁在流失？", "Who is worth most, and who slips away?"),
    LocalizedText("按最近一单、频次、金额把客户分格分层", "Members by recency, frequency and money"),
    statements,
    shape,
    period=None,
    params=(BY, AS_OF, AUDIENCE),
)
