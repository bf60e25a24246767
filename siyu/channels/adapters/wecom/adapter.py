"""WeCom as a channel: one add_msg_template for many customers of one member of staff, who must confirm it.

A returned msgid is a request, not a delivery: what became of it is asked for afterwards. The platform takes no
idempotency key, so a call whose answer was lost is never repeated.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from siyu.channels.adapters.types import (
    Accepted,
    Account,
    Adapter,
    AdapterContext,
    Batch,
    Content,
    DeliveryOutcome,
    Forged,
    Inbound,
    OutcomeQuery,
    Receipt,
    Refused,
    Request,
    RetryLater,
    Unknown,
    Unsendable,
)
from siyu.channels.adapters.wecom import limits
from siyu.channels.adapters.wecom.client import (
    EXTERNAL_USERIDS_MAX,
    PAGE_ROWS_MAX,
    WeComBusy,
    WeComClient,
    WeComError,
    WeComRefused,
    WeComUnreachable,
)
from siyu.channels.adapters.wecom.contacts import CONTACTS
from siyu.channels.adapters.wecom.crypto import BODY_BYTES_MAX, CallbackRefused, Seal
from siyu.channels.adapters.wecom.events import WELCOME_MARK, parse
from siyu.channels.adapters.wecom.limits import LIMITS
from siyu.kit.config import Config, Setting
from siyu.kit.errors import Fault, Invalid, OutOfRange
from siyu.kit.logs import logger
from siyu.kit.outbound import UnsafeAddress, check_url
from siyu.kit.settings import settings
from siyu.kit.text import LocalizedText, same
from siyu.kit.time import moment_of

log = logger("wecom")

PLATFORM = "https://qyapi.weixin.qq.com"
ACCOUNT_TROUBLE = frozenset({40001, 40013, 40056, 41001, 48001, 48002, 60011, 60020, 301002, 400, 401, 403, 404})
"""errcodes (and HTTP statuses) that speak of the app, not of the message: nothing is lost, all wait until it is mended."""
ACCOUNT_WAIT_S = 300.0
UNREACHABLE_WAIT_S = 30.0
NO_CUSTOMER = 41048
WELCOME_TAKEN = 41051
WELCOME_REASONS = {41050: "welcome_late", WELCOME_TAKEN: "welcome_taken"}
WELCOME_TRIES = 4
WELCOME_PAUSE_S = 1.0
RESULTS: dict[int, tuple[Literal["delivered", "failed"], str | None]] = {
    1: ("delivered", None),
    2: ("failed", "not_friend"),
    3: ("failed", "customer_limit"),
}
RESULT_PAGES_MAX = 20
"""10,000 receivers a call, 1,000 a page, and room to spare."""


class AccountConfig(Config):
    """What an account of a corp is configured with.

    `friend_consents_marketing`: adding the brand as a friend also opts in to marketing on WeCom, unless the member opted
    out before. `limits`: agreed with the platform, by name.
    """

    corpid: Annotated[
        str,
        Setting(
            LocalizedText("企业 ID (corpid)", "Corp id (corpid)"),
            LocalizedText("请填写企业 ID：字母、数字、- 和 _", "must be the corp id: letters, digits, - and _"),
        ),
    ] = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    agent_id: Annotated[str, Setting(LocalizedText("应用 ID (agentid)", "App id (agentid)"))] = Field("", max_length=32)
    friend_consents_marketing: Annotated[
        bool,
        Setting(
            LocalizedText(
                "添加好友即视为同意接收企业微信营销消息", "Adding us as a friend opts in to marketing on WeCom"
            ),
            hint=LocalizedText(
                "需要在添加好友时明确告知客户。已退订的客户不受影响。",
                "Tell customers so when they add you. Those who opted out stay out.",
            ),
        ),
    ] = False
    welcome_template_id: Annotated[
        int | None,
        Setting(
            LocalizedText("欢迎语模板", "Welcome template"),
            hint=LocalizedText("客户添加好友后立即发送。", "Sent at once to whoever adds us as a friend."),
            format="channel_template",
        ),
    ] = None
    base_url: Annotated[
        str,
        Setting(
            LocalizedText("接口地址", "API address"),
            hint=LocalizedText(
                "默认是企业微信官方地址；用模拟器时填模拟器的地址（需设置 SIYU_OUTBOUND=loopback）。",
                "WeCom's own address unless you use the simulator (which takes SIYU_OUTBOUND=loopback).",
            ),
        ),
    ] = Field(PLATFORM, max_length=500)
    limits: Annotated[
        dict[str, int],
        Setting(
            LocalizedText("与平台商定的限额", "Limits agreed with the platform"),
            hint=LocalizedText("留空按平台公布的限额。", "Left empty, what the platform publishes holds."),
            format="limits",
            options={quota.name: quota.label for quota in LIMITS},
        ),
    ] = Field({})

    @field_validator("base_url")
    @classmethod
    def _safe(cls, value: str) -> str:
        try:
            check_url(value, settings().outbound)
        except UnsafeAddress as error:
            raise Invalid(errors=[Fault("config.base_url", error.reason.en, error.reason.zh)]) from None
        if "?" in value or "#" in value:
            fault = Fault("config.base_url", "must be a web address without a query", "应为不带参数的网址")
            raise Invalid(errors=[fault])
        return value.rstrip("/")

    @field_validator("limits")
    @classmethod
    def _known(cls, value: dict[str, int]) -> dict[str, int]:
        if faults := limits.check(value, "config.limits"):
            raise Invalid(errors=faults)
        return value


class AccountSecrets(Config):
    """The app's secret, and what the corp configured for callbacks."""

    secret: Annotated[str, Setting(LocalizedText("应用密钥 (secret)", "App secret"), format="secret")] = Field(
        min_length=1, max_length=200
    )
    callback_token: Annotated[str, Setting(LocalizedText("回调 Token", "Callback token"), format="secret")] = Field(
        "", max_length=64
    )
    callback_aes_key: Annotated[
        str,
        Setting(
            same("EncodingAESKey"),
            LocalizedText("应为 43 个字母、数字、+ 或 /", "must be 43 letters, digits, + or /"),
            format="secret",
        ),
    ] = Field("", max_length=43, pattern=r"^([A-Za-z0-9+/]{43})?$")


