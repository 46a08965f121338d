"""docs/how-to/validation.md: its programs run as written and print what it says, and the server responds as shown."""

import os
import shutil
import subprocess
import sys

import pytest
from support import lacking
from support.contract import REPOSITORY
from support.service import refused

BUILD_SECONDS = 280
# The program that it needs, its place among the commands and the configurations, and the name of its file.
PROGRAMS = {"go": ("go", 0, "check.go"), "typescript": ("npm", 1, "check.ts")}


@pytest.mark.parametrize("language", PROGRAMS)
def test_the_programs_run_as_written_and_print_what_the_page_says(page, tmp_path, language):
    """In an empty folder with a clone of redeemd."""
    needed, place, name = PROGRAMS[language]
    if shutil.which(needed) is None:
        lacking.skip(f"the page's program needs {needed}")
    page = page("how-to/validation.md")
    (tmp_path / "redeemd").symlink_to(REPOSITORY)
    (tmp_path / "buf.gen.yaml").write_text(page.blocks("yaml")[place], encoding="utf-8")
    (tmp_path / name).write_text("".join(page.blocks(language)), encoding="utf-8")
    (printed,) = page.blocks("text")
    assert _run(page.blocks("sh")[place], tmp_path).endswith(printed)


def _run(commands, folder):
    environment = os.environ | {"PATH": f"{sys.prefix}/bin:{os.environ['PATH']}"}
    shell = ["bash", "-e", "-c", commands]
    ran = subprocess.run(shell, cwd=folder, env=environment, check=True, timeout=BUILD_SECONDS, stdout=subprocess.PIPE)
    return ran.stdout.decode()


async def test_the_server_refuses_the_same_fields(page, service):
    """The request of the page's programs, sent unchecked."""
    (printed,) = page("how-to/validation.md").blocks("text")
    with refused("VALIDATION_FAILED") as refusal:
        await service.call("Issue", namespace_name="spring/2027", issue_request_count=100_001)
    assert refusal.fields == [line.split()[0] for line in printed.splitlines()]
