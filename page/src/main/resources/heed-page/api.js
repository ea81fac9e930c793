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

/** The weights of all heads, small, as codes. */
export async function heads(question, signal) {
  return decoded(await ask('/api/heads', question, signal));
}

/** The weights of one head, as codes. */
export async function head(question, signal) {
  return decoded(await ask('/api/head', question, signal));
}

function decoded(answer) {
  const text = atob(answer.codes);
  const codes = new Uint8Array(text.length);
  for (let i = 0; i < codes.length; i++) {
    codes[i] = text.charCodeAt(i);
  }
  return { ...answer, codes };
}

/** How far the measures agree with occlusion. */
export async function check(question, signal) {
  return ask('/api/check', question, signal);
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
