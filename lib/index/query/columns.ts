import type { ColumnMetaData, FileMetaData, RowGroup as GroupMetaData } from 'hyparquet';
import { parquetMetadataAsync } from 'hyparquet/src/metadata.js';
import type { Objects } from '../../storage/objects.ts';
import type { TableFile } from '../store/table-files.ts';
import type { TableName } from '../table.ts';
import { type Column, readColumn } from './parquet/column.ts';

/** A table's file of which the footer has been read. */
export interface OpenTable {
  table: TableName;
  groups: GroupMetaData[];
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
  const file = {
    byteLength: bytes,
    slice: async (start: number, end = bytes) => new Uint8Array(await read(start, end)).buffer,
  };
  const metadata: FileMetaData = await parquetMetadataAsync(file, {
    initialFetchSize: footerSize(bytes),
    parsers: { timestampFromNanoseconds: nanoseconds => nanoseconds },
    geoparquet: false,
  });
  return { table, groups: metadata.row_groups, read };
}

/** What holds the footer of nearly every file of ours, so that it takes one request. */
function footerSize(bytes: number): number {
  return 32 * 1024 + Math.floor(bytes / 256);
}

/** The statistics of a column of numbers or times; unbounded where there are none. */
export function rangeOf(
  group: GroupMetaData,
  column: string,
): { low: number | bigint; high: number | bigint } {
  const { min_value: low, max_value: high } = metadataOf(group, column)?.statistics ?? {};
  return {
    low: typeof low === 'number' || typeof low === 'bigint' ? low : -Infinity,
    high: typeof high === 'number' || typeof high === 'bigint' ? high : Infinity,
  };
}

/** The row groups that can hold one of `values` (rising) in a column of whole numbers, by their statistics. */
export function groupsWithin(
  { groups }: OpenTable,
  column: string,
  values: readonly number[],
): GroupMetaData[] {
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
  group: GroupMetaData,
  names: readonly string[],
): Promise<Columns> {
  const wanted = names.flatMap(name => metadataOf(group, name) ?? []).filter(metadata => !isNull(metadata));
  const chunks = new Map<ColumnMetaData, Uint8Array>();
  await Promise.all(
    joined(wanted.map(chunkOf)).map(async ({ start, end, parts }) => {
      const bytes = await read(start, end);
      for (const part of parts)
        chunks.set(part.metadata, bytes.subarray(part.start - start, part.end - start));
    }),
  );
  const decoded = new Map<string, Column>();
  return name => {
    let column = decoded.get(name);
    if (!column) {
      const metadata = metadataOf(group, name);
      column = metadata && !isNull(metadata) ? readColumn(metadata, chunks.get(metadata)!) : () => null;
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
    yield { columns, rows: Number(table.groups[i]!.num_rows) };
  }
}

function metadataOf(group: GroupMetaData, column: string): ColumnMetaData | undefined {
  return group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === column)?.meta_data;
}

/** Whether a column has no value in a row group, which takes no reading. Of lists, empty ones count as null. */
function isNull({ path_in_schema, num_values, statistics }: ColumnMetaData): boolean {
  return path_in_schema.length === 1 && statistics?.null_count === num_values;
}

interface Chunk {
  metadata: ColumnMetaData;
  start: number;
  end: number;
}

function chunkOf(metadata: ColumnMetaData): Chunk {
  const start = Number(metadata.dictionary_page_offset ?? metadata.data_page_offset);
  return { metadata, start, end: start + Number(metadata.total_compressed_size) };
}

/** Joins chunks that lie close together. */
function joined(chunks: Chunk[]): { start: number; end: number; parts: Chunk[] }[] {
  const requests: { start: number; end: number; parts: Chunk[] }[] = [];
  for (const chunk of chunks.sort((a, b) => a.start - b.start)) {
    const last = requests.at(-1);
    if (last && chunk.start <= last.end + GAP && chunk.end - last.start <= LONGEST_READ) {
      last.end = chunk.end;
      last.parts.push(chunk);
    } else requests.push({ start: chunk.start, end: chunk.end, parts: [chunk] });
  }
  return requests;
}
