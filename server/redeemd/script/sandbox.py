"""A Lua state that runs scripts, each in an environment of its own and within limits.

Scripts share the state, because a new one takes longer than most scripts. They cannot leave anything in it: what they
reach is new for each run or cannot be changed, and no function they reach gives access to anything else.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import NamedTuple, Protocol, cast

from redeemd.script import bounds
from redeemd.script.literal import Value, literal
from redeemd.script.outcome import Failure, Outcome, Problem, Refusal, ScriptAction, Usage
from redeemd.script.sources import Source

_LIMITS = {
    "steps": f"the limit is {bounds.STEPS_MAX} steps",
    "memory": f"the limit is {bounds.MEMORY_BYTES_MAX} bytes",
    "nesting": "calls or tables are nested too deeply",
}
# The environment is the argument of a script, under the name by which Lua finds global variables.
_BEFORE_SOURCE = b"local _ENV = ...; "

Compiled = object  # a function of Lua
Constants = object  # a function of Lua that returns a new table of arguments


class _Runtime(Protocol):
    """lupa.lua54.LuaRuntime, as far as it is used here."""

    def compile(self, code: bytes, name: bytes, mode: str) -> Callable[..., object]: ...
    def table_from(self, members: object, *, recursive: bool) -> object: ...
    def get_memory_used(self, *, total: bool) -> int: ...
    def set_max_memory(self, most: int, *, total: bool = False) -> None: ...


class Arguments(NamedTuple):
    """The arguments of a run. `constants` were compiled; `others` are added to them.

    `longest` is the number of bytes of the longest text in both.
    """

    constants: Constants | None
    others: Mapping[str, Value]
    longest: int


class Origin(NamedTuple):
    """The facts of a call that its script sees: the seed of math.random, two integers, and os.time, in Unix seconds."""

    seed: tuple[int, int]
    now: int

    @classmethod
    def of(cls, seed: str, now_ms: int) -> "Origin":
        """Return the origin with the seed of a text, and a time in Unix milliseconds."""
        digest = hashlib.sha256(seed.encode()).digest()
        first, second = (int.from_bytes(part, "big", signed=True) for part in (digest[:8], digest[8:16]))
        return cls((first, second), now_ms // 1000)


class Sandbox:
    """A Lua state. One thread at a time runs a script in it; others wait."""

    def __init__(self) -> None:
        """Raise ImportError if the extra `scripts` is not installed."""
        from lupa import lua54  # noqa: PLC0415 -- an extra

        self._lua = lua54
        self._lock = threading.Lock()
        self._runtime: _Runtime = lua54.LuaRuntime(
            register_eval=False, register_builtins=False, unpack_returned_tuples=True, max_memory=0
        )
        library = resources.files("redeemd.script").joinpath("sandbox.lua").read_bytes()
        functions = self._runtime.compile(library, b"=sandbox", "t")(
            bounds.STEPS_MAX,
            bounds.MEMORY_BYTES_MAX,
            bounds.DEPTH_MAX,
            bounds.WEIGHT_BYTES,
            bounds.INSTRUCTIONS_BETWEEN_CHECKS,
        )
        self._run, self._compile_literal = cast("Sequence[Callable[..., Sequence[object]]]", functions)

    def compile(self, source: Source) -> Compiled:
        """Compile a script. Raises ValueError with the line of a mistake."""
        name = f"={source.name.namespace}/{source.name.script}".encode()
        try:
            return self._runtime.compile(_BEFORE_SOURCE + source.text, name, "t")
        except self._lua.LuaError as error:
            raise ValueError(str(error)) from None

    def constants(self, arguments: Mapping[str, Value]) -> tuple[Constants, int]:
        """Compile arguments that many runs have; return them and the size of their text. Raises Failure."""
        text = f"return {literal(arguments)}"
        if len(text) > bounds.ARGUMENTS_BYTES_MAX:
            raise Failure(Problem.ARGUMENTS, f"the limit is {bounds.ARGUMENTS_BYTES_MAX} bytes")
        with self._lock:
            return self._compile_literal(text), len(text)

    def run(
        self,
        script: Compiled,
        arguments: Arguments,
        origin: Origin,
        *,
        printing: bool = False,
        result_ignored: bool = False,
    ) -> tuple[Outcome, Usage]:
        """Run a script. With `result_ignored`, the outcome has only its actions. Raises Failure or Refusal."""
        with self._lock:
            return _outcome(self._ran(script, arguments, origin, printing, result_ignored))

    def _ran(
        self, script: Compiled, arguments: Arguments, origin: Origin, printing: bool, result_ignored: bool
    ) -> Sequence[object]:
        runtime = self._runtime
        others = runtime.table_from(arguments.others, recursive=True)
        most = runtime.get_memory_used(total=True) + bounds.MEMORY_BYTES_MAX + bounds.SPARE_BYTES
        runtime.set_max_memory(most, total=True)
        try:
            return self._run(
                script,
                arguments.constants,
                others,
                arguments.longest,
                *origin.seed,
                origin.now,
                printing,
                result_ignored,
            )
        except UnicodeDecodeError:
            raise Failure(Problem.RESULT, "a text is not UTF-8") from None
        except self._lua.LuaError:  # raised outside the script, where only memory can be lacking
            raise Failure(Problem.MEMORY, _LIMITS["memory"]) from None
        finally:
            runtime.set_max_memory(0)


def _outcome(found: Sequence[object]) -> tuple[Outcome, Usage]:
    """Read what `run` of sandbox.lua returns."""
    kind, shown, steps, held, *rest = found
    usage = Usage(max(0, round(cast("float", steps))), max(0, round(cast("float", held))), str(shown or ""))
    if kind == "done":
        permit, rate_mode, rate, log_rate, cost, log_cost, *flat = rest
        texts = cast("list[str]", flat)
        actions = tuple(map(ScriptAction, texts[::3], texts[1::3], texts[2::3]))
        return Outcome(permit, rate_mode, rate, log_rate, cost, log_cost, actions), usage
    if kind == "refused":
        status_code, message = map(str, rest)
        raise Refusal(status_code, message, usage)
    [detail] = map(str, rest)
    if kind == "limit":
        raise Failure(Problem(detail), _LIMITS[detail], usage)
    if kind == "result":
        raise Failure(Problem.RESULT, f"`result` must be a table, and is {detail}", usage)
    raise Failure(Problem.ERROR, detail, usage)
