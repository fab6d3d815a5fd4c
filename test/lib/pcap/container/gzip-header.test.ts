import { gzipSync } from 'node:zlib';
import {
  findHeader,
  HEADER_BYTES,
  headerEnd,
  isHeaderAt,
} from '../../../../lib/pcap/container/gzip-header.ts';

const plain = gzipSync('content');
const header = plain.subarray(0, HEADER_BYTES);

/** A header with these flags, and what they announce. */
const flagged = (flags: number, ...more: (string | number[])[]) => {
  const fixed = Buffer.from(header);
  fixed[3] = flags;
  return Buffer.concat([fixed, ...more.map(part => Buffer.from(part as string))]);
};

it.each([
  ['nothing more', flagged(0)],
  ['a name', flagged(8, 'capture.pcap\0')],
  ['a comment', flagged(16, 'of a node\0')],
  ['an extra field, as bgzip makes it', flagged(4, [6, 0], 'BC\x02\0', [1, 2])],
  ['a checksum', flagged(2, [1, 2])],
  ['all of them', flagged(30, [1, 0, 7], 'name\0', 'comment\0', [1, 2])],
])('ends behind %s', (_, bytes) => {
  expect(headerEnd(Buffer.concat([bytes, Buffer.from('content')]))).toBe(bytes.length);
  for (let length = 0; length < bytes.length; length++) {
    expect(headerEnd(bytes.subarray(0, length))).toBeGreaterThan(length);
  }
});

it('is found where it occurs in whole', () => {
  const bytes = Buffer.concat([header.subarray(0, 9), plain, header.subarray(0, 9)]);
  expect(findHeader(bytes, header, 0)).toBe(9);
  expect(findHeader(bytes, header, 10)).toBe(-1);
  expect([isHeaderAt(bytes, header, 9), isHeaderAt(bytes, header, 0)]).toEqual([true, false]);
  expect(isHeaderAt(bytes, header, bytes.length - 9)).toBe(false);
});
