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
      const byte = this.byte();
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
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return (value >> 1n) ^ -(value & 1n);
    }
  }

  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError('Parquet ends within a number');
    return byte;
  }

  /** The next so many bytes. */
  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw new RangeError('Parquet ends within a value');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

/** `width` bits (at most 25) from a bit on, least significant bit first. */
export function bitsAt(bytes: Uint8Array, bit: number, width: number): number {
  const at = bit >>> 3;
  const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  return (word >>> (bit & 7)) & ((1 << width) - 1);
}

/** More than 24 bits and up to 53, in pieces. */
export function wideBitsAt(bytes: Uint8Array, bit: number, width: number): number {
  const lower = bitsAt(bytes, bit, 24) + bitsAt(bytes, bit + 24, Math.min(width - 24, 24)) * 0x100_0000;
  return width <= 48 ? lower : lower + bitsAt(bytes, bit + 48, width - 48) * 0x1_0000_0000_0000;
}

/** A whole number by its place. */
export type Numbers = (i: number) => number;

/**
 * Parquet's RLE and bit-packing hybrid, as our files have it: one run of `count` values of `width` bits (at most 25),
 * each found when it is asked for.
 */
export function readHybrid(cursor: Cursor, width: number, count: number): Numbers {
  const { bytes } = cursor;
  const head = cursor.varint();
  const isPacked = head % 2 === 1;
  const length = Math.floor(head / 2);
  if (length * (isPacked ? 8 : 1) < count)
    throw new Error('Parquet levels or indexes of several runs are not ours');
  if (!isPacked) {
    let value = 0;
    for (let shift = 0; shift < width; shift += 8) value |= bytes[cursor.at++]! << shift;
    return () => value;
  }
  const begin = cursor.at * 8;
  cursor.at += length * width;
  return i => bitsAt(bytes, begin + i * width, width);
}
