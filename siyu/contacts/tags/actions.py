"""Tags and their norms: groups, exclusivity, expiry, and putting tags on any number of members at once."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from siyu.contacts.members.queries import MemberFilter, ids_matching, lock_winners
from siyu.contacts.models import MemberTag, RetiredTagKey, Tag, TagGroup
from siyu.contacts.refusals import TooManyAtOnce, UnknownTags
from siyu.contacts.tags import queries, rules
from siyu.facts.catalogue.contacts import MemberUpdated, Tagged, Untagged
from siyu.facts.log.actions import Entry, record, record_from
from siyu.kit.db import Tx
from siyu.kit.errors import NameTaken, NotFound, check_expected
from siyu.kit.limits import BATCH_ROWS_MAX
from siyu.kit.locks import Lock, lock_brand_until_commit
from siyu.platform.actions import audit
from siyu.platform.queries import Caller
from siyu.platform.uses.actions import refuse_if_used
from siyu.platform.uses.rules import Thing, new_keys

TAGGED_AT_ONCE_MAX = 20_000
"""Members tagged in one go, in one transaction; more are an audience for a journey, or a file."""
Pair = tuple[int, int]
"""(member, tag)."""

TAG_ENDS = "tag_ends"
"""What of a profile changes when a tag is not put on or taken off, yet ends at another time."""


async def tag_ids(tx: Tx, workspace_id: int, names: Collection[str], path: str) -> dict[str, int]:
    """The tags of these names, former ones too; raises UnknownTags at `path`."""
    if not names:
        return {}
    book = await queries.tag_names(tx, workspace_id)
    if missing := sorted(set(names) - book.keys.keys()):
        raise UnknownTags(path, missing)
    keys = {book.keys[name] for name in names}
    rows = await tx.execute(select(Tag.key, Tag.id).where(Tag.workspace_id == workspace_id, Tag.key.in_(keys)))
    ids = {row.key: row.id for row in rows}
    return {name: ids[book.keys[name]] for name in names}


async def matching(tx: Tx, workspace_id: int, filters: MemberFilter, expected: int) -> list[int]:
    """The members that filters of the list match; raises TooManyAtOnce, CountMoved unless there are `expected`."""
    ids = await ids_matching(tx, workspace_id, filters, TAGGED_AT_ONCE_MAX + 1)
    if len(ids) > TAGGED_AT_ONCE_MAX:
        raise TooManyAtOnce(TAGGED_AT_ONCE_MAX)
    check_expected(expected, len(ids))
    return ids


async def tag(
    tx: Tx,
    workspace_id: int,
    member_ids: Iterable[int],
    add: Sequence[str],
    remove: Sequence[str],
    *,
    source: str,
    actor: str,
    now: datetime,
) -> int:
    """Put tags on members and take others off; returns how many members changed.

    A tag of an exclusive group takes the place of the group's other ones. Erased members are left out. Raises
    UnknownTags, NoSuchMember, and Invalid when `add` has two tags of one exclusive group.
    """
    added = await tag_ids(tx, workspace_id, set(add), "add")
    removed = await tag_ids(tx, workspace_id, set(remove), "remove")
    rules.check_one_of_each(await _exclusive_groups(tx, list(added.values())), added)
    locked = {row.id for row in (await lock_winners(tx, workspace_id, member_ids)).values() if not row.erased}
    pairs = [(member, id_) for member in locked for id_ in added.values()]
    off = [(member, id_) for member in locked for id_ in set(removed.values()) - set(added.values())]
    changed = await put(tx, workspace_id, pairs, source=source, actor=actor, now=now)
    changed |= await _take_off(tx, workspace_id, off, source=source, actor=actor, now=now)
    return len(changed)


async def _exclusive_groups(tx: Tx, ids: list[int]) -> dict[int, int]:
    rows = await tx.execute(
        select(Tag.id, Tag.group_id)
        .join(TagGroup, TagGroup.id == Tag.group_id)
        .where(Tag.id.in_(ids), TagGroup.exclusive)
    )
    return {row.id: row.group_id for row in rows}


async def put(tx: Tx, workspace_id: int, pairs: Sequence[Pair], *, source: str, actor: str, now: datetime) -> set[int]:
    """Put tags on locked members; the later of two tags of one exclusive group holds. Returns the members that changed.

    The members' rows are locked, so of two transactions the second sees what the first did and replaces it.
    """
    if not pairs:
        return set()
    groups = await _exclusive_groups(tx, sorted({tag_id for _, tag_id in pairs}))
    last = {(member, groups.get(tag_id, -tag_id)): tag_id for member, tag_id in pairs}
    members, tags = [member for member, _ in last], list(last.values())
    params = {"members": members, "tags": tags, "source": source, "now": now}
    replaced = await tx.execute(
        text("""
            DELETE FROM member_tag mt
            USING unnest(CAST(:members AS bigint[]), CAST(:tags AS int[])) AS p (member_id, tag_id)
            JOIN tag t ON t.id = p.tag_id
            JOIN tag_group g ON g.id = t.group_id AND g.exclusive
            JOIN tag other ON other.group_id = g.id AND other.id <> t.id
            WHERE mt.member_id = p.member_id AND mt.tag_id = other.id
            RETURNING mt.member_id, other.key
        """),
        {"members": members, "tags": tags},
    )
    gone = [(row[0], row[1]) for row in replaced]
    written = await tx.execute(
        text("""
            INSERT INTO member_tag (member_id, tag_id, source, tagged_at, expires_at)
            SELECT p.member_id, p.tag_id, :source, :now, CAST(:now AS timestamptz) + make_interval(days => g.days)
            FROM unnest(CAST(:members AS bigint[]), CAST(:tags AS int[])) AS p (member_id, tag_id)
            JOIN tag t ON t.id = p.tag_id JOIN tag_group g ON g.id = t.group_id
            ORDER BY p.member_id, p.tag_id
            ON CONFLICT (member_id, tag_id) DO UPDATE SET expires_at = EXCLUDED.expires_at
            WHERE member_tag.expires_at IS DISTINCT FROM EXCLUDED.expires_at
            RETURNING member_id, tag_id, xmax = 0 AS fresh
        """),
        params,
    )
    fresh, later = [], set()
    for row in written:
        if row.fresh:
            fresh.append((row.member_id, row.tag_id))
        else:
            later.add(row.member_id)
    keys = {row.id: row.key for row in await tx.execute(select(Tag.id, Tag.key).where(Tag.id.in_(set(tags))))}
    facts = [Entry(workspace_id, Untagged(tag=key, source=source), now, member, actor) for member, key in gone]
    facts += [Entry(workspace_id, Tagged(tag=keys[t], source=source), now, member, actor) for member, t in fresh]
    facts += [Entry(workspace_id, MemberUpdated(fields=[TAG_ENDS]), now, member, actor) for member in sorted(later)]
    await record(tx, facts, now)
    return {member for member, _ in gone} | {member for member, _ in fresh}


async def _take_off(
    tx: Tx, workspace_id: int, pairs: Sequence[Pair], *, source: str, actor: str, now: datetime
) -> set[int]:
    if not pairs:
        return set()
    rows = await tx.execute(
        text("""
            DELETE FROM member_tag mt
            USING unnest(CAST(:members AS bigint[]), CAST(:tags AS int[])) AS p (member_id, tag_id)
            JOIN tag t ON t.id = p.tag_id
            WHERE mt.member_id = p.member_id AND mt.tag_id = p.tag_id
            RETURNING mt.member_id, t.key
        """),
        {"members": [member for member, _ in pairs], "tags": [tag_id for _, tag_id in pairs]},
    )
    gone = [(row[0], row[1]) for row in rows]
    facts = [Entry(workspace_id, Untagged(tag=key, source=source), now, member, actor) for member, key in gone]
    await record(tx, facts, now)
    return {member for member, _ in gone}


async def expire_tags(tx: Tx, now: datetime) -> int:
    """Take off at most BATCH_ROWS_MAX tags whose time is over, of all brands; returns how many."""
    rows = await tx.execute(
        text("""
            DELETE FROM member_tag mt USING tag t
            WHERE t.id = mt.tag_id AND mt.expires_at <= :now
              AND (mt.member_id, mt.tag_id) IN (
                SELECT member_id, tag_id FROM member_tag WHERE expires_at <= :now
                ORDER BY member_id, tag_id LIMIT :rows_max FOR UPDATE SKIP LOCKED)
            RETURNING t.workspace_id, mt.member_id, t.key, mt.expires_at
        """),
        {"now": now, "rows_max": BATCH_ROWS_MAX},
    )
    facts = [
        Entry(row.workspace_id, Untagged(tag=row.key, source="expired"), row.expires_at, row.member_id, "system")
        for row in rows
    ]
    await record(tx, facts, now)
    return len(facts)


async def _group(tx: Tx, workspace_id: int, group_id: int) -> TagGroup:
    group = await tx.get(TagGroup, group_id, with_for_update=True)
    if group is None or group.workspace_id != workspace_id:
        raise NotFound("There is no such tag group", "没有这个标签组")
    return group


async def _tag(tx: Tx, workspace_id: int, tag_id: int) -> Tag:
    row = await tx.get(Tag, tag_id, with_for_update=True)
    if row is None or row.workspace_id != workspace_id:
        raise NotFound("There is no such tag", "没有这个标签")
    return row


async def add_group(
    tx: Tx, caller: Caller, *, name: str, kind: str, owner: str, exclusive: bool, days: int | None, now: datetime
) -> TagGroup:
    """A new tag group; raises NameTaken, Invalid."""
    clean = rules.check_group(name, kind, owner, days)
    group = TagGroup(
        workspace_id=caller.workspace_id,
        name=clean,
        kind=kind,
        owner=owner.strip(),
        exclusive=exclusive,
        days=days,
        created_at=now,
    )
    await _keep(tx, group)
    await audit(tx, caller, "tag_group", "made", clean, now)
    return group


async def change_group(tx: Tx, caller: Caller, group_id: int, changes: dict[str, object], now: datetime) -> TagGroup:
    """Change name, kind, owner, exclusive or days of a group; raises NotFound, NameTaken, Invalid.

    New `days` count for every tag of the group from when it was put on. Members who have several tags of a group that
    becomes exclusive keep them until the next one: the norms report names them.
    """
    group = await _group(tx, caller.workspace_id, group_id)
    for field, value in changes.items():
        setattr(group, field, value)
    group.name = rules.check_group(group.name, group.kind, group.owner, group.days)
    await _keep(tx, group)
    if "days" in changes:
        lasts = None if group.days is None else timedelta(days=group.days)
        await tx.execute(
            text("""
                UPDATE member_tag mt SET expires_at = mt.tagged_at + CAST(:lasts AS interval)
                FROM tag t WHERE t.id = mt.tag_id AND t.group_id = :group_id
            """),
            {"lasts": lasts, "group_id": group.id},
        )
        await _record_tag_ends(tx, caller, group.id, now)
    await audit(tx, caller, "tag_group", "changed", group.name, now, {"fields": sorted(changes)})
    return group


async def _record_tag_ends(tx: Tx, caller: Caller, group_id: int, now: datetime) -> None:
    """Record for everybody with a tag of the group that it ends at another time."""
    members = """
        SELECT DISTINCT CAST(:workspace_id AS int), mt.member_id, CAST(:now AS timestamptz), CAST(:actor AS text),
               CAST(NULL AS text), jsonb_build_object('fields', jsonb_build_array(CAST(:field AS text)))
        FROM member_tag mt JOIN tag t ON t.id = mt.tag_id WHERE t.group_id = :group_id
    """
    params = {
        "workspace_id": caller.workspace_id,
        "now": now,
        "actor": caller.actor,
        "field": TAG_ENDS,
        "group_id": group_id,
    }
    await record_from(tx, MemberUpdated, members, params, now)


async def drop_group(tx: Tx, caller: Caller, group_id: int, now: datetime) -> None:
    """Delete a group with its tags; the members lose them, with facts. Raises NotFound, InUse naming who refers to one."""
    group = await _group(tx, caller.workspace_id, group_id)
    rows = (await tx.scalars(select(Tag).where(Tag.group_id == group.id))).all()
    await refuse_if_used(tx, caller.workspace_id, [Thing("tag", row.key) for row in rows])
    for row in rows:
        await _forget(tx, caller, row, now)
    await tx.delete(group)
    await audit(tx, caller, "tag_group", "deleted", group.name, now)


async def add_tags(tx: Tx, caller: Caller, group_id: int, names: Sequence[str], now: datetime) -> list[Tag]:
    """New tags of a group; raises NotFound, NameTaken, Invalid."""
    group = await _group(tx, caller.workspace_id, group_id)
    clean = [rules.check_tag_name(name) for name in dict.fromkeys(names)]
    count = await tx.scalar(select(func.count()).select_from(Tag).where(Tag.workspace_id == caller.workspace_id))
    rules.check_room(int(count or 0) + len(clean))
    keys = await _new_keys(tx, caller.workspace_id, clean)
    made = [
        Tag(workspace_id=caller.workspace_id, group_id=group.id, key=keys[name], name=name, created_at=now)
        for name in clean
    ]
    for row in made:
        await _keep(tx, row)
    await audit(tx, caller, "tag", "made", "、".join(clean)[:200], now, {"group": group.name})
    return made


async def _new_keys(tx: Tx, workspace_id: int, names: Sequence[str]) -> dict[str, str]:
    """A key for each new tag: its name, with a number if another tag has or had that."""
    rows = await tx.scalars(
        text("""
            SELECT key FROM tag WHERE workspace_id = :workspace_id
            UNION SELECT key FROM retired_tag_key WHERE workspace_id = :workspace_id
        """),
        {"workspace_id": workspace_id},
    )
    return new_keys(names, set(rows))


async def ensure_tags(tx: Tx, caller: Caller, group: str, names: Collection[str], now: datetime) -> None:
    """Make those of `names` that the brand lacks, in the group called `group`, made if need be; raises Invalid.

    Of two that make the same tags at once the second finds those of the first.
    """
    await lock_brand_until_commit(tx, Lock.NEW_TAGS, caller.workspace_id)
    missing = sorted(set(names) - (await queries.tag_names(tx, caller.workspace_id)).keys.keys())
    if not missing:
        return
    clean = rules.check_group(group, "manual", "", None)
    group_id = await tx.scalar(
        select(TagGroup.id).where(TagGroup.workspace_id == caller.workspace_id, TagGroup.name == clean)
    )
    if group_id is None:
        made = await add_group(tx, caller, name=clean, kind="manual", owner="", exclusive=False, days=None, now=now)
        group_id = made.id
    await add_tags(tx, caller, group_id, missing, now)


async def rename_tag(tx: Tx, caller: Caller, tag_id: int, name: str, now: datetime) -> Tag:
    """Rename a tag: whatever refers to it goes on doing so. Raises NotFound, NameTaken, Invalid."""
    row = await _tag(tx, caller.workspace_id, tag_id)
    before, row.name = row.name, rules.check_tag_name(name)
    row.former = [former for former in (*row.former, before) if former != row.name]
    await _keep(tx, row)
    await audit(tx, caller, "tag", "renamed", row.name, now, {"before": before})
    return row


async def drop_tag(tx: Tx, caller: Caller, tag_id: int, now: datetime) -> None:
    """Delete a tag; its members lose it, with facts. Raises NotFound, InUse naming who refers to it."""
    row = await _tag(tx, caller.workspace_id, tag_id)
    await refuse_if_used(tx, caller.workspace_id, [Thing("tag", row.key)])
    name = row.name
    await _forget(tx, caller, row, now)
    await audit(tx, caller, "tag", "deleted", name, now)


async def _forget(tx: Tx, caller: Caller, row: Tag, now: datetime) -> None:
    members = (await tx.scalars(select(MemberTag.member_id).where(MemberTag.tag_id == row.id))).all()
    pairs = [(member, row.id) for member in members]
    await _take_off(tx, caller.workspace_id, pairs, source="tag_deleted", actor=caller.actor, now=now)
    tx.add(RetiredTagKey(workspace_id=caller.workspace_id, key=row.key))
    await tx.delete(row)
    await tx.flush()


async def _keep(tx: Tx, row: Tag | TagGroup) -> None:
    """Write a row whose name must be free in the brand; raises NameTaken."""
    try:
        async with tx.begin_nested():
            tx.add(row)
            await tx.flush()
    except IntegrityError as error:
        raise NameTaken() from error
