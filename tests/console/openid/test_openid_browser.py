"""Logging in at an identity provider in Chromium, for which the provider is another site."""

import pytest
from support import certified_provider
from support.browser import PHONE
from support.console import console
from support.openid import CLIENT_ID, openid

LOOKS = {
    "desk": {},
    "phone": {"viewport": PHONE, "has_touch": True, "locale": "ja"},
    "dark": {"color_scheme": "dark"},
    "without-scripts": {"java_script_enabled": False},
}


@pytest.fixture
async def world(tmp_path):
    """A provider, and a server whose console is its client."""
    async with openid(tmp_path) as world:
        yield world


async def sound(tab, look, name):
    """Check that a page is accessible and fits; a browser without scripts cannot look."""
    if look != "without-scripts":
        assert (await tab.violations(), await tab.overflows()) == ([], False)
    await tab.screenshot(f"{name}-{look}")


@pytest.mark.parametrize("look", LOOKS)
async def test_somebody_logs_in_and_out(world, chromium, look):
    """By links and buttons: the policy of the pages stops none of the steps, and the session is there at once."""
    provider, service = world
    async with chromium.stranger(service, **LOOKS[look]) as tab:
        await tab.open("/console/limits")
        await sound(tab, look, "openid")
        await tab.page.locator("a.button").click()
        await tab.page.get_by_role("button", name="Sign in").click()
        await tab.page.wait_for_url("**/console/limits")
        assert await tab.page.get_by_text(f"token:{provider.issuer}#someone").count()
        await tab.page.locator(".who form[action='/console/logout'] button").click()
        if look == "without-scripts":
            leave = tab.page.locator("form[data-send] button")
            await leave.wait_for()
            await sound(tab, look, "openid-leaving")
            await leave.click()
        await tab.page.wait_for_url("**/console/login")
        assert await tab.page.locator("a.button").count()
        await tab.open("/console/codes")
        assert tab.page.url.endswith("/console/login?next=%2Fconsole%2Fcodes")
    [left] = provider.left
    assert left["client_id"] == CLIENT_ID
    assert left["id_token_hint"].count(".") == 2


@pytest.mark.parametrize("look", ["desk", "phone"])
async def test_somebody_cancels_and_tries_again(world, chromium, look):
    """The page says what happened, and leads to the same page then."""
    async with chromium.stranger(world[1], **LOOKS[look]) as tab:
        await tab.open("/console/events")
        await tab.page.locator("a.button").click()
        await tab.page.get_by_role("button", name="Cancel").click()
        expected = "ログインはキャンセルされました。" if look == "phone" else "The log-in was cancelled."
        assert await tab.page.get_by_role("alert").inner_text() == expected
        await sound(tab, look, "openid-cancelled")
        await tab.page.locator("a.button").click()
        await tab.page.get_by_role("button", name="Sign in").click()
        await tab.page.wait_for_url("**/console/events")


@pytest.mark.parametrize("look", ["desk", "phone"])
@pytest.mark.parametrize("problem", ["role", "response", "attempt", "provider"])
async def test_each_refusal_is_accessible(world, chromium, look, problem):
    """In both languages, on a phone as well."""
    provider, service = world
    async with chromium.stranger(service, **LOOKS[look]) as tab:
        if problem == "provider":
            provider.metadata = {"issuer": "https://other.example/"}
        await tab.open("/console/login")
        await tab.page.locator("a.button").click()
        if problem == "role":
            provider.claims = {"groups": []}
        if problem == "response":
            provider.claims = {"nonce": "another"}
        if problem == "attempt":
            provider.response = {"state": "A" * 22}
        if problem != "provider":
            await tab.page.get_by_role("button", name="Sign in").click()
        await tab.page.get_by_role("alert").wait_for()
        await sound(tab, look, f"openid-{problem}")


async def test_somebody_logs_in_at_a_certified_provider(tmp_path, chromium):
    """Which others wrote: the console speaks the protocol, and no dialect that only its tests understand."""
    async with (
        certified_provider.providing(tmp_path) as settings,
        console(tmp_path / "data", **settings) as service,
        chromium.stranger(service) as tab,
    ):
        await tab.open("/console/limits")
        await tab.page.locator("a.button").click()
        await tab.page.get_by_label("Username").fill(certified_provider.USER)
        await tab.page.get_by_label("Password").fill(certified_provider.PASSWORD)
        await tab.page.get_by_role("button", name="Login").click()
        await tab.page.wait_for_url("**/console/limits")
        assert await tab.page.get_by_text(f"token:{settings['console_issuer']}#{certified_provider.SUBJECT}").count()
