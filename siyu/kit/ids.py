"""Ids and secrets. With `crypto`, the only home of chance."""

import base64
import hashlib
import secrets
import time
import uuid


def new_id() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562): time-ordered, so that indexes grow at one end."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | (0x7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62) | secrets.randbits(62)
    return uuid.UUID(int=value)


def token(nbytes: int = 32) -> str:
    """A URL-safe secret of `nbytes` random bytes."""
    return secrets.token_urlsafe(nbytes)


def webhook_secret() -> str:
    """A signing secret as Standard Webhooks writes it: `whsec_` and base64 of 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def password() -> str:
    """A first password a person can type: four groups of four unambiguous letters and digits (about 80 bits)."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))


def lock_number() -> int:
    """A number for an advisory lock that nobody else will take, positive and below 2^62."""
    return secrets.randbits(62)


def stable_hash(*parts: str) -> int:
    """A 64-bit number that depends on `parts` alone, the same on every machine and run (for sticky splits and samples)."""
    return int.from_bytes(hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest(), "big")
