"""Exchanging at once: verify, consume and acquire actions as one transaction (semantics 3.3, 5, 11.1, 11.2, 11.6)."""

import json

import grpc
import pytest
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.transaction.v1 import requests_pb2 as transaction_pb
from support.exchanges import action, config, make_exchanges
from support.service import refused

DAY_SECONDS = 24 * 60 * 60


@pytest.fixture
async def exchanges(service):
    """Namespaces of the test's own."""
    return await make_exchanges(service, campaign_codes=("WELCOME2026",))


@pytest.fixture
async def shop(exchanges):
    """The same, with the rate of semantics 11.1: a code is the price, a counter that is counted down the reward."""
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=5)
    await exchanges.put_in_force(
        {"name": "rate", "consumeActions": [exchanges.use()], "acquireActions": [exchanges.down()]}
    )
    return exchanges


async def test_a_serial_key_is_redeemed_with_its_reward(shop):
    """Semantics 11.1, step 1: the key is used by the player, the reward is there, the response reports each action."""
    [code] = await shop.world.codes(1)
    answer = await shop.as_player("Exchange", "alice", rate_name="rate", count=1, config=config(code=code))
    key = (await shop.world.call("GetSerialKey", code=code)).item
    assert (key.status, key.used_user_id) == (2, "alice")
    assert await shop.count("got") == 4
    [consumed], [acquired] = answer.transaction_result.consume_results, answer.transaction_result.acquire_results
    assert (consumed.action, consumed.status_code) == ("Gs2SerialKey:UseByUserId", 200)
    assert json.loads(consumed.consume_request)["code"] == code
    assert json.loads(consumed.consume_result)["item"]["usedUserId"] == "alice"
    assert json.loads(acquired.acquire_result)["item"]["count"] == 4
    assert (answer.auto_run_stamp_sheet, answer.atomic_commit) == (True, True)
    assert not answer.transaction_result.has_error


async def test_a_used_key_gives_no_second_reward(shop):
    """Semantics 11.1, step 2: the refusal is that of the action, and says which; nothing is acquired."""
    [code] = await shop.world.codes(1)
    await shop.buy(values={"code": code})
    with refused("CODE_STATUS_INVALID") as refusal:
        await shop.buy(user_id="bob", values={"code": code})
    assert refusal.metadata["code"] == "code.status.invalid"
    where = {name: refusal.metadata[name] for name in ("action", "action_index", "action_path")}
    assert where == {
        "action": "Gs2SerialKey:UseByUserId",
        "action_index": "0",
        "action_path": "consumeActions[0]",
    }
    assert (await shop.world.call("GetSerialKey", code=code)).item.used_user_id == "alice"
    assert await shop.count("got", user_id="bob") == 0


async def test_an_unknown_key_is_not_found(shop):
    """Semantics 11.1, step 3: a text that is no code of the namespace."""
    with refused("CODE_NOT_FOUND") as refusal:
        await shop.buy(values={"code": "AAAAA-AAAA-AAAAA-AAAA-AAAA"})
    assert refusal.code == grpc.StatusCode.NOT_FOUND
    assert refusal.metadata["code"] == "code.code.notFound"


async def test_a_key_that_was_reverted_can_be_exchanged_again(shop):
    """Semantics 11.1, step 4."""
    [code] = await shop.world.codes(1)
    await shop.buy(values={"code": code})
    item = (await shop.world.call("RevertUseByUserId", user_id="alice", code=code)).item
    assert (item.status, item.HasField("used_user_id"), item.HasField("used_at")) == (1, False, False)
    await shop.buy(values={"code": code})
    assert await shop.count("got") == 3


async def test_an_exchange_with_the_same_key_happens_once(shop):
    """Semantics 11.1, step 5: a repeated call gets the response of the first; both forms share keys."""
    [code] = await shop.world.codes(1)
    first = await shop.buy(values={"code": code}, duplication_avoider="once")
    again = await shop.as_player(
        "Exchange", "alice", rate_name="rate", count=1, config=config(code=code), duplication_avoider="once"
    )
    assert again.SerializeToString() == first.SerializeToString()
    assert await shop.count("got") == 4


