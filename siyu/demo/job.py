"""The main job, end to end: a real retailer's orders, plain conditions, a calm SOP over WeCom, and what it did.

The clock is pinned to the start and moved by hours. Days that the data still holds after the start are imported day by day, as a
shop would bring in yesterday's orders every morning, so that journeys meet the real orders when they happen.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from siyu.demo import shop, tables
from siyu.demo.api_client import ApiClient
from siyu.demo.people import household_percent, refused
from siyu.demo.providers import SimulatedWecom, callback, connection, host_of
from siyu.demo.retailer import FILES, MAPPINGS
from siyu.demo.world import external_userid
from siyu.kit import clock
from siyu.worker.poll import Poller

DAILY = ("orders", "redemptions")
TIMES = {"orders": "transaction_timestamp", "campaigns": "start_date", "redemptions": "redemption_date"}
"""file -> its column of time"""
HOURS_A_MOVE = 3
FRIENDS_PERCENT = 85
"""Households whose simulated WeCom account is a friend of the shop at the start; the others may scan a code later."""
NEWCOMERS = 60
LEAVERS_PERCENT = 1
"""Friends that delete their host during the week."""
CODE_STATE = "store-entrance"

Import = Callable[[str, Path, dict[str, Any]], Awaitable[Any]]
"""(kind, file, mapping): the product's own import."""


def mapping(name: str) -> dict[str, Any]:
    """A mapping file of the demo."""
    return dict(json.loads((MAPPINGS / f"{name}.json").read_text("utf-8")))


@dataclass
class MainJob:
    """One run of the main job over a served installation. `say` gets one line a stage."""

    client: ApiClient
    wecom: SimulatedWecom
    poller: Poller
    import_file: Import
    folder: Path
    address: str
    start: datetime
    say: Callable[[str], None]

    async def run(self) -> None:
        """All of it."""
        await self._history()
        households = self._households()
        await self._connect(households)
        await self._run_until_idle()
        await self._sops()
        await self._week(households)

    # --- the shop's data

    async def _history(self) -> None:
        self.say("真实零售商的一年：客户、订单、活动、核销  One year of a real retailer")
        for kind, name in FILES:
            await self.import_file(kind, self._span(name, None, self.start), mapping(name))
        await self._run_until_idle()

    def _span(self, name: str, since: datetime | None, until: datetime) -> Path:
        """The rows of a file whose time lies in [since, until)."""
        file = self.folder / f"{name}.parquet"
        return tables.span(file, TIMES[name], since, until) if name in TIMES else file

    def _households(self) -> list[str]:
        return [str(value) for value in tables.column(self.folder / "members.parquet", "household_id")]

    # --- the simulated WeCom

    async def _connect(self, households: list[str]) -> None:
        self.say("连接企业微信（模拟器）  Connect WeCom (simulator)")
        await self.wecom.set_clock(self.start)
        friends = [h for h in households if household_percent(h, "friend") < FRIENDS_PERCENT]
        since = self.start - timedelta(days=30)
        await self.wecom.people([(external_userid(int(h)), f"顾客{int(h):04d}") for h in friends], since)
        await self.wecom.post("/limits", {"api_minute": 1_000_000, "api_hour": 100_000_000})
        await self.import_file("members", self._accounts(households), mapping("wecom_accounts"))
        account = await self.client.post("/channel-accounts", connection(self.wecom.address))
        await self.wecom.post("/callback", callback(self.address, account["callback_url"]))
        await self.client.post(f"/channel-accounts/{account['id']}/check")
        await self.client.post(f"/channel-accounts/{account['id']}/sync")

    def _accounts(self, households: list[str]) -> Path:
        """Which household is which WeCom customer, and what it said about messages: a list that a shop keeps."""
        file = self.folder / "wecom_accounts.parquet"
        rows: dict[str, list[Any]] = {
            "household_id": households,
            "external_userid": [external_userid(int(h)) for h in households],
            "wecom": [not refused(external_userid(int(h))) for h in households],
        }
        tables.write(file, rows)
        return file

    # --- whom to talk to, and what to say

    async def _sops(self) -> None:
        self.say("人群与旅程  Audiences and journeys")
        await self.client.send("PUT", "/calm", shop.CALM)
        for name, (label, tree) in shop.AUDIENCES.items():
            await self.client.post("/audiences", {"name": name, "label": label, "tree": tree})
        await self._run_until_idle()
        onboarding = await self.client.post("/journey-kits/onboarding", {})
        winback = await self.client.post("/journey-kits/winback", {"audience": "silent_60d"})
        letters = [await self.client.post("/templates", body) for body in (shop.THANKS, shop.NEWS)]
        graph = shop.regulars_graph(*(letter["id"] for letter in letters))
        regulars = await self.client.post("/journeys", {"name": "常客答谢", "draft": graph})
        for journey in (onboarding, winback, regulars):
            await self.client.post(f"/journeys/{journey['id']}/publish")
        await self._run_until_idle()

    # --- a week and a day

    async def _week(self, households: list[str]) -> None:
        friends = [h for h in households if household_percent(h, "friend") < FRIENDS_PERCENT]
        newcomers = [h for h in households if household_percent(h, "friend") >= FRIENDS_PERCENT][:NEWCOMERS]
        async for now in self._moves():
            hours = round((now - self.start) / timedelta(hours=1))
            if hours in (3, 27):
                await self._scan(newcomers[: NEWCOMERS // 2] if hours == 3 else newcomers[NEWCOMERS // 2 :])
            if hours == 51:
                await self._leave(friends)
            if hours % 24 == 0:
                await self._yesterday(now)
            await self._run_until_idle()
            if (await self.wecom.confirm())["tasks"]:
                await self._run_until_idle()
        await self.wecom.confirm(force=True)
        await self._run_until_idle()

    async def _moves(self) -> AsyncIterator[datetime]:
        for step in range(1, shop.DAYS * 24 // HOURS_A_MOVE + 1):
            now = clock.advance(timedelta(hours=HOURS_A_MOVE))
            await self.wecom.set_clock(now)
            if step * HOURS_A_MOVE % 24 == 0:
                day = step * HOURS_A_MOVE // 24
                self.say(f"第 {day} 天  Day {day}")
            yield now

    async def _scan(self, households: list[str]) -> None:
        """Customers scan the code at the store's entrance and become friends of a host."""
        code = await self.wecom.contact_code("zhouning", CODE_STATE)
        for household in households:
            await self.wecom.post(
                "/customers/scan",
                {
                    "config_id": code,
                    "external_userid": external_userid(int(household)),
                    "name": f"顾客{int(household):04d}",
                },
            )
        await self.wecom.post("/callbacks/flush", {})

    async def _leave(self, friends: list[str]) -> None:
        """Some customers delete their host."""
        for number, household in enumerate(friends):
            if household_percent(household, "leaves") < LEAVERS_PERCENT:
                body = {"userid": host_of(number), "external_userid": external_userid(int(household)), "by": "customer"}
                await self.wecom.post("/customers/delete", body)
        await self.wecom.post("/callbacks/flush", {})

    async def _yesterday(self, now: datetime) -> None:
        """What the shop did on the day that just ended, as far as the data has any."""
        for kind, name in FILES:
            file = self._span(name, now - timedelta(days=1), now)
            if name in DAILY and tables.rows(file):
                await self.import_file(kind, file, mapping(name))

    async def _run_until_idle(self) -> None:
        await self.poller.run_until_idle(clock.now())
