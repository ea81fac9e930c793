import { LitElement, css, html, nothing, svg } from 'lit';
import { shown } from '../colours.js';

const LINE = 26;
const WIDEST = 240;
const NARROWEST = 90;

/** What both columns of words take beside the lines. */
const BESIDE = 240;
const SHARE = 0.7;

/**
 * Lines from the words that look, on the left, to those that are looked at. Pointing at a word, or moving to it by
 * keyboard, shows what it attends to alone; a click or Enter keeps it so, Escape frees it. The word “first”, if
 * there is one, is kept from the start.
 */
class Lines extends LitElement {
  static properties = {
    answer: { attribute: false },
    first: { attribute: false },
    pointed: { state: true },
    locked: { state: true },
  };

  static styles = css`
    :host { display: block; }
    .columns { display: flex; overflow-x: auto; }
    ol { list-style: none; margin: 0; padding: 0; }
    li { height: ${LINE}px; line-height: ${LINE}px; white-space: pre; }
    .looks li { text-align: right; }
    h3 { margin: 0; font-size: 0.85rem; font-weight: 400; color: var(--muted); }
    .looks h3 { text-align: right; }
    button {
      font: inherit; color: inherit; background: none; border: 0; border-radius: 4px; padding: 0 6px; cursor: pointer;
      height: ${LINE}px; line-height: ${LINE}px; max-width: 16rem; overflow: hidden; text-overflow: ellipsis;
    }
    button[aria-pressed='true'] { background: var(--accent); color: var(--background); }
    button:focus-visible { outline: 2px solid var(--accent); }
    .weight { color: var(--muted); font-variant-numeric: tabular-nums; padding-left: 0.5rem; font-size: 0.85rem; }
    .target { padding-left: 6px; }
    svg { flex: none; display: block; margin-top: 1.3rem; }
    path { fill: none; stroke: var(--line); }
    p { color: var(--muted); margin: 0 0 0.75rem; }
  `;

  constructor() {
    super();
    this.pointed = null;
    this.locked = null;
  }

  willUpdate(changed) {
    if (changed.has('answer')) {
      this.pointed = null;
      this.locked = this.first ?? null;
    }
  }

  connectedCallback() {
    super.connectedCallback();
    this.resized = new ResizeObserver(() => this.requestUpdate());
    this.resized.observe(this);
  }

  disconnectedCallback() {
    this.resized.disconnect();
    super.disconnectedCallback();
  }

  /** How wide the lines are. */
  get between() {
    return Math.max(NARROWEST, Math.min(WIDEST, this.clientWidth - BESIDE));
  }

  get chosen() {
    return this.locked ?? this.pointed;
  }

  /** Of each row the largest weights until they are 70 % of it, or all of the row that is chosen. */
  edges() {
    const edges = [];
    let all = 0;
    this.answer.cells.forEach((row, from) => {
      const sorted = row
        .map((weight, to) => ({ from, to, weight }))
        .filter((edge) => edge.weight !== null && edge.weight > 0)
        .sort((a, b) => b.weight - a.weight);
      all += sorted.length;
      const whole = sorted.reduce((sum, edge) => sum + edge.weight, 0);
      let drawn = 0;
      for (const edge of sorted) {
        if (drawn >= SHARE * whole && from !== this.chosen) {
          break;
        }
        edges.push(edge);
        drawn += edge.weight;
      }
    });
    return { edges: edges.sort((a, b) => a.weight - b.weight), all };
  }

  render() {
    if (!this.answer) {
      return nothing;
    }
    const { edges, all } = this.edges();
    const visible = edges.filter((edge) => this.chosen === null || edge.from === this.chosen);
    const tokens = this.answer.tokens;
    return html`
      <p>${this.sentence(visible.length, all)}${this.shares()}</p>
      <div class="columns" @keydown=${this.key}>
        <div class="looks">
          <h3 id="looks">looks</h3>
          <ol aria-labelledby="looks">
            ${tokens.map((token, i) => html`<li>${this.word(token, i)}</li>`)}
          </ol>
        </div>
        <svg width=${this.between} height=${tokens.length * LINE} aria-hidden="true">
          ${visible.map((edge) => this.line(edge))}
        </svg>
        <div>
          <h3 id="looked">looked at</h3>
          <ol aria-labelledby="looked">
            ${tokens.map((token, i) => html`<li><span class="target">${shown(token)}</span>${this.weight(i)}</li>`)}
          </ol>
        </div>
      </div>`;
  }

  sentence(drawn, all) {
    if (this.chosen === null) {
      return `Of each word its largest weights, until they are 70 % of what can be seen of it: ${drawn} of ${all}.`;
    }
    const outside = this.answer.special[this.chosen];
    const self = this.answer.self[this.chosen];
    return `All that “${shown(this.answer.tokens[this.chosen])}” attends to.`
      + (outside > 0 ? ` ${percent(outside)} of its attention goes to special tokens.` : '')
      + (self > 0 ? ` ${percent(self)} stays with itself.` : '');
  }

  /** What two texts give each other, if there are two. */
  shares() {
    const { firstToSecond, secondToFirst } = this.answer;
    return typeof firstToSecond !== 'number' || typeof secondToFirst !== 'number' || this.chosen !== null
      ? ''
      : ` Of what goes to other words, the first text gives ${percent(firstToSecond)} to the second, and the second`
        + ` ${percent(secondToFirst)} to the first.`;
  }

  word(token, i) {
    return html`<button
      aria-pressed=${this.locked === i}
      @mouseenter=${() => { this.pointed = i; }}
      @mouseleave=${() => { this.pointed = null; }}
      @focus=${() => { this.pointed = i; }}
      @blur=${() => { this.pointed = null; }}
      @click=${() => { this.locked = this.locked === i ? null : i; }}
    >${shown(token)}</button>`;
  }

  weight(to) {
    const weight = this.chosen === null ? null : this.answer.cells[this.chosen][to];
    return weight === null || weight < 0.005 ? nothing : html`<span class="weight">${weight.toFixed(2)}</span>`;
  }

  line({ from, to, weight }) {
    const [y0, y1] = [(from + 0.5) * LINE, (to + 0.5) * LINE];
    const width = this.between;
    const third = width / 3;
    return svg`<path
      d="M0 ${y0}C${third} ${y0} ${2 * third} ${y1} ${width} ${y1}"
      stroke-width=${0.5 + 4 * weight}
      stroke-opacity=${0.12 + 0.88 * Math.sqrt(weight)}></path>`;
  }

  key(event) {
    if (event.key === 'Escape') {
      this.locked = null;
      this.pointed = null;
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const buttons = [...this.renderRoot.querySelectorAll('button')];
      const next = buttons.indexOf(event.target) + (event.key === 'ArrowDown' ? 1 : -1);
      buttons[next]?.focus();
      event.preventDefault();
    }
  }
}

const percent = (share) => `${Math.round(100 * share)} %`;

customElements.define('heed-lines', Lines);
