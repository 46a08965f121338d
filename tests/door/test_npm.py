"""The vendor's own SDK of npm drives a server unmodified; only its endpoint is changed."""

from collections import Counter

import pytest
from support import games, npm_sdk
from support.door import METHODS_WITH_PATHS, function_of, members_for
from support.npm_sdk import NpmSession

AT_ONCE = 8
UNREADABLE = {"VALIDATION_FAILED", "REQUEST_MALFORMED"}
ALIAS = "WithoutNamespace"  # the other path of a method
# What the documented API got after this release of the SDK.
NEWER = {
    *("acquireForceByStampSheet", "getServiceVersion", "issueOnce", "issueOnceByStampSheet"),
    *("verifyByStampTask", "verifyCode", "verifyCodeByUserId"),
    *("preUpdateCurrentCampaignMaster", "preUpdateCurrentLimitMaster", "preUpdateCurrentRateMaster"),
    *("getTransactionResult", "getTransactionResultByUserId", "runTransaction"),
}


@pytest.fixture(scope="session")
def installed():
    """The folder where the SDK is installed."""
    return npm_sdk.installed()


@pytest.fixture(scope="module")
async def sdk(service, installed):
    """The running SDK."""
    async with npm_sdk.running(service, installed) as running:
        yield running


@pytest.fixture(params=["rest", "socket"])
def kind(request):
    """How the SDK sends calls."""
    return request.param


@pytest.fixture(scope="module")
async def methods(service, sdk):
    """The methods of the SDK that are served, with their requests: all of the three services."""
    found = {}
    for method in METHODS_WITH_PATHS:
        label, name = function_of(method)
        for function in (name, name + ALIAS):
            if function in sdk.methods.get(label, ()):
                found[label, function] = method, await members_for(service, method)
    return found


async def test_all_methods_of_the_three_services_are_served(sdk, methods):
    """The SDK lacks what is newer than it is."""
    of_sdk = {(service, name) for service in ("serialKey", "exchange", "limit") for name in sdk.methods[service]}
    assert of_sdk <= methods.keys()
    served = {function_of(method) for method in METHODS_WITH_PATHS}
    assert {name for service, name in served - methods.keys() if service in sdk.methods} == NEWER


async def test_every_method_reaches_its_rpc(service, sdk, kind, methods):
    """It reads each request, with a null for all that is absent; the SDK reads a result, or errors with a code."""
    before = len(service.heard.events("call"))
    calls = [(*function, members) for function, (_, members) in methods.items()]
    batches = [calls[start : start + AT_ONCE] for start in range(0, len(calls), AT_ONCE)]
    outcomes = [outcome for batch in batches for outcome in await sdk.call(kind, batch)]
    lines = service.heard.events("call")[before:]
    called = Counter(line["method"] for line in lines)
    assert called == Counter(f"{method.containing_service.full_name}/{method.name}" for method, _ in methods.values())
    assert not {line.get("reason") for line in lines} & UNREADABLE
    assert all(error["code"] for outcome in outcomes for error in outcome.errors)


async def test_a_game_exchanges_a_code(sdk, kind):
    """The exchange runs at once, and its repetition says why not."""
    played = await games.play(NpmSession(sdk, kind), f"npm-{kind}", dry_run=False)
    assert played.bought.result["autoRunStampSheet"] is True
    assert [error["code"] for error in played.again.errors] == ["code.status.invalid"]
    assert played.counter.result["item"]["count"] == 5
