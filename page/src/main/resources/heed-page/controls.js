import { css } from 'lit';

/** What all forms of the page look like. */
export const controls = css`
  .row { display: flex; flex-wrap: wrap; gap: 0.5rem 1.25rem; align-items: center; }
  :is(select, button, textarea, input[type='text'], input[type='number']) {
    font: inherit; color: inherit; background: var(--background); border: 1px solid var(--border);
    border-radius: 6px; padding: 0.3rem 0.7rem;
  }
  button { cursor: pointer; }
  button:disabled { color: var(--muted); cursor: default; }
  button.main { background: var(--accent); color: var(--background); border-color: transparent; }
  button.main:disabled { background: var(--surface); color: var(--muted); border-color: var(--border); }
  summary { cursor: pointer; color: var(--muted); }
  :is(select, button, textarea, input, summary):focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
  .note { color: var(--muted); margin: 0.5rem 0; }
  .error { color: var(--error); margin: 1rem 0; }
`;
