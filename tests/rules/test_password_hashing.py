"""Hashing a password leaves the other half of the machine to everybody's pages."""

import os

from argon2 import PasswordHasher, extract_parameters

from siyu.platform.sign_in import password_hashing


def test_threads_that_hash_are_at_most_half_of_the_cores() -> None:
    assert 1 <= password_hashing.THREADS <= max(1, (os.cpu_count() or 1) // 2)


def test_a_hash_takes_one_lane_and_as_much_memory_as_ever() -> None:
    kept = extract_parameters(PasswordHasher(parallelism=password_hashing.LANES).hash("x"))
    assert (kept.parallelism, kept.memory_cost, kept.time_cost) == (1, 65_536, 3)
