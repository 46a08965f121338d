"""Reports the problems of codes of a file: some on the terminal, all in a file beside it."""

from collections.abc import Sequence
from pathlib import Path

from redeemd.base.cells import csv_cell
from redeemd.base.new_file import replace_secret
from redeemd.cli.code_files.reading import STANDARD_INPUT
from redeemd.cli.output import complain
from redeemd.code_files.codes import Problem

PROBLEMS_SHOWN_MAX = 20


def report_problems(file: Path, problems: Sequence[Problem], count: int) -> None:
    """Print the first problems, and write these to a file, which only its owner can read, because it has codes.

    `count` is the number of all problems: the server describes a limited number.
    """
    for problem in problems[:PROBLEMS_SHOWN_MAX]:
        code = problem.code
        complain(f"line {code.line}, column {code.column}: {code.text} {problem.text}")
    if count > PROBLEMS_SHOWN_MAX:
        complain(f"and {count - PROBLEMS_SHOWN_MAX:,} more")
    if problems and file != STANDARD_INPUT:
        beside = file.with_name(f"{file.name}.problems.csv")
        try:
            replace_secret(beside, _rendered(problems))
        except OSError as problem:
            complain(f"redeemd: {problem}")
        else:
            which = "all" if len(problems) == count else f"the first {len(problems):,}"
            complain(f"{which} problems are listed in {beside}")


def _rendered(problems: Sequence[Problem]) -> str:
    rows = [
        f"{problem.code.line},{problem.code.column},{csv_cell(problem.code.text)},{csv_cell(problem.text)}\n"
        for problem in problems
    ]
    return "".join(["line,column,code,problem\n", *rows])
