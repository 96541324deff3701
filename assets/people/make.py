#!/usr/bin/env python3
"""Makes islander-0.glb, -1 and -2: the family of people that comes with Holm, in three degrees of detail.

Pure Python 3, no packages. The same bytes on every run and machine: every coordinate is rounded to 1/4096 m
before it is written, so that the last digit of a machine's sine does not matter. Run it after a change and
commit what it writes:

    python3 assets/people/make.py            # writes the files beside this one
    python3 assets/people/make.py --check    # fails if they are not what it would write

Each file is a VRM 1.0 whose meshes are pieces to choose from (`hat-straw`, `coat-dress`, ...); Holm puts a few
of them together into one mesh for each look. The first texture coordinate says which colour of the look a
vertex takes (slot + 0.5) / 16, the second how bright; the vertex colours are an example of it, for other
programs. Builds (slim, round, tall) are made in Holm by moving bones.

Drawn here: metres, y up, looking along -z, left is -x, arms out (T-pose). Written as VRM wants it: turned to +z.

Licence: CC0-1.0.
"""

import json
import math
import os
import struct
import sys

# --- colours: slots of a look -------------------------------------------------------------------------

SKIN, HAIR, COAT, ACCENT, LEG, BOOT, CREAM, DARK, CHEEK, SHINE, STRAW, WOOD, NOSE, MOUTH, SOLE = range(15)
EXAMPLE = {
    SKIN: "#d9a07c", HAIR: "#5a3a24", COAT: "#c9694a", ACCENT: "#57a0a0", LEG: "#3d4658", BOOT: "#6e4a30",
    CREAM: "#efe6d6", DARK: "#241f20", CHEEK: "#df8a74", SHINE: "#ffffff", STRAW: "#d8b46a", WOOD: "#6d4c2f",
    NOSE: "#d48f70", MOUTH: "#7c3a34", SOLE: "#37302c",
}  # fmt: skip

# --- bones --------------------------------------------------------------------------------------------

BONES = [  # name, parent, where
    ("hips", None, (0.0, 0.62, 0.0)),
    ("spine", "hips", (0.0, 0.72, 0.0)),
    ("chest", "spine", (0.0, 0.88, 0.0)),
    ("neck", "chest", (0.0, 1.19, 0.0)),
    ("head", "neck", (0.0, 1.25, 0.0)),
    ("jaw", "head", (0.0, 1.338, -0.12)),
    ("leftEye", "head", (-0.068, 1.427, -0.02)),
    ("rightEye", "head", (0.068, 1.427, -0.02)),
    ("leftShoulder", "chest", (-0.07, 1.10, 0.0)),
    ("leftUpperArm", "leftShoulder", (-0.19, 1.10, 0.0)),
    ("leftLowerArm", "leftUpperArm", (-0.405, 1.10, 0.0)),
    ("leftHand", "leftLowerArm", (-0.615, 1.10, 0.0)),
    ("rightShoulder", "chest", (0.07, 1.10, 0.0)),
    ("rightUpperArm", "rightShoulder", (0.19, 1.10, 0.0)),
    ("rightLowerArm", "rightUpperArm", (0.405, 1.10, 0.0)),
    ("rightHand", "rightLowerArm", (0.615, 1.10, 0.0)),
    ("leftUpperLeg", "hips", (-0.098, 0.59, 0.0)),
    ("leftLowerLeg", "leftUpperLeg", (-0.098, 0.34, -0.004)),
    ("leftFoot", "leftLowerLeg", (-0.098, 0.09, 0.0)),
    ("rightUpperLeg", "hips", (0.098, 0.59, 0.0)),
    ("rightLowerLeg", "rightUpperLeg", (0.098, 0.34, -0.004)),
    ("rightFoot", "rightLowerLeg", (0.098, 0.09, 0.0)),
]
INDEX = {name: i for i, (name, _, _) in enumerate(BONES)}
SIDES = [("left", -1.0), ("right", 1.0)]


def smooth(a, b, x):
    """0 at a, 1 at b, soft between; a may be larger than b."""
    t = min(1.0, max(0.0, (x - a) / (b - a)))
    return t * t * (3.0 - 2.0 * t)


def only(bone):
    return lambda p: {bone: 1.0}


def trunk(p):
    """Hips to chest by height; what hangs below the hips goes half the way with the leg beside it."""
    y = p[1]
    if y < 0.64:
        with_leg = 0.62 * smooth(0.64, 0.46, y)
        left = smooth(0.11, -0.11, p[0])
        return {
            "hips": 1.0 - with_leg,
            "leftUpperLeg": with_leg * left,
            "rightUpperLeg": with_leg * (1.0 - left),
        }
    up = smooth(0.66, 0.78, y)
    if up < 1.0:
        return {"hips": 1.0 - up, "spine": up}
    up = smooth(0.82, 0.98, y)
    return {"spine": 1.0 - up, "chest": up}


def arm(side):
    def weights(p):
        low = smooth(0.365, 0.445, abs(p[0]))
        return {side + "UpperArm": 1.0 - low, side + "LowerArm": low}

    return weights


def leg(side):
    def weights(p):
        low = smooth(0.395, 0.285, p[1])
        return {side + "UpperLeg": 1.0 - low, side + "LowerLeg": low}

    return weights


def boot(side):
    def weights(p):
        foot = smooth(0.165, 0.085, p[1]) if p[2] > -0.085 else 1.0
        return {side + "LowerLeg": 1.0 - foot, side + "Foot": foot}

    return weights


