import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startCountingProxy } from './counting-proxy.ts';
import { startIndexedCloud } from './indexed-cloud.ts';
import { compare } from './measure.ts';

const LIMIT_SECONDS = 0.2; // whole command, from the embedded S3
const LIMIT_SHARE = 0.02; // of the file
const PACKETS = 50;

interface Flow {
  uid: string;
  id_orig_h: string;
  id_orig_p: number;
  orig_pkts: number;
  resp_pkts: number;
  proto: string;
}

/**
 * How long it takes to cut one flow out of a large capture, as a user sees it: from the embedded S3, as a bare pcap and
 * as our own archive, and from a folder; against tcpdump, which reads the file from its beginning.
 */
export async function benchCut(
  pcap: string,
  capturectl: string[],
  folder: string,
  rounds: number,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const cloud = await startIndexedCloud(pcap, join(folder, 'cloud'));
  Object.assign(process.env, cloud.environment, { XDG_CACHE_HOME: join(folder, 'cache') });
  try {
    const index = join(folder, 'index');
    await compare({ index: [...capturectl, 'index', pcap, '--out', index] }, 1, () => {});
    const command = (target: string, flow: Flow) => [
      ...[...capturectl, 'cut', target, '--flow', flow.uid],
      ...['-w', join(folder, 'flow.pcapng')],
    ];
    const flow = await flowOf(capturectl, index);
    const programs = {
      'from S3, a pcap': command('bare', await flowOf(capturectl, 'bare')),
      'from S3, our tar.gz': command('archive', await flowOf(capturectl, 'archive')),
      'from a folder': command(index, flow),
      'tcpdump -r … host … and port …': [
        ...['tcpdump', '-Z', 'root', '-r', pcap, '-w', join(folder, 'tcpdump.pcap')],
        ...['host', flow.id_orig_h, 'and', 'port', String(flow.id_orig_p)],
      ],
      ...(process.env.BENCH_TSHARK && {
        'tshark -r … -Y …': [
          ...['tshark', '-r', pcap, '-w', join(folder, 'tshark.pcapng')],
          ...['-Y', `ip.addr == ${flow.id_orig_h} and tcp.port == ${flow.id_orig_p}`],
        ],
      }),
    };
    const results = await compare(programs, rounds, () => {});
    const { size } = statSync(pcap);
    console.log(`\na flow of ${PACKETS} packets out of ${size} bytes, median of ${rounds}`);
    for (const [name, { seconds }] of Object.entries(results)) {
      const traffic = name.includes('S3')
        ? await trafficOf(programs[name as keyof typeof programs]!)
        : undefined;
      console.log(
        `  ${name.padEnd(32)} ${seconds.toFixed(2).padStart(7)} s  ${traffic ? describe(traffic, size) : ''}`,
      );
      if (traffic) check(name, seconds, traffic.bytes / size);
    }
    const ratio = results['from S3, a pcap']!.seconds / results['tcpdump -r … host … and port …']!.seconds;
    console.log(`  the first takes ${ratio.toFixed(2)} × as long as tcpdump`);
  } finally {
    await cloud.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The last TCP flow of so many packets, over IPv4. */
async function flowOf(capturectl: string[], target: string): Promise<Flow> {
  const [program, ...args] = [...capturectl, 'flows', target, '--json'];
  const { stdout } = await promisify(execFile)(program!, args, { maxBuffer: 2 ** 30 });
  const rows = stdout.trim().split('\n');
  const flows = rows.map(row => JSON.parse(row) as Flow);
  const found = flows.findLast(
    flow =>
      flow.proto === 'tcp' && flow.orig_pkts + flow.resp_pkts === PACKETS && flow.id_orig_h.includes('.'),
  );
  if (!found) throw new Error(`${target} has no flow of ${PACKETS} packets`);
  return found;
}

interface Traffic {
  requests: number;
  bytes: number;
}

/** What a command asks of the store, in a run of its own. */
async function trafficOf(argv: string[]): Promise<Traffic> {
  const direct = process.env.AWS_ENDPOINT_URL_S3!;
  await using proxy = await startCountingProxy(direct);
  process.env.AWS_ENDPOINT_URL_S3 = proxy.url;
  try {
    await compare({ counted: argv }, 1, () => {});
  } finally {
    process.env.AWS_ENDPOINT_URL_S3 = direct;
  }
  return { requests: proxy.requests, bytes: proxy.bytes };
}

function describe({ requests, bytes }: Traffic, size: number): string {
  return `${requests} requests, ${(bytes / 1e6).toFixed(2)} MB (${((bytes / size) * 100).toFixed(2)} % of the file)`;
}

function check(name: string, seconds: number, share: number): void {
  if (seconds > LIMIT_SECONDS) console.log(`  ${name}: above the limit of ${LIMIT_SECONDS} s`);
  if (share > LIMIT_SHARE) console.log(`  ${name}: above the limit of ${LIMIT_SHARE * 100} %`);
}
