"""Sends items to a server, a few hundred at a time."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from redeem.common.v1 import common_pb2

from redeemd.cli.client import Client
from redeemd.cli.items.kinds import GOOD, WORDS, Kind
from redeemd.cli.items.reading import Item
from redeemd.cli.output import progress_bar
from redeemd.code_files.codes import FileCode, Problem

PIECE_ITEMS = 200  # as many as a call takes


class Sent(NamedTuple):
    """Items, and what became of each."""

    kind: Kind
    items: Sequence[Item]
    outcomes: Sequence[common_pb2.ImportOutcome]

    def problems(self) -> Iterator[Problem]:
        """Yield the items that were not imported, and why."""
        for item, outcome in zip(self.items, self.outcomes, strict=True):
            if outcome not in GOOD:
                text = WORDS.get(outcome, self.kind.name_of(outcome))
                yield Problem(FileCode(item.line, 1, item.name(self.kind)), text)


def send(client: Client, kind: Kind, namespace: str, items: Sequence[Item], *, dry_run: bool) -> Sent:
    """Import items; return what became of them. Exits with status 1 if a call fails: the items before are imported."""
    outcomes: list[common_pb2.ImportOutcome] = []
    headers = (("x-dry-run", "true"),) if dry_run else ()
    with progress_bar() as progress:
        task = progress.add_task("importing", total=len(items))
        for start in range(0, len(items), PIECE_ITEMS):
            piece = [item.message for item in items[start : start + PIECE_ITEMS]]
            request = kind.request(namespace_name=namespace, items=piece)
            outcomes += client.call(kind.method(client), request, headers=headers).outcomes
            progress.advance(task, len(piece))
    return Sent(kind, items, outcomes)
