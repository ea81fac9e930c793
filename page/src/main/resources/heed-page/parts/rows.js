import { LitElement, css, html } from 'lit';
import { colourOf, ThemeChanges } from '../colours.js';
import { Width } from '../width.js';

const WIDEST = 560;
const LARGEST_CELL = 14;

/**
 * The rows of attention of a text that grows: one for each token that came, over all tokens before it. Pointing at a row
 * chooses its token.
 */
class Rows extends LitElement {
  static properties = {
    steps: { attribute: false },
    chosen: { type: Number },
  };

  static styles = css`
    :host { display: block; flex: 1 1 20rem; min-width: 0; }
    p { margin: 0.5rem 0 0.25rem; color: var(--muted); }
    .rows { position: relative; width: max-content; }
    canvas { display: block; image-rendering: pixelated; width: calc(var(--cell) * var(--columns)); height: calc(var(--cell) * var(--count)); }
    .row {
      position: absolute; left: 0; pointer-events: none; width: calc(var(--cell) * var(--columns)); height: var(--cell);
      top: calc(var(--cell) * var(--chosen)); outline: 2px solid var(--negative);
    }
  `;

  width = new Width(this);

  constructor() {
    super();
    new ThemeChanges(this, () => this.draw());
  }

  updated() {
    const columns = this.steps.at(-1).weights.length;
    const cell = Math.min(LARGEST_CELL, Math.min(WIDEST, this.width.pixels) / columns);
    const sizes = { '--cell': `${cell}px`, '--columns': columns, '--count': this.steps.length, '--chosen': this.chosen };
    Object.entries(sizes).forEach(([name, value]) => this.style.setProperty(name, value));
    this.draw();
  }

  /** A pixel for each weight; what comes behind a token is as what a mask hides. */
  draw() {
    const canvas = this.renderRoot.querySelector('canvas');
    const columns = this.steps.at(-1).weights.length;
    canvas.width = columns;
    canvas.height = this.steps.length;
    const image = canvas.getContext('2d').createImageData(columns, this.steps.length);
    this.steps.forEach(({ weights }, row) => {
      for (let column = 0; column < columns; column++) {
        image.data.set([...colourOf(weights[column] ?? null), 255], 4 * (row * columns + column));
      }
    });
    canvas.getContext('2d').putImageData(image, 0, 0);
  }

  render() {
    return html`
      <p>A row for each token that came, a column for each that was there before. Grey is not there yet.</p>
      <div class="rows" @pointermove=${this.point}>
        <canvas role="img" aria-label="The weights by which ${this.steps.length} tokens were chosen, a row each"></canvas>
        <div class="row"></div>
      </div>`;
  }

  point(event) {
    const { top, height } = event.currentTarget.getBoundingClientRect();
    const row = Math.min(this.steps.length - 1, Math.max(0, Math.floor(((event.clientY - top) / height) * this.steps.length)));
    if (row !== this.chosen) {
      this.dispatchEvent(new CustomEvent('choose', { detail: row }));
    }
  }
}

customElements.define('heed-rows', Rows);
