#!/usr/bin/env python3
"""Makes hall.glb and world.ron: a timber hall with a stage, for a hundred people.

    python3 assets/worlds/hall/make.py            # writes both beside this file
    python3 assets/worlds/hall/make.py --check    # fails if they are not what it would write

How meshes, colours and baked shade work is told in ../shared/kit.py. Licence: CC0-1.0.

The stage is in the north (-z), five rows of twenty seats rise before it, the foyer and the doors are in the south.
All chairs, frames and lamps are copies of one mesh each, so that the hall stays cheap when it is full.
"""

import math
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "shared"))

from kit import Scene, bake, finish, hash01, mix, noise, placed, rgb, shade, smooth  # noqa: E402

S = Scene()

PALE, WOOD, HONEY, DARK = rgb("#d9b98c"), rgb("#b98a58"), rgb("#c99c66"), rgb("#6b4a30")
PLASTER, CONCRETE, SLATE = rgb("#efe8dc"), rgb("#b9b5ad"), rgb("#5a6066")
TEAL, TEAL_DARK, AMBER, BRICK = rgb("#2f6470"), rgb("#1f464f"), rgb("#d99a3f"), rgb("#a8513c")
IRON = rgb("#2f3236")
GRASS, GRASS_DARK, LEAF, LEAF_LIGHT = rgb("#88a05a"), rgb("#64803f"), rgb("#557a38"), rgb("#9aae4c")

X, NORTH, SOUTH, EAVES, RIDGE = 11.0, -15.0, 12.0, 5.6, 9.2
BAY = 4.5  # between two frames; six bays
STAGE_Y, STAGE_X, STAGE_Z = 0.9, 6.8, -9.6
ROWS, DEEP, RISE, FIRST = 5, 1.3, 0.28, -5.6
TIER_X, AISLE, SIDE = 8.4, 0.85, 0.74


