"""Observations of an object: the same fields, whether they came as a message or in the result of a transaction."""

import json

from google.protobuf.json_format import MessageToDict

from proof.calls import Part
from proof.plan import CLOCK_SKEW_MS, DAY_MS, Plan

_LISTS = {"verifyActions": "verify", "consumeActions": "consume", "acquireActions": "acquire"}


def answered(plan: Plan, part: Part, reply):
    """Return what a reply says of the object of a part."""
    item = _item_of_action(reply, part.action) if part.action else MessageToDict(reply.item)
    return _said(plan, part, item)


def said_of_code(plan, item):
    """Return what a serial key, as a dictionary, says."""
    status = item["status"].removeprefix("SERIAL_KEY_STATUS_")
    revision = int(item["revision"]) - plan.code_revision
    return {"status": status, "user": item.get("usedUserId", ""), "revision": revision}


def said_of_counter(plan, item, tick=None):
    """Return what a counter, as a dictionary, says."""
    said = {"count": int(item.get("count", 0)), "revision": int(item.get("revision", 0))}
    if tick is not None and "nextResetAt" in item:
        said["until"], rest = divmod(int(item["nextResetAt"]) - plan.tick_reset_ms(tick), DAY_MS)
        said["until"] += 1
        assert not rest, "a reset at another time of the day"
    return said


def refused(reason, metadata):
    """Return what a refusal says of the object that it is for."""
    said = {"reason": reason}
    if "count" in metadata:
        said["count"] = int(metadata["count"])
    if "campaign_model_name" in metadata:
        said["campaign"] = metadata["campaign_model_name"]
    if "status" in metadata:
        said["status"] = metadata["status"]
    return said


def part_of_refusal(parts, metadata):
    """Return the part for whose object a call was refused; None if it is none of them."""
    action = metadata.get("action_path", "")
    return next((part for part in parts if action in {part.action, part.refused_by}), None)


def periods(plan: Plan, part: Part, begin_ns, end_ns):
    """Return in which periods the clock of a call may have been: the first and the last.

    A call without an end may come a day late at most: runs are shorter.
    """
    if part.tick is None:
        return [0, 0]
    reset_ms = plan.tick_reset_ms(part.tick)

    def period(monotonic_ns, skew_ms):
        wall_ms = (monotonic_ns + plan.wall_minus_monotonic_ns) // 1_000_000
        return (wall_ms + skew_ms + part.ahead_ms - reset_ms) // DAY_MS + 1

    first = period(begin_ns, -CLOCK_SKEW_MS)
    return [first, first + 1 if end_ns is None else period(end_ns, CLOCK_SKEW_MS)]


def _said(plan, part, item):
    kind = part.object.partition("/")[0]
    if kind in {"code", "forged"}:
        return said_of_code(plan, item)
    if kind == "capped":
        return _said_of_capped(plan, part.op, item)
    return {} if kind in {"await", "guesses"} else said_of_counter(plan, item, part.tick)


def _said_of_capped(plan, op, item):
    """Return the state of a code after a use or a revert, which do not change the revision of a campaign code."""
    if op["kind"] == "verify":
        return {}
    said = said_of_code(plan, item)
    if op["key"] == 0:
        del said["revision"]
    return said


def _item_of_action(reply, path):
    """Follow `acquireActions[0]/consumeActions[0]` through the results of a transaction."""
    result = _result(reply)
    *outer, last = path.split("/")
    for step in outer:
        result = _at(result, step)["transactionResult"]
    return _at(result, last)["item"]


def _result(reply):
    field = "transaction_result" if "transaction_result" in reply.DESCRIPTOR.fields_by_name else "item"
    return MessageToDict(getattr(reply, field))


def _at(result, step):
    name, _, index = step.removesuffix("]").partition("[")
    return json.loads(result[f"{_LISTS[name]}Results"][int(index)][f"{_LISTS[name]}Result"])
