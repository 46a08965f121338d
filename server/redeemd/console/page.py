"""The declaration of a page of the console."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import web

from redeemd.console.visit import Visit

Show: TypeAlias = Callable[[Visit], Awaitable[web.StreamResponse]]
Action: TypeAlias = Callable[[Visit], Awaitable[web.StreamResponse | None]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page at a path below /console.

    show     returns the page; it is called again, with `visit.refusal`, when a method refuses an action
    files    whether its forms have a file
    actions  by the value of the form field `action`: each calls methods, and returns None to show the page anew
    """

    path: str
    show: Show
    actions: Mapping[str, Action] = field(default_factory=dict)
    files: bool = False
