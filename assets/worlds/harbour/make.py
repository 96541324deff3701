#!/usr/bin/env python3
"""Makes harbour.glb and world.ron: the island of the world that comes with Holm.

    python3 assets/worlds/harbour/make.py            # writes both beside this file
    python3 assets/worlds/harbour/make.py --check    # fails if they are not what it would write

How meshes, colours and baked shade work is told in ../shared/kit.py. Licence: CC0-1.0.
"""

import math
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "shared"))

from kit import Mesh, Scene, bake, finish, hash01, mix, noise, placed, rgb, shade, smooth  # noqa: E402

S = Scene()

# --- colours ------------------------------------------------------------------------------------------

SAND, WET, DEEP = rgb("#e3c48f"), rgb("#a98d63"), rgb("#1b4650")
GRASS, GRASS_LIGHT, MEADOW = rgb("#76913f"), rgb("#9bab50"), rgb("#5f803d")
EARTH, PATH, ROCK, ROCK_DARK = rgb("#8a6a44"), rgb("#c9a873"), rgb("#8e8a84"), rgb("#67645f")
WOOD, WOOD_LIGHT, WOOD_DARK = rgb("#8d6540"), rgb("#b58a5a"), rgb("#5d4029")
WHITE, RED, ROOF, ROOF_BLUE = rgb("#efe6d6"), rgb("#b04f3c"), rgb("#96553f"), rgb("#46626e")
PINE, PINE_LIGHT, LEAF, LEAF_LIGHT, AUTUMN = (
    rgb("#2f5d3c"),
    rgb("#457a46"),
    rgb("#6c9139"),
    rgb("#9aae42"),
    rgb("#d08b3a"),
)
IRON, ROPE = rgb("#3a3f44"), rgb("#c8b48a")

# --- the ground ---------------------------------------------------------------------------------------

FIRE = (0.0, 0.0)
LIGHTHOUSE = (23.0, -21.0)
LOOKOUT = (-27.0, -9.0)
PIER_X, PIER_Z0, PIER_Z1, PIER_Y = -6.0, 27.0, 55.0, 0.85
STAGE, STAGE_TURN = (-17.6, 9.4), -1.06  # local -z faces the benches and the fire
WORKSHOP, WORKSHOP_TURN = (15.0, 12.2), 0.72  # local -z is its open side
PATHS = [
    [(-6.0, 28.0), (-5.5, 16.0), (-2.0, 6.0), (0.0, 0.0)],
    [(0.0, 0.0), (6.0, -6.0), (13.0, -10.0), (18.0, -16.0), (21.5, -18.5)],
    [(0.0, 0.0), (-8.0, -3.0), (-17.0, -5.0), (-23.5, -7.5)],
    [(0.0, 0.0), (6.0, 4.2), (11.0, 8.4)],
    [(0.0, 0.0), (-5.5, 3.4), (-11.0, 6.0)],
    [(-5.0, 14.0), (-8.0, 10.0), (-11.0, 6.6)],
    [(-8.0, -3.0), (-12.0, -10.0)],
]
HUTS = [  # x, z, turn, wall colour, roof colour
    (13.5, -3.5, -1.9, WHITE, ROOF),
    (-13.5, -12.5, 0.75, rgb("#d9b98a"), ROOF_BLUE),
]


def to_path(x, z):
    """Metres to the nearest path."""
    best = 1e9
    for line in PATHS:
        for (ax, az), (bx, bz) in zip(line, line[1:]):
            dx, dz = bx - ax, bz - az
            t = max(0.0, min(1.0, ((x - ax) * dx + (z - az) * dz) / (dx * dx + dz * dz)))
            best = min(best, math.hypot(x - ax - t * dx, z - az - t * dz))
    return best


def raw_height(x, z):
    angle = math.atan2(z, x)
    coast = 50.0 + 4.0 * math.sin(3 * angle + 0.7) + 2.5 * math.sin(5 * angle + 2.1)
    coast += 1.6 * noise(x / 6.0, z / 6.0, 1)
    t = math.hypot(x, z) / coast
    h = 2.1 - 2.0 * smooth(0.52, 1.0, t) - 5.5 * smooth(0.93, 1.55, t)
    # The bay, where the pier is.
    h -= 3.2 * math.exp(-(((x + 6) / 15.0) ** 2 + ((z - 45) / 13.0) ** 2))
    inland = smooth(1.0, 0.7, t)
    h += inland * (0.55 * noise(x / 9.0, z / 9.0, 2) + 0.16 * noise(x / 3.0, z / 3.0, 3))
    # Hills: none of them steeper than a person can walk.
    h += 7.2 * smooth(21.0, 4.5, math.hypot(x - LIGHTHOUSE[0], z - LIGHTHOUSE[1]))
    h += 3.4 * smooth(14.0, 3.5, math.hypot(x - LOOKOUT[0], z - LOOKOUT[1]))
    h += 2.2 * smooth(13.0, 2.0, math.hypot(x - 2.0, z + 32.0))
    h += 1.6 * smooth(11.0, 2.0, math.hypot(x - 30.0, z - 14.0))
    return h


def height(x, z):
    h = raw_height(x, z)
    # The fire place and the huts stand on level ground.
    for fx, fz, inner, outer in [(0.0, 0.0, 6.5, 12.0), (*LIGHTHOUSE, 4.8, 7.6), (-14.4, 7.6, 7.4, 11.0), (*WORKSHOP, 5.2, 8.0), (*LOOKOUT, 3.0, 5.0)] + [
        (hut[0], hut[1], 3.8, 7.0) for hut in HUTS
    ]:
        d = math.hypot(x - fx, z - fz)
        if d < outer:
            h += (raw_height(fx, fz) - h) * smooth(outer, inner, d)
    return h - 0.10 * smooth(1.7, 0.9, to_path(x, z)) * smooth(0.3, 0.8, h)


def ground_colour(x, z, h, slope):
    patch = noise(x / 7.0, z / 7.0, 4)
    fine = noise(x / 1.7, z / 1.7, 5)
    grass = mix(GRASS, GRASS_LIGHT, 0.5 + 0.5 * patch)
    grass = mix(grass, MEADOW, smooth(0.1, 0.9, noise(x / 13.0, z / 13.0, 6)))
    c = mix(SAND, grass, smooth(0.75, 1.25, h + 0.22 * fine))
    c = mix(c, ROCK, smooth(0.62, 0.85, slope))
    c = mix(WET, c, smooth(-0.05, 0.35, h))
    c = mix(c, DEEP, smooth(-0.3, -1.9, h))
    path = smooth(1.55, 0.75, to_path(x, z) + 0.35 * fine) * smooth(0.2, 0.7, h)
    c = mix(c, PATH, 0.85 * path)
    stage = math.hypot(x + 13.6, z - 7.2)
    c = mix(c, mix(PATH, GRASS, 0.35), 0.8 * smooth(5.2, 3.2, stage + 0.7 * fine))
    fire = math.hypot(x - FIRE[0], z - FIRE[1])
    c = mix(c, mix(PATH, EARTH, 0.5), smooth(5.4, 3.6, fire + 0.4 * fine))
    c = mix(c, rgb("#3b322b"), 0.8 * smooth(1.6, 0.6, fire))
    c = shade(c, 1.0 + 0.07 * fine)
    return c


# --- things -------------------------------------------------------------------------------------------


