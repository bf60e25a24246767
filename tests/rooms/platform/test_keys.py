"""Nobody hands on what they have not got; a key never outlives what its owner may do."""

import httpx
import pytest
from httpx import ASGITransport

from siyu.platform.rules import PERMISSIONS, ROLES
from tests.world import CHEN, PASSWORD, Shop

Client = httpx.AsyncClient
FIRST = "velvet-otter-kiln"
HELD = {f"{name} and keys and users": allowed | {"keys.manage", "users.manage"} for name, allowed in ROLES.items()}
HELD |= {"keys alone": frozenset({"keys.manage"}), "users alone": frozenset({"users.manage"})}


async def key(maker: Client, scopes: set[str] | frozenset[str], status: int = 201) -> str:
    answer = await maker.post("/api/v1/api-keys", json={"name": "收银", "scopes": sorted(scopes)})
    assert answer.status_code == status, answer.text
    return str(answer.json().get("secret", ""))


def program(shop: Shop, secret: str) -> Client:
    headers = {"Authorization": f"Bearer {secret}"}
    return httpx.AsyncClient(transport=ASGITransport(shop.app), base_url="http://siyu.test", headers=headers)


async def second_admin(shop: Shop, client: Client) -> tuple[int, Client]:
    body = {"email": "tang@qingxiang.example", "name": "唐一", "password": FIRST, "role": "admin"}
    person = (await client.post("/api/v1/users", json=body)).json()
    other = httpx.AsyncClient(transport=ASGITransport(shop.app), base_url="http://siyu.test")
    for password in (FIRST, PASSWORD):
        answer = await other.post("/api/v1/sign-in", json={"email": body["email"], "password": password})
        other.headers["X-CSRF-Token"] = answer.json()["csrf"]
        if password == FIRST:
            await other.post("/api/v1/me/password", json={"old": FIRST, "new": PASSWORD})
    return int(person["id"]), other


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
async def test_nobody_hands_on_what_they_have_not_got(shop: Shop, client: Client, held: frozenset[str]) -> None:
    people = {p["email"]: p for p in (await client.get("/api/v1/users")).json()["items"]}
    async with program(shop, await key(client, held)) as holder:
        if "keys.manage" in held:
            for name in PERMISSIONS:
                answer = await holder.post("/api/v1/api-keys", json={"name": name, "scopes": [name]})
                assert answer.status_code == (201 if name in held else 403), name
                if name not in held:
                    assert (answer.json()["code"], answer.json()["errors"][0]["path"]) == ("not_yours", "scopes")
        if "users.manage" not in held:
            return
        for role, granted in ROLES.items():
            for person in people.values():
                answer = await holder.patch(f"/api/v1/users/{person['id']}", json={"role": role})
                allowed = granted <= held and ROLES[person["role"]] <= held
                if allowed and person["role"] == "admin" and role != "admin":
                    assert answer.json()["code"] == "last_admin"
                else:
                    assert answer.status_code == (204 if allowed else 403), f"{person['role']} to {role}"
                    if allowed:
                        await holder.patch(f"/api/v1/users/{person['id']}", json={"role": person["role"]})
        for person in people.values():
            allowed = ROLES[person["role"]] <= held
            answer = await holder.post(f"/api/v1/users/{person['id']}/password")
            assert answer.status_code == (200 if allowed else 403), f"the password of {person['role']}"
            if not allowed:
                assert (await holder.delete(f"/api/v1/users/{person['id']}")).status_code == 403
        for number, (role, granted) in enumerate(ROLES.items()):
            body = {"email": f"new{number}@qingxiang.example", "name": "新人", "password": FIRST, "role": role}
            answer = await holder.post("/api/v1/users", json=body)
            assert answer.status_code == (201 if granted <= held else 403), f"invite {role}"


async def test_keys_end_with_their_owner_and_are_taken_over_by_name(shop: Shop, client: Client) -> None:
    person, other = await second_admin(shop, client)
    parent = await key(other, {"keys.manage", "members.read"})
    async with program(shop, parent) as maker:
        child = await key(maker, {"members.read"})
    assert (await client.delete(f"/api/v1/users/{person}")).status_code == 204
    async with program(shop, parent) as first, program(shop, child) as second:
        assert (await first.get("/api/v1/members")).status_code == 401
        assert (await second.get("/api/v1/members")).status_code == 401, "what a key made ends with the key's owner"
        lines = (await client.get("/api/v1/api-keys")).json()["items"]
        assert [line["ended_zh"] for line in lines] == ["负责人已移出团队"] * 2
        assert (lines[1]["maker_name"], lines[1]["can_be_taken_over"]) == ("收银", True)
        taken = await client.post(f"/api/v1/api-keys/{lines[1]['id']}/owner")
        assert (taken.json()["owner_name"], taken.json()["ended_at"]) == ("林晓", None)
        assert (await second.get("/api/v1/members")).status_code == 200
        assert (await first.get("/api/v1/members")).status_code == 401
    audit = (await client.get("/api/v1/audit?kinds=setting_changed")).json()["items"]
    assert [line["zh"] for line in audit[:3]] == ["接手了 API 密钥", "API 密钥随负责人停用", "API 密钥随负责人停用"]


async def test_a_lower_role_ends_the_keys_that_may_do_more(shop: Shop, client: Client) -> None:
    person, other = await second_admin(shop, client)
    strong, weak = await key(other, {"audit.read"}), await key(other, {"members.read"})
    await client.patch(f"/api/v1/users/{person}", json={"role": "operator"})
    async with program(shop, strong) as first, program(shop, weak) as second:
        assert (await first.get("/api/v1/audit")).status_code == 401
        assert (await second.get("/api/v1/members")).status_code == 200
    lines = (await client.get("/api/v1/api-keys")).json()["items"]
    assert [line["ended_reason"] for line in lines] == ["owner_demoted", None]


async def test_a_revoked_key_stays_and_is_shown_but_never_opens_again(shop: Shop, client: Client) -> None:
    secret = await key(client, {"members.read"})
    (line,) = (await client.get("/api/v1/api-keys")).json()["items"]
    assert (await client.delete(f"/api/v1/api-keys/{line['id']}")).status_code == 204
    _, other = await second_admin(shop, client)
    answer = await other.post(f"/api/v1/api-keys/{line['id']}/owner")
    assert (answer.status_code, answer.json()["code"]) == (409, "key_revoked")
    async with program(shop, secret) as holder:
        assert (await holder.get("/api/v1/members")).status_code == 401


async def test_a_key_neither_takes_over_a_key_nor_is_given_by_those_who_may_not(shop: Shop, client: Client) -> None:
    async with program(shop, await key(client, {"keys.manage"})) as holder:
        (line,) = (await client.get("/api/v1/api-keys")).json()["items"]
        assert (await holder.post(f"/api/v1/api-keys/{line['id']}/owner")).status_code == 403
    async with shop.client(CHEN) as operator:
        await key(operator, {"members.read"}, 403)
