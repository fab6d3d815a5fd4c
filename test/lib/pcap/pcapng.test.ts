import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../../../lib/pcap/limits.ts';
import { isPcapng, PcapngReader } from '../../../lib/pcap/pcapng.ts';
import { Clock, type RecordVisitor } from '../../../lib/pcap/record.ts';
import { RecordFeed } from '../../../lib/pcap/record-feed.ts';

type Found = (string | number | bigint | null)[];

class Recorder implements RecordVisitor {
  readonly clock = new Clock();
  readonly found: Found[] = [];
  feed: RecordFeed | undefined;

  interface(
    index: number,
    { linkType, snaplen, name }: { linkType: number; snaplen: number; name: string | null },
  ) {
    this.found.push(['interface', index, linkType, snaplen, name]);
  }

  packet(bytes: Uint8Array, header: number, start: number, caplen: number, origlen: number, index: number) {
    const time = this.clock.epoch + BigInt(Math.round(this.clock.now[0]!));
    const data = Buffer.from(bytes.subarray(start, start + caplen)).toString('latin1');
    this.found.push(['packet', index, time, data, origlen, this.feed!.bufferOffset + header]);
  }

  drops(index: number, count: number) {
    this.found.push(['drops', index, count]);
  }

  tool(name: string) {
    this.found.push(['tool', name]);
  }

  skipped(reason: string, bytes: number) {
    this.found.push(['skipped', reason, bytes]);
  }

  weird(name: string, detail: string) {
    this.found.push(['weird', name, detail]);
  }
}

function read(bytes: Buffer, chunkSize = bytes.length, limits = {}) {
  const recorder = new Recorder();
  const reader = new PcapngReader(recorder, recorder.clock, { ...DEFAULT_LIMITS, ...limits });
  const feed = new RecordFeed(reader);
  recorder.feed = feed;
  for (let at = 0; at < bytes.length; at += chunkSize) {
    feed.push(new Uint8Array(bytes.subarray(at, at + chunkSize)));
  }
  feed.end();
  return { found: recorder.found, failure: reader.failure, rest: feed.rest };
}

/** Writes blocks in one byte order. */
class Writer {
  readonly #isBig: boolean;
  constructor(isBig: boolean) {
    this.#isBig = isBig;
  }