def make_trees():
    for kind in range(3):
        trunk, crown = S.part(f"pine trunk {kind}"), S.part(f"pine crown {kind}", "leaf-sway")
        trunk.tube((0, -0.4, 0), 0.26, 0.10, 3.2, 7, WOOD_DARK, WOOD, 0.55)
        crown.wind = lambda p: 0.15 + 0.85 * smooth(0.9, 5.6, p[1])
        layers = 5 + kind % 2
        y, r = 0.95, 1.75 + 0.16 * kind
        for ring in range(layers):
            tone = mix(PINE, PINE_LIGHT, ring / (layers - 1))
            points, turn = 10, 0.9 * ring + kind
            tall = 1.62 - 0.09 * ring
            lean = 0.10 * (hash01(kind, ring, 5) - 0.5)
            rim = []
            for n in range(2 * points):
                a = turn + math.tau * n / (2 * points)
                out = r * ((1.0 if n % 2 == 0 else 0.80) + 0.10 * (hash01(kind, ring, n, 6) - 0.5))
                drop = -0.20 * r if n % 2 == 0 else 0.0
                rim.append((lean + out * math.cos(a), y + drop + 0.1 * hash01(kind, ring, n, 7), -out * math.sin(a)))
            tip, under = (lean, y + tall, 0.0), (lean, y + 0.28, 0.0)
            for n in range(2 * points):
                a, b = rim[n], rim[(n + 1) % (2 * points)]
                k = 0.92 + 0.16 * hash01(kind, ring, n, 8)
                crown.tri(a, b, tip, [shade(tone, 0.86 * k), shade(tone, 0.86 * k), shade(tone, 1.30)])
                crown.tri(b, a, under, shade(tone, 0.42))
            y, r = y + 0.80 + 0.03 * kind, r * 0.79
    leaves = [(LEAF, LEAF_LIGHT), (AUTUMN, rgb("#efc25c")), (rgb("#58833a"), rgb("#a7bb4c"))]
    for kind, (a, b) in enumerate(leaves):
        trunk, crown = S.part(f"tree trunk {kind}"), S.part(f"tree crown {kind}", "leaf-sway")
        trunk.tube((0, -0.4, 0), 0.34, 0.20, 1.5, 7, WOOD_DARK, shade(WOOD, 0.9), 0.55, cap=False)
        trunk.tube((0, 1.1, 0), 0.20, 0.12, 1.6, 7, shade(WOOD, 0.9), WOOD, 1.0, cap=False)
        trunk.log((0.02, 1.5, 0), (0.85, 2.5, 0.38), 0.085, WOOD, WOOD, 6)
        trunk.log((0.0, 1.7, 0), (-0.75, 2.5, -0.36), 0.075, WOOD, WOOD, 6)
        crown.wind = lambda p: 0.25 + 0.75 * smooth(1.8, 4.6, p[1])
        dark = mix(shade(a, 0.52), PINE, 0.25)
        for n, (x, y, z, r) in enumerate([(0, 3.1, 0, 1.40), (1.05, 2.75, 0.5, 0.98), (-0.95, 2.8, -0.45, 1.0), (0.15, 4.0, -0.25, 0.95), (-0.25, 2.9, 0.95, 0.85), (0.45, 3.0, -1.0, 0.8)]):
            crown.blob((x, y, z), (r, r * 0.82, r), dark, mix(a, b, 0.25 + 0.75 * hash01(kind, n, 39)), 40 + 9 * kind + n, 2 if r > 0.9 else 1, 0.22, 0.32)
    for kind in range(2):
        trunk, crown = S.part(f"birch trunk {kind}"), S.part(f"birch crown {kind}", "leaf-sway")
        bark = rgb("#e8e2d4")
        trunk.tube((0, -0.4, 0), 0.15, 0.07, 4.2, 6, shade(bark, 0.8), bark, 0.7, cap=False)
        for n in range(9):
            h = 0.3 + 0.36 * n + 0.2 * hash01(kind, n, 70)
            a = math.tau * hash01(kind, n, 71)
            r = 0.142 - 0.019 * h
            trunk.box((r * math.cos(a), h, -r * math.sin(a)), (0.03, 0.05, 0.12), rgb("#4a4540"), a)
        crown.wind = lambda p: 0.3 + 0.7 * smooth(2.0, 5.2, p[1])
        low, high = (rgb("#8f9a3a"), rgb("#d8cf62")) if kind else (rgb("#b98a2f"), rgb("#f2d271"))
        for n in range(7):
            a, h = 2.4 * n, 2.5 + 0.42 * n
            r = 0.82 - 0.07 * n
            crown.blob((0.5 * math.cos(a) * r, h, 0.5 * math.sin(a) * r), (r, r * 0.72, r), shade(low, 0.6), mix(low, high, 0.35 + 0.1 * n), 200 + 9 * kind + n, 1, 0.3, 0.3)
    bush = S.part("bush", "leaf-sway")
    bush.wind = lambda p: 0.5 * smooth(0.0, 0.7, p[1])
    for x, y, z, r, n in [(0, 0.25, 0, 0.62, 71), (0.5, 0.18, 0.22, 0.42, 72), (-0.42, 0.2, -0.2, 0.46, 73)]:
        bush.blob((x, y, z), (r, r * 0.8, r), shade(LEAF, 0.5), LEAF_LIGHT if n == 72 else LEAF, n, 1, 0.25, 0.4)
    for kind in range(3):
        tuft = S.part(f"tuft {kind}", "grass-sway")
        tuft.wind = lambda p: smooth(0.0, 0.5, p[1])
        for n in range(11):
            a, lean = 2.4 * n + hash01(n, 3, kind), 0.05 + 0.20 * hash01(n, 4, kind)
            out = 0.05 + 0.16 * hash01(n, 5, kind)
            x, z, h = out * math.cos(a), out * math.sin(a), 0.20 + 0.26 * hash01(n, 9, kind)
            tip = (x + lean * math.cos(a), h, z + lean * math.sin(a))
            s = (0.028 * math.sin(a), -0.028 * math.cos(a))
            low = shade(MEADOW, 0.7)
            tuft.tri((x + s[0], -0.03, z + s[1]), (x - s[0], -0.03, z - s[1]), tip, [low, low, mix(GRASS_LIGHT, rgb("#c9c46a"), hash01(n, 10, kind))])
    reed = S.part("reed", "grass-sway")
    reed.wind = lambda p: smooth(0.0, 1.4, p[1])
    for n in range(13):
        a, out = 2.4 * n, 0.30 * math.sqrt(n / 13)
        x, z, h = out * math.cos(a), out * math.sin(a), 1.0 + 0.7 * hash01(n, 81)
        tip = (x + 0.22 * math.cos(a + 1), h, z + 0.22 * math.sin(a + 1))
        s = (0.022 * math.sin(a), -0.022 * math.cos(a))
        low = rgb("#5d6a35")
        reed.tri((x + s[0], -0.3, z + s[1]), (x - s[0], -0.3, z - s[1]), tip, [low, low, rgb("#b9b065")])
        if n % 3 == 0:
            reed.tube((x, h * 0.78, z), 0.035, 0.03, 0.2, 5, rgb("#5a3b22"), rgb("#6d4828"))
    for kind, petal in enumerate([rgb("#f0d95e"), rgb("#dd6f5f"), rgb("#efe8f6"), rgb("#8d84cf")]):
        flower = S.part(f"flowers {kind}", "grass-sway")
        flower.wind = lambda p: 0.6 * smooth(0.0, 0.4, p[1])
        for n in range(6):
            a, out = 2.4 * n + kind, 0.10 + 0.11 * math.sqrt(n)
            x, z, h = out * math.cos(a), out * math.sin(a), 0.17 + 0.17 * hash01(n, kind, 82)
            flower.tri((x - 0.011, -0.02, z), (x + 0.011, -0.02, z), (x, h, z), MEADOW)
            rim = [(x + 0.062 * math.cos(math.tau * k / 5), h + 0.022, z + 0.062 * math.sin(math.tau * k / 5)) for k in range(5)]
            for k in range(5):
                flower.tri(rim[(k + 1) % 5], rim[k], (x, h, z), [petal, petal, shade(petal, 0.6)])


def scatter():
    """Trees, bushes, stones and flowers where they would grow."""
    taken = [(FIRE[0], FIRE[1], 7.5), (*LIGHTHOUSE, 7.6), (*LOOKOUT, 6.4), (-6.5, 11.5, 6.5), (-14.4, 7.6, 8.2), (*WORKSHOP, 7.6)]
    taken += [(hut[0], hut[1], 5.6) for hut in HUTS]

    def free(x, z, r):
        return all(math.hypot(x - a, z - b) > r + c for a, b, c in taken)

    n = 0
    for i in range(3400):
        x, z = (hash01(i, 11) - 0.5) * 100, (hash01(i, 12) - 0.5) * 100
        h = height(x, z)
        grove = noise(x / 12.0, z / 12.0, 8) + 0.35 * smooth(8, -30, z) + 0.3 * smooth(-10, -34, x)
        if h < 1.25 or grove < 0.16 or to_path(x, z) < 2.7 or not free(x, z, 1.3):
            continue
        # The way the arriving eye looks (north-east from the beach) stays open.
        if -3 < x < 20 and -18 < z < 6 and abs((x + 6) + (z - 10)) < 9:
            continue
        taken.append((x, z, 1.3))
        roll = hash01(i, 14)
        size, turn = 0.85 + 0.6 * hash01(i, 16), math.tau * hash01(i, 17)
        if h > 3.2 or roll < 0.48:
            kind, name = int(3 * hash01(i, 15)), "pine"
        elif roll < 0.68:
            kind, name = int(2 * hash01(i, 15)), "birch"
        else:
            kind, name = (1 if hash01(i, 15) < 0.24 else 2 * int(2 * hash01(i, 18))), "tree"
        S.node(f"{name} {n}", f"{name} trunk {kind}", (x, h, z), turn, size)
        S.node(f"{name} {n} crown-nocol", f"{name} crown {kind}", (x, h, z), turn, size)
        n += 1
        if n == 104:
            break
    for i in range(64):
        for k in range(30):
            x, z = (hash01(i, k, 21) - 0.5) * 96, (hash01(i, k, 22) - 0.5) * 96
            h = height(x, z)
            if h > 1.15 and to_path(x, z) > 1.9 and free(x, z, 0.6):
                taken.append((x, z, 0.5))
                S.node(f"bush {i}-nocol", "bush", (x, h - 0.08, z), math.tau * hash01(i, 23), 0.8 + 0.7 * hash01(i, 24))
                break
    for i in range(1500):
        x, z = (hash01(i, 31) - 0.5) * 94, (hash01(i, 32) - 0.5) * 94
        h = height(x, z)
        # Grass stands in meadows, flowers in their patches.
        lush = noise(x / 6.0, z / 6.0, 33)
        if h > 1.2 and to_path(x, z) > 1.35 and free(x, z, -1.5) and lush > -0.35:
            turn, roll = math.tau * hash01(i, 33), hash01(i, 34)
            blooming = noise(x / 4.5, z / 4.5, 37)
            if blooming > 0.28 and roll < 0.62:
                S.node(f"flowers {i}-nocol", f"flowers {int(4 * (0.5 + 0.5 * noise(x / 9.0, z / 9.0, 38))) % 4}", (x, h, z), turn, 0.9 + 0.5 * hash01(i, 36))
            else:
                S.node(f"tuft {i}-nocol", f"tuft {i % 3}", (x, h, z), turn, 0.8 + 0.9 * hash01(i, 35))
    for i in range(420):
        a = math.tau * hash01(i, 131)
        r = 42 + 14 * hash01(i, 132)
        x, z = r * math.cos(a), r * math.sin(a)
        h = height(x, z)
        if -0.45 < h < 0.25 and noise(x / 7.0, z / 7.0, 133) > 0.12 and not (abs(x - PIER_X) < 9 and z > 15):
            S.node(f"reed {i}-nocol", "reed", (x, h, z), math.tau * hash01(i, 134), 0.8 + 0.5 * hash01(i, 135))
    rocks = S.part("rocks")
    for i in range(70):
        a = math.tau * hash01(i, 41)
        r = 40 + 26 * hash01(i, 42)
        x, z = r * math.cos(a), r * math.sin(a)
        h = height(x, z)
        if h > 1.1 or (abs(x - PIER_X) < 8 and z > 18) or (x < -20 and 26 < z < 34):
            continue
        s = 0.5 + 1.7 * hash01(i, 43) ** 2 + (0.8 if h < -1.0 else 0.0)
        y = max(h, -0.9) + 0.1 * s
        tone = mix(ROCK, ROCK_DARK, hash01(i, 46))
        rocks.rock((x, y, z), (s * (0.9 + 0.5 * hash01(i, 44)), s * (0.8 + 0.5 * hash01(i, 45)), s * 1.1), tone, 300 + i)
        if s > 1.0:
            for k in range(2):
                b = math.tau * hash01(i, k, 48)
                t = s * (0.28 + 0.2 * hash01(i, k, 49))
                px, pz = x + 1.25 * s * math.cos(b), z + 1.25 * s * math.sin(b)
                rocks.rock((px, max(height(px, pz), -0.9) + 0.2 * t, pz), (t * 1.2, t * 0.9, t), tone, 700 + 2 * i + k, 1, 6)
    # A trail of stones to jump along, west of the beach, and a stack to climb.
    for i in range(9):
        x, z = -24.0 - 2.35 * i + 0.7 * math.sin(i * 1.9), 30.0 + 1.0 * math.sin(i * 1.3)
        rocks.stone((x, -0.15, z), (1.0, 0.75 + 0.05 * i, 0.95), ROCK, 400 + i, 1, 0.0)
    for i, (x, z, y, s) in enumerate([(29.5, -9.5, 0.2, 1.5), (31.3, -7.6, 0.9, 1.6), (33.6, -7.0, 1.6, 1.8), (35.6, -8.8, 2.4, 1.9)]):
        rocks.rock((x, height(x, z) + y - 0.4, z), (s, s * 0.9, s), mix(ROCK, ROCK_DARK, 0.2 * i), 420 + i)
    S.node("rocks", "rocks")
    # Far away, for the eye: skerries, and hills in the haze behind them.
    far = S.part("skerries", "far")
    for i, (a, r, s) in enumerate([(0.35, 150, 9), (0.42, 158, 6), (2.45, 190, 12), (2.55, 178, 7), (3.9, 170, 9), (5.35, 210, 14), (5.48, 196, 7)]):
        x, z = r * math.cos(a), r * math.sin(a)
        far.rock((x, -0.1 * s, z), (s * 1.7, s * (0.45 + 0.3 * hash01(i, 47)), s), mix(ROCK_DARK, PINE, 0.25), 500 + i, 2, 11, mix(ROCK, MEADOW, 0.55))
    for i in range(15):
        a, r = 1.9 + 0.31 * i + 0.1 * hash01(i, 55), 430 + 150 * hash01(i, 56)
        s = 40 + 50 * hash01(i, 57)
        far.rock((r * math.cos(a), -6, r * math.sin(a)), (s * 1.9, s * (0.42 + 0.4 * hash01(i, 58)), s), rgb("#3e5358"), 540 + i, 2, 7, rgb("#5a7466"))
    S.node("skerries-nocol", "skerries")


