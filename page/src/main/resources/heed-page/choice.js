/** Whether a model of these layers and heads has a head of this name. */
export function hasHead({ layers, heads }, name) {
  const found = /^L(\d+)H(\d+)$/.exec(name);
  return found !== null && found[1] < layers && found[2] < heads;
}

/** The pair of words that was chosen, or else the one of two words whose weight is largest. */
export function pairIn({ tokens, codes }, name) {
  const n = tokens.length;
  const chosen = /^(\d+),(\d+)$/.exec(name)?.slice(1).map(Number);
  if (chosen?.every((index) => index < n)) {
    return chosen;
  }
  let best = 0;
  for (let at = 0; at < codes.length; at++) {
    if (at % (n + 1) !== 0 && (best === 0 || codes[at] > codes[best])) {
      best = at;
    }
  }
  return [Math.floor(best / n), best % n];
}
