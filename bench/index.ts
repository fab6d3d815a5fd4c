import { createWriteStream, existsSync, linkSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { tarball } from '../workload/tarball.ts';
import { compare } from './measure.ts';

/** A tool of the field, and how many times its time indexing may take at most. */
interface Peer {
  argv: string[];
  goal?: number;
}

export interface IndexBench {
  capturectl: string[];
  /** Where captures are, and what is written meanwhile goes. */
  captures: string;
  scratch: string;
  rounds: number;
}

/** How long it takes to index one of the generated captures, Parquet and all: bare, as tar.gz, and as our own archive. */
export async function benchIndex(name: string, bench: IndexBench): Promise<void> {
  const pcap = join(bench.captures, `${name}.pcap`);
  const archive = join(bench.captures, `${name}.tar.gz`);
  const blocks = join(bench.captures, `${name}.blocks.tar.gz`);
  if (!existsSync(blocks)) await writeOurArchive(pcap, blocks);
  mkdirSync(bench.scratch, { recursive: true });
  try {
    await report(pcap, peersOf(pcap, bench.scratch), bench);
    await report(archive, { 'gzip -dc': { argv: ['gzip', '-dc', archive], goal: 0.6 } }, bench);
    await report(blocks, { 'gzip -dc': { argv: ['gzip', '-dc', archive], goal: 0.4 } }, bench);
  } finally {
    rmSync(bench.scratch, { recursive: true, force: true });
  }
}

function peersOf(pcap: string, scratch: string): Record<string, Peer> {
  const flows = join(scratch, 'nfpcapd');
  mkdirSync(flows, { recursive: true });
  return {
    'capinfos -c': { argv: ['capinfos', '-c', pcap], goal: 2.5 },
    'tcpdump -w /dev/null': { argv: ['tcpdump', '-Z', 'root', '-r', pcap, '-w', '/dev/null'], goal: 2 },
    // It decodes no SLL2.
    ...(isInstalled('nfpcapd') &&
      !pcap.includes('sll2') && {
        'nfpcapd -r': { argv: ['nfpcapd', '-r', pcap, '-w', flows], goal: 1 },
      }),
    ...(process.env.BENCH_TSHARK && {
      'tshark -q -z conv,tcp': { argv: ['tshark', '-r', pcap, '-q', '-z', 'conv,tcp'], goal: 1 / 45 },
    }),
  };
}

async function report(path: string, peers: Record<string, Peer>, bench: IndexBench): Promise<void> {
  const out = join(bench.scratch, 'out');
  const programs = {
    capturectl: [...bench.capturectl, 'index', path, '--json', '--out', out],
    ...Object.fromEntries(Object.entries(peers).map(([name, { argv }]) => [name, argv])),
  };
  const results = await compare(programs, bench.rounds, () => rmSync(out, { recursive: true, force: true }));
  const ours = results.capturectl!.seconds;
  console.log(`\n${path}, median of ${bench.rounds}`);
  for (const [name, { seconds, peak }] of Object.entries(results)) {
    const goal = peers[name]?.goal;
    const goalText = goal === undefined ? '' : `, the goal is ${goal.toPrecision(2)}`;
    const ratio =
      name === 'capturectl' ? '' : `index takes ${(ours / seconds).toPrecision(3)} × as long${goalText}`;
    console.log(
      `  ${name.padEnd(22)} ${seconds.toFixed(2).padStart(7)} s  ${peak.toFixed(0).padStart(5)} MiB  ${ratio}`,
    );
  }
}

/** The archive that the capture program makes of a capture: many gzip members, each of them small. */
async function writeOurArchive(pcap: string, archive: string): Promise<void> {
  const folder = mkdtempSync(`${archive}.`);
  try {
    linkSync(pcap, join(folder, 'capture.pcap'));
    await pipeline(Readable.from(tarball(folder)), createWriteStream(archive));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => existsSync(join(folder, program)));
}
