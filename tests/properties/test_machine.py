"""Random sequences of calls against a model of a few lines."""

import asyncio
import contextlib
import tempfile
from pathlib import Path

import grpc
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from support.clock import ManualClock
from support.service import read_refusal, running

USERS = st.sampled_from(["alice", "bob", "carol"])
CAMPAIGNS = ("spring", "summer")


class Machine(RuleBasedStateMachine):
    """Issues, uses, reverts, verifies, repeats and changes master data; the model is a dict of owners and counts."""

    codes = Bundle("codes")
    repeats = Bundle("repeats")

    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.stack = contextlib.AsyncExitStack()
        self.service = self.do(self.stack.enter_async_context(running(Path(self.folder.name), clock=ManualClock())))
        self.world = self.do(self.service.world(*CAMPAIGNS))
        self.in_force = set(CAMPAIGNS)
        self.owner = {}
        self.changes = {}
        self.campaign = {}
        self.calls = 0

    def do(self, work):
        """Run a coroutine."""
        return self.loop.run_until_complete(work)

    def outcome(self, work):
        """Answer the reply of a call, or the reason of its refusal."""
        try:
            return self.do(work)
        except grpc.aio.AioRpcError as error:
            return read_refusal(error).reason

    def expected(self, code, *, good):
        """Answer the reason for which a call about a code must be refused, or None."""
        if self.campaign[code] not in self.in_force:
            return "CAMPAIGN_MODEL_NOT_FOUND"
        return None if good else "CODE_STATUS_INVALID"

    @rule(target=codes, count=st.integers(1, 4), campaign=st.sampled_from(CAMPAIGNS))
    def issue(self, count, campaign):
        """Issue a batch."""
        if campaign not in self.in_force:
            work = self.world.issue(count, campaign)
            assert self.outcome(work) == "CAMPAIGN_MODEL_NOT_FOUND"
            return multiple()
        codes = self.do(self.world.codes(count, campaign))
        assert not set(codes) & set(self.owner)
        for code in codes:
            self.owner[code], self.changes[code], self.campaign[code] = None, 0, campaign
        return multiple(*codes)

    @rule(target=repeats, code=codes, user=USERS)
    def use(self, code, user):
        """Use a code with an idempotency key."""
        self.calls += 1
        key = f"k{self.calls}"
        outcome = self.outcome(self.world.as_player("Use", user, code=code, duplication_avoider=key))
        refusal = self.expected(code, good=self.owner[code] is None)
        if refusal:
            assert outcome == refusal
            return multiple()
        self.owner[code] = user
        self.changes[code] += 1
        assert (outcome.item.used_user_id, outcome.item.revision) == (user, 1 + self.changes[code])
        return (code, user, key, outcome)

    @rule(repeat=consumes(repeats))
    def repeat(self, repeat):
        """Send an old call again: the same answer, whatever happened since."""
        code, user, key, outcome = repeat
        with_key = {"code": code, "duplication_avoider": key}
        answer = self.outcome(self.world.as_player("Use", user, **with_key))
        # A call with a known key is not prepared against today's master data: its answer is history.
        assert answer == outcome

    @rule(code=codes, user=USERS)
    def revert(self, code, user):
        """Take a use back."""
        outcome = self.outcome(self.world.call("RevertUseByUserId", user_id=user, code=code))
        refusal = self.expected(code, good=self.owner[code] == user)
        if refusal:
            assert outcome == refusal
            return
        self.owner[code] = None
        self.changes[code] += 1
        assert outcome.item.revision == 1 + self.changes[code]

    @rule(code=codes, user=USERS, active=st.booleans())
    def verify(self, code, user, active):
        """Verify a code either way."""
        verify_type = 1 if active else 2
        outcome = self.outcome(self.world.as_player("VerifyCode", user, code=code, verify_type=verify_type))
        refusal = self.expected(code, good=(self.owner[code] is None) == active)
        assert outcome == refusal if refusal else outcome.item.code == code

    @rule(names=st.sets(st.sampled_from(CAMPAIGNS)))
    def put_in_force(self, names):
        """Replace the master data."""
        self.do(self.world.put_in_force(*sorted(names) or ["other"]))
        self.in_force = names

    @rule(seconds=st.integers(1, 10_000))
    def wait(self, seconds):
        """Let time pass; tokens are made anew."""
        self.service.clock.advance(seconds=seconds)
        self.service.tokens.clear()

    @invariant()
    def every_code_is_as_the_model_says(self):
        """Status, owner and revision of every code in force."""
        for code, owner in self.owner.items():
            if self.campaign[code] in self.in_force:
                item = self.do(self.world.call("GetSerialKey", code=code)).item
                assert (item.status, item.used_user_id) == ((2, owner) if owner else (1, ""))
                assert item.revision == 1 + self.changes[code]

    def teardown(self):
        """Stop the server."""
        self.do(self.stack.aclose())
        self.loop.close()
        self.folder.cleanup()


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
