"""What all routes of the audience room share: who may ask, and the shapes of answers."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel

from siyu.audience.language.explain import Explanation
from siyu.contacts.hosts.access import allow_member
from siyu.kit.http import Body
from siyu.kit.personal_data import PersonalName, PersonalText, PersonalValue
from siyu.kit.text import LocalizedText
from siyu.platform.access import allow
from siyu.platform.queries import Caller

Reads = Annotated[Caller, allow("audiences.read")]
ReadsMember = Annotated[Caller, allow_member("audiences.read")]
Writes = Annotated[Caller, allow("audiences.write")]
Tree = dict[str, Any]


class TreeIn(Body):
    tree: Tree


class MemberBrief(BaseModel):
    id: int
    name: PersonalName | None


class ReasonOut(BaseModel):
    zh: PersonalText
    en: PersonalText
    path: str
    matched: bool
    value: PersonalValue = None
    changes_at: datetime | None = None


class ExplainOut(BaseModel):
    """`changes_at`: when time alone turns it, unless one of the facts called `unless` comes first."""

    matched: bool
    reasons: list[ReasonOut]
    changes_at: datetime | None
    unless: LocalizedText


def explained(explanation: Explanation) -> ExplainOut:
    """Why a member is in or out, as an answer."""
    reasons = [
        ReasonOut(
            zh=reason.text.zh,
            en=reason.text.en,
            path=reason.path,
            matched=reason.matched,
            value=reason.value,
            changes_at=reason.changes_at,
        )
        for reason in explanation.reasons
    ]
    return ExplainOut(
        matched=explanation.matched, reasons=reasons, changes_at=explanation.changes_at, unless=explanation.unless
    )
