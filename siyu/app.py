"""The explicit list of rooms, subscribers, jobs and timers. Nothing is discovered."""

from fastapi import APIRouter

from siyu.audience import models as audience
from siyu.audience.preview import api as audience_preview
from siyu.audience.preview import count_stream as audience_count
from siyu.audience.refresh import jobs as audience_jobs
from siyu.audience.saved import api as audience_saved
from siyu.channels import api as channels_api
from siyu.channels import jobs as channels_jobs
from siyu.channels.accounts import models as accounts
from siyu.channels.consent import models as consent
from siyu.channels.inbound import models as inbound
from siyu.channels.messages import models as messages
from siyu.channels.policy import models as send_policy
from siyu.cli.cli_context import Siyu, run_program
from siyu.cli.main import build
from siyu.commerce import api as commerce_api
from siyu.commerce import models as commerce
from siyu.contacts import models as contacts
from siyu.contacts.attributes import api as attributes_api
from siyu.contacts.identities import api as identities_api
from siyu.contacts.members import api as members_api
from siyu.contacts.merges import api as merges_api
from siyu.contacts.tags import api as tags_api
from siyu.contacts.tags import jobs as contacts_jobs
from siyu.content import api as content_api
from siyu.content import models as content
from siyu.facts.lake import compaction, erasure
from siyu.facts.log import models as facts
from siyu.facts.log.subscribers import AnySubscriber
from siyu.facts.operation import models as operation
from siyu.facts.operation.actions import correct_jobs
from siyu.facts.origin import models as origin
from siyu.imports import models as imports
from siyu.imports.files import api as import_files_api
from siyu.imports.files import uploads_api
from siyu.imports.runs import api as import_runs_api
from siyu.imports.runs import jobs as imports_jobs
from siyu.insight import api as insight_api
from siyu.journeys import api as journeys_api
from siyu.journeys import jobs as journeys_jobs
from siyu.journeys import models as journeys
from siyu.kit.db import Base
from siyu.kit.jobs import ClockCorrection, Job, Timer
from siyu.platform import api as platform_api
from siyu.platform import jobs as platform_jobs
from siyu.platform import models as platform
from siyu.platform.sign_in import api as sign_in_api
from siyu.platform.uses import models as uses
from siyu.platform.workspaces import api as workspaces_api
from siyu.worker.poll import Registry

CHANNELS = (accounts, consent, inbound, messages, send_policy)
MODELS = (facts, operation, origin, platform, uses, contacts, content, audience, *CHANNELS, commerce, journeys, imports)
METADATA = Base.metadata

ROOMS: tuple[APIRouter, ...] = (
    sign_in_api.router,
    platform_api.router,
    workspaces_api.router,
    members_api.router,
    identities_api.router,
    merges_api.router,
    tags_api.router,
    attributes_api.router,
    audience_preview.router,
    audience_count.router,
    audience_saved.router,
    content_api.router,
    commerce_api.router,
    uploads_api.router,
    import_files_api.router,
    import_runs_api.router,
    insight_api.router,
    channels_api.router,
    journeys_api.router,
)
"""What the web door serves."""

SUBSCRIBERS: tuple[AnySubscriber, ...] = (
    *audience_jobs.SUBSCRIBERS,
    journeys_jobs.TRIGGERS,
    *channels_jobs.SUBSCRIBERS,
)
"""Who reads the fact log, each at a cursor of its own."""

JOBS: tuple[Job, ...] = (*channels_jobs.JOBS, imports_jobs.IMPORT)
"""Work that is deferred in a transaction and done by a worker."""

TIMERS: tuple[Timer, ...] = (
    *audience_jobs.TIMERS,
    contacts_jobs.EXPIRE_TAGS,
    compaction.COMPACT,
    compaction.RETAIN,
    erasure.ERASE,
    journeys_jobs.TICK,
    *channels_jobs.TIMERS,
    imports_jobs.FORGET,
    imports_jobs.ERASE,
    platform_jobs.FORGET_SIGN_INS,
)
"""What is done every so often, by one process at a time."""


CLOCK_CORRECTIONS: tuple[ClockCorrection, ...] = (
    ClockCorrection("jobs", correct_jobs),
    audience_jobs.CLOCK_CORRECTION,
    channels_jobs.CLOCK_CORRECTION,
    journeys_jobs.CLOCK_CORRECTION,
)
"""What is done once when the clock has been set back."""


def main() -> None:
    """The command `siyu`."""
    run_program(build(Siyu(ROOMS, Registry(SUBSCRIBERS, JOBS, TIMERS, CLOCK_CORRECTIONS))))
