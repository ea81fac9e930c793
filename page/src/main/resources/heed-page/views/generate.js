import { LitElement, css, html, nothing } from 'lit';
import { controls } from '../controls.js';
import { Generation } from '../generation.js';
import '../parts/odds.js';
import { tokenText } from '../parts/odds.js';
import '../parts/rows.js';
import '../parts/shaded.js';
import { change, modelOf } from '../state.js';

/** The numbers that are asked for: what each is called, its limits and its step. */
const NUMBERS = {
  most: ['Tokens', 1, 512, 1],
  temperature: ['Temperature', 0, 100, 'any'],
  topK: ['Top-k', 0, 1e9, 1],
  topP: ['Top-p', 0, 1, 'any'],
  seed: ['Seed', -(2 ** 53), 2 ** 53, 1],
};

/** Why no more came. */
const ENDS = {
  length: 'As many came as were asked for.',
  end: 'The model ended its text.',
  context: 'The context is full: the model reads no more tokens.',
  stopped: 'Stopped.',
};

/** A text as it comes, token by token: what else might have come, and what each was chosen by. */
class GenerateView extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
    pointed: { state: true },
  };

  static styles = [controls, css`
    form { display: grid; gap: 0.75rem; padding: 1rem; border-radius: 8px; background: var(--surface); }
    textarea { box-sizing: border-box; width: 100%; min-height: 3rem; resize: vertical; padding: 0.5rem; }
    input { width: 4.5rem; }
    heed-shaded { margin: 1rem 0; }
    .row:has(heed-rows) { align-items: flex-start; gap: 1rem 3rem; }
  `];

  generation = new Generation(this);

  get model() {
    return modelOf(this.models, this.state.model, ({ causal }) => causal);
  }

  /** The heads whose weights are shown, and what they are called: those of the last layer unless others are chosen. */
  get heads() {
    const [, layer, head] = /^L(\d+)(H\d+)?$/.exec(this.state.by) ?? [];
    const found = layer && Number(layer) < this.model.layers ? Number(layer) : this.model.layers - 1;
    return head && Number(head.slice(1)) < this.model.heads
      ? { name: this.state.by, asked: { head: this.state.by } }
      : { name: `L${found}`, asked: { layer: found } };
  }

  start(event) {
    event.preventDefault();
    const { elements } = event.target;
    const given = Object.fromEntries(['prompt', ...Object.keys(NUMBERS)].map((key) => [key, elements[key].value]));
    change(this, given);
    this.pointed = undefined;
    const { most, temperature, topK, topP, seed } = Object.fromEntries(
      Object.keys(NUMBERS).map((key) => [key, given[key] === '' ? null : Number(given[key])]),
    );
    this.generation.start({
      model: this.model.name, text: given.prompt, tokens: most, temperature, topK, topP, seed, ...this.heads.asked,
    });
  }

  choose(by) {
    change(this, { by });
    if (this.generation.steps.length) {
      this.updateComplete.then(() => this.generation.lookBy(this.heads.asked));
    }
  }

  render() {
    if (!this.model) {
      return html`<section aria-label="Generate" aria-busy="false">
        <p class="note">No model here writes text: open a decoder, as by heed serve --model shakespeare.</p></section>`;
    }
    const { busy, error, prompt, steps } = this.generation;
    return html`<section aria-label="Generate" aria-busy=${busy}>
      ${this.form(busy)}
      <p class="error" role="alert">${error}</p>
      ${prompt.length ? html`<heed-shaded .prompt=${prompt} .steps=${steps} chosen=${this.chosen}
        @choose=${this.point}></heed-shaded>` : html`<p class="note">
        The model reads the prompt, and chooses the tokens behind it one by one. You see each as it comes, with what it attended to.</p>`}
      <p class="note" role="status">${this.ending()}</p>
      ${steps.length ? this.step(steps[this.chosen]) : nothing}
    </section>`;
  }

  point({ detail }) {
    this.pointed = detail;
  }

  /** The newest while they come, and then the one that is pointed at. */
  get chosen() {
    const last = this.generation.steps.length - 1;
    return this.generation.busy ? last : Math.min(last, this.pointed ?? last);
  }

  ending() {
    const { end, steps } = this.generation;
    return end ? `${steps.length} ${steps.length === 1 ? 'token' : 'tokens'}. ${ENDS[end]}` : '';
  }

  step(step) {
    const before = [...this.generation.prompt, ...this.generation.steps.map(tokenText)][step.weights.length - 1];
    const { name } = this.heads;
    return html`
      <p class="note">Shades show what “${before}” gave to the tokens up to itself, ${
        name.includes('H') ? `in ${name}` : `in the mean over the heads of layer ${name.slice(1)}`}, when the model chose
        “${tokenText(step)}” behind it. The strongest stands for ${Math.max(...step.weights).toFixed(2)}.</p>
      <div class="row">
        <heed-odds .step=${step}></heed-odds>
        <heed-rows .steps=${this.generation.steps} chosen=${this.chosen} @choose=${this.point}></heed-rows>
      </div>
      ${this.generation.busy ? nothing : html`<p><button @click=${this.heatMaps}>All heads of this text</button></p>`}`;
  }

  /** The text as far as the model has read it: the last token is read by nobody. */
  heatMaps() {
    const { question, steps } = this.generation;
    const text = question.text + steps.slice(0, -1).map((step) => step.text).join('').replaceAll('\uFFFD', '');
    change(this, { view: 'heads', model: this.model.name, text, pieces: 'true', special: 'true', head: this.heads.asked.head ?? '', pair: '' });
  }

  form(busy) {
    return html`<form @submit=${this.start}>
      <label for="prompt">A text to go on with</label>
      <textarea id="prompt" name="prompt" .value=${this.state.prompt} spellcheck="false"></textarea>
      <div class="row">
        <label>Model
          <select ?disabled=${busy} @change=${(event) => this.other(event.target.value)}>
            ${this.models.filter(({ causal }) => causal).map(({ name }) => html`
              <option ?selected=${name === this.model.name}>${name}</option>`)}
          </select>
        </label>
        ${Object.entries(NUMBERS).map(([key, [name, least, most, step]]) => html`<label>${name}
          <input type="number" name=${key} min=${least} max=${most} step=${step} .value=${this.state[key]} required></label>`)}
        <label>Attention of
          <select ?disabled=${busy} @change=${(event) => this.choose(event.target.value)}>${this.choices()}</select>
        </label>
        <button class="main">Start</button>
        <button type="button" ?disabled=${!busy} @click=${() => this.generation.stop()}>Stop</button>
      </div>
    </form>`;
  }

  other(model) {
    this.generation.clear();
    change(this, { model, by: '', head: '', pair: '' });
  }

  choices() {
    const { layers, heads } = this.model;
    const option = (value, name) => html`<option value=${value} ?selected=${value === this.heads.name}>${name}</option>`;
    return Array.from({ length: layers }, (_, layer) => html`<optgroup label="Layer ${layer}">
      ${option(`L${layer}`, `L${layer}, mean of its heads`)}
      ${Array.from({ length: heads }, (_, head) => option(`L${layer}H${head}`, `L${layer}H${head}`))}
    </optgroup>`);
  }
}

customElements.define('heed-generate', GenerateView);
