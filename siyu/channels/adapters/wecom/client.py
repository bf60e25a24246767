"""Calls to WeCom's server API, with failures sorted by the one question a sender must answer: was it carried out?

`WeComRefused`      no: the platform said so, and saying it again will not help.
`WeComBusy`         no: later, after `retry_after` seconds.
`WeComUnreachable`  no: the request never left (no connection, or no token to send it with).
`WeComUnknown`      perhaps: it may have been carried out before the answer was lost. Never repeat it blindly.

The access token travels in the query string (the platform's rule), so it and the secret are kept out of errors and out
of httpx's own request log.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from siyu.channels.adapters.types import PlatformError, Tokens
from siyu.kit.outbound import fault_text
from siyu.kit.text import LocalizedText

Answer = dict[str, Any]

TOKEN_REFUSED = frozenset({40014, 42001})
RETRY_AFTER_S = {-1: 5.0, 45009: 60.0, 45033: 2.0, 41096: 1.0}
"""errcode -> seconds to wait. 45009 blocks for 60 s (the minute rule) or 60 min (the hour rule); 41096: another app of
the corp is sending the same welcome (2025-11-17)."""
HTTP_BUSY_S = 60.0
EXTERNAL_USERIDS_MAX = 10_000
PAGE_ROWS_MAX = 1_000


MEANINGS: dict[int, LocalizedText] = {
    -1: LocalizedText("平台繁忙", "the platform is busy"),
    400: LocalizedText("平台不接受该请求", "the request was not understood"),
    401: LocalizedText("没有权限", "not allowed"),
    403: LocalizedText("没有权限", "not allowed"),
    404: LocalizedText("接口地址不对", "there is no such address"),
    429: LocalizedText("请求过于频繁", "too many requests"),
    40001: LocalizedText("应用密钥不正确", "the app's secret is not right"),
    40003: LocalizedText("没有这位员工", "there is no such member of staff"),
    40013: LocalizedText("企业 ID 不正确", "the corp id is not right"),
    40014: LocalizedText("访问凭证无效", "the access token is not valid"),
    40056: LocalizedText("应用 ID 不正确", "the app id is not right"),
    40058: LocalizedText("消息内容不符合平台要求", "the content is not what the platform takes"),
    41001: LocalizedText("缺少访问凭证", "the access token is missing"),
    41048: LocalizedText("没有可发送的客户", "there is no customer to send to"),
    41050: LocalizedText("欢迎语已过时限", "too late for a welcome"),
    41051: LocalizedText("欢迎语已发送过", "the welcome was sent already"),
    41096: LocalizedText("另一个应用正在发送欢迎语", "another app is sending the welcome"),
    42001: LocalizedText("访问凭证已过期", "the access token has ended"),
    45009: LocalizedText("接口调用超过频率限制", "the rate of calls is used up"),
    45033: LocalizedText("并发调用超过限制", "too many calls at once"),
    48001: LocalizedText("应用没有这个接口的权限", "the app may not call this"),
    48002: LocalizedText("应用没有这个接口的权限", "the app may not call this"),
    60011: LocalizedText("应用无权访问该员工或部门", "the app may not see this member of staff"),
    60020: LocalizedText("本服务器的 IP 不在企业可信 IP 中", "this server is not among the trusted IPs"),
    60111: LocalizedText("没有这位员工", "there is no such member of staff"),
    84061: LocalizedText("不是该员工的客户", "not a customer of this member of staff"),
    84074: LocalizedText("员工没有客户联系权限", "this member of staff may not talk to customers"),
    301002: LocalizedText("应用无权访问该员工", "the app may not see this member of staff"),
}
"""What the platform's codes mean, in our words."""


def _meaning(errcode: int) -> str:
    """Our words for a code. The platform's own are never shown: whoever answers at the address could say anything."""
    meaning = MEANINGS.get(errcode)
    return f"{meaning.zh} {meaning.en}" if meaning else ""


class WeComError(PlatformError):
    """A call that did not come back well; `path` is the endpoint, without host, query or token."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.path = path


class WeComRefused(WeComError):
    """The platform refused the request by an errcode, or by an HTTP 4xx (then `errcode` is the status)."""

    def __init__(self, errcode: int, path: str) -> None:
        super().__init__(f"{path}: {errcode} {_meaning(errcode)}", path)
        self.errcode = errcode


class WeComBusy(WeComError):
    """Over a rate or momentarily busy; not carried out, may be repeated after `retry_after` seconds."""

    def __init__(self, errcode: int, path: str, retry_after: float) -> None:
        super().__init__(f"{path}: {errcode} {_meaning(errcode)}", path)
        self.errcode = errcode
        self.retry_after = retry_after


class WeComUnreachable(WeComError):
    """Certainly not carried out: no connection was made, or no token could be had."""


class WeComUnknown(WeComError):
    """May or may not have been carried out: time ran out, the connection was lost, or the server failed (5xx)."""


class _HideQuery(logging.Filter):
    """Cuts the query (token, secret) off URLs which httpx would log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                str(a.copy_with(query=None)) if isinstance(a, httpx.URL) and a.query else a for a in record.args
            )
        return True


if not any(isinstance(f, _HideQuery) for f in logging.getLogger("httpx").filters):
    logging.getLogger("httpx").addFilter(_HideQuery())


