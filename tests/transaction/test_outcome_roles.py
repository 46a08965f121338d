"""GetOutcome is open to every role that may make the call."""

import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2
from redeem.transaction.v1 import requests_pb2 as outcome_pb
from support.keys import key_of
from support.service import refused

SERIAL_KEYS = "redeem.serialkey.v1.SerialKeyService"
AUTH = "redeem.auth.v1.AuthService"
ROLES = ("admin", "issuer", "server", "read")

# The roles that may get the outcome of a method; administrators may for every method.
ALLOWED = {
    (SERIAL_KEYS, "Use"): {"server"},
    (SERIAL_KEYS, "UseByUserId"): {"server"},
    (SERIAL_KEYS, "RevertUseByUserId"): {"server"},
    (SERIAL_KEYS, "CleanUserDataByUserId"): {"server"},
    (SERIAL_KEYS, "Issue"): {"issuer"},
    (SERIAL_KEYS, "IssueBatch"): {"issuer"},
    (SERIAL_KEYS, "IssueOnce"): {"issuer"},
    (SERIAL_KEYS, "ImportSerialKeys"): {"issuer"},
    (SERIAL_KEYS, "SetCampaignStatus"): set(),
    (SERIAL_KEYS, "SetSerialKeyStatus"): set(),
    (SERIAL_KEYS, "UpdateCurrentCampaignMaster"): set(),
    (SERIAL_KEYS, "CreateNamespace"): set(),
    (SERIAL_KEYS, "DeleteNamespace"): set(),
    (AUTH, "CreateKey"): set(),
    (AUTH, "RevokeKey"): set(),
}
# Methods whose requests name no namespace by that field.
WITHOUT_NAMESPACE = {
    (SERIAL_KEYS, "CleanUserDataByUserId"),
    (AUTH, "CreateKey"),
    (AUTH, "RevokeKey"),
}


@pytest.fixture(scope="module")
async def keys(service):
    """A key of each role."""
    return {role: await key_of(service, role) for role in ROLES}


async def ask(service, method, metadata, *, of=SERIAL_KEYS, key="k", **fields):
    """Call GetOutcome."""
    request = outcome_pb.GetOutcomeRequest(service=of, method=method, key=key, **fields)
    return await service.transactions.GetOutcome(request, metadata=metadata)


@pytest.mark.parametrize("fence", [False, True])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("method", ALLOWED, ids=lambda method: method[1])
async def test_a_role_may_read_the_outcomes_of_its_methods(world, keys, method, role, fence):
    """ROLE_NOT_ALLOWED otherwise, and then the key is not fenced either."""
    of, name = method
    fields = {"of": of, "key": f"{role} {fence}"}
    if method not in WITHOUT_NAMESPACE:
        fields["namespace_name"] = world.name
    if name.endswith("ByUserId") or name == "Use":
        fields["user_id"] = "alice"
    if role == "admin" or role in ALLOWED[method]:
        answer = await ask(world.service, name, keys[role], fence=fence, **fields)
        assert answer.outcome == (outcome_pb.OUTCOME_FENCED if fence else outcome_pb.OUTCOME_NOT_FOUND)
        return
    with refused("ROLE_NOT_ALLOWED") as refusal:
        await ask(world.service, name, keys[role], fence=fence, **fields)
    assert refusal.metadata["role"] == role
    answer = await ask(world.service, name, world.service.admin, **fields)
    assert answer.outcome == outcome_pb.OUTCOME_NOT_FOUND


async def test_a_server_learns_no_code_and_no_secret(own_service):
    """Of IssueOnce and CreateKey calls that succeeded, not even that they did; an issuer learns its code again."""
    world = await own_service.world()
    headers = (("idempotency-key", "k"),)
    code = (await world.call("IssueOnce", headers=headers, campaign_model_name="spring")).item.code
    request = auth_pb.CreateKeyRequest(role=options_pb2.ROLE_READ)
    await own_service.auth.CreateKey(request, metadata=own_service.admin + headers)
    for role in ("server", "read"):
        shown = await key_of(own_service, role)
        for of, method, fields in ((SERIAL_KEYS, "IssueOnce", {"namespace_name": world.name}), (AUTH, "CreateKey", {})):
            with refused("ROLE_NOT_ALLOWED"):
                await ask(own_service, method, shown, of=of, **fields)
    shown = await key_of(own_service, "issuer")
    answer = await ask(own_service, "IssueOnce", shown, namespace_name=world.name)
    assert code.encode() in answer.answer.value
    with refused("ROLE_NOT_ALLOWED"):
        await ask(own_service, "CreateKey", shown, of=AUTH)


async def test_a_key_limited_to_namespaces_may_read_outcomes_in_them(world):
    """NAMESPACE_NOT_ALLOWED for others, and for methods that are of no namespace or of all."""
    service = world.service
    other = await service.world()
    limited = await key_of(service, "server", namespace_names=[world.name])
    fields = {"user_id": "alice", "fence": True}
    await ask(service, "Use", limited, namespace_name=world.name, **fields)
    for method, where in (("Use", {"namespace_name": other.name}), ("Use", {}), ("CleanUserDataByUserId", {})):
        with refused("NAMESPACE_NOT_ALLOWED"):
            await ask(service, method, limited, **where, **fields)
    answer = await ask(service, "Use", service.admin, namespace_name=other.name, user_id="alice")
    assert answer.outcome == outcome_pb.OUTCOME_NOT_FOUND


async def test_a_limited_administrator_learns_nothing_of_what_spans_namespaces(own_service):
    """Naming a namespace of its own does not lead it to the secret of a key that was made."""
    world = await own_service.world()
    headers = (("idempotency-key", "k"),)
    request = auth_pb.CreateKeyRequest(role=options_pb2.ROLE_ADMIN)
    made = await own_service.auth.CreateKey(request, metadata=own_service.admin + headers)
    limited = await key_of(own_service, "admin", namespace_names=[world.name])
    with refused("NAMESPACE_NOT_ALLOWED"):
        await ask(own_service, "CreateKey", limited, of=AUTH)
    with refused("VALIDATION_FAILED") as refusal:
        await ask(own_service, "CreateKey", limited, of=AUTH, namespace_name=world.name)
    assert refusal.fields == ["namespace_name"]
    assert made.secret not in refusal.message


async def test_a_player_may_not_read_outcomes(world):
    """An access token is not a key: game servers call it for their players."""
    token = await world.service.token("alice")
    with refused("CREDENTIAL_MISSING"):
        await ask(world.service, "Use", (("x-access-token", token),), namespace_name=world.name, user_id="alice")
