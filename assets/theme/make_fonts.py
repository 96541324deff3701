#!/usr/bin/env python3
"""Makes the faces that Holm fetches only when somebody needs them: Arabic, Japanese, Hebrew, Thai, Devanagari.

In an empty folder:
    npm pack @fontsource/vazirmatn@5.3.0 @fontsource/m-plus-rounded-1c@5.3.0 \
        @fontsource/rubik@5.3.0 @fontsource/mitr@5.3.0 @fontsource/baloo-2@5.3.0
    for f in *.tgz; do mkdir ${f%.tgz}; tar xzf $f -C ${f%.tgz}; done
    python3 -m venv v && v/bin/pip install fonttools==4.68.0 brotli blake3
    v/bin/python .../assets/theme/make_fonts.py .

Writes Vazirmatn-{Medium,Bold}.ttf, MPlusRounded-Medium.ttf, Rubik-{Medium,Bold}.ttf, Mitr-{Medium,Bold}.ttf,
Baloo2-Medium.ttf and `faces.ron` (their lengths and hashes: the program takes no other bytes for them) beside itself.

Three things are done to them on purpose:
- No space is left in any: egui lays out a line as runs of one face each and shapes Arabic runs from right to left.
  Without a space in the face each word is a run of its own, so that lines break where they should, and
  `game/src/theme/letters.rs` can put the words in order.
- Ascent and descent are Nunito's, so that the baselines agree in a line of both.
- Japanese keeps no layout tables and no hints: nothing reads them. The others keep GSUB, GPOS and GDEF: letters join,
  and marks find their places, by them.
"""

import sys
from pathlib import Path

from blake3 import blake3
from fontTools import subset
from fontTools.merge import Merger, Options as MergeOptions
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
NUNITO_ASCENT, NUNITO_DESCENT = 1.011, -0.353  # of an em


def jis_x_0208():
    """Kana, punctuation and the kanji of levels 1 and 2."""
    points = set(range(0x3040, 0x3100)) | set(range(0xFF01, 0xFFA0)) | set(range(0x3000, 0x3040))
    for row in range(0xA1, 0xFF):
        for cell in range(0xA1, 0xFF):
            try:
                points.add(ord(bytes([row, cell]).decode("euc_jp")))
            except UnicodeDecodeError:
                pass
    # Latin, Greek and Cyrillic are Nunito's and egui's; arrows, frames and dingbats egui's.
    return {p for p in points if p >= 0x3000 or p in (0x2015, 0x2025, 0x203B)}


def cut(path, points, layout):
    options = subset.Options()
    options.layout_features = ["*"] if layout else []
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["STAT", "gasp", "vhea", "vmtx"] + ([] if layout else ["GSUB", "GPOS", "GDEF"])
    font = TTFont(path)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[p for p in font.getBestCmap() if p in points])
    subsetter.subset(font)
    return font


def finish(font, name):
    em = font["head"].unitsPerEm
    ascent, descent = round(NUNITO_ASCENT * em), round(NUNITO_DESCENT * em)
    font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap = ascent, descent, 0
    os2 = font["OS/2"]
    os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = ascent, descent, 0
    os2.usWinAscent, os2.usWinDescent = ascent, -descent
    assert 0x20 not in font.getBestCmap()
    font["head"].modified = font["head"].created  # the same bytes whenever it is made
    font.recalcTimestamp = False
    font.flavor = None
    out = HERE / f"{name}.ttf"
    font.save(out)
    data = out.read_bytes()
    print(f"{out.name}: {len(data)} bytes, {len(font.getBestCmap())} characters")
    return f'    (name: "{name}", bytes: {len(data)}, hash: "{blake3(data).hexdigest()}"),\n'


def main():
    packages = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    faces = []
    arabic = set(range(0x600, 0x700)) | set(range(0x750, 0x780)) | set(range(0x8A0, 0x900))
    arabic |= set(range(0xFB50, 0xFE00)) | set(range(0xFE70, 0xFEFD)) | {0x200C, 0x200D}
    for weight, word in ((500, "Medium"), (700, "Bold")):
        [path] = packages.glob(f"fontsource-vazirmatn-*/package/files/vazirmatn-arabic-{weight}-normal.woff2")
        faces.append(finish(cut(path, arabic, True), f"Vazirmatn-{word}"))

    wanted, parts = jis_x_0208(), []
    files = sorted(packages.glob("fontsource-m-plus-rounded-1c-*/package/files/*-500-normal.woff2"))
    # The collected files first: what they have, the hundred small ones need not give.
    files.sort(key=lambda path: not path.name.endswith("-japanese-500-normal.woff2"))
    for path in files:
        font = cut(path, wanted, False)
        have = set(font.getBestCmap() or ())
        if have & wanted:
            wanted -= have
            part = Path(f"/tmp/holm-font-part-{len(parts)}.ttf")
            font.flavor = None
            font.save(part)
            parts.append(part)
    options = MergeOptions()
    merged = Merger(options).merge([str(part) for part in parts])
    for part in parts:
        part.unlink()
    print(f"without a glyph: {''.join(map(chr, sorted(wanted)))}")
    faces.append(finish(merged, "MPlusRounded-Medium"))

    # Only letters and marks of their own: signs, digits and Latin are Nunito's in every line.
    for package, part, points, weights in (
        ("rubik", "hebrew", set(range(0x590, 0x600)) | set(range(0xFB1D, 0xFB50)), ((500, "Medium"), (700, "Bold"))),
        # Mitr is heavier than its neighbours by a step.
        ("mitr", "thai", set(range(0xE00, 0xE80)), ((400, "Medium"), (600, "Bold"))),
        ("baloo-2", "devanagari", set(range(0x900, 0x980)) | set(range(0xA8E0, 0xA900)), ((500, "Medium"),)),
    ):
        for weight, word in weights:
            [path] = packages.glob(f"fontsource-{package}-*/package/files/{package}-{part}-{weight}-normal.woff2")
            name = package.title().replace("-", "")
            faces.append(finish(cut(path, points, True), f"{name}-{word}"))
    (HERE / "faces.ron").write_text("// Made by make_fonts.py.\n[\n" + "".join(faces) + "]\n")


main()
