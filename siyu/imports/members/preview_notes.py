"""What a preview says about the people of a file: how many are here already, and which tags are not."""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress

from siyu.contacts.identities.queries import hashes_of, owners
from siyu.contacts.identities.resolution import Key
from siyu.contacts.identities.rules import normalise
from siyu.contacts.tags.rules import check_tag_name
from siyu.kit.db import Tx
from siyu.kit.errors import Invalid
from siyu.kit.text import LocalizedText

TAGS_NAMED_MAX = 20


async def known_people(tx: Tx, workspace_id: int, people: Iterable[str]) -> tuple[int, int]:
    """How many of these people (kind of identity, U+0001, value) are members, and how many there are."""
    hashed: dict[str, Callable[[str], bytes]] = {}
    keys: set[Key] = set()
    for person in people:
        kind, value = person.split("\x01", 1)
        hashed.setdefault(kind, hashes_of(workspace_id, kind))
        with suppress(Invalid):
            keys.add((kind, hashed[kind](normalise(kind, value, kind))))
    return len(await owners(tx, workspace_id, keys)), len(keys)


def people_note(known: int, people: int) -> LocalizedText:
    """How many are members already."""
    return LocalizedText(
        f"核对了 {people:,} 位客户：{known:,} 位已在库中，会补全资料；{people - known:,} 位是新客户。",
        f"Of {people:,} people looked up {known:,} are members already and would be completed, {people - known:,} are new.",
    )


def possible_tags(names: Iterable[str]) -> set[str]:
    """Those of `names` that can be a tag's name as they stand."""
    possible = set()
    for name in names:
        with suppress(Invalid):
            possible.update({name} & {check_tag_name(name)})
    return possible


def tags_note(missing: Collection[str], group: str | None) -> list[LocalizedText]:
    """Which tags would be made in `group`, or (None) left out."""
    if not missing:
        return []
    named = sorted(missing)[:TAGS_NAMED_MAX]
    zh, en, count = "、".join(named), ", ".join(named), f"{len(missing):,}"
    if group is not None:
        made = f"{count} tags would be made in the group “{group}”: {en}."
        return [LocalizedText(f"会在标签组“{group}”中新建 {count} 个标签：{zh}。", made)]
    skipped = f"{count} tags do not exist and are left out: {en}. They can be made instead."
    return [LocalizedText(f"有 {count} 个标签还没有，会略过：{zh}。可在“怎么读”中改为新建。", skipped)]