# --- vectors ------------------------------------------------------------------------------------------


def add(a, b):
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def sub(a, b):
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def times(a, f):
    return (a[0] * f, a[1] * f, a[2] * f)


def dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a, b):
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def unit(a):
    length = math.sqrt(dot(a, a))
    return times(a, 1.0 / length) if length > 1e-9 else (0.0, 1.0, 0.0)


class Place:
    """Scale, then turn (z, then x, then y; radians), then move."""

    def __init__(self, at=(0, 0, 0), scale=(1, 1, 1), rx=0.0, ry=0.0, rz=0.0):
        self.at, self.scale, self.turn = at, scale, (rx, ry, rz)

    def rotate(self, p):
        rx, ry, rz = self.turn
        x, y, z = p
        x, y = x * math.cos(rz) - y * math.sin(rz), x * math.sin(rz) + y * math.cos(rz)
        y, z = y * math.cos(rx) - z * math.sin(rx), y * math.sin(rx) + z * math.cos(rx)
        x, z = x * math.cos(ry) + z * math.sin(ry), -x * math.sin(ry) + z * math.cos(ry)
        return (x, y, z)

    def point(self, p):
        return add(self.rotate(tuple(a * b for a, b in zip(p, self.scale))), self.at)

    def normal(self, n):
        return unit(self.rotate(tuple(a / b for a, b in zip(n, self.scale))))


def curve(points, rows):
    """A smooth line (Catmull-Rom) through points, `rows` pieces between each two; a doubled point is a corner."""
    runs, run = [], [points[0]]
    for point in points[1:]:
        if point == run[-1]:
            runs.append(run)
            run = [point]
        else:
            run.append(point)
    runs.append(run)
    out = []
    for run in runs:
        if len(run) < 2:
            continue
        line = []
        for i in range(len(run) - 1):
            p0 = run[max(i - 1, 0)]
            p1, p2 = run[i], run[i + 1]
            p3 = run[min(i + 2, len(run) - 1)]
            for row in range(rows):
                t = row / rows
                line.append(
                    tuple(
                        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)
                        for a, b, c, d in zip(p0, p1, p2, p3)
                    )
                )
        line.append(run[-1])
        out.append(line)
    return out


# --- pieces -------------------------------------------------------------------------------------------


