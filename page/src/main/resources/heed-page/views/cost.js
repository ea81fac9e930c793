import { LitElement, css, html, nothing } from 'lit';
import * as api from '../api.js';
import { Asking } from '../asking.js';
import { controls } from '../controls.js';
import '../parts/chart.js';
import { change, differs } from '../state.js';

/** Steps of the slider to the doubling of the tokens. */
const STEPS = 4;

const FEWEST = 128;
const MOST = 2 ** 20;

/** The shape that is given in numbers, and they: what each is called, and the most of it. */
const CUSTOM = 'custom';
const NUMBERS = { layers: ['Layers', 1000], heads: ['Heads of a layer', 1000], kvHeads: ['Key/value heads', 1000] };
const HEAD_DIMS = [32, 64, 128, 256];

/** What attention costs in scores, memory and time, and how that grows with the tokens. */
class CostView extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
    sliding: { state: true },
  };

  static styles = [controls, css`
    form { display: grid; gap: 0.75rem; padding: 1rem; border-radius: 8px; background: var(--surface); }
    input[type='range'] { width: 100%; margin: 0; accent-color: var(--accent); }
    input[type='number'] { width: 6rem; }
    .numbers { overflow-x: auto; margin: 1rem 0; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.2rem 1.25rem 0.2rem 0; text-align: right; white-space: nowrap; }
    th:first-child { text-align: left; font-weight: 400; }
    thead th { color: var(--muted); font-weight: 400; }
    tbody tr > * { border-top: 1px solid var(--border); }
    @media (max-width: 30rem) {
      .parts tr { display: grid; grid-template-columns: repeat(3, minmax(max-content, 1fr)); column-gap: 0.6rem; border-top: 1px solid var(--border); }
      .parts :is(th, td) { border: 0; padding: 0.1rem 0; font-size: 0.72rem; }
      .parts tbody th { grid-column: 1 / -1; font-size: 0.9rem; }
      .parts thead td { display: none; }
    }
    h2 { font-size: 1.1rem; margin: 1.5rem 0 0.5rem; }
  `];

  asking = new Asking(this);

  get shape() {
    return this.state.shape || this.models[0].name;
  }

  willUpdate() {
    const { causal, layers, heads, kvHeads, headDim, workers, network } = this.state;
    const custom = { layers: Number(layers), heads: Number(heads), kvHeads: Number(kvHeads), headDim: Number(headDim) };
    const question = {
      shape: this.shape,
      tokens: this.sliding ?? Number(this.state.n),
      workers: Number(workers),
      network: Number(network),
      ...(causal === '' ? {} : { causal: causal === 'true' }),
      ...(this.shape === CUSTOM ? custom : {}),
    };
    if (differs(question, this.question)) {
      this.question = question;
      this.asking.ask((signal) => api.cost(question, signal));
    }
  }

  render() {
    const { answer, error, busy } = this.asking;
    return html`<section aria-label="Cost" aria-busy=${busy}>
      <form @submit=${(event) => event.preventDefault()}>
        ${this.tokens()}
        <div class="row">
          ${this.shapes(answer?.presets ?? [])}
          ${this.shape === CUSTOM ? this.numbers() : nothing}
          <label><input type="checkbox" .checked=${this.state.causal === '' ? answer?.causal ?? false : this.state.causal === 'true'}
            @change=${(event) => change(this, { causal: String(event.target.checked) })}> causal: a token sees none behind it</label>
        </div>
        <div class="row">
          ${this.number('workers', 'Machines', 1, 10_000)}
          ${this.state.workers === '1' ? nothing : this.number('network', 'Gbit/s to each', 0.001, 10_000)}
        </div>
      </form>
      <p class="error" role="alert">${error}</p>
      ${answer ? this.answer(answer) : html`<p class="note">${busy ? 'Trying how fast attention runs on this machine …' : ''}</p>`}
    </section>`;
  }

  tokens() {
    const n = this.sliding ?? Number(this.state.n);
    const kept = (value) => {
      this.sliding = undefined;
      change(this, { n: String(value) });
    };
    const at = (event) => Math.round(2 ** (Number(event.target.value) / STEPS));
    return html`<div class="row">
        <label for="tokens">Tokens, n</label>
        <input id="tokens" type="number" min=${FEWEST} max=${MOST} .value=${String(n)}
          @change=${(event) => kept(Number(event.target.value))}>
      </div>
      <input type="range" aria-label="Tokens, by doublings" min=${STEPS * Math.log2(FEWEST)} max=${STEPS * Math.log2(MOST)} step="1"
        .value=${String(Math.round(STEPS * Math.log2(n)))} aria-valuetext="${n.toLocaleString('en')} tokens"
        @input=${(event) => { this.sliding = at(event); }} @change=${(event) => kept(at(event))}>`;
  }

  shapes(presets) {
    const names = this.models.map(({ name }) => name);
    const option = (name, words = name) => html`<option value=${name} ?selected=${name === this.shape}>${words}</option>`;
    return html`<label>Model
      <select @change=${(event) => change(this, { shape: event.target.value, causal: '' })}>
        ${names.map((name) => option(name))}
        ${presets.filter((name) => !names.includes(name)).map((name) => option(name))}
        ${option(CUSTOM, 'a shape of your own')}
      </select>
    </label>`;
  }

  numbers() {
    return html`
      ${Object.entries(NUMBERS).map(([key, [name, most]]) => this.number(key, name, 1, most))}
      <label>Columns of a head, d
        <select @change=${(event) => change(this, { headDim: event.target.value })}>
          ${HEAD_DIMS.map((d) => html`<option ?selected=${String(d) === this.state.headDim}>${d}</option>`)}
        </select>
      </label>`;
  }

  number(key, name, least, most) {
    return html`<label>${name} <input type="number" min=${least} max=${most} step="any" .value=${this.state[key]}
      @change=${(event) => change(this, { [key]: event.target.value })}></label>`;
  }

  answer(answer) {
    const { shape, estimate, layers, heads, kvHeads, headDim, causal, tokens, speed } = answer;
    const shared = kvHeads === heads ? '' : ` (${kvHeads} key/value heads)`;
    return html`
      <p>${shape}${estimate ? ' (an estimate: its shape was never published)' : ''}: ${layers} layers × ${heads} heads${shared},
        d ${headDim}, ${causal ? 'causal' : 'full'}, ${tokens.toLocaleString('en')} tokens</p>
      <div class="numbers" tabindex="0" role="group" aria-label="The cost"><table class="parts">
        <thead><tr><td></td><th scope="col">One head</th><th scope="col">One layer</th><th scope="col">Whole model</th></tr></thead>
        <tbody>
          ${row('Scores, n²', ...answer.scores)}
          ${causal ? row('Scores that the mask leaves', ...answer.computed) : nothing}
          ${row('Operations', ...answer.operations)}
          ${row('Memory, all scores kept', '', answer.naive, '')}
          ${row('Memory, in tiles', '', answer.tiled, '')}
          ${row('Key/value cache', '', ...answer.cache)}
          ${row('Time on this machine', '', ...answer.time)}
        </tbody>
      </table></div>
      <p class="note">Attention alone, float32. The time is predicted from one trial on this machine, which is not repeated: causal
        attention over ${speed.tokens} tokens, d ${headDim}, ${speed.threads} ${speed.threads === 1 ? 'thread' : 'threads'}; it makes ${speed.gflops} GFLOP/s here.</p>
      ${answer.cluster ? this.cluster(answer.cluster) : nothing}
      <h2>Memory of one layer</h2>
      <heed-chart .curve=${answer.curve} .point=${answer.point} .words=${answer}></heed-chart>`;
  }

  cluster({ memory, moved, time, paysFrom }) {
    return html`<h2>One layer as ring attention on ${this.question.workers} machines like this one</h2>
      <div class="numbers"><table>
        <tbody>${row('Memory of a machine', memory)}${row('Moved to a machine', moved)}${row('Time', time)}</tbody>
      </table></div>
      <p class="note">${paysFrom ? `A second machine pays from about ${paysFrom} tokens on.` : 'A second machine never pays: the network is too slow.'}</p>`;
  }
}

const row = (name, ...cells) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`;

customElements.define('heed-cost', CostView);
