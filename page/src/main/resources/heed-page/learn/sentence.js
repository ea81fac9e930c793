import { LitElement, css, html } from 'lit';
import { controls } from '../controls.js';
import { change } from '../state.js';

/** The sentence that the steps are about: others are as good. */
class Sentence extends LitElement {
  static properties = {
    text: {},
  };

  static styles = [controls, css`
    form { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: end; padding: 0.75rem 1rem; border-radius: 8px; background: var(--surface); margin-bottom: 1rem; }
    label { flex: 1 1 20rem; min-width: 0; display: grid; gap: 0.25rem; }
    input { width: 100%; box-sizing: border-box; }
  `];

  submit(event) {
    event.preventDefault();
    const text = event.target.elements.text.value;
    if (text.trim() !== '') {
      change(this, { text, pair: '' });
    }
  }

  render() {
    return html`<form @submit=${this.submit}>
      <label>The sentence
        <input type="text" name="text" .value=${this.text} spellcheck="false" autocomplete="off">
      </label>
      <button class="main">Read it</button>
    </form>`;
  }
}

customElements.define('heed-sentence', Sentence);
