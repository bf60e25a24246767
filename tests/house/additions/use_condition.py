"""The condition of the recipe is accepted, counted, kept and worded by the API; the oracle tries it too."""

import httpx

from siyu.contacts.identities.rules import KIND_LABELS
from siyu.contacts.members.rules import MemberRow
from tests.world import Shop

TREE = {"known_by": {"identity": "email"}}


async def test_the_condition_is_counted_live(shop: Shop, client: httpx.AsyncClient) -> None:
    rows = [MemberRow({"external_id": "a", "email": "a@qingxiang.example"}), MemberRow({"external_id": "b"})]
    await shop.upsert(*rows)
    await shop.catch_up()
    counted = (await client.post("/api/v1/audience-count", json={"tree": TREE})).json()
    assert counted["count"] == 1, counted
    kept = await client.post("/api/v1/audiences", json={"name": "with_email", "label": "留有邮箱", "tree": TREE})
    assert kept.status_code == 201, kept.text
    assert kept.json()["sentence"]["zh"].startswith("留有")
    language = (await client.get("/api/v1/audience-language")).json()
    (kind,) = [kind for kind in language["kinds"] if kind["value"] == "known_by"]
    options = {option["value"]: option["label"] for option in kind["schema"]["properties"]["identity"]["x-options"]}
    assert list(options) == kind["schema"]["properties"]["identity"]["enum"]
    assert options["phone"] == {"zh": "手机号", "en": KIND_LABELS["phone"].en}
    wrong = await client.post("/api/v1/audience-count", json={"tree": {"known_by": {"identity": "shoe size"}}})
    assert [fault["path"] for fault in wrong.json()["errors"]] == ["known_by.identity"]