async def test_a_campaign_code_once_per_player(exchanges):
    """Semantics 11.2: the first is granted, the second refused by the limit, a wrong code counts nothing."""
    await exchanges.put_in_force(
        {
            "name": "rate",
            "consumeActions": [exchanges.up("redeemed", countUpValue=1, maxValue=1), exchanges.use()],
            "acquireActions": [exchanges.issue()],
        }
    )
    with refused("CODE_NOT_FOUND") as refusal:
        await exchanges.buy(values={"code": "WELCOME2027"})
    assert refusal.metadata["action_index"] == "1"
    assert await exchanges.count("redeemed") == 0
    await exchanges.buy(values={"code": "WELCOME2026"})
    with refused("COUNTER_OVERFLOW") as refusal:
        await exchanges.buy(values={"code": "WELCOME2026"})
    assert refusal.metadata["action_index"] == "0"
    await exchanges.buy(user_id="bob", values={"code": "WELCOME2026"})


async def test_verify_actions_come_first_whatever_their_place(exchanges):
    """A verify action sees what was before any consume action, and its refusal is the one that is reported."""
    await exchanges.put_in_force(
        {
            "name": "rate",
            "acquireActions": [exchanges.issue()],
            "consumeActions": [exchanges.up(maxValue=1), exchanges.up(maxValue=1)],
            "verifyActions": [exchanges.verify("equal", 0)],
        }
    )
    with refused("COUNTER_OVERFLOW") as refusal:
        await exchanges.buy()
    assert refusal.metadata["action_path"] == "consumeActions[1]"
    await exchanges.limits.up(counter="bought", limit="ever")
    with refused("COUNTER_VERIFICATION_FAILED") as refusal:
        await exchanges.buy()
    assert refusal.metadata["action_path"] == "verifyActions[0]"


async def test_an_unknown_rate_is_not_found(exchanges):
    """Of both kinds, with the documented components; the kinds have separate names."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up()]})
    with refused("RATE_MODEL_NOT_FOUND") as refusal:
        await exchanges.buy("rising")
    assert refusal.metadata["component"] == "rateModel"
    with refused("INCREMENTAL_RATE_MODEL_NOT_FOUND") as refusal:
        await exchanges.rise(rate="rate")
    assert refusal.metadata["component"] == "incrementalRateModel"


async def test_an_unknown_namespace_is_not_found(exchanges):
    """Also that of an action, which is then named."""
    away = action(
        "Gs2Limit:CountUpByUserId", namespaceName="away", userId="#{userId}", limitName="ever", counterName="c"
    )
    await exchanges.put_in_force({"name": "rate", "consumeActions": [away]})
    with refused("NAMESPACE_NOT_FOUND") as refusal:
        await exchanges.buy()
    assert refusal.metadata["action_path"] == "consumeActions[0]"
    exchanges.name = "away"
    with refused("NAMESPACE_NOT_FOUND") as refusal:
        await exchanges.buy()
    assert "action_path" not in refusal.metadata


async def test_a_dry_run_responds_and_changes_nothing(shop):
    """Semantics 12.53: the response is that of the call, and the code can be used afterwards; refusals likewise."""
    [code] = await shop.world.codes(1)
    dry = (("x-dry-run", "true"),)
    answer = await shop.buy(values={"code": code}, headers=dry, duplication_avoider="dry")
    assert json.loads(answer.transaction_result.acquire_results[0].acquire_result)["item"]["count"] == 4
    assert (await shop.world.call("GetSerialKey", code=code)).item.status == 1
    await shop.buy(values={"code": code}, duplication_avoider="dry")
    with refused("CODE_STATUS_INVALID"):
        await shop.buy(values={"code": code}, headers=dry)


async def test_an_action_runs_on_the_players_clock(own_service):
    """With a token whose clock is a day ahead, a daily limit has been reset."""
    exchanges = await make_exchanges(own_service)
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up(limit="daily", maxValue=1)]})
    await exchanges.buy()
    with refused("COUNTER_OVERFLOW"):
        await exchanges.buy()
    await exchanges.buy(time_offset_token=await exchanges.offset_token("alice"))


async def test_an_action_may_have_a_clock_of_its_own(own_service):
    """A time offset token in its request counts, for the player it names; another player's is refused."""
    exchanges = await make_exchanges(own_service)
    up = exchanges.up(limit="daily", maxValue=1, timeOffsetToken="#{token}")
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up("now", limit="daily"), up]})
    with refused("CREDENTIAL_INVALID"):
        await exchanges.buy(values={"token": await exchanges.offset_token("bob")})
    answer = await exchanges.buy(values={"token": await exchanges.offset_token("alice")})
    now, shifted = (json.loads(result.consume_result)["item"] for result in answer.transaction_result.consume_results)
    assert shifted["nextResetAt"] - now["nextResetAt"] == DAY_SECONDS * 1000


