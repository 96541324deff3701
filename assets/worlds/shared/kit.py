"""What the scripts of Holm's worlds share: numbers that look random, colours, meshes, baked shade, the files.

Pure Python 3, no packages. The same bytes on every run and machine: the only randomness is the integer hash below,
every coordinate is rounded to 1/512 m before anything is worked out from it, and whatever is computed afterwards uses
only + - * / and square roots, which every machine rounds alike.

A world's make.py fills a `Scene` and hands it to `finish`, which bakes shade into the colours and writes NAME.glb and
world.ron, or with --check compares them with what lies there.

Metres, y up, -z is north, +x is east. Colours are written as on the web and stored linear. No textures: each vertex has
a colour; its alpha is how much of a material's motion (wind, flame) it takes part in, or, of what is still, how much of
the sky the sun can be seen in from there (for where no shadows are drawn). A mesh is faceted unless it is
made with smooth=True. Names ending in -nocol are not solid.

Licence: CC0-1.0.
"""

import json
import math
import os
import struct
import sys

sys.dont_write_bytecode = True

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



# --- meshes -------------------------------------------------------------------------------------------


def q(v):
    return round(v * 512.0) / 512.0


def quantised(colour):
    return tuple(int(round(min(1.0, max(0.0, v)) * 65535.0)) & 0xFFF0 for v in colour)