def render(content: Content, config: Mapping[str, Any]) -> dict[str, Any]:
    """`text` and `attachments` as the platform takes them; raises Unsendable past its limits."""
    size, most = len(content.text.encode()), limits.limit(config, "text_bytes")
    if size > most:
        raise Unsendable(f"the text has {size} bytes, at most {most} are taken")
    if len(content.attachments) > limits.limit(config, "attachments"):
        raise Unsendable(f"{len(content.attachments)} attachments are too many")
    if not content.text.strip() and not content.attachments:
        raise Unsendable("there is nothing in it")
    payload: dict[str, Any] = {"attachments": [_attachment(attachment) for attachment in content.attachments]}
    if content.text.strip():
        payload["text"] = {"content": content.text}
    return payload


def _attachment(attachment: Mapping[str, Any]) -> dict[str, Any]:
    """The platform's {msgtype, <msgtype>: {…}} of the same, or of our flat {kind, …}."""
    if "msgtype" in attachment:
        return dict(attachment)
    kind = str(attachment.get("kind") or "link")
    return {"msgtype": kind, kind: {name: value for name, value in attachment.items() if name != "kind"}}


def open_client(context: AdapterContext) -> WeComClient:
    """A client that shares its token with all processes."""
    config, secrets = context.account.config, context.account.secrets
    return WeComClient(str(config["base_url"]), str(config["corpid"]), secrets["secret"], context.tokens, context.http)


def failure(error: WeComError) -> Receipt:
    """What a failed call means for its messages."""
    detail = str(error)
    if isinstance(error, WeComBusy):
        return RetryLater(detail, error.retry_after)
    if isinstance(error, WeComUnreachable):
        return RetryLater(detail, UNREACHABLE_WAIT_S)
    if isinstance(error, WeComRefused):
        if error.errcode in ACCOUNT_TROUBLE:
            return RetryLater(detail, ACCOUNT_WAIT_S, account=True)
        return Refused(detail, "not_friend" if error.errcode == NO_CUSTOMER else "refused")
    return Unknown(detail)


async def send(client: WeComClient, batch: Batch) -> Receipt:
    """One call for the batch. Never repeated when it is unknown whether it was carried out."""
    if batch.kind == "welcome":
        return await _welcome(client, batch)
    template = {
        "chat_type": "single",
        "external_userid": [addressee.address for addressee in batch.to],
        "sender": batch.sender,
        **batch.payload,
    }
    try:
        msgid, failed = await client.add_msg_template(template)
    except WeComError as error:
        return failure(error)
    unsendable = frozenset(failed)
    return Accepted(msgid, {to.message_id: "not_friend" for to in batch.to if to.address in unsendable})


