import type { RecordReader } from './record.ts';

/**
 * Cuts chunks into what a reader can take: a record that straddles chunks is put together in a buffer of its
 * own, all others are read where they lie.
 */
export class RecordFeed {
  /** Offset in the file of `bytes[0]` of the buffer that the reader is reading from. */
  bufferOffset = 0;
  readonly #reader: RecordReader;
  #carry = new Uint8Array(65_536);
  #carried = 0;
  #fed = 0;

  constructor(reader: RecordReader) {
    this.#reader = reader;
  }

  /** Bytes of an incomplete record at the end of what was pushed. */
  get rest(): number {
    return this.#carried;
  }

  push(bytes: Uint8Array): void {
    const reader = this.#reader;
    let at = 0;
    while (this.#carried > 0 && at < bytes.length && reader.failure === null) {
      const missing = Math.max(reader.needed - this.#carried, 1);
      const taken = Math.min(missing, bytes.length - at);
      this.#append(bytes, at, taken);
      at += taken;
      if (taken < missing) break;
      this.bufferOffset = this.#fed + at - this.#carried;
      this.#drop(reader.read(this.#carry, 0, this.#carried));
    }
    if (at < bytes.length && reader.failure === null) {
      this.bufferOffset = this.#fed;
      at = reader.read(bytes, at, bytes.length);
      this.#append(bytes, at, bytes.length - at);
    }
    this.#fed += bytes.length;
  }

  /** The file ends: judges what is left. */
  end(): void {
    if (this.#reader.failure !== null) return;
    this.bufferOffset = this.#fed - this.#carried;
    this.#drop(this.#reader.end(this.#carry, 0, this.#carried));
  }

  #drop(length: number): void {
    if (length > 0) this.#carry.copyWithin(0, length, this.#carried);
    this.#carried -= length;
  }

  #append(bytes: Uint8Array, start: number, length: number): void {
    if (this.#carried + length > this.#carry.length) {
      const grown = new Uint8Array(Math.max(this.#carry.length * 2, this.#carried + length));
      grown.set(this.#carry.subarray(0, this.#carried));
      this.#carry = grown;
    }
    this.#carry.set(bytes.subarray(start, start + length), this.#carried);
    this.#carried += length;
  }
}
