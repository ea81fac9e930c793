import { LitElement, css, html, nothing } from 'lit';
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
  `;

  constructor() {
    super();
    this.chosen = '';
    this.pair = '';
    onThemeChange(() => this.draw());
  }

  updated(changed) {
    if (changed.has('answer')) {
      this.draw();
    }
  }

  codesOf(index) {
    const size = this.answer.tokens.length ** 2;
    return this.answer.codes.subarray(index * size, (index + 1) * size);
  }

  draw() {
    this.renderRoot.querySelectorAll('canvas').forEach((canvas, index) => {
      paint(canvas, this.codesOf(index), this.answer.tokens.length);
    });
  }

  render() {
    if (!this.answer) {
      return nothing;
    }
    const { layers, heads, tokens } = this.answer;
    const chosen = /^L(\d+)H(\d+)$/.exec(this.chosen);
    const index = chosen ? Number(chosen[1]) * heads + Number(chosen[2]) : -1;
    return html`
      <p>The attention weights of ${layers * heads} heads, as the model has them: a row for each layer.</p>
      <div class="grid">
        ${Array.from({ length: layers }, (_, layer) => html`
          <div class="layer">
            <span class="name">L${layer}</span>
            ${Array.from({ length: heads }, (_, head) => this.thumbnail(`L${layer}H${head}`, tokens.length))}
          </div>`)}
      </div>
      ${index >= 0 && index < layers * heads
        ? this.large(this.codesOf(index))
        : nothing}`;
  }

  large(codes) {
    const [row, column] = this.pairIn(codes);
    return html`
      <heed-map .name=${this.chosen} .tokens=${this.answer.tokens} .codes=${codes} .pair=${[row, column]}
        @pair=${(event) => this.dispatchEvent(new CustomEvent('pair', { detail: event.detail.join(',') }))}></heed-map>
      <heed-weight .question=${{ ...this.question, head: this.chosen, row, column }}></heed-weight>`;
  }

  /** The pair that was chosen, or else the one of two words whose weight is largest. */
  pairIn(codes) {
    const n = this.answer.tokens.length;
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

  thumbnail(name, n) {
    return html`<button
      aria-label="Head ${name}" title=${name} aria-pressed=${this.chosen === name}
      @click=${() => this.dispatchEvent(new CustomEvent('head', { detail: this.chosen === name ? '' : name }))}
    ><canvas width=${n} height=${n}></canvas></button>`;
  }
}

customElements.define('heed-heads', HeadsView);
