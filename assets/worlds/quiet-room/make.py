#!/usr/bin/env python3
"""Makes quiet-room.glb and world.ron: a cabin by a winter lake, for four people and a fire.

    python3 assets/worlds/quiet-room/make.py            # writes both beside this file
    python3 assets/worlds/quiet-room/make.py --check    # fails if they are not what it would write

How meshes, colours and baked shade work is told in ../shared/kit.py. Licence: CC0-1.0.

The room is 8 by 6.6 metres around the origin. The fire is in the west wall (-x), the large window in the north wall
(-z) over the lake, the door in the south wall (+z).
"""

import math
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "shared"))

from kit import Scene, bake, finish, hash01, mix, noise, placed, rgb, shade, smooth  # noqa: E402

S = Scene()

PINE, HONEY, DARK, OAK = rgb("#a87543"), rgb("#c08a52"), rgb("#5b3d28"), rgb("#7c5434")
STONE, STONE_DARK, MORTAR = rgb("#8f877c"), rgb("#69635c"), rgb("#4d4842")
SNOW, SNOW_BLUE, ICE = rgb("#f3f5fa"), rgb("#c9d6ea"), rgb("#9fb7c9")
RED, CREAM, TEAL, MUSTARD, PLUM = rgb("#8f3b32"), rgb("#e6d6b6"), rgb("#35606a"), rgb("#c08a34"), rgb("#5d3a4c")
IRON, BRASS = rgb("#2e3033"), rgb("#c49a4a")
FIR, FIR_LIGHT = rgb("#24443c"), rgb("#3a5f4f")

W, D, H = 8.0, 6.6, 2.9  # inside
X, Z = W / 2, D / 2


