"""A valid request of every writing RPC that is served, and a server on which each of them changes something."""

import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.common.v1 import common_pb2
from redeem.options.v1 import options_pb2
from redeemd.handlers.outbox import DEAD
from redeemd.store.base import Tx
from redeemd.store.sql import query

from support.clock import ManualClock
from support.contract import METHODS, policy_of
from support.github import KEYS, GitHub, github
from support.guesses import attack
from support.imports import used
from support.limits import document as limit_document
from support.limits import make_limits
from support.service import Service, running
from support.sheets import sheet_writes
from support.uploads import document, uploaded
from support.user_data import dump, upload
from support.writes_call import Write, checkout
from support.writes_exchange import exchange_writes
from support.writes_webhook import webhook_writes

# It tries and takes everything back; that has a test of its own.
CHANGES_NOTHING = frozenset({"Preflight"})
_INACTIVE = 2
_LIMITED = {"enableCampaignCode": True, "usesPerUser": 3, "usesTotal": 9, "usesPerKey": 2, "group": "all"}
_IMPORTED = {"user_id": "alice", "limit_name": "ever", "name": "new", "count": 3}
_SCHEDULE: dict[str, Any] = {"reset_type": 2, "reset_hour": 5}


@contextlib.asynccontextmanager
async def prepared(folder: Path) -> AsyncIterator[tuple[Service, list[Write]]]:
    """Run a server without housekeeping and with something of everything; yield it and the calls to try, in an order
    in which each of them changes something."""
    async with github() as hub, running(folder, clock=ManualClock(), github_url=hub.url, github_keys=KEYS) as service:
        await service.stop_housekeeping()
        hub.put(document("spring", "winter"))
        world = await service.world("spring", "summer", campaign_codes=("summer",))
        await world.put_models(spring={}, summer={"enableCampaignCode": True}, limited=_LIMITED)
        await attack(world)
        [shared] = await world.codes(campaign="limited")
        job = await world.issue(6)
        codes = [key.code for key in await world.keys(job)]
        await world.as_player("Use", "alice", code=codes[0])
        await world.call("CreateCampaignModelMaster", name="draft")
        key = await service.auth.CreateKey(
            auth_pb.CreateKeyRequest(role=options_pb2.ROLE_ISSUER), metadata=service.admin
        )
        goes, moves = await world.issue(2), await world.issue(2)
        yield (
            service,
            [
                *_code_writes(world.name, codes, await service.token("bob")),
                *_limited_writes(world.name, shared),
                *_user_data_writes(await upload(service, "alice", await dump(service, "alice"))),
                *_master_writes(world.name, await uploaded(world, document("spring", "autumn"))),
                *_switches(world.name, job.name, codes[3]),
                *_batch_writes(world.name, goes.name, moves.name, job.name),
                *await _limit_writes(service, hub),
                *await exchange_writes(service, hub),
                *await sheet_writes(service),
                Write("CreateKey", {"role": options_pb2.ROLE_READ}),
                Write("RevokeKey", {"key_id": key.item.key_id}),
                Write("GetOutcome", _fence(world.name)),
                Write("RetryDelivery", {"delivery_id": await dead_delivery(service)}),
                *await webhook_writes(service),
                Write("CreateNamespace", {"name": "another"}),
                Write("UpdateNamespace", {"namespace_name": world.name, "description": "new"}),
                Write("DeleteNamespace", {"namespace_name": world.name}),  # nothing else works without it
            ],
        )


def _code_writes(ns: str, codes: Sequence[str], token: str) -> list[Write]:
    spring = {"namespace_name": ns, "campaign_model_name": "spring"}
    return [
        Write("Issue", {**spring, "issue_request_count": 9}),
        Write("IssueBatch", {**spring, "count": 9}),
        Write("IssueOnce", spring),
        Write("IssueForUsers", {**spring, "user_ids": ["alice", "bob"]}),
        Write("ImportSerialKeys", {"namespace_name": ns}),
        Write(
            "ImportSerialKeys", {"namespace_name": ns, "states": {"c": used(), "d": {"status": 3}, "e": {"status": 1}}}
        ),
        Write("RevertUseByUserId", {"namespace_name": ns, "user_id": "alice", "code": codes[0]}),
        Write("Use", {"namespace_name": ns, "access_token": token, "code": codes[1]}),
        Write("ResetGuessBudget", {"namespace_name": ns, "user_id": "alice"}),
        Write("UseByUserId", {"namespace_name": ns, "user_id": "alice", "code": codes[2]}),
        Write("BatchUse", _item(ns, user_id="alice", code=codes[4])),
        Write("UseStream", _item(ns, user_id="alice", code=codes[5])),
    ]


def _limited_writes(ns: str, key: str) -> list[Write]:
    models = [{"name": "spring"}, {"name": "limited", "usesTotal": 20}]
    settings = json.dumps({"version": "2022-09-13", "campaignModels": models})
    calls = [(rpc, code) for rpc in ("UseByUserId", "RevertUseByUserId") for code in (key, "limited")]
    return [
        *(Write(rpc, {"namespace_name": ns, "user_id": "carol", "code": code}) for rpc, code in calls),
        Write("UpdateCurrentCampaignMaster", {"namespace_name": ns, "settings": settings}),
    ]


def _item(ns: str, **fields: Any) -> dict[str, Any]:
    """Return the fields of a batch with one item."""
    return {"namespace_name": ns, "items": [{"id": 1, "request": {"namespace_name": ns, **fields}}]}


