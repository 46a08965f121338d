"""Keys: made, used, listed, limited, revoked."""

import grpc
import pytest
from redeem.auth.v1 import requests_pb2 as pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as serialkey_pb
from support.service import bearer, refused

ADMIN, ISSUER, SERVER, READ = (
    options_pb2.ROLE_ADMIN,
    options_pb2.ROLE_ISSUER,
    options_pb2.ROLE_SERVER,
    options_pb2.ROLE_READ,
)


async def make(service, role, **fields):
    """Make a key; return its id and the metadata that shows it."""
    answer = await service.auth.CreateKey(pb.CreateKeyRequest(role=role, **fields), metadata=service.admin)
    return answer.item.key_id, bearer(f"{answer.item.key_id}.{answer.secret}")


async def test_a_new_key_works_and_is_listed_without_its_secret(service):
    """The response has the secret once; the list has the rest."""
    request = pb.CreateKeyRequest(role=READ, namespace_names=["b", "a"], description="dashboard")
    made = await service.auth.CreateKey(request, metadata=service.admin)
    assert len(made.secret) >= 43
    listed, token = [], None
    while token != "":
        page = await service.auth.ListKeys(pb.ListKeysRequest(limit=1, page_token=token), metadata=service.admin)
        listed += page.items
        token = page.next_page_token
    (item,) = [item for item in listed if item.key_id == made.item.key_id]
    assert item == made.item
    assert (list(item.namespace_names), item.description, item.role) == (["a", "b"], "dashboard", READ)
    assert made.secret not in str(listed)


@pytest.mark.parametrize("text", ["nothing", "a.b.c.d", "rk-without-its-secret"])
async def test_a_text_that_is_no_credential_is_called_neither_a_key_nor_a_token(service, text):
    """The refusal names both kinds, because it cannot know which one is meant."""
    with refused("CREDENTIAL_INVALID") as refusal:
        await service.auth.ListKeys(pb.ListKeysRequest(), metadata=bearer(text))
    assert refusal.message == "The key or project token is not valid."


async def test_a_revoked_key_is_refused_once_the_revocation_has_returned(service):
    """The key and the project tokens made from it; other keys go on."""
    key_id, shown = await make(service, ADMIN)
    login = pb.LoginProjectRequest(client_id=key_id, client_secret=shown[0][1].partition(".")[2])
    token = (await service.auth.LoginProject(login)).access_token
    for credential in (shown, bearer(token)):
        await service.auth.ListKeys(pb.ListKeysRequest(), metadata=credential)
    revoked = await service.auth.RevokeKey(pb.RevokeKeyRequest(key_id=key_id), metadata=service.admin)
    assert revoked.item.revoked_at
    for credential in (shown, bearer(token)):
        with refused("CREDENTIAL_INVALID") as refusal:
            await service.auth.ListKeys(pb.ListKeysRequest(), metadata=credential)
        assert refusal.code == grpc.StatusCode.UNAUTHENTICATED
    with refused("CREDENTIAL_INVALID"):
        await service.auth.LoginProject(login)
    again = await service.auth.RevokeKey(pb.RevokeKeyRequest(key_id=key_id), metadata=service.admin)
    assert again.item == revoked.item


async def test_the_last_admin_key_cannot_be_revoked(own_service):
    """Keys of other roles, limited ones and revoked ones do not count as another admin."""
    (first,) = (await own_service.auth.ListKeys(pb.ListKeysRequest(), metadata=own_service.admin)).items
    await make(own_service, SERVER)
    await make(own_service, ADMIN, namespace_names=["a"])
    gone, _ = await make(own_service, ADMIN)
    await own_service.auth.RevokeKey(pb.RevokeKeyRequest(key_id=gone), metadata=own_service.admin)
    with refused("LAST_ADMIN_KEY"):
        await own_service.auth.RevokeKey(pb.RevokeKeyRequest(key_id=first.key_id), metadata=own_service.admin)
    with refused("KEY_NOT_FOUND"):
        await own_service.auth.RevokeKey(pb.RevokeKeyRequest(key_id="nobody"), metadata=own_service.admin)
    await own_service.auth.ListKeys(pb.ListKeysRequest(), metadata=own_service.admin)


async def test_a_project_token_stands_for_its_key(own_service):
    """It has the key's role, and expires after a day, because SDKs of the vendor renew none."""
    key_id, shown = await make(own_service, ISSUER)
    login = pb.LoginProjectRequest(client_id=key_id, client_secret=shown[0][1].partition(".")[2])
    answer = await own_service.auth.LoginProject(login)
    assert (answer.token_type, answer.expires_in, answer.owner_id) == ("Bearer", 86_400, "redeemd")
    token = bearer(answer.access_token)
    await own_service.serial_keys.DescribeNamespaces(serialkey_pb.DescribeNamespacesRequest(), metadata=token)
    with refused("ROLE_NOT_ALLOWED"):
        await own_service.auth.ListKeys(pb.ListKeysRequest(), metadata=token)
    own_service.clock.advance(seconds=86_400)
    with refused("CREDENTIAL_INVALID"):
        await own_service.serial_keys.DescribeNamespaces(serialkey_pb.DescribeNamespacesRequest(), metadata=token)


