"""Encryption at rest and keyed hashes for personal data.

One 32-byte key an installation. Values are AES-256-GCM with a random 12-byte nonce; equality search uses
HMAC-SHA-256 under a key derived from the same one, so that a stolen table alone reveals nothing.
"""

import base64
import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from siyu.kit.errors import CannotStart

KEY_BYTES = 32
NONCE_BYTES = 12
HASH_BYTES = 16
HASH_BLOCK_BYTES = 64

_cipher: AESGCM | None = None
_hashing: tuple[Any, Any] | None = None
"""HMAC's inner and outer SHA-256 with the key already taken in: most of the time of a short message's HMAC is the key's."""


def configure(key: bytes) -> None:
    """Use `key` (32 bytes) in this process."""
    global _cipher, _hashing
    if len(key) != 32:
        raise ValueError("the key must be 32 bytes")
    _cipher = AESGCM(key)
    block = hmac.digest(key, b"siyu searchable hash", hashlib.sha256).ljust(HASH_BLOCK_BYTES, b"\0")
    _hashing = hashlib.sha256(bytes(b ^ 0x36 for b in block)), hashlib.sha256(bytes(b ^ 0x5C for b in block))


def key_file(folder: Path) -> Path:
    """Where the key lies, unless it is configured."""
    return folder / "data.key"


def load_or_make_key(configured: str | None, folder: Path, *, make: bool = True) -> bytes:
    """The installation's key: `configured` (base64), or the file in `folder`, made once and readable by its owner only.

    Raises CannotStart for one that is not the base64 of 32 bytes, and where it is missing and must not be made.
    """
    if configured is not None:
        return _key_of(configured, "SIYU_KEY", "SIYU_KEY")
    file = key_file(folder)
    if not file.exists():
        if not make:
            raise CannotStart(
                f"{file} is missing: without it the personal data of this database cannot be read; bring it back from a backup",
                f"缺少 {file}：没有它就无法读取这个数据库里的个人信息，请从备份中取回",
            )
        _write_once(file, base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
    return _key_of(file.read_text(), f"The key in {file}", f"{file} 里的密钥")


def _write_once(file: Path, content: str) -> None:
    """Write a file that appears whole or not at all, and never in the place of another."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600)
    try:
        draft.write_text(content)
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(draft)
    finally:
        draft.unlink()


def _key_of(encoded: str, name: str, name_zh: str) -> bytes:
    try:
        key = base64.b64decode(encoded.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise CannotStart(
            f"{name} is not a key: it must be the base64 of {KEY_BYTES} bytes",
            f"{name_zh} 不是有效的密钥：应为 {KEY_BYTES} 字节的 base64",
        )
    return key


def encrypt(plain: str) -> bytes:
    """nonce + ciphertext of `plain`."""
    assert _cipher is not None, "crypto.configure() comes first"
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher.encrypt(nonce, plain.encode(), None)


def encrypt_many(plains: Sequence[str]) -> list[bytes]:
    """`encrypt` of each: the nonces of all are drawn at once."""
    assert _cipher is not None, "crypto.configure() comes first"
    drawn = secrets.token_bytes(NONCE_BYTES * len(plains))
    nonces = [drawn[place : place + NONCE_BYTES] for place in range(0, len(drawn), NONCE_BYTES)]
    return [nonce + _cipher.encrypt(nonce, plain.encode(), None) for nonce, plain in zip(nonces, plains, strict=True)]


def decrypt(sealed: bytes) -> str:
    """The plain text; raises cryptography.exceptions.InvalidTag when the key or the bytes are wrong."""
    assert _cipher is not None, "crypto.configure() comes first"
    return _cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()


def keyed_hash(*parts: str) -> bytes:
    """16 bytes that depend on `parts` and the key: equal values meet, others do not, and none can be read back."""
    *begin, last = parts
    return keyed_hashes(*begin)(last)


def keyed_hashes(*begin: str) -> Callable[[str], bytes]:
    """`keyed_hash(*begin, last)` as a function of `last`, for many at once: what they have in common is taken in once."""
    assert _hashing is not None, "crypto.configure() comes first"
    began, end = _hashing[0].copy(), _hashing[1]
    began.update("".join(f"{part}\x1f" for part in begin).encode())

    def hashed(last: str) -> bytes:
        inner, outer = began.copy(), end.copy()
        inner.update(last.encode())
        outer.update(inner.digest())
        return outer.digest()[:HASH_BYTES]  # type: ignore[no-any-return]

    return hashed


class Encrypted(TypeDecorator[str]):
    """A text column that is ciphertext in the database."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else encrypt(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else decrypt(bytes(value))
