import { LitElement, css, html, nothing } from 'lit';
import { colourOf, ThemeChanges, shown, weightOf } from '../colours.js';

const AIM = 620;
const SMALLEST_CELL = 3;
const LARGEST_CELL = 36;

/** Cells from this size on have words beside them. */
const LABELLED_CELL = 11;

const TICKS = [1, 0.5, 0.25, 0.05, 0];
const LEGEND_HEIGHT = 150;

/**
 * The heat map of one head: rows look, columns are looked at. Pointing at a cell lights both
 * words; if there is a pair that is chosen, a click, or Enter, chooses theirs.
 */
class HeatMap extends LitElement {
  static properties = {
    tokens: { attribute: false },
    codes: { attribute: false },
    name: {},
    pair: { attribute: false },
    at: { state: true },
  };

  static styles = css`
    h3 { margin: 0.5rem 0 0.25rem; font-size: 1rem; }
    p { margin: 0 0 0.5rem; color: var(--muted); min-height: 1.5em; }
    .map { display: grid; grid-template-columns: max-content max-content 1fr; width: max-content; max-width: 100%; overflow-x: auto; padding-bottom: 0.5rem; }
    .rows, .columns { list-style: none; margin: 0; padding: 0; font-size: min(0.85rem, calc(var(--cell) * 0.95)); }
    .rows li { height: var(--cell); line-height: var(--cell); text-align: right; padding-right: 6px; white-space: pre; }
    .columns { display: flex; align-items: flex-end; grid-area: 1 / 2; }
    .rows { grid-area: 2 / 1; }
    .legend { grid-area: 2 / 3; }
    .columns li {
      width: var(--cell); line-height: var(--cell); writing-mode: vertical-rl; transform: rotate(180deg);
      padding-top: 6px; white-space: pre; max-height: 9rem; overflow: hidden;
    }
    .rows li { max-width: 9rem; overflow: hidden; text-overflow: ellipsis; }
    li.lit { color: var(--accent); font-weight: 700; }
    .cells { grid-area: 2 / 2; width: calc(var(--cell) * var(--n)); height: calc(var(--cell) * var(--n)); }
    .pair {
      grid-area: 2 / 2; pointer-events: none; width: var(--cell); height: var(--cell); outline: 2px solid var(--negative);
      margin: calc(var(--cell) * var(--row)) 0 0 calc(var(--cell) * var(--column));
    }
    canvas { display: block; image-rendering: pixelated; }
    canvas:focus-visible { outline: 2px solid var(--accent); }
    .legend { display: flex; gap: 6px; margin-left: 20px; font-size: 0.75rem; color: var(--muted); }
    .legend canvas { width: 14px; height: ${LEGEND_HEIGHT}px; border: 1px solid var(--border); }
    .ticks { position: relative; width: 3rem; height: ${LEGEND_HEIGHT}px; }
    .ticks span { position: absolute; transform: translateY(-50%); }
  `;

  constructor() {
    super();
    this.at = null;
    new ThemeChanges(this, () => this.draw());
  }

  willUpdate(changed) {
    if (changed.has('codes')) {
      this.at = null;
    }
  }

  updated(changed) {
    if (changed.has('codes') || changed.has('tokens')) {
      this.draw();
    }
    if (this.pair) {
      this.style.setProperty('--row', this.pair[0]);
      this.style.setProperty('--column', this.pair[1]);
    }
  }

  get cell() {
    return Math.min(LARGEST_CELL, Math.max(SMALLEST_CELL, Math.floor(AIM / this.tokens.length)));
  }

