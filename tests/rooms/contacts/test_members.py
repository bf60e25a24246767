"""Members over HTTP: list, search, page, detail, change, consent, timeline, export, erase, and who may see what."""

import csv
import io
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import text

from siyu.channels.messages.states import REASON_LABELS
from siyu.contacts.identities import queries as contact_identities
from siyu.contacts.members import actions as contact_members
from siyu.contacts.members.queries import cards
from siyu.contacts.members.rules import MemberRow
from siyu.contacts.tags import actions as contact_tags
from siyu.facts.catalogue.audience import AudienceEntered
from siyu.facts.catalogue.channels import MessageWithheld
from siyu.facts.catalogue.contacts import Tagged
from siyu.facts.catalogue.fact import Fact
from siyu.facts.catalogue.journeys import JourneyExited
from siyu.facts.log.actions import Entry, record
from siyu.kit import clock
from siyu.platform import actions as platform
from tests.rooms.contacts.people import HOU_PHONE, LIN_PHONE, facts, tags
from tests.world import CHEN, HE, NOON, PASSWORD, XU, Shop

EMAIL = "lin.yi@example.com"


async def names(client: httpx.AsyncClient, **params: Any) -> list[str]:
    answer = await client.get("/api/v1/members", params=params)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


@pytest.fixture
async def people(shop: Shop) -> list[int]:
    made = await shop.upsert(
        MemberRow({"phone": LIN_PHONE, "email": EMAIL}, name="林一", created_at=datetime(2024, 1, 2, tzinfo=UTC)),
        MemberRow({"external_id": "A-7"}, name="侯二", created_at=datetime(2024, 1, 1, tzinfo=UTC)),
        MemberRow({"external_id": "A_7%"}, name="100%林"),
    )
    return [upserted.member_id for upserted in made]


async def test_search_by_part_of_a_name_and_by_a_whole_identity(client: httpx.AsyncClient, people: list[int]) -> None:
    assert await names(client, search="林") == ["100%林", "林一"]
    assert await names(client, search="138 1234 5678") == ["林一"]
    assert await names(client, search=EMAIL.upper()) == ["林一"]
    assert await names(client, search="A-7") == ["侯二"]
    assert await names(client, search="%") == ["100%林"]
    assert await names(client, search="1381234567") == []
    assert await names(client, search=str(people[1])) == ["侯二"]


async def test_filters_and_orders(shop: Shop, client: httpx.AsyncClient, people: list[int]) -> None:
    await tags(shop, "爱茶")
    await client.post(f"/api/v1/members/{people[0]}/tags", json={"add": ["爱茶"]})
    assert await names(client, tag="爱茶") == ["林一"]
    assert await names(client, identity="external_id") == ["100%林", "侯二"]
    assert await names(client, identity="external_id", search="侯") == ["侯二"]
    assert await names(client, sort="created_at") == ["侯二", "林一", "100%林"]
    assert await names(client, sort="name") == sorted(["林一", "侯二", "100%林"])
    for params, path in (({"sort": "shoe"}, "sort"), ({"identity": "shoe"}, "identity"), ({"cursor": "x"}, "cursor")):
        answer = await client.get("/api/v1/members", params=params)
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path)


@pytest.mark.parametrize("sort", ["-id", "id", "name", "-name", "created_at", "-created_at", "-updated_at"])
async def test_pages_show_everybody_once(shop: Shop, client: httpx.AsyncClient, sort: str) -> None:
    rows = [
        MemberRow({"external_id": str(n)}, name=f"客{n % 3}", created_at=NOON - timedelta(days=n % 4))
        for n in range(25)
    ]
    await shop.upsert(*rows)
    seen: list[int] = []
    cursor: str | None = None
    while True:
        page = (await client.get("/api/v1/members", params={"sort": sort, "limit": 7, "cursor": cursor})).json()
        assert page["total"] == 25
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 25
    if sort == "-id":
        assert seen == sorted(seen, reverse=True)


