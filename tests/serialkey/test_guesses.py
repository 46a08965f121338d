"""Players who guess at codes are limited: in the process by a bucket, across replicas by a budget in the store."""

import asyncio
import functools

import grpc
import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.store.base import CommitFailed, Unavailable
from support.clock import ManualClock
from support.guesses import BACK_MS, exhaust, guess, used_up
from support.keys import key_of
from support.patience import WAIT_SECONDS
from support.service import read_refusal, refused, running
from support.store_faults import until

DAY_MS = 24 * 60 * 60 * 1000


@pytest.fixture
async def world(own_service):
    """A namespace with imported codes and a campaign code, in which players may guess three times."""
    world = await own_service.world("spring", "WELCOME", campaign_codes=("WELCOME",))
    await world.bring([f"OLD-{number}" for number in range(20)])
    await world.limit_guesses(burst=3)
    return world


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
    """A code that was imported, or the code of a campaign, is answered what a wrong one is, request id apart."""
    await exhaust(world)
    answers = [await guess(world, text) for text in ("wrong", "OLD-1", "WELCOME")]
    for answer in answers:
        answer.metadata.pop("request_id")
    assert answers[0].reason == "TOO_MANY_GUESSES"
    assert answers[0] == answers[1] == answers[2]
    assert (await world.call("GetSerialKey", code="OLD-1")).item.status == 1


async def test_a_serial_code_is_taken_all_the_same(world):
    """Who has one need not guess."""
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
    """What one used up is not missed by another, nor elsewhere."""
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


async def test_without_other_codes_the_store_hears_of_no_guess(own_service):
    """No statement writes where only serial codes are; the limit holds in the process."""
    world = await own_service.world()
    await world.limit_guesses(burst=3)
    await own_service.token("mallory")
    own_service.faults.fail_at = 1  # whatever reached the writer would answer NOT_COMMITTED
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
    """One that was used, and a campaign code whose campaign is another one than asked for."""
    await world.call("UseByUserId", user_id="bob", code="OLD-1")
    asked = {"verify_type": 1, "campaign_model_name": "other"}
    for _ in range(3):
        refusal = await guess(world, text, rpc="VerifyCode", **asked)
        assert refusal.reason in {"CODE_STATUS_INVALID", "CAMPAIGN_MISMATCH"}
    assert (await guess(world, text, rpc="VerifyCode", **asked)).reason == "TOO_MANY_GUESSES"


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


async def test_a_repeated_call_gets_its_first_answer(world, own_service):
    """Also when nothing is left of the budget."""
    again = functools.partial(world.as_player, "Use", "alice", code="OLD-1", duplication_avoider="k")
    first = await again()
    await exhaust(world, "alice")
    assert await again() == first
    own_service.clock.advance(seconds=60)
    assert await again() == first


async def test_a_store_that_fails_costs_no_guess(world, own_service):
    """At whichever statement; the player was told nothing. Where only giving back fails, the call is answered."""
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

    async def run(self, body, *, write, autocommit=False, queue=()):
        """See Store."""
        self._left -= write
        if write and self._left == 0:
            raise CommitFailed("injected")
        return await self._store.run(body, write=write, autocommit=autocommit, queue=queue)


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
    """Who hangs up before the answer may have guessed."""
    await own_service.token("mallory")
    began, left = asyncio.Event(), asyncio.Event()
    store = own_service.faults._store

    class Slow:
        async def run(self, body, *, write, autocommit=False, queue=()):
            if not write:
                began.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    left.set()
            return await store.run(body, write=write, autocommit=autocommit, queue=queue)

    await guess(world, user_id="bob")  # the rules are known
    own_service.faults._store = Slow()
    call = asyncio.ensure_future(world.as_player("Use", "mallory", code="OLD-1"))
    await began.wait()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await asyncio.wait_for(left.wait(), WAIT_SECONDS)  # the server heard of it
    own_service.faults._store = store
    assert BACK_MS in await used_up(own_service)


async def test_settings_hold_from_the_answer_on(world, own_service):
    """Less, more, none at all, and the defaults again."""
    await exhaust(world)
    await world.limit_guesses(burst=5)
    await exhaust(world, times=2)
    await world.limit_guesses(enabled=False)
    for _ in range(50):
        assert (await guess(world)).reason == "CODE_NOT_FOUND"
    await world.limit_guesses(burst=1, per_minute=60)
    assert (await guess(world)).reason == "TOO_MANY_GUESSES"
    own_service.clock.advance(seconds=50)
    await exhaust(world, times=1)
    own_service.clock.advance(seconds=1)
    await exhaust(world, times=1)
    await world.call("UpdateNamespace", update_mask={"paths": ["guess_limit"]})
    await exhaust(world, "trudy", times=20)


