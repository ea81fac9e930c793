import { LitElement, html, nothing } from 'lit';
import * as api from '../api.js';
import { Asking } from '../asking.js';
import { pairIn } from '../choice.js';
import { shown } from '../colours.js';
import { change, differs } from '../state.js';
import { lesson, sentenceOf, shownHead, shownModel } from './lesson.js';
import './sentence.js';

/**
 * A step about two words of the sentence, of which one looks and one is looked at, in one head. A step says its words,
 * and what it shows of how their weight came about.
 */
export class PairStep extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
  };

  static styles = lesson;

  head = new Asking(this);
  weight = new Asking(this);

  willUpdate() {
    const model = shownModel(this.models, this.state.model);
    const question = { ...sentenceOf(model, this.state.text), head: shownHead(model, this.state.head) };
    if (differs(question, this.question)) {
      this.question = question;
      this.head.ask(async (signal) => ({ question, ...(await api.head(question, signal)) }));
    }
    const [row, column] = this.head.answer ? this.pair : [];
    const pair = this.head.answer && { ...this.head.answer.question, row, column };
    if (differs(pair, this.asked)) {
      this.asked = pair;
      if (pair) {
        this.weight.ask((signal) => api.weight(pair, signal));
      } else {
        this.weight.forget();
      }
    }
  }

  /** The words that were chosen, or else “it” and what it looks at most, or else the two whose weight is largest. */
  get pair() {
    const { tokens, codes } = this.head.answer;
    const it = tokens.indexOf('it');
    if (this.state.pair !== '' || it < 0) {
      return pairIn({ tokens, codes }, this.state.pair);
    }
    const row = Array.from(codes.subarray(it * tokens.length, (it + 1) * tokens.length));
    row[it] = 0;
    return [it, row.indexOf(Math.max(...row))];
  }

  render() {
    const { answer } = this.weight;
    const [row, column] = this.head.answer ? this.pair : [];
    return html`<section aria-label="Two words" aria-busy=${this.head.busy || this.weight.busy}>
      ${this.words(answer)}
      <heed-sentence .text=${this.state.text}></heed-sentence>
      <p class="error" role="alert">${this.head.error || this.weight.error}</p>
      ${this.head.answer ? html`<div class="row">
        ${this.choice('Who looks', row, (chosen) => `${chosen},${column}`)}
        ${this.choice('Who is looked at', column, (chosen) => `${row},${chosen}`)}
        <span class="note">in ${this.question.model}, head ${this.question.head}; a word of several pieces stands here by its first</span>
      </div>` : nothing}
      ${answer ? this.widget(answer) : nothing}
    </section>`;
  }

  choice(name, chosen, pair) {
    return html`<label>${name}
      <select @change=${(event) => change(this, { pair: pair(event.target.selectedIndex) })}>
        ${this.head.answer.tokens.map((token, i) => html`<option ?selected=${i === chosen}>${shown(token)}</option>`)}
      </select>
    </label>`;
  }
}

/** A word of an answer, in quotes. */
export const quoted = ({ pieces }, index) => `“${shown(pieces[index])}”`;
