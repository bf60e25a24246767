"""The callback envelope, against wechatpy's own implementation in both directions."""

import base64
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.enterprise.crypto import WeChatCrypto

from siyu.channels.adapters.wecom import crypto
from siyu.channels.adapters.wecom.crypto import Seal

CORP, TOKEN, KEY = "ww51d0a5e3c7b2f9e1", "token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SEAL = Seal(TOKEN, KEY, CORP)
THEIRS: Any = WeChatCrypto(TOKEN, KEY, CORP)
RANDOM16 = bytes(range(16))


@given(st.text(max_size=200))
@settings(max_examples=60)
def test_theirs_reads_ours(message: str) -> None:
    ciphertext, signature = SEAL.close(message, "1760500800", "nonce", RANDOM16)
    body = crypto.render_xml({"Encrypt": ciphertext})
    assert THEIRS.decrypt_message(body, signature, "1760500800", "nonce") == message


@given(st.text(max_size=200))
@settings(max_examples=60)
def test_ours_reads_theirs(message: str) -> None:
    body = THEIRS.encrypt_message(message, "nonce", "1760500800")
    signature = ElementTree.fromstring(body).findtext("MsgSignature") or ""
    assert SEAL.open_body(body, "1760500800", "nonce", signature) == message


def test_refuses_what_it_must() -> None:
    ciphertext, signature = SEAL.close("hello", "1", "2", RANDOM16)
    with pytest.raises(crypto.BadSignature):
        SEAL.open(ciphertext, "1", "3", signature)
    with pytest.raises(crypto.BadSignature):
        SEAL.open(ciphertext, "1", "2", "你好")
    with pytest.raises(crypto.WrongReceiver):
        crypto.decrypt(crypto.encrypt("hello", "ww_other", KEY, RANDOM16), CORP, KEY)
    with pytest.raises(crypto.BadKey):
        crypto.key_of("short")
    for wrong in ("", "%%%", base64.b64encode(b"short").decode(), base64.b64encode(bytes(64)).decode()):
        with pytest.raises(crypto.BadCiphertext):
            crypto.decrypt(wrong, CORP, KEY)


def test_refuses_hostile_xml() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>'
    for wrong in (bomb, "<xml>", "x" * (crypto.BODY_BYTES_MAX + 1), "<xml></xml>"):
        with pytest.raises(crypto.BadXml):
            SEAL.open_body(wrong, "1", "2", "3")
