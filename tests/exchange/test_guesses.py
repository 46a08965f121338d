"""Codes that players bring to exchanges are guesses as well: each exchange may look one up."""

import asyncio

import grpc
import pytest
from support.exchanges import action, config, make_exchanges
from support.guesses import BACK_MS, exhaust, guess, used_up
from support.service import read_refusal, refused


@pytest.fixture
async def exchanges(own_service):
    """Namespaces with an imported code and a campaign code, in which players may guess three times."""
    exchanges = await make_exchanges(own_service, campaign_codes=("WELCOME",), enable_await_exchange=True)
    await exchanges.world.bring(["OLD-1", "OLD-2"])
    await exchanges.world.limit_guesses(burst=3)
    return exchanges


async def buy(exchanges, rate="rate", user_id="mallory", rpc="Exchange", **values):
    """Exchange as a player; return OK, or the reason why not."""
    fields = {"rate_name": rate, "count": 1, "config": config(**values)}
    try:
        await exchanges.as_player(rpc, user_id, **fields)
    except grpc.aio.AioRpcError as error:
        return read_refusal(error).reason
    return "OK"


async def exhaust_by(exchanges, reason="CODE_NOT_FOUND", **fields):
    """Try three wrong codes, and one more."""
    found = [await buy(exchanges, code=f"bad {number}", **fields) for number in range(4)]
    assert found == [reason] * 3 + ["TOO_MANY_GUESSES"]


def _one_of(*items):
    return action("Gs2Distributor:OrExpressionByUserId", userId="#{userId}", actions=list(items))


async def test_codes_in_exchanges_are_guesses(exchanges):
    """Of the same budget as those in calls; the refusal comes before the look, and before anything is paid."""
    await exchanges.put_in_force(
        {"name": "rate", "consumeActions": [exchanges.up("paid"), exchanges.use()], "acquireActions": []}
    )
    assert (await guess(exchanges.world)).reason == "CODE_NOT_FOUND"
    found = [await buy(exchanges, code=f"bad {number}") for number in range(3)]
    assert found == ["CODE_NOT_FOUND"] * 2 + ["TOO_MANY_GUESSES"]
    assert await buy(exchanges, code="OLD-1") == "TOO_MANY_GUESSES"
    assert (await guess(exchanges.world, "OLD-1")).reason == "TOO_MANY_GUESSES"
    assert await exchanges.count("paid", user_id="mallory") == 0
    (code,) = await exchanges.world.codes()
    assert await buy(exchanges, code=code) == "OK"


