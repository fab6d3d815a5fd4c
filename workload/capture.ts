import { once } from 'node:events';
import { readdir, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setInterval, setTimeout } from 'node:timers/promises';
import type { Settings } from './env.ts';
import { CaptureError } from './errors.ts';
import { combineFilters, validateFilter } from './filter.ts';
import { listenOn } from './interfaces.ts';
import { type Counts, Tcpdump } from './tcpdump.ts';
import { countPackets } from './verify.ts';

const SIZE_CHECK_MS = 250;
const MEBIBYTE = 1024 * 1024;
const LONGEST_TIMER_MS = 2 ** 31 - 1; // 24 days
/** libpcap hands packets over in blocks, up to this much later (tcpdump's read timeout, TPACKET_V3). */
const HANDED_OVER_MS = 1_000;

export interface Captured extends Counts {
  /** Why the capture is not all that was asked for, although there are packets. */
  error?: string;
}

/**
 * Captures packets into `directory` until the duration has passed, the files have reached their size, or `stop`
 * is aborted.
 *
 * @throws CaptureError when it could not run and there is nothing to keep
 */
export async function capture(settings: Settings, directory: string, stop: AbortSignal): Promise<Captured> {
  const listening = await listenOn(settings.interfaces, combineFilters(settings.filter));
  await validateFilter(listening);
  const file = join(directory, `${settings.fileName}.pcap`);
  const tcpdump = new Tcpdump({ ...settings, ...listening, file });
  await untilEnough(settings, directory, tcpdump, stop);
  const full = await isFull(directory);
  await tcpdump.stop();
  await writeFile(join(directory, 'tcpdump.log'), tcpdump.log).catch(() => {}); // a full disk must not cost the packets
  return examine(settings, directory, tcpdump, full);
}

/** Compares what tcpdump says with what it has written. */
async function examine(
  settings: Settings,
  directory: string,
  tcpdump: Tcpdump,
  full: boolean,
): Promise<Captured> {
  const files = await Promise.all((await pcapFiles(directory)).map(countPackets));
  const written = files.reduce((sum, file) => sum + file.packets, 0);
  const { captured: reported, dropped } = tcpdump.counts;
  const complete = files.every(file => file.whole) && (isRotating(settings) || written === reported);
  const errors = tcpdump.failure ? [tcpdump.failure.message] : [];
  if (full)
    errors.push(`no space left below ${settings.temporary}: the capture ended with ${written} packets`);
  else if (errors.length === 0 && !complete) {
    errors.push(`${written} of ${reported} packets could be written below ${settings.temporary}`);
  }
  const error = errors.join('; ');
  if (error && written === 0) throw new CaptureError(error);
  return {
    captured: isRotating(settings) ? reported : written,
    dropped,
    ...(error && { error }),
  };
}

/**
 * Resolves when it is time to stop: by the settings, by `stop`, because tcpdump has ended on its own, or
 * because the disk is full, which tcpdump does not notice. Stopped at the very end of the duration, tcpdump would
 * throw away the packets of its last second.
 */
async function untilEnough(
  settings: Settings,
  directory: string,
  tcpdump: Tcpdump,
  stop: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  const handOver = settings.flags.includes('--immediate-mode') ? 0 : HANDED_OVER_MS;
  const stopped = async () => {
    if (!stop.aborted) await once(stop, 'abort', { signal });
    await setTimeout(handOver, undefined, { signal });
  };
  const durationPassed = async () => {
    await tcpdump.listening;
    if (settings.durationMs === 0) await once(signal, 'abort');
    else await setTimeout(Math.min(settings.durationMs + handOver, LONGEST_TIMER_MS), undefined, { signal });
  };
  const spaceUsed = async () => {
    for await (const _ of setInterval(SIZE_CHECK_MS, undefined, { signal })) {
      if ((await isLargeEnough(settings, directory)) || (await isFull(directory))) return;
    }
  };
  const reasons = [stopped(), durationPassed(), spaceUsed(), tcpdump.ended];
  await Promise.race(reasons).catch(() => {}); // of tcpdump's failures its own record tells
  over.abort();
}

async function isLargeEnough(settings: Settings, directory: string): Promise<boolean> {
  if (settings.maxSizeMB === 0 || isRotating(settings)) return false;
  const files = await Promise.all((await pcapFiles(directory)).map(file => stat(file)));
  return files.reduce((sum, { size }) => sum + size, 0) >= settings.maxSizeMB * MEBIBYTE;
}

async function isFull(directory: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize < MEBIBYTE;
}

/** As tcpdump does it: only when both the size and the number of files are given. */
const isRotating = ({ fileCount, maxSizeMB }: Settings) => fileCount > 0 && maxSizeMB > 0;

/** One interface: the contract's name. Several: the interface's name is in the file's. */
/** The pcap files, rotated ones (`.pcap0`, `.pcap1`, …) among them. */
async function pcapFiles(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter(name => /\.pcap\d*$/.test(name));
  return names.map(name => join(directory, name));
}
