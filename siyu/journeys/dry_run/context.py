"""What a dry run needs to know of a member: where, how it stands with each channel, and what branches would say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from siyu.audience import queries as audience
from siyu.audience.language import time_dependence
from siyu.audience.language.check import check_tree
from siyu.audience.language.evaluate import Event, MemberView, evaluate
from siyu.audience.language.predicates import KeysOf
from siyu.audience.language.schema import FACTS, Schema, fact_props
from siyu.channels.accounts import queries as accounts
from siyu.channels.messages.actions.plan import candidate_of
from siyu.channels.policy import queries as policy_queries
from siyu.channels.policy.rules import Candidate
from siyu.contacts.members import queries as contact_members
from siyu.contacts.merges import queries as contact_merges
from siyu.content import queries as content
from siyu.content.rules import sandbox
from siyu.content.rules.templates import render_values
from siyu.facts.lake.connection import Lake
from siyu.journeys.graph.structure import Graph, trees_of
from siyu.journeys.steps.queries import template_ids
from siyu.journeys.steps.rehearsal import Assumed, InSegment, SendPolicy
from siyu.kit.db import Tx
from siyu.kit.errors import NotFound, Refusal
from siyu.platform import queries as platform
from siyu.platform.queries import Caller

NO_LINK = "https://…/"
"""A dry run must not hand out a member's own opt-out link."""


@dataclass(frozen=True)
class DryRunContext:
    """The member as the dry run sees it. `rendered` is what each template, by name or id, says to it; None: it cannot be
    rendered."""

    member_id: int
    zone: str
    send_policy: SendPolicy
    in_segment: InSegment
    rendered: Mapping[str, str | None]
    keys_of: KeysOf

    def kept_props(self, fact: str, props: Mapping[str, Any]) -> dict[str, Any]:
        """Properties of a fact as people type them, as facts hold them."""
        specs = fact_props(fact) if fact in FACTS else {}
        return {
            name: self.keys_of(specs[name].refers or "").get(value, value)
            if name in specs and isinstance(value, str)
            else value
            for name, value in props.items()
        }


async def dry_run_context(
    tx: Tx, lake: Lake, caller: Caller, graph: Graph, member_id: int, now: datetime
) -> DryRunContext:
    """A member in front of a graph, as known at `now` and as `caller` may see it; raises NotFound."""
    workspace_id = caller.workspace_id
    winner = (await contact_merges.canonical(tx, [member_id])).get(member_id)
    cards = await contact_members.cards(tx, workspace_id, [winner]) if winner is not None else {}
    if winner is None or winner not in cards:
        raise NotFound("There is no such member", "没有这位客户")
    workspace = await platform.workspace(tx, workspace_id)
    messages = [message for step in graph.steps.values() if (message := step.settings.message()) is not None]
    send_policy = await _send_policy(tx, workspace_id, winner, {message.channel for message in messages}, now)
    profile = await contact_members.visible_profile(tx, workspace_id, winner)
    values = render_values(**profile, shop=workspace.name, preferences=NO_LINK)
    rendered = await _rendered(tx, workspace_id, {message.template for message in messages}, values)
    schema = await audience.schema(tx, workspace_id)
    in_segment = await _in_segment(lake, workspace_id, schema, graph, winner, now)
    zone = cards[winner].zone or workspace.zone
    return DryRunContext(winner, zone, send_policy, in_segment, rendered, schema.keys_of)


async def _send_policy(tx: Tx, workspace_id: int, member_id: int, channels: set[str], now: datetime) -> SendPolicy:
    policy = await policy_queries.send_policy(tx, workspace_id)
    candidates: dict[str, Candidate] = {}
    for channel in channels:
        own = [row.id for row in await accounts.account_rows(tx, workspace_id, channel)]
        stands = (await policy_queries.eligibility(tx, workspace_id, channel, [member_id], own, policy.caps, now))[
            member_id
        ]
        candidates[channel] = candidate_of(
            stands,
            account=bool(own),
            channel=channel,
            purpose="marketing",
            planned_at=now,
            counted=tuple(stands.counted),
        )
    return SendPolicy(policy, lambda channel, purpose: replace(candidates[channel], purpose=purpose))


async def _rendered(tx: Tx, workspace_id: int, names: set[str], values: Mapping[str, Any]) -> dict[str, str | None]:
    rendered: dict[str, str | None] = dict.fromkeys(names)
    for name, template_id in (await template_ids(tx, workspace_id, names)).items():
        version = await content.version(tx, template_id, None)
        if name in names and version is not None and version.retired_at is None:
            try:
                rendered[name] = sandbox.render(version.body, dict(values))
            except Refusal:
                rendered[name] = None
    return rendered


async def _in_segment(
    lake: Lake, workspace_id: int, schema: Schema, graph: Graph, member_id: int, now: datetime
) -> InSegment:
    """Truth of the graph's trees for the member, by the language's own evaluation; what is known of everybody else (RFM
    bounds, the top n) is taken as of `now`."""
    trees = [(tree, check_tree(tree, schema)) for tree in trees_of(graph)]
    if not trees:
        return lambda _tree, _at, _known: False
    names = sorted({name for _, parsed in trees for name in time_dependence.fact_names(parsed)})
    member = await audience.view(lake, workspace_id, member_id, names)
    others = [await audience.population_of(lake, parsed, workspace_id, schema.zone, now) for _, parsed in trees]

    def in_segment(tree: Any, at: datetime, known: Sequence[Assumed]) -> bool:
        place = next(place for place, (raw, _) in enumerate(trees) if raw is tree or raw == tree)
        then = _supposing(member, known)
        return evaluate(trees[place][1], then, at, schema.zone, others[place])

    return in_segment


def _supposing(member: MemberView, known: Sequence[Assumed]) -> MemberView:
    """The member with what the dry run takes for having happened."""
    tags = dict(member.tags)
    consents = dict(member.consents)
    for fact in known:
        if fact.fact == "tagged" and "tag" in fact.props:
            tags[fact.props["tag"]] = None
        elif fact.fact == "untagged":
            tags.pop(fact.props.get("tag", ""), None)
        elif fact.fact in ("consent_given", "consent_withdrawn") and "channel" in fact.props:
            consents[fact.props["channel"]] = fact.fact.removeprefix("consent_")
    events = [*member.events, *(Event(fact.fact, fact.at, fact.props) for fact in known)]
    return replace(
        member,
        tags=tuple(tags.items()),
        consents=consents,
        events=tuple(sorted(events, key=lambda event: event.occurred_at)),
    )
