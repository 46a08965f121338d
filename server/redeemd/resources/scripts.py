"""Scripts of the documented API, which redeemd stores but does not run."""

from redeem.common.v1 import common_pb2

from redeemd.errors import ScriptNotSupported

_WITH_A_SCRIPT = (common_pb2.DONE_TRIGGER_TARGET_TYPE_GS2_SCRIPT, common_pb2.DONE_TRIGGER_TARGET_TYPE_AWS)


def would_run(setting: common_pb2.ScriptSetting) -> bool:
    """Return whether a script would have to run."""
    done = setting.done_trigger_target_type in _WITH_A_SCRIPT
    return bool(setting.trigger_script_id or setting.done_trigger_script_id or done)


def refuse(runs: bool) -> None:
    """Raise ScriptNotSupported if a script would have to run (semantics 12.22)."""
    if runs:
        raise ScriptNotSupported
