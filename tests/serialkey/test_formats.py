"""Formats of codes: arithmetic, capacity, and what opens."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.serialkey.codec.bulk_formats import encrypt_many
from redeemd.serialkey.codec.code_format import (
    ALPHABETS,
    CHECK_BITS_MIN,
    LOOK_ALIKES,
    Format,
    Problem,
    problem,
    sequence_bits,
)
from redeemd.serialkey.codec.codes import OpenedCode, normalise
from redeemd.serialkey.codec.ff1 import ShapedFf1
from redeemd.serialkey.codec.formatted import ALONE, FormatCodec, FormatCodecs, key_with_format
from support import generic_ff1

KEYS = {"k1": bytes(range(32)), "k2": bytes(range(32, 64))}
FORMATS = {
    "base32.16.21.4-4-4-4.": (40, 19),
    "digits.16.21.4-4-4-4.": (24, 8),
    "digits.20.21.5-5-5-5.XMAS": (37, 8),
    "consonantsAndDigits.12.21.4-4-4.": (27, 8),
    "consonantsAndDigits.15.21.5-5-5.A1": (40, 9),
    "noLookAlikes.13.21.13.": (31, 8),
    "noLookAlikes.22.40.6-5-6-5.GO": (40, 22),
}
CODECS = {text: FormatCodec(Format.parse(text), KEYS) for text in FORMATS}

# Made once with KEYS; a change of a format would void every code that was ever printed in it.
GOLDEN = [
    ("base32.16.21.4-4-4-4.", "k1", 1, 0, "2QCY-OHJW-WT7P-WR3O"),
    ("base32.16.21.4-4-4-4.", "k1", 1, 1, "LIRG-7UZF-CRRY-2RCQ"),
    ("base32.16.21.4-4-4-4.", "k2", 524287, 1048575, "RS6U-R7HE-NHKI-OBJS"),
    ("base32.16.21.4-4-4-4.", "k2", 2, 549755813888, "YDAT-BZAD-BJWK-FLW7"),
    ("base32.16.21.4-4-4-4.", "k1", 3, 549756862463, "W5IC-B2QU-W72Q-DVYM"),
    ("digits.16.21.4-4-4-4.", "k1", 1, 0, "7242-9338-9436-2605"),
    ("digits.16.21.4-4-4-4.", "k1", 1, 1, "1475-6030-8808-0634"),
    ("digits.16.21.4-4-4-4.", "k2", 255, 1048575, "1096-2568-2886-6553"),
    ("digits.16.21.4-4-4-4.", "k2", 2, 549755813888, "0042-7109-4787-3539"),
    ("digits.16.21.4-4-4-4.", "k1", 3, 549756862463, "7487-7965-3959-7392"),
    ("digits.20.21.5-5-5-5.XMAS", "k1", 1, 0, "XMAS-16676-50578-68737-57099"),
    ("digits.20.21.5-5-5-5.XMAS", "k1", 1, 1, "XMAS-69061-07043-24168-57798"),
    ("digits.20.21.5-5-5-5.XMAS", "k2", 255, 1048575, "XMAS-26382-08261-68549-27348"),
    ("digits.20.21.5-5-5-5.XMAS", "k2", 2, 549755813888, "XMAS-73145-42320-44798-14528"),
    ("digits.20.21.5-5-5-5.XMAS", "k1", 3, 549756862463, "XMAS-66311-83134-78113-70870"),
    ("consonantsAndDigits.12.21.4-4-4.", "k1", 1, 0, "B2BB-KG8R-KV9L"),
    ("consonantsAndDigits.12.21.4-4-4.", "k1", 1, 1, "7KZH-RCH7-56ZD"),
    ("consonantsAndDigits.12.21.4-4-4.", "k2", 255, 1048575, "XP5D-2JN8-FDJG"),
    ("consonantsAndDigits.12.21.4-4-4.", "k2", 2, 549755813888, "T7XC-55N5-XD87"),
    ("consonantsAndDigits.12.21.4-4-4.", "k1", 3, 549756862463, "75PX-S5WH-BMWF"),
    ("consonantsAndDigits.15.21.5-5-5.A1", "k1", 1, 0, "A1-RZK5X-QJP9T-S2LKC"),
    ("consonantsAndDigits.15.21.5-5-5.A1", "k1", 1, 1, "A1-T5CPP-6BMRZ-VRNXD"),
    ("consonantsAndDigits.15.21.5-5-5.A1", "k2", 511, 1048575, "A1-QXL7K-Z2LNW-TPDBF"),
    ("consonantsAndDigits.15.21.5-5-5.A1", "k2", 2, 549755813888, "A1-SDW2R-FHGPV-FS6VJ"),
    ("consonantsAndDigits.15.21.5-5-5.A1", "k1", 3, 549756862463, "A1-ZRG25-KVQQ5-DTX6Z"),
    ("noLookAlikes.13.21.13.", "k1", 1, 0, "XS3PJZNPRKFJG"),
    ("noLookAlikes.13.21.13.", "k1", 1, 1, "CCFE3JJSN3GNZ"),
    ("noLookAlikes.13.21.13.", "k2", 255, 1048575, "BN97R39DXJDEB"),
    ("noLookAlikes.13.21.13.", "k2", 2, 549755813888, "3EMPF9EWRJRGA"),
    ("noLookAlikes.13.21.13.", "k1", 3, 549756862463, "XFMBSNXVPNCKR"),
    ("noLookAlikes.22.40.6-5-6-5.GO", "k1", 1, 0, "GO-TVTHYZ-VEKE7-NGNJPC-JYSHF"),
    ("noLookAlikes.22.40.6-5-6-5.GO", "k1", 1, 1, "GO-WARY94-7ZF7T-WYKCZ3-DZBWD"),
    ("noLookAlikes.22.40.6-5-6-5.GO", "k2", 4194303, 549755813887, "GO-4FTZNW-J9PYC-ECR44E-GJS4T"),
    ("noLookAlikes.22.40.6-5-6-5.GO", "k2", 2, 549755813888, "GO-ZESWGM-YSHGE-9ZRWVE-3E9NX"),
    ("noLookAlikes.22.40.6-5-6-5.GO", "k1", 3, 1099511627775, "GO-HV9TB3-YG399-3NRB7B-7PKMB"),
]


@pytest.mark.parametrize(("text", "key_id", "campaign", "sequence", "code"), GOLDEN)
def test_golden_codes_never_change(text, key_id, campaign, sequence, code):
    """Codes that were printed once open for ever."""
    assert CODECS[text].encode(key_id, campaign, sequence) == code
    opened = CODECS[text].decode(normalise(code))
    assert opened == OpenedCode(key_with_format(key_id, text), campaign, sequence, code)


@pytest.mark.parametrize(("text", "bits"), FORMATS.items())
def test_what_is_left_of_a_format_are_check_bits(text, bits):
    """Check bits and bits of the campaign number: these grow once 40 check bits are left."""
    found = Format.parse(text)
    assert (found.check_bits, found.campaign_bits) == bits
    assert str(found) == text
    assert problem(found) is None


@given(st.sampled_from(sorted(CODECS)), st.sampled_from(sorted(KEYS)), st.data())
def test_a_code_opens_to_what_it_was_made_of(text, key_id, data):
    """In a batch or alone, at any number that the format holds."""
    codec = CODECS[text]
    campaign = data.draw(st.integers(0, codec.format.campaign_number_max))
    sequence = data.draw(st.integers(0, codec.format.half - 1)) + data.draw(st.sampled_from([0, ALONE]))
    code = codec.encode(key_id, campaign, sequence)
    assert len(code) == codec.format.printed_length
    assert codec.decode(normalise(code)) == OpenedCode(key_with_format(key_id, text), campaign, sequence, code)


@given(st.sampled_from(sorted(CODECS)), st.integers(0, 255), st.integers(0, 1000), st.integers(0, 64))
def test_a_range_is_its_codes_in_order(text, campaign, first, count):
    """Bulk encoding returns the same codes as single encoding."""
    codec = CODECS[text]
    expected = [codec.encode("k2", campaign, first + offset) for offset in range(count)]
    assert codec.encode_range("k2", campaign, first, count) == expected


shapes = st.sampled_from([(10, 6), (10, 16), (10, 19), (10, 32), (25, 13), (26, 12), (26, 22), (32, 7), (32, 22)])


@given(st.binary(min_size=32, max_size=32), shapes, st.data())
def test_the_fast_ff1_of_any_shape_is_the_generic_one(key, shape, data):
    """For radix and length of formats both map every value alike, decrypting undoes it, and many are as each."""
    radix, length = shape
    fast = ShapedFf1(key, radix, length)
    numerals = data.draw(st.lists(st.integers(0, radix - 1), min_size=length, max_size=length))
    split = length // 2
    left, right = _number(numerals[:split], radix), _number(numerals[split:], radix)
    expected = generic_ff1.encrypt(key, radix, b"", numerals)
    sealed = fast.encrypt(left, right)
    assert sealed == (_number(expected[:split], radix), _number(expected[split:], radix))
    assert fast.decrypt(*sealed) == (left, right)
    many = encrypt_many(fast, np.array([left], dtype=np.uint64), np.array([right], dtype=np.uint64))
    assert (int(many[0][0]), int(many[1][0])) == sealed


def _number(numerals, radix):
    value = 0
    for numeral in numerals:
        value = value * radix + numeral
    return value


@pytest.mark.parametrize("text", FORMATS)
def test_a_campaign_has_no_code_twice(text):
    """Codes of batches and codes issued alone, of two campaigns, are all different."""
    codec = CODECS[text]
    made = [code for campaign in (1, 2) for code in codec.encode_range("k1", campaign, 0, 5000)]
    made += [codec.encode("k1", 1, ALONE + sequence) for sequence in range(200)]
    assert len(set(made)) == len(made)


def test_random_texts_open_as_rarely_as_the_check_bits_say():
    """Of 40,000 random texts of a format with 8 check bits, which no campaign can have, about one in 256 opens."""
    found = Format("digits", 9, (9,), "", 13)
    assert found.check_bits == 8
    codec, draw = FormatCodec(found, {"k1": bytes(32)}), random.Random(20261129)
    share = 2**21 / 10**9
    opened = sum(codec.decode("".join(draw.choices("0123456789", k=9))) is not None for _ in range(40_000))
    assert 40_000 * share * 0.5 < opened < 40_000 * share * 1.5


def test_a_code_of_one_format_is_none_of_another():
    """Each format has keys of its own, and its own shape."""
    codecs = FormatCodecs(lambda made: {key_id: key[:-1] + bytes([len(str(made))]) for key_id, key in KEYS.items()})
    codecs.adopt(FORMATS)
    for text in FORMATS:
        key_id, codec = codecs.of(key_with_format("k1", text))
        opened = codecs.decode(codec.encode(key_id, 1, 7))
        assert (opened.key_id, opened.campaign_number, opened.sequence) == (key_with_format("k1", text), 1, 7)
        others = FormatCodecs(lambda _made: KEYS)
        others.adopt(other for other in FORMATS if other != text)
        assert others.decode(opened.text) is None


@pytest.mark.parametrize(
    ("found", "field"),
    [
        (Format("digits", 16, (4, 4, 4), "", 21), "grouping"),
        (Format("base32", 22, (11, 11), "", 21), "length"),
        (Format("digits", 16, (16,), "SPRING", 21), "length"),
        (Format("base32", 24, (24,), "", 21), "length"),
        (Format("digits", 32, (1,) * 32, "", 21), "length"),
        (Format("digits", 15, (15,), "", 21), "length"),
    ],
)
def test_a_format_that_must_not_be_used_is_named(found, field):
    """Groups that do not add up, the default's length, too long to compute or to type, too few check bits."""
    assert isinstance(problem(found), Problem)
    assert problem(found).field == field


