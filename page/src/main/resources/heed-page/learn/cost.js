import { LitElement, css, html } from 'lit';
import { shownModel, lesson } from './lesson.js';

const LEAST = 7;
const MOST = 20;
const MACHINES = 8;
const BYTES = 4;

/** Step 9: how many weights there are, and what need not be kept of them. */
class Cost extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
    power: { state: true },
  };

  static styles = [...lesson, css`
    label { display: grid; gap: 0.25rem; max-width: 24rem; }
    input { width: 100%; }
    tbody th { white-space: normal; text-align: left; }
    :is(td, thead th) { white-space: nowrap; }
  `];

  constructor() {
    super();
    this.power = 10;
  }

  render() {
    const { name, layers, heads } = shownModel(this.models, this.state.model);
    const n = 2 ** this.power;
    const rows = [
      ['weights of one head', count(n * n), '4 ×'],
      [`weights of all ${layers * heads} heads of ${name}`, count(n * n * layers * heads), '4 ×'],
      ['bytes to keep one head’s weights', bytes(n * n * BYTES), '4 ×'],
      ['bytes of what FlashAttention keeps of its rows', bytes(n * BYTES), '2 ×'],
      [`weights for each of ${MACHINES} machines of a ring`, count((n * n) / MACHINES), '4 ×'],
    ];
    return html`<section aria-label="What it costs" aria-busy="false">
      <p class="words">Every token asks every token: n tokens make <em>n × n</em> weights, in each head of each layer. A text of twice
        the length has four times as many. This is what makes long texts expensive.</p>
      <label>Tokens: ${count(n)}
        <input type="range" min=${LEAST} max=${MOST} .value=${String(this.power)} aria-valuetext="${count(n)} tokens"
          @input=${(event) => { this.power = Number(event.target.value); }}>
      </label>
      <div class="wide" tabindex="0" role="region" aria-label="What n tokens take">
        <table>
          <thead><tr><th scope="col"></th><th scope="col">n = ${count(n)}</th><th scope="col">for 2 n</th></tr></thead>
          <tbody>${rows.map(([what, much, twice]) => html`<tr><th scope="row">${what}</th><td>${much}</td><td>${twice}</td></tr>`)}</tbody>
        </table>
      </div>
      <p class="words"><em>FlashAttention</em> never keeps the weights. It goes along a row tile by tile, holds the largest score and
        the sum so far, and puts right what it had when a larger one comes. Beside the mixture itself one number a row stays, the
        logarithm of the sum, from which any weight can be had again. The work is as much as before, but memory grows with n, not
        with n². Heed computes all attention so, and what you saw on this page was had again from that number.</p>
      <p class="words">A <em>ring</em> shares the work out. Each machine holds a part of the tokens; keys and values go round from
        machine to machine, and each merges what it gets by the same rule. ${MACHINES} machines have an eighth of the work each, and an
        eighth of the memory.</p>
    </section>`;
  }
}

const count = (number) => number.toLocaleString('en-US');

/** Bytes in the unit that leaves one to three digits before the point. */
function bytes(number) {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = Math.floor(Math.log2(number) / 10);
  return `${count(number / 1024 ** unit)} ${units[unit]}`;
}

customElements.define('heed-learn-cost', Cost);
