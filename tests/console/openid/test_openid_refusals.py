"""Log-ins at the identity provider that are refused: nobody gets in, and the page says why."""

import asyncio
import json
import time

import jwt
import pytest
from redeemd.base.telemetry import Telemetry
from redeemd.console.openid import provider as endpoints
from redeemd.console.openid.attempts import SECONDS_MAX
from support.clock import ManualClock
from support.console import console, logged_in
from support.identity_provider import IdentityProvider
from support.openid import API, CLIENT_ID, OpenIdProvider, openid, serving, visitor

NOT_CONFIRMED = "The identity provider did not confirm the log-in."
UNAVAILABLE = "The identity provider cannot be reached."
NO_ROLE = "you have no role in redeemd"
NOT_BEGUN = "The log-in was not begun in this browser, or it took too long."
FOREIGN = "The form did not come from this page."


def forged(provider):
    """Return a token that somebody else signed."""
    other = IdentityProvider()
    other.issuer = provider.issuer
    return other.token(aud=CLIENT_ID, nonce="n", groups=["ops"])


def unsigned(provider):
    """Return a token that nobody signed."""
    claims = {"iss": provider.issuer, "aud": CLIENT_ID, "sub": "x", "exp": int(time.time()) + 60, "groups": ["ops"]}
    return jwt.encode(claims, None, "none")


def answered(text, status=200):
    """Return what lets the token endpoint respond with a token or other JSON."""
    body = {"id_token": text} if isinstance(text, str) else text
    return {"tokens": (status, json.dumps(body).encode())}


# What the provider does, and what the page says then.
WRONG = {
    "the nonce of another log-in": ({"claims": {"nonce": "another"}}, NOT_CONFIRMED),
    "no nonce": ({"claims": {"nonce": None}}, NOT_CONFIRMED),
    "an audience that nobody knows": ({"claims": {"aud": "others"}}, NOT_CONFIRMED),
    "an audience that the server accepts, but not from here": ({"claims": {"aud": API}}, NOT_CONFIRMED),
    "several audiences, and no azp": ({"claims": {"aud": [CLIENT_ID, API]}}, NOT_CONFIRMED),
    "the azp of another client": ({"claims": {"azp": API}}, NOT_CONFIRMED),
    "an expired token": ({"claims": {"exp": 1_700_000_000}}, NOT_CONFIRMED),
    "a token without an expiry": ({"claims": {"exp": None}}, NOT_CONFIRMED),
    "a token of another issuer": ({"claims": {"iss": "https://evil.example/"}}, NOT_CONFIRMED),
    "a forged token": (lambda provider: answered(forged(provider)), NOT_CONFIRMED),
    "an unsigned token": (lambda provider: answered(unsigned(provider)), NOT_CONFIRMED),
    "what is no token": (answered("x" * 60_000), NOT_CONFIRMED),
    "a refused code": (answered({"error": "invalid_grant"}, 400), NOT_CONFIRMED),
    "the wrong secret": ({"secret": "another"}, NOT_CONFIRMED),
    "a response of another issuer": ({"response": {"iss": "https://evil.example/"}}, NOT_CONFIRMED),
    "a response without its issuer, which was announced": ({"response": {"iss": None}}, NOT_CONFIRMED),
    "a response without a code": ({"response": {"code": None}}, NOT_CONFIRMED),
    "a response with too long a code": ({"response": {"code": "x" * 5000}}, NOT_CONFIRMED),
    "an error": ({"response": {"error": "server_error<script>"}}, NOT_CONFIRMED),
    "somebody who cancels": ({"response": {"error": "access_denied"}}, "The log-in was cancelled."),
    "somebody without a role": ({"claims": {"groups": ["others"]}}, NO_ROLE),
    "somebody without groups": ({"claims": {"groups": None}}, NO_ROLE),
    "somebody without a sub": ({"claims": {"sub": None}}, NO_ROLE),
    "a role that opens no console": ({"claims": {"groups": ["players"]}}, "ROLE_NOT_ALLOWED"),
    "a token that is too long for a cookie": ({"claims": {"more": [hash(str(n)) for n in range(300)]}}, "too long"),
    "a broken token endpoint": ({"tokens": (500, b"{}")}, UNAVAILABLE),
    "a token endpoint that leads away": ({"tokens": (302, b"")}, UNAVAILABLE),
    "what is no JSON": ({"tokens": (200, b"<html>")}, UNAVAILABLE),
    "what has no ID token": (answered({"access_token": "x"}), UNAVAILABLE),
    "what is too long": ({"tokens": (200, b" " * (endpoints.BYTES_MAX + 1))}, UNAVAILABLE),
}


