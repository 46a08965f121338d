"""A request that is refused, in a line of text."""


class Refused(Exception):
    """A response of 4xx or 5xx with its text."""

    def __init__(self, status: int, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status = status
        self.headers = headers
