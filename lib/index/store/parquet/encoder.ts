import { RESULT_AT, VALUES_AT } from './assembly/layout.ts';
import type { Bytes } from './bytes.ts';
import { CODE } from './code.ts';

/** What assembly/index.ts exports. */
interface Exports {
  range32(count: number): void;
  range64(count: number): void;
  packed32(count: number, base: number, width: number, out: number): number;
  packed8(count: number, out: number): number;
  rangeDouble(count: number): number;
  turn(nulls: number, count: number): number;
  select(count: number, width: number, present: number): void;
  delta32(count: number, out: number): number;
  delta64(count: number, out: number): number;
}

const PAGE = 65_536;
/** 256 MiB: where address space is scarce, more of it would be gone for nothing. */
const MOST_PAGES = 4096;
const MOST_BYTES_OF_VALUE = 10; // in a delta block of the widest values, its header and widths included
const HEADER_BYTES = 64;

type Values = Int32Array | BigInt64Array | Float64Array | Uint8Array;

/** Encodes numbers in WebAssembly: `take` them, then ask about them as often as need be. */
class Encoder {
  readonly #memory = new WebAssembly.Memory({ initial: 16, maximum: MOST_PAGES });
  readonly #exports: Exports;
  #bytes = new Uint8Array(0);
  #count = 0;
  #end = 0; // of the values

  constructor() {
    const program = new WebAssembly.Module(Buffer.from(CODE, 'base64'));
    const instance = new WebAssembly.Instance(program, { env: { memory: this.#memory } });
    this.#exports = instance.exports as Exports;
    this.#view();
  }

  take(values: Values, count: number): void {
    const width = values.BYTES_PER_ELEMENT;
    this.#count = count;
    this.#end = VALUES_AT + count * width;
    this.#reserve(this.#end + (count + 2 * 128) * MOST_BYTES_OF_VALUE + HEADER_BYTES);
    this.#bytes.set(new Uint8Array(values.buffer, values.byteOffset, count * width), VALUES_AT);
  }

  /** The least and the greatest of 32-bit values. */
  range32(): [least: number, greatest: number] {
    const [least, greatest] = this.#range('range32');
    return [Number(least), Number(greatest)];
  }

  range64(): [least: bigint, greatest: bigint] {
    return this.#range('range64');
  }

  /** Of 64-bit floating-point numbers, as far as they are numbers: the least is the greater one where none is. */
  rangeDouble(): { least: number; greatest: number; areNumbers: boolean } {
    const areNumbers = this.#exports.rangeDouble(this.#count) !== 0;
    const [least, greatest] = new Float64Array(this.#bytes.buffer, RESULT_AT, 2) as unknown as [
      number,
      number,
    ];
    return { least, greatest, areNumbers };
  }

  /** Values of a byte each, 0 or 1, as bits. */
  pack8(out: Bytes): void {
    this.#append(this.#exports.packed8(this.#count, this.#end), out);
  }

  /** Of rows, some of which are null: returns which have a value, a byte each, and how many these are; valid until the next call. */
  present(nulls: Uint8Array): { marks: Uint8Array; count: number } {
    this.take(nulls, nulls.length);
    const count = this.#exports.turn(VALUES_AT, nulls.length);
    return { marks: this.#bytes.subarray(VALUES_AT, this.#end), count };
  }

  /** The bytes of those values whose marks are 1, side by side, of which there are `count`; valid until the next call. */
  select(values: Values, marks: Uint8Array, count: number): Uint8Array {
    const width = values.BYTES_PER_ELEMENT;
    this.take(values, values.length);
    this.#bytes.set(marks, this.#end); // for which it makes room
    this.#exports.select(values.length, width, this.#end);
    return this.#bytes.subarray(VALUES_AT, VALUES_AT + count * width);
  }

  /** Each 32-bit value less `base`, all of `width` bits, bit-packed; zeros follow the last one up to a multiple of eight. */
  pack32(base: number, width: number, out: Bytes): void {
    this.#append(this.#exports.packed32(this.#count, base, width, this.#end), out);
  }

  /** As DELTA_BINARY_PACKED. */
  delta32(out: Bytes): void {
    this.#append(this.#exports.delta32(this.#count, this.#end), out);
  }

  delta64(out: Bytes): void {
    this.#append(this.#exports.delta64(this.#count, this.#end), out);
  }

  #range(of: 'range32' | 'range64'): [bigint, bigint] {
    this.#exports[of](this.#count);
    const result = new BigInt64Array(this.#bytes.buffer, RESULT_AT, 2);
    return [result[0]!, result[1]!];
  }

  #append(end: number, out: Bytes): void {
    out.append(this.#bytes.subarray(this.#end, end));
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    this.#memory.grow(Math.ceil((bytes - this.#bytes.length) / PAGE));
    this.#view();
  }

  #view(): void {
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }
}

/** One column is encoded at a time, so all share it. */
export const encoder = new Encoder();
