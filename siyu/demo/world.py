"""青巷鲜食 (Green Lane Grocery), the named shop: demo, tests, docs and screenshots share it. Data alone, so that rules' tests stay light."""

from dataclasses import dataclass
from datetime import UTC, datetime

SHOP = "青巷鲜食"
ZONE = "Asia/Shanghai"
NOON = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
"""Wednesday noon in Shanghai: where every test's clock starts."""


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
