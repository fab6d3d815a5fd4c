import type { CaptureSummary } from '../../lib/index/summary.ts';
import { parseArguments } from '../arguments.ts';
import { indexLocalFile } from '../local-index.ts';
import { showProgress } from '../progress.ts';
import { drawingOf, drawTable } from '../text-table.ts';

export const usage = `Usage: capturectl index FILE… [--out DIR] [--json]

Reads capture files (pcap, pcapng, in gzip, zstd or tar.gz) and says what is in them.

  --out DIR   keep the index there, as Parquet; add to it when it is there already
  --json      one JSON object per file, on one line
`;

export async function run(args: string[]): Promise<number> {
  const options = { out: { type: 'string' }, json: { type: 'boolean' } } as const;
  const { values, positionals } = parseArguments(args, options, { name: 'FILE', least: 1, most: Infinity });
  let failures = 0;
  const summaries: CaptureSummary[] = [];
  for (const path of positionals) {
    using progress = showProgress(path);
    try {
      const summary = await indexLocalFile(path, values.out, progress.report);
      if (values.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
      else summaries.push(summary);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      progress[Symbol.dispose]();
      process.stderr.write(`capturectl: ${error.message}\n`);
      failures++;
    }
  }
  if (summaries.length > 0) process.stdout.write(describe(summaries));
  return failures > 0 ? 1 : 0;
}

function describe(summaries: CaptureSummary[]): string {
  const heads = [
    'FILE',
    'PACKETS',
    'DUPLICATES',
    'FLOWS',
    'DNS',
    'TLS',
    'HTTP',
    'RETRANSMISSIONS',
    'FINDINGS',
    'FROM',
    'TO',
  ];
  const rows = summaries.map(summary => [
    summary.file,
    String(summary.packets),
    String(summary.duplicates),
    String(summary.flows),
    String(summary.dnsTransactions),
    String(summary.tlsHandshakes),
    String(summary.httpRequests),
    String(summary.retransmissions),
    String(summary.findings),
    summary.firstPacket?.slice(0, 19) ?? '-',
    summary.lastPacket?.slice(0, 19) ?? '-',
  ]);
  const partial = summaries.filter(summary => summary.partial !== false);
  const notes = partial.map(summary => `${summary.file} is partial: ${summary.partial}\n`);
  return drawTable(heads, rows, drawingOf(process.stdout)) + notes.join('');
}