def room():
    m = S.part("room")
    # Floor boards, each a little unlike its neighbours.
    n = 0
    x = -X
    while x < X - 0.01:
        z, wide = -Z - 0.3 * hash01(n, 1), 0.2
        while z < Z:
            long = 1.3 + 1.5 * hash01(n, 2)
            a, b = max(z, -Z), min(z + long, Z)
            if b - a > 0.02:
                m.box((x + wide / 2, -0.05, (a + b) / 2), (wide - 0.006, 0.1, b - a - 0.006), mix(OAK, HONEY, 0.15 + 0.5 * hash01(n, 3)), base=0.6)
            z += long
            n += 1
        x += wide
    m.box((0, -0.2, 0), (W + 0.6, 0.22, D + 0.6), shade(DARK, 0.6))

    # Log walls: round beams, laid on one another, with openings.
    def wall(along, fixed, lo, hi, holes):
        """A wall of logs along x (or z) at the other coordinate `fixed`; holes are (from, to, bottom, top)."""
        rows, r = 10, H / 20
        for row in range(rows):
            y = r + row * 2 * r
            parts = [(lo, hi)]
            for a, b, low, high in holes:
                if low < y + 0.02 and y - 0.02 < high:
                    parts = [p for s, e in parts for p in ((s, min(e, a)), (max(s, b), e)) if p[1] - p[0] > 0.05]
            tone = mix(PINE, HONEY, 0.2 + 0.6 * hash01(row, int(fixed * 10) + 200, 7))
            for s, e in parts:
                p = (lambda t: (t, y, fixed)) if along == "x" else (lambda t: (fixed, y, t))
                m.log(p(s), p(e), r * 1.08, tone, shade(HONEY, 1.05), 8)

    o = 0.15
    wall("x", -Z - o, -X - 0.55, X + 0.55, [(-2.1, 2.5, 0.62, 2.42)])
    wall("x", Z + o, -X - 0.55, X + 0.55, [(1.55, 2.65, 0.0, 2.12)])
    wall("z", X + o, -Z - 0.55, Z + 0.55, [(-1.0, 0.6, 0.92, 2.05)])
    wall("z", -X - o, -Z - 0.55, Z + 0.55, [(-1.05, 1.05, -0.1, 1.4)])
    # Chinking between the logs, so that no light comes through.
    t = 0.05
    m.box((0, 0.3, -Z - o), (W + 0.4, 0.62, t), MORTAR)
    m.box((0, 2.66, -Z - o), (W + 0.4, 0.5, t), MORTAR)
    m.box((-3.1, 1.5, -Z - o), (2.0, 1.9, t), MORTAR)
    m.box((3.3, 1.5, -Z - o), (1.6, 1.9, t), MORTAR)
    m.box((-1.3, H / 2, Z + o), (5.7, H, t), MORTAR)
    m.box((3.4, H / 2, Z + o), (1.5, H, t), MORTAR)
    m.box((2.1, 2.52, Z + o), (1.1, 0.8, t), MORTAR)
    m.box((X + o, 0.46, 0), (t, 0.92, D + 0.4), MORTAR)
    m.box((X + o, 2.48, 0), (t, 0.86, D + 0.4), MORTAR)
    m.box((X + o, H / 2, -2.2), (t, H, 2.4), MORTAR)
    m.box((X + o, H / 2, 2.0), (t, H, 2.8), MORTAR)
    m.box((-X - o, H / 2, -2.2), (t, H, 2.3), MORTAR)
    m.box((-X - o, H / 2, 2.2), (t, H, 2.3), MORTAR)
    m.box((-X - o, 2.15, 0), (t, 1.5, 2.1), MORTAR)

    # Skirting, so that floor and wall meet.
    m.box((0, 0.05, -Z - 0.04), (W + 0.2, 0.14, 0.12), DARK)
    m.box((-1.3, 0.05, Z + 0.04), (5.6, 0.14, 0.12), DARK)
    m.box((3.4, 0.05, Z + 0.04), (1.4, 0.14, 0.12), DARK)
    m.box((X + 0.04, 0.05, 0), (0.12, 0.14, D + 0.2), DARK)
    m.box((-X - 0.04, 0.05, -2.2), (0.12, 0.14, 2.2), DARK)
    m.box((-X - 0.04, 0.05, 2.2), (0.12, 0.14, 2.2), DARK)

    # Frames.
    def frame_x(z, a, b, low, high, bars):
        for x in (a, b):
            m.box((x, (low + high) / 2, z), (0.12, high - low + 0.12, 0.42), OAK)
        for y in (low, high):
            m.box(((a + b) / 2, y, z), (b - a + 0.36, 0.12, 0.46), OAK)
        for k in range(1, bars):
            m.box((a + (b - a) * k / bars, (low + high) / 2, z), (0.055, high - low, 0.08), OAK)
        m.box(((a + b) / 2, low + (high - low) * 0.68, z), (b - a, 0.05, 0.08), OAK)

    frame_x(-Z - o, -2.1, 2.5, 0.66, 2.42, 4)
    m.box((0.2, 0.66, -Z + 0.12), (4.8, 0.06, 0.34), HONEY)  # a sill to lean on
    for z in (-1.0, 0.6):
        m.box((X + o, 1.49, z), (0.42, 1.25, 0.12), OAK)
    for y in (0.92, 2.06):
        m.box((X + o, y, -0.2), (0.46, 0.12, 1.9), OAK)
    m.box((X + o, 1.49, -0.2), (0.08, 1.13, 0.05), OAK)
    m.box((X + o, 1.6, -0.2), (0.08, 0.05, 1.6), OAK)
    # The door is shut: outside it is cold.
    for x in (1.55, 2.65):
        m.box((x, 1.06, Z + o), (0.13, 2.2, 0.42), OAK)
    m.box((2.1, 2.17, Z + o), (1.35, 0.14, 0.44), OAK)
    for k in range(5):
        m.box((1.68 + 0.21 * k, 1.03, Z + o), (0.2, 2.06, 0.09), mix(TEAL, shade(TEAL, 0.8), hash01(k, 9)))
    for y in (0.45, 1.65):
        m.box((2.1, y, Z + o - 0.07), (1.0, 0.12, 0.05), shade(TEAL, 0.75))
    m.stone((1.72, 1.02, Z + o - 0.1), (0.045, 0.045, 0.06), BRASS, 4, 1)

    # Beams and the boards of the roof.
    ridge = 4.35
    for x in (-3.2, -1.1, 1.1, 3.2):
        m.log((x, H + 0.05, -Z - 0.2), (x, H + 0.05, Z + 0.2), 0.11, DARK, OAK, 7)
        m.log((x, H, 0), (x, ridge - 0.15, 0), 0.08, DARK, OAK, 6)
        for side in (-1, 1):
            m.plank((x, H + 0.1, side * (Z + 0.1)), (x, ridge - 0.06, 0), 0.12, 0.16, DARK, (0, 1, 0))
    m.log((-X - 0.4, ridge - 0.1, 0), (X + 0.4, ridge - 0.1, 0), 0.11, DARK, OAK, 7)
    for side in (-1, 1):
        run, over = Z + 0.75, 0.75
        for k in range(12):
            u0, u1 = k / 12, (k + 1) / 12 + 0.004
            p = lambda u, x, up: (x, ridge + (H - ridge) * u * run / Z + up, side * run * u)
            tone = mix(PINE, DARK, 0.25 + 0.3 * hash01(k, side + 3, 11))
            a, b, c, d = p(u0, -X - over, 0.02), p(u0, X + over, 0.02), p(u1, X + over, 0.02), p(u1, -X - over, 0.02)
            m.quad(*((d, c, b, a) if side < 0 else (a, b, c, d)), tone)
            e, f, g, h = p(u0, -X - over, 0.34), p(u0, X + over, 0.34), p(u1, X + over, 0.34), p(u1, -X - over, 0.34)
            m.quad(*((e, f, g, h) if side < 0 else (h, g, f, e)), SNOW)
        for x, flip in ((-X - over, side > 0), (X + over, side < 0)):
            quad = (p(0, x, 0.02), p(1, x, 0.02), p(1, x, 0.34), p(0, x, 0.34))
            m.quad(*(quad if flip else quad[::-1]), SNOW_BLUE)
        quad = (p(1, -X - over, 0.02), p(1, X + over, 0.02), p(1, X + over, 0.34), p(1, -X - over, 0.34))
        m.quad(*(quad if side > 0 else quad[::-1]), SNOW_BLUE)
    # Gables.
    for x, s in ((-X - o, -1), (X + o, 1)):
        for k in range(7):
            y0, y1 = H + (ridge - H) * k / 7, H + (ridge - H) * (k + 1) / 7
            w0 = Z * (1 - k / 7) + 0.12
            m.log((x, (y0 + y1) / 2, -w0), (x, (y0 + y1) / 2, w0), 0.13, mix(PINE, HONEY, hash01(k, s + 2, 13)), HONEY, 7)
    S.node("room", "room")
    glass = S.part("glass", "glass")
    glass.quad((-2.1, 0.7, -Z - o), (2.5, 0.7, -Z - o), (2.5, 2.4, -Z - o), (-2.1, 2.4, -Z - o), (1, 1, 1))
    glass.quad((X + o, 0.95, -1.0), (X + o, 0.95, 0.6), (X + o, 2.03, 0.6), (X + o, 2.03, -1.0), (1, 1, 1))
    S.node("glass", "glass")


