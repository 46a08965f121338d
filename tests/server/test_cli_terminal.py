"""The arguments that commands accept, and the progress that they show on a terminal only."""

import sys

import pytest
from redeemd.cli import main
from redeemd.cli.output import progress_bar


def test_an_argument_that_is_no_text_is_refused(monkeypatch):
    """With its number, before any command runs."""
    monkeypatch.setattr(sys, "argv", ["redeemd", "lookup", "caf\udce9"])
    with pytest.raises(SystemExit, match="argument 2 is not valid UTF-8"):
        main()


def test_a_progress_bar_is_not_written_to_a_file(capfd):
    """A log of a nightly job has results and problems only."""
    with progress_bar() as progress:
        progress.update(progress.add_task("codes", total=2), advance=2)
    assert capfd.readouterr() == ("", "")
