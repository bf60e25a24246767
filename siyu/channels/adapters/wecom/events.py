"""What a callback says happened. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from siyu.channels.adapters.wecom.crypto import parse_xml

Kind = Literal["added", "removed", "edited", "wrote", "other"]

CHANGES: dict[str, Kind] = {
    "add_external_contact": "added",
    # the customer may write before they are confirmed, so they are a friend already
    "add_half_external_contact": "added",
    "edit_external_contact": "edited",
    "del_external_contact": "removed",
    "del_follow_user": "removed",
}


@dataclass(frozen=True)
class Event:
    """One event between a member of staff and a customer; `other` is for what we do not handle yet."""

    kind: Kind
    at: datetime
    staff: str = ""
    address: str = ""
    state: str = ""
    by: str = ""
    welcome_code: str = ""


def read(xml: str) -> Event:
    """The event inside a callback; raises BadXml."""
    fields = parse_xml(xml)
    stamp = fields.get("CreateTime", "")
    at = datetime.fromtimestamp(int(stamp) if stamp.isdigit() else 0, UTC)
    staff, address = fields.get("UserID", ""), fields.get("ExternalUserID", "")
    kind: Kind = "other"
    if fields.get("Event") == "change_external_contact":
        kind = CHANGES.get(fields.get("ChangeType", ""), "other")
    elif fields.get("MsgType") not in (None, "event"):
        kind = "wrote"
    if not staff or not address:
        return Event("other", at)
    by = "customer" if fields.get("ChangeType") == "del_follow_user" else "staff"
    if fields.get("Source") == "DELETE_BY_TRANSFER":
        by = "transfer"
    return Event(kind, at, staff, address, fields.get("State", ""), by, fields.get("WelcomeCode", ""))
