import { LitElement, css, html, nothing, svg } from 'lit';
import { Width } from '../width.js';

const MARGIN = { left: 48, right: 16, top: 28, bottom: 40 };
const RADIUS = 5;
const TICKS = 5;

/** Heads by two measures, a point each. Pointing at one, or moving to it by arrow keys, names it; a click chooses it. */
class Scatter extends LitElement {
  static properties = {
    answer: { attribute: false },
    x: {},
    y: {},
    at: { state: true },
  };

  static styles = css`
    :host { display: block; max-width: 44rem; }
    p { margin: 0.25rem 0; min-height: 1.5em; color: var(--muted); }
    svg { display: block; overflow: visible; }
    text { fill: var(--muted); font-size: 12px; }
    .end { text-anchor: end; }
    .middle { text-anchor: middle; }
    line { stroke: var(--border); }
    circle { fill: var(--line); fill-opacity: 0.65; cursor: pointer; outline: none; }
    circle.at { fill: var(--negative); fill-opacity: 1; }
    circle:focus-visible { stroke: var(--text); stroke-width: 2; }
    text.name { fill: var(--text); font-weight: 700; paint-order: stroke; stroke: var(--background); stroke-width: 4px; }
  `;

  width = new Width(this);

  constructor() {
    super();
    this.at = 0;
  }

  willUpdate(changed) {
    if (changed.has('answer')) {
      this.at = 0;
    }
  }

  render() {
    const { measures } = this.answer;
    const [x, y] = [this.x, this.y].map((name) => measures.findIndex((measure) => measure.name === name));
    if (x < 0 || y < 0 || this.width.pixels === 0) {
      return nothing;
    }
    const width = this.width.pixels;
    const height = Math.min(420, Math.max(260, width * 0.6));
    const horizontal = axis(this.values(x), MARGIN.left, width - MARGIN.right);
    const vertical = axis(this.values(y), height - MARGIN.bottom, MARGIN.top);
    this.points = this.answer.heads
      .map((head) => ({ head, cx: horizontal.place(head.values[x]), cy: vertical.place(head.values[y]) }))
      .filter(({ head }) => head.values[x] !== null && head.values[y] !== null)
      .sort((a, b) => a.cx - b.cx);
    const chosen = this.points[Math.min(this.at, this.points.length - 1)];
    return html`
      <p role="status">${chosen ? this.sentence(chosen.head, x, y) : 'No head has both measures.'}</p>
      <svg width=${width} height=${height} role="group" aria-label="Heads by ${measures[x].words} and ${measures[y].words}">
        ${horizontal.ticks.map((tick) => svg`
          <line x1=${horizontal.place(tick)} x2=${horizontal.place(tick)} y1=${MARGIN.top} y2=${height - MARGIN.bottom}></line>
          <text class="middle" x=${horizontal.place(tick)} y=${height - MARGIN.bottom + 16}>${number(tick, horizontal.step)}</text>`)}
        ${vertical.ticks.map((tick) => svg`
          <line x1=${MARGIN.left} x2=${width - MARGIN.right} y1=${vertical.place(tick)} y2=${vertical.place(tick)}></line>
          <text class="end" x=${MARGIN.left - 6} y=${vertical.place(tick) + 4}>${number(tick, vertical.step)}</text>`)}
        <text class="end" x=${width - MARGIN.right} y=${height - 6}>${measures[x].words} →</text>
        <text x="0" y="10">↑ ${measures[y].words}</text>
        ${this.points.map(({ head, cx, cy }, i) => svg`<circle
          class=${head === chosen.head ? 'at' : ''} cx=${cx} cy=${cy} r=${RADIUS} role="button"
          tabindex=${head === chosen.head ? 0 : -1} aria-label=${this.sentence(head, x, y)}
          @pointerenter=${() => { this.at = i; }} @focus=${() => { this.at = i; }}
          @click=${() => this.choose(head)} @keydown=${(event) => this.key(event, i)}></circle>`)}
        ${chosen ? this.label(chosen, width) : nothing}
      </svg>`;
  }

  label({ head, cx, cy }, width) {
    const left = cx > width - 80;
    return svg`<text class=${left ? 'name end' : 'name'} pointer-events="none" x=${cx + (left ? -9 : 9)} y=${cy - 7}>${head.head}</text>`;
  }

  values(measure) {
    return this.answer.heads.map(({ values }) => values[measure]).filter((value) => value !== null);
  }

  sentence(head, x, y) {
    const { measures, heads } = this.answer;
    const said = (m) => `${measures[m].words} ${number(head.values[m])} (${head.ranks[m]} of ${heads.length})`;
    const labels = head.labels.map(({ name }) => name).join(', ');
    return `${head.head}: ${said(x)}, ${said(y)}${labels ? `; ${labels}` : ''}`;
  }

  choose(head) {
    this.dispatchEvent(new CustomEvent('head', { detail: head.head }));
  }

  /** Left and right lead to the next point that way, up and down to the next higher or lower one. */
  key(event, i) {
    const order = this.points.map((_, at) => at);
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      order.sort((a, b) => this.points[b].cy - this.points[a].cy);
    }
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const next = order[order.indexOf(i) + step];
      this.renderRoot.querySelectorAll('circle')[next]?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.choose(this.points[i].head);
    }
  }
}

/** Where values stand between two places, and round numbers between them, a step apart. */
function axis(values, from, to) {
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const span = most - least || 1;
  const power = 10 ** Math.floor(Math.log10(span / TICKS));
  const step = power * [1, 2, 5, 10].find((factor) => span / (power * factor) <= TICKS);
  const ticks = [];
  for (let tick = Math.ceil(least / step); tick * step <= least + span; tick++) {
    ticks.push(tick * step);
  }
  return { ticks, step, place: (value) => from + ((value - least) / span) * (to - from) };
}

/** Three digits, or as many as a step of the axis has. */
const number = (value, step) => (step
  ? value.toFixed(Math.max(0, -Math.floor(Math.log10(step))))
  : String(Number(value.toPrecision(3)))).replace('-', '−');

customElements.define('heed-scatter', Scatter);
