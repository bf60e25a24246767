"""What each member gets: template, the member's card and the intent's values, rendered for a whole set."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from siyu.channels.adapters.types import Account, Content, Unsendable
from siyu.channels.catalogue import ADAPTERS
from siyu.channels.consent.queries import generations, preference_link
from siyu.channels.messages.queries import DueMessage
from siyu.channels.messages.rules import RenderedMessage
from siyu.channels.policy.queries import Eligibility
from siyu.contacts.members import queries as contacts
from siyu.contacts.members.queries import Card
from siyu.content import queries as content
from siyu.content.queries import TemplateContent
from siyu.content.rules import sandbox
from siyu.content.rules.attachments import render_attachments
from siyu.content.rules.templates import render_values
from siyu.kit.db import Tx
from siyu.kit.errors import Refusal
from siyu.kit.logs import logger
from siyu.kit.redaction import redacted
from siyu.platform import queries as platform

log = logger("channels")


def values_of(card: Card, shop: str, link: str, now: datetime) -> dict[str, Any]:
    """What a template may say about a member: member.name, member.<attribute>, member.tags, shop.name, link.preferences."""
    tags = [tag for tag in card.tags if (until := card.tag_until.get(tag)) is None or until > now]
    return render_values(
        name=card.name,
        attributes=card.attributes,
        tags=tags,
        shop=shop,
        preferences=link,
    )


class Renderer:
    """Writes messages of one account."""

    def __init__(self, tx: Tx, account: Account, public_url: str, now: datetime) -> None:
        self._tx, self._account, self._public_url, self._now = tx, account, public_url, now
        self._adapter = ADAPTERS[account.channel]

    async def write(
        self, due: Sequence[tuple[DueMessage, int]], stands: Mapping[int, Eligibility]
    ) -> list[tuple[DueMessage, RenderedMessage | str]]:
        """Each of `due` (with its member now) as it goes out, or the reason why it cannot."""
        shop = (await platform.workspace(self._tx, self._account.workspace_id)).name
        cards = await contacts.cards(self._tx, self._account.workspace_id, {member for _, member in due})
        links = await self.links(cards)
        used = {message.template_id for message, _ in due} - {None}
        # what a template says now, not what it said when the message was planned: an edit reaches what waits
        templates = {number: await content.version(self._tx, number, None) for number in used if number is not None}
        written: list[tuple[DueMessage, RenderedMessage | str]] = []
        for message, member_id in due:
            template = templates.get(message.template_id or 0)
            address = stands[member_id].address
            assert address is not None, "a message without an address is withheld before it is written"
            values = values_of(cards[member_id], shop, links[member_id], self._now)
            made = self.render(message.id, template, {**values, **message.values})
            if isinstance(made, str):
                written.append((message, made))
                continue
            assert template is not None, "without a template nothing is rendered"
            kept, payload = made
            rendered = RenderedMessage(
                message_id=message.id,
                member_id=message.member_id,
                account_id=self._account.id,
                address=address.address,
                staff=address.staff,
                template_version=template.version,
                content=kept,
                payload=payload,
            )
            written.append((message, rendered))
        return written

    async def links(self, member_ids: Iterable[int]) -> dict[int, str]:
        """The link of each member to their own message settings."""
        revoked = await generations(self._tx, member_ids)
        return {
            member: preference_link(self._public_url, member, times, self._now) for member, times in revoked.items()
        }

    def render(
        self, message_id: int, template: TemplateContent | None, values: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]] | str:
        """(what is kept, the adapter's payload), or the reason why it cannot be sent. What is kept holds no token: whoever reads
        the log of messages must not speak for the member."""
        if template is None:
            return "template_failed"
        if template.retired_at is not None:
            return "template_retired"
        try:
            rendered = Content(
                sandbox.render(template.body, values), tuple(render_attachments(template.attachments, values))
            )
            payload = self._adapter.render(rendered, self._account.config)
        except (Refusal, Unsendable) as error:
            log.warning("message_not_rendered", message_id=message_id, error=type(error).__name__)
            return "template_failed"
        return redacted({"text": rendered.text, "attachments": list(rendered.attachments)}), payload
