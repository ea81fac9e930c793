import { svg } from 'lit';
import { shown } from '../colours.js';

/** Pixels between two numbers at an edge, at least. */
const STEP = 64;

/** Pixels that a token needs to have its name at an edge. */
const NAMED = 12;

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
export function edge(first, pixels, length, count, tokens, draw) {
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

const cut = (name) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name);

/** The smallest of 1, 2, 5, 10, 20, … that is not less. */
export function niceStep(least) {
  let step = 1;
  for (let i = 0; step < least; i++) {
    step *= [2, 2.5, 2][i % 3];
  }
  return step;
}
