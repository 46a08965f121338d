"""FF1 as NIST SP 800-38G writes it, for any radix, length and tweak: the reference that ff1.py is held against."""

from collections.abc import Sequence
from math import ceil

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def _prf(key: bytes, data: bytes) -> bytes:
    aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    state = bytes(16)
    for start in range(0, len(data), 16):
        block = bytes(a ^ b for a, b in zip(state, data[start : start + 16], strict=True))
        state = aes.update(block)
    return state


def _number(numerals: Sequence[int], radix: int) -> int:
    value = 0
    for numeral in numerals:
        value = value * radix + numeral
    return value


def _numerals(value: int, radix: int, length: int) -> list[int]:
    numerals = []
    for _ in range(length):
        value, numeral = divmod(value, radix)
        numerals.append(numeral)
    return numerals[::-1]


def _round_value(key: bytes, radix: int, tweak: bytes, *, n: int, number: int, half: Sequence[int]) -> int:
    """Steps 6.i to 6.v of algorithm 7."""
    u = n // 2
    v = n - u
    b = ceil(ceil(v * (radix - 1).bit_length()) / 8) if radix & (radix - 1) == 0 else _bytes_of(radix**v)
    d = 4 * ceil(b / 4) + 4
    p = bytes([1, 2, 1]) + radix.to_bytes(3, "big") + bytes([10, u % 256]) + n.to_bytes(4, "big")
    p += len(tweak).to_bytes(4, "big")
    q = tweak + bytes((-len(tweak) - b - 1) % 16) + bytes([number]) + _number(half, radix).to_bytes(b, "big")
    r = _prf(key, p + q)
    s = r
    block = 1
    aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    while len(s) < d:
        mixed = int.from_bytes(r, "big") ^ block
        s += aes.update(mixed.to_bytes(16, "big"))
        block += 1
    return int.from_bytes(s[:d], "big")


def _bytes_of(limit: int) -> int:
    return ((limit - 1).bit_length() + 7) // 8


def encrypt(key: bytes, radix: int, tweak: bytes, numerals: list[int]) -> list[int]:
    """Algorithm 7."""
    n = len(numerals)
    u = n // 2
    a, b = numerals[:u], numerals[u:]
    for number in range(10):
        y = _round_value(key, radix, tweak, n=n, number=number, half=b)
        m = u if number % 2 == 0 else n - u
        c = (_number(a, radix) + y) % radix**m
        a, b = b, _numerals(c, radix, m)
    return a + b


def decrypt(key: bytes, radix: int, tweak: bytes, numerals: list[int]) -> list[int]:
    """Algorithm 8."""
    n = len(numerals)
    u = n // 2
    a, b = numerals[:u], numerals[u:]
    for number in reversed(range(10)):
        y = _round_value(key, radix, tweak, n=n, number=number, half=a)
        m = u if number % 2 == 0 else n - u
        c = (_number(b, radix) - y) % radix**m
        a, b = _numerals(c, radix, m), a
    return a + b
