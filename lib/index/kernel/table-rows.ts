import type { TableName } from '../table.ts';
import type { TextList } from '../text-list.ts';
import type { KernelMemory } from './memory.ts';
import * as at from './tables.ts';

/** Where a batch of rows lies in the memory of the kernel; all of it is a multiple of 8. */
interface Place {
  columns: number;
  texts: number;
  answers: number;
  ttls: number;
}

/** By number. */
const NAMES = ['dns', 'ssl', 'http'] as const satisfies TableName[];

/**
 * A batch of rows of a table that applications write, in the memory of the kernel (see tables.ts). What is read of it are
 * views of that memory; `column` is a column's number, among those of the table or of all.
 */
export class TableRows {
  readonly name: (typeof NAMES)[number];
  readonly table: number; // see tables.ts
  readonly count: number;
  readonly #memory: KernelMemory;
  readonly #place: Place;

  /** The batch that the applications are filling; or one that the kernel copied to `alone` (see copyRows). */
  constructor(memory: KernelMemory, table: number, count: number, alone?: number) {
    this.#memory = memory;
    this.name = NAMES[table]!;
    this.table = table;
    this.count = count;
    this.#place =
      alone === undefined
        ? {
            columns: at.COLUMNS_AT + table * at.TABLE_COLUMNS * at.COLUMN_BYTES,
            texts: at.TEXTS_AT + table * at.TABLE_COLUMNS * at.COLUMN_TEXTS,
            answers: at.ANSWERS_AT,
            ttls: at.TTLS_AT,
          }
        : {
            columns: alone,
            texts: alone + at.ALONE_TEXTS,
            answers: alone + at.ALONE_ANSWERS,
            ttls: alone + at.ALONE_TTLS,
          };
  }

  bytes(column: number, width: number): Uint8Array {
    return this.#bytesAt(this.#placeOf(column), this.count * width);
  }

  nulls(column: number): Uint8Array {
    return this.#bytesAt(this.#placeOf(column) + at.NULLS_AT, this.count);
  }

  integers(column: number): Int32Array {
    return this.#memory.integersAt(this.#placeOf(column), this.count);
  }

  doubles(column: number): Float64Array {
    return this.#memory.doublesAt(this.#placeOf(column), this.count);
  }

  longs(column: number): BigInt64Array {
    return this.#memory.longsAt(this.#placeOf(column), this.count);
  }

  /** The entries of a column, and so many `more` that tell where the last one ends. */
  entries(column: number, more: 0 | 1): Int32Array {
    const count = this.#countOf(column, at.ENTRY_COUNT_AT);
    return this.#memory.integersAt(this.#placeOf(column) + at.ENTRIES_AT, count + more);
  }

  /** The texts of a column that its entries tell. */
  texts(column: number): TextList {
    return this.#textsAt(column, this.entries(column, 1));
  }

  /** The elements of the column of lists of texts, and of that of numbers. */
  answers(column: number): TextList {
    return this.#textsAt(column, this.#memory.integersAt(this.#place.answers, this.elementCount(column) + 1));
  }

  ttls(column: number): Float64Array {
    return this.#memory.doublesAt(this.#place.ttls, this.elementCount(column));
  }

  elementCount(column: number): number {
    return this.#countOf(column, at.ELEMENT_COUNT_AT);
  }

  #textsAt(column: number, offsets: Int32Array): TextList {
    const from = this.#place.texts + (column % at.TABLE_COLUMNS) * at.COLUMN_TEXTS;
    return { bytes: this.#bytesAt(from, offsets.at(-1)!), offsets };
  }

  #placeOf(column: number): number {
    return this.#place.columns + (column % at.TABLE_COLUMNS) * at.COLUMN_BYTES;
  }

  #countOf(column: number, field: number): number {
    return this.#memory.integersAt(this.#placeOf(column) + field, 1)[0]!;
  }

  #bytesAt(address: number, length: number): Uint8Array {
    return this.#memory.bytes.subarray(address, address + length);
  }
}
