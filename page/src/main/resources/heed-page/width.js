/** How wide a component is, in pixels: what it draws is as wide. A Lit controller. */
export class Width {
  constructor(host) {
    this.host = host;
    this.pixels = 0;
    this.observer = new ResizeObserver(([{ contentRect }]) => {
      this.pixels = Math.floor(contentRect.width);
      host.requestUpdate();
    });
    host.addController(this);
  }

  hostConnected() {
    this.observer.observe(this.host);
  }

  hostDisconnected() {
    this.observer.disconnect();
  }
}
