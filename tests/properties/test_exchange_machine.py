"""Random sequences of calls to the three services against a model of a few dictionaries."""

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from redeemd.contract.documented_json import to_json
from support.exchange_calls import KEY_LIFETIME_MS, CallingMachine, How, known
from support.exchange_model import DAY_MS
from support.exchanges import config
from support.service import one_server

USERS = ("alice", "bob", "carol")
COUNTERS = {"ever": ("got", "other", "redeemed", "paid", "linear"), "daily": ("bought", "power")}

users = st.sampled_from(["alice", *USERS])
others = st.sampled_from([None] * 6 + [*USERS])  # mostly whoever has it
counters = st.sampled_from(sorted(COUNTERS)).flatmap(
    lambda limit: st.tuples(st.just(limit), st.sampled_from(COUNTERS[limit]))
)
code_numbers = st.integers(0, 5)
numbers = st.integers(0, 1000)  # of something that there is, in turns
counts = st.sampled_from([1, 1, 1, 2, 3])
offsets = st.sampled_from([None, None, -1, 0, 1])  # when: now, or about as many seconds after something happens
whats = st.sampled_from([{}, {"what": "got"}, {"what": "got"}, {"what": "other"}])


hows = st.builds(How, st.booleans(), st.sampled_from([False, False, False, True]), st.booleans())


