/** Asks the server, and gives its answer or an Error with its words. */
async function answerOf(response) {
  const answer = await response.json().catch(() => ({ error: `the server said ${response.status}` }));
  if (!response.ok) {
    throw new Error(answer.error);
  }
  return answer;
}

export async function models() {
  return answerOf(await fetch('/api/models'));
}

/** What each word attends to. */
export async function look(question, signal) {
  return ask('/api/look', question, signal);
}

/** The weights of all heads, as codes. */
export async function heads(question, signal) {
  const answer = await ask('/api/heads', question, signal);
  const text = atob(answer.codes);
  return { ...answer, codes: Uint8Array.from(text, (character) => character.charCodeAt(0)) };
}

/** How one weight came about. */
export async function weight(question, signal) {
  return ask('/api/weight', question, signal);
}

async function ask(path, question, signal) {
  return answerOf(
    await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(question),
      signal,
    }),
  );
}
