"""Codes: what opens, what does not, and what typing may do to them."""

import random
import string
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.serialkey.codec.codes import (
    ALPHABET,
    CAMPAIGN_NUMBER_MAX,
    SEQUENCE_MAX,
    Codec,
    fold,
    looks_like_code,
    mask,
)

KEYS = {"k1": bytes(range(32)), "k2": bytes(range(32, 64))}
CODEC = Codec(KEYS)

campaigns = st.integers(0, CAMPAIGN_NUMBER_MAX)
sequences = st.integers(0, SEQUENCE_MAX)

# Made once with KEYS; a change of the format would void every code that was ever printed.
GOLDEN = [
    ("k1", 0, 0, "VKS7Y-OAYI-2WRFM-DVHZ-O3IM"),
    ("k1", 1, 0, "BRF4Y-CSZC-AA7IO-ESYB-HHZ7"),
    ("k1", 1, 1, "CDNX7-NEAE-SCKJU-EQLT-CAGZ"),
    ("k1", 1, 511, "4S5H2-C2EC-JFLAG-E557-QFMF"),
    ("k1", 1, 512, "4PR2S-6KK5-7YXT5-BP65-NQ5E"),
    ("k1", 2, 99999, "N6SJP-DJYW-O3MXM-NDJN-3NY3"),
    ("k1", 16777215, 0, "37VNA-Q3H6-H7VGT-GORL-KVKX"),
    ("k1", 16777215, 1099511627775, "F6OV5-7Y3E-CUSRB-FXQK-D5YC"),
    ("k1", 0, 1099511627775, "B3HAY-4V5J-T52G7-52Y6-FVVU"),
    ("k1", 4242, 549755813888, "EU7LO-67PQ-REZHW-ERFC-ZBZI"),
    ("k2", 0, 0, "4OMME-ZHSR-2LQGR-UNZT-KQQ4"),
    ("k2", 1, 0, "GQDHX-SVNE-YKWFO-N3VU-7KRD"),
    ("k2", 1, 1, "7UMDX-7DPI-2KDZQ-2KZM-BSMB"),
    ("k2", 1, 511, "PSVFB-AYSD-5KU6I-OVPY-RU27"),
    ("k2", 1, 512, "Z42CF-3TSO-XGETX-5QNT-SYXU"),
    ("k2", 2, 99999, "S5ZP3-KOI3-MXDJS-SBOH-4OYK"),
    ("k2", 16777215, 0, "RW3HG-UJBE-VTGSV-V5CG-2INR"),
    ("k2", 16777215, 1099511627775, "HB5W3-C37D-I56OC-FN3U-S5HF"),
    ("k2", 0, 1099511627775, "TJ67M-XXSI-ON2DL-47HP-NPOC"),
    ("k2", 4242, 549755813888, "7W5XX-PMVP-UV6HB-ARUG-2K34"),
]


@given(st.sampled_from(sorted(KEYS)), campaigns, sequences)
def test_a_code_opens_to_what_it_was_made_of(key_id, campaign, sequence):
    """Decoding undoes encoding, and says which key opened it."""
    code = CODEC.encode(key_id, campaign, sequence)
    opened = CODEC.decode(code)
    assert (opened.key_id, opened.campaign_number, opened.sequence, opened.text) == (key_id, campaign, sequence, code)


typed = st.one_of(st.sampled_from([code for *_, code in GOLDEN]), st.text(max_size=30), st.text(ALPHABET, max_size=22))


@given(st.lists(typed))
def test_many_codes_open_as_each_of_them_does(texts):
    """Of both keys, typed in another way, and texts that are no codes."""
    texts += [text.lower().replace("-", " ") for text in texts]
    assert CODEC.decode_many(texts) == [CODEC.decode(text) for text in texts]


@given(campaigns, st.integers(0, SEQUENCE_MAX - 64), st.integers(0, 64))
def test_a_range_is_its_codes_in_order(campaign, first, count):
    """Bulk encoding returns the same codes as single encoding, also where the sequence crosses a half."""
    expected = [CODEC.encode("k2", campaign, first + offset) for offset in range(count)]
    assert CODEC.encode_range("k2", campaign, first, count) == expected


