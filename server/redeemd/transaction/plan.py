"""The actions of master data, compiled once, so that a transaction only fills in the values of placeholders."""

from collections.abc import Iterable, Mapping

from redeemd.errors import ValidationFailed, Violation
from redeemd.transaction.action import Template


class Plan:
    """Actions in the order in which they run."""

    __slots__ = ("_keys", "templates")

    def __init__(self, templates: Iterable[Template]) -> None:
        self.templates = tuple(templates)
        self._keys = frozenset[str]().union(*(each.keys for each in self.templates))

    def require_values(self, values: Mapping[str, str]) -> None:
        """Raise ValidationFailed for placeholders that have no value."""
        if not self._keys <= values.keys():
            absent = sorted(self._keys.difference(values))
            problems = [Violation("config", f"has no value for {key}", "require") for key in absent]
            raise ValidationFailed(component="config", violations=problems)
