import { bytesOf } from './bytes.js';

/** The server's answer, or an Error with its words. */
async function answerOf(response) {
  if (response.ok) {
    return response.json();
  }
  const { error } = await response.json().catch(() => ({ error: `the server said ${response.status}` }));
  throw new Error(error);
}

export async function models() {
  return answerOf(await fetch('/api/models'));
}

/** What each word attends to. */
export async function look(question, signal) {
  return ask('/api/look', question, signal);
}

/** The weights of all heads, small, as codes. */
export async function heads(question, signal) {
  return decoded(await ask('/api/heads', question, signal));
}

/** The weights of one head, as codes. */
export async function head(question, signal) {
  return decoded(await ask('/api/head', question, signal));
}

const decoded = (answer) => ({ ...answer, codes: bytesOf(answer.codes) });

/** How far the measures agree with occlusion. */
export async function check(question, signal) {
  return ask('/api/check', question, signal);
}

/** How one weight came about. */
export async function weight(question, signal) {
  return ask('/api/weight', question, signal);
}

/** Queries and keys that maps can be drawn of. */
export async function matrices() {
  return answerOf(await fetch('/api/matrices'));
}

/** Opens the map of a head. */
export async function map(question, signal) {
  return ask('/api/map', question, signal);
}

/** How far a map is. */
export async function mapState({ run, head }, signal) {
  return ask('/api/map/state', { run, head }, signal);
}

/** Says that nobody looks at a map any more. */
export function leaveMap({ run, head }) {
  ask('/api/map/leave', { run, head }).catch(() => {});
}

/** The largest weight of a cell of a map. */
export async function spot({ run, head }, level, row, column, signal) {
  return ask('/api/map/spot', { run, head, level, row, column }, signal);
}

/** The weights that stand out most in a map. */
export async function needles({ run, head }, signal) {
  return (await ask('/api/map/needles', { run, head }, signal)).needles;
}

/** The codes of a tile, or null if the mask hides it; and whether they stay so. */
export async function tile({ run, head }, channel, level, row, column, signal) {
  const [, layer, number] = /^L(\d+)H(\d+)$/.exec(head);
  const response = await fetch(`/api/map/${run}/${layer}/${number}/${channel}/${level}/${row}/${column}`, { signal });
  if (!response.ok) {
    throw new Error((await response.json()).error);
  }
  const codes = response.status === 204 ? null : new Uint8Array(await response.arrayBuffer());
  return { codes, whole: response.headers.has('ETag') };
}

/** Every measure of every head. */
export async function report(question, signal) {
  return ask('/api/report', question, signal);
}

/** What attention over a sequence costs. */
export async function cost(question, signal) {
  return ask('/api/cost', question, signal);
}

/** What the tokens of the last generation were chosen by, in other heads. */
export async function rows(question, signal) {
  return ask('/api/rows', question, signal);
}

/** This page, among those that may be open: one generates at a time. */
const page = crypto.randomUUID();

/** Ends what this page generates. */
export async function stop() {
  return ask('/api/stop', { page });
}

/**
 * Has a model go on with a text.
 *
 * @param listener is given the name and the data of each event when it comes
 */
export async function generate(question, signal, listener) {
  const response = await send('/api/generate', { ...question, page }, signal);
  if (!response.ok) {
    await answerOf(response);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const events = (text + part.value).split('\n\n');
    text = events.pop();
    for (const event of events) {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(event);
      listener(name, JSON.parse(data));
    }
  }
}

async function ask(path, question, signal) {
  return answerOf(await send(path, question, signal));
}

function send(path, question, signal) {
  return fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(question),
    signal,
  });
}
