"""The platform's refusals: HTTP 200 with an errcode. Codes and meanings are those of its global error list (全局错误码)."""

ERRMSG: dict[int, str] = {
    -1: "system busy",
    40001: "invalid credential",
    40003: "invalid userid",
    40004: "invalid media type",
    40007: "invalid media_id",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40031: "invalid userid list",
    40058: "invalid request parameter",
    40063: "some parameters are empty",
    40068: "invalid tagid",
    40071: "tag name already exists",
    40072: "invalid tag name length",
    40096: "invalid external userid",
    40126: "too many corp tags",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "secret missing",
    41006: "media_id missing",
    41035: "external_userid missing",
    41037: "contact way type missing",
    41038: "contact way scene missing",
    41039: "invalid contact way type",
    41040: "invalid contact way scene",
    41041: "too many users in contact way",
    41043: "config_id missing",
    41044: "invalid config_id",
    41045: "too many contact ways",
    41046: "msgid missing",
    41047: "invalid msgid",
    41048: "no customer to send",
    41049: "welcome_code missing",
    41050: "invalid welcome_code",
    41051: "external user has started chatting",
    41096: "another app is sending the welcome message",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    44001: "empty media data",
    44004: "empty content",
    45002: "content size out of limit",
    45009: "api freq out of limit",
    45033: "api concurrent out of limit",
    47001: "data format error",
    50100: "invalid cursor",
    60003: "department not found",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    81013: "user & party & tag all invalid",
    84061: "not external contact",
    93000: "invalid webhook url",
}


class Refusal(Exception):
    """What the platform answers instead of obeying; `extra` are further fields of the answer."""

    def __init__(self, errcode: int, detail: str = "", **extra: object) -> None:
        self.errcode = errcode
        self.errmsg = ERRMSG.get(errcode, "error") + (f", {detail}" if detail else "")
        self.extra = extra
        super().__init__(f"{errcode} {self.errmsg}")

    def answer(self) -> dict[str, object]:
        """The body of the response."""
        return {"errcode": self.errcode, "errmsg": self.errmsg, **self.extra}
