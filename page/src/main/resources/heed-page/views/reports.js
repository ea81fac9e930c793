import { LitElement, css, html, nothing } from 'lit';
import * as api from '../api.js';
import { Asking } from '../asking.js';
import { controls } from '../controls.js';
import '../parts/scatter.js';
import '../parts/strips.js';
import '../question.js';
import { change, differs, modelOf } from '../state.js';

/** What every head does, by every measure: as strips, and two of them against each other. */
class ReportsView extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
  };

  static styles = [controls, css`
    h2 { font-size: 1.1rem; margin: 1.5rem 0 0.5rem; }
  `];

  asking = new Asking(this);

  willUpdate() {
    const { name, causal } = modelOf(this.models, this.state.model);
    const random = causal && this.state.random === 'true';
    const question = { model: name, random, ...(random ? {} : { text: this.state.text }) };
    if (differs(question, this.question)) {
      this.question = question;
      this.asking.ask((signal) => api.report(question, signal));
    }
  }

  render() {
    const { answer, error, busy } = this.asking;
    const { causal } = modelOf(this.models, this.state.model);
    return html`<section aria-label="Reports" aria-busy=${busy}>
      <heed-question plain .models=${this.models} .state=${this.state}></heed-question>
      ${causal ? html`<p class="row"><label><input type="checkbox" .checked=${this.state.random === 'true'}
        @change=${(event) => change(this, { random: event.target.checked ? 'true' : '' })}>
        Read random tokens twice instead: only there can induction be told from knowing the text</label></p>` : nothing}
      <p class="error" role="alert">${error}</p>
      ${answer ? this.report(answer) : nothing}
    </section>`;
  }

  report(answer) {
    const { sort, x, y } = this.state;
    const leads = ({ detail }) => change(this, { view: 'heads', head: detail, pair: '' });
    return html`
      <p class="note">What each of ${answer.heads.length} heads does on ${answer.source}. Means over tokens; the rank stands beside
        the value. A label is given only where its figure has earned it.</p>
      <heed-strips .answer=${answer} sort=${sort} @head=${leads}
        @sort=${({ detail }) => change(this, { sort: detail })}></heed-strips>
      <h2>Two measures</h2>
      <div class="row">${this.measure('x', 'Across', answer, x)}${this.measure('y', 'Up', answer, y)}</div>
      <heed-scatter .answer=${answer} x=${x} y=${y} @head=${leads}></heed-scatter>`;
  }

  measure(key, name, { measures }, chosen) {
    return html`<label>${name}
      <select @change=${(event) => change(this, { [key]: event.target.value })}>
        ${measures.map((each) => html`<option value=${each.name} ?selected=${each.name === chosen}>${each.words}</option>`)}
      </select>
    </label>`;
  }
}

customElements.define('heed-reports', ReportsView);
