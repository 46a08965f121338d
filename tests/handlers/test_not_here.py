"""Actions of services that are not here: master data may name them, and what would run one changes nothing."""

import json

import pytest
from redeem.transaction.v1 import requests_pb2 as pb
from redeemd import config
from support.exchanges import action, make_exchanges
from support.handler import TAKE, handling
from support.service import refused, running

BAG, CHECK = "Gs2Inventory:AcquireItemSetByUserId", "Gs2Inventory:VerifyItemSetByUserId"
FEE, GONE = "Gs2Money:WithdrawByUserId", "Gs2Exchange:UnlockIncrementalExchangeByUserId"
NOT_HERE = {
    "Gs2Inventory": {"notHere": [BAG.partition(":")[2], CHECK.partition(":")[2]]},
    "Gs2Money": {"notHere": [FEE.partition(":")[2]]},
    "Gs2Exchange": {"notHere": [GONE.partition(":")[2], "CreateAwaitByUserId"]},
}


def declared(handler, path):
    """Write a file with the handler and with what is not here; return its path."""
    path.write_text(json.dumps(json.loads(handler.configuration().read_text()) | NOT_HERE))
    return path


@pytest.fixture(scope="module")
async def handler(tmp_path_factory):
    """A handler that no test of this file calls."""
    async with handling(tmp_path_factory.mktemp("handler")) as handler:
        yield handler


@pytest.fixture(scope="module")
async def declaring(tmp_path_factory, handler):
    """A server with the handler, on which some actions are not here."""
    folder = tmp_path_factory.mktemp("server")
    async with running(folder / "data", action_handlers=declared(handler, folder / "handlers.json")) as service:
        yield service


@pytest.fixture
async def exchanges(declaring):
    """Namespaces of the test's own on this server."""
    return await make_exchanges(declaring, enable_await_exchange=True)


async def refuses(exchanges, call, name=BAG):
    """Check that a call is refused because of an action, and that nothing was counted."""
    with refused("ACTION_NOT_HERE") as refusal:
        await call
    assert refusal.metadata["action"] == name
    assert (await exchanges.count("bought"), await exchanges.count("paid"), await exchanges.awaits()) == (0, 0, [])


@pytest.mark.parametrize("kind", ["verify", "consume", "acquire"])
async def test_an_exchange_is_refused_whole(exchanges, handler, kind):
    """Whatever the kind of the action: nothing is counted here, and the handler is not called."""
    actions = {"consume": [action(TAKE, item="gold", count=1), exchanges.up()], "verify": [], "acquire": []}
    actions[kind] = [*actions[kind], action(BAG, inventoryName="bag", acquireCount=1)]
    rate = {"name": "rate"} | {f"{name}Actions": them for name, them in actions.items()}
    await exchanges.put_in_force(rate)
    await refuses(exchanges, exchanges.buy(count=3))
    assert handler.calls() == []


async def test_a_price_is_not_charged_for_a_reward_that_is_not_here(exchanges):
    """Also if the reward would come later."""
    await exchanges.put_in_force(
        {
            "name": "rate",
            "timingType": "await",
            "lockTime": 1,
            "consumeActions": [exchanges.up()],
            "acquireActions": [action(BAG, acquireCount=1)],
        }
    )
    await refuses(exchanges, exchanges.buy(count=2))


async def test_an_await_of_a_reward_that_is_not_here_stays(exchanges):
    """It was created without a price; acquiring it is refused, forced or not."""
    await exchanges.put_in_force(
        {"name": "later", "timingType": "await", "lockTime": 0, "acquireActions": [action(BAG, acquireCount=1)]}
    )
    name = await exchanges.wait_for("later")
    for rpc in ("AcquireByUserId", "AcquireForceByUserId"):
        with refused("ACTION_NOT_HERE"):
            await exchanges.call(rpc, user_id="alice", await_name=name)
    assert await exchanges.await_of(name)


async def test_an_await_does_not_need_the_price_that_was_paid_elsewhere(exchanges):
    """Only its reward runs."""
    await exchanges.put_in_force(
        {
            "name": "later",
            "timingType": "await",
            "lockTime": 0,
            "consumeActions": [action(FEE, price=1)],
            "acquireActions": [exchanges.issue()],
        }
    )
    name = await exchanges.wait_for("later")
    await exchanges.call("AcquireByUserId", user_id="alice", await_name=name)
    assert await exchanges.awaits() == []


