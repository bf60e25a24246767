"""Merging two members and taking it apart again: values in, values out.

What moved is written down so that `part` gives back exactly what `join` took, and leaves with the winner what was
added since. Consent is the exception by design: the stricter word always wins, both ways.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from siyu.contacts.identities.rules import KIND_LABELS as IDENTITY_LABELS
from siyu.kit.text import LocalizedText, same

Row = dict[str, Any]
"""A row of tag, consent or suppression without its key; JSON-able (times as ISO text)."""

SETS = ("tags", "consents", "suppressions")


@dataclass(frozen=True)
class MergeSide:
    """One member as far as a merge touches it. Tags are keyed by tag id, the others by channel."""

    id: int
    name: str | None = None
    zone: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    identities: frozenset[int] = frozenset()
    tags: Mapping[str, Row] = field(default_factory=dict)
    consents: Mapping[str, Row] = field(default_factory=dict)
    suppressions: Mapping[str, Row] = field(default_factory=dict)


def join(
    winner: MergeSide, loser: MergeSide, exclusive: Mapping[str, int], at: datetime
) -> tuple[MergeSide, MergeSide, dict[str, Any]]:
    """`winner` with what `loser` had, `loser` without, and what moved (for `part`); `at` is the moment of the merge.

    `exclusive` gives the group of each tag of an exclusive group: there the winner's own tag stays.
    """
    after = {
        "tags": _tags(winner.tags, loser.tags, exclusive),
        "consents": _consents(winner.consents, loser.consents),
        "suppressions": {**loser.suppressions, **winner.suppressions},
    }
    moved: dict[str, Any] = {
        "at": time_text(at),
        "identities": sorted(loser.identities),
        "loser": {name: dict(getattr(loser, name)) for name in SETS},
        "before": {},
        "given": {},
        "filled": {
            "name": loser.name if winner.name is None else None,
            "zone": loser.zone if winner.zone is None else None,
            "attributes": {k: v for k, v in loser.attributes.items() if winner.attributes.get(k) is None},
        },
    }
    for name in SETS:
        before: Mapping[str, Row] = getattr(winner, name)
        changed = [key for key, row in after[name].items() if before.get(key) != row]
        moved["before"][name] = {key: before.get(key) for key in changed}
        moved["given"][name] = {key: after[name][key] for key in changed}
    joined = MergeSide(
        winner.id,
        winner.name if winner.name is not None else loser.name,
        winner.zone if winner.zone is not None else loser.zone,
        {**winner.attributes, **moved["filled"]["attributes"]},
        winner.identities | loser.identities,
        after["tags"],
        after["consents"],
        after["suppressions"],
    )
    emptied = replace(loser, identities=frozenset(), tags={}, consents={}, suppressions={})
    return joined, emptied, moved


def _tags(winner: Mapping[str, Row], loser: Mapping[str, Row], exclusive: Mapping[str, int]) -> dict[str, Row]:
    taken = {exclusive[tag] for tag in winner if tag in exclusive}
    after = dict(winner)
    for tag, row in loser.items():
        if tag in winner:
            after[tag] = _longer(winner[tag], row)
        elif exclusive.get(tag) not in taken:
            after[tag] = row
    return after


def _longer(first: Row, second: Row) -> Row:
    if first["expires_at"] is None:
        return first
    return second if second["expires_at"] is None or second["expires_at"] > first["expires_at"] else first


def _consents(winner: Mapping[str, Row], loser: Mapping[str, Row]) -> dict[str, Row]:
    after = {**loser, **winner}
    for channel, row in loser.items():
        if row["state"] == "withdrawn" and after[channel]["state"] != "withdrawn":
            after[channel] = row
    return after


def part(winner: MergeSide, loser: MergeSide, moved: Mapping[str, Any]) -> tuple[MergeSide, MergeSide]:
    """Both as they were before the merge. What the winner got since stays with it, but a word against being contacted,
    said since by the one person they seemed to be, holds for both."""
    kept: dict[str, dict[str, Row]] = {}
    back: dict[str, dict[str, Row]] = {}
    for name in SETS:
        now: Mapping[str, Row] = getattr(winner, name)
        kept[name] = _without(now, moved["given"][name], moved["before"][name])
        back[name] = dict(moved["loser"][name])
    for channel, row in winner.consents.items():
        if row["state"] == "withdrawn" and row["changed_at"] > moved["at"]:
            back["consents"][channel] = row
    for channel, row in winner.suppressions.items():
        if row["since"] > moved["at"]:
            back["suppressions"].setdefault(channel, row)
    filled = moved["filled"]
    returned = frozenset(moved["identities"]) & winner.identities
    parted = MergeSide(
        winner.id,
        None if filled["name"] is not None and winner.name == filled["name"] else winner.name,
        None if filled["zone"] is not None and winner.zone == filled["zone"] else winner.zone,
        {k: v for k, v in winner.attributes.items() if k not in filled["attributes"] or v != filled["attributes"][k]},
        winner.identities - returned,
        kept["tags"],
        kept["consents"],
        kept["suppressions"],
    )
    restored = replace(
        loser,
        identities=loser.identities | returned,
        tags=back["tags"],
        consents=back["consents"],
        suppressions=back["suppressions"],
    )
    return parted, restored


def _without(now: Mapping[str, Row], moved: Mapping[str, Row], before: Mapping[str, Row | None]) -> dict[str, Row]:
    after = dict(now)
    for key, row in moved.items():
        if after.get(key) != row:
            continue
        earlier = before[key]
        if earlier is None:
            del after[key]
        else:
            after[key] = earlier
    return after


def unmerge(
    winner: MergeSide,
    loser: MergeSide,
    moved: Mapping[str, Any],
    later: Sequence[tuple[MergeSide, Mapping[str, Any]]],
    exclusive: Mapping[str, int],
) -> tuple[MergeSide, MergeSide, list[dict[str, Any]]]:
    """Undo a merge that others followed: `later` are the (loser, what moved) of the merges into the same winner since,
    in order. As if this one had never been: they are parted, latest first, and joined again without it.

    Returns winner, restored loser, and what moved in each of `later` now.
    """
    restored: list[MergeSide] = []
    for side, what in reversed(later):
        winner, back = part(winner, side, what)
        restored.append(back)
    winner, loser = part(winner, loser, moved)
    again = []
    for back, (_, what) in zip(reversed(restored), later, strict=True):
        winner, _, now = join(winner, back, exclusive, datetime.fromisoformat(what["at"]))
        again.append(now)
    return winner, loser, again


def time_text(moment: datetime | None) -> str | None:
    """Times as they are kept in what moved: text in UTC that sorts as the times do."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def merge_reason_text(reason: str) -> LocalizedText:
    """Why two members were merged: a person's own words, or the identities that met in one row (`auto:phone+unionid`)."""
    if reason == "erased":
        return LocalizedText("已删除", "Erased")
    if not reason.startswith("auto:"):
        return same(reason)
    kinds = reason.removeprefix("auto:").partition("+")
    first, second = (IDENTITY_LABELS.get(kind, same(kind)) for kind in (kinds[0], kinds[2]))
    if kinds[0] == kinds[2]:
        return LocalizedText(f"{first.zh}指向同一人", f"{first.en} of one person")
    return LocalizedText(f"{first.zh}与{second.zh}属于同一人", f"{first.en} and {second.en} of one person")
