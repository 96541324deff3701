#!/usr/bin/env python3
"""Makes painted.vrm: a figure of balls, each with something of MToon that has to be looked at to be known right.

Its head has studs (normal map), its chest reflects a picture of what is around (matcap) on one half (rim multiply), its
hips have a rim of their own light, its arms are outlined as thick as a share of the screen where a mask says so, its legs
are striped and the stripes move where the mask says so, its feet are in the shade where the mask says so. A pointer over
its head aims at its right hand, a ball on its back turns as its head does, and one beside its elbow rolls with its arm.
Nothing but Python is needed:  python3 game/tests/avatars/make_painted.py
"""

import json
import math
import struct
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIDE = 32


def png(pixel):
    rows = b""
    for y in range(SIDE):
        rows += b"\0"
        for x in range(SIDE):
            rows += bytes(max(0, min(255, round(255 * c))) for c in pixel((x + 0.5) / SIDE, (y + 0.5) / SIDE))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def studs(u, v):
    """A dome that stands out: green points up in the picture, as glTF has it."""
    x, y = 2 * u - 1, 2 * v - 1
    if x * x + y * y > 0.7:
        return 0.5, 0.5, 1.0
    up = math.sqrt(1 - x * x - y * y)
    return 0.5 + x / 2, 0.5 - y / 2, 0.5 + up / 2


def around(u, v):
    """What is around: blue above, orange below, a red lamp to the left."""
    red = max(0.0, 1 - math.hypot(u - 0.2, v - 0.5) / 0.15)
    return (0.9 * red + (0.5 if v > 0.7 else 0), 0.25 if v > 0.7 else 0.0, 0.8 if v < 0.3 else 0.0)


def half(u, _):
    return (1.0, 1.0, 1.0) if u > 0.5 else (0.0, 0.0, 0.0)


def stripes(u, v):
    return (0.9, 0.9, 0.85) if math.floor(8 * v) % 2 else (0.15, 0.2, 0.5)


def masks(u, v):
    """Red: where it is light; green: where the outline is; blue: where pictures move."""
    return (1.0 if math.floor(4 * u) % 2 else 0.0, 1.0 if v > 0.5 else 0.0, 1.0 if u > 0.5 else 0.0)


def white(_u, _v):
    return 1.0, 1.0, 1.0


PICTURES = [studs, around, half, stripes, masks, white]
STUDS, AROUND, HALF, STRIPES, MASKS, WHITE = range(6)

# Bone, what it hangs on, where from there; looking along +z.
BONES = [
    ("hips", None, (0, 0.9, 0)),
    ("spine", "hips", (0, 0.12, 0)),
    ("chest", "spine", (0, 0.14, 0)),
    ("neck", "chest", (0, 0.2, 0)),
    ("head", "neck", (0, 0.05, 0)),
]
for side, sign in (("left", 1), ("right", -1)):
    BONES += [
        (f"{side}UpperArm", "chest", (0.2 * sign, 0.12, 0)),
        (f"{side}LowerArm", f"{side}UpperArm", (0.24 * sign, 0, 0)),
        (f"{side}Hand", f"{side}LowerArm", (0.22 * sign, 0, 0)),
        (f"{side}UpperLeg", "hips", (0.11 * sign, -0.08, 0)),
        (f"{side}LowerLeg", f"{side}UpperLeg", (0, -0.38, 0)),
        (f"{side}Foot", f"{side}LowerLeg", (0, -0.36, 0)),
    ]

# Bone, where on it, how large, which surface.
BALLS = [
    ("head", (0, 0.17, 0), (0.2, 0.2, 0.2), "bumps"),
    ("chest", (0, 0.02, 0), (0.2, 0.18, 0.17), "matcap"),
    ("hips", (0, 0.02, 0), (0.17, 0.14, 0.15), "rim"),
]
for side, sign in (("left", 1), ("right", -1)):
    BALLS += [
        (f"{side}UpperArm", (0.12 * sign, 0, 0), (0.13, 0.06, 0.06), "drawn"),
        (f"{side}LowerArm", (0.11 * sign, 0, 0), (0.12, 0.05, 0.05), "drawn"),
        (f"{side}Hand", (0.06 * sign, 0, 0), (0.07, 0.06, 0.06), "drawn"),
        (f"{side}UpperLeg", (0, -0.19, 0), (0.09, 0.21, 0.09), "moving"),
        (f"{side}LowerLeg", (0, -0.18, 0), (0.08, 0.2, 0.08), "moving"),
        (f"{side}Foot", (0, -0.02, 0.05), (0.08, 0.06, 0.13), "shifted"),
    ]


