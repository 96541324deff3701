#!/usr/bin/env python3
"""Makes harbour.glb: the island of the world that comes with Holm.

Pure Python 3, no packages. The same bytes on every run and machine: the only randomness is the integer
hash below, and every coordinate is rounded to 1/512 m before it is written, so that the last digit of a
machine's sine does not matter. Run it after a change and commit what it writes:

    python3 assets/worlds/harbour/make.py            # writes harbour.glb beside this file
    python3 assets/worlds/harbour/make.py --check    # fails if harbour.glb is not what it would write

Metres, y up, -z is north, +x is east. Colours are written as on the web and stored linear. No textures:
each vertex has a colour, faces are flat (no normals are stored; readers make flat ones), and what would be
soft shadow in a corner is mixed into the colours here. Names ending in -nocol are not solid.

Licence: CC0-1.0.
"""

import json
import math
import os
import struct
import sys

# --- numbers that look random -------------------------------------------------------------------------


def hash01(*keys):
    """0..1 from integers, the same everywhere."""
    h = 0x9E3779B9
    for key in keys:
        h ^= (key * 0x85EBCA6B) & 0xFFFFFFFF
        h = ((h ^ (h >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
        h = ((h ^ (h >> 15)) * 0x846CA68B) & 0xFFFFFFFF
        h ^= h >> 16
    return h / 4294967296.0


def smooth(a, b, x):
    """0 below a, 1 above b, soft between; a may be larger than b."""
    t = min(1.0, max(0.0, (x - a) / (b - a)))
    return t * t * (3.0 - 2.0 * t)


def noise(x, z, seed):
    """Value noise, -1..1, one bump a metre."""
    ix, iz = math.floor(x), math.floor(z)
    fx, fz = smooth(0, 1, x - ix), smooth(0, 1, z - iz)
    corner = lambda dx, dz: hash01(ix + dx + 4096, iz + dz + 4096, seed)
    low = corner(0, 0) * (1 - fx) + corner(1, 0) * fx
    high = corner(0, 1) * (1 - fx) + corner(1, 1) * fx
    return 2.0 * (low * (1 - fz) + high * fz) - 1.0


# --- colours ------------------------------------------------------------------------------------------


def rgb(text):
    """#rrggbb to linear."""
    out = []
    for i in (1, 3, 5):
        v = int(text[i : i + 2], 16) / 255.0
        out.append(v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4)
    return tuple(out)


def mix(a, b, t):
    return tuple(x + (y - x) * t for x, y in zip(a, b))


def shade(a, f):
    return tuple(x * f for x in a)


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
PATHS = [
    [(-6.0, 28.0), (-5.5, 16.0), (-2.0, 6.0), (0.0, 0.0)],
    [(0.0, 0.0), (6.0, -6.0), (13.0, -10.0), (18.0, -16.0), (21.5, -18.5)],
    [(0.0, 0.0), (-8.0, -3.0), (-17.0, -5.0), (-23.5, -7.5)],
    [(0.0, 0.0), (7.0, 4.0), (12.0, 9.0)],
    [(-8.0, -3.0), (-12.0, -10.0)],
]
HUTS = [  # x, z, turn, wall colour, roof colour
    (13.5, -3.5, -1.9, WHITE, ROOF),
    (-13.5, -12.5, 0.75, rgb("#d9b98a"), ROOF_BLUE),
    (14.5, 12.0, -2.45, rgb("#c96f4f"), rgb("#6d4a35")),
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
    for fx, fz, inner, outer in [(0.0, 0.0, 6.5, 12.0), (*LIGHTHOUSE, 4.5, 7.0), (*LOOKOUT, 3.0, 5.0)] + [
        (hut[0], hut[1], 3.8, 7.0) for hut in HUTS
    ]:
        d = math.hypot(x - fx, z - fz)
        if d < outer:
            h += (raw_height(fx, fz) - h) * smooth(outer, inner, d)
    return h - 0.10 * smooth(1.7, 0.9, to_path(x, z)) * smooth(0.3, 0.8, h)


SHADOWS = []  # x, z, radius, strength: contact shadow painted on the ground


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
    fire = math.hypot(x - FIRE[0], z - FIRE[1])
    c = mix(c, mix(PATH, EARTH, 0.5), smooth(5.4, 3.6, fire + 0.4 * fine))
    c = mix(c, rgb("#3b322b"), 0.8 * smooth(1.6, 0.6, fire))
    c = shade(c, 1.0 + 0.07 * fine)
    for sx, sz, radius, strength in SHADOWS:
        d = math.hypot(x - sx, z - sz)
        if d < radius:
            c = shade(c, 1.0 - strength * smooth(radius, radius * 0.35, d))
    return c


# --- meshes -------------------------------------------------------------------------------------------


def q(v):
    return round(v * 512.0) / 512.0


class Mesh:
    def __init__(self):
        self.index, self.positions, self.colours, self.triangles = {}, [], [], []

    def vertex(self, p, c):
        p = tuple(q(v) for v in p)
        c = tuple(int(round(min(1.0, max(0.0, v)) * 65535.0)) & 0xFFF0 for v in c)
        key = (p, c)
        if key not in self.index:
            self.index[key] = len(self.positions)
            self.positions.append(p)
            self.colours.append(c)
        return self.index[key]

    def tri(self, a, b, c, colour):
        """Anticlockwise from outside; colour is one, or one for each corner."""
        colours = colour if isinstance(colour, list) else [colour] * 3
        t = [self.vertex(p, k) for p, k in zip((a, b, c), colours)]
        if len(set(t)) == 3:
            self.triangles.append(t)

    def quad(self, a, b, c, d, colour):
        colours = colour if isinstance(colour, list) else [colour] * 4
        self.tri(a, b, c, [colours[0], colours[1], colours[2]])
        self.tri(a, c, d, [colours[0], colours[2], colours[3]])

    def add(self, other, place=(0, 0, 0), turn=0.0, scale=1.0):
        s, c = math.sin(turn), math.cos(turn)
        for t in other.triangles:
            ids = []
            for i in t:
                x, y, z = (v * scale for v in other.positions[i])
                p = (place[0] + x * c + z * s, place[1] + y, place[2] - x * s + z * c)
                ids.append(self.vertex(p, tuple(v / 65535.0 for v in other.colours[i])))
            if len(set(ids)) == 3:
                self.triangles.append(ids)

    def box(self, centre, size, colour, turn=0.0, base=0.78, tilt=0.0, vary=0):
        """A box; its lower edges are darker by `base`. Turned about y, then tilted about its own x."""
        hx, hy, hz = (v / 2.0 for v in size)
        s, c = math.sin(turn), math.cos(turn)
        ts, tc = math.sin(tilt), math.cos(tilt)
        if vary:
            colour = shade(colour, 0.9 + 0.2 * hash01(vary, 77))

        def p(x, y, z):
            x, y, z = x * hx, y * hy, z * hz
            y, z = y * tc - z * ts, y * ts + z * tc
            return (centre[0] + x * c + z * s, centre[1] + y, centre[2] - x * s + z * c)

        low, high = shade(colour, base), colour
        side = [low, low, high, high]
        self.quad(p(-1, -1, 1), p(1, -1, 1), p(1, 1, 1), p(-1, 1, 1), side)
        self.quad(p(1, -1, -1), p(-1, -1, -1), p(-1, 1, -1), p(1, 1, -1), side)
        self.quad(p(1, -1, 1), p(1, -1, -1), p(1, 1, -1), p(1, 1, 1), side)
        self.quad(p(-1, -1, -1), p(-1, -1, 1), p(-1, 1, 1), p(-1, 1, -1), side)
        self.quad(p(-1, 1, 1), p(1, 1, 1), p(1, 1, -1), p(-1, 1, -1), shade(high, 1.04))
        self.quad(p(-1, -1, -1), p(1, -1, -1), p(1, -1, 1), p(-1, -1, 1), low)

    def tube(self, foot, r0, r1, h, sides, colour, top=None, base=0.8, turn=0.0, cap=True):
        """An upright tube from radius r0 to r1; r1 = 0 is a cone."""
        top = top or colour
        low = shade(colour, base)

        def p(i, r, y):
            a = turn + math.tau * i / sides
            return (foot[0] + r * math.cos(a), foot[1] + y, foot[2] - r * math.sin(a))

        for i in range(sides):
            if r1 > 0:
                self.quad(p(i, r0, 0), p(i + 1, r0, 0), p(i + 1, r1, h), p(i, r1, h), [low, low, top, top])
                if cap:
                    self.tri(p(i, r1, h), p(i + 1, r1, h), p(0, 0, h), shade(top, 1.03))
            else:
                self.tri(p(i, r0, 0), p(i + 1, r0, 0), p(0, 0, h), [low, low, top])
            if cap:
                self.tri(p(i + 1, r0, 0), p(i, r0, 0), p(0, 0, 0), shade(low, 0.8))

    def log(self, a, b, r, colour, end, sides=8):
        """A round beam from a to b."""
        ax = [b[i] - a[i] for i in range(3)]
        n = math.sqrt(sum(v * v for v in ax))
        ax = [v / n for v in ax]
        up = (0, 1, 0) if abs(ax[1]) < 0.9 else (1, 0, 0)
        u = [ax[1] * up[2] - ax[2] * up[1], ax[2] * up[0] - ax[0] * up[2], ax[0] * up[1] - ax[1] * up[0]]
        m = math.sqrt(sum(v * v for v in u))
        u = [v / m for v in u]
        w = [ax[1] * u[2] - ax[2] * u[1], ax[2] * u[0] - ax[0] * u[2], ax[0] * u[1] - ax[1] * u[0]]

        def p(o, i):
            k, s = r * math.cos(math.tau * i / sides), r * math.sin(math.tau * i / sides)
            return tuple(o[j] + u[j] * k + w[j] * s for j in range(3))

        for i in range(sides):
            c = [shade(colour, 0.75 + 0.25 * max(0.0, (p(a, k)[1] - a[1]) / r * 0.5 + 0.5)) for k in (i, i + 1)]
            self.quad(p(a, i), p(a, i + 1), p(b, i + 1), p(b, i), [c[0], c[1], c[1], c[0]])
            self.tri(p(a, i + 1), p(a, i), tuple(a), end)
            self.tri(p(b, i), p(b, i + 1), tuple(b), end)

    def stone(self, centre, size, colour, seed, rings=1, flat=0.0, dark=0.62):
        """A lumpy ball: an icosahedron, divided, every corner moved in or out."""
        g = (1 + math.sqrt(5)) / 2
        v = [(-1, g, 0), (1, g, 0), (-1, -g, 0), (1, -g, 0), (0, -1, g), (0, 1, g), (0, -1, -g), (0, 1, -g)]
        v += [(g, 0, -1), (g, 0, 1), (-g, 0, -1), (-g, 0, 1)]
        f = [(0, 11, 5), (0, 5, 1), (0, 1, 7), (0, 7, 10), (0, 10, 11), (1, 5, 9), (5, 11, 4), (11, 10, 2)]
        f += [(10, 7, 6), (7, 1, 8), (3, 9, 4), (3, 4, 2), (3, 2, 6), (3, 6, 8), (3, 8, 9), (4, 9, 5)]
        f += [(2, 4, 11), (6, 2, 10), (8, 6, 7), (9, 8, 1)]
        unit = lambda p: tuple(x / math.sqrt(sum(y * y for y in p)) for x in p)
        faces = [tuple(unit(v[i]) for i in t) for t in f]
        for _ in range(rings):
            more = []
            for a, b, c in faces:
                ab, bc, ca = (unit(tuple((x + y) / 2 for x, y in zip(*e))) for e in ((a, b), (b, c), (c, a)))
                more += [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
            faces = more

        def p(d):
            k = [int(round(x * 64)) + 128 for x in d]
            r = 0.82 + 0.36 * hash01(*k, seed)
            y = max(d[1] * r, -1 + flat)
            return (centre[0] + size[0] * d[0] * r, centre[1] + size[1] * y, centre[2] + size[2] * d[2] * r)

        for a, b, c in faces:
            level = (a[1] + b[1] + c[1]) / 3
            tone = dark + (1 - dark) * smooth(-0.7, 0.75, level)
            tone *= 0.94 + 0.12 * hash01(int(a[0] * 99) + 200, int(b[1] * 99) + 200, int(c[2] * 99) + 200, seed)
            self.tri(p(a), p(b), p(c), shade(colour, tone))


def shadow(x, z, radius, strength=0.35):
    SHADOWS.append((x, z, radius, strength))


# --- things -------------------------------------------------------------------------------------------

MESHES = {}  # name -> (material, Mesh)
NODES = []  # name, mesh, place, turn, scale


def part(name, material="matte"):
    mesh = Mesh()
    MESHES[name] = (material, mesh)
    return mesh


def node(name, mesh, place=(0, 0, 0), turn=0.0, scale=1.0):
    NODES.append((name, mesh, place, turn, scale))


def make_trees():
    for kind in range(2):
        trunk, crown = part(f"pine trunk {kind}"), part(f"pine crown {kind}")
        trunk.tube((0, -0.4, 0), 0.24, 0.12, 2.6, 6, WOOD_DARK, WOOD, 0.6)
        y, r = 1.25, 1.75 + 0.2 * kind
        for ring in range(4):
            tone = mix(PINE, PINE_LIGHT, ring / 3.0)
            wob = 0.10 * (hash01(kind, ring, 5) - 0.5)
            crown.tube((wob, y, -wob), r, 0.0, 1.75, 9, shade(tone, 0.95), shade(tone, 1.18), 0.62, 0.7 * ring)
            y, r = y + 0.92 + 0.06 * kind, r * 0.76
    for kind, (a, b) in enumerate([(LEAF, LEAF_LIGHT), (AUTUMN, rgb("#e2b04e"))]):
        trunk, crown = part(f"tree trunk {kind}"), part(f"tree crown {kind}")
        trunk.tube((0, -0.4, 0), 0.28, 0.15, 2.5, 6, WOOD_DARK, WOOD, 0.6)
        trunk.log((0, 1.5, 0), (0.75, 2.5, 0.35), 0.09, WOOD, WOOD, 5)
        for n, (x, y, z, r) in enumerate([(0, 3.1, 0, 1.45), (0.95, 2.75, 0.45, 0.95), (-0.85, 2.8, -0.4, 0.95), (0.1, 4.0, -0.25, 0.9)]):
            crown.stone((x, y, z), (r, r * 0.86, r), mix(a, b, 0.2 + 0.25 * n), 40 + 9 * kind + n, 1, 0.25, 0.55)
    bush = part("bush")
    bush.stone((0, 0.25, 0), (0.6, 0.5, 0.6), LEAF, 71, 1, 0.4, 0.5)
    bush.stone((0.45, 0.18, 0.2), (0.4, 0.34, 0.4), LEAF_LIGHT, 72, 1, 0.4, 0.5)
    tuft = part("tuft")
    for n in range(7):
        a, lean = math.tau * n / 7 + hash01(n, 3), 0.10 + 0.16 * hash01(n, 4)
        x, z, h = 0.09 * math.cos(a), 0.09 * math.sin(a), 0.26 + 0.2 * hash01(n, 9)
        tip = (x + lean * math.cos(a), h, z + lean * math.sin(a))
        s = (0.03 * math.sin(a), -0.03 * math.cos(a))
        tone = [shade(MEADOW, 0.75), shade(MEADOW, 0.75), GRASS_LIGHT]
        left, right = (x + s[0], -0.03, z + s[1]), (x - s[0], -0.03, z - s[1])
        tuft.tri(left, right, tip, tone)
        tuft.tri(right, left, tip, [tone[1], tone[0], tone[2]])
    for kind, petal in enumerate([rgb("#e8d35a"), rgb("#d96a5b"), rgb("#ece4f2")]):
        flower = part(f"flower {kind}")
        flower.tube((0, 0, 0), 0.012, 0.012, 0.26, 3, MEADOW, cap=False)
        flower.tube((0, 0.25, 0), 0.02, 0.075, 0.05, 6, shade(petal, 0.8), petal)


def scatter():
    """Trees, bushes, stones and flowers where they would grow."""
    taken = [(FIRE[0], FIRE[1], 7.5), (*LIGHTHOUSE, 7.0), (*LOOKOUT, 6.0), (-6, 10, 6.5)]
    taken += [(hut[0], hut[1], 5.2) for hut in HUTS]

    def free(x, z, r):
        return all(math.hypot(x - a, z - b) > r + c for a, b, c in taken)

    n = 0
    for i in range(2600):
        x, z = (hash01(i, 11) - 0.5) * 100, (hash01(i, 12) - 0.5) * 100
        h = height(x, z)
        grove = noise(x / 12.0, z / 12.0, 8) + 0.35 * smooth(8, -30, z) + 0.3 * smooth(-10, -34, x)
        if h < 1.25 or grove < 0.18 or to_path(x, z) < 2.6 or not free(x, z, 1.2):
            continue
        # The way the arriving eye looks (north-east from the beach) stays open.
        if -3 < x < 20 and -18 < z < 6 and abs((x + 6) + (z - 10)) < 9:
            continue
        taken.append((x, z, 1.25))
        pine = h > 3.2 or hash01(i, 14) < 0.5
        kind = int(hash01(i, 15) < (0.5 if pine else 0.3))
        size = 0.85 + 0.6 * hash01(i, 16)
        turn = math.tau * hash01(i, 17)
        name = f"{'pine' if pine else 'tree'}"
        node(f"{name} {n}", f"{name} trunk {kind}", (x, h, z), turn, size)
        node(f"{name} {n} crown-nocol", f"{name} crown {kind}", (x, h, z), turn, size)
        shadow(x, z, 1.9 * size, 0.42)
        n += 1
        if n == 92:
            break
    for i in range(46):
        for k in range(30):
            x, z = (hash01(i, k, 21) - 0.5) * 96, (hash01(i, k, 22) - 0.5) * 96
            h = height(x, z)
            if h > 1.2 and to_path(x, z) > 1.8 and free(x, z, 0.6):
                taken.append((x, z, 0.5))
                node(f"bush {i}-nocol", "bush", (x, h - 0.08, z), math.tau * hash01(i, 23), 0.8 + 0.7 * hash01(i, 24))
                shadow(x, z, 0.9, 0.35)
                break
    for i in range(420):
        x, z = (hash01(i, 31) - 0.5) * 92, (hash01(i, 32) - 0.5) * 92
        h = height(x, z)
        if h > 1.25 and to_path(x, z) > 1.5 and free(x, z, -0.6):
            turn, roll = math.tau * hash01(i, 33), hash01(i, 34)
            if roll < 0.72:
                node(f"tuft {i}-nocol", "tuft", (x, h, z), turn, 0.8 + 0.8 * hash01(i, 35))
            else:
                node(f"flower {i}-nocol", f"flower {int(roll * 97) % 3}", (x, h, z), turn, 0.9 + 0.5 * hash01(i, 36))
    rocks = part("rocks")
    for i in range(64):
        a = math.tau * hash01(i, 41)
        r = 40 + 26 * hash01(i, 42)
        x, z = r * math.cos(a), r * math.sin(a)
        h = height(x, z)
        if h > 1.1 or (abs(x - PIER_X) < 7 and z > 18):
            continue
        s = 0.5 + 1.9 * hash01(i, 43) ** 2 + (0.8 if h < -1.0 else 0.0)
        size = (s * (0.8 + 0.5 * hash01(i, 44)), s * (0.7 + 0.5 * hash01(i, 45)), s)
        y = max(h, -0.9) + 0.15 * s
        rocks.stone((x, y, z), size, mix(ROCK, ROCK_DARK, hash01(i, 46)), 300 + i, 1)
        shadow(x, z, s * 1.5, 0.3)
    # A trail of stones to jump along, west of the beach, and a stack to climb.
    for i in range(9):
        x, z = -24.0 - 2.35 * i + 0.7 * math.sin(i * 1.9), 30.0 + 1.0 * math.sin(i * 1.3)
        rocks.stone((x, -0.15, z), (1.0, 0.75 + 0.05 * i, 0.95), ROCK, 400 + i, 1, 0.0)
    for i, (x, z, y, s) in enumerate([(29.5, -9.5, 0.2, 1.5), (31.3, -7.6, 0.9, 1.6), (33.6, -7.0, 1.6, 1.8), (35.6, -8.8, 2.4, 1.9)]):
        rocks.stone((x, height(x, z) + y - 0.4, z), (s, s * 0.8, s), mix(ROCK, ROCK_DARK, 0.2 * i), 420 + i, 1)
        shadow(x, z, s * 1.5, 0.35)
    node("rocks", "rocks")
    # Far away, for the eye.
    far = part("skerries")
    for i, (a, r, s) in enumerate([(0.35, 150, 9), (0.42, 158, 6), (2.45, 190, 14), (2.55, 178, 8), (3.9, 170, 10), (5.35, 210, 16), (5.48, 196, 7)]):
        x, z = r * math.cos(a), r * math.sin(a)
        far.stone((x, -0.15 * s, z), (s * 1.5, s * (0.55 + 0.35 * hash01(i, 47)), s), mix(ROCK_DARK, MEADOW, 0.25), 500 + i, 2)
    node("skerries-nocol", "skerries")


def make_hut(index, x, z, turn, wall, roof):
    """Four by five metres, a door one can walk through, a warm window."""
    m, glow = part(f"hut {index}"), part(f"hut {index} light", "glow")
    w, d, h, t = 4.4, 5.2, 2.5, 0.16
    m.box((0, 0.10, 0), (w + 0.5, 0.36, d + 0.5), ROCK, base=0.7)
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
        glow.box((sx, f + 1.4, 0), (0.05, 0.88, 1.18), rgb("#ffb45a"), base=1.0)
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
    slope = math.hypot(w / 2 + over, rise * (w / 2 + over) / (w / 2))
    for side in (-1, 1):
        boards = 6
        for n in range(boards):
            u0, u1 = n / boards, (n + 1.12) / boards
            tone = shade(roof, 0.86 + 0.28 * hash01(index, n, side + 5))

            def p(u, zz, up):
                xx = side * (w / 2 + over) * (1 - u)
                return (xx, f + h + rise - rise * (1 - u) * (w / 2 + over) / (w / 2) + up, zz)

            lift = 0.10 + 0.05 * (1 - (n % 2))
            zz = d / 2 + over
            lo0, lo1, hi0, hi1 = p(u0, zz, lift), p(u0, -zz, lift), p(min(u1, 1.0), zz, lift), p(min(u1, 1.0), -zz, lift)
            bo0, bo1, bi0, bi1 = p(u0, zz, 0), p(u0, -zz, 0), p(min(u1, 1.0), zz, 0), p(min(u1, 1.0), -zz, 0)
            quads = [(lo0, lo1, hi1, hi0, tone), (bo1, bo0, bi0, bi1, shade(tone, 0.5)), (bo0, bo1, lo1, lo0, shade(tone, 0.8)),
                     (bo0, lo0, hi0, bi0, shade(tone, 0.85)), (lo1, bo1, bi1, hi1, shade(tone, 0.85))]
            for a, b, c, e, k in quads:
                if side > 0:
                    m.quad(a, b, c, e, k)
                else:
                    m.quad(e, c, b, a, k)
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
    node(f"hut {index}", f"hut {index}", (x, y, z), turn)
    node(f"hut {index} light-nocol", f"hut {index} light", (x, y, z), turn)
    shadow(x, z, 5.0, 0.4)


def make_lighthouse():
    m, glow = part("lighthouse"), part("lighthouse lamp", "glow")
    sides, y, r = 14, 0.0, 2.5
    m.tube((0, -0.6, 0), 3.3, 3.1, 1.1, sides, ROCK_DARK, ROCK, 0.6)
    y = 0.5
    for n in range(5):
        r2 = r - 0.24
        m.tube((0, y, 0), r, r2, 2.15, sides, RED if n % 2 else WHITE, base=0.9)
        y, r = y + 2.15, r2
    m.tube((0, y, 0), r + 0.75, r + 0.75, 0.22, sides, IRON)
    m.tube((0, y - 0.5, 0), r, r + 0.7, 0.5, sides, IRON, cap=False)
    for n in range(sides):
        a = math.tau * n / sides
        x, z = (r + 0.66) * math.cos(a), -(r + 0.66) * math.sin(a)
        m.box((x, y + 0.7, z), (0.06, 1.0, 0.06), IRON)
        b = math.tau * (n + 1) / sides
        to = ((r + 0.66) * math.cos(b), y + 1.15, -(r + 0.66) * math.sin(b))
        m.log((x, y + 1.15, z), to, 0.04, IRON, IRON, 4)
    glow.tube((0, y + 0.3, 0), 0.72, 0.72, 1.45, 10, rgb("#ffd489"), base=1.0)
    for n in range(8):
        a = math.tau * n / 8
        m.box((0.95 * math.cos(a), y + 1.0, -0.95 * math.sin(a)), (0.08, 1.7, 0.08), IRON, a)
    m.tube((0, y + 1.8, 0), 1.35, 0.0, 1.25, sides, RED, shade(RED, 1.15))
    m.stone((0, y + 3.1, 0), (0.2, 0.2, 0.2), IRON, 3, 0)
    # Door and windows.
    for a, yy, ww, hh in [(-2.35, 1.25, 1.1, 2.0), (-2.35, 5.1, 0.5, 0.8), (-1.2, 7.3, 0.5, 0.8), (-2.35, 9.4, 0.5, 0.8)]:
        rr = 2.52 - 0.24 * (yy - 0.5) / 2.15
        x, z = rr * math.cos(a), -rr * math.sin(a)
        m.box((x, yy, z), (0.22, hh + 0.24, ww + 0.24), WOOD_DARK, a)
        if hh > 1:
            m.box((x * 1.02, yy, z * 1.02), (0.24, hh, ww), ROOF_BLUE, a)
        else:
            glow.box((x * 1.015, yy, z * 1.015), (0.24, hh, ww), rgb("#ffb45a"), a, base=1.0)
    # Steps wind up to a landing half way: a place to jump to, and to look from.
    for n in range(16):
        a = -2.9 - 0.215 * n
        x, z = 3.35 * math.cos(a), -3.35 * math.sin(a)
        m.box((x, 0.18 + 0.30 * n - 0.25, z), (1.35, 0.7, 0.92), ROCK, a, 0.7, vary=n + 1)
    a = -2.9 - 0.215 * 16 - 0.22
    x, z = 3.55 * math.cos(a), -3.55 * math.sin(a)
    m.box((x, 4.72, z), (2.0, 0.3, 2.2), WOOD_LIGHT, a)
    for off in (-1.0, 1.0):
        px, pz = x + 0.8 * math.cos(a) + off * math.sin(a), z - 0.8 * math.sin(a) + off * math.cos(a)
        m.box((px, 2.2, pz), (0.18, 5.2, 0.18), WOOD_DARK, a)
    y0 = height(*LIGHTHOUSE)
    node("lighthouse", "lighthouse", (LIGHTHOUSE[0], y0, LIGHTHOUSE[1]))
    node("lighthouse lamp-nocol", "lighthouse lamp", (LIGHTHOUSE[0], y0, LIGHTHOUSE[1]))
    shadow(*LIGHTHOUSE, 5.5, 0.35)


def make_fire():
    m, glow = part("fire circle"), part("flames", "glow")
    for n in range(13):
        a = math.tau * n / 13
        s = 0.20 + 0.07 * hash01(n, 61)
        m.stone((1.05 * math.cos(a), 0.10, 1.05 * math.sin(a)), (s, s * 0.85, s), mix(ROCK, ROCK_DARK, hash01(n, 62)), 600 + n, 1)
    for n in range(6):
        a = math.tau * n / 6 + 0.2
        m.log((0.72 * math.cos(a), 0.06, 0.72 * math.sin(a)), (0.08 * math.cos(a + 2), 0.72, 0.08 * math.sin(a + 2)), 0.075, WOOD_DARK, rgb("#2a211b"), 6)
    for n, (r, h, c) in enumerate([(0.34, 0.95, "#ff7a1f"), (0.25, 1.15, "#ff9a2e"), (0.15, 0.8, "#ffd36a")]):
        for k in range(3):
            a = math.tau * k / 3 + n
            glow.tube((0.16 * math.cos(a) * (2 - n), 0.08, 0.16 * math.sin(a) * (2 - n)), r * 0.7, 0.0, h * (0.75 + 0.35 * hash01(n, k, 63)), 5, rgb(c), base=1.0, turn=a)
    for n in range(5):
        a = math.tau * n / 5 + 0.65
        x, z = 3.5 * math.cos(a), 3.5 * math.sin(a)
        dx, dz = -math.sin(a), math.cos(a)
        k = 1.0 + 0.2 * hash01(n, 64)
        m.log((x - dx * k, 0.26, z - dz * k), (x + dx * k, 0.26, z + dz * k), 0.28, WOOD, WOOD_LIGHT, 9)
        shadow(x, z, 1.5, 0.35)
    y = height(*FIRE)
    node("fire circle", "fire circle", (FIRE[0], y, FIRE[1]))
    node("flames-nocol", "flames", (FIRE[0], y, FIRE[1]))


def lantern(m, glow, x, y, z, h=2.3):
    m.box((x, y + h / 2, z), (0.12, h, 0.12), WOOD_DARK)
    m.box((x + 0.18, y + h - 0.05, z), (0.5, 0.08, 0.08), WOOD_DARK)
    m.box((x + 0.36, y + h - 0.16, z), (0.26, 0.05, 0.26), IRON)
    glow.box((x + 0.36, y + h - 0.33, z), (0.17, 0.26, 0.17), rgb("#ffc46b"), base=1.0)
    m.box((x + 0.36, y + h - 0.49, z), (0.22, 0.05, 0.22), IRON)


def crate(m, x, y, z, s, turn, seed):
    m.box((x, y + s / 2, z), (s, s, s), WOOD_LIGHT, turn, 0.75, vary=seed)
    for dy in (0.07, s - 0.07):
        m.box((x, y + dy, z), (s + 0.06, 0.12, s + 0.06), WOOD, turn, 0.85)


def make_pier():
    m, glow = part("pier"), part("pier light", "glow")
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
    node("pier", "pier")
    node("pier light-nocol", "pier light")
    # A rowing boat beside it, and one drawn up on the beach.
    boat = part("boat")
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
    node("boat afloat", "boat", (PIER_X + 4.0, 0.0, 38.0), 0.12)
    x, z = -16.0, 25.5
    node("boat ashore", "boat", (x, height(x, z) + 0.16, z), 2.3)
    shadow(x, z, 2.4, 0.4)


def make_lookout():
    """A platform on posts with a ramp: to run up, to jump from."""
    m, glow = part("lookout"), part("lookout light", "glow")
    top = 2.7
    for x in (-1.9, 1.9):
        for z in (-1.9, 1.9):
            m.box((x, top / 2 + 0.4, z), (0.24, top + 1.9, 0.24), WOOD_DARK)
    for n in range(9):
        m.box((-1.84 + 0.46 * n, top, 0), (0.42, 0.14, 4.2), WOOD_LIGHT, vary=n + 1)
    for a, b in [((-1.9, -1.9), (1.9, -1.9)), ((-1.9, -1.9), (-1.9, 1.9)), ((-1.9, 1.9), (1.9, 1.9))]:
        for y in (0.55, 1.05):
            m.log((a[0], top + y, a[1]), (b[0], top + y, b[1]), 0.06, WOOD, WOOD_LIGHT, 6)
    length, run = 6.2, 5.6
    m.box((1.9 + run / 2, top / 2 + 0.02, 0), (1.5, 0.14, length), WOOD, math.pi / 2, 0.8, math.atan2(top, run))
    for n in range(9):
        k = (n + 0.5) / 9
        m.box((1.9 + run * k, top * (1 - k) + 0.12, 0), (1.5, 0.06, 0.12), WOOD_DARK, math.pi / 2, 0.8, math.atan2(top, run))
    for n, (x, z, y, s) in enumerate([(0.2, 3.2, 0.0, 0.95), (1.3, 3.3, 0.0, 1.0), (0.9, 3.2, 0.98, 0.8)]):
        crate(m, x, y, z, s, 0.3 * n, 120 + n)
    lantern(m, glow, -1.75, top, 1.75, 1.9)
    turn = -0.25
    y = height(*LOOKOUT)
    node("lookout", "lookout", (LOOKOUT[0], y, LOOKOUT[1]), turn)
    node("lookout light-nocol", "lookout light", (LOOKOUT[0], y, LOOKOUT[1]), turn)
    shadow(*LOOKOUT, 3.6, 0.3)


def make_path_things():
    m, glow = part("path things"), part("path light", "glow")
    for x, z in [(-4.2, 17.0), (-0.3, 8.0), (8.0, -5.2), (15.6, -11.2), (-10.5, -2.0), (8.2, 7.2)]:
        lantern(m, glow, x, height(x, z) - 0.15, z, 2.2)
        shadow(x, z, 0.6, 0.3)
    # A fence along the meadow and steps of logs up the lighthouse hill.
    posts = [(-20, 8), (-18.2, 10.2), (-16, 12), (-13.4, 13.2), (-10.8, 13.9)]
    for (ax, az), (bx, bz) in zip(posts, posts[1:]):
        for y in (0.45, 0.85):
            m.log((ax, height(ax, az) + y, az), (bx, height(bx, bz) + y, bz), 0.05, WOOD, WOOD_LIGHT, 5)
    for x, z in posts:
        m.box((x, height(x, z) + 0.45, z), (0.16, 1.3, 0.16), WOOD_DARK)
    # A signpost by the fire.
    x, z = 3.4, 5.4
    y = height(x, z)
    m.box((x, y + 1.1, z), (0.14, 2.4, 0.14), WOOD_DARK)
    for n, (turn, yy) in enumerate([(0.75, 2.0), (-2.6, 1.62), (2.2, 1.24)]):
        m.box((x + 0.38 * math.cos(turn), y + yy, z - 0.38 * math.sin(turn)), (1.0, 0.26, 0.06), WOOD_LIGHT, turn, 0.85, vary=n + 3)
    node("path things", "path things")
    node("path light-nocol", "path light")


def make_clouds():
    """Lit by hand: towards the evening sun cream, away from it and below mauve."""
    m = part("clouds", "cloud")
    sun = (-0.86, 0.30, -0.42)
    for i in range(11):
        a, r = math.tau * (i + 0.5 * hash01(i, 91)) / 11, 210 + 130 * hash01(i, 92)
        x, y, z = r * math.cos(a), 58 + 46 * hash01(i, 93), r * math.sin(a)
        puffs = 3 + int(3 * hash01(i, 96))
        for k in range(puffs):
            middle = 1.0 - abs(k - (puffs - 1) / 2.0) / puffs
            s = (9 + 9 * hash01(i, k, 94)) * (0.6 + 0.6 * middle)
            along = (k - (puffs - 1) / 2.0) * 13
            dx, dz = along * math.sin(a), -along * math.cos(a)
            puff = Mesh()
            puff.stone((0, 0, 0), (s * 1.25, s * 0.42, s * 0.9), (1, 1, 1), 900 + 10 * i + k, 1, 0.62, 1.0)
            turned = Mesh()
            for t in puff.triangles:
                corners = [puff.positions[n] for n in t]
                colours = []
                for c in corners:
                    d = (c[0] / s, c[1] / s * 2.2, c[2] / s)
                    n = math.sqrt(sum(v * v for v in d)) or 1.0
                    light = sum(u * v / n for u, v in zip(d, sun))
                    colours.append(mix(rgb("#d9a48d"), rgb("#fff0d8"), smooth(-0.55, 0.75, light)))
                turned.tri(*corners, colours)
            m.add(turned, (x + dx, y + 2.5 * hash01(i, k, 95), z + dz), a + 1.57)
    node("clouds-nocol", "clouds")


def make_ground():
    """Triangles of one to two metres: small ones where people walk, none where the sea is deep."""
    m = part("ground")
    cells, step = 104, 1.5
    half = cells * step / 2
    heights = {}
    for i in range(-1, cells + 2):
        for k in range(-1, cells + 2):
            # Corners off the grid: regular triangles look like a machine made them.
            jx, jz = (hash01(i, k, 51) - 0.5) * 0.6, (hash01(i, k, 52) - 0.5) * 0.6
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
    node("ground", "ground")


# --- writing ------------------------------------------------------------------------------------------

MATERIALS = {
    "matte": {"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.92}},
    "glow": {
        "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 1.0},
        "extensions": {"KHR_materials_unlit": {}},
    },
    "cloud": {
        "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 1.0},
        "extensions": {"KHR_materials_unlit": {}},
    },
}


def write_glb():
    chunks, views, accessors, meshes = [], [], [], []

    def put(data, target, stride=None):
        at = sum(len(c) for c in chunks)
        data += b"\0" * (-len(data) % 4)
        view = {"buffer": 0, "byteOffset": at, "byteLength": len(data), "target": target}
        if stride:
            view["byteStride"] = stride
        chunks.append(data)
        views.append(view)
        return len(views) - 1

    positions, colours, indices = b"", b"", b""
    materials = list(MATERIALS)
    order = list(MESHES)
    for name in order:
        material, mesh = MESHES[name]
        count = len(mesh.positions)
        assert 0 < count < 65536, name
        p = struct.pack(f"<{3 * count}f", *(v for pos in mesh.positions for v in pos))
        c = struct.pack(f"<{4 * count}H", *(v for col in mesh.colours for v in (*col, 65535)))
        i = struct.pack(f"<{3 * len(mesh.triangles)}H", *(v for tri in mesh.triangles for v in tri))
        accessors.append({"bufferView": 0, "byteOffset": len(positions), "componentType": 5126, "count": count, "type": "VEC3",
                          "min": [min(pos[k] for pos in mesh.positions) for k in range(3)],
                          "max": [max(pos[k] for pos in mesh.positions) for k in range(3)]})
        accessors.append({"bufferView": 1, "byteOffset": len(colours), "componentType": 5123, "normalized": True, "count": count, "type": "VEC4"})
        accessors.append({"bufferView": 2, "byteOffset": len(indices), "componentType": 5123, "count": 3 * len(mesh.triangles), "type": "SCALAR"})
        n = len(accessors)
        meshes.append({"name": name, "primitives": [{"attributes": {"POSITION": n - 3, "COLOR_0": n - 2}, "indices": n - 1, "material": materials.index(material)}]})
        positions, colours = positions + p, colours + c
        indices += i + b"\0" * (-len(i) % 4)
    put(positions, 34962, 12)
    put(colours, 34962, 8)
    put(indices, 34963)
    nodes = []
    for name, mesh, place, turn, scale in NODES:
        entry = {"name": name, "mesh": order.index(mesh)}
        if any(place):
            entry["translation"] = [q(v) for v in place]
        if turn:
            entry["rotation"] = [0.0, round(math.sin(turn / 2), 4), 0.0, round(math.cos(turn / 2), 4)]
        if scale != 1.0:
            entry["scale"] = [round(scale, 3)] * 3
        nodes.append(entry)
    body = b"".join(chunks)
    root = {
        "asset": {"version": "2.0", "generator": "assets/worlds/harbour/make.py", "copyright": "CC0-1.0"},
        "extensionsUsed": ["KHR_materials_unlit"],
        "scene": 0,
        "scenes": [{"name": "Harbour", "nodes": list(range(len(nodes)))}],
        "nodes": nodes,
        "meshes": meshes,
        "materials": [{"name": name, **MATERIALS[name]} for name in materials],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(body)}],
    }
    text = json.dumps(root, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    total = 12 + 8 + len(text) + 8 + len(body)
    return struct.pack("<4sII", b"glTF", 2, total) + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(body), b"BIN\0") + body


def main():
    make_trees()
    make_fire()
    for index, hut in enumerate(HUTS):
        make_hut(index, *hut)
    make_lighthouse()
    make_pier()
    make_lookout()
    make_path_things()
    scatter()
    make_clouds()
    make_ground()  # last: it carries everybody's contact shadows
    data = write_glb()
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "harbour.glb")
    drawn = sum(len(MESHES[mesh][1].triangles) for _, mesh, *_ in NODES)
    print(f"{len(data):,} bytes, {len(NODES)} nodes, {len(MESHES)} meshes, {drawn:,} triangles drawn")
    if "--check" in sys.argv:
        with open(path, "rb") as f:
            if f.read() != data:
                sys.exit("harbour.glb is not what this script writes: run it and commit the result")
        return
    with open(path, "wb") as f:
        f.write(data)


if __name__ == "__main__":
    main()
