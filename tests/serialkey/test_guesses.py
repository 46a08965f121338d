"""Players who guess at codes are limited: in the process by a bucket, across replicas by a budget in the store."""

import asyncio
import functools

import grpc
import pytest
from redeemd.store.base import CommitFailed, Unavailable
from support.clock import ManualClock
from support.guesses import BACK_MS, exhaust, guess, guessed_in, used_up
from support.keys import key_of
from support.patience import WAIT_SECONDS
from support.service import refused, running
from support.store_faults import until


@pytest.fixture
async def world(own_service):
    """A namespace in which players may guess three times."""
    return await guessed_in(own_service)


async def test_wrong_codes_are_refused_from_the_limit_on(world):
    """With RESOURCE_EXHAUSTED and the documented metadata, and when to come back."""
    await exhaust(world)
    refusal = await guess(world)
    assert refusal.code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (refusal.metadata["component"], refusal.metadata["code"]) == ("code", "code.guess.tooMany")
    assert refusal.retry_ms == BACK_MS


async def test_the_defaults_let_a_person_type(own_service):
    """Twenty wrong ones at once, and one more every ten seconds."""
    world = await own_service.world()
    await exhaust(world, times=20)
    own_service.clock.advance(seconds=10)
    assert (await guess(world)).reason == "CODE_NOT_FOUND"
    assert (await guess(world)).reason == "TOO_MANY_GUESSES"


async def test_the_refusal_is_the_same_for_a_text_that_is_a_code(world):
    """An imported code or the code of a campaign gets the same response as a wrong one, except for the request id."""
    await exhaust(world)
    answers = [await guess(world, text) for text in ("wrong", "OLD-1", "WELCOME")]
    for answer in answers:
        answer.metadata.pop("request_id")
    assert answers[0].reason == "TOO_MANY_GUESSES"
    assert answers[0] == answers[1] == answers[2]
    assert (await world.call("GetSerialKey", code="OLD-1")).item.status == 1


async def test_a_serial_code_is_taken_all_the_same(world):
    """A player who has a code is not limited by the budget of guesses."""
    (code,) = await world.codes()
    await exhaust(world)
    assert (await world.as_player("VerifyCode", "mallory", code=code, verify_type=1)).item.code == code
    assert (await world.as_player("Use", "mallory", code=code)).item.status == 2


async def test_after_the_delay_it_works(world, own_service):
    """Not a millisecond before; and once."""
    await exhaust(world)
    for _ in range(3):
        delay = (await guess(world)).retry_ms
        own_service.clock.now += delay - 1
        assert (await guess(world)).retry_ms == 1
        own_service.clock.now += 1
        assert (await guess(world)).reason == "CODE_NOT_FOUND"
        assert (await guess(world)).reason == "TOO_MANY_GUESSES"


async def test_players_and_namespaces_have_budgets_of_their_own(world, own_service):
    """Guesses of one player do not count for another player or in another namespace."""
    await exhaust(world)
    await exhaust(world, "trudy")
    other = await own_service.world()
    assert (await guess(other)).reason == "CODE_NOT_FOUND"


async def test_every_look_of_a_player_counts(world):
    """Using, verifying, and trying out what would be."""
    assert (await guess(world)).reason == "CODE_NOT_FOUND"
    assert (await guess(world, rpc="VerifyCode", verify_type=1)).reason == "CODE_NOT_FOUND"
    assert (await guess(world, headers=[("x-dry-run", "true")])).reason == "CODE_NOT_FOUND"
    assert (await guess(world, rpc="VerifyCode", verify_type=1)).reason == "TOO_MANY_GUESSES"


async def test_without_other_codes_no_guess_reaches_the_store(own_service):
    """No statement writes where only serial codes are; the limit holds in the process."""
    world = await own_service.world()
    await world.limit_guesses(burst=3)
    await own_service.token("mallory")
    own_service.faults.fail_at = 1  # a call that reached the writer would fail with NOT_COMMITTED
    await exhaust(world)
    own_service.faults.fail_at = None
    assert await used_up(own_service) == []


async def test_codes_that_come_later_are_guarded_at_once(own_service):
    """By an import or by master data; without, no guess is in the store."""
    for bring in (lambda world: world.bring(["OLD-1"]), lambda world: world.put_in_force("X", campaign_codes=("X",))):
        world = await own_service.world()
        before = len(await used_up(own_service))
        await guess(world)
        assert len(await used_up(own_service)) == before
        await bring(world)
        await guess(world)
        assert len(await used_up(own_service)) == before + 1


async def test_what_is_right_is_given_back(world, own_service):
    """Imported codes and campaign codes cost nothing: any number of them may be used and verified."""
    for number in range(12):
        await world.as_player("VerifyCode", "alice", code=f"OLD-{number}", verify_type=1)
        await world.as_player("Use", "alice", code=f"OLD-{number}")
        await world.as_player("Use", "alice", code="WELCOME")
    assert await used_up(own_service) == [0]
    await exhaust(world, "alice")


@pytest.mark.parametrize("text", ["OLD-1", "WELCOME"])
async def test_a_code_that_says_no_counts_as_wrong(world, text):
    """One that was used, and a campaign code whose campaign is another one than requested."""
    await world.call("UseByUserId", user_id="bob", code="OLD-1")
    asked = {"verify_type": 1, "campaign_model_name": "other"}
    refusal = await guess(world, text, rpc="VerifyCode", **asked)
    assert refusal.reason in {"CODE_STATUS_INVALID", "CAMPAIGN_MISMATCH"}
    await exhaust(world, times=2)


