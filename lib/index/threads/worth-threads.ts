import { readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { AVERAGE_RECORD_BYTES, averageRecord } from '../../pcap/average-record.ts';
import { isCompressed } from '../../pcap/container/compressed.ts';
import { readHead } from '../engine/source.ts';

/** Below all of these a file is read sooner than a thread has started: bytes, */
export const WORTH_A_THREAD = 128 * 1024 * 1024;
/** bytes of a compressed file, which holds several times as much, */
const COMPRESSED_WORTH_A_THREAD = 16 * 1024 * 1024;
/** and packets. */
const PACKETS_WORTH_A_THREAD = 500_000;
/** Bytes of addresses, plenty for several threads. */
const ADDRESS_SPACE = 64 * 1024 ** 3;

/** Whether a file is indexed sooner by several threads. */
export function isWorthThreads(path: string): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size < COMPRESSED_WORTH_A_THREAD || availableParallelism() === 1) return false;
  const isWorthIt = size >= WORTH_A_THREAD || startsCompressed(path) || hasManyPackets(path, size);
  return isWorthIt && !isAddressSpaceScarce();
}

/** As far as its beginning tells. */
function hasManyPackets(path: string, size: number): boolean {
  const bytes = averageRecord(readHead(path, AVERAGE_RECORD_BYTES));
  return bytes !== undefined && size / bytes >= PACKETS_WORTH_A_THREAD;
}

/** Each thread wants gigabytes of addresses for its WebAssembly (`ulimit -v`; proc(5), /proc/pid/limits). */
function isAddressSpaceScarce(): boolean {
  try {
    const limit = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return limit !== undefined && Number(limit) < ADDRESS_SPACE;
  } catch {
    return false; // not Linux
  }
}

export function startsCompressed(path: string): boolean {
  return isCompressed(readHead(path, 4));
}