async def is_out(somebody):
    """Return whether the pages lead somebody to the log-in."""
    return (await somebody.get("/console/codes")).path == "/console/login"


@pytest.mark.parametrize("name", WRONG)
async def test_what_the_provider_does_wrong_is_refused(provider, somebody, name):
    """The page says so, without a word of the provider's; nobody is logged in, and the next log-in succeeds."""
    faults, text = WRONG[name]
    for part, value in (faults(provider) if callable(faults) else faults).items():
        setattr(provider, part, value)
    shown = await somebody.sign_in(provider, "/console/limits")
    assert (shown.status, text in shown.text) == (503 if text == UNAVAILABLE else shown.status, True), shown.text
    assert shown.status in {401, 403, 503}
    assert "<script>" not in shown.html
    assert 'name="next" value="/console/limits"' in shown.html
    assert await is_out(somebody)
    provider.be_right()
    assert (await somebody.sign_in(provider)).path == "/console/codes"


@pytest.mark.parametrize("state", ["", "x", "A" * 22, "../x", "é"])
async def test_a_response_with_another_state_is_refused(provider, somebody, state):
    """No code is exchanged for it."""
    await somebody.begin()
    provider.response = {"state": state}
    shown = await somebody.sign_in(provider)
    assert (shown.status, NOT_BEGUN in shown.text) == (401, True)
    assert (provider.exchanged, await is_out(somebody)) == ([], True)


async def test_nobody_is_logged_in_with_the_response_to_another_browser(world, provider, somebody):
    """As whoever sends a link with a code of their own wants."""
    async with visitor(world[1]) as attacker:
        answer = provider.answer(await attacker.begin())
    await somebody.begin()
    shown = await somebody.come_back(answer)
    assert (NOT_BEGUN in shown.text, await is_out(somebody)) == (True, True)


async def test_a_response_is_good_once(provider, somebody):
    """The browser forgets the log-in; one that kept it is refused by the provider."""
    answer = provider.answer(await somebody.begin())
    kept = {cookie.key: cookie.value for cookie in somebody.session.cookie_jar}
    await somebody.come_back(answer)
    assert NOT_BEGUN in (await somebody.come_back(answer)).text
    somebody.session.cookie_jar.clear()
    somebody.session.cookie_jar.update_cookies(kept)
    assert NOT_CONFIRMED in (await somebody.come_back(answer)).text
    assert await is_out(somebody)


async def test_of_two_responses_at_once_one_logs_in(provider, somebody):
    """The provider exchanges a code once."""
    answer = provider.answer(await somebody.begin())
    shown = await asyncio.gather(*(somebody.come_back(answer) for _ in range(4)))
    assert [page.path for page in shown].count("/console/codes") == 1


@pytest.mark.parametrize("change", ["flipped", "cut", "of another log-in", "no base64"])
async def test_a_changed_cookie_is_none(provider, somebody, change):
    """It is sealed, together with its name."""
    other = f"console_login_{(await somebody.begin())['state']}"
    asked = await somebody.begin()
    name = f"console_login_{asked['state']}"
    values = {cookie.key: cookie.value for cookie in somebody.session.cookie_jar}
    changed = {
        "flipped": values[name][:40] + ("A" if values[name][40] != "A" else "B") + values[name][41:],
        "cut": values[name][:-4],
        "of another log-in": values[other],
        "no base64": "ü%",
    }
    somebody.session.cookie_jar.clear()
    somebody.session.cookie_jar.update_cookies({name: changed[change]})
    assert NOT_BEGUN in (await somebody.come_back(provider.answer(asked))).text
    assert await is_out(somebody)


async def test_a_log_in_takes_ten_minutes_at_most(tmp_path):
    """Also if a browser keeps its cookie for longer."""
    clock = ManualClock()
    async with openid(tmp_path, clock=clock) as (provider, service), visitor(service) as somebody:
        answer = provider.answer(await somebody.begin())
        clock.now += SECONDS_MAX * 1000
        assert NOT_BEGUN in (await somebody.come_back(answer)).text


async def test_another_site_begins_no_log_in(somebody):
    """As browsers say where a request comes from."""
    headers = {"Sec-Fetch-Site": "cross-site"}
    shown = await somebody.get("/console/login/provider", headers=headers, allow_redirects=False)
    assert (shown.status, FOREIGN in shown.text) == (401, True)


