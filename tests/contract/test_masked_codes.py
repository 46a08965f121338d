"""Responses to a key that receives masked codes never contain a code in full."""

import grpc
import pytest
from google.protobuf import message_factory
from redeem.options.v1 import options_pb2
from support.contract import METHODS, ROLES, answers, may_call, policy_of, valid_request
from support.exchanges import make_exchanges
from support.keys import key_of
from support.service import running

READ = next(role for role in ROLES if role.name == "ROLE_READ")
NOT_BY_KEY = {options_pb2.ACCESS_PUBLIC, options_pb2.ACCESS_PLAYER}
READABLE = [
    method for method in METHODS if policy_of(method).access not in NOT_BY_KEY and may_call(READ, policy_of(method))
]
# Methods that tell an administrator codes.
TELLING = {
    "GetSerialKey",
    "DescribeSerialKeys",
    "StreamSerialKeys",
    "DownloadSerialCodes",
    "DescribeRedemptions",
    "WatchEvents",
}
IMPORTED = ["HELLO-MY-FRIEND", "GOODBYE-MY-FRIEND"]
START_OLDEST = 2


@pytest.fixture(scope="session")
async def told(tmp_path_factory):
    """Return responses to an administrator and to a key with masked codes: (method, who) -> bytes; and the codes."""
    async with running(tmp_path_factory.mktemp("masked")) as service:  # its own, so that all events are of these codes
        return await _tell(service)


async def _tell(service):
    exchanges = await make_exchanges(service)
    world = exchanges.world
    issued = await world.issue(4)
    brought = (await world.bring(IMPORTED)).item
    codes = [key.code for key in await world.keys(issued)] + IMPORTED
    for code in (codes[0], IMPORTED[0]):
        await world.call("UseByUserId", user_id="alice", code=code)
    alone = (await world.call("IssueOnce", campaign_model_name="spring")).item.code
    found = {}
    for who, metadata in (("admin", service.admin), ("read", await key_of(service, "read"))):
        for method in READABLE:
            said = b""
            for code in (codes[0], codes[1], *IMPORTED, alone):
                for job in (issued, brought):
                    said += await _told(exchanges, method, metadata, code=code, issue_job_name=job.name)
            found[method.name, who] = found.get((method.name, who), b"") + said
    return found, [*codes, alone]


async def _told(exchanges, method, metadata, **fields):
    """Call a method about a code and a batch; return all bytes of its response, and of what that leads to."""
    world = exchanges.world
    names = {
        "SerialKeyService": world.name,
        "ExchangeService": exchanges.name,
        "LimitService": exchanges.limits.name,
        "EventService": world.name,
    }
    fields |= {"namespace_name": names.get(method.containing_service.name), "user_id": "alice"}
    request = valid_request(method.input_type, campaign_model_name="spring", **fields)
    if method.name == "WatchEvents":
        request.start = START_OLDEST
        request.namespace_names.append(world.name)
    said = b""
    try:
        async for data in answers(world.service, method, request.SerializeToString(), metadata):
            said += data
    except grpc.aio.AioRpcError:  # of a model that is not there, say
        return said
    if method.name == "DownloadSerialCodes":
        answer = message_factory.GetMessageClass(method.output_type).FromString(said)
        said += (await world.service.http("GET", answer.url)).body
    return said


def test_an_administrator_sees_codes(told):
    """The next test looks in the right place: these methods return codes, and no other that the key may call does."""
    found, codes = told
    telling = {name for (name, who), said in found.items() if who == "admin" and any(c.encode() in said for c in codes)}
    assert telling == TELLING


@pytest.mark.parametrize("method", READABLE, ids=lambda method: method.full_name)
def test_a_key_that_sees_codes_masked_gets_none(told, method):
    """Neither one that it requested, nor in a list, an id, an event or a file."""
    found, codes = told
    said = found[method.name, "read"]
    assert [code for code in codes if code.encode() in said] == []
    assert said or not found[method.name, "admin"]
