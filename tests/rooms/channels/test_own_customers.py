"""A host's data are those of the customers connected with them: linked by an admin, in every list and at every address."""

import httpx
import pytest
from httpx import ASGITransport

from siyu.commerce.actions import import_orders
from siyu.commerce.rules import Document, Line
from siyu.contacts.members.rules import MemberRow
from siyu.platform.rules import ROLES
from tests.house.test_doors import ROUTES, accesses
from tests.rooms.channels.conftest import PEOPLE, Desk
from tests.world import CHEN, HE, LIN, NOON, XU, ZHOU, Person

PHONE = "13812345678"
READ = ("members.read", "members.write", "messages.read", "templates.read")


async def person_id(client: httpx.AsyncClient, person: Person) -> int:
    people = (await client.get("/api/v1/users")).json()["items"]
    return int(next(row["id"] for row in people if row["email"] == person.email))


async def link(client: httpx.AsyncClient, person: Person, staff: str | None) -> httpx.Response:
    return await client.patch(f"/api/v1/users/{await person_id(client, person)}", json={"staff": staff})


@pytest.fixture
async def linked(desk: Desk, client: httpx.AsyncClient) -> Desk:
    """Zhou is Li on the platform."""
    assert (await link(client, ZHOU, "li")).status_code == 204
    return desk


async def test_an_admin_links_a_person_once_and_it_is_on_record(desk: Desk, client: httpx.AsyncClient) -> None:
    staff = (await client.get("/api/v1/staff")).json()["items"]
    assert [(row["staff"], row["customers"]) for row in staff] == [("li", 3), ("wang", 2)]
    assert (await link(client, ZHOU, " li ")).status_code == 204
    taken = await link(client, XU, "li")
    assert (taken.status_code, taken.json()["code"]) == (409, "staff_taken")
    (fault,) = taken.json()["errors"]
    assert (fault["path"], fault["reason"], fault["reason_zh"]) == ("staff", "is linked to 周宁", "已关联给 周宁")
    assert (await link(client, ZHOU, "wang")).status_code == 204
    assert (await link(client, XU, "li")).status_code == 204
    lines = (await client.get("/api/v1/audit?kinds=setting_changed")).json()["items"]
    changes = [(line["zh"], line["props"]["subject"], line["change_zh"]) for line in lines[:3]]
    assert changes == [
        ("关联了员工账号", "许言", "员工账号：未设置 → li"),
        ("关联了员工账号", "周宁", "员工账号：li → wang"),
        ("关联了员工账号", "周宁", "员工账号：未设置 → li"),
    ]
    async with desk.shop.client(CHEN) as operator:
        assert (await operator.get("/api/v1/staff")).status_code == 403


async def test_a_host_who_is_not_linked_reaches_nobody_and_is_told(desk: Desk) -> None:
    async with desk.shop.client(ZHOU) as host:
        assert (await host.get("/api/v1/me")).json()["serves"] == ""
        for path in ("members", "messages", "orders"):
            assert (await host.get(f"/api/v1/{path}")).json()["total"] == 0
        assert (await host.get(f"/api/v1/members/{desk.members['an']}")).status_code == 404


async def test_lists_hold_own_customers_only(linked: Desk, client: httpx.AsyncClient) -> None:
    desk = linked
    await desk.plan([desk.intent("an"), desk.intent("dong")])
    async with desk.shop.db.transaction() as tx:
        orders = [Document(name, NOON, [Line("p1", 900)], desk.members[name]) for name in ("bo", "en")]
        await import_orders(tx, desk.shop.workspace_id, orders, source="pos", actor="system", now=NOON)
    async with desk.shop.client(ZHOU) as host:
        page = (await host.get("/api/v1/members")).json()
        assert (sorted(row["name"] for row in page["items"]), page["total"]) == (["an", "bo", "cai"], 3)
        assert (await host.get("/api/v1/members?search=dong")).json()["total"] == 0
        assert (await host.get(f"/api/v1/members?search={desk.members['dong']}")).json()["total"] == 0
        lines = (await host.get("/api/v1/members.csv")).text.splitlines()
        assert len(lines) == 1 + 3
        log = (await host.get("/api/v1/messages")).json()
        assert ([row["member_name"] for row in log["items"]], log["total"]) == (["an"], 1)
        assert (await host.get("/api/v1/messages/summary")).json()["total"] == 1
        assert (await host.get(f"/api/v1/messages?member_id={desk.members['dong']}")).json()["total"] == 0
        bought = (await host.get("/api/v1/orders")).json()
        assert ([row["number"] for row in bought["items"]], bought["total"]) == (["bo"], 1)
        every = (await client.get("/api/v1/orders")).json()["items"]
        answers = {row["number"]: (await host.get(f"/api/v1/orders/{row['id']}")).status_code for row in every}
        assert answers == {"bo": 200, "en": 404}
        assert (await host.get("/api/v1/commerce/totals")).status_code == 403
    for person in (LIN, CHEN, XU, HE):
        async with desk.shop.client(person) as somebody:
            assert (await somebody.get("/api/v1/members")).json()["total"] == 5


