"""Saved audiences: save, revise, drop, and who uses them."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import text

from siyu.audience import queries
from siyu.audience.language.check import check_tree
from siyu.audience.language.describe import describe
from siyu.audience.language.references import kept, things_used
from siyu.audience.language.time_dependence import watched
from siyu.audience.language.tree import Tree
from siyu.audience.models import Audience, AudienceVersion
from siyu.audience.saved import queries as saved_queries
from siyu.kit.db import Tx
from siyu.kit.errors import Conflict, Fault, Invalid
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.kit.text import LocalizedText
from siyu.platform.actions import audit
from siyu.platform.queries import Caller
from siyu.platform.rules import changes_between
from siyu.platform.uses.actions import hold_names, refuse_if_used, state_uses
from siyu.platform.uses.rules import Thing, User

AUDIENCE_LABELS = {"label": LocalizedText("名称", "Name"), "tree": LocalizedText("条件", "Conditions")}

NAME = re.compile(r"[\w-]{1,80}")
AUDIENCE = "audience"
AUDIENCES_MAX = 1_000
"""Saved audiences in a workspace."""


class AudienceNameTaken(Conflict):
    code, title, title_zh = "name_taken", "There is an audience of that name", "已有同名人群"


class TooManyAudiences(Conflict):
    code, title, title_zh = "too_many_audiences", f"At most {AUDIENCES_MAX} audiences", f"最多 {AUDIENCES_MAX} 个人群"


async def save(tx: Tx, caller: Caller, *, name: str | None, label: str, tree: Any, now: datetime) -> Audience:
    """Save a new audience; its members are found with the next refresh.

    `name` is what trees call it, for ever; without one it is made from the label. Raises Invalid, AudienceNameTaken.
    """
    await hold_names(tx, caller.workspace_id)
    known = await saved_queries.trees(tx, caller.workspace_id)
    if len(known) >= AUDIENCES_MAX:
        raise TooManyAudiences()
    chosen = _name(name, label, frozenset(known))
    parsed, tree = await _checked(tx, caller, chosen, label, tree)
    row = Audience(
        workspace_id=caller.workspace_id,
        name=chosen,
        label=label.strip(),
        version=1,
        created_by=caller.actor,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    tx.add(AudienceVersion(audience_id=row.id, version=1, tree=tree, written_by=caller.actor, written_at=now))
    await _follow(tx, row, parsed)
    await _state_uses(tx, row, tree)
    await audit(tx, caller, "audience", "created", row.label, now)
    return row


async def revise(tx: Tx, caller: Caller, audience_id: int, *, label: str | None, tree: Any, now: datetime) -> Audience:
    """Give an audience another label or tree (a new version when it differs); raises NotFound, Invalid."""
    await hold_names(tx, caller.workspace_id)
    row = await saved_queries.audience(tx, caller.workspace_id, audience_id)
    await tx.refresh(row, with_for_update=True)
    label = row.label if label is None else label
    parsed, tree = await _checked(tx, caller, row.name, label, tree)
    schema = await queries.schema(tx, caller.workspace_id)
    before = {"label": row.label, "tree": saved_queries.sentence_of(schema.audiences[row.name].tree, schema)}
    row.label = label.strip()
    if (await saved_queries.version(tx, row.id, row.version)).tree != tree:
        row.version += 1
        row.rests_until = None
        tx.add(
            AudienceVersion(audience_id=row.id, version=row.version, tree=tree, written_by=caller.actor, written_at=now)
        )
        await tx.flush()
        await _follow(tx, row, parsed)
        await touch_users(tx, row)
    await _state_uses(tx, row, tree)
    after = {"label": row.label, "tree": describe(parsed, schema)}
    changes = changes_between(AUDIENCE_LABELS, before, after)
    await audit(tx, caller, "audience", "changed", row.label, now, {"version": row.version}, changes)
    return row


async def drop(tx: Tx, caller: Caller, audience_id: int, now: datetime) -> None:
    """Delete an audience with its history; raises NotFound, or InUse naming who uses it."""
    row = await saved_queries.audience(tx, caller.workspace_id, audience_id)
    await refuse_if_used(tx, caller.workspace_id, [Thing(AUDIENCE, str(row.id))])
    await tx.refresh(row, with_for_update=True)
    await state_uses(tx, row.workspace_id, (), _user(row))
    await tx.delete(row)
    await audit(tx, caller, "audience", "deleted", row.label, now)


def _user(row: Audience) -> User:
    return User(AUDIENCE, str(row.id), row.label)


async def _state_uses(tx: Tx, row: Audience, tree: Any) -> None:
    """Write down what its tree refers to."""
    things = await saved_queries.by_number(tx, row.workspace_id, things_used(tree))
    await state_uses(tx, row.workspace_id, things, _user(row))


async def touch_users(tx: Tx, row: Audience) -> None:
    """Whoever refers to `row`, directly or through others, has other conditions now, and watches what it watches."""
    await tx.execute(
        text("""
            WITH RECURSIVE users AS (
                SELECT CAST(used_by AS int) AS id FROM thing_use
                WHERE workspace_id = :workspace_id AND thing = 'audience' AND user_kind = 'audience' AND key = :key
                UNION
                SELECT CAST(u.used_by AS int) FROM thing_use u JOIN users ON CAST(users.id AS text) = u.key
                WHERE u.workspace_id = :workspace_id AND u.thing = 'audience' AND u.user_kind = 'audience'),
            revised AS (UPDATE audience SET settled_version = NULL, rests_until = NULL WHERE id IN (SELECT id FROM users))
            INSERT INTO audience_watch (audience_id, fact)
            SELECT users.id, w.fact FROM users, audience_watch w WHERE w.audience_id = :id
            ON CONFLICT DO NOTHING
        """),
        {"id": row.id, "key": str(row.id), "workspace_id": row.workspace_id},
    )


async def _follow(tx: Tx, row: Audience, parsed: Tree) -> None:
    """Write down which facts may change `row`."""
    await tx.execute(text("DELETE FROM audience_watch WHERE audience_id = :id"), {"id": row.id})
    await tx.execute(
        text("INSERT INTO audience_watch (audience_id, fact) SELECT :id, unnest(CAST(:facts AS text[]))"),
        {"id": row.id, "facts": sorted(watched(parsed))},
    )


async def _checked(tx: Tx, caller: Caller, name: str, label: str, tree: Any) -> tuple[Tree, Any]:
    """The parsed tree, and the tree as it is kept; raises Invalid, with faults of the tree under `tree`."""
    if not 0 < len(label.strip()) <= NAME_CHARS_MAX:
        fault = Fault("label", f"must have 1 to {NAME_CHARS_MAX} characters", f"应为 1 至 {NAME_CHARS_MAX} 个字符")
        raise Invalid(errors=[fault])
    schema = await queries.schema(tx, caller.workspace_id, strict=True)
    try:
        return check_tree(tree, schema, name), kept(tree, schema)
    except Invalid as refusal:
        under = [Fault(f"tree.{f.path}".rstrip("."), f.reason, f.reason_zh, f.expected) for f in refusal.errors]
        raise Invalid(refusal.detail, refusal.detail_zh, under) from None


def _name(name: str | None, label: str, known: frozenset[str]) -> str:
    if name is not None:
        if not NAME.fullmatch(name):
            expected = "regulars_90d"
            raise Invalid(errors=[Fault("name", "letters, digits, _ and - only", "只能用文字、数字、_ 和 -", expected)])
        if name in known:
            raise AudienceNameTaken()
        return name
    stem = re.sub(r"[^\w]+", "_", label.strip().lower()).strip("_")[:60] or "audience"
    return next(
        candidate for n in range(1, AUDIENCES_MAX + 2) if (candidate := stem if n == 1 else f"{stem}_{n}") not in known
    )
