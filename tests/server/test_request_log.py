"""The log lines of calls in a namespace with a log setting. For secrets see test_canary_logged.py."""

import json

import pytest
from google.protobuf import any_pb2
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.transaction.v1 import requests_pb2 as transaction_pb
from redeemd.contract.documented_json import to_json
from redeemd.rpc import request_log
from redeemd.rpc.call import Call, Caller
from support.batches import batch_use, stream_use, use_item
from support.contract import every_method, valid_request
from support.heard import LOGS, added, heard, logged_world
from support.service import refused
from support.store_faults import until

NASTY = 'a"b\\c\r\n\u2028\u0085\U0001f600{}'


@pytest.fixture(scope="module")
async def service(tmp_path_factory):
    """A server whose log can be read."""
    async with heard(tmp_path_factory.mktemp("logged")) as service:
        yield service


@pytest.fixture
async def world(service):
    """A namespace with a log setting."""
    return await logged_world(service)


def rendered(request, answer):
    """Return what a call would add to its line."""
    entry = request_log.Entry("id", 0.0)
    entry.logging_namespace_id = LOGS
    entry.call = Call(request, Caller(), 0, 0, "m", type(answer))
    return json.loads(f'{{"event":"call"{entry.text(answer)}}}')


def without_redacted(value):
    """Leave out of a logged value what is redacted in it."""
    if isinstance(value, list):
        return [without_redacted(item) for item in value]
    if isinstance(value, dict):
        return {name: without_redacted(item) for name, item in value.items() if item != "(redacted)"}
    return value


def without_secrets(message):
    """Clear what the contract marks as secret."""
    for field, value in message.ListFields():
        if field.GetOptions().Extensions[options_pb2.secret]:
            message.ClearField(field.name)
        elif field.message_type is not None:
            for item in value if field.is_repeated else [value]:
                without_secrets(item)
    return message


async def test_request_and_response_are_in_the_line_of_the_call(service, world):
    """Under the documented names, with the logging namespace; the ordinary fields are there as ever."""
    await world.call("GetCampaignModel", campaign_model_name="spring")
    line = service.heard.last("GetCampaignModel")
    assert line["logging_namespace_id"] == LOGS
    assert line["request"] == {"namespaceName": world.name, "campaignModelName": "spring"}
    assert line["answer"]["item"]["name"] == "spring"
    assert line["code"] == "OK"
    assert line.keys() >= {"time", "method", "duration_ms", "request_id"}


async def test_enum_values_are_spelled_as_in_the_documents(service, world):
    """ACTIVE, not AVAILABILITY_ACTIVE or 1; in the request and in the response."""
    await world.call("SetCampaignStatus", campaign_model_name="spring", availability=2, reason="leaked")
    line = service.heard.last("SetCampaignStatus")
    assert line["request"]["availability"] == line["answer"]["item"]["availability"] == "INACTIVE"
    assert line["answer"]["item"]["statusReason"] == "leaked"


async def test_the_key_of_a_caller_is_named(service, world):
    """By its id; a key belongs to no player."""
    await world.call("GetNamespaceStatus")
    line = service.heard.last("GetNamespaceStatus")
    assert line["key_id"] == service.key.partition(".")[0]
    assert "user_id" not in line


async def test_the_player_who_calls_is_named(service, world):
    """By the user id of the access token; no key was shown."""
    (code,) = await world.codes()
    await world.as_player("Use", "alice", code=code)
    line = service.heard.last("Use")
    assert line["user_id"] == "alice"
    assert "key_id" not in line


async def test_secrets_are_redacted_and_their_neighbours_are_not(service, world):
    """Code, access token and GRN of a key; its campaign, status and user stay."""
    (code,) = await world.codes()
    await world.as_player("Use", "alice", code=code)
    line = service.heard.last("Use")
    assert line["request"] == {"namespaceName": world.name, "accessToken": "(redacted)", "code": "(redacted)"}
    item = line["answer"]["item"]
    assert item["code"] == item["serialKeyId"] == "(redacted)"
    assert (item["campaignModelName"], item["status"], item["usedUserId"]) == ("spring", "USED", "alice")


