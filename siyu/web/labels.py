"""`GET /api/v1/labels`: what the server's codes are called, in both languages. The console words none of them itself."""

import hashlib
from collections.abc import Mapping

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import create_model

from siyu.channels.accounts.rules import STATES as ACCOUNT_STATES
from siyu.channels.catalogue import CHANNEL_LABELS, SENDABLE
from siyu.channels.messages.states import REASON_LABELS
from siyu.channels.messages.states import STATES as MESSAGE_STATES
from siyu.channels.policy.rules import PURPOSES
from siyu.contacts.attributes.rules import TYPE_LABELS as ATTRIBUTE_TYPE_LABELS
from siyu.contacts.identities.rules import KIND_LABELS as IDENTITY_LABELS
from siyu.contacts.members.rules import CONSENT_LABELS, CONSENT_SOURCES, SOURCES
from siyu.contacts.tags.rules import GROUP_KINDS as TAG_GROUP_KINDS
from siyu.contacts.tags.rules import NORM_KINDS as TAG_NORM_KINDS
from siyu.content.rules.attachments import KIND_LABELS as ATTACHMENT_LABELS
from siyu.facts.catalogue import CATALOGUE
from siyu.facts.catalogue.fact import props_of
from siyu.facts.operation.queries import SOURCES as QUARANTINE_SOURCES
from siyu.facts.operation.queries import STATES as QUARANTINE_STATES
from siyu.imports.orders.statuses import MEANINGS as ORDER_MEANINGS
from siyu.imports.refusals import REASONS as IMPORT_FAULTS
from siyu.imports.refusals import STATES as IMPORT_STATES
from siyu.imports.runs.report import COUNTERS as IMPORT_COUNTERS
from siyu.insight.reports import METRIC_DICTIONARY
from siyu.insight.rules.metric import UNIT_LABELS
from siyu.insight.rules.stages import STAGE_LABELS
from siyu.journeys.states import ENROLMENT_STATES, EXIT_REASONS, JOURNEY_STATES
from siyu.journeys.steps.catalogue import STEPS
from siyu.kit.isolation import REASONS as QUARANTINE_REASONS
from siyu.kit.text import LocalizedText
from siyu.kit.time import WEEKDAYS
from siyu.platform.access import signed_in
from siyu.platform.rules import AUDIT_KINDS, PERMISSIONS, ROLE_LABELS
from siyu.web.operation import PART_LABELS

LABELS: dict[str, Mapping[str, LocalizedText]] = {
    "import_state": IMPORT_STATES,
    "import_fault": IMPORT_FAULTS,
    "import_count": IMPORT_COUNTERS,
    "order_meaning": ORDER_MEANINGS,
    "channel": CHANNEL_LABELS,
    "sendable_channel": {channel.name: channel.label for channel in SENDABLE},
    "account_state": ACCOUNT_STATES,
    "consent": CONSENT_LABELS,
    "consent_source": CONSENT_SOURCES,
    "identity": IDENTITY_LABELS,
    "source": {**CHANNEL_LABELS, **SOURCES},
    "attribute_type": ATTRIBUTE_TYPE_LABELS,
    "tag_group_kind": TAG_GROUP_KINDS,
    "tag_norm": TAG_NORM_KINDS,
    "attachment_kind": ATTACHMENT_LABELS,
    "message_state": MESSAGE_STATES,
    "message_reason": REASON_LABELS,
    "message_purpose": {name: purpose.label for name, purpose in PURPOSES.items()},
    "journey_state": JOURNEY_STATES,
    "enrolment_state": ENROLMENT_STATES,
    "exit_reason": EXIT_REASONS,
    "journey_step": {name: kind.label for name, kind in STEPS.items()},
    "fact": {kind.name: kind.label for kind in CATALOGUE},
    "fact_property": {f"{kind.name}.{prop.name}": prop.label for kind in CATALOGUE for prop in props_of(kind)},
    "stage": STAGE_LABELS,
    "weekday": {str(day): label for day, label in enumerate(WEEKDAYS, 1)},
    "metric": {metric.name: metric.label for metric in METRIC_DICTIONARY.values()},
    "metric_unit": UNIT_LABELS,
    "worker_part": PART_LABELS,
    "quarantine_source": QUARANTINE_SOURCES,
    "quarantine_state": QUARANTINE_STATES,
    "quarantine_reason": QUARANTINE_REASONS,
    "permission": PERMISSIONS,
    "role": ROLE_LABELS,
    "audit_kind": AUDIT_KINDS,
}
"""The label sets there are, by name. Each is a table of the room whose codes it words."""

LabelsOut = create_model(  # type: ignore[call-overload]
    "LabelsOut", **dict.fromkeys(LABELS, (dict[str, LocalizedText], ...))
)

_BODY = orjson.dumps({name: dict(labels) for name, labels in LABELS.items()})
_ETAG = f'"{hashlib.sha256(_BODY).hexdigest()[:32]}"'

router = APIRouter(prefix="/api/v1", tags=["operation"])


@router.get("/labels", dependencies=[signed_in()], response_model=LabelsOut)
async def labels(request: Request) -> Response:
    """Every label set, the same for all brands; answers 304 to a browser that has it already."""
    headers = {"ETag": _ETAG, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == _ETAG:
        return Response(status_code=304, headers=headers)
    return Response(_BODY, media_type="application/json", headers=headers)
