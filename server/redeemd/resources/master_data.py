"""Master data: from drafts to a document, and from a document to the models in effect.

Generic over the kinds of models of a service, which declares them in its spec.py.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from google.protobuf.message import Message

from redeemd.contract import documented_json, json_text, validation
from redeemd.contract.json_text import Json
from redeemd.errors import VIOLATIONS_MAX, MasterDataChanged, MasterDataInvalid, ServiceError, Violation
from redeemd.resources import defaults
from redeemd.resources.namespaces import NamespaceKey
from redeemd.resources.queries import QUERIES
from redeemd.resources.resource import Grns
from redeemd.rpc.call import Call
from redeemd.store.base import Row, Tx

SETTINGS_LENGTH_MAX = 5_242_880


@dataclass(frozen=True, slots=True, eq=False)  # there is one object per kind
class ModelKind:
    """One list of the document.

    kind         its name in the store
    json_name    its name in the document
    message      the message of a model; has name and id_field
    draft        the message of a master, which has all fields of a model and more
    count_max    the maximum number of models in a document
    check        returns the violations of a model beyond the rules of the contract; fields by proto name
    conflicts    returns the violations of the models together, each with the index of its model
    """

    kind: str
    json_name: str
    message: type[Message]
    draft: type[Message]
    id_field: str
    id_path: str
    count_max: int
    not_found: type[ServiceError]
    check: Callable[[Any], Iterable[Violation]] = lambda _model: ()  # takes a `message`, whose type varies
    conflicts: Callable[[Sequence[Any]], Iterable[tuple[int, Violation]]] = lambda _models: ()  # same


@dataclass(frozen=True, slots=True)
class MasterData:
    """The document of one service."""

    version: str
    kinds: tuple[ModelKind, ...]
    not_found: type[ServiceError]


class CurrentDocument(NamedTuple):
    """The document in effect. Its revision counts changes, from 1."""

    settings: str
    revision: int


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed and valid document."""

    settings: str
    models: dict[str, dict[str, Message]]  # by kind and name


def parse(settings: str, master: MasterData) -> Document:
    """Parse a document. Raises MasterDataInvalid with the paths of the violations, about VIOLATIONS_MAX at most."""
    if len(settings) > SETTINGS_LENGTH_MAX:
        raise invalid([Violation("settings", f"is longer than {SETTINGS_LENGTH_MAX} characters", "tooLong")])
    try:
        value = json_text.read(settings)
    except json_text.JsonError as error:
        raise invalid([Violation("settings", str(error))]) from None
    if not isinstance(value, dict):
        raise invalid([Violation("settings", "must be an object")])
    version = value.get("version")
    if version != master.version:
        error_type = "require" if version is None else "invalid"
        raise invalid([Violation("settings.version", f'must be "{master.version}"', error_type)])
    problems: list[Violation] = []
    models = {kind.kind: _parse_kind(value.get(kind.json_name), kind, problems) for kind in master.kinds}
    if problems:
        raise invalid(problems)
    return Document(settings, models)


def _parse_kind(items: Json, kind: ModelKind, problems: list[Violation]) -> dict[str, Message]:
    path = f"settings.{kind.json_name}"
    if items is None:
        items = []
    if not isinstance(items, list):
        problems.append(Violation(path, "must be a list"))
        return {}
    if len(items) > kind.count_max:
        problems.append(Violation(path, f"must hold at most {kind.count_max} items", "tooMany"))
        return {}
    models: dict[str, Message] = {}
    for index, item in enumerate(items):
        if len(problems) >= VIOLATIONS_MAX:
            break
        where = f"{path}[{index}]"
        model = _parse_model(item, kind, where, problems)
        name = _name(model)
        if name and name in models:
            problems.append(Violation(f"{where}.name", "is the name of an earlier item", "duplicate"))
        models[name] = model
    if not problems:
        for index, problem in kind.conflicts(list(models.values())):
            problems += documented_json.located([problem], f"{path}[{index}]")
    return models


def _parse_model(item: Json, kind: ModelKind, where: str, problems: list[Violation]) -> Message:
    model = kind.message()
    found = documented_json.read_checked(item, model, where, ignore=kind.id_field)
    problems += found or documented_json.located(kind.check(model), where)
    return model


def invalid(problems: list[Violation]) -> MasterDataInvalid:
    """Return the refusal of a document; its error type is that of the first problem."""
    return MasterDataInvalid(violations=problems, error_type=problems[0].error_type)