async def test_trusted_servers_are_not_limited(world, own_service):
    """Neither game servers for players nor operators; and what they try is not put down to the player."""
    server = await key_of(own_service, "server")
    for rpc, fields in (("UseByUserId", {}), ("VerifyCodeByUserId", {"verify_type": 1}), ("RevertUseByUserId", {})):
        for number in range(10):
            with refused("CODE_NOT_FOUND"):
                await world.call(rpc, user_id="mallory", code=f"wrong-{number}", **fields)
    for _ in range(10):
        with refused("SERIAL_KEY_NOT_FOUND"):
            await world.call("GetSerialKey", code="wrong")
    assert server
    assert await used_up(own_service) == []
    await exhaust(world)


async def test_a_repeated_call_gets_its_first_response(world, own_service):
    """Also when nothing is left of the budget."""
    again = functools.partial(world.as_player, "Use", "alice", code="OLD-1", duplication_avoider="k")
    first = await again()
    await exhaust(world, "alice")
    assert await again() == first
    own_service.clock.advance(seconds=60)
    assert await again() == first


async def test_a_store_that_fails_costs_no_guess(world, own_service):
    """At whichever statement; the player learnt nothing. Where only giving back fails, the call succeeds."""
    await own_service.token("alice")
    await own_service.stop_housekeeping()
    before = await used_up(own_service)
    for failure in (CommitFailed, Unavailable):
        own_service.faults.failure = failure
        for _ in range(10):
            own_service.faults.fail_at = 1
            assert (await guess(world, "OLD-1", "alice")).code == grpc.StatusCode.UNAVAILABLE
            own_service.faults.fail_at = None
            assert await used_up(own_service) == before
    await exhaust(world, "alice")


class FailingBodies:
    """A store whose n-th writing body from now on fails, before or after its work."""

    def __init__(self, store, number):
        self._store = store
        self._left = number

    async def run(self, body, *, write, autocommit=False, grouped=False, queue=()):
        """See Store."""
        self._left -= write
        if write and self._left == 0:
            raise CommitFailed("injected")
        return await self._store.run(body, write=write, autocommit=autocommit, grouped=grouped, queue=queue)


@pytest.mark.parametrize(("number", "status", "left"), [(1, "UNAVAILABLE", 3), (2, "UNAVAILABLE", 3), (3, "OK", 2)])
async def test_each_transaction_of_a_use_may_fail(world, own_service, number, status, left):
    """Taking the guess, using the code, giving the guess back: the last one costs the player a guess, for a while."""
    await own_service.token("alice")
    await own_service.stop_housekeeping()
    good, own_service.faults._store = own_service.faults._store, FailingBodies(own_service.store, number)
    try:
        await world.as_player("Use", "alice", code="OLD-1")
        found = "OK"
    except grpc.aio.AioRpcError as error:
        found = error.code().name
    own_service.faults._store = good
    assert found == status
    assert (await world.call("GetSerialKey", code="OLD-1")).item.status == (2 if status == "OK" else 1)
    assert sum(await used_up(own_service)) == (3 - left) * BACK_MS


async def test_a_caller_who_leaves_is_given_nothing_back(world, own_service):
    """A caller that hangs up before the response may have guessed."""
    await own_service.token("mallory")
    began, left = asyncio.Event(), asyncio.Event()
    store = own_service.faults._store

    class Slow:
        async def run(self, body, *, write, autocommit=False, grouped=False, queue=()):
            if not write:
                began.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    left.set()
            return await store.run(body, write=write, autocommit=autocommit, grouped=grouped, queue=queue)

    await guess(world, user_id="bob")  # the rules are known
    own_service.faults._store = Slow()
    call = asyncio.ensure_future(world.as_player("Use", "mallory", code="OLD-1"))
    await began.wait()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await asyncio.wait_for(left.wait(), WAIT_SECONDS)  # the server noticed
    own_service.faults._store = store
    assert BACK_MS in await used_up(own_service)


async def test_refusals_are_held_back_and_hold_nobody_else_back(tmp_path):
    """At most a tenth of the calls in progress; others get a response at once, as do honest players."""
    async with running(tmp_path, clock=ManualClock(), calls_max=20, guess_delay_seconds=10) as service:
        world = await service.world()
        (code,) = await world.codes()
        await world.limit_guesses(burst=1)
        await service.token("alice")
        players = [f"mallory-{number}" for number in range(5)]
        for player in players:
            await guess(world, user_id=player)
        calls = [asyncio.create_task(guess(world, user_id=player)) for player in players]
        await until(lambda: sum(call.done() for call in calls) == 3)
        assert (await world.as_player("Use", "alice", code=code)).item.status == 2
        assert sum(call.done() for call in calls) == 3
        assert {call.result().reason for call in calls if call.done()} == {"TOO_MANY_GUESSES"}
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


async def test_a_delayed_refusal_says_how_much_time_is_left(tmp_path):
    """Time already waited counts; a player waits little longer than a guess takes to be refilled."""
    async with running(tmp_path, clock=ManualClock(), guess_delay_seconds=0.05) as service:
        world = await service.world()
        await world.limit_guesses(burst=1)
        await guess(world)
        assert BACK_MS - 75 <= (await guess(world)).retry_ms <= BACK_MS - 25
    async with running(tmp_path, clock=ManualClock(), guess_delay_seconds=10) as service:
        await service.call("UpdateNamespace", namespace_name=world.name, guess_limit={"burst": 1, "per_minute": 1000})
        world.service = service
        await guess(world)
        assert (await guess(world)).retry_ms <= 60 / 2
