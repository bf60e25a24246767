"""Signatures of Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`, several of them while a secret changes."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

PREFIX = "whsec_"
VERSION = "v1"
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64
TOLERANCE = timedelta(minutes=5)


class WrongSignature(Exception):
    """Not signed by who knows the secret, or too old to be believed."""


def key_of(secret: str) -> bytes:
    """The bytes behind `whsec_<base64>`; raises ValueError when it is none, or not of 24 to 64 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a secret is whsec_ and base64") from None
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise ValueError(f"a secret has {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes")
    return key


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,<base64>`."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return f"{VERSION},{base64.b64encode(hmac.digest(key_of(secret), signed, hashlib.sha256)).decode()}"


def headers(secret: str, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a signed delivery."""
    timestamp = int(now.timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }


def verify(secret: str, sent: Mapping[str, str], body: bytes, now: datetime | None) -> str:
    """The id of a delivery whose signature holds; raises WrongSignature. `now` None: its age is not looked at."""
    message_id, stamp = sent.get("webhook-id", ""), sent.get("webhook-timestamp", "")
    if not message_id or not stamp.isdigit():
        raise WrongSignature("id or timestamp is missing")
    if now is not None and abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise WrongSignature("too old, or from the future")
    expected = signature(secret, message_id, int(stamp), body).encode()
    for signed in sent.get("webhook-signature", "").split(" "):
        if hmac.compare_digest(expected, signed.encode()):
            return message_id
    raise WrongSignature("the signature does not match")
