"""The page of deliveries: those that are dead, and how one of them is tried again."""

import pytest
from support.console import console, logged_in
from support.deliveries import DEAD, DELIVERED, deliveries, give, settled
from support.exchanges import make_exchanges
from support.handler import handling

PATH = "/console/deliveries"


@pytest.fixture
async def handler(tmp_path):
    """A handler that refuses the first delivery for good."""
    async with handling(tmp_path / "handler") as handler:
        handler.script("FAILED_PRECONDITION")
        yield handler


@pytest.fixture
async def service(tmp_path, handler):
    """A server with a console and a handler."""
    async with console(tmp_path / "data", action_handlers=handler.configuration()) as service:
        yield service


@pytest.fixture
async def exchanges(service):
    """Two rewards of alice, of which the first is dead."""
    exchanges = await make_exchanges(service)
    await exchanges.run(acquire=[give(1), give(2)])
    await settled(exchanges, DEAD, DELIVERED)
    return exchanges


@pytest.mark.usefixtures("exchanges")
async def test_dead_deliveries_are_shown_first(service):
    """With their last error; others by state and player."""
    async with logged_in(service) as admin:
        shown = (await admin.get(PATH)).text
        assert shown.count("alice") == 1
        assert "FAILED_PRECONDITION" in shown
        assert (await admin.get(f"{PATH}?user=alice")).text.count("Game:Give") == 2
        assert "Game:Give" not in (await admin.get(f"{PATH}?user=bob")).text
        delivered = await admin.get(f"{PATH}?state=delivered")
        assert delivered.text.count("Game:Give") == 1
        assert "retry" not in delivered.actions


async def test_a_dead_delivery_is_tried_again(exchanges, service, handler):
    """It arrives, under the same key."""
    dead = (await deliveries(exchanges))[0]
    async with logged_in(service) as admin:
        shown = await admin.act(PATH, "retry", {"delivery": dead.delivery_id})
        assert "The delivery is tried again." in shown.text
    await settled(exchanges, DELIVERED, DELIVERED)
    assert [key for key, _, _ in handler.executed()][-1] == dead.delivery_id


@pytest.mark.usefixtures("exchanges")
async def test_a_delivery_that_does_not_exist_is_refused(service):
    """With the reason."""
    async with logged_in(service) as admin:
        page = await admin.get(PATH)
        shown = await admin.post(PATH, page.form("retry") | {"delivery": "0" * 36})
        assert shown.refusal == "DELIVERY_NOT_FOUND"


async def test_a_dead_delivery_is_tried_again_in_a_browser(exchanges, service, chromium):
    """By keyboard, after a question."""
    async with chromium.page(service) as tab:
        await tab.open(PATH)
        assert await tab.violations() == []
        await tab.confirm(tab.page.locator("details.confirm summary"))
        assert await tab.outcome("retry-delivery") == "The delivery is tried again."
    await settled(exchanges, DELIVERED, DELIVERED)