def shell():
    m = S.part("hall")
    # Floor of long boards, in bands of tone.
    for n in range(22):
        x0 = -X + n
        for k in range(3):
            z0, z1 = NORTH + 9.0 * k, NORTH + 9.0 * (k + 1)
            tone = mix(HONEY, WOOD, hash01(n, k, 1))
            m.box((x0 + 0.5, -0.08, (z0 + z1) / 2), (0.992, 0.12, 8.99), tone, base=0.8)
            m.floor(x0 + 0.004, x0 + 0.996, z0 + 0.005, z1 - 0.005, 0.0, tone, 0.5)
    m.box((0, -0.4, (NORTH + SOUTH) / 2), (2 * X + 1.2, 0.6, SOUTH - NORTH + 1.2), CONCRETE)
    # Side walls: a low wall of slats, windows, a band above them.
    for side in (-1, 1):
        x = side * (X + 0.15)
        for n in range(6):
            z0 = NORTH + BAY * n
            m.box((x, 0.5, z0 + BAY / 2), (0.3, 1.0, BAY), CONCRETE, base=0.85)
            for k in range(15):
                m.box((side * (X - 0.03), 0.52, z0 + 0.3 * k + 0.15), (0.06, 0.96, 0.16), PALE, base=0.8, vary=k + 1)
            m.box((x, 1.05, z0 + BAY / 2), (0.5, 0.09, BAY), PALE)
            m.box((x, 5.2, z0 + BAY / 2), (0.3, 0.9, BAY), PLASTER, base=0.95)
            for k in range(1, 3):
                m.box((x, 2.9, z0 + BAY * k / 3), (0.12, 3.7, 0.09), DARK)
            m.box((x, 3.7, z0 + BAY / 2), (0.12, 0.09, BAY), DARK)
    # Ends: north solid with a round window, south with the doors and a window above them.
    def gable(z, facing):
        roof = lambda x: EAVES + (RIDGE - EAVES) * (1 - abs(x) / X)
        for n in range(44):
            x0, x1 = -X + n * 0.5, -X + (n + 1) * 0.5
            xm = (x0 + x1) / 2
            both = lambda height: (height(x0), height(x1))
            ground, top = (0.0, 0.0), both(roof)
            spans = [(ground, top)]
            if facing > 0:
                # The round window; its frame hides the ends.
                cut = 1.9 * 1.9 - xm * xm
                if cut > 0:
                    half = math.sqrt(cut)
                    spans = [(ground, (6.0 - half,) * 2), ((6.0 + half,) * 2, top)]
            else:
                sill = (3.4, 3.4)
                if abs(xm) < 1.75:
                    spans = [((2.5, 2.5), sill), (both(lintel), top)]
                elif abs(xm) < 5.0:
                    spans = [(ground, sill), (both(lintel), top)]
                else:
                    # In as many pieces as beside it: shade is baked into corners.
                    spans = [(ground, sill), (sill, both(lintel)), (both(lintel), top)]
            tone = mix(PALE, HONEY, 0.2 + 0.3 * hash01(n, 5)) if facing > 0 else PLASTER
            for low, high in spans:
                m.slat(x0 - 0.003, x1 + 0.003, low, high, z, 0.3 + 0.004 * (n % 2), tone, base=0.94)

    # The window over the doors follows the roof.
    lintel = lambda x: 6.4 - 0.28 * abs(x)
    gable(NORTH - 0.15, 1)
    gable(SOUTH + 0.15, -1)
    for n in range(28):
        a, b = math.tau * n / 28, math.tau * (n + 1) / 28
        m.log((1.95 * math.cos(a), 6.0 + 1.95 * math.sin(a), NORTH), (1.95 * math.cos(b), 6.0 + 1.95 * math.sin(b), NORTH), 0.12, DARK, DARK, 6)
    for n in range(4):
        a = math.pi * n / 4
        m.log((1.9 * math.cos(a), 6.0 + 1.9 * math.sin(a), NORTH - 0.1), (-1.9 * math.cos(a), 6.0 - 1.9 * math.sin(a), NORTH - 0.1), 0.05, DARK, DARK, 5)
    for x in (-5.0, -3.3, -1.75, 0.0, 1.75, 3.3, 5.0):
        m.box((x, (3.3 + lintel(x)) / 2, SOUTH + 0.15), (0.1, lintel(x) - 3.3, 0.16), DARK)
    for side in (-1, 1):
        m.plank((0, 6.4, SOUTH), (side * 5.05, lintel(5.05), SOUTH), 0.14, 0.1, DARK)
    m.box((0, 3.4, SOUTH), (10.1, 0.09, 0.3), DARK)
    for x in (-1.75, 1.75):
        m.box((x, 1.25, SOUTH + 0.1), (0.16, 2.5, 0.4), DARK)
    # The doors stand shut: the hall is its own world.
    for side in (-1, 1):
        m.box((side * 0.86, 1.24, SOUTH + 0.15), (1.68, 2.46, 0.1), TEAL, base=0.9)
        m.box((side * 0.86, 1.6, SOUTH + 0.08), (0.7, 1.1, 0.05), TEAL_DARK)
        m.box((side * 0.16, 1.1, SOUTH + 0.05), (0.05, 0.6, 0.06), AMBER)
    # Roof: boards seen from inside, standing seams from outside.
    for side in (-1, 1):
        for n in range(9):
            u0, u1 = n / 9, (n + 1) / 9 + 0.002
            p = lambda u, z, up: (side * (X + 0.9) * u, RIDGE + 0.25 + (EAVES - RIDGE) * u * (X + 0.9) / X + up, z)
            tone = mix(PALE, HONEY, 0.35 + 0.35 * hash01(n, side + 2, 9))
            a, b, c, d = p(u0, NORTH - 0.9, 0), p(u0, SOUTH + 0.9, 0), p(u1, SOUTH + 0.9, 0), p(u1, NORTH - 0.9, 0)
            m.quad(*((a, b, c, d) if side > 0 else (d, c, b, a))[::-1], tone)
            e, f, g, h = p(u0, NORTH - 0.9, 0.3), p(u0, SOUTH + 0.9, 0.3), p(u1, SOUTH + 0.9, 0.3), p(u1, NORTH - 0.9, 0.3)
            m.quad(*((e, f, g, h) if side > 0 else (h, g, f, e)), SLATE)
        for z, flip in ((SOUTH + 0.9, side > 0), (NORTH - 0.9, side < 0)):
            q = (p(0, z, 0), p(1, z, 0), p(1, z, 0.3), p(0, z, 0.3))
            m.quad(*(q if flip else q[::-1]), DARK)
        q = (p(1, NORTH - 0.9, 0), p(1, SOUTH + 0.9, 0), p(1, SOUTH + 0.9, 0.3), p(1, NORTH - 0.9, 0.3))
        m.quad(*(q[::-1] if side > 0 else q), DARK)
    S.node("hall", "hall")
    g = S.part("glass", "glass")
    for side in (-1, 1):
        x = side * (X + 0.15)
        g.quad((x, 1.0, NORTH), (x, 1.0, SOUTH), (x, 4.8, SOUTH), (x, 4.8, NORTH), (1, 1, 1))
    S.node("glass-nocol", "glass")
    stop = S.part("panes")
    for side in (-1, 1):
        stop.box((side * (X + 0.15), 2.9, (NORTH + SOUTH) / 2), (0.1, 4.0, SOUTH - NORTH), WOOD)
    stop.box((0, 5.0, SOUTH + 0.15), (10.0, 3.4, 0.1), WOOD)
    stop.box((0, 6.0, NORTH - 0.15), (4.0, 4.0, 0.1), WOOD)
    S.node("panes-colonly", "panes")
    # A frame of glued timber, bent at the eaves; seven of them.
    f = S.part("frame")
    for side in (-1, 1):
        line = [(X - 0.25, -0.1), (X - 0.3, 3.2), (X - 0.55, 4.6), (X - 1.6, 5.75), (X - 3.6, 6.65), (0.0, RIDGE - 0.25)]
        for k, ((x0, y0), (x1, y1)) in enumerate(zip(line, line[1:])):
            f.plank((side * x0, y0, 0), (side * x1, y1, 0), 0.26, 0.44 + 0.05 * min(k, 3), mix(HONEY, PALE, 0.25 * k), (-1 * side, 0.4, 0) if k < 2 else (0, 1, 0))
    for n in range(7):
        S.node(f"frame {n}", "frame", (0, 0, NORTH + BAY * n if 0 < n < 6 else (NORTH + 0.2 if n == 0 else SOUTH - 0.2)))
    b = S.part("beams")
    for x, y in ((0.0, RIDGE - 0.1), (5.0, 7.3), (-5.0, 7.3)):
        b.log((x, y, NORTH), (x, y, SOUTH), 0.12, HONEY, HONEY, 7)
    S.node("beams", "beams")