@pytest.mark.parametrize("change", ["wrong secret", "no secret", "no id", "unknown id", "truncated", "other's secret"])
async def test_a_key_that_is_not_quite_right_is_refused(service, change):
    """The response is CREDENTIAL_INVALID whatever is wrong with the key."""
    key_id, shown = await make(service, ADMIN)
    secret = shown[0][1].partition(".")[2]
    other = (await make(service, ADMIN))[1][0][1].partition(".")[2]
    text = {
        "wrong secret": f"{key_id}.{secret[::-1]}",
        "no secret": f"{key_id}.",
        "no id": f".{secret}",
        "unknown id": f"k0.{secret}",
        "truncated": f"{key_id}.{secret[:-1]}",
        "other's secret": f"{key_id}.{other}",
    }[change]
    with refused("CREDENTIAL_INVALID"):
        await service.auth.ListKeys(pb.ListKeysRequest(), metadata=bearer(text))


async def test_a_call_without_a_key_says_what_is_missing(service):
    """No metadata, another scheme: CREDENTIAL_MISSING, UNAUTHENTICATED."""
    for metadata in ((), (("authorization", "Basic abc"),), (("authorization", ""),)):
        with refused("CREDENTIAL_MISSING") as refusal:
            await service.auth.ListKeys(pb.ListKeysRequest(), metadata=metadata)
        assert refusal.code == grpc.StatusCode.UNAUTHENTICATED


async def test_a_limited_key_works_in_its_namespaces_only(service):
    """Other namespaces, and methods that span namespaces, are NAMESPACE_NOT_ALLOWED."""
    mine, other = await service.world(), await service.world()
    _, shown = await make(service, ADMIN, namespace_names=[mine.name, "to-be-made"])
    keys = service.serial_keys
    await keys.GetNamespace(serialkey_pb.GetNamespaceRequest(namespace_name=mine.name), metadata=shown)
    await keys.CreateNamespace(serialkey_pb.CreateNamespaceRequest(name="to-be-made"), metadata=shown)
    for method, request in (
        (keys.GetNamespace, serialkey_pb.GetNamespaceRequest(namespace_name=other.name)),
        (keys.CreateNamespace, serialkey_pb.CreateNamespaceRequest(name="elsewhere")),
        (keys.DescribeNamespaces, serialkey_pb.DescribeNamespacesRequest()),
        (keys.CleanUserDataByUserId, serialkey_pb.CleanUserDataByUserIdRequest(user_id="alice")),
        (service.auth.CreateKey, pb.CreateKeyRequest(role=ADMIN)),
    ):
        with refused("NAMESPACE_NOT_ALLOWED") as refusal:
            await method(request, metadata=shown)
        assert refusal.code == grpc.StatusCode.PERMISSION_DENIED


async def test_players_logged_in_by_a_limited_key_are_limited_too(service):
    """The access token works in the key's namespaces only."""
    mine, other = await service.world(), await service.world()
    _, shown = await make(service, SERVER, namespace_names=[mine.name])
    token = (await service.auth.Login(pb.LoginRequest(user_id="alice"), metadata=shown)).token
    (code,), (elsewhere,) = await mine.codes(), await other.codes()
    request = serialkey_pb.UseRequest(namespace_name=mine.name, code=code, access_token=token)
    assert (await service.serial_keys.Use(request)).item.used_user_id == "alice"
    with refused("NAMESPACE_NOT_ALLOWED"):
        await service.serial_keys.Use(
            serialkey_pb.UseRequest(namespace_name=other.name, code=elsewhere, access_token=token)
        )


async def test_the_read_role_sees_codes_masked_and_makes_none(service):
    """`read` lists a batch with masked codes, `issuer` whole, `server` not at all."""
    world = await service.world()
    job = await world.issue(2)
    whole = [key.code for key in await world.keys(job)]
    request = serialkey_pb.DescribeSerialKeysRequest(
        namespace_name=world.name, campaign_model_name="spring", issue_job_name=job.name
    )
    keys = service.serial_keys
    seen = {role: (await make(service, role))[1] for role in (READ, ISSUER, SERVER)}
    masked = (await keys.DescribeSerialKeys(request, metadata=seen[READ])).items
    assert [item.code for item in masked] == [f"{code[:5]}-****-*****-****-****" for code in whole]
    assert not any(code[6:] in str(masked) for code in whole)
    assert [item.code for item in (await keys.DescribeSerialKeys(request, metadata=seen[ISSUER])).items] == whole
    with refused("ROLE_NOT_ALLOWED"):
        await keys.DescribeSerialKeys(request, metadata=seen[SERVER])
    issue = serialkey_pb.IssueOnceRequest(namespace_name=world.name, campaign_model_name="spring")
    await keys.IssueOnce(issue, metadata=seen[ISSUER])
    for role in (READ, SERVER):
        with refused("ROLE_NOT_ALLOWED") as refusal:
            await keys.IssueOnce(issue, metadata=seen[role])
        assert refusal.metadata["role"] == {READ: "read", SERVER: "server"}[role]
