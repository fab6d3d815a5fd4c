import type { DuckDBConnection } from '@duckdb/node-api';
import type { Objects } from '../../storage/objects.ts';
import { type ColumnType, TABLES, type TableName } from '../table.ts';
import { type Catalog, tableFiles } from './catalog.ts';

/** DuckDB is an optional package: everything but SQL works without it. */
export class DuckDbMissingError extends Error {
  constructor(cause: unknown) {
    super('SQL needs DuckDB, which is not installed: npm install @duckdb/node-api', { cause });
    this.name = 'DuckDbMissingError';
  }
}

const DUCKDB_TYPES: Record<ColumnType, string> = {
  timestamp: 'TIMESTAMP_NS',
  int32: 'INTEGER',
  int64: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  string: 'VARCHAR',
  'list<string>': 'VARCHAR[]',
  'list<double>': 'DOUBLE[]',
};

/**
 * Opens a database in memory in which each table of the index is a view. `pathOf` gives the path of a table's file on
 * this machine.
 */
export async function openDatabase(
  catalog: Catalog,
  pathOf: (key: string) => Promise<string>,
): Promise<DuckDBConnection> {
  const { DuckDBInstance } = await import('@duckdb/node-api').catch(cause => {
    throw new DuckDbMissingError(cause);
  });
  const connection = await (await DuckDBInstance.create()).connect();
  for (const table of Object.keys(TABLES) as TableName[]) {
    const paths = await Promise.all(tableFiles(catalog, table).map(file => pathOf(file.key)));
    await connection.run(`create view ${table} as ${selectFrom(table, paths)}`);
  }
  return connection;
}

/** A table without a file, since none of the captures has a row for it, is empty. */
function selectFrom(table: TableName, paths: string[]): string {
  if (paths.length > 0) {
    const list = paths.map(path => `'${path.replaceAll("'", "''")}'`).join(', ');
    return `select * exclude ("table") from read_parquet([${list}], hive_partitioning = true, hive_types_autocast = false)`;
  }
  const columns = Object.entries(TABLES[table]).map(
    ([name, type]) => `null::${DUCKDB_TYPES[type]} as "${name}"`,
  );
  return `select ${columns.join(', ')}, null::VARCHAR as cluster, null::VARCHAR as day where false`;
}

/** Copies a table's file to this machine, for a store that DuckDB cannot read. */
export async function download(objects: Objects, key: string): Promise<Uint8Array> {
  const bytes = await objects.get(key);
  if (!bytes) throw new Error(`${key}, which the index names, is gone; index the capture again`);
  return bytes;
}
