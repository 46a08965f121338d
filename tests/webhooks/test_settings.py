"""The file of webhooks: what it may hold, what is refused at the start, and what a reload changes."""

import json
import ssl

import pytest
from redeemd import config
from redeemd.app.checking import check
from redeemd.config import ConfigError
from redeemd.webhooks import subscription
from support.certificates import Authority
from support.handler import until
from support.receiver import caught_up, receiving, webhook
from support.service import running
from support.webhook_calls import use


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"url": "ftp://localhost"}, "url must be"),
        ({"url": "http://"}, "url must be"),
        ({"url": "http://user:pass@localhost"}, "no user"),
        ({"url": "https://localhost"}, "plaintext"),
        ({"plaintext": False}, "plaintext"),
        ({"tls": {}}, "excludes"),
        ({"kinds": ["USED"]}, "there are no kinds USED"),
        ({"eventsMax": 501}, "eventsMax"),
        ({"attemptsMax": 0}, "attemptsMax"),
        ({"codes": "all"}, "codes"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_file_that_is_wrong_is_refused(tmp_path, receiver_files, changed, problem):
    """With what is wrong, and without the URL, which may hold a secret."""
    file = receiver_files(**changed)
    with pytest.raises(ConfigError, match=problem) as caught:
        config.load(data=tmp_path, webhooks=file)
    assert "pass" not in str(caught.value)


@pytest.fixture
def receiver_files(tmp_path):
    """Writes a file of a webhook and of its secret."""

    def write(secret=None, **changed):
        path = tmp_path / "secret"
        if secret is not None:
            path.write_text(secret)
        settings = {"url": "http://localhost", "secretFile": str(path), "plaintext": True, **changed}
        (tmp_path / "webhooks.json").write_text(json.dumps({"game": settings}))
        return tmp_path / "webhooks.json"

    return write


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        (None, "No such file"),
        ("", "1 to 10 secrets"),
        ("whsec_c2hvcnQ=", "secret 1 must have 24 to 64 bytes"),
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "must begin with whsec_"),
        ("whsec_%%%", "is not base64"),
        ("whsk_c2hvcnQ=", "is no private key"),
        (f"whsk_{'A' * 86}==", "with another public key"),
    ],
)
def test_a_secret_that_is_wrong_is_refused(tmp_path, receiver_files, secret, problem):
    """By `serve --check` as by the start; the secret is not quoted."""
    settings = config.load(data=tmp_path, webhooks=receiver_files(secret))
    with pytest.raises(ConfigError, match=problem) as caught:
        check(settings)
    assert not secret or secret not in str(caught.value)


def test_webhooks_need_events(tmp_path, receiver_files):
    """Not a server that keeps none."""
    with pytest.raises(ConfigError, match="keeps none"):
        config.load(data=tmp_path, webhooks=receiver_files("x"), event_retention_seconds=0)


async def test_a_reload_adds_changes_and_removes_webhooks(world, receiver):
    """Requests in progress are not disturbed; a file that is wrong changes nothing."""
    reloading, service = world.service.app.components.reloading, world.service
    await use(world, "alice")
    await until(lambda: caught_up(service))
    receiver.files(game={"kinds": ["REDEEMED"]}, issues={"kinds": ["ISSUED"]})
    await reloading.reload()
    await until(lambda: webhook(service, "issues"))
    await use(world, "bob")
    await until(lambda: caught_up(service, "issues"))
    await until(lambda: caught_up(service, "game"))
    kinds = [event["data"]["kind"] for event in receiver.accepted()]
    assert sorted(kinds) == ["issued", "redeemed", "redeemed"]
    (receiver.folder / "webhooks.json").write_text("{")
    await reloading.reload()
    await use(world, "carol")
    await until(lambda: len(receiver.accepted()) == 5)
    receiver.files()
    await reloading.reload()
    await use(world, "dave")
    found = await webhook(service)
    assert not found.configured
    assert len(receiver.accepted()) == 5


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_receiver_is_called_with_tls(tmp_path, trusted):
    """With a client certificate, and only if its own one is trusted."""
    authority, other = Authority(tmp_path / "authority"), Authority(tmp_path / "other")
    server, client = authority.issue("localhost"), authority.issue("redeemd")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.ca))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(server.certificate, server.key)
    ca = authority.ca if trusted else other.ca
    tls = {"ca": str(ca), "certificate": str(client.certificate), "key": str(client.key)}
    async with receiving(tmp_path / "receiver", context) as receiver:
        file = receiver.file(plaintext=False, tls=tls, kinds=["REDEEMED"])
        async with running(tmp_path / "data", webhooks=file) as service:
            await until(lambda: webhook(service))
            await use(await service.world(), "alice")
            if trusted:
                await until(lambda: caught_up(service))
            else:
                assert (await until(lambda: failed(service))).last_error == "TLS_FAILED"
    assert bool(receiver.accepted()) == trusted


async def failed(service):
    """Return the webhook if its last attempt failed."""
    found = await webhook(service)
    return found if found.last_error else None


@pytest.mark.parametrize("chosen", [{"eventsMax": 500, "backoffSeconds": 0.5, "backoffSecondsMax": 0.5}])
async def test_a_payload_is_bounded(world, receiver, monkeypatch):
    """A batch ends before its events become too long together."""
    monkeypatch.setattr(subscription, "CHARACTERS_MAX", 2000)
    receiver.script[:] = [500]
    users = [f"player-{number}" for number in range(30)]
    await use(world, *users)
    await until(lambda: caught_up(world.service))
    assert receiver.users() == users
    assert max(len(each.events) for each in receiver.requests) > 1
    assert all(len(each.body) < 2100 for each in receiver.requests)
