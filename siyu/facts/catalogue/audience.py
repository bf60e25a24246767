"""Facts about members and saved audiences."""

from typing import Annotated

from siyu.facts.catalogue.fact import Fact, Prop


class AudienceEntered(Fact):
    name, zh, en = "audience_entered", "进入人群", "Entered an audience"
    audience: Annotated[str, Prop("人群", "Audience", lasting=True)]
    cause: Annotated[str, Prop("原因", "Cause", lasting=True)]


class AudienceLeft(Fact):
    name, zh, en = "audience_left", "离开人群", "Left an audience"
    audience: Annotated[str, Prop("人群", "Audience", lasting=True)]
    cause: Annotated[str, Prop("原因", "Cause", lasting=True)]


AUDIENCE_FACTS: tuple[type[Fact], ...] = (
    AudienceEntered,
    AudienceLeft,
)