async def test_a_namespace_may_keep_exchanges_to_transactions(exchanges):
    """Semantics 12.9: with enableDirectExchange off both kinds are refused when called, and run as actions."""
    await exchanges.put_in_force(
        {"name": "rate", "consumeActions": [exchanges.up()]}, incremental=[exchanges.incremental()]
    )
    await exchanges.call("UpdateNamespace", enable_direct_exchange=False)
    for call in (exchanges.buy, exchanges.rise):
        with refused("DIRECT_EXCHANGE_DISABLED") as refusal:
            await call()
        assert (refusal.metadata["component"], refusal.metadata["error_type"]) == ("namespace", "invalid")
    with refused("DIRECT_EXCHANGE_DISABLED"):
        await exchanges.as_player("Exchange", "alice", rate_name="rate", count=1)
    await exchanges.run(acquire=[exchanges.exchange("rate")])
    assert await exchanges.count() == 1


@pytest.mark.parametrize(
    "setting",
    [{"trigger_script_id": "grn"}, {"done_trigger_script_id": "grn"}, {"done_trigger_target_type": 3}],
    ids=lambda setting: next(iter(setting)),
)
async def test_a_script_that_would_have_to_run_is_not_supported(exchanges, setting):
    """Semantics 12.22: the setting is stored; what would run it is refused before anything changes."""
    await exchanges.put_in_force(
        {"name": "rate", "consumeActions": [exchanges.up()]}, incremental=[exchanges.incremental()]
    )
    await exchanges.call("UpdateNamespace", exchange_script=setting)
    with refused("SCRIPT_NOT_SUPPORTED") as refusal:
        await exchanges.buy()
    assert (refusal.code, refusal.metadata["component"]) == (grpc.StatusCode.UNIMPLEMENTED, "namespace")
    await exchanges.call("UpdateNamespace", incremental_exchange_script=setting)
    with refused("SCRIPT_NOT_SUPPORTED"):
        await exchanges.rise()
    assert await exchanges.count() == await exchanges.count("rising") == 0
    names = {"namespace_name": exchanges.limits.name, "count_up_script": setting}
    await exchanges.service.limits.UpdateNamespace(
        limit_pb.UpdateNamespaceRequest(**names), metadata=exchanges.service.admin
    )
    with refused("SCRIPT_NOT_SUPPORTED"):
        await exchanges.limits.up()


async def test_a_script_setting_without_a_script_changes_nothing(exchanges):
    """Templates bring empty settings."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up()]})
    await exchanges.call("UpdateNamespace", exchange_script={"done_trigger_target_type": 1})
    await exchanges.buy()


async def test_a_rate_may_exchange_by_another_rate(exchanges):
    """Nested exchanges run in the same transaction, with the config that the action passes on, in order."""
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=10)
    outer = exchanges.exchange("inner", count=2, config=[{"key": "value", "value": "#{given}"}])
    await exchanges.put_in_force(
        {"name": "outer", "consumeActions": [exchanges.up()], "acquireActions": [outer]},
        {"name": "inner", "consumeActions": [exchanges.up("inner", maxValue=6)],
         "acquireActions": [exchanges.down(countDownValue="#{value}")]},
    )  # fmt: skip
    answer = await exchanges.buy("outer", count=3, values={"given": "1"})
    assert [await exchanges.count(counter) for counter in ("bought", "inner", "got")] == [3, 6, 4]
    [acquired] = answer.transaction_result.acquire_results
    inner = json.loads(acquired.acquire_result)
    assert inner["item"]["name"] == "inner"
    assert inner["transactionResult"]["consumeResults"][0]["statusCode"] == 200
    with refused("COUNTER_OVERFLOW") as refusal:
        await exchanges.buy("outer", values={"given": "1"})
    assert refusal.metadata["action_path"] == "acquireActions[0]/consumeActions[0]"
    assert [await exchanges.count(counter) for counter in ("bought", "inner", "got")] == [3, 6, 4]


async def test_the_result_of_a_run_can_be_read(shop):
    """The result is kept for the player; the text of the transaction is the request, after substitution."""
    [code] = await shop.world.codes(1)
    answer = await shop.buy(values={"code": code})
    token = await shop.service.token("alice")
    request = transaction_pb.GetTransactionResultRequest(access_token=token, transaction_id=answer.transaction_id)
    kept = (await shop.service.transactions.GetTransactionResult(request)).item
    assert kept == answer.transaction_result
    text = json.loads(answer.transaction)
    assert (text["transactionId"], text["userId"]) == (answer.transaction_id, "alice")
    assert json.loads(text["consumeActions"][0]["request"])["code"] == code
    assert [len(text[f"{kind}Actions"]) for kind in ("verify", "consume", "acquire")] == [0, 1, 1]
