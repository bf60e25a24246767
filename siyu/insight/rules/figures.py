"""Metrics that one report works out for itself."""

from siyu.insight.rules.metric import Metric, Unit


def _own(name: str, zh: str, en: str, means_zh: str, means_en: str, unit: Unit) -> Metric:
    return Metric(name, zh, en, means_zh, means_en, unit, "report")


REPORT_METRICS = (
    _own(
        "funnel_members",
        "到达人数",
        "Members at this step",
        "按顺序走完到这一步为止各步的客户数；第一步在统计期内，其余各步在转化窗口之内（不含窗口终点）。同一件事不会算作两步。",
        "Members who went through all steps up to this one in order: the first within the period, the others within the window after it (its end not included). One fact never counts as two steps.",
        "count",
    ),
    _own(
        "step_rate",
        "上一步转化率",
        "Of the step before",
        "这一步的人数 ÷ 上一步的人数。",
        "Members at this step divided by those at the step before.",
        "percent",
    ),
    _own(
        "funnel_rate",
        "总转化率",
        "Of the first step",
        "这一步的人数 ÷ 第一步的人数。",
        "Members at this step divided by those at the first.",
        "percent",
    ),
    _own(
        "cohort_members",
        "批次人数",
        "Members of the cohort",
        "在该周或该月首次下单（或成为客户）的人数。",
        "Members whose first order (or whose joining) falls into that week or month.",
        "count",
    ),
    _own(
        "retention_rate",
        "留存率",
        "Retention",
        "批次中在之后第 n 周（月）再次出现的客户占批次人数的比例；第 0 期是批次所在的周（月）。尚未过完的期不显示。",
        "Members of the cohort seen again in the n-th week (month) after, as a share of the cohort; period 0 is the cohort's own. Periods that are not over are left out.",
        "percent",
    ),
    _own(
        "retained_members",
        "留存人数",
        "Members retained",
        "批次中在之后第 n 周（月）再次出现的客户数。",
        "Members of the cohort seen again in the n-th week (month) after.",
        "count",
    ),
    _own(
        "recency_days",
        "最近一单距今",
        "Days since the last order",
        "最近一次支付订单距统计时刻的天数。",
        "Days from the last paid order to the moment of the report.",
        "days",
    ),
    _own(
        "kept_members",
        "留存客户",
        "Members kept",
        "上期活跃、本期仍然活跃的客户数。",
        "Members active in the period before who were active again in this one.",
        "count",
    ),
    _own(
        "returning_members",
        "回访客户",
        "Returning members",
        "当天活跃，并且在此前 30 天内也活跃过的客户数。",
        "Members active on the day who had also been active within the 30 days before it.",
        "count",
    ),
    _own(
        "stage_members",
        "阶段人数",
        "Members in the stage",
        "在该时刻处于这一生命周期阶段的客户数。",
        "Members who are in this lifecycle stage at the moment.",
        "count",
    ),
    _own(
        "treated_rate",
        "触达组转化率",
        "Conversion of the treated",
        "触达组中在观察窗口内下单的客户占比。",
        "Members of the treated arm who ordered within the window, as a share of the arm.",
        "percent",
    ),
    _own(
        "holdout_rate",
        "对照组转化率",
        "Conversion of the holdout",
        "对照组中在观察窗口内下单的客户占比。",
        "Members of the holdout who ordered within the window, as a share of the arm.",
        "percent",
    ),
    _own(
        "lift",
        "提升",
        "Lift",
        "触达组转化率减去对照组转化率，附 95% 置信区间；任一组不足 100 人或转化、未转化不足 5 人时不作结论。",
        "Conversion of the treated less that of the holdout, with its 95% interval; no verdict while an arm has fewer than 100 members, or fewer than 5 who converted or did not.",
        "percent",
    ),
    _own("share", "占比", "Share", "占合计的比例。", "Share of the total.", "percent"),
)
