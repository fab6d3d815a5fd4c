import type { Cursor } from './bits.ts';

// Types of Thrift's compact protocol (thrift-compact-protocol.md).
const STOP = 0;
const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const INT16 = 4;
const INT32 = 5;
const INT64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

const DEEPEST = 32; // a footer of ours is 6 deep

/**
 * Reads metadata of Parquet. What the caller does not read of a struct or a list is passed over.
 * @throws RangeError where the bytes are not what was asked for
 */
export class ThriftReader {
  readonly cursor: Cursor;
  #type = STRUCT; // of the value at the cursor; STOP once it was read
  #depth = 0;

  /** `cursor`: where a struct begins. */
  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  /** Calls `read` with the number of each field, when its value is at the cursor. */
  struct(read: (field: number) => void): void {
    this.#take(STRUCT);
    const { cursor } = this;
    for (let field = 0; ; ) {
      const head = cursor.byte();
      const type = head & 15;
      if (type === STOP) return;
      field = head >> 4 === 0 ? cursor.zigzag() : field + (head >> 4);
      this.#value(type, () => read(field));
    }
  }

  /** Calls `read` for each element, when it is at the cursor. */
  list(read: () => void): void {
    this.#take(LIST);
    const { cursor } = this;
    const head = cursor.byte();
    const count = head >> 4 === 15 ? cursor.varint() : head >> 4;
    const type = head & 15;
    if (count > 0 && type <= FALSE) throw unexpected(type); // it may claim any number of what takes no bytes
    for (let i = 0; i < count; i++) this.#value(type, read);
  }

  /** A whole number. */
  number(): number {
    const type = this.#type;
    if (type !== INT16 && type !== INT32 && type !== INT64) throw unexpected(type);
    this.#type = STOP;
    return this.cursor.zigzag();
  }

  bytes(): Uint8Array {
    this.#take(BINARY);
    return this.cursor.take(this.cursor.varint());
  }

  #value(type: number, read: () => void): void {
    this.#type = type;
    read();
    if (this.#type !== STOP) this.#skip();
  }

  #skip(): void {
    if (++this.#depth > DEEPEST) throw new RangeError('metadata of Parquet are nested too deeply');
    const { cursor } = this;
    switch (this.#type) {
      case STRUCT:
        this.struct(() => {});
        break;
      case LIST:
        this.list(() => {});
        break;
      case BINARY:
        this.bytes();
        break;
      case DOUBLE:
        cursor.take(8);
        break;
      case BYTE:
        cursor.take(1);
        break;
      case INT16:
      case INT32:
      case INT64:
        while (cursor.byte() > 127);
        break;
      case TRUE: // all of it is in the head of the field
      case FALSE:
        break;
      default:
        throw unexpected(this.#type);
    }
    this.#depth--;
    this.#type = STOP;
  }

  #take(wanted: number): void {
    if (this.#type !== wanted) throw unexpected(this.#type);
    this.#type = STOP;
  }
}

const unexpected = (type: number) =>
  new RangeError(`metadata of Parquet have type ${type} where they should not`);
