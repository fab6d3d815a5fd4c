import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from '../../schemas.ts';
import type { Objects } from '../../storage/objects.ts';

const compress = promisify(gzip);
const inflate = promisify(gunzip);
const LARGEST = 256 * 1024 * 1024; // bytes of JSON; a file of 1 GB has about 50 KB
const ROOM = 64 * 1024;

/** Whole numbers, thousands of them, which are checked all at once. */
const Offsets = z.custom<number[]>(
  value => Array.isArray(value) && value.every(offset => Number.isSafeInteger(offset) && offset >= 0),
);

/** How to reach a capture's bytes in the file that was indexed, without reading what lies before them. */
const Positions = z.object({
  /** The captures in the file; `start` is the first byte of one in the inflated file, null where it cannot be reached. */
  members: z.array(
    z.object({
      name: z.string(),
      format: z.enum(['pcap', 'pcapng']),
      start: z.nullable(z.int().check(z.nonnegative())),
    }),
  ),
  /** Where inflating may start, and at which inflated byte that is; empty for a file that is not compressed. */
  gzip: z.object({ compressed: Offsets, inflated: Offsets }),
});
export type Positions = z.infer<typeof Positions>;

export async function savePositions(objects: Objects, key: string, positions: Positions): Promise<void> {
  const body = await compress(JSON.stringify({ ...positions, gzip: differences(positions.gzip) }));
  await objects.put(key, body, { contentType: 'application/json', contentEncoding: 'gzip' });
}

export async function loadPositions(objects: Objects, key: string): Promise<Positions> {
  const body = await objects.get(key);
  if (!body) throw new Error(`${key}, which the index names, is gone; index the capture again`);
  const json = await inflate(body, { chunkSize: ROOM, maxOutputLength: LARGEST });
  const positions = Positions.parse(JSON.parse(json.toString('utf8')));
  return { ...positions, gzip: sums(positions.gzip) };
}

function differences({ compressed, inflated }: Positions['gzip']): Positions['gzip'] {
  const steps = (values: number[]) => values.map((value, i) => value - (values[i - 1] ?? 0));
  return { compressed: steps(compressed), inflated: steps(inflated) };
}

function sums({ compressed, inflated }: Positions['gzip']): Positions['gzip'] {
  const add = (steps: number[]) => {
    let total = 0;
    return steps.map(step => {
      total += step;
      return total;
    });
  };
  return { compressed: add(compressed), inflated: add(inflated) };
}