async def test_the_setting_is_part_of_the_namespace(own_service):
    """Stored and returned as given, when it is made and when it is changed; bounds are checked."""
    limit = {"enabled": True, "burst": 7, "per_minute": 30, "alarm_per_minute": 9}
    made = await own_service.call("CreateNamespace", name="limited", guess_limit=limit)
    assert (made.item.guess_limit.burst, made.item.guess_limit.alarm_per_minute) == (7, 9)
    for field in ("burst", "per_minute", "alarm_per_minute"):
        for value in (0, -1, 2_000_000):
            with refused("VALIDATION_FAILED") as refusal:
                await own_service.call("UpdateNamespace", namespace_name="limited", guess_limit={field: value})
            assert refusal.fields == [f"guess_limit.{field}"]
    assert (await own_service.call("GetNamespace", namespace_name="limited")).item == made.item


async def test_a_namespace_that_is_made_anew_begins_anew(own_service):
    """What was used up in one of the same name is not missed."""
    for _ in range(2):
        world = await own_service.world("WELCOME", campaign_codes=("WELCOME",))
        await world.limit_guesses(burst=3)
        await exhaust(world)
        await world.call("DeleteNamespace")
        await own_service.call("CreateNamespace", name=world.name, guess_limit={"burst": 3})
        await world.put_in_force("WELCOME", campaign_codes=("WELCOME",))
        await exhaust(world)


async def test_budgets_are_forgotten_when_whole(world, own_service):
    """No earlier; and at once where they are further ahead than any budget can be."""
    await own_service.stop_housekeeping()
    await exhaust(world)
    own_service.clock.set_ahead(30 * DAY_MS)
    await exhaust(world, "trudy")
    own_service.clock.set_ahead(0)
    own_service.clock.advance(seconds=30)
    await own_service.maintenance.step()
    assert await used_up(own_service) == [0]
    own_service.clock.advance(seconds=1)
    await own_service.maintenance.step()
    assert await used_up(own_service) == []


@pytest.mark.parametrize("wrong_ms", [DAY_MS, 60 * 60 * 1000, -DAY_MS])
async def test_a_clock_that_was_wrong_once_locks_nobody_out(tmp_path, wrong_ms):
    """What was used up by that clock is whole by the right one, and no more than whole."""
    clock = ManualClock(ahead=wrong_ms)
    async with running(tmp_path, clock=clock) as service:
        world = await service.world("WELCOME", campaign_codes=("WELCOME",))
        await world.limit_guesses(burst=3)
        await exhaust(world)
        await world.as_player("Use", "alice", code="WELCOME")
    clock.set_ahead(0)
    async with running(tmp_path, clock=clock) as world.service:
        await world.as_player("Use", "alice", code="WELCOME")
        await exhaust(world)
        await exhaust(world, "alice")


async def test_a_clock_set_back_a_little_delays_a_guess_by_what_one_takes_to_come_back(tmp_path):
    """By less than the whole budget: it cannot be told from one that is used up."""
    clock = ManualClock(ahead=BACK_MS)
    async with running(tmp_path, clock=clock) as service:
        world = await service.world("WELCOME", campaign_codes=("WELCOME",))
        await world.limit_guesses(burst=3)
        await guess(world)
        await guess(world)
    clock.set_ahead(0)
    async with running(tmp_path, clock=clock) as world.service:
        refusal = await guess(world)
        assert (refusal.reason, refusal.retry_ms) == ("TOO_MANY_GUESSES", BACK_MS)


async def test_the_limit_holds_after_a_restart(tmp_path):
    """The budget of the store does: what a process forgets, that remembers."""
    clock = ManualClock()
    for start in range(2):
        async with running(tmp_path, clock=clock) as service:
            if start == 0:
                world = await service.world("WELCOME", campaign_codes=("WELCOME",))
                await world.limit_guesses(burst=3)
                await exhaust(world)
            world.service = service
            assert (await guess(world)).reason == "TOO_MANY_GUESSES"


