"""Namespaces: separate worlds, whose codes die with them."""

import asyncio

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from redeem.common.v1 import common_pb2
from support.service import read_refusal, refused

LOG = common_pb2.LogSetting(logging_namespace_id="grn:gs2:r:o:log:l")
TRANSACTION = common_pb2.TransactionSetting(
    enable_auto_run=True,
    enable_atomic_commit=False,
    transaction_use_distributor=False,
    commit_script_result_in_use_distributor=False,
    acquire_action_use_job_queue=False,
    distributor_namespace_id="grn:gs2:r:o:distributor:d",
    queue_namespace_id="grn:gs2:r:o:queue:q",
    key_id="k",
)
V2 = common_pb2.TransactionSettingV2(enable_parallel_execution=True)


async def test_a_namespace_is_kept_as_it_was_given(service):
    """Create, Get and Update return the same entity, with its GRN and its bookkeeping."""
    made = await service.call(
        "CreateNamespace",
        name="kept",
        description="d",
        transaction_setting=TRANSACTION,
        transaction_setting_v2=V2,
        log_setting=LOG,
    )
    item = made.item
    assert item.namespace_id == "grn:gs2:local:redeemd:serialKey:kept"
    assert (item.description, item.revision, item.updated_at) == ("d", 1, item.created_at)
    assert (item.transaction_setting, item.transaction_setting_v2, item.log_setting) == (TRANSACTION, V2, LOG)
    assert (await service.call("GetNamespace", namespace_name="kept")).item == item
    assert (await service.call("GetNamespaceStatus", namespace_name="kept")).status == "ACTIVE"


async def test_update_keeps_what_is_absent_and_clears_what_is_empty(service):
    """An absent field keeps its value, an empty text clears it, update_mask clears a message; revisions grow."""
    await service.call("CreateNamespace", name="updated", description="d", log_setting=LOG)
    kept = (await service.call("UpdateNamespace", namespace_name="updated", transaction_setting=TRANSACTION)).item
    assert (kept.description, kept.log_setting, kept.revision) == ("d", LOG, 2)
    cleared = await service.call(
        "UpdateNamespace", namespace_name="updated", description="", update_mask=FieldMask(paths=["log_setting"])
    )
    assert not cleared.item.HasField("description")
    assert not cleared.item.HasField("log_setting")
    assert (cleared.item.transaction_setting, cleared.item.revision) == (TRANSACTION, 3)
    with refused("VALIDATION_FAILED") as refusal:
        await service.call(
            "UpdateNamespace", namespace_name="updated", update_mask=FieldMask(paths=["name", "revision"])
        )
    assert refusal.fields == ["update_mask.paths[0]", "update_mask.paths[1]"]


async def test_of_concurrent_creations_of_a_name_one_succeeds(service):
    """Sixteen at once: one is made, fifteen are ALREADY_EXISTS."""
    answers = await asyncio.gather(
        *(service.call("CreateNamespace", name="contested") for _ in range(16)), return_exceptions=True
    )
    refusals = [read_refusal(answer) for answer in answers if isinstance(answer, Exception)]
    assert {(refusal.reason, refusal.code) for refusal in refusals} == {
        ("NAMESPACE_ALREADY_EXISTS", grpc.StatusCode.ALREADY_EXISTS)
    }
    assert len(refusals) == 15


async def test_namespaces_are_listed_by_name_and_prefix(service):
    """Pages hold the names with the prefix in order; a token of another query is refused."""
    names = [f"list-{n:02}" for n in range(7)] + ["list.", "list-", "lis"]
    for name in names:
        await service.call("CreateNamespace", name=name)
    found, token = [], None
    while token != "":
        page = await service.call("DescribeNamespaces", name_prefix="list-", limit=3, page_token=token)
        found += [item.name for item in page.items]
        token = page.next_page_token
        if token:
            used = token
    assert found == sorted(name for name in names if name.startswith("list-"))
    for fields in ({"name_prefix": "list"}, {"name_prefix": "list-", "page_token": used[:-4] + "AAA="}):
        with refused("PAGE_TOKEN_INVALID") as refusal:
            await service.call("DescribeNamespaces", **{"page_token": used} | fields)
        assert refusal.fields == ["page_token"]
    same = await service.call("DescribeNamespaces", name_prefix="list-", limit=100, page_token=used)
    assert len(same.items) == 2


async def test_everything_in_an_unknown_namespace_is_refused_with_component_namespace(service):
    """Reading and writing alike."""
    calls = {
        "GetNamespace": {},
        "UpdateNamespace": {"description": "x"},
        "DeleteNamespace": {},
        "Issue": {"campaign_model_name": "c", "issue_request_count": 1},
        "GetSerialKey": {"code": "x"},
        "UseByUserId": {"code": "x", "user_id": "u"},
        "ExportMaster": {},
        "DescribeCampaignModels": {},
        "CreateCampaignModelMaster": {"name": "c"},
    }
    for rpc, fields in calls.items():
        with refused("NAMESPACE_NOT_FOUND") as refusal:
            await service.call(rpc, namespace_name="nowhere", **fields)
        assert refusal.metadata["component"] == "namespace"


async def test_a_deleted_namespace_is_gone_at_once_and_its_name_is_free(service):
    """The response is what it was; every later call is NOT_FOUND; a new one of the name does not know the old codes."""
    world = await service.world()
    codes = await world.codes(3)
    await world.as_player("Use", "alice", code=codes[0])
    assert (await world.call("DeleteNamespace")).item.name == world.name
    for rpc, fields in (("Use", {}), ("VerifyCode", {"verify_type": 1})):
        with refused("NAMESPACE_NOT_FOUND"):
            await world.as_player(rpc, "alice", code=codes[1], **fields)
    await service.call("CreateNamespace", name=world.name)
    await world.put_in_force("spring")
    assert not (await world.call("DescribeIssueJobs", campaign_model_name="spring")).items
    await world.codes(3)
    for code in codes:
        with refused("CODE_NOT_FOUND"):
            await world.as_player("Use", "alice", code=code)


async def test_namespaces_do_not_know_each_others_codes(service):
    """A code of one namespace is unknown in the next, and unused in its own."""
    one, other = await service.world(), await service.world()
    (code,) = await one.codes()
    await other.codes()
    with refused("CODE_NOT_FOUND"):
        await other.as_player("Use", "alice", code=code)
    assert (await one.call("GetSerialKey", code=code)).item.status == 1


async def test_a_use_that_races_a_deletion_happens_or_is_not_found(service):
    """Uses at the same time as the deletion return OK or NAMESPACE_NOT_FOUND, nothing else."""
    world = await service.world()
    codes = await world.codes(64)
    await service.token("alice")
    uses = [world.as_player("Use", "alice", code=code) for code in codes]
    answers = await asyncio.gather(*uses[:32], world.call("DeleteNamespace"), *uses[32:], return_exceptions=True)
    reasons = {read_refusal(answer).reason for answer in answers if isinstance(answer, Exception)}
    assert reasons <= {"NAMESPACE_NOT_FOUND"}
