"""Three real replicas on one PostgreSQL that are restarted, and clients with the published service config."""

import asyncio
import itertools
import signal

import grpc
import pytest
from support.limits import make_limits
from support.patience import WAIT_SECONDS
from support.replicas import Replicas
from support.store_faults import until

WORKERS = 40
CODES = 40_000  # more than can be used meanwhile


class Load:
    """Players who use codes and count up, over and over, each write with a key of its own."""

    def __init__(self, world, limits, codes):
        self._world = world
        self._limits = limits
        self._codes = iter(codes)
        self._keys = itertools.count(1)
        self.over = False
        self.rounds = 0
        self.failed = []

    async def work(self):
        """Make calls one after the other until it is over."""
        while not self.over:
            number = next(self._keys)
            headers = [("idempotency-key", f"key-{number}")]
            user = f"player-{number % 7}"
            count = self._limits.call(
                "CountUpByUserId", headers, user_id="all", limit_name="ever", counter_name="counted"
            )
            use = self._world.as_player("Use", user, code=next(self._codes), headers=headers)
            for call in (use, count, self._world.call("DescribeIssueJobs", campaign_model_name="spring")):
                try:
                    await call
                except grpc.aio.AioRpcError as error:
                    self.failed.append(f"{error.code()} {error.details()}")
            self.rounds += 1


@pytest.mark.usefixtures("postgres")
@pytest.mark.parametrize(("how", "drain_seconds"), [(signal.SIGTERM, 1), (signal.SIGTERM, 0), (signal.SIGKILL, 0)])
async def test_nobody_notices_that_replicas_are_restarted(tmp_path, how, drain_seconds):
    """Each of three is restarted under load: no call fails, each code is used once, each count is counted once.

    In order, with and without a time to drain, in which clients see by its health that a replica is about to end; and
    by force.
    """
    replicas = Replicas(tmp_path, drain_seconds)
    async with replicas.running(), replicas.service() as service:
        world, limits = await service.world(), await make_limits(service)
        load = Load(world, limits, await world.codes(CODES))
        async with asyncio.timeout(WAIT_SECONDS), asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(load.work())
            for address in replicas.addresses:
                before = load.rounds
                await replicas.restart(address, how)
                await until(lambda before=before: load.rounds > before)  # the restart may be faster than a round
            load.over = True
        assert load.failed == []
        assert await redeemed(world) == load.rounds
        assert (await limits.get("all", "counted", "ever")).count == load.rounds


async def redeemed(world):
    """Count the codes that were used."""
    found, token = 0, None
    while token != "":
        page = await world.call("DescribeRedemptions", limit=1000, page_token=token)
        found += len(page.items)
        token = page.next_page_token
    return found