def stage():
    m = S.part("stage")
    m.box((0, STAGE_Y / 2 - 0.05, (NORTH + STAGE_Z) / 2), (2 * STAGE_X, STAGE_Y - 0.1, STAGE_Z - NORTH), DARK, base=0.7)
    for n in range(27):
        x = -STAGE_X + 2 * STAGE_X * (n + 0.5) / 27
        m.box((x, STAGE_Y - 0.04, (NORTH + STAGE_Z) / 2 + 0.06), (2 * STAGE_X / 27 - 0.01, 0.08, STAGE_Z - NORTH + 0.16), mix(WOOD, DARK, 0.15 + 0.2 * hash01(n, 21)), base=0.85)
        half = STAGE_X / 27 - 0.005
        m.floor(x - half, x + half, NORTH - 0.02, STAGE_Z + 0.14, STAGE_Y + 0.004, mix(WOOD, DARK, 0.15 + 0.2 * hash01(n, 21)), 0.6)
        m.box((x, 0.4, STAGE_Z + 0.02), (0.28, 0.78, 0.06), PALE, base=0.8, vary=n + 30)
    for side in (-1, 1):
        # Five low steps at each end.
        for k in range(5):
            m.box((side * (STAGE_X - 0.9), STAGE_Y * (k + 1) / 12 , STAGE_Z + 0.2 + 0.34 * (4 - k)), (1.7, STAGE_Y * (k + 1) / 6, 0.36), WOOD, base=0.8)
        # The wings: curtains in folds.
        for n in range(26):
            z0, z1 = NORTH + 0.3 + 0.16 * n, NORTH + 0.3 + 0.16 * (n + 1)
            p = lambda z, y, n: (side * (STAGE_X + 0.25 + 0.12 * math.sin(n * 1.7)), y, z)
            tone = mix(TEAL, TEAL_DARK, 0.5 + 0.5 * math.sin(n * 1.7 + 1))
            q = (p(z0, STAGE_Y - 0.9, n), p(z1, STAGE_Y - 0.9, n + 1), p(z1, 5.2, n + 1), p(z0, 5.2, n))
            m.quad(*q, [shade(tone, 0.7)] * 2 + [tone] * 2)
            m.quad(*q[::-1], [shade(tone, 0.7)] * 2 + [tone] * 2)
        for n in range(20):
            x0, x1 = STAGE_X - 2.6 + 0.15 * n, STAGE_X - 2.6 + 0.15 * (n + 1)
            p = lambda x, y, n: (side * x, y, NORTH + 0.5 + 0.10 * math.sin(n * 1.9))
            tone = mix(TEAL, TEAL_DARK, 0.5 + 0.5 * math.sin(n * 1.9 + 1))
            q = (p(x0, STAGE_Y, n), p(x1, STAGE_Y, n + 1), p(x1, 5.2, n + 1), p(x0, 5.2, n))
            m.quad(*q, [shade(tone, 0.7)] * 2 + [tone] * 2)
            m.quad(*q[::-1], [shade(tone, 0.7)] * 2 + [tone] * 2)
    m.box((0, 5.25, NORTH + 0.5), (2 * STAGE_X + 1.2, 0.1, 0.1), IRON)
    # Slats behind the stage, waves of them.
    for n in range(56):
        x = -4.6 + 9.2 * n / 55
        tall = 2.7 + 0.9 * math.sin(n * 0.23) * math.cos(n * 0.11)
        m.box((x, STAGE_Y + tall / 2, NORTH + 0.14 + 0.05 * math.sin(n * 0.5)), (0.09, tall, 0.16), mix(HONEY, DARK, 0.2 + 0.3 * hash01(n, 23)), base=0.75)
    # A lectern, a piano, two stools.
    m.box((-3.4, STAGE_Y + 0.55, -10.6), (0.12, 1.1, 0.12), DARK)
    m.box((-3.4, STAGE_Y + 1.12, -10.62), (0.62, 0.05, 0.46), HONEY, 0, 0.9, 0.35)
    m.box((-3.4, STAGE_Y + 0.03, -10.6), (0.55, 0.06, 0.5), DARK)
    px, pz = 3.6, -12.2
    rim = [(-0.75, 0.9), (0.75, 0.9), (0.75, 0.0), (0.55, -0.75), (0.1, -1.15), (-0.45, -1.2), (-0.75, -0.9)]
    for (ax, az), (bx, bz) in zip(rim, rim[1:] + rim[:1]):
        m.quad((px + ax, STAGE_Y + 0.66, pz + az), (px + bx, STAGE_Y + 0.66, pz + bz), (px + bx, STAGE_Y + 0.98, pz + bz), (px + ax, STAGE_Y + 0.98, pz + az), IRON)
        m.tri((px + ax, STAGE_Y + 0.98, pz + az), (px + bx, STAGE_Y + 0.98, pz + bz), (px, STAGE_Y + 0.98, pz), shade(IRON, 1.5))
        m.tri((px + bx, STAGE_Y + 0.66, pz + bz), (px + ax, STAGE_Y + 0.66, pz + az), (px, STAGE_Y + 0.66, pz), IRON)
    m.box((px, STAGE_Y + 0.74, pz + 0.98), (1.4, 0.08, 0.26), PLASTER)
    for x, z in ((-0.6, 0.75), (0.6, 0.75), (-0.1, -0.95)):
        m.tube((px + x, STAGE_Y, pz + z), 0.05, 0.07, 0.68, 7, IRON)
    m.box((px, STAGE_Y + 0.44, pz + 1.55), (0.8, 0.1, 0.36), TEAL)
    for x in (-0.32, 0.32):
        m.box((px + x, STAGE_Y + 0.2, pz + 1.55), (0.07, 0.4, 0.3), DARK)
    S.seat((px, STAGE_Y, pz + 1.55), 0.0, 0.49)
    for x in (-0.9, 0.5):
        m.tube((x, STAGE_Y, -11.4), 0.19, 0.22, 0.48, 10, WOOD, HONEY)
        S.seat((x, STAGE_Y, -11.4), math.pi, 0.48)
    S.node("stage", "stage")


