import { html, nothing } from 'lit';
import { shown } from '../colours.js';
import '../parts/steps.js';
import { PairStep, quoted } from './pair-step.js';

const LARGEST = 4;

/** Step 3: query times key, and what it would lead to undivided. */
class ScoreStep extends PairStep {
  words(answer) {
    const d = answer ? answer.q.length : 'd';
    return html`<p class="words">How well does a key answer a query? Multiply the two lists number by number, and add up: the
        <em>dot product</em>. Where both are large and have the same sign it grows; where their signs differ it shrinks.</p>
      <p class="words">Then it is <em>divided by √${d}</em>. A sum of ${d} products gets larger the longer the lists are: if
        single numbers vary by about 1, it varies by about √${d}. Scores that large would give nearly everything to one word
        in the next step, and a model that is always certain hardly learns. Divided, they keep one size, however long the
        lists.</p>`;
  }

  widget(answer) {
    return html`<heed-steps only="product" .answer=${answer}></heed-steps>
      <heed-steps only="score" .answer=${answer}></heed-steps>
      ${answer.softCap === null && answer.bias === 0 && !answer.hidden ? this.undivided(answer) : nothing}`;
  }

  /** The largest weights of the row, and those of the same scores before the division. */
  undivided(answer) {
    const { scores, weights, scale, pieces, query } = answer;
    const whole = softmax(scores.map((score) => (score === null ? -Infinity : score / scale)));
    const order = weights.map((_, j) => j).sort((a, b) => weights[b] - weights[a]).slice(0, LARGEST);
    return html`<p>What ${quoted(answer, query)} looks at most, and what the same scores would make of it undivided:</p>
      <div class="wide" tabindex="0" role="region" aria-label="Weights with and without the division">
        <table>
          <thead><tr><th scope="col">token</th><th scope="col">weight</th><th scope="col">undivided</th></tr></thead>
          <tbody>${order.map((j) => html`<tr>
            <th scope="row">${shown(pieces[j])}</th><td>${weights[j].toFixed(4)}</td><td>${whole[j].toFixed(4)}</td></tr>`)}
          </tbody>
        </table>
      </div>`;
  }
}

function softmax(scores) {
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / sum);
}

customElements.define('heed-learn-score', ScoreStep);
