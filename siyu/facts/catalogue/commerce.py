"""Facts about orders, campaigns and coupons."""

from typing import Annotated

from siyu.facts.catalogue.fact import Fact, Prop
from siyu.kit.text import LocalizedText


class OrderPaid(Fact):
    name, label = "order_paid", LocalizedText("支付订单", "Paid an order")
    section = "purchase"
    order: Annotated[str, Prop("订单号", "Order number")]
    amount: Annotated[int, Prop("金额", "Amount", unit="fen", lasting=True)]
    lines: Annotated[int, Prop("商品行数", "Lines", lasting=True)]
    store: Annotated[str | None, Prop("门店", "Store", lasting=True)] = None
    source: Annotated[str, Prop("来源", "Source", lasting=True)]


class OrderRefunded(Fact):
    name, label = "order_refunded", LocalizedText("订单退款", "Order refunded")
    section = "purchase"
    order: Annotated[str, Prop("订单号", "Order number")]
    amount: Annotated[int, Prop("退款金额", "Amount refunded", unit="fen", lasting=True)]
    source: Annotated[str, Prop("来源", "Source", lasting=True)]


class CampaignSent(Fact):
    name, label = "campaign_sent", LocalizedText("收到活动", "Was sent a campaign")
    section = "brand"
    campaign: Annotated[str, Prop("活动", "Campaign", lasting=True, names="campaign")]
    kind: Annotated[str | None, Prop("活动类型", "Kind of campaign", lasting=True)] = None


class CouponRedeemed(Fact):
    name, label = "coupon_redeemed", LocalizedText("核销优惠券", "Redeemed a coupon")
    section = "purchase"
    coupon: Annotated[str, Prop("优惠券", "Coupon")]
    campaign: Annotated[str | None, Prop("活动", "Campaign", lasting=True, names="campaign")] = None


COMMERCE_FACTS: tuple[type[Fact], ...] = (
    OrderPaid,
    OrderRefunded,
    CampaignSent,
    CouponRedeemed,
)
