import type { Bytes } from './bytes.ts';

const TRUE = 1;
const FALSE = 2;
const INT32 = 5;
const INT64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

const STOP = 0;

/**
 * Thrift's compact protocol (thrift-compact-protocol.md), as much of it as Parquet's metadata takes. Fields of a struct
 * are written in the order of their ids, which lie less than 16 apart.
 */
export class ThriftWriter {
  readonly out: Bytes;
  #last = 0; // id of the field before, in the struct that is open
  readonly #outer: number[] = [];

  constructor(out: Bytes) {
    this.out = out;
  }

  boolean(id: number, value: boolean): void {
    this.#field(id, value ? TRUE : FALSE);
  }

  int32(id: number, value: number): void {
    this.#field(id, INT32);
    this.out.zigzag(value);
  }

  /** A whole number of magnitude below 2^52. */
  int64(id: number, value: number): void {
    this.#field(id, INT64);
    this.out.zigzag(value);
  }

  binary(id: number, value: Uint8Array): void {
    this.#field(id, BINARY);
    this.#bytes(value);
  }

  text(id: number, value: string): void {
    this.binary(id, encoder.encode(value));
  }

  /** A struct as a field; what is written up to {@link end} is its own. */
  begin(id: number): void {
    this.#field(id, STRUCT);
    this.beginElement();
  }

  /** A struct as an element of a list, or as the outermost one. */
  beginElement(): void {
    this.#outer.push(this.#last);
    this.#last = 0;
  }

  end(): void {
    this.out.byte(STOP);
    this.#last = this.#outer.pop()!;
  }

  /** A list of `size` structs, which follow. */
  structs(id: number, size: number): void {
    this.#list(id, STRUCT, size);
  }

  int32s(id: number, values: readonly number[]): void {
    this.#list(id, INT32, values.length);
    for (const value of values) this.out.zigzag(value);
  }

  texts(id: number, values: readonly string[]): void {
    this.#list(id, BINARY, values.length);
    for (const value of values) this.#bytes(encoder.encode(value));
  }

  #bytes(value: Uint8Array): void {
    this.out.varint(value.length);
    this.out.append(value);
  }

  #list(id: number, type: number, size: number): void {
    this.#field(id, LIST);
    if (size < 15) this.out.byte((size << 4) | type);
    else {
      this.out.byte(0xf0 | type);
      this.out.varint(size);
    }
  }

  #field(id: number, type: number): void {
    this.out.byte(((id - this.#last) << 4) | type);
    this.#last = id;
  }
}

const encoder = new TextEncoder();
