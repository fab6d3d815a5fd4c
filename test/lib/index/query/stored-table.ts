import type { Cell } from '../../../../lib/index/query/parquet/column.ts';
import { gatherers } from '../../../../lib/index/store/parquet/gather/gatherer.ts';
import { ParquetWriter } from '../../../../lib/index/store/parquet/writer.ts';
import type { TableFile } from '../../../../lib/index/store/table-files.ts';
import type { TableSchema } from '../../../../lib/index/table.ts';
import type { Objects } from '../../../../lib/storage/objects.ts';
import { columnOf } from '../store/parquet/values.ts';

export type Rows = Record<string, Cell[]>;

const KEY = 'a.parquet';

/** A file of our own writer in a store that remembers what was read of it. */
export function stored(schema: TableSchema, rows: Rows, rowGroupSize = 100) {
  const parts: Uint8Array[] = [];
  const output = { write: (bytes: Uint8Array) => void parts.push(bytes.slice()) };
  const writer = new ParquetWriter(schema, { rowGroupSize }, output, gatherers.begin());
  const columns = Object.entries(schema).map(([name, type]) => [name, columnOf(type, rows[name]!)]);
  const count = Math.max(...Object.values(rows).map(values => values.length));
  writer.write({ table: 'conn', rows: count, columns: Object.fromEntries(columns) });
  writer.finish();
  const bytes = new Uint8Array(Buffer.concat(parts));
  const reads: number[] = [];
  const objects = {
    async get(key: string, range: { start: number; end: number }) {
      if (key !== KEY) return undefined;
      reads.push(range.end - range.start);
      return bytes.slice(range.start, range.end);
    },
  } as unknown as Objects;
  const file: TableFile = { table: 'conn', key: KEY, rows: count, bytes: bytes.length };
  return { objects, file, bytes, reads };
}