def seats():
    t = S.part("tiers")
    for row in range(1, ROWS):
        z0 = FIRST - 0.35 + DEEP * row
        z1 = FIRST - 0.35 + DEEP * ROWS
        y = RISE * row
        for side in (-1, 1):
            x0, x1 = AISLE, TIER_X
            t.box((side * (x0 + x1) / 2, y - RISE / 2 - 0.01, (z0 + z1) / 2), (x1 - x0, RISE, z1 - z0), WOOD, base=0.82)
            left, right = sorted((side * x0, side * x1))
            t.floor(left, right, z0, z0 + DEEP, y, WOOD, 0.37)
        t.box((0, y - RISE / 2, (z0 + z1) / 2), (2 * AISLE, RISE, z1 - z0), HONEY, base=0.85)
        # Half a step more for short legs, with a light edge.
        t.box((0, y - RISE * 0.75, z0 - 0.2), (2 * AISLE, RISE / 2, 0.4), HONEY, base=0.85)
        t.box((0, y + 0.004, z0 + 0.03), (2 * AISLE, 0.012, 0.06), AMBER)
    # The rail behind the last row, and steps down on both sides of the middle.
    back, top = FIRST - 0.35 + DEEP * ROWS, RISE * (ROWS - 1)
    for side in (-1, 1):
        t.box((side * (AISLE + TIER_X) / 2, top + 0.5, back - 0.05), (TIER_X - AISLE, 1.0, 0.1), PALE, base=0.85)
        t.box((side * (AISLE + TIER_X) / 2, top + 1.02, back - 0.05), (TIER_X - AISLE, 0.07, 0.18), DARK)
        t.box((side * TIER_X, top / 2 + 0.1, (FIRST + back) / 2 + 1.2), (0.08, 0.06, 0.06), DARK)
    for k in range(4):
        t.box((0, (top - RISE * (k + 1)) / 2, back + 0.2 + 0.42 * k), (2 * AISLE, max(top - RISE * (k + 1), 0.02), 0.42), HONEY, base=0.85)
    S.node("tiers", "tiers")
    c = S.part("chair", "cloth")
    c.box((0, 0.43, 0.02), (0.52, 0.09, 0.46), TEAL, base=0.85)
    c.box((0, 0.76, 0.27), (0.52, 0.56, 0.07), TEAL, 0, 0.85, 0.16)
    c.box((0, 0.76, 0.315), (0.54, 0.6, 0.03), PALE, 0, 0.85, 0.16)
    for side in (-1, 1):
        c.box((side * 0.24, 0.2, 0.06), (0.05, 0.4, 0.34), DARK, base=0.8)
        c.box((side * 0.29, 0.64, 0.06), (0.06, 0.045, 0.4), PALE)
        c.box((side * 0.29, 0.52, 0.2), (0.045, 0.22, 0.06), DARK)
    total = 0
    for row in range(ROWS):
        z, y = FIRST + 0.55 + DEEP * row, RISE * row
        for side in (-1, 1):
            for n in range(10):
                x = side * (AISLE + 0.42 + SIDE * n)
                # Rows bend a little towards the stage.
                turn = 0.018 * x
                S.node(f"chair {total}", "chair", (x, y, z), turn)
                S.seat((x, y, z), turn, 0.47)
                total += 1
    assert total == 100


