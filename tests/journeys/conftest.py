"""A headless Chromium in front of the live product; see README.md.

Every page that a journey opens is watched: an error on the console, a breach of the content policy, a script error or a
request to another machine fails the test, whatever the test itself looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tandem.core import charts

CHROMIUM = os.environ.get("TANDEM_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES = {"wide": (1440, 900), "middle": (1024, 768), "phone": (390, 844)}
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`content policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@dataclass
class Watch:
    """What went wrong on a page: its console, its scripts, its requests.

    expected : parts of console messages that the journey provokes on purpose
    """

    origin: str
    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Attach to a page before it opens anything."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(part in message.text for part in self.expected):
            self.problems.append(f"console {message.type}: {message.text} at {message.location.get('url')}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.problems.append(f"request off this machine: {request.url}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, one for the run."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop in this thread; the server has its own
    charts.build_bundle()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[OpenPage]:
    """Open a watched page: `open_page("/accounts", client_of("seller"), size="phone", theme="dark")`.

    Without a client it is a stranger's. `page.watch.expected` takes console messages that a journey provokes.
    """
    contexts: list[tuple[BrowserContext, Watch]] = []

    def open_it(address: str = "/", client: Client | None = None, *, size: str = "wide", theme: str = "light") -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            has_touch=size == "phone",
            reduced_motion="reduce",
            base_url=live_server.url,
        )
        context.add_init_script(REPORT_VIOLATIONS)
        if client is not None:
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page = context.new_page()
        watch = Watch(live_server.url)
        watch.listen(page)
        page.watch = watch  # type: ignore[attr-defined]
        contexts.append((context, watch))
        page.goto(address)
        return page

    yield open_it
    problems = [problem for _, watch in contexts for problem in watch.problems]
    for context, _ in contexts:
        context.close()
    assert not problems, "\n".join(problems)


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """Fail on any axe-core violation of WCAG 2.2 A and AA that is serious or critical."""
    axe = Axe()
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

    def check(page: Page) -> None:
        found = axe.run(page, options={"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"]})
        serious = [one for one in found.response["violations"] if one["impact"] in {"serious", "critical"}]
        told = [f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:5]]}" for one in serious]
        assert not told, f"{page.url}\n" + "\n".join(told)

    return check


@pytest.fixture
def shot() -> Callable[[Page, str], None]:
    """Keep a picture of the whole page in the folder that TANDEM_SHOTS names; nothing without it."""
    folder = os.environ.get("TANDEM_SHOTS")

    def keep(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return keep
