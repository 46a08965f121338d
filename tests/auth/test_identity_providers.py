"""Tokens of the studio's identity provider: whom they name, whose keys they need, and what happens without it."""

import asyncio
import json
import time

import jwt
import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd import config
from redeemd.auth.jwks import FRESH_SECONDS, PAUSE_SECONDS, STALE_SECONDS
from support.clock import ManualClock
from support.identity_provider import providing
from support.service import bearer, refused, running


@pytest.fixture
async def provider():
    """The identity provider."""
    async with providing() as provider:
        yield provider


@pytest.fixture
async def service(tmp_path, provider):
    """A server that accepts its tokens."""
    async with running(tmp_path / "data", identities=provider.file(tmp_path)) as service:
        yield service


async def use(service, metadata, **fields):
    """Call a method of players; for a known player the response is that there is no such namespace."""
    return await service.serial_keys.Use(pb.UseRequest(namespace_name="none", code="any", **fields), metadata=metadata)


async def list_keys(service, metadata):
    """Call a method of administrators."""
    return await service.auth.ListKeys(auth_pb.ListKeysRequest(), metadata=metadata)


@pytest.mark.parametrize("header", ["authorization", "x-access-token"])
async def test_a_token_names_a_player(service, provider, header):
    """In either header; the player is the one of the claim."""
    world = await service.world()
    [code] = await world.codes()
    token = provider.token(sub="alice@example")
    metadata = bearer(token) if header == "authorization" else ((header, token),)
    request = pb.UseRequest(namespace_name=world.name, code=code)
    answer = await service.serial_keys.Use(request, metadata=metadata)
    assert answer.item.used_user_id == "alice@example"


async def test_a_token_names_a_role(service, provider):
    """A value of the claim gives the role and the namespaces of the configuration; the first in the file counts."""
    assert (await list_keys(service, bearer(provider.token(groups=["shop", "ops"])))).items
    token = provider.token(groups="shop")
    with refused("ROLE_NOT_ALLOWED"):
        await list_keys(service, bearer(token))
    with refused("NAMESPACE_NOT_ALLOWED"):
        request = pb.UseByUserIdRequest(namespace_name="other", code="any", user_id="alice")
        await service.serial_keys.UseByUserId(request, metadata=bearer(token))
    with refused("NAMESPACE_NOT_FOUND"):
        request = pb.UseByUserIdRequest(namespace_name="shop", code="any", user_id="alice")
        await service.serial_keys.UseByUserId(request, metadata=bearer(token))


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_algorithms(tmp_path, provider, algorithm):
    """Keys of all types are read."""
    provider.rotate(algorithm)
    file = provider.file(tmp_path, algorithms=["RS256" if algorithm == "RS256" else "PS256", "ES256", "EdDSA"])
    async with running(tmp_path / "data", identities=file) as service:
        assert (await list_keys(service, bearer(provider.token(groups="ops")))).items


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": None},
        {"exp": None},
        {"exp": 1},
        {"exp": "soon"},
        {"exp": 1e300},
        {"nbf": 9_999_999_999},
        {"groups": "unknown"},
        {"groups": None},
        {"groups": [{"ops": 1}]},
        {"sub": None},
        {"sub": "\ud800"},
        {"sub": "two\nlines"},
        {"sub": "\u202esrever"},
    ],
    ids=json.dumps,
)
async def test_a_token_that_does_not_fit_gives_no_role(service, provider, claims):
    """Another audience, a wrong time, no known group, or no subject."""
    with refused("CREDENTIAL_INVALID"):
        await list_keys(service, bearer(provider.token(**{"groups": "ops"} | claims)))


@pytest.mark.parametrize("name", [None, "", 7, "with:colon", "x" * 129, ["alice"], "\ud800"])
async def test_a_claim_that_is_no_user_id_names_no_player(service, provider, name):
    """As for Login."""
    with refused("CREDENTIAL_INVALID"):
        await use(service, bearer(provider.token(sub=name)))


async def test_only_a_key_of_the_issuer_signs_its_tokens(service, provider):
    """A token of another key under its name, of another algorithm, or without a signature is refused."""
    async with providing() as stranger:
        stranger.issuer = provider.issuer
        forged = stranger.token(groups="ops")
    claims = jwt.decode(forged, options={"verify_signature": False})
    unsigned = jwt.encode(claims, None, "none")
    symmetric = jwt.encode(claims, "a shared secret of thirty-two bytes or more", "HS256")
    for token in (forged, unsigned, symmetric):
        with refused("CREDENTIAL_INVALID"):
            await list_keys(service, bearer(token))
        with refused("CREDENTIAL_INVALID"):
            await use(service, (("x-access-token", token),))


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_private_keys_published_by_mistake_are_used_as_public_keys(tmp_path, provider, algorithm):
    """Their private members are ignored."""
    provider.rotate(algorithm, publish_private=True)
    async with running(tmp_path / "data", identities=provider.file(tmp_path, algorithms=[algorithm])) as service:
        assert (await list_keys(service, bearer(provider.token(groups="ops")))).items


async def test_an_unknown_issuer_is_refused(service, provider):
    """As any token that is not ours."""
    with refused("CREDENTIAL_INVALID"):
        await list_keys(service, bearer(provider.token(iss="https://elsewhere.example/", groups="ops")))
    assert provider.fetched == 0


async def test_keys_and_own_tokens_work_beside(service, provider):
    """The provider receives no request because of them."""
    await list_keys(service, service.admin)
    with refused("NAMESPACE_NOT_FOUND"):
        await use(service, service.admin, access_token=await service.token("alice"))
    assert provider.fetched == 0


