"""Codes in which players mistook characters for others that look alike."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.serialkey.codec import look_alikes
from redeemd.serialkey.codec.code_format import LOOK_ALIKES, Format, readings_max
from redeemd.serialkey.codec.codecs import NamespaceCodecs
from redeemd.serialkey.codec.codes import ALPHABET, Codec, OpenedCode, fold
from redeemd.serialkey.codec.formatted import FormatCodecs, key_with_format
from redeemd.serialkey.codec.imported import KEY_BYTES, Sealer
from support.guesses import guess
from support.service import refused

KEYS = {"k1": bytes(range(32)), "k2": bytes(range(32, 64))}
CONSONANTS = "consonantsAndDigits.14.21.14."
CODECS = NamespaceCodecs(Codec(KEYS), FormatCodecs(lambda _made: KEYS), Sealer(bytes(range(KEY_BYTES))))
CODECS.formats.adopt([CONSONANTS])
SWAPPED = {"S": "5", "5": "S", "Z": "2", "2": "Z", "G": "6", "6": "G", "U": "V", "V": "U", "I": "1", "L": "1", "B": "8"}


def mistaken(code, places, count):
    """Return a code in which the first `count` of those symbols at `places` that look like another are replaced."""
    letters = list(code)
    doubtful = [place for place in places if letters[place] in SWAPPED][:count]
    for place in doubtful:
        letters[place] = SWAPPED[letters[place]]
    return "".join(letters)


@given(st.integers(0, 1000), st.integers(0, 1000), st.permutations(range(26)))
def test_a_code_with_a_mistaken_symbol_opens(campaign, sequence, places):
    """As the code that was printed; anywhere, and in spite of the other symbols that could be mistaken."""
    code = CODECS.encode("k1", campaign, sequence)
    typed = mistaken(code, places, 1)
    assert (CODECS.decode(typed) or CODECS.decode_alike(typed)).text == code


@given(st.integers(0, 255), st.integers(0, 127), st.permutations(range(14)))
def test_a_code_of_a_format_with_a_mistaken_symbol_opens(campaign, sequence, places):
    """By the same rules, if the format has check bits to spare."""
    assert Format.parse(CONSONANTS).readings_max == 64
    code = CODECS.encode(key_with_format("k1", CONSONANTS), campaign, sequence)
    typed = mistaken(code, places, 1)
    assert (CODECS.decode(typed) or CODECS.decode_alike(typed)).text == code


def test_readings_are_as_many_as_the_check_bits_allow():
    """Their product with the chance of one stays at 2^-40 or, where wrong codes are counted, 2^-24; at most 64."""
    assert [readings_max(bits) for bits in (24, 27, 30, 39, 40, 43, 46, 80)] == [1, 8, 64, 64, 1, 8, 64, 64]


@given(st.text("S5Z2G6UVIL1", min_size=22, max_size=22), st.integers(1, 64))
def test_no_more_readings_are_tried(symbols, limit):
    """However many there are: a text of such symbols alone has millions. No reading is tried twice."""
    tried = []
    look_alikes.open_one(tried.append, ALPHABET, symbols, limit=limit)
    assert len(set(tried)) == len(tried) <= limit
    for reading in tried:
        pairs = zip(reading, symbols, strict=True)
        assert all(a == b or any(a in group and b in group for group in LOOK_ALIKES) for a, b in pairs)


def test_two_readings_that_open_are_no_code():
    """Nobody can know which one was printed."""

    def decode(reading):
        return OpenedCode("k1", 1, 1, reading) if reading in good else None

    good = {"SA"}
    assert look_alikes.open_one(decode, ALPHABET, "5A", limit=64).text == "SA"
    good.add("5A")
    assert look_alikes.open_one(decode, ALPHABET, "5A", limit=64) is None


def test_wrong_texts_do_not_open():
    """2,000 random texts, and good codes with symbols replaced by others that do not look alike."""
    draw = random.Random(20261129)
    for number in range(2000):
        symbols = list(fold(CODECS.encode("k1", 7, number))) if number % 2 else draw.choices(ALPHABET, k=22)
        symbols[draw.randrange(22)] = "0" if number % 2 else "A"
        if number % 2:
            place = symbols.index("0")
            symbols[place] = "Q" if fold(CODECS.encode("k1", 7, number))[place] != "Q" else "W"
        assert CODECS.decode_alike("".join(symbols)) is None


@given(st.text(max_size=48))
def test_no_text_breaks_the_readings(text):
    """Whatever is typed opens or does not; nothing raises."""
    CODECS.decode_alike(text)


async def test_a_player_can_mistake_symbols(service):
    """In a serial code: it is used as printed, costs no guess, and is refused like the code itself the second time."""
    world = await service.world()
    await world.limit_guesses(burst=1, per_minute=1)
    code, typed = next(
        (code, mistaken(code, range(26), 1)) for code in await world.codes(10) if mistaken(code, range(26), 1) != code
    )
    assert (await world.as_player("VerifyCode", "alice", code=typed, verify_type=1)).item.code == code
    assert (await world.as_player("Use", "alice", code=typed)).item.code == code
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("Use", "bob", code=typed)


@pytest.mark.parametrize("length", [14, 22])
async def test_a_wrong_text_with_look_alikes_is_one_guess(service, length):
    """However many readings it has."""
    world = await service.world()
    settings = {"alphabet": "consonantsAndDigits", "length": 14}
    models = [{"name": "spring", "codeFormat": settings}]
    document = json.dumps({"version": "2022-09-13", "campaignModels": models})
    await world.call("UpdateCurrentCampaignMaster", settings=document)
    await world.limit_guesses(burst=2, per_minute=1)
    for text in ("S5Z2G6UV1L", "GGGUUUSSS5"):
        assert (await guess(world, (text * 3)[:length], "mallory")).reason == "CODE_NOT_FOUND"
    assert (await guess(world, ("SSS5" * 6)[:length], "mallory")).reason == "TOO_MANY_GUESSES"
