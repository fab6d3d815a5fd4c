/** Columns of a batch, written row by row; their arrays serve batch after batch. */
import type { Address } from '../analyser.ts';
import { ipv4Text } from '../engine/names.ts';
import type { Column } from '../table.ts';

export const BATCH_ROWS = 1024;

const WORD = 0x1_0000_0000;
const RECENT = 256; // texts or addresses that a column looks among for one that comes again

/** Something that a batch holds for its rows so far. */
export interface RowColumn {
  column(rows: number): Column;
  /** The batch was written. */
  clear(): void;
}

/** Texts: those that come again soon have one number, which costs less than to look for each among all. */
export class TextColumn implements RowColumn {
  readonly #dictionary: string[] = [];
  readonly #index = new Int32Array(BATCH_ROWS);
  readonly #recent = new Int32Array(RECENT).fill(-1);

  set(row: number, text: string | null): void {
    if (text === null) {
      this.#index[row] = -1;
      return;
    }
    const slot = slotOf(text);
    let number = this.#recent[slot]!;
    if (number < 0 || this.#dictionary[number] !== text) {
      number = this.#dictionary.push(text) - 1;
      this.#recent[slot] = number;
    }
    this.#index[row] = number;
  }

  column(rows: number): Column {
    return { dictionary: this.#dictionary, index: this.#index.subarray(0, rows) };
  }

  clear(): void {
    this.#dictionary.length = 0;
    this.#recent.fill(-1);
  }
}

/** Addresses; as with texts, those that come again soon have one number. */
export class AddressColumn implements RowColumn {
  readonly #dictionary: string[] = [];
  readonly #index = new Int32Array(BATCH_ROWS);
  readonly #recent: Address[] = new Array(RECENT).fill(0);
  readonly #numbers = new Int32Array(RECENT).fill(-1);

  set(row: number, address: Address): void {
    const slot = typeof address === 'number' ? Math.imul(address, 0x9e3779b1) >>> 24 : slotOf(address);
    let number = this.#numbers[slot]!;
    if (number < 0 || this.#recent[slot] !== address) {
      number = this.#dictionary.push(typeof address === 'number' ? ipv4Text(address) : address) - 1;
      this.#numbers[slot] = number;
      this.#recent[slot] = address;
    }
    this.#index[row] = number;
  }

  column(rows: number): Column {
    return { dictionary: this.#dictionary, index: this.#index.subarray(0, rows) };
  }

  clear(): void {
    this.#dictionary.length = 0;
    this.#numbers.fill(-1);
  }
}

/** From the length and four of the characters. */
function slotOf(text: string): number {
  const { length } = text;
  if (length === 0) return 0;
  let hash = length;
  hash = hash * 31 + text.charCodeAt(0);
  hash = hash * 31 + text.charCodeAt(length >> 2);
  hash = hash * 31 + text.charCodeAt(length >> 1);
  hash = hash * 31 + text.charCodeAt(length - 1);
  return (hash ^ (hash >> 8)) & (RECENT - 1);
}

/** ASCII texts of one width, written as bytes. */
export class FixedTextColumn implements RowColumn {
  readonly width: number;
  readonly bytes: Uint8Array;

  constructor(width: number) {
    this.width = width;
    this.bytes = new Uint8Array(BATCH_ROWS * width);
  }

  column(rows: number): Column {
    return { bytes: this.bytes.subarray(0, rows * this.width), width: this.width };
  }

  clear(): void {}
}

type Numbers = Int32Array | Float64Array | Uint8Array;

/** Numbers that every row has. */
export class NumberColumn<A extends Numbers> implements RowColumn {
  readonly values: A;

  constructor(values: A) {
    this.values = values;
  }

  column(rows: number): Column {
    return { values: this.values.subarray(0, rows) } as Column;
  }

  clear(): void {}
}

/** Numbers that some rows have not. */
export class NullableColumn<A extends Int32Array | Float64Array> implements RowColumn {
  readonly #values: A;
  readonly #nulls = new Uint8Array(BATCH_ROWS);

  constructor(values: A) {
    this.#values = values;
  }

  set(row: number, value: number | null): void {
    this.#nulls[row] = value === null ? 1 : 0;
    this.#values[row] = value ?? 0;
  }

  column(rows: number): Column {
    return { values: this.#values.subarray(0, rows), nulls: this.#nulls.subarray(0, rows) } as Column;
  }

  clear(): void {}
}

/** Whole numbers of 64 bits, none of them negative and all of them exact in a double. */
export class Int64Column implements RowColumn {
  readonly #values = new BigInt64Array(BATCH_ROWS);
  readonly #words = new Int32Array(this.#values.buffer);
  readonly #nulls = new Uint8Array(BATCH_ROWS);

  set(row: number, value: number | null): void {
    this.#nulls[row] = value === null ? 1 : 0;
    this.#words[2 * row] = value ?? 0;
    this.#words[2 * row + 1] = (value ?? 0) / WORD;
  }

  column(rows: number): Column {
    return { values: this.#values.subarray(0, rows), nulls: this.#nulls.subarray(0, rows) };
  }

  clear(): void {}
}

/** Nanoseconds since the Unix epoch, without a BigInt for each. */
export class TimeColumn implements RowColumn {
  readonly #values = new BigInt64Array(BATCH_ROWS);
  readonly #words = new Int32Array(this.#values.buffer);
  readonly #epoch: bigint;
  readonly #low: number;
  readonly #high: number;

  constructor(epoch: bigint) {
    this.#epoch = epoch;
    this.#low = Number(epoch & 0xffff_ffffn);
    this.#high = Number(epoch >> 32n);
  }

  /** `time` is in nanoseconds after the epoch of the capture. */
  set(row: number, time: number): void {
    const whole = Math.round(time);
    if (Math.abs(whole) > Number.MAX_SAFE_INTEGER) {
      this.#values[row] = this.#epoch + BigInt(whole);
      return;
    }
    const upper = Math.floor(whole / WORD);
    const low = this.#low + (whole - upper * WORD);
    this.#words[2 * row] = low;
    this.#words[2 * row + 1] = this.#high + upper + (low >= WORD ? 1 : 0);
  }

  column(rows: number): Column {
    return { values: this.#values.subarray(0, rows) };
  }

  clear(): void {}
}

/** Lists, which rows may be without. */
export class ListColumn<T extends string | number> implements RowColumn {
  readonly #lists: (readonly T[] | null)[] = [];

  set(row: number, list: readonly T[] | null): void {
    this.#lists[row] = list;
  }

  column(): Column {
    return { values: this.#lists } as Column;
  }

  clear(): void {
    this.#lists.length = 0;
  }
}
