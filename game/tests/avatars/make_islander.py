#!/usr/bin/env python3
"""Makes islander.vrm: one of the default family as a VRM 1.0 of today, with everything that moves by itself.

Pieces of assets/people/islander-0.glb become one avatar: cartoon materials with outlines and a rim, plaits, a bobble
and a scarf that swing, a head they do not go into, faces that blink, laugh and say "a", eyes that turn. Nothing but
Python is needed:  python3 game/tests/avatars/make_islander.py
"""

import json
import struct
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[2] / "assets/people/islander-0.glb"

# Linear colours by slot of the family (game/src/people/view/paint.rs).
SLOTS = [
    (0.74, 0.48, 0.33),  # skin
    (0.16, 0.06, 0.22),  # hair
    (0.10, 0.34, 0.36),  # dress
    (0.80, 0.42, 0.10),  # hat and scarf
    (0.13, 0.17, 0.20),  # tights
    (0.26, 0.055, 0.04),  # boots
    (0.82, 0.76, 0.65),  # cream
    (0.020, 0.018, 0.022),  # eyes
    (0.80, 0.30, 0.20),  # cheeks
    (1.0, 1.0, 1.0),  # spark
    (0.66, 0.47, 0.18),
    (0.20, 0.115, 0.055),
    (0.70, 0.38, 0.26),
    (0.30, 0.10, 0.08),  # mouth
    (0.042, 0.034, 0.030),
    (0.5, 0.5, 0.5),
]
SHADES = 16
LEFT_EYE, RIGHT_EYE, JAW, HEAD, CHEST = 6, 7, 5, 4, 2


def read(path):
    data = path.read_bytes()
    length = struct.unpack("<I", data[12:16])[0]
    root = json.loads(data[20 : 20 + length])
    blob = data[28 + length :]

    def accessor(index):
        about = root["accessors"][index]
        view = root["bufferViews"][about["bufferView"]]
        code, size = {5121: ("B", 1), 5123: ("H", 2), 5125: ("I", 4), 5126: ("f", 4)}[about["componentType"]]
        width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}[about["type"]]
        stride = view.get("byteStride", size * width)
        start = view.get("byteOffset", 0) + about.get("byteOffset", 0)
        scale = {5121: 255.0, 5123: 65535.0}.get(about["componentType"], 1.0) if about.get("normalized") else None
        out = []
        for n in range(about["count"]):
            row = struct.unpack_from("<" + code * width, blob, start + n * stride)
            out.append(tuple(v / scale for v in row) if scale else row)
        return out if width > 1 else [row[0] for row in out]

    return root, accessor


def srgb(v):
    return round(255 * (12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055))


