"""The team: first passwords, coming back, and who may change whom."""

import asyncio

import httpx
from httpx import ASGITransport

from siyu.platform import actions
from tests.world import CHEN, LIN, NOON, PASSWORD, XU, Shop

FIRST, OWN = "velvet-otter-kiln", "copper-lantern-drift"
TANG = {"email": "tang@qingxiang.example", "name": "唐一", "password": FIRST, "role": "operator"}


async def signed_in(shop: Shop, email: str, password: str) -> httpx.AsyncClient:
    client = httpx.AsyncClient(transport=ASGITransport(shop.app), base_url="http://siyu.test")
    answer = await client.post("/api/v1/sign-in", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return client


async def id_of(client: httpx.AsyncClient, email: str) -> int:
    people = (await client.get("/api/v1/users")).json()["items"]
    return int(next(person["id"] for person in people if person["email"] == email))


async def test_a_first_password_opens_nothing_but_its_own_change(shop: Shop, client: httpx.AsyncClient) -> None:
    assert (await client.post("/api/v1/users", json=TANG)).status_code == 201
    person = await signed_in(shop, TANG["email"], FIRST)
    assert (await person.get("/api/v1/me")).json()["password_temporary"] is True
    for path in ("members", "journeys", "labels", "access", "workspace"):
        answer = await person.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "password_change_needed"), path
    answer = await person.patch("/api/v1/me", json={"name": "x"})
    assert answer.json()["code"] == "password_change_needed"
    answer = await person.post("/api/v1/me/password", json={"old": FIRST, "new": FIRST})
    assert answer.json()["errors"][0]["path"] == "new"
    assert (await person.post("/api/v1/me/password", json={"old": FIRST, "new": OWN})).status_code == 204
    again = await signed_in(shop, TANG["email"], OWN)
    assert (await again.get("/api/v1/members")).status_code == 200


async def test_an_admin_gives_another_first_password(shop: Shop, client: httpx.AsyncClient) -> None:
    async with shop.client(XU) as before:
        answer = await client.post(f"/api/v1/users/{await id_of(client, XU.email)}/password")
        password = answer.json()["password"]
        assert (await before.get("/api/v1/me")).status_code == 401, "their sessions end"
        old = await before.post("/api/v1/sign-in", json={"email": XU.email, "password": PASSWORD})
        assert old.status_code == 401
        person = await signed_in(shop, XU.email, password)
        assert (await person.get("/api/v1/reports")).json()["code"] == "password_change_needed"
    line = (await client.get("/api/v1/audit?kinds=setting_changed")).json()["items"][0]
    assert (line["zh"], line["props"]["subject"]) == ("重置了密码", XU.name)


async def test_nobody_resets_the_password_of_somebody_of_another_brand(shop: Shop, client: httpx.AsyncClient) -> None:
    async with shop.db.transaction() as tx:
        other, _ = await actions.create_workspace(
            tx, name="别家", zone="Asia/Shanghai", locale="zh", email="owner@other.example", person="王店长",
            password=FIRST, now=NOON,
        )  # fmt: skip
        actions.add_role(tx, other.id, await id_of(client, XU.email), "host", NOON)
    answer = await client.post(f"/api/v1/users/{await id_of(client, XU.email)}/password")
    assert (answer.status_code, answer.json()["code"]) == (409, "other_brand")
    await signed_in(shop, XU.email, PASSWORD)


async def test_who_was_removed_and_comes_back_has_the_new_password(shop: Shop, client: httpx.AsyncClient) -> None:
    person_id = await id_of(client, XU.email)
    assert (await client.delete(f"/api/v1/users/{person_id}")).status_code == 204
    back = {"email": XU.email, "name": "许言", "password": FIRST, "role": "analyst"}
    assert (await client.post("/api/v1/users", json=back)).status_code == 201
    async with httpx.AsyncClient(transport=ASGITransport(shop.app), base_url="http://siyu.test") as person:
        old = await person.post("/api/v1/sign-in", json={"email": XU.email, "password": PASSWORD})
        assert old.status_code == 401
    person = await signed_in(shop, XU.email, FIRST)
    assert (await person.get("/api/v1/me")).json()["password_temporary"] is True


async def test_a_change_of_role_is_on_record_from_and_to(client: httpx.AsyncClient) -> None:
    person_id = await id_of(client, CHEN.email)
    assert (await client.patch(f"/api/v1/users/{person_id}", json={"role": "host"})).status_code == 204
    line = (await client.get("/api/v1/audit")).json()["items"][0]
    assert line["props"]["detail"] == {"from": "operator", "to": "host"}
    assert (line["change_zh"], line["change_en"]) == ("运营 → 福利官", "Operator → Host")


async def test_two_admins_who_remove_each_other_at_once_leave_one(shop: Shop, client: httpx.AsyncClient) -> None:
    for attempt in range(5):
        admin = {**TANG, "email": f"tang{attempt}@qingxiang.example", "role": "admin"}
        assert (await client.post("/api/v1/users", json=admin)).status_code == 201
        newcomer = await signed_in(shop, admin["email"], FIRST)
        await newcomer.post("/api/v1/me/password", json={"old": FIRST, "new": OWN})
        newcomer = await signed_in(shop, admin["email"], OWN)
        mine, theirs = await id_of(client, LIN.email), await id_of(client, admin["email"])
        first, second = await asyncio.gather(
            client.patch(f"/api/v1/users/{theirs}", json={"role": "host"}),
            newcomer.patch(f"/api/v1/users/{mine}", json={"role": "host"}),
        )
        assert sorted((first.status_code, second.status_code)) == [204, 403]
        if second.status_code == 204:
            assert (await newcomer.patch(f"/api/v1/users/{mine}", json={"role": "admin"})).status_code == 204


async def test_many_admins_who_step_down_at_once_leave_one(shop: Shop, client: httpx.AsyncClient) -> None:
    admins = [client]
    for number in range(3):
        admin = {**TANG, "email": f"tang{number}@qingxiang.example", "role": "admin"}
        await client.post("/api/v1/users", json=admin)
        newcomer = await signed_in(shop, admin["email"], FIRST)
        await newcomer.post("/api/v1/me/password", json={"old": FIRST, "new": OWN})
        admins.append(await signed_in(shop, admin["email"], OWN))
    own = [(await admin.get("/api/v1/me")).json()["user"]["id"] for admin in admins]
    answers = await asyncio.gather(
        *(admin.patch(f"/api/v1/users/{mine}", json={"role": "host"}) for admin, mine in zip(admins, own, strict=True))
    )
    assert sorted(answer.status_code for answer in answers) == [204, 204, 204, 409]
