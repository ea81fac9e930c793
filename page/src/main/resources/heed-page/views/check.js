import { LitElement, css, html, nothing } from 'lit';
import * as api from '../api.js';
import { Asking } from '../asking.js';
import { controls } from '../controls.js';
import { differs } from '../state.js';

/** On demand: how far each measure agrees with what happens when a word is really taken away. */
class Check extends LitElement {
  static properties = {
    question: { attribute: false, hasChanged: differs },
  };

  static styles = [controls, css`
    section { margin-top: 1.5rem; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { text-align: right; padding: 1px 16px 1px 0; font-weight: 400; }
    thead th { color: var(--muted); }
  `];

  asking = new Asking(this);

  willUpdate(changed) {
    if (changed.has('question')) {
      this.asking.forget();
    }
  }

  render() {
    const { answer, error, busy } = this.asking;
    return html`
      <section aria-busy=${busy}>
        ${answer ? this.table(answer) : html`
          <button ?disabled=${busy} @click=${() => this.asking.ask((signal) => api.check(this.question, signal))}>
            How far to believe it
          </button>
          <p class="note">${busy ? 'The text is read again without each of its words …'
            : 'Takes each word away in turn, reads the text again, and sees how far that moves the others.'}</p>`}
        ${error ? html`<p class="error" role="alert">${error}</p>` : nothing}
      </section>`;
  }

  table({ token, queries, agreements }) {
    return html`
      <p class="note">Each replaced by “${token}” in turn, and how far that moves the others: means over ${queries}, all heads;
        1 would be full agreement, 0 none.</p>
      <table>
        <thead><tr><th scope="col">measure</th><th scope="col">Spearman</th><th scope="col">same first</th></tr></thead>
        <tbody>${agreements.map(({ measure, spearman, top1 }) => html`<tr>
          <th scope="row">${measure}</th><td>${share(spearman)}</td><td>${share(top1)}</td></tr>`)}</tbody>
      </table>`;
  }
}

const share = (value) => (value === null ? '–' : value.toFixed(2).replace('-', '−'));

customElements.define('heed-check', Check);
