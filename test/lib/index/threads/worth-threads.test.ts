import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { isWorthThreads, WORTH_A_THREAD } from '../../../../lib/index/threads/worth-threads.ts';
import { manyPackets } from './many-packets.ts';

const folder = mkdtempSync(join(tmpdir(), 'worth-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('takes several threads for large files, and sooner for compressed ones', () => {
  const file = join(folder, 'sized.pcap');
  const isWorthIt = (head: Uint8Array, size: number) => {
    writeFileSync(file, head);
    truncateSync(file, size);
    return isWorthThreads(file);
  };
  const [other, gzip] = [Buffer.alloc(24), gzipSync('')];
  expect([isWorthIt(other, WORTH_A_THREAD - 1), isWorthIt(other, WORTH_A_THREAD)]).toEqual([false, true]);
  expect([isWorthIt(gzip, (16 << 20) - 1), isWorthIt(gzip, 16 << 20)]).toEqual([false, true]);
});

it('takes several threads for many packets', () => {
  const file = join(folder, 'dense.pcap');
  writeFileSync(file, manyPackets(2000)); // 58 bytes each
  truncateSync(file, 58 * 499_999);
  expect(isWorthThreads(file)).toBe(false);
  truncateSync(file, 58 * 500_001);
  expect(isWorthThreads(file)).toBe(true);
  truncateSync(file, 24);
  expect(isWorthThreads(file)).toBe(false);
});

it('takes one thread where there are not addresses enough for several', () => {
  const file = join(folder, 'scarce.pcap');
  writeFileSync(file, '');
  truncateSync(file, WORTH_A_THREAD);
  const module = join(import.meta.dirname, '../../../../lib/index/threads/worth-threads.ts');
  const script = 'import(process.argv[1]).then(m => console.log(m.isWorthThreads(process.argv[2])))';
  const run = (limit: string) => {
    const command = `ulimit -v ${limit} && exec "$0" "$@"`;
    return execFileSync('sh', ['-c', command, process.execPath, '-e', script, module, file])
      .toString()
      .trim();
  };
  expect([run('unlimited'), run('16000000')]).toEqual(['true', 'false']);
});
