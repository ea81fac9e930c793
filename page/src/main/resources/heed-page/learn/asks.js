import { LitElement, html, nothing } from 'lit';
import * as api from '../api.js';
import { Asking } from '../asking.js';
import '../parts/lines.js';
import { differs } from '../state.js';
import { lesson, sentenceOf, shownHead, shownModel } from './lesson.js';
import './sentence.js';

/** Step 1: what each word of the sentence attends to, in one head. */
class Asks extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
  };

  static styles = lesson;

  asking = new Asking(this);

  willUpdate() {
    const model = shownModel(this.models, this.state.model);
    const head = shownHead(model, this.state.head);
    const question = { ...sentenceOf(model, this.state.text), measure: 'raw', heads: head };
    if (differs(question, this.question)) {
      this.question = question;
      this.asking.ask((signal) => api.look(question, signal));
    }
  }

  render() {
    const { answer, error, busy } = this.asking;
    const { model, heads } = this.question;
    const it = answer?.tokens.indexOf('it') ?? -1;
    return html`<section aria-label="Who matters to whom" aria-busy=${busy}>
      <p class="words">A model reads a text in <em>tokens</em>: words, or pieces of words. A token alone says little. What “it”
        means stands somewhere else in the sentence. So every token asks all tokens the same question: <em>how much do you
        matter to me?</em> The answer is a share for each of them, and the shares of one token add up to 1. These shares are
        its attention.</p>
      <p class="words">Point at a word on the left, or move to it by keyboard: the lines show how it shares its attention out.
        The numbers are those of ${model}, a real model, in one of its many heads, ${heads}.</p>
      <heed-sentence .text=${this.state.text}></heed-sentence>
      <p class="error" role="alert">${error}</p>
      ${answer ? html`<heed-lines .answer=${answer} .first=${it < 0 ? null : it}></heed-lines>` : nothing}
      <p class="note">Models put special tokens beside those of the text, such as [CLS] in front of them. Attention that finds
        nothing of use often rests on them.</p>
    </section>`;
  }
}

customElements.define('heed-learn-asks', Asks);
