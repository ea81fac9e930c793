import { LitElement, html, nothing } from 'lit';
import * as api from '../api.js';
import { Asking } from '../asking.js';
import { hasHead, pairIn } from '../choice.js';
import { controls } from '../controls.js';
import '../parts/grid.js';
import '../parts/map.js';
import '../parts/steps.js';
import '../question.js';
import { change, differs, questionOf } from '../state.js';

/** All heads, the one that was chosen, and how one of its weights came about. */
class HeadsView extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
  };

  static styles = [controls];

  heads = new Asking(this);
  head = new Asking(this);
  weight = new Asking(this);

  willUpdate() {
    this.asked ??= {};
    const question = questionOf(this.models, this.state);
    this.look('heads', question, api.heads);
    const grid = this.heads.answer;
    this.look('head', grid && hasHead(grid, this.state.head) ? { ...question, head: this.state.head } : undefined, api.head);
    const map = this.head.answer;
    const [row, column] = map ? pairIn(map, this.state.pair) : [];
    this.look('weight', map ? { ...map.question, row, column } : undefined, api.weight);
  }

  /** Asks if it is another question; none has no answer. */
  look(name, question, call) {
    if (differs(question, this.asked[name])) {
      this.asked[name] = question;
      if (question) {
        this[name].ask(async (signal) => ({ question, ...(await call(question, signal)) }));
      } else {
        this[name].forget();
      }
    }
  }

  render() {
    const [grid, map, steps] = [this.heads.answer, this.head.answer, this.weight.answer];
    return html`<section aria-label="Heads" aria-busy=${this.heads.busy}>
      <heed-question .models=${this.models} .state=${this.state}></heed-question>
      <p class="error" role="alert">${this.heads.error || this.head.error || this.weight.error}</p>
      ${grid ? html`<heed-grid .answer=${grid} .chosen=${this.state.head}
        @head=${({ detail }) => change(this, { head: detail })}></heed-grid>` : nothing}
      ${map ? html`<heed-map .name=${map.question.head} .tokens=${map.tokens} .codes=${map.codes}
        .pair=${pairIn(map, this.state.pair)}
        @pair=${({ detail }) => change(this, { pair: detail.join(',') })}></heed-map>` : nothing}
      ${steps ? html`<heed-steps .answer=${steps}></heed-steps>` : nothing}
    </section>`;
  }
}

customElements.define('heed-heads', HeadsView);
