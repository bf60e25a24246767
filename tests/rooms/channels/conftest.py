"""The shop with WeCom connected to a simulator of its own, customers who are friends of its staff, and a template."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from siyu.channels.accounts import actions as accounts
from siyu.channels.accounts.queries import opened
from siyu.channels.inbound.jobs import sync
from siyu.channels.messages.actions.plan import Intent, Planned, plan
from siyu.channels.messages.jobs import dispatch, reconcile
from siyu.contacts.consents import actions as contacts
from siyu.contacts.identities import queries as contact_queries
from siyu.content import actions as content
from siyu.simulators.wecom import Running, Settings, running
from tests.world import NOON, Shop

TOKEN, AES_KEY = "callback-token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


class Sim:
    """The steering wheel of the simulator."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.http = httpx.Client(base_url=server.base_url, timeout=30, trust_env=False)

    def post(self, path: str, /, **body: Any) -> Any:
        response = self.http.post("/sim/" + path, json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def get(self, path: str, /, **query: Any) -> Any:
        response = self.http.get("/sim/" + path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = self.get("counts")
        return counts

    def received_by(self, external_userid: str) -> list[str]:
        return [row["content"] for row in self.get("received", external_userid=external_userid)["received"]]


@pytest.fixture(scope="session")
def steer() -> Iterator[Sim]:
    """One server for all tests; each begins with a reset."""
    with running(settings=Settings(callback_retry_s=0.01, tick_s=0.05)) as server:
        held = Sim(server)
        yield held
        held.http.close()


PEOPLE = {"li": ("an", "bo", "cai"), "wang": ("dong", "en")}


@pytest.fixture
def sim(steer: Sim) -> Sim:
    """Two of the staff, three customers of Li and two of Wang, at the tests' noon."""
    steer.post("reset")
    steer.post("clock", now=NOON.timestamp())
    steer.post("staff", staff=[{"userid": "li"}, {"userid": "wang"}, {"userid": "clerk", "follow": False}])
    for userid, names in PEOPLE.items():
        steer.post("customers", customers=[{"userid": userid, "external_userid": f"wm_{n}", "name": n} for n in names])
    return steer


@dataclass
class Desk:
    """What a test does with the channels room."""

    shop: Shop
    sim: Sim
    account_id: int
    template_id: int
    members: dict[str, int] = field(default_factory=dict)
    keys: int = 0

    def intent(self, name: str, **changes: Any) -> Intent:
        self.keys += 1
        defaults: dict[str, Any] = {
            "workspace_id": self.shop.workspace_id,
            "intent_key": f"test:{self.keys}",
            "member_id": self.members[name],
            "channel": "wecom",
            "template_id": self.template_id,
            "purpose": "marketing",
            "source": "test",
        }
        return Intent(**{**defaults, **changes})

    async def plan(self, intents: Sequence[Intent], now: datetime = NOON) -> list[Planned]:
        async with self.shop.db.transaction() as tx:
            return await plan(tx, intents, now)

    async def dispatch(self, now: datetime = NOON) -> None:
        await dispatch(self.shop.db, None, now)

    async def settle(self, now: datetime = NOON) -> None:
        await reconcile(self.shop.db, None, now)

    async def rows(self, query: str, **params: Any) -> list[Any]:
        async with self.shop.db.transaction() as tx:
            return list((await tx.execute(text(query), params)).all())

    async def states(self) -> list[tuple[str, str | None]]:
        return [(row.state, row.reason) for row in await self.rows("SELECT state, reason FROM message ORDER BY id")]

    async def facts(self, name: str) -> list[dict[str, Any]]:
        rows = await self.rows("SELECT member_id, props FROM fact WHERE name = :name ORDER BY seq", name=name)
        return [{"member_id": row.member_id, **row.props} for row in rows]

    async def template(self, name: str, body: str, channel: str = "wecom") -> int:
        async with self.shop.db.transaction() as tx:
            version = await content.write(
                tx, self.shop.caller, name=name, channel=channel, body=body, attributes=[], now=NOON
            )
            return version.template_id

    async def consent(self, names: Sequence[str], granted: bool, channel: str = "wecom") -> None:
        async with self.shop.db.transaction() as tx:
            await contacts.consent(
                tx,
                self.shop.workspace_id,
                [self.members[name] for name in names],
                channel,
                granted,
                purpose="marketing",
                source="test",
                actor="system",
                now=NOON,
            )

    async def calm(self, client: httpx.AsyncClient, **changes: Any) -> Any:
        answer = await client.put("/api/v1/calm", json={"caps": [], "quiet": None, "holidays": [], **changes})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def desk(shop: Shop, sim: Sim) -> AsyncIterator[Desk]:
    """Connected and synced: everybody said yes to marketing by adding the shop."""
    settings = sim.server.settings
    async with shop.db.transaction() as tx:
        row, _ = await accounts.connect(
            tx,
            shop.caller,
            channel="wecom",
            name="门店企业微信",
            config={
                "corpid": settings.corp_id,
                "base_url": sim.server.base_url,
                "friend_consents_marketing": True,
            },
            secrets={"secret": settings.secrets[0], "callback_token": TOKEN, "callback_aes_key": AES_KEY},
            now=NOON,
        )
        account = opened(row)
    await sync(shop.db, account, NOON)
    held = Desk(shop, sim, account.id, 0)
    held.template_id = await held.template("问候", "{{ member.name }}，今天有新到的草莓")
    names = [name for names in PEOPLE.values() for name in names]
    async with shop.db.transaction() as tx:
        resolved = await contact_queries.resolve(tx, shop.workspace_id, "external_userid", [f"wm_{n}" for n in names])
    held.members = {name: resolved[f"wm_{name}"] for name in names}
    yield held