def lamps_and_foyer():
    l, g = S.part("lamp ring", "metal"), S.part("lamp glow", "glow-lamp")
    l.ring((0, -0.02, 0), 0.93, 1.07, 0.12, 20, IRON)
    g.ring((0, -0.06, 0), 0.95, 1.05, 0.05, 20, rgb("#ffe2ae"))
    for n in range(3):
        a = math.tau * n / 3
        l.log((math.cos(a), 0.1, math.sin(a)), (0, 1.6, 0), 0.012, IRON, IRON, 3)
    l.log((0, 1.6, 0), (0, 3.4, 0), 0.014, IRON, IRON, 3)
    for n, (x, z) in enumerate([(-4.6, -6.0), (4.6, -6.0), (-4.6, -0.5), (4.6, -0.5), (-4.2, 6.5), (4.2, 6.5)]):
        S.node(f"lamp ring {n}-nocol", "lamp ring", (x, 5.0, z))
        S.node(f"lamp glow {n}-nocol", "lamp glow", (x, 5.0, z))
        S.light((x, 4.7, z), "#ffd9a0", 42000, 13)
    S.light((-2.4, 5.2, -9.0), "#ffe2b8", 60000, 11)
    S.light((2.4, 5.2, -9.0), "#ffe2b8", 60000, 11)
    m = S.part("foyer")
    # A long table with cups, benches along the walls, plants, a board with notes.
    m.box((-7.2, 0.9, 9.6), (4.2, 0.07, 1.0), HONEY)
    m.box((-7.2, 0.44, 9.6), (4.0, 0.86, 0.8), PALE, base=0.75)
    for n in range(11):
        m.tube((-8.9 + 0.34 * n, 0.935, 9.45 + 0.2 * hash01(n, 31)), 0.035, 0.045, 0.09, 7, [TEAL, AMBER, PLASTER, BRICK][n % 4], rgb("#3a241a"))
    m.tube((-5.6, 0.935, 9.7), 0.14, 0.11, 0.34, 10, IRON)
    for side in (-1, 1):
        x = side * 10.35
        m.box((x, 0.42, 5.6), (0.5, 0.08, 4.0), PALE)
        for z in (3.9, 5.6, 7.3):
            m.box((x, 0.2, z), (0.4, 0.4, 0.12), DARK)
        for z in (4.2, 4.9, 5.6, 6.3, 7.0):
            S.seat((x - side * 0.02, 0, z), math.pi / 2 * side, 0.46)
    for x, z in ((-10.2, 11.2), (10.2, 11.2), (10.2, 2.2), (-10.2, 2.2), (-7.9, -9.0), (7.9, -9.0)):
        m.tube((x, 0, z), 0.24, 0.32, 0.5, 10, BRICK, rgb("#4a3425"))
        m.log((x, 0.4, z), (x, 1.0, z), 0.03, DARK, DARK, 5)
        for k, (dx, y, dz, r) in enumerate([(0, 1.25, 0, 0.42), (0.22, 1.0, 0.12, 0.3), (-0.2, 1.05, -0.14, 0.3)]):
            m.blob((x + dx, y, z + dz), (r, r, r), shade(LEAF, 0.55), LEAF_LIGHT if k else LEAF, 40 + k, 1, 0.35, 0.2)
    m.box((7.4, 1.7, SOUTH - 0.02), (2.4, 1.4, 0.06), DARK)
    m.box((7.4, 1.7, SOUTH - 0.06), (2.2, 1.2, 0.04), mix(WOOD, AMBER, 0.4))
    for n in range(8):
        m.box((6.6 + 0.22 * n, 1.4 + 0.6 * hash01(n, 33), SOUTH - 0.09), (0.2, 0.26, 0.01), [PLASTER, AMBER, rgb("#d8e4df")][n % 3], 0.0)
    # Banners between the windows.
    for side in (-1, 1):
        for n, tone in enumerate((BRICK, AMBER, TEAL)):
            z = NORTH + BAY * (n + 1)
            m.box((side * (X - 0.62), 3.1, z), (0.05, 2.2, 0.7), tone, base=0.8)
            m.box((side * (X - 0.62), 4.22, z), (0.07, 0.06, 0.8), IRON)
    S.node("foyer", "foyer")