def fireplace():
    m, embers, glow = S.part("fireplace"), S.part("embers", "glow"), S.part("flames", "fire-flame")
    x0 = -X - 0.1
    # Field stones around the opening and up the chimney.
    def stones(xc, y0, y1, z0, z1, seed, deep):
        n, y = 0, y0
        while y < y1 - 0.02:
            tall = min(0.2 + 0.1 * hash01(n, seed, 1), y1 - y)
            z = z0
            while z < z1 - 0.02:
                wide = min(0.24 + 0.28 * hash01(n, seed, 2), z1 - z)
                if z1 - z - wide < 0.12:
                    wide = z1 - z
                out = 0.03 * hash01(n, seed, 4)
                m.box((xc + out, y + tall / 2, z + wide / 2), (deep, tall - 0.012, wide - 0.012), mix(STONE, STONE_DARK, hash01(n, seed, 3)), base=0.88)
                z += wide
                n += 1
            y += tall
        m.box((xc - 0.03, (y0 + y1) / 2, (z0 + z1) / 2), (deep - 0.06, y1 - y0, z1 - z0), MORTAR)

    stones(x0 + 0.28, 0.0, 1.25, -1.15, -0.62, 1, 0.72)
    stones(x0 + 0.28, 0.0, 1.25, 0.62, 1.15, 2, 0.72)
    stones(x0 + 0.28, 1.08, 1.45, -1.15, 1.15, 3, 0.74)
    stones(x0 + 0.16, 1.5, 4.6, -0.85, 0.85, 5, 0.5)
    stones(x0 - 0.45, -0.3, 5.4, -1.0, 1.0, 6, 0.55)
    m.box((x0 - 0.14, 0.6, 0), (0.06, 1.2, 1.3), rgb("#241f1c"))
    m.box((x0 + 0.2, 0.03, 0), (0.7, 0.06, 1.24), rgb("#2b2623"))
    m.box((x0 + 0.95, 0.035, 0), (0.75, 0.07, 2.4), STONE_DARK)
    m.box((x0 + 0.42, 1.5, 0), (0.62, 0.11, 2.7), DARK)  # the mantelpiece
    for n, (z, kind) in enumerate([(-1.05, 0), (-0.78, 1), (0.55, 2), (0.85, 1), (1.08, 0)]):
        if kind == 0:
            m.tube((x0 + 0.42, 1.555, z), 0.05, 0.035, 0.24, 7, BRASS)
            glow_candle.append((x0 + 0.42, 1.83, z))
            m.tube((x0 + 0.42, 1.78, z), 0.022, 0.02, 0.12, 6, CREAM)
        elif kind == 1:
            m.tube((x0 + 0.42, 1.555, z), 0.09, 0.06, 0.2, 8, TEAL if n == 1 else RED, shade(CREAM, 0.8))
        else:
            m.box((x0 + 0.3, 1.75, z), (0.05, 0.42, 0.34), OAK, 0.1)
            m.box((x0 + 0.33, 1.75, z), (0.03, 0.32, 0.25), SNOW_BLUE, 0.1)
    for n in range(5):
        a = 0.9 * n
        m.log((x0 + 0.1 + 0.05 * n, 0.14 + 0.03 * (n % 2), -0.38), (x0 + 0.18 + 0.04 * n, 0.16 + 0.04 * n, 0.38), 0.065, DARK, rgb("#2a211b"), 6)
    for n in range(14):
        embers.stone((x0 + 0.05 + 0.4 * hash01(n, 21), 0.10, 0.8 * (hash01(n, 22) - 0.5)), (0.06, 0.045, 0.06), mix(rgb("#ff4a10"), rgb("#ffae38"), hash01(n, 23)), 60 + n, 0, 0, 0.9)
    glow.wind = lambda p: 0.65 * smooth(0.15, 0.85, p[1])
    for n, (dz, r, h, colour) in enumerate([(0.0, 0.17, 0.72, "#ff9426"), (0.22, 0.14, 0.52, "#ff7a1c"), (-0.24, 0.15, 0.58, "#ff8420"), (0.1, 0.10, 0.5, "#ffd66a"), (-0.08, 0.09, 0.42, "#ffe9a0"), (0.34, 0.09, 0.34, "#ff6a18"), (-0.36, 0.09, 0.36, "#ff6a18")]):
        tone = rgb(colour)
        profile = [(0.55, 0.0), (1.0, 0.2), (0.8, 0.45), (0.42, 0.74), (0.0, 1.0)]
        cx = x0 + 0.24 + 0.05 * (n % 3 - 1)
        for (k0, y0), (k1, y1) in zip(profile, profile[1:]):
            hot = lambda y: mix(mix(tone, rgb("#ffdf80"), 0.55 * (1 - y)), rgb("#e8380c"), 0.5 * y)
            p = lambda i, k, y: (cx + r * k * math.cos(math.tau * i / 6 + n), 0.12 + h * y, dz - r * k * math.sin(math.tau * i / 6 + n))
            for s in range(6):
                if k1 > 0:
                    glow.quad(p(s, k0, y0), p(s + 1, k0, y0), p(s + 1, k1, y1), p(s, k1, y1), [hot(y0), hot(y0), hot(y1), hot(y1)])
                else:
                    glow.tri(p(s, k0, y0), p(s + 1, k0, y0), (cx, 0.12 + h, dz), [hot(y0), hot(y0), hot(1.0)])
    # A basket of logs, and the irons.
    for row in range(3):
        for n in range(4 - row):
            m.log((x0 + 0.35, 0.11 + 0.17 * row, 1.5 + 0.2 * n + 0.1 * row), (x0 + 0.85, 0.11 + 0.17 * row, 1.5 + 0.2 * n + 0.1 * row), 0.09, OAK, HONEY, 7)
    for n in range(3):
        m.log((x0 + 0.65, 0.06, -1.45 - 0.09 * n), (x0 + 0.5, 0.86, -1.42 - 0.09 * n), 0.014, IRON, IRON, 5)
    S.node("fireplace", "fireplace")
    S.node("embers-nocol", "embers")
    S.node("flames-nocol", "flames")
    S.light((x0 + 0.75, 0.62, 0), "#ff9448", 120000, 9, fire=True)


