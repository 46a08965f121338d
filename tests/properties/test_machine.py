"""Random sequences of calls against a model of a few lines."""

import asyncio
import contextlib
import tempfile
from collections import Counter
from pathlib import Path

import grpc
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from support.clock import ManualClock
from support.service import read_refusal, running

USERS = st.sampled_from(["alice", "bob", "carol"])
CAMPAIGNS = ("spring", "summer")
BROUGHT = st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=4)
SWITCHES = st.sampled_from([1, 2])  # Availability
OFF, USED, INACTIVE = 2, 2, 3
QUARTER_MS = 900_000


class Uses:
    """The model of the curves: a revert takes a use back, and counts, at the time of the use."""

    def __init__(self):
        self.curves = {}  # by campaign and batch, and of the campaign: used and reverted codes by quarter
        self.last = {}  # of a code: the curves and the quarter of its last use

    def used(self, code, campaign, batch, used_at):
        """Count a use."""
        curves = [self.curves.setdefault((campaign, name), {}) for name in (batch, None)]
        self.last[code] = curves, used_at // QUARTER_MS
        self._add(code, 1, 0)

    def reverted(self, code):
        """Count a revert."""
        self._add(code, -1, 1)

    def _add(self, code, used, reverted):
        curves, quarter = self.last[code]
        for curve in curves:
            before = curve.get(quarter, (0, 0))
            curve[quarter] = (before[0] + used, before[1] + reverted)

    async def check(self, world):
        """Compare all curves."""
        for (campaign, batch), expected in self.curves.items():
            asked = {"campaign_model_name": campaign, "issue_job_name": batch, "unit": 1, "limit": 1000}
            page = await world.call("GetRedemptionCounts", **asked)
            found = {item.start_at // QUARTER_MS: (item.counts.used, item.counts.reverted) for item in page.items}
            assert found == expected, (campaign, batch)


class Machine(RuleBasedStateMachine):
    """Issues, imports, uses, reverts, verifies, repeats, switches and changes master data.

    The model is a few dicts: owners, what is switched off, and how often it was changed.
    """

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
        self.campaign = {}
        self.batch = {}  # of a code: the name of its job
        self.off = set()  # codes, names of jobs and of campaigns
        self.changes = Counter()  # of the same
        self.uses = Uses()
        self.calls = 0

    def do(self, work):
        """Run a coroutine."""
        return self.loop.run_until_complete(work)

    def outcome(self, work):
        """Return the reply of a call, or the reason of its refusal."""
        try:
            return self.do(work)
        except grpc.aio.AioRpcError as error:
            return read_refusal(error).reason

    def status(self, code):
        """Return the status a code must have."""
        if self.owner[code]:
            return USED
        return INACTIVE if self.off & {code, self.batch[code], self.campaign[code]} else 1

    def revision(self, code):
        """Return the revision a code must have."""
        return 1 + sum(self.changes[each] for each in (code, self.batch[code], self.campaign[code]))

    def expected(self, code, *, good):
        """Return the reason for which a call about a code must be refused, or None."""
        if self.campaign[code] not in self.in_force:
            return "CAMPAIGN_MODEL_NOT_FOUND"
        return None if good else "CODE_STATUS_INVALID"

    def made(self, codes, campaign):
        """Note a new batch; return its name."""
        (job,) = {self.do(self.world.call("GetSerialKey", code=code)).issue_job.name for code in codes}
        assert not set(codes) & set(self.owner)
        for code in codes:
            self.owner[code], self.campaign[code], self.batch[code] = None, campaign, job
        return job

    @rule(target=codes, count=st.integers(1, 4), campaign=st.sampled_from(CAMPAIGNS))
    def issue(self, count, campaign):
        """Issue a batch."""
        if campaign not in self.in_force:
            work = self.world.issue(count, campaign)
            assert self.outcome(work) == "CAMPAIGN_MODEL_NOT_FOUND"
            return multiple()
        codes = self.do(self.world.codes(count, campaign))
        self.made(codes, campaign)
        return multiple(*codes)

    @rule(target=codes, codes=BROUGHT, campaign=st.sampled_from(CAMPAIGNS), piece=st.integers(1, 4), skip=st.booleans())
    def bring(self, codes, campaign, piece, skip):
        """Import a batch, if nothing is wrong with its codes, or without those with which something is."""
        outcome = self.outcome(self.world.bring(codes, campaign, piece=piece, skip_problems=skip))
        if campaign not in self.in_force:
            assert outcome == "CAMPAIGN_MODEL_NOT_FOUND"
            return multiple()
        good = [code for code in dict.fromkeys(codes) if code not in self.owner]
        taken = good if skip or len(good) == len(codes) else []
        assert (outcome.received_count, outcome.imported_count) == (len(codes), len(taken))
        assert sum(count.count for count in outcome.problem_counts) == len(codes) - len(good)
        if taken:
            assert self.made(taken, campaign) == outcome.item.name
        return multiple(*taken)

    @rule(code=codes, what=st.sampled_from(["code", "batch", "campaign"]), availability=SWITCHES)
    def switch(self, code, what, availability):
        """Switch a code, its batch or its campaign off or on, also where it is so already; used codes refuse it."""
        of_campaign = {"campaign_model_name": self.campaign[code]}
        rpc, name, fields = {
            "code": ("SetSerialKeyStatus", code, {"code": code}),
            "batch": ("SetIssueJobStatus", self.batch[code], {**of_campaign, "issue_job_name": self.batch[code]}),
            "campaign": ("SetCampaignStatus", self.campaign[code], of_campaign),
        }[what]
        outcome = self.outcome(self.world.call(rpc, availability=availability, **fields))
        if what == "code" and self.owner[code]:
            assert outcome == "CODE_STATUS_INVALID"
            return
        (self.off.add if availability == OFF else self.off.discard)(name)
        self.changes[name] += 1

    @rule(target=repeats, code=codes, user=USERS)
    def use(self, code, user):
        """Use a code with an idempotency key."""
        self.calls += 1
        key = f"k{self.calls}"
        outcome = self.outcome(self.world.as_player("Use", user, code=code, duplication_avoider=key))
        refusal = self.expected(code, good=self.status(code) == 1)
        if refusal:
            assert outcome == refusal
            return multiple()
        self.owner[code] = user
        self.changes[code] += 1
        self.uses.used(code, self.campaign[code], self.batch[code], outcome.item.used_at)
        assert (outcome.item.used_user_id, outcome.item.revision) == (user, self.revision(code))
        return (code, user, key, outcome)

    @rule(repeat=consumes(repeats))
    def repeat(self, repeat):
        """Send an old call again: the same response, whatever happened since."""
        code, user, key, outcome = repeat
        with_key = {"code": code, "duplication_avoider": key}
        answer = self.outcome(self.world.as_player("Use", user, **with_key))
        # A call with a known key is not prepared against today's master data: its answer is history.
        assert answer == outcome

    @rule(code=codes, user=USERS)
    def revert(self, code, user):
        """Revert a use."""
        outcome = self.outcome(self.world.call("RevertUseByUserId", user_id=user, code=code))
        refusal = self.expected(code, good=self.owner[code] == user)
        if refusal:
            assert outcome == refusal
            return
        self.owner[code] = None
        self.changes[code] += 1
        self.uses.reverted(code)
        assert outcome.item.revision == self.revision(code)

    @rule(code=codes, user=USERS, active=st.booleans())
    def verify(self, code, user, active):
        """Verify a code either way."""
        verify_type = 1 if active else 2
        outcome = self.outcome(self.world.as_player("VerifyCode", user, code=code, verify_type=verify_type))
        refusal = self.expected(code, good=(self.status(code) == 1) == active)
        assert outcome == refusal if refusal else outcome.item.code == code

    @rule(names=st.sets(st.sampled_from(CAMPAIGNS)))
    def put_in_force(self, names):
        """Replace the master data."""
        self.do(self.world.put_in_force(*sorted(names) or ["other"]))
        self.in_force = names

    @rule(seconds=st.integers(1, 10_000))
    def wait(self, seconds):
        """Advance the clock and recreate the tokens."""
        self.service.clock.advance(seconds=seconds)
        self.service.tokens.clear()

    @invariant()
    def every_code_is_as_the_model_says(self):
        """Status, owner and revision of every code in force."""
        for code, owner in self.owner.items():
            if self.campaign[code] in self.in_force:
                item = self.do(self.world.call("GetSerialKey", code=code)).item
                assert (item.status, item.used_user_id) == (self.status(code), owner or "")
                assert item.revision == self.revision(code)

    @invariant()
    def the_redemptions_are_those_of_the_model(self):
        """All used codes are listed, each with its player."""
        found = self.do(self.world.call("DescribeRedemptions", limit=1000)).items
        assert {key.code: key.used_user_id for key in found} == {
            code: user for code, user in self.owner.items() if user
        }

    def teardown(self):
        """Compare the curves; stop the server."""
        self.do(self.uses.check(self.world))
        self.do(self.stack.aclose())
        self.loop.close()
        self.folder.cleanup()


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
