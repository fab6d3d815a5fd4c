import {
  type AsyncBuffer,
  type DecodedArray,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
} from 'hyparquet';
import type { Objects } from '../../storage/objects.ts';
import type { TableFile } from '../store/table-files.ts';
import { parquetBuffer } from './rows.ts';

export interface OpenTable {
  buffer: AsyncBuffer;
  metadata: FileMetaData;
}

/** Rows of one row group: from `start` up to, not including, `end`. */
export interface RowGroupRows {
  start: number;
  end: number;
}

export async function openTable(objects: Objects, file: TableFile): Promise<OpenTable> {
  const buffer = await parquetBuffer(objects, file);
  return { buffer, metadata: await parquetMetadataAsync(buffer) };
}

/** The row groups that can hold one of `values` (rising) in a column of whole numbers, by their statistics. */
export function groupsWithin(
  { metadata }: OpenTable,
  column: string,
  values: readonly number[],
): RowGroupRows[] {
  const found: RowGroupRows[] = [];
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === column);
    const { min_value: low, max_value: high } = chunk?.meta_data?.statistics ?? {};
    if (anyWithin(values, Number(low ?? -Infinity), Number(high ?? Infinity))) found.push({ start, end });
    start = end;
  }
  return found;
}

/** Whole columns of a row group; times as nanoseconds since the epoch. */
export async function readColumns(
  { buffer, metadata }: OpenTable,
  { start, end }: RowGroupRows,
  columns: string[],
): Promise<Record<string, DecodedArray>> {
  const read: Record<string, DecodedArray> = {};
  await parquetRead({
    file: buffer,
    metadata,
    rowStart: start,
    rowEnd: end,
    columns,
    parsers: { timestampFromNanoseconds: nanoseconds => nanoseconds },
    onChunk: ({ columnName, columnData }) => {
      read[columnName] = columnData; // our files have one page per column of a row group
    },
  });
  return read;
}

/** Whether one of the numbers, which rise, lies from `low` to `high`. */
function anyWithin(numbers: readonly number[], low: number, high: number): boolean {
  let first = 0;
  let last = numbers.length;
  while (first < last) {
    const middle = (first + last) >> 1;
    if (numbers[middle]! < low) first = middle + 1;
    else last = middle;
  }
  return first < numbers.length && numbers[first]! <= high;
}
