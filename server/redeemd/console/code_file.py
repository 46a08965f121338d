"""A file of codes, as the console sees it. The reader is shared with the command line, which is a layer above."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Problem(NamedTuple):
    """A code that is not imported: where it is, and why. If it is `doubtful`, it can be a code in spite of it."""

    line: int
    column: int
    code: str
    text: str
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class CodeFile:
    """The codes of a file, each with its line, how the file was understood, and what is wrong with its codes.

    `column` is that of the codes, from 1. `words` are those for the problems that a server finds, by their kind.
    """

    codes: Sequence[str]
    lines: Sequence[int]
    column: int
    preview: Sequence[str]
    problems: Sequence[Problem]
    words: Mapping[int, str]

    def without(self, problems: Sequence[Problem]) -> "CodeFile":
        """Return it without the codes of some problems."""
        bad = {problem.line for problem in problems}
        kept = [place for place, line in enumerate(self.lines) if line not in bad]
        codes, lines = [self.codes[place] for place in kept], [self.lines[place] for place in kept]
        return CodeFile(codes, lines, self.column, self.preview, (), self.words)


class Read(NamedTuple):
    """A file as it was read: all codes, the good ones, and the first of the `local_count` problems of the others."""

    file: CodeFile
    good: CodeFile
    local: Sequence[Problem]
    local_count: int


class ReadCodes(Protocol):
    """Reads a file."""

    def __call__(self, data: bytes, column: str, encoding: str, *, exact: bool) -> CodeFile:
        """Return what is in a file; `column` and `encoding` are "" to be found out. Raises ValueError."""
