import { LitElement, css, html } from 'lit';
import * as api from '../api.js';
import { colours } from '../codes.js';
import { ThemeChanges, outstanding } from '../colours.js';
import { columnNames, edgeStyles, rowNames } from './edges.js';

const TILE = 256;

/** Times that a single weight is doubled in size. */
const CLOSEST = 5;

const STILL = 60;

/** A map of one head, of tiles that come from the server: rows look, columns are looked at. */
class Tiles extends LitElement {
  static properties = {
    map: { attribute: false },
    channel: {},
    at: {},
    needles: { attribute: false },
    view: { state: true },
  };

  static styles = [edgeStyles, css`
    .map { height: min(78vh, 52rem); }
    #tiles { grid-area: 2 / 2; background: var(--surface); min-width: 0; outline-offset: -2px; }
    #tiles:focus-visible { outline: 2px solid var(--accent); }
    canvas.leaflet-tile { image-rendering: pixelated; }
    .leaflet-container { font: inherit; }
    .leaflet-touch .leaflet-bar, .leaflet-bar { border: 1px solid var(--border); }
    .leaflet-bar a, .leaflet-bar a.leaflet-disabled { color: var(--text); background: var(--background); border-color: var(--border); }
    .leaflet-bar a.leaflet-disabled { color: var(--muted); }
  `];

  constructor() {
    super();
    this.tiles = new Map();
    this.view = null;
    new ThemeChanges(this, () => this.repaint());
  }

  render() {
    return html`
      <link rel="stylesheet" href="/lib/leaflet/leaflet.css">
      <div class="map">
        ${columnNames(this.view, this.map.keys, this.map.tokens)}
        ${rowNames(this.view, this.map.queries, this.map.tokens)}
        <div id="tiles" role="application" aria-label="Map of ${this.map.head}: ${this.map.queries} rows look, ${this.map.keys} columns are looked at. Arrow keys move it, plus and minus zoom, Enter reads the weight in the middle."></div>
      </div>`;
  }

  async firstUpdated() {
    this.leaflet = await import('leaflet');
    if (this.isConnected) {
      this.open();
    }
  }

  disconnectedCallback() {
    this.close();
    super.disconnectedCallback();
  }

  updated(changed) {
    if (!this.chart) {
      return;
    }
    if (changed.has('map') && changed.get('map')?.run + changed.get('map')?.head !== this.map.run + this.map.head) {
      this.open();
    } else if (changed.has('channel')) {
      this.layer.redraw();
    } else if (changed.has('map')) {
      this.refresh();
    }
    if (changed.has('needles')) {
      this.mark();
    }
  }

  /** A token's place on the chart. */
  place(row, column) {
    return [-row / 2 ** this.map.top, column / 2 ** this.map.top];
  }

  /** What the chart still has to say, as after another size, nobody hears. */
  close() {
    this.chart?.remove().off();
    this.chart = undefined;
  }

  open() {
    this.close();
    const { map, latLngBounds, circleMarker, layerGroup } = this.leaflet;
    this.bounds = latLngBounds(this.place(0, 0), this.place(this.map.queries, this.map.keys));
    this.chart = map(this.renderRoot.getElementById('tiles'), {
      crs: this.leaflet.CRS.Simple, attributionControl: false, zoomAnimation: false, fadeAnimation: false,
      minZoom: 0, maxZoom: this.map.top + CLOSEST,
    });
    this.layer = this.grid().addTo(this.chart);
    this.marks = layerGroup().addTo(this.chart);
    this.circle = (spot) => circleMarker(this.place(spot.query + 0.5, spot.key + 0.5), {
      radius: 11, fill: false, weight: 2, className: 'needle', interactive: false, color: `rgb(${outstanding().join(' ')})`,
    });
    this.chart.on('move zoom', () => this.moved());
    this.chart.on('resize', () => {
      if (this.at === '') {
        this.all();
      }
      this.moved();
    });
    this.chart.on('moveend', () => this.emit('moved', this.whereabouts()));
    this.chart.on('mousemove', (event) => this.point(event.latlng));
    this.chart.on('mouseout', () => this.point(null));
    this.chart.on('keypress', ({ originalEvent }) => {
      if (originalEvent.key === 'Enter') {
        this.point(this.chart.getCenter());
      }
    });
    this.begin();
    this.mark();
  }

  /** Shows all of it. */
  all() {
    this.chart.fitBounds(this.bounds);
  }

  /** Where the URL says, or all of it. */
  begin() {
    const at = /^(\d+),(\d+),(\d+)$/.exec(this.at)?.slice(1).map(Number);
    if (at && at[0] <= this.map.queries && at[1] <= this.map.keys && at[2] <= this.map.top + CLOSEST) {
      this.chart.setView(this.place(at[0], at[1]), at[2]);
    } else {
      this.all();
    }
    this.moved();
  }

