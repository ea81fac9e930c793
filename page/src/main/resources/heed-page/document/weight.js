import { bytesOf } from '../bytes.js';

const LARGEST = 32767;

/** Vectors whose numbers are 32,767ths of their scales. */
class Vectors {
  constructor({ columns, scales, numbers }) {
    this.columns = columns;
    this.scales = floatsOf(scales);
    this.numbers = new Int16Array(bytesOf(numbers).buffer);
  }

  at(index) {
    const from = index * this.columns;
    const step = this.scales[index] / LARGEST;
    return Array.from(this.numbers.subarray(from, from + this.columns), (number) => number * step);
  }
}

const floatsOf = (base64) => new Float32Array(bytesOf(base64).buffer);

/** The vectors of a layer, as a file holds them. */
export const layerOf = (said) => ({
  ...said,
  q: new Vectors(said.q),
  k: new Vectors(said.k),
  v: new Vectors(said.v),
  lse: floatsOf(said.lse),
  bias: said.bias && new Vectors(said.bias),
  hidden: said.hidden.map(bytesOf),
});

/**
 * How the weight that a head gives one word for another came about, by their first pieces: what the server answers, but
 * for the output projection.
 */
export function weightOf({ layers, pieces, firsts }, name, row, column) {
  const [index, head] = name.slice(1).split('H').map(Number);
  const layer = layers[index];
  const { scale, softCap } = layer;
  const query = head * firsts.length + row;
  const firstKey = Math.floor(head / (layer.heads / layer.kvHeads)) * pieces.length;
  const q = layer.q.at(query);
  const dots = pieces.map((_, j) => dot(q, layer.k.at(firstKey + j)));
  const biases = layer.bias?.at(query) ?? pieces.map(() => 0);
  const hides = layer.hidden[head % layer.hidden.length];
  const hidden = (j) => ((hides[(row * pieces.length + j) >> 3] >> ((row * pieces.length + j) & 7)) & 1) === 1;
  const capped = (score) => (softCap === null ? score : softCap * Math.tanh(score / softCap));
  const scores = dots.map((each, j) => (hidden(j) ? null : capped(scale * each) + biases[j]));
  const weights = scores.map((score) => (score === null ? 0 : Math.exp(score - layer.lse[query])));
  const key = firsts[column];
  const out = new Array(layer.v.columns).fill(0);
  weights.forEach((weight, j) => layer.v.at(firstKey + j).forEach((value, c) => { out[c] += weight * value; }));
  return {
    head: name, query: firsts[row], key, pieces, q, k: layer.k.at(firstKey + key), dot: dots[key], scale, softCap,
    bias: biases[key], hidden: hidden(key), scores, weights, v: layer.v.at(firstKey + key), out,
  };
}

const dot = (q, k) => q.reduce((sum, value, c) => sum + value * k[c], 0);
