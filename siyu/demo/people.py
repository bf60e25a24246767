"""The simulated side of a household: its WeCom account, and what it said about messages. Depends on its number alone."""

import hashlib

from siyu.demo.world import WECOM_PREFIX

REFUSERS_PERCENT = 10
"""Households that said no to WeCom messages."""


def household_percent(household: str, salt: str) -> int:
    """A number in [0, 100) that depends on the household alone."""
    return int.from_bytes(hashlib.blake2b(f"{salt}:{household}".encode(), digest_size=4).digest(), "big") % 100


def refused(external_userid: str) -> bool:
    """Whether the household behind a simulated external_userid said no to messages."""
    return household_percent(str(int(external_userid.removeprefix(WECOM_PREFIX))), "consent") < REFUSERS_PERCENT
