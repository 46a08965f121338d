"""The lines of files of codes (RFC 4180)."""


def csv_line(code: str) -> str:
    """Return a code as a line of CSV. Codes contain no line breaks."""
    if "," in code or '"' in code:
        code = '"' + code.replace('"', '""') + '"'
    return code + "\n"
