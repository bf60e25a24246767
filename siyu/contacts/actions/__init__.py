"""The verbs of the contacts room. Other rooms use what is listed here."""

from siyu.contacts.actions.consenting import consent, suppress, unsuppress
from siyu.contacts.actions.defining import change_attribute, define_attribute, drop_attribute
from siyu.contacts.actions.merging import merge, undo_merge
from siyu.contacts.actions.profile import create, erase, identify, reveal, unlink, update
from siyu.contacts.actions.reading import Ready, ready
from siyu.contacts.actions.tagging import (
    add_group,
    add_tags,
    change_group,
    drop_group,
    drop_tag,
    expire_tags,
    rename_tag,
    tag,
)
from siyu.contacts.actions.upserting import upsert, upsert_ready
from siyu.contacts.rules.rows import MemberRow, Upserted

__all__ = [
    "MemberRow",
    "Ready",
    "Upserted",
    "add_group",
    "add_tags",
    "change_attribute",
    "change_group",
    "consent",
    "create",
    "define_attribute",
    "drop_attribute",
    "drop_group",
    "drop_tag",
    "erase",
    "expire_tags",
    "identify",
    "merge",
    "ready",
    "rename_tag",
    "reveal",
    "suppress",
    "tag",
    "undo_merge",
    "unlink",
    "unsuppress",
    "update",
    "upsert",
    "upsert_ready",
]
