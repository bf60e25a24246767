"""A shop in which everything happens: facts of every kind there is about members, with any properties, at any time."""

import random
from datetime import datetime, timedelta
from typing import Any

from siyu.facts.catalogue import KINDS
from siyu.facts.catalogue.fact import PropSpec, props_of
from tests.rules.audience_worlds import NASTY, TAGS, World

WORKSPACE = 9_000
NOW = datetime.fromisoformat("2026-03-18T04:00:00+00:00")
ZONE = "America/New_York"
"""Its clocks change ten days before NOW."""
MEMBERS = range(9_000_001, 9_000_041)
REGULARS = range(9_000_101, 9_000_105)
FACTS = 1_500
WORDS = ("wecom", "sms", "a", "b", "holdout", "s1", "vip", *NASTY)


def make(seed: int) -> World:
    """The shop of `seed`; one member in eight was merged into another, and some orders are of nobody."""
    dice = random.Random(seed)
    merged = {member: member + 1 for member in MEMBERS if member % 8 == 3}
    facts: list[dict[str, Any]] = [
        {"member_id": member, "name": "member_created", "at": _at(dice), "props": {"source": dice.choice(WORDS)}}
        for member in (*MEMBERS, *REGULARS)
    ]
    kinds = [kind for name, kind in KINDS.items() if kind.about == "member" and name != "member_created"]
    for n in range(FACTS):
        kind = dice.choice(kinds) if dice.random() < 0.6 else KINDS["order_paid"]
        props = {spec.name: _value(dice, spec) for spec in props_of(kind) if dice.random() < 0.9}
        if "message_id" in kind.model_fields:
            props["message_id"] = n // 2  # not a listed property: it is read from the JSON
        # the skewed share of few members makes regulars, and one order in ten is a walk-in's
        member = min(dice.choice(MEMBERS), dice.choice(MEMBERS))
        walk_in = kind.name == "order_paid" and n % 10 == 0
        facts.append({"member_id": None if walk_in else member, "name": kind.name, "at": _at(dice), "props": props})
    # regulars who came every so many days and have been away for longer
    for number, (days, away) in enumerate(((3, 40), (5, 20), (7, 15), (10, 59))):
        for visit in range(6):
            at = NOW - timedelta(days=away + days * visit)
            props = {"order": f"r{visit}", "amount": 100 * number, "lines": 1, "source": "pos"}
            facts.append({"member_id": REGULARS[number], "name": "order_paid", "at": at, "props": props})
    profiles = [_profile(dice, member, merged.get(member)) for member in (*MEMBERS, *REGULARS)]
    return World(WORKSPACE, ZONE, NOW, (), profiles, facts)


def _at(dice: random.Random) -> datetime:
    """Within the last fourteen months, recently more often; some at a local midnight or a moment beside it."""
    at = NOW - timedelta(seconds=int(dice.random() ** 2 * 420 * 86_400))
    if dice.random() < 0.2:
        midnight = at.replace(hour=5, minute=0, second=0, microsecond=0)
        return midnight + dice.choice((-1, 0, 1)) * timedelta(microseconds=1)
    return at


def _value(dice: random.Random, spec: PropSpec) -> Any:
    match spec.type:
        case "text":
            return dice.choice(WORDS)
        case "money":
            return dice.choice((0, 1, 9_999, 50_000, dice.randrange(100_000)))
        case "number":
            return dice.choice((0, 1, 2, 3, 7))
        case "boolean":
            return dice.random() < 0.5
        case "time":
            return NOW.isoformat()
        case "list":
            return dice.sample(WORDS, dice.randrange(3))


def _profile(dice: random.Random, member: int, winner: int | None) -> dict[str, Any]:
    return {
        "id": member,
        "merged_into": winner,
        "created_at": _at(dice),
        "zone": dice.choice((None, ZONE)),
        "source": dice.choice(WORDS),
        "attributes": {"city": dice.choice(NASTY), "age": dice.choice((18, 18.5, 64)), "likes": ["tea", "it's"]},
        "tags": tuple((tag, dice.choice((None, NOW, NOW + timedelta(seconds=1)))) for tag in dice.sample(TAGS, 2)),
        "identities": frozenset(kind for kind in ("external_userid", "phone") if dice.random() < 0.7),
        "consents": {channel: dice.choice(("given", "withdrawn")) for channel in ("wecom", "sms")},
        "suppressed": frozenset(("*",)) if dice.random() < 0.1 else frozenset(),
        "addresses": frozenset(("wecom",)) if dice.random() < 0.7 else frozenset(),
    }
