import { LitElement, css, html, nothing } from 'lit';
import * as api from '../api.js';

/** On demand: how far each measure agrees with what happens when a word is really taken away. */
export class CheckView extends LitElement {
  static properties = {
    question: { attribute: false, hasChanged: (now, before) => JSON.stringify(now) !== JSON.stringify(before) },
    answer: { state: true },
    error: { state: true },
    busy: { state: true },
  };

  static styles = css`
    section { margin-top: 1.5rem; }
    p { color: var(--muted); margin: 0.5rem 0; }
    button {
      font: inherit; color: inherit; background: var(--background); border: 1px solid var(--border);
      border-radius: 6px; padding: 0.3rem 0.7rem; cursor: pointer;
    }
    button:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { text-align: right; padding: 1px 16px 1px 0; font-weight: 400; }
    thead th { color: var(--muted); }
    .error { color: var(--error); }
  `;

  constructor() {
    super();
    this.error = '';
    this.busy = false;
  }

  willUpdate(changed) {
    if (changed.has('question')) {
      this.running?.abort();
      this.answer = undefined;
      this.error = '';
      this.busy = false;
    }
  }

  disconnectedCallback() {
    this.running?.abort();
    super.disconnectedCallback();
  }

  async ask() {
    const running = new AbortController();
    this.running = running;
    this.busy = true;
    this.error = '';
    try {
      this.answer = await api.check(this.question, running.signal);
    } catch (error) {
      if (error.name !== 'AbortError') {
        this.error = error.message;
      }
    } finally {
      if (this.running === running) {
        this.busy = false;
      }
    }
  }

  render() {
    return html`
      <section aria-busy=${this.busy}>
        ${this.answer ? this.table() : html`
          <button ?disabled=${this.busy} @click=${this.ask}>How far to believe it</button>
          <p>${this.busy ? 'The text is read again without each of its words …'
            : 'Takes each word away in turn, reads the text again, and sees how far that moves the others.'}</p>`}
        ${this.error ? html`<p class="error" role="alert">${this.error}</p>` : nothing}
      </section>`;
  }

  table() {
    const { token, queries, agreements } = this.answer;
    return html`
      <p>Each replaced by “${token}” in turn, and how far that moves the others: means over ${queries}, all heads;
        1 would be full agreement, 0 none.</p>
      <table>
        <thead><tr><th scope="col">measure</th><th scope="col">Spearman</th><th scope="col">same first</th></tr></thead>
        <tbody>${agreements.map(({ measure, spearman, top1 }) => html`<tr>
          <th scope="row">${measure}</th><td>${share(spearman)}</td><td>${share(top1)}</td></tr>`)}</tbody>
      </table>`;
  }
}

const share = (value) => (value === null ? '–' : value.toFixed(2).replace('-', '−'));

customElements.define('heed-check', CheckView);