def outside():
    m = S.part("ground", "matte", smooth=True)
    cells, step = 34, 5.0
    at = {}
    for i in range(cells + 1):
        for k in range(cells + 1):
            x, z = (i - cells / 2) * step, (k - cells / 2) * step
            away = max(abs(x) - X - 2, abs(z + 1.5) - 15.5, 0)
            h = -0.55 + smooth(8, 60, away) * (5.5 * noise(x / 34, z / 34, 3) + 1.2 * noise(x / 11, z / 11, 4) + 2.0)
            at[i, k] = (x, h, z)
    tone = lambda p: mix(GRASS, GRASS_DARK, 0.5 + 0.5 * noise(p[0] / 9, p[2] / 9, 5))
    for i in range(cells):
        for k in range(cells):
            a, b, c, d = at[i, k], at[i, k + 1], at[i + 1, k + 1], at[i + 1, k]
            m.tri(a, b, c, [tone(a), tone(b), tone(c)])
            m.tri(a, c, d, [tone(a), tone(c), tone(d)])
    S.node("ground", "ground")
    for kind in range(2):
        t, c = S.part(f"trunk {kind}"), S.part(f"crown {kind}", "leaf-sway")
        t.tube((0, -0.5, 0), 0.34, 0.16, 3.2, 6, DARK, WOOD, 0.6)
        c.wind = lambda p: 0.3 + 0.7 * smooth(2.0, 6.0, p[1])
        for n in range(5):
            a, r = 2.4 * n, 1.5 - 0.14 * n
            c.blob((0.8 * math.cos(a), 3.6 + 0.62 * n, 0.8 * math.sin(a)), (r, r * 0.8, r), shade(LEAF, 0.5), mix(LEAF, LEAF_LIGHT, 0.3 * kind + 0.12 * n), 20 + 9 * kind + n, 1, 0.3, 0.3)
    n = 0
    for i in range(400):
        a, r = math.tau * hash01(i, 41), 17 + 60 * hash01(i, 42)
        x, z = r * math.cos(a) * 1.1, r * math.sin(a) * 1.25
        if max(abs(x) - X - 5, abs(z + 1.5) - 19) < 0 or noise(x / 14, z / 14, 43) < -0.1:
            continue
        away = max(abs(x) - X - 2, abs(z + 1.5) - 15.5, 0)
        h = -0.55 + smooth(8, 60, away) * (5.5 * noise(x / 34, z / 34, 3) + 1.2 * noise(x / 11, z / 11, 4) + 2.0)
        kind, turn, size = int(2 * hash01(i, 44)), math.tau * hash01(i, 45), 0.9 + 0.7 * hash01(i, 46)
        S.node(f"tree {n}-nocol", f"trunk {kind}", (x, h - 0.3, z), turn, size)
        S.node(f"tree {n} crown-nocol", f"crown {kind}", (x, h - 0.3, z), turn, size)
        n += 1
        if n == 80:
            break
    far = S.part("hills", "far")
    for i in range(14):
        a, r, s = math.tau * i / 14, 190 + 60 * hash01(i, 51), 45 + 30 * hash01(i, 52)
        far.rock((r * math.cos(a), -8, r * math.sin(a)), (s * 1.7, s * (0.35 + 0.3 * hash01(i, 53)), s * 1.2), rgb("#5f7a58"), 60 + i, 2, 7, rgb("#86a068"))
    S.node("hills-nocol", "hills")


