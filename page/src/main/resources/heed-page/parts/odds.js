import { LitElement, css, html, nothing, svg } from 'lit';
import { shown } from '../colours.js';

/** The likeliest tokens of a step, with their probabilities over the whole vocabulary, and the one that came. */
class Odds extends LitElement {
  static properties = { step: { attribute: false } };

  static styles = css`
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    p { margin: 0.5rem 0 0.25rem; color: var(--muted); }
    th { font-weight: 400; text-align: left; white-space: pre; padding-right: 0.75rem; max-width: 10rem; overflow: hidden; text-overflow: ellipsis; }
    td { padding: 0 0.75rem 0 0; text-align: right; }
    tr.came { font-weight: 700; color: var(--accent); }
    tr.came th { font-weight: 700; }
    svg { display: block; width: 8rem; height: 0.8rem; }
    rect { fill: var(--line); }
    rect.of { fill: var(--surface); }
  `;

  render() {
    const { id, likeliest, rest } = this.step;
    const among = likeliest.some((each) => each.id === id);
    return html`<p id="name">What might have come, of the whole vocabulary</p>
      <table aria-labelledby="name"><tbody>
        ${likeliest.map((each) => this.row(tokenText(each), each.probability, each.id === id))}
        ${rest > 0 ? this.row('all others', rest, false) : nothing}
        ${among ? nothing : this.row(`${tokenText(this.step)}, one of them`, this.step.probability, true)}
      </tbody></table>`;
  }

  row(name, probability, came) {
    return html`<tr class=${came ? 'came' : ''}>
      <th scope="row">${name}</th>
      <td>${svg`<svg aria-hidden="true"><rect class="of" width="100%" height="100%"></rect><rect
        width=${`${100 * probability}%`} height="100%"></rect></svg>`}</td>
      <td>${probability.toFixed(3)}</td>
      <td>${came ? 'came' : ''}</td>
    </tr>`;
  }
}

/** The text of a token; a special one, which has none, by its number. */
export const tokenText = ({ text, id }) => (text === '' ? `#${id}` : shown(text));

customElements.define('heed-odds', Odds);
