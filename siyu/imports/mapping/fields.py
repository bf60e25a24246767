"""What a file can become: the kinds of import and the targets of each, in both languages.

A kind is `members`, `orders`, or `facts` of one kind of the catalogue. `Target.names` are the column headings people use.
"""

from dataclasses import dataclass
from typing import Literal

from siyu.facts.catalogue import CATALOGUE, KINDS
from siyu.facts.catalogue.fact import Fact, PropSpec, props_of

TargetType = Literal["text", "identity", "number", "money", "boolean", "time", "list", "zone"]


@dataclass(frozen=True)
class Target:
    """Something a column can be mapped to. `type` says how its text is read; `names` are usual headings, lower case."""

    name: str
    zh: str
    en: str
    type: TargetType = "text"
    required: bool = False
    names: tuple[str, ...] = ()


IDENTITIES: dict[str, tuple[str, str]] = {
    "external_id": ("客户编号", "Customer number"),
    "phone": ("手机号", "Phone"),
    "email": ("邮箱", "Email"),
    "unionid": ("微信 UnionID", "WeChat UnionID"),
    "openid": ("微信 OpenID", "WeChat OpenID"),
    "external_userid": ("企业微信客户 ID", "WeCom customer id"),
}
"""Kinds of identity a file may carry, strongest key first."""

CHANNELS: dict[str, tuple[str, str]] = {
    "wecom": ("企业微信", "WeCom"),
    "sms": ("短信", "SMS"),
    "email": ("邮件", "Email"),
    "webhook": ("接口推送", "Webhook"),
}

_WHO = (
    *("customer", "customerid", "customerno", "customernumber", "member", "memberid", "memberno", "household"),
    *(
        "householdid",
        "userid",
        "buyer",
        "buyerid",
        "externalid",
        "客户",
        "客户编号",
        "客户号",
        "客户id",
        "会员",
        "会员号",
    ),
    *("会员编号", "会员id", "会员卡号", "买家", "买家id", "用户id", "用户编号"),
)
_IDENTITY_NAMES: dict[str, tuple[str, ...]] = {
    "external_id": _WHO,
    "phone": (
        "phone",
        "mobile",
        "tel",
        "telephone",
        "cellphone",
        "phonenumber",
        "手机",
        "手机号",
        "手机号码",
        "电话",
        "联系电话",
    ),
    "email": ("email", "mail", "emailaddress", "邮箱", "电子邮箱", "邮件"),
    "unionid": ("unionid", "wxunionid"),
    "openid": ("openid", "wxopenid"),
    "external_userid": ("externaluserid", "外部联系人id", "企业微信id"),
}

MEMBERS: tuple[Target, ...] = (
    *(Target(kind, zh, en, "identity", names=_IDENTITY_NAMES[kind]) for kind, (zh, en) in IDENTITIES.items()),
    Target(
        "name",
        "姓名",
        "Name",
        names=("name", "fullname", "nickname", "customername", "姓名", "名称", "昵称", "客户姓名", "会员姓名"),
    ),
    Target("zone", "时区", "Time zone", "zone", names=("zone", "timezone", "tz", "时区")),
    Target(
        "joined_at",
        "成为客户时间",
        "Joined at",
        "time",
        names=(
            "joined",
            "joinedat",
            "createdat",
            "registered",
            "registeredat",
            "signupdate",
            "firstseen",
            "注册时间",
            "注册日期",
            "入会时间",
            "入会日期",
            "创建时间",
        ),
    ),
    Target("tags", "标签", "Tags", "list", names=("tags", "tag", "labels", "标签", "客户标签")),
    *(
        Target(
            f"consent.{channel}",
            f"同意接收{zh}",
            f"Opted in to {en}",
            "boolean",
            names=(f"{channel}consent", f"{channel}optin", f"同意{zh}"),
        )
        for channel, (zh, en) in CHANNELS.items()
    ),
)