def toon(name, base, shade, more, picture=None, bumps=None):
    material = {
        "name": name,
        "pbrMetallicRoughness": {"baseColorFactor": [*base, 1], "metallicFactor": 0},
        "extensions": {
            "VRMC_materials_mtoon": {"specVersion": "1.0", "shadeColorFactor": shade, "shadingToonyFactor": 0.9, **more}
        },
    }
    if picture is not None:
        material["pbrMetallicRoughness"]["baseColorTexture"] = {"index": picture}
        material["extensions"]["VRMC_materials_mtoon"]["shadeMultiplyTexture"] = {"index": picture}
    if bumps is not None:
        many = {"KHR_texture_transform": {"scale": [12, 6]}}
        material["normalTexture"] = {"index": bumps, "scale": 1.0, "extensions": many}
        # Pictures of one surface are placed alike.
        material["pbrMetallicRoughness"]["baseColorTexture"] = {"index": WHITE, "extensions": many}
    return material


MATERIALS = [
    toon("bumps", (0.8, 0.55, 0.3), [0.35, 0.2, 0.2], {"shadingToonyFactor": 0.5}, bumps=STUDS),
    toon(
        "matcap",
        (0.1, 0.1, 0.1),
        [0.05, 0.05, 0.05],
        {
            "matcapTexture": {"index": AROUND},
            "matcapFactor": [1, 1, 1],
            "rimMultiplyTexture": {"index": HALF},
            "rimLightingMixFactor": 0,
        },
    ),
    toon(
        "rim",
        (0.1, 0.15, 0.12),
        [0.05, 0.08, 0.06],
        {
            "parametricRimColorFactor": [0.2, 0.9, 0.4],
            "parametricRimFresnelPowerFactor": 3,
            "parametricRimLiftFactor": 0.1,
            "rimLightingMixFactor": 0.5,
        },
    ),
    toon(
        "drawn",
        (0.85, 0.85, 0.8),
        [0.6, 0.6, 0.7],
        {
            "outlineWidthMode": "screenCoordinates",
            "outlineWidthFactor": 0.012,
            "outlineWidthMultiplyTexture": {"index": MASKS},
            "outlineColorFactor": [0.6, 0.05, 0.05],
            "outlineLightingMixFactor": 0,
        },
    ),
    toon(
        "moving",
        (1, 1, 1),
        [0.5, 0.5, 0.6],
        {
            "uvAnimationMaskTexture": {"index": MASKS},
            "uvAnimationScrollYSpeedFactor": 0.25,
            "outlineWidthMode": "worldCoordinates",
            "outlineWidthFactor": 0.006,
            "outlineColorFactor": [0.02, 0.02, 0.05],
        },
        picture=STRIPES,
    ),
    toon(
        "shifted",
        (0.9, 0.7, 0.2),
        [0.2, 0.1, 0.3],
        {"shadingShiftFactor": -1, "shadingShiftTexture": {"index": MASKS, "scale": 2}},
    ),
]
NAMES = [material["name"] for material in MATERIALS]


def ball(around_count=24, up=16):
    points, uvs, indices = [], [], []
    for row in range(up + 1):
        down = math.pi * row / up
        for column in range(around_count + 1):
            # The middle of the picture is in front, its seam behind.
            turn = 2 * math.pi * column / around_count - math.pi
            points.append((math.sin(down) * math.sin(turn), math.cos(down), math.sin(down) * math.cos(turn)))
            uvs.append((column / around_count, row / up))
    for row in range(up):
        for column in range(around_count):
            a = row * (around_count + 1) + column
            b = a + around_count + 1
            indices += [a, b, a + 1, a + 1, b, b + 1]
    return points, uvs, indices


