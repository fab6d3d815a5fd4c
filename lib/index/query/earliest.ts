import type { Objects } from '../../storage/objects.ts';
import type { TableFile } from '../store/table-files.ts';
import { type OpenTable, openTable, rangeOf, readColumns } from './columns.ts';
import type { RowGroup } from './parquet/footer.ts';
import { type Row, rowMaker } from './rows.ts';

/** Which rows of a table are wanted. */
export interface Condition {
  columns: string[]; // that `test` looks at
  test(row: Row): boolean;
}

export interface Question {
  columns: string[];
  limit: number;
  condition?: Condition | undefined;
}

/** A row, and the file that it is from. */
export interface Found {
  row: Row;
  file: TableFile;
}

interface Group {
  file: TableFile;
  table: OpenTable;
  rows: RowGroup;
  from: number; // the least time in it
}

interface Place {
  time: bigint;
  group: Group;
  row: number;
}

/**
 * The earliest rows of a table's files, in order of time, and how many rows there are in all. Of row groups that can
 * have none of them nothing is read, or, under a condition, only what it looks at; of the others first the times.
 */
export async function earliestRows(
  objects: Objects,
  files: readonly TableFile[],
  { columns, limit, condition }: Question,
): Promise<{ found: Found[]; count: number }> {
  const opened = await Promise.all(files.map(async file => groupsOf(file, await openTable(objects, file))));
  const groups = opened.flat().sort((a, b) => a.from - b.from);
  let places: Place[] = [];
  let count = 0;
  for (const group of groups) {
    const last = places.length >= limit ? places.at(-1)! : undefined;
    const tooLate = last !== undefined && group.from > Number(last.time);
    if (tooLate && !condition) {
      count += group.rows.rows;
      continue;
    }
    const matching = await matchingRows(group, condition);
    count += matching.length;
    if (!tooLate) places = [...places, ...matching].sort(byTime).slice(0, limit);
  }
  return { found: await readPlaces(places, columns), count };
}

function groupsOf(file: TableFile, table: OpenTable): Group[] {
  return table.groups.map(rows => ({ file, table, rows, from: Number(rangeOf(rows, 'ts').low) }));
}

function byTime(a: Place, b: Place): number {
  return a.time < b.time ? -1 : a.time > b.time ? 1 : 0;
}

async function matchingRows(group: Group, condition: Condition | undefined): Promise<Place[]> {
  const looked = condition?.columns ?? [];
  const columns = await readColumns(group.table, group.rows, ['ts', ...looked]);
  const rowAt = rowMaker(group.table.table, columns, looked);
  const places: Place[] = [];
  for (let row = 0; row < group.rows.rows; row++) {
    if (condition && !condition.test(rowAt(row))) continue;
    places.push({ time: BigInt((columns('ts')(row) ?? 0) as bigint), group, row });
  }
  return places;
}

async function readPlaces(places: readonly Place[], names: string[]): Promise<Found[]> {
  const makers = new Map(
    await Promise.all(
      [...new Set(places.map(({ group }) => group))].map(async group => {
        const columns = await readColumns(group.table, group.rows, names);
        return [group, rowMaker(group.table.table, columns, names)] as const;
      }),
    ),
  );
  return places.map(({ group, row }) => ({ row: makers.get(group)!(row), file: group.file }));
}