async def test_create_read_change(shop: Shop, client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/attributes", json={"name": "city", "label": "城市", "type": "text"})
    body = {
        "identities": [{"kind": "phone", "value": LIN_PHONE}],
        "name": "林一",
        "attributes": {"city": "杭州"},
        "consents": {"wecom": True},
    }
    made = (await client.post("/api/v1/members", json=body)).json()
    assert made["identities"][0]["masked"] == "138****5678"
    changed = await client.patch(f"/api/v1/members/{made['id']}", json={"name": "林壹", "attributes": {"city": None}})
    assert (changed.json()["name"], changed.json()["attributes"]) == ("林壹", {})
    assert [props["fields"] for _, props in await facts(shop, "member_updated")] == [["name", "attributes.city"]]
    again = await client.post("/api/v1/members", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "identity_taken")
    assert str(made["id"]) in again.json()["detail"]
    assert LIN_PHONE not in again.text


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"identities": []}, "identities"),
        ({"identities": [{"kind": "phone", "value": "12"}]}, "identities.phone"),
        ({"identities": [{"kind": "shoe", "value": "12"}]}, "identities.shoe"),
        ({"identities": [{"kind": "phone", "value": LIN_PHONE}], "zone": "Mars"}, "zone"),
        ({"identities": [{"kind": "phone", "value": LIN_PHONE}], "attributes": {"x": 1}}, "attributes.x"),
        ({"identities": [{"kind": "phone", "value": LIN_PHONE}], "tags": ["x"]}, "tags"),
        ({"identities": [{"kind": "phone", "value": LIN_PHONE}], "consents": {"x": True}}, "consents.x"),
        ({"identities": [{"kind": "phone", "value": LIN_PHONE}], "name": "x" * 121}, "name"),
    ],
)
async def test_a_wrong_field_is_named(client: httpx.AsyncClient, body: dict[str, Any], path: str) -> None:
    answer = await client.post("/api/v1/members", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path)


async def test_identities_are_added_and_taken_away(shop: Shop, client: httpx.AsyncClient, people: list[int]) -> None:
    first, second, _ = people
    path = f"/api/v1/members/{second}/identities"
    taken = await client.post(path, json={"kind": "phone", "value": LIN_PHONE})
    assert (taken.status_code, taken.json()["errors"][0]["path"]) == (409, "value")
    added = (await client.post(path, json={"kind": "phone", "value": HOU_PHONE})).json()
    assert [identity["kind"] for identity in added["identities"]] == ["external_id", "phone"]
    phone = added["identities"][1]["id"]
    assert (await client.delete(f"/api/v1/members/{first}/identities/{phone}")).status_code == 404
    assert (await client.delete(f"{path}/{phone}")).status_code == 200
    last = added["identities"][0]["id"]
    assert (await client.delete(f"{path}/{last}")).status_code == 409
    assert [props["kind"] for _, props in await facts(shop, "identity_unlinked")] == ["phone"]


async def test_consent_is_kept_with_purpose_and_source_and_told_once(shop: Shop, client: httpx.AsyncClient) -> None:
    member = await shop.member(phone=LIN_PHONE)
    path = f"/api/v1/members/{member}/consents/wecom"
    await client.put(path, json={"state": "given", "source": "门店", "purpose": "marketing", "proof": "小票 0012"})
    await client.put(path, json={"state": "given", "source": "again", "proof": "小票 0013"})
    whole = (await client.put(path, json={"state": "withdrawn", "source": "电话"})).json()
    (kept,) = whole["consents"]
    assert (kept["state"], kept["purpose"], kept["source"]) == ("withdrawn", "marketing", "电话")
    assert await facts(shop, "consent_given") == [(member, {"channel": "wecom", "source": "门店"})]
    assert await facts(shop, "consent_withdrawn") == [(member, {"channel": "wecom", "source": "电话"})]
    wrong = await client.put(f"/api/v1/members/{member}/consents/pigeon", json={"state": "given"})
    assert wrong.json()["errors"][0]["path"] == "channel"
    wrong = await client.put(path, json={"state": "maybe"})
    assert wrong.json()["errors"][0]["path"] == "state"


async def test_suppression_overrides_and_is_lifted(shop: Shop, client: httpx.AsyncClient) -> None:
    member = await shop.member(phone=LIN_PHONE)
    await client.put(f"/api/v1/members/{member}/suppressions/*", json={"reason": "投诉"})
    async with shop.db.transaction() as tx:
        assert (await cards(tx, shop.workspace_id, [member]))[member].suppressed == {"*"}
    whole = (await client.delete(f"/api/v1/members/{member}/suppressions/*")).json()
    assert whole["suppressions"] == []
    assert [props["fields"] for _, props in await facts(shop, "member_updated")] == [["suppressed.*"]] * 2