  word(...values: number[]): Buffer {
    const buffer = Buffer.alloc(values.length * 4);
    values.forEach((value, at) => {
      if (this.#isBig) buffer.writeUInt32BE(value >>> 0, at * 4);
      else buffer.writeUInt32LE(value >>> 0, at * 4);
    });
    return buffer;
  }

  half(...values: number[]): Buffer {
    const buffer = Buffer.alloc(values.length * 2);
    values.forEach((value, at) => {
      if (this.#isBig) buffer.writeUInt16BE(value, at * 2);
      else buffer.writeUInt16LE(value, at * 2);
    });
    return buffer;
  }

  option(code: number, value: Buffer): Buffer {
    return Buffer.concat([this.half(code, value.length), value, Buffer.alloc(-value.length & 3)]);
  }

  block(type: number, ...parts: Buffer[]): Buffer {
    const body = Buffer.concat(parts);
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
    const length = this.word(12 + padded.length);
    return Buffer.concat([this.word(type), length, padded, length]);
  }

  section(...options: Buffer[]): Buffer {
    return this.block(0x0a0d0d0a, this.word(0x1a2b3c4d), this.half(1, 0), this.word(-1, -1), ...options);
  }

  interface(linkType: number, snaplen: number, ...options: Buffer[]): Buffer {
    return this.block(1, this.half(linkType, 0), this.word(snaplen), ...options);
  }

  packet(id: number, ticks: bigint, data: string, origlen = data.length): Buffer {
    const [high, low] = [Number(ticks >> 32n), Number(ticks & 0xffff_ffffn)];
    return this.block(6, this.word(id, high, low, data.length, origlen), Buffer.from(data));
  }

  statistics(id: number, dropped: number): Buffer {
    const count = this.#isBig ? this.word(0, dropped) : this.word(dropped, 0);
    return this.block(5, this.word(id, 0, 0), this.option(5, count));
  }
}

describe.each([
  ['little-endian', new Writer(false)],
  ['big-endian', new Writer(true)],
])('a %s section', (_name, writer) => {
  const resolution = (value: number) => writer.option(9, Buffer.from([value]));

  it('has interfaces of their own clocks', () => {
    const offset = writer.option(14, Buffer.concat([writer.word(0, 0)])); // none
    const bytes = Buffer.concat([
      writer.section(writer.option(4, Buffer.from('tcpdump'))),
      writer.interface(1, 96, writer.option(2, Buffer.from('eth0'))),
      writer.interface(276, 0, resolution(9), offset),
      writer.interface(1, 0, resolution(0x80 | 10)),
      writer.packet(0, 1_700_000_000_123_456n, 'micro'),
      writer.packet(1, 1_700_000_000_123_456_789n, 'nano', 99),
      writer.packet(2, (1_700_000_000n << 10n) + 512n, 'half'),
      writer.statistics(1, 7),
    ]);
    expect(isPcapng(bytes)).toBe(true);
    const { found, failure, rest } = read(bytes);
    expect([failure, rest]).toEqual([null, 0]);
    expect(found.map(entry => (entry[0] === 'packet' ? entry.slice(0, 5) : entry))).toEqual([
      ['tool', 'tcpdump'],
      ['interface', 0, 1, 96, 'eth0'],
      ['interface', 1, 276, 0, null],
      ['interface', 2, 1, 0, null],
      ['packet', 0, 1_700_000_000_123_456_000n, 'micro', 5],
      ['packet', 1, 1_700_000_000_123_456_789n, 'nano', 99],
      ['packet', 2, 1_700_000_000_500_000_000n, 'half', 4],
      ['drops', 1, 7],
    ]);
    for (const entry of found.filter(([kind]) => kind === 'packet')) {
      const block = Number(entry[5]);
      expect(bytes.subarray(block, block + 4)).toEqual(writer.word(6));
    }
  });

  it('counts interfaces on through the sections of a file', () => {
    const section = Buffer.concat([
      writer.section(),
      writer.interface(1, 0),
      writer.packet(0, 1_700_000_000_000_000n, 'a'),
    ]);
    const { found } = read(Buffer.concat([section, section]));
    expect(found.map(entry => entry.slice(0, 2))).toEqual([
      ['interface', 0],
      ['packet', 0],
      ['interface', 1],
      ['packet', 1],
    ]);
  });

  it('reads obsolete and simple packets', () => {
    const bytes = Buffer.concat([
      writer.section(),
      writer.interface(1, 3),
      writer.block(2, writer.half(0, 0), writer.word(395_812, 1_000_000, 3, 3), Buffer.from('old')),
      writer.block(3, writer.word(5), Buffer.from('sim')),
    ]);
    const packets = read(bytes).found.filter(([kind]) => kind === 'packet');
    expect(packets.map(entry => [entry[3], entry[4]])).toEqual([
      ['old', 3],
      ['sim', 5],
    ]);
    expect(packets[1]![2]).toBe(packets[0]![2]);
  });

  it('passes over a block of no interest, however long it says to be', () => {
    const unknown = Buffer.concat([writer.word(0x0bad, 100_000), Buffer.alloc(99_992)]);
    const bytes = Buffer.concat([
      writer.section(),
      unknown,
      writer.interface(1, 0),
      writer.packet(0, 1n, 'a'),
    ]);
    for (const chunkSize of [bytes.length, 1000, 7]) {
      expect(read(bytes, chunkSize).found.map(([kind]) => kind)).toEqual(['interface', 'packet']);
    }
  });

  it.each([
    [
      'a packet of an interface that is not there',
      writer.packet(3, 1n, 'a'),
      'an interface that was not described',
    ],
    [
      'a packet longer than its block',
      writer.block(6, writer.word(0, 0, 0, 500, 500)),
      'longer than its block',
    ],
    ['a packet block without room', writer.block(6, writer.word(0)), 'too short'],
    ['an interface block without room', writer.block(1), 'too short'],
  ])('goes on after %s', (_case, block, detail) => {
    const bytes = Buffer.concat([writer.section(), writer.interface(1, 0), block, writer.packet(0, 1n, 'a')]);
    const { found, failure } = read(bytes);
    expect(failure).toBeNull();
    expect(found.map(([kind]) => kind)).toEqual(['interface', 'weird', 'packet']);
    expect(found[1]![2]).toContain(detail);
  });

  it.each([0, 4, 13, 0xffff_fffc])('ends at a packet block that says to be %d bytes long', length => {
    const bytes = Buffer.concat([
      writer.section(),
      writer.interface(1, 0),
      writer.word(6, length, 0, 0, 0, 0, 0),
    ]);
    expect(read(bytes).failure).toMatch(/^bad_block_length: /);
  });

  it('takes 10,000 interfaces, and stops at a bound', () => {
    const described = Buffer.concat(Array(10_000).fill(writer.interface(1, 0)));
    const bytes = Buffer.concat([writer.section(), described, writer.packet(9999, 1n, 'last')]);
    expect(read(bytes).found.at(-1)!.slice(0, 2)).toEqual(['packet', 9999]);
    expect(read(bytes, bytes.length, { interfaces: 100 }).failure).toBe('too_many_interfaces: more than 100');
  });
});

it('reads the same whatever the chunks', () => {
  const writer = new Writer(false);
  const packets = fc.array(fc.string({ maxLength: 60 }), { maxLength: 20 });
  fc.assert(
    fc.property(packets, fc.integer({ min: 1, max: 100 }), (texts, chunkSize) => {
      const bytes = Buffer.concat([
        writer.section(),
        writer.interface(1, 0),
        ...texts.map((text, at) => writer.packet(0, BigInt(at), text)),
      ]);
      expect(read(bytes, chunkSize)).toEqual(read(bytes));
    }),
  );
});
