"""The metrics that pages and reports share; those of one report alone stand in its file.

`sql` is the metric over the lake, in DuckDB's dialect. What it may name depends on `over`:
fact    an aggregate over facts of the period, merges resolved: name, member_id (null for a walk-in), amount, p_<property>, props
member  an aggregate over members of the period, walk-ins left out: orders
moment  an aggregate over members as they are at the end of the period
ratio   arithmetic on other metrics by name
report  what one report works out for itself; no expression of its own
"""

from siyu.insight.rules.metric import Metric, report_metric
from siyu.kit.text import LocalizedText

ACTIVE_KINDS = ("order_paid", "coupon_redeemed", "message_received", "friend_added")
"""What a member does of their own accord; being sent something is not activity."""
JOINED = "joined"
"""The first member_created of a person, whatever was merged since: derived, not recorded."""


def _count(name: str, kind: str, label: LocalizedText, definition: LocalizedText) -> Metric:
    sql = f"count(*) FILTER (WHERE name = '{kind}')"
    return Metric(name, label, definition, "count", "fact", sql, (kind,))


def _messages(name: str, kind: str, label: LocalizedText, definition: LocalizedText) -> Metric:
    # by message: a receipt that comes twice, or a person settling what was in doubt, is still one message
    sql = f"count(DISTINCT props ->> '$.message_id') FILTER (WHERE name = '{kind}')"
    return Metric(name, label, definition, "count", "fact", sql, (kind,))


def _people(name: str, kinds: tuple[str, ...], label: LocalizedText, definition: LocalizedText) -> Metric:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    sql = f"count(DISTINCT member_id) FILTER (WHERE name IN ({listed}))"
    return Metric(name, label, definition, "count", "fact", sql, kinds)


def _ratio(name: str, label: LocalizedText, definition: LocalizedText, over: str, under: str) -> Metric:
    return Metric(name, label, definition, "percent", "ratio", f"{over} * 1.0 / nullif({under}, 0)", (), (over, under))


_MEMBERS = (
    Metric(
        "members",
        LocalizedText("客户数", "Members"),
        LocalizedText(
            "期末之前成为客户的人数。合并过的算一位，以最早的一次为准；散客不计。",
            "People who became members before the end of the period. Merged members are one, since the earliest of their dates; walk-ins are not counted.",
        ),
        "count",
        "moment",
        "count(*)",
        ("member_created",),
    ),
    Metric(
        "new_members",
        LocalizedText("新增客户", "New members"),
        LocalizedText(
            "期内第一次成为客户的人数。合并过的算一位，以最早的一次为准。",
            "People who first became members within the period. Merged members are one, since the earliest of their dates.",
        ),
        "count",
        "fact",
        f"count(*) FILTER (WHERE name = '{JOINED}')",
        (JOINED,),
    ),
    _people(
        "active_members",
        ACTIVE_KINDS,
        LocalizedText("活跃客户", "Active members"),
        LocalizedText(
            "期内至少有一次主动行为的客户：下单、核销优惠券、发来消息或添加企业微信。收到消息不算活跃。",
            "Members who did something themselves within the period: ordered, redeemed a coupon, wrote to us or added us on WeCom. Being sent a message is not activity.",
        ),
    ),
    _people(
        "friends_added",
        ("friend_added",),
        LocalizedText("新增好友", "Added on WeCom"),
        LocalizedText(
            "期内添加企业微信的客户数，重复添加算一位。",
            "Members who added us on WeCom within the period, each counted once.",
        ),
    ),
    _people(
        "friends_lost",
        ("friend_removed",),
        LocalizedText("流失好友", "Removed on WeCom"),
        LocalizedText(
            "期内解除企业微信好友关系的客户数，不论由哪一方操作。",
            "Members whose WeCom contact ended within the period, whoever ended it.",
        ),
    ),
    _people(
        "opt_outs",
        ("consent_withdrawn",),
        LocalizedText("退订客户", "Opt-outs"),
        LocalizedText("期内在任一渠道退订的客户数。", "Members who opted out of any channel within the period."),
    ),
    Metric(
        "reachable_members",
        LocalizedText("可触达客户", "Reachable members"),
        LocalizedText(
            "此刻至少在一个已连接账号的渠道上能收到消息的客户：已同意、未被屏蔽，企业微信上还须已是好友。",
            "Members who can receive now on at least one channel with an account of ours: consent given, not suppressed, and on WeCom already a friend.",
        ),
        "count",
        "moment",
    ),
)

