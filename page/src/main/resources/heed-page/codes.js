import { colourOf, outstanding, shade } from './colours.js';

/** Codes of powers of 2 in equal steps: 255 is 1, 2 is 2⁻²⁴. */
const octave = (code) => ((code - 255) * 24) / 253;

/** The weight of a map’s code, within 4 %; 0 for one that is too small, null for what is hidden. */
export const weightOf = (code) => (code === 0 ? null : code === 1 ? 0 : 2 ** octave(code));

/** The palest colour is of weights that are so small a part of an even share. */
export const PALEST = 1 / 64;

/** Red, green, blue and opacity of every code of a map: from a part of an even share to a half, and beyond. */
export function colours(keys) {
  const palest = Math.log2(PALEST / keys);
  const colour = (code) => {
    if (code === 0) {
      return colourOf(null);
    }
    return octave(code) > -1.05 ? outstanding() : shade((octave(code) - palest) / (-1 - palest));
  };
  const all = Array.from({ length: 256 }, (_, code) => [...colour(code), 255]).flat();
  return new Uint32Array(new Uint8Array(all).buffer);
}
