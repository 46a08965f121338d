"""The lines of a server that starts: JSON unless a terminal is there, as it is for readers of the pages."""

import json
import re

_LINE = re.compile(r'^\{"time": .*"event": "server".*\}$', re.MULTILINE)


def message(line: str) -> str:
    """Return the text of a line; a line of another program is its own text."""
    line = line.strip()
    return json.loads(line)["message"] if line.startswith('{"time"') else line


def on_terminal(printed: str) -> str:
    """Return what a command prints on a terminal: its lines about the server as text."""
    return _LINE.sub(lambda line: f"redeemd: {message(line[0])}", printed)
