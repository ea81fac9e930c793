/**
 * What a component asks of the server: a new question ends the one before, and so does leaving the component. A Lit
 * controller.
 */
export class Asking {
  constructor(host) {
    this.host = host;
    this.forget();
    host.addController(this);
  }

  /** Ends what is asked, and has no answer. */
  forget() {
    this.running?.abort();
    this.running = undefined;
    this.answer = undefined;
    this.error = '';
    this.busy = false;
  }

  /** @param call is given a signal that ends it, and promises an answer */
  async ask(call) {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.busy = true;
    this.host.requestUpdate();
    let answer;
    let error = '';
    try {
      answer = await call(running.signal);
    } catch (failed) {
      error = failed.message;
    }
    if (this.running === running) {
      Object.assign(this, { answer, error, busy: false });
      this.host.requestUpdate();
    }
  }

  hostDisconnected() {
    this.forget();
  }
}