@given(st.sampled_from(sorted(ALPHABETS)), st.integers(6, 32), st.integers(1, 1 << 39))
def test_a_format_without_a_problem_has_24_check_bits(alphabet, length, codes):
    """And its numbers fit into its halves, for any number of codes."""
    found = Format(alphabet, length, (length,), "", sequence_bits(codes))
    assert found.half >= codes
    if problem(found) is None:
        assert found.check_bits >= CHECK_BITS_MIN
        assert found.radix**length >> found.campaign_bits + found.sequence_bits >= 1 << CHECK_BITS_MIN


def test_formats_overlap_if_a_text_may_have_the_shape_of_both():
    """Equal lengths with the prefix, unless the prefixes differ in more than look-alikes."""
    plain, other = Format.parse("digits.16.21.16."), Format.parse("noLookAlikes.16.21.16.")
    assert plain.overlaps(other)
    assert not plain.overlaps(Format.parse("digits.17.21.17."))
    assert plain.overlaps(Format.parse("digits.14.21.14.AB"))
    ab, cd = Format.parse("digits.14.21.14.AB"), Format.parse("digits.14.21.14.CD")
    assert not ab.overlaps(cd)
    assert ab.overlaps(Format.parse("digits.14.21.14.A8"))


def test_alphabets_are_what_they_are_called():
    """No vowels; no two symbols that look alike; no symbol twice."""
    assert not set(ALPHABETS["consonantsAndDigits"]) & set("AEIOUY0134")
    for group in LOOK_ALIKES:
        assert len(set(group) & set(ALPHABETS["noLookAlikes"])) <= 1
    for symbols in ALPHABETS.values():
        assert len(set(symbols)) == len(symbols) <= 32


@given(st.sampled_from(sorted(CODECS)), st.integers(0, 255), st.integers(0, 1000), st.data())
def test_typing_does_not_matter(text, campaign, sequence, data):
    """Case, dashes and spaces anywhere, and look-alikes that the alphabet does not have."""
    codec = CODECS[text]
    code = codec.encode("k1", campaign, sequence)
    typed = ""
    for symbol in code.replace("-", ""):
        alike = next((group for group in LOOK_ALIKES if symbol in group), symbol)
        looks = [symbol, symbol.lower()] + [
            other for other in alike if len(set(alike) & set(codec.format.symbols)) == 1
        ]
        typed += data.draw(st.sampled_from(["", "-", " ", "\u2013"])) + data.draw(st.sampled_from(looks))
    opened = codec.decode(normalise(typed))
    assert opened is not None
    assert opened.text == code


@given(st.text(max_size=48))
def test_no_text_breaks_the_decoder(text):
    """Whatever is typed opens or does not; nothing raises."""
    codecs = FormatCodecs(lambda _made: KEYS)
    codecs.adopt(FORMATS)
    codecs.decode(text)