class Mesh:
    """Triangles of one material. `wind` is the alpha of the vertices that follow, or a function of the place."""

    def __init__(self, material="matte", smooth=False):
        self.material, self.smooth = material, smooth
        self.index, self.positions, self.colours, self.triangles = {}, [], [], []
        self.wind = 1.0

    def vertex(self, p, c):
        p = tuple(q(v) for v in p)
        if len(c) == 3:
            c = (*c, self.wind(p) if callable(self.wind) else self.wind)
        c = quantised(c)
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

    def slat(self, x0, x1, low, high, z, thick, colour, base=0.78):
        """An upright board along x whose ends may slope: `low` and `high` are their heights at x0 and x1."""
        dark = shade(colour, base)
        side = [dark, dark, colour, colour]
        p = lambda x, y, k: ((x0, x1)[x], y[x], z + k * thick / 2.0)
        self.quad(p(0, low, 1), p(1, low, 1), p(1, high, 1), p(0, high, 1), side)
        self.quad(p(1, low, -1), p(0, low, -1), p(0, high, -1), p(1, high, -1), side)
        self.quad(p(1, low, 1), p(1, low, -1), p(1, high, -1), p(1, high, 1), side)
        self.quad(p(0, low, -1), p(0, low, 1), p(0, high, 1), p(0, high, -1), side)
        self.quad(p(0, high, 1), p(1, high, 1), p(1, high, -1), p(0, high, -1), shade(colour, 1.04))
        self.quad(p(0, low, -1), p(1, low, -1), p(1, low, 1), p(0, low, 1), dark)

    def floor(self, x0, x1, z0, z1, y, colour, step):
        """A level floor in small pieces, so that what stands on it is seen to stand: shade is baked into corners."""
        n, m = max(1, round((x1 - x0) / step)), max(1, round((z1 - z0) / step))
        p = lambda i, k: (x0 + (x1 - x0) * i / n, y, z0 + (z1 - z0) * k / m)
        for i in range(n):
            for k in range(m):
                self.quad(p(i, k + 1), p(i + 1, k + 1), p(i + 1, k), p(i, k), colour)

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
        def p(d):
            k = [int(round(x * 64)) + 128 for x in d]
            r = 0.82 + 0.36 * hash01(*k, seed)
            y = max(d[1] * r, -1 + flat)
            return (centre[0] + size[0] * d[0] * r, centre[1] + size[1] * y, centre[2] + size[2] * d[2] * r)

        for a, b, c in ball(rings):
            level = (a[1] + b[1] + c[1]) / 3
            tone = dark + (1 - dark) * smooth(-0.7, 0.75, level)
            tone *= 0.94 + 0.12 * hash01(int(a[0] * 99) + 200, int(b[1] * 99) + 200, int(c[2] * 99) + 200, seed)
            self.tri(p(a), p(b), p(c), shade(colour, tone))


    def rock(self, centre, size, colour, seed, rings=2, chops=9, top=None):
        """A stone as frost makes it: a ball with sides cut off, lighter on top where the sun and lichen are."""
        cuts = []
        for n in range(chops):
            y = 2.0 * hash01(seed, n, 1) - 1.0
            a = math.tau * hash01(seed, n, 2)
            flat = math.sqrt(max(0.0, 1.0 - y * y))
            cuts.append((q(flat * math.cos(a)), q(y), q(flat * math.sin(a)), 0.52 + 0.36 * hash01(seed, n, 3)))
        top = top or shade(colour, 1.16)
        for face in ball(rings):
            corners = []
            for d in face:
                p = [v * (0.94 + 0.1 * hash01(*(int(round(x * 64)) + 128 for x in d), seed)) for v in d]
                for nx, ny, nz, far in cuts:
                    over = p[0] * nx + p[1] * ny + p[2] * nz - far
                    if over > 0:
                        p = [p[0] - over * nx, p[1] - over * ny, p[2] - over * nz]
                corners.append(p)
            a, b, c = corners
            n = cross(sub(b, a), sub(c, a))
            up = n[1] / (length(n) or 1.0)
            tone = mix(shade(colour, 0.72), top, smooth(-0.35, 0.85, up))
            place = [tuple(centre[i] + size[i] * p[i] for i in range(3)) for p in corners]
            self.tri(*place, tone)

    def blob(self, centre, size, low, high, seed, rings=2, rough=0.2, flat=0.3):
        """A ball of leaves: lumps, dark below and light above."""
        for face in ball(rings):
            corners, level = [], 0.0
            for d in face:
                key = [int(round(x * 64)) + 128 for x in d]
                r = 1.0 - rough / 2 + rough * hash01(*key, seed)
                y = max(d[1] * r, -1 + flat)
                level += y / 3
                corners.append((centre[0] + size[0] * d[0] * r, centre[1] + size[1] * y, centre[2] + size[2] * d[2] * r))
            tone = mix(low, high, smooth(-0.65, 0.8, level))
            key = [int(round(x * 16)) + 64 for x in face[0]]
            self.tri(*corners, shade(tone, 0.93 + 0.14 * hash01(*key, seed, 3)))

    def plank(self, a, b, wide, thick, colour, up=(0, 1, 0)):
        """A board from a to b, its flat side towards `up`."""
        along = unit(sub(b, a))
        across = unit(cross(along, up))
        top = cross(across, along)
        def p(o, s, h):
            return tuple(o[i] + across[i] * s * wide / 2 + top[i] * h * thick / 2 for i in range(3))
        low = shade(colour, 0.78)
        self.quad(p(a, -1, 1), p(a, 1, 1), p(b, 1, 1), p(b, -1, 1), colour)
        self.quad(p(a, 1, -1), p(a, -1, -1), p(b, -1, -1), p(b, 1, -1), low)
        self.quad(p(a, 1, 1), p(a, 1, -1), p(b, 1, -1), p(b, 1, 1), [colour, low, low, colour])
        self.quad(p(a, -1, -1), p(a, -1, 1), p(b, -1, 1), p(b, -1, -1), [low, colour, colour, low])
        self.quad(p(a, -1, -1), p(a, 1, -1), p(a, 1, 1), p(a, -1, 1), shade(colour, 0.9))
        self.quad(p(b, 1, -1), p(b, -1, -1), p(b, -1, 1), p(b, 1, 1), shade(colour, 0.9))

    def ring(self, foot, inner, outer, h, sides, colour, start=0.0, sweep=math.tau, top=None):
        """A flat ring (or part of one), h thick, its lower side on `foot`."""
        top = top or colour
        def p(i, r, y):
            a = start + sweep * i / sides
            return (foot[0] + r * math.cos(a), foot[1] + y, foot[2] - r * math.sin(a))
        low = shade(colour, 0.75)
        for i in range(sides):
            k = i + 1
            self.quad(p(i, inner, h), p(i, outer, h), p(k, outer, h), p(k, inner, h), top)
            self.quad(p(k, inner, 0), p(k, outer, 0), p(i, outer, 0), p(i, inner, 0), low)
            self.quad(p(i, outer, 0), p(k, outer, 0), p(k, outer, h), p(i, outer, h), [low, low, colour, colour])
            self.quad(p(k, inner, 0), p(i, inner, 0), p(i, inner, h), p(k, inner, h), [low, low, colour, colour])
        if sweep < math.tau - 0.001:
            self.quad(p(0, inner, 0), p(0, outer, 0), p(0, outer, h), p(0, inner, h), colour)
            self.quad(p(sides, outer, 0), p(sides, inner, 0), p(sides, inner, h), p(sides, outer, h), colour)


