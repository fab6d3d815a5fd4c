import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { BLOCK_BYTES } from '../lib/pcap/container/gzip-member.ts';
import { CaptureError } from './errors.ts';

const compress = promisify(gzip);

/** On captures less than half of the CPU time of level 6, for 3 to 4 % more bytes: the node has other work to do. */
const LEVEL = 4;
/** The most: deflate's blocks are twice as long, for up to a sixth less CPU time, 4 % less for who inflates them, and no more bytes. */
const MEMORY_LEVEL = 9;

/** Members that are compressed at the same time. */
const IN_FLIGHT = Math.min(4, availableParallelism() + 1);

/**
 * The files of `directory` as tar.gz: a row of independent gzip members, each of at most
 * {@link BLOCK_BYTES} of input. The captures come first, so that a reader has packets at once; paths are
 * relative to the directory, without a folder above them.
 *
 * @throws CaptureError when tar could not read a file
 */
export async function* tarball(directory: string): AsyncGenerator<Buffer> {
  const pending: Promise<Buffer>[] = [];
  for await (const block of blocks(tar(directory), BLOCK_BYTES)) {
    const member = compress(block, { level: LEVEL, memLevel: MEMORY_LEVEL });
    member.catch(() => {}); // awaited below, in its turn
    pending.push(member);
    if (pending.length >= IN_FLIGHT) yield await pending.shift()!;
  }
  for (const member of pending) yield await member;
}

async function* tar(directory: string): AsyncGenerator<Buffer> {
  const names = await inOrder(directory);
  const child = spawn(
    'tar',
    [
      '--create',
      '--file=-',
      '--format=gnu',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--null',
      '--files-from=-',
    ],
    { cwd: directory, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let complaint = '';
  const closed = new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  closed.catch(() => {});
  child.stderr.setEncoding('utf8').on('data', text => {
    complaint = (complaint + text).slice(0, 1000);
  });
  child.stdin.on('error', () => {}); // tar is gone: its exit code tells
  child.stdin.end(names.map(name => `${name}\0`).join(''));
  try {
    yield* child.stdout;
    const code = await closed;
    if (code !== 0) throw new CaptureError(`tar failed (exit code ${code}): ${complaint}`);
  } finally {
    child.kill(); // the reader may have left early
  }
}

/** Captures first, in order of time: a ring of files begins anywhere, and the oldest was written to longest ago. */
async function inOrder(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).sort();
  const captures = names.filter(name => /\.pcap\d*$/.test(name));
  const written = new Map<string, bigint>();
  for (const name of captures)
    written.set(name, (await stat(join(directory, name), { bigint: true })).mtimeNs);
  captures.sort((a, b) => Number(written.get(a)! - written.get(b)!));
  return [...captures, ...names.filter(name => !written.has(name))];
}

/** The same bytes in blocks of `size`; the last one may be smaller. */
async function* blocks(source: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  for await (const chunk of source) {
    for (let from = 0; from < chunk.length; ) {
      const copied = chunk.copy(block, filled, from);
      from += copied;
      filled += copied;
      if (filled === size) {
        yield block;
        block = Buffer.allocUnsafeSlow(size); // the former one is being compressed
        filled = 0;
      }
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
