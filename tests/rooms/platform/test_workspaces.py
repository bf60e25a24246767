"""Several brands: founding, joining and switching; a role in each, and nothing of one in the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from httpx import ASGITransport

from siyu.cli import brands as brands_cli
from siyu.contacts.members import actions as contact_members
from siyu.contacts.members.rules import MemberRow
from siyu.platform import actions, rules
from siyu.platform.queries import Caller
from tests.rooms.platform.test_team import FIRST, TANG, id_of, signed_in
from tests.world import CHEN, LIN, NOON, PASSWORD, SHOP, XU, Person, Shop

OTHER = "别家"
OWNER = "owner@other.example"


@pytest.fixture
async def other(shop: Shop) -> Caller:
    """Another brand, of a person of its own."""
    async with shop.db.transaction() as tx:
        made, _ = await actions.create_workspace(
            tx, name=OTHER, zone="Europe/Berlin", locale="zh", email=OWNER, person="王店长", password=FIRST, now=NOON
        )
    return actions.system(made)


@asynccontextmanager
async def owner(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """The other brand's owner, signed in."""
    client = await signed_in(shop, OWNER, FIRST)
    yield client
    await client.aclose()


async def switch(client: httpx.AsyncClient, workspace_id: int) -> httpx.Response:
    answer = await client.put("/api/v1/me/workspace", json={"workspace_id": workspace_id})
    if answer.status_code == 200:
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return answer


async def join(shop: Shop, other: Caller, person: Person, role: str) -> None:
    """`person` of the shop is invited to the other brand as `role`, and accepts."""
    async with owner(shop) as inviting:
        answer = await inviting.post("/api/v1/users", json={"email": person.email, "role": role})
        assert (answer.status_code, answer.json()["invited"]) == (201, True), answer.text
    async with shop.client(person) as invited:
        answer = await invited.post(f"/api/v1/workspaces/{other.workspace_id}/invitation")
        assert answer.status_code == 204, answer.text


async def brands(client: httpx.AsyncClient) -> dict[str, list[tuple[str, str]]]:
    answer = (await client.get("/api/v1/workspaces")).json()
    return {part: [(brand["name"], brand["role"]) for brand in answer[part]] for part in answer}


async def test_an_admin_founds_a_brand_opens_it_and_comes_back(shop: Shop, client: httpx.AsyncClient) -> None:
    made = await client.post("/api/v1/workspaces", json={"name": " 青巷咖啡 ", "zone": "Asia/Tokyo"})
    assert (made.status_code, made.json()["name"], made.json()["zone"]) == (201, "青巷咖啡", "Asia/Tokyo")
    assert await brands(client) == {"items": [(SHOP, "admin"), ("青巷咖啡", "admin")], "invitations": []}
    assert (await client.get("/api/v1/me")).json()["workspace"]["name"] == SHOP, "nobody is moved by it"
    assert (await switch(client, made.json()["id"])).status_code == 200
    me = (await client.get("/api/v1/me")).json()
    assert (me["workspace"]["name"], me["role"]) == ("青巷咖啡", "admin")
    lines = (await client.get("/api/v1/audit")).json()["items"]
    assert [(line["zh"], line["actor_name"]) for line in lines] == [("登录", "林晓"), ("创建了品牌", "林晓")]
    assert (await switch(client, shop.workspace_id)).status_code == 200
    assert (await client.get("/api/v1/me")).json()["workspace"]["name"] == SHOP


async def test_a_brand_without_name_or_with_no_zone_is_refused_by_field(client: httpx.AsyncClient) -> None:
    for body, path in (({"name": "  "}, "name"), ({"name": "咖啡", "zone": "Mars/Base"}, "zone")):
        answer = await client.post("/api/v1/workspaces", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path)


