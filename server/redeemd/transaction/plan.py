"""The actions of master data, compiled once, so that a transaction only fills in the values of placeholders."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from redeemd.errors import ValidationFailed, Violation
from redeemd.transaction.action import Template
from redeemd.transaction.errors import ActionNotHere


class NotHere(NamedTuple):
    """The name of an action that is declared not to be here, and the action of the plan that it is, or is nested in."""

    name: str
    within: Template


class Plan:
    """Actions in the order in which they run."""

    __slots__ = ("_keys", "_not_here", "templates")

    def __init__(self, templates: Iterable[Template], not_here: Iterable[NotHere] = ()) -> None:
        """`not_here` are those of any plan of which `templates` are a part."""
        self.templates = tuple(templates)
        self._not_here = next(
            (each.name for each in not_here if any(each.within is template for template in self.templates)), None
        )
        self._keys = frozenset[str]().union(*(each.keys for each in self.templates))

    def require_here(self) -> None:
        """Raise ActionNotHere if an action of the plan, or one nested in it, is declared not to be here."""
        if self._not_here is not None:
            raise ActionNotHere(action=self._not_here)

    def require_values(self, values: Mapping[str, str]) -> None:
        """Raise ValidationFailed for placeholders that have no value."""
        if not self._keys <= values.keys():
            absent = sorted(self._keys.difference(values))
            problems = [Violation("config", f"has no value for {key}", "require") for key in absent]
            raise ValidationFailed(component="config", violations=problems)
