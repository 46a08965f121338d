"""How the console is switched on, and what it is behind."""

import importlib.util
import secrets
import ssl
import subprocess
import sys

import aiohttp
import pytest
from redeemd import config
from redeemd.base.tarpit import Tarpit
from redeemd.config import ConfigError
from support.certificates import Authority
from support.console import console, logged_in, person
from support.identity_provider import providing
from support.service import running

_IMPORTS = """
import redeemd.app.server, sys
print(*(name for name in sys.modules if name.split(".")[0] in {"jinja2", "markupsafe"} or "redeemd.console" in name))
"""


def test_without_the_console_nothing_of_it_is_imported():
    """So it costs nothing."""
    done = subprocess.run([sys.executable, "-c", _IMPORTS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


async def test_without_the_console_no_page_is_served(tmp_path):
    """Which is the default."""
    async with running(tmp_path, admin_listen="127.0.0.1:0") as service, person(service) as stranger:
        assert (await stranger.get("/console/login")).status == 404


def test_the_console_needs_the_address_for_operators():
    """The public one serves no pages."""
    with pytest.raises(ConfigError, match="console is served by admin_listen, which is empty"):
        config.load(console=True)


def test_the_console_needs_its_extra(monkeypatch):
    """The problem says what to install."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jinja2" else find(name))
    with pytest.raises(ConfigError, match=r"console: install redeemd\[console\]"):
        config.load(console=True, admin_listen="127.0.0.1:9090")


@pytest.mark.parametrize("behind", ["tls", "proxy"])
async def test_with_tls_the_cookie_is_sent_with_tls_only(tmp_path, behind):
    """TLS ends at the server, or at a proxy before it."""
    authority = Authority(tmp_path / "authority")
    own = authority.issue("localhost")
    with_tls = {"tls_cert": own.certificate, "tls_key": own.key, "admin_tls": "on", "http_tls": "off"}
    settings = with_tls if behind == "tls" else {"console_url": "https://console.example"}
    context = ssl.create_default_context(cafile=authority.ca) if behind == "tls" else False
    async with console(tmp_path / "data", **settings) as service, aiohttp.ClientSession() as session:
        port = service.app.components.ports.admin_port
        url = f"{'https' if behind == 'tls' else 'http'}://localhost:{port}/console/login"
        answer = await session.post(url, data={"secret": service.key}, ssl=context, allow_redirects=False)
        [cookie] = answer.headers.getall("Set-Cookie")
    assert cookie.startswith("__Host-console=")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))


async def test_tokens_of_identity_providers_log_people_in(tmp_path):
    """With the role that the configuration gives them; their names are the actors of events."""
    async with providing() as provider, console(tmp_path / "data", identities=provider.file(tmp_path)) as service:
        async with logged_in(service, provider.token(groups=["ops"], sub="mari@studio.example")) as mari:
            assert "The namespace was created." in (await mari.act("/console/codes", "create", name="of-mari")).text
        rows = (await service.dump())["event"]
        assert any("of-mari" in row and "mari@studio.example" in row for row in rows)
        async with person(service) as stranger:
            assert (await stranger.log_in(provider.token(groups=["others"]))).refusal == "CREDENTIAL_INVALID"


async def test_a_token_that_fits_no_cookie_is_refused(tmp_path):
    """Browsers would drop it without a word."""
    async with providing() as provider, console(tmp_path / "data", identities=provider.file(tmp_path)) as service:
        long = provider.token(groups=["ops", *(secrets.token_urlsafe(18) for _ in range(180))])
        async with person(service) as somebody:
            shown = await somebody.log_in(long)
            assert (shown.status, "too long" in shown.text) == (401, True)


async def test_wrong_keys_are_answered_late(tmp_path, monkeypatch):
    """By about the delay of guesses, so that trying many takes long; right ones are not."""
    delays = []

    async def sleep(_tarpit, enough_ms):
        delays.append(min(enough_ms, 2000))

    monkeypatch.setattr(Tarpit, "wait", sleep)
    async with console(tmp_path, guess_delay_seconds=2) as service, person(service) as stranger:
        await stranger.log_in("k0123456789abcdef.wrong")
        await stranger.log_in(service.key)
    assert delays == [2000]
