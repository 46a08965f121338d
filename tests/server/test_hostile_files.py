"""Files with codes that nobody would save: each is read or refused, and none ends the process that reads it."""

import contextlib
import json
import subprocess
import warnings
from datetime import UTC
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.cli.times import parse_time
from redeemd.code_files.codes import add_states, codes_of, local_problems
from redeemd.code_files.column import find_column
from redeemd.code_files.files import table_of
from redeemd.code_files.preview import preview
from redeemd.code_files.spreadsheet import read_spreadsheet
from redeemd.code_files.states import find_states
from redeemd.code_files.table import Unreadable
from support.spreadsheets import workbook

_CELLS = st.one_of(
    st.text(max_size=12), st.integers(), st.sampled_from(["", "USED", "AB12-CD34", "\ud800", '"', "\x00"])
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | _CELLS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)
_LINES = st.one_of(
    st.dictionaries(st.sampled_from(["code", "status", "usedAt", "usedUserId", "metadata", "x"]), _VALUES).map(
        json.dumps
    ),
    st.lists(_CELLS.map(str), max_size=4).map(",".join),
    st.text(max_size=40),
)
_FILES = st.one_of(
    st.binary(max_size=200),
    st.lists(_LINES, max_size=5).map(lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass")),
    st.tuples(st.lists(_LINES, max_size=3), st.sampled_from(["utf-16", "utf-32", "utf-8-sig"])).map(
        lambda drawn: "\r\n".join(["code,status,usedAt", *drawn[0]]).encode(drawn[1], "surrogatepass")
    ),
)


@given(_FILES, st.sampled_from(["", "", "1", "code"]), st.sampled_from(["", "", "utf-7", "cp1252", "unicode_escape"]))
def test_any_file_is_read_or_refused(data, column, encoding):
    """Whatever is in it; what is read can be sent, and shown to people."""
    with contextlib.suppress(Unreadable), warnings.catch_warnings(action="ignore"):  # of the codec, about its own input
        table = table_of(data, encoding)
        found = find_column(table, column, header=None)
        codes = codes_of(table, found)
        states = find_states(table, found)
        wrong = [] if states is None else add_states(table, states, codes, partial(parse_time, zone=UTC))
        wrong += local_problems(table, found, codes)
        good = codes.without(wrong)
        given_states = () if good.states is None else good.states.messages(0, len(good))
        pb.ImportSerialKeysRequest(codes=good.texts, states=given_states).SerializeToString()
        shown = [*preview(table, found, codes, exact=True), *(f"{each.code.text} {each.text}" for each in wrong)]
        "".join(shown).encode()


def test_a_spreadsheet_that_takes_too_much_memory_is_refused_and_ends_nobody():
    """A process of its own reads it; what ends that process ends no server."""
    data = workbook(*([f"AB12-CD34-{number}"] for number in range(20_000)))
    assert len(read_spreadsheet(data).rows) == 20_000
    with pytest.raises(Unreadable, match="takes too much memory"):
        read_spreadsheet(data, memory_bytes_max=1024 * 1024)


def test_the_process_that_reads_spreadsheets_has_no_secrets(monkeypatch):
    """Settings of the server are in the environment, a master key among them."""
    seen = []
    monkeypatch.setenv("REDEEMD_MASTER_KEY", "hidden")
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *command, **options: seen.append(options) or run(*command, **options))
    assert len(read_spreadsheet(workbook(["Code"], ["AB12-CD34"])).rows) == 2
    assert "hidden" not in str(seen)
