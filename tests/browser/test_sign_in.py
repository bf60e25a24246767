"""Somebody comes to the door: wrong words, the right ones, out again; by keyboard and on a phone."""

from typing import Literal

import pytest
from playwright.async_api import Page, expect

from siyu.demo.api_client import ApiClient
from tests.browser.conftest import Site
from tests.browser.seen import no_sideways_scroll


async def _at_the_door(page: Page, site: Site) -> None:
    await page.goto(site.address)
    await expect(page.get_by_role("heading", name="登录")).to_be_visible()


async def _enter(page: Page, email: str, password: str) -> None:
    await page.get_by_label("邮箱").fill(email)
    await page.get_by_label("密码").fill(password)
    await page.get_by_role("button", name="登录").click()


async def test_a_wrong_password_is_said_in_words(page: Page, site: Site) -> None:
    await _at_the_door(page, site)
    await _enter(page, site.email, "not-the-password")
    await expect(page.get_by_role("alert")).to_contain_text("邮箱或密码不正确。")
    await expect(page.get_by_label("邮箱")).to_have_value(site.email)


async def test_an_empty_form_says_what_is_missing(page: Page, site: Site) -> None:
    await _at_the_door(page, site)
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_text("请填写邮箱")).to_be_visible()
    await expect(page.get_by_text("请填写密码")).to_be_visible()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
async def test_signing_in_goes_where_one_wanted_and_out_again_closes_the_door(
    page: Page, site: Site, motion: Literal["no-preference", "reduce"]
) -> None:
    await page.emulate_media(reduced_motion=motion)
    await page.goto(f"{site.address}/members/tags")
    await _enter(page, site.email, site.password)
    await page.wait_for_url("**/members/tags")
    await expect(page.get_by_role("heading", name="标签", level=1)).to_be_visible()
    await page.get_by_role("button", name="我的账号").click()
    await page.get_by_role("menuitem", name="退出登录").click()
    await page.wait_for_url("**/sign-in**")
    await page.goto(f"{site.address}/members")
    await page.wait_for_url("**/sign-in?next=**")


async def test_the_door_opens_by_keyboard_alone(page: Page, site: Site) -> None:
    await _at_the_door(page, site)
    await expect(page.get_by_label("邮箱")).to_be_focused()
    await page.keyboard.type(site.email)
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("密码")).to_be_focused()
    await page.keyboard.type(site.password)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("navigation", name="主导航")).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.keyboard.type("模板")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/journeys/templates")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement !== document.body"), "the next key goes nowhere"


async def test_a_phone_signs_in_and_finds_its_way(page: Page, site: Site) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await _at_the_door(page, site)
    await no_sideways_scroll(page)
    await _enter(page, site.email, site.password)
    await page.get_by_role("button", name="打开导航").click()
    await page.get_by_role("navigation", name="主导航").get_by_role("link", name="人群").click()
    await page.wait_for_url("**/audiences")
    await expect(page.get_by_role("heading", name="人群", level=1)).to_be_visible()
    await no_sideways_scroll(page)


async def test_the_door_speaks_english_too(page: Page, site: Site) -> None:
    await _at_the_door(page, site)
    await page.get_by_role("button", name="切换到英文").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(page.get_by_label("Password")).to_be_visible()


async def test_a_first_password_is_changed_before_anything_else(page: Page, site: Site, desk: ApiClient) -> None:
    first, own = "copper-lantern-drift", "maple-harbor-quilt"
    person = {"email": "tang@qingxiang.example", "name": "唐一", "password": first, "role": "operator"}
    await desk.post("/users", person)
    await page.goto(f"{site.address}/members")
    await _enter(page, person["email"], first)
    await expect(page.get_by_role("heading", name="设置自己的密码")).to_be_visible()
    await page.get_by_label("当前密码").fill(first)
    await page.get_by_label("新密码").fill("password123")
    await page.get_by_role("button", name="修改密码").click()
    await expect(page.get_by_text("太容易被猜到")).to_be_visible()
    await page.get_by_label("新密码").fill(own)
    await page.get_by_role("button", name="修改密码").click()
    await expect(page.get_by_role("heading", name="登录")).to_be_visible()
    await _enter(page, person["email"], own)
    await expect(page.get_by_role("navigation", name="主导航")).to_be_visible()
