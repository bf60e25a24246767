"""Rows of the contacts room. Personal columns say how they are erased (`info["personal"]`).

What comes in by millions (members, identities, tags on members, consents) has no foreign key to its brand and its member:
neither is ever deleted, both are read or drawn in the same transaction, and checking each row would take as long as writing
it (docs/decisions/014-bulk-without-foreign-keys.md).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.crypto import Encrypted
from siyu.kit.db import Base

Moment = DateTime(timezone=True)


class Attribute(Base):
    """A typed attribute that members of a workspace may have (text, number, money, boolean, date, choice, list)."""

    __tablename__ = "attribute"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    options: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """Their keys, which members' values and conditions hold: each is the name the option was made with."""
    option_names: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")
    """What those are called now that were renamed, by key."""
    created_at: Mapped[datetime] = mapped_column(Moment)


class Member(Base):
    """A customer. `merged_into` is set while it is merged: reads go to the winner."""

    __tablename__ = "member"
    __table_args__ = (
        Index("ix_member_list", "workspace_id", "id"),
        Index("ix_member_merged", "merged_into"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    workspace_id: Mapped[int]
    name: Mapped[str | None] = mapped_column(Text, info={"personal": "set to null"})
    zone: Mapped[str | None] = mapped_column(Text)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", info={"personal": "emptied"})
    source: Mapped[str] = mapped_column(Text)
    merged_into: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)


class MemberIdentity(Base):
    """One of a member's identities. The value is ciphertext, the hash finds it; the shown form is masked."""

    __tablename__ = "identity"
    __table_args__ = (
        UniqueConstraint("workspace_id", "kind", "value_hash"),
        Index("ix_identity_member", "member_id", "kind"),
        # the end of a phone number, as its masked form shows it
        Index(
            "ix_identity_phone_end", "workspace_id", text("right(masked, 4)"), postgresql_where=text("kind = 'phone'")
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    workspace_id: Mapped[int]
    member_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Encrypted, info={"personal": "row deleted"})
    value_hash: Mapped[bytes] = mapped_column(LargeBinary, info={"personal": "row deleted"})
    masked: Mapped[str] = mapped_column(Text, info={"personal": "row deleted"})
    created_at: Mapped[datetime] = mapped_column(Moment)


class ErasedIdentity(Base):
    """An identity of an erased member, kept as ciphertext only until rooms above have looked for it in what they keep of files."""

    __tablename__ = "erased_identity"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    workspace_id: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Encrypted, info={"personal": "row deleted when files have been cleared"})
    erased_at: Mapped[datetime] = mapped_column(Moment)


class Merge(Base):
    """Two members found to be one: why, by whom, and what moved, so that it can be undone."""

    __tablename__ = "merge"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    winner_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"), index=True)
    loser_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    moved: Mapped[dict[str, Any]] = mapped_column(JSONB, info={"personal": "emptied"})
    merged_by: Mapped[str] = mapped_column(Text)
    merged_at: Mapped[datetime] = mapped_column(Moment)


class MergeUndo(Base):
    """The undoing of a merge, or no row."""

    __tablename__ = "merge_undo"

    merge_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("merge.id"), primary_key=True)
    undone_by: Mapped[str] = mapped_column(Text)
    undone_at: Mapped[datetime] = mapped_column(Moment)


class TagGroup(Base):
    """Tags of one meaning: an exclusive group lets a member have one of them; `days` is how long a tag stays."""

    __tablename__ = "tag_group"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    exclusive: Mapped[bool] = mapped_column(Boolean)
    days: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Tag(Base):
    """A tag. `name` is what people call it, `key` what facts, the lake and conditions do: the name it was made with, for ever."""

    __tablename__ = "tag"
    __table_args__ = (UniqueConstraint("workspace_id", "name"), UniqueConstraint("workspace_id", "key"))

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("tag_group.id"), index=True)
    key: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    former: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """What it was called before: files and people who still write that mean it, unless another tag is called so now."""
    created_at: Mapped[datetime] = mapped_column(Moment)


class RetiredTagKey(Base):
    """The key of a tag that was deleted: facts hold it, so no other tag may have it."""

    __tablename__ = "retired_tag_key"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)


class MemberTag(Base):
    """A member has a tag, until `expires_at` if given (exclusive)."""

    __tablename__ = "member_tag"
    __table_args__ = (Index("ix_member_tag_tag", "tag_id", "member_id"), Index("ix_member_tag_expiry", "expires_at"))

    member_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    tagged_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)


class Consent(Base):
    """What a member last said about one channel: `given` or `withdrawn`. No row means never asked."""

    __tablename__ = "consent"

    member_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    proof: Mapped[str | None] = mapped_column(Text, info={"personal": "row deleted"})
    changed_at: Mapped[datetime] = mapped_column(Moment)


class Suppression(Base):
    """A member must not be contacted on a channel (`*`: on any), whatever they said."""

    __tablename__ = "suppression"

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(Moment)
