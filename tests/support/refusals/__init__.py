"""How to be refused for each reason: a scenario each, which sets the stage and ends with the call that is refused."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.exchanges import Exchanges, make_exchanges
from support.limits import Limits, make_limits
from support.service import Service
from support.world import World


@dataclass
class Stage:
    """The means of a scenario: a shared server, and a folder for a server of its own."""

    service: Service
    folder: Path

    async def world(self, *campaigns: str) -> World:
        """Make a namespace of codes."""
        return await self.service.world(*campaigns)

    async def limits(self) -> Limits:
        """Make a namespace of limits."""
        return await make_limits(self.service)

    async def exchanges(
        self,
        *rates: Callable[[Exchanges], dict[str, Any]],
        incremental: Sequence[Callable[[Exchanges], dict[str, Any]]] = (),
        **settings: Any,
    ) -> Exchanges:
        """Make a namespace of each service, with rates; each is made of the namespaces."""
        exchanges = await make_exchanges(self.service, **settings)
        await exchanges.put_in_force(
            *(rate(exchanges) for rate in rates), incremental=[rate(exchanges) for rate in incremental]
        )
        return exchanges


Scenario = Callable[[Stage], Awaitable[None]]
SCENARIOS: dict[str, Scenario] = {}


def provokes(reason: str) -> Callable[[Scenario], Scenario]:
    """Declare a scenario: a coroutine function of the stage, which ends by raising the refusal."""

    def declare(scenario: Scenario) -> Scenario:
        assert SCENARIOS.setdefault(reason, scenario) is scenario, f"{reason} has two scenarios"
        return scenario

    return declare