def sub(a, b):
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def cross(a, b):
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def length(a):
    return math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])


def unit(a):
    n = length(a) or 1.0
    return (a[0] / n, a[1] / n, a[2] / n)


BALLS = {}


def ball(rings):
    """Faces of an icosahedron, divided `rings` times, on the unit ball."""
    if rings not in BALLS:
        g = (1 + math.sqrt(5)) / 2
        v = [(-1, g, 0), (1, g, 0), (-1, -g, 0), (1, -g, 0), (0, -1, g), (0, 1, g), (0, -1, -g), (0, 1, -g)]
        v += [(g, 0, -1), (g, 0, 1), (-g, 0, -1), (-g, 0, 1)]
        f = [(0, 11, 5), (0, 5, 1), (0, 1, 7), (0, 7, 10), (0, 10, 11), (1, 5, 9), (5, 11, 4), (11, 10, 2)]
        f += [(10, 7, 6), (7, 1, 8), (3, 9, 4), (3, 4, 2), (3, 2, 6), (3, 6, 8), (3, 8, 9), (4, 9, 5)]
        f += [(2, 4, 11), (6, 2, 10), (8, 6, 7), (9, 8, 1)]
        faces = [tuple(unit(v[i]) for i in t) for t in f]
        for _ in range(rings):
            more = []
            for a, b, c in faces:
                ab, bc, ca = (unit(tuple((x + y) / 2 for x, y in zip(*e))) for e in ((a, b), (b, c), (c, a)))
                more += [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
            faces = more
        BALLS[rings] = faces
    return BALLS[rings]


# --- the scene ----------------------------------------------------------------------------------------


class Scene:
    """Meshes by name, where they stand, and what world.ron says besides."""

    def __init__(self):
        self.meshes, self.nodes = {}, []
        self.seats, self.ladders, self.lights = [], [], []
        self.sounds, self.floors = [], []

    def part(self, name, material="matte", smooth=False):
        self.meshes[name] = Mesh(material, smooth)
        return self.meshes[name]

    def node(self, name, mesh, place=(0, 0, 0), turn=0.0, scale=1.0):
        assert mesh in self.meshes, mesh
        self.nodes.append((name, mesh, tuple(q(v) for v in place), turn, scale))

    def seat(self, at, yaw, height=0.45):
        """Room for one: `at` is the floor below it; somebody in it faces -z turned by `yaw` about +y."""
        self.seats.append((at, yaw, height))

    def ladder(self, at, yaw, height, width=0.5):
        self.ladders.append((at, yaw, height, width))

    def light(self, at, colour, lumens, reach, fire=False):
        self.lights.append((at, colour, lumens, reach, fire))

    def sound(self, of, at=None, range=None, gain=None):
        """What is heard: `at` a place, or everywhere; how far, metres; how loud, 0 to 1."""
        told = [f"of: {of}"]
        told += [f"at: {triple(at)}"] if at is not None else []
        told += [f"range: {number(range)}"] if range is not None else []
        told += [f"gain: {number(gain)}"] if gain is not None else []
        self.sounds.append(", ".join(told))

    def underfoot(self, of, at, size):
        """What one walks on within an upright box: `at` is the middle of its bottom. The first that contains somebody counts."""
        self.floors.append(f"of: {of}, at: {triple(at)}, size: {triple(size)}")


def placed(point, place, turn, scale=1.0):
    s, c = math.sin(turn), math.cos(turn)
    x, y, z = (v * scale for v in point)
    return (place[0] + x * c + z * s, place[1] + y, place[2] - x * s + z * c)


# --- baked shade --------------------------------------------------------------------------------------

CELL = 0.25
# Twenty directions of a half ball, more of them upright: how light from everywhere falls.
RAYS = []
for _n in range(20):
    _up = math.sqrt((_n + 0.5) / 20.0)
    _a = 2.399963 * _n
    _f = math.sqrt(1.0 - _up * _up)
    RAYS.append((round(_f * math.cos(_a), 3), round(_up, 3), round(_f * math.sin(_a), 3)))


class Around:
    """What stands where: cells of `size` metres that something passes through."""

    def __init__(self, size):
        self.size, self.cells = size, set()

    def is_free(self, x, y, z):
        s = self.size
        return (int(x / s + 4096), int(y / s + 4096), int(z / s + 4096)) not in self.cells


# How much of the light from everywhere a large space lets in: seen over `WIDE` metres in steps of `STRIDE`.
WIDE, STRIDE = 13.0, 0.55
# Towards the sky, as the sun may stand: where it is baked that no shadow needs to be drawn.
SUNS = []
for _n in range(14):
    _up = math.sin(math.radians(16.0 + 58.0 * (_n + 0.5) / 14.0))
    _a = 2.399963 * _n
    _f = math.sqrt(1.0 - _up * _up)
    SUNS.append((round(_f * math.cos(_a), 3), round(_up, 3), round(_f * math.sin(_a), 3)))


def says_sun(material):
    """Whether the alpha of its corners says nothing of wind and flames, so that it can say how open the sky is."""
    return not material.endswith(("-sway", "-flame", "-afloat", "-wings")) and not material.startswith(("glow", "glass", "sky", "far"))


def bake(scene, reach=2.6, strength=0.62, skip=(), clear=(), wide=0.0):
    """Darkens corners: from each vertex rays go out, and what they hit nearby takes light away.

    A mesh that is placed once is shaded by everything around it, one that is placed often by itself and by the mean of
    its places. `wide` is how much darker a place deep inside of a building is. What is in `skip` neither shades nor is
    shaded, what is in `clear` lets light through. The alpha of still things says how much of the sky the sun can be
    seen in from there.
    """
    places = {}
    for node in scene.nodes:
        places.setdefault(node[1], []).append(node)
    shines = lambda mesh: mesh.material in ("glow", "glow-lamp", "fire-flame", "sky", "gull-wings", "glass")
    world, far = Around(CELL), Around(STRIDE)
    for name, mesh, place, turn, scale in scene.nodes:
        if shines(scene.meshes[mesh]) or mesh in skip or mesh in clear:
            continue
        fill(world, scene.meshes[mesh], place, turn, scale)
        fill(far, scene.meshes[mesh], place, turn, scale)
    for name, mesh in scene.meshes.items():
        if shines(mesh) or name in skip or name not in places:
            continue
        if len(places[name]) == 1:
            node = places[name][0]
            shaded(mesh, world, far, node[2], node[3], node[4], reach, strength, wide)
        else:
            own, none = Around(CELL), Around(STRIDE)
            fill(own, mesh, (0, 0, 0), 0.0, 1.0)
            spots = [(p[0], p[1] + 1.2, p[2]) for _, _, p, _, _ in places[name][:40]]
            inside = sum(depth_inside(far, spot, (0.0, 1.0, 0.0)) for spot in spots) / len(spots)
            sun = sum(openness(far, spot, 1.0) for spot in spots) / len(spots)
            shaded(mesh, own, none, (0, 0, 0), 0.0, 1.0, reach, strength * 0.85, wide, inside, sun)


def depth_inside(far, at, n):
    """How much of what is above a surface is shut, 0 to 1; light that falls flat along it counts little."""
    nx, ny, nz = n
    hx, hy, hz = (0.0, 1.0, 0.0) if abs(ny) < 0.9 else (1.0, 0.0, 0.0)
    tx, ty, tz = unit((hy * nz - hz * ny, hz * nx - hx * nz, hx * ny - hy * nx))
    bx, by, bz = ny * tz - nz * ty, nz * tx - nx * tz, nx * ty - ny * tx
    shut = rays = 0
    for rx, ry, rz in RAYS[2:]:
        dx, dy, dz = tx * rx + nx * ry + bx * rz, ty * rx + ny * ry + by * rz, tz * rx + nz * ry + bz * rz
        rays += 1
        d = 1.6
        while d < WIDE:
            if not far.is_free(at[0] + dx * d, at[1] + dy * d, at[2] + dz * d):
                shut += 1
                break
            d += STRIDE
    return shut / rays


def openness(far, at, start):
    """In how much of the sky the sun can be seen from here."""
    seen = 0
    for dx, dy, dz in SUNS:
        d = start
        while d < WIDE:
            if not far.is_free(at[0] + dx * d, at[1] + dy * d, at[2] + dz * d):
                break
            d += STRIDE
        else:
            seen += 1
    return seen / len(SUNS)


def fill(world, mesh, place, turn, scale):
    """Marks the cells that a mesh's triangles pass through."""
    at = [tuple(q(v) for v in placed(p, place, turn, scale)) for p in mesh.positions]
    size, cells = world.size, world.cells
    step = size * 0.6
    for i, k, j in mesh.triangles:
        a, b, c = at[i], at[k], at[j]
        ab, ac = sub(b, a), sub(c, a)
        n = max(1, int(length(ab) / step))
        m = max(1, int(length(ac) / step))
        n = max(n, int(length(sub(c, b)) / step))
        for u in range(n + 1):
            fu = u / n
            top = max(1, int(m * (1.0 - fu)) + 1)
            for v in range(top + 1):
                fv = (1.0 - fu) * v / top
                x = a[0] + ab[0] * fu + ac[0] * fv
                y = a[1] + ab[1] * fu + ac[1] * fv
                z = a[2] + ab[2] * fu + ac[2] * fv
                cells.add((int(x / size + 4096), int(y / size + 4096), int(z / size + 4096)))


def normals_of(mesh):
    """The mean normal at each place of a mesh, places that touch taken together."""
    total = {}
    for i, k, j in mesh.triangles:
        a, b, c = mesh.positions[i], mesh.positions[k], mesh.positions[j]
        n = cross(sub(b, a), sub(c, a))
        for p in (a, b, c):
            t = total.get(p, (0.0, 0.0, 0.0))
            total[p] = (t[0] + n[0], t[1] + n[1], t[2] + n[2])
    return {p: unit(n) for p, n in total.items()}


def shaded(mesh, world, far, place, turn, scale, reach, strength, wide, inside=None, sun=None):
    """Each corner of each face for itself where faces are flat: a shelf is dark below and light above.

    `inside` and `sun` are known of a mesh with many places.
    """
    s, c = math.sin(turn), math.cos(turn)
    s, c = round(s, 4), round(c, 4)
    known = {}
    cells = world.cells
    still = says_sun(mesh.material)
    steps = int((reach - 0.4) / (CELL * 1.3))

    def light(p, n):
        key = (p, tuple(int(round(v * 6)) for v in n))
        if key in known:
            return known[key]
        nx, ny, nz = n[0] * c + n[2] * s, n[1], -n[0] * s + n[2] * c
        wx, wy, wz = (v * scale for v in p)
        ox = place[0] + wx * c + wz * s + nx * 0.28
        oy = place[1] + wy + ny * 0.28
        oz = place[2] - wx * s + wz * c + nz * 0.28
        # A frame around the normal.
        hx, hy, hz = (0.0, 1.0, 0.0) if abs(ny) < 0.9 else (1.0, 0.0, 0.0)
        tx, ty, tz = unit((hy * nz - hz * ny, hz * nx - hx * nz, hx * ny - hy * nx))
        bx, by, bz = ny * tz - nz * ty, nz * tx - nx * tz, nx * ty - ny * tx
        taken = 0.0
        for rx, ry, rz in RAYS:
            dx = tx * rx + nx * ry + bx * rz
            dy = ty * rx + ny * ry + by * rz
            dz = tz * rx + nz * ry + bz * rz
            d = 0.22
            for _ in range(steps):
                if (int((ox + dx * d) / CELL + 4096), int((oy + dy * d) / CELL + 4096), int((oz + dz * d) / CELL + 4096)) in cells:
                    taken += 1.0 - d / reach
                    break
                d += CELL * 1.3
        result = 1.0 - strength * taken / len(RAYS)
        if wide:
            result *= 1.0 - wide * (depth_inside(far, (ox, oy, oz), (nx, ny, nz)) if inside is None else inside)
        # A short way out of the corner first: walls are thinner than the cells far away.
        out = (ox + nx * 0.4, oy + ny * 0.4 + 0.15, oz + nz * 0.4)
        known[key] = result, (openness(far, out, 0.3) if sun is None else sun) if still else None
        return known[key]

    if mesh.smooth:
        normal = normals_of(mesh)
        for i, p in enumerate(mesh.positions):
            mesh.colours[i] = dimmed(mesh.colours[i], *light(p, normal[p]))
        return
    fresh = Mesh(mesh.material)
    for t in mesh.triangles:
        corners = [mesh.positions[i] for i in t]
        n = unit(cross(sub(corners[1], corners[0]), sub(corners[2], corners[0])))
        ids = []
        for i, p in zip(t, corners):
            colour = dimmed(mesh.colours[i], *light(p, n))
            key = (p, colour)
            if key not in fresh.index:
                fresh.index[key] = len(fresh.positions)
                fresh.positions.append(p)
                fresh.colours.append(colour)
            ids.append(fresh.index[key])
        fresh.triangles.append(ids)
    mesh.index, mesh.positions, mesh.colours, mesh.triangles = fresh.index, fresh.positions, fresh.colours, fresh.triangles


def dimmed(colour, light, sun):
    # Shade is a little warmer than light: what darkens a corner also colours it.
    light = int(light * 24.0 + 0.5) / 24.0
    r, g, b, a = colour
    if sun is not None:
        a = int(int(sun * 14.0 + 0.5) / 14.0 * 65535.0) & 0xFFF0
    return (int(r * (0.06 + 0.94 * light)) & 0xFFF0, int(g * (0.02 + 0.98 * light)) & 0xFFF0, int(b * (0.03 + 0.97 * light)) & 0xFFF0, a)


# --- writing ------------------------------------------------------------------------------------------

UNLIT = {"KHR_materials_unlit": {}}


def material(name, rough):
    entry = {"name": name + ("-sunlit" if says_sun(name) else ""), "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": rough}}
    if name.startswith(("glow", "fire", "sky")):
        entry["extensions"] = UNLIT
    if name.startswith("metal"):
        entry["pbrMetallicRoughness"] = {"metallicFactor": 0.8, "roughnessFactor": rough}
    if name.startswith("glass"):
        entry["pbrMetallicRoughness"]["baseColorFactor"] = [0.75, 0.85, 0.9, 0.28]
        entry["alphaMode"] = "BLEND"
        entry["doubleSided"] = True
    if name in ("grass-sway", "sail", "gull-wings"):
        entry["doubleSided"] = True
    return entry