async def test_several_issuers_have_keys_of_their_own(tmp_path, provider):
    """The issuer of a token decides which keys may sign it."""
    async with providing() as other:
        path = tmp_path / "identities.json"
        issuers = {each.issuer: each.settings() for each in (provider, other)}
        path.write_text(json.dumps({"issuers": issuers}))
        async with running(tmp_path / "data", identities=path) as service:
            for each in (provider, other):
                assert (await list_keys(service, bearer(each.token(groups="ops")))).items
            with refused("CREDENTIAL_INVALID"):
                await list_keys(service, bearer(provider.token(iss=other.issuer, groups="ops")))


@pytest.fixture
def clock():
    """The clock of the server, which starts at the present time."""
    return ManualClock(int(time.time() * 1000))


@pytest.fixture
async def timed(tmp_path, provider, clock):
    """A server with that clock, which has fetched the keys."""
    async with running(tmp_path / "data", identities=provider.file(tmp_path), clock=clock) as service:
        await list_keys(service, bearer(provider.token(groups="ops", exp=_later(clock))))
        yield service


def _later(clock):
    return clock.now_ms() // 1000 + 3 * STALE_SECONDS


def token_of(provider, clock, **claims):
    """Sign a token that is valid for days on the server's clock."""
    return provider.token(**{"groups": "ops", "exp": _later(clock), "jti": str(time.monotonic_ns()), **claims})


async def test_a_new_key_is_fetched_when_a_token_needs_it(timed, provider, clock):
    """The first token with it is accepted; tokens of the replaced key no longer are."""
    old = token_of(provider, clock)
    clock.advance(seconds=PAUSE_SECONDS)
    provider.rotate()
    await list_keys(timed, bearer(token_of(provider, clock)))
    with refused("CREDENTIAL_INVALID"):
        await list_keys(timed, bearer(old))


async def test_unknown_keys_make_the_server_fetch_rarely(timed, provider, clock):
    """This holds for any tokens and any number of concurrent calls."""
    clock.advance(seconds=PAUSE_SECONDS)
    before = provider.fetched

    async def guess(number):
        with refused("CREDENTIAL_INVALID"):
            await list_keys(timed, bearer(token_of(provider, clock, header={"kid": f"unknown-{number}"})))

    await asyncio.gather(*map(guess, range(20)))
    assert provider.fetched == before + 1


@pytest.mark.parametrize("outage", ["status", "garbage", "too long", "redirect"])
async def test_an_outage_of_the_provider_is_survived(timed, provider, clock, outage):
    """Its keys stay in use until they are a day old; then its tokens are refused as UNAVAILABLE, until it is back."""
    provider.status = {"status": 503, "redirect": 302}.get(outage, 200)
    provider.body = {"garbage": b"[]", "too long": b" " * 300_000}.get(outage)
    clock.advance(seconds=FRESH_SECONDS)
    await list_keys(timed, bearer(token_of(provider, clock)))
    clock.advance(seconds=STALE_SECONDS - 2 * FRESH_SECONDS)
    await list_keys(timed, bearer(token_of(provider, clock)))
    clock.advance(seconds=2 * FRESH_SECONDS)
    with refused("IDENTITY_PROVIDER_UNAVAILABLE") as refusal:
        await list_keys(timed, bearer(token_of(provider, clock)))
    assert refusal.retry
    await list_keys(timed, timed.admin)
    provider.status, provider.body = 200, None
    clock.advance(seconds=PAUSE_SECONDS)
    await list_keys(timed, bearer(token_of(provider, clock)))


async def test_an_expired_token_is_refused_although_it_was_verified(timed, provider, clock):
    """Its expiry bounds the time for which it is cached."""
    token = token_of(provider, clock, exp=clock.now_ms() // 1000 + 30)
    await list_keys(timed, bearer(token))
    clock.advance(seconds=30)
    with refused("CREDENTIAL_INVALID"):
        await list_keys(timed, bearer(token))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"algorithms": ["HS256"]}, "algorithms"),
        ({"algorithms": []}, "algorithms"),
        ({"audiences": []}, "audiences"),
        ({"jwksUrl": "http://login.example/keys"}, "must be https"),
        ({"jwksUrl": "file:///etc/passwd"}, "must be https"),
        ({"playerClaim": None, "roleClaim": None, "roles": {}}, "must have playerClaim or roleClaim"),
        ({"roles": {}}, "roleClaim and roles must be given together"),
        ({"roles": {"ops": {"role": "root"}}}, "role"),
        ({"unknown": 1}, "unknown"),
    ],
)
async def test_a_file_with_mistakes_stops_the_start(tmp_path, provider, change, problem):
    """With the place of the mistake."""
    with pytest.raises(config.ConfigError, match=problem):
        config.load(data=tmp_path, identities=provider.file(tmp_path, **change))


async def test_the_file_is_read_again_on_request(service, provider, tmp_path):
    """Verdicts by the old file are not cached, and the keys that were fetched by it are kept."""
    token = bearer(provider.token(groups="ops"))
    assert (await list_keys(service, token)).items
    provider.file(tmp_path, roles={"ops": {"role": "server"}})
    provider.status = 500
    await service.app.components.reloading.reload()
    with refused("ROLE_NOT_ALLOWED"):
        await list_keys(service, token)
    (tmp_path / "identities.json").write_text("{}")
    await service.app.components.reloading.reload()
    with refused("CREDENTIAL_INVALID"):
        await list_keys(service, token)
