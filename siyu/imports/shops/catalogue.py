"""The one list of ready mappings, and which of them know a file. Headings and habits are those of exports of 2016 to 2026."""

from collections.abc import Sequence

from siyu.imports.mapping.document import AttributeSpec
from siyu.imports.shops.shop_file import From, ShopFile
from siyu.kit.text import LocalizedText

YOUZAN_ORDERS = ShopFile(
    "youzan_orders",
    LocalizedText("有赞 · 订单", "Youzan orders"),
    "orders",
    "有赞",
    (("订单号",), ("买家付款时间",), ("订单实付金额",), ("全部商品名称", "归属店铺", "销售渠道")),
    {
        "number": From(["订单号"]),
        "member": From(["买家手机号"], identity="phone"),
        "paid_at": From(["买家付款时间"]),
        "store": From(["归属店铺", "下单网点"]),
        "title": From(["全部商品名称"]),
        "total": From(["订单实付金额"]),
        "shipping": From(["运费"]),
        "discount": From(["店铺优惠合计"]),
        "refunded": From(["订单已退款金额"]),
        "status": From(["订单状态"]),
        "after_sales": From(["订单退款状态"]),
    },
    {"no_time": "left_out"},
)
YOUZAN_CUSTOMERS = ShopFile(
    "youzan_customers",
    LocalizedText("有赞 · 客户", "Youzan customers"),
    "members",
    "有赞",
    (("客户手机号",), ("客户昵称", "客户姓名"), ("成为客户时间", "客户积分", "消费次数")),
    {
        "phone": From(["客户手机号"]),
        "name": From(["客户姓名", "客户昵称"]),
        "joined_at": From(["成为客户时间"]),
        "tags": From(["标签"]),
        "attribute.birthday": From(["客户生日"]),
        "attribute.gender": From(["客户性别"]),
        "attribute.points": From(["客户积分"]),
        "attribute.balance": From(["客户储值余额"]),
        "attribute.level": From(["免费等级", "付费等级"]),
    },
    attributes={
        "birthday": AttributeSpec(label="生日", type="date"),
        "gender": AttributeSpec(label="性别"),
        "points": AttributeSpec(label="积分", type="number"),
        "balance": AttributeSpec(label="储值余额", type="money"),
        "level": AttributeSpec(label="等级"),
    },
)
"""Youzan: orders (one row an order, all products in one cell) and customers."""
TAOBAO_ORDERS = ShopFile(
    "taobao_orders",
    LocalizedText("淘宝 / 天猫 · 订单", "Taobao / Tmall orders"),
    "orders",
    "淘宝天猫",
    (("订单编号",), ("买家实际支付金额",), ("订单付款时间",)),
    {
        "number": From(["订单编号"]),
        "member": From(["买家会员名"], identity="external_id", prefix="taobao:"),
        "paid_at": From(["订单付款时间"]),
        "store": From(["店铺名称"]),
        "title": From(["宝贝标题", "商品标题"]),
        "quantity": From(["宝贝总数量"]),
        "total": From(["买家实际支付金额"]),
        "shipping": From(["买家应付邮费"]),
        "refunded": From(["退款金额"]),
        "status": From(["订单状态"]),
    },
    {"no_time": "left_out"},
)
"""Taobao and Tmall: the order report, one row an order; unpaid orders have no time of payment."""
JD_ORDERS = ShopFile(
    "jd_orders",
    LocalizedText("京东 · 订单", "JD orders"),
    "orders",
    "京东",
    (("订单号",), ("京东价",), ("订购数量",), ("结算金额", "订单金额")),
    {
        "number": From(["订单号"]),
        "member": From(["下单帐号", "下单账号"], identity="external_id", prefix="jd:"),
        "paid_at": From(["下单时间", "付款确认时间"]),
        "product": From(["商品ID", "货号"]),
        "title": From(["商品名称"]),
        "quantity": From(["订购数量"]),
        "price": From(["京东价"]),
        "total": From(["结算金额", "订单金额"]),
        "shipping": From(["运费金额"]),
        "status": From(["订单状态"]),
    },
)
"""JD: one row a product, the amounts of the order repeated on each."""
DOUYIN_ORDERS = ShopFile(
    "douyin_orders",
    LocalizedText("抖店 · 订单", "Douyin shop orders"),
    "orders",
    "抖店",
    (("主订单编号",), ("子订单编号",), ("订单应付金额",)),
    {
        "number": From(["主订单编号"]),
        "paid_at": From(["支付完成时间", "订单提交时间"]),
        "product": From(["商品ID", "商家编码"]),
        "title": From(["选购商品"]),
        "quantity": From(["商品数量"]),
        "amount": From(["订单应付金额"]),
        "shipping": From(["运费"]),
        "status": From(["订单状态"]),
        "after_sales": From(["售后状态"]),
    },
)
"""Douyin shops: one row a sub-order with a state of its own; names and phones are encrypted and nobody's."""
PINDUODUO_ORDERS = ShopFile(
    "pinduoduo_orders",
    LocalizedText("拼多多 · 订单", "Pinduoduo orders"),
    "orders",
    "拼多多",
    (("订单号",), ("用户实付金额(元)",), ("商家实收金额(元)", "多多支付立减金额(元)")),
    {
        "number": From(["订单号"]),
        "paid_at": From(["订单成交时间", "支付时间"]),
        "product": From(["商家编码-规格维度", "商品id"]),
        "title": From(["商品"]),
        "quantity": From(["商品数量(件)"]),
        "total": From(["用户实付金额(元)"]),
        "shipping": From(["邮费(元)"]),
        "discount": From(["店铺优惠折扣(元)"]),
        "status": From(["订单状态"]),
        "after_sales": From(["售后状态"]),
    },
    {"number_date": "yes"},
)
"""Pinduoduo: one row an order; the time of the deal is sometimes blank, but the number begins with its day."""
SHOPIFY_ORDERS = ShopFile(
    "shopify_orders",
    LocalizedText("Shopify · 订单", "Shopify orders"),
    "orders",
    "Shopify",
    (("Name",), ("Financial Status",), ("Lineitem quantity",), ("Lineitem price",)),
    {
        "number": From(["Name"]),
        "member": From(["Email"], identity="email"),
        "paid_at": From(["Paid at", "Created at"]),
        "product": From(["Lineitem sku"]),
        "title": From(["Lineitem name"]),
        "quantity": From(["Lineitem quantity"]),
        "price": From(["Lineitem price"]),
        "total": From(["Total"]),
        "shipping": From(["Shipping"]),
        "discount": From(["Discount Amount"]),
        "refunded": From(["Refunded Amount"]),
        "status": From(["Financial Status"]),
        "currency": From(["Currency"]),
    },
)
"""Shopify: one row a line item, the order's own fields on the first of them only."""
WOOCOMMERCE_ORDERS = ShopFile(
    "woocommerce_orders",
    LocalizedText("WooCommerce · 订单", "WooCommerce orders"),
    "orders",
    "WooCommerce",
    (
        ("Order Number", "Order ID"),
        ("Order Status",),
        ("Order Total", "Order Total Amount"),
        ("Order Date", "Paid Date"),
    ),
    {
        "number": From(["Order Number", "Order ID"]),
        "member": From(["Customer Email", "Email (Billing)", "Billing Email"], identity="email"),
        "paid_at": From(["Paid Date", "Order Date"]),
        "product": From(["SKU"]),
        "title": From(["Item Name", "Product Name"]),
        "quantity": From(["Quantity", "Quantity (- Refund)"]),
        "price": From(["Item Cost"]),
        "total": From(["Order Total", "Order Total Amount"]),
        "shipping": From(["Order Shipping Amount", "Shipping Total"]),
        "discount": From(["Cart Discount Amount", "Discount Total", "Discount Amount"]),
        "refunded": From(["Order Refund Amount", "Refunded Amount"]),
        "status": From(["Order Status"]),
        "currency": From(["Currency", "Order Currency"]),
    },
)
"""WooCommerce: one row an order."""
SHOP_FILES: tuple[ShopFile, ...] = (
    YOUZAN_ORDERS,
    YOUZAN_CUSTOMERS,
    TAOBAO_ORDERS,
    JD_ORDERS,
    DOUYIN_ORDERS,
    PINDUODUO_ORDERS,
    SHOPIFY_ORDERS,
    WOOCOMMERCE_ORDERS,
)


def recognised(headings: Sequence[str]) -> list[tuple[ShopFile, list[str]]]:
    """The shops' files that one with these headings can be, with the headings it is known by, the best known first."""
    known = [(shop_file, shop_file.recognised_by(headings)) for shop_file in SHOP_FILES]
    fitting = [(shop_file, by) for shop_file, by in known if by]
    return sorted(fitting, key=lambda pair: len(pair[0].mapped(headings)), reverse=True)
