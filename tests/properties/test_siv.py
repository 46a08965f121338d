"""AES-SIV of many texts at once is that of the library."""

from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import example, given
from hypothesis import strategies as st
from redeemd.serialkey.codec.imported import Match, Sealer
from redeemd.serialkey.codec.siv import Siv

KEYS = st.binary(min_size=64, max_size=64)
TEXTS = st.lists(st.binary(min_size=1, max_size=200), max_size=20)


@given(KEYS, TEXTS, st.lists(st.binary(max_size=40), max_size=2))
@example(bytes(64), [bytes(length) for length in range(1, 70)], [])
@example(bytes(range(64)), [b"\xff" * length for length in range(1, 70)], [b"folded"])
def test_each_text_is_encrypted_as_by_the_library(key, texts, associated_data):
    """Texts of any length, alone and among others, in their order; so are their synthetic IVs."""
    siv, library = Siv(key, associated_data), AESSIV(key)
    expected = [library.encrypt(text, associated_data or None) for text in texts]
    assert [iv + sealed for iv, sealed in siv.encrypt(texts)] == expected
    assert siv.ivs(texts) == [encrypted[:16] for encrypted in expected]


@given(KEYS, st.lists(st.text(min_size=1, max_size=48), max_size=8), st.sampled_from(Match))
def test_sealed_codes_are_found_and_opened(key, codes, match):
    """The keys are those by which a typed text is looked up."""
    sealer, folded = Sealer(key), [code.casefold() for code in codes]
    sealed, others = sealer.seal(codes, folded, match)
    assert [sealer.open(item.code_key, item.sealed) for item in sealed] == codes
    exact_keys, folded_keys = [*map(sealer.exact_key, codes)], [*map(sealer.folded_key, folded)]
    expected = (folded_keys, exact_keys) if match == Match.FOLDED else (exact_keys, folded_keys)
    assert ([item.lookup_key for item in sealed], others) == expected
