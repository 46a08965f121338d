"""Logging in at an identity provider, by OpenID Connect: who gets in, as whom, and for how long."""

import asyncio

import pytest
from support.clock import ManualClock
from support.console import console, logged_in
from support.identity_provider import LIFETIME_SECONDS
from support.openid import OpenIdProvider, openid, serving, visitor


async def test_somebody_logs_in_and_sees_the_page_that_was_asked_for(provider, somebody):
    """The log-in page names the provider."""
    page = await somebody.get("/console/limits")
    assert f"Log in with {provider.url.removeprefix('http://')}" in page.text
    assert 'href="/console/login/provider?next=/console/limits"' in page.html
    shown = await somebody.sign_in(provider, "/console/limits")
    assert (shown.status, shown.path) == (200, "/console/limits")


async def test_the_subject_of_the_token_is_the_actor_of_events(world, provider, somebody):
    """As it is with a token that somebody brings."""
    provider.claims = {"sub": "mari@studio.example"}
    await somebody.sign_in(provider)
    assert "The namespace was created." in (await somebody.act("/console/codes", "create", name="of-mari")).text
    rows = (await world[1].dump())["event"]
    assert any("of-mari" in row and f"token:{provider.issuer}#mari@studio.example" in row for row in rows)


async def test_the_file_of_identities_gives_the_role(provider, somebody):
    """With its namespaces."""
    provider.claims = {"groups": ["shop"]}
    shown = await somebody.sign_in(provider)
    assert 'href="/console/codes/shop"' in shown.html
    assert not shown.actions


async def test_the_request_asks_for_what_is_registered(somebody):
    """The redirect URI is made of the configured URL, and never of what a request says of its host."""
    asked = await somebody.begin(Host="evil.example")
    assert asked["redirect_uri"] == f"{somebody.url}/console/login/callback"
    assert asked["scope"] == "openid"
    assert asked["tenant"] == "studio"  # which the endpoint of the provider has
    assert {len(asked["state"]), len(asked["nonce"])} == {22}
    again = await somebody.begin()
    assert not {asked[name] for name in ("state", "nonce", "code_challenge")} & set(again.values())


async def test_the_cookie_of_a_log_in_in_progress_is_short_lived_and_sealed(somebody):
    """Another site, the provider, leads to where it is read, so it is Lax."""
    async with somebody.session.get(f"{somebody.url}/console/login/provider", allow_redirects=False) as response:
        [cookie] = response.headers.getall("Set-Cookie")
        nonce = response.headers["Location"].partition("nonce=")[2].partition("&")[0]
    assert {"HttpOnly", "SameSite=Lax", "Path=/console/login", "Max-Age=600"} <= set(cookie.split("; "))
    assert nonce not in cookie


async def test_a_session_ends_with_its_token(tmp_path):
    """However often it is used."""
    clock = ManualClock()
    async with openid(tmp_path, clock=clock) as (provider, service), visitor(service) as somebody:
        await somebody.sign_in(provider)
        clock.now += (LIFETIME_SECONDS - 60) * 1000
        assert (await somebody.get("/console/codes")).path == "/console/codes"
        clock.now += 60 * 1000
        assert (await somebody.get("/console/codes")).path == "/console/login"


async def test_another_replica_completes_a_log_in(tmp_path):
    """The cookie has all of it; here, the first replica has even stopped."""
    provider = OpenIdProvider()
    async with serving(provider):
        settings = provider.client(tmp_path)
        async with console(tmp_path / "data", **settings) as first, visitor(first) as somebody:
            answer = provider.answer(await somebody.begin())
            cookies = {cookie.key: cookie.value for cookie in somebody.session.cookie_jar}
        async with console(tmp_path / "data", **settings) as second, visitor(second) as somebody:
            somebody.session.cookie_jar.update_cookies(cookies)
            assert (await somebody.come_back(answer)).path == "/console/codes"


async def test_log_ins_in_several_tabs_do_not_disturb_each_other(provider, somebody):
    """Whatever the order in which they are completed."""
    paths = ["/console/codes", "/console/limits", "/console/events"]
    answers = [provider.answer(await somebody.begin(path)) for path in paths]
    shown = [(await somebody.come_back(answer)).path for answer in reversed(answers)]
    assert shown == paths[::-1]


async def test_a_browser_keeps_few_log_ins_in_progress(somebody):
    """So that the header with all cookies stays short enough."""
    for _ in range(12):
        await somebody.begin()
    assert 1 <= len(list(somebody.session.cookie_jar)) <= 4


async def test_many_people_log_in_at_once(world, provider):
    """Each gets a session of their own."""

    async def arrive(number):
        async with visitor(world[1]) as one:
            asked = await one.begin()
            provider.claims = {"sub": f"person-{number}"}
            shown = await one.come_back(provider.answer(asked))
            return shown.path

    assert set(await asyncio.gather(*map(arrive, range(20)))) == {"/console/codes"}
    assert len({asked["state"] for asked in provider.asked}) == 20


async def test_a_new_key_of_the_provider_is_fetched(tmp_path):
    """A token that is signed with it logs in, though other keys were fetched before."""
    clock = ManualClock()
    async with openid(tmp_path, clock=clock) as (provider, service), visitor(service) as somebody:
        await somebody.sign_in(provider)
        provider.rotate()
        clock.now += 60_000
        assert (await somebody.sign_in(provider)).path == "/console/codes"
        assert provider.fetched == 2


@pytest.mark.parametrize(
    ("secret", "methods"),
    [("a secret: with + and %", ["client_secret_post"]), ("other", ["client_secret_basic"]), (None, ["none"])],
    ids=str,
)
async def test_the_client_authenticates_itself_as_the_provider_asks(tmp_path, secret, methods):
    """In the header, in the form, or not at all, where PKCE alone proves that the code is its own."""
    provider = OpenIdProvider()
    provider.secret = secret
    provider.metadata = {"token_endpoint_auth_methods_supported": methods}
    async with (
        serving(provider),
        console(tmp_path / "data", **provider.client(tmp_path)) as service,
        visitor(service) as somebody,
    ):
        assert (await somebody.sign_in(provider)).path == "/console/codes"


async def test_logging_out_leads_to_the_provider(provider, somebody):
    """With a form of a page, so that the token is in no URL; the session has ended before."""
    shown = await somebody.sign_in(provider)
    csrf = shown.html.split('name="csrf" value="')[1].split('"')[0]
    page = await somebody.post("/console/logout", {"csrf": csrf})
    assert f'action="{provider.url}/logout"' in page.html
    assert f"form-action 'self' https: {provider.url};" in page.headers["Content-Security-Policy"]
    assert f'value="{somebody.url}/console/login"' in page.html
    assert (await somebody.get("/console/codes")).path == "/console/login"


async def test_logging_out_of_a_session_with_a_key_is_local(world):
    """The provider knows nothing of it."""
    async with logged_in(world[1]) as admin:
        page = await admin.get("/console/codes")
        csrf = page.html.split('name="csrf" value="')[1].split('"')[0]
        assert (await admin.post("/console/logout", {"csrf": csrf})).path == "/console/login"


async def test_a_provider_without_an_endpoint_for_log_outs_is_left_alone(tmp_path):
    """The session ends in the console."""
    async with openid(tmp_path) as (provider, service), visitor(service) as somebody:
        provider.metadata = {"end_session_endpoint": None}
        shown = await somebody.sign_in(provider)
        csrf = shown.html.split('name="csrf" value="')[1].split('"')[0]
        assert (await somebody.post("/console/logout", {"csrf": csrf})).path == "/console/login"
