import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../../../lib/pcap/limits.ts';
import { PcapReader } from '../../../lib/pcap/pcap.ts';
import { PcapngReader } from '../../../lib/pcap/pcapng.ts';
import { Clock, type RecordVisitor } from '../../../lib/pcap/record.ts';
import { RecordFeed } from '../../../lib/pcap/record-feed.ts';
import { pcapng, Random } from './mutate.ts';

const COUNT = 100;
const SECONDS = 1_700_000_000;

/** Packets that carry their number, of lengths from 40 to 1039 bytes, filled with what looks like nothing. */
const packets = Array.from({ length: COUNT }, (_, number) => {
  const data = Buffer.alloc(40 + ((number * 37) % 1000), 0xa5);
  data.writeUInt32BE(number);
  return data;
});

interface Header {
  seconds: number;
  fraction: number;
  caplen: number;
  origlen: number;
}

/** A classic pcap, and where each of its records begins. */
function pcap(change: (header: Header, number: number) => Partial<Header> = () => ({})) {
  const head = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
  const starts: number[] = [];
  let length = head.length;
  const records = packets.map((data, number) => {
    starts.push(length);
    const header = { seconds: SECONDS + number, fraction: number, caplen: data.length, origlen: data.length };
    const { seconds, fraction, caplen, origlen } = { ...header, ...change(header, number) };
    const record = Buffer.alloc(16);
    [seconds, fraction, caplen, origlen].forEach((value, at) => {
      record.writeUInt32LE(value, at * 4);
    });
    length += 16 + data.length;
    return Buffer.concat([record, data]);
  });
  return { bytes: Buffer.concat([head, ...records]), starts };
}

/** The same packets as a pcapng; its blocks of packets begin at `starts`. */
function blocks() {
  const bytes = pcapng(
    packets.map(data => ({ linkType: 1, bytes: data })),
    new Random(7),
  );
  const starts: number[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
    if (bytes.readUInt32LE(at) === 6) starts.push(at);
  }
  return { bytes, starts };
}

function read(bytes: Buffer, chunkSize = bytes.length, limits = {}) {
  const numbers: number[] = [];
  const skips: [string, number][] = [];
  const offsets: number[] = [];
  const clock = new Clock();
  let feed: RecordFeed | undefined;
  const visitor: RecordVisitor = {
    interface: () => {},
    packet: (chunk, header, start, caplen) => {
      offsets.push(feed!.bufferOffset + header);
      numbers.push(caplen < 4 ? -1 : Buffer.from(chunk.subarray(start, start + 4)).readUInt32BE());
    },
    drops: () => {},
    tool: () => {},
    weird: () => {},
    skipped: (reason, count) => skips.push([reason, count]),
  };
  const Reader = bytes[0] === 0x0a ? PcapngReader : PcapReader;
  const reader = new Reader(visitor, clock, { ...DEFAULT_LIMITS, ...limits });
  feed = new RecordFeed(reader);
  for (let at = 0; at < bytes.length; at += chunkSize) {
    feed.push(new Uint8Array(bytes.subarray(at, at + chunkSize)));
  }
  feed.end();
  const { failure } = reader;
  return { numbers, offsets, skips, failure, rest: failure === null ? feed.rest : 0 };
}

const all = packets.map((_, number) => number);
const without = (...lost: number[]) => all.filter(number => !lost.includes(number));

function cutOut(bytes: Buffer, start: number, length: number): Buffer {
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + length)]);
}

function putIn(bytes: Buffer, start: number, other: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, start), other, bytes.subarray(start)]);
}

function overwrite(bytes: Buffer, start: number, length: number, value: number): Buffer {
  return Buffer.from(bytes).fill(value, start, start + length);
}

const word = (bytes: Buffer, at: number, value: number) => {
  const changed = Buffer.from(bytes);
  changed.writeUInt32LE(value, at);
  return changed;
};

