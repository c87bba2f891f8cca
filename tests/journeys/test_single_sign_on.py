"""Through a provider and back in a real browser, which holds pages to their content policy."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.sync_api import Browser, expect

from tandem.access.tests.openid_provider import CLIENT_ID, CLIENT_SECRET, serving
from tandem.config.settings import single_sign_on
from tests.company import Company


@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without script"])
def test_somebody_comes_in_by_single_sign_on(
    company: Company, browser: Browser, live_server: Any, settings: Any, has_script: bool
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with serving(key) as provider:
        settings.SOCIALACCOUNT_PROVIDERS = single_sign_on(provider.issuer, CLIENT_ID, CLIENT_SECRET)
        settings.OUTSIDE_HOSTS = [f"127.0.0.1:{provider.port}"]
        provider.claims.update(email=company.people["maya"].email, email_verified=True)
        context = browser.new_context(java_script_enabled=has_script, base_url=live_server.url)
        said: list[str] = []
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.goto("/sign-in/")
        page.get_by_role("button", name="Single sign-on").click()
        page.wait_for_url(f"{live_server.url}/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert [text for text in said if "Content Security Policy" in text] == []
        context.close()
