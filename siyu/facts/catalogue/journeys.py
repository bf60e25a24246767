"""Facts about members on journeys."""

from typing import Annotated

from siyu.facts.catalogue.fact import Fact, Prop
from siyu.kit.text import LocalizedText


class JourneyEntered(Fact):
    name, label = "journey_entered", LocalizedText("进入旅程", "Entered a journey")
    section = "brand"
    journey: Annotated[str, Prop("旅程", "Journey", lasting=True, names="journey", refers="journey")]
    version: Annotated[int, Prop("版本", "Version", lasting=True)]
    entry: Annotated[int, Prop("第几次进入", "Entry number")]


class JourneyExited(Fact):
    name, label = "journey_exited", LocalizedText("退出旅程", "Left a journey")
    section = "brand"
    journey: Annotated[str, Prop("旅程", "Journey", lasting=True, names="journey", refers="journey")]
    version: Annotated[int, Prop("版本", "Version", lasting=True)]
    reason: Annotated[str, Prop("原因", "Reason", lasting=True)]


class JourneyGoalReached(Fact):
    name, label = "journey_goal_reached", LocalizedText("达成旅程目标", "Reached a journey's goal")
    section = "brand"
    journey: Annotated[str, Prop("旅程", "Journey", lasting=True, names="journey", refers="journey")]
    version: Annotated[int, Prop("版本", "Version", lasting=True)]
    amount: Annotated[int | None, Prop("金额", "Amount", unit="fen", lasting=True)] = None


class JourneyHeldOut(Fact):
    name, label = "journey_held_out", LocalizedText("分到旅程对照组", "Held out of a journey")
    journey: Annotated[str, Prop("旅程", "Journey", lasting=True, names="journey")]
    version: Annotated[int, Prop("版本", "Version", lasting=True)]
    arm: Annotated[str, Prop("分组", "Arm", lasting=True)]


JOURNEYS_FACTS: tuple[type[Fact], ...] = (
    JourneyEntered,
    JourneyExited,
    JourneyGoalReached,
    JourneyHeldOut,
)
