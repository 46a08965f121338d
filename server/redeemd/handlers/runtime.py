"""Builds the components that call handlers, from the configuration."""

import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Set

from redeemd.base.clock import Clock
from redeemd.base.telemetry import Telemetry
from redeemd.base.wake import Wake
from redeemd.config.handlers import HandlerSettings
from redeemd.crypto.keyring import KeyRing
from redeemd.crypto.sealing import Box
from redeemd.event.recorder import Events
from redeemd.handlers import outbox
from redeemd.handlers.client import HandlerClient
from redeemd.handlers.compensator import Compensator
from redeemd.handlers.dispatcher import Dispatcher, Pacing
from redeemd.handlers.outbox import DEAD, PENDING, Outbox
from redeemd.handlers.ports import Executor
from redeemd.handlers.rules import HandlerRules
from redeemd.handlers.sagas import Sagas
from redeemd.idempotency.idempotency import Idempotency
from redeemd.store.base import Store
from redeemd.transaction.external import Declared, ExternalActions


class HandlerRuntime:
    """The handlers of a server and the components that call them."""

    def __init__(
        self,
        settings: Mapping[str, HandlerSettings],
        *,
        store: Store,
        ring: KeyRing,
        clock: Clock,
        telemetry: Telemetry,
        events: Events,
        idempotency: Idempotency,
    ) -> None:
        """`settings` maps the prefix of actions to the settings of its handler."""
        self._settings = settings
        self._store = store
        self._clock = clock
        self._telemetry = telemetry
        self._called = {prefix: each for prefix, each in settings.items() if each.address}
        self._clients = {prefix: HandlerClient(each) for prefix, each in self._called.items()}
        self._dispatchers_wake = {prefix: Wake() for prefix in self._called}
        self._compensator_wake = Wake()
        self.outbox = Outbox(Box(ring, "delivery/v1"), events, self._wake)
        self.sagas = Sagas(store, Box(ring, "saga/v1"), clock, self._clients, self._compensator_wake)
        self.rules = HandlerRules(self.sagas, idempotency, enabled=bool(self._called))
        self.actions = ExternalActions(
            {
                prefix: {name: Declared(action.quantity_field, action.reverse) for name, action in each.actions.items()}
                for prefix, each in self._called.items()
            },
            {f"{prefix}:{rest}" for prefix, each in settings.items() for rest in each.not_here},
            self.outbox,
        )

    @property
    def prefixes(self) -> Set[str]:
        """The prefixes of the actions that this server delivers to handlers."""
        return self._called.keys()

    @property
    def refreshes(self) -> dict[str, Callable[[], Awaitable[bool]]]:
        """The functions that read the certificates of each handler again if they changed. See HandlerClient.refresh."""
        return {f"action_handlers {prefix}": client.refresh for prefix, client in self._clients.items()}

    async def move(self, settings: Mapping[str, HandlerSettings]) -> None:
        """Connect to the handlers at other addresses or with other certificate files.

        Raises ValueError if anything else in the settings changed, or TlsError for files that cannot be used.
        """
        if {prefix: _fixed(each) for prefix, each in settings.items()} != {
            prefix: _fixed(each) for prefix, each in self._settings.items()
        }:
            raise ValueError("only addresses and TLS of handlers can change without a restart")
        for prefix, client in self._clients.items():
            await client.move(settings[prefix])

    def workers(self) -> list[Coroutine[object, object, None]]:
        """Return the background workers, if there are handlers."""
        if not self._called:
            return []
        dispatchers = [self._dispatcher(prefix, self._clients[prefix], each) for prefix, each in self._called.items()]
        return [self._compensator().run(), *(each.run() for each in dispatchers)]

    def _compensator(self) -> Compensator:
        return Compensator(
            self.sagas,
            store=self._store,
            clock=self._clock,
            telemetry=self._telemetry,
            jitter=random.random,
            wake=self._compensator_wake,
        )

    def dispatcher(self, prefix: str, executor: Executor, settings: Pacing) -> Dispatcher:
        """Return a dispatcher for a prefix that no handler has."""
        self._dispatchers_wake[prefix] = Wake()
        return self._dispatcher(prefix, executor, settings)

    def _dispatcher(self, prefix: str, executor: Executor, settings: Pacing) -> Dispatcher:
        return Dispatcher(
            prefix,
            executor,
            settings,
            store=self._store,
            outbox=self.outbox,
            clock=self._clock,
            telemetry=self._telemetry,
            jitter=random.random,
            wake=self._dispatchers_wake[prefix],
        )

    def _wake(self, prefix: str) -> None:
        if prefix in self._dispatchers_wake:
            self._dispatchers_wake[prefix].set()

    async def forget(self) -> bool:
        """Delete deliveries that ended long ago; a chore."""
        return await self._store.run(lambda tx: outbox.forget(tx, now=self._clock.now_ms()), write=True)

    async def count(self) -> bool:
        """Update the metrics of undelivered actions; a chore."""
        rows = await self._store.run(outbox.counts, write=False)
        found = {(row["prefix"], row["state"]): row for row in rows}
        now = self._clock.now_ms()
        for prefix in {*self._called, *(prefix for prefix, _ in found)}:
            pending, dead = (found.get((prefix, state)) for state in (PENDING, DEAD))
            self._telemetry.undelivered(
                prefix,
                pending=0 if pending is None else pending["count"],
                oldest_seconds=0.0 if pending is None else (now - pending["oldest"]) / 1000,
                dead=0 if dead is None else dead["count"],
            )
        return False

    async def close(self) -> None:
        """Abandon calls in progress; other workers continue their work."""
        await self.sagas.close()
        for client in self._clients.values():
            await client.close()


def _fixed(settings: HandlerSettings) -> HandlerSettings:
    """Return settings of which only what cannot change while the server runs is as given."""
    return settings.model_copy(update={"address": "set" if settings.address else "", "plaintext": False, "tls": None})
