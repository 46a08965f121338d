"""Refusals of who calls, and of what a call is, before a method looks at it."""

from typing import Any

from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.transaction.v1 import requests_pb2 as transaction_pb

from support.identity_provider import providing
from support.keys import key_of
from support.refusals import Stage, provokes
from support.service import running

HOUR = 60 * 60
_SERVICE = "redeem.serialkey.v1.SerialKeyService"


@provokes("VALIDATION_FAILED")
async def nothing_to_issue(stage: Stage) -> None:
    """A batch of no codes."""
    await (await stage.world()).call("Issue", campaign_model_name="spring", issue_request_count=0)


@provokes("REQUEST_MALFORMED")
async def no_message(stage: Stage) -> None:
    """Bytes that are none."""
    channel: Any = stage.service.channel
    await channel.unary_unary(f"/{_SERVICE}/GetNamespace")(b"\xff", metadata=stage.service.admin)


@provokes("REQUEST_TOO_LARGE")
async def large_request(stage: Stage) -> None:
    """Of a method that accepts 64 KiB."""
    await stage.service.call("DescribeNamespaces", page_token="x" * 70_000)


@provokes("PAGE_TOKEN_INVALID")
async def made_up_page_token(stage: Stage) -> None:
    """Of nobody."""
    await stage.service.call("DescribeNamespaces", page_token="made up")


@provokes("CREDENTIAL_MISSING")
async def no_token(stage: Stage) -> None:
    """A player without one."""
    await stage.service.serial_keys.Use(pb.UseRequest(namespace_name="any", code="any"))


@provokes("CREDENTIAL_INVALID")
async def made_up_token(stage: Stage) -> None:
    """A player with one of nobody."""
    await stage.service.serial_keys.Use(pb.UseRequest(namespace_name="any", code="any", access_token="made up"))


@provokes("IDENTITY_PROVIDER_UNAVAILABLE")
async def token_of_a_provider_that_is_away(stage: Stage) -> None:
    """Which has never been there."""
    async with providing() as provider:
        provider.status = 503
        identities = provider.file(stage.folder)
        async with running(stage.folder / "data", identities=identities) as service:
            metadata = (("x-access-token", provider.token()),)
            await service.serial_keys.Use(pb.UseRequest(namespace_name="any", code="any"), metadata=metadata)


@provokes("ROLE_NOT_ALLOWED")
async def reader_uses_a_code(stage: Stage) -> None:
    """A key that may only read."""
    request = pb.UseByUserIdRequest(namespace_name="any", code="any", user_id="alice")
    await stage.service.serial_keys.UseByUserId(request, metadata=await key_of(stage.service, "read"))


@provokes("NAMESPACE_NOT_ALLOWED")
async def key_of_another_namespace(stage: Stage) -> None:
    """A key that is limited."""
    world = await stage.world()
    key = await key_of(stage.service, "server", namespace_names=["another"])
    await stage.service.serial_keys.GetNamespace(pb.GetNamespaceRequest(namespace_name=world.name), metadata=key)


@provokes("FORWARDED_CALL_REFUSED")
async def through_a_proxy(stage: Stage) -> None:
    """To a server that believes everybody."""
    async with running(stage.folder, auth="off") as service:
        request = pb.DescribeNamespacesRequest()
        await service.serial_keys.DescribeNamespaces(request, metadata=(("x-forwarded-for", "192.0.2.1"),))


@provokes("TIME_OFFSET_DISABLED")
async def token_of_tomorrow(stage: Stage) -> None:
    """From a server that has only today."""
    async with running(stage.folder, time_offsets=False) as service:
        await service.token("alice", time_offset=HOUR)


@provokes("NAMESPACE_NOT_FOUND")
async def unknown_namespace(stage: Stage) -> None:
    """One that nobody made."""
    await stage.service.call("GetNamespace", namespace_name="nobody-made-it")


@provokes("NAMESPACE_ALREADY_EXISTS")
async def namespace_twice(stage: Stage) -> None:
    """The same name again."""
    await stage.service.call("CreateNamespace", name=(await stage.world()).name)


@provokes("IDEMPOTENCY_KEY_REUSED")
async def key_of_another_call(stage: Stage) -> None:
    """For another code."""
    world = await stage.world()
    for code in await world.codes(2):
        await world.as_player("Use", "alice", code=code, duplication_avoider="again")


@provokes("CALL_FENCED")
async def call_that_was_given_up(stage: Stage) -> None:
    """It arrives after all."""
    world = await stage.world()
    names: dict[str, Any] = {"namespace_name": world.name, "user_id": "alice"}
    fence = transaction_pb.GetOutcomeRequest(service=_SERVICE, method="UseByUserId", key="late", fence=True, **names)
    await stage.service.transactions.GetOutcome(fence, metadata=stage.service.admin)
    [code] = await world.codes()
    await world.call("UseByUserId", user_id="alice", code=code, duplication_avoider="late")


@provokes("METHOD_NOT_FOUND")
async def outcome_of_nothing(stage: Stage) -> None:
    """Of a method that is none."""
    request = transaction_pb.GetOutcomeRequest(service=_SERVICE, method="Lose", key="any")
    await stage.service.transactions.GetOutcome(request, metadata=stage.service.admin)


@provokes("KEY_NOT_FOUND")
async def unknown_key(stage: Stage) -> None:
    """To be revoked."""
    await stage.service.auth.RevokeKey(auth_pb.RevokeKeyRequest(key_id="nobody"), metadata=stage.service.admin)


@provokes("LAST_ADMIN_KEY")
async def last_key(stage: Stage) -> None:
    """Of a server of its own."""
    async with running(stage.folder) as service:
        [key] = (await service.auth.ListKeys(auth_pb.ListKeysRequest(), metadata=service.admin)).items
        await service.auth.RevokeKey(auth_pb.RevokeKeyRequest(key_id=key.key_id), metadata=service.admin)
