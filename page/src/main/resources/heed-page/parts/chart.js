import { LitElement, css, html, nothing, svg } from 'lit';
import { Width } from '../width.js';

const MARGIN = { left: 56, right: 34, top: 16, bottom: 40 };
const LINES = { naive: 'all scores kept', tiled: 'in tiles' };
const BYTES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** The memory of one layer over the tokens, both on logarithmic scales, and what it is at the length that was chosen. */
class MemoryChart extends LitElement {
  static properties = {
    curve: { attribute: false },
    point: { attribute: false },
    words: { attribute: false },
  };

  static styles = css`
    :host { display: block; max-width: 44rem; }
    svg { display: block; overflow: visible; }
    text { fill: var(--muted); font-size: 12px; }
    .end { text-anchor: end; }
    .middle { text-anchor: middle; }
    line { stroke: var(--border); }
    line.here { stroke: var(--text); stroke-dasharray: 3 3; }
    polyline { fill: none; stroke-width: 2.5; }
    .naive { stroke: var(--negative); }
    .tiled { stroke: var(--line); stroke-dasharray: 7 3; }
    circle { stroke: none; }
    circle.naive, text.naive { fill: var(--negative); stroke: none; }
    circle.tiled, text.tiled { fill: var(--line); stroke: none; }
    text.naive, text.tiled { font-weight: 700; }
    text.value { fill: var(--text); paint-order: stroke; stroke: var(--background); stroke-width: 4px; }
  `;

  width = new Width(this);

  render() {
    const width = this.width.pixels;
    if (width === 0) {
      return nothing;
    }
    const height = Math.min(380, Math.max(260, width * 0.6));
    const [first, last] = [this.curve[0], this.curve.at(-1)];
    const decades = [Math.floor(Math.log10(first.tiled)), Math.ceil(Math.log10(Math.max(last.naive, last.tiled)))];
    const x = (tokens) => MARGIN.left
      + (Math.log2(tokens / first.tokens) / Math.log2(last.tokens / first.tokens)) * (width - MARGIN.left - MARGIN.right);
    const y = (bytes) => MARGIN.top + ((decades[1] - Math.log10(bytes)) / (decades[1] - decades[0])) * (height - MARGIN.top - MARGIN.bottom);
    const ticks = this.curve.filter((_, i) => i % (width < 500 ? 4 : 2) === 1);
    const powers = Array.from({ length: decades[1] - decades[0] + 1 }, (_, i) => decades[0] + i).filter((power) => power % 3 === 0);
    return html`<svg width=${width} height=${height} role="img"
      aria-label="Memory of one layer over the tokens: with all scores kept it grows with their square, in tiles with their number.">
      ${powers.map((power) => svg`
        <line x1=${MARGIN.left} x2=${width - MARGIN.right} y1=${y(10 ** power)} y2=${y(10 ** power)}></line>
        <text class="end" x=${MARGIN.left - 6} y=${y(10 ** power) + 4}>1 ${BYTES[power / 3]}</text>`)}
      ${ticks.map(({ tokens }) => svg`
        <line x1=${x(tokens)} x2=${x(tokens)} y1=${height - MARGIN.bottom} y2=${height - MARGIN.bottom + 4}></line>
        <text class="middle" x=${x(tokens)} y=${height - MARGIN.bottom + 18}>${tokens.toLocaleString('en')}</text>`)}
      <text class="end" x=${width - MARGIN.right} y=${height - 6}>tokens →</text>
      <line class="here" x1=${x(this.point.tokens)} x2=${x(this.point.tokens)} y1=${MARGIN.top} y2=${height - MARGIN.bottom}></line>
      ${Object.keys(LINES).map((name) => this.line(name, x, y))}
    </svg>`;
  }

  /** A line, its name where there is room for it, and its bytes at the point. */
  line(name, x, y) {
    const above = name === 'naive';
    const points = this.curve.map((point) => `${x(point.tokens)},${y(point[name])}`).join(' ');
    const late = this.point.tokens > this.curve[this.curve.length >> 1].tokens;
    const named = this.curve.at(late ? 5 : -3);
    const [cx, cy] = [x(this.point.tokens), y(this.point[name])];
    const left = cx - MARGIN.left < 60;
    return svg`<polyline class=${name} points=${points}></polyline>
      <text class=${above ? `${name} end` : name} x=${x(named.tokens) + (above ? -8 : 4)} y=${y(named[name]) + (above ? -6 : 20)}>${LINES[name]}</text>
      <circle class=${name} cx=${cx} cy=${cy} r="5"></circle>
      <text class=${above && !left ? 'value end' : 'value middle'} x=${cx + (above ? (left ? 20 : -8) : left ? 30 : 0)}
        y=${cy + (above ? (left ? -24 : -8) : 22)}>${this.words[name]}</text>`;
  }
}

customElements.define('heed-chart', MemoryChart);
