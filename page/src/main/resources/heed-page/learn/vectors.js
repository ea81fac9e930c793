import { html } from 'lit';
import { barStyles, bars, largest } from '../parts/bars.js';
import { PairStep, quoted } from './pair-step.js';

/** Step 2: the query of one word, the key and the value of another. */
class VectorsStep extends PairStep {
  static styles = [...PairStep.styles, barStyles];

  words() {
    return html`<p class="words">To ask and to answer, every token makes three lists of numbers from what the model knows of
        it so far. Its <em>query</em> says what it looks for. Its <em>key</em> says what it has to offer. Its <em>value</em>
        is what it hands over to those who look at it.</p>
      <p class="words">Each list is the token’s own numbers times a matrix. The matrices are what the model has learned; every
        head has three of its own. Nobody told it what any single number should mean.</p>`;
  }

  widget(answer) {
    const { q, k, v, query, key } = answer;
    const [looks, looked] = [quoted(answer, query), quoted(answer, key)];
    return html`<p class="note">What ${looks} asks with, and what ${looked} offers and hands over: ${q.length} numbers each, up
        where they are above zero, down where they are below.</p>
      <div class="bars" tabindex="0" role="group" aria-label="Query, key and value">
        <span>query</span>${bars(q, largest(q), `the query of ${looks}`)}
        <span>key</span>${bars(k, largest(k), `the key of ${looked}`)}
        <span>value</span>${bars(v, largest(v), `the value of ${looked}`)}
      </div>`;
  }
}

customElements.define('heed-learn-vectors', VectorsStep);