glow_candle = []


def armchair(colour, n):
    c = S.part(f"armchair {n}", "cloth")
    low = shade(colour, 0.72)
    c.box((0, 0.29, 0.02), (0.64, 0.2, 0.62), colour, base=0.8)
    c.box((0, 0.40, -0.02), (0.58, 0.12, 0.58), shade(colour, 1.12), base=0.85)
    for side in (-1, 1):
        c.box((side * 0.42, 0.40, 0.02), (0.2, 0.48, 0.74), colour, base=0.75)
        c.log((side * 0.42, 0.64, -0.36), (side * 0.42, 0.64, 0.40), 0.115, shade(colour, 1.05), shade(colour, 0.9), 10)
    for k in range(6):
        # A back that leans and is rounded on top.
        y, z = 0.45 + 0.13 * k, 0.34 + 0.035 * k
        wide = 0.66 - 0.012 * k * k
        c.box((0, y, z), (wide, 0.15, 0.2), shade(colour, 0.98 + 0.02 * k), base=0.96)
    c.log((-0.27, 1.18, 0.53), (0.27, 1.18, 0.53), 0.10, shade(colour, 1.08), shade(colour, 0.9), 9)
    for sx in (-1, 1):
        for sz in (-1, 1):
            c.tube((sx * 0.36, 0, 0.03 + sz * 0.28), 0.025, 0.04, 0.2, 6, DARK)
    # A cushion or a blanket over the arm.
    if n % 2:
        c.box((0.05, 0.62, 0.27), (0.38, 0.36, 0.12), MUSTARD, 0.15, 0.85, -0.35)
    else:
        c.box((-0.42, 0.70, 0.1), (0.27, 0.08, 0.44), CREAM, 0.06)
        c.box((-0.55, 0.48, 0.1), (0.04, 0.44, 0.42), CREAM, 0.06)


