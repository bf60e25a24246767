"""Keyed hashes and ciphertexts of many at once are those of one at a time, and stay what they were."""

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from siyu.kit import crypto

KEY = b"k" * 32


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_a_keyed_hash_is_the_hmac_that_stored_identities_were_found_by(parts: list[str]) -> None:
    crypto.configure(KEY)
    derived = hmac.digest(KEY, b"siyu searchable hash", hashlib.sha256)
    expected = hmac.digest(derived, "\x1f".join(parts).encode(), hashlib.sha256)[:16]
    assert crypto.keyed_hash(*parts) == expected
    assert crypto.keyed_hashes(*parts[:-1])(parts[-1]) == expected


def test_many_values_are_encrypted_each_under_its_own_nonce() -> None:
    crypto.configure(KEY)
    plains = ["+8613800000001", "+8613800000001", "客户", ""]
    sealed = crypto.encrypt_many(plains)
    assert [crypto.decrypt(cipher) for cipher in sealed] == plains
    assert len({cipher[: crypto.NONCE_BYTES] for cipher in sealed}) == len(plains)
    assert crypto.encrypt_many([]) == []
