import { LitElement, css, html, nothing } from 'lit';
import { shown } from '../colours.js';
import { barStyles, bars, largest, short } from './bars.js';

/** Keys of the softmax that are shown; the others are one line. */
const LARGEST = 8;

/** How one weight came about, step by step or one step alone, in the model's own numbers. */
class Steps extends LitElement {
  static properties = {
    answer: { attribute: false },
    only: {},
  };

  static styles = [barStyles, css`
    h3 { margin: 1.5rem 0 0.25rem; font-size: 1rem; }
    p { margin: 0 0 0.5rem; color: var(--muted); }
    ol { padding-left: 1.5rem; margin: 0; }
    ol > li { margin-bottom: 1rem; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { text-align: right; padding: 1px 12px 1px 0; font-weight: 400; }
    thead th { color: var(--muted); }
    tbody th { white-space: pre; }
    .lit { color: var(--accent); font-weight: 700; }
    .numbers { max-height: 20rem; overflow: auto; }
    summary { cursor: pointer; color: var(--muted); }
    :is(summary, .numbers):focus-visible { outline: 2px solid var(--accent); }
  `];

  render() {
    const { head, query, key, pieces } = this.answer;
    const alike = query !== key && pieces[query] === pieces[key];
    const name = (index) => `“${shown(pieces[index])}”${alike ? ` (piece ${index})` : ''}`;
    const [looks, looked] = [name(query), name(key)];
    if (this.only) {
      return html`<div>${this[this.only](looks, looked)}</div>`;
    }
    return html`
      <section aria-labelledby="title">
        <h3 id="title">How the weight of ${looked} for ${looks} came about in ${head}</h3>
        <p>The model’s own numbers. A word of several pieces stands here by its first.</p>
        <ol>
          <li>${this.product(looks, looked)}</li>
          <li>${this.score(looks, looked)}</li>
          <li>${this.softmax(looks)}</li>
          <li>${this.mixture(looks, looked)}</li>
          ${this.answer.added ? html`<li>${this.projection()}</li>` : nothing}
        </ol>
      </section>`;
  }

  product(looks, looked) {
    const { q, k, dot } = this.answer;
    const products = q.map((value, c) => value * k[c]);
    return html`
      The query of ${looks} times the key of ${looked}, number by number; the ${q.length} products sum
      to <strong>${short(dot)}</strong>.
      <div class="bars" tabindex="0" role="group" aria-label="Query times key">
        <span>q</span>${bars(q, largest(q), 'the query')}
        <span>k</span>${bars(k, largest(k), 'the key')}
        <span>q ⊙ k</span>${bars(products, largest(products), 'their products')}
      </div>
      <details>
        <summary>The numbers</summary>
        <div class="numbers" tabindex="0" role="region" aria-label="Query, key and products">
          <table>
            <thead><tr><th scope="col"></th><th scope="col">q</th><th scope="col">k</th><th scope="col">q · k</th></tr></thead>
            <tbody>${q.map((value, c) => html`<tr>
              <th scope="row">${c}</th><td>${short(value)}</td><td>${short(k[c])}</td><td>${short(products[c])}</td>
            </tr>`)}</tbody>
          </table>
        </div>
      </details>`;
  }

  score(looks, looked) {
    const { dot, scale, softCap, bias, hidden, scores, key, query, q } = this.answer;
    if (hidden) {
      const why = key > query ? 'it comes later, and this model looks back alone' : 'it is out of what this layer sees';
      return html`The mask hides ${looked} from ${looks}: ${why}. The score is −∞, and the weight <strong>0</strong>.`;
    }
    const root = Math.abs(scale * Math.sqrt(q.length) - 1) < 1e-5 ? ` (1 / √${q.length})` : '';
    return html`
      ${short(dot)} × ${short(scale)}${root}
      ${softCap === null ? nothing : html`, bounded by ${short(softCap)} · tanh(x / ${short(softCap)})`}
      ${bias === 0 ? nothing : html`, and a bias of ${short(bias)} for their positions`}
      make the score <strong>${short(scores[key])}</strong>. The mask hides nothing here.`;
  }

  softmax(looks) {
    const { scores, weights, pieces, key } = this.answer;
    const order = weights.map((_, j) => j).filter((j) => scores[j] !== null).sort((a, b) => weights[b] - weights[a]);
    const top = order.slice(0, LARGEST);
    const others = order.slice(LARGEST).filter((j) => j !== key);
    const rows = order.includes(key) && !top.includes(key) ? [...top, key] : top;
    const rest = others.reduce((sum, j) => sum + weights[j], 0);
    const hidden = weights.length - order.length;
    return html`
      The softmax over all that ${looks} sees: e to the score, divided by the sum of the row, which makes
      <strong>${short(weights[key])}</strong>.
      <table>
        <thead><tr><th scope="col">piece</th><th scope="col">score</th><th scope="col">weight</th></tr></thead>
        <tbody>
          ${rows.map((j) => html`<tr class=${j === key ? 'lit' : ''}>
            <th scope="row">${shown(pieces[j])}</th><td>${short(scores[j])}</td><td>${short(weights[j])}</td></tr>`)}
          ${others.length ? html`<tr><th scope="row">${others.length} others</th><td></td><td>${short(rest)}</td></tr>` : nothing}
          ${hidden ? html`<tr><th scope="row">${hidden} hidden</th><td>−∞</td><td>0</td></tr>` : nothing}
        </tbody>
      </table>`;
  }

  mixture(looks, looked) {
    const { weights, key, v, out } = this.answer;
    const part = v.map((value) => weights[key] * value);
    const most = Math.max(largest(part), largest(out));
    return html`
      The weight times the value of ${looked} is its part of what the head gives ${looks}: the sum over all pieces.
      <div class="bars" tabindex="0" role="group" aria-label="Weight times value">
        <span>v</span>${bars(v, largest(v), 'the value')}
        <span>${short(weights[key])} × v</span>${bars(part, most, 'its part')}
        <span>Σ</span>${bars(out, most, 'what the head gives')}
      </div>`;
  }

  projection() {
    const { head, out, added } = this.answer;
    return html`
      These ${out.length} numbers stand beside those of the layer’s other heads, and the output projection turns them all into
      ${added.length} that the layer adds. The part of ${head}:
      <div class="bars" tabindex="0" role="group" aria-label="Output projection">
        <span>Σ · W<sub>O</sub></span>${bars(added, largest(added), 'what the head adds')}
      </div>`;
  }
}

customElements.define('heed-steps', Steps);
