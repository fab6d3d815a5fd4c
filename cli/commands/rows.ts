import type { Catalog } from '../../lib/index/query/catalog.ts';
import { type Row, readRows } from '../../lib/index/query/rows.ts';
import type { TableName } from '../../lib/index/table.ts';
import { parseArguments, wholeNumber } from '../arguments.ts';
import { CAPTURE_OPTIONS, CAPTURE_USAGE } from '../capture-options.ts';
import { UsageError } from '../errors.ts';
import { addIdentity } from '../identity.ts';
import { openTarget } from '../targets.ts';
import { drawingOf, drawTable } from '../text-table.ts';
import { VIEWS, type View } from '../views.ts';

const DEFAULT_LIMIT = '100';
const SORTED_AT_ONCE = 10_000;
const NODE = 'seen_on';

function command(name: string, table: TableName, what: string) {
  const view = VIEWS[table]!;
  return {
    usage: `Usage: capturectl ${name} FILE|DIR|CAPTURE [--limit N]${view.failed ? ' [--failed]' : ''} [--json]

Shows ${what}. FILE is a capture file, DIR an index made by capturectl index --out,
CAPTURE the name of a Capture in the cluster.

  --limit N   show at most N rows, 0 for all (${DEFAULT_LIMIT}; with --json all)
  --json      one JSON object per row, on one line, with every column of the table '${table}'
${view.failed ? `  --failed    only ${view.failed.what}\n` : ''}
${CAPTURE_USAGE}`,
    async run(args: string[]): Promise<number> {
      const options = {
        ...CAPTURE_OPTIONS,
        json: { type: 'boolean' },
        limit: { type: 'string' },
        failed: { type: 'boolean' },
      } as const;
      const positionals = { name: 'FILE|DIR|CAPTURE', least: 1, most: 1 };
      const parsed = parseArguments(args, options, positionals);
      const limit =
        wholeNumber('limit', parsed.values.limit ?? (parsed.values.json ? '0' : DEFAULT_LIMIT)) || Infinity;
      await using target = await openTarget(parsed.positionals[0]!, parsed.values);
      const { catalog } = target;
      if (parsed.values.failed && !view.failed) throw new UsageError(`${name} has no option --failed`);
      const wanted = parsed.values.failed ? view.failed!.test : () => true;
      if (parsed.values.json) await printJson(readAll(catalog, table, wanted), limit);
      else await printTable(catalog, readAll(catalog, table, wanted, view.columns), view, limit);
      return 0;
    },
  };
}

async function* readAll(
  { objects, indexed }: Catalog,
  table: TableName,
  wanted: (row: Row) => boolean,
  columns?: string[],
): AsyncGenerator<Row> {
  for (const { files, origin } of indexed) {
    for (const file of files.filter(one => one.table === table)) {
      for await (const row of readRows(objects, file, columns)) {
        if (!wanted(row)) continue;
        if (columns) row[NODE] = origin.node ?? null; // a table of several captures tells them apart by it
        yield row;
      }
    }
  }
}

async function printJson(rows: AsyncGenerator<Row>, limit: number): Promise<void> {
  let left = limit;
  for await (const row of rows) {
    if (left-- <= 0) return;
    if (!process.stdout.write(`${JSON.stringify(row)}\n`)) {
      await new Promise(resolve => process.stdout.once('drain', resolve));
    }
  }
}

async function printTable(
  catalog: Catalog,
  source: AsyncGenerator<Row>,
  view: View,
  limit: number,
): Promise<void> {
  let shown: Row[] = [];
  let count = 0;
  const keepFirst = () => {
    shown = shown.sort(view.order).slice(0, limit);
  };
  for await (const row of source) {
    count++;
    shown.push(row);
    if (shown.length > limit + SORTED_AT_ONCE) keepFirst(); // a large capture has more rows than fit the memory
  }
  keepFirst();
  const namesMissing = view.columns.includes('uid');
  if (namesMissing) await addIdentity(catalog, shown);
  const { heads, cells } = new Set(shown.map(row => row[NODE])).size > 1 ? withNode(view) : view;
  process.stdout.write(drawTable(heads, shown.map(cells), drawingOf(process.stdout)));
  const more = count - shown.length;
  if (more > 0) process.stderr.write(`${more} more; --limit 0 shows all\n`);
}

/** Of several nodes each row says where it was seen: the same flow is seen on each that it crosses. */
const withNode = ({ heads, cells }: View) => ({
  heads: [...heads, 'SEEN ON'],
  cells: (row: Row) => [...cells(row), String(row[NODE] ?? '')],
});

export const commands = {
  flows: command(
    'flows',
    'conn',
    'the flows, with pods and services in place of addresses where they are known',
  ),
  dns: command('dns', 'dns', 'the DNS transactions'),
  tls: command('tls', 'ssl', 'the TLS and QUIC handshakes'),
  http: command('http', 'http', 'the HTTP requests'),
  findings: command('findings', 'findings', 'what is wrong, worst first'),
};
