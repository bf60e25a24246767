"""A webhook as a channel: one signed POST a message, repeated with the same id until it is answered.

The receiver is the brand's own program; it keeps the `webhook-id` to tell a repeat, as the standard asks of it. A 2xx
is a delivery, unless the account expects receipts: then the receiver tells by a signed call of its own.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import httpx
import orjson
from pydantic import Field, field_validator

from siyu.channels.adapters.types import (
    Accepted,
    Account,
    Adapter,
    AdapterContext,
    Batch,
    Content,
    Forged,
    Inbound,
    PlatformError,
    Quota,
    Receipt,
    Refused,
    Request,
    RetryLater,
    Unknown,
    Unsendable,
)
from siyu.channels.adapters.webhook import signing
from siyu.channels.inbound.types import DeliveryReport, InboundValue
from siyu.kit.config import Config, Setting
from siyu.kit.errors import Fault, Invalid
from siyu.kit.ids import webhook_secret
from siyu.kit.outbound import UnsafeAddress, check_url, fault_text
from siyu.kit.settings import settings
from siyu.kit.text import LocalizedText

TEXT_CHARS_MAX = 20_000
BODY_BYTES_MAX = 200_000
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that say: later. All other 4xx and 3xx are refusals; 410 asks us to stop."""
RETRY_AFTER_MAX_S = 3_600.0
REPORTS: dict[str, tuple[Literal["delivered", "failed"], str | None]] = {
    "message.delivered": ("delivered", None),
    "message.failed": ("failed", "refused"),
}
"""What a receiver may report: (state, reason)."""


class AccountConfig(Config):
    """Where messages are posted. `receipts`: a 2xx is only an acceptance; the receiver reports the outcome."""

    url: Annotated[str, Setting(LocalizedText("接收地址", "Receiving URL"))] = Field(min_length=8, max_length=1_000)
    receipts: Annotated[
        bool,
        Setting(
            LocalizedText("由接收方回报是否送达", "The receiver reports the outcome"),
            hint=LocalizedText(
                "不勾选时，接收方返回 2xx 即视为送达。", "Otherwise an answer of 2xx counts as the delivery."
            ),
        ),
    ] = False

    @field_validator("url")
    @classmethod
    def _web(cls, value: str) -> str:
        try:
            check_url(value, settings().outbound)
        except UnsafeAddress as error:
            raise Invalid(errors=[Fault("config.url", error.reason.en, error.reason.zh)]) from None
        return value


class AccountSecrets(Config):
    """The signing secret, `whsec_<base64>`; one is made when none is given."""

    secret: Annotated[
        str,
        Setting(
            LocalizedText("签名密钥", "Signing secret"),
            hint=LocalizedText("留空会自动生成，只显示一次。", "Made for you when left empty, and shown once."),
            format="secret",
        ),
    ] = Field(max_length=200)

    @field_validator("secret")
    @classmethod
    def _key(cls, value: str) -> str:
        try:
            signing.key_of(value)
        except ValueError as error:
            fault = Fault("secrets.secret", str(error), "签名密钥应为 whsec_ 开头的 24 至 64 字节 base64")
            raise Invalid(errors=[fault]) from None
        return value


def render(content: Content, config: Mapping[str, Any]) -> dict[str, Any]:
    """`text` and `attachments`; raises Unsendable when there is nothing, or too much."""
    if not content.text.strip() and not content.attachments:
        raise Unsendable("there is nothing in it")
    if len(content.text) > TEXT_CHARS_MAX:
        raise Unsendable(f"the text has {len(content.text)} characters, at most {TEXT_CHARS_MAX} are taken")
    return {"text": content.text, "attachments": list(content.attachments)}


def body_of(batch: Batch) -> bytes:
    """The same bytes whenever the same call is repeated."""
    (to,) = batch.to
    return orjson.dumps(
        {
            "type": "message.send",
            "timestamp": batch.started_at.astimezone(UTC),
            "data": {"message_id": to.message_id, "member_id": to.member_id, **batch.payload},
        },
        option=orjson.OPT_SORT_KEYS,
    )