describe('a classic pcap with damage in the middle', () => {
  const { bytes, starts } = pcap();
  const at50 = starts[50]!;

  it.each<[string, Buffer, number[], string]>([
    ['a length that cannot be', word(bytes, at50 + 8, 0xffff_fff0), without(50), 'bad_caplen'],
    ['a length that covers other records', word(bytes, at50 + 8, 20_000), without(50), 'bad_record_header'],
    ['a length that is too short', word(bytes, at50 + 8, 8), all, 'bad_caplen'],
    ['bytes put in', putIn(bytes, at50, Buffer.from([1, 2, 3])), all, 'bad_caplen'],
    ['bytes put into a packet', putIn(bytes, at50 - 10, Buffer.from([1, 2, 3])), all, 'bad_caplen'],
    ['bytes missing', cutOut(bytes, at50 + 30, 5), without(51), 'bad_record_header'],
    ['a missing header', cutOut(bytes, at50, 16), without(50), 'bad_caplen'],
    [
      'zeros',
      overwrite(bytes, at50, 4096, 0),
      all.filter((_, n) => starts[n]! < at50 || starts[n]! >= at50 + 4096),
      'bad_record_header',
    ],
    [
      'ones',
      overwrite(bytes, at50, 4096, 255),
      all.filter((_, n) => starts[n]! < at50 || starts[n]! >= at50 + 4096),
      'bad_caplen',
    ],
  ])('goes on after %s', (_name, damaged, numbers, reason) => {
    for (const chunkSize of [damaged.length, 4096, 700, 11]) {
      const found = read(damaged, chunkSize);
      expect(found.numbers).toEqual(numbers);
      expect(found.failure).toBeNull();
      expect(found.rest).toBe(0);
      expect(found.skips.map(([text]) => text.split(':')[0])).toEqual([reason]);
      const counted = found.offsets.map(at => at + 16 + damaged.readUInt32LE(at + 8));
      const gaps = found.offsets.slice(1).map((at, index) => at - counted[index]!);
      expect(gaps.reduce((sum, gap) => sum + gap, 0)).toBe(found.skips[0]![1]);
    }
  });

  it('goes on after each of several places', () => {
    const damaged = [40, 60, 80].reduce((file, n) => word(file, starts[n]! + 8, 0xffff_ffff), bytes);
    const found = read(damaged);
    expect(found.numbers).toEqual(without(40, 60, 80));
    expect(found.skips).toHaveLength(3);
  });

  it('finds the last records, one of which is cut off', () => {
    const damaged = word(bytes, starts[97]! + 8, 0xffff_ffff);
    expect(read(damaged).numbers).toEqual(without(97));
    expect(read(damaged.subarray(0, -1))).toMatchObject({ numbers: without(97, 99), failure: null });
    const later = word(bytes, starts[98]! + 8, 0xffff_ffff);
    expect(read(later).numbers).toEqual(without(98));
    // One header that leads nowhere is not enough.
    expect(read(later.subarray(0, -1))).toMatchObject({
      numbers: without(98, 99),
      failure: expect.stringMatching(/^bad_caplen/),
    });
  });

  it.each([
    [
      'ones',
      Buffer.alloc(50_000, 255),
      'bad_caplen: a record claims 4294967295 captured bytes, more than 262144',
    ],
    ['text', Buffer.from('this is no capture '.repeat(5000)), /^bad_caplen/],
    ['zeros', Buffer.alloc(50_000), /^bad_record_header/],
  ])('ends where the rest is %s', (_name, rest, reason) => {
    const found = read(Buffer.concat([bytes, rest]));
    expect(found.numbers).toEqual(all);
    expect(found.skips).toEqual([]);
    expect(found.failure).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason));
  });

  it('looks no further than it may', () => {
    const damaged = putIn(bytes, at50, Buffer.alloc(10_000, 255));
    for (const chunkSize of [damaged.length, 1000]) {
      expect(read(damaged, chunkSize, { searchedBytes: 10_001 }).numbers).toEqual(all);
      expect(read(damaged, chunkSize, { searchedBytes: 10_000 })).toMatchObject({
        numbers: all.slice(0, 50),
        skips: [],
        failure: expect.stringMatching(/^bad_caplen/),
      });
    }
  });

  it('does not take a capture inside a packet for records', () => {
    const inner = pcap(({ seconds }) => ({ seconds: seconds - 1_000_000 })).bytes.subarray(24);
    const record = Buffer.alloc(16);
    [SECONDS + 50, 0, inner.length, inner.length].forEach((value, index) => {
      record.writeUInt32LE(value, index * 4);
    });
    const damaged = putIn(bytes, at50, Buffer.concat([word(record, 8, 0xffff_ffff), inner]));
    expect(read(damaged).numbers).toEqual(all);
  });

  it('ends as it always did where too little is known of the file', () => {
    expect(read(word(bytes, starts[31]! + 8, 0xffff_ffff))).toMatchObject({
      numbers: all.slice(0, 31),
      failure: 'bad_caplen: a record claims 4294967295 captured bytes, more than 262144',
    });
    expect(read(word(bytes, starts[32]! + 8, 0xffff_ffff)).numbers).toEqual(without(32));
  });
});

