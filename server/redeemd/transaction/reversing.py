"""Plans the transaction that reverts another one: the reverses of its actions, the last action first.

What a transaction did is in its stored result: the requests of its actions, and in their results the results of the
transactions that they issued. The reverse of an action is the one that its definition names.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from redeem.transaction.v1 import resources_pb2 as pb

from redeemd.auth.authorize import require_namespace
from redeemd.auth.roles import require_role
from redeemd.contract import documented_json, json_text
from redeemd.errors import VIOLATIONS_MAX, ValidationFailed, Violation
from redeemd.rpc.call import Caller
from redeemd.transaction.action import Action, ActionRequest
from redeemd.transaction.definition import Kind
from redeemd.transaction.errors import TransactionIrreversible
from redeemd.transaction.registry import Registry
from redeemd.transaction.results import Result, require_readable
from redeemd.transaction.sheets import ACQUIRE_ALL

_OPPOSITE = {Kind.CONSUME: Kind.ACQUIRE, Kind.ACQUIRE: Kind.CONSUME}  # the others change nothing
_PAUSE_CHARACTERS = 8192  # of JSON text, after which other calls may run


class Reversal(NamedTuple):
    """The requests of the reverses, in order, and namespace_names as in Authorized."""

    actions: Sequence[ActionRequest]
    namespace_names: Sequence[str | None]


class _Done(NamedTuple):
    """An action that was performed, with its request and its result as JSON. `path` is its path in the transaction."""

    kind: Kind
    name: str
    request: str
    result: str
    path: str


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans reversals."""

    registry: Registry

    async def plan(self, result: Result, caller: Caller) -> Reversal:
        """Return the reversal of a transaction with this result. Other calls may run in between.

        Raises NamespaceNotAllowed or RoleNotAllowed if the caller may not read the result or call the RPC of a reverse,
        TransactionIrreversible, or ValidationFailed for a request that is no longer valid.
        """
        require_readable(result, caller)
        found = [(done, self._reverse(done)) for done in self._leaves(_performed(result))]
        irreversible = [done for done, reverse in found if reverse is None]
        if irreversible:
            named = ", ".join(f"{done.path} {done.name}" for done in irreversible[:VIOLATIONS_MAX])
            raise TransactionIrreversible(count=str(len(irreversible)), actions=named)
        actions = await _requests([(done, reverse) for done, reverse in reversed(found) if reverse is not None])
        names = dict.fromkeys([*result.namespace_names, *_namespaces(actions, caller)])
        return Reversal(actions, list(names))

    def _leaves(self, performed: Iterator[_Done]) -> Iterator[_Done]:
        """Yield the actions, with those of the transactions that they issued in place of those that issued them."""
        for done in performed:
            inside = self._issued(done)
            if inside is None:
                yield done
            else:
                yield from self._leaves(_of_transaction(inside, f"{done.path}/"))

    def _issued(self, done: _Done) -> pb.TransactionResult | None:
        """Return the result of the transaction that an action issued and that ran; None if there is none."""
        action = self.registry.find(done.name, done.kind)
        if action is None or not action.definition.nests:
            return None
        fields = self.registry.local(done.name).reply_type.DESCRIPTOR.fields
        [name] = [field.json_name for field in fields if field.message_type is pb.TransactionResult.DESCRIPTOR]
        found = json_text.read_object(done.result).get(name)
        return None if found is None else _read(found)

    def _reverse(self, done: _Done) -> tuple[Action, Action] | None:
        """Return an action and its reverse, or None if it has none."""
        action = self.registry.find(done.name, done.kind)
        if action is None or action.definition.reverse is None:
            return None
        reverse = self.registry.find(action.definition.reverse, _OPPOSITE[done.kind])
        return None if reverse is None else (action, reverse)


def _performed(result: Result) -> Iterator[_Done]:
    """Yield the consume and acquire actions of a result, in order."""
    return _of_transaction(result, "") if isinstance(result, pb.TransactionResult) else _of_sheet(result)


def _of_transaction(result: pb.TransactionResult, prefix: str) -> Iterator[_Done]:
    for index, consumed in enumerate(result.consume_results):
        path = f"{prefix}consumeActions[{index}]"
        yield _Done(Kind.CONSUME, consumed.action, consumed.consume_request, consumed.consume_result, path)
    for index, acquired in enumerate(result.acquire_results):
        path = f"{prefix}acquireActions[{index}]"
        yield _Done(Kind.ACQUIRE, acquired.action, acquired.acquire_request, acquired.acquire_result, path)


def _of_sheet(result: pb.StampSheetResult) -> Iterator[_Done]:
    tasks = zip(result.task_requests, result.task_results, strict=True)
    for index, (task, text) in enumerate(tasks):
        yield _Done(Kind.CONSUME, task.action, task.request, text, f"consumeActions[{index}]")
    sheet = result.sheet_request
    if sheet.action == ACQUIRE_ALL:
        yield from _of_transaction(_read(json_text.read_object(result.sheet_result)), "")
    else:
        yield _Done(Kind.ACQUIRE, sheet.action, sheet.request, result.sheet_result, "acquireActions[0]")


def _read(tree: json_text.Json) -> pb.TransactionResult:
    """Read a result that this server rendered."""
    result = pb.TransactionResult()
    documented_json.Reader().read(tree, result, "")
    return result


async def _requests(found: Sequence[tuple[_Done, tuple[Action, Action]]]) -> list[ActionRequest]:
    """Return the requests of the reverses. Raises ValidationFailed."""
    numbers = {kind: count() for kind in Kind}
    problems: list[Violation] = []
    requests, since_pause = [], 0
    for done, (action, reverse) in found:
        since_pause += len(done.request)
        if since_pause > _PAUSE_CHARACTERS:
            since_pause = 0
            await asyncio.sleep(0)
        kind = reverse.definition.kind
        place = f"{kind}Actions[{next(numbers[kind])}]"
        members = reverse.reversing(json_text.read_object(done.request), action.definition)
        requests.append(reverse.read(members, place, f"{place}.request", problems))
    if problems:
        raise ValidationFailed(component="transaction", violations=problems[:VIOLATIONS_MAX])
    return requests


def _namespaces(actions: Sequence[ActionRequest], caller: Caller) -> Iterator[str | None]:
    """Yield the namespaces of actions. Raises RoleNotAllowed or NamespaceNotAllowed unless the caller may call them."""
    for request in actions:
        rule = request.action.rule
        require_role(caller, rule)
        name = None if rule.namespace_field is None else getattr(request.message, rule.namespace_field)
        require_namespace(caller, name)
        yield name
