// Reads a PNG, as a page's picture is or the program's photo, so that a test can ask what is in it.

import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";

/** Its size and its pixels, one number each: 0xrrggbb. Eight bits a channel, not interlaced: what we and Chromium write. */
export function read(png) {
  assert.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], "it is a PNG");
  let [width, height, channels] = [0, 0, 0];
  const packed = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const kind = png.toString("latin1", at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + length);
    if (kind === "IHDR") {
      [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
      channels = { 2: 3, 6: 4 }[data[9]];
      assert.ok(data[8] === 8 && channels && !data[12], `depth ${data[8]}, kind ${data[9]}, interlaced ${data[12]}`);
    } else if (kind === "IDAT") packed.push(data);
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(packed));
  const line = width * channels;
  assert.equal(raw.length, (line + 1) * height, "all of it is there");
  const bytes = Buffer.alloc(line * height);
  // Each line says how its bytes were foretold: from the left, from above, from both.
  for (let y = 0; y < height; y += 1) {
    const how = raw[y * (line + 1)];
    for (let x = 0; x < line; x += 1) {
      const left = x >= channels ? bytes[y * line + x - channels] : 0;
      const above = y ? bytes[(y - 1) * line + x] : 0;
      const corner = y && x >= channels ? bytes[(y - 1) * line + x - channels] : 0;
      const [fromLeft, fromAbove, fromCorner] = [left, above, corner].map((value) => Math.abs(left + above - corner - value));
      const paeth = fromLeft <= fromAbove && fromLeft <= fromCorner ? left : fromAbove <= fromCorner ? above : corner;
      bytes[y * line + x] = raw[y * (line + 1) + 1 + x] + [0, left, above, (left + above) >> 1, paeth][how];
    }
  }
  const pixels = Array.from({ length: width * height }, (_, index) => bytes.readUIntBE(index * channels, 3));
  return { width, height, pixels };
}

/** How many pixels are of exactly this colour: the interface's own are flat, the world's never are. */
export const count = ({ pixels }, colour) => pixels.filter((pixel) => pixel === colour).length;

/** Of the usual palette (`game/src/theme/palette.rs`). */
export const AMBER = 0xf4ad60;
export const CORAL = 0xff9b85;
