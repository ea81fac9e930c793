import { LitElement, css, html, nothing, svg } from 'lit';
import { shown } from '../colours.js';

const LINE = 26;
const WIDEST = 240;
const NARROWEST = 90;

/** What both columns of words take beside the lines. */
const BESIDE = 280;
const SHARE = 0.7;

/** The sides of a pair of words. */
const LOOKS = 'looks';
const LOOKED_AT = 'looked at';

/**
 * Lines from the words that look, on the left, to those that are looked at. Pointing at a word, or moving to it by
 * keyboard, shows what it attends to alone, or who attends to it; a click or Enter keeps it so, Escape frees it. The word
 * “first” that looks, if there is one, is kept from the start.
 */
class Lines extends LitElement {
  static properties = {
    answer: { attribute: false },
    first: { attribute: false },
    heads: {},
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
    .weight { color: var(--muted); font-variant-numeric: tabular-nums; font-size: 0.85rem; padding-left: 0.25rem; }
    .looks li { padding-left: 2.5rem; }
    .looks span { position: relative; }
    .looks .weight { position: absolute; right: 100%; }
    svg { flex: none; display: block; margin-top: 1.3rem; }
    path { fill: none; stroke: var(--line); }
    p { color: var(--muted); margin: 0 0 0.75rem; }
  `;

  constructor() {
    super();
    this.heads = '';
    this.pointed = null;
    this.locked = null;
  }

  willUpdate(changed) {
    const before = changed.get('answer');
    if (changed.has('answer') && before?.tokens.join('\n') !== this.answer?.tokens.join('\n')) {
      this.pointed = null;
      this.locked = typeof this.first === 'number' ? { side: LOOKS, word: this.first } : null;
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

  /** The word that is chosen, and on which side. */
  get chosen() {
    return this.locked ?? this.pointed;
  }

  /** Whether an edge is of the word that is chosen. */
  isChosen({ from, to }) {
    return this.chosen !== null && this.chosen.word === (this.chosen.side === LOOKS ? from : to);
  }

  /** Of each row the largest weights until they are 70 % of it, and all of the word that is chosen. */
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
        if (drawn < SHARE * whole || this.isChosen(edge)) {
          edges.push(edge);
        }
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
    const visible = edges.filter((edge) => this.chosen === null || this.isChosen(edge));
    const tokens = this.answer.tokens;
    return html`
      <p>${this.heads} ${this.sentence(visible.length, all)}${this.shares()}</p>
      <div class="columns" @keydown=${this.key}>
        <div class="looks">
          <h3 id="looks">looks</h3>
          <ol aria-labelledby="looks">
            ${tokens.map((token, i) => html`<li><span>${this.looker(i)}${this.word(token, LOOKS, i)}</span></li>`)}
          </ol>
        </div>
        <svg width=${this.between} height=${tokens.length * LINE} aria-hidden="true">
          ${visible.map((edge) => this.line(edge))}
        </svg>
        <div>
          <h3 id="looked">looked at</h3>
          <ol aria-labelledby="looked">
            ${tokens.map((token, i) => html`<li>${this.word(token, LOOKED_AT, i)}${this.lookedAt(i)}</li>`)}
          </ol>
        </div>
      </div>`;
  }

  sentence(drawn, all) {
    if (this.chosen === null) {
      return `Of each word its largest weights, until they are 70 % of what can be seen of it: ${drawn} of ${all}.`;
    }
    const { side, word } = this.chosen;
    const name = `“${shown(this.answer.tokens[word])}”`;
    if (side === LOOKED_AT) {
      return `All that attend to ${name}, and the share that each gives it.`;
    }
    const outside = this.answer.special[word];
    const self = this.answer.self[word];
    return `All that ${name} attends to.`
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

  word(token, side, word) {
    const locked = this.locked?.side === side && this.locked.word === word;
    const name = shown(token);
    return html`<button
      class=${side === LOOKS ? 'source' : 'target'}
      aria-label=${side === LOOKS ? nothing : `${name}, looked at`}
      aria-pressed=${locked}
      @mouseenter=${() => { this.pointed = { side, word }; }}
      @mouseleave=${() => { this.pointed = null; }}
      @focus=${() => { this.pointed = { side, word }; }}
      @blur=${() => { this.pointed = null; }}
      @click=${() => { this.locked = locked ? null : { side, word }; }}
    >${name}</button>`;
  }

  /** What a word gives to the one that is chosen. */
  looker(from) {
    return this.chosen?.side === LOOKED_AT ? weight(this.answer.cells[from][this.chosen.word]) : nothing;
  }

  /** What a word gets from the one that is chosen. */
  lookedAt(to) {
    return this.chosen?.side === LOOKS ? weight(this.answer.cells[this.chosen.word][to]) : nothing;
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
    } else if (event.target.matches('button') && event.key.startsWith('Arrow')) {
      const [sources, targets] = ['.source', '.target'].map((side) => [...this.renderRoot.querySelectorAll(side)]);
      const word = Math.max(sources.indexOf(event.target), targets.indexOf(event.target));
      const here = event.target.matches('.source') ? sources : targets;
      const next = { ArrowUp: here[word - 1], ArrowDown: here[word + 1], ArrowLeft: sources[word], ArrowRight: targets[word] };
      next[event.key]?.focus();
      event.preventDefault();
    }
  }
}

const weight = (value) =>
  (value === null || value < 0.005 ? nothing : html`<span class="weight">${value.toFixed(2)}</span>`);

const percent = (share) => `${Math.round(100 * share)} %`;

customElements.define('heed-lines', Lines);
