"""Saved audiences in a shop where things happen: after every step they are what a count from the beginning gives."""

import itertools
import os
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import text

from siyu.audience import queries
from siyu.audience.refresh import jobs
from siyu.audience.refresh import queries as refresh_queries
from siyu.audience.saved import actions as saved
from siyu.audience.saved import queries as saved_queries
from siyu.contacts.attributes import actions as contact_attributes
from siyu.contacts.consents import actions as contact_consents
from siyu.contacts.members import actions as contact_members
from siyu.contacts.members.rules import MemberRow
from siyu.contacts.merges import actions as contact_merges
from siyu.contacts.tags import actions as contact_tags
from siyu.contacts.tags.jobs import EXPIRE_TAGS
from siyu.facts.catalogue import KINDS
from siyu.facts.log.actions import Entry, record
from siyu.kit import clock
from siyu.kit.db import Tx
from siyu.worker.poll import Poller, Registry
from tests.rules import audience_worlds as worlds
from tests.world import NOON, Shop

LIVES = int(os.environ.get("SIYU_LIVES", "3"))
STEPS = 10
TICK = timedelta(microseconds=1)


@dataclass
class Life:
    """A shop, its audiences by name, and chance."""

    shop: Shop
    dice: random.Random
    rounds: Poller
    audiences: dict[str, int] = field(default_factory=dict)
    merges: list[int] = field(default_factory=list)
    made: int = 0

    async def standing(self, tx: Tx) -> list[int]:
        rows = await tx.scalars(
            text("SELECT id FROM member WHERE merged_into IS NULL AND erased_at IS NULL ORDER BY id")
        )
        return list(rows)

    async def happens(self) -> str:
        """One thing, or several at once."""
        verbs = (self.facts, self.facts, self.facts, self.facts, self.tag, self.tag, self.says, self.changes, self.joins,
                 self.merge, self.undo, self.erase)  # fmt: skip
        mismatches = []
        async with self.shop.db.transaction() as tx:
            ids = await self.standing(tx)
            for verb in self.dice.sample(verbs, self.dice.choice((1, 1, 2, 3))):
                mismatches.append(verb.__name__)
                await verb(tx, ids if ids else [0])
                ids = await self.standing(tx)
        return "+".join(mismatches)

    async def facts(self, tx: Tx, ids: list[int]) -> None:
        now = clock.now()
        everybody = list(await tx.scalars(text("SELECT id FROM member")))
        entries = []
        for _ in range(self.dice.randrange(1, 6)):
            name = self.dice.choice((*worlds.FACTS, "order_paid", "order_paid"))
            at = worlds.around(self.dice, now)
            # a fact may come late for somebody who is part of another by now
            member = self.dice.choice((*ids, self.dice.choice(everybody)))
            entries.append(Entry(self.shop.workspace_id, KINDS[name](**worlds.props(self.dice, name)), at, member))
        await record(tx, entries, now)

    async def tag(self, tx: Tx, ids: list[int]) -> None:
        tags, some = self.dice.sample(worlds.TAGS, 2), self.dice.sample(ids, min(3, len(ids)))
        add, remove = (tags[:1], tags[1:]) if self.dice.random() < 0.7 else ([], tags)
        await contact_tags.tag(
            tx, self.shop.workspace_id, some, add, remove, source="test", actor="system", now=clock.now()
        )

    async def says(self, tx: Tx, ids: list[int]) -> None:
        member, channel = self.dice.choice(ids), self.dice.choice(("wecom", "sms"))
        who: Any = {"actor": "system", "now": clock.now()}
        if self.dice.random() < 0.3:
            await contact_consents.suppress(tx, self.shop.workspace_id, [member], "wecom", "asked", **who)
        consents = self.dice.random() < 0.7
        await contact_consents.consent(
            tx, self.shop.workspace_id, [member], channel, consents, purpose="p", source="t", **who
        )

    async def changes(self, tx: Tx, ids: list[int]) -> None:
        values = {name: value for name, value in worlds.attributes(self.dice).items() if value is not None}
        changes = {"attributes": values, "zone": self.dice.choice((None, *worlds.ZONES))}
        await contact_members.update(
            tx, self.shop.workspace_id, self.dice.choice(ids), changes, actor="system", now=clock.now()
        )

    async def joins(self, tx: Tx, _ids: list[int]) -> None:
        rows = []
        for _ in range(self.dice.randrange(1, 4)):
            self.made += 1
            known = {"external_id": f"m{next(NUMBERS)}"}
            known |= (
                {"phone": f"139{self.made:04d}{self.dice.randrange(10_000):04d}"} if self.dice.random() < 0.5 else {}
            )
            rows.append(MemberRow(identities=known))
        await contact_members.upsert(
            tx,
            self.shop.workspace_id,
            rows,
            source=self.dice.choice(("import", "wecom")),
            actor="system",
            now=clock.now(),
        )

    async def merge(self, tx: Tx, ids: list[int]) -> None:
        if len(ids) >= 2:
            winner, loser = self.dice.sample(ids, 2)
            made = await contact_merges.merge(
                tx, self.shop.workspace_id, winner, loser, "same", actor="system", now=clock.now()
            )
            self.merges.append(made)

    async def undo(self, tx: Tx, _ids: list[int]) -> None:
        rows = await tx.scalars(
            text("""
                SELECT g.id FROM merge g JOIN member w ON w.id = g.winner_id JOIN member l ON l.id = g.loser_id
                WHERE w.merged_into IS NULL AND w.erased_at IS NULL AND l.erased_at IS NULL
                  AND NOT EXISTS (SELECT 1 FROM merge_undo u WHERE u.merge_id = g.id) ORDER BY g.id
            """)
        )
        if known := list(rows):
            chosen = self.dice.choice(known)
            await contact_merges.undo_merge(tx, self.shop.workspace_id, chosen, actor="system", now=clock.now())

    async def erase(self, tx: Tx, ids: list[int]) -> None:
        if len(ids) > 4 and self.dice.random() < 0.5:
            member = self.dice.choice(ids)
            await contact_members.erase(tx, self.shop.workspace_id, member, actor="system", now=clock.now())

    async def passes(self) -> str:
        """Time, often to just before, on or after the moment at which an audience may change."""
        async with self.shop.db.transaction() as tx:
            dues = list(await tx.scalars(text("SELECT due_at FROM audience WHERE due_at IS NOT NULL ORDER BY due_at")))
        spans = (TICK, timedelta(seconds=1), timedelta(minutes=90), timedelta(days=1), timedelta(days=23))
        to = clock.now() + self.dice.choice(spans)
        if dues and self.dice.random() < 0.7:
            to = self.dice.choice(dues[:4]) + self.dice.choice((-TICK, timedelta(0), TICK))
        clock.freeze(max(to, clock.now()))
        return f"until {clock.now()}"

    async def compare(self) -> None:
        """Raises AssertionError unless every audience is what a count from the beginning gives, and its facts say so too."""
        async with self.shop.db.transaction() as tx:
            for name, audience_id in self.audiences.items():
                row = await saved_queries.audience(tx, self.shop.workspace_id, audience_id)
                tree = (await saved_queries.version(tx, row.id, row.version)).tree
                expected = set(await queries.member_ids(tx, self.shop.lake, self.shop.workspace_id, tree, clock.now()))
                rows = await tx.scalars(
                    text("SELECT member_id FROM audience_member WHERE audience_id = :id"), {"id": row.id}
                )
                assert set(rows) == expected, f"{name}: {tree}"
                assert row.size == len(expected)
                assert await told_by_facts(tx, name) == expected


