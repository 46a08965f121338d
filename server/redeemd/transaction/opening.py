"""Opens signed texts as the authorization of a call.

The caller must have access to the namespace in which a text was signed. An expired sheet is refused later, because the
reply of a part that has run can still be requested. These methods raise SheetInvalid or NamespaceNotAllowed.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from redeemd.auth.authorize import require_namespace
from redeemd.rpc.call import Authorized, Call
from redeemd.rpc.marks import PlanT
from redeemd.transaction.definition import Kind
from redeemd.transaction.sheets import Sheet, SheetPart, Sheets


class TaskRequest(Protocol):
    """A request with a signed consume action."""

    stamp_task: str
    key_id: str


class SheetRequest(Protocol):
    """A request with a signed sheet."""

    stamp_sheet: str
    key_id: str


class SignedRequest(Protocol):
    """A request with a signed text of any type."""

    key_id: str


class Whole(NamedTuple):
    """An opened sheet with its opened tasks."""

    sheet: Sheet
    parts: Sequence[SheetPart]  # all parts, in order


class SheetOpener:
    """Opens parts and sheets."""

    def __init__(self, sheets: Sheets) -> None:
        self._sheets = sheets

    def verify_task(self, call: Call[SignedRequest]) -> Authorized[SheetPart]:
        """Open the verify_task or stamp_task of a request, which must be a verify action."""
        text = getattr(call.request, "verify_task", "") or getattr(call.request, "stamp_task", "")
        return self._task(call, Kind.VERIFY, text)

    def task(self, call: Call[TaskRequest]) -> Authorized[SheetPart]:
        """Open the stamp_task of a request, which must be a consume action."""
        return self._task(call, Kind.CONSUME, call.request.stamp_task)

    def _task(self, call: Call[SignedRequest], kind: Kind, text: str) -> Authorized[SheetPart]:
        part = self._sheets.open_task(kind, text, call.request.key_id)
        return self._allowed(call, part, part)

    def sheet(self, call: Call[SheetRequest]) -> Authorized[Whole]:
        """Open the stamp_sheet of a request, and its tasks."""
        key_id = call.request.key_id
        sheet = self._sheets.open_sheet(call.request.stamp_sheet, key_id)
        parts = [self._sheets.open_task(Kind.VERIFY, text, key_id) for text in sheet.verify_tasks]
        parts += [self._sheets.open_task(Kind.CONSUME, text, key_id) for text in sheet.tasks]
        return self._allowed(call, sheet.part, Whole(sheet, [*parts, sheet.part]))

    def _allowed(self, call: Call[SignedRequest], part: SheetPart, plan: PlanT) -> Authorized[PlanT]:
        """Authorize a call for the namespace and the player of a part."""
        require_namespace(call.caller, part.origin.namespace_name)
        call.concerns.append(part.origin.user_id)
        stack = getattr(call.request, "context_stack", "")
        if stack:
            self._sheets.check_stack(stack, part.origin)
        return Authorized(plan, [part.origin.namespace_name], part.origin.user_id)


# Functions for `authorized`, for servicers that run signed sheets.


class RunsSheets(Protocol):
    """A servicer that runs signed sheets."""

    @property
    def signed(self) -> "HasOpener":
        """The component that runs sheets."""


class HasOpener(Protocol):
    """A component that opens sheets."""

    @property
    def opener(self) -> SheetOpener:
        """The component that opens sheets."""


async def signed_verify_task(servicer: RunsSheets, call: Call[SignedRequest]) -> Authorized[SheetPart]:
    """Open a signed verify action."""
    return servicer.signed.opener.verify_task(call)


async def signed_task(servicer: RunsSheets, call: Call[TaskRequest]) -> Authorized[SheetPart]:
    """Open a signed consume action."""
    return servicer.signed.opener.task(call)


async def signed_sheet(servicer: RunsSheets, call: Call[SheetRequest]) -> Authorized[Whole]:
    """Open a signed sheet."""
    return servicer.signed.opener.sheet(call)