STEPS, RISE, SWEEP = 48, 0.22, math.tau / 12
FLOOR = 0.15
TOP = FLOOR + STEPS * RISE
DOOR = -2.1  # the angle of the door: towards the path


def tower_radius(y):
    return 2.75 - 0.62 * smooth(0.0, 1.0, y / TOP)


def make_lighthouse():
    """A round stair inside, twelve steps a turn, from the door to the gallery."""
    m, glow, glass = S.part("lighthouse"), S.part("lighthouse lamp", "glow-lamp"), S.part("lighthouse glass", "glass")
    sides, wall = 24, 0.34
    at = lambda a, r, y: (r * math.cos(a), y, -r * math.sin(a))
    m.tube((0, -1.2, 0), 3.7, 3.35, 1.2 + FLOOR - 0.04, 20, ROCK_DARK, ROCK, 0.6)
    m.tube((0, -1.0, 0), 3.0, 2.95, 1.0 + FLOOR, 20, ROCK, mix(ROCK, WHITE, 0.2), 0.8)
    # A broad step before the door.
    x, _, z = at(DOOR, 3.75, 0)
    m.box((x, -0.32, z), (1.1, 0.7, 1.9), ROCK, DOOR, 0.7)
    door_top = 2.35
    bands = [FLOOR, door_top, 4.3, 6.4, 8.5, TOP]
    paint = [WHITE, WHITE, RED, WHITE, RED]
    step = math.tau / sides
    first = DOOR - step
    for (y0, y1), colour in zip(zip(bands, bands[1:]), paint):
        r0, r1 = tower_radius(y0), tower_radius(y1)
        for n in range(sides):
            a, b = first + step * n, first + step * (n + 1)
            if y0 < 1.0 and n < 2:
                continue  # the door
            tone = shade(colour, 0.97 + 0.05 * hash01(n, int(y0 * 10), 77))
            m.quad(at(a, r0, y0), at(b, r0, y0), at(b, r1, y1), at(a, r1, y1), [shade(tone, 0.95)] * 2 + [tone] * 2)
            inner = rgb("#d8cdb8")
            m.quad(at(b, r0 - wall, y0), at(a, r0 - wall, y0), at(a, r1 - wall, y1), at(b, r1 - wall, y1), inner)
    r0, r1 = tower_radius(FLOOR), tower_radius(door_top)
    for a, flip in ((first, False), (first + 2 * step, True)):
        corners = [at(a, r0, FLOOR), at(a, r0 - wall, FLOOR), at(a, r1 - wall, door_top), at(a, r1, door_top)]
        m.quad(*(corners[::-1] if flip else corners), WOOD)
    for n in range(2):
        a, b = first + step * n, first + step * (n + 1)
        m.quad(at(a, r1 - wall, door_top), at(b, r1 - wall, door_top), at(b, r1, door_top), at(a, r1, door_top), WOOD_DARK)
    # Frame, and the leaf that stands open.
    for side in (-1, 1):
        x, _, z = at(DOOR + side * (step + 0.03), r0 + 0.05, 0)
        m.box((x, FLOOR + 1.12, z), (0.22, 2.3, 0.14), WOOD_DARK, DOOR)
    x, _, z = at(DOOR, r1 + 0.07, 0)
    m.box((x, door_top + 0.06, z), (0.24, 0.16, 1.75), WOOD_DARK, DOOR)
    x, _, z = at(DOOR + step * 1.9, r0 + 0.5, 0)
    m.box((x, FLOOR + 1.08, z), (1.1, 2.1, 0.08), ROOF_BLUE, DOOR + 0.5)
    # The stair around its pole.
    m.tube((0, FLOOR, 0), 0.26, 0.24, TOP - FLOOR + 0.9, 10, WOOD_DARK, WOOD, 0.8)
    begin = DOOR + SWEEP * 1.5
    for k in range(STEPS):
        top = FLOOR + RISE * (k + 1)
        outer = tower_radius(top) - wall + 0.05
        thick = 0.16 if k else RISE
        m.ring((0, top - thick, 0), 0.2, outer, thick, 2, shade(WOOD, 0.8), begin + SWEEP * k, SWEEP, shade(WOOD_LIGHT, 0.92 + 0.12 * hash01(k, 78)))
    # Small windows follow the stair; a lamp behind each.
    for k in (7, 16, 25, 34, 42):
        y = FLOOR + RISE * k + 1.45
        a = begin + SWEEP * (k + 0.5)
        r = tower_radius(y)
        x, _, z = at(a, r - 0.06, 0)
        m.box((x, y, z), (0.30, 0.98, 0.74), WOOD_DARK, a)
        x, _, z = at(a, r - 0.03, 0)
        glow.box((x, y, z), (0.32, 0.78, 0.54), rgb("#ffb45a"), a, base=1.0)
        x, _, z = at(a, r - wall - 0.02, 0)
        glow.box((x, y, z), (0.06, 0.7, 0.5), rgb("#ffc878"), a, base=1.0)
    # The last two sectors are floor; one steps out from them.
    end = begin + SWEEP * STEPS
    ri = tower_radius(TOP) - wall
    m.ring((0, TOP - 0.16, 0), 0.2, ri + 0.05, 0.16, 4, WOOD, end, 2 * SWEEP, WOOD_LIGHT)
    m.ring((0, TOP - 0.22, 0), ri - 0.02, 3.15, 0.22, sides, IRON, top=rgb("#6b6f73"))
    m.ring((0, TOP - 0.60, 0), ri + 0.3, 2.5, 0.4, sides, IRON)
    for n in range(12):
        a = math.tau * n / 12
        m.log(at(a, tower_radius(TOP) - 0.05, TOP - 1.0), at(a, 3.0, TOP - 0.2), 0.06, IRON, IRON, 5)
    rail = rgb("#4a5055")
    for n in range(sides):
        a, b = math.tau * n / sides, math.tau * (n + 1) / sides
        if n % 2 == 0:
            x, _, z = at(a, 3.05, 0)
            m.box((x, TOP + 0.56, z), (0.07, 1.12, 0.07), rail, a)
        for y in (0.36, 0.74, 1.12):
            m.log(at(a, 3.05, TOP + y), at(b, 3.05, TOP + y), 0.045 if y > 1 else 0.025, rail, rail, 5)
    # The lantern room: panes between posts, open where the stair ends.
    r = ri + 0.12
    for n in range(12):
        a, b = end + SWEEP * n, end + SWEEP * (n + 1)
        x, _, z = at(a, r, 0)
        m.box((x, TOP + 1.25, z), (0.10, 2.5, 0.10), IRON, a)
        if n < 2:
            continue
        glass.quad(at(a, r, TOP + 0.42), at(b, r, TOP + 0.42), at(b, r, TOP + 2.4), at(a, r, TOP + 2.4), (1, 1, 1))
        m.quad(at(a, r, TOP), at(b, r, TOP), at(b, r, TOP + 0.42), at(a, r, TOP + 0.42), WHITE)
        m.quad(at(b, r - 0.05, TOP), at(a, r - 0.05, TOP), at(a, r - 0.05, TOP + 0.42), at(b, r - 0.05, TOP + 0.42), WHITE)
    glow.tube((0, TOP + 0.95, 0), 0.34, 0.34, 1.0, 10, rgb("#ffe3a6"), base=1.0)
    for y in (0.9, 1.95):
        m.tube((0, TOP + y, 0), 0.42, 0.42, 0.08, 10, IRON)
    m.ring((0, TOP + 2.42, 0), 0.2, 2.35, 0.16, sides, shade(RED, 0.8))
    m.tube((0, TOP + 2.58, 0), 2.3, 0.0, 1.5, sides, RED, shade(RED, 1.25), cap=False)
    m.stone((0, TOP + 4.15, 0), (0.22, 0.22, 0.22), rgb("#d9b45c"), 3, 1)
    m.log((0, TOP + 4.2, 0), (0, TOP + 5.3, 0), 0.03, IRON, IRON, 5)
    where = (LIGHTHOUSE[0], height(*LIGHTHOUSE), LIGHTHOUSE[1])
    S.node("lighthouse", "lighthouse", where)
    S.node("lighthouse lamp-nocol", "lighthouse lamp", where)
    S.node("lighthouse glass", "lighthouse glass", where)
    S.light(placed((0, TOP + 1.5, 0), where, 0), "#ffd79a", 110000, 26)
    for y in (2.6, 6.6):
        S.light(placed((0.8, y, 0), where, 0), "#ffb45a", 16000, 6)


