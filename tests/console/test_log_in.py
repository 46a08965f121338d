"""Logging in and out: with keys and tokens, for how long, and what refuses it."""

import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeemd.console.session import IDLE_SECONDS, SECONDS_MAX
from support.clock import ManualClock
from support.console import console, logged_in, person
from support.keys import key_of


async def text_of(service, role, **fields):
    """Make a key of a role; return it as it is typed."""
    [(_, header)] = await key_of(service, role, **fields)
    return header.removeprefix("Bearer ")


async def test_pages_lead_to_the_log_in_and_back(service, stranger):
    """After the log-in the page is shown that was asked for."""
    asked = await stranger.get("/console/limits")
    assert asked.path == "/console/login"
    assert 'name="next" value="/console/limits"' in asked.html
    shown = await stranger.log_in(service.key, next="/console/limits")
    assert (shown.status, shown.path) == (200, "/console/limits")


async def test_a_key_is_typed_whole_or_in_parts(service, stranger):
    """Its id and its secret have a field each, for password managers."""
    key_id, secret = service.key.split(".")
    assert (await stranger.log_in(secret, key_id=key_id)).path == "/console/codes"


async def test_the_cookie_has_no_secret_and_no_script_can_read_it(service, stranger):
    """It is sealed, and only sent with requests from pages of the console."""
    async with stranger.session.post(
        f"{stranger.url}/console/login", data={"secret": service.key}, allow_redirects=False
    ) as response:
        [cookie] = response.headers.getall("Set-Cookie")
    assert cookie.startswith("console=")
    assert service.key.split(".")[1] not in cookie
    assert {"HttpOnly", "SameSite=Strict", "Path=/console"} <= set(cookie.split("; "))


async def test_a_wrong_key_is_refused_with_its_reason(stranger):
    """The page says why, and nobody is logged in."""
    shown = await stranger.log_in("k0123456789abcdef.wrong")
    assert (shown.status, shown.refusal) == (401, "CREDENTIAL_INVALID")
    assert (await stranger.get("/console/codes")).path == "/console/login"


async def test_a_key_of_players_opens_no_console(service, stranger):
    """Its role may not list namespaces."""
    shown = await stranger.log_in(await text_of(service, "client"))
    assert (shown.status, shown.refusal) == (401, "ROLE_NOT_ALLOWED")


async def test_whoever_only_reads_gets_no_forms(service, stranger):
    """A form that is sent nevertheless is refused by the method."""
    shown = await stranger.log_in(await text_of(service, "read"))
    assert shown.path == "/console/codes"
    assert not shown.actions
    csrf = shown.html.split('name="csrf" value="')[1].split('"')[0]
    refused = await stranger.post("/console/codes", {"csrf": csrf, "action": "create", "name": "mine"})
    assert (refused.status, refused.refusal) == (403, "ROLE_NOT_ALLOWED")


async def test_a_key_of_some_namespaces_sees_their_names(service, stranger):
    """It cannot list all."""
    shown = await stranger.log_in(await text_of(service, "read", namespace_names=["mine"]))
    assert 'href="/console/codes/mine"' in shown.html


async def test_a_revoked_key_is_logged_out(service, stranger):
    """At its next request."""
    typed = await text_of(service, "read")
    await stranger.log_in(typed)
    await service.auth.RevokeKey(auth_pb.RevokeKeyRequest(key_id=typed.split(".")[0]), metadata=service.admin)
    assert (await stranger.get("/console/codes")).path == "/console/login"


async def test_a_session_ends_when_it_is_idle_and_after_a_day_at_work(tmp_path):
    """Each request starts the idle time anew, but no session outlives the longest time."""
    clock = ManualClock()
    async with console(tmp_path, clock=clock) as service, logged_in(service) as admin:
        for _ in range(SECONDS_MAX // (IDLE_SECONDS - 1)):
            clock.now += (IDLE_SECONDS - 1) * 1000
            assert (await admin.get("/console/codes")).path == "/console/codes"
        clock.now += (IDLE_SECONDS - 1) * 1000
        assert (await admin.get("/console/codes")).path == "/console/login"
        await admin.log_in(service.key)
        clock.now += IDLE_SECONDS * 1000
        assert (await admin.get("/console/codes")).path == "/console/login"


async def test_logging_out_ends_the_session(admin):
    """The browser forgets its cookie."""
    page = await admin.get("/console/codes")
    csrf = page.html.split('name="csrf" value="')[1].split('"')[0]
    assert (await admin.post("/console/logout", {"csrf": csrf})).path == "/console/login"
    assert (await admin.get("/console/codes")).path == "/console/login"


async def test_another_replica_knows_the_session(tmp_path):
    """Also one that has just started over the same keys: the cookie has all of it."""
    async with console(tmp_path) as first, logged_in(first) as admin:
        cookies = {cookie.key: cookie.value for cookie in admin.session.cookie_jar}
    async with console(tmp_path) as second, person(second) as somebody:
        somebody.session.cookie_jar.update_cookies(cookies)
        assert (await somebody.get("/console/codes")).path == "/console/codes"


async def test_without_authentication_everybody_logs_in(tmp_path):
    """A server with --auth off has no keys, but forms are as safe as with keys."""
    async with console(tmp_path, auth="off") as service, person(service) as somebody:
        assert (await somebody.get("/console/codes")).path == "/console/login"
        assert (await somebody.log_in("")).path == "/console/codes"
        assert (await somebody.act("/console/codes", "create", name="mine")).status == 200


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "//evil.example/", "/console/../../x\\", "/other", "/console/\n"]
)
async def test_a_log_in_leads_nowhere_else(service, stranger, url):
    """A link to the log-in cannot send people to another host."""
    async with stranger.session.post(
        f"{stranger.url}/console/login", data={"secret": service.key, "next": url}, allow_redirects=False
    ) as response:
        assert response.headers["Location"] == "/console/"
