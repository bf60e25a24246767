"""A hand-made shop with a past."""

from datetime import timedelta

import pytest

from siyu.facts.catalogue.commerce import CampaignSent, CouponRedeemed, OrderRefunded
from tests.rooms.insight.past import DAY, MIDNIGHT, happen, paid, people
from tests.world import NOON, Shop


@pytest.fixture
async def small(shop: Shop) -> list[int]:
    """Lin and Wang joined in January, Zhao today; a walk-in; one refund; a campaign with a coupon."""
    lin, wang, zhao = await people(shop, NOON - 60 * DAY, NOON - 50 * DAY, MIDNIGHT)
    await happen(
        shop,
        (lin, NOON - 40 * DAY, paid(100, 3)),
        (lin, NOON - 2 * DAY, paid(50, 2)),
        (lin, NOON - timedelta(seconds=1), paid(30)),
        (wang, NOON - 35 * DAY, paid(80, 4)),
        (zhao, MIDNIGHT, paid(20)),
        (None, NOON - 3 * DAY, paid(7)),
        (lin, NOON - DAY, OrderRefunded(order="o", amount=1_000, source="pos")),
        (wang, NOON - 5 * DAY, CampaignSent(campaign="spring")),
        (wang, NOON - 4 * DAY, CouponRedeemed(coupon="c1", campaign="spring")),
        (wang, NOON, paid(999)),
    )
    return [lin, wang, zhao]
