import { LitElement, html, nothing } from 'lit';
import * as api from '../api.js';
import { Asking } from '../asking.js';
import '../parts/grid.js';
import '../parts/map.js';
import { change, differs } from '../state.js';
import { lesson, sentenceOf, shownHead, shownModel } from './lesson.js';
import './sentence.js';

/** Step 7: all heads, and one of them large. */
class HeadsStep extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
  };

  static styles = lesson;

  heads = new Asking(this);
  head = new Asking(this);

  willUpdate() {
    const model = shownModel(this.models, this.state.model);
    const question = sentenceOf(model, this.state.text);
    if (differs(question, this.question)) {
      this.question = question;
      this.heads.ask((signal) => api.heads(question, signal));
    }
    const asked = { ...question, head: shownHead(model, this.state.head) };
    if (differs(asked, this.asked)) {
      this.asked = asked;
      this.head.ask(async (signal) => ({ name: asked.head, ...(await api.head(asked, signal)) }));
    }
  }

  render() {
    const [grid, map] = [this.heads.answer, this.head.answer];
    const { name, layers, heads } = shownModel(this.models, this.state.model);
    return html`<section aria-label="All heads" aria-busy=${this.heads.busy || this.head.busy}>
      <p class="words">What you saw was one <em>head</em>. ${name} has ${layers} layers of ${heads} heads: ${layers * heads}
        times the same question, each with queries, keys and values of its own. The heads of a layer look at the same time; what
        they found is added to what each token knew, and the next layer asks again.</p>
      <p class="words">Nobody gave them tasks, but in training they take on habits, and one can see them. A line beside the
        diagonal is a head that looks at the word before, or the one behind. The diagonal itself looks at itself. A column is a
        word that all look at. An even haze takes the mean of everything.</p>
      <heed-sentence .text=${this.state.text}></heed-sentence>
      <p class="error" role="alert">${this.heads.error || this.head.error}</p>
      ${grid ? html`<heed-grid .answer=${grid} .chosen=${this.asked.head}
        @head=${({ detail }) => change(this, { head: detail })}></heed-grid>` : nothing}
      ${map ? html`<heed-map .name=${map.name} .tokens=${map.tokens} .codes=${map.codes}></heed-map>` : nothing}
      <p><button @click=${() => change(this, { view: 'reports' })}>What every head does, in numbers</button></p>
    </section>`;
  }
}

customElements.define('heed-learn-heads', HeadsStep);