ROUGH = {"metal": 0.42, "polished": 0.38, "glass": 0.15}


def glb(scene, title, script):
    positions, colours, indices, normals = b"", b"", b"", b""
    accessors, meshes = [], []
    order = [name for name in scene.meshes if any(n[1] == name for n in scene.nodes)]
    materials = sorted({scene.meshes[name].material for name in order})
    for name in order:
        mesh = scene.meshes[name]
        count = len(mesh.positions)
        assert 0 < count < 65536, (name, count)
        p = struct.pack(f"<{3 * count}f", *(v for pos in mesh.positions for v in pos))
        c = struct.pack(f"<{4 * count}H", *(v for col in mesh.colours for v in col))
        i = struct.pack(f"<{3 * len(mesh.triangles)}H", *(v for tri in mesh.triangles for v in tri))
        accessors.append({"bufferView": 0, "byteOffset": len(positions), "componentType": 5126, "count": count, "type": "VEC3",
                          "min": [min(pos[k] for pos in mesh.positions) for k in range(3)],
                          "max": [max(pos[k] for pos in mesh.positions) for k in range(3)]})
        accessors.append({"bufferView": 1, "byteOffset": len(colours), "componentType": 5123, "normalized": True, "count": count, "type": "VEC4"})
        accessors.append({"bufferView": 2, "byteOffset": len(indices), "componentType": 5123, "count": 3 * len(mesh.triangles), "type": "SCALAR"})
        n = len(accessors)
        attributes = {"POSITION": n - 3, "COLOR_0": n - 2}
        primitive = {"attributes": attributes, "indices": n - 1, "material": materials.index(mesh.material)}
        if mesh.smooth:
            known = normals_of(mesh)
            flat = [round(v * 128.0) / 128.0 for pos in mesh.positions for v in known[pos]]
            accessors.append({"bufferView": 3, "byteOffset": len(normals), "componentType": 5126, "count": count, "type": "VEC3"})
            attributes["NORMAL"] = n
            normals += struct.pack(f"<{3 * count}f", *flat)
        meshes.append({"name": name, "primitives": [primitive]})
        positions, colours = positions + p, colours + c
        indices += i + b"\0" * (-len(i) % 4)
    views, body = [], b""
    for data, target, stride in ((positions, 34962, 12), (colours, 34962, 8), (indices, 34963, None), (normals, 34962, 12)):
        if not data:
            continue
        view = {"buffer": 0, "byteOffset": len(body), "byteLength": len(data), "target": target}
        if stride:
            view["byteStride"] = stride
        views.append(view)
        body += data + b"\0" * (-len(data) % 4)
    nodes = []
    for name, mesh, place, turn, scale in scene.nodes:
        entry = {"name": name, "mesh": order.index(mesh)}
        if any(place):
            entry["translation"] = list(place)
        if turn:
            entry["rotation"] = [0.0, round(math.sin(turn / 2), 4), 0.0, round(math.cos(turn / 2), 4)]
        if scale != 1.0:
            entry["scale"] = [round(scale, 3)] * 3
        nodes.append(entry)
    root = {
        "asset": {"version": "2.0", "generator": script, "copyright": "CC0-1.0"},
        "extensionsUsed": ["KHR_materials_unlit"],
        "scene": 0,
        "scenes": [{"name": title, "nodes": list(range(len(nodes)))}],
        "nodes": nodes,
        "meshes": meshes,
        "materials": [material(name, ROUGH.get(name.split("-")[0], 0.9)) for name in materials],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(body)}],
    }
    text = json.dumps(root, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    total = 12 + 8 + len(text) + 8 + len(body)
    head = struct.pack("<4sII", b"glTF", 2, total)
    return head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(body), b"BIN\0") + body