def _sort_answer(response: httpx.Response, path: str) -> Answer:
    """The answer of an errcode 0; raises the error which the response means."""
    status = response.status_code
    if status >= 500:
        raise WeComUnknown(f"{path}: HTTP {status}", path)
    if status == 429:
        raise WeComBusy(status, path, HTTP_BUSY_S)
    if status != 200:
        raise WeComRefused(status, path)
    try:
        answer = response.json()
        errcode = int(answer.get("errcode", 0))
    except (ValueError, TypeError, AttributeError):
        raise WeComUnknown(f"{path}: the answer is not the platform's JSON", path) from None
    if errcode in RETRY_AFTER_S:
        raise WeComBusy(errcode, path, RETRY_AFTER_S[errcode])
    if errcode:
        raise WeComRefused(errcode, path)
    return dict(answer)


class WeComClient:
    """One app (secret) of one corp. `base_url` is up to but without ``/cgi-bin``; `http` is the caller's to close;
    `tokens` is where all processes share one token a secret."""

    def __init__(self, base_url: str, corp_id: str, secret: str, tokens: Tokens, http: httpx.AsyncClient) -> None:
        self._base = base_url.rstrip("/") + "/cgi-bin/"
        self.corp_id = corp_id
        self._secret = secret
        self._tokens = tokens
        self._http = http

    def __repr__(self) -> str:
        return f"WeComClient({self._base!r}, corp_id={self.corp_id!r})"

    async def _exchange(
        self, path: str, query: Mapping[str, str | int], json: Mapping[str, Any] | None = None
    ) -> Answer:
        """One HTTP round trip, no token logic. GET without a body, POST with one."""
        try:
            if json is None:
                response = await self._http.get(self._base + path, params=dict(query))
            else:
                response = await self._http.post(self._base + path, params=dict(query), json=json)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise WeComUnreachable(f"{path}: {fault_text(error)}", path) from None
        except httpx.HTTPError as error:
            raise WeComUnknown(f"{path}: {type(error).__name__}", path) from None
        return _sort_answer(response, path)

    async def _fetch_token(self) -> tuple[str, int]:
        """(a token, its life in seconds). A lost answer is harmless, the platform answers the same token while it is
        valid; and whatever became of it, the caller's own request was never sent."""
        try:
            answer = await self._exchange("gettoken", {"corpid": self.corp_id, "corpsecret": self._secret})
        except WeComUnknown as error:
            raise WeComUnreachable(str(error), error.path) from None
        return str(answer["access_token"]), int(answer.get("expires_in", 0))

    async def renew_token(self, refused: str | None = None) -> str:
        """A token other than the `refused` one; one process fetches it for all."""
        return await self._tokens.renew(refused, self._fetch_token)

    async def call(
        self, path: str, json: Mapping[str, Any] | None = None, query: Mapping[str, str | int] | None = None
    ) -> Answer:
        """Call ``/cgi-bin/<path>``: GET without `json`, else POST. Raises a `WeComError`.

        A refused token is fetched anew and the call repeated once; a token's refusal means it was not carried out.
        """
        token = await self._tokens.read() or await self.renew_token()
        try:
            return await self._exchange(path, {**(query or {}), "access_token": token}, json)
        except WeComRefused as error:
            if error.errcode not in TOKEN_REFUSED:
                raise
        token = await self.renew_token(token)
        return await self._exchange(path, {**(query or {}), "access_token": token}, json)

    # -- staff and customers -------------------------------------------------------------------------------------
    async def follow_user_list(self) -> list[str]:
        """Userids of staff who may talk to customers."""
        return list((await self.call("externalcontact/get_follow_user_list")).get("follow_user") or ())

    async def customer_get(self, external_userid: str) -> Answer:
        """external_contact and follow_user (up to 500)."""
        return await self.call("externalcontact/get", query={"external_userid": external_userid})

    async def customer_batch(self, userids: Sequence[str], cursor: str = "", limit: int = 100) -> Answer:
        """One page of customers of up to 100 staff: external_contact_list and next_cursor."""
        body = {"userid_list": list(userids), "cursor": cursor, "limit": limit}
        return await self.call("externalcontact/batch/get_by_user", body)

    # -- welcome and group send ----------------------------------------------------------------------------------
    async def send_welcome_msg(
        self, welcome_code: str, text: str = "", attachments: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        """Within 20 s of the event, once. Refused 41050: too late; 41051: already delivered or already talking."""
        body: dict[str, Any] = {"welcome_code": welcome_code, "attachments": list(attachments)}
        if text:
            body["text"] = {"content": text}
        await self.call("externalcontact/send_welcome_msg", body)

    async def add_msg_template(self, template: Mapping[str, Any]) -> tuple[str, list[str]]:
        """Ask staff to send; answers (msgid, ids that cannot be sent to). A msgid is a request, not a delivery."""
        if len(template.get("external_userid") or ()) > EXTERNAL_USERIDS_MAX:
            raise ValueError(f"more than {EXTERNAL_USERIDS_MAX} external_userid in one call")
        answer = await self.call("externalcontact/add_msg_template", template)
        return str(answer["msgid"]), list(answer.get("fail_list") or ())

    async def get_groupmsg_send_result(
        self, msgid: str, userid: str, cursor: str = "", limit: int = PAGE_ROWS_MAX
    ) -> Answer:
        """One page of send_list: external_userid or chat_id, status (0 unsent, 1 sent, 2 no friend, 3 over quota)."""
        body = {"msgid": msgid, "userid": userid, "limit": limit, "cursor": cursor}
        return await self.call("externalcontact/get_groupmsg_send_result", body)

    async def cancel_groupmsg_send(self, msgid: str) -> None:
        """Stop what is not yet confirmed; what was sent stays sent."""
        await self.call("externalcontact/cancel_groupmsg_send", {"msgid": msgid})