async def test_the_refusal_says_when_to_retry(exchanges):
    """As that of a call does."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.use()]})
    await exhaust(exchanges.world)
    with refused("TOO_MANY_GUESSES") as refusal:
        await exchanges.as_player("Exchange", "mallory", rate_name="rate", count=1, config=config(code="OLD-1"))
    assert refusal.code == grpc.StatusCode.RESOURCE_EXHAUSTED
    exchanges.service.clock.now += refusal.retry_ms
    assert await buy(exchanges, code="OLD-1") == "OK"


async def test_a_right_code_is_given_back(exchanges):
    """Also when two actions of the exchange look it up."""
    await exchanges.put_in_force(
        {"name": "rate", "verifyActions": [exchanges.verify_code()], "consumeActions": [exchanges.use()]}
    )
    for _ in range(9):
        assert await buy(exchanges, code="WELCOME") == "OK"
    assert await used_up(exchanges.service) == [0]
    await exhaust_by(exchanges)


async def test_an_exchange_that_fails_for_another_reason_costs_nothing(exchanges):
    """The code was right, the counter is at its end."""
    await exchanges.put_in_force(
        {"name": "rate", "consumeActions": [exchanges.use(), exchanges.up("paid", maxValue=1, countUpValue=2)]}
    )
    for _ in range(9):
        assert await buy(exchanges, code="WELCOME") == "COUNTER_OVERFLOW"
    await exhaust_by(exchanges)


async def test_what_an_expression_makes_of_it_changes_nothing(exchanges):
    """A wrong code counts even if the exchange continues without it, because the player learns that it is wrong."""
    held = exchanges.verify("equal", 0)
    await exchanges.put_in_force({"name": "rate", "verifyActions": [_one_of(exchanges.verify_code(), held)]})
    await exhaust_by(exchanges, reason="OK")


async def test_a_store_that_fails_at_any_statement_costs_no_guess(exchanges):
    """Even if the code was already found wrong: the player learns nothing, and nothing is paid."""
    service, held = exchanges.service, exchanges.verify("equal", 0)
    await exchanges.put_in_force(
        {
            "name": "rate",
            "verifyActions": [_one_of(exchanges.verify_code(), held)],
            "consumeActions": [exchanges.up("paid")],
        }
    )
    await service.token("mallory")
    await service.stop_housekeeping()
    failed = 0
    service.faults.fail_at = 1
    while await buy(exchanges, code="wrong") == "NOT_COMMITTED":
        service.faults.fail_at, failed = None, failed + 1
        assert sum(await used_up(service)) == 0
        assert await exchanges.count("paid", user_id="mallory") == 0
        service.faults.fail_at = failed + 1
    assert failed > 5
    assert sum(await used_up(service)) == BACK_MS


async def test_two_codes_are_two_guesses(exchanges):
    """Where the first one is wrong, that is counted also when the second one finds nothing left."""
    either = _one_of(exchanges.verify_code("#{first}"), exchanges.verify_code("#{second}"))
    await exchanges.put_in_force({"name": "rate", "verifyActions": [either]})
    assert await buy(exchanges, first="wrong", second="worse") == "EXPRESSION_FALSE"
    for number in range(2):
        assert await buy(exchanges, first=f"bad {number}", second="worst") == "TOO_MANY_GUESSES"
    assert await buy(exchanges, first="WELCOME", second="worst") == "TOO_MANY_GUESSES"


async def test_the_same_code_twice_is_one_guess(exchanges):
    """However many actions look it up."""
    either = _one_of(exchanges.verify_code(), exchanges.verify_code(), exchanges.verify_code())
    await exchanges.put_in_force({"name": "rate", "verifyActions": [either]})
    await exhaust_by(exchanges, reason="EXPRESSION_FALSE")


async def test_a_code_in_an_exchange_inside_an_exchange_is_a_guess(exchanges):
    """Values are passed on, and so is who brought them."""
    inner = {"name": "inner", "consumeActions": [exchanges.use()]}
    outer = {
        "name": "rate",
        "acquireActions": [exchanges.exchange("inner", config=[{"key": "code", "value": "#{brought}"}])],
    }
    await exchanges.put_in_force(inner, outer)
    found = [await buy(exchanges, brought=f"bad {number}") for number in range(4)]
    assert found == ["CODE_NOT_FOUND"] * 3 + ["TOO_MANY_GUESSES"]


async def test_a_code_for_a_reward_that_is_waited_for_is_a_guess(exchanges):
    """It was brought with the price, and is looked up when the reward is acquired."""
    revert = action(
        "Gs2SerialKey:RevertUseByUserId", namespaceName=exchanges.world.name, userId="#{userId}", code="#{code}"
    )
    await exchanges.put_in_force(
        {"name": "rate", "timingType": "await", "lockTime": 0, "consumeActions": [], "acquireActions": [revert]}
    )
    assert await buy(exchanges, code="wrong") == "OK"
    (item,) = await exchanges.awaits("mallory")
    with refused("CODE_NOT_FOUND"):
        await exchanges.as_player("Acquire", "mallory", await_name=item.name)
    await exhaust(exchanges.world, times=2)


async def test_codes_in_incremental_exchanges_are_guesses(exchanges):
    """They are exchanges, too."""
    await exchanges.put_in_force(
        {"name": "rate", "consumeActions": [exchanges.use()]},
        incremental=[
            exchanges.incremental(
                acquireActions=[exchanges.exchange("rate", config=[{"key": "code", "value": "#{code}"}])]
            )
        ],
    )
    await exhaust_by(exchanges, rate="rising", rpc="IncrementalExchange")


async def test_a_code_of_the_master_data_is_no_guess(exchanges):
    """Nobody guesses who exchanges by a rate whose campaign is over; also inside of what it joins and issues."""
    over, inside = exchanges.verify_code("over"), exchanges.exchange("inner", config=[{"key": "code", "value": "over"}])
    await exchanges.put_in_force(
        {"name": "inner", "consumeActions": [exchanges.use()]},
        {"name": "plain", "verifyActions": [over]},
        {"name": "joined", "verifyActions": [_one_of(over, over)]},
        {"name": "issuing", "acquireActions": [inside]},
    )
    for rate, reason in (("plain", "CODE_NOT_FOUND"), ("joined", "EXPRESSION_FALSE"), ("issuing", "CODE_NOT_FOUND")):
        assert {await buy(exchanges, rate, code="x") for _ in range(9)} == {reason}
    assert await used_up(exchanges.service) == []


async def test_exchanges_of_trusted_servers_are_not_limited(exchanges):
    """Nor are transactions that they compose."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.use()]})
    for _ in range(9):
        with refused("CODE_NOT_FOUND"):
            await exchanges.buy(user_id="mallory", values={"code": "wrong"})
        with refused("CODE_NOT_FOUND"):
            await exchanges.run(user_id="mallory", consume=[exchanges.use("wrong")])
    assert await used_up(exchanges.service) == []
    await exhaust_by(exchanges)


async def test_where_players_may_guess_exchanges_may_too(exchanges):
    """A namespace without a limit."""
    await exchanges.world.limit_guesses(enabled=False)
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.use()]})
    assert {await buy(exchanges, code=f"wrong-{number}") for number in range(30)} == {"CODE_NOT_FOUND"}


async def test_of_many_exchanges_at_once_the_budget_holds(exchanges):
    """Three of a hundred learn that their code is none."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.use()]})
    await exchanges.service.token("mallory")
    found = await asyncio.gather(*(buy(exchanges, code=f"wrong-{number}") for number in range(100)))
    assert found.count("CODE_NOT_FOUND") == 3
    assert found.count("TOO_MANY_GUESSES") == 97


async def test_an_exchange_in_a_namespace_of_codes_that_is_gone_is_refused(exchanges):
    """The exchange is refused even if a guess was counted before."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.use()]})
    assert await buy(exchanges, code="wrong") == "CODE_NOT_FOUND"
    await exchanges.world.call("DeleteNamespace")
    assert await buy(exchanges, code="wrong") == "NAMESPACE_NOT_FOUND"
