import { css, html } from 'lit';
import { PALEST } from './codes.js';

/** What the cells of a map show: of each its name, and what it says. */
export const CHANNELS = {
  max: ['largest', 'Of each cell its largest weight: one that stands out does so at every zoom.'],
  mass: ['mass', 'The weights of a cell added up over its keys, as a mean over its queries: a row sums to 1 at every zoom.'],
};

/** The channel of a name, or else the first. */
export const channelOf = (name) => (Object.hasOwn(CHANNELS, name) ? name : 'max');

/**
 * What the colours of a map mean.
 *
 * @param more is said of the weights that stand out
 */
export const legend = (channel, more = '') => html`<p class="legend">${CHANNELS[channel][1]} The colour is a weight’s logarithm:
  palest at 1/${1 / PALEST} of an even share of all columns, and another one${more} from a half on. Grey is hidden by the mask.</p>`;

/** Lets the user choose. */
export const channelChoice = (chosen, choose) => html`<fieldset><legend>Cells show</legend>
  ${Object.entries(CHANNELS).map(([name, [title]]) => html`<label><input type="radio" name="channel"
    .checked=${name === chosen} @change=${() => choose(name)}> ${title}</label>`)}
</fieldset>`;

export const channelStyles = css`
  fieldset { border: 0; padding: 0; margin: 0; display: flex; gap: 0.75rem; }
  legend { float: left; margin-right: 0.75rem; }
  .legend { color: var(--muted); font-size: 0.85rem; margin: 0.5rem 0; }
`;
