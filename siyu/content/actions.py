"""The verbs of the content room. A version is never edited: what was said stays readable."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from siyu.content import queries
from siyu.content.models import Template, TemplateVersion
from siyu.content.queries import TemplateContent
from siyu.content.rules.references import map_attachments, map_body, things_used
from siyu.content.rules.templates import CONTENT_LABELS, TemplateNameTaken, TemplateRetired, check_template, clean_name
from siyu.kit.db import Tx
from siyu.kit.errors import Invalid, NotFound
from siyu.platform.actions import audit
from siyu.platform.queries import Caller
from siyu.platform.rules import changes_between
from siyu.platform.uses.actions import call_user, hold_names, state_uses
from siyu.platform.uses.rules import User


async def write(
    tx: Tx,
    caller: Caller,
    *,
    name: str,
    channel: str,
    body: str,
    attachments: Sequence[dict[str, Any]] = (),
    attributes: Collection[str],
    now: datetime,
) -> TemplateContent:
    """A new template; `attributes` are the member attributes it may name. Raises Invalid, TemplateNameTaken."""
    await hold_names(tx, caller.workspace_id)
    if faults := check_template(name, body, attachments, attributes):
        raise Invalid(errors=faults)
    clean = clean_name(name)
    if await queries.by_name(tx, caller.workspace_id, clean) is not None:
        raise TemplateNameTaken()
    row = Template(
        workspace_id=caller.workspace_id,
        name=clean,
        channel=channel,
        version=1,
        created_by=caller.actor,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    await _add_version(tx, row, body, attachments, caller, now)
    await audit(tx, caller, "template", "made", clean, now)
    return await queries.template(tx, caller.workspace_id, row.id)


async def revise(
    tx: Tx,
    caller: Caller,
    template_id: int,
    *,
    name: str,
    body: str,
    attachments: Sequence[dict[str, Any]],
    attributes: Collection[str],
    now: datetime,
) -> TemplateContent:
    """Say something else from now on: a new version (none when only the name changes).

    Raises NotFound, Invalid, TemplateNameTaken, TemplateRetired.
    """
    await hold_names(tx, caller.workspace_id)
    row = await _own(tx, caller, template_id)
    if row.retired_at is not None:
        raise TemplateRetired()
    if faults := check_template(name, body, attachments, attributes):
        raise Invalid(errors=faults)
    clean = clean_name(name)
    other = await queries.by_name(tx, caller.workspace_id, clean)
    if other is not None and other.id != row.id:
        raise TemplateNameTaken()
    current = await queries.template(tx, caller.workspace_id, template_id)
    before, row.name = {"name": row.name, "body": current.body}, clean
    if (current.body, current.attachments) != (body, list(attachments)):
        row.version += 1
        await _add_version(tx, row, body, attachments, caller, now)
    else:
        await call_user(tx, row.workspace_id, _user(row))
    await tx.flush()
    changes = changes_between(CONTENT_LABELS, before, {"name": clean, "body": body})
    await audit(tx, caller, "template", "changed", clean, now, {"version": row.version}, changes)
    return await queries.template(tx, caller.workspace_id, template_id)


async def retire(tx: Tx, caller: Caller, template_id: int, now: datetime) -> None:
    """Take a template out of use; what is planned by it and waits is withheld when its time comes. Raises NotFound."""
    row = await _own(tx, caller, template_id)
    if row.retired_at is None:
        row.retired_at = now
        await tx.flush()
        await state_uses(tx, row.workspace_id, (), _user(row))
        await audit(tx, caller, "template", "retired", row.name, now)


async def _own(tx: Tx, caller: Caller, template_id: int) -> Template:
    row = await tx.get(Template, template_id, with_for_update=True)
    if row is None or row.workspace_id != caller.workspace_id:
        raise NotFound("There is no such template", "没有这个模板")
    return row


async def _add_version(
    tx: Tx, row: Template, body: str, attachments: Sequence[dict[str, Any]], caller: Caller, now: datetime
) -> None:
    keep, _ = await queries.names_for(tx, row.workspace_id)
    kept, kept_attachments = map_body(body, keep), map_attachments(attachments, keep)
    tx.add(
        TemplateVersion(
            template_id=row.id,
            version=row.version,
            body=kept,
            attachments=kept_attachments,
            written_by=caller.actor,
            written_at=now,
        )
    )
    await tx.flush()
    await state_uses(tx, row.workspace_id, things_used(kept, kept_attachments), _user(row))


def _user(row: Template) -> User:
    return User("template", str(row.id), row.name)