async def replace(tx: Tx, namespace: NamespaceKey, master: MasterData, document: Document, *, now: int) -> int:
    """Replace the models in effect by those of a document, and return its revision.

    Models that did not change are not written.
    """
    for kind in master.kinds:
        scope = {"namespace_id": namespace.namespace_id, "kind": kind.kind}
        before = {row["name"]: row["body"] for row in await tx.all(QUERIES.model_all, **scope)}
        after = document.models[kind.kind]
        for name in before.keys() - after.keys():
            await tx.run(QUERIES.model_remove, **scope, name=name)
        for name, model in after.items():
            body = model.SerializeToString(deterministic=True)
            if before.get(name) != body:
                await tx.run(QUERIES.model_put, **scope, name=name, body=body, now=now)
    settings = document.settings
    row = await tx.one(QUERIES.current_master_put, namespace_id=namespace.namespace_id, settings=settings, now=now)
    assert row is not None
    revision: int = row["revision"]
    return revision


async def current(tx: Tx, namespace: NamespaceKey) -> CurrentDocument | None:
    """Return the document in effect, or None if there is none yet."""
    row = await tx.one(QUERIES.current_master_get, namespace_id=namespace.namespace_id)
    return None if row is None else CurrentDocument(row["settings"], row["revision"])


async def require_revision(tx: Tx, namespace: NamespaceKey, expected: int, document: Document) -> None:
    """Raise MasterDataChanged unless the document in effect has a revision, or is already the given one.

    The latter is the case of a call that is repeated because its reply was lost.
    """
    found = await current(tx, namespace) or CurrentDocument("", 0)
    if found.revision != expected and found.settings != document.settings:
        raise MasterDataChanged(revision=str(found.revision), expected_revision=str(expected))


async def export(tx: Tx, namespace: NamespaceKey, master: MasterData) -> str:
    """Render the drafts as a document: compact, ordered by name, with only a model's fields (semantics 12.36)."""
    document: dict[str, object] = {"version": master.version}
    for kind in master.kinds:
        rows = await tx.all(QUERIES.master_all, namespace_id=namespace.namespace_id, kind=kind.kind)
        document[kind.json_name] = [documented_json.to_json(_row_model(kind, row)) for row in rows]
    return json_text.write(document)


def _row_model(kind: ModelKind, row: Row) -> Message:
    return _named(_draft_model(kind, kind.draft.FromString(row["body"])), row["name"])


def _name(model: Message) -> str:
    name: str = model.name  # type: ignore[attr-defined]  # every model has one
    return name


def _named(model: Message, name: str) -> Message:
    model.name = name  # type: ignore[attr-defined]  # every model has one
    return model


def check_draft(kind: ModelKind) -> Callable[[Message], Sequence[Violation]]:
    """Return a function that returns the violations of a draft as a model. The name is checked elsewhere."""

    def check(draft: Message) -> Sequence[Violation]:
        model = _named(_draft_model(kind, draft), "draft")
        return validation.violations(model) or list(kind.check(model))

    return check


def _draft_model(kind: ModelKind, draft: Message) -> Message:
    """Return the model of a draft: the fields of the same names, whose numbers differ."""
    model = kind.message()
    wanted = model.DESCRIPTOR.fields_by_name
    for field, value in draft.ListFields():
        if field.name not in wanted:
            continue
        if field.is_repeated:
            getattr(model, field.name).MergeFrom(value)
        elif field.message_type is not None:
            getattr(model, field.name).CopyFrom(value)
        else:
            setattr(model, field.name, value)
    return model


async def models(call: Call[object], grns: Grns, namespace: NamespaceKey, kind: ModelKind) -> Iterable[Message]:
    """Return all models of a kind in effect, ordered by name."""
    rows = await call.tx.all(QUERIES.model_all, namespace_id=namespace.namespace_id, kind=kind.kind)
    return [render(row["name"], row["body"], grns, namespace.name, kind) for row in rows]


async def model(call: Call[object], grns: Grns, namespace: NamespaceKey, kind: ModelKind, name: str) -> Message:
    """Return one model in effect. Raises the kind's not_found."""
    row = await call.tx.one(QUERIES.model_get, namespace_id=namespace.namespace_id, kind=kind.kind, name=name)
    if row is None:
        raise kind.not_found
    return render(row["name"], row["body"], grns, namespace.name, kind)


@functools.lru_cache(maxsize=10_000)
def render(name: str, body: bytes, grns: Grns, namespace_name: str, kind: ModelKind) -> Message:
    """Render a stored model as clients see it. The result is cached, so callers must not modify it."""
    item = kind.message.FromString(body)
    defaults.fill(item, grns.expand)
    setattr(item, kind.id_field, grns.of(namespace_name, kind.id_path.format(name=name)))
    return item


@functools.lru_cache(maxsize=10_000)
def render_text(name: str, body: bytes, grns: Grns, namespace_name: str, kind: ModelKind) -> str:
    """Return the JSON of the same."""
    return documented_json.to_text(render(name, body, grns, namespace_name, kind))