async def _welcome(client: WeComClient, batch: Batch) -> Receipt:
    """Answer a welcome code. A code works once, so a lost answer may be asked for again: 41051 then says it was sent."""
    payload = dict(batch.payload)
    code, text = batch.code or "", str(payload.get("text", {}).get("content", ""))
    lost = False
    detail = ""
    for _ in range(WELCOME_TRIES):
        try:
            await client.send_welcome_msg(code, text, payload.get("attachments") or ())
            return Accepted(final=True)
        except WeComRefused as error:
            if error.errcode == WELCOME_TAKEN and lost:
                return Accepted(final=True)
            return Refused(str(error), WELCOME_REASONS.get(error.errcode, "refused"))
        except (WeComBusy, WeComUnreachable) as error:
            # 41096: another app of the corp is at it; the code is good for seconds only, so there is no later
            detail = str(error)
            await asyncio.sleep(WELCOME_PAUSE_S)
        except WeComError as error:
            lost, detail = True, str(error)
    return Unknown(detail) if lost else Refused(detail, "welcome_late")


async def results(client: WeComClient, query: OutcomeQuery) -> list[DeliveryOutcome] | None:
    """Receivers of whom the platform knows what became of them; None when it could not be asked."""
    outcomes: list[DeliveryOutcome] = []
    cursor = ""
    for _ in range(RESULT_PAGES_MAX):
        try:
            page = await client.get_groupmsg_send_result(
                query.provider_id, query.sender or "", cursor, limit=PAGE_ROWS_MAX
            )
        except WeComError as error:
            log.warning("outcome_not_known", corp_id=client.corp_id, error=str(error))
            return None
        rows = page.get("send_list") or ()
        outcomes += [outcome for row in rows if (outcome := _outcome(row)) is not None]
        cursor = str(page.get("next_cursor") or "")
        if not cursor:
            break
    return outcomes


def _outcome(row: Mapping[str, Any]) -> DeliveryOutcome | None:
    outcome = RESULTS.get(int(row.get("status", 0)))
    if outcome is None:
        return None
    try:
        at = moment_of(row["send_time"]) if row.get("send_time") else None
    except OutOfRange:
        at = None
    return DeliveryOutcome(str(row.get("external_userid")), outcome[0], outcome[1], at)


async def cancel(client: WeComClient, query: OutcomeQuery) -> bool:
    """Ask staff no more; what was sent stays sent. False when the platform could not be told."""
    try:
        await client.cancel_groupmsg_send(query.provider_id)
    except WeComError as error:
        log.warning("not_cancelled", corp_id=client.corp_id, error=str(error))
        return False
    return True


async def check(client: WeComClient) -> None:
    """Get a token and ask who may talk to customers; raises WeComError."""
    await client.renew_token()
    await client.follow_user_list()


def receive(account: Account, request: Request) -> Inbound:
    """Verify and open a callback: a GET is answered with its echo, a POST with nothing and kept; raises Forged."""
    seal = Seal(
        account.secrets.get("callback_token", ""),
        account.secrets.get("callback_aes_key", ""),
        str(account.config["corpid"]),
    )
    if not seal.token or not seal.encoding_aes_key:
        raise Forged("no callback is configured for this account")
    query = request.query
    signed = (query.get("timestamp", ""), query.get("nonce", ""), query.get("msg_signature", ""))
    try:
        if request.method == "GET":
            return Inbound(answer=seal.open(query.get("echostr", ""), *signed))
        if len(request.body) > BODY_BYTES_MAX:
            raise Forged("too large")
        event = seal.open_body(request.body, *signed)
    except CallbackRefused as error:
        raise Forged(str(error)) from None
    # the platform seals each retry anew, so only what is inside tells that it is the same
    welcomes = WELCOME_MARK in event and bool(account.config.get("welcome_template_id"))
    return Inbound(body=event, key=hashlib.sha256(event.encode()).digest(), urgent=welcomes)


ADAPTER = Adapter(
    channel="wecom",
    description=LocalizedText(
        "企业微信客户群发：由员工确认后送达；平台不支持幂等键，崩溃后无法判断的消息列为待核实",
        "WeCom customer group send, delivered once staff confirm; it takes no idempotency key, so what a crash leaves "
        "unclear is in doubt",
    ),
    member_label=LocalizedText("企业微信", "WeCom"),
    addressed="contact_link",
    takes_key=False,
    batch_max=EXTERNAL_USERIDS_MAX,
    config=AccountConfig,
    secrets=AccountSecrets,
    render=render,
    open=open_client,
    send=send,
    check=check,
    receive=receive,
    parse=parse,
    quotas=limits.in_force,
    results=results,
    cancel=cancel,
    contacts=CONTACTS,
    address="base_url",
    setup_hint=LocalizedText(
        "请企业微信管理员把本服务器的出口 IP 加入应用的“企业可信 IP”，否则接口会拒绝调用（60020）。",
        "Have the admin of WeCom add this server's outgoing IP address to the app's trusted IPs; otherwise every call is "
        "refused (60020).",
    ),
    callback_hint=LocalizedText(
        "填到企业微信后台“客户联系 - API - 接收事件服务器”。",
        "Enter it in WeCom under Customer contact - API - event server.",
    ),
)
