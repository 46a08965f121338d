"""Tokens of signed URLs: what is wrong with them, and what is said then."""

import base64
import dataclasses
import io
import json
import logging
import random

import pytest
from redeemd.base.telemetry import Telemetry
from redeemd.crypto import keyring
from redeemd.http.links import Link, Links
from support.http import ask, at, exchange, token_of
from support.service import running

PREFIX = "/files/"
FOREIGN = b"this URL was not issued by this service, or not for this method\n"


async def link(world, job=None, campaign="spring"):
    """Return the URL of a batch, or of one of ten codes."""
    job = job or await world.issue(10)
    return (await world.call("DownloadSerialCodes", campaign_model_name=campaign, issue_job_name=job.name)).url


async def upload(world):
    """Return the URL of an upload."""
    return (await world.call("PreUpdateCurrentCampaignMaster")).upload_url


def forge(token, sign=lambda _: bytes(32), **changes):
    """Return a token that says something else, signed by another hand."""
    content = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[32:]
    names = [field.name for field in dataclasses.fields(Link)]
    key_id, *values = json.loads(content)
    fields = dict(zip(names, values, strict=True)) | changes
    content = json.dumps([fields.pop("key_id", key_id), *(fields[name] for name in names)]).encode()
    return base64.urlsafe_b64encode(sign(content) + content).decode().rstrip("=")


async def test_a_token_with_any_bit_flipped_is_refused(service, world):
    """Every character of a token, replaced by one that differs in one bit of its value."""
    symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    url = await link(world)
    token = token_of(url)
    draw = random.Random(1)
    for place, symbol in enumerate(token):
        other = symbols[symbols.index(symbol) ^ 1 << draw.randrange(6)]
        changed = token[:place] + other + token[place + 1 :]
        assert await ask(service, PREFIX + changed) == (403, FOREIGN), place
    for bit in range(6):  # the last one may have bits that are not part of a byte
        changed = token[:-1] + symbols[symbols.index(token[-1]) ^ 1 << bit]
        assert await ask(service, PREFIX + changed) == (403, FOREIGN), bit
    assert (await ask(service, PREFIX + token))[0] == 200


async def test_a_token_cut_anywhere_is_refused(service, world):
    """From the end and from the beginning; with something added too."""
    token = token_of(await link(world))
    for cut in range(1, len(token)):
        for changed in (token[:-cut], token[cut:]):
            assert await ask(service, PREFIX + changed) == (403, FOREIGN), cut
    for more in ("A", "=", "==", "AAAA", "%00", "%20", "%0A", ".", "+", "~"):
        for changed in (token + more, more + token, token[:40] + more + token[40:]):
            assert await ask(service, PREFIX + changed) == (403, FOREIGN), more


