"""An operator connects an account: the form is drawn from what its channel declares, and the secrets stay unseen."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from siyu.demo.api_client import ApiClient
from siyu.simulators.wecom.server import Running, running
from tests.browser.conftest import Site
from tests.browser.seen import open_page


@pytest.fixture
def platform() -> Iterator[Running]:
    with running() as server:
        yield server


async def _account(desk: ApiClient, name: str) -> Any:
    (account,) = [item for item in (await desk.get("/channel-accounts"))["items"] if item["name"] == name]
    return account


async def test_an_account_is_connected_checked_and_changed(
    signed_in: Page, site: Site, desk: ApiClient, platform: Running
) -> None:
    page, secret = signed_in, platform.settings.secrets[0]
    await open_page(page, f"{site.address}/settings/accounts")
    await page.get_by_role("button", name="连接企业微信").click()
    dialog = page.get_by_role("dialog", name="连接企业微信")
    await expect(dialog).to_contain_text("企业可信 IP")
    await dialog.get_by_label("账号名称").fill("总部")
    await dialog.get_by_label("企业 ID (corpid)").fill("不 对")
    await dialog.get_by_role("button", name="保存").click()
    await expect(dialog.get_by_role("alert").filter(has_text="请填写企业 ID")).to_be_visible()
    await dialog.get_by_label("企业 ID (corpid)").fill(platform.settings.corp_id)
    await dialog.get_by_label("接口地址").fill(platform.base_url)
    await dialog.get_by_label("应用密钥 (secret)").fill(secret)
    await dialog.get_by_text("另设限额").click()
    await dialog.get_by_label("单条消息附件数").fill("5")
    await dialog.get_by_role("button", name="保存").click()
    panel = page.get_by_role("article", name="总部")
    await expect(panel).to_contain_text("接收事件服务器")
    await panel.get_by_role("button", name="检查连接").click()
    await expect(page.locator(".ant-message")).to_contain_text("连接正常")
    await expect(panel.get_by_role("button", name="同步客户")).to_be_visible()

    await panel.get_by_role("button", name="编辑").click()
    dialog = page.get_by_role("dialog", name="修改企业微信账号")
    kept = dialog.get_by_label("应用密钥 (secret)")
    await expect(kept).to_have_value("")
    await expect(kept).to_have_attribute("placeholder", "已保存，留空表示不修改")
    await expect(dialog.get_by_label("单条消息附件数")).to_have_value("5")
    await dialog.get_by_label("账号名称").fill("总部企微")
    await dialog.get_by_label("接口地址").fill("")
    # another address asks for the secret anew
    await kept.fill(secret)
    await dialog.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("article", name="总部企微")).to_be_visible()
    account = await _account(desk, "总部企微")
    assert account["secrets"] == ["secret"]
    assert account["config"]["base_url"] == "https://qyapi.weixin.qq.com"
    assert account["config"]["limits"] == {"attachments": 5}
    await desk.send("DELETE", f"/channel-accounts/{account['id']}")


async def test_a_channel_without_customers_offers_no_sync_and_shows_the_secret_it_made_once(
    signed_in: Page, site: Site, desk: ApiClient
) -> None:
    page = signed_in
    await open_page(page, f"{site.address}/settings/accounts")
    await page.get_by_role("button", name="连接 Webhook").click()
    dialog = page.get_by_role("dialog", name="连接 Webhook")
    await dialog.get_by_label("账号名称").fill("自有程序")
    await dialog.get_by_label("接收地址").fill("https://example.com/hook")
    await dialog.get_by_role("checkbox", name="由接收方回报是否送达").check()
    await dialog.get_by_role("button", name="保存").click()
    await expect(page.get_by_test_id("secret")).to_contain_text("whsec_")
    await page.get_by_role("dialog").get_by_role("button").last.click()
    panel = page.get_by_role("article", name="自有程序")
    await expect(panel.get_by_role("button", name="同步客户")).to_have_count(0)
    account = await _account(desk, "自有程序")
    assert account["config"] == {"url": "https://example.com/hook", "receipts": True}
    await desk.send("DELETE", f"/channel-accounts/{account['id']}")
