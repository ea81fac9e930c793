import { hasHead } from './choice.js';

/** Names or heads that a sentence lists; more are counted. */
const LISTED = 6;

const headsOfLayer = ({ heads }, layer) => Array.from({ length: heads }, (_, head) => `L${layer}H${head}`);

/** The names of a model's heads, a list for each layer. */
export const layersOf = (model) => Array.from({ length: model.layers }, (_, layer) => headsOfLayer(model, layer));

/** The heads that a text such as L3H1,L5 names, L5 being all of a layer; all of the model if it names none of them. */
export function headsIn(model, text) {
  const names = text.split(',').flatMap((name) => {
    const layer = /^L(\d{1,6})$/.exec(name)?.[1];
    return layer === undefined ? [name] : headsOfLayer(model, Number(layer));
  });
  const chosen = new Set(names.filter((name) => hasHead(model, name)));
  return chosen.size > 0 ? chosen : new Set(layersOf(model).flat());
}

/** Names heads in order, whole layers by the layer's. */
const partsOf = (model, chosen) => layersOf(model).flatMap((heads, layer) =>
  (heads.every((head) => chosen.has(head)) ? [`L${layer}`] : heads.filter((head) => chosen.has(head))));

const isAll = ({ layers, heads }, chosen) => chosen.size === layers * heads;

/** The text that names heads: none for all of them. */
export const textOf = (model, chosen) => (isAll(model, chosen) ? '' : partsOf(model, chosen).join(','));

/** A sentence that says which heads are meant. */
export function sentenceOf(model, chosen) {
  const count = model.layers * model.heads;
  if (isAll(model, chosen)) {
    return `All ${count} heads together.`;
  }
  const parts = partsOf(model, chosen);
  if (chosen.size === 1) {
    return `Head ${[...chosen][0]} alone.`;
  }
  if (parts.length <= LISTED) {
    return `${chosen.size} of ${count} heads together: ${parts.join(', ')}.`;
  }
  const others = new Set(layersOf(model).flat().filter((head) => !chosen.has(head)));
  const left = partsOf(model, others);
  return left.length <= LISTED ? `All heads together but ${left.join(', ')}.` : `${chosen.size} of ${count} heads together.`;
}
