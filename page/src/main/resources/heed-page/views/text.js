import { LitElement, html, nothing } from 'lit';
import * as api from '../api.js';
import { Asking } from '../asking.js';
import { controls } from '../controls.js';
import '../parts/lines.js';
import '../question.js';
import { differs, questionOf } from '../state.js';
import './check.js';

/** What each word of a text attends to, by a measure. */
class TextView extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
  };

  static styles = [controls];

  asking = new Asking(this);

  willUpdate() {
    const question = { ...questionOf(this.models, this.state), measure: this.state.measure };
    if (differs(question, this.question)) {
      this.question = question;
      this.asking.ask(async (signal) => ({ question, ...(await api.look(question, signal)) }));
    }
  }

  render() {
    const { answer, error, busy } = this.asking;
    return html`<section aria-label="Text" aria-busy=${busy}>
      <heed-question measures .models=${this.models} .state=${this.state}></heed-question>
      <p class="error" role="alert">${error}</p>
      ${answer ? html`
        <heed-lines .answer=${answer}></heed-lines>
        <heed-check .question=${answer.question}></heed-check>` : nothing}
    </section>`;
  }
}

customElements.define('heed-text', TextView);
