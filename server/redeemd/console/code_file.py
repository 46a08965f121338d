"""A file of codes, as the console sees it. The reader is shared with the command line, which is a layer above."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Problem(NamedTuple):
    """A code that is not imported: its line, and why. If it is `doubtful`, it can be a code in spite of it."""

    line: int
    code: str
    text: str
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class CodeFile:
    """The codes of a file, each with its line, how the file was understood, and what is wrong with its codes.

    `words` are those for the problems that a server finds, by their kind.
    """

    codes: Sequence[str]
    lines: Sequence[int]
    preview: Sequence[str]
    problems: Sequence[Problem]
    words: Mapping[int, str]

    def without(self, problems: Sequence[Problem]) -> "CodeFile":
        """Return it without the codes of some problems."""
        bad = {problem.line for problem in problems}
        kept = [place for place, line in enumerate(self.lines) if line not in bad]
        codes, lines = [self.codes[place] for place in kept], [self.lines[place] for place in kept]
        return CodeFile(codes, lines, self.preview, (), self.words)


class ReadCodes(Protocol):
    """Reads a file."""

    def __call__(self, data: bytes, column: str, encoding: str, *, exact: bool) -> CodeFile:
        """Return what is in a file; `column` and `encoding` are "" to be found out. Raises ValueError."""
