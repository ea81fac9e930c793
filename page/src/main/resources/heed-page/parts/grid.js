import { LitElement, css, html } from 'lit';
import { ThemeChanges } from '../colours.js';
import { paint } from './map.js';

/** All heads as small maps of their own weights, a row for each layer; a click chooses one, another click none. */
class Grid extends LitElement {
  static properties = {
    answer: { attribute: false },
    chosen: {},
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
    new ThemeChanges(this, () => this.draw());
  }

  updated(changed) {
    if (changed.has('answer')) {
      this.draw();
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
    const { layers, heads, side } = this.answer;
    return html`
      <p>The attention weights of ${layers * heads} heads, as the model has them: a row for each layer.</p>
      <div class="grid">
        ${Array.from({ length: layers }, (_, layer) => html`
          <div class="layer">
            <span class="name">L${layer}</span>
            ${Array.from({ length: heads }, (_, head) => this.thumbnail(`L${layer}H${head}`, side))}
          </div>`)}
      </div>`;
  }

  thumbnail(name, side) {
    return html`<button
      aria-label="Head ${name}" title=${name} aria-pressed=${this.chosen === name}
      @click=${() => this.dispatchEvent(new CustomEvent('head', { detail: this.chosen === name ? '' : name }))}
    ><canvas width=${side} height=${side}></canvas></button>`;
  }
}

customElements.define('heed-grid', Grid);
