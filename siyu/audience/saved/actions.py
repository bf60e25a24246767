"""Saved audiences: save, revise, drop, and who uses them."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import text

from siyu.audience import queries
from siyu.audience.language.check import check_tree
from siyu.audience.language.time_dependence import watched
from siyu.audience.language.tree import Tree, walk
from siyu.audience.models import Audience, AudienceVersion
from siyu.audience.saved import queries as saved_queries
from siyu.kit.db import Tx
from siyu.kit.errors import Conflict, Fault, Invalid
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.platform.actions import audit
from siyu.platform.queries import Caller

NAME = re.compile(r"[\w-]{1,80}")
AUDIENCES_MAX = 1_000
"""Saved audiences in a workspace."""


class AudienceNameTaken(Conflict):
    code, title, title_zh = "name_taken", "There is an audience of that name", "已有同名人群"


class AudienceInUse(Conflict):
    code, title, title_zh = "in_use", "This audience is in use", "人群正在被使用"


class TooManyAudiences(Conflict):
    code, title, title_zh = "too_many_audiences", f"At most {AUDIENCES_MAX} audiences", f"最多 {AUDIENCES_MAX} 个人群"


async def save(tx: Tx, caller: Caller, *, name: str | None, label: str, tree: Any, now: datetime) -> Audience:
    """Save a new audience; its members are found with the next refresh.

    `name` is what trees call it, for ever; without one it is made from the label. Raises Invalid, AudienceNameTaken.
    """
    known = await saved_queries.trees(tx, caller.workspace_id)
    if len(known) >= AUDIENCES_MAX:
        raise TooManyAudiences()
    chosen = _name(name, label, frozenset(known))
    parsed = await _checked(tx, caller, chosen, label, tree)
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
    await audit(tx, caller, "audience", "created", row.name, now)
    return row


async def revise(tx: Tx, caller: Caller, audience_id: int, *, label: str | None, tree: Any, now: datetime) -> Audience:
    """Give an audience another label or tree (a new version when it differs); raises NotFound, Invalid."""
    row = await saved_queries.audience(tx, caller.workspace_id, audience_id)
    await tx.refresh(row, with_for_update=True)
    label = row.label if label is None else label
    parsed = await _checked(tx, caller, row.name, label, tree)
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
    await audit(tx, caller, "audience", "changed", row.name, now, {"version": row.version})
    return row


async def drop(tx: Tx, caller: Caller, audience_id: int, now: datetime) -> None:
    """Delete an audience with its history; raises NotFound, or AudienceInUse naming who uses it."""
    row = await saved_queries.audience(tx, caller.workspace_id, audience_id)
    await tx.refresh(row, with_for_update=True)
    users = (await saved_queries.uses(tx, [row.id]))[row.id]
    if users:
        named = ", ".join(f"{user.kind} {user.label}" for user in users)
        faults = [
            Fault(f"{user.kind}.{user.used_by}", f"uses it: {user.label}", f"正在使用：{user.label}") for user in users
        ]
        raise AudienceInUse(f"It is used by: {named}", f"正在被使用：{'、'.join(user.label for user in users)}", faults)
    await release(tx, "audience", str(row.id))
    await tx.delete(row)
    await audit(tx, caller, "audience", "deleted", row.name, now)


async def use(
    tx: Tx, workspace_id: int, names: Iterable[str], *, kind: str, used_by: str, name: str, now: datetime | None = None
) -> None:
    """State all audiences that somebody (`kind` journey, number `used_by`, called `name`) uses from now on.

    They cannot be dropped before it uses others or `release`s them. Raises NotFound for a name there is none of.
    """
    ordered_names = sorted(set(names))
    ids = await saved_queries.sharers(tx, workspace_id, ordered_names)
    await release(tx, kind, used_by)
    await tx.execute(
        text("""
            INSERT INTO audience_use (audience_id, kind, used_by, label)
            SELECT unnest(CAST(:ids AS int[])), :kind, :used_by, :name
        """),
        {"ids": sorted(ids.values()), "kind": kind, "used_by": used_by, "name": name},
    )


async def release(tx: Tx, kind: str, used_by: str) -> None:
    """Somebody uses no audience any more."""
    await tx.execute(
        text("DELETE FROM audience_use WHERE kind = :kind AND used_by = :used_by"), {"kind": kind, "used_by": used_by}
    )


async def touch_users(tx: Tx, row: Audience) -> None:
    """Whoever refers to `row`, directly or through others, has other conditions now, and watches what it watches."""
    await tx.execute(
        text("""
            WITH RECURSIVE users AS (
                SELECT CAST(used_by AS int) AS id FROM audience_use WHERE kind = 'audience' AND audience_id = :id
                UNION
                SELECT CAST(u.used_by AS int) FROM audience_use u JOIN users ON users.id = u.audience_id
                WHERE u.kind = 'audience'),
            revised AS (UPDATE audience SET settled_version = NULL, rests_until = NULL WHERE id IN (SELECT id FROM users))
            INSERT INTO audience_watch (audience_id, fact)
            SELECT users.id, w.fact FROM users, audience_watch w WHERE w.audience_id = :id
            ON CONFLICT DO NOTHING
        """),
        {"id": row.id},
    )


async def _follow(tx: Tx, row: Audience, parsed: Tree) -> None:
    """Write down what `row` refers to and which facts may change it."""
    await tx.execute(text("DELETE FROM audience_watch WHERE audience_id = :id"), {"id": row.id})
    await tx.execute(
        text("INSERT INTO audience_watch (audience_id, fact) SELECT :id, unnest(CAST(:facts AS text[]))"),
        {"id": row.id, "facts": sorted(watched(parsed))},
    )
    direct = {named[0] for _, condition in walk(parsed) if (named := condition.referenced()) is not None}
    await use(tx, row.workspace_id, direct, kind="audience", used_by=str(row.id), name=row.label)


async def _checked(tx: Tx, caller: Caller, name: str, label: str, tree: Any) -> Tree:
    """The parsed tree; raises Invalid, with faults of the tree under `tree`."""
    if not 0 < len(label.strip()) <= NAME_CHARS_MAX:
        fault = Fault("label", f"must have 1 to {NAME_CHARS_MAX} characters", f"应为 1 至 {NAME_CHARS_MAX} 个字符")
        raise Invalid(errors=[fault])
    schema = await queries.schema(tx, caller.workspace_id, strict=True)
    try:
        return check_tree(tree, schema, name)
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
