import { css, html, nothing, svg } from 'lit';
import { shown } from '../colours.js';
import { short } from '../parts/bars.js';
import { PairStep, quoted } from './pair-step.js';

const WIDEST = 120;
const HIGH = 12;

/** Step 4: the scores of a row, and the shares that they become. */
class SoftmaxStep extends PairStep {
  static styles = [...PairStep.styles, css`
    svg { display: block; }
    rect { fill: var(--line); }
    tfoot :is(th, td) { border-top: 1px solid var(--border); }
  `];

  words() {
    return html`<p class="words">A score may be any number. Shares must not be below zero, and must add up to 1. The
        <em>softmax</em> makes one of the other: it takes e to the power of each score, and divides each by their sum.</p>
      <p class="words">So the largest score gets most, but no token gets nothing. One more in the score is e ≈ 2.7 times as
        much weight. Here is the whole row, special tokens too, since they take part.</p>`;
  }

  widget(answer) {
    const { scores, weights, pieces, key, query } = answer;
    const powers = scores.map((score) => (score === null ? 0 : Math.exp(score)));
    const most = Math.max(...weights);
    return html`<div class="wide" tabindex="0" role="region" aria-label="The softmax of a row">
      <table>
        <thead><tr>
          <th scope="col">${quoted(answer, query)} looks at</th><th scope="col">score</th><th scope="col">e to the score</th>
          <th scope="col">weight</th><th scope="col"></th>
        </tr></thead>
        <tbody>${pieces.map((piece, j) => html`<tr class=${j === key ? 'lit' : ''}>
          <th scope="row">${shown(piece)}</th>
          <td>${scores[j] === null ? '−∞' : short(scores[j])}</td><td>${short(powers[j])}</td><td>${weights[j].toFixed(4)}</td>
          <td><svg width=${WIDEST} height=${HIGH} aria-hidden="true">${weights[j] > 0
            ? svg`<rect width=${WIDEST * (weights[j] / most)} height=${HIGH}></rect>` : nothing}</svg></td></tr>`)}
        </tbody>
        <tfoot><tr><th scope="row">sum</th><td></td><td>${short(sum(powers))}</td><td>${sum(weights).toFixed(4)}</td><td></td></tr></tfoot>
      </table>
    </div>`;
  }
}

const sum = (numbers) => numbers.reduce((all, number) => all + number, 0);

customElements.define('heed-learn-softmax', SoftmaxStep);
