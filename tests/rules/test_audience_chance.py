"""What a sample says of the whole: 95 of 100 intervals hold the truth, and the edges are kept."""

import random

import pytest

from siyu.kit.confidence_interval import share_interval


@pytest.mark.parametrize("share", [0.001, 0.02, 0.3, 0.97])
def test_nineteen_intervals_of_twenty_hold_the_truth(share: float) -> None:
    dice = random.Random(7)
    total, looked_at, tries = 100_000, 2_000, 400
    inside = round(total * share)
    held = 0
    for _ in range(tries):
        # sampling without replacement, as a hash of the member's number does
        hits = sum(1 for member in dice.sample(range(total), looked_at) if member < inside)
        likely, low, high = share_interval(hits, looked_at, total)
        assert low <= likely <= high
        held += low <= inside <= high
    assert held / tries >= 0.92


def test_who_has_looked_at_everybody_knows() -> None:
    assert share_interval(30, 100, 100) == (30, 30, 30)
    assert share_interval(0, 0, 50) == (0, 0, 50)


def test_nobody_found_is_not_nobody() -> None:
    likely, low, high = share_interval(0, 1_000, 64_000)
    assert (likely, low) == (0, 0)
    assert 64 < high < 400
