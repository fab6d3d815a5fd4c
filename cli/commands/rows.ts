import { type Catalog, tableFiles } from '../../lib/index/query/catalog.ts';
import { type Condition, earliestRows, type Question } from '../../lib/index/query/earliest.ts';
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
const NODE = 'seen_on';

function command(name: string, table: TableName, what: string) {
  const view = VIEWS[table]!;
  return {
    usage: `Usage: capturectl ${name} FILE|DIR|CAPTURE [--limit N]${view.failed ? ' [--failed]' : ''} [--json]

Shows ${what}. FILE is a capture file, or - for standard input,
DIR an index made by capturectl index --out, CAPTURE the name of a Capture in the cluster.

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
      const { failed } = view;
      if (parsed.values.failed && !failed) throw new UsageError(`${name} has no option --failed`);
      const condition = parsed.values.failed ? failed : undefined;
      if (parsed.values.json) await printJson(readAll(catalog, table, condition), limit);
      else await printTable(catalog, table, view, condition, limit);
      return 0;
    },
  };
}

async function* readAll(catalog: Catalog, table: TableName, condition?: Condition): AsyncGenerator<Row> {
  for (const file of tableFiles(catalog, table)) {
    for await (const row of readRows(catalog.objects, file)) if (condition?.test(row) ?? true) yield row;
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
  table: TableName,
  view: View,
  condition: Condition | undefined,
  limit: number,
): Promise<void> {
  const { rows, count } = view.order
    ? await firstRows(catalog, table, view, limit)
    : await earliest(catalog, table, { columns: view.columns, limit, condition });
  if (view.columns.includes('uid')) await addIdentity(catalog, rows); // which `conn` has, and they have not
  const { heads, cells } = new Set(rows.map(row => row[NODE])).size > 1 ? withNode(view) : view;
  process.stdout.write(drawTable(heads, rows.map(cells), drawingOf(process.stdout)));
  const more = count - rows.length;
  if (more > 0) process.stderr.write(`${more} more; --limit 0 shows all\n`);
}

/** In another order than that of time: for a table that is small. */
async function firstRows(
  { objects, indexed }: Catalog,
  table: TableName,
  { columns, order }: View,
  limit: number,
): Promise<{ rows: Row[]; count: number }> {
  const rows: Row[] = [];
  for (const { files, origin } of indexed) {
    for (const file of files.filter(one => one.table === table)) {
      for await (const row of readRows(objects, file, columns))
        rows.push({ ...row, [NODE]: origin.node ?? null });
    }
  }
  return { rows: rows.sort(order).slice(0, limit), count: rows.length };
}

async function earliest(
  catalog: Catalog,
  table: TableName,
  question: Question,
): Promise<{ rows: Row[]; count: number }> {
  const { found, count } = await earliestRows(catalog.objects, tableFiles(catalog, table), question);
  const nodes = new Map(
    catalog.indexed.flatMap(({ files, origin }) => files.map(file => [file, origin.node])),
  );
  return { rows: found.map(({ row, file }) => ({ ...row, [NODE]: nodes.get(file) ?? null })), count };
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