_SALES = (
    _count(
        "orders",
        "order_paid",
        LocalizedText("订单数", "Orders"),
        LocalizedText(
            "期内支付的订单数，含散客订单。后来退款的订单仍然计入。",
            "Orders paid within the period, walk-ins included. An order refunded later still counts.",
        ),
    ),
    Metric(
        "order_lines",
        LocalizedText("商品行数", "Order lines"),
        LocalizedText("期内支付订单的商品行数之和。", "Lines of the orders paid within the period, added up."),
        "count",
        "fact",
        "coalesce(sum(CAST(p_lines AS BIGINT)) FILTER (WHERE name = 'order_paid'), 0)",
        ("order_paid",),
    ),
    Metric(
        "sales_fen",
        LocalizedText("销售额", "Sales"),
        LocalizedText(
            "期内支付订单的金额之和，含散客订单，未扣除退款。",
            "Amounts of the orders paid within the period, walk-ins included, refunds not taken off.",
        ),
        "money",
        "fact",
        "coalesce(sum(amount) FILTER (WHERE name = 'order_paid'), 0)",
        ("order_paid",),
    ),
    _count(
        "refunds",
        "order_refunded",
        LocalizedText("退款笔数", "Refunds"),
        LocalizedText(
            "期内发生的退款笔数，按退款时间计。", "Refunds made within the period, by the time of the refund."
        ),
    ),
    Metric(
        "refunded_fen",
        LocalizedText("退款金额", "Refunded"),
        LocalizedText(
            "期内退款的金额之和，按退款时间计。", "Amounts refunded within the period, by the time of the refund."
        ),
        "money",
        "fact",
        "coalesce(sum(amount) FILTER (WHERE name = 'order_refunded'), 0)",
        ("order_refunded",),
    ),
    Metric(
        "net_sales_fen",
        LocalizedText("净销售额", "Net sales"),
        LocalizedText("销售额减去期内的退款金额。", "Sales less what was refunded within the period."),
        "money",
        "ratio",
        "sales_fen - refunded_fen",
        (),
        ("sales_fen", "refunded_fen"),
    ),
    Metric(
        "average_order_fen",
        LocalizedText("客单价", "Average order"),
        LocalizedText("销售额除以订单数，四舍五入到分。", "Sales divided by orders, rounded to the fen."),
        "money",
        "ratio",
        "CAST(round(sales_fen * 1.0 / nullif(orders, 0)) AS BIGINT)",
        (),
        ("sales_fen", "orders"),
    ),
    _people(
        "buyers",
        ("order_paid",),
        LocalizedText("下单客户", "Buyers"),
        LocalizedText(
            "期内至少支付一单的客户数，散客不计。",
            "Members with at least one paid order within the period; walk-ins are not counted.",
        ),
    ),
    Metric(
        "repeat_buyers",
        LocalizedText("复购客户", "Repeat buyers"),
        LocalizedText(
            "期内支付两单及以上的客户数，散客不计。",
            "Members with two or more paid orders within the period; walk-ins are not counted.",
        ),
        "count",
        "member",
        "count(*) FILTER (WHERE orders >= 2)",
        ("order_paid",),
    ),
    _ratio(
        "repurchase_rate",
        LocalizedText("复购率", "Repurchase rate"),
        LocalizedText(
            "复购客户占下单客户的比例：期内支付两单及以上的客户 ÷ 期内下过单的客户。",
            "Repeat buyers as a share of buyers: members with two or more orders in the period, divided by those with at least one.",
        ),
        "repeat_buyers",
        "buyers",
    ),
    _ratio(
        "buying_rate",
        LocalizedText("下单率", "Buying rate"),
        LocalizedText("下单客户占活跃客户的比例。", "Buyers as a share of active members."),
        "buyers",
        "active_members",
    ),
)

_CAMPAIGNS = (
    Metric(
        "campaigns",
        LocalizedText("活动数", "Campaigns"),
        LocalizedText("期内向客户发出过的不同活动数。", "Different campaigns sent to members within the period."),
        "count",
        "fact",
        "count(DISTINCT p_campaign) FILTER (WHERE name = 'campaign_sent')",
        ("campaign_sent",),
    ),
    _people(
        "campaign_members",
        ("campaign_sent",),
        LocalizedText("收到活动的客户", "Members sent a campaign"),
        LocalizedText(
            "期内收到过至少一个活动的客户数。", "Members who were sent at least one campaign within the period."
        ),
    ),
    _count(
        "redemptions",
        "coupon_redeemed",
        LocalizedText("核销次数", "Redemptions"),
        LocalizedText("期内优惠券的核销次数。", "Coupons redeemed within the period."),
    ),
    _people(
        "redeemers",
        ("coupon_redeemed",),
        LocalizedText("核销客户", "Redeemers"),
        LocalizedText("期内核销过优惠券的客户数。", "Members who redeemed a coupon within the period."),
    ),
)

