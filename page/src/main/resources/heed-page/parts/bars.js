import { css, html, svg } from 'lit';

const HEIGHT = 64;
const WIDTH = 800;
const WIDEST_BAR = 12;

export const barStyles = css`
  .bars { display: grid; grid-template-columns: max-content max-content; gap: 2px 10px; align-items: center; overflow-x: auto; }
  svg { display: block; background: var(--surface); }
  .plus { fill: var(--line); }
  .minus { fill: var(--negative); }
  .zero { stroke: var(--border); }
  .bars:focus-visible { outline: 2px solid var(--accent); }
`;

/** Bars up for what is above zero, and down for what is below, of a scale that ends at most. */
export function bars(values, most, name) {
  const width = Math.max(1, Math.min(WIDEST_BAR, Math.floor(WIDTH / values.length)));
  const middle = HEIGHT / 2;
  const label = `${name}: ${values.length} numbers from ${short(Math.min(...values))} to ${short(Math.max(...values))}`;
  return html`<svg width=${width * values.length} height=${HEIGHT} role="img" aria-label=${label}>
    ${values.map((value, c) => {
      const height = most > 0 ? (Math.abs(value) / most) * (middle - 1) : 0;
      return svg`<rect class=${value < 0 ? 'minus' : 'plus'} x=${c * width} width=${Math.max(1, width - 1)}
        y=${value < 0 ? middle : middle - height} height=${height}><title>${c}: ${short(value)}</title></rect>`;
    })}
    <line class="zero" x1="0" x2=${width * values.length} y1=${middle} y2=${middle}></line>
  </svg>`;
}

/** The largest size of numbers. */
export const largest = (values) => Math.max(...values.map(Math.abs));

/** Four digits that count, with a minus that is one. */
export function short(value) {
  const size = Math.abs(value);
  const text = size === 0 ? '0' : size >= 1e4 || size < 1e-4 ? size.toExponential(2) : String(Number(size.toPrecision(4)));
  return value < 0 ? `−${text}` : text;
}
