"""README.md: its commands run as written, one after the other in one folder, and print what it says."""

import json
import re

import pytest
from docs.conftest import ROOT
from support.reader import ADDRESS, run, run_all, served_by
from support.startup import on_terminal
from support.tools import tool

PAGE = "../README.md"
LINES_MAX = 120
# What differs from run to run: codes as printed and as typed, ports, folders, times, rates, versions.
_VARYING = [
    (re.compile(r"\b[A-Z2-7]{5}-[A-Z2-7]{4}-[A-Z2-7]{5}-[A-Z2-7]{4}-[A-Z2-7]{4}\b"), "CODE"),
    (re.compile(r"`[a-z2-7]{5} [a-z2-7]{4} [a-z2-7]{5} [a-z2-7]{4} [a-z2-7]{4}`"), "`code`"),
    (re.compile(r"127\.0\.0\.1:\d+"), "ADDRESS"),
    (re.compile(r"\S+/redeemd-demo-\w+"), "FOLDER"),
    (re.compile(r"[\d.]+ ms"), "0 ms"),
    (re.compile(r"[\d,]+ a second"), "0 a second"),
    (re.compile(r'"\d{13}"'), '"0"'),
    (re.compile(r"are those of .*"), "are those of tzdata"),
]
_PROGRESS = re.compile(r"^.*━.*\n", re.MULTILINE)


def without_varying(text):
    """Return what is the same in every run."""
    text = _PROGRESS.sub("", text)
    for pattern, fixed in _VARYING:
        text = pattern.sub(fixed, text)
    return text


async def test_the_demo_prints_what_the_page_says(page, clone):
    """But for the progress bar and what differs from run to run."""
    [demo, *_], [printed, *_] = page(PAGE).blocks("sh"), page(PAGE).blocks("text")
    assert demo == "make demo\n"
    assert without_varying(await run("make demo -o .venv/run.stamp", clone)) == without_varying(printed)


async def test_the_server_and_the_first_call_print_what_the_page_says(page, clone):
    """At another address; the server prints its lines before it logs calls. The calls can be made twice."""
    tool("grpcurl")
    [_, start, calls], [_, started] = page(PAGE).blocks("sh"), page(PAGE).blocks("text")
    [answer] = page(PAGE).blocks("json")
    assert start == "make run\n"
    async with served_by("true; make run -o .venv/run.stamp 2>&1 | tee /dev/stderr > started.txt", clone) as address:
        assert without_varying(on_terminal((clone / "started.txt").read_text())) == without_varying(started)
        assert calls.count(ADDRESS) == 1
        calls = calls.replace(ADDRESS, address)
        printed = await run(calls, clone, REDEEMD_SERVER=address)
        again = await run_all(calls, clone, REDEEMD_SERVER=address)
    said, _, reply = printed.partition("\n")
    assert said == "campaign spring is in force in shop"
    assert json.loads(without_varying(reply)) == json.loads(without_varying(answer))
    assert "campaign spring exists already" in again
    assert "exists already" in page(PAGE).text
    assert without_varying(again).endswith(without_varying(reply))


def test_the_page_can_be_read_in_a_few_minutes():
    """It has at most 120 lines; what is longer belongs to docs/."""
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= LINES_MAX


@pytest.mark.parametrize("language", ["csharp", "cpp", "go", "java", "kotlin", "php", "python", "ruby", "rust"])
def test_the_page_links_a_client_of_every_language(page, language):
    """TypeScript has two pages, of which the first is linked."""
    assert f"(docs/how-to/clients/{language}.md)" in page(PAGE).text