_MESSAGES = (
    _messages(
        "messages_sent",
        "message_sent",
        LocalizedText("已发送", "Sent"),
        LocalizedText("期内交给渠道发送的消息数。", "Messages handed to a channel within the period."),
    ),
    _messages(
        "messages_delivered",
        "message_delivered",
        LocalizedText("已送达", "Delivered"),
        LocalizedText("期内由渠道确认送达的消息数。", "Messages a channel confirmed as delivered within the period."),
    ),
    _messages(
        "messages_withheld",
        "message_withheld",
        LocalizedText("未发送", "Withheld"),
        LocalizedText(
            "期内因疲劳度、免打扰、未授权等原因没有发出的消息数；每一条都记有原因。",
            "Messages not sent within the period because of a cap, quiet hours, consent and the like; each says why.",
        ),
    ),
    _messages(
        "messages_failed",
        "message_failed",
        LocalizedText("发送失败", "Failed"),
        LocalizedText(
            "期内被渠道拒绝或发送失败的消息数。", "Messages a channel refused or failed to send within the period."
        ),
    ),
    _messages(
        "messages_in_doubt",
        "message_in_doubt",
        LocalizedText("待核实", "In doubt"),
        LocalizedText(
            "期内无法确认是否已经发出、需要人工核实的消息数。",
            "Messages of which nobody can tell whether they went out, left to a person, within the period.",
        ),
    ),
    _people(
        "messaged_members",
        ("message_delivered",),
        LocalizedText("触达客户", "Members reached"),
        LocalizedText(
            "期内至少有一条消息送达的客户数。", "Members to whom at least one message was delivered within the period."
        ),
    ),
    _ratio(
        "delivery_rate",
        LocalizedText("送达率", "Delivery rate"),
        LocalizedText("已送达占已发送的比例。", "Delivered as a share of sent."),
        "messages_delivered",
        "messages_sent",
    ),
)

_JOURNEYS = (
    Metric(
        "journey_entries",
        LocalizedText("进入旅程", "Journey entries"),
        LocalizedText(
            "期内进入旅程的人次，同一位客户再次进入另计一次。",
            "Entries into a journey within the period; a member who enters again counts again.",
        ),
        "count",
        "fact",
        "count(*) FILTER (WHERE name = 'journey_entered')",
        ("journey_entered",),
    ),
    _people(
        "journey_members",
        ("journey_entered",),
        LocalizedText("进入旅程的客户", "Members in journeys"),
        LocalizedText("期内进入过旅程的客户数。", "Members who entered a journey within the period."),
    ),
    _people(
        "goal_members",
        ("journey_goal_reached",),
        LocalizedText("达成目标的客户", "Members who reached the goal"),
        LocalizedText(
            "期内达成旅程目标的客户数；走完最后一步之后、目标的期限之内达成的也算。",
            "Members who reached a journey's goal within the period, also after their last step while the goal still counted.",
        ),
    ),
    Metric(
        "goal_fen",
        LocalizedText("目标金额", "Worth of the goals"),
        LocalizedText(
            "让客户达成目标的那一笔的金额之和，例如支付订单的金额；没有金额的行为不计。",
            "What the facts that were the goals come to, such as the order that was paid; facts without an amount count nothing.",
        ),
        "money",
        "fact",
        "coalesce(sum(amount) FILTER (WHERE name = 'journey_goal_reached'), 0)",
        ("journey_goal_reached",),
    ),
)

_SHARED = (
    report_metric(
        "returning_members",
        LocalizedText("回访客户", "Returning members"),
        LocalizedText(
            "当天活跃，并且在此前 30 天内也活跃过的客户数。",
            "Members active on the day who had also been active within the 30 days before it.",
        ),
        "count",
    ),
    report_metric(
        "share", LocalizedText("占比", "Share"), LocalizedText("占合计的比例。", "Share of the total."), "percent"
    ),
)
"""Worked out where they are shown, by more than one page."""

METRICS: dict[str, Metric] = {
    metric.name: metric for metric in (*_MEMBERS, *_SALES, *_CAMPAIGNS, *_MESSAGES, *_JOURNEYS, *_SHARED)
}


def with_parts(names: tuple[str, ...]) -> tuple[str, ...]:
    """`names` with the metrics that their ratios are made of, each once, parts first."""
    ordered: dict[str, None] = {}
    for name in names:
        for part in METRICS[name].of:
            ordered[part] = None
        ordered[name] = None
    return tuple(ordered)
