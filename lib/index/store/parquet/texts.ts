import type { Column } from '../../table.ts';
import type { ValueBuilder } from './builders.ts';
import type { Bytes } from './bytes.ts';
import { FixedTextBuilder } from './fixed-texts.ts';
import type { Gatherer } from './gather/gatherer.ts';
import type { Levels } from './levels.ts';
import { StringBuilder } from './strings.ts';
import type { EncodedValues } from './values.ts';

/** Texts in whichever form the first column of a file has them. */
export class TextBuilder implements ValueBuilder {
  readonly #capacity: number;
  readonly #gatherer: Gatherer;
  #builder: FixedTextBuilder | StringBuilder | undefined;

  constructor(capacity: number, gatherer: Gatherer) {
    this.#capacity = capacity;
    this.#gatherer = gatherer;
  }

  append(column: Column, start: number, end: number, levels: Levels): void {
    this.#builder ??=
      'bytes' in column
        ? new FixedTextBuilder(column.width, this.#capacity)
        : new StringBuilder(this.#gatherer);
    this.#builder.append(column, start, end, levels);
  }

  get size(): number {
    return this.#builder instanceof StringBuilder ? this.#builder.size : 0;
  }

  encode(dictionary: Bytes, out: Bytes): EncodedValues {
    return this.#builder!.encode(dictionary, out);
  }

  clear(): void {
    this.#builder?.clear();
  }
}