def number(value):
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def triple(values):
    return "(" + ", ".join(number(v) for v in values) + ")"


def ron(scene, head, model):
    """world.ron: the head as the script wrote it, then lights, sounds, floors, ladders and seats where the geometry has
    them."""
    lines = [head.rstrip(), "    lights: ["]
    for at, colour, lumens, reach, fire in scene.lights:
        tail = ", fire: true" if fire else ""
        lines.append(f'        (at: {triple(at)}, colour: "{colour}", lumens: {number(lumens)}, reach: {number(reach)}{tail}),')
    for title, entries in (("sounds", scene.sounds), ("floors", scene.floors)):
        if entries:
            lines += ["    ],", f"    {title}: ["] + [f"        ({entry})," for entry in entries]
    lines += ["    ],", "    things: [", f'        (shape: Model("{model}")),']
    for at, yaw, height, width in scene.ladders:
        lines.append(f"        (shape: Ladder(height: {number(height)}, width: {number(width)}), at: {triple(at)}, turn_degrees: (0, {number(math.degrees(yaw) % 360)}, 0), shown: false),")
    for at, yaw, height in scene.seats:
        lines.append(f"        (shape: Seat(height: {number(height)}), at: {triple(at)}, turn_degrees: (0, {number(math.degrees(yaw) % 360)}, 0)),")
    lines += ["    ],", ")", ""]
    return "\n".join(lines).encode()


def finish(scene, folder, name, title, head):
    """Writes the world's two files beside its script, or with --check compares."""
    files = {f"{name}.glb": glb(scene, title, f"assets/worlds/{name}/make.py"), "world.ron": ron(scene, head, f"{name}.glb")}
    drawn = sum(len(scene.meshes[mesh].triangles) for _, mesh, *_ in scene.nodes)
    used = {mesh for _, mesh, *_ in scene.nodes}
    print(f"{len(files[f'{name}.glb']):,} bytes, {len(scene.nodes)} nodes, {len(used)} meshes, {drawn:,} triangles drawn")
    for file, data in files.items():
        path = os.path.join(folder, file)
        if "--check" in sys.argv:
            with open(path, "rb") as f:
                if f.read() != data:
                    sys.exit(f"{file} is not what this script writes: run it and commit the result")
        else:
            with open(path, "wb") as f:
                f.write(data)
