import { LitElement, css, html, nothing } from 'lit';
import { bytesOf } from '../bytes.js';
import { channelChoice, channelOf, channelStyles, legend } from '../channels.js';
import { colours, weightOf } from '../codes.js';
import { ThemeChanges, shown } from '../colours.js';
import { controls } from '../controls.js';
import { SIDE, columnNames, edgeStyles, rowNames } from '../parts/edges.js';
import { Width } from '../width.js';
import { MapWindow } from './window.js';

const HIGHEST = 640;

/** Pixels that a pointer may move in a click. */
const STILL = 4;

/** Cells that Shift and an arrow key move. */
const STRIDE = 10;
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const FIRST = { channel: 'max', at: '' };

/**
 * One head of a long text, from all of it to the finest level that stands in the page itself: nothing is asked of
 * anybody. The address holds what is to be seen.
 */
class Levels extends LitElement {
  static properties = {
    channel: { state: true },
    view: { state: true },
    spot: { state: true },
  };

  static styles = [controls, channelStyles, edgeStyles, css`
    :host { display: block; max-width: 76rem; margin: 0 auto; padding: 0 1rem 2rem; }
    h1 { font-size: 1.4rem; margin: 1rem 0 0.25rem; }
    blockquote { margin: 0.5rem 0; padding: 0.5rem 1rem; border-radius: 8px; background: var(--surface); white-space: pre-wrap; overflow-wrap: anywhere; }
    .status { min-height: 3em; margin: 0.5rem 0; overflow-wrap: anywhere; }
    canvas { grid-area: 2 / 2; background: var(--surface); touch-action: none; cursor: crosshair; outline-offset: -2px; }
    canvas:focus-visible { outline: 2px solid var(--accent); }
  `];

  width = new Width(this);

  constructor() {
    super();
    this.data = JSON.parse(document.getElementById('data').textContent);
    const levels = this.data.levels.map(({ level, max, mass }) => [level, { max: bytesOf(max), mass: bytesOf(mass) }]);
    this.levels = new Map(levels);
    this.map = { tokens: this.data.tokens, top: this.data.top, finest: Math.min(...this.levels.keys()) };
    this.spot = null;
    this.read();
    window.addEventListener('hashchange', () => {
      this.read();
      this.view = undefined;
    });
    new ThemeChanges(this, () => this.draw());
  }

