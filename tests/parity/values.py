"""Messages of every kind that rules may decide, the same ones each time: good, at each limit, beyond, and senseless."""

import itertools
import math
from random import Random

from google.protobuf.descriptor import FieldDescriptor
from support.contract import INTEGERS, lengths_of, rules_of, valid_request
from support.fuzz_values import ASTRAL, DOUBLES, NUMBERS, ODD_TEXTS

COUNT = 1_000  # of a message; more when more values are worth trying one by one, less when it has no texts
RARE_CHARACTERS = "\u2028\ufeff\ud7ff\ue000\ufffd\uffff\u0130\u017f\u212a\u0301\U0001d400\U0010ffff"
CHARACTERS = [*map(chr, range(0x100)), *RARE_CHARACTERS]
# A text of each of these marks is sent as the bytes beside it, which are no UTF-8 and as many.
NO_UTF8 = {
    b"<bad-utf-8:1>": b"continuation\x80",
    b"<bad-utf-8:2>": b"too long \xc0\x80..",
    b"<bad-utf-8:3>": b"surrogate \xed\xa0\x80",
    b"<bad-utf-8:4>": b"beyond \xf4\x90\x80\x80..",
    b"<bad-utf-8:5>": b"cut off    \xe2\x82",
}
# How fields may stand in the bytes of a message: too great for the field, in more bytes than needed, cut off. Left out
# is what no writer of protobuf writes and readers differ in: numbers of more than 64 bits, fields of a wrong wire type.
_NUMBERS_AS_BYTES = [
    b"\x81\x00", b"\xff" * 9 + b"\x01", b"\x80" * 9 + b"\x01", b"\x80\x80\x80\x80\x10", b"\x80" * 4, b"",
]  # fmt: skip
_TEXTS_AS_BYTES = [b"\x81\x00a", b"\x7fa", b"\x01", b"\xff" * 9 + b"\x01", b""]
_AS_BYTES = {
    **dict.fromkeys((FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64), (0, _NUMBERS_AS_BYTES)),
    **dict.fromkeys((FieldDescriptor.TYPE_ENUM, FieldDescriptor.TYPE_BOOL), (0, _NUMBERS_AS_BYTES)),
    **dict.fromkeys((FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_MESSAGE), (2, _TEXTS_AS_BYTES)),
    FieldDescriptor.TYPE_DOUBLE: (1, [b"\x00" * 6 + b"\xf8\x7f", b"1234", b""]),
}
_UNKNOWN = [
    (0, b"\x01"), (0, b""), (1, b"12345678"), (1, b"1234"), (2, b"\x01a"), (2, b"\x7fa"), (3, b""), (4, b""),
    (5, b"1234"), (5, b"12"), (6, b"\x01"), (7, b""),
]  # fmt: skip
_LONG = 10_000  # characters from which on a text is tried at its limit and beyond, and no further
_FEW = 40  # values of a list's items, or of a message in a list
_ALPHABETS = ("az09", "AZ_.-", "a:/+ ", "aé", "a" + ASTRAL, "a\x00\n\x7f\x85")


