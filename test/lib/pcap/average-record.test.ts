import { readFileSync } from 'node:fs';
import { averageRecord } from '../../../lib/pcap/average-record.ts';
import { shared } from '../../shared.ts';

const capture = readFileSync(shared('data/captures/03_many-protocols.pcap'));

test('tells what the records take of a pcap, from all of it and roughly from its beginning', () => {
  expect(averageRecord(capture)).toBeCloseTo((capture.length - 24) / 4709);
  expect(averageRecord(capture.subarray(0, 65_536))).toBeGreaterThan(50);
  const swapped = Buffer.from(capture.subarray(0, 100)).fill(0, 24).swap32();
  expect(averageRecord(swapped)).toBe(16); // empty packets, big-endian
});

test('tells nothing of other files, and of a pcap without a packet', () => {
  for (const length of [0, 4, 23, 24, 39]) expect(averageRecord(capture.subarray(0, length))).toBeUndefined();
  expect(averageRecord(Buffer.alloc(1000))).toBeUndefined();
});

test('is not led astray by a length that cannot be', () => {
  const odd = Buffer.from(capture.subarray(0, 1000));
  odd.writeUInt32LE(0xffffffff, 24 + 8);
  expect(averageRecord(odd)).toBeGreaterThan(2 ** 31);
});
