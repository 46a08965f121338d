"""The file of a form that imports codes, and the requests of its import."""

import asyncio
from collections.abc import Iterator, Sequence

from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.console import forms
from redeemd.console.calls import Refused, refusing
from redeemd.console.code_file import Read
from redeemd.console.import_notes import PROBLEMS_MAX
from redeemd.console.visit import Visit
from redeemd.rpc.pipeline import validate

PIECE_CODES = 2000  # of a request, which the event loop handles in one step


async def read(visit: Visit) -> Read:
    """Read the file of a form, in a thread. Raises Refused."""
    if not visit.file:
        raise Refused.of("file", "must be chosen")
    try:
        return await asyncio.to_thread(_read, visit)
    except ValueError as problem:
        raise Refused.of("file", str(problem)) from None


def _read(visit: Visit) -> Read:
    column, encoding = (visit.form.get(name, "").strip() for name in ("column", "encoding"))
    file = visit.tools.read_codes(visit.file, column, encoding, exact=visit.form.get("exact") == "yes")
    allowed = visit.form.get("allow_short") == "yes"
    local = [problem for problem in file.problems if not (problem.doubtful and allowed)]
    return Read(file, file.without(local), local[:PROBLEMS_MAX], len(local))


class Pieces:
    """The requests of an import, each made when it is sent. `done` codes are in those that the method has taken."""

    def __init__(self, first: pb.ImportSerialKeysRequest, codes: Sequence[str]) -> None:
        """`first` has all fields but the codes."""
        self.done = 0
        self._first = first
        self._codes = codes

    def __iter__(self) -> Iterator[pb.ImportSerialKeysRequest]:
        """Iterate over the pieces in the order of the file."""
        for start in range(0, max(len(self._codes), 1), PIECE_CODES):
            self.done = start
            piece = pb.ImportSerialKeysRequest()
            piece.CopyFrom(self._first)
            piece.codes.extend(self._codes[start : start + PIECE_CODES])
            piece.last = start + PIECE_CODES >= len(self._codes)
            yield piece
        self.done = len(self._codes)


def pieces(visit: Visit, codes: Sequence[str], *, dry_run: bool) -> Pieces:
    """Return the requests that import codes as a form says. Raises Refused."""
    first = pb.ImportSerialKeysRequest(
        namespace_name=visit.part("namespace"),
        campaign_model_name=visit.part("campaign"),
        metadata=visit.form.get("metadata", "").strip() or None,
        match=pb.IMPORT_MATCH_EXACT if visit.form.get("exact") == "yes" else pb.IMPORT_MATCH_FOLDED,
        valid_from=forms.time(visit.form, "valid_from"),
        valid_until=forms.time(visit.form, "valid_until"),
        dry_run=dry_run,
        skip_problems=visit.form.get("skip_problems") == "yes",
    )
    with refusing():
        validate(first)  # before it begins, so that the form is shown with what was typed
    return Pieces(first, codes)
