import { LitElement, html, nothing } from 'lit';
import * as api from '../api.js';
import { Asking } from '../asking.js';
import { controls } from '../controls.js';
import { MEASURES, takesAllHeads } from '../measures.js';
import '../parts/chooser.js';
import '../parts/lines.js';
import '../question.js';
import { headsIn, sentenceOf, textOf } from '../selection.js';
import { change, differs, modelOf, questionOf } from '../state.js';
import './check.js';

/** What each word of a text attends to, by a measure, in all heads or some. */
class TextView extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
  };

  static styles = [controls];

  asking = new Asking(this);

  get model() {
    return modelOf(this.models, this.state.model);
  }

  willUpdate() {
    const { measure } = this.state;
    const chosen = headsIn(this.model, takesAllHeads(measure) ? '' : this.state.only);
    const text = questionOf(this.models, this.state);
    const question = { ...text, measure, heads: textOf(this.model, chosen) };
    if (differs(question, this.question)) {
      this.question = question;
      const heads = sentenceOf(this.model, chosen);
      this.asking.ask(async (signal) => ({ text, heads, ...(await api.look(question, signal)) }));
    }
  }

  render() {
    const { answer, error, busy } = this.asking;
    return html`<section aria-label="Text" aria-busy=${busy}>
      <heed-question measures .models=${this.models} .state=${this.state}></heed-question>
      ${this.chooser()}
      <p class="error" role="alert">${error}</p>
      ${answer ? html`
        <heed-lines .answer=${answer} .heads=${answer.heads}></heed-lines>
        <heed-check .question=${answer.text}></heed-check>` : nothing}
    </section>`;
  }

  chooser() {
    const { measure, only } = this.state;
    return takesAllHeads(measure)
      ? html`<p class="note">${MEASURES[measure][0]} goes through all layers, and takes all heads of each: some can be chosen for
        raw and norm.</p>`
      : html`<heed-chooser .model=${this.model} .chosen=${textOf(this.model, headsIn(this.model, only))}
        @choose=${({ detail }) => change(this, { only: detail })}></heed-chooser>`;
  }
}

customElements.define('heed-text', TextView);
