"""What a member's value is, beside the words of a condition: "(it is 2)"."""

from datetime import datetime
from typing import Any

from siyu.audience.language.evaluate import (
    EvalContext,
    MemberView,
    Population,
    groups_of,
    matching,
    measures,
    stage_of,
    top_value,
)
from siyu.audience.language.lifecycle import STAGES
from siyu.audience.language.schema import BUILT_IN, CONSENTS, fact_props
from siyu.audience.language.time_windows import zone_of
from siyu.audience.language.tree import Consent, Did, InGroup, Leaf, Profile, Stage, Tag, Top


def actual_value(leaf: Leaf, member: MemberView, now: datetime, zone: str) -> tuple[Any, dict[str, str]]:
    """The value (JSON-able) that decided `leaf`, and how it is added to the words in each language; (None, {}) for none."""
    asked = EvalContext(member, now, zone, Population())
    match leaf:
        case Did():
            return _did(leaf, asked)
        case Profile(field):
            value = _plain(_field(member, field), zone)
            return value, {} if value is None else _added(f"现为 {value}", f"it is {value}")
        case Tag(tags=tags):
            held = sorted({name for name, until in member.tags if until is None or until > now} & set(tags))
            return held, _added(f"现有 {'、'.join(held)}", f"has {', '.join(held)}") if held else {}
        case Stage():
            stage = stage_of(member, now, zone)
            zh, en = STAGES[stage] if stage else ("无订单", "no orders")
            return stage, _added(f"现为{zh}", f"it is {en}")
        case InGroup():
            groups = sorted(groups_of(asked))
            return groups, _added(f"现在 {'、'.join(groups)}", f"in {', '.join(groups)}") if groups else {}
        case Consent(channel=channel):
            state = member.consents.get(channel, "unknown")
            return state, _added(f"现为{CONSENTS[state][0]}", f"it is {CONSENTS[state][1]}")
        case Top():
            value = top_value(leaf, asked)
            return value, {} if value is None else _added(f"现为 {value:,}", f"it is {value:,}")
    return None, {}


def _added(zh: str, en: str) -> dict[str, str]:
    return {"zh": f"（{zh}）", "en": f" ({en})"}


def _field(member: MemberView, field: str) -> Any:
    if any(one.name == field for one in BUILT_IN):
        return getattr(member, field)
    return member.attributes.get(field)


def _plain(value: Any, zone: str) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone_of(zone)).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, frozenset | list):
        return ", ".join(sorted(value)) or None
    return value


def _did(leaf: Did, asked: EvalContext) -> tuple[Any, dict[str, str]]:
    found = measures(leaf, matching(leaf, asked))
    zh, en = [f"实际 {found['count']:,} 次"], [f"{found['count']:,} in fact"]
    if leaf.sum is not None:
        money = fact_props(leaf.fact)[leaf.sum.prop].type == "money"
        total = f"{found['sum'] / 100:,.2f}" if money else f"{found['sum']:,}"
        zh.append(f"合计 {total}")
        en.append(f"{total} in total")
    if leaf.distinct is not None:
        zh.append(f"不同 {found['distinct']:,} 种")
        en.append(f"{found['distinct']:,} different")
    for name, wanted, word in (("first", leaf.first, ("首次", "first")), ("last", leaf.last, ("最近一次", "latest"))):
        if wanted is not None and found[name] is not None:
            at = _plain(found[name], asked.zone)
            zh.append(f"{word[0]} {at}")
            en.append(f"{word[1]} {at}")
    value = {
        name: one.isoformat() if isinstance(one, datetime) else one for name, one in found.items() if one is not None
    }
    return value, _added("，".join(zh), ", ".join(en))