def main():
    blob, views, accessors = bytearray(), [], []

    def view(data):
        while len(blob) % 4:
            blob.append(0)
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": len(data)})
        blob.extend(data)
        return len(views) - 1

    def put(rows, kind, code, component):
        flat = [v for row in rows for v in row] if kind != "SCALAR" else rows
        entry = {
            "bufferView": view(struct.pack(f"<{len(flat)}{code}", *flat)),
            "componentType": component,
            "count": len(rows),
            "type": kind,
        }
        if kind == "VEC3":
            entry["min"] = [min(row[axis] for row in rows) for axis in range(3)]
            entry["max"] = [max(row[axis] for row in rows) for axis in range(3)]
        accessors.append(entry)
        return len(accessors) - 1

    points, uvs, indices = ball()
    place = put(points, "VEC3", "f", 5126)
    shape = {"POSITION": place, "NORMAL": place, "TEXCOORD_0": put(uvs, "VEC2", "f", 5126)}
    corners = put(indices, "SCALAR", "H", 5123)
    meshes = [
        {"name": name, "primitives": [{"attributes": shape, "indices": corners, "material": number}]}
        for number, name in enumerate(NAMES)
    ]
    nodes = [{"name": name, "translation": at} for name, _, at in BONES]
    index = {name: number for number, (name, _, _) in enumerate(BONES)}
    for name, above, _ in BONES:
        if above:
            nodes[index[above]].setdefault("children", []).append(index[name])

    def hang(above, node):
        nodes.append(node)
        nodes[above].setdefault("children", []).append(len(nodes) - 1)
        return len(nodes) - 1

    for bone, at, size, surface in BALLS:
        hang(index[bone], {"translation": at, "scale": size, "mesh": NAMES.index(surface)})

    def follows(above, name, at, constraint, ball_at, size, surface):
        extensions = {"VRMC_node_constraint": {"specVersion": "1.0", "constraint": constraint}}
        made = hang(index[above], {"name": name, "translation": at, "extensions": extensions})
        hang(made, {"translation": ball_at, "scale": size, "mesh": NAMES.index(surface)})
        return made

    aim = {"aim": {"source": index["rightHand"], "aimAxis": "PositiveY"}}
    follows("chest", "pointer", (0, 0.75, 0), aim, (0, 0.12, 0), (0.03, 0.12, 0.03), "rim")
    # Listed before what it follows, which itself follows.
    last = len(nodes) + 2
    turn = {"rotation": {"source": last, "weight": 1.0}}
    follows("chest", "second", (0, 0.0, -0.24), turn, (0, 0.08, 0), (0.04, 0.08, 0.04), "shifted")
    turn = {"rotation": {"source": index["head"], "weight": 0.5}}
    first = follows("chest", "first", (0, -0.14, -0.24), turn, (0, 0.06, 0), (0.03, 0.06, 0.03), "shifted")
    assert first == last
    roll = {"roll": {"source": index["leftUpperArm"], "rollAxis": "X"}}
    follows("leftUpperArm", "roll", (0.24, 0, 0), roll, (0, 0.09, 0), (0.03, 0.03, 0.03), "rim")

    images = [{"mimeType": "image/png", "bufferView": view(png(picture))} for picture in PICTURES]
    binary = bytes(blob)
    avatar = {
        "asset": {"version": "2.0", "generator": "Holm's make_painted.py"},
        "extensionsUsed": ["VRMC_vrm", "VRMC_materials_mtoon", "VRMC_node_constraint", "KHR_texture_transform"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": nodes,
        "meshes": meshes,
        "images": images,
        "textures": [{"source": number} for number in range(len(images))],
        "materials": MATERIALS,
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
        "extensions": {
            "VRMC_vrm": {
                "specVersion": "1.0",
                "meta": {
                    "name": "Painted",
                    "authors": ["Holm"],
                    "licenseUrl": "https://vrm.dev/licenses/1.0/",
                    "avatarPermission": "everyone",
                    "allowRedistribution": True,
                    "modification": "allowModificationRedistribution",
                    "commercialUsage": "corporation",
                    "creditNotation": "unnecessary",
                },
                "humanoid": {"humanBones": {name: {"node": number} for name, number in index.items()}},
            }
        },
    }
    text = json.dumps(avatar, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    out = b"glTF" + struct.pack("<II", 2, 28 + len(text) + len(binary))
    out += struct.pack("<I", len(text)) + b"JSON" + text + struct.pack("<I", len(binary)) + b"BIN\0" + binary
    (HERE / "painted.vrm").write_bytes(out)
    print(f"painted.vrm: {len(out)} bytes, {len(nodes)} nodes")


main()
