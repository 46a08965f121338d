"""FF1: the generic one passes the NIST samples, the fast one agrees with the generic one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.serialkey.codec.bulk import encrypt_many
from redeemd.serialkey.codec.ff1 import HALF_BITS, HALF_MASK, Ff1
from support import generic_ff1

KEYS = [
    "2B7E151628AED2A6ABF7158809CF4F3C",
    "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F",
    "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94",
]
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

# https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values, FF1samples.pdf
NIST_SAMPLES = [
    (KEYS[0], 10, "", "0123456789", "2433477484"),
    (KEYS[0], 10, "39383736353433323130", "0123456789", "6124200773"),
    (KEYS[0], 36, "3737373770717273373737", "0123456789abcdefghi", "a9tv40mll9kdu509eum"),
    (KEYS[1], 10, "", "0123456789", "2830668132"),
    (KEYS[1], 10, "39383736353433323130", "0123456789", "2496655549"),
    (KEYS[1], 36, "3737373770717273373737", "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"),
    (KEYS[2], 10, "", "0123456789", "6657667009"),
    (KEYS[2], 10, "39383736353433323130", "0123456789", "1001623463"),
    (KEYS[2], 36, "3737373770717273373737", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
]

halves = st.integers(0, HALF_MASK)


@pytest.mark.parametrize(("key", "radix", "tweak", "plain", "sealed"), NIST_SAMPLES)
def test_the_generic_ff1_passes_the_nist_samples(key, radix, tweak, plain, sealed):
    """All nine samples of SP 800-38G, both ways."""
    key, tweak = bytes.fromhex(key), bytes.fromhex(tweak)
    plain, sealed = ([DIGITS.index(digit) for digit in text] for text in (plain, sealed))
    assert generic_ff1.encrypt(key, radix, tweak, plain) == sealed
    assert generic_ff1.decrypt(key, radix, tweak, sealed) == plain


@given(st.binary(min_size=32, max_size=32), halves, halves)
def test_the_fast_ff1_is_the_generic_one(key, left, right):
    """For radix 32, 22 numerals and no tweak both map every value alike, and decrypting undoes it."""
    fast = Ff1(key)
    numerals = [(left << HALF_BITS | right) >> shift & 31 for shift in range(105, -1, -5)]
    expected = generic_ff1.encrypt(key, 32, b"", numerals)
    sealed = fast.encrypt(left, right)
    assert [(sealed[0] << HALF_BITS | sealed[1]) >> shift & 31 for shift in range(105, -1, -5)] == expected
    assert fast.decrypt(*sealed) == (left, right)


@given(st.lists(st.tuples(halves, halves), max_size=50))
def test_encrypting_many_is_encrypting_each(pairs):
    """The bulk path returns what the single one does, for any number of values, none included."""
    fast = Ff1(bytes(range(32)))
    left, right = (np.array([pair[side] for pair in pairs], dtype=np.uint64) for side in (0, 1))
    sealed = encrypt_many(fast, left, right)
    assert list(zip(*(half.tolist() for half in sealed), strict=True)) == [fast.encrypt(*pair) for pair in pairs]