  read() {
    const state = { ...FIRST, ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))) };
    this.channel = channelOf(state.channel);
    this.at = state.at;
  }

  /** Puts what is to be seen into the address. */
  write() {
    const whole = this.view.all();
    const all = ['row', 'column', 'zoom'].every((key) => this.view[key] === whole[key]);
    this.at = all ? '' : [...this.view.middle, this.view.zoom].join(',');
    const kept = Object.entries({ channel: this.channel, at: this.at }).filter(([key, value]) => value !== FIRST[key]);
    history.replaceState(null, '', `#${new URLSearchParams(kept)}`);
  }

  willUpdate() {
    const width = this.width.pixels - SIDE;
    if (width > 0 && (!this.view || this.view.width !== width)) {
      const view = new MapWindow(this.map, width, Math.min(width, HIGHEST));
      const at = /^(\d{1,9}),(\d{1,9}),(\d{1,2})$/.exec(this.at)?.slice(1).map(Number);
      this.view = at ? view.around(...at) : view.all();
    }
  }

  render() {
    const { model, head, text, tokens } = this.data;
    const { view } = this;
    const count = tokens.length.toLocaleString('en');
    return html`<main>
      <h1>What head ${head} of ${model} attends to</h1>
      <blockquote>${text}</blockquote>
      <p class="note">${count} tokens. This file holds the head’s weights in cells, each to 4 %, ${this.map.finest === 0
        ? 'down to single ones.'
        : html`down to cells of ${2 ** this.map.finest} × ${2 ** this.map.finest}. Finer ones are in the map of
          <code>heed serve</code>.`}</p>
      ${view ? html`
        <div class="row">
          ${channelChoice(this.channel, (channel) => { this.channel = channel; this.write(); })}
          <button ?disabled=${view.zoom === 0} @click=${() => this.zoom(-1)}>Zoom out</button>
          <button ?disabled=${view.isClosest} @click=${() => this.zoom(1)}>Zoom in</button>
          <button @click=${() => this.show(view.all())}>All of it</button>
        </div>
        <p class="status" role="status">${this.sentence()}</p>
        <div class="map">
          ${columnNames(view, tokens.length, tokens)}
          ${rowNames(view, tokens.length, tokens)}
          <canvas tabindex="0" role="application" width=${view.width} height=${view.height}
            aria-label="Map of ${head}: ${count} rows look, as many columns are looked at. Arrow keys move from cell to cell, with Shift farther; plus and minus zoom."
            @pointerdown=${this.press} @pointermove=${this.point} @pointerup=${this.release} @pointercancel=${this.release}
            @pointerleave=${() => { this.spot = null; }}
            @dblclick=${() => this.zoom(1)} @keydown=${this.key}></canvas>
        </div>
        ${legend(this.channel)}` : nothing}
    </main>`;
  }

  updated() {
    this.draw();
  }

  show(view) {
    this.view = view;
    this.write();
  }

  /** Nearer or farther, around the cell that is pointed at. */
  zoom(by) {
    this.show(this.view.around(...(this.spot ?? this.view.middle), this.view.zoom + by));
  }

  /** The code of the cell of two tokens. */
  codeAt([row, column]) {
    const { level } = this.view;
    const columns = Math.ceil(this.map.tokens.length / 2 ** level);
    return this.levels.get(level)[this.channel][(row >> level) * columns + (column >> level)];
  }

  sentence() {
    const { tokens } = this.map;
    if (!this.spot) {
      return 'Rows look, columns are looked at. Point at a cell, or move to it by arrow keys; drag to move, click twice to zoom in.';
    }
    const { size } = this.view;
    const name = (token) => {
      const first = token - (token % size);
      const last = Math.min(first + size, tokens.length) - 1;
      return first === last ? `“${shown(tokens[first])}” (${first})`
        : `“${shown(tokens[first])}” … “${shown(tokens[last])}” (${first}–${last})`;
    };
    return `${name(this.spot[0])} → ${name(this.spot[1])}: ${this.said(weightOf(this.codeAt(this.spot)))}`;
  }

  said(weight) {
    if (weight === null) {
      return 'hidden by the mask';
    }
    const about = weight === 0 ? 'less than 0.00000006' : `about ${round(weight)}`;
    return this.view.size === 1 ? about : this.channel === 'max' ? `the largest is ${about}` : `a mass of ${about}`;
  }

  /** A pixel at a time, of the cell that it is in. */
  draw() {
    const canvas = this.renderRoot.querySelector('canvas');
    if (!canvas) {
      return;
    }
    const { width, height, level, pixels, size } = this.view;
    const context = canvas.getContext('2d');
    const image = context.createImageData(width, height);
    const out = new Uint32Array(image.data.buffer);
    const { length } = this.map.tokens;
    const table = colours(length);
    const cells = this.levels.get(level)[this.channel];
    const columns = Math.ceil(length / size);
    for (let y = 0; y < Math.min(height, (length - this.view.row) * pixels); y++) {
      const from = Math.floor((this.view.row + y / pixels) / size) * columns;
      for (let x = 0; x < Math.min(width, (length - this.view.column) * pixels); x++) {
        out[y * width + x] = table[cells[from + Math.floor((this.view.column + x / pixels) / size)]];
      }
    }
    context.putImageData(image, 0, 0);
    if (this.spot) {
      const [row, column] = this.spot.map((token) => token - (token % size));
      context.strokeStyle = getComputedStyle(this).getPropertyValue('--negative');
      context.lineWidth = 2;
      context.strokeRect((column - this.view.column) * pixels - 1, (row - this.view.row) * pixels - 1, size * pixels + 2, size * pixels + 2);
    }
  }

  press(event) {
    event.target.setPointerCapture(event.pointerId);
    this.held = { x: event.offsetX, y: event.offsetY, view: this.view };
    this.spot = this.view.tokensAt(event.offsetX, event.offsetY);
  }

  point({ offsetX: x, offsetY: y }) {
    const { held } = this;
    if (!held) {
      this.spot = this.view.tokensAt(x, y);
    } else if (held.moves || Math.hypot(x - held.x, y - held.y) > STILL) {
      held.moves = true;
      const { view } = held;
      this.view = view.at(view.row - (y - held.y) / view.pixels, view.column - (x - held.x) / view.pixels);
    }
  }

  release() {
    if (this.held?.moves) {
      this.write();
    }
    this.held = undefined;
  }

  key(event) {
    const move = MOVES[event.key];
    if (move) {
      const { size } = this.view;
      const last = this.map.tokens.length - 1;
      const by = size * (event.shiftKey ? STRIDE : 1);
      const to = (token, steps) => Math.max(0, Math.min(last, token - (token % size) + steps * by));
      this.spot = this.spot ? this.spot.map((token, i) => to(token, move[i])) : this.view.middle;
      this.show(this.view.showing(...this.spot.map((token) => token - (token % size))));
      event.preventDefault();
    } else if (event.key === '+' || event.key === '=') {
      this.zoom(1);
    } else if (event.key === '-') {
      this.zoom(-1);
    } else if (event.key === 'Escape') {
      this.spot = null;
    }
  }
}

/** Two digits that count. */
const round = (value) => (value >= 1e-3 ? Number(value.toPrecision(2)).toString() : value.toExponential(1).replace('-', '−'));

customElements.define('heed-levels', Levels);
