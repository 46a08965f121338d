#!/bin/sh
# segno 1.6.6: a QR code of text that has no kanji, or of kanji that Shift JIS lacks, can be read as other text.
#
# Expected: text that Shift JIS cannot represent is written in byte mode, and read as it was written.
# Seen: segno chooses kanji mode by the bytes that it would write, whichever encoding they have. ISO 8859-1 bytes of "æø" and
# UTF-8 bytes of "渚恖" look like pairs of Shift JIS, so both become codes in kanji mode: a reader finds "蹂" and "貂壽＊".
# Consequence: no error, but the code says something else. Pass mode="byte" unless the text is encodable as Shift JIS.
#
# Exits 0 while this is so, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check segno==1.6.6 zxing-cpp==3.1.0 pillow==13.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

import segno
import zxingcpp
from PIL import Image


def read(code):
    """Return the text that zxing-cpp reads from a code of segno."""
    picture = io.BytesIO()
    code.save(picture, kind="png", scale=4)
    return zxingcpp.read_barcode(Image.open(picture).convert("L")).text


unchanged = True
for text in ("点", "æø", "渚恖"):
    code, by_bytes = segno.make_qr(text), segno.make_qr(text, mode="byte", encoding="utf-8")
    found = read(code)
    print(f"segno {segno.__version__}: {text} in {code.mode} mode is read as {found}, in byte mode as {read(by_bytes)}")
    unchanged &= code.mode == "kanji" and (found == text) == (text == "点") and read(by_bytes) == text
sys.exit(0 if unchanged else 1)
PYTHON