def make_fire():
    m, embers, glow = S.part("fire circle"), S.part("embers", "glow"), S.part("flames", "fire-flame")
    for n in range(15):
        a = math.tau * n / 15
        s = 0.20 + 0.07 * hash01(n, 61)
        m.rock((1.08 * math.cos(a), 0.08, 1.08 * math.sin(a)), (s * 1.1, s * 0.9, s), mix(ROCK, ROCK_DARK, hash01(n, 62)), 600 + n, 1, 7)
    m.tube((0, -0.1, 0), 0.98, 0.9, 0.13, 12, rgb("#2b2521"), rgb("#3a312a"))
    for n in range(7):
        a = math.tau * n / 7 + 0.2
        m.log((0.72 * math.cos(a), 0.06, 0.72 * math.sin(a)), (0.08 * math.cos(a + 2), 0.66, 0.08 * math.sin(a + 2)), 0.075, WOOD_DARK, rgb("#2a211b"), 6)
    for n in range(16):
        a, r = 2.4 * n, 0.16 * math.sqrt(n)
        embers.stone((r * math.cos(a), 0.07, r * math.sin(a)), (0.07, 0.05, 0.07), mix(rgb("#ff5a14"), rgb("#ffb03a"), hash01(n, 65)), 660 + n, 0, 0, 0.9)
    glow.wind = lambda p: smooth(0.12, 1.25, p[1])
    tongues = [(0.0, 0.0, 0.30, 1.35, "#ff9426"), (0.24, 0.10, 0.22, 0.95, "#ff7a1c"), (-0.2, 0.16, 0.22, 1.05, "#ff8420"), (0.05, -0.26, 0.22, 0.9, "#ff6a18"), (-0.22, -0.14, 0.18, 0.75, "#ff7a1c"), (0.02, 0.02, 0.17, 0.95, "#ffd66a"), (0.12, -0.05, 0.12, 0.7, "#ffe9a0")]
    for n, (x, z, r, h, colour) in enumerate(tongues):
        tone, parts, sides = rgb(colour), 5, 7
        profile = [(0.55, 0.0), (1.0, 0.18), (0.86, 0.42), (0.5, 0.70), (0.0, 1.0)]
        for (k0, y0), (k1, y1) in zip(profile, profile[1:]):
            hot = lambda y: mix(mix(tone, rgb("#ffdf80"), 0.55 * (1 - y)), rgb("#e8380c"), 0.55 * y)
            for s in range(sides):
                p = lambda i, k, y: (x + r * k * math.cos(math.tau * i / sides + n), 0.08 + h * y, z - r * k * math.sin(math.tau * i / sides + n))
                if k1 > 0:
                    glow.quad(p(s, k0, y0), p(s + 1, k0, y0), p(s + 1, k1, y1), p(s, k1, y1), [hot(y0), hot(y0), hot(y1), hot(y1)])
                else:
                    glow.tri(p(s, k0, y0), p(s + 1, k0, y0), (x, 0.08 + h, z), [hot(y0), hot(y0), hot(1.0)])
    glow.wind = 1.0
    for n in range(9):
        a, y = 2.4 * n, 1.2 + 0.22 * n
        x, z = (0.12 + 0.03 * n) * math.cos(a), (0.12 + 0.03 * n) * math.sin(a)
        glow.tri((x, y, z), (x + 0.025, y, z), (x, y + 0.04, z + 0.01), rgb("#ffb24a"))
        glow.tri((x + 0.025, y, z), (x, y, z), (x, y + 0.04, z + 0.01), rgb("#ffb24a"))
    y = height(*FIRE)
    for n in range(5):
        a = math.tau * n / 5 + 0.65
        x, z = 3.5 * math.cos(a), 3.5 * math.sin(a)
        dx, dz = -math.sin(a), math.cos(a)
        k = 1.05 + 0.2 * hash01(n, 64)
        m.log((x - dx * k, 0.22, z - dz * k), (x + dx * k, 0.22, z + dz * k), 0.28, WOOD, WOOD_LIGHT, 10)
        m.plank((x - dx * (k - 0.1), 0.47, z - dz * (k - 0.1)), (x + dx * (k - 0.1), 0.47, z + dz * (k - 0.1)), 0.40, 0.05, WOOD_LIGHT)
        for side in (-0.5, 0.5):
            # Facing the fire: -z turned towards it.
            S.seat((FIRE[0] + x + dx * side, y, FIRE[1] + z + dz * side), math.atan2(x, z), 0.49)
    S.node("fire circle", "fire circle", (FIRE[0], y, FIRE[1]))
    S.node("embers-nocol", "embers", (FIRE[0], y, FIRE[1]))
    S.node("flames-nocol", "flames", (FIRE[0], y, FIRE[1]))
    S.light((FIRE[0], y + 1.1, FIRE[1]), "#ff8a33", 90000, 15, fire=True)


def make_stage():
    """A platform under a sail, and benches in two bows before it. Local -z is where the audience is."""
    m, cloth, glow = S.part("stage"), S.part("sail", "sail"), S.part("stage light", "glow-lamp")
    where = (STAGE[0], height(-14.4, 7.6), STAGE[1])
    w, d, h = 7.2, 4.6, 0.62
    m.box((0, h / 2 - 0.25, 0), (w - 0.3, h + 0.3, d - 0.3), WOOD_DARK, base=0.7)
    for n in range(15):
        m.box((-w / 2 + w * (n + 0.5) / 15, h, 0), (w / 15 - 0.03, 0.12, d), WOOD_LIGHT, 0, 0.8, vary=n + 40)
    # Two broad steps along the front.
    m.box((0, 0.02, -d / 2 - 0.62), (3.2, 0.42, 0.5), WOOD, base=0.75)
    m.box((0, 0.14, -d / 2 - 0.2), (3.2, 0.62, 0.42), WOOD, base=0.75)
    # A wall of boards with a sun on it.
    for n in range(13):
        x = -w / 2 + 0.35 + (w - 0.7) * n / 12
        tall = 2.5 + 0.9 * math.cos((n - 6) / 6 * 1.35)
        m.box((x, h + tall / 2, d / 2 - 0.15), (0.5, tall, 0.1), mix(rgb("#496c76"), rgb("#34525c"), hash01(n, 141)), 0, 0.75)
    for n in range(14):
        a, b = math.pi * n / 14, math.pi * (n + 1) / 14
        p = lambda a, r: (r * math.cos(a), h + 0.75 + r * math.sin(a), d / 2 - 0.22)
        m.tri(p(b, 0.95), p(a, 0.95), (0, h + 0.75, d / 2 - 0.22), rgb("#eeb25a"))
        if n % 2 == 0:
            m.quad(p(b, 1.15), p(a, 1.15), p(a, 1.65), p(b, 1.65), rgb("#e39a4a"))
    corners = {}
    for sx in (-1, 1):
        for sz, tall in ((-1, 3.5), (1, 2.9)):
            x, z = sx * (w / 2 + 0.1), sz * (d / 2 + 0.1)
            lean = 0.28 * sx
            m.log((x, -0.4, z), (x + lean, h + tall, z + 0.2 * sz), 0.10, WOOD_DARK, WOOD, 7)
            corners[sx, sz] = (x + lean, h + tall - 0.08, z + 0.2 * sz)
    grid = 10
    def sail(u, v):
        a = [corners[-1, -1][i] * (1 - u) + corners[1, -1][i] * u for i in range(3)]
        b = [corners[-1, 1][i] * (1 - u) + corners[1, 1][i] * u for i in range(3)]
        p = [a[i] * (1 - v) + b[i] * v for i in range(3)]
        # It hangs in the middle and its edges are drawn in.
        sag = 4 * u * (1 - u) * (0.55 + 0.15 * math.cos(math.tau * v))
        pull = 0.35 * math.sin(math.pi * v) * (1 if u < 0.5 else -1) * (1 - min(u, 1 - u) * 2)
        return (p[0] + pull, p[1] - 0.5 * sag, p[2])
    for i in range(grid):
        for k in range(grid):
            u0, u1, v0, v1 = i / grid, (i + 1) / grid, k / grid, (k + 1) / grid
            tone = rgb("#efe2c4") if i % 2 else rgb("#d98a63")
            cloth.quad(sail(u0, v1), sail(u1, v1), sail(u1, v0), sail(u0, v0), tone)
    # Bulbs along the front and over the audience.
    mast = [placed((x, 0, z), (0, 0, 0), 0) for x, z in [(-4.4, -7.6), (4.4, -7.6)]]
    for x, _, z in mast:
        m.log((x, -0.4, z), (x, 3.1, z), 0.08, WOOD_DARK, WOOD, 6)
    lines = [(corners[-1, -1], corners[1, -1], 0.35), (corners[-1, -1], (-4.4, 3.0, -7.6), 0.6), (corners[1, -1], (4.4, 3.0, -7.6), 0.6), ((-4.4, 3.0, -7.6), (4.4, 3.0, -7.6), 0.7)]
    for a, b, sag in lines:
        point = lambda t: tuple(a[i] + (b[i] - a[i]) * t - (sag * 4 * t * (1 - t) if i == 1 else 0) for i in range(3))
        for k in range(12):
            m.log(point(k / 12), point((k + 1) / 12), 0.012, IRON, IRON, 3)
        for k in range(1, 12):
            x, y, z = point(k / 12)
            glow.stone((x, y - 0.07, z), (0.055, 0.075, 0.055), rgb("#ffd58a"), 800 + k, 0, 0, 1.0)
    # Benches.
    for row, (radius, count) in enumerate([(6.0, 3), (7.9, 4)]):
        for n in range(count):
            a = (n - (count - 1) / 2) * (2.2 / radius)
            x, z = radius * math.sin(a), -radius * math.cos(a) + 1.4
            ax, az = math.cos(a), math.sin(a)
            half = 0.95
            m.plank((x - ax * half, 0.43, z - az * half), (x + ax * half, 0.43, z + az * half), 0.42, 0.07, WOOD_LIGHT)
            for side in (-0.65, 0.65):
                m.box((x + ax * side, 0.18, z + az * side), (0.14, 0.5, 0.36), WOOD_DARK, -a)
            for side in (-0.6, 0.0, 0.6):
                # Facing the stage: local +z, turned by the bow.
                S.seat(placed((x + ax * side, 0, z + az * side), where, STAGE_TURN), STAGE_TURN + math.pi - a, 0.46)
    # A stool and a drum on the stage.
    m.tube((1.9, h + 0.06, 0.6), 0.2, 0.24, 0.46, 9, WOOD, WOOD_LIGHT)
    m.tube((2.6, h + 0.06, 0.2), 0.32, 0.26, 0.62, 10, RED, shade(WHITE, 0.95))
    S.seat(placed((1.9, h + 0.06, 0.6), where, STAGE_TURN), STAGE_TURN, 0.46)
    S.node("stage", "stage", where, STAGE_TURN)
    S.node("sail", "sail", where, STAGE_TURN)
    S.node("stage light-nocol", "stage light", where, STAGE_TURN)
    for x in (-2.2, 2.2):
        S.light(placed((x, h + 2.7, -1.6), where, STAGE_TURN), "#ffc27a", 42000, 9)
    S.light(placed((0, 2.3, -7.2), where, STAGE_TURN), "#ffc27a", 26000, 8)


