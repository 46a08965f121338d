"""The role `client`, for keys that ship in games: it logs in and reads models, and nothing else."""

import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2
from support.contract import METHODS, policy_of, send, valid_request
from support.keys import key_of
from support.service import bearer, refused

MODELS = {
    "DescribeCampaignModels",
    "GetCampaignModel",
    "DescribeRateModels",
    "GetRateModel",
    "DescribeIncrementalRateModels",
    "GetIncrementalRateModel",
    "DescribeLimitModels",
    "GetLimitModel",
}
KEYED = [
    method
    for method in METHODS
    if policy_of(method).access not in {options_pb2.ACCESS_PUBLIC, options_pb2.ACCESS_PLAYER}
]


@pytest.fixture(scope="module")
async def client(service):
    """The metadata of a key with the role."""
    return await key_of(service, "client")


async def test_the_key_of_a_game_reads_models_and_nothing_else(service, client):
    """Every other method that needs a key refuses it."""
    allowed = set()
    for method in KEYED:
        refusal = await send(service, method, valid_request(method.input_type), client)
        if refusal is None or refusal.reason != "ROLE_NOT_ALLOWED":
            allowed.add(method.name)
    assert allowed == MODELS


async def test_the_key_of_a_game_logs_in(service, client):
    """Its project token has the same role."""
    key_id, secret = client[0][1].removeprefix("Bearer ").split(".")
    login = auth_pb.LoginProjectRequest(client_id=key_id, client_secret=secret)
    token = bearer((await service.auth.LoginProject(login)).access_token)
    with refused("ROLE_NOT_ALLOWED"):
        await service.auth.ListKeys(auth_pb.ListKeysRequest(), metadata=token)