def furniture():
    for n, (x, z, colour) in enumerate([(-1.55, -1.55, TEAL), (-1.55, 1.55, RED), (0.55, -1.25, PLUM), (0.55, 1.25, rgb("#6b6a3c"))]):
        armchair(colour, n)
        # They look at the fire, and a little at each other.
        yaw = math.atan2(-(-3.3 - x), -(0.0 - z))
        S.node(f"armchair {n}", f"armchair {n}", (x, 0, z), yaw)
        S.seat(placed((0, 0, -0.06), (x, 0, z), yaw), yaw, 0.46)
    m, glow = S.part("furniture"), S.part("lamps", "glow-lamp")
    # A rug: rings of wool.
    for k, (r, colour) in enumerate([(1.75, RED), (1.6, CREAM), (1.42, RED), (1.02, MUSTARD), (0.9, shade(RED, 0.8)), (0.35, CREAM)]):
        m.tube((-1.15, 0.0, 0), r * 1.12, r * 1.12, 0.012 + 0.004 * k, 28, colour, colour, 1.0)
    # A low table with cups and a book.
    m.tube((-1.0, 0.36, 0), 0.46, 0.46, 0.05, 16, HONEY, shade(HONEY, 1.1), 0.8)
    for k in range(3):
        a = math.tau * k / 3 + 0.4
        m.log((-1.0 + 0.34 * math.cos(a), 0.03, 0.34 * math.sin(a)), (-1.0 + 0.2 * math.cos(a), 0.37, 0.2 * math.sin(a)), 0.028, OAK, OAK, 6)
    for n, (x, z) in enumerate([(-1.2, 0.18), (-0.84, -0.2), (-1.16, -0.2), (-0.78, 0.16)]):
        m.tube((x, 0.41, z), 0.033, 0.042, 0.085, 8, [CREAM, TEAL, RED, MUSTARD][n], rgb("#3a241a"))
    m.box((-0.98, 0.425, 0.0), (0.24, 0.03, 0.17), TEAL, 0.5)
    m.box((-0.97, 0.455, 0.01), (0.22, 0.028, 0.16), CREAM, 0.2)
    # Shelves along the south wall, full of books, a few things between them.
    for side_x, wide in ((-2.35, 2.4), (0.25, 2.2)):
        z = Z - 0.17
        for y in (0.08, 0.52, 0.94, 1.36, 1.78, 2.18):
            m.box((side_x, y, z), (wide, 0.045, 0.32), OAK)
        for sx in (-1, 1):
            m.box((side_x + sx * wide / 2, 1.12, z), (0.05, 2.24, 0.34), OAK)
        for level, y in enumerate((0.10, 0.54, 0.96, 1.38, 1.80)):
            x, n = side_x - wide / 2 + 0.06, 0
            while x < side_x + wide / 2 - 0.1:
                roll = hash01(level, n, int(side_x * 10) + 100, 31)
                if roll < 0.08:
                    m.tube((x + 0.1, y, z), 0.07, 0.05, 0.2, 8, [TEAL, MUSTARD, CREAM][n % 3], BRASS)
                    x += 0.24
                elif roll < 0.13:
                    for k in range(3):
                        m.box((x + 0.13, y + 0.03 + 0.045 * k, z), (0.24, 0.04, 0.18), [RED, TEAL, CREAM][(k + n) % 3], 0.2 * k)
                    x += 0.3
                else:
                    thick = 0.028 + 0.034 * hash01(level, n, 32)
                    tall = 0.21 + 0.13 * hash01(level, n, 33)
                    tone = [RED, TEAL, MUSTARD, PLUM, CREAM, rgb("#3d4f3a"), rgb("#6f4a2f"), rgb("#44536b")][int(8 * hash01(level, n, int(side_x * 10) + 100, 34))]
                    m.box((x + thick / 2, y + tall / 2, z + 0.02), (thick - 0.004, tall, 0.2), shade(tone, 0.8 + 0.35 * hash01(level, n, 35)), base=0.9)
                    x += thick
                n += 1
    # A writing desk under the east window, a stool, a standing lamp.
    m.box((X - 0.42, 0.74, -0.2), (0.72, 0.05, 1.5), HONEY)
    for sz in (-0.85, 0.45):
        for sx in (-0.7, -0.12):
            m.box((X + sx, 0.36, sz), (0.06, 0.74, 0.06), OAK)
    m.box((X - 0.42, 0.64, -0.2), (0.66, 0.13, 1.4), OAK)
    m.box((X - 0.5, 0.775, -0.3), (0.3, 0.012, 0.22), CREAM, 0.3)
    m.tube((X - 0.25, 0.765, 0.3), 0.08, 0.1, 0.04, 9, BRASS)
    m.tube((X - 0.25, 0.8, 0.3), 0.016, 0.016, 0.26, 6, BRASS)
    glow.tube((X - 0.25, 1.04, 0.3), 0.13, 0.075, 0.17, 10, rgb("#ffc67a"), rgb("#ffdca0"), 1.0)
    m.tube((X - 1.1, 0, -0.2), 0.16, 0.2, 0.46, 9, OAK, HONEY)
    m.tube((1.75, 0, -2.5), 0.19, 0.16, 0.04, 10, IRON)
    m.tube((1.75, 0.03, -2.5), 0.018, 0.018, 1.5, 6, BRASS)
    glow.tube((1.75, 1.45, -2.5), 0.24, 0.14, 0.28, 12, rgb("#ffc67a"), rgb("#ffdca0"), 1.0)
    # Plants on the sill, boots by the door, coats.
    for n, x in enumerate((-1.6, 0.9, 1.9)):
        m.tube((x, 0.69, -Z + 0.12), 0.07, 0.09, 0.14, 8, rgb("#a85f3f"), DARK)
        for k in range(9):
            a = 2.4 * k
            tip = (x + 0.13 * math.cos(a), 0.98 + 0.08 * hash01(n, k, 41), -Z + 0.12 + 0.1 * math.sin(a))
            m.tri((x - 0.02, 0.82, -Z + 0.12), (x + 0.02, 0.82, -Z + 0.12), tip, rgb("#55803f"))
            m.tri((x + 0.02, 0.82, -Z + 0.12), (x - 0.02, 0.82, -Z + 0.12), tip, rgb("#3f6a35"))
    m.box((3.3, 1.72, Z - 0.03), (1.0, 0.1, 0.06), OAK)
    for n in range(3):
        x = 2.95 + 0.34 * n
        m.log((x, 1.7, Z - 0.06), (x, 1.74, Z - 0.16), 0.014, BRASS, BRASS, 5)
        if n != 1:
            m.box((x, 1.3, Z - 0.13), (0.34, 0.8, 0.13), [RED, TEAL, MUSTARD][n], 0.04, 0.8)
            m.stone((x, 1.68, Z - 0.13), (0.14, 0.1, 0.08), shade([RED, TEAL, MUSTARD][n], 0.85), 50 + n, 1)
    for n in range(2):
        for k in (-0.07, 0.07):
            m.box((3.1 + 0.4 * n + k, 0.06, Z - 0.25), (0.1, 0.1, 0.28), DARK)
            m.box((3.1 + 0.4 * n + k, 0.2, Z - 0.18), (0.1, 0.24, 0.13), DARK)
    # Candles, and small bulbs along the window.
    for x, y, z in glow_candle:
        glow.tube((x, y + 0.07, z), 0.018, 0.0, 0.07, 5, rgb("#ffd37a"), rgb("#fff0c0"), 1.0)
    for k in range(26):
        t = (k + 0.5) / 26
        x = -2.2 + 4.8 * t
        y = 2.62 - 0.16 * abs(math.sin(math.pi * t * 4))
        glow.stone((x, y, -Z + 0.1), (0.022, 0.03, 0.022), rgb("#ffd79a"), 70 + k, 0, 0, 1.0)
        nx = -2.2 + 4.8 * (k + 1.5) / 26
        ny = 2.62 - 0.16 * abs(math.sin(math.pi * ((k + 1.5) / 26) * 4))
        m.log((x, y + 0.03, -Z + 0.1), (nx, ny + 0.03, -Z + 0.1), 0.005, IRON, IRON, 3)
    S.node("furniture", "furniture")
    S.node("lamps-nocol", "lamps")
    S.light((1.75, 1.75, -2.3), "#ffce96", 60000, 7)
    S.light((X - 0.4, 1.2, 0.3), "#ffc88a", 22000, 4.5)
    S.light((0.2, 2.3, -Z + 0.6), "#ffd9a8", 16000, 5)
    S.light((-0.6, 2.5, Z - 1.2), "#ffcb94", 26000, 6)