def roof_of_boards(m, w, d, eaves, rise, over, boards, tone):
    """Boards that lap over one another on both sides of a ridge along z; `over` is how far they stand out all around."""
    zz = d / 2 + over
    for side in (-1, 1):
        for n in range(boards):
            u0, u1 = n / boards, min(1.0, (n + 1.12) / boards)
            lift = 0.10 + 0.05 * (1 - n % 2)
            p = lambda u, z, up: (side * (w / 2 + over) * (1 - u), eaves + rise - rise * (1 - u) * (w / 2 + over) / (w / 2) + up, z)
            lo0, lo1, hi0, hi1 = p(u0, zz, lift), p(u0, -zz, lift), p(u1, zz, lift), p(u1, -zz, lift)
            bo0, bo1, bi0, bi1 = p(u0, zz, 0), p(u0, -zz, 0), p(u1, zz, 0), p(u1, -zz, 0)
            k = tone(n, side)
            for a, b, c, e, dark in [(lo0, lo1, hi1, hi0, 1.0), (bo1, bo0, bi0, bi1, 0.5), (bo0, bo1, lo1, lo0, 0.8), (bo0, lo0, hi0, bi0, 0.85), (lo1, bo1, bi1, hi1, 0.85)]:
                m.quad(*((a, b, c, e) if side > 0 else (e, c, b, a)), shade(k, dark))


def make_workshop():
    """Open towards the path: a workbench with its tools, an anvil, a boat that is being built."""
    m, glow = S.part("workshop"), S.part("workshop light", "glow-lamp")
    where = (WORKSHOP[0], height(*WORKSHOP), WORKSHOP[1])
    w, d, h, t = 7.4, 5.0, 2.75, 0.16
    red, trim = rgb("#a8503c"), rgb("#e9dcc3")
    m.box((0, -0.10, 0), (w + 0.5, 0.5, d + 0.5), ROCK, base=0.7)
    f = 0.15
    m.floor(-w / 2, w / 2, -d / 2, d / 2, f + 0.004, mix(ROCK, EARTH, 0.3), 0.45)
    m.box((0, -0.05, -d / 2 - 0.55), (3.4, 0.24, 0.7), ROCK, base=0.7)
    for n in range(18):
        x = -w / 2 + w * (n + 0.5) / 18
        m.box((x, f + h / 2, d / 2), (w / 18 - 0.02, h, t), red, 0, 0.78, vary=n + 60)
    for side in (-1, 1):
        for n in range(12):
            z = -d / 2 + d * (n + 0.5) / 12
            if 4 <= n <= 7:
                for y0, y1 in ((0, 0.95), (1.95, h)):
                    m.box((side * w / 2, f + (y0 + y1) / 2, z), (t, y1 - y0, d / 12 - 0.02), red, 0, 0.78, vary=n + 80)
            else:
                m.box((side * w / 2, f + h / 2, z), (t, h, d / 12 - 0.02), red, 0, 0.78, vary=n + 80)
        for yy in (0.95, 1.95):
            m.box((side * w / 2, f + yy, 0), (t + 0.12, 0.1, 1.8), trim)
        for zz in (-0.84, 0.0, 0.84):
            m.box((side * w / 2, f + 1.45, zz), (t + 0.1, 1.0, 0.07), trim)
        # Door leaves, open.
        m.box((side * (w / 2 + 0.62), f + 1.2, -d / 2 - 0.85), (0.09, 2.4, 1.9), red, side * 0.5, 0.8)
    for x in (-w / 2, -1.9, 1.9, w / 2):
        m.box((x, f + h / 2, -d / 2), (0.22, h, 0.22), trim)
    m.box((0, f + h - 0.1, -d / 2), (w + 0.2, 0.24, 0.26), trim)
    rise, over = 1.9, 0.5
    for sz, k in ((-d / 2, -t / 2), (d / 2, t / 2)):
        a, b, c = (-w / 2, f + h, sz), (w / 2, f + h, sz), (0, f + h + rise, sz)
        for o, flip in ((k, k < 0), (-k, k > 0)):
            p = [(v[0], v[1], v[2] + o) for v in (a, b, c)]
            m.tri(*(p[::-1] if flip else p), red if o == k else shade(red, 0.7))
    tone = lambda n, side: shade(rgb("#54483f"), 0.85 + 0.3 * hash01(n, side + 5, 91))
    roof_of_boards(m, w, d, f + h, rise, over, 8, tone)
    m.box((0, f + h + rise + 0.14, 0), (0.3, 0.14, d + 2 * over + 0.1), rgb("#453a33"))
    # The workbench along the back.
    m.box((-1.2, f + 0.88, d / 2 - 0.55), (3.6, 0.12, 0.85), WOOD_LIGHT)
    for dx in (-2.8, -1.2, 0.4):
        m.box((dx, f + 0.42, d / 2 - 0.55), (0.12, 0.84, 0.7), WOOD)
    m.box((-1.2, f + 0.28, d / 2 - 0.55), (3.3, 0.06, 0.6), WOOD)
    m.box((-2.75, f + 1.02, d / 2 - 0.85), (0.26, 0.18, 0.32), IRON)
    m.log((-2.75, f + 1.0, d / 2 - 1.0), (-2.75, f + 1.0, d / 2 - 1.3), 0.025, IRON, IRON, 5)
    for n, (x, y, sx, sy, c) in enumerate([(-2.5, 1.6, 0.5, 0.07, IRON), (-1.9, 1.7, 0.07, 0.5, WOOD), (-1.6, 1.65, 0.07, 0.42, IRON), (-1.3, 1.7, 0.06, 0.55, WOOD_DARK), (-0.8, 1.6, 0.45, 0.12, IRON), (-0.3, 1.72, 0.1, 0.4, WOOD), (0.1, 1.62, 0.3, 0.3, rgb("#c9a24a"))]):
        m.box((x, f + y, d / 2 - 0.12), (sx, sy, 0.06), c)
    m.box((-1.2, f + 2.15, d / 2 - 0.25), (3.4, 0.06, 0.34), WOOD)
    for n in range(7):
        x = -2.7 + 0.5 * n
        m.tube((x, f + 2.18, d / 2 - 0.25), 0.09, 0.08, 0.16 + 0.12 * hash01(n, 92), 7, [RED, ROOF_BLUE, WOOD_LIGHT, rgb("#c9a24a")][n % 4])
    for n, (x, z) in enumerate([(-1.9, 1.3), (-0.6, 1.25)]):
        m.tube((x, f, z), 0.17, 0.2, 0.5, 8, WOOD, WOOD_LIGHT)
        S.seat(placed((x, f, z), where, WORKSHOP_TURN), WORKSHOP_TURN + math.pi, 0.5)
    # Anvil, planks against the wall, shavings.
    m.tube((2.6, f, 1.3), 0.3, 0.28, 0.55, 9, WOOD_DARK, WOOD)
    m.box((2.6, f + 0.63, 1.3), (0.34, 0.16, 0.2), IRON)
    m.box((2.6, f + 0.76, 1.3), (0.62, 0.12, 0.24), IRON)
    for n in range(6):
        m.plank((3.1 + 0.08 * n, f + 0.02, -1.4 + 0.2 * n), (3.5, f + 2.5 - 0.15 * n, -1.5 + 0.26 * n), 0.2, 0.045, shade(WOOD_LIGHT, 0.85 + 0.06 * n), (1, 0, 0))
    # The boat: keel, ribs, half its planks, on trestles.
    ribs = []
    for n in range(9):
        z, k = -1.9 + 3.8 * n / 8 , math.sin(math.pi * (0.06 + 0.88 * n / 8))
        ribs.append((z, 0.12 + 0.62 * k, 0.55 + 0.16 * abs(n - 4) / 4))
    bx, by, bz = 0.9, f + 0.62, -0.6
    m.log((bx, by, bz - 2.0), (bx, by, bz + 2.0), 0.055, WOOD_LIGHT, WOOD_LIGHT, 5)
    for z, half, tall in ribs:
        for side in (-1, 1):
            m.log((bx, by, bz + z), (bx + side * half * 0.7, by + 0.16, bz + z), 0.032, WOOD, WOOD, 5)
            m.log((bx + side * half * 0.7, by + 0.16, bz + z), (bx + side * half, by + tall, bz + z), 0.032, WOOD, WOOD, 5)
    for (z0, h0, t0), (z1, h1, t1) in zip(ribs, ribs[1:]):
        for side in (-1, 1):
            for level in range(3 if side > 0 else 1):
                k = level / 3
                p = lambda hh, tt, z, k: (bx + side * (hh * (0.7 + 0.3 * k) + 0.03), by + 0.16 + (tt - 0.16) * k, bz + z)
                quad = (p(h0, t0, z0, k), p(h0, t0, z0, k + 0.31), p(h1, t1, z1, k + 0.31), p(h1, t1, z1, k))
                m.quad(*(quad if side > 0 else quad[::-1]), shade(WOOD_LIGHT, 0.9 + 0.08 * level))
                m.quad(*(quad[::-1] if side > 0 else quad), shade(WOOD_LIGHT, 0.7))
    for z in (-1.2, 1.2):
        for side in (-1, 1):
            m.log((bx + side * 0.5, f, bz + z), (bx + side * 0.12, by - 0.04, bz + z), 0.045, WOOD_DARK, WOOD, 5)
        m.box((bx, by - 0.1, bz + z), (0.7, 0.08, 0.1), WOOD)
    # A lamp over the bench, and lumber outside.
    m.log((-1.2, f + h + 0.4, 0.9), (-1.2, f + 2.35, 0.9), 0.015, IRON, IRON, 3)
    m.tube((-1.2, f + 2.2, 0.9), 0.30, 0.06, 0.18, 9, IRON, IRON)
    glow.stone((-1.2, f + 2.17, 0.9), (0.11, 0.11, 0.11), rgb("#ffd08a"), 850, 1, 0, 1.0)
    for row in range(3):
        x, y = w / 2 + 0.75 + 0.4 * row, 0.16 + 0.27 * row
        m.log((x, y, -1.6), (x, y, 1.9), 0.15, WOOD, WOOD_LIGHT, 8)
    S.node("workshop", "workshop", where, WORKSHOP_TURN)
    S.node("workshop light-nocol", "workshop light", where, WORKSHOP_TURN)
    S.light(placed((-1.2, f + 1.95, 0.7), where, WORKSHOP_TURN), "#ffbd73", 48000, 8)


