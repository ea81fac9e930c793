/** The measures of what words attend to: of each its name, and what it says and does not say. */
export const MEASURES = {
  norm: ['norm', 'Σ‖αf(x)‖ over heads: the length of what attention moves. Nearest to what a word really changes.'],
  raw: ['raw', 'The attention weights themselves, averaged over heads. High attention is not an explanation.'],
  rollout: ['rollout', 'Weights multiplied through all layers. A rough guide: much of it ends at the first or a special token.'],
  alti: ['ALTI', 'c = max(0, ‖x̃‖ − ‖x̃ − T(x)‖) in each layer, multiplied through all layers: contributions of tokens.'],
};

/** Whether a measure is of a whole model, so that no head can be chosen for it. */
export const takesAllHeads = (measure) => measure === 'rollout' || measure === 'alti';