async def send(context: AdapterContext, batch: Batch) -> Receipt:
    """One POST, signed. A redirect is a refusal: a message is for the address that was typed in."""
    body = body_of(batch)
    try:
        answer = await _post(context, batch.key, body)
    except UnsafeAddress as error:
        return RetryLater(f"webhook: {error}", 300.0, account=True)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        return RetryLater(f"webhook: {type(error).__name__}")
    except httpx.HTTPError as error:
        return Unknown(f"webhook: {type(error).__name__}")
    if answer.is_success:
        return Accepted(batch.key, final=not context.account.config.get("receipts", False))
    detail = f"webhook: HTTP {answer.status_code}"
    if answer.status_code in RETRIED:
        # a 5xx may have been carried out: the repeat has the same id, so that is safe
        return Unknown(detail) if answer.status_code >= 500 else RetryLater(detail, _retry_after(answer))
    return Refused(detail)


async def _post(context: AdapterContext, message_id: str, body: bytes) -> httpx.Response:
    signed = signing.headers(context.account.secrets["secret"], message_id, context.now(), body)
    return await context.http.post(
        str(context.account.config["url"]), content=body, headers={"content-type": "application/json", **signed}
    )


def _retry_after(answer: httpx.Response) -> float:
    stated = answer.headers.get("retry-after", "")
    return min(float(stated), RETRY_AFTER_MAX_S) if stated.isdigit() else 0.0


async def check(context: AdapterContext) -> None:
    """Post a signed `ping`; raises PlatformError when it is not answered with 2xx."""
    now = context.now()
    body = orjson.dumps({"type": "ping", "timestamp": now, "data": {}})
    try:
        answer = await _post(context, f"ping_{int(now.timestamp() * 1_000)}", body)
    except httpx.HTTPError as error:
        raise PlatformError(fault_text(error)) from None
    if not answer.is_success:
        raise PlatformError(f"HTTP {answer.status_code}")


def receive(account: Account, request: Request) -> Inbound:
    """A signed report of the receiver, kept to be handled; raises Forged. Its age is not looked at: `key` tells repeats."""
    if request.method != "POST" or len(request.body) > BODY_BYTES_MAX:
        raise Forged("not a report")
    try:
        message_id = signing.verify(account.secrets["secret"], request.headers, request.body, None)
        json.loads(request.body)
    except (signing.WrongSignature, ValueError) as error:
        raise Forged(str(error)) from None
    return Inbound(body=request.body.decode(), key=hashlib.sha256(message_id.encode()).digest())


MESSAGE_ID_MAX = 2**63 - 1


def parse(body: str) -> list[InboundValue]:
    """What the receiver reports of a message: {type, data: {message_id}}; anything else is passed over."""
    report = json.loads(body)
    data = report.get("data") if isinstance(report, dict) else None
    number = data.get("message_id") if isinstance(data, dict) else None
    outcome = REPORTS.get(str(report.get("type"))) if isinstance(report, dict) else None
    if outcome is None or not isinstance(number, int) or not 0 < number <= MESSAGE_ID_MAX:
        return []
    state, reason = outcome
    return [DeliveryReport(number, state, reason)]


def quotas(config: Mapping[str, Any], now: datetime) -> tuple[Quota, ...]:
    """Ours alone: the receiver states none."""
    return (
        Quota(
            "text_chars", LocalizedText("单条消息字数", "Characters of one message"), TEXT_CHARS_MAX, "characters", ""
        ),
    )


def open_session(context: AdapterContext) -> AdapterContext:
    """The context itself: a webhook keeps no session."""
    return context


ADAPTER = Adapter(
    channel="webhook",
    description=LocalizedText(
        "按 Standard Webhooks 签名推送到你的地址，带幂等键重试",
        "Pushed to your address, signed as Standard Webhooks, retried under an idempotency key",
    ),
    member_label=LocalizedText("其他通知", "Other notices"),
    addressed="member",
    takes_key=True,
    batch_max=1,
    config=AccountConfig,
    secrets=AccountSecrets,
    render=render,
    open=open_session,
    send=send,
    check=check,
    receive=receive,
    parse=parse,
    quotas=quotas,
    make_secret=webhook_secret,
    address="url",
    callback_hint=LocalizedText(
        "接收方把送达结果签名后发到这个地址。", "The receiver posts what became of a message here, signed."
    ),
)
