import { html } from 'lit';
import '../parts/steps.js';
import { PairStep, quoted } from './pair-step.js';

/** Step 5: the values, mixed by the weights. */
class MixtureStep extends PairStep {
  words(answer) {
    const share = answer
      ? html` Here ${quoted(answer, answer.key)} makes up <em>${Math.round(100 * answer.weights[answer.key])} %</em> of what
        ${quoted(answer, answer.query)} gets.`
      : '';
    return html`<p class="words">Now the shares are put to use. Every token’s value is multiplied by its share, and all are
        added up. This <em>mixture of values</em> is what the head hands to the word that looked.${share}</p>
      <p class="words">That is all attention does: it moves what is known from token to token, and each token decides how much
        it takes from where. In a formula, with all queries, keys and values written as matrices, it is
        softmax(Q Kᵀ / √d) V.</p>`;
  }

  widget(answer) {
    return html`<heed-steps only="mixture" .answer=${answer}></heed-steps>
      <heed-steps only="projection" .answer=${answer}></heed-steps>`;
  }
}

customElements.define('heed-learn-mixture', MixtureStep);