@pytest.mark.parametrize(("key_id", "campaign", "sequence", "code"), GOLDEN)
def test_golden_codes_never_change(key_id, campaign, sequence, code):
    """Codes that were printed once open for ever."""
    assert CODEC.encode(key_id, campaign, sequence) == code


def test_codes_have_the_documented_shape():
    """22 symbols of base32 in groups of 5-4-5-4-4."""
    groups = CODEC.encode("k1", 1, 1).split("-")
    assert [len(group) for group in groups] == [5, 4, 5, 4, 4]
    assert set("".join(groups)) <= set(ALPHABET)


def test_no_random_or_mutated_code_opens():
    """Texts of the right shape, and good codes with one, two or three symbols changed or two swapped, do not open.

    200,000 of them. A mutant counts only if it still differs after folding. Each opens with probability 2^-46 per key.
    """
    draw = random.Random(20261121)
    good = [fold(code) for code in CODEC.encode_range("k1", 7, 0, 1000)]

    def mutant(symbols):
        letters = list(symbols)
        if draw.random() < 0.25:
            a, b = draw.sample(range(22), 2)
            letters[a], letters[b] = letters[b], letters[a]
        else:
            for place in draw.sample(range(22), draw.randint(1, 3)):
                letters[place] = draw.choice(ALPHABET)
        return "".join(letters)

    made = 0
    while made < 200_000:
        original = good[made % len(good)]
        text = mutant(original) if made % 2 else "".join(draw.choices(ALPHABET, k=22))
        if text == original:
            continue
        made += 1
        assert CODEC.decode(text) is None, text


@given(st.text(max_size=48))
def test_no_text_breaks_the_decoder(text):
    """Any text opens as a code or does not; nothing raises, and an opened text prints as a code."""
    opened = CODEC.decode(text)
    assert opened is None or fold(opened.text) == fold(text)


@given(campaigns, sequences, st.data())
def test_typing_does_not_matter(campaign, sequence, data):
    """Case, dashes and spaces anywhere, and the digits that look like letters, fold away."""
    code = CODEC.encode("k1", campaign, sequence)
    noise = st.text(
        st.sampled_from("- \u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad\u00a0\u2003\u3000\t\n"), max_size=2
    )
    typed = ""
    for symbol in code.replace("-", ""):
        looks = {"O": "Oo0", "I": "Ii1", "B": "Bb8"}.get(symbol, symbol + symbol.lower())
        typed += data.draw(noise) + data.draw(st.sampled_from(looks))
    assert CODEC.decode(typed).text == code


def test_symbols_that_are_none_do_not_open():
    """Nine, underscore, plus, letters of other alphabets: int() would read some of them, the decoder does not."""
    good = fold(CODEC.encode("k1", 1, 1))
    for symbol in [
        *set(string.printable) - set(string.ascii_letters) - set("234567018- \t\n\r\v\f"),
        "\u0410",
        "ß",
        "é",
    ]:
        assert CODEC.decode(symbol + good[1:]) is None
        assert not looks_like_code(symbol + good[1:])


def test_another_namespace_or_key_does_not_open():
    """A code made under other keys is a random text here."""
    other = Codec({"k1": bytes(32)})
    assert all(other.decode(code) is None for code in CODEC.encode_range("k1", 1, 0, 1000))


def test_a_mask_shows_the_first_group_only():
    """The masked code in dashboards distinguishes two codes, but is not enough to use one."""
    assert mask("ABCDE-FGHI-JKLMN-OPQR-STUV") == "ABCDE-****-*****-****-****"


def test_threads_do_not_disturb_each_other():
    """Many threads encode with one codec and each gets its own codes."""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: CODEC.encode("k1", n % 8, n), range(4000)))
    assert found == [CODEC.encode("k1", n % 8, n) for n in range(4000)]
