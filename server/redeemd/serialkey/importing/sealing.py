"""Checks and encrypts the codes of an import."""

from collections.abc import Sequence
from typing import NamedTuple

from redeemd.serialkey.codec.codecs import NamespaceCodecs
from redeemd.serialkey.codec.codes import SYMBOLS
from redeemd.serialkey.codec.folding import fold
from redeemd.serialkey.codec.imported import Match, Sealed
from redeemd.serialkey.importing.report import Found, Problem


class Ready(NamedTuple):
    """A code ready to be written, and its position in the call. `other_key` is its key with the other Match."""

    position: int
    text: str
    sealed: Sealed
    other_key: bytes


class Sealing:
    """The rules of one import. The methods take a while: call them in a thread."""

    def __init__(self, codecs: NamespaceCodecs, match: Match, campaign_names: frozenset[str]) -> None:
        self._codecs = codecs
        self._folded = match == Match.FOLDED
        self._campaign_names = frozenset(map(fold, campaign_names) if self._folded else campaign_names)

    def seal(self, codes: Sequence[str], first_position: int) -> tuple[list[Ready], list[Found]]:
        """Encrypt codes, and find those that are invalid by themselves."""
        folded = [fold(code) for code in codes]
        found = self._problems(codes, folded if self._folded else codes)
        problems = [(position, kind) for position, kind in enumerate(found, first_position) if kind is not None]
        good = [place for place, kind in enumerate(found) if kind is None]
        texts = [codes[place] for place in good]
        sealed, others = self._codecs.sealer.seal(
            texts, [folded[place] for place in good], Match.FOLDED if self._folded else Match.EXACT
        )
        positions = [first_position + place for place in good]
        return list(map(Ready, positions, texts, sealed, others)), problems

    def _problems(self, codes: Sequence[str], spelled: Sequence[str]) -> list[Problem | None]:
        """Return what is wrong with each code by itself; `spelled` are the texts that they are found by."""
        found = [*map(self._problem, codes, spelled)]
        may_open = [place for place, kind in enumerate(found) if kind is None and self._may_open(spelled[place])]
        opened = self._codecs.decode_many([spelled[place] for place in may_open]) if may_open else ()
        for place, code in zip(may_open, opened, strict=True):
            if code is not None:
                found[place] = Problem.SERIAL_KEY
        return found

    def _problem(self, code: str, spelled: str) -> Problem | None:
        if code.strip() != code:
            return Problem.WHITE_SPACE
        if not spelled:
            return Problem.NO_CHARACTERS
        return Problem.CAMPAIGN_NAME if spelled in self._campaign_names else None

    def _may_open(self, spelled: str) -> bool:
        """Whether a text is long enough for a code that this namespace issues; folding never lengthens one of ASCII."""
        return not spelled.isascii() or len(spelled) >= min(SYMBOLS, self._codecs.formats.shortest or SYMBOLS)
