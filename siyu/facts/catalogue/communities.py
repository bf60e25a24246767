"""Facts about groups."""

from typing import Annotated

from siyu.facts.catalogue.fact import Fact, Prop
from siyu.kit.text import LocalizedText


class GroupJoined(Fact):
    name, label = "group_joined", LocalizedText("加入客户群", "Joined a group")
    group: Annotated[str, Prop("客户群", "Group", names="group")]
    source: Annotated[str, Prop("来源", "Source")]


class GroupLeft(Fact):
    name, label = "group_left", LocalizedText("退出客户群", "Left a group")
    group: Annotated[str, Prop("客户群", "Group", names="group")]
    source: Annotated[str, Prop("来源", "Source")]


COMMUNITIES_FACTS: tuple[type[Fact], ...] = (
    GroupJoined,
    GroupLeft,
)