  /** The tokens in the middle and the zoom; empty if all of the map is in view. */
  whereabouts() {
    const middle = this.chart.latLngToContainerPoint(this.bounds.getCenter());
    const off = middle.distanceTo(this.chart.getSize().divideBy(2));
    if (off < 2 && this.chart.getZoom() === this.chart.getBoundsZoom(this.bounds)) {
      return '';
    }
    const { lat, lng } = this.chart.getCenter();
    const token = (value, count) => Math.min(count, Math.max(0, Math.round(value * 2 ** this.map.top)));
    return [token(-lat, this.map.queries), token(lng, this.map.keys), this.chart.getZoom()].join(',');
  }

  grid() {
    const layer = new (this.leaflet.GridLayer.extend({ createTile: (coords, done) => this.tile(coords, done) }))({
      tileSize: TILE, bounds: this.bounds, noWrap: true, maxNativeZoom: this.map.top, maxZoom: this.map.top + CLOSEST, keepBuffer: 1,
    });
    layer.on('tileunload', ({ tile }) => {
      this.tiles.get(tile)?.abort.abort();
      this.tiles.delete(tile);
    });
    return layer;
  }

  tile({ x, y, z }, done) {
    const canvas = document.createElement('canvas');
    canvas.width = TILE;
    canvas.height = TILE;
    const tile = { level: this.map.top - z, row: y, column: x, abort: new AbortController() };
    this.tiles.set(canvas, tile);
    this.load(canvas, tile).then(() => done(null, canvas), (error) => done(error, canvas));
    return canvas;
  }

  async load(canvas, tile) {
    const { codes, whole } = await api.tile(this.map, this.channel, tile.level, tile.row, tile.column, tile.abort.signal);
    Object.assign(tile, { codes, whole, painted: true });
    this.paint(canvas, tile);
  }

  /** Tiles that were of a sample, once more. */
  refresh() {
    for (const [canvas, tile] of this.tiles) {
      if (tile.painted && !tile.whole) {
        this.load(canvas, tile).catch(() => {});
      }
    }
  }

  repaint() {
    for (const [canvas, tile] of this.tiles) {
      if (tile.painted) {
        this.paint(canvas, tile);
      }
    }
  }

  /** A pixel for each cell that there is. */
  paint(canvas, { codes, level, row, column }) {
    const context = canvas.getContext('2d');
    const image = context.createImageData(TILE, TILE);
    const pixels = new Uint32Array(image.data.buffer);
    const table = colours(this.map.keys);
    const height = Math.min(TILE, Math.ceil(this.map.queries / 2 ** level) - row * TILE);
    const width = Math.min(TILE, Math.ceil(this.map.keys / 2 ** level) - column * TILE);
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        pixels[i * TILE + j] = table[codes === null ? 0 : codes[i * TILE + j]];
      }
    }
    context.putImageData(image, 0, 0);
  }

  moved() {
    const corner = this.chart.containerPointToLatLng([0, 0]);
    const { x: width, y: height } = this.chart.getSize();
    const scale = 2 ** this.map.top;
    this.view = {
      row: -corner.lat * scale, column: corner.lng * scale, pixels: 2 ** this.chart.getZoom() / scale, width, height,
    };
  }

  /** Asks for the cell at a place, once the pointer is still. */
  point(latlng) {
    clearTimeout(this.still);
    this.pointed?.abort();
    if (!latlng) {
      this.emit('spot', null);
      return;
    }
    const level = Math.max(0, this.map.top - this.chart.getZoom());
    const cell = (value) => Math.floor((value * 2 ** this.map.top) / 2 ** level);
    const [row, column] = [cell(-latlng.lat), cell(latlng.lng)];
    const size = 2 ** level;
    if (row < 0 || column < 0 || row * size >= this.map.queries || column * size >= this.map.keys) {
      this.emit('spot', null);
      return;
    }
    this.pointed = new AbortController();
    const { signal } = this.pointed;
    this.still = setTimeout(async () => {
      try {
        this.emit('spot', { ...(await api.spot(this.map, level, row, column, signal)), size, row, column });
      } catch (error) {
        if (error.name !== 'AbortError') {
          this.emit('failed', error.message);
        }
      }
    }, STILL);
  }

  /** Circles around what stands out. */
  mark() {
    this.marks.clearLayers();
    for (const spot of this.needles ?? []) {
      if (spot.weight >= 0.5) {
        this.circle(spot).addTo(this.marks);
      }
    }
  }

  /** Moves to a weight, near enough to see it alone. */
  goTo({ query, key }) {
    this.chart.setView(this.place(query + 0.5, key + 0.5), this.map.top + CLOSEST - 1);
  }

  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

customElements.define('heed-tiles', Tiles);
