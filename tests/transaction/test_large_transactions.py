"""Transactions as large as they may be happen as a whole or not at all; larger ones do not happen (DESIGN 7)."""

import functools
import json

import grpc
import pytest
from support.exchanges import action
from support.service import refused
from support.writes_failing import fail_at_each_statement
from support.writes_large import (
    PLENTY,
    helping_rates,
    hundred_rewards,
    make_rich,
    ninety_nine_rewards,
    prepare_acquisition,
    prepare_exchange,
    prepare_incremental_exchange,
    rewards_of_all_kinds,
)

LONG = "x" * 51_200  # the longest value of a placeholder


@pytest.fixture
async def exchanges(own_service):
    """Namespaces on a server of the test's own; alice has plenty to lose."""
    return await make_rich(own_service)


async def test_a_rate_with_120_actions_is_exchanged_as_a_whole(exchanges):
    """All 10 + 10 + 100 are done: codes, awaits and counters show all of them, and so does the result."""
    call = await prepare_exchange(exchanges, hundred_rewards(exchanges))
    answer = await call()
    result = answer.transaction_result
    assert (len(result.verify_results), len(result.consume_results), len(result.acquire_results)) == (10, 10, 100)
    issued = [json.loads(each.acquire_result)["item"] for each in result.acquire_results if "IssueOnce" in each.action]
    assert len({item["code"] for item in issued}) == 5
    awaits = (await exchanges.call("DescribeAwaitsByUserId", user_id="alice")).items
    assert [(item.rate_name, item.count) for item in awaits] == [("slow", 2)] * 5  # the one from before is used up
    assert await exchanges.count("got") == PLENTY - 64 - 5 * 6
    assert await exchanges.count("last") == PLENTY - 1
    assert await exchanges.count("bought") == 5
    assert [await exchanges.count(f"paid-{number}") for number in range(7)] == [1] * 7
    assert await exchanges.count("if") == 2


async def expect_no_change_at_any_failure(exchanges, call):
    """For every k: with its k-th statement failing, all tables are as before. Then the same call, with the same
    idempotency key, succeeds; made once more it gets the same response and changes nothing. Return the statements."""
    call = functools.partial(call, headers=[("idempotency-key", "k")])
    answer, failed = await fail_at_each_statement(exchanges.service, call)
    await expect_the_same_again(exchanges, call, answer)
    return failed


async def test_a_rate_with_120_actions_that_fails_at_any_statement_changes_nothing(exchanges):
    """Whichever of its more than 240 statements it is; then it works."""
    call = await prepare_exchange(exchanges, hundred_rewards(exchanges))
    assert await expect_no_change_at_any_failure(exchanges, call) > 180


@pytest.mark.parametrize("prepare", [prepare_incremental_exchange, prepare_acquisition])
async def test_an_exchange_of_another_kind_that_fails_at_any_statement_changes_nothing(exchanges, prepare):
    """An incremental exchange, and the acquisition of what was waited for; then they work."""
    call = await prepare(exchanges, rewards_of_all_kinds(exchanges))
    assert await expect_no_change_at_any_failure(exchanges, call) > 14


async def expect_the_same_again(exchanges, call, answer):
    """Make a call that succeeded once more."""
    after = await exchanges.service.dump()
    assert await call() == answer
    assert await exchanges.service.dump() == after


async def refuse(exchanges, reason, call):
    """Expect a call to be refused and to change nothing; return the refusal."""
    before = await exchanges.service.dump()
    with refused(reason) as refusal:
        await call()
    assert await exchanges.service.dump() == before
    return refusal


def where(refusal):
    """Return what a refusal says of the action that refused."""
    return tuple(refusal.metadata.get(name) for name in ("action", "action_index", "action_path"))


@pytest.mark.parametrize("prepare", [prepare_exchange, prepare_incremental_exchange, prepare_acquisition])
async def test_the_last_of_100_rewards_undoes_everything_when_it_refuses(exchanges, prepare):
    """The refusal names it. When it does not refuse any more, the same call with the same key works, and works once."""
    call = await prepare(exchanges, hundred_rewards(exchanges))
    call = functools.partial(call, headers=[("idempotency-key", "k")])
    last = {"user_id": "alice", "limit_name": "ever", "counter_name": "last"}
    await exchanges.limits.call("DeleteCounterByUserId", **last)
    refusal = await refuse(exchanges, "COUNTER_NOT_FOUND", call)
    assert refusal.code == grpc.StatusCode.NOT_FOUND
    assert where(refusal) == ("Gs2Limit:CountDownByUserId", "99", "acquireActions[99]")
    await exchanges.limits.up(counter="last", limit="ever")
    await expect_the_same_again(exchanges, call, await call())


