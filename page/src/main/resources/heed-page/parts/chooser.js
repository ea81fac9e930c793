import { LitElement, css, html } from 'lit';
import { controls } from '../controls.js';
import { headsIn, layersOf, textOf } from '../selection.js';

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * The heads to take together: a row for each layer, its name before its heads. A click takes what it names in or out, a
 * double-click takes it alone, and again all; “choose” says the heads that are in, none for all.
 */
class Chooser extends LitElement {
  static properties = {
    model: { attribute: false },
    chosen: {},
    at: { state: true },
  };

  static styles = [controls, css`
    :host { display: block; margin: 1rem 0; }
    .heads { max-height: 15rem; overflow: auto; padding: 3px; margin: 0.5rem 0; }
    .layer { display: flex; gap: 3px; margin-bottom: 3px; }
    .layer button {
      flex: 0 1 2rem; min-width: 1.5rem; padding: 0; line-height: 1.5rem; font-size: 0.85rem; font-variant-numeric: tabular-nums;
      border-radius: 4px; touch-action: manipulation;
    }
    .layer button[aria-pressed='true'] { background: var(--accent); color: var(--background); border-color: transparent; }
    .layer button.name { flex: none; width: 2.2rem; margin-right: 3px; border-style: dashed; }
    .layer button.name[aria-pressed='mixed'] { border-color: var(--accent); border-style: solid; }
  `];

  constructor() {
    super();
    this.at = [0, 0];
  }

  willUpdate(changed) {
    this.opened ??= this.chosen !== '';
    if (changed.has('model')) {
      this.at = [0, 0];
    }
  }

  render() {
    const chosen = headsIn(this.model, this.chosen);
    return html`<details ?open=${this.opened}>
      <summary>Choose heads</summary>
      <div class="heads" role="group" aria-label="Heads" @keydown=${this.key}>
        ${layersOf(this.model).map((heads, layer) => html`<div class="layer">
          ${this.button(`L${layer}`, `Layer L${layer}`, heads, chosen, layer, 0)}
          ${heads.map((name, head) => this.button(String(head), `Head ${name}`, [name], chosen, layer, head + 1))}
        </div>`)}
      </div>
      <button ?disabled=${this.chosen === ''} @click=${() => this.choose(new Set())}>All heads</button>
      <p class="note">A click takes a head or a layer out or in; one head stays. A double-click takes it alone, and again all.
        By keyboard: arrow keys move, Enter takes out or in, Shift and Enter takes alone.</p>
    </details>`;
  }

  button(text, name, heads, chosen, row, column) {
    const count = heads.filter((head) => chosen.has(head)).length;
    const here = this.at[0] === row && this.at[1] === column;
    return html`<button class=${column === 0 ? 'name' : ''} aria-label=${name} title=${name} tabindex=${here ? 0 : -1}
      aria-pressed=${count === heads.length ? 'true' : count === 0 ? 'false' : 'mixed'}
      @focus=${() => { this.at = [row, column]; }}
      @click=${(event) => this.press(event, heads)}
      @keydown=${(event) => this.enter(event, heads)}>${text}</button>`;
  }

  /** The second click of two takes alone, whatever the first one did. */
  press({ detail: clicks }, heads) {
    if (clicks === 2) {
      this.isolate(heads, this.before);
    } else if (clicks < 2) {
      this.before = this.chosen;
      this.toggle(heads);
    }
  }

  enter(event, heads) {
    if (event.key === 'Enter' && event.shiftKey) {
      event.preventDefault();
      this.isolate(heads, this.chosen);
    }
  }

  toggle(heads) {
    const chosen = headsIn(this.model, this.chosen);
    const out = heads.every((head) => chosen.has(head));
    heads.forEach((head) => (out ? chosen.delete(head) : chosen.add(head)));
    if (chosen.size > 0) {
      this.choose(chosen);
    }
  }

  /** Takes heads alone, or all if it was so. */
  isolate(heads, before) {
    const alone = new Set(heads);
    this.choose(textOf(this.model, headsIn(this.model, before)) === textOf(this.model, alone) ? new Set() : alone);
  }

  choose(chosen) {
    this.dispatchEvent(new CustomEvent('choose', { detail: textOf(this.model, chosen) }));
  }

  key(event) {
    const move = MOVES[event.key];
    if (move) {
      const within = (value, count) => Math.min(count - 1, Math.max(0, value));
      const { layers, heads } = this.model;
      const [row, column] = [within(this.at[0] + move[0], layers), within(this.at[1] + move[1], heads + 1)];
      this.renderRoot.querySelectorAll('.layer')[row].children[column].focus();
      event.preventDefault();
    }
  }
}

customElements.define('heed-chooser', Chooser);
