const MAX_STREAM = 65_536; // bytes; a ClientHello with post-quantum keys has about 1,800
const MAX_RANGES = 64;

/** The handshake of one side, from CRYPTO frames that may come in any order, overlap, and repeat. */
export class CryptoStream {
  #bytes = new Uint8Array(2048);
  #ranges: [start: number, end: number][] = []; // received, apart from each other, in order

  add(offset: number, data: Uint8Array): void {
    const end = offset + data.length;
    if (data.length === 0 || end > MAX_STREAM) return;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(MAX_STREAM, 2 * end));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(data, offset);
    this.#merge(offset, end);
  }

  /** The bytes from the beginning up to the first gap. */
  get start(): Uint8Array {
    const first = this.#ranges[0];
    return this.#bytes.subarray(0, first?.[0] === 0 ? first[1] : 0);
  }

  #merge(offset: number, stop: number): void {
    let start = offset;
    let end = stop;
    const apart: [number, number][] = [];
    for (const range of this.#ranges) {
      if (range[1] < start || range[0] > end) {
        apart.push(range);
        continue;
      }
      start = Math.min(start, range[0]);
      end = Math.max(end, range[1]);
    }
    apart.push([start, end]);
    this.#ranges = apart.sort((a, b) => a[0] - b[0]).slice(0, MAX_RANGES);
  }
}