@pytest.mark.parametrize(
    "path",
    ["https://evil.example/", "//evil.example/", "/console/\\x", "/other", "/console/\n", "/console/" + "x" * 300],
)
async def test_a_log_in_leads_nowhere_else(provider, somebody, path):
    """But to the first page."""
    assert (await somebody.sign_in(provider, path)).path == "/console/codes"


async def test_without_the_provider_keys_still_log_people_in(tmp_path):
    """The page says so; as soon as the provider is there, it is asked again."""
    provider = OpenIdProvider()
    async with serving(provider):
        settings = provider.client(tmp_path)
    async with console(tmp_path / "data", **settings) as service, visitor(service) as somebody:
        shown = await somebody.get("/console/login/provider?next=/console/limits")
        assert (shown.status, UNAVAILABLE in shown.text) == (503, True)
        assert 'href="/console/login/provider?next=/console/limits"' in shown.html
        assert (await somebody.log_in(service.key)).path == "/console/codes"


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example/"},
        {"token_endpoint": None},
        {"authorization_endpoint": "http://evil.example/"},
        {"token_endpoint": "https://evil.example/\r\nX: y"},
        {"end_session_endpoint": "javascript:alert(1)"},
        {"token_endpoint_auth_methods_supported": "x" * endpoints.BYTES_MAX},
    ],
    ids=str,
)
async def test_a_provider_that_describes_itself_wrongly_is_none(tmp_path, metadata):
    """Nobody is led to where others could listen."""
    async with openid(tmp_path) as (provider, service), visitor(service) as somebody:
        provider.metadata = metadata
        assert (await somebody.get("/console/login/provider")).status == 503
        provider.be_right()
        assert (await somebody.sign_in(provider)).path == "/console/codes"


async def test_what_a_provider_said_of_itself_stays_in_use_while_it_is_down(tmp_path):
    """It is asked again after ten minutes."""
    clock = ManualClock()
    async with openid(tmp_path, clock=clock) as (provider, service), visitor(service) as somebody:
        await somebody.begin()
        provider.metadata = {"issuer": "https://evil.example/"}
        clock.now += endpoints.FRESH_SECONDS * 1000
        assert (await somebody.begin())["client_id"] == CLIENT_ID


async def test_a_slow_provider_is_given_up(tmp_path, monkeypatch):
    """So that nobody waits for ever."""
    monkeypatch.setattr(endpoints, "SECONDS_MAX", 0.05)
    async with openid(tmp_path) as (provider, service), visitor(service) as somebody:
        provider.pause = asyncio.Event()
        assert (await somebody.get("/console/login/provider")).status == 503
        provider.pause.set()


async def test_requests_to_the_provider_are_few(tmp_path, monkeypatch):
    """Of three at once, one is under way, one waits, and one is refused."""
    monkeypatch.setattr(endpoints, "_REQUESTS_MAX", 1)
    monkeypatch.setattr(endpoints, "_REQUESTS_WAITING_MAX", 1)
    async with openid(tmp_path) as (provider, service), visitor(service) as somebody:
        provider.pause = asyncio.Event()
        begun = [asyncio.create_task(somebody.get("/console/login/provider", allow_redirects=False)) for _ in range(3)]
        await asyncio.wait(begun, return_when=asyncio.FIRST_COMPLETED)
        provider.pause.set()
        assert sorted(shown.status for shown in await asyncio.gather(*begun)) == [303, 303, 503]


async def test_a_name_without_a_role_any_more_is_logged_out(tmp_path):
    """At the next request, when the file of identities has changed."""
    async with openid(tmp_path) as (provider, service), visitor(service) as somebody:
        await somebody.sign_in(provider)
        provider.file(tmp_path, audiences=[CLIENT_ID], roles={"others": {"role": "read"}})
        await service.app.components.reloading.reload()
        assert await is_out(somebody)
        async with logged_in(service) as admin:
            assert (await admin.get("/console/codes")).path == "/console/codes"


async def test_what_fails_is_in_the_log_without_a_secret(tmp_path, monkeypatch):
    """For operators: why, and nothing of tokens, codes and the secret."""
    reported = []

    def report(_telemetry, event, *_severity, **fields):
        reported.append((event, fields))

    monkeypatch.setattr(Telemetry, "event", report)
    async with openid(tmp_path) as (provider, service), visitor(service) as somebody:
        provider.secret = "another"
        await somebody.sign_in(provider)
    failed = [fields for event, fields in reported if event == "console_login_failed"]
    assert failed == [{"problem": "the provider refuses the code: invalid_client"}]
