"""Metrics that one report works out for itself."""

from siyu.insight.rules.metric import Metric, Unit
from siyu.kit.text import LocalizedText


def _own(name: str, label: LocalizedText, definition: LocalizedText, unit: Unit) -> Metric:
    return Metric(name, label, definition, unit, "report")


REPORT_METRICS = (
    _own(
        "funnel_members",
        LocalizedText("到达人数", "Members at this step"),
        LocalizedText(
            "按顺序走完到这一步为止各步的客户数；第一步在统计期内，其余各步在转化窗口之内（不含窗口终点）。同一件事不会算作两步。",
            "Members who went through all steps up to this one in order: the first within the period, the others within the window after it (its end not included). One fact never counts as two steps.",
        ),
        "count",
    ),
    _own(
        "step_rate",
        LocalizedText("上一步转化率", "Of the step before"),
        LocalizedText("这一步的人数 ÷ 上一步的人数。", "Members at this step divided by those at the step before."),
        "percent",
    ),
    _own(
        "funnel_rate",
        LocalizedText("总转化率", "Of the first step"),
        LocalizedText("这一步的人数 ÷ 第一步的人数。", "Members at this step divided by those at the first."),
        "percent",
    ),
    _own(
        "cohort_members",
        LocalizedText("批次人数", "Members of the cohort"),
        LocalizedText(
            "在该周或该月首次下单（或成为客户）的人数。",
            "Members whose first order (or whose joining) falls into that week or month.",
        ),
        "count",
    ),
    _own(
        "retention_rate",
        LocalizedText("留存率", "Retention"),
        LocalizedText(
            "批次中在之后第 n 周（月）再次出现的客户占批次人数的比例；第 0 期是批次所在的周（月）。尚未过完的期不显示。",
            "Members of the cohort seen again in the n-th week (month) after, as a share of the cohort; period 0 is the cohort's own. Periods that are not over are left out.",
        ),
        "percent",
    ),
    _own(
        "retained_members",
        LocalizedText("留存人数", "Members retained"),
        LocalizedText(
            "批次中在之后第 n 周（月）再次出现的客户数。",
            "Members of the cohort seen again in the n-th week (month) after.",
        ),
        "count",
    ),
    _own(
        "recency_days",
        LocalizedText("最近一单距今", "Days since the last order"),
        LocalizedText(
            "最近一次支付订单距统计时刻的天数。", "Days from the last paid order to the moment of the report."
        ),
        "days",
    ),
    _own(
        "kept_members",
        LocalizedText("留存客户", "Members kept"),
        LocalizedText(
            "上期活跃、本期仍然活跃的客户数。", "Members active in the period before who were active again in this one."
        ),
        "count",
    ),
    _own(
        "returning_members",
        LocalizedText("回访客户", "Returning members"),
        LocalizedText(
            "当天活跃，并且在此前 30 天内也活跃过的客户数。",
            "Members active on the day who had also been active within the 30 days before it.",
        ),
        "count",
    ),
    _own(
        "stage_members",
        LocalizedText("阶段人数", "Members in the stage"),
        LocalizedText(
            "在该时刻处于这一生命周期阶段的客户数。", "Members who are in this lifecycle stage at the moment."
        ),
        "count",
    ),
    _own(
        "treated_rate",
        LocalizedText("触达组转化率", "Conversion of the treated"),
        LocalizedText(
            "触达组中在观察窗口内下单的客户占比。",
            "Members of the treated arm who ordered within the window, as a share of the arm.",
        ),
        "percent",
    ),
    _own(
        "holdout_rate",
        LocalizedText("对照组转化率", "Conversion of the holdout"),
        LocalizedText(
            "对照组中在观察窗口内下单的客户占比。",
            "Members of the holdout who ordered within the window, as a share of the arm.",
        ),
        "percent",
    ),
    _own(
        "lift",
        LocalizedText("提升", "Lift"),
        LocalizedText(
            "触达组转化率减去对照组转化率，附 95% 置信区间；任一组不足 100 人或转化、未转化不足 5 人时不作结论。",
            "Conversion of the treated less that of the holdout, with its 95% interval; no verdict while an arm has fewer than 100 members, or fewer than 5 who converted or did not.",
        ),
        "percent",
    ),
    _own(
        "moved_share",
        LocalizedText("占原阶段", "Of the stage before"),
        LocalizedText(
            "从原阶段走到现在这一阶段的客户，占原阶段当时全部客户的比例。",
            "Members who went from the stage before to that of now, as a share of all who were in the stage before.",
        ),
        "percent",
    ),
    _own(
        "winback_rate",
        LocalizedText("找回率", "Win-back rate"),
        LocalizedText(
            "当时沉默或流失的客户中，此后又下单、现在不再沉默或流失的比例。",
            "Of the members who were silent or lost then, the share that has ordered since and is neither now.",
        ),
        "percent",
    ),
    _own(
        "trait_members",
        LocalizedText("有此特征的客户", "Members with the trait"),
        LocalizedText("分界时活跃、并且有这一特征的客户数。", "Members active at the split who had the trait."),
        "count",
    ),
    _own(
        "leaving_rate",
        LocalizedText("流失比例", "Share who left"),
        LocalizedText(
            "分界时活跃的客户中，后来流失的比例。", "Of the members active at the split, the share that left."
        ),
        "percent",
    ),
    _own(
        "risk_ratio",
        LocalizedText("风险比", "Risk ratio"),
        LocalizedText(
            "有此特征的客户流失的比例 ÷ 其他客户流失的比例，附 95% 置信区间（Katz 1978，对数正态）。1 为没有差别。",
            "The share who left of those with the trait over that of the others, with its 95% interval (Katz 1978, log-normal). 1 is no difference.",
        ),
        "ratio",
    ),
    _own(
        "q_value",
        LocalizedText("q 值", "q"),
        LocalizedText(
            "按比较的项数校正之后，把这一项及更明显的各项都当真时，其中误报的比例（Benjamini–Hochberg 1995）。",
            "Corrected for how many were compared: the share of false alarms if this and every surer one is taken for real (Benjamini and Hochberg 1995).",
        ),
        "ratio",
    ),
    _own(
        "late_days",
        LocalizedText("已有多少天没来", "Days away"),
        LocalizedText(
            "最近一个下单日到统计时刻的天数。", "Days from the last day with an order to the moment of the report."
        ),
        "days",
    ),
    _own(
        "usual_days",
        LocalizedText("平常间隔", "Usual interval"),
        LocalizedText(
            "近 365 天相邻两个下单日之间天数的中位数（偶数个时取较小的一个）；同一天的多笔订单算一次。",
            "The median of the days between one day with orders and the next within 365 days (the lesser one of two); orders of one day are one visit.",
        ),
        "days",
    ),
    _own(
        "late_times",
        LocalizedText("平常间隔的倍数", "Times the usual interval"),
        LocalizedText("已有多少天没来 ÷ 平常间隔。", "Days away divided by the usual interval."),
        "ratio",
    ),
    _own(
        "visit_days",
        LocalizedText("下单天数", "Days with orders"),
        LocalizedText("近 365 天下过单的天数。", "Days with an order within 365 days."),
        "count",
    ),
    _own("share", LocalizedText("占比", "Share"), LocalizedText("占合计的比例。", "Share of the total."), "percent"),
)
