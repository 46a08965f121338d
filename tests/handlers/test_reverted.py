"""RevertTransaction with actions of handlers: those with a declared reverse are undone, by the handler."""

import pytest
from support.exchanges import action, make_exchanges
from support.handler import GIVE, TAKE, until
from support.reverting import revert
from support.sagas import has, no_saga_left, take
from support.service import refused, running


@pytest.fixture
async def declared(tmp_path, handler):
    """Namespaces on a server whose handler declares that giving and taking undo each other."""
    actions = {
        "GiveItem": {"quantityField": "count", "reverse": "TakeItem"},
        "TakeItem": {"quantityField": "count", "reverse": "GiveItem"},
    }
    async with running(tmp_path / "data", action_handlers=handler.configuration(actions=actions)) as service:
        yield await make_exchanges(service)


async def trade(exchanges, handler):
    """Give alice gold, and sell her a sword; return the id of the transaction."""
    handler.give("alice", 100)
    sword = action(GIVE, item="sword", count=1)
    answer = await exchanges.run(verify=[has()], consume=[exchanges.up(), take(60)], acquire=[sword])
    await until(lambda: handler.items("alice") == 1)
    return answer.item.transaction_id


async def test_what_handlers_did_is_undone_by_their_reverses(declared, handler):
    """What was given is taken before the commit, what was taken is delivered after it; the handler verifies nothing."""
    item = await revert(declared, await trade(declared, handler))
    assert [each.action for each in item.consume_results] == [TAKE]
    assert [each.action for each in item.acquire_results] == [GIVE, "Gs2Limit:CountDownByUserId"]
    await until(lambda: handler.items("alice", "gold") == 100)
    await no_saga_left(declared)
    assert (handler.items("alice"), await declared.count()) == (0, 0)


async def test_a_reverse_that_a_handler_refuses_changes_nothing(declared, handler):
    """The sword is gone: the price stays paid, and the transaction is not reverted."""
    transaction_id = await trade(declared, handler)
    await declared.run(consume=[action(TAKE, item="sword", count=1)])
    with refused("ACTION_REFUSED") as refusal:
        await revert(declared, transaction_id)
    assert refusal.metadata["action_path"] == "consumeActions[0]"
    await no_saga_left(declared)
    assert (handler.items("alice", "gold"), await declared.count()) == (40, 1)
    await declared.run(acquire=[action(GIVE, item="sword", count=1)])
    await until(lambda: handler.items("alice") == 1)
    await revert(declared, transaction_id)


async def test_actions_of_handlers_have_no_reverse_by_default(exchanges, handler):
    """They are listed; verify actions are not."""
    transaction_id = await trade(exchanges, handler)
    with refused("TRANSACTION_IRREVERSIBLE") as refusal:
        await revert(exchanges, transaction_id)
    assert refusal.metadata["actions"] == f"consumeActions[1] {TAKE}, acquireActions[0] {GIVE}"
    assert (handler.items("alice"), await exchanges.count()) == (1, 1)
