"""What requests about members carry: identities and tags, as they are written."""

from typing import Annotated

from pydantic import Field

from siyu.contacts.identities.rules import VALUE_CHARS_MAX
from siyu.kit.http import Body
from siyu.kit.limits import NAME_CHARS_MAX

TagNames = Annotated[list[Annotated[str, Field(max_length=NAME_CHARS_MAX)]], Field(max_length=100)]


class IdentityIn(Body):
    kind: str = Field(max_length=40)
    value: str = Field(max_length=2 * VALUE_CHARS_MAX)
