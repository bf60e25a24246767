"""青巷鲜食 (Green Lane Grocery), the one named shop and its people: demo, tests, docs and screenshots share it.

Data alone: whoever imports it opens nothing. Tests add verbs to it in tests/world.py.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

SHOP = "青巷鲜食"
ZONE = "Asia/Shanghai"
NOON = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
"""Wednesday noon in Shanghai: where every test's clock starts."""
STORES = ("青巷一店", "青巷二店")
WECOM_PREFIX = "wmQX"
"""How the ids begin that WeCom gives to the shop's contacts."""


@dataclass(frozen=True)
class Person:
    """Somebody of the shop's team."""

    name: str
    email: str
    role: str


LIN = Person("林晓", "lin@qingxiang.example", "admin")
CHEN = Person("陈默", "chen@qingxiang.example", "operator")
ZHOU = Person("周宁", "zhou@qingxiang.example", "host")
XU = Person("许言", "xu@qingxiang.example", "analyst")
HE = Person("何川", "he@qingxiang.example", "moderator")
TEAM = (LIN, CHEN, ZHOU, XU, HE)
STAFF = {"zhouning": ZHOU.name, "tangyi": "唐一", "luofan": "罗帆"}
"""WeCom userid -> name of those who talk to customers."""


@dataclass(frozen=True)
class Customer:
    """A named customer: the n-th of the shop's list, known by whatever a shop knows people by."""

    number: int
    name: str

    @property
    def code(self) -> str:
        """The number on the shop's card."""
        return f"QX{self.number:03d}"

    @property
    def phone(self) -> str:
        return f"1380001{self.number:04d}"

    @property
    def email(self) -> str:
        return f"guest{self.number:03d}@qingxiang.example"

    @property
    def external_userid(self) -> str:
        return external_userid(self.number)


def external_userid(number: int) -> str:
    """What WeCom calls the shop's contact with this number."""
    return f"{WECOM_PREFIX}{number:08d}"


CUSTOMERS = tuple(
    Customer(number, name)
    for number, name in enumerate(
        (
            *("赵一鸣", "钱小满", "孙知行", "李清禾", "周予安", "吴念之", "郑思远", "王若溪"),
            *("冯听澜", "陈见微", "褚云舒", "卫南星", "蒋怀瑾", "沈乐之"),
            *("韩书白", "杨初晴", "朱景行", "秦望舒", "尤半夏", "许长风"),
            *("何以宁", "吕青禾", "施言蹊", "张在野"),
        ),
        1,
    )
)


@dataclass(frozen=True)
class Product:
    """Something the shop sells; the price as a till prints it."""

    sku: str
    title: str
    price: str


GOODS = (
    Product("SKU-01", "应季菠菜 300 克", "5.90"),
    Product("SKU-02", "土鸡蛋 10 枚", "12.80"),
    Product("SKU-03", "鲜牛奶 1 升", "16.50"),
)
