import { LitElement, css, html, nothing, svg } from 'lit';

/** Every measure of every head: a row for each head, a bar for each measure, in the order of one of them. */
class Strips extends LitElement {
  static properties = {
    answer: { attribute: false },
    sort: {},
  };

  static styles = css`
    .strips { overflow-x: auto; max-height: 34rem; border: 1px solid var(--border); border-radius: 6px; }
    table { border-collapse: separate; border-spacing: 0; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
    thead th { position: sticky; top: 0; background: var(--surface); z-index: 1; vertical-align: bottom; padding: 0.3rem 0.5rem; text-align: left; }
    tbody th, thead th:first-child { position: sticky; left: 0; background: var(--surface); text-align: left; padding: 0.15rem 0.5rem; }
    thead th:first-child { z-index: 2; }
    td { padding: 0.15rem 0.5rem; white-space: nowrap; border-top: 1px solid var(--surface); }
    button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: left; }
    thead button { max-width: 6.5rem; min-width: 4.5rem; }
    th[aria-sort] button { color: var(--accent); font-weight: 700; }
    tbody button { text-decoration: underline; text-underline-offset: 2px; }
    button:focus-visible { outline: 2px solid var(--accent); }
    small { color: var(--muted); font-size: 0.75rem; }
    svg { display: block; width: 100%; height: 5px; }
    .of { fill: var(--surface); }
    .plus { fill: var(--line); }
    .minus { fill: var(--negative); }
  `;

  /** Heads by the measure that they are sorted by, those first that have most of it; or as they are in the model. */
  get heads() {
    const { measures, heads } = this.answer;
    const at = measures.findIndex(({ name }) => name === this.sort);
    const rank = ({ ranks }) => ranks[at] || Infinity;
    return at < 0 ? heads : [...heads].sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
  }

  render() {
    const { measures, heads } = this.answer;
    const most = measures.map(({ share }, m) => (share ? 1 : Math.max(...heads.map(({ values }) => Math.abs(values[m])))));
    return html`<div class="strips"><table>
      <thead><tr>
        ${this.heading('', 'Head', 'ascending')}
        ${measures.map(({ name, words }) => this.heading(name, words, 'descending'))}
        <th scope="col">Labels</th>
      </tr></thead>
      <tbody>${this.heads.map((head) => html`<tr>
        <th scope="row"><button title="Look at ${head.head}" @click=${() => this.tell('head', head.head)}>${head.head}</button></th>
        ${head.values.map((value, m) => this.cell(value, head.ranks[m], most[m], measures[m].name === 'offsetShare' ? head.offset : null))}
        <td>${head.labels.map(({ name, figure }) => `${name} ${figure.toFixed(2)}`).join('; ')}</td>
      </tr>`)}</tbody>
    </table></div>`;
  }

  heading(name, words, order) {
    const sorted = this.sort === name;
    return html`<th scope="col" aria-sort=${sorted ? order : nothing}>
      <button @click=${() => this.tell('sort', name)}>${words}${sorted ? (order === 'descending' ? ' ▾' : ' ▴') : ''}</button></th>`;
  }

  cell(value, rank, most, offset) {
    if (value === null) {
      return html`<td>–</td>`;
    }
    const width = most > 0 ? `${(100 * Math.abs(value)) / most}%` : '0';
    return html`<td>${value.toFixed(2).replace('-', '−')}${offset === null ? '' : ` at ${signed(offset)}`}
      <small>${rank} of ${this.answer.heads.length}</small>
      ${svg`<svg aria-hidden="true"><rect class="of" width="100%" height="5"></rect><rect
        class=${value < 0 ? 'minus' : 'plus'} width=${width} height="5"></rect></svg>`}</td>`;
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

const signed = (offset) => (offset < 0 ? `−${-offset}` : offset > 0 ? `+${offset}` : '0');

customElements.define('heed-strips', Strips);