async def test_what_the_last_of_100_rewards_issues_undoes_everything_when_it_refuses(exchanges):
    """The refusal names the action that refused, and the way to it."""
    inner = {"name": "inner", "acquireActions": [exchanges.down("last"), exchanges.down("never-counted")]}
    rate = {"name": "rate", "acquireActions": [*ninety_nine_rewards(exchanges), exchanges.exchange("inner")]}
    await exchanges.put_in_force(rate, inner, *helping_rates(exchanges))
    refusal = await refuse(exchanges, "COUNTER_NOT_FOUND", exchanges.buy)
    assert where(refusal) == ("Gs2Limit:CountDownByUserId", "1", "acquireActions[99]/acquireActions[1]")


async def expect_too_large(exchanges, limit, most, call):
    """Expect a transaction to be refused for its size and to change nothing; return the refusal."""
    refusal = await refuse(exchanges, "TRANSACTION_TOO_LARGE", call)
    assert refusal.code == grpc.StatusCode.FAILED_PRECONDITION
    assert (refusal.metadata["limit"], refusal.metadata["max"]) == (limit, str(most))
    return refusal


def thousand_actions(exchanges):
    """Return rates, of which `rate` has 1,000 actions with what it issues.

    10 conditions of 10, 10 of a price, 8 exchanges of 100, and 72 more.
    """
    ten = action(
        "Gs2Distributor:AndExpressionByUserId",
        userId="#{userId}",
        actions=[exchanges.verify("greater", 0, "got")] * 10,
    )
    rate = {
        "name": "rate",
        "verifyActions": [ten] * 10,
        "consumeActions": [exchanges.up()] * 10,
        "acquireActions": [*[exchanges.exchange("hundred")] * 8, *[exchanges.down()] * 72],
    }
    return rate, {"name": "hundred", "acquireActions": [exchanges.down()] * 100}


async def test_a_transaction_of_1000_actions_with_what_it_issues_is_run(exchanges):
    """As many as there may be."""
    await exchanges.put_in_force(*thousand_actions(exchanges))
    await exchanges.buy()
    assert (await exchanges.count("bought"), await exchanges.count("got")) == (10, PLENTY - 872)


async def test_a_transaction_of_1001_actions_with_what_it_issues_is_refused(exchanges):
    """At the last action, which the refusal names; the 1,000 before it are undone."""
    rate, hundred = thousand_actions(exchanges)
    rate["acquireActions"].append(exchanges.down("last"))
    await exchanges.put_in_force(rate, hundred)
    refusal = await expect_too_large(exchanges, "actions", 1000, exchanges.buy)
    assert where(refusal) == ("Gs2Limit:CountDownByUserId", "80", "acquireActions[80]")


def nested(exchanges, depth):
    """Return rates of which each exchanges by the next: `rate-1` to `rate-<depth>`."""
    return [
        {
            "name": f"rate-{number}",
            "consumeActions": [exchanges.up()],
            "acquireActions": [exchanges.exchange(f"rate-{number + 1}") if number < depth else exchanges.down()],
        }
        for number in range(1, depth + 1)
    ]


async def test_four_transactions_inside_each_other_are_run(exchanges):
    """As many as there may be."""
    await exchanges.put_in_force(*nested(exchanges, 4))
    await exchanges.buy("rate-1")
    assert (await exchanges.count("bought"), await exchanges.count("got")) == (4, PLENTY - 1)


async def test_a_rate_that_exchanges_itself_is_refused(exchanges):
    """At the fifth transaction inside the first; the refusal says where, and what the others did is undone."""
    rate = {"name": "rate", "consumeActions": [exchanges.up()], "acquireActions": [exchanges.exchange("rate")]}
    await exchanges.put_in_force(rate)
    refusal = await expect_too_large(exchanges, "depth", 4, exchanges.buy)
    assert where(refusal) == ("Gs2Exchange:ExchangeByUserId", "0", "/".join(["acquireActions[0]"] * 4))


