/** Times that a cell of the finest level is doubled in size. */
const CLOSEST = 4;

const within = (value, least, most) => Math.max(least, Math.min(most, value));

/**
 * What of a map is to be seen: tokens from a row and a column on, at a zoom, in so many pixels. At zoom 0 a cell of the
 * coarsest level is a pixel, and each step doubles it. It does not change; what moves is another.
 */
export class MapWindow {
  constructor(map, width, height) {
    Object.assign(this, { map, width, height, row: 0, column: 0, zoom: 0 });
  }

  /** Pixels of a token. */
  get pixels() {
    return 2 ** (this.zoom - this.map.top);
  }

  /** The level whose cells are drawn. */
  get level() {
    return Math.max(this.map.finest, this.map.top - this.zoom);
  }

  /** Tokens of a cell. */
  get size() {
    return 2 ** this.level;
  }

  get closest() {
    return this.map.top - this.map.finest + CLOSEST;
  }

  get isClosest() {
    return this.zoom === this.closest;
  }

  /** The same at another place, as far as there is something. */
  at(row, column, zoom = this.zoom) {
    const moved = new MapWindow(this.map, this.width, this.height);
    moved.zoom = within(zoom, 0, this.closest);
    const { tokens } = this.map;
    moved.row = within(row, 0, Math.max(0, tokens.length - this.height / moved.pixels));
    moved.column = within(column, 0, Math.max(0, tokens.length - this.width / moved.pixels));
    return moved;
  }

  /** All of the map, as large as it fits. */
  all() {
    const fit = Math.min(this.width, this.height) / this.map.tokens.length;
    return this.at(0, 0, Math.floor(Math.log2(fit) + this.map.top));
  }

  /** Around a token of either edge. */
  around(row, column, zoom = this.zoom) {
    const pixels = 2 ** (within(zoom, 0, this.closest) - this.map.top);
    return this.at(row - this.height / pixels / 2, column - this.width / pixels / 2, zoom);
  }

  /** The tokens in the middle of what is to be seen. */
  get middle() {
    const { length } = this.map.tokens;
    const middle = (from, pixels) => Math.floor(from + Math.min(length - from, pixels / this.pixels) / 2);
    return [middle(this.row, this.height), middle(this.column, this.width)];
  }

  /** The tokens at a place, or null where there are none. */
  tokensAt(x, y) {
    const { length } = this.map.tokens;
    const [row, column] = [this.row + y / this.pixels, this.column + x / this.pixels].map(Math.floor);
    return row >= 0 && column >= 0 && row < length && column < length ? [row, column] : null;
  }

  /** So that a cell can be seen. */
  showing(row, column) {
    const show = (from, token, pixels) => within(from, token + this.size - pixels / this.pixels, token);
    return this.at(show(this.row, row, this.height), show(this.column, column, this.width));
  }
}
