import { LitElement, css, html, nothing } from 'lit';
import * as api from './api.js';
import './views/check.js';
import './views/heads.js';
import './views/text.js';

const VIEWS = { text: 'Text', heads: 'Heads' };
const MEASURES = {
  norm: ['norm', 'Σ‖αf(x)‖ over heads: the length of what attention moves. Nearest to what a word really changes.'],
  raw: ['raw', 'The attention weights themselves, averaged over heads. High attention is not an explanation.'],
  rollout: ['rollout', 'Weights multiplied through all layers. A rough guide: much of it ends at the first or a special token.'],
  alti: ['ALTI', 'c = max(0, ‖x̃‖ − ‖x̃ − T(x)‖) in each layer, multiplied through all layers: contributions of tokens.'],
};
const DEFAULTS = {
  view: 'text',
  model: '',
  text: "The trophy didn't fit in the suitcase because it was too big.",
  second: '',
  measure: 'norm',
  head: '',
  pair: '',
  pieces: '',
  special: '',
};

/** The page: what is asked, and the view of the answer. The URL holds what is not as it is at first. */
class App extends LitElement {
  static properties = {
    models: { state: true },
    asked: { state: true },
    answer: { state: true },
    error: { state: true },
    busy: { state: true },
  };

  static styles = css`
    header, main { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
    h1 { font-size: 1.4rem; margin: 1rem 0 0.25rem; }
    header p { margin: 0 0 1rem; color: var(--muted); }
    form { display: grid; gap: 0.75rem; padding: 1rem; border-radius: 8px; background: var(--surface); }
    textarea {
      box-sizing: border-box; width: 100%; min-height: 4.5rem; font: inherit; color: inherit; resize: vertical;
      background: var(--background); border: 1px solid var(--border); border-radius: 6px; padding: 0.5rem;
    }
    .row { display: flex; flex-wrap: wrap; gap: 0.5rem 1.25rem; align-items: center; }
    select, button {
      font: inherit; color: inherit; background: var(--background); border: 1px solid var(--border);
      border-radius: 6px; padding: 0.3rem 0.7rem;
    }
    form > .row > button { background: var(--accent); color: var(--background); border-color: transparent; cursor: pointer; }
    :is(select, button, textarea, input, summary):focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
    nav { display: flex; gap: 0.5rem; margin: 1.25rem 0 1rem; }
    nav button { cursor: pointer; }
    nav button[aria-pressed='true'] { border-color: var(--accent); box-shadow: inset 0 -3px var(--accent); }
    summary { cursor: pointer; color: var(--muted); }
    .error { color: var(--error); margin: 1rem 0; }
    .formula { color: var(--muted); margin: 0; flex-basis: 100%; font-size: 0.9rem; }
  `;

  constructor() {
    super();
    this.models = [];
    this.asked = { ...DEFAULTS, ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))) };
    this.error = '';
    this.busy = false;
  }

  async connectedCallback() {
    super.connectedCallback();
    try {
      this.models = await api.models();
      if (!this.models.some((model) => model.name === this.asked.model)) {
        this.asked = { ...this.asked, model: this.models[0].name };
      }
      await this.ask();
    } catch (error) {
      this.error = error.message;
    }
  }

  /** Takes over what was changed, and asks anew unless only the view of the answer changed. */
  change(changes) {
    this.asked = { ...this.asked, ...changes };
    const kept = Object.entries(this.asked).filter(([key, value]) => value !== DEFAULTS[key]
      && !(key === 'model' && value === this.models[0]?.name));
    history.replaceState(null, '', kept.length ? `#${new URLSearchParams(kept)}` : location.pathname);
    if (Object.keys(changes).some((key) => key !== 'head' && key !== 'pair')) {
      this.ask();
    }
  }

  async ask() {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.busy = true;
    const { view, model, text, second, measure, pieces, special } = this.asked;
    const question = { model, text, second, measure, pieces: pieces === 'true', special: special === 'true' };
    try {
      const answer = await (view === 'heads' ? api.heads : api.look)(question, running.signal);
      this.answer = { view, of: answer, question };
      this.error = '';
    } catch (error) {
      if (error.name !== 'AbortError') {
        this.answer = undefined;
        this.error = error.message;
      }
    } finally {
      if (this.running === running) {
        this.busy = false;
      }
    }
  }

  /** Another model: its heads are others, and a decoder reads one text. */
  choose(model) {
    const causal = this.models.find((each) => each.name === model).causal;
    this.change({ model, head: '', pair: '', ...(causal ? { second: '' } : {}) });
  }

  submit(event) {
    event.preventDefault();
    const { text, second } = event.target.elements;
    this.change({ text: text.value, second: second?.value.trim() ?? '', pair: '' });
  }

  render() {
    const { view, model, text, second, measure, pieces, special, head, pair } = this.asked;
    const causal = this.models.find((each) => each.name === model)?.causal ?? true;
    return html`
      <header>
        <h1>Heed</h1>
        <p>Attention lets every token ask: which other tokens matter to me? Here is what a model’s tokens answer.</p>
        <form @submit=${this.submit}>
          <label for="text">A text</label>
          <textarea id="text" name="text" .value=${text} spellcheck="false"></textarea>
          ${causal ? nothing : html`<details ?open=${second !== ''}>
            <summary>A second text</summary>
            <textarea name="second" aria-label="A second text" .value=${second} spellcheck="false"></textarea>
          </details>`}
          <div class="row">
            <label>Model
              <select @change=${(event) => this.choose(event.target.value)}>
                ${this.models.map((each) => html`<option ?selected=${each.name === model}>${each.name}</option>`)}
              </select>
            </label>
            ${view === 'text' ? this.measures(measure) : nothing}
            <label><input type="checkbox" .checked=${pieces === 'true'}
              @change=${(event) => this.change({ pieces: event.target.checked ? 'true' : '', pair: '' })}> pieces</label>
            <label><input type="checkbox" .checked=${special === 'true'}
              @change=${(event) => this.change({ special: event.target.checked ? 'true' : '', pair: '' })}> special tokens</label>
            <button>Look</button>
            ${view === 'text' ? html`<p class="formula">${MEASURES[measure]?.[1] ?? ''}</p>` : nothing}
          </div>
        </form>
      </header>
      <main aria-busy=${this.busy}>
        <nav aria-label="Views">
          ${Object.entries(VIEWS).map(([name, title]) => html`
            <button aria-pressed=${view === name} @click=${() => this.change({ view: name })}>${title}</button>`)}
        </nav>
        <p class="error" role="alert">${this.error}</p>
        ${this.answer?.view === 'text' ? html`<heed-text .answer=${this.answer.of}></heed-text>
          <heed-check .question=${this.answer.question}></heed-check>` : nothing}
        ${this.answer?.view === 'heads' ? html`<heed-heads
          .answer=${this.answer.of} .question=${this.answer.question} .chosen=${head} .pair=${pair}
          @head=${(event) => this.change({ head: event.detail })}
          @pair=${(event) => this.change({ pair: event.detail })}></heed-heads>` : nothing}
      </main>`;
  }

  measures(measure) {
    return html`<label>Measure
      <select @change=${(event) => this.change({ measure: event.target.value })}>
        ${Object.entries(MEASURES).map(([name, [title]]) => html`
          <option value=${name} ?selected=${name === measure}>${title}</option>`)}
      </select>
    </label>`;
  }
}

customElements.define('heed-app', App);