JUNK = {
    "a word": "x",
    "not base64": "!!!!",
    "nothing but padding": "====",
    "long": "A" * 2049,
    "very long": "A" * 8000,
    "a NUL": "%00",
    "another alphabet": "%C3%A9",
    "not UTF-8": "%FF%FE",
    "dots": "%2e%2e",
    "encoded slashes": "%2e%2e%2fmetrics",
    "zero bytes": "A" * 60,
    "no list": base64.urlsafe_b64encode(bytes(32) + b'{"k1": 1}').decode(),
    "a list as key": base64.urlsafe_b64encode(bytes(32) + b'[["k1"]]').decode().rstrip("="),
    "an empty list": base64.urlsafe_b64encode(bytes(32) + b"[]").decode().rstrip("="),
    "another key": base64.urlsafe_b64encode(bytes(32) + b'["k2"]').decode().rstrip("="),
    "deep JSON": base64.urlsafe_b64encode(bytes(32) + b"[" * 1400).decode().rstrip("="),
    "a great number": base64.urlsafe_b64encode(bytes(32) + b"[" + b"9" * 1400 + b"]").decode().rstrip("="),
    "NaN": base64.urlsafe_b64encode(bytes(32) + b"[NaN]").decode().rstrip("="),
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
@pytest.mark.parametrize("token", JUNK.values(), ids=JUNK)
async def test_junk_is_refused(service, method, token):
    """403 with one line, whatever it is."""
    assert await ask(service, PREFIX + token, method) == (403, b"" if method == "HEAD" else FOREIGN)


PATHS = [
    "/files", "/files/", "/files//", "/files/../metrics", "/files/%2e%2e/metrics", "/files/./x/..", "//files/x",
    "/files/x/", "/files/x/y", "/FILES/x", "/files/%7Btoken%7D", "/files/%2fmetrics/../../healthz",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_paths_lead_nowhere_else(service, path):
    """No path under /files reaches another page: 404 with a line of text."""
    status, text = await ask(service, path)
    assert (status, text.strip().count(b"\n")) == (404, 0)
    assert b"# HELP" not in text
    assert text != b"ok\n"


async def test_a_good_token_is_good_in_its_place_only(service, world):
    """Not behind another slash, with another one, or twice."""
    token = token_of(await link(world))
    for path in (
        f"/files//{token}",
        f"/files/{token}/",
        f"/files/{token}/{token}",
        f"/{token}",
        f"/files/x/../{token}",
    ):
        assert (await ask(service, path))[0] == 404, path


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_not_allowed(service, world, method):
    """405 with a line of text, for a good token too."""
    answer = await service.http(method, await link(world))
    assert answer.status == 405
    assert answer.text.strip().count("\n") == 0


async def test_a_url_is_good_for_its_method_only(service, world):
    """PUT to a download and GET or HEAD of an upload: refused, and the upload is still to be had."""
    download, place = await link(world), await upload(world)
    for method, url in (("PUT", download), ("GET", place), ("HEAD", place)):
        answer = await service.http(method, url, data=b"{}" if method == "PUT" else None)
        assert answer.status == 403, method
    assert (await service.http("PUT", place, data=b"{}")).status == 204


async def test_a_url_lasts_ten_minutes(own_service):
    """Good until the last millisecond, then 410 with the advice to request a new one."""
    world = await own_service.world()
    download, place = await link(world), await upload(world)
    own_service.clock.now += 600_000 - 1
    assert (await own_service.http("GET", download)).status == 200
    own_service.clock.now += 1
    for method, url in (("GET", download), ("HEAD", download), ("PUT", place)):
        assert (await own_service.http(method, url)).status == 410
    assert "request a new one" in (await own_service.http("GET", download)).text
    assert (await own_service.dump())["upload_chunk"] == []


async def test_what_another_server_signed_is_refused(service, world):
    """The same words under another master key of the same id; with the right key they would be good."""
    token = token_of(await link(world))
    ring = keyring.parse((service.settings.data / "master.key").read_text())
    other = keyring.KeyRing({key_id: bytes(31) + b"x" for key_id in ring.key_ids})
    for keys, status in ((other, 403), (ring, 200)):
        key = keys.children("url/v1")[ring.current]
        forged = forge(token, lambda content, key=key: keyring.keyed_hash(key, content))
        assert (await ask(service, PREFIX + forged))[0] == status


CHANGES = [
    {"expires_at": 2**62}, {"namespace_id": 1}, {"subject": "spring/x/full"}, {"method": "PUT"}, {"bytes_max": 1},
    {"purpose": "serialKey.dump"}, {"key_id": "k2"},
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
async def test_nothing_a_token_says_can_be_changed(service, world, change):
    """Its own signature does not fit other words."""
    token = token_of(await link(world))
    signature = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[:32]
    assert await ask(service, PREFIX + forge(token, lambda _: signature, **change)) == (403, FOREIGN)


async def test_a_purpose_that_nobody_serves_is_404(service, world):
    """A link of a later version, say: it is signed rightly and leads nowhere here."""
    links = service.app.components.foundation.links
    good = links.read(token_of(await link(world)), method="GET", now=0)
    url = links.url(dataclasses.replace(good, purpose="serialKey.later"))
    answer = await service.http("GET", url)
    assert (answer.status, answer.text) == (404, "the file of this URL no longer exists\n")


async def test_the_urls_of_a_deleted_namespace_are_404(service, world):
    """Downloads, masked or not, and uploads; also when there is a namespace of this name again, with a batch."""
    download, place = await link(world), await upload(world)
    await world.call("DeleteNamespace")
    for again in (False, True):
        if again:
            await service.call("CreateNamespace", name=world.name)
            await world.put_in_force("spring")
            assert (await service.http("GET", await link(world))).status == 200
        for method, url in (("GET", download), ("HEAD", download), ("PUT", place)):
            assert (await service.http(method, url)).status == 404, (method, again)


async def test_a_url_made_under_an_older_key_is_good(service, world):
    """After a rotation the URLs that were made just before it still work, and new ones are signed by the new key."""
    ring = keyring.parse((service.settings.data / "master.key").read_text())
    rotated = Links(keyring.KeyRing({"k1": ring._keys["k1"], "k2": bytes(32)}), "http://x")
    token = token_of(await link(world))
    old = rotated.read(token, method="GET", now=0)
    assert token_of(rotated.url(old)) != token
    assert rotated.read(token_of(rotated.url(old)), method="GET", now=0) == old


async def test_no_url_is_ever_logged(tmp_path, monkeypatch):
    """Good and bad URLs, malformed requests with a token, downloads and uploads: no log or metric holds a token."""
    log, lines = io.StringIO(), io.StringIO()
    telemetry = Telemetry(log=log)
    handler = logging.StreamHandler(lines)
    logging.getLogger().addHandler(handler)
    monkeypatch.setattr("support.service.Telemetry", lambda: telemetry)
    try:
        async with running(tmp_path) as service:
            world = await service.world()
            tokens = [token_of(await link(world)), token_of(await upload(world))]
            upload_id = forge_subject(tokens[1])
            for token in tokens:
                for method in ("GET", "PUT", "POST", "HEAD", "<>"):
                    await ask(service, PREFIX + token, method)
                for tail in ("\x00", "é", " x", "x" * 9000, "\r\nbad header", "\r\n: \x00"):
                    await exchange(service, f"GET {PREFIX}{token}{tail} HTTP/1.1\r\n\r\n".encode(), half_close=True)
                await service.http("GET", at(service, f"{PREFIX}{token[:-2]}"), headers={"Range": "bytes=0-"})
            await world.call("UpdateCurrentCampaignMaster", settings='{"version": "2022-09-13"}')
            told = telemetry.render().decode()
    finally:
        logging.getLogger().removeHandler(handler)
        telemetry.close()
    told += log.getvalue() + lines.getvalue()
    assert '"event":"call"' in told
    for text in (upload_id, *(token[:20] for token in tokens), *(token[60:90] for token in tokens)):
        assert text not in told


def forge_subject(token):
    """Return which upload a token is for."""
    content = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[32:])
    return content[4]
