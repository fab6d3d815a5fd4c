/** HPACK, the compression of HTTP/2 header fields (RFC 7541). */

import { latin1 } from '../bytes.ts';
import { decodeHuffman } from './huffman.ts';
import { STATIC_TABLE } from './static-table.ts';

export type Field = readonly [name: string, value: string];

const OVERHEAD = 32; // octets that an entry counts besides its texts, section 4.1
const MAX_TABLE = 65_536; // octets; what a peer asks for beyond is not kept
const DEFAULT_TABLE = 4096;
const MAX_FIELDS = 256;

/** Reads integers (section 5.1) and strings (section 5.2). */
class Reader {
  readonly buf: Uint8Array;
  readonly end: number;
  pos: number;

  constructor(buf: Uint8Array, start: number, end: number) {
    this.buf = buf;
    this.pos = start;
    this.end = end;
  }

  /** Undefined when the bytes end inside it, or it is larger than any that makes sense. */
  integer(prefix: number): number | undefined {
    const mask = (1 << prefix) - 1;
    let value = this.buf[this.pos++]! & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      if (this.pos >= this.end) return undefined;
      const byte = this.buf[this.pos++]!;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  }

  text(): string | undefined {
    if (this.pos >= this.end) return undefined;
    const isHuffman = (this.buf[this.pos]! & 0x80) !== 0;
    const length = this.integer(7);
    if (length === undefined || this.pos + length > this.end) return undefined;
    const start = this.pos;
    this.pos += length;
    return isHuffman ? decodeHuffman(this.buf, start, this.pos) : latin1(this.buf, start, this.pos);
  }
}

/** One direction of a connection. */
export class HpackDecoder {
  readonly #entries: Field[] = []; // newest first
  #size = 0;
  #limit = DEFAULT_TABLE;
  /** Fields were lost, by a gap or a block that could not be read: old entries are not known any more. */
  isIncomplete = false;

  /** Forgets the dynamic table; entries that come from now on are known again. */
  forget(): void {
    this.#entries.length = 0;
    this.#size = 0;
    this.isIncomplete = true;
  }

  /** The fields of a header block, as far as it can be read; those that refer to a lost entry are left out. */
  decode(buf: Uint8Array, start: number, end: number): { fields: Field[]; isWhole: boolean } {
    const reader = new Reader(buf, start, end);
    const fields: Field[] = [];
    while (reader.pos < end) {
      const field = this.#field(reader);
      if (field === undefined) return { fields, isWhole: false };
      if (field !== null && fields.length < MAX_FIELDS) fields.push(field);
    }
    return { fields, isWhole: true };
  }

  /** Null for what is no field, or one that is not known. */
  #field(reader: Reader): Field | null | undefined {
    const byte = reader.buf[reader.pos]!;
    if (byte >= 0x80) {
      const index = reader.integer(7);
      if (index === undefined || index === 0) return undefined;
      return this.#lookUp(index);
    }
    if (byte >= 0x40) return this.#literal(reader, 6, true);
    if (byte >= 0x20) {
      const limit = reader.integer(5);
      if (limit === undefined) return undefined;
      this.#limit = Math.min(limit, MAX_TABLE);
      this.#evict();
      return null;
    }
    return this.#literal(reader, 4, false);
  }

  #literal(reader: Reader, prefix: number, isIndexed: boolean): Field | null | undefined {
    const index = reader.integer(prefix);
    if (index === undefined) return undefined;
    const named = index === 0 ? undefined : this.#lookUp(index);
    if (named === undefined && index !== 0) return undefined;
    const name = index === 0 ? reader.text() : (named?.[0] ?? '');
    const value = reader.text();
    if (name === undefined || value === undefined) return undefined;
    const field: Field = [name, value];
    if (isIndexed) this.#insert(field);
    return name === '' ? null : field;
  }

  /** Null for an entry that was lost, undefined for one that cannot be. */
  #lookUp(index: number): Field | null | undefined {
    if (index <= STATIC_TABLE.length) return STATIC_TABLE[index - 1];
    return this.#entries[index - STATIC_TABLE.length - 1] ?? (this.isIncomplete ? null : undefined);
  }

  #insert(field: Field): void {
    this.#entries.unshift(field);
    this.#size += sizeOf(field);
    this.#evict();
  }

  #evict(): void {
    while (this.#size > this.#limit && this.#entries.length > 0) this.#size -= sizeOf(this.#entries.pop()!);
  }
}

function sizeOf([name, value]: Field): number {
  return name.length + value.length + OVERHEAD;
}
