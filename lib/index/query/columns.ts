import type { Objects } from '../../storage/objects.ts';
import type { TableFile } from '../store/table-files.ts';
import type { TableName } from '../table.ts';
import { type Column, readColumn } from './parquet/column.ts';
import { type ColumnChunk, type RowGroup, readFooter } from './parquet/footer.ts';

/** A table's file of which the footer has been read. */
export interface OpenTable {
  table: TableName;
  groups: RowGroup[];
  read(start: number, end: number): Promise<Uint8Array>;
}

/** Columns of a row group that were read, each decoded when it is first asked for; one that the file lacks is null. */
export type Columns = (name: string) => Column;

const GAP = 64 * 1024; // bytes that are read rather than making a second request
const LONGEST_READ = 8 * 1024 * 1024;

export async function openTable(objects: Objects, { table, key, bytes }: TableFile): Promise<OpenTable> {
  const read = async (start: number, end: number) => {
    const range = await objects.get(key, { start, end });
    if (!range) throw new Error(`${key}, which the index names, is gone; index the capture again`);
    return range;
  };
  try {
    return { table, groups: await readFooter(read, bytes, footerSize(bytes)), read };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new Error(`${key} is damaged (${cause.message}); index the capture again`, { cause });
  }
}

/** What holds the footer of nearly every file of ours, so that it takes one request. */
function footerSize(bytes: number): number {
  return 32 * 1024 + Math.floor(bytes / 256);
}

/** The range of a column of numbers or times; unbounded where it is not known. */
export function rangeOf(group: RowGroup, column: string): { low: number | bigint; high: number | bigint } {
  const { low = -Infinity, high = Infinity } = group.column(column) ?? {};
  return { low, high };
}

/** The row groups that can hold one of `values` (rising) in a column of whole numbers, by their statistics. */
export function groupsWithin({ groups }: OpenTable, column: string, values: readonly number[]): RowGroup[] {
  return groups.filter(group => {
    const { low, high } = rangeOf(group, column);
    const first = values[firstAtLeast(values.length, i => values[i]!, Number(low))];
    return first !== undefined && first <= high;
  });
}

/** Where the first of `count` rising values lies that is not below `wanted`. */
export function firstAtLeast(count: number, valueAt: (i: number) => number, wanted: number): number {
  let first = 0;
  let last = count;
  while (first < last) {
    const middle = (first + last) >> 1;
    if (valueAt(middle) < wanted) first = middle + 1;
    else last = middle;
  }
  return first;
}

/** Reads columns of a row group, by as few requests as make sense. */
export async function readColumns(
  { read }: OpenTable,
  group: RowGroup,
  names: readonly string[],
): Promise<Columns> {
  const wanted = new Map<string, ColumnChunk>();
  for (const name of names) {
    const chunk = group.column(name);
    if (chunk && !isNull(chunk)) wanted.set(name, chunk);
  }
  const bytes = new Map<ColumnChunk, Uint8Array>();
  await Promise.all(
    joined([...wanted.values()]).map(async ({ start, end, chunks }) => {
      const range = await read(start, end);
      for (const chunk of chunks) bytes.set(chunk, range.subarray(chunk.start - start, chunk.end - start));
    }),
  );
  const decoded = new Map<string, Column>();
  return name => {
    let column = decoded.get(name);
    if (!column) {
      if (!names.includes(name)) throw new Error(`the column ${name} was not read`);
      const chunk = wanted.get(name);
      column = chunk ? readColumn(chunk, bytes.get(chunk)!) : () => null;
      decoded.set(name, column);
    }
    return column;
  };
}

/** The same of every row group of a file, in turn; the next one is under way while one is worked on. */
export async function* readAllColumns(
  table: OpenTable,
  names: readonly string[],
): AsyncGenerator<{ columns: Columns; rows: number }> {
  const begin = (i: number) => {
    const group = table.groups[i];
    const started = group && readColumns(table, group, names);
    started?.catch(() => {}); // awaited below, in its turn
    return started;
  };
  let next = begin(0);
  for (let i = 0; next; i++) {
    const columns = await next;
    next = begin(i + 1);
    yield { columns, rows: table.groups[i]!.rows };
  }
}

/** Whether a column has no value in a row group, which takes no reading. Of lists, empty ones count as null. */
function isNull({ isList, values, nulls }: ColumnChunk): boolean {
  return !isList && nulls === values;
}

/** Joins chunks that lie close together. */
function joined(chunks: ColumnChunk[]): { start: number; end: number; chunks: ColumnChunk[] }[] {
  const requests: { start: number; end: number; chunks: ColumnChunk[] }[] = [];
  for (const chunk of chunks.sort((a, b) => a.start - b.start)) {
    const last = requests.at(-1);
    if (last && chunk.start <= last.end + GAP && chunk.end - last.start <= LONGEST_READ) {
      last.end = chunk.end;
      last.chunks.push(chunk);
    } else requests.push({ start: chunk.start, end: chunk.end, chunks: [chunk] });
  }
  return requests;
}