def make_path_things():
    m, glow = S.part("path things"), S.part("path light", "glow-lamp")
    for x, z in [(-4.2, 17.0), (-0.6, 8.2), (8.0, -5.2), (15.6, -11.2), (-10.5, -2.0), (8.6, 7.6), (-7.2, 5.6)]:
        lantern(m, glow, x, height(x, z) - 0.15, z, 2.2)
    # A fence along the western meadow.
    posts = [(-27, 3), (-27.5, 6.4), (-26.8, 10), (-25, 13.4), (-22, 16)]
    for (ax, az), (bx, bz) in zip(posts, posts[1:]):
        for y in (0.45, 0.85):
            m.log((ax, height(ax, az) + y, az), (bx, height(bx, bz) + y, bz), 0.05, WOOD, WOOD_LIGHT, 5)
    for x, z in posts:
        m.box((x, height(x, z) + 0.45, z), (0.16, 1.3, 0.16), WOOD_DARK)
    # Signposts: at the beach, at the fire. Each board points where something is.
    ways = [("pier", PIER_X, PIER_Z0), ("stage", *STAGE), ("workshop", *WORKSHOP), ("lighthouse", *LIGHTHOUSE)]
    for x, z, shown in [(3.4, 5.6, ways), (-3.4, 14.2, ways[1:]), (-8.6, -0.8, ways[1:])]:
        y = height(x, z)
        m.box((x, y + 1.2, z), (0.14, 2.7, 0.14), WOOD_DARK)
        m.tube((x, y + 2.55, z), 0.12, 0.0, 0.16, 6, RED)
        for n, (_, tx, tz) in enumerate(shown):
            turn = math.atan2(-(tz - z), tx - x)
            yy = 2.25 - 0.34 * n
            m.box((x + 0.42 * math.cos(turn), y + yy, z - 0.42 * math.sin(turn)), (0.95, 0.26, 0.06), WOOD_LIGHT, turn, 0.85, vary=n + 3)
            tip = [placed(p, (x, y + yy, z), turn) for p in ((0.89, -0.13, 0.03), (1.09, 0.0, 0.03), (0.89, 0.13, 0.03), (0.89, -0.13, -0.03), (1.09, 0.0, -0.03), (0.89, 0.13, -0.03))]
            m.tri(tip[0], tip[1], tip[2], WOOD_LIGHT)
            m.tri(tip[4], tip[3], tip[5], WOOD_LIGHT)
    # Flat stones in the paths near the fire, half sunk.
    for i in range(90):
        line = PATHS[int(hash01(i, 151) * len(PATHS))]
        k = int(hash01(i, 152) * (len(line) - 1))
        (ax, az), (bx, bz) = line[k], line[k + 1]
        t, off = hash01(i, 153), 1.5 * (hash01(i, 154) - 0.5)
        dx, dz = bx - ax, bz - az
        n = math.hypot(dx, dz)
        x, z = ax + dx * t - dz / n * off, az + dz * t + dx / n * off
        if math.hypot(x, z) > 2.4 and height(x, z) > 0.7:
            s = 0.20 + 0.20 * hash01(i, 155)
            m.tube((x, height(x, z) - 0.06, z), s * 1.08, s, 0.085, 7, mix(ROCK, PATH, 0.35), mix(ROCK, PATH, 0.35 + 0.3 * hash01(i, 156)), 0.8, 6.3 * hash01(i, 157))
    S.node("path things", "path things")
    S.node("path light-nocol", "path light")
    # A bench above the bay, with the sun in front of it.
    b = S.part("bench")
    for y, zz in ((0.45, -0.12), (0.45, 0.12), (0.78, 0.28), (0.98, 0.33)):
        b.plank((-0.95, y, zz), (0.95, y, zz), 0.2, 0.05, WOOD_LIGHT, (0, 1, 0) if y < 0.5 else (0, 0.2, -1))
    for x in (-0.7, 0.7):
        b.box((x, 0.2, 0), (0.1, 0.46, 0.4), WOOD_DARK)
        b.box((x, 0.7, 0.33), (0.09, 0.66, 0.07), WOOD_DARK, 0, 0.8, -0.15)
    for n, (x, z, fx, fz) in enumerate([(-12.0, 19.5, -6, 40), (26.5, -14.8, 60, 6), (-31.0, -3.2, -80, -30), (3.0, 20.5, 2, 60)]):
        yaw = math.atan2(-(fx - x), -(fz - z))
        y = height(x, z)
        S.node(f"bench {n}", "bench", (x, y, z), yaw)
        for dx in (-0.5, 0.5):
            S.seat(placed((dx, 0, -0.02), (x, y, z), yaw), yaw, 0.48)


def make_sails():
    """A small yacht at the pier, and two far out."""
    m = S.part("yacht", "paint-afloat")
    ribs = [(-3.1, 0.06, 0.62), (-2.2, 0.62, 0.50), (-1.0, 0.92, 0.46), (0.6, 0.98, 0.46), (2.0, 0.80, 0.50), (2.7, 0.62, 0.54)]
    navy, deck = rgb("#2f4b5e"), WOOD_LIGHT
    for (z0, w0, h0), (z1, w1, h1) in zip(ribs, ribs[1:]):
        for side in (-1, 1):
            keel0, keel1 = (0.0, -0.45, z0 * 0.9), (0.0, -0.45, z1 * 0.9)
            edge0, edge1 = (side * w0, h0, z0), (side * w1, h1, z1)
            line0, line1 = (side * w0 * 0.93, h0 - 0.16, z0), (side * w1 * 0.93, h1 - 0.16, z1)
            for a, b, c, d, tone in [(keel0, keel1, line1, line0, navy), (line0, line1, edge1, edge0, WHITE), (edge0, edge1, (0, h1, z1), (0, h0, z0), deck)]:
                quad = (a, b, c, d)
                m.quad(*(quad[::-1] if side > 0 else quad), tone)
    m.quad((-0.62, 0.54, 2.7), (-0.3, -0.2, 2.6), (0.3, -0.2, 2.6), (0.62, 0.54, 2.7), navy)
    m.box((0, 0.68, -0.2), (0.95, 0.44, 1.7), WHITE)
    m.box((0, 0.92, -0.2), (1.02, 0.07, 1.8), deck)
    for side in (-1, 1):
        for z in (-0.6, 0.2):
            m.box((side * 0.48, 0.70, z), (0.03, 0.16, 0.4), rgb("#28343c"))
    m.log((0, 0.5, -0.9), (0, 6.6, -0.9), 0.06, WOOD, WOOD, 6)
    m.log((0, 1.35, -0.9), (0, 1.45, 2.3), 0.05, WOOD, WOOD, 6)
    for k in range(5):
        # The sail is tied along its boom.
        m.stone((0, 1.55, -0.5 + 0.6 * k), (0.13, 0.13, 0.36), WHITE, 870 + k, 1, 0, 0.8)
    m.log((0, 6.5, -0.9), (0, 0.62, -3.1), 0.012, IRON, IRON, 3)
    m.log((0, 6.5, -0.9), (0, 0.55, 2.65), 0.012, IRON, IRON, 3)
    S.node("yacht", "yacht", (PIER_X + 5.6, 0.0, 51.5), 0.08)
    far = S.part("far sails", "far")
    for i, (a, r) in enumerate([(1.05, 150), (2.9, 230), (0.35, 300)]):
        x, z = r * math.cos(a), r * math.sin(a)
        far.box((x, 0.4, z), (1.4, 1.0, 5.0), WHITE, a)
        dx, dz = math.cos(a + 1.57), -math.sin(a + 1.57)
        for flip in (1, -1):
            p = [(x, 1.4, z), (x - dx * 2.6, 1.6, z - dz * 2.6), (x, 9.5, z)]
            far.tri(*(p if flip > 0 else p[::-1]), rgb("#f4e6cc"))
            p = [(x + dx * 0.3, 1.4, z + dz * 0.3), (x + dx * 2.4, 1.5, z + dz * 2.4), (x + dx * 0.2, 8.2, z + dz * 0.2)]
            far.tri(*(p if flip > 0 else p[::-1]), rgb("#e9d3b0"))
    S.node("far sails-nocol", "far sails")


def make_gulls():
    m = S.part("gull", "gull-wings")
    m.wind = 0.0
    body, grey = rgb("#f3efe6"), rgb("#a9adb2")
    m.stone((0, 0, 0), (0.08, 0.07, 0.30), body, 880, 1, 0, 0.8)
    m.tri((0, 0.0, -0.30), (0.03, -0.01, -0.27), (0, -0.01, -0.40), rgb("#e5a53c"))
    for side in (-1, 1):
        inner = [(side * 0.05, 0.03, -0.12), (side * 0.05, 0.03, 0.12), (side * 0.42, 0.10, 0.08), (side * 0.42, 0.10, -0.10)]
        outer = [inner[3], inner[2], (side * 0.86, 0.04, 0.12)]
        def corner(p, c):
            m.wind = min(1.0, (abs(p[0]) - 0.05) / 0.81) if abs(p[0]) > 0.06 else 0.0
            return m.vertex(p, c)
        for tri in ((inner[0], inner[1], inner[2]), (inner[0], inner[2], inner[3]), outer):
            ids = [corner(p, body if abs(p[0]) < 0.5 else grey) for p in tri]
            m.triangles.append(ids if side > 0 else ids[::-1])
    for i, (x, y, z) in enumerate([(-18, 15, 44), (6, 19, 50), (30, 17, 8), (20, 24, -30), (-40, 18, 14), (-14, 22, 30), (44, 14, 36)]):
        S.node(f"gull {i}-nocol", "gull", (x, y, z), 0.0, 1.25)