async def test_at_every_address_of_a_member_others_do_not_exist(linked: Desk) -> None:
    """Every route a host's permissions open that names a member, with a customer of somebody else."""
    desk = linked
    theirs = desk.members["dong"]
    tried = 0
    bodies = {
        "/tags": {"add": ["x"]},
        "/identities": {"kind": "phone", "value": PHONE},
        "consents": {"state": "given"},
        "suppressions": {"reason": "x"},
    }
    async with desk.shop.client(ZHOU) as host:
        for route in ROUTES:
            allowed = {name.removeprefix("allow ") for name in accesses(route.dependant)}
            if "{member_id}" not in route.path or not allowed <= ROLES["host"]:
                continue
            prefix = "" if route.path.startswith("/api/v1") else "/api/v1"
            path = prefix + route.path.format(member_id=theirs, channel="wecom", identity_id=1)
            for method in route.methods or ():
                body = next((body for part, body in bodies.items() if part in path), {})
                answer = await host.request(method, path, json=None if method in ("GET", "DELETE") else body)
                assert answer.status_code == 404, f"{method} {path}: {answer.text}"
                tried += 1
        assert tried >= 11
        both = {"member_ids": [desk.members["an"], theirs], "add": ["x"]}
        assert (await host.post("/api/v1/members/bulk-tags", json=both)).status_code == 404
        template = {"body": "{{ member.name }}", "member_id": theirs}
        assert (await host.post("/api/v1/templates/preview", json=template)).status_code == 404
        assert (await host.post("/api/v1/members", json={"identities": []})).status_code == 403
        assert (await host.patch(f"/api/v1/members/{desk.members['an']}", json={"name": "安"})).status_code == 200


async def test_who_is_merged_stays_and_who_leaves_is_gone(linked: Desk, client: httpx.AsyncClient) -> None:
    desk = linked
    (other,) = await desk.shop.upsert(MemberRow({"phone": PHONE}, name="安女士"))
    async with desk.shop.client(ZHOU) as host:
        assert (await host.get(f"/api/v1/members/{other.member_id}")).status_code == 404
        body = {"other_id": desk.members["an"], "reason": "同一人"}
        assert (await client.post(f"/api/v1/members/{other.member_id}/merge", json=body)).status_code == 201
        shown = await host.get(f"/api/v1/members/{other.member_id}")
        assert shown.status_code == 200
        assert PHONE not in shown.text, "masked as for everybody without the right"
        assert (await host.get(f"/api/v1/members/{desk.members['an']}")).status_code == 200
        assert (await host.get("/api/v1/members")).json()["total"] == len(PEOPLE["li"])
        await desk.rows(
            "UPDATE friend_link SET ended_at = now() WHERE member_id = :id RETURNING 1", id=desk.members["bo"]
        )
        assert (await host.get(f"/api/v1/members/{desk.members['bo']}")).status_code == 404


async def test_a_key_reaches_no_more_than_its_owner(linked: Desk, client: httpx.AsyncClient) -> None:
    desk = linked
    chen = await person_id(client, CHEN)
    await client.patch(f"/api/v1/users/{chen}", json={"role": "admin"})
    async with desk.shop.client(CHEN) as owner:
        made = await owner.post("/api/v1/api-keys", json={"name": "k", "scopes": ["members.read"]})
    headers = {"Authorization": f"Bearer {made.json()['secret']}"}
    async with httpx.AsyncClient(
        transport=ASGITransport(desk.shop.app), base_url="http://siyu.test", headers=headers
    ) as key:
        assert (await key.get("/api/v1/members")).json()["total"] == 5
        await client.patch(f"/api/v1/users/{chen}", json={"role": "host", "staff": "wang"})
        assert (await key.get("/api/v1/members")).json()["total"] == 2
