"""Facts about members and saved audiences."""

from typing import Annotated

from siyu.facts.catalogue.fact import Fact, Prop
from siyu.kit.text import LocalizedText


class AudienceEntered(Fact):
    name, label = "audience_entered", LocalizedText("进入人群", "Entered an audience")
    section = "brand"
    audience: Annotated[str, Prop("人群", "Audience", lasting=True, refers="audience")]
    cause: Annotated[str, Prop("原因", "Cause", lasting=True)]


class AudienceLeft(Fact):
    name, label = "audience_left", LocalizedText("离开人群", "Left an audience")
    section = "brand"
    audience: Annotated[str, Prop("人群", "Audience", lasting=True, refers="audience")]
    cause: Annotated[str, Prop("原因", "Cause", lasting=True)]


AUDIENCE_FACTS: tuple[type[Fact], ...] = (
    AudienceEntered,
    AudienceLeft,
)