async def test_of_a_streamed_request_the_first_message_is_logged_and_of_a_list_of_secrets_the_length(service, world):
    """ImportSerialKeys in pieces of 25: the first one, without its codes, and the response."""
    await world.bring([f"brought-{number}" for number in range(60)], piece=25)
    line = service.heard.last("ImportSerialKeys")
    assert line["request"]["codes"] == "(redacted, 25)"
    assert line["answer"]["receivedCount"] == line["answer"]["importedCount"] == 60


async def test_the_messages_of_a_streamed_response_are_counted(service, world):
    """StreamSerialKeys of more codes than one message holds."""
    job = (await world.call("IssueBatch", campaign_model_name="spring", count=5001)).item
    request = pb.StreamSerialKeysRequest(
        namespace_name=world.name, campaign_model_name="spring", issue_job_name=job.name
    )
    received = [answer async for answer in service.serial_keys.StreamSerialKeys(request, metadata=service.admin)]
    line = service.heard.last("StreamSerialKeys")
    assert line["messages_sent"] == len(received) > 1
    assert line["request"]["issueJobName"] == job.name
    assert "answer" not in line


async def test_a_batch_has_one_line_with_the_number_of_its_items(service, world):
    """BatchUse and UseStream: how many items have an outcome, and how many of these failed; codes are redacted."""
    items = [use_item(world, number, code) for number, code in enumerate([*await world.codes(2), "no-such-code"])]
    await batch_use(world, items)
    assert len([outcome async for outcome in stream_use(world, [items[:1], items[1:]])]) == 3
    batch, stream = service.heard.last("BatchUse"), service.heard.last("UseStream")
    assert (batch["items"], batch["items_failed"]) == (3, 1)
    assert (stream["items"], stream["items_failed"]) == (3, 3)
    assert [item["request"]["code"] for item in batch["request"]["items"]] == 3 * ["(redacted)"]
    assert batch["answer"]["outcomes"][2]["error"]["metadata"]["component"] == "code"
    assert service.heard.calls("UseByUserId") == []


async def test_a_cancelled_call_is_logged_with_its_request(service, world):
    """A client that stops reading a stream leaves a line that says what it requested."""
    job = (await world.call("IssueBatch", campaign_model_name="spring", count=500_000)).item
    request = pb.StreamSerialKeysRequest(
        namespace_name=world.name, campaign_model_name="spring", issue_job_name=job.name
    )
    before = len(service.heard.calls("StreamSerialKeys"))
    stream = service.serial_keys.StreamSerialKeys(request, metadata=service.admin)
    await stream.read()
    stream.cancel()
    await until(lambda: len(service.heard.calls("StreamSerialKeys")) > before)
    line = service.heard.last("StreamSerialKeys")
    assert line["code"] == "CANCELLED"
    assert line["request"]["issueJobName"] == job.name


async def test_a_refused_call_is_logged_with_its_request_and_the_reason(service, world):
    """There is no response."""
    with refused("CAMPAIGN_MODEL_NOT_FOUND"):
        await world.call("GetCampaignModel", campaign_model_name="winter")
    line = service.heard.last("GetCampaignModel")
    assert line["reason"] == "CAMPAIGN_MODEL_NOT_FOUND"
    assert line["request"]["campaignModelName"] == "winter"
    assert "answer" not in line


async def test_a_repeated_call_is_logged_like_any(service, world):
    """The second call with an idempotency key has the stored response in its line."""
    for _ in range(2):
        await world.call(
            "Issue", campaign_model_name="spring", issue_request_count=3, headers=[("idempotency-key", "twice")]
        )
    first, second = service.heard.calls("Issue")[-2:]
    assert added(first) == added(second)
    assert second["answer"]["item"]["issuedCount"] == 3


async def test_long_texts_are_cut(service, world):
    """To 1,024 characters, with a note of their length; a text that fits is whole."""
    for length in (1024, 1025):
        await world.call("IssueOnce", campaign_model_name="spring", metadata="x" * length)
    whole, cut = service.heard.calls("IssueOnce")[-2:]
    assert whole["request"]["metadata"] == whole["answer"]["item"]["metadata"] == "x" * 1024
    assert cut["request"]["metadata"] == cut["answer"]["item"]["metadata"] == "x" * 1024 + " (cut, 1025 characters)"


