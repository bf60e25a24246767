"""What a message holds: the rules for text and attachments, and the key that tells two identical messages.

The key is a hash of the exact rendered text and attachments: WeCom takes no idempotency key, so the same content
received twice is the only sign of a message sent twice.
"""

import hashlib
import json
from typing import Any

from siyu.simulators.wecom.call import Call, as_json
from siyu.simulators.wecom.errors import Refusal

KINDS = ("image", "link", "miniprogram", "video", "file")
REQUIRED = {"link": ("title", "url"), "miniprogram": ("title", "pic_media_id", "appid", "page")}
"""Fields an attachment of a kind must have (the platform's page on group send)."""
BYTES = {("link", "title"): 128, ("link", "desc"): 512, ("link", "url"): 2_048, ("miniprogram", "title"): 64}
"""(kind, field) -> most bytes (the platform's page on group send)."""


def _check_media(call: Call, media_id: str) -> None:
    row = call.db.execute("SELECT created_at FROM media WHERE media_id = ?", (media_id,)).fetchone()
    if row is None or call.now > row["created_at"] + call.store.limit("media_s"):
        raise Refusal(40007, media_id)


def _check_attachment(call: Call, attachment: Any) -> None:
    kind = attachment.get("msgtype") if isinstance(attachment, dict) else None
    if kind not in KINDS:
        raise Refusal(40058, f"attachments.msgtype {kind}")
    inner = attachment.get(kind)
    if not isinstance(inner, dict):
        raise Refusal(40058, f"attachments.{kind}")
    for name in REQUIRED.get(kind, ()):
        if not inner.get(name):
            raise Refusal(40058, f"{kind}.{name} is empty")
    for (of, name), most in BYTES.items():
        if of == kind and len(str(inner.get(name) or "").encode()) > most:
            raise Refusal(45002, f"{kind}.{name}")
    media_id = inner.get("media_id") or inner.get("pic_media_id")
    if media_id:
        _check_media(call, str(media_id))
    elif kind in ("video", "file") or (kind == "image" and not inner.get("pic_url")):
        raise Refusal(41006)


def message_of(call: Call) -> dict[str, Any]:
    """The message in a call's body as ``{"text": ..., "attachments": [...]}``, checked.

    The older form with one of image, link, miniprogram beside the text is read as one attachment, in that order.
    """
    text = call.body.get("text") or {}
    content = text.get("content", "") if isinstance(text, dict) else None
    if not isinstance(content, str):
        raise Refusal(40058, "text.content")
    attachments = call.body.get("attachments") or []
    if not isinstance(attachments, list):
        raise Refusal(40058, "attachments")
    old = [kind for kind in ("image", "link", "miniprogram") if call.body.get(kind)]
    if not attachments and old:
        attachments = [{"msgtype": old[0], old[0]: call.body[old[0]]}]
    if not content and not attachments:
        raise Refusal(40063, "text and attachments")
    if len(content.encode()) > call.store.limit("text_bytes"):
        raise Refusal(45002, "text.content")
    if len(attachments) > call.store.limit("attachments"):
        raise Refusal(40058, "too many attachments")
    for attachment in attachments:
        _check_attachment(call, attachment)
    return {"text": content, "attachments": attachments}


def keep_message(call: Call, message: dict[str, Any]) -> str:
    """Keep the message once under its content key, and answer the key."""
    body = as_json(message)
    key = hashlib.sha256(body.encode()).hexdigest()[:32]
    call.db.execute("INSERT OR IGNORE INTO contents VALUES (?, ?)", (key, body))
    return key


def shown(body: str) -> dict[str, Any]:
    """A kept message in the platform's shape: text.content and attachments."""
    message = json.loads(body)
    return {"text": {"content": message["text"]}, "attachments": message["attachments"]}
