"""Executes calls of one method as a set: one transaction, in which each statement runs for all of them.

A set executes calls that succeed, and changes nothing for the others: they run by themselves afterwards, so that their
outcomes, whichever they are, are those of single calls. It declines a call that its method does not prepare in sets,
one whose statement returns no row, one whose idempotency key was used before, and the second of two with one key. After
an error, all of them run by themselves.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import NamedTuple

from google.protobuf.message import Message

from redeemd.errors import ServiceError
from redeemd.idempotency.idempotency import Claim
from redeemd.rpc.call import Call
from redeemd.rpc.marks import InSets
from redeemd.rpc.method import Method
from redeemd.rpc.runtime import Runtime
from redeemd.store.base import OF_ALL_CALLERS, StoreError, Tx
from redeemd.store.each import Element, each
from redeemd.store.set_form import set_form

SET_MIN = 2

Replies = dict[int, Message]  # by the place of the call
Results = Mapping[int, Message | StoreError]  # likewise
Defect = Callable[[Exception], None]


class _Member(NamedTuple):
    """A call that takes part in a set, and the parameters of its statement."""

    place: int
    call: Call[Message]
    element: Element


class Sets:
    """Executes calls of one method as sets."""

    def __init__(self, method: Method, how: InSets, runtime: Runtime) -> None:
        form = set_form(how.query)
        if form is None or form.key is None:
            raise TypeError(f"{method.name}: query {how.query.name} has no set form with a key")
        self._key = form.key
        self._writes = method.policy.writes
        self._how = how
        self._store = runtime.store
        self._idempotency = runtime.idempotency
        self._recorder = runtime.recorder_of_sets(method.policy, method.handler, method.name)

    async def results(self, calls: Sequence[tuple[int, Call[Message]]], defect: Defect) -> Results:
        """Execute calls, each with its place; return the results of those that the set executed.

        A result is the reply or an error of OF_ALL_CALLERS. `defect` is called with an unexpected error.
        """
        if len(calls) < SET_MIN:
            return {}
        members: Sequence[_Member] = ()
        try:
            members = await self._prepare(calls)
            return await self._run(members) if len(members) >= SET_MIN else {}
        except OF_ALL_CALLERS as error:
            return {member.place: error for member in members}
        except (ServiceError, StoreError):
            return {}
        except Exception as error:  # noqa: BLE001 -- whichever call causes it gets it when it runs by itself
            defect(error)
            return {}

    async def _prepare(self, calls: Sequence[tuple[int, Call[Message]]]) -> list[_Member]:
        """Return the members of a set, with different keys of both kinds."""
        plans = await self._how.prepare([call for _, call in calls])
        members, keys = [], set[Hashable]()
        for (place, call), plan in zip(calls, plans, strict=True):
            own: set[Hashable] = set() if call.claim is None else {call.claim.scope}
            if plan is not None:
                call.plan = plan
                element = self._how.element(call, plan)
                own.add(self._key(element))
                if keys.isdisjoint(own):
                    members.append(_Member(place, call, element))
            keys |= own  # of the others as well: a later call with such a key comes after them
        return members

    async def _run(self, members: Sequence[_Member]) -> Replies:
        async def body(tx: Tx) -> Replies:
            return await self._execute(tx, await self._claimed(tx, members))

        replies = await self._store.run(body, write=self._writes, callers=len(members))
        if replies and self._recorder is not None:
            self._recorder.committed()
        return replies

    async def _claimed(self, tx: Tx, members: Sequence[_Member]) -> Sequence[_Member]:
        """Claim the idempotency keys; return the members whose keys were not used before, and those without one."""
        with_key = [(member, member.call.claim) for member in members if member.call.claim is not None]
        if not with_key:
            return members
        now = with_key[0][0].call.server_now
        taken = await self._idempotency.take_many(tx, [claim for _, claim in with_key], now=now)
        used_before = {member.place for (member, _), new in zip(with_key, taken, strict=True) if not new}
        return [member for member in members if member.place not in used_before]

    async def _execute(self, tx: Tx, members: Sequence[_Member]) -> Replies:
        if not members:
            return {}
        rows = await each(tx, self._how.query, [member.element for member in members])
        done = [(member, row) for member, row in zip(members, rows, strict=True) if row is not None]
        if done and self._recorder is not None:
            await self._recorder.record(tx, self._how.query, [(member.call, row) for member, row in done])
        replies = {member.place: self._how.reply(member.call, member.call.plan, row) for member, row in done}
        await self._settle_claims(tx, members, replies)
        return replies

    async def _settle_claims(self, tx: Tx, members: Sequence[_Member], replies: Replies) -> None:
        """Store the replies under the claimed keys, and withdraw the claims of members without a reply."""
        kept: list[tuple[Claim, Message]] = []
        withdrawn: list[Claim] = []
        for place, call, _ in members:
            if call.claim is None:
                continue
            if place in replies:
                kept.append((call.claim, replies[place]))
            else:
                withdrawn.append(call.claim)
        if withdrawn:
            await self._idempotency.withdraw(tx, withdrawn)
        if kept:
            await self._idempotency.keep_many(tx, kept, now=members[0].call.server_now)
