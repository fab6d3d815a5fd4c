import type { Objects } from '../../storage/objects.ts';
import { timestampText } from '../engine/names.ts';
import type { TableFile } from '../store/table-files.ts';
import { TABLES, type TableName } from '../table.ts';
import { type Columns, openTable, readAllColumns } from './columns.ts';
import type { Cell, Column } from './parquet/column.ts';

/** A value as JSON has it: times as RFC 3339 with nanoseconds, whole numbers as numbers where they are exact. */
export type Value = string | number | boolean | null | (string | number)[];
export type Row = Record<string, Value>;

/** Makes rows of a row group, by their number in it. */
export type RowMaker = (row: number) => Row;

/** The rows of a file in the order in which they lie; of `names` of columns, or of all. */
export async function* readRows(
  objects: Objects,
  file: TableFile,
  names: readonly string[] = Object.keys(TABLES[file.table]),
): AsyncGenerator<Row> {
  const table = await openTable(objects, file);
  for await (const { columns, rows } of readAllColumns(table, names)) {
    const rowAt = rowMaker(file.table, columns, names);
    for (let row = 0; row < rows; row++) yield rowAt(row);
  }
}

/** Makes rows of columns that were read, in the order of the table. */
export function rowMaker(table: TableName, columns: Columns, names: readonly string[]): RowMaker {
  const wanted = new Set(names);
  const makers: [string, (row: number) => Value][] = [];
  for (const [name, type] of Object.entries(TABLES[table])) {
    if (!wanted.has(name)) continue;
    const column = columns(name);
    makers.push([name, type === 'timestamp' ? timestamps(column) : row => plain(column(row))]);
  }
  return row => {
    const made: Row = {};
    for (const [name, valueAt] of makers) made[name] = valueAt(row);
    return made;
  };
}

function timestamps(column: Column): (row: number) => Value {
  return row => {
    const time = column(row);
    return typeof time === 'bigint' ? timestampText(time) : null;
  };
}

function plain(cell: Cell): Value {
  if (typeof cell === 'bigint') {
    return cell >= Number.MIN_SAFE_INTEGER && cell <= Number.MAX_SAFE_INTEGER ? Number(cell) : String(cell);
  }
  return cell as Value; // lists are of text and doubles only
}
