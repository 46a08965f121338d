"""The scripts that the namespaces of services name, and their arguments."""

from typing import NamedTuple

from redeem.common.v1 import common_pb2

from redeemd.contract import documented_json
from redeemd.contract.json_text import JsonObject
from redeemd.errors import ScriptNotSupported
from redeemd.resources import defaults
from redeemd.resources.resource import Grns, Resource
from redeemd.script import results
from redeemd.script.errors import ScriptRefused
from redeemd.script.outcome import Outcome


class Trigger(NamedTuple):
    """The scripts of an event, by their GRNs: the one before it and the one after it; "" if there is none.

    elsewhere  whether the setting requires something after the event that is no script here
    """

    before: str
    after: str = ""
    elsewhere: bool = False

    @classmethod
    def of(cls, setting: common_pb2.ScriptSetting) -> "Trigger | None":
        """Return what a setting says; None if nothing runs."""
        target, after = setting.done_trigger_target_type, setting.done_trigger_script_id
        is_script = target == common_pb2.DONE_TRIGGER_TARGET_TYPE_GS2_SCRIPT
        elsewhere = target == common_pb2.DONE_TRIGGER_TARGET_TYPE_AWS or is_script != bool(after)
        found = cls(setting.trigger_script_id, "" if elsewhere else after, elsewhere)
        return found if any(found) else None

    def require_here(self) -> None:
        """Raise ScriptNotSupported for a setting that requires something else than a script after the event."""
        if self.elsewhere:
            raise ScriptNotSupported


def require_permit(script_id: str, outcome: Outcome) -> None:
    """Raise ScriptRefused if a script does not permit the event, or a Failure if it does not say."""
    if not results.permit(outcome):
        raise ScriptRefused(script=script_id)


def namespace_argument(resource: Resource, grns: Grns, name: str, body: bytes) -> JsonObject:
    """Return a serialised namespace as clients see it, without its times and its revision."""
    item = resource.message.FromString(body)
    defaults.fill(item, grns.expand)
    setattr(item, "name", name)  # noqa: B010 -- the field is that of a message of any type
    setattr(item, resource.id_field, grns.of(name))
    return documented_json.to_json(item)
