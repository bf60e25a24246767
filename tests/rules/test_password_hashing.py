"""Hashing a password stays behind everything else: threads that are few, of lower rank, with one lane each."""

import os
import sys
import threading

import pytest

from siyu.platform.sign_in import password_hashing


def test_threads_that_hash_are_at_most_half_of_the_cores() -> None:
    assert 1 <= password_hashing.THREADS <= max(1, (os.cpu_count() or 1) // 2)


@pytest.mark.skipif(sys.platform != "linux", reason="the rank of a thread is Linux's")
def test_they_step_back_and_nobody_else_does() -> None:
    def rank() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = rank()
    hashing = password_hashing._pool.submit(rank).result()
    assert hashing == min(19, max(before, password_hashing.NICENESS))
    assert rank() == before


def test_a_hash_takes_one_lane_and_as_much_memory_as_ever() -> None:
    from argon2 import PasswordHasher, extract_parameters

    kept = extract_parameters(password_hashing._pool.submit(PasswordHasher(parallelism=1).hash, "x").result())
    assert (kept.parallelism, kept.memory_cost, kept.time_cost) == (1, 65_536, 3)
