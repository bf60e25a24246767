"""Stop means stop: the dialogs say how much waits, and what they say happens."""

from playwright.async_api import Page, expect

from siyu.demo.api_client import ApiClient
from tests.browser.conftest import Site
from tests.browser.seed import REGULARS, Seeded, until
from tests.browser.seen import open_page

SENT_TO = 3


async def _waiting(desk: ApiClient, name: str) -> int:
    """A live journey whose messages wait: the receiver they go to cannot be reached."""
    if not any(account["channel"] == "webhook" for account in (await desk.get("/channel-accounts"))["items"]):
        config = {"url": "http://127.0.0.1:9/hook"}
        await desk.post(
            "/channel-accounts", {"channel": "webhook", "name": "到货提醒系统", "config": config, "secrets": {}}
        )
    template = await desk.post("/templates", {"name": name, "channel": "webhook", "body": "{{ member.name }}，到货了"})
    step = {"kind": "send", "channel": "webhook", "template": template["id"], "purpose": "service"}
    graph = {
        "trigger": {"kind": "manual"},
        "start": "n1",
        "nodes": {
            "n1": {**step, "next": {"sent": "n2", "withheld": "n2", "failed": "n2"}},
            "n2": {"kind": "wait", "seconds": 86_400, "next": {"done": "n3"}},
            "n3": {"kind": "exit", "reason": "已提醒"},
        },
        "exits": [],
        "reentry": {"kind": "never"},
    }
    journey = await desk.post("/journeys", {"name": name, "draft": graph})
    await desk.post(f"/journeys/{journey['id']}/publish")
    assert SENT_TO <= REGULARS
    members = [member["id"] for member in (await desk.get("/members", limit=SENT_TO))["items"]]
    await desk.post(f"/journeys/{journey['id']}/enrol", {"member_ids": members})
    await until(
        lambda: desk.get("/messages", journey_id=journey["id"], state="queued"),
        lambda log: [item["reason"] for item in log["items"]] == ["busy"] * SENT_TO,
    )
    return int(journey["id"])


async def test_pausing_says_what_waits_and_holds_it_and_resuming_asks(
    signed_in: Page, site: Site, seeded: Seeded, desk: ApiClient
) -> None:
    page = signed_in
    journey = await _waiting(desk, "暂停给人看")
    await open_page(page, f"{site.address}/journeys/{journey}")
    await page.get_by_role("button", name="暂停", exact=True).click()
    dialog = page.get_by_role("dialog", name="暂停「暂停给人看」？")
    await expect(dialog).to_contain_text(f"{SENT_TO} 条消息等待发送")
    await dialog.get_by_role("button", name="暂停", exact=True).click()
    await expect(page.get_by_role("alert").filter(has_text=f"{SENT_TO} 条消息等待您决定")).to_be_visible()
    assert (await desk.get(f"/journeys/{journey}"))["messages"]["held"] == SENT_TO
    await page.get_by_role("link", name="查看这些消息").click()
    await expect(page.get_by_role("button", name=f"取消等待中的 {SENT_TO} 条")).to_be_visible()
    await page.go_back()
    await page.get_by_role("button", name="恢复运行").click()
    dialog = page.get_by_role("dialog", name="恢复「暂停给人看」？")
    await dialog.get_by_role("radio", name=f"取消这 {SENT_TO} 条").click()
    await dialog.get_by_role("button", name="恢复运行").click()
    await expect(page.get_by_role("button", name="暂停", exact=True)).to_be_visible()
    log = await desk.get("/messages", journey_id=journey)
    assert [(item["state"], item["reason"]) for item in log["items"]] == [("withheld", "cancelled")] * SENT_TO


async def test_the_log_cancels_what_its_filters_show(
    signed_in: Page, site: Site, seeded: Seeded, desk: ApiClient
) -> None:
    page = signed_in
    journey = await _waiting(desk, "从记录里取消")
    await open_page(page, f"{site.address}/messages?journey_id={journey}")
    await page.get_by_role("button", name=f"取消等待中的 {SENT_TO} 条").click()
    dialog = page.get_by_role("dialog", name=f"取消符合当前筛选、等待发送的 {SENT_TO} 条消息？")
    await dialog.get_by_role("button", name="取消发送").click()
    await expect(page.get_by_text(f"已取消 {SENT_TO} 条")).to_be_visible()
    log = await desk.get("/messages", journey_id=journey)
    assert [(item["state"], item["reason"]) for item in log["items"]] == [("withheld", "cancelled")] * SENT_TO


async def test_editing_a_template_in_use_says_by_whom_and_how_much_waits(
    signed_in: Page, site: Site, seeded: Seeded, desk: ApiClient
) -> None:
    page = signed_in
    journey = await _waiting(desk, "改到一半的模板")
    [template] = (await desk.get("/templates", search="改到一半的模板"))["items"]
    await open_page(page, f"{site.address}/journeys/templates/{template['id']}")
    await page.get_by_label("正文").fill("{{ member.name }}，改到明天了")
    await page.get_by_role("button", name="保存", exact=True).click()
    dialog = page.get_by_role("dialog", name="保存对「改到一半的模板」的修改？")
    await expect(dialog).to_contain_text("用于旅程：改到一半的模板")
    await expect(dialog).to_contain_text(f"{SENT_TO} 条消息正等待发送，将受影响")
    await dialog.get_by_role("button", name="保存", exact=True).click()
    await page.wait_for_url(f"{site.address}/journeys/templates")
    assert (await desk.get(f"/templates/{template['id']}"))["version"] == 2
    await desk.post(f"/journeys/{journey}/end", {"messages": "cancel"})
