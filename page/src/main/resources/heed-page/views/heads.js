import { LitElement, css, html, nothing } from 'lit';
import * as api from '../api.js';
import { onThemeChange } from '../colours.js';
import { paint } from './map.js';
import './weight.js';

/** All heads as small maps of their own weights, a row for each layer; a click shows one large, and how one of its weights came about. */
export class HeadsView extends LitElement {
  static properties = {
    answer: { attribute: false },
    question: { attribute: false },
    chosen: {},
    pair: {},
    large: { state: true },
    error: { state: true },
  };

  static styles = css`
    .grid { overflow-x: auto; padding-bottom: 0.5rem; }
    .layer { display: flex; align-items: center; gap: 4px; margin-bottom: 4px; }
    .name { width: 2.2rem; flex: none; color: var(--muted); font-size: 0.85rem; text-align: right; padding-right: 4px; }
    button { flex: none; padding: 1px; border: 2px solid transparent; border-radius: 4px; background: none; cursor: pointer; }
    button[aria-pressed='true'] { border-color: var(--accent); }
    button:focus-visible { outline: 2px solid var(--accent); }
    canvas { display: block; width: 56px; height: 56px; image-rendering: pixelated; background: var(--hidden); }
    p { color: var(--muted); margin: 0 0 0.75rem; }
    .error { color: var(--error); }
  `;

  constructor() {
    super();
    this.chosen = '';
    this.pair = '';
    this.error = '';
    onThemeChange(() => this.draw());
  }

  updated(changed) {
    if (changed.has('answer')) {
      this.draw();
    }
    if (changed.has('answer') || changed.has('chosen')) {
      this.ask();
    }
  }

  disconnectedCallback() {
    this.running?.abort();
    super.disconnectedCallback();
  }

  /** Asks for the weights of the head that was chosen, if there is such a head. */
  async ask() {
    this.running?.abort();
    this.running = new AbortController();
    const name = this.chosen;
    const chosen = /^L(\d+)H(\d+)$/.exec(name);
    if (!chosen || chosen[1] >= this.answer.layers || chosen[2] >= this.answer.heads) {
      this.large = undefined;
      return;
    }
    try {
      const question = { ...this.question, head: name };
      this.large = { ...(await api.head(question, this.running.signal)), question };
      this.error = '';
    } catch (error) {
      if (error.name !== 'AbortError') {
        this.large = undefined;
        this.error = error.message;
      }
    }
  }

  codesOf(index) {
    const size = this.answer.side ** 2;
    return this.answer.codes.subarray(index * size, (index + 1) * size);
  }

  draw() {
    this.renderRoot.querySelectorAll('canvas').forEach((canvas, index) => {
      paint(canvas, this.codesOf(index), this.answer.side);
    });
  }

  render() {
    if (!this.answer) {
      return nothing;
    }
    const { layers, heads, side } = this.answer;
    return html`
      <p>The attention weights of ${layers * heads} heads, as the model has them: a row for each layer.</p>
      <div class="grid">
        ${Array.from({ length: layers }, (_, layer) => html`
          <div class="layer">
            <span class="name">L${layer}</span>
            ${Array.from({ length: heads }, (_, head) => this.thumbnail(`L${layer}H${head}`, side))}
          </div>`)}
      </div>
      ${this.error ? html`<p class="error" role="alert">${this.error}</p>` : nothing}
      ${this.large ? this.map(this.large) : nothing}`;
  }

  map({ question, tokens, codes }) {
    const [row, column] = this.pairIn(codes, tokens.length);
    return html`
      <heed-map .name=${question.head} .tokens=${tokens} .codes=${codes} .pair=${[row, column]}
        @pair=${(event) => this.dispatchEvent(new CustomEvent('pair', { detail: event.detail.join(',') }))}></heed-map>
      <heed-weight .question=${{ ...question, row, column }}></heed-weight>`;
  }

  /** The pair that was chosen, or else the one of two words whose weight is largest. */
  pairIn(codes, n) {
    const chosen = /^(\d+),(\d+)$/.exec(this.pair)?.slice(1).map(Number);
    if (chosen && chosen.every((index) => index < n)) {
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

  thumbnail(name, side) {
    return html`<button
      aria-label="Head ${name}" title=${name} aria-pressed=${this.chosen === name}
      @click=${() => this.dispatchEvent(new CustomEvent('head', { detail: this.chosen === name ? '' : name }))}
    ><canvas width=${side} height=${side}></canvas></button>`;
  }
}

customElements.define('heed-heads', HeadsView);
