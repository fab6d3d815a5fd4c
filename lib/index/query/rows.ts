import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { Objects } from '../../storage/objects.ts';
import { timestampText } from '../engine/names.ts';
import type { TableFile } from '../store/table-files.ts';

/** A value as JSON has it: times as RFC 3339 with nanoseconds, whole numbers as numbers where they are exact. */
export type Value = string | number | boolean | null | (string | number)[];
export type Row = Record<string, Value>;

/** The rows of a file in the order in which they lie, a row group in memory at a time. */
export async function* readRows(objects: Objects, file: TableFile, columns?: string[]): AsyncGenerator<Row> {
  const buffer = await parquetBuffer(objects, file);
  const metadata = await parquetMetadataAsync(buffer);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const rows = await parquetReadObjects({
      file: buffer,
      metadata,
      rowStart,
      rowEnd,
      ...(columns && { columns }),
      parsers: { timestampFromNanoseconds: timestampText },
    });
    for (const row of rows)
      yield Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));
    rowStart = rowEnd;
  }
}

/** A file to be read by ranges. */
export async function parquetBuffer(objects: Objects, { key, bytes }: TableFile): Promise<AsyncBuffer> {
  return {
    byteLength: bytes,
    slice: async (start, end = bytes) => {
      const range = await objects.get(key, { start: start < 0 ? bytes + start : start, end });
      if (!range) throw new Error(`${key}, which the index names, is gone; index the capture again`);
      return new Uint8Array(range).buffer;
    },
  };
}

function plain(value: unknown): Value {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
      ? Number(value)
      : String(value);
  }
  return value as Value; // hyparquet decodes our types to text, number, boolean, bigint or lists of text and number
}
