"""Builds and runs what sends events, from the configuration, which may change while the server runs."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Set
from pathlib import Path

from redeemd.base import client_certificates
from redeemd.base.clock import Clock
from redeemd.base.tasks import Tasks
from redeemd.base.telemetry import Telemetry
from redeemd.config import ConfigError
from redeemd.config.webhooks import WebhookSettings
from redeemd.event.feed import Feed
from redeemd.event.reading import Selection, ShowCode
from redeemd.store.base import STEP_ROWS, Store, Tx
from redeemd.webhooks import signing
from redeemd.webhooks.metrics import WebhookMetrics
from redeemd.webhooks.operating import Operating, cursors_of, oldest_at
from redeemd.webhooks.queries import QUERIES
from redeemd.webhooks.sender import Sender
from redeemd.webhooks.subscription import GONE, Subscription, dead_letters, of_row
from redeemd.webhooks.worker import WebhookWorker

DEAD_KEPT_MS = 90 * 24 * 60 * 60 * 1000
CLOSE_SECONDS = 2.0  # for what is under way when the server stops


def check(settings: Mapping[str, WebhookSettings]) -> None:
    """Read the files of webhooks. Raises TlsError, or ConfigError with the name of the webhook."""
    for name, each in settings.items():
        try:
            signing.read(Path(each.secret_file))
        except ValueError as problem:
            raise ConfigError(f"webhooks {name}.secretFile: {problem}") from None
        if each.tls is not None:
            client_certificates.read(each.tls)


class WebhookRuntime:
    """The webhooks of a server."""

    def __init__(
        self,
        settings: Mapping[str, WebhookSettings],
        *,
        store: Store,
        feed: Feed,
        key: bytes,
        show_code: ShowCode,
        source: str,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        """`key` signs cursors, `source` is that of CloudEvents. Raises TlsError or ConfigError."""
        self._store = store
        self._feed = feed
        self._key = key
        self._show_code = show_code
        self._source = source
        self._clock = clock
        self._telemetry = telemetry
        self.metrics = WebhookMetrics(telemetry)
        self._tasks = Tasks()
        self._workers = self._made(settings)
        self.operating = Operating(key, show_code, selections=self._selections, wake=feed.wake)

    @property
    def names(self) -> Set[str]:
        """The names of the webhooks that this server may send to."""
        return self._workers.keys()

    @property
    def sending(self) -> Set[str]:
        """The names of those whose lease this server holds."""
        return {name for name, worker in self._workers.items() if worker.sending}

    @property
    def refreshes(self) -> dict[str, Callable[[], Awaitable[bool]]]:
        """The functions that read certificates again if they changed."""
        return {"webhooks": self._refresh}  # also without a webhook: a reload can add the first one

    async def _refresh(self) -> bool:
        return any([await worker.sender.refresh() for worker in self._workers.values()])

    def start(self) -> None:
        """Start to send."""
        for worker in self._workers.values():
            self._tasks.start(worker.run())

    async def use(self, settings: Mapping[str, WebhookSettings]) -> None:
        """Send as these settings say; what is under way ends undisturbed.

        Raises TlsError or ConfigError for files that cannot be used; then nothing changes.
        """
        made = await asyncio.to_thread(self._made, settings)
        kept = {name: old for name, old in self._workers.items() if name in made and _same(old, made[name])}
        for name, worker in self._workers.items():
            if name not in kept:
                worker.end()
            if name not in made:
                self.metrics.forget(name)
        self._workers = made | kept
        for name, worker in made.items():
            if name not in kept:
                self._tasks.start(worker.run())

    def _made(self, settings: Mapping[str, WebhookSettings]) -> dict[str, WebhookWorker]:
        check(settings)
        return {name: self._worker(name, each) for name, each in settings.items()}

    def _worker(self, name: str, settings: WebhookSettings) -> WebhookWorker:
        cursors = cursors_of(self._key, name)
        return WebhookWorker(
            Subscription(name, settings, cursors=cursors, show_code=self._show_code, source=self._source),
            Sender(settings, clock=self._clock, telemetry=self._telemetry),
            store=self._store,
            feed=self._feed,
            clock=self._clock,
            telemetry=self._telemetry,
            metrics=self.metrics,
            jitter=random.random,
        )

    def _selections(self) -> dict[str, Selection]:
        return {name: worker.subscription.selection for name, worker in self._workers.items()}

    async def forget(self) -> bool:
        """Delete dead letters that were given up long ago; a chore."""
        old = self._clock.now_ms() - DEAD_KEPT_MS

        async def body(tx: Tx) -> bool:
            return bool(await tx.run(QUERIES.dead_letter_purge, old=old, limit=STEP_ROWS))

        return await self._store.run(body, write=True)

    async def count(self) -> bool:
        """Update the metrics of the webhooks of the configuration; a chore."""
        selections = self._selections()

        async def body(tx: Tx) -> None:
            for name, selection in selections.items():
                await self._measure(tx, name, selection)

        if selections:
            await self._store.run(body, write=False)
        return False

    async def _measure(self, tx: Tx, name: str, selection: Selection) -> None:
        row = await tx.one(QUERIES.webhook_get, name=name)
        if row is None:
            return
        oldest = await oldest_at(tx, of_row(row), selection)
        self.metrics.set(
            name,
            lag_seconds=0.0 if oldest is None else max(0.0, (self._clock.now_ms() - oldest) / 1000),
            dead=await dead_letters(tx, name),
            gone=row["state"] == GONE,
            gaps=row["gaps"],
        )

    async def close(self) -> None:
        """Stop to send; wait a moment for what is under way."""
        for worker in self._workers.values():
            worker.end()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_SECONDS)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _same(old: WebhookWorker, new: WebhookWorker) -> bool:
    """Return whether a worker can stay, because neither its settings nor its secrets changed."""
    return old.subscription.settings == new.subscription.settings and old.sender.signer == new.sender.signer
