import { LitElement, css, html, nothing } from 'lit';
import * as api from '../api.js';
import { Asking } from '../asking.js';
import { channelChoice, channelOf, channelStyles, legend } from '../channels.js';
import { shown } from '../colours.js';
import { controls } from '../controls.js';
import '../parts/tiles.js';
import '../question.js';
import { change, differs, modelOf } from '../state.js';

const POLL = 500;

/** One head of a whole document, from all of it to single weights. */
class MapView extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
    matrices: { state: true },
    reading: { state: true },
    progress: { state: true },
    spot: { state: true },
    needles: { state: true },
    needle: { state: true },
    failure: { state: true },
  };

  static styles = [controls, channelStyles, css`
    input[type='number'] { width: 4.5rem; }
    .status { min-height: 3em; margin: 0.5rem 0; }
    .tools { margin: 0.75rem 0 0; }
    progress { width: 12rem; accent-color: var(--accent); vertical-align: middle; }
  `];

  opened = new Asking(this);

  constructor() {
    super();
    this.matrices = [];
    this.failure = '';
  }

  async connectedCallback() {
    super.connectedCallback();
    try {
      this.matrices = await api.matrices();
    } catch (error) {
      this.failure = error.message;
    }
  }

  disconnectedCallback() {
    this.leave();
    super.disconnectedCallback();
  }

  leave() {
    clearTimeout(this.timer);
    const left = this.reading ?? this.progress;
    if (left && !left.built) {
      api.leaveMap(left);
    }
    Object.assign(this, { reading: undefined, progress: undefined });
  }

  willUpdate() {
    const { matrices, text } = this.state;
    const head = /^L\d+H\d+$/.test(this.state.head) ? this.state.head : 'L0H0';
    const question = matrices ? { matrices, head } : { model: modelOf(this.models, this.state.model).name, text, head };
    if (differs(question, this.question)) {
      this.leave();
      this.question = question;
      Object.assign(this, { spot: null, needles: undefined, needle: 0, failure: '' });
      this.opened.ask((signal) => this.open(question, signal));
    }
  }

  /** Opens the map once its text is read. */
  async open(question, signal) {
    let map = await api.map(question, signal);
    while (!map.ready) {
      this.reading = map;
      await new Promise((resolve) => { this.timer = setTimeout(resolve, POLL); });
      map = await api.map(question, signal);
    }
    this.reading = undefined;
    this.follow(map);
  }

  /** Asks how far the map is until it is whole. */
  follow(map) {
    this.progress = map;
    if (map.built) {
      this.findNeedles();
    } else {
      this.timer = setTimeout(async () => {
        try {
          this.follow({ ...map, ...(await api.mapState(map)) });
        } catch (error) {
          this.failure = error.message;
        }
      }, POLL);
    }
  }

  async findNeedles() {
    try {
      this.needles = await api.needles(this.progress);
    } catch (error) {
      this.failure = error.message;
    }
  }

  goToNeedle() {
    const spot = this.needles[this.needle % this.needles.length];
    this.needle += 1;
    this.renderRoot.querySelector('heed-tiles').goTo(spot);
    this.spot = { ...spot, size: 1 };
  }

  render() {
    const { error, busy } = this.opened;
    const map = this.progress;
    return html`<section aria-label="Map" aria-busy=${busy}>
      ${this.matrices.length ? this.sources() : nothing}
      ${this.state.matrices ? nothing : html`
        <heed-question plain .models=${this.models} .state=${this.state}></heed-question>`}
      ${this.reading ? html`<p class="row tools">${bar(this.reading)}</p>` : nothing}
      ${map ? this.tools(map) : nothing}
      <p class="error" role="alert">${error || this.failure}</p>
      ${map ? html`
        <p class="status" role="status">${this.sentence(map)}</p>
        <heed-tiles .map=${map} .channel=${this.channel} .at=${this.state.at} .needles=${this.needles}
          @moved=${({ detail }) => change(this, { at: detail })}
          @spot=${({ detail }) => { this.spot = detail; }}
          @failed=${({ detail }) => { this.failure = detail; }}></heed-tiles>
        ${legend(this.channel, ', with a ring around those that stand out most,')}` : nothing}
    </section>`;
  }

  get channel() {
    return channelOf(this.state.channel);
  }

  sources() {
    return html`<p class="row"><label>Of
      <select @change=${(event) => change(this, { matrices: event.target.value, head: '', at: '' })}>
        <option value="" ?selected=${!this.state.matrices}>a model and a text</option>
        ${this.matrices.map(({ name }) => html`<option value=${name} ?selected=${name === this.state.matrices}>${name}</option>`)}
      </select></label></p>`;
  }

  tools(map) {
    const [, layer, head] = /^L(\d+)H(\d+)$/.exec(map.head).map(Number);
    return html`<div class="row tools">
      ${map.layers > 1 ? this.number('Layer', layer, map.layers, (value) => `L${value}H${head}`) : nothing}
      ${map.heads > 1 ? this.number('Head', head, map.heads, (value) => `L${layer}H${value}`) : nothing}
      ${channelChoice(this.channel, (channel) => change(this, { channel }))}
      <button @click=${() => this.renderRoot.querySelector('heed-tiles').all()}>All of it</button>
      <button ?disabled=${!this.needles?.length} @click=${this.goToNeedle}>Go to the needle</button>
      ${map.built ? nothing : bar(map)}
    </div>`;
  }

  number(name, value, count, headOf) {
    return html`<label>${name} <input type="number" min="0" max=${count - 1} .value=${String(value)}
      @change=${(event) => {
        const given = Math.trunc(Number(event.target.value));
        change(this, { head: headOf(Math.min(count - 1, Math.max(0, given || 0))) });
      }}></label>`;
  }

  sentence(map) {
    const name = (index) => (map.tokens.length ? `“${shown(map.tokens[index])}” (${count(index)})` : count(index));
    const { spot } = this;
    if (!spot) {
      return `${count(map.queries)} rows look, ${count(map.keys)} columns are looked at.`
        + (map.built ? '' : ' Until the map is whole, coarse cells are of every 32nd query.');
    }
    if (spot.hidden) {
      return 'Hidden by the mask.';
    }
    const said = `${name(spot.query)} → ${name(spot.key)}: ${weight(spot.weight)}`;
    return spot.size === 1 ? said : `${said}, the largest of these ${count(spot.size)} × ${count(spot.size)}`;
  }
}

const bar = ({ stage, done, of }) => html`<label>${stage} <progress value=${done} max=${of}></progress></label>`;

const count = (value) => value.toLocaleString('en');

/** Three digits that count. */
const weight = (value) => (value >= 1e-3 ? Number(value.toPrecision(3)).toString() : value.toExponential(2).replace('-', '−'));

customElements.define('heed-map-view', MapView);
