import { LitElement, css, html, nothing } from 'lit';
import { controls } from '../controls.js';
import '../learn/asks.js';
import '../learn/cost.js';
import '../learn/heads.js';
import '../learn/mask.js';
import '../learn/mixture.js';
import '../learn/reference.js';
import '../learn/score.js';
import '../learn/softmax.js';
import '../learn/vectors.js';
import { change } from '../state.js';

const STEPS = [
  ['Who matters to me?', (models, state) => html`<heed-learn-asks .models=${models} .state=${state}></heed-learn-asks>`],
  ['Query, key, value', (models, state) => html`<heed-learn-vectors .models=${models} .state=${state}></heed-learn-vectors>`],
  ['The score, and why √d', (models, state) => html`<heed-learn-score .models=${models} .state=${state}></heed-learn-score>`],
  ['Softmax: scores become shares', (models, state) => html`<heed-learn-softmax .models=${models} .state=${state}></heed-learn-softmax>`],
  ['The mixture of values', (models, state) => html`<heed-learn-mixture .models=${models} .state=${state}></heed-learn-mixture>`],
  ['“It” and the trophy', (models, state) => html`<heed-learn-reference .models=${models} .state=${state}></heed-learn-reference>`],
  ['Many heads', (models, state) => html`<heed-learn-heads .models=${models} .state=${state}></heed-learn-heads>`],
  ['Looking back alone', (models, state) => html`<heed-learn-mask .models=${models} .state=${state}></heed-learn-mask>`],
  ['n²: what it costs', (models, state) => html`<heed-learn-cost .models=${models} .state=${state}></heed-learn-cost>`],
];

/** Attention in nine short steps, each with a real model's numbers. */
class LearnView extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
  };

  static styles = [controls, css`
    h2 { font-size: 1.25rem; margin: 1rem 0 0.75rem; }
    h2:focus { outline: none; }
    ol { display: flex; flex-wrap: wrap; gap: 0.35rem; list-style: none; margin: 0; padding: 0; }
    ol button { min-width: 2.2rem; padding: 0.2rem 0.4rem; }
    ol button[aria-current] { background: var(--accent); color: var(--background); border-color: transparent; }
    .turn { margin: 1.5rem 0; }
  `];

  /** The step that is open, from 1. */
  get step() {
    const step = Number(this.state.step);
    return Number.isInteger(step) && step >= 1 && step <= STEPS.length ? step : 1;
  }

  /** Opens a step, and has the reader begin at its heading. */
  async go(step) {
    change(this, { step: String(step) });
    await this.updateComplete;
    const heading = this.renderRoot.querySelector('h2');
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ block: 'nearest' });
  }

  render() {
    const [title, show] = STEPS[this.step - 1];
    return html`
      <nav aria-label="Steps">
        <ol>${STEPS.map(([name], i) => html`<li><button
          aria-label="Step ${i + 1}: ${name}" title=${name} aria-current=${i + 1 === this.step ? 'step' : nothing}
          @click=${() => this.go(i + 1)}>${i + 1}</button></li>`)}</ol>
      </nav>
      <h2 tabindex="-1">${this.step}. ${title}</h2>
      ${show(this.models, this.state)}
      <div class="row turn">
        <button ?disabled=${this.step === 1} @click=${() => this.go(this.step - 1)}>Back</button>
        <button class="main" ?disabled=${this.step === STEPS.length} @click=${() => this.go(this.step + 1)}>Next</button>
      </div>`;
  }
}

customElements.define('heed-learn', LearnView);
