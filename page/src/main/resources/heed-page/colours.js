/** The scales of weights between 0 and 1, by their square root: those of Heed's pictures. */
const LIGHT = ['#F7FBFF', '#DEEBF7', '#C6DBEF', '#9ECAE1', '#6BAED6', '#4292C6', '#2171B5', '#08519C', '#08306B'];
const DARK = ['#20222A', '#3B3A6B', '#3B528B', '#2C728E', '#21918C', '#28AE80', '#5EC962', '#ADDC30', '#FDE725'];

const dark = matchMedia('(prefers-color-scheme: dark)');

const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

/** [red, green, blue] of a weight; of none that of what is hidden. */
export const colourOf = (weight) =>
  (weight === null ? channels(dark.matches ? '#4A4D52' : '#D9D9D9') : shade(Math.sqrt(weight)));

/** [red, green, blue] of a place on the scale, from 0 to 1. */
export function shade(place) {
  const scale = dark.matches ? DARK : LIGHT;
  const at = Math.min(1, Math.max(0, place)) * (scale.length - 1);
  const low = Math.min(Math.floor(at), scale.length - 2);
  const [from, to] = [channels(scale[low]), channels(scale[low + 1])];
  return from.map((value, i) => Math.round(value + (to[i] - value) * (at - low)));
}

/** [red, green, blue] of a weight that stands out. */
export const outstanding = () => channels(dark.matches ? '#FF9F45' : '#D1450B');

/** The weight of a code, or null for what is hidden. */
export const weightOf = (code) => (code === 0 ? null : ((code - 1) / 254) ** 2);

/** Calls when light becomes dark, or dark light, while a component is there. A Lit controller. */
export class ThemeChanges {
  constructor(host, listener) {
    this.listener = listener;
    host.addController(this);
  }

  hostConnected() {
    dark.addEventListener('change', this.listener);
  }

  hostDisconnected() {
    dark.removeEventListener('change', this.listener);
  }
}

/** White space that can be seen. */
export const shown = (token) => (/^[^\S\n]*$/.test(token) ? '␣'.repeat(Math.max(1, token.length)) : token.replaceAll('\n', '⏎'));