def make_ground():
    """Small triangles where people walk, none where the sea is deep; the light on it is smooth."""
    m = S.part("ground", "matte", smooth=True)
    cells, step = 126, 1.22
    half = cells * step / 2
    heights = {}
    for i in range(-1, cells + 2):
        for k in range(-1, cells + 2):
            jx, jz = (hash01(i, k, 51) - 0.5) * 0.4, (hash01(i, k, 52) - 0.5) * 0.4
            x, z = i * step - half + jx, k * step - half + jz
            heights[i, k] = (x, height(x, z), z)

    def coloured(i, k):
        x, y, z = heights[i, k]
        dx = heights[i + 1, k][1] - heights[i - 1, k][1]
        dz = heights[i, k + 1][1] - heights[i, k - 1][1]
        return ground_colour(x, z, y, math.hypot(dx, dz) / (2 * step))

    colours = {key: coloured(*key) for key in heights if 0 <= key[0] <= cells and 0 <= key[1] <= cells}
    for i in range(cells):
        for k in range(cells):
            keys = [(i, k), (i, k + 1), (i + 1, k + 1), (i + 1, k)]
            if max(heights[key][1] for key in keys) < -3.1:
                continue
            a, b, c, d = (heights[key] for key in keys)
            ca, cb, cc, cd = (colours[key] for key in keys)
            # The shorter diagonal follows ridges and valleys.
            if abs(a[1] - c[1]) <= abs(b[1] - d[1]):
                m.tri(a, b, c, [ca, cb, cc])
                m.tri(a, c, d, [ca, cc, cd])
            else:
                m.tri(a, b, d, [ca, cb, cd])
                m.tri(b, c, d, [cb, cc, cd])
    S.node("ground", "ground")


def make_hut(index, x, z, turn, wall, roof):
    """Four by five metres, a door one can walk through, a warm window."""
    m, glow = S.part(f"hut {index}"), S.part(f"hut {index} light", "glow-lamp")
    w, d, h, t = 4.4, 5.2, 2.5, 0.16
    m.box((0, 0.10, 0), (w + 0.5, 0.36, d + 0.5), ROCK, base=0.7)
    m.floor(-w / 2, w / 2, -d / 2, d / 2, 0.284, mix(WOOD, WOOD_LIGHT, 0.4), 0.45)
    # Step in front of the door, low enough to walk up.
    m.box((0, 0.0, d / 2 + 0.55), (1.6, 0.24, 0.7), ROCK, base=0.7)
    f = 0.28

    def wall_x(z0, x0, x1, y0, y1, n):
        m.box(((x0 + x1) / 2, f + (y0 + y1) / 2, z0), (x1 - x0, y1 - y0, t), wall, base=0.8, vary=n + 9 * index)

    def wall_z(x0, z0, z1, y0, y1, n):
        m.box((x0, f + (y0 + y1) / 2, (z0 + z1) / 2), (t, y1 - y0, z1 - z0), wall, base=0.8, vary=n + 9 * index)

    wall_x(-d / 2, -w / 2, w / 2, 0, h, 1)
    wall_x(d / 2, -w / 2, -0.65, 0, h, 2)
    wall_x(d / 2, 0.65, w / 2, 0, h, 2)
    wall_x(d / 2, -0.65, 0.65, 2.15, h, 2)
    for side in (-1, 1):
        sx = side * w / 2
        wall_z(sx, -d / 2, -0.6, 0, h, 3)
        wall_z(sx, 0.6, d / 2, 0, h, 3)
        wall_z(sx, -0.6, 0.6, 0, 0.95, 3)
        wall_z(sx, -0.6, 0.6, 1.85, h, 3)
        glow.box((sx, f + 1.4, 0), (0.05, 0.88, 1.18), rgb("#ffb45a"), base=0.8)
        for zz in (-0.6, 0.0, 0.6):
            m.box((sx, f + 1.4, zz), (t + 0.06, 0.96, 0.07), WOOD_DARK)
        for yy in (0.95, 1.4, 1.85):
            m.box((sx, f + yy, 0), (t + 0.08, 0.07, 1.3), WOOD_DARK)
    for sx in (-w / 2, w / 2):
        for sz in (-d / 2, d / 2):
            m.box((sx, f + h / 2, sz), (0.26, h, 0.26), WOOD_DARK)
    for sx in (-0.72, 0.72):
        m.box((sx, f + 1.1, d / 2), (0.14, 2.2, 0.26), WOOD_DARK)
    m.box((0, f + 2.2, d / 2), (1.6, 0.14, 0.26), WOOD_DARK)
    # The door stands open.
    m.box((-0.66 - 0.5, f + 1.06, d / 2 + 0.55), (0.07, 2.1, 1.15), shade(roof, 0.9), 0.85)
    # Gables and roof of boards.
    rise, over = 1.75, 0.55
    for sz in (-d / 2, d / 2):
        k = t / 2
        a, b, c = (-w / 2, f + h, sz), (w / 2, f + h, sz), (0, f + h + rise, sz)
        lift = lambda p, o: (p[0], p[1], p[2] + o)
        m.tri(lift(a, k), lift(b, k), lift(c, k), shade(wall, 0.95))
        m.tri(lift(b, -k), lift(a, -k), lift(c, -k), shade(wall, 0.8))
    roof_of_boards(m, w, d, f + h, rise, over, 6, lambda n, side: shade(roof, 0.86 + 0.28 * hash01(index, n, side + 5)))
    m.box((0, f + h + rise + 0.13, 0), (0.3, 0.14, d + 2 * over + 0.1), shade(roof, 0.75))
    m.box((w / 4, f + h + rise, -d / 4), (0.6, 1.5, 0.6), ROCK, base=0.7)
    m.box((w / 4, f + h + rise + 0.8, -d / 4), (0.74, 0.14, 0.74), ROCK_DARK)
    # Inside: a table and a bench.
    m.box((-1.0, f + 0.72, -1.2), (1.3, 0.08, 0.8), WOOD_LIGHT)
    for dx in (-0.55, 0.55):
        m.box((-1.0 + dx, f + 0.34, -1.2), (0.09, 0.7, 0.6), WOOD)
    m.box((1.6, f + 0.25, -0.9), (0.5, 0.5, 2.2), WOOD)
    glow.tube((-1.0, f + 0.76, -1.2), 0.07, 0.05, 0.16, 6, rgb("#ffcf7a"), base=1.0)
    y = height(x, z)
    S.light(placed((-1.0, f + 1.5, -0.8), (x, y, z), turn), "#ffb566", 26000, 7)
    S.seat(placed((1.6, f, -0.4), (x, y, z), turn), turn + math.pi / 2, 0.5)
    S.seat(placed((1.6, f, -1.4), (x, y, z), turn), turn + math.pi / 2, 0.5)
    S.node(f"hut {index}", f"hut {index}", (x, y, z), turn)
    S.node(f"hut {index} light-nocol", f"hut {index} light", (x, y, z), turn)


def lantern(m, glow, x, y, z, h=2.3, light=True):
    m.box((x, y + h / 2, z), (0.12, h, 0.12), WOOD_DARK)
    m.box((x + 0.18, y + h - 0.05, z), (0.5, 0.08, 0.08), WOOD_DARK)
    m.box((x + 0.36, y + h - 0.16, z), (0.26, 0.05, 0.26), IRON)
    glow.box((x + 0.36, y + h - 0.33, z), (0.17, 0.26, 0.17), rgb("#ffc46b"), base=1.0)
    m.box((x + 0.36, y + h - 0.49, z), (0.22, 0.05, 0.22), IRON)
    if light:
        S.light((x + 0.36, y + h - 0.4, z), "#ffb35c", 30000, 9)


def crate(m, x, y, z, s, turn, seed):
    m.box((x, y + s / 2, z), (s, s, s), WOOD_LIGHT, turn, 0.75, vary=seed)
    for dy in (0.07, s - 0.07):
        m.box((x, y + dy, z), (s + 0.06, 0.12, s + 0.06), WOOD, turn, 0.85)


