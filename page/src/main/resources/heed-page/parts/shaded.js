import { LitElement, css, html, nothing } from 'lit';
import { shown } from '../colours.js';
import { tokenText } from './odds.js';

/** The opacity of a weight that is so large a part of the row's largest. */
export const opacity = (part) => 0.05 + 0.95 * Math.log10(1 + 9 * part);

/**
 * A text and the tokens that came behind it, shaded by the weights of the one that is chosen. Pointing at a token that
 * came, or moving to it by arrow keys, chooses it.
 */
class ShadedText extends LitElement {
  static properties = {
    prompt: { attribute: false },
    steps: { attribute: false },
    chosen: { type: Number },
  };

  static styles = css`
    :host { display: block; --shade: #7ebcea; }
    @media (prefers-color-scheme: dark) { :host { --shade: #2b618c; } }
    p { margin: 0; line-height: 2; overflow-wrap: anywhere; }
    .token {
      font: inherit; color: inherit; border: 0; border-radius: 3px; padding: 0.15em 1px; margin: 0; white-space: pre-wrap;
      background: color-mix(in srgb, var(--shade) calc(100% * var(--weight, 0)), transparent);
    }
    button { box-shadow: inset 0 -2px var(--border); cursor: pointer; }
    button[aria-pressed='true'] { box-shadow: inset 0 -3px var(--accent); color: var(--accent); font-weight: 700; }
    button:focus-visible { outline: 2px solid var(--accent); }
  `;

  /** Those that the chosen token was chosen by; none before any came. */
  get weights() {
    return this.steps[this.chosen]?.weights ?? [];
  }

  updated() {
    const { weights } = this;
    const most = Math.max(...weights);
    this.renderRoot.querySelectorAll('.token').forEach((token, i) => {
      token.style.setProperty('--weight', i < weights.length && most > 0 ? opacity(weights[i] / most) : 0);
    });
  }

  render() {
    const title = (i) => this.weights[i]?.toFixed(3) ?? '';
    return html`<p>${this.prompt.map((text, i) => html`<span class="token" title=${title(i)}>${shown(text)}</span>${lineEnd(text)}`)
    }${this.steps.map((step, i) => html`<button class="token" title=${title(this.prompt.length + i)}
        tabindex=${i === this.chosen ? 0 : -1} aria-pressed=${i === this.chosen}
        @pointerenter=${() => this.choose(i)} @focus=${() => this.choose(i)} @click=${() => this.choose(i)}
        @keydown=${this.move}>${tokenText(step)}</button>${lineEnd(step.text)}`)}</p>`;
  }

  choose(index) {
    if (index !== this.chosen) {
      this.dispatchEvent(new CustomEvent('choose', { detail: index }));
    }
  }

  move(event) {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (step) {
      event.preventDefault();
      this.renderRoot.querySelectorAll('button')[this.chosen + step]?.focus();
    }
  }
}

const lineEnd = (text) => (text.endsWith('\n') ? html`<br>` : nothing);

customElements.define('heed-shaded', ShadedText);
