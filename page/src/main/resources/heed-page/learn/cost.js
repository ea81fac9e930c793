import { LitElement, html } from 'lit';
import '../views/cost.js';
import { lesson } from './lesson.js';

/** Step 9: how many weights there are, and what need not be kept of them. */
class Cost extends LitElement {
  static properties = {
    models: { attribute: false },
    state: { attribute: false },
  };

  static styles = lesson;

  render() {
    return html`<section aria-label="What it costs" aria-busy="false">
      <p class="words">Every token asks every token: n tokens make <em>n × n</em> weights, in each head of each layer. A text of twice
        the length has four times as many. This is what makes long texts expensive.</p>
      <p class="words"><em>FlashAttention</em> never keeps the weights. It goes along a row tile by tile, holds the largest score and
        the sum so far, and puts right what it had when a larger one comes. Beside the mixture itself one number a row stays, the
        logarithm of the sum, from which any weight can be had again. The work is as much as before, but memory grows with n, not
        with n². Heed computes all attention so, and what you saw on this page was had again from that number.</p>
      <p class="words">A <em>ring</em> shares the work out. Each machine holds a part of the tokens; keys and values go round from
        machine to machine, and each merges what it gets by the same rule. Eight machines have an eighth of the work each, and an
        eighth of the memory.</p>
      <p class="words">Move the slider, and watch both lines. Then take eight machines.</p>
      <heed-cost .models=${this.models} .state=${this.state}></heed-cost>
    </section>`;
  }
}

customElements.define('heed-learn-cost', Cost);
