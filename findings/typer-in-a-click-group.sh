#!/bin/sh
# typer 0.29.2 with click 8.3.1: typer has a Click of its own (typer._click), so typer.main.get_command returns an object
# that is not a click.Command, and a Click group does not handle the exceptions of a Typer command.
#
# Expected, as typer's guide "Using Click" shows it: a Click group can add the command of a Typer app.
# Seen: the command runs, but isinstance(command, click.Command) is False; `greet --help` prints the help and then a
# traceback (typer.exceptions.Exit) and exits with 1; a missing argument gives a traceback instead of a usage error.
# Consequence: do not mix the two in one program, and do not expect tools for Click to recognise Typer apps.
#
# Exits 0 while this is so, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check typer==0.29.2 click==8.3.1
cat >"$folder/program.py" <<'PYTHON'
import sys

import click
import typer
from typer.main import get_command

app = typer.Typer(add_completion=False)


@app.command()
def greet(name: str) -> None:
    """Greet somebody."""
    print("hello", name)


command = get_command(app)
group = click.Group("outer")
group.add_command(command, "greet")
if sys.argv[1:] == ["is-a-command"]:
    print("isinstance(command, click.Command):", isinstance(command, click.Command))
else:
    group()
PYTHON
show() {
  status=0
  output=$("$folder/venv/bin/python" "$folder/program.py" "$@" 2>&1) || status=$?
  last=$(printf '%s\n' "$output" | tail -n 1)
  echo "$*: exit code $status, last line: $last"
}
seen=$(show greet bob; show is-a-command; show greet --help; show greet)
printf '%s\n' "$seen"
expected='greet bob: exit code 0, last line: hello bob
is-a-command: exit code 0, last line: isinstance(command, click.Command): False
greet --help: exit code 1, last line: typer.exceptions.Exit: 0
greet: exit code 1, last line: typer._click.exceptions.MissingParameter: Missing parameter: name'
test "$seen" = "$expected"
