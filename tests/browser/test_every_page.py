"""Every page of the console, in both languages, on a desk and on a phone: in words, within its window, open to everybody."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page

from tests.browser.conftest import Site, window
from tests.browser.seed import Seeded
from tests.browser.seen import settled

Language = Literal["zh", "en"]
DESK, PHONE = 1280, 390
VISITS: tuple[tuple[Language, int, int], ...] = (("zh", DESK, PHONE), ("en", PHONE, DESK))
"""Opened at the first width, then seen at the second."""
PAGES = (
    "/",
    "/members",
    "/members/{member}",
    "/members/{silent_member}",
    "/members/tags",
    "/members/attributes",
    "/imports",
    "/imports/new",
    "/imports/{imported}",
    "/audiences",
    "/audiences/new",
    "/audiences/{audience}",
    "/audiences/{audience}/edit",
    "/journeys",
    "/journeys/new",
    "/journeys/{draft}",
    "/journeys/{live}",
    "/journeys/templates",
    "/journeys/templates/new",
    "/journeys/templates/{template}",
    "/messages",
    "/insight",
    "/insight/dictionary",
    *(f"/insight/{name}" for name in ("overview", "flows", "funnel", "retention", "rfm", "stages")),
    *(f"/insight/{name}" for name in ("leavers", "warning")),
    *(f"/insight/{name}" for name in ("journeys", "messages", "withheld", "trend")),
    *(
        f"/settings/{name}"
        for name in ("account", "workspace", "team", "calm", "accounts", "keys", "operation", "audit")
    ),
    "/nowhere",
)
ALLOWED = frozenset(
    (
        *(
            "Siyu",
            "CSV",
            "API",
            "RFM",
            "PNG",
            "SOP",
            "POS",
            "Excel",
            "Parquet",
            "xlsx",
            "csv",
            "WeCom",
            "Webhook",
            "URL",
        ),
        *("Esc", "Ctrl", "EN", "English", "UTC", "CNY", "OpenID", "UnionID", "Asia", "Shanghai", "wmQX"),
        *("Katz", "Benjamini", "Hochberg"),
        # what an exit reason of a journey begins with: written by the operator, in any language
        "holdout",
    )
)
"""Names that Chinese keeps as they are."""
PLAIN = re.compile(r"[\w.+*-]+@[\w.-]+|https?://\S+|[\w-]*\d[\w-]*|\{\{.*?\}\}")
"""Addresses, codes with digits in them, and placeholders of templates are not words."""
WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TOGGLE = {"中", "中文"}
"""What one presses to read Chinese."""
GRAVE = {"serious", "critical"}
SHOWN = """() => {
  const hints = [...document.querySelectorAll('[placeholder],[title]')]
    .filter((one) => one.checkVisibility()).flatMap((one) => [one.getAttribute('placeholder'), one.getAttribute('title')]);
  return [document.title, document.body.innerText, ...hints].filter(Boolean).join('\\n');
}"""
LABELS = """() => [...document.querySelectorAll('th:not(.figure), dt, nav a, label, .stat-label, button:not(.step-main)')]
  .filter((one) => one.checkVisibility()).map((one) => one.innerText.trim())"""
"""What the console says by itself; names that a shop gave stand in figures' headings and on steps."""
AXE = Axe()


@dataclass
class Walker:
    """One window that visits every page, and what its console complained of since it was last asked."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Keep an error of the browser's console."""
        if message.type == "error":
            self.complaints.append(message.text)

    async def go(self, path: str, language: Language, width: int) -> None:
        """Open the page anew as somebody who reads `language`."""
        self.complaints.clear()
        await self.page.set_viewport_size({"width": width, "height": 800})
        await self.page.evaluate("(language) => localStorage.setItem('siyu.locale', language)", language)
        await self.page.goto(f"{self.address}{path}")
        await settled(self.page)


@pytest.fixture(scope="module")
async def walker(browser: Browser, site: Site, session: str) -> AsyncIterator[Walker]:
    async with window(browser, site, session) as page:
        await page.goto(f"{site.address}/nowhere")
        walking = Walker(page, site.address)
        page.on("console", walking.hear)
        yield walking


LOOKS_MAX = 10
LOOK_AGAIN_MS = 500


async def _too_wide(page: Page) -> list[str]:
    wide, shown = await page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return [f"{wide} px wide in a window of {shown}"] if wide > shown else []


async def _not_in_words(page: Page, language: Language) -> list[str]:
    """Faults that stay: a name that is still on its way gets a few looks before it counts."""
    faults = await _foreign(page, language)
    for _ in range(LOOKS_MAX):
        if not faults:
            break
        await page.wait_for_timeout(LOOK_AGAIN_MS)
        faults = await _foreign(page, language)
    return faults


async def _foreign(page: Page, language: Language) -> list[str]:
    text: str = await page.evaluate(SHOWN)
    faults = ["raw JSON on the page"] if '{"' in text or "[object " in text else []
    if language == "zh":
        foreign = {word for word in WORD.findall(PLAIN.sub(" ", text)) if word not in ALLOWED}
        return [*faults, *(f"English in Chinese: {word}" for word in sorted(foreign))]
    labels: list[str] = await page.evaluate(LABELS)
    return [
        *faults,
        *sorted(
            {f"Chinese in English: {label!r}" for label in labels if CHINESE.search(label) and label not in TOGGLE}
        ),
    ]


async def _closed_doors(page: Page) -> list[str]:
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.axe_script)
    violations: dict[str, Any] = await page.evaluate("axe.run({ resultTypes: ['violations'], preload: false })")
    return [
        f"{fault['id']} ({fault['impact']}): {node['html'][:160]}"
        for fault in violations["violations"]
        if fault["impact"] in GRAVE
        for node in fault["nodes"][:3]
    ]


async def _look(walker: Walker, path: str, language: Language, width: int) -> list[str]:
    faults = [*await _too_wide(walker.page), *await _not_in_words(walker.page, language)]
    faults += [*await _closed_doors(walker.page), *(f"console: {text}" for text in walker.complaints)]
    walker.complaints.clear()
    return [f"{path} {language} {width}: {fault}" for fault in faults]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_whole_in_both_languages_at_both_widths(walker: Walker, seeded: Seeded, path: str) -> None:
    where = path.format_map(vars(seeded))
    faults: list[str] = []
    for language, first, then in VISITS:
        await walker.go(where, language, first)
        faults += await _look(walker, where, language, first)
        await walker.page.set_viewport_size({"width": then, "height": 800})
        await settled(walker.page)
        faults += await _look(walker, where, language, then)
    assert not faults, "\n".join(faults)
