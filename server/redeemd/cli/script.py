"""The commands `script`: try scripts without a server."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from redeemd.cli.mistakes import sentence_of
from redeemd.cli.output import complain
from redeemd.cli.results import Json, put

if TYPE_CHECKING:
    from redeemd.script.literal import Value
    from redeemd.script.trial import Trial

app = typer.Typer(help="Try scripts without a server: docs/how-to/scripts.md.", no_args_is_help=True)

_LAST_SECOND = 253_402_300_799  # of the year 9999

_Args = Annotated[str, typer.Option("--args", help="The arguments of the script: a JSON object, or @FILE.")]
_Seed = Annotated[str, typer.Option(help="The ID of a transaction, for its random numbers.")]
_Now = Annotated[
    int | None, typer.Option(min=0, max=_LAST_SECOND, help="What os.time() returns, Unix seconds; the default is now.")
]
_After = Annotated[bool, typer.Option("--after", help="Run it as a script after an event, whose result is ignored.")]

_BYTES_MAX = 1_000_000  # of a file of arguments


@app.callback()
def commands() -> None:
    """Try scripts without a server: docs/how-to/scripts.md."""


@app.command("test")
def try_script(
    file: Annotated[Path, typer.Argument(help="The script.")],
    args: _Args = "{}",
    seed: _Seed = "",
    now: _Now = None,
    after: _After = False,
    as_json: Json = False,
) -> None:
    """Run a script as the server does, with arguments in JSON.

    Print its result, the actions that it adds, what it prints and what it uses of the limits. Exit with status 1 if it
    fails. Whether its result suits the event, such as a cost that is a number, is not checked.
    """
    from redeemd.script import trial  # noqa: PLC0415 -- help does not need it

    try:
        moment = int(time.time()) if now is None else now
        found = trial.run(file, _read(args), seed=f"{seed}/0", now=moment, after=after)
    except (OSError, ValueError) as problem:
        complain(f"redeemd: {sentence_of(problem)}")
        raise typer.Exit(1) from None
    put(found._asdict(), _text(found), as_json=as_json)
    if found.refusal is not None:
        raise typer.Exit(1)


def _read(args: str) -> "dict[str, Value]":
    """Return arguments that are text, or in a file. Raises ValueError or OSError."""
    from redeemd.contract import json_text  # noqa: PLC0415 -- see try_script

    try:
        return cast("dict[str, Value]", json_text.read_object(_file(Path(args[1:])) if args.startswith("@") else args))
    except ValueError as problem:
        raise ValueError(f"--args: {problem}") from None


def _file(path: Path) -> str:
    """Return the text of a file. Raises ValueError if it is larger than any arguments, or OSError."""
    with path.open("rb") as file:
        data = file.read(_BYTES_MAX + 1)
    if len(data) > _BYTES_MAX:
        raise ValueError(f"{path} is larger than {_BYTES_MAX:,} bytes")
    return data.decode()


def _text(found: "Trial") -> str:
    lines = [found.printed] if found.printed else []
    if found.refusal is not None:
        lines.append(f"{found.refusal}: {found.detail}")
    else:
        lines.append(f"result: {json.dumps(found.result, ensure_ascii=False)}")
    lines += [f"{each['kind']} {each['action']} {each['request']}" for each in found.actions]
    lines.append(f"used: {found.steps} of {found.steps_max} steps, {found.bytes} of {found.bytes_max} bytes")
    return "\n".join(lines)
