import { LitElement, css, html, nothing } from 'lit';
import * as api from '../api.js';
import { Asking } from '../asking.js';
import { modelOf } from '../state.js';
import { lesson, sentenceOf, shownHead, startWith } from './lesson.js';

/** Two sentences in which one word decides what “it” is, and what that is. */
const CASES = [['big', 'trophy'], ['small', 'suitcase']];
const CANDIDATES = ['trophy', 'suitcase'];
const NEITHER = 'neither';

const sentence = (word) => `The trophy didn't fit in the suitcase because it was too ${word}.`;

/** What is compared of both words. */
const WAYS = [
  { key: 'head', title: (head) => `The attention of head ${head}` },
  { key: 'norm', title: () => 'The attention of all heads, by what it moves' },
  { key: 'moved', title: () => 'How far “it” moves when the word is taken away' },
];

/** Two numbers of which one is more than this share of the other are as good as equal. */
const ALIKE = 0.95;

/** Step 6: what “it” looks at, and whether that is what it means. */
class Reference extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
  };

  static styles = [...lesson, css`
    thead th { white-space: nowrap; }
    :is(th, td) { padding-right: 10px; }
    :is(th, td):last-child { padding-right: 0; }
    h3 { font-size: 1rem; margin: 1.25rem 0 0.25rem; }
    .close { margin: -0.5rem 0 0.75rem; }
  `];

  asking = new Asking(this);

  willUpdate() {
    const model = modelOf(this.models, this.state.model, ({ causal }) => !causal);
    if (model && this.model !== model) {
      this.model = model;
      this.asking.ask((signal) => this.compare(model, signal));
    }
  }

  /** For each sentence and way the numbers of both candidates. */
  async compare(model, signal) {
    const head = shownHead(model, '');
    const found = [];
    for (const [word, meant] of CASES) {
      const question = sentenceOf(model, sentence(word));
      const norm = await api.look({ ...question, measure: 'norm' }, signal);
      const raw = await api.look({ ...question, measure: 'raw', heads: head }, signal);
      const row = norm.tokens.indexOf('it');
      const { effects } = await api.check({ ...question, row }, signal);
      const at = CANDIDATES.map((candidate) => norm.tokens.indexOf(candidate));
      const numbers = {
        head: at.map((column) => raw.cells[row][column]),
        norm: at.map((column) => norm.cells[row][column]),
        moved: at.map((column) => effects[column]),
      };
      found.push({ word, meant, numbers });
    }
    return { head, found };
  }

  render() {
    const { answer, error, busy } = this.asking;
    return html`<section aria-label="It and the trophy" aria-busy=${busy}>
      <p class="words">“${sentence('big')}” You know at once what was too big. Had it been too small, you would say the
        suitcase. One word decides, and it comes last. Does the model know as well? We have it read both sentences and look at
        what “it” takes from either word.</p>
      ${this.model ? nothing : html`<p class="note">This step needs an encoder, which sees the whole sentence at once:
        <code>${startWith('minilm')}</code></p>`}
      <p class="error" role="alert">${error}</p>
      ${busy ? html`<p class="note">${this.model.name} reads both sentences, and then again without each word …</p>` : nothing}
      ${answer ? this.findings(answer) : nothing}
    </section>`;
  }

  findings({ head, found }) {
    return html`
      ${WAYS.map(({ key, title }) => this.way(title(head), found.map(({ word, meant, numbers }) =>
        ({ word, meant, numbers: numbers[key], leans: leaning(numbers[key]) }))))}
      <p class="words">Attention shows where a model looks; not why, and not what it has understood. A head may look at “trophy”
        because it is a noun, or comes first. That is why Heed also takes words away and has the text read again: it shows what a
        word really changes. (Here “neither” means less than ${Math.round(100 * (1 - ALIKE))} % between the two.)
        ${this.model.name === 'minilm' ? 'MiniLM was made to tell whether sentences are alike, not to find out what “it” means.' : nothing}</p>`;
  }

  way(title, rows) {
    return html`<h3>${title}</h3>
      <div class="wide" tabindex="0" role="region" aria-label=${title}>
        <table>
          <thead><tr><th scope="col">too …</th><th scope="col">means</th>
            ${CANDIDATES.map((candidate) => html`<th scope="col">${candidate}</th>`)}<th scope="col">leans to</th></tr></thead>
          <tbody>${rows.map(({ word, meant, numbers, leans }) => html`<tr>
            <th scope="row">${word}</th><td>${meant}</td>${numbers.map((number) => html`<td>${number.toFixed(2)}</td>`)}
            <td class=${leans === meant ? '' : 'lit'}>${leans}</td></tr>`)}</tbody>
        </table>
      </div>
      <p class="words close">${verdict(rows)}</p>`;
  }
}

function leaning(numbers) {
  const [less, more] = [Math.min(...numbers), Math.max(...numbers)];
  return less > ALIKE * more ? NEITHER : CANDIDATES[numbers.indexOf(more)];
}

/** What follows from what “it” leans to in both sentences. */
function verdict([first, second]) {
  if (first.leans === first.meant && second.leans === second.meant) {
    return '“It” leans to the right word in both sentences.';
  }
  if (first.leans === second.leans) {
    return first.leans === NEITHER
      ? 'In both sentences both words count for the same: this does not tell what “it” is.'
      : `“It” leans to the ${first.leans} in both sentences, though only one of them means the ${first.leans}: this does not tell what “it” is.`;
  }
  return '“It” does not lean to the right word in both sentences: this does not tell what “it” is.';
}

customElements.define('heed-learn-reference', Reference);
