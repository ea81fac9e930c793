import * as api from './api.js';

/** A text that a model goes on with: what has come of it. A Lit controller. */
export class Generation {
  constructor(host) {
    this.host = host;
    this.clear();
    host.addController(this);
  }

  clear() {
    this.running?.abort();
    Object.assign(this, { running: undefined, question: undefined, run: 0, prompt: [], steps: [], end: '', error: '' });
  }

  get busy() {
    return this.running !== undefined;
  }

  /** Begins anew, and ends what went on. */
  async start(question) {
    this.clear();
    const running = new AbortController();
    this.running = running;
    this.question = question;
    this.host.requestUpdate();
    let error = '';
    try {
      await api.generate(question, running.signal, (name, data) => {
        if (this.running === running) {
          this.take(name, data);
        }
      });
    } catch (failed) {
      error = failed.message;
    }
    if (this.running === running) {
      this.running = undefined;
      this.error ||= error || (this.end ? '' : 'the server ended before the text did');
      this.host.requestUpdate();
    }
  }

  take(name, data) {
    if (name === 'begin') {
      this.run = data.run;
      this.prompt = data.pieces;
    } else if (name === 'token') {
      this.steps = [...this.steps, data];
    } else if (name === 'end') {
      this.end = data.stop;
    } else {
      this.error = data.error;
    }
    this.host.requestUpdate();
  }

  /** Has the server end it: what came stays. */
  async stop() {
    try {
      await api.stop();
    } catch (failed) {
      this.error = failed.message;
      this.host.requestUpdate();
    }
  }

  /** Takes the weights of other heads for what has come. */
  async lookBy(heads) {
    const { run } = this;
    try {
      const { rows } = await api.rows({ run, ...heads });
      if (this.run === run) {
        this.steps = this.steps.map((step, i) => ({ ...step, weights: rows[i] }));
        this.error = '';
      }
    } catch (failed) {
      this.error = failed.message;
    }
    this.host.requestUpdate();
  }

  hostDisconnected() {
    this.clear();
  }
}
