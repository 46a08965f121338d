"""Finds variables of the environment that look like settings and are none: a typing error must not pass unnoticed."""

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

_PREFIX = "REDEEMD_"
# Kubernetes sets such variables in all pods of a namespace that has a service named redeemd or redeemd-...
_OF_KUBERNETES = re.compile(r".*(_SERVICE_(HOST|PORT.*)|_PORT(_\d+_(TCP|UDP|SCTP).*)?)")


class _Command(Protocol):  # typer's classes are not public
    @property
    def params(self) -> Sequence[object]: ...


def warnings(environment: Iterable[str], known: Collection[str]) -> list[str]:
    """Return a line about each variable that is not known, with the one that was probably meant."""
    names = [name for name in sorted(environment) if name.upper().startswith(_PREFIX) and name.upper() not in known]
    return [_line(name, known) for name in names if not _OF_KUBERNETES.fullmatch(name)]


def _line(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name.upper(), known, n=1)
    meant = f"; did you mean {close[0]}?" if close else ""
    return f"the environment variable {name} is no setting{meant}"


def variables_of(command: _Command) -> set[str]:
    """Return the variables that a command and the commands inside it read."""
    inside: Iterable[_Command] = getattr(command, "commands", {}).values()
    names = (getattr(each, "envvar", None) for each in command.params)
    return {name for name in names if isinstance(name, str)}.union(*map(variables_of, inside))
