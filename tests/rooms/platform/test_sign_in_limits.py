"""Guessing: limits that parallel tries do not pass, and that no stranger can turn against the owner of an address."""

import asyncio
import threading
from datetime import timedelta
from typing import Literal

import httpx
import pytest
from argon2 import PasswordHasher
from httpx import ASGITransport
from sqlalchemy import text

from siyu.kit import clock
from siyu.platform import jobs
from siyu.platform.sign_in import password_hashing, rules
from tests.world import LIN, NOON, PASSWORD, XU, Shop

WRONG = "not the password"


def came_from(shop: Shop, host: str) -> httpx.AsyncClient:
    """A client at an address of the network."""
    return httpx.AsyncClient(transport=ASGITransport(shop.app, client=(host, 1)), base_url="http://siyu.test")


async def tried(client: httpx.AsyncClient, email: str = LIN.email, password: str = WRONG) -> httpx.Response:
    return await client.post("/api/v1/sign-in", json={"email": email, "password": password})


async def test_tries_side_by_side_do_not_pass_the_limit(shop: Shop) -> None:
    async with came_from(shop, "203.0.113.9") as stranger:
        answers = await asyncio.gather(*(tried(stranger) for _ in range(16)))
        statuses = [answer.status_code for answer in answers]
        assert statuses.count(401) <= rules.PAIR_TRIES_MAX
        for _ in range(rules.PAIR_TRIES_MAX - statuses.count(401)):
            assert (await tried(stranger)).status_code == 401
        refused = await tried(stranger, password=PASSWORD)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "900")
        assert "900" in refused.json()["detail_zh"]
        clock.freeze(NOON + rules.TRIES_WITHIN)
        assert (await tried(stranger, password=PASSWORD)).status_code == 200


async def test_one_source_may_not_go_through_all_addresses(shop: Shop) -> None:
    async with came_from(shop, "2001:db8:1:2::1") as stranger, came_from(shop, "2001:db8:1:2:ffff::9") as neighbour:
        for number in range(rules.SOURCE_TRIES_MAX):
            assert (await tried(stranger, f"guest{number}@qingxiang.example")).status_code == 401
        assert (await tried(neighbour, "another@qingxiang.example")).status_code == 429


async def test_nobody_is_shut_out_by_what_strangers_do_to_the_address(shop: Shop) -> None:
    async with came_from(shop, "198.51.100.7") as home, came_from(shop, "198.51.100.7") as another_device:
        assert (await tried(home, password=PASSWORD)).status_code == 200
        for number in range(9):
            async with came_from(shop, f"203.0.113.{number}") as stranger:
                for _ in range(rules.PAIR_TRIES_MAX):
                    await tried(stranger)
        async with came_from(shop, "203.0.113.99") as stranger:
            slowed = await tried(stranger)
            assert (slowed.status_code, int(slowed.headers["retry-after"])) == (429, 5)
        assert (await tried(another_device, password=PASSWORD)).status_code == 200, "a source of hers"
        async with came_from(shop, "192.0.2.55") as hotel:
            hotel.cookies = home.cookies
            assert (await tried(hotel, password=PASSWORD)).status_code == 200, "a device of hers"
        async with came_from(shop, "192.0.2.56") as new_place:
            clock.freeze(NOON + timedelta(seconds=5))
            assert (await tried(new_place, password=PASSWORD)).status_code == 200, "a new place: slower, never shut"


async def test_a_known_device_may_not_guess_for_ever_either(shop: Shop) -> None:
    async with came_from(shop, "198.51.100.7") as home:
        assert (await tried(home, password=PASSWORD)).status_code == 200
        statuses = [(await tried(home)).status_code for _ in range(rules.PAIR_TRIES_MAX + 1)]
        assert statuses == [401] * rules.PAIR_TRIES_MAX + [429]


async def test_the_right_password_clears_the_count(shop: Shop) -> None:
    async with came_from(shop, "198.51.100.7") as home:
        for _ in range(3):
            for _ in range(rules.PAIR_TRIES_MAX - 1):
                await tried(home)
            assert (await tried(home, password=PASSWORD)).status_code == 200


async def test_ones_own_password_cannot_be_guessed_at_an_open_window(shop: Shop) -> None:
    async with shop.client(XU) as window:
        body = {"old": "it might be this", "new": "velvet-otter-kiln"}
        for _ in range(rules.PAIR_TRIES_MAX):
            answer = await window.post("/api/v1/me/password", json=body)
            assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "old")
        answer = await window.post("/api/v1/me/password", json=body | {"old": PASSWORD})
        assert answer.status_code == 429
        assert (await window.get("/api/v1/me")).status_code == 200


class HeldHasher(PasswordHasher):
    """Compares nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=64, parallelism=1)
        self.let_go = threading.Event()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.let_go.wait(60)
        return super().verify(hash, password)


async def test_a_crowd_at_the_door_stops_nobody_inside(
    shop: Shop, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldHasher()
    monkeypatch.setattr(password_hashing, "hasher", held)
    sources = [came_from(shop, f"203.0.113.{number}") for number in range(3 * password_hashing.WAITING_MAX)]
    tries = [
        asyncio.create_task(tried(source, f"guest{place}@qingxiang.example")) for place, source in enumerate(sources)
    ]
    while sum(attempt.done() for attempt in tries) < len(tries) - password_hashing.WAITING_MAX:
        assert (await client.get("/api/v1/me")).status_code == 200, "somebody inside waits for those outside"
    assert sum("argon2" in thread.name for thread in threading.enumerate()) <= password_hashing.THREADS
    held.let_go.set()
    answers = await asyncio.gather(*tries)
    busy = [answer for answer in answers if answer.status_code == 503]
    assert (len(busy), {answer.headers["retry-after"] for answer in busy}) == (2 * password_hashing.WAITING_MAX, {"2"})
    async with shop.db.transaction() as tx:
        counted = await tx.scalar(text("SELECT count(*) FROM sign_in_limit WHERE tries > 0"))
    # of each try: its address from its source, its source, its address
    assert counted == 3 * password_hashing.WAITING_MAX, "a try that there was no room for was counted"
    for source in sources:
        await source.aclose()


@pytest.mark.parametrize("password", ["password2026!", "qwertyuiop12", "woaini1314520", "13800138000", "lin@qingxiang"])
async def test_a_password_that_anybody_guesses_is_refused_by_name(shop: Shop, password: str) -> None:
    async with shop.client(LIN) as window:
        answer = await window.post("/api/v1/me/password", json={"old": PASSWORD, "new": password})
        assert answer.status_code == 422
        (fault,) = answer.json()["errors"]
        assert (fault["path"], fault["reason_zh"][:7]) == ("new", "太容易被猜到：")


async def test_what_is_over_is_deleted(shop: Shop) -> None:
    async with shop.client(XU) as window, came_from(shop, "203.0.113.9") as stranger:
        await tried(stranger)
        for later, left in (
            (timedelta(0), (1, 3, 1)),
            (rules.TRIES_WITHIN, (1, 0, 1)),
            (rules.SESSION_LASTS, (0, 0, 1)),
            (rules.DEVICE_LASTS, (0, 0, 0)),
        ):
            await jobs.FORGET_SIGN_INS.run(shop.db, shop.lake, NOON + later)
            async with shop.db.transaction() as tx:
                counts = [
                    await tx.scalar(text(f"SELECT count(*) FROM {table} WHERE {rows}"))
                    for table, rows in (("sign_in", "true"), ("sign_in_limit", "tries > 0"), ("known_device", "true"))
                ]
            assert tuple(counts) == left, later
        assert (await window.get("/api/v1/me")).status_code == 401