def long_awaits(exchanges, count):
    """Return acquire actions that make awaits, each with a long value: its length counts in requests and responses."""
    return [exchanges.create_await("slow", config=[{"key": "a", "value": "#{long}"}])] * count


async def buy_with_a_long_value(exchanges, acquire_actions):
    """Put a rate in force; return what exchanges by it."""
    rate = {"name": "rate", "consumeActions": [exchanges.up()], "acquireActions": acquire_actions}
    await exchanges.put_in_force(rate, *helping_rates(exchanges))
    return functools.partial(exchanges.buy, values={"long": LONG})


async def test_a_transaction_with_almost_a_megabyte_of_text_is_run(exchanges):
    """Its requests and responses together have 18 long values and little else."""
    await (await buy_with_a_long_value(exchanges, long_awaits(exchanges, 9)))()
    awaits = (await exchanges.call("DescribeAwaitsByUserId", user_id="alice")).items
    assert [item.config[0].value for item in awaits] == [LONG] * 9


async def test_responses_of_a_megabyte_of_text_are_refused(exchanges):
    """The requests have room, 10 long values; at the tenth response there is none left, and nine awaits are undone."""
    call = await buy_with_a_long_value(exchanges, long_awaits(exchanges, 10))
    refusal = await expect_too_large(exchanges, "text", 1_000_000, call)
    assert where(refusal) == ("Gs2Exchange:CreateAwaitByUserId", "9", "acquireActions[9]")


def in_one_field(exchanges):
    """Return an acquire action of one long field at the top of its request."""
    return [exchanges.issue(metadata="#{long}" * 21)]


def in_one_deep_field(exchanges):
    """Return an acquire action of one long field deep in its request."""
    return [exchanges.create_await("slow", config=[{"key": "a", "value": "#{long}" * 21}])]


def in_fields_of_one_request(exchanges):
    """Return an acquire action of many long fields."""
    config = [{"key": str(number), "value": "#{long}"} for number in range(21)]
    return [exchanges.create_await("slow", config=config)]


def in_many_requests(exchanges):
    """Return many acquire actions of one long field."""
    return long_awaits(exchanges, 21)


@pytest.mark.parametrize("acquire", [in_one_field, in_one_deep_field, in_fields_of_one_request, in_many_requests])
async def test_requests_that_make_a_megabyte_of_text_are_refused(exchanges, acquire):
    """Wherever the text is, before any action is run."""
    call = await buy_with_a_long_value(exchanges, acquire(exchanges))
    refusal = await expect_too_large(exchanges, "text", 1_000_000, call)
    assert where(refusal) == (None, None, None)


async def test_text_counts_in_bytes(exchanges):
    """So that the response of what was run fits what gRPC's clients take, 4 MiB, whatever it is written in."""
    call = await buy_with_a_long_value(exchanges, long_awaits(exchanges, 9))
    call = functools.partial(call, values={"long": "\N{HIRAGANA LETTER A}" * len(LONG)})  # 3 bytes each
    await expect_too_large(exchanges, "text", 1_000_000, call)


async def test_a_composed_transaction_with_a_megabyte_of_text_is_refused(exchanges):
    """RunTransaction takes the text, and refuses to run it."""
    await exchanges.put_in_force(*helping_rates(exchanges))
    awaits = [exchanges.create_await("slow", config=[{"key": "a", "value": LONG}])] * 21
    call = functools.partial(exchanges.run, consume=[exchanges.up()], acquire=awaits)
    await expect_too_large(exchanges, "text", 1_000_000, call)


async def test_a_transaction_that_was_too_large_works_with_its_key_when_it_is_not(exchanges):
    """The refusal was not kept."""
    call = functools.partial(
        await buy_with_a_long_value(exchanges, long_awaits(exchanges, 11)), headers=[("idempotency-key", "k")]
    )
    await expect_too_large(exchanges, "text", 1_000_000, call)
    await buy_with_a_long_value(exchanges, long_awaits(exchanges, 1))
    await expect_the_same_again(exchanges, call, await call())
