"""Reads a file of codes for the console as the command line does."""

from redeemd.code_files.codes import codes_of, local_problems
from redeemd.code_files.column import find_column
from redeemd.code_files.files import table_of
from redeemd.code_files.import_problems import WORDS
from redeemd.code_files.preview import preview
from redeemd.code_files.states import find_states
from redeemd.code_files.table import Unreadable
from redeemd.console.code_file import CodeFile, Problem


def read(data: bytes, column: str, encoding: str, *, exact: bool) -> CodeFile:
    """See redeemd.console.code_file.ReadCodes."""
    try:
        table = table_of(data, encoding)
        found = find_column(table, column, header=None)
        codes = codes_of(table, found)
        stated = find_states(table, found) is not None
    except Unreadable as problem:
        raise ValueError(str(problem)) from None
    if stated:
        raise ValueError("says which codes are used, which this page does not import: use redeemd import")
    problems = [
        Problem(each.code.line, each.code.column, each.code.text, each.text, each.doubtful)
        for each in local_problems(table, found, codes)
    ]
    lines, words = [code.line for code in codes], {int(kind): text for kind, text in WORDS.items()}
    shown = list(preview(table, found, codes, exact=exact))
    return CodeFile(codes.texts, lines, found.index + 1, shown, problems, words)