async def test_the_store_is_asked_once_of_a_player_who_has_no_guess_left(tmp_path):
    """What it said is remembered until a guess is back; then it is asked again."""
    clock = ManualClock()
    async with running(tmp_path, clock=clock) as service:
        world = await service.world("WELCOME", campaign_codes=("WELCOME",))
        await world.limit_guesses(burst=3)
        await exhaust(world)
    async with running(tmp_path, clock=clock) as world.service:
        delay = (await guess(world)).retry_ms
        world.service.faults.fail_at = 1  # whatever reached the writer would answer NOT_COMMITTED
        assert (await guess(world)).retry_ms == delay
        clock.now += delay
        assert (await guess(world)).reason == "NOT_COMMITTED"
        world.service.faults.fail_at = None
        assert (await guess(world)).reason == "CODE_NOT_FOUND"


async def test_refusals_are_held_back_and_hold_nobody_else_back(tmp_path):
    """As many of them as a tenth of the calls under way; more are answered at once, and so is an honest player."""
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


async def test_a_refusal_that_is_held_back_tells_of_the_time_that_is_left(tmp_path):
    """What was waited for already counts; nobody waits for much longer than a guess takes to come back."""
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


async def look_up(world, metadata, text):
    """Read a code with a key; answer it, or the refusal."""
    request = pb.GetSerialKeyRequest(namespace_name=world.name, code=text)
    try:
        return (await world.service.serial_keys.GetSerialKey(request, metadata=metadata)).item
    except grpc.aio.AioRpcError as error:
        return read_refusal(error)


@pytest.mark.parametrize("limited", [True, False], ids=["players limited", "players not limited"])
async def test_a_key_that_sees_codes_masked_cannot_find_them_by_guessing(world, limited):
    """Its wrong look-ups are limited as a player's are, by the defaults where players are not."""
    await world.limit_guesses(burst=3, enabled=limited)
    reader = await key_of(world.service, "read")
    times = 3 if limited else 20
    reasons = [(await look_up(world, reader, f"OLD-{number}")).reason for number in range(100, 100 + times)]
    assert set(reasons) == {"SERIAL_KEY_NOT_FOUND"}
    for text in ("OLD-1", "WELCOME", "OLD-999"):
        assert (await look_up(world, reader, text)).reason == "TOO_MANY_GUESSES"
    world.service.clock.advance(seconds=10)
    assert (await look_up(world, reader, "OLD-1")).code == "O**-*"


async def test_a_key_that_sees_codes_masked_looks_known_codes_up(world):
    """As many as it likes, of every kind, and also when it may guess no more where it is a serial code."""
    reader, [code] = await key_of(world.service, "read"), await world.codes()
    for _ in range(5):
        found = [await look_up(world, reader, text) for text in (code, "OLD-1", "WELCOME")]
        assert [item.status for item in found] == [1, 1, 1]
    for number in range(4):
        await look_up(world, reader, f"wrong-{number}")
    assert (await look_up(world, reader, code)).status == 1


async def test_guesses_of_keys_are_their_own(world):
    """Another key, and a player who is called like it, have theirs; keys that see codes whole are not limited."""
    service = world.service
    first, second = [await key_of(service, "read") for _ in range(2)]
    for number in range(4):
        refusal = await look_up(world, first, f"wrong-{number}")
    assert refusal.reason == "TOO_MANY_GUESSES"
    assert (await look_up(world, second, "wrong")).reason == "SERIAL_KEY_NOT_FOUND"
    key_id = first[0][1].removeprefix("Bearer ").partition(".")[0]
    assert (await guess(world, user_id=key_id)).reason == "CODE_NOT_FOUND"
    for role in ("admin", "issuer", "server"):
        metadata = await key_of(service, role)
        reasons = [(await look_up(world, metadata, f"wrong-{number}")).reason for number in range(6)]
        assert set(reasons) == {"SERIAL_KEY_NOT_FOUND"}


async def test_many_look_ups_at_once_are_limited_together(world):
    """Forty of a key: as many are looked up as it may guess, whatever they find."""
    reader = await key_of(world.service, "read")
    found = await asyncio.gather(*(look_up(world, reader, f"wrong-{number}") for number in range(40)))
    reasons = [refusal.reason for refusal in found]
    assert reasons.count("SERIAL_KEY_NOT_FOUND") == 3
    assert reasons.count("TOO_MANY_GUESSES") == 37
