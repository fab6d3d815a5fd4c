import fc from 'fast-check';
import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { streamSource } from '../../../../lib/index/engine/source.ts';
import { Collector } from './collect.ts';
import { client, framesOfSteps, server } from './lane-connection.ts';
import { datagram, expectSameRows, type Frame, framesOf, overIpv6 } from './lane-frames.ts';

it.each([
  '01_wikipedia.pcap',
  '02_example.pcap',
  '03_many-protocols.pcap',
  '58_10.7.29.101_49898-178.63.41.150_25.pcap',
])('finds the same in the lane and beside it: %s', async file => {
  const found = await expectSameRows(framesOf(file));
  expect(found.packets.length).toBeGreaterThan(10);
});

it('finds the same in the lane and beside it, whatever is wrong with headers', async () => {
  const real = ['02_example.pcap', '03_many-protocols.pcap'].flatMap(file => framesOf(file).slice(0, 400));
  const changes = fc.array(
    fc.record({
      frame: fc.nat(79),
      at: fc.integer({ min: 14, max: 90 }),
      value: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x45, 0x60, 6, 17)),
      cut: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 14, max: 80 })),
    }),
    { minLength: 1, maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(real.length - 1), changes, async (start, list) => {
      const frames = real
        .slice(start, start + 80)
        .map(frame => ({ ...frame, bytes: Buffer.from(frame.bytes) }));
      for (const { frame, at, value, cut } of list) {
        const changed = frames[frame];
        if (changed === undefined) continue;
        if (at < changed.bytes.length) changed.bytes[at] = value;
        if (cut > 0) changed.bytes = changed.bytes.subarray(0, cut);
      }
      await expectSameRows(frames);
    }),
    { numRuns: 200 },
  );
});

/** A field of a record header, and what is wrong with it. */
interface Damage {
  record: number;
  field: number;
  value: number;
}

/** What is in a capture that was written in one byte order or the other. */
async function indexedIn(order: 'LE' | 'BE', frames: Frame[], damages: Damage[]) {
  const write = (numbers: number[]) => {
    const bytes = Buffer.alloc(numbers.length * 4);
    for (const [at, number] of numbers.entries()) bytes[`writeUInt32${order}`](number >>> 0, at * 4);
    return bytes;
  };
  const version = order === 'LE' ? 0x0004_0002 : 0x0002_0004;
  const records = frames.map(({ time, bytes, wire }, at) => {
    const fields = [1_700_000_000 + Math.floor(time / 1e6), time % 1e6, bytes.length, wire];
    for (const { record, field, value } of damages) if (record === at) fields[field] = value;
    return Buffer.concat([write(fields), bytes]);
  });
  const header = write([0xa1b2c3d4, version, 0, 0, 65_535, 1]);
  const tables = new Collector();
  const bytes = new Uint8Array(Buffer.concat([header, ...records]));
  const chunks = (async function* () {
    for (let at = 0; at < bytes.length; at += 10_000) yield bytes.slice(at, at + 10_000);
  })();
  const source = { ...streamSource('file', chunks), identity: 'same' };
  const { summary } = await indexCapture(source, tables, { analysers: startAnalysers });
  return { summary, rows: tables.rows };
}

