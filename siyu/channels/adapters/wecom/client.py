"""Calls to WeCom's server API, with failures sorted by the one question a sender must answer: was it carried out?

`WeComRefused`      no: the platform said so, and saying it again will not help.
`WeComBusy`         no: later, after `retry_after` seconds.
`WeComUnreachable`  no: the request never left (no connection, or no token to send it with).
`WeComUnknown`      perhaps: it may have been carried out before the answer was lost. Never repeat it blindly.

The access token travels in the query string (the platform's rule), so it and the secret are kept out of errors and out
of httpx's own request log.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

Answer = dict[str, Any]

TOKEN_REFUSED = frozenset({40014, 42001})
RETRY_AFTER_S = {-1: 5.0, 45009: 60.0, 45033: 2.0, 41096: 1.0}
"""errcode -> seconds to wait. 45009 blocks for 60 s (the minute rule) or 60 min (the hour rule); 41096: another app of
the corp is sending the same welcome (2025-11-17)."""
HTTP_BUSY_S = 60.0
EXTERNAL_USERIDS_MAX = 10_000
PAGE_ROWS_MAX = 1_000


class WeComError(Exception):
    """A call that did not come back well; `path` is the endpoint, without host, query or token."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.path = path


class WeComRefused(WeComError):
    """The platform refused the request by an errcode, or by an HTTP 4xx (then `errcode` is the status)."""

    def __init__(self, errcode: int, errmsg: str, path: str) -> None:
        super().__init__(f"{path}: {errcode} {errmsg}", path)
        self.errcode = errcode
        self.errmsg = errmsg


class WeComBusy(WeComError):
    """Over a rate or momentarily busy; not carried out, may be repeated after `retry_after` seconds."""

    def __init__(self, errcode: int, errmsg: str, path: str, retry_after: float) -> None:
        super().__init__(f"{path}: {errcode} {errmsg}, again in {retry_after:g} s", path)
        self.errcode = errcode
        self.errmsg = errmsg
        self.retry_after = retry_after


class WeComUnreachable(WeComError):
    """Certainly not carried out: no connection was made, or no token could be had."""


class WeComUnknown(WeComError):
    """May or may not have been carried out: time ran out, the connection was lost, or the server failed (5xx)."""


@dataclass(frozen=True, slots=True)
class TokenStore:
    """Where all processes share one token per secret. `get_token` answers None when there is none still valid;
    `save_token` takes the token and its life in seconds."""

    get_token: Callable[[], Awaitable[str | None]]
    save_token: Callable[[str, int], Awaitable[None]]


def private_tokens() -> TokenStore:
    """A token store of this process alone: scripts and tests. Life is not tracked; a refusal fetches anew."""
    held: list[str] = []

    async def get_token() -> str | None:
        return held[-1] if held else None

    async def save_token(token: str, expires_in: int) -> None:
        held[:] = [token]

    return TokenStore(get_token, save_token)


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
        raise WeComBusy(status, "HTTP 429", path, HTTP_BUSY_S)
    if status != 200:
        raise WeComRefused(status, f"HTTP {status}", path)
    try:
        answer = response.json()
        errcode = int(answer.get("errcode", 0))
    except (ValueError, TypeError, AttributeError):
        raise WeComUnknown(f"{path}: the answer is not the platform's JSON", path) from None
    errmsg = str(answer.get("errmsg", ""))
    if errcode in RETRY_AFTER_S:
        raise WeComBusy(errcode, errmsg, path, RETRY_AFTER_S[errcode])
    if errcode:
        raise WeComRefused(errcode, errmsg, path)
    return dict(answer)


