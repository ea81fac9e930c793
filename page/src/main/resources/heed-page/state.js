/** Tells the page what the user changed; it tells the views, and the URL. */
export function change(element, changes) {
  element.dispatchEvent(new CustomEvent('change', { detail: changes, bubbles: true, composed: true }));
}

/** The model of a name if it fits, or else the first that does; undefined if there is none. */
export const modelOf = (models, name, fits = () => true) =>
  models.find((model) => model.name === name && fits(model)) ?? models.find(fits);

/** What the server is asked about a text, as the state has it. */
export const questionOf = (models, { model, text, second, pieces, special }) => ({
  model: modelOf(models, model)?.name,
  text,
  second,
  pieces: pieces === 'true',
  special: special === 'true',
});

/** Whether two values that JSON can say are not the same. */
export const differs = (now, before) => JSON.stringify(now) !== JSON.stringify(before);
