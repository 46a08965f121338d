"""Roles in transactions: a caller may run an action if it may call the action's RPC there."""

import json

import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.transaction.v1 import requests_pb2 as pb
from support.exchanges import action, make_exchanges
from support.keys import key_of
from support.service import refused


@pytest.fixture
async def exchanges(service):
    """Namespaces of the test's own."""
    return await make_exchanges(service)


async def _run(exchanges, metadata, rpc="RunTransaction", **actions):
    """Run with a key of one's own."""
    text = json.dumps({f"{kind}Actions": items for kind, items in actions.items()}).replace("#{userId}", "alice")
    request = getattr(pb, f"{rpc}Request")(user_id="alice", transaction=text)
    return await getattr(exchanges.service.transactions, rpc)(request, metadata=metadata)


@pytest.mark.parametrize("rpc", ["RunTransaction", "Preflight"])
async def test_a_server_runs_what_it_may_call(exchanges, rpc):
    """A game server counts and uses codes; it issues none, neither by call nor by transaction."""
    server = await key_of(exchanges.service, "server")
    await _run(exchanges, server, rpc, consume=[exchanges.up()])
    with refused("ROLE_NOT_ALLOWED") as refusal:
        await _run(exchanges, server, rpc, acquire=[exchanges.issue()])
    assert refusal.metadata["role"] == "server"


async def test_master_data_may_do_what_its_caller_may_not(exchanges):
    """Operators decided that the reward is a code: whoever may exchange gets it."""
    await exchanges.put_in_force({"name": "rate", "acquireActions": [exchanges.issue()]})
    server = await key_of(exchanges.service, "server")
    await _run(exchanges, server, acquire=[exchanges.exchange("rate")])


@pytest.mark.parametrize("role", ["issuer", "read"])
async def test_others_run_nothing(exchanges, role):
    """Marketing and dashboards act for no player."""
    with refused("ROLE_NOT_ALLOWED"):
        await _run(exchanges, await key_of(exchanges.service, role))


@pytest.mark.parametrize("rpc", ["RunTransaction", "Preflight"])
async def test_a_key_for_some_namespaces_runs_actions_in_them(exchanges, rpc):
    """An action elsewhere is refused, also inside an expression."""
    names = [exchanges.limits.name]
    key = await key_of(exchanges.service, "server", namespace_names=names)
    await _run(exchanges, key, rpc, consume=[exchanges.up()])
    verify = exchanges.verify_code("x")
    inside = action("Gs2Distributor:AndExpressionByUserId", userId="#{userId}", actions=[verify])
    for actions in ({"consume": [exchanges.up(), exchanges.use("x")]}, {"verify": [verify]}, {"verify": [inside]}):
        with refused("NAMESPACE_NOT_ALLOWED"):
            await _run(exchanges, key, rpc, **actions)


async def test_an_expression_is_allowed_as_its_actions_are(exchanges):
    """A key for some namespaces gets the outcomes of those."""
    key = await key_of(exchanges.service, "server", namespace_names=[exchanges.limits.name])
    fine, away = exchanges.verify("equal", 0), exchanges.verify_code("x")
    for item, reason in ((fine, None), (away, "NAMESPACE_NOT_ALLOWED")):
        plain = {"action": item["action"], "request": item["request"].replace("#{userId}", "alice")}
        request = pb.OrExpressionByUserIdRequest(user_id="alice", actions=[plain])
        if reason is None:
            await exchanges.service.transactions.OrExpressionByUserId(request, metadata=key)
        else:
            with refused(reason):
                await exchanges.service.transactions.OrExpressionByUserId(request, metadata=key)


async def test_a_result_is_for_keys_of_its_namespaces(exchanges):
    """Of an exchange that is the exchange's namespace, of a composed transaction all that it names."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up()]})
    exchanged = (await exchanges.buy()).transaction_id
    composed = (await exchanges.run(consume=[exchanges.up()])).item.transaction_id
    keys = {
        name: await key_of(exchanges.service, "server", namespace_names=[name])
        for name in (exchanges.name, exchanges.limits.name)
    }
    for transaction_id, name in ((exchanged, exchanges.name), (composed, exchanges.limits.name)):
        request = pb.GetTransactionResultByUserIdRequest(user_id="alice", transaction_id=transaction_id)
        for key_for, metadata in keys.items():
            if key_for == name:
                await exchanges.service.transactions.GetTransactionResultByUserId(request, metadata=metadata)
            else:
                with refused("NAMESPACE_NOT_ALLOWED"):
                    await exchanges.service.transactions.GetTransactionResultByUserId(request, metadata=metadata)


async def test_a_players_token_of_a_limited_key_reads_its_own_result(exchanges):
    """The token of a player who was logged in with such a key has the same limit."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up()]})
    answer = await exchanges.buy()
    key = await key_of(exchanges.service, "server", namespace_names=[exchanges.name])
    token = (await exchanges.service.auth.Login(auth_pb.LoginRequest(user_id="alice"), metadata=key)).token
    request = pb.GetTransactionResultRequest(access_token=token, transaction_id=answer.transaction_id)
    assert (await exchanges.service.transactions.GetTransactionResult(request)).item == answer.transaction_result
