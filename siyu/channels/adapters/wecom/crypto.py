"""The envelope WeCom puts around every callback: a SHA-1 signature over an AES-256-CBC ciphertext.

Plain text before padding is ``16 random bytes | length of the message, 4 bytes big endian | message | receive id``,
padded as PKCS#7 with a block of 32 bytes; the key is base64(EncodingAESKey + "="), the IV its first 16 bytes.
Source: the platform's page on callback encryption (回调加解密方案). Everything here is pure: the random prefix, the
timestamp and the nonce are arguments. Every refusal is a `CallbackRefused`.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

BLOCK_BYTES = 32
RANDOM_BYTES = 16
AES_KEY_CHARS = 43
BODY_BYTES_MAX = 1_000_000
"""Largest callback body read, in bytes; the platform's own are a few kilobytes."""


class CallbackRefused(ValueError):
    """A callback that must not be believed; each subclass names why."""


class BadKey(CallbackRefused):
    """EncodingAESKey is not 43 characters of base64."""


class BadSignature(CallbackRefused):
    """The signature is not that of (token, timestamp, nonce, ciphertext)."""


class BadCiphertext(CallbackRefused):
    """Not base64, not whole blocks, or wrongly padded or measured once decrypted."""


class WrongReceiver(CallbackRefused):
    """Sealed for another corp than ours."""


class BadXml(CallbackRefused):
    """Not the XML of a callback, too large, or an XML that declares entities."""


def sign(token: str, timestamp: str, nonce: str, ciphertext: str) -> str:
    """The hex SHA-1 of the four texts, sorted and joined."""
    joined = "".join(sorted((token, timestamp, nonce, ciphertext)))
    return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()


def verify(token: str, timestamp: str, nonce: str, ciphertext: str, signature: str) -> None:
    """Raise `BadSignature` unless `signature` is ours; compares in constant time."""
    expected = sign(token, timestamp, nonce, ciphertext)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise BadSignature("the callback's signature does not match its content")


def key_of(encoding_aes_key: str) -> bytes:
    """The 32 bytes behind an EncodingAESKey; raises `BadKey`."""
    if len(encoding_aes_key) != AES_KEY_CHARS:
        raise BadKey(f"EncodingAESKey has {len(encoding_aes_key)} characters, not {AES_KEY_CHARS}")
    try:
        return base64.b64decode(encoding_aes_key + "=")
    except (binascii.Error, ValueError):
        raise BadKey("EncodingAESKey is not base64") from None


def encrypt(message: str, receive_id: str, encoding_aes_key: str, random16: bytes) -> str:
    """`message` sealed for `receive_id` (the corp id), as base64. `random16` is 16 unpredictable bytes."""
    if len(random16) != RANDOM_BYTES:
        raise ValueError(f"the random prefix has {len(random16)} bytes, not {RANDOM_BYTES}")
    body = message.encode()
    plain = random16 + struct.pack(">I", len(body)) + body + receive_id.encode()
    padding = BLOCK_BYTES - len(plain) % BLOCK_BYTES
    key = key_of(encoding_aes_key)
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
    sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def decrypt(ciphertext: str, receive_id: str, encoding_aes_key: str) -> str:
    """The message inside; raises `BadCiphertext` or, when it was sealed for another corp, `WrongReceiver`."""
    key = key_of(encoding_aes_key)
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
    except (binascii.Error, ValueError):
        raise BadCiphertext("not base64") from None
    if not sealed or len(sealed) % BLOCK_BYTES:
        raise BadCiphertext(f"{len(sealed)} bytes are not whole blocks of {BLOCK_BYTES}")
    decryptor = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).decryptor()
    plain = decryptor.update(sealed) + decryptor.finalize()
    padding = plain[-1]
    if not 1 <= padding <= BLOCK_BYTES or plain[-padding:] != bytes([padding]) * padding:
        raise BadCiphertext("wrong padding")
    content = plain[RANDOM_BYTES:-padding]
    if len(content) < 4:
        raise BadCiphertext("too short to hold a message")
    length = struct.unpack(">I", content[:4])[0]
    message, receiver = content[4 : 4 + length], content[4 + length :]
    if len(message) != length:
        raise BadCiphertext("shorter than it says")
    if not hmac.compare_digest(receiver, receive_id.encode()):
        raise WrongReceiver("sealed for another corp")
    try:
        return message.decode()
    except UnicodeDecodeError:
        raise BadCiphertext("the message is not UTF-8") from None


def parse_xml(text: str | bytes) -> dict[str, str]:
    """The children of an ``<xml>`` element as name -> text (of a nested child only its own text); `BadXml`.

    Entities and DTDs are refused, so a hostile body cannot grow in memory or reach a file.
    """
    if len(text) > BODY_BYTES_MAX:
        raise BadXml(f"larger than {BODY_BYTES_MAX} bytes")
    try:
        root = ElementTree.fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadXml(f"not a callback's XML: {type(error).__name__}") from None
    return {child.tag: (child.text or "").strip() for child in root}


def render_xml(fields: Mapping[str, str | int]) -> str:
    """``<xml>`` with one child a field, texts escaped."""
    children = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items())
    return f"<xml>{children}</xml>"


@dataclass(frozen=True, slots=True)
class Seal:
    """What a corp configured for its callbacks: token, EncodingAESKey (43 characters) and its corp id."""

    token: str
    encoding_aes_key: str
    receive_id: str

    def close(self, message: str, timestamp: str, nonce: str, random16: bytes) -> tuple[str, str]:
        """(ciphertext, signature) of a message to push or answer."""
        ciphertext = encrypt(message, self.receive_id, self.encoding_aes_key, random16)
        return ciphertext, sign(self.token, timestamp, nonce, ciphertext)

    def open(self, ciphertext: str, timestamp: str, nonce: str, signature: str) -> str:
        """The message of a ciphertext whose signature holds; raises a `CallbackRefused`."""
        verify(self.token, timestamp, nonce, ciphertext, signature)
        return decrypt(ciphertext, self.receive_id, self.encoding_aes_key)

    def open_body(self, body: str | bytes, timestamp: str, nonce: str, signature: str) -> str:
        """The inner XML of a POST body, whose ``<Encrypt>`` holds the ciphertext; raises a `CallbackRefused`."""
        ciphertext = parse_xml(body).get("Encrypt", "")
        if not ciphertext:
            raise BadXml("no <Encrypt> in the body")
        return self.open(ciphertext, timestamp, nonce, signature)