it('reads the records of either byte order alike, whatever is wrong with them', async () => {
  const frames = framesOf('01_wikipedia.pcap');
  const odd = [0, 1, 15, 65_536, 300_000, 999_999, 1_000_000, 0x7fff_ffff, 0xffff_ffff];
  const damages = fc.array(
    fc.record({
      record: fc.nat(frames.length - 1),
      field: fc.constantFrom(0, 1, 3), // not how long it is: what follows would be read in two byte orders
      value: fc.oneof(fc.constantFrom(...odd), fc.constantFrom(1_699_900_000, 1_700_090_000, 1_300_475_200)),
    }),
    { maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(damages, async list => {
      expect(await indexedIn('LE', frames, list)).toEqual(await indexedIn('BE', frames, list));
    }),
    { numRuns: 200 },
  );
});

const INNER = datagram(0, 9, Buffer.from('inside')).bytes;

it.each([
  ['VXLAN', 4789, Buffer.concat([Buffer.from('0800000000002a00', 'hex'), INNER])],
  ['VXLAN as Linux has it', 8472, Buffer.concat([Buffer.from('0800000000002a00', 'hex'), INNER])],
  ['VXLAN-GPE', 4790, Buffer.concat([Buffer.from('0c00000300002a00', 'hex'), INNER])],
  ['Geneve', 6081, Buffer.concat([Buffer.from('0000655800002a00', 'hex'), INNER])],
  ['GRE', 4754, Buffer.concat([Buffer.from('00000800', 'hex'), INNER.subarray(14)])],
  ['GTP-U', 2152, Buffer.concat([Buffer.from('30ff002200000001', 'hex'), INNER.subarray(14)])],
])('looks into tunnels beside the lane: %s', async (_, port, payload) => {
  const found = await expectSameRows([1, 2, 3].map(time => datagram(time, port, payload)));
  expect(found.conn).toMatchObject([{ id_resp_p: 9, orig_pkts: 3n }]);
});

it('looks into Teredo from any port beside the lane', async () => {
  const inner = overIpv6({ time: 0, bytes: INNER, wire: INNER.length }, 12).bytes.subarray(14);
  inner.writeUInt32BE(0x2001_0000, 8);
  const found = await expectSameRows([1, 2].map(time => datagram(time, 5000, inner)));
  expect(found.conn).toMatchObject([{ id_resp_p: 9, orig_pkts: 2n }]);
});

it.each([0, 10, 19, 20, 30, 36])('takes a length of %d of an IP packet for what it is', async length => {
  const frames = framesOfSteps(client(100), server(100), client(0));
  for (const { bytes } of frames.slice(-2)) bytes.writeUInt16BE(length, 16);
  await expectSameRows(frames);
  const datagrams = [1, 2].map(time => datagram(time, 7, Buffer.alloc(20, 1)));
  for (const { bytes } of datagrams) bytes.writeUInt16BE(length, 16);
  await expectSameRows(datagrams);
});

it('begins another flow of datagrams after a minute of silence', async () => {
  const times = [1, 2, 30_000_000, 89_000_000, 150_000_000];
  const found = await expectSameRows(times.map(time => datagram(time, 7, Buffer.alloc(1))));
  expect(found.conn).toMatchObject([{ orig_pkts: 4n }, { orig_pkts: 1n }]);
});

it('counts what a record claims to have been on the wire', async () => {
  const frames = framesOfSteps(client(100));
  frames.at(-1)!.wire = 4_000_000_000;
  const { conn } = await expectSameRows(frames);
  expect(conn).toMatchObject([{ orig_l2_bytes: 4_000_000_000 - 14 + 2 * 40 }]);
});

it.each([
  [443, 50_000, 50_000],
  [50_000, 443, 50_000],
  [80, 8080, 8080],
  [8080, 80, 8080],
  [50_000, 50_001, 50_000],
])('takes a connection from port %d to %d that is under way for one of %d', async (from, to, originator) => {
  const [, second] = framesOfSteps();
  const segments = [second!, ...[1, 2].map(time => ({ ...second!, time: second!.time + time }))].map(
    (segment, at) => {
      const bytes = Buffer.from(segment.bytes);
      bytes[47] = 0x10;
      bytes[29] = at; // several flows: the first one of a capture is not begun by the kernel
      bytes.writeUInt16BE(from, 34);
      bytes.writeUInt16BE(to, 36);
      return { ...segment, bytes };
    },
  );
  const { conn } = await expectSameRows(segments);
  expect(conn).toMatchObject(segments.map(() => ({ id_orig_p: originator })));
});

it('takes an IPv6 packet without a length for as long as it is', async () => {
  const frames = framesOfSteps(client(100), server(100)).map(frame => overIpv6(frame, 12));
  frames.at(-1)!.bytes.writeUInt16BE(0, 18);
  const found = await expectSameRows(frames);
  expect(found.conn).toMatchObject([{ resp_bytes: 100n }]);
});