def ground_height(x, z):
    shore = z + 16.0 + 3.0 * math.sin(x * 0.09) + 1.5 * noise(x / 8.0, z / 8.0, 3)
    h = -0.42 - 1.0 * smooth(0.0, -5.0, shore)
    h += smooth(-2.0, 6.0, shore) * (0.35 * noise(x / 7.0, z / 7.0, 4) + 0.1 * noise(x / 2.0, z / 2.0, 5))
    # Drifts against the house, hills behind it.
    away = max(abs(x) - X, abs(z) - Z)
    h += 0.35 * smooth(2.5, 0.4, away)
    far = math.hypot(x, z - 20)
    h += smooth(24.0, 70.0, far) * smooth(-6.0, 12.0, z + 4) * (7.0 + 3.0 * noise(x / 16.0, z / 16.0, 6))
    return min(h, -0.24) if away < 0.5 else h


def outside():
    m = S.part("snow", "matte", smooth=True)
    cells, step = 60, 2.0
    at = {}
    for i in range(cells + 1):
        for k in range(cells + 1):
            x, z = (i - cells / 2) * step, (k - cells / 2) * step + 4
            at[i, k] = (x, ground_height(x, z), z)
    for i in range(cells):
        for k in range(cells):
            keys = [(i, k), (i, k + 1), (i + 1, k + 1), (i + 1, k)]
            if max(at[key][1] for key in keys) < -1.2:
                continue
            tone = lambda p: mix(SNOW_BLUE, SNOW, 0.5 + 0.5 * noise(p[0] / 5, p[2] / 5, 8)) if p[1] > -0.75 else ICE
            a, b, c, d = (at[key] for key in keys)
            m.tri(a, b, c, [tone(a), tone(b), tone(c)])
            m.tri(a, c, d, [tone(a), tone(c), tone(d)])
    S.node("snow", "snow")
    # Firs under snow.
    for kind in range(2):
        t = S.part(f"fir {kind}")
        t.tube((0, -0.4, 0), 0.2, 0.1, 2.0, 6, DARK, OAK, 0.6)
        y, r = 0.7, 1.5 + 0.2 * kind
        for ring in range(5):
            rim = []
            for n in range(18):
                a = 0.8 * ring + math.tau * n / 18
                out = r * (1.0 if n % 2 == 0 else 0.82)
                rim.append((out * math.cos(a), y - (0.16 * r if n % 2 == 0 else 0.0), -out * math.sin(a)))
            for n in range(18):
                a, b = rim[n], rim[(n + 1) % 18]
                snow = hash01(kind, ring, n, 61) < 0.6
                t.tri(a, b, (0, y + 1.45, 0), [SNOW_BLUE if snow else FIR_LIGHT] * 2 + [SNOW])
                t.tri(b, a, (0, y + 0.25, 0), shade(FIR, 0.7))
            y, r = y + 0.85, r * 0.78
    n = 0
    for i in range(900):
        x, z = (hash01(i, 62) - 0.5) * 104, (hash01(i, 63) - 0.5) * 100 + 6
        h = ground_height(x, z)
        if h < -0.45 or math.hypot(x, z) < 9.5 or (abs(x - 0.2) < 7 + 0.25 * -z and z < 0) or noise(x / 10, z / 10, 64) < -0.15:
            continue
        S.node(f"fir {n}-nocol", f"fir {int(2 * hash01(i, 65))}", (x, h - 0.1, z), math.tau * hash01(i, 66), 0.8 + 0.9 * hash01(i, 67))
        n += 1
        if n == 110:
            break
    # Across the lake: hills in the dusk, one lit window, a jetty on this side.
    far = S.part("far hills", "far")
    for i in range(13):
        a = math.pi * (0.06 + 0.88 * i / 12)
        r = 150 + 60 * hash01(i, 71)
        s = 30 + 26 * hash01(i, 72)
        far.rock((r * math.cos(a), -5, -r * math.sin(a)), (s * 1.7, s * (0.5 + 0.4 * hash01(i, 73)), s), rgb("#52677f"), 90 + i, 2, 7, rgb("#b8c6da"))
    S.node("far hills-nocol", "far hills")
    j, g = S.part("jetty"), S.part("far lights", "glow-lamp")
    for n in range(16):
        j.box((2.6, -0.32, -13.0 - 0.5 * n), (1.5, 0.09, 0.44), shade(OAK, 0.9), 0, 0.8, vary=n + 3)
        if n % 5 == 0:
            for side in (-0.7, 0.7):
                j.tube((2.6 + side, -1.6, -13.0 - 0.5 * n), 0.09, 0.08, 1.7, 6, DARK, SNOW)
    S.node("jetty", "jetty")
    for x, y, z in ((-34, 4.0, -118), (-33, 4.2, -118), (46, 3.0, -128)):
        g.box((x, y, z), (0.9, 1.1, 0.3), rgb("#ffb866"), base=1.0)
    S.node("far lights-nocol", "far lights")


