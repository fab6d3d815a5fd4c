/** Bytes and a place in them, for what is written one after the other. */
export class Cursor {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** ULEB128 of at most 53 bits. */
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#next();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** As {@link zigzag}, of 64 bits. */
  wideZigzag(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#next();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return (value >> 1n) ^ -(value & 1n);
    }
  }

  #next(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError('a Parquet page ends within a number');
    return byte;
  }
}

/** `width` bits (at most 25) from a bit on, least significant bit first. */
export function bitsAt(bytes: Uint8Array, bit: number, width: number): number {
  const at = bit >>> 3;
  const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  return (word >>> (bit & 7)) & ((1 << width) - 1);
}

/** Up to 53 bits, in pieces. */
export function wideBitsAt(bytes: Uint8Array, bit: number, width: number): number {
  let value = 0;
  for (let done = 0; done < width; done += 24) {
    value += bitsAt(bytes, bit + done, Math.min(24, width - done)) * 2 ** done;
  }
  return value;
}

/** Parquet's RLE and bit-packing hybrid: `count` values of `width` bits (at most 25). */
export function readHybrid(cursor: Cursor, width: number, count: number): Int32Array {
  const values = new Int32Array(count);
  let filled = 0;
  while (filled < count) {
    const head = cursor.varint();
    const length = Math.floor(head / 2);
    if (head % 2 === 0) {
      let value = 0;
      for (let shift = 0; shift < width; shift += 8) value |= cursor.bytes[cursor.at++]! << shift;
      values.fill(value, filled, filled + length);
      filled += length;
      continue;
    }
    const end = Math.min(count, filled + length * 8);
    let bit = cursor.at * 8;
    for (; filled < end; filled++, bit += width) values[filled] = bitsAt(cursor.bytes, bit, width);
    cursor.at += length * width;
  }
  return values;
}