def _user_data_writes(upload_token: str) -> list[Write]:
    alice = {"user_id": "alice"}
    return [
        Write("DumpUserDataByUserId", alice),
        Write("CleanUserDataByUserId", alice),
        Write("PrepareImportUserDataByUserId", alice),
        Write("ImportUserDataByUserId", {**alice, "upload_token": upload_token}),
    ]


def _master_writes(ns: str, upload_token: str) -> list[Write]:
    draft = {"namespace_name": ns, "campaign_model_name": "draft"}
    pre_upload = {"mode": common_pb2.MASTER_DATA_MODE_PRE_UPLOAD, "upload_token": upload_token}
    from_github = {"namespace_name": ns, "checkout_setting": checkout("master.json")}
    return [
        Write("CreateCampaignModelMaster", {"namespace_name": ns, "name": "new"}),
        Write("UpdateCampaignModelMaster", {**draft, "metadata": "new"}),
        Write("DeleteCampaignModelMaster", draft),
        Write("PreUpdateCurrentCampaignMaster", {"namespace_name": ns}),
        Write("UpdateCurrentCampaignMaster", {"namespace_name": ns, "settings": _in_any_case("spring", "new")}),
        Write("UpdateCurrentCampaignMaster", {"namespace_name": ns, **pre_upload}),
        Write("UpdateCurrentCampaignMasterFromGitHub", from_github),
    ]


def _in_any_case(*campaigns: str) -> str:
    """Render master data whose campaign codes can be typed in any case; it stores and, when replaced, removes more."""
    models = [{"name": name, "enableCampaignCode": True, "ignoreCase": True} for name in campaigns]
    return json.dumps({"version": "2022-09-13", "campaignModels": models})


def _switches(ns: str, job_name: str, code: str) -> list[Write]:
    spring = {"namespace_name": ns, "campaign_model_name": "spring"}
    off = {"availability": _INACTIVE, "reason": "leaked"}
    return [
        Write("SetSerialKeyStatus", {"namespace_name": ns, "code": code, **off}),
        Write("SetIssueJobStatus", {**spring, "issue_job_name": job_name, **off}),
        Write("SetIssueJobValidity", {**spring, "issue_job_name": job_name, "valid_until": 0}),
        Write("SetCampaignStatus", {**spring, **off}),
    ]


def _batch_writes(ns: str, goes: str, moves: str, used: str) -> list[Write]:
    spring = {"namespace_name": ns, "campaign_model_name": "spring"}
    return [
        Write("DeleteIssueJob", {**spring, "issue_job_name": goes}),
        Write("DeleteIssueJob", {**spring, "issue_job_name": used, "unused_only": True}),
        Write("MoveIssueJob", {**spring, "issue_job_name": moves, "to_campaign_model_name": "winter"}),
    ]


async def _limit_writes(service: Service, hub: GitHub) -> list[Write]:
    limits = await make_limits(service)
    await limits.up(count_up_value=5)
    await limits.call("CreateLimitModelMaster", name="draft", **_SCHEDULE)
    settings = limit_document({"name": "weekly", "resetType": "notReset"})
    hub.put(settings.encode(), path="limits.json")
    other = limit_document({"name": "monthly", "resetType": "notReset"}).encode()
    token = await uploaded(limits, other, rpc="PreUpdateCurrentLimitMaster")
    ns = {"namespace_name": limits.name}
    counter = {**ns, "limit_name": "daily", "counter_name": "c"}
    alice = {**counter, "user_id": "alice"}
    return [
        Write("ImportCounters", {**ns, "items": [_IMPORTED]}),
        Write("CountUp", {**counter, "access_token": await service.token("bob")}),
        Write("CountUpByUserId", alice),
        Write("BatchCountUp", _item(limits.name, user_id="alice", limit_name="daily", counter_name="c")),
        Write("CountDownByUserId", alice),
        Write("DeleteCounterByUserId", alice),
        Write("CreateLimitModelMaster", {**ns, "name": "new", **_SCHEDULE}),
        Write("UpdateLimitModelMaster", {**ns, "limit_name": "draft", "metadata": "new"}),
        Write("DeleteLimitModelMaster", {**ns, "limit_name": "draft"}),
        Write("PreUpdateCurrentLimitMaster", ns),
        Write("UpdateCurrentLimitMaster", {**ns, "settings": limit_document()}),
        Write(
            "UpdateCurrentLimitMaster",
            {**ns, "mode": common_pb2.MASTER_DATA_MODE_PRE_UPLOAD, "upload_token": token},
        ),
        Write("UpdateCurrentLimitMasterFromGitHub", {**ns, "checkout_setting": checkout("limits.json")}),
    ]


async def dead_delivery(service: Service) -> str:
    """Make a delivery for alice that is dead; return its id."""
    bury = query("bury", f"UPDATE delivery SET state = {DEAD}, next_attempt_at = NULL")

    async def body(tx: Tx) -> str:
        outbox = service.app.components.foundation.handlers.outbox
        named = {"user_id": "alice", "transaction_id": "0" * 36}
        delivery_id = await outbox.put(tx, "Game:GiveItem", "{}", **named, trace=None, now=service.clock.now_ms())
        await tx.run(bury)
        return delivery_id

    return await service.store.run(body, write=True)


def _fence(ns: str) -> dict[str, Any]:
    return {
        "service": "redeem.serialkey.v1.SerialKeyService",
        "method": "Issue",
        "namespace_name": ns,
        "key": "of a call that was not made",
        "fence": True,
    }


def served() -> set[str]:
    """Return the names of all writing RPCs that change something."""
    return {method.name for method in METHODS if policy_of(method).writes} - CHANGES_NOTHING
