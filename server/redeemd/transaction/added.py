"""Actions that a script adds to a transaction, and rewards that it multiplies."""

from collections.abc import Iterable, Sequence

from redeem.transaction.v1 import resources_pb2

from redeemd.contract import json_text
from redeemd.contract.json_text import JsonError
from redeemd.errors import ValidationFailed
from redeemd.script.outcome import Failure, Problem, ScriptAction
from redeemd.transaction.action import ActionRequest
from redeemd.transaction.definition import Kind
from redeemd.transaction.parser import ActionParser
from redeemd.transaction.template import USER_ID

_ORDER = {kind: index for index, kind in enumerate(Kind)}
_PLAYER = f"#{{{USER_ID}}}"
_DETAIL_LENGTH_MAX = 256


def read(parser: ActionParser, actions: Iterable[ScriptAction], player: str) -> list[ActionRequest]:
    """Read the actions of a script. Raises Failure for one that cannot be performed.

    Their only placeholder is that of the player, as the whole member userId. Anything else that looks like one is part
    of a value, because it may come from the player.
    """
    message = resources_pb2.Transaction()
    for action in actions:
        held = getattr(message, f"{action.kind}_actions").add()
        held.action, held.request = action.name, _with_player(action.request, player)
    try:
        return parser.literal(message, nested=False)
    except ValidationFailed as refusal:
        first = refusal.violations[0]
        raise Failure(Problem.RESULT, f"{first.field} {first.description}"[:_DETAIL_LENGTH_MAX]) from None


def _with_player(request: str, player: str) -> str:
    if _PLAYER not in request:
        return request
    try:
        members = json_text.read_object(request)
    except JsonError:
        return request  # refused by the parser
    return json_text.write(members | {USER_ID: player}) if members.get(USER_ID) == _PLAYER else request


def joined(planned: Sequence[ActionRequest], by_script: Sequence[ActionRequest]) -> list[ActionRequest]:
    """Return the actions of a transaction in the order in which they run, those of a script last of each kind."""
    if not by_script:
        return list(planned)
    places = {kind: sum(each.action.definition.kind == kind for each in planned) for kind in Kind}
    both = [*planned]
    for each in by_script:
        kind = each.action.definition.kind
        both.append(each._replace(place=f"{kind}Actions[{places[kind]}]"))
        places[kind] += 1
    return sorted(both, key=lambda each: _ORDER[each.action.definition.kind])


def scaled(parser: ActionParser, actions: Iterable[ActionRequest], by: float) -> list[ActionRequest]:
    """Return actions with the rewards among them multiplied; quantities are rounded down, and nothing of 0 remains.

    Raises ValidationFailed for a reward that cannot be multiplied.
    """
    if by == 1:
        return list(actions)
    found = []
    for each in actions:
        if each.action.definition.kind != Kind.ACQUIRE:
            found.append(each)
        elif by >= 1 and float(by).is_integer():
            found.append(parser.multiplied(each, int(by)))
        else:
            part = each.action.scaled(each, by)
            found += [] if part is None else [part]
    return found