async def test_the_timeline_tells_in_both_languages_and_pages(shop: Shop, client: httpx.AsyncClient) -> None:
    member = await shop.member(phone=LIN_PHONE)
    await tags(shop, "爱茶")
    clock.advance(timedelta(hours=1))
    await client.post(f"/api/v1/members/{member}/tags", json={"add": ["爱茶"]})
    clock.advance(timedelta(hours=1))
    await client.put(
        f"/api/v1/members/{member}/consents/wecom", json={"state": "given", "source": "门店", "proof": "小票 0012"}
    )
    path = f"/api/v1/members/{member}/timeline"
    first = (await client.get(path, params={"limit": 2})).json()
    rest = (await client.get(path, params={"limit": 2, "before": first["next"]})).json()
    items = first["items"] + rest["items"]
    assert [item["fact"] for item in items] == ["consent_given", "tagged", "member_created"]
    assert items[0]["title"] == {"zh": "同意接收", "en": "Opted in"}
    assert items[0]["text"] == {"zh": "渠道：企业微信，来源：门店", "en": "Channel: WeCom, Source: 门店"}
    assert items[1]["actor_name"] == "林晓"
    assert rest["next"] is None
    only = (await client.get(path, params={"kinds": "tagged,untagged"})).json()["items"]
    assert [item["fact"] for item in only] == ["tagged"]
    assert (await client.get(path, params={"before": "x"})).json()["errors"][0]["path"] == "before"


async def test_the_timeline_calls_what_facts_refer_to_by_its_name(shop: Shop, client: httpx.AsyncClient) -> None:
    member_id = await shop.member(phone=LIN_PHONE)
    tree = {"did": {"fact": "order_paid"}}
    await client.post("/api/v1/audiences", json={"name": "buyers", "label": "买过的人", "tree": tree})
    journey = (await client.post("/api/v1/journeys", json={"name": "复购 7 日"})).json()["id"]
    source = f"journey:{journey}"
    happened: list[Fact] = [
        AudienceEntered(audience="buyers", cause="facts"),
        AudienceEntered(audience="deleted", cause="first"),
        JourneyExited(journey="复购 7 日", version=1, reason="goal"),
        JourneyExited(journey="复购 7 日", version=1, reason="已回访"),
        MessageWithheld(message_id=1, channel="wecom", source=source, reason="quiet_hours"),
        Tagged(tag="爱茶", source="journey:99999999999999999999"),
    ]
    async with shop.db.transaction() as tx:
        hours = range(1, len(happened) + 1)
        await record(
            tx,
            [
                Entry(shop.workspace_id, fact, NOON + timedelta(hours=hour), member_id)
                for hour, fact in zip(hours, happened, strict=True)
            ],
            NOON,
        )
    path = f"/api/v1/members/{member_id}/timeline"
    items = (await client.get(path, params={"limit": len(happened)})).json()["items"]
    assert [(item["text"]["zh"], item["text"]["en"]) for item in reversed(items)] == [
        ("人群：买过的人，原因：发生了新的行为", "Audience: 买过的人, Cause: something new happened"),
        ("人群：deleted，原因：首次计算", "Audience: deleted, Cause: first count"),
        (
            "旅程：复购 7 日，版本：1，原因：达成目标，退出旅程",
            "Journey: 复购 7 日, Version: 1, Reason: Reached the goal and left",
        ),
        ("旅程：复购 7 日，版本：1，原因：已回访", "Journey: 复购 7 日, Version: 1, Reason: 已回访"),
        (
            f"渠道：企业微信，来源：旅程“复购 7 日”，原因：{REASON_LABELS['quiet_hours'].zh}",
            f"Channel: WeCom, Source: Journey “复购 7 日”, Reason: {REASON_LABELS['quiet_hours'].en}",
        ),
        ("标签：爱茶，来源：旅程 99999999999999999999", "Tag: 爱茶, Source: Journey 99999999999999999999"),
    ]
    async with shop.client(HE) as moderator:
        entered = (await moderator.get(path, params={"kinds": "audience_entered"})).json()["items"]
        assert [item["text"]["zh"].split("，")[0] for item in entered] == ["人群：deleted", "人群：buyers"]


