import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../../../lib/pcap/limits.ts';
import { PcapReader } from '../../../lib/pcap/pcap.ts';
import { isPcap } from '../../../lib/pcap/pcap-format.ts';
import { Clock, type RecordVisitor } from '../../../lib/pcap/record.ts';
import { RecordFeed } from '../../../lib/pcap/record-feed.ts';

interface Found {
  time: bigint;
  data: string;
  origlen: number;
  offset: number;
}

function file(magic: number, isBig: boolean, records: string[], fraction: number, recordHeader = 16): Buffer {
  const words = (...values: number[]) => {
    const buffer = Buffer.alloc(values.length * 4);
    values.forEach((value, at) => {
      if (isBig) buffer.writeUInt32BE(value >>> 0, at * 4);
      else buffer.writeUInt32LE(value >>> 0, at * 4);
    });
    return buffer;
  };
  const parts = [words(magic, isBig ? 0x00020004 : 0x00040002, 0, 0, 96, 0x1000_0001)];
  records.forEach((data, at) => {
    parts.push(words(1_700_000_000 + at, fraction, data.length, data.length + 5));
    parts.push(Buffer.alloc(recordHeader - 16), Buffer.from(data, 'latin1'));
  });
  return Buffer.concat(parts);
}

function read(bytes: Buffer, chunkSize = bytes.length || 1) {
  const clock = new Clock();
  const packets: Found[] = [];
  const interfaces: unknown[] = [];
  const skips: unknown[] = [];
  let feed: RecordFeed | undefined;
  const visitor: RecordVisitor = {
    interface: (_index, description) => interfaces.push(description),
    packet: (chunk, header, start, caplen, origlen) => {
      const data = Buffer.from(chunk.subarray(start, start + caplen)).toString('latin1');
      const time = clock.epoch + BigInt(clock.now[0]!);
      packets.push({ time, data, origlen, offset: feed!.bufferOffset + header });
    },
    drops: () => {},
    tool: () => {},
    skipped: (...skip) => skips.push(skip),
    weird: () => {},
  };
  const reader = new PcapReader(visitor, clock, DEFAULT_LIMITS);
  feed = new RecordFeed(reader);
  for (let at = 0; at < bytes.length; at += chunkSize) {
    feed.push(new Uint8Array(bytes.subarray(at, at + chunkSize)));
  }
  feed.end();
  return { packets, interfaces, skips, failure: reader.failure, rest: feed.rest };
}

it.each([
  ['microseconds', 0xa1b2c3d4, 1000n, 16],
  ['nanoseconds', 0xa1b23c4d, 1n, 16],
  ['Kuznetzov', 0xa1b2cd34, 1000n, 24],
] as const)('reads %s in both byte orders', (_name, magic, unit, recordHeader) => {
  for (const isBig of [false, true]) {
    const bytes = file(magic, isBig, ['one', 'two'], 123_456, recordHeader);
    expect(isPcap(bytes)).toBe(true);
    expect(read(bytes)).toEqual({
      interfaces: [{ linkType: 1, snaplen: 96, name: null }],
      packets: [
        { time: 1_700_000_000_000_000_000n + 123_456n * unit, data: 'one', origlen: 8, offset: 24 },
        {
          time: 1_700_000_001_000_000_000n + 123_456n * unit,
          data: 'two',
          origlen: 8,
          offset: 27 + recordHeader,
        },
      ],
      skips: [],
      failure: null,
      rest: 0,
    });
  }
});

it('reads files before version 2.3, whose lengths are the other way round', () => {
  const bytes = file(0xa1b2c3d4, false, ['hello'], 0);
  bytes.writeUInt16LE(2, 6);
  bytes.writeUInt32LE(10, 24 + 8);
  bytes.writeUInt32LE(5, 24 + 12);
  expect(read(bytes).packets).toMatchObject([{ data: 'hello', origlen: 10 }]);
});

it('reads the same whatever the chunks', () => {
  const records = fc.array(fc.string({ maxLength: 50, unit: 'binary-ascii' }), { maxLength: 20 });
  fc.assert(
    fc.property(records, fc.integer({ min: 1, max: 80 }), (texts, chunkSize) => {
      const bytes = file(0xa1b2c3d4, false, texts, 7);
      expect(read(bytes, chunkSize)).toEqual(read(bytes));
      expect(read(bytes).packets.map(({ data }) => data)).toEqual(texts);
    }),
  );
});

it('keeps what is left of a record that the file ends in', () => {
  const bytes = file(0xa1b2c3d4, false, ['one', 'two'], 0);
  const { packets, rest } = read(bytes.subarray(0, -1));
  expect(packets.map(({ data }) => data)).toEqual(['one']);
  expect(rest).toBe(18);
});

it('ends at a record that is longer than any can be', () => {
  const bytes = file(0xa1b2c3d4, false, ['one', 'two'], 0);
  bytes.writeUInt32LE(262_145, 24 + 19 + 8);
  expect(read(bytes).failure).toBe('bad_caplen: a record claims 262145 captured bytes, more than 262144');
});

it.each([[''], ['\xa1\xb2'], ['\x0a\x0d\x0d\x0a'], ['PK\x03\x04']])('is not what begins with %j', head => {
  expect(isPcap(Buffer.from(head, 'latin1'))).toBe(false);
});
