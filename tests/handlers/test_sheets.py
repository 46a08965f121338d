"""Parts of signed sheets that are actions of handlers."""

import grpc
import pytest
from support.exchanges import action
from support.handler import GIVE, HAS, TAKE, until
from support.service import refused
from support.sheets import make_sheets


@pytest.fixture
async def sheets(exchanges):
    """Namespaces whose exchanges return sheets, on the server that calls the handler."""
    return await make_sheets(exchanges.service)


async def signed(sheets):
    """Sign: swords for gold, all of it the handler's, counted here."""
    gold = {"item": "gold", "count": 10}
    return await sheets.sign(
        verify=[action(HAS, **gold)],
        consume=[action(TAKE, **gold), sheets.exchanges.up(maxValue=1), action(TAKE, **gold)],
        acquire=[action(GIVE, item="sword", count=1)],
    )


async def parts_of(sheets, sheet):
    """Run the parts one after the other."""
    await sheets.verify_task(sheet)
    for number in range(3):
        await sheets.task(sheet, number)
    await sheets.sheet(sheet)


async def express(sheets, sheet):
    """Run all of it at once."""
    await sheets.sheet(sheet, "RunStampSheetExpress")


@pytest.mark.parametrize("run", [parts_of, express])
async def test_a_sheet_calls_handlers_when_it_is_run(sheets, handler, run):
    """Once for each part; the reward arrives after."""
    handler.give("alice", 25)
    sheet = await signed(sheets)
    assert handler.calls() == []
    await run(sheets, sheet)
    await until(lambda: handler.items("alice") == 1)
    assert (handler.items("alice", "gold"), await sheets.exchanges.count()) == (5, 1)
    assert [name for _, name, _ in handler.executed()] == [HAS, TAKE, TAKE, GIVE]


async def test_a_sheet_that_a_handler_refuses_takes_nothing(sheets, handler):
    """Run at once, the second price is refused: the first is compensated."""
    handler.give("alice", 15)
    sheet = await signed(sheets)
    with refused("ACTION_REFUSED") as refusal:
        await express(sheets, sheet)
    assert (refusal.code, refusal.metadata["action_path"]) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "consumeActions[2]",
    )
    await until(lambda: handler.items("alice", "gold") == 15)
    assert await sheets.exchanges.count() == 0
