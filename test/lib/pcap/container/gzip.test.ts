import { constants, gzipSync } from 'node:zlib';
import { gunzip } from '../../../../lib/pcap/container/gzip.ts';

const HEADER = gzipSync('').subarray(0, 10);

/** Uncompressed, so that what the text holds is found in the member. */
const stored = (bytes: Buffer) => gzipSync(bytes, { level: constants.Z_NO_COMPRESSION });

async function read(file: Buffer, chunkBytes: number) {
  const members: [compressed: number, inflated: number][] = [];
  const chunks = (async function* () {
    for (let at = 0; at < file.length; at += chunkBytes) yield file.subarray(at, at + chunkBytes);
  })();
  const parts: Uint8Array[] = [];
  for await (const part of gunzip(chunks, (...place) => members.push(place))) parts.push(part);
  return { members, content: Buffer.concat(parts) };
}

describe.each([7, 64, 1 << 20])('in chunks of %i bytes', chunkBytes => {
  it.each([
    ['a header of another program', Buffer.concat([HEADER.subarray(0, 9), Buffer.of(HEADER[9]! ^ 0xff)])],
    ['a header that breaks off', HEADER.subarray(0, 8)],
    ['a header like those of the members', HEADER],
  ])('tells members apart though one holds %s', async (_what, lookAlike) => {
    const first = Buffer.concat([Buffer.from('captured: '), lookAlike, Buffer.from(' and more')]);
    const second = Buffer.from('the second one');
    const [one, other] = [stored(first), stored(second)];
    const { members, content } = await read(Buffer.concat([one, other]), chunkBytes);
    expect(members).toEqual([
      [0, 0],
      [one.length, first.length],
    ]);
    expect(content).toEqual(Buffer.concat([first, second]));
  });
});
