"""The worst requests of a method, derived from its descriptor and its options, each of a kind of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from redeemd.rpc.server import RECEIVE_BYTES_MAX

from bench.stalls import documents, texts, wire
from bench.stalls.contract import Path, Valid, around, count_max, is_text, length_max, paths, request_bytes_max, shown
from bench.stalls.texts import ASCII, CHARACTERS, FOUR_BYTES

LONG = 1024  # characters; a shorter text that is allowed costs nothing
_OVERHEAD = 64  # bytes for tags and lengths
_UNKNOWN_NUMBER = 5000  # no message has such a field
_PACKED = 64  # numbers in one field

Content = Callable[[int], bytes]  # for so many bytes of room


@dataclass(frozen=True, slots=True)
class Case:
    """A request: of what kind it is, which field it is about, if any, and how its bytes are made."""

    method: MethodDescriptor
    kind: str
    build: Callable[[], bytes]
    path: Path = ()
    gzip: bool = False

    @property
    def name(self) -> str:
        """Service, method and kind."""
        return f"{self.method.containing_service.name}.{self.method.name}: {self.kind}"


def derive(method: MethodDescriptor, valid: Valid) -> Iterator[Case]:
    """Return the cases of a method. Its requests are filled up to the most bytes that the server reads."""
    maker = _Maker(method, valid)
    yield from maker.whole()
    for path in paths(method.input_type):
        if path[-1].is_repeated:
            yield from maker.lists(path)
        elif is_text(path[-1]):
            yield from maker.texts(path)
        if documents.is_json(path[-1]):
            yield from maker.json(path)
        if len(path) == 1 and not path[-1].is_repeated:
            yield from maker.over_and_over(path)


class _Maker:
    """Makes the cases of one method: a valid request, with something added to it."""

    def __init__(self, method: MethodDescriptor, valid: Valid) -> None:
        self._method = method
        self._valid = valid
        self._base: bytes = valid.message(method.input_type).SerializeToString()
        self._room = max(request_bytes_max(method) - len(self._base) - _OVERHEAD, 1)

    def _case(self, kind: str, content: Content, path: Path = (), *, room: int = 0, gzip: bool = False) -> Case:
        return Case(self._method, kind, lambda: self._base + content(room or self._room), path, gzip)

    def whole(self) -> Iterator[Case]:
        """Requests that are about no single field; also compressed, and larger than allowed."""
        greatest = self._valid.message(self._method.input_type, greatest=True).SerializeToString()
        yield self._case("valid", lambda _: b"")
        yield Case(self._method, "valid, greatest numbers", lambda: greatest)
        yield self._case("unknown fields", partial(wire.repeated, wire.unknown(_UNKNOWN_NUMBER)))
        yield self._case("unknown groups, nested", partial(wire.repeated, wire.open_group(_UNKNOWN_NUMBER)))
        yield self._case("a long unknown field", lambda room: wire.holding(_UNKNOWN_NUMBER, bytes(room)))
        worst = partial(wire.repeated, self._cheapest_item())
        yield self._case("most items, compressed", worst, gzip=True)
        larger = RECEIVE_BYTES_MAX - len(self._base) - _OVERHEAD
        if larger > self._room:
            yield self._case("most items, larger than allowed", worst, room=larger)
            yield self._case("most items, larger than allowed, compressed", worst, room=larger, gzip=True)

    def _cheapest_item(self) -> bytes:
        """Return the shortest bytes that make the server make an object, where there are such."""
        lists = [path for path in paths(self._method.input_type) if path[-1].is_repeated]
        items = [wire.inside(path[:-1], item) for path in lists for item in self._items(path[-1]).values()]
        return min(items, key=len, default=wire.unknown(_UNKNOWN_NUMBER))

    def lists(self, path: Path) -> Iterator[Case]:
        """Return a list with as many items of a kind as there is room for, and with as many as are allowed."""
        most = count_max(path[-1])
        for kind, item in self._items(path[-1]).items():
            yield self._case(f"{shown(path)} of {kind} items", partial(_listing, path, item, 0), path)
            if most:
                yield self._case(f"{shown(path)} of {most:,} {kind} items", partial(_listing, path, item, most), path)

    def _items(self, field: FieldDescriptor) -> dict[str, bytes]:
        """Return one item of each kind, with its tag."""
        message = field.message_type
        if message is not None:
            contents = {
                "empty": b"",
                "valid": self._valid.message(message).SerializeToString(),
                "invalid": self._with_texts(field, "\x00", room=1),
                "long": self._with_texts(field, ASCII, room=self._room // 8),
            }
        elif is_text(field):
            contents = {"empty": b"", "invalid": b"\x00", "long": (FOUR_BYTES * length_max(field)).encode()}
        else:
            contents = {"invalid": b"\x00" * _PACKED, "valid": b"\x01" * _PACKED}
        return {kind: wire.holding(field.number, content) for kind, content in contents.items()}

    def _with_texts(self, field: FieldDescriptor, character: str, *, room: int) -> bytes:
        assert field.message_type is not None, "such items are messages"
        inner = [path for path in paths(field.message_type) if is_text(path[-1])]
        return b"".join(_text(path, character, room) for path in inner)

    def texts(self, path: Path) -> Iterator[Case]:
        """Return a text that is too long, and texts as long as allowed, of each kind of character."""
        for kind in (ASCII, FOUR_BYTES):
            too_long = partial(_too_long, path, kind)
            yield self._case(f"{shown(path)} too long, {CHARACTERS[kind]}", too_long, path)
        for character, kind in CHARACTERS.items() if length_max(path[-1]) >= LONG else ():
            yield self._case(f"{shown(path)} as long as allowed, {kind}", partial(_text, path, character), path)

    def json(self, path: Path) -> Iterator[Case]:
        """Return expensive JSON, and valid documents with lists as long as there is room for."""
        found = documents.documents(path, self._method, self._valid)
        # The valid request may have an item already.
        more = count_max(path[-2]) - 1 if len(path) > 1 and path[-2].is_repeated else 0
        for kind, shape in texts.JSON.items():
            yield self._json(path, kind, found[0].action, shape)
            if more > 0:
                yield self._json(path, f"{more} times {kind}", found[0].action, shape, count=more)
        for document in found:
            for kind, fill in documents.variants(document, shapes=document is found[0]):
                yield self._json(path, kind, document.action, fill)

    def _json(self, path: Path, kind: str, action: str, fill: Callable[[int], str], *, count: int = 1) -> Case:
        def content(room: int) -> bytes:
            text = fill(max(min(room // count - len(action) - _OVERHEAD, length_max(path[-1])), 8)).encode()
            fields = wire.holding(path[-1].number, text)
            if action:
                beside = around(path[-1]).fields_by_name["action"]
                fields += wire.holding(beside.number, action.encode())
            return wire.inside(path[:-1], fields) * count

        return self._case(f"{shown(path)}: {kind}", content, path)

    def over_and_over(self, path: Path) -> Iterator[Case]:
        """Return a field that may be there once, as often as there is room for."""
        if path[-1].message_type is not None or is_text(path[-1]):
            once = wire.holding(path[-1].number, b"")
            yield self._case(f"{shown(path)} over and over", partial(wire.repeated, once), path)


def _listing(path: Path, item: bytes, most: int, room: int) -> bytes:
    count = max(room // len(item), 1)
    return wire.inside(path[:-1], item * (min(most, count) if most else count))


def _too_long(path: Path, character: str, room: int) -> bytes:
    return wire.inside(path, texts.of(character, room).encode())


def _text(path: Path, character: str, room: int) -> bytes:
    return wire.inside(path, texts.of(character, room, length_max(path[-1])).encode())
