import type { Column, ColumnType } from '../../table.ts';
import type { Bytes } from './bytes.ts';
import type { Gatherer } from './gather/gatherer.ts';
import type { Levels } from './levels.ts';
import { NumberBuilder } from './numbers.ts';
import { encodeBits } from './rle.ts';
import { TextBuilder } from './texts.ts';
import { type EncodedValues, encodeDouble, encodeInt32, encodeInt64 } from './values.ts';

/** Gathers the values of one leaf column until a row group is full. */
export interface ValueBuilder {
  /**
   * Takes rows `[start, end)` of a column, and tells `levels` which of them have a value. `whole`: they are all of
   * a row group, which is written before the column changes, so that they need not be copied.
   */
  append(column: Column, start: number, end: number, levels: Levels, whole: boolean): void;
  /** Of at least one value. */
  encode(dictionary: Bytes, out: Bytes): EncodedValues;
  clear(): void;
  /** Bytes of texts that are gathered; left out where they are bounded by the rows. */
  readonly size?: number;
}

/** `capacity` is the size of a row group. */
export function createValueBuilder(
  name: string,
  type: ColumnType,
  capacity: number,
  gatherer: Gatherer,
): ValueBuilder {
  switch (type) {
    case 'int32':
      return new NumberBuilder<Int32Array<ArrayBuffer>>(name, capacity, Int32Array, encodeInt32);
    case 'int64':
    case 'timestamp':
      return new NumberBuilder<BigInt64Array<ArrayBuffer>>(name, capacity, BigInt64Array, encodeInt64);
    case 'double':
      return new NumberBuilder<Float64Array<ArrayBuffer>>(name, capacity, Float64Array, encodeDouble);
    case 'boolean':
      return new NumberBuilder<Uint8Array<ArrayBuffer>>(name, capacity, Uint8Array, encodeBooleans);
    case 'string':
      return new TextBuilder(capacity, gatherer);
    default:
      throw new TypeError(`column ${name} of type ${type} is a list`);
  }
}

function encodeBooleans(values: Uint8Array, count: number, _dictionary: Bytes, out: Bytes): EncodedValues {
  encodeBits(values, count, out);
  return { encoding: 'PLAIN', dictionarySize: 0 };
}
