"""Each event names the credential of the call."""

from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from support.events import told
from support.exchanges import make_exchanges
from support.identity_provider import providing
from support.keys import key_of
from support.service import bearer, refused, running


def id_of(metadata):
    """Return the id of the key that some metadata shows."""
    return metadata[0][1].removeprefix("Bearer ").split(".")[0]


async def actors(service, world, count):
    """Return the actors of the events of a namespace, in order."""
    return [event.actor for event in await told(service, count, namespace_names=[world.name])]


async def issue(service, world, metadata):
    """Issue a code."""
    request = pb.IssueOnceRequest(namespace_name=world.name, campaign_model_name="spring")
    return (await service.serial_keys.IssueOnce(request, metadata=metadata)).item.code


async def test_the_actor_is_the_key_or_the_player(service):
    """A key that acts for a player is the actor; so is a player who acts with a token."""
    world, issuer, server = await service.world(), await key_of(service, "issuer"), await key_of(service, "server")
    codes = [await issue(service, world, issuer) for _ in range(2)]
    request = pb.UseByUserIdRequest(namespace_name=world.name, code=codes[0], user_id="alice")
    await service.serial_keys.UseByUserId(request, metadata=server)
    await world.as_player("Use", "bob", code=codes[1])
    by_key = id_of(issuer)
    assert await actors(service, world, 4) == [by_key, by_key, id_of(server), "player:bob"]


async def test_the_actor_of_an_action_is_that_of_the_call(service):
    """The actor is the caller, whatever actions run in between."""
    exchanges = await make_exchanges(service)
    [code] = await exchanges.world.codes()
    await exchanges.run(consume=[exchanges.use(code)])
    found = await told(service, 2, namespace_names=[exchanges.world.name])
    assert {event.actor for event in found} == {id_of(service.admin)}


async def test_the_actor_is_the_subject_of_a_token(tmp_path):
    """With its issuer, for a role; the user ID, for a player."""
    async with (
        providing() as provider,
        running(tmp_path / "data", identities=provider.file(tmp_path)) as service,
    ):
        world = await service.world()
        code = await issue(service, world, bearer(provider.token(sub="carol", groups="ops")))
        request = pb.UseRequest(namespace_name=world.name, code=code)
        await service.serial_keys.Use(request, metadata=bearer(provider.token(sub="dave")))
        assert await actors(service, world, 2) == [f"token:{provider.issuer}#carol", "player:dave"]


async def test_without_authentication_there_is_no_actor(tmp_path):
    """Everybody is the administrator."""
    async with running(tmp_path, auth="off") as service:
        world = await service.world()
        await world.issue()
        [event] = await told(service, 1, namespace_names=[world.name])
        assert not event.HasField("actor")


ADMINISTERED = options_pb2.EVENT_KIND_ADMINISTERED


async def test_administrative_changes_emit_events_on_request(service):
    """Of namespaces, master data and player data, with what they name; requests without kinds do not receive them."""
    world = await service.world()
    await world.call("CreateCampaignModelMaster", name="summer")
    await world.call("DeleteCampaignModelMaster", campaign_model_name="summer")
    await service.call("CleanUserDataByUserId", user_id="mallory")
    with refused("CAMPAIGN_MODEL_MASTER_NOT_FOUND"):
        await world.call("DeleteCampaignModelMaster", campaign_model_name="summer")
    await world.call("DeleteNamespace")
    found = await told(service, 5, namespace_names=[world.name], kinds=[ADMINISTERED])
    assert [(event.method.rpartition("/")[2], event.administration.resource_name) for event in found] == [
        ("CreateNamespace", ""),
        ("UpdateCurrentCampaignMaster", ""),
        ("CreateCampaignModelMaster", "summer"),
        ("DeleteCampaignModelMaster", "summer"),
        ("DeleteNamespace", ""),
    ]
    assert {(event.service, event.actor) for event in found} == {("serialKey", id_of(service.admin))}
    assert await told(service, 0, namespace_names=[world.name]) == []


async def test_changes_of_keys_and_erasures_emit_events(own_service):
    """They belong to no namespace."""
    key = await key_of(own_service, "read")
    for _ in range(2):  # the second time, nothing changes
        await own_service.auth.RevokeKey(auth_pb.RevokeKeyRequest(key_id=id_of(key)), metadata=own_service.admin)
    await own_service.call("CleanUserDataByUserId", user_id="mallory")
    created, revoked, cleaned = await told(own_service, 3, kinds=[ADMINISTERED])
    assert created.method == "redeem.auth.v1.AuthService/CreateKey"
    assert revoked.method == "redeem.auth.v1.AuthService/RevokeKey"
    assert {each.administration.resource_name for each in (created, revoked)} == {id_of(key)}
    assert {each.service for each in (created, revoked)} == {"auth"}
    assert cleaned.user_id == "mallory"
