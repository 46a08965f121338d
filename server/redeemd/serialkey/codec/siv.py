"""AES-SIV (RFC 5297) of many texts at once, with numpy. Import this module in functions only, after
`loading.load_bulk`.

One text costs a library most of its time in calls. Here, all texts of a length take one call of AES for each block of
theirs. A test compares the results with those of the library.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

_BLOCK = 16
_PADDING = 0x80
_RESIDUE = 0x87  # of the polynomial of the field, for doubling

Bytes = npt.NDArray[np.uint8]  # a row per text


class Siv:
    """AES-SIV under one key and constant associated data. Thread-safe."""

    def __init__(self, key: bytes, associated_data: Sequence[bytes] = ()) -> None:
        half = len(key) // 2
        self._mac = Cipher(algorithms.AES(key[:half]), modes.ECB())  # noqa: S305 -- a block cipher is what SIV builds on
        self._stream = Cipher(algorithms.AES(key[half:]), modes.ECB())  # noqa: S305 -- same
        zero = self._mac.encryptor().update(bytes(_BLOCK))
        self._whole, self._cut = _doubled(zero), _doubled(_doubled(zero))  # the subkeys of CMAC
        start = _cmac(key[:half], bytes(_BLOCK))
        for data in associated_data:
            start = _xored(_doubled(start), _cmac(key[:half], data))
        self._start = start

    def ivs(self, texts: Sequence[bytes]) -> list[bytes]:
        """Return the synthetic IVs of texts, in their order."""
        found = [b""] * len(texts)
        for places, plain in _by_length(texts):
            for place, iv in zip(places, _split(self._ivs(plain)), strict=True):
                found[place] = iv
        return found

    def encrypt(self, texts: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
        """Return the synthetic IVs and the ciphertexts of texts, in their order. None may be empty."""
        found = [(b"", b"")] * len(texts)
        for places, plain in _by_length(texts):
            ivs = self._ivs(plain)
            sealed = plain ^ self._keystream(ivs, plain.shape[1])
            for place, iv, text in zip(places, _split(ivs), _split(sealed), strict=True):
                found[place] = iv, text
        return found

    def _ivs(self, plain: Bytes) -> Bytes:
        """S2V of section 2.4, whose last step is the CMAC of this text."""
        if plain.shape[1] < _BLOCK:
            return self._cmacs(_padded(plain) ^ _row(_doubled(self._start)))
        mixed = plain.copy()
        mixed[:, -_BLOCK:] ^= _row(self._start)
        return self._cmacs(mixed)

    def _cmacs(self, texts: Bytes) -> Bytes:
        """CMAC (RFC 4493) of texts that have a block or more."""
        cut = texts.shape[1] % _BLOCK
        texts = _padded(texts) if cut else texts.copy()
        texts[:, -_BLOCK:] ^= _row(self._cut if cut else self._whole)
        state = np.zeros((len(texts), _BLOCK), dtype=np.uint8)
        for start in range(0, texts.shape[1], _BLOCK):
            state = _encrypted(self._mac, state ^ texts[:, start : start + _BLOCK])
        return state

    def _keystream(self, ivs: Bytes, length: int) -> Bytes:
        blocks = -(-length // _BLOCK)
        counters = np.repeat(ivs[:, np.newaxis, :], blocks, axis=1)
        counters[:, :, [8, 12]] &= 0x7F  # section 2.5; so the last 32 bits do not overflow
        numbers = np.ascontiguousarray(counters[:, :, 12:]).view(">u4")[:, :, 0]
        counters[:, :, 12:] = (numbers + np.arange(blocks)).astype(">u4")[:, :, np.newaxis].view(np.uint8)
        return _encrypted(self._stream, counters).reshape(len(ivs), blocks * _BLOCK)[:, :length]


def _by_length(texts: Sequence[bytes]) -> list[tuple[list[int], Bytes]]:
    """Return the places and the bytes of the texts of each length."""
    places: dict[int, list[int]] = {}
    for place, text in enumerate(texts):
        places.setdefault(len(text), []).append(place)
    return [
        (found, np.frombuffer(b"".join([texts[place] for place in found]), dtype=np.uint8).reshape(len(found), length))
        for length, found in places.items()
    ]


def _split(rows: Bytes) -> list[bytes]:
    data, length = rows.tobytes(), rows.shape[1]
    return (
        [data[start : start + length] for start in range(0, len(rows) * length, length)]
        if length
        else [b""] * len(rows)
    )


def _padded(texts: Bytes) -> Bytes:
    length = texts.shape[1]
    padded = np.zeros((len(texts), -(-(length + 1) // _BLOCK) * _BLOCK), dtype=np.uint8)
    padded[:, :length] = texts
    padded[:, length] = _PADDING
    return padded


def _encrypted(cipher: "Cipher[modes.ECB]", blocks: Bytes) -> Bytes:
    return np.frombuffer(cipher.encryptor().update(blocks.tobytes()), dtype=np.uint8).reshape(-1, _BLOCK)


def _row(block: bytes) -> Bytes:
    return np.frombuffer(block, dtype=np.uint8)


def _cmac(key: bytes, data: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()


def _doubled(block: bytes) -> bytes:
    """Double an element of the field of 2^128 elements."""
    number = int.from_bytes(block, "big") << 1
    return ((number & (1 << 128) - 1) ^ (_RESIDUE if number >> 128 else 0)).to_bytes(_BLOCK, "big")


def _xored(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(_BLOCK, "big")