def payloads(message, count=COUNT):
    """Return serialized messages, all of them different: about `count` where there are as many kinds."""
    random = Random(message.full_name)
    single = list(_variants(message, random))
    mixed = _mixed(message, random, max(count - len(single), count // 4)) if message.fields else ()
    whole = [_serialized(request) for request in itertools.chain(single, mixed)]
    return list(dict.fromkeys([*whole, *_mangled(message, whole[0])]))


def _serialized(request):
    data = request.SerializeToString()
    if b"<bad-utf-8" in data:
        for mark, replacement in NO_UTF8.items():
            data = data.replace(mark, replacement)
    return data


def _mangled(message, data):
    """Bytes that are this message, another one, or none: cut off, twice, and with one more field of any kind."""
    yield from (data[:-1], data + data, data + b"\x00", data + b"\xff" * 11, b"")
    yield from (data + _varint(999 << 3 | wire_type) + value for wire_type, value in _UNKNOWN)
    for field in message.fields:
        wire_type, values = _AS_BYTES[field.type]
        yield from (data + _varint(field.number << 3 | wire_type) + value for value in values)


def _varint(number):
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + _varint(number >> 7)


def _variants(message, random):
    """A valid message, an empty one, and valid ones in which one field is changed."""
    valid = valid_request(message)
    yield valid
    yield type(valid)()
    for field in message.fields:
        for value in _values(field, random):
            yield _changed(valid, field, value)


def _mixed(message, random, count):
    """Messages in which one field is changed, or all, or any number between."""
    valid = valid_request(message)
    pools = [(field, [value for value in _values(field, random) if not _is_large(value)]) for field in message.fields]
    for _ in range(count):
        request, share, one = _copied(valid), random.choice((0.1, 0.5, 1)), random.choice(message.fields)
        for field, pool in pools:
            if field is one or random.random() < share:
                _put(request, field, _any(field, pool, random))
        yield request


def _any(field, pool, random):
    """One of the values; of a text as often one that was made up. Now and then none, whatever the number of values."""
    if random.random() < 0.1:
        return None
    is_text = field.type == FieldDescriptor.TYPE_STRING and not field.is_repeated
    return _made_up(rules_of(field), random) if is_text and random.random() < 0.5 else random.choice(pool)


def _is_large(value):
    size = value.ByteSize() if hasattr(value, "ByteSize") else len(str(value))
    return size > _LONG


def _changed(message, field, value):
    changed = _copied(message)
    _put(changed, field, value)
    return changed


def _copied(message):
    copied = type(message)()
    copied.CopyFrom(message)
    return copied


def _put(message, field, value):
    """Set a field, or clear it when the value is None."""
    message.ClearField(field.name)
    if value is None:
        return
    if field.is_repeated:
        getattr(message, field.name).extend(value)
    elif field.message_type is not None:
        getattr(message, field.name).CopyFrom(value)
    else:
        setattr(message, field.name, value)


def _values(field, random):
    """Values of a field, None for it not being there."""
    yield None
    yield from _lists(field, random) if field.is_repeated else _items(field, rules_of(field), random)


def _lists(field, random):
    """As many items as there may be, one more, one less; items of any kind alone, and among good ones."""
    rules = rules_of(field).repeated
    good = _good_item(field)
    for size in {0, 1, 2, 25, rules.min_items, rules.max_items, rules.max_items + 1}:
        yield [good] * size
    odd = list(_items(field, rules.items, random))
    if len(odd) > _FEW and field.message_type is not None:
        odd = random.sample(odd, _FEW)
    for item in odd:
        yield [item]
    for item in random.sample(odd, min(_FEW, len(odd))):
        yield [good, item, good, item]


def _good_item(field):
    if field.message_type is not None:
        return valid_request(field.message_type)
    if field.enum_type is not None:
        return field.enum_type.values[1].number
    return 1 if field.type in INTEGERS else "every-rpc"


def _items(field, rules, random):
    """Values of one item, by the kind of the field."""
    if field.message_type is not None:
        return _variants(field.message_type, random)
    if field.enum_type is not None:
        return [*(value.number for value in field.enum_type.values), 99, -1, 2**31 - 1, -(2**31)]
    kinds = {
        FieldDescriptor.TYPE_STRING: lambda: _texts(rules, random),
        FieldDescriptor.TYPE_BYTES: lambda: [b"", b"a", b"\xff" * 10],
        FieldDescriptor.TYPE_BOOL: lambda: [True, False],
        FieldDescriptor.TYPE_DOUBLE: lambda: _doubles(rules),
        **dict.fromkeys(INTEGERS, lambda: _integers(field, rules)),
    }
    return kinds[field.type]()


def _integers(field, rules):
    name, least, most = INTEGERS[field.type]
    limits = getattr(rules, name)
    low = limits.gte if limits.HasField("gte") else least
    high = limits.lte if limits.HasField("lte") else most
    near = {low - 1, low, low + 1, (low + high) // 2, high - 1, high, high + 1, *NUMBERS}
    return sorted(number for number in near if least <= number <= most)


def _doubles(rules):
    low, high = rules.double.gte, rules.double.lte
    return [low, math.nextafter(low, -1), high, math.nextafter(high, math.inf), (low + high) / 2, *DOUBLES]


def _texts(rules, random):
    """Of every length that matters and every character; of a pattern's more, for there they decide."""
    low, high = lengths_of(rules)
    if high > _LONG:
        yield from (mark.decode() for mark in NO_UTF8)
        yield from ("a" * high, "a" * (high + 1))
    else:
        for length in {0, 1, low, low - 1, high - 1, high, high + 1, high * 2} - {-1}:
            yield from (character * length for character in ("a", "-", " ", "é", "e\u0301", ASTRAL))
    yield from ODD_TEXTS
    yield from (mark.decode() for mark in NO_UTF8)
    if rules.string.pattern:
        length = max(low - 2, 1)
        yield from (character for character in CHARACTERS)
        for character in CHARACTERS:
            yield "a" * length + character + "a"
        yield from ("a" * low + end for end in ("\n", "\r\n", "\u2028", "\n\n"))
        yield from ("\n" + "a" * low, "a\na" + "a" * low)
    yield from (_made_up(rules, random) for _ in range(30 if high <= _LONG else 5))


def _made_up(rules, random):
    """A text of a few kinds of characters, and of a length that is often near a limit."""
    low, high = (min(length, 200) for length in lengths_of(rules))
    length = random.choice((random.randint(0, high + 2), random.randint(low, high), high))
    return "".join(random.choices(random.choice(_ALPHABETS), k=length))
