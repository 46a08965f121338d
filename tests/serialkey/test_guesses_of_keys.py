"""API keys that see codes masked are limited like players, each by itself."""

import asyncio

import grpc
import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from support.guesses import guess, guessed_in
from support.keys import key_of
from support.service import read_refusal


@pytest.fixture
async def world(own_service):
    """A namespace in which players may guess three times."""
    return await guessed_in(own_service)


async def look_up(world, metadata, text):
    """Read a code with a key; return it, or the refusal."""
    request = pb.GetSerialKeyRequest(namespace_name=world.name, code=text)
    try:
        return (await world.service.serial_keys.GetSerialKey(request, metadata=metadata)).item
    except grpc.aio.AioRpcError as error:
        return read_refusal(error)


@pytest.mark.parametrize("limited", [True, False], ids=["players limited", "players not limited"])
async def test_a_key_that_sees_codes_masked_cannot_find_them_by_guessing(world, limited):
    """Its wrong look-ups are limited as a player's are, by the defaults where players are not."""
    await world.limit_guesses(burst=3, enabled=limited)
    reader = await key_of(world.service, "read")
    times = 3 if limited else 20
    reasons = [(await look_up(world, reader, f"OLD-{number}")).reason for number in range(100, 100 + times)]
    assert set(reasons) == {"SERIAL_KEY_NOT_FOUND"}
    for text in ("OLD-1", "WELCOME", "OLD-999"):
        assert (await look_up(world, reader, text)).reason == "TOO_MANY_GUESSES"
    world.service.clock.advance(seconds=10)
    assert (await look_up(world, reader, "OLD-1")).code == "O**-*"


async def test_a_key_that_sees_codes_masked_looks_known_codes_up(world):
    """As many as it likes, of every kind, and also when it may guess no more where it is a serial code."""
    reader, [code] = await key_of(world.service, "read"), await world.codes()
    for _ in range(5):
        found = [await look_up(world, reader, text) for text in (code, "OLD-1", "WELCOME")]
        assert [item.status for item in found] == [1, 1, 1]
    for number in range(4):
        await look_up(world, reader, f"wrong-{number}")
    assert (await look_up(world, reader, code)).status == 1


async def test_guesses_of_keys_are_their_own(world):
    """Another key, and a player who is called like it, have theirs; keys that see codes whole are not limited."""
    service = world.service
    first, second = [await key_of(service, "read") for _ in range(2)]
    for number in range(4):
        refusal = await look_up(world, first, f"wrong-{number}")
    assert refusal.reason == "TOO_MANY_GUESSES"
    assert (await look_up(world, second, "wrong")).reason == "SERIAL_KEY_NOT_FOUND"
    key_id = first[0][1].removeprefix("Bearer ").partition(".")[0]
    assert (await guess(world, user_id=key_id)).reason == "CODE_NOT_FOUND"
    for role in ("admin", "issuer", "server"):
        metadata = await key_of(service, role)
        reasons = [(await look_up(world, metadata, f"wrong-{number}")).reason for number in range(6)]
        assert set(reasons) == {"SERIAL_KEY_NOT_FOUND"}


async def test_many_look_ups_at_once_are_limited_together(world):
    """Forty of a key: as many are looked up as it may guess, whatever they find."""
    reader = await key_of(world.service, "read")
    found = await asyncio.gather(*(look_up(world, reader, f"wrong-{number}") for number in range(40)))
    reasons = [refusal.reason for refusal in found]
    assert reasons.count("SERIAL_KEY_NOT_FOUND") == 3
    assert reasons.count("TOO_MANY_GUESSES") == 37