def palette():
    """A picture with a column for each slot and a row for each shade."""
    rows = b""
    for shade in range(SHADES):
        rows += b"\0" + b"".join(bytes(srgb(c * shade / (SHADES - 1)) for c in slot) for slot in SLOTS)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", len(SLOTS), SHADES, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def main():
    root, accessor = read(SOURCE)
    pieces = {mesh["name"]: mesh["primitives"][0] for mesh in root["meshes"]}
    nodes = [{k: v for k, v in node.items() if k in ("name", "translation", "children")} for node in root["nodes"][:22]]
    world = [None] * 22

    def place(index, above=(0, 0, 0)):
        world[index] = tuple(a + b for a, b in zip(above, nodes[index]["translation"]))
        for child in nodes[index].get("children", []):
            place(child, world[index])

    place(0)

    def grow(name, parent, points):
        """A line of nodes below `parent`, at these places."""
        made = []
        for number, point in enumerate(points):
            nodes.append({"name": f"{name}{number + 1}", "translation": [a - b for a, b in zip(point, world[parent])]})
            world.append(tuple(point))
            nodes[parent].setdefault("children", []).append(len(nodes) - 1)
            parent = len(nodes) - 1
            made.append(parent)
        return made

    def load(name):
        primitive = pieces[name]
        attributes = primitive["attributes"]
        got = {key: accessor(attributes[key]) for key in ("POSITION", "NORMAL", "TEXCOORD_0", "JOINTS_0", "WEIGHTS_0")}
        got["indices"] = accessor(primitive["indices"])
        return got

    def middle(points):
        return tuple(sum(p[axis] for p in points) / len(points) for axis in range(3))

    plaits, hat, scarf = load("hair-plaits"), load("hat-bobble"), load("scarf-scarf")
    lines = {}
    for side, sign in (("L", 1), ("R", -1)):
        own = [p for p in plaits["POSITION"] if p[1] < 1.28 and p[0] * sign > 0.08]
        levels = [1.29, 1.21, 1.12, 1.04]
        points = []
        for level in levels:
            near = [p for p in own if abs(p[1] - level) < 0.05] or own
            x, _, z = middle(near)
            points.append((x, level, z))
        lines[side] = grow("plait" + side, HEAD, points)
    bobble = grow("bobble", HEAD, [(0.0, 1.64, -0.02), (0.0, 1.72, -0.02)])
    end = [p for p in scarf["POSITION"] if p[1] < 1.06]
    x, _, z = middle(end)
    tail = grow("scarf", CHEST, [(x, 1.09, z), (x, 0.98, z), (x, 0.88, z)])

    def hang(piece, line, chosen):
        """Vertices that hang on a line of nodes instead of the body."""
        heights = [world[node][1] for node in line[:-1]]
        for index, point in enumerate(piece["POSITION"]):
            if not chosen(point):
                continue
            part = 0.0
            for number in range(len(heights) - 1):
                upper, lower = heights[number], heights[number + 1]
                part = max(part, min(1.0, (upper - point[1]) / (upper - lower)) + number if point[1] < upper else 0.0)
            first = min(int(part), len(heights) - 1)
            second = min(first + 1, len(heights) - 1)
            mix = part - first
            piece["JOINTS_0"][index] = (line[first], line[second], 0, 0)
            piece["WEIGHTS_0"][index] = (1.0 - mix, mix, 0.0, 0.0)

    hang(plaits, lines["L"], lambda p: p[1] < 1.28 and p[0] > 0.08)
    hang(plaits, lines["R"], lambda p: p[1] < 1.28 and p[0] < -0.08)
    hang(hat, bobble, lambda p: p[1] > 1.655)
    hang(scarf, tail, lambda p: p[1] < 1.075)

    blob, views, accessors = bytearray(), [], []

    def view(data):
        while len(blob) % 4:
            blob.append(0)
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": len(data)})
        blob.extend(data)
        return len(views) - 1

    def put(rows, kind, code, component, bounds=False):
        width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}[kind]
        flat = [v for row in rows for v in row] if width > 1 else list(rows)
        entry = {
            "bufferView": view(struct.pack(f"<{len(flat)}{code}", *flat)),
            "componentType": component,
            "count": len(rows),
            "type": kind,
        }
        if bounds:
            entry["min"] = [min(row[axis] for row in rows) for axis in range(width)]
            entry["max"] = [max(row[axis] for row in rows) for axis in range(width)]
        accessors.append(entry)
        return len(accessors) - 1

    def joined(parts):
        out = {"POSITION": [], "NORMAL": [], "TEXCOORD_0": [], "JOINTS_0": [], "WEIGHTS_0": [], "indices": []}
        for part in parts:
            start = len(out["POSITION"])
            for key in out:
                out[key] += [start + i for i in part[key]] if key == "indices" else part[key]
        out["TEXCOORD_0"] = [
            ((int(u * 16) % 16 + 0.5) / 16, (min(max(v, 0.0), 1.0) * (SHADES - 1) + 0.5) / SHADES)
            for u, v in out["TEXCOORD_0"]
        ]
        return out

    def primitive(shape, material, targets=()):
        made = {
            "attributes": {
                "POSITION": put(shape["POSITION"], "VEC3", "f", 5126, True),
                "NORMAL": put(shape["NORMAL"], "VEC3", "f", 5126),
                "TEXCOORD_0": put(shape["TEXCOORD_0"], "VEC2", "f", 5126),
                "JOINTS_0": put(shape["JOINTS_0"], "VEC4", "B", 5121),
                "WEIGHTS_0": put(shape["WEIGHTS_0"], "VEC4", "f", 5126),
            },
            "indices": put(shape["indices"], "SCALAR", "H", 5123),
            "material": material,
        }
        if targets:
            made["targets"] = [{"POSITION": put(target, "VEC3", "f", 5126, True)} for target in targets]
        return made

    face = joined([load("head")])

    def moved(how):
        out = []
        for point, joints, weights in zip(face["POSITION"], face["JOINTS_0"], face["WEIGHTS_0"]):
            shares = dict(zip(joints, weights))
            goal = point
            for joint, scale in how.items():
                share = shares.get(joint, 0.0)
                at = world[joint]
                goal = tuple(g + share * (s - 1.0) * (p - a) for g, p, a, s in zip(goal, point, at, scale))
            out.append(tuple(g - p for g, p in zip(goal, point)))
        return out

    blink = {LEFT_EYE: (1, 0.08, 1), RIGHT_EYE: (1, 0.08, 1)}
    forms = [
        moved(blink),
        moved({JAW: (1.15, 2.2, 1), LEFT_EYE: (1.05, 0.72, 1), RIGHT_EYE: (1.05, 0.72, 1)}),
        moved({JAW: (0.9, 2.6, 1)}),
    ]
    meshes = [
        {"name": "face", "primitives": [primitive(face, 0, forms)], "extras": {"targetNames": ["blink", "happy", "aa"]}},
        {"name": "hair", "primitives": [primitive(joined([plaits, hat]), 1)]},
        {
            "name": "clothes",
            "primitives": [primitive(joined([load("legs"), load("coat-dress"), load("hands-bare"), scarf]), 2)],
        },
    ]
    binds = [(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, -x, -y, -z, 1) for x, y, z in world]
    skin = {"joints": list(range(len(nodes))), "inverseBindMatrices": put(binds, "MAT4", "f", 5126)}
    bones = len(nodes)
    for number, mesh in enumerate(meshes):
        nodes.append({"name": mesh["name"], "mesh": number, "skin": 0})

    def toon(name, shade, rim):
        return {
            "name": name,
            "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "metallicFactor": 0, "roughnessFactor": 0.9},
            "extensions": {
                "VRMC_materials_mtoon": {
                    "specVersion": "1.0",
                    "shadeColorFactor": shade,
                    "shadeMultiplyTexture": {"index": 0},
                    "shadingShiftFactor": -0.05,
                    "shadingToonyFactor": 0.92,
                    "giEqualizationFactor": 0.9,
                    "parametricRimColorFactor": rim,
                    "parametricRimFresnelPowerFactor": 4.0,
                    "rimLightingMixFactor": 1.0,
                    "outlineWidthMode": "worldCoordinates",
                    "outlineWidthFactor": 0.004,
                    "outlineColorFactor": [0.10, 0.05, 0.06],
                    "outlineLightingMixFactor": 0.3,
                },
                "KHR_materials_unlit": {},
            },
        }

    def chain(name, line, stiffness, gravity, drag, radius):
        joint = {"hitRadius": radius, "stiffness": stiffness, "gravityPower": gravity, "dragForce": drag}
        return {"name": name, "joints": [{"node": node, **joint} for node in line], "colliderGroups": [0]}

    def expression(form, **more):
        return {"morphTargetBinds": [{"node": bones, "index": form, "weight": 1.0}], **more}

    span = {"inputMaxValue": 90.0, "outputScale": 25.0}
    picture = view(palette())
    binary = bytes(blob)
    avatar = {
        "asset": {"version": "2.0", "generator": "Holm's make_islander.py"},
        "extensionsUsed": ["VRMC_vrm", "VRMC_springBone", "VRMC_materials_mtoon", "KHR_materials_unlit"],
        "scene": 0,
        "scenes": [{"nodes": [0, *range(bones, len(nodes))]}],
        "nodes": nodes,
        "meshes": meshes,
        "skins": [skin],
        "images": [{"name": "palette", "mimeType": "image/png", "bufferView": picture}],
        "samplers": [{"magFilter": 9728, "minFilter": 9728, "wrapS": 33071, "wrapT": 33071}],
        "textures": [{"source": 0, "sampler": 0}],
        "materials": [
            toon("skin", [0.86, 0.55, 0.48], [0.10, 0.06, 0.04]),
            toon("hair", [0.50, 0.36, 0.62], [0.35, 0.25, 0.45]),
            toon("cloth", [0.52, 0.46, 0.62], [0.10, 0.08, 0.06]),
        ],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
        "extensions": {
            "VRMC_vrm": {
                "specVersion": "1.0",
                "meta": {
                    "name": "Islander",
                    "authors": ["Holm"],
                    "licenseUrl": "https://vrm.dev/licenses/1.0/",
                    "avatarPermission": "everyone",
                    "allowRedistribution": True,
                    "modification": "allowModificationRedistribution",
                    "commercialUsage": "corporation",
                    "creditNotation": "unnecessary",
                },
                "humanoid": {"humanBones": {node["name"]: {"node": i} for i, node in enumerate(nodes[:22])}},
                "firstPerson": {"meshAnnotations": [{"node": bones, "type": "thirdPersonOnly"}]},
                "lookAt": {
                    "type": "bone",
                    "offsetFromHeadBone": [0.0, 0.177, 0.1],
                    "rangeMapHorizontalInner": span,
                    "rangeMapHorizontalOuter": span,
                    "rangeMapVerticalDown": span,
                    "rangeMapVerticalUp": span,
                },
                "expressions": {
                    "preset": {
                        "blink": expression(0),
                        "happy": expression(1, overrideBlink="blend", overrideMouth="block"),
                        "aa": expression(2),
                    }
                },
            },
            "VRMC_springBone": {
                "specVersion": "1.0",
                "colliders": [
                    {"node": HEAD, "shape": {"sphere": {"offset": [0.0, 0.17, 0.0], "radius": 0.2}}},
                    {"node": CHEST, "shape": {"capsule": {"offset": [0.0, 0.2, 0.0], "radius": 0.14, "tail": [0.0, -0.2, 0.0]}}},
                ],
                "colliderGroups": [{"name": "body", "colliders": [0, 1]}],
                "springs": [
                    chain("plait left", lines["L"], 0.35, 0.35, 0.35, 0.03),
                    chain("plait right", lines["R"], 0.35, 0.35, 0.35, 0.03),
                    {**chain("bobble", bobble, 0.9, 0.0, 0.2, 0.0), "colliderGroups": []},
                    chain("scarf", tail, 0.4, 0.3, 0.4, 0.02),
                ],
            },
        },
    }
    text = json.dumps(avatar, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    out = b"glTF" + struct.pack("<II", 2, 28 + len(text) + len(binary))
    out += struct.pack("<I", len(text)) + b"JSON" + text + struct.pack("<I", len(binary)) + b"BIN\0" + binary
    (HERE / "islander.vrm").write_bytes(out)
    print(f"islander.vrm: {len(out)} bytes, {len(nodes)} nodes")


main()
