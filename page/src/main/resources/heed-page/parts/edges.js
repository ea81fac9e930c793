import { css, html, svg } from 'lit';
import { shown } from '../colours.js';

/** Pixels of the edge beside a map, and of the one above it. */
export const SIDE = 96;
const ABOVE = 88;

/** Pixels between two numbers at an edge, at least. */
const STEP = 64;

/** Pixels that a token needs to have its name at an edge. */
const NAMED = 12;

/** Pixels from an edge’s beginning that a name needs so as not to be cut. */
const HALF = 9;

/** Characters of a name. */
const LONGEST = 12;

/**
 * The names at an edge of a map: tokens where there is room for each, or else numbers.
 *
 * @param first what stands at the edge's beginning, in tokens
 * @param pixels of a token
 * @param length of the edge, in pixels
 * @param draw makes a mark of a place in pixels and a name
 */
function edge(first, pixels, length, count, tokens, draw) {
  const named = tokens.length > 0 && pixels >= NAMED;
  const step = named ? 1 : niceStep(STEP / pixels);
  const marks = [];
  for (let token = Math.max(0, Math.ceil(first / step) * step); token < count; token += step) {
    const at = (token - first + (named ? 0.5 : 0)) * pixels;
    if (at > length) {
      break;
    }
    if (at >= 0) {
      marks.push(draw(at, named ? cut(shown(tokens[token])) : token.toLocaleString('en')));
    }
  }
  return svg`${marks}`;
}

/**
 * The edge above a map.
 *
 * @param view what of the map is to be seen: its first column, in tokens, pixels of a token, and a width in pixels; or null
 */
export const columnNames = (view, count, tokens) => html`<svg class="columns" aria-hidden="true">${view
  ? edge(view.column, view.pixels, view.width, count, tokens, (at, name) =>
    svg`<text x="0" y="0" transform="translate(${Math.max(at + 4, HALF)} ${ABOVE - 6}) rotate(-90)">${name}</text>`) : ''}</svg>`;

/** The edge beside a map, likewise: its first row, and a height. */
export const rowNames = (view, count, tokens) => html`<svg class="rows" aria-hidden="true">${view
  ? edge(view.row, view.pixels, view.height, count, tokens, (at, name) =>
    svg`<text x=${SIDE - 6} y=${Math.max(at + 4, HALF)} text-anchor="end">${name}</text>`) : ''}</svg>`;

/** A map stands with its edges in a grid. */
export const edgeStyles = css`
  .map { display: grid; grid-template-columns: ${SIDE}px 1fr; grid-template-rows: ${ABOVE}px 1fr; }
  .columns { grid-area: 1 / 2; width: 100%; height: ${ABOVE}px; overflow: hidden; }
  .rows { grid-area: 2 / 1; width: ${SIDE}px; height: 100%; overflow: hidden; }
  text { fill: var(--muted); font-size: 11px; }
`;

const cut = (name) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name);

/** The smallest of 1, 2, 5, 10, 20, … that is not less. */
export function niceStep(least) {
  let step = 1;
  for (let i = 0; step < least; i++) {
    step *= [2, 2.5, 2][i % 3];
  }
  return step;
}
