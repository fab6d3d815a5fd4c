/**
 * Columns on their way to those who make tables of them, perhaps on another thread. A message is copied value by value, which for thousands of short texts costs
 * more than making them: they travel as one text. Of typed arrays the part in use is copied, though it could change hands:
 * the first ArrayBuffer that does makes V8 throw away what it compiled of all functions of the thread that use such arrays.
 */
import type { Batch, Column, TableName } from './table.ts';

/** Texts one after the other, and how long each is; -1 for none. */
export interface PackedTexts {
  joined: string;
  lengths: Int32Array;
}

export type Packed =
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

export function packBatch({ table, rows, columns }: Batch): PackedBatch {
  const packed: PackedBatch['columns'] = {};
  for (const [name, column] of Object.entries(columns)) packed[name] = pack(column);
  return { table, rows, columns: packed };
}

/** The column as it is sent. */
function pack(column: Column): Packed {
  if ('dictionary' in column) {
    return { dictionary: packTexts(column.dictionary), index: column.index.slice() };
  }
  if ('bytes' in column) return { bytes: column.bytes.slice(), width: column.width };
  const { values } = column;
  if (!Array.isArray(values)) {
    const nulls = 'nulls' in column && column.nulls ? { nulls: column.nulls.slice() } : {};
    return { values: values.slice(), ...nulls } as Column;
  }
  const lists = values as (string | string[] | number[] | null)[];
  if (!lists.some(Array.isArray)) return { texts: packTexts(values as (string | null)[]) };
  const sizes = Int32Array.from(lists, list => list?.length ?? -1);
  const elements = (lists as (string[] | number[] | null)[]).flatMap<string | number>(list => list ?? []);
  if (typeof elements[0] === 'number') {
    return { numberLists: Float64Array.from(elements as number[]), sizes };
  }
  return { textLists: packTexts(elements as string[]), sizes };
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

export function packTexts(texts: readonly (string | null)[]): PackedTexts {
  const lengths = new Int32Array(texts.length);
  for (let i = 0; i < texts.length; i++) lengths[i] = texts[i]?.length ?? -1;
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
