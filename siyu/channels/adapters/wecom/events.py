"""What a callback says happened, as values of the house. Pure."""

from datetime import datetime

from siyu.channels.adapters.wecom.crypto import CallbackRefused, parse_xml
from siyu.channels.inbound.types import (
    ContactAdded,
    ContactChanged,
    ContactRemoved,
    EndedBy,
    InboundMessage,
    InboundValue,
    WelcomeDue,
)
from siyu.kit.errors import Unreadable
from siyu.kit.time import moment_of

# the customer may write before they are confirmed, so one half added is connected already
ADDED = frozenset({"add_external_contact", "add_half_external_contact"})
EDITED = "edit_external_contact"
REMOVED_BY: dict[str, EndedBy] = {"del_external_contact": "staff", "del_follow_user": "customer"}
WELCOME_MARK = "<WelcomeCode>"
"""Stands in a callback that may be answered with a welcome."""


def parse(xml: str) -> list[InboundValue]:
    """What is inside a callback, nothing for what we do not handle yet; raises Unreadable, OutOfRange."""
    try:
        fields = parse_xml(xml)
    except CallbackRefused as error:
        raise Unreadable(str(error)) from None
    staff, address = fields.get("UserID", ""), fields.get("ExternalUserID", "")
    if not staff or not address:
        return []
    at = moment_of(fields.get("CreateTime", ""))
    if fields.get("Event") == "change_external_contact":
        return _change(fields, at, staff, address)
    if fields.get("MsgType") not in (None, "event"):
        return [InboundMessage(at, address)]
    return []


def _change(fields: dict[str, str], at: datetime, staff: str, address: str) -> list[InboundValue]:
    change = fields.get("ChangeType", "")
    if change in ADDED:
        code = fields.get("WelcomeCode", "")
        added = ContactAdded(at, staff, address, fields.get("State", ""))
        return [added, WelcomeDue(at, staff, address, code)] if code else [added]
    if change == EDITED:
        return [ContactChanged(at, staff, address)]
    if change in REMOVED_BY:
        by = "transfer" if fields.get("Source") == "DELETE_BY_TRANSFER" else REMOVED_BY[change]
        return [ContactRemoved(at, staff, address, by)]
    return []
