"""How identities are written and shown."""

import pytest

from siyu.contacts.identities.rules import looks_like, mask, normalise
from siyu.kit.errors import Invalid


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        ("phone", "138 1234 5678", "+8613812345678"),
        ("phone", "(+86) 138-1234-5678", "+8613812345678"),
        ("phone", "008613812345678", "+8613812345678"),
        ("phone", "8613812345678", "+8613812345678"),
        ("phone", "１３８１２３４５６７８", "+8613812345678"),
        ("phone", "010-6552 9988", "+861065529988"),
        ("phone", "+1 415 555 2671", "+14155552671"),
        ("phone", "+86 10 6552 9988", "+861065529988"),
        ("phone", "+44 (0)20 7946 0958", "+442079460958"),
        ("phone", "00852 9123 4567", "+85291234567"),
        ("phone", "154 1234 5678", "+8615412345678"),
        ("phone", "138\u200b1234\u202a5678\u202c", "+8613812345678"),
        ("phone", "\ufeff13812345678\u00a0", "+8613812345678"),
        ("phone", "138–1234—5678", "+8613812345678"),
        ("phone", "+86 0755 12345679", "+8675512345679"),
        ("phone", "0755-12345679", "+8675512345679"),
        ("phone", "+44 020 7946 0958", "+442079460958"),
        ("email", " Lin@Example.COM ", "lin@example.com"),
        ("email", "lin@example.com;", "lin@example.com"),
        ("email", "<lin@example.com>", "lin@example.com"),
        ("email", "Lin Xiao <lin@example.com>", "lin@example.com"),
        ("email", "mailto:lin@example.com", "lin@example.com"),
        ("email", "lin\u200b@example.com", "lin@example.com"),
        ("email", "lin@ex‑ample.com", "lin@ex-ample.com"),
        ("external_id", "A\u200b-001\ufeff", "A-001"),
        ("email", "李雷@例子.公司", "李雷@例子.公司"),
        ("email", "lin@xn--fsqu00a.com", "lin@例子.com"),
        ("external_id", " A-001 ", "A-001"),
        ("unionid", "oX1_y-Z", "oX1_y-Z"),
    ],
)
def test_one_way_to_write_an_identity(kind: str, written: str, kept: str) -> None:
    assert normalise(kind, written, "x") == kept


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("phone", ""),
        ("phone", "12345"),
        ("phone", "+86138123456"),
        ("phone", "13812345678x"),
        ("phone", "186******05"),
        ("phone", "400-800-1234"),
        ("phone", "+86 12345678901"),
        ("phone", "+1 2345678"),
        ("phone", "010-65529988-8001"),
        ("email", "a..b@example.com"),
        ("email", "lin@-host.com"),
        ("email", f"{'x' * 65}@example.com"),
        ("email", "lin"),
        ("email", "lin@host"),
        ("email", "a b@example.com"),
        ("email", "a@b.com;c@d.com"),
        ("phone", "1.38E+10"),
        ("external_id", "1.23457E+17"),
        ("external_id", "1E+05"),
        ("external_id", "186******05"),
        ("external_id", "##kqbx9xGQ##"),
        ("external_id", "$$abcdef$$"),
        ("external_id", "——"),
        ("external_id", "#N/A"),
        ("external_id", "None"),
        ("external_id", "无"),
        ("unionid", "null"),
        ("unionid", "has space"),
        ("external_id", "x" * 129),
        ("external_id", "a\x00b"),
        ("passport", "E123"),
    ],
)
def test_what_is_no_identity_is_refused_without_repeating_it(kind: str, written: str) -> None:
    with pytest.raises(Invalid) as refused:
        normalise(kind, written, "identities.x")
    (fault,) = refused.value.errors
    assert fault.path == "identities.x"
    assert len(written) < 4 or written not in f"{fault.reason}{fault.reason_zh}{fault.expected or ''}"


@pytest.mark.parametrize("written", ["+861065529988", "+14155552671", "+442079460958", "lin@例子.com", "138 1234 5678"])
def test_what_is_kept_is_kept_just_so_when_it_is_given_again(written: str) -> None:
    kind = "email" if "@" in written else "phone"
    kept = normalise(kind, written, "x")
    assert normalise(kind, kept, "x") == kept


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("phone", "+8613812345678", "138****5678"),
        ("phone", "+14155552671", "+14*******71"),
        ("email", "lin@example.com", "l***@example.com"),
        ("external_id", "A-001", "A-001"),
        ("external_id", "13812345678", "138****5678"),
        ("external_id", "lin@example.com", "l***@example.com"),
        ("unionid", "oABCDEFGHIJKLMN", "oABC…KLMN"),
        ("openid", "short", "sh***"),
    ],
)
def test_what_is_shown_of_an_identity(kind: str, value: str, shown: str) -> None:
    assert mask(kind, value) == shown


def test_a_search_text_may_be_several_things() -> None:
    assert looks_like("13812345678") == [("phone", "+8613812345678"), ("external_id", "13812345678")]
    assert ("email", "a@b.cn") in looks_like("A@b.cn")