class Piece:
    def __init__(self, detail):
        self.detail = detail
        self.positions, self.normals, self.slots, self.shades, self.weights, self.triangles = [], [], [], [], [], []

    def segments(self, n):
        return max((5, 5, 4)[self.detail], round(n * (0.85, 0.45, 0.28)[self.detail]))

    def grid(self, rows, slot, weights, shade, closed=True):
        """Joins rows of (position, normal) into a skin; the first of a row follows its last when closed."""
        if len(rows) < 2:
            return
        start, width = len(self.positions), len(rows[0])
        for row in rows:
            for p, n in row:
                self.positions.append(p)
                self.normals.append(unit(n))
                self.slots.append(slot)
                self.shades.append(shade(p) if callable(shade) else shade)
                self.weights.append(weights(p))
        for r in range(len(rows) - 1):
            for s in range(width if closed else width - 1):
                a = start + r * width + s
                b = start + r * width + (s + 1) % width
                for t in ((a, a + width, b), (b, a + width, b + width)):
                    # A triangle at a pole has no area.
                    if self.area(t) > 1e-9:
                        self.triangles.append(t)

    def area(self, t):
        a, b, c = (self.positions[i] for i in t)
        n = cross(sub(b, a), sub(c, a))
        return math.sqrt(dot(n, n))

    def lathe(self, profile, n, slot, weights, place=Place(), shade=1.0, rows=1):
        """Sweeps (radius, height), from bottom to top, around y."""
        n = self.segments(n)
        for line in curve(profile, max(1, rows - self.detail)):
            if self.detail and len(line) > 5:
                line = line[:1] + line[1 : -1 : 1 + self.detail] + line[-1:]
            grid = []
            for i, (radius, height) in enumerate(line):
                before, after = line[max(i - 1, 0)], line[min(i + 1, len(line) - 1)]
                slope = (after[1] - before[1], before[0] - after[0])
                row = []
                for s in range(n):
                    a = math.tau * s / n
                    p = (math.cos(a) * radius, height, math.sin(a) * radius)
                    row.append((place.point(p), place.normal((math.cos(a) * slope[0], slope[1], math.sin(a) * slope[0]))))
                grid.append(row)
            self.grid(grid, slot, weights, shade)

    def ball(self, radius, n, slot, weights, place, shade=1.0, least=2):
        """A ball; left out when the detail is coarser than `least`."""
        if self.detail > least:
            return
        n = self.segments(n)
        half = max(2 if self.detail == 2 else 3, n // 2)
        grid = []
        for r in range(half + 1):
            b = math.pi * r / half
            row = []
            for s in range(n):
                a = math.tau * s / n
                d = (math.cos(a) * math.sin(b), -math.cos(b), math.sin(a) * math.sin(b))
                row.append((place.point(times(d, radius)), place.normal(d)))
            grid.append(row)
        self.grid(grid, slot, weights, shade)

    def ring(self, radius, thickness, n, slot, weights, place, shade=1.0, least=2, lumps=0):
        """A roll around y."""
        if self.detail > least:
            return
        n, around = self.segments(n), (7, 5, 3)[self.detail]
        grid = []
        for r in range(around + 1):
            b = math.tau * r / around + math.pi
            row = []
            for s in range(n):
                a = math.tau * s / n
                thick = thickness * (1.0 + (0.22 * math.cos(lumps * a) if lumps and self.detail == 0 else 0.0))
                out = radius + thick * math.cos(b)
                d = (math.cos(a) * math.cos(b), math.sin(b), math.sin(a) * math.cos(b))
                row.append((place.point((math.cos(a) * out, thick * math.sin(b), math.sin(a) * out)), place.normal(d)))
            grid.append(row)
        self.grid(grid, slot, weights, shade)

    def cap(self, radius, reach, n, slot, weights, place, shade=1.0, puff=0.0):
        """Part of a ball around +y: down to `reach(angle)` radians from the pole, the angle 0 in front (-z)."""
        n = self.segments(n)
        half = (7, 4, 2)[self.detail]
        grid = []
        # From the rim up, so that the outside is outside; a last row turns inwards, to give the rim a thickness.
        for r in range(half + 2):
            row = []
            for s in range(n):
                a = math.tau * s / n
                front = abs((a + math.pi / 2 + math.pi) % math.tau - math.pi)
                to = reach(front)
                if r == 0:
                    b, rad = to - 0.02, radius * 0.94
                else:
                    b, rad = to * (1.0 - (r - 1) / half), radius
                rad *= 1.0 + puff * math.sin(min(b, math.pi)) ** 2
                d = (math.cos(a) * math.sin(b), math.cos(b), math.sin(a) * math.sin(b))
                normal = d if r else add(d, (0.0, -0.8, 0.0))
                row.append((place.point(times(d, rad)), place.normal(unit(normal))))
            grid.append(row)
        self.grid(grid, slot, weights, shade)

    def tube(self, path, radii, n, slot, weights, shade=1.0, flat=1.0, least=2, rows=3):
        """A round string along points, closed at its ends; `flat` presses it along z."""
        if self.detail > least:
            return
        n = self.segments(n)
        line = curve([p + (r,) for p, r in zip(path, radii)], max(1, rows - self.detail))[0]
        grid = []
        side = None
        for i, point in enumerate(line):
            ahead = unit(sub(line[min(i + 1, len(line) - 1)][:3], line[max(i - 1, 0)][:3]))
            if side is None:
                side = unit(cross(ahead, (0.0, 0.0, 1.0) if abs(ahead[2]) < 0.9 else (1.0, 0.0, 0.0)))
            side = unit(sub(side, times(ahead, dot(side, ahead))))
            up = cross(side, ahead)
            at = point[:3]
            row = []
            for s in range(n):
                a = math.tau * s / n
                d = add(times(side, math.cos(a)), times(up, math.sin(a)))
                off = times(d, point[3])
                off = (off[0], off[1], off[2] * flat)
                row.append((add(at, off), d))
            ends = [(at, times(ahead, -1.0 if i == 0 else 1.0))] * n
            if i == 0:
                grid.append(ends)
            grid.append(row)
            if i == len(line) - 1:
                grid.append(ends)
        self.grid(grid, slot, weights, shade)


HEAD_AT = (0.0, 1.415, 0.0)
R = 0.190


def on_face(x, y, out=0.0):
    """A point of the face, from the middle of the head: x to the right, y up."""
    z = -math.sqrt(max(0.0, 1.0 - (x / R) ** 2 - (y / (R * 1.02)) ** 2)) * R * 0.96
    return (HEAD_AT[0] + x, HEAD_AT[1] + y, z - out)


def head(m):
    w = only("head")
    m.ball(R, 28, SKIN, w, Place(HEAD_AT, (1.0, 1.02, 0.96)), lambda p: 0.90 + 0.10 * smooth(1.24, 1.36, p[1]))
    m.lathe([(0.075, 1.14), (0.072, 1.26)], 12, SKIN, only("neck"), shade=0.82, rows=1)
    m.ball(0.026, 10, NOSE, w, Place(on_face(0, -0.028, -0.004)))
    for _, s in SIDES:
        m.ball(0.033, 10, CHEEK, w, Place(on_face(s * 0.112, -0.045, -0.006), (1.0, 0.72, 0.35), ry=-s * 0.65), least=1)
        m.ball(0.042, 10, SKIN, w, Place((s * 0.186, 1.405, 0.012), (0.45, 1.0, 0.75)), 0.95, least=1)
    for side, s in SIDES:
        eye = only(side + "Eye")
        at = on_face(s * 0.068, 0.012, -0.004)
        m.ball(0.027, 12, DARK, eye, Place(at, (0.86, 1.28, 0.55), ry=-s * 0.30))
        m.ball(0.0078, 6, SHINE, eye, Place(add(at, (0.009, 0.014, -0.0125))), least=0)
        m.ball(0.0040, 5, SHINE, eye, Place(add(at, (-0.009, -0.012, -0.0125))), least=0)
        m.tube(
            [on_face(s * x, y, 0.002) for x, y in ((0.046, 0.071), (0.072, 0.079), (0.097, 0.068))],
            [0.004, 0.0075, 0.003], 6, HAIR, w, 0.8, least=0,
        )  # fmt: skip
    m.tube(
        [on_face(x, y, 0.001) for x, y in ((-0.040, -0.070), (-0.022, -0.082), (0.0, -0.086), (0.022, -0.082), (0.040, -0.070))],
        [0.0035, 0.0062, 0.0070, 0.0062, 0.0035], 6, MOUTH, only("jaw"), least=1, rows=2,
    )  # fmt: skip


def freckles(m):
    for x, y in ((0.055, -0.030), (0.078, -0.022), (0.066, -0.050), (0.040, -0.048), (0.092, -0.040)):
        for s in (-1.0, 1.0):
            m.ball(0.0058, 5, NOSE, only("head"), Place(on_face(s * x, y, -0.002)), 0.62, least=0)


def glasses(m):
    w = only("head")
    for _, s in SIDES:
        at = on_face(s * 0.070, 0.008, 0.014)
        m.ring(0.047, 0.0065, 20, DARK, w, Place(at, rx=math.pi / 2, ry=-s * 0.22), least=1)
        m.tube([add(at, (s * 0.046, 0.006, 0.004)), (s * 0.175, 1.432, -0.05), (s * 0.188, 1.425, 0.02)], [0.005] * 3, 5, DARK, w, least=0)
    m.tube([on_face(-0.025, 0.012, 0.016), on_face(0, 0.018, 0.016), on_face(0.025, 0.012, 0.016)], [0.005] * 3, 5, DARK, w, least=0)


def beard(m):
    # The shell of the lower face: a cap around "down", higher at the sides than below the mouth.
    m.cap(
        0.2, lambda f: 1.02 + 0.30 * smooth(0.35, 1.3, f) - 0.95 * smooth(1.75, 2.3, f), 24, HAIR, only("head"),
        Place(HEAD_AT, (0.99, 1.06, 0.97), rx=math.pi, ry=math.pi), lambda p: 0.88 + 0.12 * smooth(1.2, 1.32, p[1]), puff=0.02,
    )  # fmt: skip
    w = only("head")
    m.tube(
        [on_face(x, y, 0.008) for x, y in ((-0.060, -0.066), (-0.026, -0.054), (0.0, -0.060), (0.026, -0.054), (0.060, -0.066))],
        [0.006, 0.016, 0.013, 0.016, 0.006], 7, HAIR, w, least=1, rows=2,
    )  # fmt: skip


TILT = Place(HEAD_AT, (1.0, 1.02, 0.98), rx=0.10)


def hair_shade(p):
    return 0.86 + 0.14 * smooth(1.38, 1.58, p[1])


def hairline(front, side, back):
    """Radians from the crown, by the angle from the face."""
    return lambda f: front + (side - front) * smooth(0.55, 1.15, f) + (back - side) * smooth(1.6, 2.6, f)


def hair_short(m):
    w = only("head")
    m.cap(0.203, hairline(0.88, 1.50, 1.98), 26, HAIR, w, TILT, hair_shade)
    m.tube([(0.10, 1.555, -0.125), (0.02, 1.575, -0.165), (-0.075, 1.535, -0.170)], [0.02, 0.042, 0.012], 8, HAIR, w, 0.95, least=1)


def hair_bob(m):
    w = only("head")
    m.cap(0.206, hairline(0.98, 2.28, 2.42), 28, HAIR, w, Place(HEAD_AT, (1.02, 1.02, 1.0), rx=0.08), hair_shade, puff=0.05)


def hair_bun(m):
    w = only("head")
    m.cap(0.203, hairline(0.84, 1.42, 1.90), 26, HAIR, w, TILT, hair_shade)
    m.ball(0.078, 14, HAIR, w, Place((0.0, 1.395, 0.235), (1.0, 0.92, 0.9)), 0.95)
    m.ring(0.046, 0.014, 12, ACCENT, w, Place((0.0, 1.40, 0.185), rx=math.pi / 2), least=0)


def hair_plaits(m):
    w = only("head")
    m.cap(0.203, hairline(0.90, 1.52, 1.95), 26, HAIR, w, TILT, hair_shade)
    for _, s in SIDES:
        for i in range(5):
            t = i / 4.0
            at = (s * (0.168 + 0.045 * math.sin(2.2 * t)), 1.335 - 0.215 * t, 0.035 - 0.11 * t)
            m.ball(0.044 - 0.010 * t, 9, HAIR, w, Place(at, (0.9, 0.85, 0.9)), 0.9 + 0.1 * (i % 2))
        m.ring(0.018, 0.013, 10, ACCENT, w, Place((s * 0.204, 1.092, -0.080)), least=0)
        m.ball(0.026, 8, HAIR, w, Place((s * 0.204, 1.066, -0.082), (0.8, 1.3, 0.8)), least=1)


def hair_curls(m):
    w = only("head")
    m.cap(0.200, hairline(0.85, 1.55, 2.05), 24, HAIR, w, TILT, 0.85)
    for i in range(9):
        a = math.pi * (0.02 + 0.96 * i / 8.0)
        at = (math.cos(a) * 0.192, 1.385 + 0.035 * math.sin(i * 2.4), 0.02 + math.sin(a) * 0.175)
        m.ball(0.064, 10, HAIR, w, Place(at), 0.92 + 0.08 * (i % 2), least=1)


def hair_curls_open(m):
    w = only("head")
    for i in range(13):
        a = i * 2.399963
        b = 0.10 + 0.92 * math.sqrt(i / 13.0)
        d = (math.cos(a) * math.sin(b), math.cos(b), math.sin(a) * math.sin(b) + 0.12)
        m.ball(0.070, 10, HAIR, w, Place(add(HEAD_AT, times(d, 0.190))), 0.92 + 0.08 * (i % 2))


def knit(m, place, top, slouch):
    w = only("head")
    m.cap(0.214, lambda f: 1.36, 28, ACCENT, w, Place(place.at, (1.0, top, 1.0), rx=place.turn[0]), lambda p: 0.88 + 0.12 * smooth(1.50, 1.62, p[1]), puff=slouch)


def hat_bobble(m):
    w = only("head")
    place = Place((0.0, 1.435, 0.008), rx=0.13)
    knit(m, place, 1.0, 0.0)
    m.ring(0.199, 0.036, 30, ACCENT, w, Place(place.point((0, 0.052, 0)), (1.0, 1.05, 1.0), rx=0.13), 0.80, lumps=30)
    m.ball(0.062, 14, CREAM, w, Place(place.point((0.0, 0.252, 0.0))), lambda p: 0.88 + 0.12 * smooth(1.66, 1.74, p[1]))
    if m.detail == 0:
        for i in range(9):
            a, b = i * 2.399963, math.acos(1.0 - 2.0 * (i + 0.5) / 9.0)
            d = (math.cos(a) * math.sin(b), math.cos(b), math.sin(a) * math.sin(b))
            m.ball(0.026, 6, CREAM, w, Place(add(place.point((0.0, 0.252, 0.0)), times(d, 0.050))), 0.94)


def hat_beanie(m):
    w = only("head")
    place = Place((0.0, 1.430, 0.014), rx=0.24)
    knit(m, place, 1.12, 0.05)
    m.lathe(
        [(0.196, 0.010), (0.226, 0.018), (0.232, 0.050), (0.226, 0.090), (0.205, 0.098)], 28, ACCENT, w, place, 0.80, rows=1,
    )  # fmt: skip
    m.ball(0.020, 8, CREAM, w, Place(place.point((0.09, 0.055, -0.214)), (1.0, 1.0, 0.4), ry=-0.4), least=0)


def hat_cap(m):
    w = only("head")
    place = Place((0.0, 1.440, 0.0), rx=0.06)
    m.cap(0.213, lambda f: 1.42, 28, ACCENT, w, Place(place.at, (1.0, 0.92, 1.02), rx=0.06), lambda p: 0.88 + 0.12 * smooth(1.50, 1.6, p[1]))
    m.ring(0.206, 0.012, 28, ACCENT, w, Place(place.point((0, 0.030, 0)), rx=0.06), 0.72, least=1)
    m.ball(0.150, 18, ACCENT, w, Place(place.point((0.0, 0.030, -0.205)), (1.0, 0.10, 0.80), rx=0.20), 0.82)
    m.ball(0.020, 8, ACCENT, w, Place(place.point((0.0, 0.198, 0.0)), (1.0, 0.7, 1.0)), 0.8, least=0)


def hat_straw(m):
    w = only("head")
    place = Place((0.0, 1.478, 0.010), rx=0.12)
    m.lathe(
        [(0.200, -0.012), (0.335, -0.004), (0.356, 0.012), (0.335, 0.016), (0.226, 0.018), (0.226, 0.018), (0.212, 0.055),
         (0.198, 0.118), (0.160, 0.150), (0.0, 0.160)],
        30, STRAW, w, place, lambda p: 0.84 + 0.16 * smooth(1.47, 1.6, p[1]),
    )  # fmt: skip
    m.lathe([(0.227, 0.018), (0.223, 0.040), (0.213, 0.066), (0.205, 0.068)], 30, ACCENT, w, place, 0.9, rows=1)


def hat_hood(m):
    w = only("head")
    # A cap around "back": its rim frames the face.
    tilt = Place((0.0, 1.405, 0.022), (1.06, 1.10, 1.02), rx=math.pi / 2 - 0.22)
    m.cap(0.218, lambda f: 2.02, 28, COAT, w, tilt, lambda p: 0.86 + 0.14 * smooth(1.3, 1.55, p[1]))
    m.ring(0.196, 0.034, 30, CREAM, w, Place(tilt.point((0.0, -0.098, 0.0)), (1.06, 1.0, 1.10), rx=math.pi / 2 - 0.22), 0.95, lumps=11)


def sleeves(m, slot, cuff, cuff_shade, thick=1.0, shade=1.0):
    for side, s in SIDES:
        w = arm(side)
        out = Place((0.0, 1.10, 0.0), (1.0, 1.0, 1.0), rz=-s * math.pi / 2)
        m.lathe(
            [(0.0, 0.105), (0.052 * thick, 0.122), (0.074 * thick, 0.165), (0.077 * thick, 0.21), (0.070 * thick, 0.30),
             (0.065 * thick, 0.40), (0.063 * thick, 0.50), (0.064 * thick, 0.595), (0.046, 0.612), (0.0, 0.612)],
            14, slot, w, out, shade,
        )  # fmt: skip
        m.ring(0.056 * thick, 0.017, 14, cuff, w, Place((s * 0.585, 1.10, 0.0), rz=math.pi / 2), cuff_shade, least=1)


def hands(slot, shade):
    def make(m):
        for side, s in SIDES:
            w = only(side + "Hand")
            m.ball(0.058, 12, slot, w, Place((s * 0.662, 1.098, -0.002), (1.18, 0.82, 0.92)), shade)
            m.ball(0.024, 8, slot, w, Place((s * 0.640, 1.100, -0.056), (1.1, 0.85, 1.1), ry=s * 0.5), shade, least=1)

    return make


def cloth_shade(p):
    """Darker under the chin and towards the hem."""
    return (0.84 + 0.16 * smooth(0.46, 0.72, p[1])) * (1.0 - 0.20 * smooth(1.05, 1.18, p[1]))


FLAT = Place(scale=(1.0, 1.0, 0.80))
SHOULDERS = [(0.225, 1.00), (0.208, 1.085), (0.165, 1.150), (0.105, 1.192), (0.080, 1.23)]


def buttons(m, heights, slot=WOOD, depth=-0.190):
    for y in heights:
        m.ball(0.0195, 9, slot, trunk, Place((0.0, y, depth), (1.0, 1.0, 0.55)), least=0)


def coat_coat(m):
    m.lathe(
        [(0.0, 0.475), (0.225, 0.470), (0.225, 0.470), (0.268, 0.482), (0.266, 0.56), (0.246, 0.70), (0.231, 0.86)] + SHOULDERS,
        26, COAT, trunk, FLAT, cloth_shade,
    )  # fmt: skip
    m.ring(0.2375, 0.022, 26, COAT, trunk, Place((0, 0.785, 0), (1.0, 1.3, 0.81)), 0.60)
    buttons(m, (0.69, 0.87, 0.98), depth=-0.193)
    m.ball(0.021, 9, STRAW, trunk, Place((0.0, 0.785, -0.212), (1.25, 1.0, 0.45)), least=0)
    for _, s in SIDES:
        m.ball(0.062, 10, COAT, trunk, Place((s * 0.132, 0.645, -0.166), (0.95, 0.78, 0.34), ry=-s * 0.45), 0.78, least=0)
    sleeves(m, COAT, COAT, 0.62)


def coat_jumper(m):
    m.lathe(
        [(0.0, 0.560), (0.200, 0.556), (0.200, 0.556), (0.222, 0.575), (0.236, 0.65), (0.238, 0.74), (0.232, 0.86)] + SHOULDERS,
        26, COAT, trunk, FLAT, cloth_shade,
    )  # fmt: skip
    m.ring(0.206, 0.026, 28, COAT, trunk, Place((0, 0.582, 0), (1.0, 1.25, 0.82)), 0.72, lumps=28)
    m.lathe([(0.2335, 0.875), (0.236, 0.885), (0.2335, 0.915), (0.231, 0.93)], 26, ACCENT, trunk, FLAT, 1.0, rows=1)
    m.lathe([(0.2285, 0.955), (0.231, 0.962), (0.2285, 0.978), (0.226, 0.985)], 26, CREAM, trunk, FLAT, 1.0, rows=1)
    m.ring(0.092, 0.036, 20, COAT, only("chest"), Place((0, 1.195, 0), (1.0, 1.15, 0.95)), 0.80, lumps=20)
    sleeves(m, COAT, COAT, 0.70, 1.04)


def coat_dress(m):
    m.lathe(
        [(0.0, 0.375), (0.245, 0.365), (0.245, 0.365), (0.302, 0.372), (0.292, 0.46), (0.258, 0.60), (0.224, 0.735),
         (0.214, 0.80), (0.224, 0.90)] + SHOULDERS,
        28, COAT, trunk, FLAT, cloth_shade,
    )  # fmt: skip
    m.lathe([(0.297, 0.418), (0.302, 0.424), (0.2965, 0.446), (0.292, 0.452)], 28, ACCENT, trunk, FLAT, 0.95, rows=1)
    m.ring(0.213, 0.018, 26, ACCENT, trunk, Place((0, 0.785, 0), (1.0, 1.2, 0.82)), 0.85)
    m.lathe([(0.212, 1.078), (0.195, 1.13), (0.115, 1.196), (0.09, 1.205)], 24, CREAM, only("chest"), Place(scale=(1.0, 1.0, 0.86)), 0.97, rows=1)
    buttons(m, (0.88, 0.96, 1.04), CREAM, -0.186)
    sleeves(m, COAT, CREAM, 0.95)


def coat_waistcoat(m):
    m.lathe(
        [(0.0, 0.575), (0.190, 0.570), (0.190, 0.570), (0.214, 0.588), (0.226, 0.66), (0.226, 0.76), (0.224, 0.88)] + SHOULDERS,
        26, COAT, trunk, FLAT, cloth_shade,
    )  # fmt: skip
    # The shirt's front between the edges, and its collar.
    m.ball(0.10, 14, CREAM, only("chest"), Place((0.0, 1.075, -0.115), (0.62, 1.25, 0.62), rx=0.30), 0.97, least=1)
    m.ring(0.094, 0.030, 20, CREAM, only("chest"), Place((0, 1.193, 0), (1.0, 1.1, 0.96)), 0.97)
    buttons(m, (0.67, 0.76, 0.85, 0.93), STRAW, -0.184)
    for _, s in SIDES:
        m.ball(0.045, 10, COAT, trunk, Place((s * 0.118, 0.70, -0.150), (1.0, 0.22, 0.40), ry=-s * 0.5), 0.68, least=0)
    sleeves(m, CREAM, CREAM, 0.85, 0.97, 0.98)


def scarf_scarf(m):
    w = only("chest")
    m.ring(0.122, 0.056, 24, ACCENT, w, Place((0.0, 1.200, -0.004), (1.02, 0.92, 0.98), rx=-0.06), lambda p: 0.84 + 0.16 * smooth(1.15, 1.23, p[1]))
    m.tube([(0.055, 1.19, -0.150), (0.082, 1.11, -0.205), (0.088, 1.00, -0.208), (0.084, 0.915, -0.200)], [0.040, 0.056, 0.058, 0.056], 10, ACCENT, w, 0.93, flat=0.42)
    m.tube([(0.030, 1.19, -0.150), (0.024, 1.10, -0.212), (0.016, 1.03, -0.212)], [0.036, 0.046, 0.046], 10, ACCENT, w, 0.84, flat=0.42, least=1)
    for x, y, z in ((0.052, 0.905, -0.2), (0.076, 0.9, -0.2), (0.1, 0.9, -0.2), (0.122, 0.906, -0.196)):
        m.tube([(x, y + 0.012, z), (x, y - 0.028, z - 0.002)], [0.011, 0.008], 5, ACCENT, w, 0.86, flat=0.6, least=0, rows=1)


def scarf_neckerchief(m):
    w = only("chest")
    m.ring(0.110, 0.034, 22, ACCENT, w, Place((0.0, 1.196, -0.004), (1.02, 0.95, 0.98), rx=-0.14), 0.95)
    m.ball(0.030, 10, ACCENT, w, Place((0.0, 1.160, -0.150), (1.0, 0.9, 0.8)), 0.85)
    for _, s in SIDES:
        m.tube([(s * 0.012, 1.155, -0.155), (s * 0.040, 1.115, -0.186), (s * 0.062, 1.075, -0.196)], [0.016, 0.028, 0.010], 8, ACCENT, w, 0.97, flat=0.5, least=1)


def legs(m):
    m.lathe([(0.0, 0.515), (0.120, 0.525), (0.185, 0.575), (0.196, 0.63), (0.18, 0.70)], 20, LEG, only("hips"), Place(scale=(1.0, 1.0, 0.84)), 0.92)
    for side, s in SIDES:
        w = leg(side)
        at = Place((s * 0.098, 0.0, 0.0))
        m.lathe(
            [(0.0, 0.10), (0.074, 0.105), (0.080, 0.17), (0.083, 0.26), (0.086, 0.34), (0.092, 0.44), (0.099, 0.54), (0.085, 0.615), (0.0, 0.645)],
            14, LEG, w, at, lambda p: 0.82 + 0.18 * smooth(0.14, 0.30, p[1]),
        )  # fmt: skip
        b = boot(side)
        m.lathe(
            [(0.0, 0.02), (0.085, 0.022), (0.090, 0.07), (0.086, 0.14), (0.093, 0.205), (0.093, 0.205), (0.098, 0.225), (0.086, 0.236), (0.06, 0.232)],
            16, BOOT, b, at,
        )  # fmt: skip
        m.ball(0.090, 16, BOOT, b, Place((s * 0.098, 0.060, -0.062), (0.97, 0.60, 1.42)), lambda p: 0.90 + 0.10 * smooth(0.03, 0.1, p[1]))
        m.lathe([(0.0, 0.0), (0.97, 0.0), (1.0, 0.35), (0.97, 1.0), (0.0, 1.0)], 18, SOLE, b, Place((s * 0.098, 0.0, -0.040), (0.096, 0.024, 0.152)), rows=1)
        m.tube([(s * 0.098 - 0.035, 0.125, -0.098), (s * 0.098, 0.135, -0.108), (s * 0.098 + 0.035, 0.125, -0.098)], [0.008] * 3, 5, STRAW, b, 0.9, least=0)


PIECES = [
    ("head", head),
    ("face-freckles", freckles), ("face-glasses", glasses), ("face-beard", beard),
    ("hair-short", hair_short), ("hair-bob", hair_bob), ("hair-bun", hair_bun), ("hair-plaits", hair_plaits),
    ("hair-curls", hair_curls), ("hair-curls-open", hair_curls_open),
    ("hat-bobble", hat_bobble), ("hat-beanie", hat_beanie), ("hat-cap", hat_cap), ("hat-straw", hat_straw), ("hat-hood", hat_hood),
    ("coat-coat", coat_coat), ("coat-jumper", coat_jumper), ("coat-dress", coat_dress), ("coat-waistcoat", coat_waistcoat),
    ("scarf-scarf", scarf_scarf), ("scarf-neckerchief", scarf_neckerchief),
    ("hands-mittens", hands(ACCENT, 0.62)), ("hands-bare", hands(SKIN, 0.97)),
    ("legs", legs),
]  # fmt: skip

# --- the file -----------------------------------------------------------------------------------------


def linear(text):
    out = []
    for i in (1, 3, 5):
        v = int(text[i : i + 2], 16) / 255.0
        out.append(v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4)
    return out


def q(x, steps=4096.0):
    """To a grid; + 0.0 because -0.0 has other bytes."""
    return math.floor(x * steps + 0.5) / steps + 0.0


def turned(p):
    """To +z, as VRM looks."""
    return (-p[0], p[1], -p[2])


class File:
    def __init__(self):
        self.blob, self.views, self.accessors = bytearray(), [], []

    def put(self, data, kind, component, count, target=None, low=None, high=None, normalized=False):
        while len(self.blob) % 4:
            self.blob.append(0)
        view = {"buffer": 0, "byteOffset": len(self.blob), "byteLength": len(data)}
        if target:
            view["target"] = target
        self.blob += data
        self.views.append(view)
        accessor = {"bufferView": len(self.views) - 1, "componentType": component, "count": count, "type": kind}
        if low:
            accessor["min"], accessor["max"] = low, high
        if normalized:
            accessor["normalized"] = True
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def whole(shares, total):
    """Shares of `total` in whole numbers with that sum, the largest four."""
    best = sorted(shares.items(), key=lambda item: (-item[1], INDEX[item[0]]))[:4]
    best = [(bone, share) for bone, share in best if share > 0.004]
    scale = total / sum(share for _, share in best)
    out = [[INDEX[bone], int(math.floor(q(share * scale, 256.0)))] for bone, share in best]
    out[0][1] += total - sum(share for _, share in out)
    return out + [[0, 0]] * (4 - len(out))


def make(detail):
    file, meshes, nodes = File(), [], []
    colours = {slot: linear(text) for slot, text in EXAMPLE.items()}
    triangles = {}
    at = {name: turned(place) for name, _, place in BONES}
    for name, parent, place in BONES:
        node = {"name": name}
        base = at[parent] if parent else (0.0, 0.0, 0.0)
        node["translation"] = [q(c) for c in sub(at[name], base)]
        children = [INDEX[other] for other, above, _ in BONES if above == name]
        if children:
            node["children"] = children
        nodes.append(node)
    inverse = b"".join(
        struct.pack("<16f", 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, *(q(-c) for c in at[name]), 1) for name, _, _ in BONES
    )
    skin = file.put(inverse, "MAT4", 5126, len(BONES))
    for name, draw in PIECES:
        m = Piece(detail)
        draw(m)
        if not m.triangles:
            continue
        positions = [tuple(q(c) for c in turned(p)) for p in m.positions]
        normals = [unit(tuple(q(c, 512.0) for c in turned(n))) for n in m.normals]
        count = len(positions)
        pack = lambda fmt, rows: b"".join(struct.pack(fmt, *row) for row in rows)
        joined = [whole(w, 255) for w in m.weights]
        shaded = [
            [min(255, int(c * shade * 255.0 + 0.5)) for c in colours[slot]] + [255] for slot, shade in zip(m.slots, m.shades)
        ]
        attributes = {
            "POSITION": file.put(
                pack("<3f", positions), "VEC3", 5126, count, 34962,
                [min(p[i] for p in positions) for i in range(3)], [max(p[i] for p in positions) for i in range(3)],
            ),
            "NORMAL": file.put(pack("<3f", [tuple(q(c, 65536.0) for c in n) for n in normals]), "VEC3", 5126, count, 34962),
            "TEXCOORD_0": file.put(
                pack("<2H", [(int((slot + 0.5) / 16.0 * 65535.0), min(65535, int(q(shade, 1024.0) * 65535.0))) for slot, shade in zip(m.slots, m.shades)]),
                "VEC2", 5123, count, 34962, normalized=True,
            ),
            "COLOR_0": file.put(pack("<4B", shaded), "VEC4", 5121, count, 34962, normalized=True),
            "JOINTS_0": file.put(pack("<4B", [[j for j, _ in w] for w in joined]), "VEC4", 5121, count, 34962),
            "WEIGHTS_0": file.put(pack("<4B", [[s for _, s in w] for w in joined]), "VEC4", 5121, count, 34962, normalized=True),
        }  # fmt: skip
        flat = [i for t in m.triangles for i in t]
        indices = file.put(struct.pack("<%dH" % len(flat), *flat), "SCALAR", 5123, len(flat), 34963)
        meshes.append({"name": name, "primitives": [{"attributes": attributes, "indices": indices, "material": 0}]})
        nodes.append({"name": name, "mesh": len(meshes) - 1, "skin": 0})
        triangles[name] = len(m.triangles)
    document = {
        "asset": {"version": "2.0", "generator": "assets/people/make.py", "copyright": "CC0-1.0"},
        "extensionsUsed": ["VRMC_vrm"],
        "extensions": {
            "VRMC_vrm": {
                "specVersion": "1.0",
                "meta": {
                    "name": "Islander",
                    "authors": ["Holm"],
                    "licenseUrl": "https://vrm.dev/licenses/1.0/",
                    "avatarPermission": "everyone",
                    "allowRedistribution": True,
                    "commercialUsage": "corporation",
                    "creditNotation": "unnecessary",
                    "modification": "allowModificationRedistribution",
                },
                "humanoid": {"humanBones": {name: {"node": INDEX[name]} for name, _, _ in BONES}},
            }
        },
        "scene": 0,
        "scenes": [{"nodes": [0] + list(range(len(BONES), len(nodes)))}],
        "nodes": nodes,
        "meshes": meshes,
        "skins": [{"joints": list(range(len(BONES))), "inverseBindMatrices": skin, "skeleton": 0}],
        "materials": [{"name": "cloth", "pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": 0.92}}],
        "accessors": file.accessors,
        "bufferViews": file.views,
        "buffers": [{"byteLength": len(file.blob)}],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    blob = bytes(file.blob) + b"\0" * (-len(file.blob) % 4)
    glb = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(blob))
    glb += struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob
    return glb, triangles


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    stale = False
    for detail in range(3):
        glb, triangles = make(detail)
        path = os.path.join(here, "islander-%d.glb" % detail)
        if "--check" in sys.argv:
            same = os.path.exists(path) and open(path, "rb").read() == glb
            print(os.path.basename(path), "is up to date" if same else "is not what make.py writes")
            stale |= not same
            continue
        with open(path, "wb") as out:
            out.write(glb)
        worn = ("head", "hair-bob", "hat-bobble", "coat-coat", "scarf-scarf", "hands-mittens", "legs")
        print(os.path.basename(path), len(glb), "bytes,", sum(triangles.get(name, 0) for name in worn), "triangles worn")
    sys.exit(1 if stale else 0)


if __name__ == "__main__":
    main()
