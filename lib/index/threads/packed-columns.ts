/**
 * Columns on their way to another thread. A message is copied value by value, which for thousands of short texts costs
 * more than making them: they travel as one text. Typed arrays are copied once, and then change hands.
 */
import type { Batch, Column, TableName } from '../table.ts';

/** Texts one after the other, and how long each is; -1 for none. */
interface PackedTexts {
  joined: string;
  lengths: Int32Array;
}

type Packed =
  | Column // of typed arrays only
  | { texts: PackedTexts }
  | { dictionary: PackedTexts; index: Int32Array }
  | { textLists: PackedTexts; sizes: Int32Array } // size -1: no list
  | { numberLists: Float64Array; sizes: Int32Array };

export interface PackedBatch {
  table: TableName;
  rows: number;
  columns: Record<string, Packed>;
}

/** The column as it is sent; the memory that is to change hands is added to `moved`. */
export function pack(column: Column, moved: ArrayBuffer[]): Packed {
  const copy = <T extends Int32Array | BigInt64Array | Float64Array | Uint8Array>(values: T): T => {
    const copied = values.slice() as T;
    moved.push(copied.buffer as ArrayBuffer);
    return copied;
  };
  if ('dictionary' in column) {
    return { dictionary: packTexts(column.dictionary, moved), index: copy(column.index) };
  }
  if ('bytes' in column) return { bytes: copy(column.bytes), width: column.width };
  const { values } = column;
  if (!Array.isArray(values)) {
    const nulls = 'nulls' in column && column.nulls ? { nulls: copy(column.nulls) } : {};
    return { values: copy(values), ...nulls } as Column;
  }
  const lists = values as (string | string[] | number[] | null)[];
  if (!lists.some(Array.isArray)) return { texts: packTexts(values as (string | null)[], moved) };
  const sizes = Int32Array.from(lists, list => list?.length ?? -1);
  moved.push(sizes.buffer);
  const elements = (lists as (string[] | number[] | null)[]).flatMap<string | number>(list => list ?? []);
  if (typeof elements[0] === 'number') {
    const numbers = Float64Array.from(elements as number[]);
    moved.push(numbers.buffer);
    return { numberLists: numbers, sizes };
  }
  return { textLists: packTexts(elements as string[], moved), sizes };
}

export function unpackBatch({ table, rows, columns }: PackedBatch): Batch {
  const unpacked: Batch['columns'] = {};
  for (const [name, column] of Object.entries(columns)) unpacked[name] = unpack(column);
  return { table, rows, columns: unpacked };
}

function unpack(packed: Packed): Column {
  if ('texts' in packed) return { values: unpackTexts(packed.texts) };
  if ('dictionary' in packed) {
    const { dictionary, index } = packed;
    return 'joined' in dictionary
      ? { dictionary: unpackTexts(dictionary) as string[], index }
      : { dictionary, index };
  }
  if ('textLists' in packed)
    return { values: lists(unpackTexts(packed.textLists) as string[], packed.sizes) };
  if ('numberLists' in packed) return { values: lists([...packed.numberLists], packed.sizes) };
  return packed;
}

function packTexts(texts: readonly (string | null)[], moved: ArrayBuffer[]): PackedTexts {
  const lengths = new Int32Array(texts.length);
  for (let i = 0; i < texts.length; i++) lengths[i] = texts[i]?.length ?? -1;
  moved.push(lengths.buffer);
  return { joined: texts.join(''), lengths }; // nothing for null
}

function unpackTexts({ joined, lengths }: PackedTexts): (string | null)[] {
  const texts = new Array<string | null>(lengths.length);
  let at = 0;
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i]!;
    texts[i] = length < 0 ? null : joined.slice(at, at + length);
    if (length > 0) at += length;
  }
  return texts;
}

function lists<T>(elements: T[], sizes: Int32Array): (T[] | null)[] {
  let at = 0;
  return Array.from(sizes, size => {
    if (size < 0) return null;
    at += size;
    return elements.slice(at - size, at);
  });
}
