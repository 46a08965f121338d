"""Which settings of the log-in at an identity provider a server refuses, and what it says."""

import json

import pytest
from redeemd import config
from redeemd.config import ConfigError
from support.openid import CLIENT_ID, OpenIdProvider

ISSUER = "https://login.studio.example/"


@pytest.fixture
def settings(tmp_path):
    """Settings with which a server starts."""
    provider = OpenIdProvider()
    provider.url, provider.issuer = "https://login.studio.example", ISSUER
    return provider.client(tmp_path, console=True, console_url="https://console.example")


def test_right_settings_are_accepted(settings):
    """The secret is the content of its file, without the end of the line, and is shown nowhere."""
    loaded = config.load(**settings, console_scopes=" openid  groups ")
    client = loaded.read_console_client()
    assert (client.issuer, client.client_id, client.scopes) == (ISSUER, CLIENT_ID, "openid groups")
    assert client.secret.get_secret_value() == "a secret: with + and %"
    assert "a secret" not in repr(client)


def test_without_a_secret_the_client_is_public(settings):
    """PKCE alone proves that a code is its own."""
    assert config.load(**settings | {"console_client_secret_file": None}).read_console_client().secret is None


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"console": False}, "console_issuer needs console"),
        ({"auth": "off"}, "console_issuer needs auth on"),
        ({"console_client_id": ""}, "console_issuer needs console_client_id"),
        ({"console_issuer": ""}, "console_client_id and console_client_secret_file need console_issuer"),
        ({"console_scopes": "email"}, "console_scopes must contain openid"),
        ({"console_url": ""}, "console_issuer needs console_url"),
        ({"console_url": "https://studio.example/redeemd"}, "console_url must have no path"),
        ({"console_url": "http://console.example"}, "console_url must be https"),
        ({"console_issuer": "https://other.example/"}, "is no issuer in the file of identities"),
        ({"console_issuer": "http://login.studio.example/"}, "console_issuer must be https"),
        ({"console_issuer": f"{ISSUER}?tenant=1"}, "console_issuer must have no query"),
        ({"console_client_id": "another"}, "console_client_id another is not in the audiences"),
        ({"identities": None}, "is no issuer in the file of identities"),
    ],
    ids=str,
)
def test_what_cannot_work_is_refused(settings, changed, problem):
    """At the start, in words that say what to change."""
    with pytest.raises(ConfigError, match=problem):
        config.load(**settings | changed)


def test_an_issuer_of_players_only_is_refused(settings):
    """None of its tokens would have a role."""
    file = json.loads(settings["identities"].read_text())
    del file["issuers"][ISSUER]["roleClaim"], file["issuers"][ISSUER]["roles"]
    settings["identities"].write_text(json.dumps(file))
    with pytest.raises(ConfigError, match="needs roleClaim and roles"):
        config.load(**settings)


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"\xff", "é".encode(), b"x" * 5000, None], ids=str)
def test_a_file_without_a_secret_is_refused(settings, tmp_path, content):
    """The problem does not quote it."""
    path = tmp_path / "other.secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"console_client_secret_file .*other\.secret: ") as raised:
        config.load(**settings | {"console_client_secret_file": path})
    assert "lines" not in str(raised.value)
