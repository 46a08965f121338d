"""How many statements an exchange takes: a bound by counts, which do not depend on the machine."""

from support.exchanges import make_exchanges

# The rate with the settings of its namespace, one for each action, its result, and all events together.
AROUND = 3


async def test_an_exchange_takes_a_statement_for_each_action_and_three_around_them(own_service):
    """For one action and for four, whose namespaces the server knows; the lock on PostgreSQL comes with each."""
    shop = await make_exchanges(own_service)
    allowed, counted, used = shop.verify("less", 100), shop.up(), shop.use()
    owed = shop.down("bought")
    rates = [
        {"name": "one", "consumeActions": [counted]},
        {"name": "four", "verifyActions": [allowed], "consumeActions": [counted, used], "acquireActions": [owed]},
    ]
    await shop.put_in_force(*rates)
    locks = 0 if own_service.settings.embedded else 1
    for rate, actions in (("one", 1), ("four", 4)):
        first, second = await shop.world.codes(2)
        await shop.buy(rate, values={"code": first})
        await shop.buy(rate, values={"code": second})
        assert own_service.faults.statements == actions + AROUND + locks
