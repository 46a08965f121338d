"""Reads codes in which characters were mistaken for others that look alike.

A text is tried in several readings. Each of them may open by chance, so their number is limited: trying all readings of
a wrong text must not be worth more guesses than the check bits allow.
"""

import itertools
from collections.abc import Callable, Iterator

from redeemd.serialkey.codec.code_format import LOOK_ALIKES
from redeemd.serialkey.codec.codes import OpenedCode


def open_one(
    decode: Callable[[str], OpenedCode | None], alphabet: str, symbols: str, *, limit: int
) -> OpenedCode | None:
    """Decode the readings of a text, at most `limit`; return what opens if exactly one of them does."""
    opened = [found for reading in itertools.islice(_readings(alphabet, symbols), limit) if (found := decode(reading))]
    return opened[0] if len(opened) == 1 else None


def _readings(alphabet: str, symbols: str) -> Iterator[str]:
    """Return the readings of a text, those with the fewest changes first. None if a character has no reading."""
    choices = [_choices(alphabet, symbol) for symbol in symbols]
    if not all(choices):
        return
    likely = [choice[0] for choice in choices]
    doubtful = [place for place, choice in enumerate(choices) if len(choice) > 1]
    for changes in range(len(doubtful) + 1):
        for places in itertools.combinations(doubtful, changes):
            for others in itertools.product(*(choices[place][1:] for place in places)):
                reading = likely.copy()
                for place, other in zip(places, others, strict=True):
                    reading[place] = other
                yield "".join(reading)


def _choices(alphabet: str, symbol: str) -> str:
    """Return the symbols that a character can stand for, first itself."""
    own = symbol if symbol in alphabet else ""
    alike = next((group for group in LOOK_ALIKES if symbol in group), "")
    return own + "".join(other for other in alike if other in alphabet and other != symbol)