class WeComClient:
    """One app (secret) of one corp. `base_url` is up to but without ``/cgi-bin``; `http` is the caller's to close."""

    def __init__(
        self, base_url: str, corp_id: str, secret: str, token_store: TokenStore, http: httpx.AsyncClient
    ) -> None:
        self._base = base_url.rstrip("/") + "/cgi-bin/"
        self._corp_id = corp_id
        self._secret = secret
        self._tokens = token_store
        self._http = http
        self._renewing = asyncio.Lock()

    def __repr__(self) -> str:
        return f"WeComClient({self._base!r}, corp_id={self._corp_id!r})"

    async def _exchange(
        self, path: str, query: Mapping[str, str | int], json: Mapping[str, Any] | None, files: Any = None
    ) -> Answer:
        """One HTTP round trip, no token logic. GET without a body, POST with one."""
        try:
            if json is None and files is None:
                response = await self._http.get(self._base + path, params=dict(query))
            else:
                response = await self._http.post(self._base + path, params=dict(query), json=json, files=files)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise WeComUnreachable(f"{path}: {type(error).__name__}", path) from None
        except httpx.HTTPError as error:
            raise WeComUnknown(f"{path}: {type(error).__name__}", path) from None
        return _sort_answer(response, path)

    async def gettoken(self) -> str:
        """Fetch a token anew and save it. The platform answers the same token while it is valid."""
        answer = await self._exchange("gettoken", {"corpid": self._corp_id, "corpsecret": self._secret}, None)
        token = str(answer["access_token"])
        await self._tokens.save_token(token, int(answer.get("expires_in", 0)))
        return token

    async def _token(self, refused: str | None) -> str:
        """A token other than the `refused` one. One refresh at a time; another process's refresh is used if seen."""
        token = await self._tokens.get_token()
        if token and token != refused:
            return token
        async with self._renewing:
            token = await self._tokens.get_token()
            if token and token != refused:
                return token
            try:
                return await self.gettoken()
            except WeComUnknown as error:
                # The caller's request was never sent, whatever became of the token's.
                raise WeComUnreachable(str(error), error.path) from None

    async def call(
        self,
        path: str,
        json: Mapping[str, Any] | None = None,
        query: Mapping[str, str | int] | None = None,
        files: Any = None,
    ) -> Answer:
        """Call ``/cgi-bin/<path>``: GET without `json` and `files`, else POST. Raises a `WeComError`.

        A refused token is fetched anew and the call repeated once; a token's refusal means it was not carried out.
        """
        token = await self._token(None)
        try:
            return await self._exchange(path, {**(query or {}), "access_token": token}, json, files)
        except WeComRefused as error:
            if error.errcode not in TOKEN_REFUSED:
                raise
        token = await self._token(token)
        return await self._exchange(path, {**(query or {}), "access_token": token}, json, files)

    async def pages(self, path: str, json: Mapping[str, Any], pages_max: int = 10_000) -> AsyncIterator[Answer]:
        """Every page of an endpoint with a cursor, in order."""
        cursor = ""
        for _ in range(pages_max):
            answer = await self.call(path, {**json, "cursor": cursor} if cursor else json)
            yield answer
            cursor = str(answer.get("next_cursor") or "")
            if not cursor:
                return

    # -- staff ---------------------------------------------------------------------------------------------------
    async def department_list(self, id: int | None = None) -> list[Answer]:
        """Departments under `id` (all when None): id, name, parentid, order."""
        answer = await self.call("department/list", query={} if id is None else {"id": id})
        return list(answer["department"])

    async def user_list(self, department_id: int, fetch_child: bool = False) -> list[Answer]:
        """Staff of a department: userid, name, department, status..."""
        query: dict[str, str | int] = {"department_id": department_id, "fetch_child": int(fetch_child)}
        return list((await self.call("user/list", query=query))["userlist"])

    async def follow_user_list(self) -> list[str]:
        """Userids of staff who may talk to customers."""
        return list((await self.call("externalcontact/get_follow_user_list"))["follow_user"])

    async def message_send(self, message: Mapping[str, Any]) -> Answer:
        """An app message to staff; answers invaliduser and msgid."""
        return await self.call("message/send", message)

    # -- customers -----------------------------------------------------------------------------------------------
    async def customer_list(self, userid: str) -> list[str]:
        """external_userids of one member of staff. The platform answers 84061 when there are none."""
        try:
            return list((await self.call("externalcontact/list", query={"userid": userid}))["external_userid"])
        except WeComRefused as error:
            if error.errcode == 84061:
                return []
            raise

    async def customer_get(self, external_userid: str, cursor: str = "") -> Answer:
        """external_contact, follow_user (up to 500 a page) and next_cursor."""
        query: dict[str, str | int] = {"external_userid": external_userid}
        if cursor:
            query["cursor"] = cursor
        return await self.call("externalcontact/get", query=query)

    async def customer_batch(self, userids: Sequence[str], cursor: str = "", limit: int = 100) -> Answer:
        """One page of customers of up to 100 staff: external_contact_list and next_cursor."""
        body = {"userid_list": list(userids), "cursor": cursor, "limit": limit}
        return await self.call("externalcontact/batch/get_by_user", body)

    async def remark(self, userid: str, external_userid: str, **fields: Any) -> None:
        """Set remark, description, remark_company, remark_mobiles as one member of staff sees the customer."""
        body = {"userid": userid, "external_userid": external_userid, **fields}
        await self.call("externalcontact/remark", body)

    # -- contact codes -------------------------------------------------------------------------------------------
    async def add_contact_way(self, code: Mapping[str, Any]) -> Answer:
        """Make a contact code; answers config_id and, for scene 2, qr_code (a URL)."""
        return await self.call("externalcontact/add_contact_way", code)

    async def get_contact_way(self, config_id: str) -> Answer:
        return dict((await self.call("externalcontact/get_contact_way", {"config_id": config_id}))["contact_way"])

    async def list_contact_way(self, cursor: str = "", limit: int = 1_000) -> Answer:
        """One page: contact_way, a list of {config_id}, and next_cursor."""
        return await self.call("externalcontact/list_contact_way", {"cursor": cursor, "limit": limit})

    async def update_contact_way(self, config_id: str, changes: Mapping[str, Any]) -> None:
        await self.call("externalcontact/update_contact_way", {"config_id": config_id, **changes})

    async def del_contact_way(self, config_id: str) -> None:
        await self.call("externalcontact/del_contact_way", {"config_id": config_id})

    # -- tags ----------------------------------------------------------------------------------------------------
    async def corp_tag_list(self, tag_id: Sequence[str] = (), group_id: Sequence[str] = ()) -> list[Answer]:
        """Tag groups with their tags; all when neither argument is given."""
        body = {"tag_id": list(tag_id), "group_id": list(group_id)}
        return list((await self.call("externalcontact/get_corp_tag_list", body))["tag_group"])

    async def add_corp_tag(self, group: Mapping[str, Any]) -> Answer:
        """Add tags to a group named by group_id or group_name (made when absent); answers the tag_group."""
        return dict((await self.call("externalcontact/add_corp_tag", group))["tag_group"])

    async def edit_corp_tag(self, id: str, changes: Mapping[str, Any]) -> None:
        """Rename or reorder a tag or a group of tags."""
        await self.call("externalcontact/edit_corp_tag", {"id": id, **changes})

    async def del_corp_tag(self, tag_id: Sequence[str] = (), group_id: Sequence[str] = ()) -> None:
        await self.call("externalcontact/del_corp_tag", {"tag_id": list(tag_id), "group_id": list(group_id)})

    async def mark_tag(
        self, userid: str, external_userid: str, add_tag: Sequence[str] = (), remove_tag: Sequence[str] = ()
    ) -> None:
        """Tag a customer as one member of staff's; repeating it changes nothing."""
        body = {"userid": userid, "external_userid": external_userid}
        await self.call("externalcontact/mark_tag", {**body, "add_tag": list(add_tag), "remove_tag": list(remove_tag)})

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

    async def get_groupmsg_list_v2(
        self, chat_type: str, start_time: int, end_time: int, cursor: str = "", limit: int = 100, **filters: Any
    ) -> Answer:
        """One page of group sends created in [start_time, end_time] (epoch seconds, at most a month apart)."""
        body = {"chat_type": chat_type, "start_time": start_time, "end_time": end_time, "limit": limit, **filters}
        return await self.call("externalcontact/get_groupmsg_list_v2", {**body, "cursor": cursor})

    async def get_groupmsg_task(self, msgid: str, cursor: str = "", limit: int = PAGE_ROWS_MAX) -> Answer:
        """One page of task_list: userid, status (0 not yet confirmed, 2 sent), send_time; and next_cursor."""
        return await self.call("externalcontact/get_groupmsg_task", {"msgid": msgid, "limit": limit, "cursor": cursor})

    async def get_groupmsg_send_result(
        self, msgid: str, userid: str, cursor: str = "", limit: int = PAGE_ROWS_MAX
    ) -> Answer:
        """One page of send_list: external_userid or chat_id, status (0 unsent, 1 sent, 2 no friend, 3 over quota)."""
        body = {"msgid": msgid, "userid": userid, "limit": limit, "cursor": cursor}
        return await self.call("externalcontact/get_groupmsg_send_result", body)

    async def remind_groupmsg_send(self, msgid: str) -> None:
        """Nudge staff who have not confirmed; 3 times in 24 h."""
        await self.call("externalcontact/remind_groupmsg_send", {"msgid": msgid})

    async def cancel_groupmsg_send(self, msgid: str) -> None:
        """Stop what is not yet confirmed; what was sent stays sent."""
        await self.call("externalcontact/cancel_groupmsg_send", {"msgid": msgid})

    # -- media and robots ----------------------------------------------------------------------------------------
    async def media_upload(self, kind: str, filename: str, content: bytes) -> str:
        """Upload an image, voice, video or file; answers a media_id good for 3 days."""
        files = {"media": (filename, content)}
        return str((await self.call("media/upload", query={"type": kind}, files=files))["media_id"])

    async def webhook_send(self, key: str, message: Mapping[str, Any]) -> None:
        """Post to a group by its robot's key; 20 a minute a robot. Needs no token."""
        await self._exchange("webhook/send", {"key": key}, message)