async def test_long_lists_are_cut(service, world):
    """To 10 items, with a note of how many there were; a list that fits is whole."""
    job = await world.issue(11)
    for limit in (10, 11):
        await world.call("DescribeSerialKeys", campaign_model_name="spring", issue_job_name=job.name, limit=limit)
    whole, cut = (line["answer"]["items"] for line in service.heard.calls("DescribeSerialKeys")[-2:])
    assert len(whole) == 10
    assert [item["status"] for item in cut[:10]] == ["ACTIVE"] * 10
    assert cut[10:] == ["(the first 10 of 11)"]


async def test_a_response_that_makes_the_line_too_long_is_left_out(service, world):
    """Its size replaces it; the request stays."""
    for number in range(10):
        await world.call("CreateCampaignModelMaster", name=f"c-{number}", metadata="\U0001f600" * 1024)
    answer = await world.call("DescribeCampaignModelMasters")
    line = service.heard.last("DescribeCampaignModelMasters")
    assert line["answer"] == f"(left out, {answer.ByteSize()} bytes)"
    assert line["request"] == {"namespaceName": world.name}


async def test_a_response_for_which_the_request_leaves_no_room_is_left_out(service, world):
    """Each of them would fit; the limit is for both together."""
    wide = "\U0001f600" * 1024
    await world.call("CreateCampaignModelMaster", name="wide", metadata=wide, description=wide)
    line = service.heard.last("CreateCampaignModelMaster")
    assert line["request"]["description"] == wide
    assert line["answer"].startswith("(left out, ")


async def test_a_request_that_makes_the_line_too_long_is_left_out(service, world):
    """Its size replaces it too, and the line is bounded whatever was sent."""
    wide = "\U0001f600" * 1024
    setting = {"distributor_namespace_id": wide, "key_id": wide, "queue_namespace_id": wide}
    fields = {"transaction_setting": setting, "log_setting": {"logging_namespace_id": wide}}
    request = pb.UpdateNamespaceRequest(namespace_name=world.name, **fields)
    for _ in range(2):
        await world.call("UpdateNamespace", **fields)
    assert service.heard.last("UpdateNamespace")["request"] == f"(left out, {request.ByteSize()} bytes)"
    assert service.heard.last("UpdateNamespace")["logging_namespace_id"] == wide
    ordinary = 400
    assert max(map(len, service.heard.lines)) <= request_log.ADDITION_CHARACTERS_MAX + ordinary


async def test_whatever_is_in_a_text_the_line_is_one_line_of_json(service, world):
    """Quotes, backslashes, line ends of all kinds and emoji come out as they went in."""
    (code,) = await world.codes()
    await world.as_player("Use", 'o"brien\\', code=code)
    await world.call("IssueOnce", campaign_model_name="spring", metadata=NASTY)
    assert service.heard.last("IssueOnce")["request"]["metadata"] == NASTY
    assert service.heard.last("Use")["user_id"] == 'o"brien\\'
    assert all(line.isascii() and len(line.splitlines()) == 1 for line in service.heard.lines)


async def test_a_field_mask_is_logged(service, world):
    """As the list of its paths."""
    await world.call("UpdateNamespace", description="", update_mask={"paths": ["description"]})
    assert service.heard.last("UpdateNamespace")["request"]["updateMask"] == {"paths": ["description"]}


@pytest.mark.parametrize(
    ("answer", "logged"),
    [
        (
            transaction_pb.GetOutcomeResponse(outcome=2, answer=any_pb2.Any(type_url="t", value=b"\xff")),
            {"outcome": "succeeded", "answer": "(redacted)"},
        ),
        (any_pb2.Any(type_url="t", value=b"\xff"), {"typeUrl": "t", "value": "(1 bytes)"}),
        (transaction_pb.GetOutcomeResponse.FromString(b"\x08\x63"), {"outcome": 99}),
    ],
    ids=["an Any that is secret", "an Any that is not", "an enum value without a name"],
)
def test_what_json_has_no_form_for_does_not_break_the_line(answer, logged):
    """Bytes are logged as their number, unknown enum values by their own."""
    assert rendered(pb.GetNamespaceRequest(namespace_name="n"), answer)["answer"] == logged


@every_method
def test_what_is_neither_secret_nor_long_is_logged_as_in_the_documents(method):
    """The log's JSON is the documented one, in which master data and actions are written."""
    request = valid_request(method.input_type)
    logged = rendered(request, None)["request"]
    assert logged.keys() == to_json(request).keys()
    assert without_redacted(logged) == to_json(without_secrets(request))