async def told_by_facts(tx: Tx, name: str) -> set[int]:
    """Who is in an audience as its facts tell: nobody enters twice or leaves without having been in."""
    rows = await tx.execute(
        text("""
            SELECT member_id, name FROM fact WHERE name IN ('audience_entered', 'audience_left')
            AND props->>'audience' = :name ORDER BY seq
        """),
        {"name": name},
    )
    inside: set[int] = set()
    for member, what in rows:
        assert (member in inside) is (what == "audience_left")
        (inside.remove if what == "audience_left" else inside.add)(member)
    return inside


async def furnish(shop: Shop) -> None:
    async with shop.db.transaction() as tx:
        for attribute in worlds.ATTRIBUTES:
            await contact_attributes.define_attribute(
                tx, shop.caller, name=attribute.name, label=attribute.label.zh, type=attribute.type, options=attribute.options, now=NOON
            )  # fmt: skip
        for n, (tag, days) in enumerate(zip(worlds.TAGS, (1, 7, None, 30), strict=True)):
            group = await contact_tags.add_group(
                tx, shop.caller, name=f"g{n}", kind="manual", owner="", exclusive=False, days=days, now=NOON
            )
            await contact_tags.add_tags(tx, shop.caller, group.id, [tag], NOON)
        for name, tree in worlds.SAVED.items():
            await saved.save(tx, shop.caller, name=name, label=name, tree=tree, now=NOON)


LOOKS: Counter[str] = Counter()
NUMBERS = itertools.count()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often members were looked at by themselves, and how often everybody was."""
    plain = refresh_queries.current_members

    async def inside(lake: Any, plans: Any, now: datetime, only: Any) -> Any:
        LOOKS["whole" if only is None else "candidates"] += len(plans)
        return await plain(lake, plans, now, only)

    monkeypatch.setattr(refresh_queries, "current_members", inside)
    return LOOKS


@settings(max_examples=LIVES, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate), print_blob=True)  # fmt: skip
@given(trees=st.lists(worlds.trees, min_size=6, max_size=6), seed=st.integers(0, 2**32))
async def test_what_moved_is_all_that_changed(shop: Shop, counted: Counter[str], trees: list[Any], seed: int) -> None:
    life = Life(shop, random.Random(seed), Poller(Registry(jobs.SUBSCRIBERS, (), (*jobs.TIMERS, EXPIRE_TAGS)), shop.db, shop.lake, strict=True))  # fmt: skip
    async with shop.db.transaction() as tx:
        if not await saved_queries.trees(tx, shop.workspace_id):
            await furnish(shop)
    async with shop.db.transaction() as tx:
        await life.joins(tx, [])
        for tree in trees:
            row = await saved.save(tx, shop.caller, name=f"of_{next(NUMBERS)}", label="x", tree=tree, now=clock.now())
            life.audiences[row.name] = row.id
    await life.rounds.run_until_idle(clock.now())
    await life.compare()
    for _ in range(STEPS):
        note(await (life.passes() if life.dice.random() < 0.4 else life.happens()))
        await life.rounds.run_until_idle(clock.now())
        await life.compare()
    async with shop.db.transaction() as tx:
        for audience_id in life.audiences.values():
            await saved.drop(tx, shop.caller, audience_id, clock.now())
    assert counted["candidates"] > counted["whole"] / 4
