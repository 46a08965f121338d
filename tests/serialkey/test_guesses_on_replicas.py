"""Two servers on one PostgreSQL: a player has one budget, whichever of them gets the call."""

import asyncio
import itertools

import grpc
import pytest
from redeemd.serialkey.errors import TooManyGuesses
from redeemd.serialkey.guessing import budget
from redeemd.serialkey.guessing.buckets import RateLimit
from redeemd.store import migrate
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.sql import query
from support.clock import ManualClock
from support.guesses import BACK_MS, guess, two_replicas, used_up
from support.patience import PATIENT
from support.service import read_refusal

GUESSES = 200
BURST = 20
WAIT_SECONDS = 30
NAMESPACE = query(
    "namespace",
    "INSERT INTO namespace (service, name, salt, body, created_at, updated_at, revision)"
    " VALUES ('s', 'n', '', '', 0, 0, 1)",
)
WHOLE_BUDGET = query("whole", "INSERT INTO guess_budget (namespace_id, user_id, used_until) VALUES (1, 'mallory', 1)")
LOCK_BUDGET = query("lock", "SELECT used_until FROM guess_budget FOR UPDATE")
WAITING = query("waiting", "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted) AS waiting")


@pytest.fixture
async def worlds(tmp_path, postgres):  # noqa: ARG001 -- skips where there is none
    """A namespace with imported codes and a campaign code, as each of two replicas has it."""
    async with two_replicas(tmp_path) as worlds:
        yield worlds


async def reasons(calls):
    """Make calls at once; return OK, or why each was refused."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    return [read_refusal(answer).reason if isinstance(answer, grpc.aio.AioRpcError) else "OK" for answer in answers]


def guesses(worlds, user_id, count=GUESSES):
    """Return guesses of a player, at both replicas in turn, with texts that were never tried."""
    return [worlds[n % 2].as_player("Use", user_id, code=f"no {next(_numbers)}") for n in range(count)]


_numbers = itertools.count()
# Of calls of one player that waited too long for each other, on a busy machine.
BUSY = ("CONTENTION", "OVERLOADED")


async def test_of_200_guesses_at_once_as_many_are_looked_up_as_there_are(worlds):
    """Exactly the budget, whichever replica is faster; the next ones as they come back."""
    await asyncio.gather(*(world.service.token("mallory") for world in worlds))
    found = await reasons(guesses(worlds, "mallory"))
    assert found.count("CODE_NOT_FOUND") == BURST
    assert set(found) <= {"CODE_NOT_FOUND", "TOO_MANY_GUESSES", *BUSY}
    worlds[0].service.clock.now += 7 * BACK_MS
    assert (await reasons(guesses(worlds, "mallory"))).count("CODE_NOT_FOUND") == 7


async def test_ten_attackers_with_twenty_players_each(worlds):
    """The budget of each of the 200 players holds exactly, and codes that are right are taken meanwhile."""
    await worlds[0].limit_guesses(burst=3)
    worlds[0].service.clock.now += BACK_MS  # the other replica knows
    players = [f"mallory-{attacker}-{n}" for attacker in range(10) for n in range(20)]
    honest = await worlds[0].codes(40)

    async def attack(names):
        return {name: await reasons(guesses(worlds, name, 8)) for name in names}

    async def redeem():
        return [await reasons([worlds[n % 2].as_player("Use", "alice", code=code)]) for n, code in enumerate(honest)]

    *found, redeemed = await asyncio.gather(*(attack(players[n::10]) for n in range(10)), redeem())
    told = {name: answers for some in found for name, answers in some.items()}
    assert len(told) == 200
    assert {answers.count("CODE_NOT_FOUND") for answers in told.values()} == {3}
    assert {answers.count("TOO_MANY_GUESSES") for answers in told.values()} == {5}
    assert redeemed == [["OK"]] * 40


async def test_right_codes_at_once_are_all_given_back(worlds):
    """While they are looked up they are taken; afterwards the budget is whole."""
    for _ in range(5):
        right = [worlds[n % 2].as_player("Use", "alice", code="WELCOME") for n in range(2 * BURST)]
        assert set(await reasons(right)) <= {"OK", "TOO_MANY_GUESSES"}
        assert await used_up(worlds[0].service) == [0]
    worlds[0].service.clock.now += BACK_MS  # who was refused by one replica for the other's guesses is not any more
    assert (await reasons(guesses(worlds, "alice", 2 * BURST))).count("CODE_NOT_FOUND") == BURST


async def test_a_setting_is_known_to_the_other_replica_after_ten_seconds(worlds):
    """And to the one that was called at once."""
    here, there = worlds
    assert (await guess(there)).reason == "CODE_NOT_FOUND"
    await here.limit_guesses(burst=1)
    assert (await guess(here)).reason == "TOO_MANY_GUESSES"
    here.service.clock.now += BACK_MS  # of the budget, one is back
    assert (await guess(there)).reason == "CODE_NOT_FOUND"
    assert (await guess(there)).reason == "TOO_MANY_GUESSES"


@pytest.mark.parametrize("wrong_ms", [0, 60_000, -60_000])
async def test_replicas_whose_clocks_differ_treat_a_player_alike(tmp_path, postgres, wrong_ms):  # noqa: ARG001
    """Whichever of them gets the call, first or in turn: the same budget, coming back at the same times."""
    clocks = ManualClock(), ManualClock(ahead=wrong_ms)
    async with two_replicas(tmp_path, clocks) as worlds:
        for user_id, turn in {"mallory": worlds, "trudy": worlds[::-1], "eve": [worlds[0]] * 2}.items():
            assert (await reasons(guesses(turn, user_id, 2 * BURST))).count("CODE_NOT_FOUND") == BURST
            for world in worlds:
                assert (await guess(world, user_id=user_id)).retry_ms == BACK_MS
        for clock in clocks:
            clock.now += BACK_MS
        for user_id in ("mallory", "trudy", "eve"):
            assert (await reasons(guesses(worlds[::-1], user_id))).count("CODE_NOT_FOUND") == 1


@pytest.fixture
async def store(postgres_url):
    """A store on a database with the real clock, and the namespace 1 in it."""
    store = await PostgresStore.open(postgres_url, times=PATIENT)
    await migrate.apply(store, now=1)
    await store.run(lambda tx: tx.run(NAMESPACE), write=True)
    yield store
    await store.close()


async def test_a_guess_that_waited_for_another_goes_by_the_time_after_it(store):
    """Of two guesses the one that began earlier comes second, and is refused: there is one in all."""
    limit, began, texts = RateLimit(burst=1, interval=60_000), asyncio.Event(), itertools.count()

    async def reserve(tx):
        await budget.reserve(tx, 1, "mallory", limit, f"{next(texts):016x}", now=0)

    async def overtake(tx):
        await tx.one(LOCK_BUDGET)
        began.set()
        async with asyncio.timeout(WAIT_SECONDS):
            while not (await tx.one(WAITING))["waiting"]:  # noqa: ASYNC110 -- PostgreSQL has no event to wait for
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)  # the clock is read in whole milliseconds
        await reserve(tx)

    await store.run(lambda tx: tx.run(WHOLE_BUDGET), write=True)
    overtaking = asyncio.create_task(store.run(overtake, write=True))
    await began.wait()
    with pytest.raises(TooManyGuesses):
        await store.run(reserve, write=True, autocommit=True)
    await overtaking