async def test_only_an_admin_founds_a_brand_and_no_key_does(shop: Shop, client: httpx.AsyncClient) -> None:
    async with shop.client(CHEN) as operator:
        assert (await operator.post("/api/v1/workspaces", json={"name": "咖啡"})).status_code == 403
    made = await client.post("/api/v1/api-keys", json={"name": "收银", "scopes": ["workspace.create"]})
    headers = {"Authorization": f"Bearer {made.json()['secret']}"}
    async with httpx.AsyncClient(
        transport=ASGITransport(shop.app), base_url="http://siyu.test", headers=headers
    ) as key:
        for answer in (
            await key.post("/api/v1/workspaces", json={"name": "咖啡"}),
            await key.get("/api/v1/workspaces"),
            await key.put("/api/v1/me/workspace", json={"workspace_id": shop.workspace_id}),
        ):
            assert answer.status_code == 403


async def test_the_limit_of_brands_holds_when_many_are_founded_at_once(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "WORKSPACES_MAX", 3)
    answers = await asyncio.gather(*(client.post("/api/v1/workspaces", json={"name": f"b{n}"}) for n in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409, 409]


async def test_whoever_has_an_account_is_invited_and_told_so_before_anything_is_typed_in_vain(
    shop: Shop, other: Caller
) -> None:
    async with owner(shop) as inviting:
        body = {"email": XU.email, "role": "host", "name": "小许", "password": "maple-harbor-quilt"}
        answer = await inviting.post("/api/v1/users", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "has_own_account")
        assert [fault["path"] for fault in answer.json()["errors"]] == ["password", "name"]
        assert "沿用自己的密码" in answer.json()["errors"][0]["reason_zh"]
        assert len((await inviting.get("/api/v1/users")).json()["items"]) == 1, "nothing came of it"
        invitation = await inviting.post("/api/v1/users", json={"email": XU.email, "role": "host"})
        assert (invitation.json()["invited"], invitation.json()["name"]) == (True, XU.email), (
            "nobody's name is told before they join"
        )
        line = (await inviting.get("/api/v1/audit")).json()["items"][0]
        assert (line["zh"], line["change_zh"]) == ("邀请了成员", "福利官")
    await signed_in(shop, XU.email, PASSWORD)


async def test_nobody_is_drawn_over_by_an_invitation(shop: Shop, other: Caller) -> None:
    async with owner(shop) as inviting:
        await inviting.post("/api/v1/users", json={"email": XU.email, "role": "admin"})
    async with shop.client(XU) as invited:
        me = (await invited.get("/api/v1/me")).json()
        assert (me["workspace"]["name"], me["role"]) == (SHOP, "analyst")
        assert await brands(invited) == {"items": [(SHOP, "analyst")], "invitations": [(OTHER, "admin")]}
        assert (await switch(invited, other.workspace_id)).status_code == 404, "asked is not accepted"
        assert (await invited.delete(f"/api/v1/workspaces/{other.workspace_id}/invitation")).status_code == 204
        assert (await invited.post(f"/api/v1/workspaces/{other.workspace_id}/invitation")).status_code == 404
        assert (await brands(invited))["invitations"] == []
    async with owner(shop) as inviting:
        assert len((await inviting.get("/api/v1/users")).json()["items"]) == 1
        line = (await inviting.get("/api/v1/audit?kinds=setting_changed")).json()["items"][0]
        assert (line["zh"], line["actor_name"]) == ("谢绝了邀请", XU.name)


async def test_an_older_brand_that_is_joined_does_not_take_over_the_sign_in(shop: Shop, other: Caller) -> None:
    async with shop.client(LIN) as inviting:
        await inviting.post("/api/v1/users", json={"email": OWNER, "role": "host"})
    async with owner(shop) as invited:
        assert (await invited.post(f"/api/v1/workspaces/{shop.workspace_id}/invitation")).status_code == 204
    async with owner(shop) as again:
        assert (await again.get("/api/v1/me")).json()["workspace"]["name"] == OTHER
        await switch(again, shop.workspace_id)
    async with owner(shop) as later:
        assert (await later.get("/api/v1/me")).json()["workspace"]["name"] == SHOP, "the brand opened last"


async def test_an_invitation_is_withdrawn_accepted_once_and_ends(shop: Shop, other: Caller) -> None:
    async with owner(shop) as inviting, shop.client(XU) as invited:
        for _ in range(2):
            await inviting.post("/api/v1/users", json={"email": XU.email, "role": "host"})
        person = await id_of(inviting, XU.email)
        assert (await inviting.delete(f"/api/v1/users/{person}/invitation")).status_code == 204
        path = f"/api/v1/workspaces/{other.workspace_id}/invitation"
        assert (await invited.post(path)).status_code == 404
        await inviting.post("/api/v1/users", json={"email": XU.email, "role": "host"})
        answers = await asyncio.gather(*(invited.post(path) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404]
        taken = await inviting.post("/api/v1/users", json={"email": XU.email, "role": "admin"})
        assert taken.json()["code"] == "email_taken"
        names = {person["name"] for person in (await inviting.get("/api/v1/users")).json()["items"]}
        assert names == {"王店长", XU.name}


async def test_a_person_of_two_brands_sees_of_each_only_what_is_there(shop: Shop, other: Caller) -> None:
    await join(shop, other, XU, "operator")
    async with shop.db.transaction() as tx:
        row = MemberRow({"phone": "13900001111"}, name="别家的客户")
        (theirs,) = await contact_members.upsert(tx, other.workspace_id, [row], source="x", actor="system", now=NOON)
    (ours,) = await shop.upsert(MemberRow({"phone": "13900001111"}, name="青巷的客户"))
    seen = {shop.workspace_id: ours.member_id, other.workspace_id: theirs.member_id}
    async with shop.client(XU) as person:
        for here, elsewhere in ((shop.workspace_id, other.workspace_id), (other.workspace_id, shop.workspace_id)):
            await switch(person, here)
            assert [m["id"] for m in (await person.get("/api/v1/members")).json()["items"]] == [seen[here]]
            matches = (await person.get("/api/v1/members", params={"search": "13900001111"})).json()["items"]
            assert [member["id"] for member in matches] == [seen[here]]
            path = f"/api/v1/members/{seen[elsewhere]}"
            for answer in (
                await person.get(path),
                await person.get(f"{path}/timeline"),
                await person.get(f"{path}/merges"),
            ):
                assert answer.status_code == 404
            files = (await person.get("/api/v1/members.csv")).text
            assert ("青巷的客户" in files) is (here == shop.workspace_id)
            assert ("别家的客户" in files) is (here == other.workspace_id)


async def test_each_brand_has_a_role_of_its_own(shop: Shop, other: Caller) -> None:
    """An analyst here and an admin there may do there what the access table says, and here no more than before."""
    await join(shop, other, XU, "admin")
    async with shop.client(XU) as person:
        assert (await person.get("/api/v1/users")).status_code == 403
        assert (
            await person.post("/api/v1/api-keys", json={"name": "k", "scopes": ["members.read"]})
        ).status_code == 403
        await switch(person, other.workspace_id)
        assert (await person.get("/api/v1/users")).status_code == 200
        secret = (await person.post("/api/v1/api-keys", json={"name": "k", "scopes": ["audit.read"]})).json()["secret"]
        (mine,) = [p["id"] for p in (await person.get("/api/v1/users")).json()["items"] if p["email"] == XU.email]
        assert (await person.patch(f"/api/v1/users/{mine}", json={"role": "operator"})).status_code == 204
        await switch(person, shop.workspace_id)
        assert (await person.get("/api/v1/me")).json()["role"] == "analyst"
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(
        transport=ASGITransport(shop.app), base_url="http://siyu.test", headers=headers
    ) as key:
        assert (await key.get("/api/v1/audit")).status_code == 401, "it ended with the role there"


async def test_a_page_of_the_brand_left_behind_changes_nothing_in_the_other(shop: Shop, other: Caller) -> None:
    await join(shop, other, CHEN, "operator")
    async with shop.client(CHEN) as person:
        before, cookie = person.headers["X-CSRF-Token"], person.cookies["siyu_session"]
        await switch(person, other.workspace_id)
        old_page = await person.post("/api/v1/tag-groups", json={"name": "g"}, headers={"X-CSRF-Token": before})
        assert (old_page.status_code, old_page.json()["code"]) == (403, "csrf")
        old_session = httpx.AsyncClient(transport=ASGITransport(shop.app), base_url="http://siyu.test")
        old_session.cookies.set("siyu_session", cookie)
        assert (await old_session.get("/api/v1/me")).status_code == 401


async def test_who_is_removed_here_goes_on_there(shop: Shop, other: Caller, client: httpx.AsyncClient) -> None:
    await join(shop, other, XU, "host")
    async with shop.client(XU) as here, shop.client(XU) as there:
        await switch(there, other.workspace_id)
        assert (await client.delete(f"/api/v1/users/{await id_of(client, XU.email)}")).status_code == 204
        assert (await here.get("/api/v1/me")).status_code == 401
        assert (await there.get("/api/v1/me")).json()["workspace"]["name"] == OTHER
        assert (await switch(there, shop.workspace_id)).status_code == 404
    await signed_in(shop, XU.email, PASSWORD)


@pytest.mark.parametrize("how", ["removed", "reset"])
async def test_an_account_that_others_take_in_hand_brings_no_invitations_along(
    shop: Shop, other: Caller, client: httpx.AsyncClient, how: str
) -> None:
    """The other brand asked this person; whoever is given their account or password by an admin here is somebody else."""
    async with owner(shop) as inviting:
        await inviting.post("/api/v1/users", json={"email": XU.email, "role": "admin"})
        person = await id_of(client, XU.email)
        if how == "removed":
            await client.delete(f"/api/v1/users/{person}")
            await client.post("/api/v1/users", json={**TANG, "email": XU.email})
            password = FIRST
        else:
            password = (await client.post(f"/api/v1/users/{person}/password")).json()["password"]
        somebody = await signed_in(shop, XU.email, password)
        await somebody.post("/api/v1/me/password", json={"old": password, "new": "maple-harbor-quilt"})
        somebody = await signed_in(shop, XU.email, "maple-harbor-quilt")
        assert (await brands(somebody))["invitations"] == []
        assert (await somebody.post(f"/api/v1/workspaces/{other.workspace_id}/invitation")).status_code == 404


async def test_two_brands_that_add_the_same_newcomer_at_once(
    shop: Shop, other: Caller, client: httpx.AsyncClient
) -> None:
    async with owner(shop) as inviting:
        for n in range(4):
            body: dict[str, Any] = {**TANG, "email": f"new{n}@both.example"}
            answers = await asyncio.gather(*(desk.post("/api/v1/users", json=body) for desk in (client, inviting)))
            assert sorted(answer.status_code for answer in answers) == [201, 409]
            (refused,) = [answer.json()["code"] for answer in answers if answer.status_code == 409]
            assert refused == "has_own_account"


async def test_the_command_line_creates_and_lists_brands(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @asynccontextmanager
    async def here(_: int | None) -> AsyncIterator[tuple[Shop, Caller]]:
        yield shop, shop.caller

    monkeypatch.setattr(brands_cli, "brand", here)
    await brands_cli._create("青巷咖啡", "tang@coffee.example", "唐一", "Asia/Shanghai", "zh")
    password = capsys.readouterr().out.split()[-1]
    newcomer = await signed_in(shop, "tang@coffee.example", password)
    assert (await newcomer.get("/api/v1/me")).json()["password_temporary"] is True
    await brands_cli._create("青巷烘焙", LIN.email, None, "Asia/Shanghai", "zh")
    assert "password" not in capsys.readouterr().out, "who has an account keeps their password"
    await brands_cli._list()
    lines = [line.split()[1:] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        [SHOP, "Asia/Shanghai", "5"],
        ["青巷咖啡", "Asia/Shanghai", "1"],
        ["青巷烘焙", "Asia/Shanghai", "1"],
    ]
    async with shop.client(LIN) as admin:
        assert await brands(admin) == {"items": [(SHOP, "admin"), ("青巷烘焙", "admin")], "invitations": []}
        assert (await admin.get("/api/v1/me")).json()["workspace"]["name"] == SHOP
