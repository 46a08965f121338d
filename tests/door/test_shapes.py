"""Requests as the vendor's SDKs for Go and for C# write them, over REST and over WebSockets.

The responses have what these SDKs read, in the types that they parse.
"""

import json

import pytest
from google.protobuf.descriptor import FieldDescriptor
from support import games
from support.contract import INTEGERS, ends_of
from support.door import METHODS_WITH_PATHS, function_of, members_for
from support.shapes import SDKS, Rest, Socket, opened

NUMBERS = {*INTEGERS, FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_BOOL}
# Methods whose requests can have a number or a boolean. Others are the same in all SDKs, and so are those values in Go.
METHODS = [method for method in METHODS_WITH_PATHS if {field.type for field in method.input_type.fields} & NUMBERS]
PERIOD = {"valid_from": 946_684_800_000, "valid_until": 4_102_444_800_000}  # from 2000 to 2100
KINDS = {"rest": Rest, "socket": Socket}


@pytest.fixture(scope="module", params=[f"{sdk}-{kind}" for sdk in SDKS for kind in KINDS])
async def played(service, request):
    """What a game saw that has an SDK and a kind of session."""
    sdk, kind = request.param.split("-")
    async with opened(service, sdk, KINDS[kind]) as session:
        return await games.play(session, request.param, dry_run=True)


@pytest.fixture(scope="module")
async def csharp(service):
    """A session of the SDK for C# over REST, for the tests of methods."""
    async with opened(service, "csharp", Rest) as session:
        yield session


def values_of(method):
    """Return a value for each number and each boolean of a request, other than the default."""
    fields = [field for field in method.input_type.fields if field.type in NUMBERS and not field.is_repeated]
    return {field.name: value_of(field) for field in fields} | PERIOD


def value_of(field):
    """Return a value that breaks no rule."""
    if field.type == FieldDescriptor.TYPE_BOOL:
        return True
    low, _ = ends_of(field)
    return max(low, 1) if field.type in INTEGERS else 1e-05  # which .NET writes as 1E-05


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
async def test_every_method_reads_numbers_and_booleans_that_are_text(service, csharp, method):
    """As C# writes them. What is refused is refused for another reason, with errors to read."""
    members = await members_for(service, method, **values_of(method))
    outcome = await csharp.call(*function_of(method), **members)
    last = service.heard.events("call")[-1]
    assert last["method"] == f"{method.containing_service.full_name}/{method.name}"
    assert last.get("reason") not in {"VALIDATION_FAILED", "REQUEST_MALFORMED"}, outcome
    assert all(isinstance(text, str) for error in outcome.errors for text in error.values())


async def test_a_game_exchanges_a_code(played):
    """A dry run changes nothing, the exchange runs at once, and its repetition says why not."""
    bought = played.bought.result
    assert (bought["autoRunStampSheet"], bought["atomicCommit"], len(bought["transactionId"])) == (True, True, 36)
    assert [error["code"] for error in played.again.errors] == ["code.status.invalid"]
    assert played.counter.result["item"]["count"] == 5


async def test_the_results_of_a_transaction_are_what_csharp_reads(played):
    """It takes a status other than 2xx, or none, as a failure, and parses requests and results, which are text."""
    results = played.bought.result["transactionResult"]["consumeResults"]
    assert [each["statusCode"] for each in results] == [200, 200]
    assert [each["action"] for each in results] == ["Gs2SerialKey:UseByUserId", "Gs2Limit:CountUpByUserId"]
    assert [json.loads(each["consumeRequest"])["userId"] for each in results] == ["alice", "alice"]
    assert json.loads(results[1]["consumeResult"])["item"]["count"] == 5


@pytest.mark.parametrize("dry_run", [True, 1, "yes"])
async def test_no_dry_run_becomes_a_call_that_is_committed(service, dry_run):
    """In a message, whatever it is spelled like: it is a dry run, or refused."""
    world = await service.world()
    [code] = await world.codes()
    members = {"namespaceName": world.name, "code": code, "userId": "alice", "xGs2DryRun": dry_run}
    async with opened(service, "go", Socket) as session:
        await session.call("serialKey", "useByUserId", **members)
    key = (await world.call("GetSerialKey", code=code)).item
    assert key.used_user_id == ""


async def test_a_client_that_connects_again_logs_in_again(service):
    """C# then sends the project token that has expired with the log-in."""
    async with opened(service, "csharp", Socket) as session:
        session.project_token = "expired"
        await session.log_in()
        assert not (await session.call("serialKey", "describeNamespaces")).errors