async def test_nobody_without_the_right_ever_sees_a_number(
    shop: Shop, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    await client.post("/api/v1/attributes", json={"name": "note", "label": "备注", "type": "text"})
    with structlog.testing.capture_logs() as logged:
        (made, other) = await shop.upsert(
            MemberRow(
                {"phone": LIN_PHONE, "email": EMAIL, "external_id": LIN_PHONE}, attributes={"note": f"电话{LIN_PHONE}"}
            ),
            MemberRow({"unionid": "u1"}, name=f"林{LIN_PHONE}"),
        )
        body = {"other_id": other.member_id, "reason": f"本人 {LIN_PHONE} 确认"}
        await client.post(f"/api/v1/members/{made.member_id}/merge", json=body)
        heard: list[str] = []
        for person in (CHEN, XU, HE):
            async with shop.client(person) as somebody:
                for path in (
                    f"/api/v1/members?search={LIN_PHONE}",
                    "/api/v1/members.csv",
                    f"/api/v1/members/{made.member_id}",
                    f"/api/v1/members/{other.member_id}",
                    f"/api/v1/members/{made.member_id}/timeline",
                    f"/api/v1/members/{made.member_id}/merges",
                ):
                    answer = await somebody.get(path)
                    assert answer.status_code == 200
                    heard.append(answer.text)
                assert (await somebody.post(f"/api/v1/members/{made.member_id}/reveal")).status_code == 403
                wrong = {"identities": [{"kind": "phone", "value": f"{LIN_PHONE}999"}], "attributes": {"x": LIN_PHONE}}
                heard.append((await somebody.post("/api/v1/members", json=wrong)).text)
    output = "\n".join(heard) + caplog.text + str(logged) + "".join(capfd.readouterr())
    assert LIN_PHONE not in output
    assert EMAIL not in output
    assert "138****5678" in output


async def test_looking_in_clear_is_allowed_to_some_and_recorded(
    shop: Shop, client: httpx.AsyncClient, people: list[int]
) -> None:
    shown = (await client.post(f"/api/v1/members/{people[0]}/reveal", json={"kinds": ["phone"]})).json()
    assert [(identity["kind"], identity["value"]) for identity in shown["identities"]] == [("phone", f"+86{LIN_PHONE}")]
    assert await facts(shop, "personal_data_revealed") == [(people[0], {"fields": ["phone"]})]
    audit = (await client.get("/api/v1/audit")).json()["items"][0]
    assert (audit["name"], audit["actor_name"]) == ("personal_data_revealed", "林晓")


async def test_the_export_is_the_filtered_list_and_opens_safely(
    shop: Shop, client: httpx.AsyncClient, people: list[int]
) -> None:
    await client.post("/api/v1/attributes", json={"name": "city", "label": "城市", "type": "text"})
    await shop.upsert(*(MemberRow({"external_id": f"x{n}"}, name=f"多{n}") for n in range(2_500)))
    await shop.upsert(MemberRow({"external_id": "evil"}, name="=cmd|'/c calc'!A0", attributes={"city": "@x"}))
    answer = await client.get("/api/v1/members.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == 2_504
    assert (rows[-1]["客户"], rows[-1]["手机号"]) == ("林一", "138****5678")
    assert (rows[0]["客户"], rows[0]["城市"]) == ("'=cmd|'/c calc'!A0", "'@x")
    # the order of the list, headings in the language of the reader, the clock of the brand
    page = (await client.get("/api/v1/members", params={"sort": "name", "limit": 200})).json()["items"]
    sorted_by_name = await client.get("/api/v1/members.csv", params={"sort": "name", "lang": "en"})
    written = list(csv.DictReader(io.StringIO(sorted_by_name.text.removeprefix("\ufeff"))))
    assert [row["Member"].lstrip("'") for row in written[:200]] == [row["name"] for row in page]
    assert written[0]["Member since"] == "2026-03-18 12:00"
    assert (await client.get("/api/v1/members.csv", params={"sort": "phone"})).status_code == 422
    few = await client.get("/api/v1/members.csv", params={"search": "林"})
    assert len(few.text.splitlines()) == 3
    assert (await client.get("/api/v1/audit")).json()["items"][0]["props"]["verb"] == "exported"


async def test_erasing_takes_everything_for_good(shop: Shop, client: httpx.AsyncClient) -> None:
    await tags(shop, "爱茶")
    first, second = await shop.member(phone=LIN_PHONE), await shop.member(email=EMAIL)
    await client.patch(f"/api/v1/members/{first}", json={"name": "林一"})
    await client.post(f"/api/v1/members/{first}/tags", json={"add": ["爱茶"]})
    merged = await client.post(f"/api/v1/members/{first}/merge", json={"other_id": second, "reason": "林一本人"})
    erased = (await client.post(f"/api/v1/members/{first}/erase")).json()
    assert (erased["name"], erased["identities"], erased["tags"]) == (None, [], [])
    assert erased["erased_at"] is not None
    assert [row["channel"] for row in erased["suppressions"]] == ["*"]
    assert sorted(who for who, _ in await facts(shop, "member_erased")) == [first, second]
    async with shop.db.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM identity")) == 0
        assert (await tx.execute(text("SELECT moved, reason FROM merge"))).one() == ({}, "erased")
    undone = await client.post(f"/api/v1/merges/{merged.json()['merge_id']}/undo")
    assert (undone.status_code, undone.json()["code"]) == (409, "member_erased")
    assert (await client.get("/api/v1/members")).json()["total"] == 0
    await client.put(
        f"/api/v1/members/{first}/consents/wecom", json={"state": "given", "source": "门店", "proof": "小票 0012"}
    )
    assert (await client.get(f"/api/v1/members/{first}")).json()["consents"] == []
    assert (await client.patch(f"/api/v1/members/{first}", json={"name": "x"})).status_code == 409
    (back,) = await shop.upsert(MemberRow({"phone": LIN_PHONE}))
    assert back.created, "who comes back after being erased is somebody new"


async def test_another_brands_member_does_not_exist_here(shop: Shop, client: httpx.AsyncClient) -> None:
    async with shop.db.transaction() as tx:
        other, _ = await platform.create_workspace(
            tx,
            name="别家",
            zone="Asia/Shanghai",
            locale="zh",
            email="boss@other.example",
            person="别人",
            password=PASSWORD,
            now=NOON,
        )
        row = MemberRow({"phone": LIN_PHONE}, name="别家的")
        (theirs,) = await contact_members.upsert(tx, other.id, [row], source="x", actor="system", now=NOON)
        group = await contact_tags.add_group(
            tx, platform.system(other), name="g", kind="manual", owner="", exclusive=False, days=None, now=NOON
        )
        (tag,) = await contact_tags.add_tags(tx, platform.system(other), group.id, ["t"], NOON)
    ours = await shop.member(phone=HOU_PHONE)
    path = f"/api/v1/members/{theirs.member_id}"
    tries = [
        client.get(path),
        client.get(f"{path}/timeline"),
        client.get(f"{path}/merges"),
        client.patch(path, json={"name": "x"}),
        client.post(f"{path}/tags", json={"add": []}),
        client.put(f"{path}/consents/wecom", json={"state": "given", "source": "门店", "proof": "小票 0012"}),
        client.put(f"{path}/suppressions/wecom", json={"reason": "x"}),
        client.post(f"{path}/identities", json={"kind": "email", "value": "a@b.cn"}),
        client.post(f"{path}/merge", json={"other_id": ours, "reason": "x"}),
        client.post(f"/api/v1/members/{ours}/merge", json={"other_id": theirs.member_id, "reason": "x"}),
        client.post(f"{path}/reveal"),
        client.post(f"{path}/erase"),
        client.post("/api/v1/members/bulk-tags", json={"member_ids": [ours, theirs.member_id]}),
        client.patch(f"/api/v1/tag-groups/{group.id}", json={"name": "x"}),
        client.delete(f"/api/v1/tags/{tag.id}"),
    ]
    for attempt in tries:
        answer = await attempt
        assert answer.status_code == 404, answer.request.url
    assert await names(client, search=LIN_PHONE) == []
    async with shop.db.transaction() as tx:
        assert await cards(tx, shop.workspace_id, [theirs.member_id]) == {}
        assert await contact_identities.resolve(tx, shop.workspace_id, "phone", [LIN_PHONE]) == {}


async def test_attributes_over_http(shop: Shop, client: httpx.AsyncClient) -> None:
    body = {"name": "level", "label": "等级", "type": "choice", "options": ["金", "银"]}
    assert (await client.post("/api/v1/attributes", json=body)).status_code == 201
    assert (await client.post("/api/v1/attributes", json=body)).json()["code"] == "name_taken"
    changed = await client.patch("/api/v1/attributes/level", json={"options": ["金", "银", "铜"]})
    assert changed.json()["options"] == ["金", "银", "铜"]
    member = await shop.member(phone=LIN_PHONE)
    wrong = await client.patch(f"/api/v1/members/{member}", json={"attributes": {"level": "铁"}})
    assert wrong.json()["errors"][0]["path"] == "attributes.level"
    await client.patch(f"/api/v1/members/{member}", json={"attributes": {"level": "铜"}})
    assert (await client.delete("/api/v1/attributes/level")).json()["code"] == "in_use"
    await client.patch(f"/api/v1/members/{member}", json={"attributes": {"level": None}})
    assert (await client.delete("/api/v1/attributes/level")).status_code == 204
    assert (await client.get("/api/v1/attributes")).json()["items"] == []