ORDERS: tuple[Target, ...] = (
    Target(
        "number",
        "单号",
        "Order number",
        required=True,
        names=(
            "number",
            "order",
            "orderno",
            "ordernumber",
            "orderid",
            "invoice",
            "invoiceno",
            "basket",
            "basketid",
            "transactionid",
            "receipt",
            "订单号",
            "订单编号",
            "单号",
            "小票号",
            "交易号",
        ),
    ),
    Target("member", "客户", "Customer", "identity", names=_WHO),
    Target(
        "paid_at",
        "支付时间",
        "Paid at",
        "time",
        required=True,
        names=(
            "paidat",
            "paytime",
            "orderdate",
            "ordertime",
            "invoicedate",
            "date",
            "time",
            "datetime",
            "timestamp",
            "transactiontimestamp",
            "支付时间",
            "付款时间",
            "下单时间",
            "订单时间",
            "成交时间",
            "日期",
            "时间",
        ),
    ),
    Target(
        "store",
        "门店",
        "Store",
        names=("store", "storeid", "shop", "branch", "门店", "店铺", "门店编号", "网点"),
    ),
    Target(
        "product",
        "商品编码",
        "Product",
        names=(
            "product",
            "productid",
            "sku",
            "stockcode",
            "item",
            "itemid",
            "itemcode",
            "商品",
            "商品编码",
            "商品编号",
            "货号",
            "sku编码",
        ),
    ),
    Target(
        "title",
        "商品名称",
        "Product title",
        names=("title", "description", "productname", "itemname", "商品名称", "商品名", "品名", "商品标题"),
    ),
    Target("quantity", "数量", "Quantity", "number", names=("quantity", "qty", "count", "数量", "件数", "购买数量")),
    Target("price", "单价", "Unit price", "money", names=("price", "unitprice", "单价", "价格", "商品单价")),
    Target(
        "amount",
        "行金额",
        "Line amount",
        "money",
        names=(
            "amount",
            "lineamount",
            "total",
            "linetotal",
            "sales",
            "salesvalue",
            "paid",
            "payment",
            "金额",
            "实付金额",
            "支付金额",
            "小计",
            "销售额",
            "成交金额",
        ),
    ),
    Target(
        "refund_of", "原单号", "Refunded order", names=("refundof", "originalorder", "原单号", "原订单号", "关联订单号")
    ),
)

HISTORY: tuple[str, ...] = ("campaign_sent", "coupon_redeemed", "friend_added", "friend_removed", "message_received")
"""Facts a file may tell. The others are the shadow of rows that a room keeps: told without the row, they would lie."""


def fact_targets(fact: str) -> tuple[Target, ...]:
    """The targets of a fact of the catalogue: whose, when, a key of its own, and every property."""
    kind = KINDS[fact]
    required = {name for name, field in kind.model_fields.items() if field.is_required()}
    return (
        Target("member", "客户", "Customer", "identity", required=True, names=_WHO),
        Target("occurred_at", "发生时间", "Happened at", "time", required=True, names=_HAPPENED),
        Target("key", "事件编号", "Key of the event", names=("key", "eventid", "id", "事件编号", "流水号")),
        *(_prop_target(fact, spec, spec.name in required) for spec in props_of(kind)),
    )


_HAPPENED = (
    *("occurredat", "date", "time", "timestamp", "datetime", "sentat", "startdate", "redemptiondate", "redeemedat"),
    *("发生时间", "时间", "日期", "发送时间", "核销时间", "使用时间", "开始时间"),
)
_PROP_NAMES: dict[str, tuple[str, ...]] = {
    "campaign": ("campaign", "campaignid", "campaignname", "activity", "活动", "活动名称", "活动编号"),
    "kind": ("kind", "type", "campaigntype", "类型", "活动类型"),
    "coupon": ("coupon", "couponid", "couponcode", "couponupc", "优惠券", "券码", "券编号"),
    "staff": ("staff", "staffid", "userid", "员工", "导购"),
    "channel": ("channel", "渠道"),
}


def _prop_target(fact: str, spec: PropSpec, required: bool) -> Target:
    table: dict[str, TargetType] = {
        "money": "money",
        "number": "number",
        "boolean": "boolean",
        "time": "time",
        "list": "list",
    }
    names = (*_PROP_NAMES.get(spec.name, (spec.name.replace("_", ""),)), spec.zh)
    return Target(spec.name, spec.zh, spec.en, table.get(spec.type, "text"), required, names)


@dataclass(frozen=True)
class ImportKind:
    """One thing a file can become; `fact` is set for `facts`."""

    kind: str
    fact: str | None
    zh: str
    en: str
    targets: tuple[Target, ...]


KINDS_OF_IMPORT: tuple[ImportKind, ...] = (
    ImportKind("members", None, "客户", "Members", MEMBERS),
    ImportKind("orders", None, "订单", "Orders", ORDERS),
    *(
        ImportKind("facts", kind.name, f"历史事件：{kind.zh}", f"History: {kind.en}", fact_targets(kind.name))
        for kind in CATALOGUE
        if kind.name in HISTORY
    ),
)


def fact_kind(name: str) -> type[Fact]:
    """The class of a fact that may be imported."""
    return KINDS[name]
