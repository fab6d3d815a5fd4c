import type { TextList } from '../../../text-list.ts';
import { CODE } from './code.ts';
import { AT, MEMORY_BYTES, USED } from './layout.ts';

/** What assembly/index.ts exports; numbers are places in its memory, or the things that lie there. */
interface Exports {
  reset(): void;
  prepare(rows: number, texts: number, lists: number): number;
  prepareBytes(length: number): number;
  startsAt(): number;
  offsetsAt(): number;
  presentAt(): number;
  look(): number;
  openDictionary(): number;
  clearDictionary(dictionary: number): void;
  presentOf(dictionary: number): number;
  textBytesOf(dictionary: number): number;
  addRows(dictionary: number): void;
  plainBytes(dictionary: number): number;
  writePlain(dictionary: number, lengths: number, texts: number): void;
  openLists(): number;
  clearLists(lists: number): void;
  addNone(lists: number, rows: number): void;
  addTextLists(lists: number, dictionary: number): void;
  addNumberLists(lists: number): void;
  borrow(bytes: number): number;
  release(block: number, bytes: number): void;
}

const NO_LISTS = new Int32Array(1);
const PAGE = 65_536;
/** What has grown larger is not kept. */
const MOST_BYTES_KEPT = 16 * 1024 * 1024;

let module: WebAssembly.Module | undefined;
let idle: Gatherer | undefined;

/** Memory for texts and lists of the tables of one capture, and the program that puts them there. */
export class Gatherer {
  readonly exports: Exports;
  readonly #memory = new WebAssembly.Memory({ initial: 4, maximum: MEMORY_BYTES / PAGE });
  #bytes = new Uint8Array(this.#memory.buffer);

  private constructor() {
    module ??= new WebAssembly.Module(Buffer.from(CODE, 'base64'));
    const instance = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    this.exports = instance.exports as unknown as Exports;
  }

  /** A gatherer for one capture. */
  static begin(): Gatherer {
    const gatherer = idle ?? new Gatherer();
    idle = undefined;
    gatherer.exports.reset();
    return gatherer;
  }

  /** Nothing more is gathered; it serves another capture. */
  end(): void {
    if (this.#memory.buffer.byteLength <= MOST_BYTES_KEPT) idle = this;
  }

  /** All of its memory, until something is added. */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.buffer !== this.#memory.buffer) this.#bytes = new Uint8Array(this.#memory.buffer);
    return this.#bytes;
  }

  integersAt(address: number, length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.bytes.buffer, address, length);
  }

  /** The rows of a column, by the numbers of their texts, which are so many; where they have lists, what `starts` says. */
  putIndex(index: Int32Array, texts: number, starts: Int32Array = NO_LISTS): void {
    const at = this.exports.prepare(index.length, texts, starts.length - 1);
    this.integersAt(at, index.length).set(index);
    this.integersAt(this.exports.startsAt(), starts.length).set(starts);
  }

  /** Its texts. */
  putTexts({ bytes, offsets }: TextList): void {
    const at = this.exports.prepareBytes(bytes.length);
    this.bytes.set(bytes, at);
    this.integersAt(this.exports.offsetsAt(), offsets.length).set(offsets);
  }

  /** Numbers that are elements of its lists. */
  putNumbers(numbers: Float64Array): void {
    const at = this.exports.prepareBytes(numbers.byteLength);
    new Float64Array(this.bytes.buffer, at, numbers.length).set(numbers);
  }

  /** What a vector holds: a field of something that lies at `owner`. */
  vector(owner: number, field: number): Uint8Array<ArrayBuffer> {
    const vector = this.integersAt(owner + 4 * field, 2);
    return this.bytes.subarray(vector[AT]!, vector[AT]! + vector[USED]!);
  }

  integers(owner: number, field: number): Int32Array<ArrayBuffer> {
    const { buffer, byteOffset, length } = this.vector(owner, field);
    return new Int32Array(buffer, byteOffset, length / 4);
  }

  doubles(owner: number, field: number): Float64Array<ArrayBuffer> {
    const { buffer, byteOffset, length } = this.vector(owner, field);
    return new Float64Array(buffer, byteOffset, length / 8);
  }
}
