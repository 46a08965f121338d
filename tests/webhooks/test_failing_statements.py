"""Every statement of a sender fails once: no event is lost, and none comes out of order."""

import pytest
from redeemd.base.telemetry import Telemetry
from redeemd.config.webhooks import WebhookSettings
from redeemd.event.feed import Feed
from redeemd.store.base import CommitUnknown
from redeemd.store.delegating import DelegatingStore
from redeemd.webhooks import worker as workers
from redeemd.webhooks.metrics import WebhookMetrics
from redeemd.webhooks.operating import cursors_of
from redeemd.webhooks.sender import Outcome
from redeemd.webhooks.subscription import Subscription
from redeemd.webhooks.worker import WebhookWorker
from support.receiver import ask, webhook
from support.webhook_calls import use

FAILED, GONE = Outcome("HTTP_500"), Outcome("HTTP_410", gone=True)
TURNS_MAX = 50


class Sender:
    """Has an outcome for each of the next messages, and then acknowledges all; notes what was acknowledged."""

    def __init__(self, outcomes):
        self.outcomes = list(outcomes)
        self.acknowledged = []

    async def send(self, message):
        """See redeemd.webhooks.sender.Sender."""
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome()
        if outcome.done:
            self.acknowledged.append(message.message_id)
        return outcome


async def _no_code(_tx, _position, _access):
    return None


def _worker(service, store, name, sender):
    settings = WebhookSettings(url="https://localhost", secretFile="-", kinds=["REDEEMED"], attemptsMax=2)
    cursors = cursors_of(b"key", name)
    telemetry = Telemetry()
    return WebhookWorker(
        Subscription(name, settings, cursors=cursors, show_code=_no_code, source="/test"),
        sender,
        store=store,
        feed=Feed(store),
        clock=service.clock,
        telemetry=telemetry,
        metrics=WebhookMetrics(telemetry),
        jitter=lambda: 0.0,
    )


async def _settle(service, worker, name, *, seconds=0):
    """Let a worker send until nothing is left, and an operator retry whatever waits; let time pass between turns."""
    for _ in range(TURNS_MAX):
        service.clock.advance(seconds=seconds)
        await worker._safely_turn()
        found = await webhook(service, name)
        if found is not None and not found.HasField("oldest_at") and not found.dead_letters:
            return
        if found is not None and (found.attempts or found.state != 1 or found.dead_letters):
            bodies, fail_in = service.faults.bodies, service.faults.fail_in
            service.faults.fail_in = 0  # what operators do does not fail
            letters = (await ask(service, "DescribeDeadLetters", webhook_name=name)).items
            ids = [letter.dead_letter_id for letter in letters]
            await ask(service, "RetryWebhook", webhook_name=name, dead_letter_ids=ids)
            service.faults.bodies, service.faults.fail_in = bodies, fail_in
    raise AssertionError(f"{name} does not settle: {found}")


def _number(message_id):
    xid, event_id, _ = message_id.split("-")
    return int(xid), int(event_id)


async def _send_two(service, world, name, outcomes, store):
    """Let a webhook send two events; they have to arrive, and in order unless one was a dead letter."""
    sender = Sender(outcomes)
    worker = _worker(service, store, name, sender)
    service.faults.fail_in = 0
    await worker._safely_turn()  # it is added
    await use(world, "alice", "bob")
    yield worker
    firsts = list(dict.fromkeys(sender.acknowledged))
    assert len(firsts) == 2, name
    assert firsts == sorted(firsts, key=_number) or len(outcomes) > 1, name


async def _fail_at(service, world, outcomes, body, statement):
    """Let a webhook send while one statement fails; return the number of transactions, and whether this one ended."""
    name, faults = f"{world.name}-{body}-{statement}", service.faults
    async for worker in _send_two(service, world, name, outcomes, faults):
        faults.bodies, faults.fail_in, faults.fail_at = 0, body, statement
        faults.or_at_end, faults.failed_at_end = True, False
        await _settle(service, worker, name)
        found = faults.bodies, faults.failed_at_end
        faults.fail_in, faults.fail_at, faults.or_at_end = None, None, False
    return found


class Unsure(DelegatingStore):
    """Commits the transaction `which` of those that write, and says that it does not know."""

    def __init__(self, store, which):
        super().__init__(store)
        self.which = which
        self.bodies = -1  # the first one adds the webhook

    async def run(self, body, **options):
        """See Store."""
        result = await super().run(body, **options)
        self.bodies += options["write"]
        if options["write"] and self.bodies == self.which:
            raise CommitUnknown
        return result


CASES = pytest.mark.parametrize(
    "outcomes", [[], [FAILED], [FAILED, FAILED, FAILED], [GONE]], ids=["accepted", "repeated", "dead", "gone"]
)


@pytest.fixture
async def world(own_service, monkeypatch):
    """A namespace on a server that does nothing by itself."""
    monkeypatch.setattr(workers, "STORE_PAUSE_SECONDS", 0.0)
    await own_service.stop_housekeeping()
    return await own_service.world()


@CASES
async def test_a_failure_at_any_statement_loses_no_event(own_service, world, outcomes):
    """Of every transaction of a sender, and at its end."""
    body, statement, failed = 1, 1, 0
    while True:
        bodies, at_end = await _fail_at(own_service, world, outcomes, body, statement)
        if bodies < body:
            break
        failed += 1
        body, statement = (body + 1, 1) if at_end else (body, statement + 1)
    assert failed > 5


@CASES
async def test_a_commit_in_doubt_loses_no_event(own_service, world, outcomes):
    """Of every transaction of a sender: it was made, but the sender does not know."""
    which = 1
    while True:
        store = Unsure(own_service.store, which)
        name = f"{world.name}-{which}"
        async for worker in _send_two(own_service, world, name, outcomes, store):
            await _settle(own_service, worker, name, seconds=60)  # a lease that nobody knows of ends
        if store.bodies < which:
            break
        which += 1
    assert which > 2
