"""What a server says when it starts: a line of JSON each, where no terminal is."""

import json


def message(line: str) -> str:
    """Return the text of a line; a line of another program is its own text."""
    line = line.strip()
    return json.loads(line)["message"] if line.startswith('{"time"') else line
