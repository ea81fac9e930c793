import { LitElement, css, html, nothing } from 'lit';
import * as api from '../api.js';
import { Asking } from '../asking.js';
import { shown } from '../colours.js';
import '../parts/map.js';
import { modelOf } from '../state.js';
import '../views/generate.js';
import { lesson, startWith } from './lesson.js';

/** What is read, token by token, and how much of it at first. */
const TEXT = 'To be, or not to be';
const FIRST = 3;

/** Where the last of these tokens of the text ends in it. */
const endOf = (tokens) => tokens
  .map((token) => token.trim() || token)
  .reduce((end, token) => TEXT.indexOf(token, end) + token.length, 0);

/** Step 8: what the causal mask hides, while a text is read from left to right. */
class Mask extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
    read: { state: true },
  };

  static styles = [...lesson, css`
    .hidden { background: var(--hidden); }
    td { min-width: 3.2rem; padding: 3px 8px; }
  `];

  asking = new Asking(this);

  constructor() {
    super();
    this.read = FIRST;
  }

  willUpdate(changed) {
    const model = modelOf(this.models, this.state.model, ({ causal }) => causal);
    if (model && (this.model !== model || changed.has('read'))) {
      this.model = model;
      this.asking.ask((signal) => this.look(model, signal));
    }
  }

  /** The weights of one head over what has been read, and over the whole text. */
  async look(model, signal) {
    const head = 'L0H0';
    const question = { model: model.name, pieces: true, special: false };
    const whole = await api.head({ ...question, text: TEXT, head }, signal);
    const text = TEXT.slice(0, endOf(whole.tokens.slice(0, this.read)));
    const part = await api.look({ ...question, text, measure: 'raw', heads: head }, signal);
    const codes = await api.head({ ...question, text, head }, signal);
    return { head, cells: part.cells, tokens: part.tokens, codes: codes.codes, all: whole.tokens.length };
  }

  render() {
    const { answer, error, busy } = this.asking;
    return html`<section aria-label="The causal mask" aria-busy=${busy}>
      <p class="words">A model that writes goes on with a text, one token after the other. It must not look ahead: what comes next
        is just what it has to guess. So a <em>mask</em> hides from each token all that come later. Their scores become −∞, and e
        to that is 0.</p>
      <p class="words">Token 0 sees itself alone, and so its whole attention, 1, stays there. Token 1 sees 0 and 1. Token 2 sees 0, 1
        and 2. Whatever is grey cannot be seen, and each row still adds up to 1.</p>
      ${this.model ? nothing : html`<p class="note">This step needs a model that writes: <code>${startWith('shakespeare')}</code></p>`}
      <p class="error" role="alert">${error}</p>
      ${answer ? this.rows(answer) : nothing}
      <p class="words">Read one token more: a row comes, and the rows above stay as they were. So the model can keep the keys and values
        of all that it has read and work out the new row alone. That store is the <em>KV cache</em>, and it is why writing the next
        word does not mean reading the whole text again.</p>
      ${this.model ? html`<p class="words">Press Start, and it writes. Every token that comes was chosen by one row: what the token before it
          gave to all up to itself.</p>
        <heed-generate .models=${this.models} .state=${this.state}></heed-generate>` : nothing}
    </section>`;
  }

  rows({ head, cells, tokens, codes, all }) {
    return html`
      <div class="row">
        <button class="main" ?disabled=${this.read >= all} @click=${() => { this.read = tokens.length + 1; }}>Read one more</button>
        <button ?disabled=${this.read === FIRST} @click=${() => { this.read = FIRST; }}>From the start</button>
        <span class="note">${tokens.length} tokens read by ${this.model.name}, head ${head}</span>
      </div>
      <div class="wide" tabindex="0" role="region" aria-label="The weights of each token">
        <table>
          <thead><tr><th scope="col">token</th>${tokens.map((token, j) => html`<th scope="col">${j} ${shown(token)}</th>`)}</tr></thead>
          <tbody>${cells.map((row, i) => html`<tr><th scope="row">${i} ${shown(tokens[i])}</th>
            ${row.map((weight) => (weight === null
              ? html`<td class="hidden"><span>hidden</span></td>` : html`<td>${weight.toFixed(3)}</td>`))}</tr>`)}
          </tbody>
        </table>
      </div>
      <heed-map .name=${head} .tokens=${tokens} .codes=${codes}></heed-map>`;
  }
}

customElements.define('heed-learn-mask', Mask);
