import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Catalog } from '../../lib/index/query/catalog.ts';
import { download, openDatabase } from '../../lib/index/query/sql.ts';
import { parseArguments } from '../arguments.ts';
import { CAPTURE_OPTIONS, CAPTURE_USAGE } from '../capture-options.ts';
import { CommandError } from '../errors.ts';
import { openTarget } from '../targets.ts';
import { drawingOf, drawTable } from '../text-table.ts';

export const usage = `Usage: capturectl sql FILE|DIR|CAPTURE 'select …' [--json]

Asks the tables of an index with DuckDB: conn, dns, ssl, http, weird, packets, findings, capture.

  --json   one JSON object per row, on one line

capturectl sql DIR 'select resp_service, count(*) from conn group by all order by 2 desc'

${CAPTURE_USAGE}`;

export async function run(args: string[]): Promise<number> {
  const options = { ...CAPTURE_OPTIONS, json: { type: 'boolean' } } as const;
  const parsed = parseArguments(args, options, { name: "DIR or 'select …'", least: 2, most: 2 });
  await using target = await openTarget(parsed.positionals[0]!, parsed.values);
  await using files = await localFiles(target.catalog);
  const connection = await openDatabase(target.catalog, files.pathOf);
  try {
    const result = await connection.runAndReadAll(parsed.positionals[1]!);
    const names = result.columnNames();
    if (parsed.values.json) {
      for (const row of result.getRowObjectsJson()) process.stdout.write(`${JSON.stringify(row)}\n`);
    } else {
      const rows = result.getRowsJson().map(row => row.map(show));
      process.stdout.write(drawTable(names, rows, drawingOf(process.stdout)));
    }
    return 0;
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    connection.closeSync();
  }
}

function show(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

interface LocalFiles extends AsyncDisposable {
  pathOf(key: string): Promise<string>;
}

/** Table files as paths: of a folder as they are, of any other store as copies. */
async function localFiles({ objects, folder }: Catalog): Promise<LocalFiles> {
  if (folder !== undefined) {
    return { pathOf: async key => resolve(folder, key), [Symbol.asyncDispose]: async () => {} };
  }
  const copies = await mkdtemp(join(tmpdir(), 'capturectl-'));
  return {
    async pathOf(key) {
      // Partitions and all, because DuckDB reads them from the path; the prefix is left out.
      const path = join(copies, key.slice(key.indexOf('table=')));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, await download(objects, key));
      return path;
    },
    [Symbol.asyncDispose]: () => rm(copies, { recursive: true, force: true }),
  };
}
