"""Admission: the caller, the size of a request, and the time that it takes to arrive."""

import asyncio
import contextlib

import grpc
import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.contract.options import request_bytes_max
from support.contract import METHODS, every_method, everything, policy_of
from support.holding import held_store
from support.service import bearer, read_refusal, refused, running
from support.store_faults import until

PUBLIC, PLAYER = 1, 4  # Access
READ = 4  # Role
SERVICE = "redeem.serialkey.v1.SerialKeyService"
SILENT_METHOD = f"/{SERVICE}/ImportSerialKeys"
USE = f"/{SERVICE}/Use"


def path_of(method):
    """Return the full path of a method."""
    return f"/{method.containing_service.full_name}/{method.name}"


def open_call(service, path, metadata=()):
    """Open a call that sends no message until a test says so."""
    return service.channel.stream_stream(path)(metadata=metadata)


async def refusal_of(call):
    """Wait until a call is refused; return the refusal."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call.read()
    return read_refusal(caught.value)


def in_progress(service):
    """Return how many calls the server has not finished."""
    return service.telemetry.registry.get_sample_value("redeemd_calls_in_flight")


@pytest.mark.parametrize(
    "method", [m for m in METHODS if policy_of(m).access not in {PUBLIC, PLAYER}], ids=lambda method: method.full_name
)
@pytest.mark.parametrize(
    ("metadata", "reason"), [((), "CREDENTIAL_MISSING"), (bearer("k0.wrong"), "CREDENTIAL_INVALID")]
)
async def test_a_call_without_a_key_is_refused_before_it_sends_a_message(service, method, metadata, reason):
    """Of every method that needs a key: nobody waits for what such a caller has to say."""
    refusal = await refusal_of(open_call(service, path_of(method), metadata))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, reason)


async def test_a_token_in_the_metadata_is_checked_before_a_message_is_sent(service):
    """Of a method of players, whose token may as well be in the request."""
    refusal = await refusal_of(open_call(service, USE, (("x-access-token", "made up"),)))
    assert refusal.reason == "CREDENTIAL_INVALID"


async def test_a_role_is_checked_before_a_message_is_sent(service):
    """The key is good, and may not call this method."""
    answer = await service.auth.CreateKey(auth_pb.CreateKeyRequest(role=READ), metadata=service.admin)
    key = bearer(f"{answer.item.key_id}.{answer.secret}")
    assert (await refusal_of(open_call(service, f"/{SERVICE}/Issue", key))).reason == "ROLE_NOT_ALLOWED"


@every_method
async def test_a_request_of_one_byte_too_many_is_refused_unread(service, method):
    """Every method has a limit, which is reported with the size; the bytes need not even be a message."""
    most = request_bytes_max(policy_of(method))
    metadata = await everything(service, method)
    with refused("REQUEST_TOO_LARGE") as refusal:
        await _send(service, method, b"\xff" * (most + 1), metadata)
    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
    assert (refusal.metadata["bytes"], refusal.metadata["bytes_max"]) == (str(most + 1), str(most))
    with refused("REQUEST_MALFORMED"):
        await _send(service, method, b"\xff" * most, metadata)


async def _send(service, method, data, metadata):
    call = open_call(service, path_of(method), metadata)
    with contextlib.suppress(asyncio.InvalidStateError):  # it is refused while it sends
        await call.write(data)
    await call.done_writing()
    await call.read()
    await call.code()
    raise AssertionError("not refused")


@pytest.mark.parametrize("messages", [0, 1])
async def test_a_stream_that_falls_silent_is_ended(tmp_path, messages):
    """Before its first message, and before its next one; nothing of it is imported."""
    async with running(tmp_path, message_timeout_seconds=0.2) as service:
        world = await service.world()
        call = open_call(service, SILENT_METHOD, service.admin)
        for _ in range(messages):
            request = pb.ImportSerialKeysRequest(namespace_name=world.name, campaign_model_name="spring", codes=["A-1"])
            await call.write(request.SerializeToString())
        refusal = await refusal_of(call)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "MESSAGE_TIMEOUT")
        assert in_progress(service) == 0
        with refused("CODE_NOT_FOUND"):
            await world.as_player("Use", "alice", code="A-1")


async def test_a_unary_call_that_breaks_off_before_its_message_is_refused(service):
    """It is not taken for one with an empty request."""
    call = open_call(service, f"/{SERVICE}/DescribeNamespaces", service.admin)
    await call.done_writing()
    assert (await refusal_of(call)).reason == "REQUEST_MALFORMED"


async def test_silent_calls_of_nobody_do_not_keep_a_player_out(tmp_path):
    """More of them than the server takes calls, of a method whose token is in the request; the oldest make room."""
    async with running(tmp_path, calls_max=20) as service:
        world = await service.world()
        (code,) = await world.codes()
        token = await service.token("alice")
        silent = [open_call(service, USE) for _ in range(60)]
        try:
            await until(lambda: sum(call.done() for call in silent) == 40)
            request = pb.UseRequest(namespace_name=world.name, code=code, access_token=token)
            assert (await service.serial_keys.Use(request)).item.used_user_id == "alice"
        finally:
            for call in silent:
                call.cancel()


@pytest.mark.parametrize(("kind", "share"), [("key", 20), ("player", 5)])
async def test_one_caller_gets_its_share_of_the_calls_and_no_more(tmp_path, kind, share):
    """Calls beyond the share are refused with the scope `caller`, while another caller is served."""
    async with running(tmp_path, calls_max=40) as service:
        world = await service.world()
        codes = await world.codes(share + 2)
        await service.token("alice")
        await service.token("bob")

        def use(code):
            if kind == "key":
                return world.call("UseByUserId", user_id="alice", code=code)
            return world.as_player("Use", "alice", code=code)

        async with held_store(service):
            taken = [asyncio.create_task(use(code)) for code in codes[:share]]
            await until(lambda: in_progress(service) == share)
            with refused("OVERLOADED") as refusal:
                await use(codes[share])
            assert refusal.metadata["scope"] == "caller"
            assert refusal.retry
            other = asyncio.create_task(world.as_player("Use", "bob", code=codes[share + 1]))
            await until(lambda: in_progress(service) == share + 1)
        await asyncio.gather(*taken, other)
        await use(codes[share])
        assert in_progress(service) == 0


async def test_callers_without_a_credential_have_one_share_together(tmp_path):
    """Of methods that need none, and of keys that were not checked yet; whoever is known is served meanwhile."""
    async with running(tmp_path, calls_max=20) as service:
        await service.auth.Login(auth_pb.LoginRequest(user_id="alice"), metadata=service.admin)  # the key is known now
        login = auth_pb.LoginProjectRequest(client_id="k0", client_secret="wrong")
        async with held_store(service):
            taken = [
                asyncio.ensure_future(service.auth.LoginProject(login)),
                asyncio.ensure_future(service.auth.ListKeys(auth_pb.ListKeysRequest(), metadata=bearer("k0.wrong"))),
            ]
            await until(lambda: in_progress(service) == 2)
            with refused("OVERLOADED"):
                await service.auth.LoginProject(login)
            with refused("OVERLOADED"):
                await service.auth.ListKeys(auth_pb.ListKeysRequest(), metadata=bearer("k1.wrong"))
            await service.auth.Login(auth_pb.LoginRequest(user_id="alice"), metadata=service.admin)
        answers = await asyncio.gather(*taken, return_exceptions=True)
        assert {read_refusal(answer).reason for answer in answers} == {"CREDENTIAL_INVALID"}
        assert in_progress(service) == 0