  render() {
    if (!this.codes) {
      return nothing;
    }
    const n = this.tokens.length;
    const labels = this.cell >= LABELLED_CELL;
    const [row, column] = this.at ?? [-1, -1];
    return html`
      <h3>${this.name}</h3>
      <p role="status">${this.sentence()}</p>
      <div class="map">
        ${labels ? html`<ol class="columns" aria-hidden="true">
          ${this.tokens.map((token, j) => html`<li class=${j === column ? 'lit' : ''}>${shown(token)}</li>`)}</ol>` : nothing}
        ${labels ? html`<ol class="rows" aria-hidden="true">
          ${this.tokens.map((token, i) => html`<li class=${i === row ? 'lit' : ''}>${shown(token)}</li>`)}</ol>` : nothing}
        <canvas
          class="cells"
          tabindex="0"
          role="img"
          aria-label="Heat map of ${this.name}: ${n} words look, ${n} are looked at. Arrow keys move from cell to cell${this.pair ? ', Enter shows how a weight came about' : ''}."
          width=${n}
          height=${n}
          @pointermove=${this.point}
          @pointerleave=${() => { this.at = null; }}
          @keydown=${this.key}
          @click=${this.choose}
        ></canvas>
        ${this.pair ? html`<div class="pair"></div>` : nothing}
        <div class="legend" aria-hidden="true">
          <canvas class="scale" width="1" height=${LEGEND_HEIGHT}></canvas>
          <div class="ticks">${TICKS.map((tick) => html`<span data-at=${1 - Math.sqrt(tick)}>${tick}</span>`)}</div>
        </div>
      </div>`;
  }

  sentence() {
    if (!this.at) {
      return `Rows look, columns are looked at. Grey is hidden by the mask.${
        this.pair ? ' A click on a cell shows below how its weight came about.' : ''}`;
    }
    const [row, column] = this.at;
    const code = this.codes[row * this.tokens.length + column];
    const said = code === 0 ? 'hidden' : weightOf(code).toFixed(3);
    return `${shown(this.tokens[row])} → ${shown(this.tokens[column])}: ${said}`;
  }

  draw() {
    const cells = this.renderRoot.querySelector('.cells');
    if (!cells || !this.codes) {
      return;
    }
    this.style.setProperty('--cell', `${this.cell}px`);
    this.style.setProperty('--n', this.tokens.length);
    paint(cells, this.codes, this.tokens.length);
    const scale = this.renderRoot.querySelector('.scale').getContext('2d');
    for (let y = 0; y < LEGEND_HEIGHT; y++) {
      const [red, green, blue] = colourOf((1 - (y + 0.5) / LEGEND_HEIGHT) ** 2);
      scale.fillStyle = `rgb(${red} ${green} ${blue})`;
      scale.fillRect(0, y, 1, 1);
    }
    for (const tick of this.renderRoot.querySelectorAll('.ticks span')) {
      tick.style.top = `${100 * tick.dataset.at}%`;
    }
  }

  point(event) {
    const box = event.target.getBoundingClientRect();
    const n = this.tokens.length;
    const cell = (offset, size) => Math.min(n - 1, Math.max(0, Math.floor((offset / size) * n)));
    this.at = [cell(event.clientY - box.top, box.height), cell(event.clientX - box.left, box.width)];
  }

  choose() {
    if (this.at && this.pair) {
      this.dispatchEvent(new CustomEvent('pair', { detail: this.at }));
    }
  }

  key(event) {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const move = moves[event.key];
    if (move) {
      const within = (value) => Math.min(this.tokens.length - 1, Math.max(0, value));
      const [row, column] = this.at ?? [0, 0];
      this.at = this.at ? [within(row + move[0]), within(column + move[1])] : [0, 0];
      event.preventDefault();
    } else if (event.key === 'Enter') {
      this.choose();
    } else if (event.key === 'Escape') {
      this.at = null;
    }
  }
}

/** Red, green, blue and opacity of every code. */
const colours = () => Array.from({ length: 256 }, (_, code) => [...colourOf(weightOf(code)), 255]).flat();

/** Draws n × n codes, a pixel each. */
export function paint(canvas, codes, n) {
  const context = canvas.getContext('2d');
  const image = context.createImageData(n, n);
  const table = new Uint32Array(new Uint8Array(colours()).buffer);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = table[codes[i]];
  }
  context.putImageData(image, 0, 0);
}

customElements.define('heed-map', HeatMap);
