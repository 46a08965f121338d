"""The refusals of scripts."""

from redeemd.errors import Code, ServiceError


class ScriptNotFound(ServiceError, status=Code.FAILED_PRECONDITION, reason="SCRIPT_NOT_FOUND", component="script"):
    """The server does not have the script {script}."""


class ScriptRefused(ServiceError, status=Code.FAILED_PRECONDITION, reason="SCRIPT_REFUSED", component="script"):
    """The script {script} did not permit the call."""


class ScriptFailed(ServiceError, status=Code.FAILED_PRECONDITION, reason="SCRIPT_FAILED", component="script"):
    """The script {script} failed ({problem}): {detail}."""
