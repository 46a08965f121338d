"""Tokens in requests: one that is longer than the contract allows is a bad field, not a bad credential."""

import grpc
import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeemd.auth.tokens import TIME_OFFSET_TOKEN_LENGTH_MAX, TOKEN_LENGTH_MAX
from support.contract import METHODS, everything, rules_of, send, valid_request
from support.limits import make_limits
from support.service import Refusal

LENGTHS = {"access_token": TOKEN_LENGTH_MAX, "time_offset_token": TIME_OFFSET_TOKEN_LENGTH_MAX}
TOKENS = [
    pytest.param(method, field, id=f"{method.full_name}.{field.name}")
    for method in METHODS
    for field in method.input_type.fields
    if field.name.endswith("token")
]


@pytest.mark.parametrize(("method", "field"), TOKENS)
async def test_a_token_that_is_too_long_is_a_bad_field(service, method, field):
    """By one character, INVALID_ARGUMENT with its path; at its full length it is looked at."""
    length = rules_of(field).string.max_len
    assert length == LENGTHS.get(field.name, 1024)
    for characters, too_long in ((length + 1, True), (length, False)):
        request = valid_request(method.input_type)
        setattr(request, field.name, "t" * characters)
        refusal = await send(service, method, request, await everything(service, method)) or Refusal()
        bad_field = refusal.reason == "VALIDATION_FAILED" and field.name in refusal.fields
        assert bad_field == too_long
        assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT or not too_long


@pytest.mark.parametrize("character", ["a", '"', "\u00e9", "\U0001f600"])
async def test_a_time_offset_token_fits_for_every_player(service, character):
    """Also for a player with the longest id, whatever it is made of."""
    limits, user_id = await make_limits(service), character * 128
    request = auth_pb.IssueTimeOffsetTokenByUserIdRequest(user_id=user_id, time_offset=315_360_000)
    token = (await service.auth.IssueTimeOffsetTokenByUserId(request, metadata=service.admin)).token
    assert len(token) <= TIME_OFFSET_TOKEN_LENGTH_MAX
    assert (await limits.up(user_id=user_id, time_offset_token=token)).count == 1
