"""Requests in GetOutcome: those that the call itself would not have accepted are refused."""

import pytest
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.serialkey.v1 import requests_pb2 as serialkey_pb
from redeem.transaction.v1 import requests_pb2 as pb
from support.outcomes import KEY, SERIAL_KEYS, TRANSACTIONS, ask
from support.service import refused

WRONG = {
    "absent": (None, "RunTransaction", TRANSACTIONS),
    "of another method": (pb.IfExpressionByUserIdRequest(), "RunTransaction", TRANSACTIONS),
    "invalid itself": (pb.RunTransactionRequest(user_id="alice"), "RunTransaction", TRANSACTIONS),
    "for another player": (pb.RunTransactionRequest(user_id="bob", transaction="{}"), "RunTransaction", TRANSACTIONS),
}


@pytest.mark.parametrize("how", WRONG)
async def test_a_request_that_is_not_of_the_call_is_refused(service, how):
    """With the field that is wrong."""
    request, method, of = WRONG[how]
    with refused("VALIDATION_FAILED") as refusal:
        await ask(service, method, of=of, user_id="alice", request=request)
    assert [field.partition(".")[0] for field in refusal.fields] == ["request"]


async def test_bytes_that_are_no_request_are_refused(service):
    """Under the right name, too."""
    asked = pb.GetOutcomeRequest(service=TRANSACTIONS, method="RunTransaction", user_id="alice", key=KEY)
    asked.request.type_url = "type.googleapis.com/redeem.transaction.v1.RunTransactionRequest"
    asked.request.value = b"\xff\xff"
    with refused("VALIDATION_FAILED") as refusal:
        await service.transactions.GetOutcome(asked, metadata=service.admin)
    assert refusal.fields == ["request"]


async def test_a_request_full_of_items_is_refused_for_its_list(service):
    """As the call would be."""
    config = exchange_pb.ExchangeRequest.DESCRIPTOR.fields_by_name["config"].number
    asked = pb.GetOutcomeRequest(
        service="redeem.exchange.v1.ExchangeService", method="Exchange", namespace_name="shop", user_id="alice", key=KEY
    )
    asked.request.type_url = "type.googleapis.com/redeem.exchange.v1.ExchangeRequest"
    asked.request.value = bytes([config << 3 | 2, 0]) * 60_000
    with refused("VALIDATION_FAILED") as refusal:
        await service.transactions.GetOutcome(asked, metadata=service.admin)
    assert refusal.fields == ["request.config"]


async def test_a_request_that_its_method_would_not_accept_is_too_large(world):
    """GetOutcome accepts larger requests, but a call of the method in question could not have happened."""
    request = serialkey_pb.UseByUserIdRequest(namespace_name=world.name, user_id="alice", code="x" * 65_536)
    with refused("REQUEST_TOO_LARGE") as refusal:
        await ask(
            world.service, "UseByUserId", of=SERIAL_KEYS, namespace_name=world.name, user_id="alice", request=request
        )
    assert refusal.metadata["bytes_max"] == "65536"
    assert refusal.metadata["bytes"] == str(request.ByteSize())


async def test_the_outcome_of_an_import_is_requested_without_its_messages(world):
    """They are many; a request is refused."""
    request = serialkey_pb.ImportSerialKeysRequest(namespace_name=world.name, campaign_model_name="spring")
    with refused("VALIDATION_FAILED") as refusal:
        await ask(world.service, "ImportSerialKeys", of=SERIAL_KEYS, namespace_name=world.name, request=request)
    assert refusal.fields == ["request"]


async def test_a_request_of_another_namespace_is_refused(world):
    """Of the two names one would be wrong."""
    request = serialkey_pb.UseRequest(namespace_name="other", code="x")
    with refused("VALIDATION_FAILED") as refusal:
        await ask(world.service, "Use", of=SERIAL_KEYS, namespace_name=world.name, user_id="alice", request=request)
    assert refusal.fields == ["request.namespace_name"]