async def test_a_rising_price_that_is_not_here_counts_nothing(exchanges):
    """Such an action may stand where a price is set."""
    await exchanges.put_in_force(incremental=[exchanges.incremental(consumeAction=action(FEE, slot=0))])
    await refuses(exchanges, exchanges.rise(), FEE)
    assert await exchanges.count("rising") == 0


async def test_a_nested_action_refuses_the_exchange(exchanges):
    """Even in the branch of an expression that would not run."""
    choice = action(
        "Gs2Distributor:IfExpressionByUserId",
        userId="#{userId}",
        condition=exchanges.verify("greaterEqual", 0),
        trueActions=[exchanges.up("paid")],
        falseActions=[action(FEE, price=1)],
    )
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up(), choice]})
    await refuses(exchanges, exchanges.buy(), FEE)


async def test_an_exchange_as_a_reward_refuses_the_outer_one(exchanges):
    """The outer price is given back with the rest of the transaction."""
    await exchanges.put_in_force(
        {"name": "inner", "acquireActions": [action(BAG, acquireCount=1)]},
        {"name": "rate", "consumeActions": [exchanges.up()], "acquireActions": [exchanges.exchange("inner")]},
    )
    await refuses(exchanges, exchanges.buy())


async def test_no_sheet_is_signed_with_such_an_action(exchanges):
    """Its tasks would charge the price."""
    other = await make_exchanges(exchanges.service, transaction_setting={"enable_auto_run": False})
    await other.put_in_force({"name": "rate", "consumeActions": [other.up()], "acquireActions": [action(BAG)]})
    await refuses(other, other.buy())


async def test_a_composed_transaction_is_refused_whole(exchanges, handler):
    """Earlier actions change nothing, and no handler is called."""
    before = [action(TAKE, item="gold", count=1), exchanges.up()]
    await refuses(exchanges, exchanges.run(consume=before, acquire=[action(BAG, acquireCount=1)]))
    assert handler.calls() == []


async def test_an_alternative_does_not_hide_it(exchanges):
    """A verify action that is not here is no condition that is false."""
    either = action(
        "Gs2Distributor:OrExpressionByUserId",
        userId="#{userId}",
        actions=[action(CHECK, count=1), exchanges.verify("greaterEqual", 0)],
    )
    await refuses(exchanges, exchanges.run(verify=[either]), CHECK)


async def test_an_action_that_is_gone_can_be_declared(exchanges):
    """One with the prefix of a service that is here; those that redeemd has run in spite of the list."""
    await exchanges.put_in_force({"name": "rate", "acquireActions": [action(GONE, lockTime=1)]}, {"name": "later"})
    await refuses(exchanges, exchanges.buy(), GONE)


async def test_an_action_that_is_not_declared_is_refused_at_upload(exchanges):
    """As without a list."""
    rate = {"name": "rate", "acquireActions": [action("Gs2Inventory:AcquireSimpleItemsByUserId")]}
    with refused("MASTER_DATA_INVALID") as refusal:
        await exchanges.put_in_force(rate)
    assert refusal.fields == ["settings.rateModels[0].acquireActions[0].action"]


async def test_the_actions_are_listed(exchanges):
    """Those that redeemd runs itself are here, whatever the file says."""
    service = exchanges.service
    listed = await service.transactions.DescribeActionsNotHere(
        pb.DescribeActionsNotHereRequest(), metadata=service.admin
    )
    assert list(listed.actions) == sorted([BAG, CHECK, FEE, GONE])


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({}, "Game: must have an address, or list actions in notHere"),
        ({"notHere": ["A"], "plaintext": True}, "Game: an entry without an address has notHere only"),
        (
            {"address": "127.0.0.1:1", "plaintext": True, "actions": {"A": {}}, "notHere": ["A"]},
            "Game: A cannot be in both actions and notHere",
        ),
        ({"notHere": ["a:b"]}, "Game.notHere.0: String should match pattern"),
    ],
)
def test_a_list_that_says_two_things_stops_the_start(tmp_path, entry, said):
    """With the name of the prefix."""
    path = tmp_path / "handlers.json"
    path.write_text(json.dumps({"Game": entry}))
    with pytest.raises(config.ConfigError, match=said):
        config.load(data=tmp_path / "data", action_handlers=path)
