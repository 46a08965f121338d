"""The refusal of an HTTP request."""


class Refused(Exception):
    """Becomes a response with a 4xx or 5xx status, a line of text and headers."""

    def __init__(self, status: int, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status = status
        self.headers = headers