HEAD = '''
// A cabin by a winter lake, for four. Written by make.py beside this file, geometry and all; the format is explained
// at the top of game/src/world/scene.rs and in docs/worlds.md.
World(
    version: 1,
    name: "Quiet room",
    licence: "CC0-1.0",
    spawns: [
        (at: (2.1, 0.1, 2.1), facing_degrees: 52),
        (at: (2.9, 0.1, 1.3), facing_degrees: 60),
        (at: (2.6, 0.1, -1.8), facing_degrees: 100),
        (at: (1.9, 0.1, 0.4), facing_degrees: 84),
    ],
    moments: [
        (name: "Dusk", environment: (
            sun: (azimuth_degrees: 322, elevation_degrees: 7, colour: "#ff9d76", lux: 3600),
            ambient: (colour: "#c9c2cc", brightness: 430),
            sky: (zenith: "#243a68", horizon: "#dd9a92", nadir: "#3a4f70", clouds: 0.42, stars: 0.5),
            haze: 260,
            lamps: 1,
            water: (level: -0.8, colour: "#2c4764f0"),
        )),
        (name: "Morning", environment: (
            sun: (azimuth_degrees: 62, elevation_degrees: 24, colour: "#fff0d6", lux: 10500),
            ambient: (colour: "#d5e2fa", brightness: 900),
            sky: (zenith: "#4a8cc9", horizon: "#dbe7f0", nadir: "#8fa9bd", clouds: 0.35),
            haze: 320,
            lamps: 0.25,
            water: (level: -0.8, colour: "#4f7f9cee"),
        )),
        (name: "Night", environment: (
            sun: (azimuth_degrees: 20, elevation_degrees: 40, colour: "#a9bfee", lux: 1100),
            ambient: (colour: "#8ea0d0", brightness: 260),
            sky: (zenith: "#0a1430", horizon: "#22365c", nadir: "#10203a", clouds: 0.2, stars: 1),
            haze: 240,
            lamps: 1,
            water: (level: -0.8, colour: "#0e1f38f4"),
        )),
    ],
    fall_below: -12,
'''


def sounds():
    """Wind around the house, the air of the room; boards underfoot, and snow, which crunches as sand does."""
    S.sound("Room", (0, 1.2, 0), 8, 0.5)
    S.sound("Wind", gain=0.22)
    S.underfoot("Wood", (0, -0.1, 0), (W + 0.6, H, D + 0.6))
    S.underfoot("Wood", (2.6, -0.4, -16.8), (1.7, 1.2, 8.4))
    S.underfoot("Sand", (0, -2, 0), (130, 60, 130))


def main():
    room()
    fireplace()
    furniture()
    outside()
    sounds()
    bake(S, reach=1.9, strength=0.62, skip=("far hills",))
    finish(S, HERE, "quiet-room", "Quiet room", HEAD)


if __name__ == "__main__":
    main()