def make_pier():
    m, glow = S.part("pier"), S.part("pier light", "glow-lamp")
    n, z = 0, PIER_Z0 - 3.0
    while z < PIER_Z1:
        wide = 3.2 if z < PIER_Z1 - 7 else 7.5
        jut = 0.12 * (hash01(n, 81) - 0.5)
        m.box((PIER_X + jut, PIER_Y - 0.06 + 0.02 * hash01(n, 82), z), (wide, 0.12, 0.46), WOOD_LIGHT, 0.02 * (hash01(n, 83) - 0.5), 0.8, vary=n + 1)
        z, n = z + 0.5, n + 1
    # A ramp of earth and boards from the beach up to the deck.
    m.box((PIER_X, PIER_Y - 0.36, PIER_Z0 - 4.7), (3.2, 0.14, 3.6), WOOD, tilt=-0.17)
    for i, zz in enumerate(range(int(PIER_Z0), int(PIER_Z1), 4)):
        half = 1.55 if zz < PIER_Z1 - 7 else 3.6
        for side in (-1, 1):
            tall = 0.95 if i % 2 else 0.3
            m.tube((PIER_X + side * half, -4.2, zz), 0.17, 0.15, 4.2 + PIER_Y + tall, 7, WOOD_DARK, WOOD, 0.5)
        m.box((PIER_X, PIER_Y - 0.22, zz), (2 * half, 0.2, 0.22), WOOD_DARK)
        if i % 2 and zz < PIER_Z1 - 9:
            for side in (-1, 1):
                for k in range(6):
                    drop = lambda t: PIER_Y + 0.85 - 0.45 * math.sin(math.pi * t)
                    x = PIER_X + side * half
                    m.log((x, drop(k / 6), zz + 8 * k / 6), (x, drop((k + 1) / 6), zz + 8 * (k + 1) / 6), 0.035, ROPE, ROPE, 4)
    for x, z in [(PIER_X - 1.45, PIER_Z0 + 2), (PIER_X - 1.45, PIER_Z0 + 12), (PIER_X - 3.5, PIER_Z1 - 0.6), (PIER_X + 3.1, PIER_Z1 - 0.6)]:
        lantern(m, glow, x, PIER_Y, z)
    for i, (x, y, z, s, t) in enumerate([(-8.6, 0, 50.2, 0.9, 0.2), (-8.5, 0, 51.4, 0.9, 0.5), (-8.5, 0.9, 50.7, 0.8, 0.9), (-3.4, 0, 49.9, 0.8, 0.3), (-3.3, 0, 51.0, 1.0, 0.1), (-3.0, 0, 52.4, 1.25, 0.4)]):
        crate(m, x, PIER_Y + y, z, s, t, 90 + i)
    for x, z in [(-4.7, 53.6), (-4.1, 53.9)]:
        m.tube((x, PIER_Y, z), 0.30, 0.30, 0.85, 9, WOOD, WOOD_LIGHT)
        for yy in (0.12, 0.62):
            m.tube((x, PIER_Y + yy, z), 0.325, 0.325, 0.09, 9, IRON)
    S.node("pier", "pier")
    S.node("pier light-nocol", "pier light")
    # A rowing boat beside it, and one drawn up on the beach.
    boat = S.part("boat", "paint-afloat")
    ribs = [(-2.0, 0.05, 0.55), (-1.2, 0.62, 0.42), (0.0, 0.80, 0.38), (1.1, 0.66, 0.42), (2.1, 0.08, 0.66)]
    for (z0, w0, h0), (z1, w1, h1) in zip(ribs, ribs[1:]):
        for side in (-1, 1):
            keel0, keel1 = (0.0, -0.12, z0 * 0.9), (0.0, -0.12, z1 * 0.9)
            bilge0, bilge1 = (side * w0 * 0.72, 0.0, z0), (side * w1 * 0.72, 0.0, z1)
            edge0, edge1 = (side * w0, h0, z0), (side * w1, h1, z1)
            for a, b, c, d, tone in [(keel0, keel1, bilge1, bilge0, shade(ROOF_BLUE, 0.7)), (bilge0, bilge1, edge1, edge0, WHITE)]:
                quad = (a, b, c, d) if side > 0 else (d, c, b, a)
                boat.quad(*quad[::-1], tone)
                inner = [(p[0] * 0.94, p[1] + 0.03, p[2]) for p in quad]
                boat.quad(*inner, shade(WOOD_LIGHT, 0.8))
            boat.log(edge0, edge1, 0.05, RED, RED, 5)
    for z in (-0.9, 0.5):
        boat.box((0, 0.26, z), (1.2, 0.06, 0.3), WOOD_LIGHT)
    boat.log((-1.3, 0.5, 0.9), (0.4, 0.34, -1.1), 0.03, WOOD_LIGHT, WOOD_LIGHT, 5)
    ashore = S.part("boat ashore", "paint")
    ashore.add(boat)
    S.node("boat afloat", "boat", (PIER_X + 3.4, 0.02, 38.0), 0.12)
    S.node("boat afloat 2", "boat", (PIER_X - 5.9, 0.02, 53.0), 1.45)
    x, z = -16.0, 25.5
    S.node("boat ashore", "boat ashore", (x, height(x, z) + 0.16, z), 2.3)


def make_lookout():
    """A platform on posts with a ramp: to run up, to jump from."""
    m, glow = S.part("lookout"), S.part("lookout light", "glow-lamp")
    top = 2.7
    for x in (-1.9, 1.9):
        for z in (-1.9, 1.9):
            m.box((x, top / 2 + 0.4, z), (0.24, top + 1.9, 0.24), WOOD_DARK)
    for n in range(9):
        m.box((-1.84 + 0.46 * n, top, 0), (0.42, 0.14, 4.2), WOOD_LIGHT, vary=n + 1)
    for a, b in [((-1.9, -1.9), (1.9, -1.9)), ((-1.9, -1.9), (-1.9, -0.55)), ((-1.9, 0.55), (-1.9, 1.9)), ((-1.9, 1.9), (1.9, 1.9))]:
        for y in (0.55, 1.05):
            m.log((a[0], top + y, a[1]), (b[0], top + y, b[1]), 0.06, WOOD, WOOD_LIGHT, 6)
    length, run = 6.2, 5.6
    m.box((1.9 + run / 2, top / 2 + 0.02, 0), (1.5, 0.14, length), WOOD, math.pi / 2, 0.8, math.atan2(top, run))
    for n in range(9):
        k = (n + 0.5) / 9
        m.box((1.9 + run * k, top * (1 - k) + 0.12, 0), (1.5, 0.06, 0.12), WOOD_DARK, math.pi / 2, 0.8, math.atan2(top, run))
    for n, (x, z, y, s) in enumerate([(0.2, 3.2, 0.0, 0.95), (1.3, 3.3, 0.0, 1.0), (0.9, 3.2, 0.98, 0.8)]):
        crate(m, x, y, z, s, 0.3 * n, 120 + n)
    lantern(m, glow, -1.75, top, 1.75, 1.9, light=False)
    m.box((0.0, top + 0.28, -1.55), (2.2, 0.1, 0.45), WOOD_LIGHT)
    for dx in (-0.9, 0.9):
        m.box((dx, top + 0.16, -1.55), (0.12, 0.2, 0.4), WOOD_DARK)
    turn = -0.25
    y = height(*LOOKOUT)
    where = (LOOKOUT[0], y, LOOKOUT[1])
    S.light(placed((-1.39, top + 1.6, 1.75), where, turn), "#ffb35c", 26000, 8)
    S.ladder(placed((-2.16, 0.0, 0.0), where, turn), turn - math.pi / 2, top + 0.07)
    for dx in (-0.6, 0.0, 0.6):
        S.seat(placed((dx, top + 0.07, -1.5), where, turn), turn + math.pi, 0.26)
    S.node("lookout", "lookout", (LOOKOUT[0], y, LOOKOUT[1]), turn)
    S.node("lookout light-nocol", "lookout light", (LOOKOUT[0], y, LOOKOUT[1]), turn)




HEAD = '''
// The world that comes with Holm. Written by make.py beside this file, geometry and all; the format is explained
// at the top of game/src/world/scene.rs and in docs/worlds.md.
World(
    version: 1,
    name: "Harbour",
    licence: "CC0-1.0",
    spawns: [
        (at: (-6.5, 2.5, 11.5), facing_degrees: -42),
    ],
    moments: [
        (name: "Evening", environment: (
            sun: (azimuth_degrees: 294, elevation_degrees: 13, colour: "#ffc285", lux: 11500),
            ambient: (colour: "#cfd6ee", brightness: 1000),
            sky: (zenith: "#37699f", horizon: "#f6bd84", nadir: "#3a5a66", clouds: 0.4, stars: 0.12),
            haze: 620,
            lamps: 1,
            water: (level: 0, colour: "#17505eee"),
        )),
        (name: "Day", environment: (
            sun: (azimuth_degrees: 218, elevation_degrees: 47, colour: "#fff3dc", lux: 12500),
            ambient: (colour: "#d4e6ff", brightness: 1350),
            sky: (zenith: "#2b78c8", horizon: "#bfe0f2", nadir: "#6fa6b8", clouds: 0.42),
            haze: 800,
            lamps: 0,
            water: (level: 0, colour: "#1a7f95e6"),
        )),
        (name: "Night", environment: (
            sun: (azimuth_degrees: 150, elevation_degrees: 38, colour: "#9fb8e8", lux: 1500),
            ambient: (colour: "#9fb2e0", brightness: 330),
            sky: (zenith: "#0b1a38", horizon: "#2a4568", nadir: "#0e1a2a", clouds: 0.3, stars: 1),
            haze: 520,
            lamps: 1,
            water: (level: 0, colour: "#0a2233f4"),
        )),
    ],
    fall_below: -12,
'''


def make_sounds():
    """What the island sounds like, and what its floors do underfoot: boards, stone, grass, and sand where nothing is said
    near the water."""
    S.sound("Surf")
    S.sound("Sea", gain=0.5)
    S.sound("Wind", gain=0.45)
    S.sound("Birds", gain=0.6)
    S.sound("Gulls", gain=0.7)
    S.sound("Crickets", gain=0.7)
    S.sound("Lighthouse", (LIGHTHOUSE[0], 20.6, LIGHTHOUSE[1]), 14, 0.5)
    S.underfoot("Wood", (PIER_X, 0.3, 34.4), (3.4, 1.8, 27.2))
    S.underfoot("Wood", (PIER_X, 0.3, 51.6), (7.8, 1.8, 7.6))
    S.underfoot("Wood", (STAGE[0], height(-14.4, 7.6) + 0.35, STAGE[1]), (8, 1.6, 8))
    S.underfoot("Wood", (LOOKOUT[0], height(*LOOKOUT) + 2.6, LOOKOUT[1]), (5.4, 1.6, 5.4))
    for x, z, *_ in HUTS:
        S.underfoot("Wood", (x, height(x, z) + 0.2, z), (5.6, 1.6, 5.6))
    S.underfoot("Stone", (WORKSHOP[0], height(*WORKSHOP) + 0.08, WORKSHOP[1]), (9, 1.6, 9))
    S.underfoot("Stone", (LIGHTHOUSE[0], height(*LIGHTHOUSE) + 0.1, LIGHTHOUSE[1]), (7.6, 24, 7.6))
    S.underfoot("Grass", (0, 1, 0), (200, 60, 200))


def main():
    make_trees()
    make_fire()
    for index, hut in enumerate(HUTS):
        make_hut(index, *hut)
    make_lighthouse()
    make_stage()
    make_workshop()
    make_pier()
    make_sails()
    make_lookout()
    make_path_things()
    scatter()
    make_gulls()
    make_ground()
    make_sounds()
    bake(S, skip=("skerries", "far sails", "tuft 0", "tuft 1", "tuft 2", "reed", "flowers 0", "flowers 1", "flowers 2", "flowers 3"))
    finish(S, HERE, "harbour", "Harbour", HEAD)


if __name__ == "__main__":
    main()
