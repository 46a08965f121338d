"""Every writing RPC happens as a whole or not at all, wherever it fails."""

import asyncio
import random

import grpc
import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import serialkey_service_pb2
from redeemd import contract
from redeemd.serialkey.codes import ALPHABET, fold
from support.service import read_refusal, refused

SETTINGS = '{"version":"2022-09-13","campaignModels":[{"name":"spring","metadata":"new"},{"name":"autumn"}]}'


def writes(ns, codes, key_id):
    """Answer a valid request of every writing RPC that is served, by service and name."""
    return {
        ("serial_keys", "CreateNamespace"): {"name": "another"},
        ("serial_keys", "UpdateNamespace"): {"namespace_name": ns, "description": "new"},
        ("serial_keys", "DeleteNamespace"): {"namespace_name": ns},
        ("serial_keys", "Issue"): {"namespace_name": ns, "campaign_model_name": "spring", "issue_request_count": 9},
        ("serial_keys", "IssueOnce"): {"namespace_name": ns, "campaign_model_name": "spring"},
        ("serial_keys", "UseByUserId"): {"namespace_name": ns, "user_id": "alice", "code": codes[0]},
        ("serial_keys", "RevertUseByUserId"): {"namespace_name": ns, "user_id": "alice", "code": codes[1]},
        ("serial_keys", "CreateCampaignModelMaster"): {"namespace_name": ns, "name": "new"},
        ("serial_keys", "UpdateCampaignModelMaster"): {
            "namespace_name": ns,
            "campaign_model_name": "draft",
            "metadata": "new",
        },
        ("serial_keys", "DeleteCampaignModelMaster"): {"namespace_name": ns, "campaign_model_name": "draft"},
        ("serial_keys", "UpdateCurrentCampaignMaster"): {"namespace_name": ns, "settings": SETTINGS},
        ("auth", "CreateKey"): {"role": options_pb2.ROLE_READ},
        ("auth", "RevokeKey"): {"key_id": key_id},
    }


@pytest.fixture
async def prepared(own_service):
    """A service with something of everything; answers it with the requests to try."""
    world = await own_service.world("spring", "summer")
    codes = await world.codes(3)
    await world.as_player("Use", "alice", code=codes[1])
    await world.call("CreateCampaignModelMaster", name="draft")
    key = await own_service.auth.CreateKey(
        auth_pb.CreateKeyRequest(role=options_pb2.ROLE_ISSUER), metadata=own_service.admin
    )
    return own_service, writes(world.name, codes, key.item.key_id)


async def call(service, stub, rpc, fields, headers=()):
    """Call a method of either service as the administrator."""
    if stub == "serial_keys":
        return await service.call(rpc, headers, **fields)
    request = getattr(auth_pb, f"{rpc}Request")(**fields)
    return await getattr(service.auth, rpc)(request, metadata=service.admin + tuple(headers))


def test_every_served_writing_rpc_is_tried():
    """The table above holds all writing RPCs with act_as or project access; Use is UseByUserId by another road."""
    service = serialkey_service_pb2.DESCRIPTOR.services_by_name["SerialKeyService"]
    names = {method.name for method in service.methods if contract.policy(method).writes}
    not_served = {
        name
        for name in names
        if "UserData" in name or "Stamp" in name or name.endswith("FromGitHub") or name.startswith("PreUpdate")
    }
    tried = {rpc for stub, rpc in writes("", ["", ""], "") if stub == "serial_keys"}
    assert tried == names - not_served - {"Use"}


@pytest.mark.parametrize("headers", [(), (("idempotency-key", "k"),)], ids=["plain", "with-idempotency-key"])
async def test_a_failure_at_any_statement_changes_nothing(prepared, headers):
    """For every writing RPC and every k: with its k-th statement failing, all tables are as before; then it works."""
    service, requests = prepared
    # The namespace goes last, because nothing else works without it.
    for (stub, rpc), fields in sorted(requests.items(), key=lambda item: item[0][1] == "DeleteNamespace"):
        before = await service.dump()
        k = 0
        while True:
            k += 1
            service.faults.fail_at = k
            try:
                await call(service, stub, rpc, fields, headers)
            except grpc.aio.AioRpcError as error:
                refusal = read_refusal(error)
                assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "NOT_COMMITTED"), rpc
                assert refusal.retry
                assert await service.dump() == before, f"{rpc} failing at statement {k}"
            else:
                break
            finally:
                service.faults.fail_at = None
        assert k > 1, f"{rpc} ran no statement"
        assert await service.dump() != before, f"{rpc} changed nothing"


async def test_a_cancelled_call_leaves_everything_or_nothing(own_service):
    """Uses cancelled by their clients at random moments: each code is used by its player or not at all."""
    world = await own_service.world()
    codes = await world.codes(200)
    await own_service.token("alice")

    async def impatient(code, delay):
        task = asyncio.create_task(world.as_player("Use", "alice", code=code))
        await asyncio.sleep(delay)
        task.cancel()
        try:
            return (await task).item
        except asyncio.CancelledError:
            return None

    draw = random.Random(1)
    answers = await asyncio.gather(*(impatient(code, draw.random() * 0.1) for code in codes))
    for code, item in zip(codes, answers, strict=True):
        now = (await world.call("GetSerialKey", code=code)).item
        if item is not None:
            assert now == item
        assert (now.status, now.used_user_id, now.revision) in {(1, "", 1), (2, "alice", 2)}


async def test_none_of_10000_made_up_codes_reaches_the_writer(own_service):
    """Random and mistyped codes over gRPC: all CODE_NOT_FOUND, while every writing body would fail."""
    world = await own_service.world()
    good = [fold(code) for code in await world.codes(100)]
    await own_service.token("mallory")
    own_service.faults.fail_at = 1
    draw = random.Random(2)

    def made_up(number):
        if number % 2:
            return "".join(draw.choices(ALPHABET, k=22))
        letters = list(good[number % 100])
        place = draw.randrange(22)
        letters[place] = draw.choice([letter for letter in ALPHABET if letter != letters[place]])
        return "".join(letters)

    async def guess(texts):
        for text in texts:
            with refused("CODE_NOT_FOUND"):
                await world.as_player("Use", "mallory", code=text)

    texts = [made_up(number) for number in range(10_000)]
    await asyncio.gather(*(guess(texts[start::50]) for start in range(50)))
    own_service.faults.fail_at = None
    assert (await world.as_player("Use", "mallory", code=good[0])).item.status == 2