class Machine(CallingMachine):
    """Counts, uses, exchanges, waits, skips, acquires and repeats, in earnest or not, by players and by servers."""

    def __init__(self, service, run):
        super().__init__(service, run)
        for user in ("alice", "bob"):
            for name in ("got", "other"):
                self.count(rpc="CountUp", user=user, counter=("ever", name), by=20, how=How())

    @rule(
        rpc=st.sampled_from(["CountUp", "CountUp", "CountDown", "DeleteCounter", "VerifyCounter"]),
        user=users,
        counter=counters,
        by=st.integers(1, 6),
        most=st.none() | st.integers(1, 30),
        verify_type=st.integers(1, 6),
        how=hows,
    )
    def count(self, *, rpc, user, counter, by, how, most=None, verify_type=1):
        """Count up, with a maximum or without, or down; delete or verify a counter."""
        model, key = self.model, (user, *counter)
        act, fields = {
            "CountUp": (partial(model.up, *key, by=by, most=most), {"count_up_value": by, "max_value": most}),
            "CountDown": (partial(model.down, *key, by=by), {"count_down_value": by}),
            "DeleteCounter": (partial(model.forget, *key), {}),
            "VerifyCounter": (
                partial(model.verify, *key, verify_type=verify_type, count=by),
                {"verify_type": verify_type, "count": by},
            ),
        }[rpc]
        self.do(self.limits, rpc, user, act, how, limit_name=counter[0], counter_name=counter[1], **fields)

    @rule(
        rpc=st.sampled_from(["Use", "Use", "RevertUse", "VerifyCode"]),
        other=others,
        number=code_numbers,
        active=st.booleans(),
        how=hows,
    )
    def redeem(self, rpc, other, number, active, how):
        """Use, revert or verify a code, a campaign code or a text that is no code."""
        model, code = self.model, self.codes[number]
        user = other or (model.uses.get(code) or ["alice"])[0]
        act, fields = {
            "Use": (partial(model.use, user, code), {}),
            "RevertUse": (partial(model.revert, user, code), {}),
            "VerifyCode": (partial(model.verify_code, code, active=active), {"verify_type": 1 if active else 2}),
        }[rpc]
        self.do(self.world, rpc, user, act, how, code=code, **fields)

    @rule(rate=st.sampled_from(["redeem", "buy"]), user=users, number=code_numbers, count=counts, how=hows)
    def exchange(self, rate, user, number, count, how):
        """Exchange at once."""
        self.exchange_by(rate, user, count, {"code": self.codes[number]}, how)

    @rule(
        rate=st.sampled_from(["anew", "slow", "slow", "slow", "redeem"]), user=users, count=counts, what=whats, how=hows
    )
    def exchange_and_wait(self, rate, user, count, what, how):
        """Exchange by rates that need no code, and by the one that does."""
        self.exchange_by(rate, user, count, what, how)

    def exchange_by(self, rate, user, count, values, how):
        """Exchange by a rate."""
        fields = {"rate_name": rate, "count": count, "config": config(**values)}
        act = partial(self.model.exchange, user, rate, count, values)
        self.do(self.exchanges, "Exchange", user, act, how, **fields)

    @rule(rate=st.sampled_from(["linear", "power"]), user=users, count=counts, how=hows)
    def rise(self, rate, user, count, how):
        """Exchange incrementally, some at once."""
        act = partial(self.model.rise, user, rate, count)
        self.do(self.exchanges, "IncrementalExchange", user, act, how, rate_name=rate, count=count)

    @rule(user=users, count=counts, what=whats, how=hows)
    def create_await(self, user, count, what, how):
        """Make an await that was not paid for."""
        act = partial(self.model.make_await, user, "slow", count, what)
        self.do(self.exchanges, "CreateAwait", user, act, how, rate_name="slow", count=count, config=config(**what))

    def pick(self, number, other):
        """Choose an await that there is, or one that perhaps was; of its player, or as if it were another's."""
        awaits = [*self.model.awaits, *self.model.awaits, self.made[0]]
        user, name = awaits[number % len(awaits)]
        return other or user, name

    @precondition(lambda self: self.made)
    @rule(
        number=numbers,
        other=others,
        skip_type=st.integers(1, 4),
        minutes=st.integers(0, 120),
        percent=st.integers(0, 100),
        how=hows,
    )
    def skip(self, *, number, other, skip_type, minutes, percent, how):
        """Shorten a wait in one of the four ways."""
        user, name = self.pick(number, other)
        fields = {"skip_type": skip_type, "minutes": minutes, "rate": percent / 100}
        act = partial(self.model.skip, user, name, skip_type=skip_type, minutes=minutes, percent=percent)
        self.do(self.exchanges, "Skip", user, act, how, await_name=name, **fields)

    @precondition(lambda self: self.made)
    @rule(number=numbers, other=others, what=whats, force=st.sampled_from([False, False, True]), late=offsets, how=hows)
    def acquire(self, *, number, other, what, force, late, how):
        """Acquire, or try to, perhaps when the wait is just over; by force, also too early."""
        user, name = self.pick(number, other)
        if late is not None and (user, name) in self.model.awaits:
            self.wait_until(self.model.awaits[user, name].acquirable_at, late)
        act = partial(self.model.acquire, user, name, what, force=force)
        rpc = "AcquireForce" if force else "Acquire"
        self.do(self.exchanges, rpc, user, act, how, await_name=name, config=config(**what))

    @precondition(lambda self: self.made)
    @rule(number=numbers, other=others, how=hows)
    def give_up(self, number, other, how):
        """Delete an await."""
        user, name = self.pick(number, other)
        self.do(self.exchanges, "DeleteAwait", user, partial(self.model.give_up, user, name), how, await_name=name)

    @precondition(lambda self: self.keyed)
    @rule(number=numbers, late=offsets, altered=st.booleans(), how=hows)
    def repeat(self, number, late, altered, how):
        """Send a call with a key again, perhaps in its other form: for a day it gets its first response."""
        call = self.keyed[number % len(self.keyed)]
        if late is not None and call.answer is not None:
            self.wait_until(call.answered_at + KEY_LIFETIME_MS, late)
        if altered and "count" in call.fields and self.remembered(call):
            other = replace(call, fields=call.fields | {"count": 4})
            assert self.outcome(other, how) == "IDEMPOTENCY_KEY_REUSED"
        self.make(call, how)

    @rule(seconds=st.integers(1, 6000) | st.just(DAY_MS // 1000))
    def wait(self, seconds):
        """Advance the clock."""
        self.let_pass(seconds)

    @rule(seconds=st.sampled_from([-1, 0, 1]))
    def wait_for_midnight(self, seconds):
        """Advance the clock to the reset of the counters of `daily`, or to just before it."""
        self.wait_until((self.service.clock.now // DAY_MS + 1) * DAY_MS, seconds)

    def teardown(self):
        """All counters and awaits of all players, and all codes, are as the model says in the end."""
        model = self.model
        for user in USERS:
            counted = self.run(self.limits.call("DescribeCountersByUserId", user_id=user, limit=1000)).items
            expected = [model.counter(key) for key in model.counters if key[0] == user]
            assert by_name(known(to_json(item)) for item in counted) == by_name(expected)
            awaited = self.run(self.exchanges.awaits(user))
            expected = [model.waiting(*key) for key in model.awaits if key[0] == user]
            assert by_name(known(to_json(item)) for item in awaited) == by_name(expected)
        keys = self.run(self.world.keys(self.job))
        assert [known(to_json(key)) for key in keys] == [model.code(code) for code in model.uses]


def by_name(items):
    """Order items by their limit and name."""
    return sorted(items, key=lambda item: (item.get("limitName", ""), item["name"]))


@pytest.mark.timeout(600)  # hypothesis makes a failing sequence shorter for up to five minutes
def test_responses_match_the_model():
    """Responses match for any sequence of operations by players and servers."""
    many = settings(max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck))
    with one_server() as (service, run):
        run_state_machine_as_test(partial(Machine, service, run), settings=many)
