"""Runs bodies together in one transaction: the statements for which they wait at the same time run as sets.

Bodies advance in rounds. In each round the statements of all bodies run, those of one query together and the queries in
the order of their names, so that groups lock rows in the same order. A body that raises before it changed anything that
cannot be undone fails alone; otherwise the whole group is rolled back.
"""

import contextvars
from collections.abc import Sequence
from dataclasses import dataclass, field

from redeemd.store.base import Body, Row, RunAgain, Tx
from redeemd.store.set_form import SetForm, set_form
from redeemd.store.sql import Query
from redeemd.store.stepped import Ended, Statement, SteppedBody, SteppedTx


class NotTogether(Exception):
    """A body cannot run in a group; everything is rolled back, and the bodies run one by one."""


class Left(Exception):
    """The outcome of a body that did nothing in the group, and has to run by itself."""


@dataclass(eq=False, slots=True)
class _Member:
    """A body of the group. `undo` are the changes that can be undone."""

    body: SteppedBody
    at: Statement | Ended
    changed: bool = False
    undo: list[tuple[SetForm, Statement]] = field(default_factory=list)

    def proceed(self, result: object) -> None:
        """Run up to the next statement."""
        self.at = self.body.proceed(result)

    def leave(self) -> None:
        """End the body, which has to run by itself."""
        self.body.leave()
        self.at = Ended(error=Left())


async def run_together(tx: Tx, bodies: Sequence[tuple[Body[object], contextvars.Context]]) -> list[Ended]:
    """Run bodies to their ends, each in its context, and return how they ended; with Left, one did nothing.

    Raises NotTogether, or whatever a statement raises.
    """
    members = []
    for body, context in bodies:
        stepped = SteppedBody(body, SteppedTx(pins=True), context)
        members.append(_Member(stepped, stepped.proceed()))
    while waiting := [member for member in members if isinstance(member.at, Statement)]:
        await _round(tx, waiting)
    await _undo(tx, [member for member in members if _failed(member)])
    return [member.at for member in members if isinstance(member.at, Ended)]


def _failed(member: _Member) -> bool:
    """Return whether a body failed. Raises NotTogether if it changed something that cannot be undone."""
    assert isinstance(member.at, Ended)
    if isinstance(member.at.error, RunAgain):
        member.at = Ended(error=Left())
    if member.at.error is not None and member.changed:
        raise NotTogether
    return member.at.error is not None


async def _round(tx: Tx, waiting: Sequence[_Member]) -> None:
    """Run the statement for which each body waits."""
    by_query: dict[Query, list[tuple[_Member, Statement]]] = {}
    for member in waiting:
        statement = member.at
        assert isinstance(statement, Statement)
        if statement.query is None:  # groups lock no names
            member.leave()
        else:
            by_query.setdefault(statement.query, []).append((member, statement))
    for query, statements in sorted(by_query.items(), key=lambda item: item[0].name):
        form = set_form(query)
        for each in [statements] if form is None else _sets(form, statements):
            await (_one_by_one(tx, each) if form is None or len(each) == 1 else _set(tx, form, each))


def _sets(form: SetForm, statements: Sequence[tuple[_Member, Statement]]) -> list[list[tuple[_Member, Statement]]]:
    """Return sets of statements with different keys, ordered by key.

    Whoever comes second to a change that can be undone leaves: its outcome depends on whether that is undone.
    """
    if form.key is None:
        return [list(statements)]
    by_key: dict[object, list[tuple[_Member, Statement]]] = {}
    for member, statement in statements:
        by_key.setdefault(form.key(statement.parameters), []).append((member, statement))
    if form.undo is not None:
        for same in by_key.values():
            for member, _ in same[1:]:
                member.leave()
            del same[1:]
    ordered = [by_key[key] for key in sorted(by_key)]  # type: ignore[type-var]  # tuples of values of the same types
    return [[same[n] for same in ordered if n < len(same)] for n in range(max(map(len, ordered)))]


async def _one_by_one(tx: Tx, statements: Sequence[tuple[_Member, Statement]]) -> None:
    for member, statement in statements:
        result = await statement.of(tx)
        _note(member, statement, changed=bool(result) or statement.method == "many")
        member.proceed(result)


async def _set(tx: Tx, form: SetForm, statements: Sequence[tuple[_Member, Statement]]) -> None:
    arguments = form.arguments([statement.parameters for _, statement in statements])
    rows: dict[int, Row] = {row["ordinal"]: row for row in await tx.all(form.query, **arguments)}
    for ordinal, (member, statement) in enumerate(statements, 1):
        row = rows.get(ordinal)
        if row is not None and form.skips and row["skipped"]:
            member.leave()
            continue
        _note(member, statement, changed=row is not None)
        member.proceed(row if statement.method == "one" else int(row is not None))


def _note(member: _Member, statement: Statement, *, changed: bool) -> None:
    """Record what a statement changed."""
    assert statement.query is not None
    if not changed or statement.query.postgres.startswith("SELECT"):
        return
    form = set_form(statement.query)
    if form is not None and form.undo is not None:
        member.undo.append((form, statement))
    else:
        member.changed = True


async def _undo(tx: Tx, failed: Sequence[_Member]) -> None:
    """Undo what failed bodies changed."""
    by_form: dict[Query, tuple[SetForm, list[Statement]]] = {}
    for member in failed:
        for form, statement in member.undo:
            by_form.setdefault(form.query, (form, []))[1].append(statement)
    for form, statements in by_form.values():
        assert form.undo is not None
        arguments = form.arguments([statement.parameters for statement in statements])
        await tx.run(form.undo, **arguments)
