import { LitElement, css, html, nothing } from 'lit';
import { bytesOf } from '../bytes.js';
import { hasHead, pairIn } from '../choice.js';
import { controls } from '../controls.js';
import { MEASURES } from '../measures.js';
import '../parts/grid.js';
import '../parts/lines.js';
import '../parts/map.js';
import '../parts/steps.js';
import { layerOf, weightOf } from './weight.js';

/** A look at a text that stands in the page itself: nothing is asked of anybody. The address holds what is open. */
class LookDocument extends LitElement {
  static properties = {
    state: { state: true },
  };

  static styles = [controls, css`
    :host { display: block; max-width: 76rem; margin: 0 auto; padding: 0 1rem 2rem; }
    h1 { font-size: 1.4rem; margin: 1rem 0 0.25rem; }
    h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
    blockquote { margin: 0.5rem 0; padding: 0.5rem 1rem; border-radius: 8px; background: var(--surface); white-space: pre-wrap; overflow-wrap: anywhere; }
  `];

  constructor() {
    super();
    this.data = JSON.parse(document.getElementById('data').textContent);
    this.codes = bytesOf(this.data.codes);
    this.vectors = { ...this.data, layers: this.data.vectors.map(layerOf) };
    this.read();
    window.addEventListener('hashchange', () => this.read());
  }

  get first() {
    return { measure: this.data.measure, head: this.data.head, pair: '' };
  }

  read() {
    this.state = { ...this.first, ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))) };
  }

  change(changes) {
    this.state = { ...this.state, ...changes };
    const kept = Object.entries(this.state).filter(([key, value]) => value !== this.first[key]);
    history.replaceState(null, '', `#${new URLSearchParams(kept)}`);
  }

  render() {
    const { model, text, second, tokens, layers, heads, side } = this.data;
    const measure = Object.hasOwn(MEASURES, this.state.measure) ? this.state.measure : this.first.measure;
    const head = hasHead(this.data, this.state.head) ? this.state.head : '';
    return html`
      <main>
        <h1>What ${model} attends to</h1>
        <blockquote>${text}</blockquote>
        ${second ? html`<p class="note">and with it, as a second text</p><blockquote>${second}</blockquote>` : nothing}
        <section aria-labelledby="text">
          <h2 id="text">All heads together</h2>
          <label>Measure
            <select @change=${(event) => this.change({ measure: event.target.value })}>
              ${Object.entries(MEASURES).map(([name, [title]]) => html`
                <option value=${name} ?selected=${name === measure}>${title}</option>`)}
            </select>
          </label>
          <p class="note">${MEASURES[measure][1]}</p>
          <heed-lines .answer=${this.data.looks[measure]}></heed-lines>
        </section>
        <section aria-labelledby="heads">
          <h2 id="heads">Every head by itself</h2>
          <heed-grid .answer=${this.grid ??= { tokens, layers, heads, side, codes: this.codes }} .chosen=${head}
            @head=${({ detail }) => this.change({ head: detail })}></heed-grid>
          ${head ? this.head(head) : html`<p class="note">A click on a head shows it large.</p>`}
        </section>
      </main>`;
  }

  /** The same array for the same head, so that its map stays as it is. */
  codesOf(name) {
    if (this.large?.name !== name) {
      const [layer, head] = name.slice(1).split('H').map(Number);
      const size = this.data.tokens.length ** 2;
      const from = (layer * this.data.heads + head) * size;
      this.large = { name, codes: this.codes.subarray(from, from + size) };
    }
    return this.large.codes;
  }

  head(name) {
    const { tokens } = this.data;
    const codes = this.codesOf(name);
    const pair = pairIn({ tokens, codes }, this.state.pair);
    const steps = weightOf(this.vectors, name, ...pair);
    const sum = steps.weights.reduce((all, weight) => all + weight, 0);
    return html`
      <heed-map .name=${name} .tokens=${tokens} .codes=${codes} .pair=${pair}
        @pair=${({ detail }) => this.change({ pair: detail.join(',') })}></heed-map>
      <heed-steps .answer=${steps}></heed-steps>
      <p class="note">In this file each query, key and value is rounded to 32,767ths of its largest number, and what stands above
        follows from these: the last digits may not be the model’s. The weights of this row add up to ${sum.toFixed(5)} here, with
        the model’s own log-sum-exp.</p>`;
  }
}

customElements.define('heed-document', LookDocument);
