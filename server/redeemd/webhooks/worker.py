"""Sends the events of one webhook. Every replica runs this worker; the lease decides which of them sends.

A message that is due is taken under the lease, sent, and its outcome recorded in one transaction that also takes the
next message: delivery is at least once, even if processes crash, and one message is under way at a time.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator

from redeemd.base.backoff import backoff_ms
from redeemd.base.clock import Clock
from redeemd.base.log import Severity
from redeemd.base.telemetry import Telemetry
from redeemd.event.errors import ServerStopping
from redeemd.event.feed import Feed
from redeemd.store.base import Store, StoreError, Tx
from redeemd.webhooks.metrics import WebhookMetrics
from redeemd.webhooks.queries import QUERIES
from redeemd.webhooks.sender import Outcome, Sender
from redeemd.webhooks.subscription import Found, Held, Passed, Recorded, Subscription, of_row

POLL_SECONDS = 2.0  # how often to look for what other replicas or operators changed
STORE_PAUSE_SECONDS = 0.5
LEASE_SECONDS = 10.0  # in addition to the deadline of a request
PASS_SECONDS = 10.0  # how often to store that events are passed that are not selected


class WebhookWorker:
    """The worker of one webhook."""

    def __init__(
        self,
        subscription: Subscription,
        sender: Sender,
        *,
        store: Store,
        feed: Feed,
        clock: Clock,
        telemetry: Telemetry,
        metrics: WebhookMetrics,
        jitter: Callable[[], float],
    ) -> None:
        """`jitter` returns random numbers from 0 to 1."""
        self.sender = sender
        self.sending = False  # whether it holds the lease
        self.subscription = subscription
        self._store = store
        self._feed = feed
        self._clock = clock
        self._telemetry = telemetry
        self._metrics = metrics
        self._jitter = jitter
        self._passed: Passed | None = None
        self._stored_at = time.monotonic()  # when it was last stored what is passed
        self._letters_first = False
        self._ending = False

    def end(self) -> None:
        """Let `run` end after the message that is under way."""
        self._ending = True
        self._feed.wake()

    async def run(self) -> None:
        """Run until `end`, until the server stops, or until cancelled; then what is under way may be sent again."""
        self._feed.follow()
        try:
            while not self._ending:
                seen = self._feed.news
                pause = await self._safely_turn()
                if pause:
                    await self._feed.wait(seen, seconds=pause)
        except ServerStopping:
            pass
        finally:
            self._feed.unfollow()
            await self.sender.close()

    async def _safely_turn(self) -> float:
        try:
            return await self._turn()
        except StoreError:
            return STORE_PAUSE_SECONDS  # the store is unavailable, and reports that itself
        except Exception as defect:  # noqa: BLE001 -- one defect must not end all deliveries
            self._telemetry.defect(defect)
            return POLL_SECONDS

    async def _turn(self) -> float:
        """Send what is due; return the seconds until there may be more, unless something happens."""
        now = self._clock.now_ms()
        found = await self._store.run(lambda tx: self.subscription.look(tx, self._passed, now=now), write=False)
        if found is None:
            await self._store.run(self.subscription.add, write=True)
            return 0.0
        if found.ready:
            await self._send_all(found)
            return 0.0
        self._passed = found.passed
        if found.lost:
            await self._restart(found)
        await self._store_passed(found)
        if found.more:
            return 0.0
        if found.due is None:
            return POLL_SECONDS
        return min(POLL_SECONDS, max(0.001, (found.due - now) / 1000))

    async def _send_all(self, found: Found) -> None:
        """Take the lease, and send until nothing is left or the receiver fails."""
        began = time.monotonic()
        passed, letters_first, until = found.passed, self._letters_first, self._lease()
        self._letters_first = not letters_first

        async def take(tx: Tx) -> Held | None:
            now = self._clock.now_ms()
            return await self.subscription.take(tx, passed, now=now, until=until, letters_first=letters_first)

        held = await self._store.run(take, write=True)
        # The deadline of a request ends before the lease, unless the lease was taken long ago.
        with self._sending():
            while held is not None and not self._ending and time.monotonic() - began < LEASE_SECONDS:
                outcome = await self.sender.send(held.message)
                began = time.monotonic()  # before the lease is renewed
                recorded = await self._record(held, outcome)
                self._metrics.attempted(self.subscription.name, recorded.outcome)
                held = recorded.following
        if held is not None:
            await self._release(held)

    @contextlib.contextmanager
    def _sending(self) -> Iterator[None]:
        self.sending = True
        try:
            yield
        finally:
            self.sending = False

    async def _record(self, held: Held, outcome: Outcome) -> Recorded:
        """Record an outcome, as soon as the store can; another server goes on if that takes longer than the lease."""
        due = self._clock.now_ms() + self._wait_ms(held, outcome)

        async def record(tx: Tx) -> Recorded:
            return await self.subscription.record(
                tx, held, outcome, now=self._clock.now_ms(), until=self._lease(), due=due
            )

        while True:
            try:
                return await self._store.run(record, write=True)
            except StoreError:
                await asyncio.sleep(STORE_PAUSE_SECONDS)

    async def _release(self, held: Held) -> None:
        which = {"name": self.subscription.name, "lease": held.row["lease"]}
        await self._store.run(lambda tx: tx.run(QUERIES.webhook_release, **which), write=True)

    async def _restart(self, found: Found) -> None:
        name, epoch = self.subscription.name, found.row["epoch"]
        self._telemetry.event("webhook_gap", Severity.ERROR, webhook=name)
        await self._store.run(lambda tx: tx.run(QUERIES.webhook_restart, name=name, epoch=epoch), write=True)

    async def _store_passed(self, found: Found) -> None:
        """Store now and then what is passed, so that a server that starts need not look at it again."""
        passed, old = found.passed, of_row(found.row)
        if passed is None or passed.position == old or time.monotonic() - self._stored_at < PASS_SECONDS:
            return
        self._stored_at = time.monotonic()
        parameters = {
            "name": self.subscription.name,
            "epoch": passed.epoch,
            "from_xid": old.xid,
            "from_event_id": old.event_id,
            **passed.position._asdict(),
        }
        now = self._clock.now_ms()
        await self._store.run(lambda tx: tx.run(QUERIES.webhook_pass, **parameters, now=now), write=True)

    def _lease(self) -> int:
        return self._clock.now_ms() + int((self.subscription.settings.deadline_seconds + LEASE_SECONDS) * 1000)

    def _wait_ms(self, held: Held, outcome: Outcome) -> int:
        settings = self.subscription.settings
        attempts = held.row["attempts"] + 1
        wait = backoff_ms(
            attempts,
            seconds=settings.backoff_seconds,
            seconds_max=settings.backoff_seconds_max,
            jitter=self._jitter(),
        )
        asked = min(outcome.retry_after_seconds, settings.backoff_seconds_max)
        return max(wait, int(asked * 1000))
