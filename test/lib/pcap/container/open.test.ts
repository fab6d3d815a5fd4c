import { gzipSync, zstdCompressSync } from 'node:zlib';
import { openCaptures } from '../../../../lib/pcap/container/open.ts';
import { DEFAULT_LIMITS } from '../../../../lib/pcap/limits.ts';
import { inChunks, Random, tar } from '../mutate.ts';

const capture = Buffer.alloc(4_000_000);
capture.writeUInt32LE(0xa1b2c3d4);
const random = new Random(3);
for (let at = 24; at < capture.length; at++) capture[at] = random.below(256);

const archive = tar([
  { name: 'a.pcap', bytes: capture },
  { name: 'b.pcap', bytes: capture },
]);
const members = [0, 1, 2].map(part => gzipSync(archive.subarray(part * 3_000_000, (part + 1) * 3_000_000)));
const short = Array.from({ length: 80 }, (_, part) =>
  gzipSync(archive.subarray(part * 100_000, (part + 1) * 100_000)),
);

/** Chunks, and whether their source was closed. */
function watched(bytes: Buffer) {
  const state = { closed: false };
  async function* chunks() {
    try {
      yield* inChunks(bytes, new Random(1));
    } finally {
      state.closed = true;
    }
  }
  return { state, chunks: chunks() };
}

it.each([
  ['a bare capture', capture],
  ['tar', archive],
  ['gzip', gzipSync(archive)],
  ['gzip of few long members', Buffer.concat(members)],
  ['gzip of many short members', Buffer.concat(short)],
  ['zstd', zstdCompressSync(archive)],
  ['an archive in an archive', tar([{ name: 'x.tar.gz', bytes: gzipSync(archive) }])],
])('closes what it reads from when its reader leaves early: %s', async (_name, bytes) => {
  const { state, chunks } = watched(bytes);
  for await (const { content } of openCaptures('file', chunks, DEFAULT_LIMITS, () => {})) {
    for await (const chunk of content) if (chunk.length > 0) break;
    break;
  }
  expect(state.closed).toBe(true);
});

it('says what is in an archive, and that a file holds nothing else', async () => {
  const found: unknown[] = [];
  const files = tar([{ name: 'a.pcap', bytes: capture }]);
  for (const bytes of [capture, gzipSync(capture), files]) {
    const { chunks } = watched(bytes);
    for await (const { name, isArchived, start } of openCaptures('file', chunks, DEFAULT_LIMITS, () => {})) {
      found.push([name, isArchived, start]);
    }
  }
  expect(found).toEqual([
    ['file', false, 0],
    ['file', false, 0],
    ['a.pcap', true, 512],
  ]);
});
