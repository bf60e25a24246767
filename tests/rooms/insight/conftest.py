"""A hand-made shop with a past."""

from datetime import timedelta

import pytest

from siyu.facts.catalogue.commerce import CampaignSent, CouponRedeemed, OrderRefunded
from tests.rooms.insight.past import DAY, MIDNIGHT
from tests.world import NOON, Shop, order_paid


@pytest.fixture
async def small(shop: Shop) -> list[int]:
    """Lin and Wang joined in January, Zhao today; a walk-in; one refund; a campaign with a coupon."""
    joined = (NOON - 60 * DAY, NOON - 50 * DAY, MIDNIGHT)
    lin, wang, zhao = [(await shop.members(1, created_at=at))[0] for at in joined]
    await shop.happen(
        (lin, NOON - 40 * DAY, order_paid(100_00, lines=3)),
        (lin, NOON - 2 * DAY, order_paid(50_00, lines=2)),
        (lin, NOON - timedelta(seconds=1), order_paid(30_00)),
        (wang, NOON - 35 * DAY, order_paid(80_00, lines=4)),
        (zhao, MIDNIGHT, order_paid(20_00)),
        (None, NOON - 3 * DAY, order_paid(7_00)),
        (lin, NOON - DAY, OrderRefunded(order="o", amount=1_000, source="pos")),
        (wang, NOON - 5 * DAY, CampaignSent(campaign="spring")),
        (wang, NOON - 4 * DAY, CouponRedeemed(coupon="c1", campaign="spring")),
        (wang, NOON, order_paid(999_00)),
    )
    await shop.catch_up()
    return [lin, wang, zhao]
