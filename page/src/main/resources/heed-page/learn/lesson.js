import { css } from 'lit';
import { hasHead } from '../choice.js';
import { controls } from '../controls.js';
import { modelOf } from '../state.js';

/** What the steps look like. */
export const lesson = [controls, css`
  :host { display: block; }
  .words { max-width: 42rem; margin: 0 0 1rem; }
  .words em { font-style: normal; font-weight: 600; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
  th, td { text-align: right; padding: 2px 14px 2px 0; font-weight: 400; }
  thead th { color: var(--muted); vertical-align: bottom; }
  tbody th { white-space: pre; }
  .wide { overflow-x: auto; margin: 0.5rem 0 1rem; }
  .wide:focus-visible { outline: 2px solid var(--accent); }
  heed-steps { display: block; margin: 0.75rem 0; }
  .lit { color: var(--accent); font-weight: 700; }
`];

/** The model that a step shows: the one that was chosen if it is an encoder, or else an encoder, or else any. */
export const shownModel = (models, name) => modelOf(models, name, ({ causal }) => !causal) ?? modelOf(models, name);

/** What is asked about the sentence of the lesson: by its words, without special tokens. */
export const sentenceOf = (model, text) => ({ model: model.name, text, pieces: false, special: false });

/** The head that a step shows: the one that was chosen, or else the one that looks from “it” at “trophy” in minilm. */
export const shownHead = (model, name) => [name, 'L3H1', 'L0H0'].find((each) => hasHead(model, each));

/** How the page is started with a model that is not there. */
export const startWith = (model) => `heed serve --model ${model}`;
