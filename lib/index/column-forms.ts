/** Columns of texts and lists in the one form in which they go on, whichever they come in. */

import type { Column, FixedTextColumn, ListColumn, TextColumn } from './table.ts';
import { textListOf } from './text-list.ts';

/** Where there is no column, no row has a text. */
export function textColumnOf(column: Column | undefined, rows: number): TextColumn {
  if (column === undefined) return { texts: textListOf([]), index: new Int32Array(rows).fill(-1) };
  if ('texts' in column) return column;
  if ('bytes' in column) return fixedTexts(column);
  const values = 'values' in column ? (column.values as (string | null)[]) : [];
  let next = 0;
  return {
    texts: textListOf(values.filter(value => value != null)),
    index: Int32Array.from(values, value => (value == null ? -1 : next++)),
  };
}

function fixedTexts({ bytes, width }: FixedTextColumn): TextColumn {
  const rows = bytes.length / width;
  return {
    texts: { bytes, offsets: Int32Array.from({ length: rows + 1 }, (_, row) => row * width) },
    index: Int32Array.from({ length: rows }, (_, row) => row),
  };
}

/** Undefined where no row has a list. `ofTexts`: its elements are no numbers. */
export function listColumnOf(column: Column, ofTexts: boolean): ListColumn | undefined {
  if ('elements' in column) return column;
  if (!('values' in column) || !Array.isArray(column.values)) return undefined;
  const lists = column.values as readonly (string[] | number[] | null)[];
  const starts = new Int32Array(lists.length + 1);
  for (let row = 0; row < lists.length; row++) starts[row + 1] = starts[row]! + (lists[row]?.length ?? 0);
  const elements = lists.flatMap<string | number>(list => list ?? []);
  return {
    elements: ofTexts ? textListOf(elements as string[]) : Float64Array.from(elements as number[]),
    starts,
    index: Int32Array.from(lists, (list, row) => (list ? row : -1)),
  };
}
