import { once } from 'node:events';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setInterval, setTimeout } from 'node:timers/promises';
import type { Settings } from './env.ts';
import { sentence } from './errors.ts';
import { combineFilters, validateFilter } from './filter.ts';
import { type Counts, Tcpdump } from './tcpdump.ts';

const SIZE_CHECK_MS = 250;
const MEBIBYTE = 1024 * 1024;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** libpcap hands packets over in blocks, up to this much later (tcpdump's read timeout, TPACKET_V3). */
const HANDED_OVER_MS = 1_000;
const PCAP_HEADER_BYTES = 24; // a file of this size holds no packet

export interface Captured extends Counts {
  /** Why the capture is not all that was asked for, although there are packets. */
  error?: string;
}

/**
 * Captures packets into `directory`, one file for each interface, until the duration has passed, the files
 * have reached their size, or `stop` is aborted.
 *
 * @throws CaptureError when it could not run and there is nothing to keep
 */
export async function capture(settings: Settings, directory: string, stop: AbortSignal): Promise<Captured> {
  const filter = combineFilters(settings.filter);
  await validateFilter(filter, settings.interfaces);
  const runs = settings.interfaces.map(
    name => new Tcpdump({ ...settings, interface: name, file: pcapFile(settings, directory, name), filter }),
  );
  await untilEnough(settings, directory, runs, stop);
  await Promise.all(runs.map(run => run.stop()));

  await writeFile(join(directory, 'tcpdump.log'), runs.map(run => run.log).join('\n'));
  const failures = runs.flatMap(run => run.failure ?? []);
  if (failures.length > 0 && !(await pcapSizes(directory)).some(size => size > PCAP_HEADER_BYTES))
    throw failures[0]!;
  return {
    captured: runs.reduce((sum, run) => sum + run.counts.captured, 0),
    dropped: runs.reduce((sum, run) => sum + run.counts.dropped, 0),
    ...(failures.length > 0 && { error: failures.map(sentence).join('; ') }),
  };
}

/**
 * Resolves when it is time to stop: by the settings, by `stop`, or because a tcpdump has ended on its own.
 * Stopped at the very end of the duration, tcpdump would throw away the packets of its last second.
 */
async function untilEnough(
  settings: Settings,
  directory: string,
  runs: readonly Tcpdump[],
  stop: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  const handedOver = () =>
    setTimeout(settings.flags.includes('--immediate-mode') ? 0 : HANDED_OVER_MS, undefined, { signal });
  const stopped = async () => {
    if (!stop.aborted) await once(stop, 'abort', { signal });
    await handedOver();
  };
  const ended = Promise.race(runs.map(run => run.ended));
  const enough = async () => {
    await Promise.all(runs.map(run => run.listening));
    await Promise.race([
      durationPassed(settings.durationMs, signal).then(handedOver),
      settings.fileCount > 0 ? forever(signal) : sizeReached(settings.maxSizeMB, directory, signal),
    ]);
  };
  await Promise.race([stopped(), ended, enough()]).catch(() => {}); // of tcpdump's failures its own record tells
  over.abort();
}

async function durationPassed(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds === 0) return forever(signal);
  await setTimeout(Math.min(milliseconds, LONGEST_TIMER_MS), undefined, { signal });
}

async function sizeReached(megabytes: number, directory: string, signal: AbortSignal): Promise<void> {
  if (megabytes === 0) return forever(signal);
  for await (const _ of setInterval(SIZE_CHECK_MS, undefined, { signal })) {
    const sizes = await pcapSizes(directory);
    if (sizes.reduce((sum, size) => sum + size, 0) >= megabytes * MEBIBYTE) return;
  }
}

async function forever(signal: AbortSignal): Promise<void> {
  await once(signal, 'abort');
}

/** One interface: the contract's name. Several: the interface's name is in the file's. */
function pcapFile({ fileName, interfaces }: Settings, directory: string, name: string): string {
  return join(directory, `${fileName}${interfaces.length > 1 ? `-${name}` : ''}.pcap`);
}

/** Sizes of the pcap files, rotated ones (`.pcap0`, `.pcap1`, …) among them. */
async function pcapSizes(directory: string): Promise<number[]> {
  const names = (await readdir(directory)).filter(name => /\.pcap\d*$/.test(name));
  return Promise.all(names.map(async name => (await stat(join(directory, name))).size));
}
