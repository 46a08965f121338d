"""Hypothesis strategies: requests of any method, made from its descriptor, from good ones to bytes that are none."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from support.contract import INTEGERS, ends_of, lengths_of, rules_of

ASTRAL = "\U0001f600"
ODD_TEXTS = [
    "", " ", "\x00", "a\x00b", "\x7f\x85", "a:b", "../..", "%00", "'; --", "#{userId}", "#{#{a}}", "{}", "[", "null",
    "\u202e\ufeff\uffff", "e\u0301\u200d", "\uff21\uff0d", ASTRAL * 40, "ß" * 129, "a" * 5000, "*", "k1.x", "-",
]  # fmt: skip
TEXTS = st.sampled_from(ODD_TEXTS) | st.text(max_size=40)
NUMBERS = (0, 1, -1, 2, 100, 2**31 - 1, -(2**31), 2**31, 2**63 - 1, -(2**63))
DOUBLES = (0.0, -0.0, 1.5, -1.0, 1e308, 5e-324, math.inf, -math.inf, math.nan)
# Beyond what a text may hold, each in JSON's own spelling: nothing a json.dumps would write.
ODD_JSON = [
    "", "null", "NaN", "-Infinity", "1e999", "1" + "0" * 400, "-9223372036854775809", '"\\ud800"', '"\\u0000"',
    '{"a":1,"a":2}', "[" * 40, "[" * 20_000,
    '{"a":' * 5_000, '"' + "\\" * 99, "[1,]", "{'a':1}", "\ufeff{}", "// x", '{"": {}}',
]  # fmt: skip
_GROUPS_MAX = 500
Known = Mapping[str, Any]  # values that lead somewhere, by the name of a field or message


_LEAVES: SearchStrategy[Any] = st.sampled_from(
    [None, True, False, *NUMBERS, 1.5, -0.0, 1e300, [], {}, [[]], "\ud800", *ODD_TEXTS]
)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(ODD_TEXTS), inner, max_size=3),
    max_leaves=6,
)
JSON_VALUES = st.integers(0, 4).flatmap(lambda choice: _LEAVES if choice else _TREES)


def documents(good: Sequence[Any]) -> SearchStrategy[Any]:
    """JSON texts: good ones, ones of which a part was replaced, doubled or left out, and ones that are none."""
    changed = st.sampled_from(good).flatmap(_changed)
    return st.one_of(
        st.sampled_from(good).map(json.dumps),
        changed.map(json.dumps),
        changed.flatmap(_changed).map(json.dumps),
        changed.flatmap(lambda value: _cut(json.dumps(value))),
        JSON_VALUES.map(json.dumps),
        st.sampled_from(ODD_JSON),
        st.sampled_from(ODD_JSON),
    )


def _changed(value: Any) -> SearchStrategy[Any]:
    """The value with one of its parts changed."""
    places = list(_places(value))
    new = JSON_VALUES | st.sampled_from([_OMIT, _TWICE])
    return st.tuples(st.sampled_from(places), new).map(lambda change: _put(value, *change))


_OMIT, _TWICE = object(), object()


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from _places(item, (*path, name))


def _put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return None if new in (_OMIT, _TWICE) else new
    if isinstance(value, list):
        items = [[_put(item, path[1:], new)] if index == path[0] else [item] for index, item in enumerate(value)]
        if len(path) == 1 and new in (_OMIT, _TWICE):
            items[path[0]] = [value[path[0]]] * (2 if new is _TWICE else 0)
        return [item for part in items for item in part]
    if len(path) == 1 and new in (_OMIT, _TWICE):
        return {name: item for name, item in value.items() if name != path[0]}
    return value | {path[0]: _put(value[path[0]], path[1:], new)}


def _cut(text: str) -> SearchStrategy[Any]:
    return st.integers(0, len(text)).map(lambda place: text[:place]) | st.tuples(
        st.integers(0, len(text)), st.text(max_size=3)
    ).map(lambda change: text[: change[0]] + change[1] + text[change[0] :])


def payloads(message: Descriptor, known: Known) -> SearchStrategy[Any]:
    """Return a strategy for values of this message: mostly valid ones, sometimes bytes that do not parse."""
    whole = messages(message, known).map(lambda request: request.SerializeToString())
    return st.integers(0, 11).flatmap(
        lambda choice: {0: whole.flatmap(_mangled), 1: _wire(message), 2: st.binary(max_size=60)}.get(choice, whole)
    )


def messages(message: Descriptor, known: Known) -> SearchStrategy[Any]:
    """Messages of which no, one, or any field is odd; the others are such as get a call far, by what is `known`."""
    return st.sampled_from((0, 0, 0, 0, 0, 1, 1, 2, 100)).flatmap(lambda odd: _message(message, known, odd))


@st.composite
def _message(draw: Any, message: Descriptor, known: Known, odd: int) -> Any:
    request: Any = message_factory.GetMessageClass(message)()
    fields = list(message.fields)
    strange = set(draw(st.permutations(range(len(fields))))[:odd]) if odd else set()
    for index, field in enumerate(fields):
        required = rules_of(field).required or rules_of(field).repeated.min_items
        if index in strange:
            _fill(request, field, draw(_odd(field, known)))
        elif required or (_leads_far(field, known) and draw(st.integers(0, 3)) == 0):
            _fill(request, field, draw(_good(field, known)))
    if message.name.endswith("Action") and message.name in known and not strange:
        name, body = draw(st.sampled_from(known[message.name]))
        request.action, request.request = name, draw(documents([body]) | st.just(json.dumps(body)))
    return request


def _leads_far(field: FieldDescriptor, known: Known) -> bool:
    """Return whether there are good values of an optional field: a made-up token only ends a call early."""
    return not field.name.endswith("_token") or field.name in known or f"{_owner(field)}.{field.name}" in known


def _owner(field: FieldDescriptor) -> str:
    assert field.containing_type is not None
    return field.containing_type.name


def _fill(request: Message, field: FieldDescriptor, value: Any) -> None:
    if field.message_type is not None and not field.is_repeated:
        getattr(request, field.name).CopyFrom(value)
    elif field.is_repeated:
        getattr(request, field.name).extend(value)
    else:
        setattr(request, field.name, value)


def _good(field: FieldDescriptor, known: Known) -> SearchStrategy[Any]:
    """Values that are known to lead somewhere, or at least that break no rule."""
    if field.is_repeated:
        low = rules_of(field).repeated.min_items
        return st.lists(_good_one(field, known), min_size=low, max_size=max(low, 3))
    return _good_one(field, known)


def _good_one(field: FieldDescriptor, known: Known) -> SearchStrategy[Any]:  # noqa: PLR0911 -- one for each kind of field
    if field.message_type is not None:
        return _message(field.message_type, known, 0)
    for name in (f"{_owner(field)}.{field.name}", field.name):
        if name in known:
            return st.sampled_from(known[name])
    if field.type == FieldDescriptor.TYPE_STRING:
        return st.sampled_from(("spring", "text"))
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.sampled_from((b"", b"spring"))
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values if value.number])
    if field.type == FieldDescriptor.TYPE_BOOL:
        return st.booleans()
    low, high = ends_of(field)
    return st.sampled_from(sorted({min(max(number, low), high) for number in (low, 1, 2, 3, high)}))


def _odd(field: FieldDescriptor, known: Known) -> SearchStrategy[Any]:
    """Values at and beyond the ends of what is allowed, and beyond all sense."""
    if field.is_repeated:
        most = rules_of(field).repeated.max_items or 100
        few = st.lists(_odd_one(field, known) | _good_one(field, known), max_size=4)
        return few | st.tuples(_good_one(field, known), st.sampled_from((most, most + 1))).map(lambda a: [a[0]] * a[1])
    return _odd_one(field, known)


def _odd_one(field: FieldDescriptor, known: Known) -> SearchStrategy[Any]:  # noqa: PLR0911 -- same
    if field.message_type is not None:
        return _message(field.message_type, known, 100)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.binary(max_size=100)
    if field.type == FieldDescriptor.TYPE_STRING:
        lengths = _lengths(field)
        long = st.tuples(st.sampled_from(lengths), st.sampled_from("a -" + ASTRAL)).map(lambda a: a[0] * a[1])
        others = st.sampled_from([text for texts in known.values() for text in texts if isinstance(text, str)])
        texts = documents([known["transaction.json"], *known["settings.json"]])
        return st.one_of(TEXTS, long, others, texts) if _may_be_json(field) else st.one_of(TEXTS, long, others)
    if field.enum_type is not None:
        return st.sampled_from((0, 1, 2, 99, -1, 2**31 - 1, -(2**31)))
    if field.type == FieldDescriptor.TYPE_BOOL:
        return st.booleans()
    if field.type not in INTEGERS:
        return st.sampled_from(DOUBLES)
    _, least, most = INTEGERS[field.type]
    low, high = ends_of(field)
    near = {low, low - 1, high, high + 1, *NUMBERS}
    return st.sampled_from(sorted(number for number in near if least <= number <= most))


def _may_be_json(field: FieldDescriptor) -> bool:
    return field.name in {"settings", "transaction", "request"}


def _lengths(field: FieldDescriptor) -> list[int]:
    """How long a text may be, and one more; of master data, whose limit takes seconds, much less."""
    _, most = lengths_of(rules_of(field))
    return [most, most + 1] if most <= 100_000 else [100_000]


def _mangled(data: bytes) -> SearchStrategy[Any]:
    """Bytes of a message, of which some are others, missing, or there twice."""
    place = st.integers(0, len(data))
    return st.tuples(place, place, st.binary(max_size=4)).map(
        lambda change: data[: change[0]] + change[2] + data[change[1] :]
    )


def _wire(message: Descriptor) -> SearchStrategy[Any]:
    """Fields of the wire format that the message may have, with values of any type, in any number and order."""
    numbers = st.sampled_from([*(field.number for field in message.fields), 0, 999, 2**29 - 1])
    varints = st.sampled_from((0, 1, 2**31, 2**63, 2**64 - 1)).map(_varint) | st.just(b"\xff" * 11)
    texts = st.binary(max_size=20).map(lambda data: _varint(len(data)) + data)
    values = st.one_of(
        st.tuples(st.just(0), varints),
        st.tuples(st.just(1), st.binary(min_size=8, max_size=8)),
        st.tuples(st.just(2), texts),
        st.tuples(st.just(5), st.binary(min_size=4, max_size=4)),
        st.tuples(st.sampled_from((3, 4, 6, 7)), st.binary(max_size=4)),
    )
    fields = st.tuples(numbers, values).map(lambda field: _varint(field[0] << 3 | field[1][0]) + field[1][1])
    nested = st.sampled_from((50, 99, 100, 101, _GROUPS_MAX)).map(
        lambda depth: b"\xbb\x3e" * depth + b"\xbc\x3e" * depth
    )
    return st.lists(fields | nested, max_size=6).map(b"".join)


def _varint(number: int) -> bytes:
    data = bytearray()
    while number > 127:
        data.append(number & 127 | 128)
        number >>= 7
    return bytes([*data, number])
