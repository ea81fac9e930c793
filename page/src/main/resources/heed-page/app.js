import { LitElement, css, html } from 'lit';
import * as api from './api.js';
import { controls } from './controls.js';

/** Each view's title, and its element, whose script is there once it is opened. */
const VIEWS = {
  text: ['Text', (models, state) => html`<heed-text .models=${models} .state=${state}></heed-text>`],
  heads: ['Heads', (models, state) => html`<heed-heads .models=${models} .state=${state}></heed-heads>`],
  map: ['Map', (models, state) => html`<heed-map-view .models=${models} .state=${state}></heed-map-view>`],
  generate: ['Generate', (models, state) => html`<heed-generate .models=${models} .state=${state}></heed-generate>`],
  reports: ['Reports', (models, state) => html`<heed-reports .models=${models} .state=${state}></heed-reports>`],
  cost: ['Cost', (models, state) => html`<heed-cost .models=${models} .state=${state}></heed-cost>`],
  learn: ['Learn', (models, state) => html`<heed-learn .models=${models} .state=${state}></heed-learn>`],
};

/** What the views show at first; the URL holds what is not so. */
const DEFAULTS = {
  view: 'text',
  model: '',
  text: "The trophy didn't fit in the suitcase because it was too big.",
  second: '',
  measure: 'norm',
  head: '',
  only: '',
  pair: '',
  pieces: '',
  special: '',
  matrices: '',
  channel: 'max',
  at: '',
  step: '1',
  prompt: 'ROMEO:',
  temperature: '0.8',
  topK: '0',
  topP: '1',
  seed: '0',
  most: '64',
  by: '',
  random: '',
  sort: 'previous',
  x: 'distance',
  y: 'entropy',
  shape: '',
  n: '4096',
  causal: '',
  layers: '12',
  heads: '12',
  kvHeads: '12',
  headDim: '64',
  workers: '1',
  network: '10',
};

/** The page: its views, of which one is open, and the state that they share. */
class App extends LitElement {
  static properties = {
    models: { state: true },
    state: { state: true },
    error: { state: true },
  };

  static styles = [controls, css`
    header, main { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
    h1 { font-size: 1.4rem; margin: 1rem 0 0.25rem; }
    header p { margin: 0 0 1rem; color: var(--muted); }
    nav { display: flex; flex-wrap: wrap; gap: 0.5rem; margin: 1rem 0; }
    nav button[aria-pressed='true'] { border-color: var(--accent); box-shadow: inset 0 -3px var(--accent); }
  `];

  constructor() {
    super();
    this.models = [];
    this.error = '';
    this.read();
    window.addEventListener('hashchange', () => this.read());
    this.open();
  }

  read() {
    this.state = { ...DEFAULTS, ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))) };
  }

  async open() {
    try {
      this.models = await api.models();
    } catch (error) {
      this.error = error.message;
    }
  }

  willUpdate() {
    this.opened = Object.hasOwn(VIEWS, this.state.view) ? this.state.view : DEFAULTS.view;
    import(`./views/${this.opened}.js`).catch((error) => { this.error = error.message; });
  }

  change({ detail }) {
    this.state = { ...this.state, ...detail };
    const kept = Object.entries(this.state).filter(([key, value]) => value !== DEFAULTS[key]
      && !(key === 'model' && value === this.models[0].name));
    history.replaceState(null, '', kept.length ? `#${new URLSearchParams(kept)}` : location.pathname);
  }

  render() {
    const { opened } = this;
    return html`
      <header>
        <h1>Heed</h1>
        <p>Attention lets every token ask: which other tokens matter to me? Here is what a model’s tokens answer.</p>
        <nav aria-label="Views">
          ${Object.entries(VIEWS).map(([name, [title]]) => html`
            <button aria-pressed=${opened === name} @click=${() => this.change({ detail: { view: name } })}>${title}</button>`)}
        </nav>
      </header>
      <main @change=${this.change}>
        ${this.error ? html`<p class="error" role="alert">${this.error}</p>` : ''}
        ${this.models.length ? VIEWS[opened][1](this.models, this.state) : ''}
      </main>`;
  }
}

customElements.define('heed-app', App);
