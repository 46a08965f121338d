"""One client: makes calls, repeats them under their idempotency keys until a response, records the history."""

import asyncio
import random
from dataclasses import replace

import grpc
from redeem.transaction.v1 import requests_pb2 as transaction_pb

from proof.calls import Call
from proof.history import Attempt, History, now_ns
from proof.services import Rpc, Services, error_info

KEYED = 0.75  # of the writing calls have a key
TWICE = 0.08  # of those are sent twice at the same time
REPLAYED = 0.05  # of those are sent once more after their response
FENCED = 0.7  # of those that nobody knows the outcome of are settled by GetOutcome
DEADLINES_SECONDS = (0.4, 1.0, 2.5)
ATTEMPTS_MAX = 12
PAUSE_SECONDS = 0.1

# The service says so itself: nothing was changed.
_NOTHING_CHANGED = frozenset(
    {"NOT_COMMITTED", "STORE_UNAVAILABLE", "OVERLOADED", "CONFLICT", "CONTENTION", "SERVER_DRAINING"}
)
_UNKNOWN = frozenset({"OUTCOME_UNKNOWN", "INTERNAL"})
_NEVER = frozenset({"INTERNAL", "VALIDATION_FAILED", "IDEMPOTENCY_KEY_REUSED", "CREDENTIAL_INVALID"})
_OUTCOME = Rpc("transaction", "GetOutcome")


class Client:
    """Makes one call after the other, each try by any of the servers."""

    def __init__(self, number: int, servers: list[Services], history: History, random_: random.Random):
        self.number = number
        self._servers = servers
        self._history = history
        self._random = random_
        self._calls = 0

    def _chance(self, share):
        return self._random.random() < share

    async def make(self, call: Call):
        """Make a logical call; return its reply, None if there was none."""
        self._calls += 1
        keyed = call.writes and self._chance(KEYED)
        key = f"{self.number}-{self._calls}-{self._random.getrandbits(64)}" if keyed else None
        attempts = await self._try(call, key)
        self._note_refusals(call, attempts)
        answers = [attempt for attempt in attempts if attempt.outcome == "ok"]
        if answers:
            return await self._answered(call, key, attempts, answers)
        lost = [attempt for attempt in attempts if attempt.outcome == "unknown"]
        if lost:
            return await self._lost(call, key, min(attempt.begin for attempt in lost))
        if all(attempt.outcome == "nothing" for attempt in attempts):
            self._history.nothing(call, "not done")
        return None

    async def _try(self, call, key):
        """Send until there is a response, once if there is no key."""
        attempts = []
        for _ in range(ATTEMPTS_MAX):
            copies = 2 if key and self._chance(TWICE) else 1
            some = await asyncio.gather(*(self._send(call, key) for _ in range(copies)))
            attempts += some
            outcomes = {attempt.outcome for attempt in some}
            if outcomes & {"ok", "refused"} or ("unknown" in outcomes and key is None):
                break
            await asyncio.sleep(PAUSE_SECONDS * (1 + self._random.random()))
        return attempts

    async def _send(self, call, key) -> Attempt:
        request, metadata = call.request, ()
        if key is not None and "duplication_avoider" in request.DESCRIPTOR.fields_by_name:
            request = type(request)()
            request.CopyFrom(call.request)
            request.duplication_avoider = key
        elif key is not None:
            metadata = (("idempotency-key", key),)
        begin = now_ns()
        try:
            reply = await self._any_server().send(
                call.rpc, request, seconds=self._random.choice(DEADLINES_SECONDS), metadata=metadata
            )
        except grpc.aio.AioRpcError as error:
            return self._failed(call, error, begin)
        return Attempt("ok", begin, now_ns(), reply)

    def _any_server(self):
        return self._random.choice(self._servers)

    def _failed(self, call, error, begin):
        end = now_ns()
        info = error_info(error)
        if info is None:  # the connection, the deadline: the call may be done, or be done later
            self._history.outcomes[f"(attempts)|{error.code().name}"] += 1
            return Attempt("unknown", begin, end)
        reason, metadata = info
        if reason in _NEVER:
            self._history.anomaly(f"{call.name}: {reason}: {error.details()}")
        outcome = "nothing" if reason in _NOTHING_CHANGED else "unknown" if reason in _UNKNOWN else "refused"
        if outcome != "refused":
            self._history.outcomes[f"(attempts)|{reason}"] += 1
        return Attempt(outcome, begin, end, reason=reason, metadata=metadata)

    def _note_refusals(self, call, attempts):
        """A refusal leaves no key behind, so each is an observation of its own, unless they have one cause.

        The cause was there when the first of those was refused, perhaps since the first attempt.
        """
        refused = [attempt for attempt in attempts if attempt.outcome == "refused"]
        same = [attempt for attempt in refused if attempt.reason in call.once]
        for attempt in refused:
            if attempt not in same:
                self._history.refused(self.number, call, attempt)
        if same:
            first = min(same, key=lambda attempt: attempt.end)
            begin = min(attempt.begin for attempt in attempts)
            self._history.refused(self.number, call, replace(first, begin=begin))

    async def _answered(self, call, key, attempts, answers):
        """Note one call that was done once, however often it was sent."""
        replies = [attempt.reply for attempt in answers]
        if key and self._chance(REPLAYED):
            again = await self._send(call, key)
            if again.outcome == "refused":
                self._history.anomaly(f"{call.name}: refused with {again.reason} after it was answered")
            replies += [again.reply] if again.outcome == "ok" else []
        if any(reply != replies[0] for reply in replies):
            self._history.anomaly(f"{call.name}: the same key was answered differently")
        self._note_ok(call, attempts, min(attempt.end for attempt in answers), replies[0])
        return replies[0]

    def _note_ok(self, call, attempts, end, reply):
        self._history.ok(self.number, call, min(attempt.begin for attempt in attempts), end, reply)

    async def _lost(self, call, key, begin):
        """Nobody knows. A call with a key can be settled: it was done, or never will be."""
        if key is None or not call.writes or not self._chance(FENCED):
            self._history.unknown(self.number, call, begin)
            return None
        request = _OUTCOME.request(
            service=call.rpc.service_name,
            method=call.rpc.method,
            key=key,
            user_id=call.user,
            namespace_name=getattr(call.request, "namespace_name", None),
            fence=True,
        )
        request.request.Pack(call.request)
        for _ in range(ATTEMPTS_MAX):
            try:
                settled = await self._any_server().send(_OUTCOME, request, seconds=DEADLINES_SECONDS[-1])
            except grpc.aio.AioRpcError:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            return self._settled(call, begin, settled)
        self._history.unknown(self.number, call, begin)
        return None

    def _settled(self, call, begin, settled):
        if settled.outcome == transaction_pb.OUTCOME_FENCED:
            self._history.nothing(call, "fenced")
            return None
        if settled.outcome != transaction_pb.OUTCOME_SUCCEEDED:
            self._history.anomaly(f"{call.name}: a fence left the outcome open")
            return None
        reply = call.rpc.reply(settled.answer.value)
        self._history.ok(self.number, call, begin, now_ns(), reply)
        return reply
