import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { jest } from '@jest/globals';
import { standByFor, type Threads, takeThreads } from '../../../../lib/index/threads/standing-by.ts';
import { WORTH_A_THREAD } from '../../../../lib/index/threads/worth-threads.ts';

const folder = mkdtempSync(join(tmpdir(), 'standing-by-'));
afterAll(() => rmSync(folder, { recursive: true }));

const taken: Threads[] = [];
afterEach(async () => {
  for (const { tables, inflaters } of taken.splice(0))
    await Promise.all([tables.terminate(), inflaters?.end()]);
});

async function take(path: string): Promise<Threads> {
  const threads = await takeThreads(path);
  taken.push(threads);
  return threads;
}

function file(name: string, head: Uint8Array, size: number): string {
  const path = join(folder, name);
  writeFileSync(path, head);
  truncateSync(path, size);
  return path;
}

const bare = file('bare.pcap', Buffer.alloc(24), WORTH_A_THREAD);
const archive = file('archive.tar.gz', gzipSync('short'), 16 << 20);

it('takes the threads that were started for a file before the program was loaded, once', async () => {
  standByFor(join(folder, 'absent.pcap'));
  standByFor(file('small.pcap', Buffer.alloc(24), WORTH_A_THREAD - 1));
  standByFor(archive);
  const mark = await nextNumber();
  standByFor(archive); // one row of threads is enough
  const standing = await take(archive);
  const other = await take(archive);
  expect(standing.tables.threadId).toBeLessThan(mark);
  expect(other.tables.threadId).toBeGreaterThan(mark);
  await Promise.all([standing.inflaters!.begun, other.inflaters!.begun]);
});

it('inflates on threads what is compressed only', async () => {
  expect([(await take(bare)).inflaters, (await take(archive)).inflaters !== undefined]).toEqual([
    undefined,
    true,
  ]);
});

it('ends the threads that stood by for another file', async () => {
  standByFor(archive);
  const terminate = jest.spyOn(Worker.prototype, 'terminate');
  await take(bare);
  const ended = await Promise.all(terminate.mock.results.map(({ value }) => value));
  terminate.mockRestore();
  expect(ended.length).toBeGreaterThanOrEqual(2); // who makes tables, and at least one who inflates
});

/** Threads are numbered in the order in which they were started. */
async function nextNumber(): Promise<number> {
  const worker = new Worker('', { eval: true });
  const number = worker.threadId;
  await worker.terminate();
  return number;
}
