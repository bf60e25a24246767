"""What a shop's words for the state of an order mean: paid, left out because nobody paid it, or given back."""

from collections.abc import Mapping

from siyu.imports.files.duckdb_session import literal
from siyu.kit.text import LocalizedText

PAID, LEFT_OUT, REFUNDED = "paid", "left_out", "refunded"
MEANINGS: dict[str, LocalizedText] = {
    PAID: LocalizedText("已付款：导入", "Paid: comes in"),
    LEFT_OUT: LocalizedText("未付款或已取消：不导入", "Not paid or cancelled: left out"),
    REFUNDED: LocalizedText("已退款：记一笔销售和一笔退款", "Refunded: a sale and its refund"),
}
_STANDS = (
    "退款(关闭|失败|取消|撤销|中)|退款处理|取消退款|拒绝退款|无(需)?(售后|退款)|售后(中|处理|取消|关闭)|部分(退|发)"
)
"""Words of giving back, of orders that stand for now: a refund that was refused or is not yet made."""
_BACK = "退款成功|退款完成|已退款|已全额退款|全额退款|全部退款|已退货退款|退货退款完成|^refunded$"
_OPEN = (
    "(待|未|等待)(买家)?(付款|支付)|付款中|等待付款|取消|关闭|作废|失效|失败|删除|拒收|"
    "^(cancell?ed|failed|pending|pending[ _-]payment|on-hold|on hold|trash|draft|checkout-draft|voided|expired|authorized|"
    "unpaid|abandoned)$"
)
_SOLD = (
    "已(付款|支付|发货|收货|签收|完成|评价|出库|揽收|妥投|成交|自提|核销)|(待|等待)(卖家|商家|买家)?(发货|收货|签收|评价|出库|确认|揽收|自提|核销|取货|接单|配送)|"
    "备货|配送中|派送|部分发货|(交易|订单)?(成功|完成)|"
    "^(completed?|processing|paid|partially[ _]refunded|fulfilled|shipped|delivered)$"
)
_GIVEN_BACK = "退款成功|退款完成|已退款|全额退|全部退款|售后完成|售后成功|^refunded$"


def meaning(word: str, chosen: Mapping[str, str]) -> str:
    """SQL of what the `word` (SQL) of an order's state means, NULL for one that nobody has told; `chosen` comes first."""
    plain = f"regexp_replace(lower({word}), '^wc-', '')"
    own = " ".join(f"WHEN {word} = {literal(own)} THEN '{means}'" for own, means in chosen.items())
    return f"""
        CASE WHEN {word} IS NULL THEN NULL {own}
        WHEN regexp_matches({plain}, '{_STANDS}') THEN '{PAID}' WHEN regexp_matches({plain}, '{_BACK}') THEN '{REFUNDED}'
        WHEN regexp_matches({plain}, '{_OPEN}') THEN '{LEFT_OUT}' WHEN regexp_matches({plain}, '{_SOLD}') THEN '{PAID}' END"""


def given_back(word: str) -> str:
    """SQL of whether the `word` (SQL) of after-sales says that all was given back."""
    return f"coalesce(regexp_matches(lower({word}), '{_GIVEN_BACK}') AND NOT regexp_matches({word}, '部分'), false)"
