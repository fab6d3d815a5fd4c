import type { Column } from '../../table.ts';
import type { ValueBuilder } from './builders.ts';
import { Bytes } from './bytes.ts';
import type { Levels } from './levels.ts';
import { type EncodedValues, encodeFixedTexts } from './values.ts';

/** Texts of one length: nothing to find among them, and their bytes as they come. */
export class FixedTextBuilder implements ValueBuilder {
  readonly #bytes: Bytes;
  readonly #width: number;

  constructor(width: number, capacity: number) {
    this.#bytes = new Bytes(capacity * width);
    this.#width = width;
  }

  append(column: Column, start: number, end: number, levels: Levels): void {
    if (!('bytes' in column) || column.width !== this.#width) {
      throw new TypeError(`column texts of ${this.#width} bytes are followed by others in one row group`);
    }
    this.#bytes.append(column.bytes.subarray(start * this.#width, end * this.#width));
    levels.addPresent(end - start);
  }

  encode(_dictionary: Bytes, out: Bytes): EncodedValues {
    return encodeFixedTexts(this.#bytes, this.#width, out);
  }

  clear(): void {
    this.#bytes.length = 0;
  }
}