HEAD = '''
// A hall for a hundred. Written by make.py beside this file, geometry and all; the format is explained
// at the top of game/src/world/scene.rs and in docs/worlds.md.
World(
    version: 1,
    name: "Hall",
    licence: "CC0-1.0",
@@SPAWNS@@    moments: [
        (name: "Afternoon", environment: (
            sun: (azimuth_degrees: 246, elevation_degrees: 24, colour: "#ffdba6", lux: 12000),
            ambient: (colour: "#e8e6ea", brightness: 1200),
            sky: (zenith: "#3f80bb", horizon: "#f2dcb8", nadir: "#7f8f78", clouds: 0.45),
            haze: 420,
            lamps: 0.55,
        )),
        (name: "Evening", environment: (
            sun: (azimuth_degrees: 290, elevation_degrees: 9, colour: "#ff9f6e", lux: 3600),
            ambient: (colour: "#b4b8d4", brightness: 600),
            sky: (zenith: "#22386a", horizon: "#d98f74", nadir: "#3c4a50", clouds: 0.45, stars: 0.4),
            haze: 360,
            lamps: 1,
        )),
    ],
    fall_below: -12,
'''


def spawns():
    """A hundred places in the foyer, the middle first, so that nobody arrives inside somebody else."""
    places = []
    for i in range(-6, 7):
        for k in range(9):
            x, z = 1.5 * i + (0.75 if k % 2 else 0.0), 3.6 + 0.95 * k
            table = -9.9 < x < -4.5 and z > 8.4
            if abs(x) < 9.4 and not table and not (abs(x) < 1.6 and z < 4.4):
                places.append((round(abs(x) + 0.6 * abs(z - 7), 2), x, z))
    places.sort()
    assert len(places) >= 100, len(places)
    lines = [f"        (at: ({x:g}, 0.1, {z:g}))," for _, x, z in places[:100]]
    return "    spawns: [\n" + "\n".join(lines) + "\n    ],\n"


def sounds():
    """The air of a large room, and of what is outside only a breath of wind; boards underfoot, grass before the doors."""
    S.sound("Room", gain=0.5)
    S.sound("Wind", gain=0.06)
    S.underfoot("Wood", (0, -0.1, (NORTH + SOUTH) / 2), (2 * X + 0.4, RIDGE, SOUTH - NORTH + 0.4))
    S.underfoot("Stone", (0, -0.3, (NORTH + SOUTH) / 2), (2 * X + 1.4, 0.3, SOUTH - NORTH + 1.4))
    S.underfoot("Grass", (0, -4, 0), (180, 30, 180))


def main():
    shell()
    stage()
    seats()
    lamps_and_foyer()
    outside()
    sounds()
    bake(S, reach=2.4, strength=0.7, skip=("hills",), clear=("panes",), wide=0.32)
    finish(S, HERE, "hall", "Hall", HEAD.replace("@@SPAWNS@@", spawns()))


if __name__ == "__main__":
    main()
