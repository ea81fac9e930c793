import { LitElement, css, html, nothing } from 'lit';
import { controls } from './controls.js';
import { MEASURES } from './measures.js';
import { change, modelOf } from './state.js';

/** What is to be read, by which model, and how it is shown; plain where only a text and a model are asked for. */
class Question extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
    measures: { type: Boolean },
    plain: { type: Boolean },
  };

  static styles = [controls, css`
    form { display: grid; gap: 0.75rem; padding: 1rem; border-radius: 8px; background: var(--surface); }
    textarea { box-sizing: border-box; width: 100%; min-height: 4.5rem; resize: vertical; padding: 0.5rem; }
    .formula { color: var(--muted); margin: 0; flex-basis: 100%; font-size: 0.9rem; }
  `];

  /** Another model: its heads are others, and a decoder reads one text. */
  choose(name) {
    const { causal } = modelOf(this.models, name);
    change(this, { model: name, head: '', only: '', pair: '', ...(causal ? { second: '' } : {}) });
  }

  submit(event) {
    event.preventDefault();
    const { text, second } = event.target.elements;
    change(this, { text: text.value, ...(this.plain ? {} : { second: second?.value.trim() ?? '' }), pair: '' });
  }

  render() {
    const { text, second, measure } = this.state;
    const model = modelOf(this.models, this.state.model);
    return html`
      <form @submit=${this.submit}>
        <label for="text">A text</label>
        <textarea id="text" name="text" .value=${text} spellcheck="false"></textarea>
        ${model.causal || this.plain ? nothing : html`<details ?open=${second !== ''}>
          <summary>A second text</summary>
          <textarea name="second" aria-label="A second text" .value=${second} spellcheck="false"></textarea>
        </details>`}
        <div class="row">
          <label>Model
            <select @change=${(event) => this.choose(event.target.value)}>
              ${this.models.map(({ name }) => html`<option ?selected=${name === model.name}>${name}</option>`)}
            </select>
          </label>
          ${this.measures ? this.measure(measure) : nothing}
          ${this.plain ? nothing : html`${this.box('pieces', 'pieces')}${this.box('special', 'special tokens')}`}
          <button class="main">Look</button>
          ${this.measures ? html`<p class="formula">${MEASURES[measure]?.[1] ?? ''}</p>` : nothing}
        </div>
      </form>`;
  }

  box(key, name) {
    return html`<label><input type="checkbox" .checked=${this.state[key] === 'true'}
      @change=${(event) => change(this, { [key]: event.target.checked ? 'true' : '', pair: '' })}> ${name}</label>`;
  }

  measure(chosen) {
    return html`<label>Measure
      <select @change=${(event) => change(this, { measure: event.target.value })}>
        ${Object.entries(MEASURES).map(([name, [title]]) => html`
          <option value=${name} ?selected=${name === chosen}>${title}</option>`)}
      </select>
    </label>`;
  }
}

customElements.define('heed-question', Question);
