"""The scripts of a server: found by their GRNs, compiled once, and replaced together."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

from redeemd.errors import ScriptNotSupported
from redeemd.script import bounds, sources
from redeemd.script.errors import ScriptFailed, ScriptNotFound, ScriptRefused
from redeemd.script.literal import Value, sizes
from redeemd.script.outcome import Failure, Outcome, Problem, Refusal
from redeemd.script.sandbox import Arguments, Compiled, Constants, Origin, Sandbox
from redeemd.script.sources import Name, Source

T = TypeVar("T")

EXTRA_MISSING = "scripts need the extra `scripts`: pip install 'redeemd[scripts]'"


class ScriptRun(NamedTuple):
    """A script that ran: its GRN, and the SHA-256 of its file in hexadecimal digits."""

    script_id: str
    version: str


@dataclass(frozen=True, slots=True)
class ConstantArguments:
    """Arguments that many runs have. `key` identifies them; `build` returns them."""

    key: Hashable
    build: Callable[[], Mapping[str, Value]]


@dataclass(slots=True)
class Library:
    """The scripts that are in force together, compiled in one Lua state."""

    sandbox: Sandbox
    scripts: Mapping[Name, tuple[Source, Compiled]]
    _constants: dict[Hashable, tuple[Constants, int]] = field(default_factory=dict)
    _constants_bytes: int = 0

    def constants(self, wanted: ConstantArguments) -> tuple[Constants, int]:
        """Return compiled arguments and the bytes of the longest text in them. Raises Failure."""
        known = self._constants.get(wanted.key)
        if known is None:
            arguments = wanted.build()
            most = longest_text(arguments)
            compiled, size = self.sandbox.constants(arguments)
            if self._constants_bytes + size > bounds.CONSTANTS_BYTES_MAX:
                self._constants.clear()
                self._constants_bytes = 0
            known = self._constants[wanted.key] = compiled, most
            self._constants_bytes += size
        return known


def load(folder: Path) -> Library:
    """Read and compile the scripts of a folder. Raises ValueError with every problem, or OSError."""
    try:
        sandbox = Sandbox()
    except ImportError:
        raise ValueError(EXTRA_MISSING) from None
    compiled, problems = {}, []
    for name, source in sources.read(folder).items():
        try:
            compiled[name] = source, sandbox.compile(source)
        except ValueError as problem:
            problems.append(f"scripts {folder / name.namespace / name.script}.lua: {problem}")
    if problems:
        raise ValueError("\n".join(problems))
    return Library(sandbox, compiled)


class Scripts:
    """Runs scripts. Without a library, whatever would run one is refused."""

    def __init__(self, library: Library | None) -> None:
        self._library = library

    def use(self, library: Library) -> None:
        """Replace all scripts; runs in progress finish with the previous ones."""
        self._library = library

    @property
    def here(self) -> bool:
        """Whether the server has scripts."""
        return self._library is not None

    def run(
        self,
        script_id: str,
        constants: ConstantArguments,
        others: Mapping[str, Value],
        origin: Origin,
        read: Callable[[Outcome], T],
        *,
        component: str = "namespace",
        result_ignored: bool = False,
    ) -> tuple[T, ScriptRun]:
        """Run the script with this GRN, and return what `read` makes of its result, or of its actions alone.

        `read` raises Failure for a result that is wrong. Raises ScriptNotSupported, for the component that names the
        script, without a library; ScriptNotFound, ScriptRefused, ScriptFailed, or another refusal of `read`.
        """
        library = self._library
        if library is None:
            raise ScriptNotSupported(component=component)
        name = sources.name_of(script_id)
        found = None if name is None else library.scripts.get(name)
        if found is None:
            raise ScriptNotFound(script=script_id)
        source, compiled = found
        try:
            constant, longest_constant = library.constants(constants)
            most = max(longest_constant, source.longest_line, longest_text(others))
            given = Arguments(constant, others, most)
            outcome, _ = library.sandbox.run(compiled, given, origin, result_ignored=result_ignored)
            return read(outcome), ScriptRun(script_id, source.version)
        except Refusal as refusal:
            raise ScriptRefused(script=script_id, message=refusal.message, status_code=refusal.status_code) from None
        except Failure as failure:
            raise ScriptFailed(script=script_id, problem=failure.problem, detail=failure.detail) from None


def longest_text(arguments: Mapping[str, Value]) -> int:
    """Return the bytes of the longest text in arguments. Raises Failure for arguments that no script can have."""
    try:
        size = sizes(arguments)
    except ValueError as problem:
        raise Failure(Problem.ARGUMENTS, str(problem)) from None
    if size.total > bounds.ARGUMENTS_BYTES_MAX:
        raise Failure(Problem.ARGUMENTS, f"the limit is {bounds.ARGUMENTS_BYTES_MAX} bytes")
    return size.longest