describe('a classic pcap that is odd, but not damaged', () => {
  it.each<[string, (header: Header, number: number) => Partial<Header>]>([
    ['nanoseconds where microseconds belong', () => ({ fraction: 999_999_999 })],
    ['no lengths on the wire', () => ({ origlen: 0 })],
    ['a clock that leaps', ({ seconds }, number) => ({ seconds: seconds + 100_000_000 * (number % 3) })],
    ['a clock that is set right', ({ seconds }, number) => ({ seconds: number < 50 ? number : seconds })],
    ['one wrong time', ({ seconds }, number) => ({ seconds: number === 70 ? 0 : seconds })],
    ['a wrong time at its end', ({ seconds }, number) => ({ seconds: number === 99 ? 0 : seconds })],
  ])('has all its packets: %s', (_name, change) => {
    const { bytes } = pcap(change);
    for (const chunkSize of [bytes.length, 700, 11]) {
      expect(read(bytes, chunkSize)).toMatchObject({ numbers: all, skips: [], failure: null, rest: 0 });
    }
  });
});

describe('a pcapng with damage in the middle', () => {
  const { bytes, starts } = blocks();
  const at50 = starts[50]!;
  const length = bytes.readUInt32LE(at50 + 4);

  it.each<[string, Buffer, number[]]>([
    ['a length that cannot be', word(bytes, at50 + 4, 3), without(50)],
    ['a length above any bound', word(bytes, at50 + 4, 0xffff_fff0), without(50)],
    ['a length that covers other blocks', word(bytes, at50 + 4, 20_000), without(50)],
    [
      'a type that there is not, of any length',
      word(word(bytes, at50 + 4, 0x7fff_fff0), at50, 0x6c69_6166),
      without(50),
    ],
    ['bytes put in', putIn(bytes, at50, Buffer.from([1, 2, 3])), all],
    ['bytes missing', cutOut(bytes, at50 + 30, 5), without(50)],
    ['a missing header', cutOut(bytes, at50, 12), without(50)],
    ['ones', overwrite(bytes, at50, length, 255), without(50)],
    ['zeros', overwrite(bytes, at50, length, 0), without(50)],
  ])('goes on after %s', (_name, damaged, numbers) => {
    for (const chunkSize of [damaged.length, 4096, 700, 11]) {
      const found = read(damaged, chunkSize);
      expect(found.numbers).toEqual(numbers);
      expect(found.failure).toBeNull();
      expect(found.skips.map(([text]) => text.split(':')[0])).toEqual(['bad_block_length']);
    }
  });

  it('goes on at the next section, in whatever byte order', () => {
    const big = Buffer.from('0a0d0d0a0000001c1a2b3c4d00010000ffffffffffffffff0000001c', 'hex');
    const section = Buffer.concat([
      big,
      Buffer.from(
        '000000010000001400010000000000000000001400000006000000240000000000000000000000010000000400000004',
        'hex',
      ),
      Buffer.from('0000006300000024', 'hex'),
    ]);
    const damaged = Buffer.concat([bytes, Buffer.alloc(100, 255), section]);
    expect(read(damaged)).toMatchObject({ numbers: [...all, 99], failure: null });
  });

  it('takes a wrong length at the end of a block for what it is', () => {
    expect(read(word(bytes, at50 + length - 4, 0))).toMatchObject({ numbers: all, skips: [], failure: null });
  });

  it('ends where the rest is garbage, or a block is cut off', () => {
    const garbage = Buffer.concat([bytes, Buffer.alloc(50_000, 255)]);
    expect(read(garbage)).toMatchObject({
      numbers: all,
      skips: [],
      failure: expect.stringMatching(/^bad_block_length/),
    });
    const names = Buffer.alloc(12);
    names.writeUInt32LE(4);
    names.writeUInt32LE(1_000_000, 4);
    expect(read(Buffer.concat([bytes, names])).failure).toMatch(/^truncated_record/);
  });
});

it('reads the same whatever the damage and the chunks', () => {
  const files = [pcap().bytes, blocks().bytes];
  const damage = fc.array(
    fc.tuple(fc.nat(), fc.integer({ min: 1, max: 40 }), fc.integer({ min: -1, max: 255 })),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      damage,
      fc.integer({ min: 1, max: 3000 }),
      (file, places, size) => {
        let damaged = file;
        for (const [place, length, value] of places) {
          const at = 80 + (place % (damaged.length - 200));
          damaged = value < 0 ? cutOut(damaged, at, length) : overwrite(damaged, at, length, value);
        }
        const found = read(damaged);
        expect(read(damaged, size)).toEqual(found);
        const skipped = found.skips.reduce((sum, [, count]) => sum + count, 0);
        expect(skipped).toBeLessThan(damaged.length);
      },
    ),
  );
});
